//! The micro-operations on real folders: what each does, what a crash after each leaves, and that
//! no content is ever lost, whatever happens in between.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::conflicts::Side;
use crate::graveyard::{Burial, REST};
use crate::recover::Recovered;
use crate::rename::Renames;

struct Bench {
    folder: Folder,
    temporary: tempfile::TempDir,
}

impl Bench {
    fn new(renames: Renames) -> Bench {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open_with(temporary.path(), renames).unwrap();
        Bench { folder, temporary }
    }

    fn native() -> Bench {
        Bench::new(Renames::of_this_system())
    }

    /// What a crash leaves: only the disk.
    fn crash(self) -> Bench {
        let folder = Folder::open_with(self.temporary.path(), self.folder.renames).unwrap();
        Bench { folder, temporary: self.temporary }
    }

    fn put(&self, path: &str, text: &str) {
        let place = self.temporary.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.temporary.path().join(path)).ok()
    }

    fn stage(&self, path: &str, text: &str) -> Staged {
        let content = self.folder.park(text.as_bytes()).unwrap();
        self.folder.stage(&at(path), content).unwrap()
    }

    fn recover(&self) -> Vec<Recovered> {
        self.folder.recover(noon(), &|_, _| false)
    }

    /// Every file of the project, state folder aside, with reserved names made stable.
    fn tree(&self) -> String {
        let mut lines: Vec<String> = files(self.temporary.path(), ".bowline")
            .into_iter()
            .filter(|(path, _)| !path.ends_with("conflict.json"))
            .map(|(path, bytes)| {
                let path = match path.split_once(bowline_model::layout::TEMPORARY_PREFIX) {
                    Some((folder, _)) => format!("{folder}(reserved)"),
                    None => path,
                };
                format!("{path} = {}\n", String::from_utf8_lossy(&bytes))
            })
            .collect();
        lines.sort();
        lines.concat()
    }

    /// The digest of everything that exists anywhere in the project.
    fn contents(&self) -> BTreeSet<Digest> {
        files(self.temporary.path(), "").into_iter().map(|(_, bytes)| Digest::of(&bytes)).collect()
    }

    /// The same, where a person would look: the tree and `.conflicts`, also after a long rest.
    fn visible(&self) -> BTreeSet<Digest> {
        files(self.temporary.path(), ".bowline").into_iter().map(|(_, bytes)| Digest::of(&bytes)).collect()
    }
}

fn files(root: &Path, skip: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != *skip {
                folders.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found
}

fn at(path: &str) -> ProjectPath {
    ProjectPath::parse(path).unwrap()
}

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000)
}

fn note() -> ConflictNote {
    let base = Some(Digest::of(b"base"));
    ConflictNote {
        base,
        local: None,
        remote: None,
        winner: Side::World,
        who: Some("ann".to_owned()),
        when: noon(),
    }
}

fn trashed() -> TrashNote {
    TrashNote { why: "deleted in the world".to_owned(), when: noon() }
}

const DOOR: &str = "apps/Door/lib/a.js";

#[test]
fn a_replace_shows_what_was_displaced() {
    for renames in [Renames::Native, Renames::Portable] {
        let bench = Bench::new(renames);
        bench.put(DOOR, "old");
        let staged = bench.stage(DOOR, "new");
        let displaced = bench.folder.exchange(&staged).unwrap();
        assert_eq!(displaced, Digest::of(b"old"));
        assert_eq!(bench.text(DOOR).as_deref(), Some("new"));
        assert_eq!(bench.folder.object(displaced).unwrap().as_deref(), Some(&b"old"[..]));
        bench.folder.drop_staged(&staged, noon()).unwrap();
        assert_eq!(bench.tree(), "apps/Door/lib/a.js = new\n");
        assert!(bench.folder.bury(noon() + REST).is_empty());
        assert_eq!(fs::read_dir(bench.folder.state("graveyard")).unwrap().count(), 0);
        assert!(bench.folder.journal.rows().is_empty());
    }
}

#[test]
fn surprises_have_their_own_errors_and_change_nothing() {
    for renames in [Renames::Native, Renames::Portable] {
        let bench = Bench::new(renames);
        let staged = bench.stage(DOOR, "new");
        let missing = bench.folder.exchange(&staged).unwrap_err();
        assert!(matches!(missing, DiskError::Missing(_)), "{missing}");
        assert!(matches!(bench.folder.capture(&at(DOOR)), Err(DiskError::Missing(_))));
        bench.put(DOOR, "theirs");
        let exists = bench.folder.create(&staged).unwrap_err();
        assert!(matches!(exists, DiskError::Exists(_)), "{exists}");
        bench.folder.drop_staged(&staged, noon()).unwrap();
        assert_eq!(bench.tree(), "apps/Door/lib/a.js = theirs\n");
        let unknown = bench.folder.stage(&at(DOOR), Digest::of(b"?")).unwrap_err();
        assert!(matches!(unknown, DiskError::NoObject(_)), "{unknown}");
        assert!(bench.folder.stage(&at("apps/Door/lib/a.js/b.js"), Digest::of(b"new")).is_err());
        assert!(matches!(bench.folder.capture(&at("apps/Door/lib")), Err(DiskError::NotAFile(_))));
        assert_eq!(bench.tree(), "apps/Door/lib/a.js = theirs\n");
    }
}

#[test]
fn a_staged_file_that_somebody_removes_is_staged_again() {
    for renames in [Renames::Native, Renames::Portable] {
        let bench = Bench::new(renames);
        bench.put(DOOR, "old");
        let staged = bench.stage(DOOR, "new");
        fs::remove_file(bench.folder.place(&staged.name)).unwrap();
        let errors = [
            bench.folder.exchange(&staged).unwrap_err(),
            bench.folder.drop_staged(&staged, noon()).unwrap_err(),
        ];
        assert!(errors.iter().all(|it| matches!(it, DiskError::StagedGone(_))), "{errors:?}");
        assert_eq!(bench.tree(), "apps/Door/lib/a.js = old\n");
        fs::remove_file(bench.temporary.path().join(DOOR)).unwrap();
        assert!(matches!(bench.folder.create(&staged), Err(DiskError::StagedGone(_))));
        assert!(bench.recover().is_empty() && bench.folder.journal.rows().is_empty());
    }
}

/// After the swap was swapped back, somebody else's file can be under the staged name.
#[test]
fn a_staged_file_that_is_not_ours_is_not_dropped() {
    let bench = Bench::native();
    bench.put(DOOR, "old");
    let staged = bench.stage(DOOR, "new");
    fs::write(bench.folder.place(&staged.name), "theirs").unwrap();
    assert!(matches!(bench.folder.drop_staged(&staged, noon()), Err(DiskError::NotOurs(_))));
    bench.folder.keep_in_conflicts(&staged, &note()).unwrap();
    assert!(bench.visible().contains(&Digest::of(b"theirs")));
}

#[test]
fn a_delete_goes_to_the_trash_and_comes_back_beside_what_is_there() {
    for renames in [Renames::Native, Renames::Portable] {
        let bench = Bench::new(renames);
        bench.put(DOOR, "old");
        let (staged, digest) = bench.folder.capture(&at(DOOR)).unwrap();
        assert_eq!(digest, Digest::of(b"old"));
        bench.folder.keep_in_trash(&staged, &trashed()).unwrap();
        bench.folder.prune(&at(DOOR));
        assert!(!bench.temporary.path().join("apps/Door/lib").exists());
        assert!(bench.temporary.path().join("apps/Door").exists());
        let (entries, problems) = bench.folder.trash().unwrap();
        assert_eq!((entries.len(), problems.len()), (1, 0));
        assert_eq!((entries[0].path.as_str(), &entries[0].note), (DOOR, &trashed()));
        bench.put(DOOR, "newer");
        let back = bench.folder.restore(&entries[0].id).unwrap();
        assert_eq!(back, at("apps/Door/lib/a.js.restored"));
        assert_eq!(bench.tree(), "apps/Door/lib/a.js = newer\napps/Door/lib/a.js.restored = old\n");
        assert!(bench.folder.trash().unwrap().0.is_empty());
        assert!(matches!(bench.folder.restore(&entries[0].id), Err(DiskError::NoEntry(_))));
        assert!(matches!(bench.folder.restore("../objects"), Err(DiskError::NoEntry(_))));
    }
}

#[test]
fn a_captured_file_goes_back_unless_the_name_is_taken() {
    for renames in [Renames::Native, Renames::Portable] {
        let bench = Bench::new(renames);
        bench.put("world.json", "{}");
        let (staged, _) = bench.folder.capture(&at("world.json")).unwrap();
        bench.folder.put_back(&staged).unwrap();
        assert_eq!(bench.tree(), "world.json = {}\n");
        let (staged, _) = bench.folder.capture(&at("world.json")).unwrap();
        bench.put("world.json", "[]");
        assert!(matches!(bench.folder.put_back(&staged), Err(DiskError::Exists(_))));
        bench.folder.keep_in_conflicts(&staged, &note()).unwrap();
        assert_eq!(bench.tree(), ".conflicts/20261120T120000Z/world.json = {}\nworld.json = []\n");
    }
}

#[test]
fn a_conflict_says_what_happened() {
    let bench = Bench::native();
    bench.put(DOOR, "mine");
    let staged = bench.stage(DOOR, "theirs");
    let local = bench.folder.exchange(&staged).unwrap();
    let remote = Some(Digest::of(b"theirs"));
    let known = ConflictNote { local: Some(local), remote, ..note() };
    let folder = bench.folder.keep_in_conflicts(&staged, &known).unwrap();
    let text = bench.text(&format!("{folder}/conflict.json")).unwrap();
    expect![[r#"
        {
          "path": "apps/Door/lib/a.js",
          "kept": "lib/a.js",
          "base": "cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2",
          "local": "3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff",
          "remote": "4c55a8552a2c7261f61f798c2265e6f13358f326ae5b934096ff16bd15e62c33",
          "winner": "world",
          "who": "ann",
          "when": "2026-11-20T12:00:00Z"
        }
    "#]]
    .assert_eq(&text);
    // The same second, the same file, and a file with the name of our note.
    bench.folder.file_loser(&at(DOOR), local, &known).unwrap();
    let odd = bench.folder.file_loser(&at("apps/Door/conflict.json"), local, &known).unwrap();
    let (found, problems) = bench.folder.conflicts().unwrap();
    assert_eq!(problems, []);
    let lines: Vec<String> = found.iter().map(|it| format!("{} {}\n", it.path, it.kept)).collect();
    expect![[r#"
        apps/Door/lib/a.js apps/Door/.conflicts/20261120T120000Z/lib/a.js
        apps/Door/lib/a.js apps/Door/.conflicts/20261120T120000Z-2/lib/a.js
        apps/Door/conflict.json apps/Door/.conflicts/20261120T120000Z-3/kept/conflict.json
    "#]]
    .assert_eq(&lines.concat());
    assert_eq!(found[0].note, known);
    assert_eq!(found[0].app.as_deref(), Some("Door"));

    let id = bench.folder.remove_conflict(&odd, noon()).unwrap();
    assert_eq!(bench.folder.conflicts().unwrap().0.len(), 2);
    assert_eq!(bench.folder.restore(&id).unwrap(), odd);
    assert_eq!(bench.folder.conflicts().unwrap().0.len(), 3);
    for bad in ["apps/Door/lib", "apps/Door/.conflicts", "apps/Door/.conflicts/none"] {
        assert!(
            matches!(bench.folder.remove_conflict(&at(bad), noon()), Err(DiskError::NoEntry(_))),
            "{bad}"
        );
    }
    bench.put(&format!("{odd}/conflict.json"), "{}");
    let (found, problems) = bench.folder.conflicts().unwrap();
    assert_eq!((found.len(), problems.len()), (2, 1));
}

#[test]
fn a_late_write_into_a_displaced_file_is_shown() {
    for renames in [Renames::Native, Renames::Portable] {
        let bench = Bench::new(renames);
        bench.put(DOOR, "old");
        let editor = fs::OpenOptions::new().append(true).open(bench.temporary.path().join(DOOR)).unwrap();
        let staged = bench.stage(DOOR, "new");
        bench.folder.exchange(&staged).unwrap();
        bench.folder.drop_staged(&staged, noon()).unwrap();
        assert!(bench.folder.bury(noon() + REST / 2).is_empty());
        io::Write::write_all(&mut &editor, b" and late").unwrap();
        let burials = bench.folder.bury(noon() + REST);
        assert!(matches!(burials[..], [Burial::LateWrite { .. }]), "{burials:?}");
        let late = "apps/Door/.conflicts/20261120T120010Z/lib/a.js = old and late\n";
        assert_eq!(bench.tree(), format!("{late}apps/Door/lib/a.js = new\n"));
        assert!(bench.folder.bury(noon() + REST * 2).is_empty());
    }
}

#[test]
fn no_step_touches_what_belongs_to_other_tools() {
    let bench = Bench::native();
    let hook = "apps/Door/.git/hooks/post-commit";
    bench.put(hook, "theirs");
    let content = bench.folder.park(b"evil").unwrap();
    for path in [
        hook,
        ".git/config",
        "apps/Door/.GIT/config",
        ".bowline/lock",
        "a/node_modules/x.js",
        ".bowline-tmp-1",
    ] {
        assert!(matches!(bench.folder.stage(&at(path), content), Err(DiskError::OffLimits(_))), "{path}");
        assert!(matches!(bench.folder.capture(&at(path)), Err(DiskError::OffLimits(_))), "{path}");
    }
    assert_eq!(bench.tree(), "apps/Door/.git/hooks/post-commit = theirs\n");
}

#[cfg(unix)]
#[test]
fn no_step_goes_through_a_link() {
    use std::os::unix::fs::symlink;
    let bench = Bench::native();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.js"), "outside").unwrap();
    fs::create_dir_all(bench.temporary.path().join("apps/Door")).unwrap();
    symlink(outside.path(), bench.temporary.path().join("apps/Door/lib")).unwrap();
    symlink(outside.path().join("a.js"), bench.temporary.path().join("apps/Door/b.js")).unwrap();
    symlink(outside.path(), bench.temporary.path().join("apps/Door/.conflicts")).unwrap();
    let content = bench.folder.park(b"evil").unwrap();
    for path in [DOOR, "apps/Door/b.js"] {
        assert!(matches!(bench.folder.stage(&at(path), content), Err(DiskError::Link(_))), "{path}");
        assert!(matches!(bench.folder.capture(&at(path)), Err(DiskError::Link(_))), "{path}");
    }
    assert!(matches!(
        bench.folder.file_loser(&at("apps/Door/x.js"), content, &note()),
        Err(DiskError::Link(_))
    ));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(outside.path().join("a.js")).unwrap(), "outside");
}

#[cfg(unix)]
#[test]
fn the_mode_of_a_script_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::native();
    bench.put(DOOR, "old");
    let place = bench.temporary.path().join(DOOR);
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    bench.folder.exchange(&bench.stage(DOOR, "new")).unwrap();
    assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o755);
    bench.folder.create(&bench.stage("apps/Door/new.js", "new")).unwrap();
    let created = fs::metadata(bench.temporary.path().join("apps/Door/new.js")).unwrap();
    assert_eq!(created.permissions().mode() & 0o777 & !0o022, 0o644 & !0o022);
}

/// One write, cut short after each of its steps; each line is what the user then finds.
fn check_crashes(before: Option<&str>, steps: &[fn(&Bench)], expect: Expect) {
    let native = crash_table(before, steps, Renames::Native);
    assert_eq!(native, crash_table(before, steps, Renames::Portable));
    expect.assert_eq(&native);
}

fn crash_table(before: Option<&str>, steps: &[fn(&Bench)], renames: Renames) -> String {
    let mut table = String::new();
    for cut in 0..=steps.len() {
        let bench = Bench::new(renames);
        if let Some(text) = before {
            bench.put(DOOR, text);
        }
        steps[..cut].iter().for_each(|step| step(&bench));
        let known = bench.contents();
        let bench = bench.crash();
        let outcomes: Vec<String> = bench.recover().iter().map(outcome).collect();
        table += &format!("after {cut}: {}\n{}", outcomes.join(", "), indent(&bench.tree()));
        let again = bench.recover();
        assert!(again.is_empty(), "the second recovery did {again:?}");
        let bench = bench.crash();
        assert!(bench.recover().is_empty());
        assert!(bench.folder.bury(noon() + REST).is_empty());
        assert!(bench.folder.journal.rows().is_empty(), "{:?}", bench.folder.journal.rows());
        let contents = bench.contents();
        let lost: Vec<_> =
            user_contents().filter(|it| known.contains(it) && !contents.contains(it)).collect();
        assert!(lost.is_empty(), "after {cut} steps lost {lost:?}");
    }
    table
}

fn user_contents() -> impl Iterator<Item = Digest> {
    ["old", "new", "mine"].into_iter().map(|it| Digest::of(it.as_bytes()))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

fn outcome(recovered: &Recovered) -> String {
    match recovered {
        Recovered::PutBack { .. } => "put back".to_owned(),
        Recovered::Dropped { .. } => "dropped".to_owned(),
        Recovered::Trashed { .. } => "trashed".to_owned(),
        Recovered::Conflict { .. } => "conflict".to_owned(),
        Recovered::Failed { error, .. } => format!("failed: {error}"),
    }
}

/// The only staged file there is.
fn the_staged(bench: &Bench) -> Staged {
    let rows = bench.folder.journal.rows();
    let (name, row) = rows.into_iter().next().unwrap();
    Staged { name, target: row.target }
}

fn stage_new(bench: &Bench) {
    bench.stage(DOOR, "new");
}

#[test]
fn a_replace_survives_a_crash_after_every_step() {
    let steps: &[fn(&Bench)] = &[
        stage_new,
        |bench| _ = bench.folder.exchange(&the_staged(bench)).unwrap(),
        |bench| bench.folder.drop_staged(&the_staged(bench), noon()).unwrap(),
    ];
    check_crashes(
        Some("old"),
        steps,
        expect![[r#"
        after 0: 
            apps/Door/lib/a.js = old
        after 1: dropped
            apps/Door/lib/a.js = old
        after 2: conflict
            apps/Door/.conflicts/20261120T120000Z/lib/a.js = old
            apps/Door/lib/a.js = new
        after 3: 
            apps/Door/lib/a.js = new
    "#]],
    );
}

#[test]
fn a_create_survives_a_crash_after_every_step() {
    let steps: &[fn(&Bench)] = &[stage_new, |bench| bench.folder.create(&the_staged(bench)).unwrap()];
    check_crashes(
        None,
        steps,
        expect![[r#"
        after 0: 
        after 1: dropped
        after 2: 
            apps/Door/lib/a.js = new
    "#]],
    );
}

#[test]
fn a_delete_survives_a_crash_after_every_step() {
    let steps: &[fn(&Bench)] = &[
        |bench| _ = bench.folder.capture(&at(DOOR)).unwrap(),
        |bench| bench.folder.keep_in_trash(&the_staged(bench), &trashed()).unwrap(),
        |bench| bench.folder.prune(&at(DOOR)),
    ];
    check_crashes(
        Some("old"),
        steps,
        expect![[r#"
        after 0: 
            apps/Door/lib/a.js = old
        after 1: put back
            apps/Door/lib/a.js = old
        after 2: 
        after 3: 
    "#]],
    );
}

#[test]
fn a_conflict_survives_a_crash_after_every_step() {
    let steps: &[fn(&Bench)] = &[
        |bench| _ = bench.folder.capture(&at(DOOR)).unwrap(),
        |bench| bench.put(DOOR, "mine"),
        |bench| _ = bench.folder.keep_in_conflicts(&the_staged(bench), &note()).unwrap(),
    ];
    check_crashes(
        Some("old"),
        steps,
        expect![[r#"
        after 0: 
            apps/Door/lib/a.js = old
        after 1: put back
            apps/Door/lib/a.js = old
        after 2: conflict
            apps/Door/.conflicts/20261120T120000Z/lib/a.js = old
            apps/Door/lib/a.js = mine
        after 3: 
            apps/Door/.conflicts/20261120T120000Z/lib/a.js = old
            apps/Door/lib/a.js = mine
    "#]],
    );
}

#[test]
fn a_crash_inside_a_step_is_healed_too() {
    // The swap happened, nobody looked yet.
    let swapped: fn(&Bench) = |bench| {
        let staged = the_staged(bench);
        let (name, target) = (bench.folder.place(&staged.name), bench.folder.place(&staged.target));
        fs::rename(&target, target.with_extension("aside")).unwrap();
        fs::rename(&name, &target).unwrap();
        fs::rename(target.with_extension("aside"), &name).unwrap();
    };
    // Half a copy of the content was written.
    let torn: fn(&Bench) = |bench| {
        let staged = the_staged(bench);
        fs::write(bench.folder.place(&staged.name), "ne").unwrap();
        let row = bench.folder.row(&staged, State::Staging, Some(Digest::of(b"new")));
        bench.folder.journal.write(&staged.name, row).unwrap();
    };
    // The row was written, the file was not.
    let only_row: fn(&Bench) = |bench| fs::remove_file(bench.folder.place(&the_staged(bench).name)).unwrap();
    let nothing_yet = |after_2: &str| {
        let before =
            "after 0: \n    apps/Door/lib/a.js = old\nafter 1: dropped\n    apps/Door/lib/a.js = old\n";
        format!("{before}after 2: {after_2}\n")
    };
    let check = |inside: fn(&Bench), after_2: &str| {
        let table = crash_table(Some("old"), &[stage_new, inside], Renames::Native);
        assert_eq!(table, nothing_yet(after_2));
    };
    let conflict = "    apps/Door/.conflicts/20261120T120000Z/lib/a.js = old\n";
    check(swapped, &format!("conflict\n{conflict}    apps/Door/lib/a.js = new"));
    check(torn, "dropped\n    apps/Door/lib/a.js = old");
    check(only_row, "\n    apps/Door/lib/a.js = old");
}

#[test]
fn what_both_sides_had_agreed_on_is_no_conflict() {
    let bench = Bench::native();
    bench.put(DOOR, "old");
    bench.folder.exchange(&bench.stage(DOOR, "new")).unwrap();
    let bench = bench.crash();
    let outcomes =
        bench.folder.recover(noon(), &|path, digest| path.as_str() == DOOR && digest == Digest::of(b"old"));
    assert!(matches!(outcomes[..], [Recovered::Trashed { .. }]), "{outcomes:?}");
    assert_eq!(bench.tree(), "apps/Door/lib/a.js = new\n");
    assert_eq!(bench.folder.trash().unwrap().0.len(), 1);
}

#[test]
fn leftovers_are_found_without_a_journal() {
    let bench = Bench::native();
    bench.put(DOOR, "old");
    bench.folder.exchange(&bench.stage(DOOR, "new")).unwrap();
    bench.put("world.json", "{}");
    let (staged, _) = bench.folder.capture(&at("world.json")).unwrap();
    bench.folder.drop_staged(&staged, noon()).unwrap();
    fs::remove_file(bench.folder.state("staging")).unwrap();
    let bench = bench.crash();
    let mut outcomes: Vec<String> = bench.recover().iter().map(outcome).collect();
    outcomes.sort();
    assert_eq!(outcomes, ["conflict", "conflict"]);
    assert!(bench.recover().is_empty());
    assert!(bench.visible().contains(&Digest::of(b"old")) && bench.visible().contains(&Digest::of(b"{}")));
    assert!(bench.folder.bury(noon() + REST).is_empty());
}

/// Somebody saves as fast as they can while we replace the same file. They save only over what we
/// wrote, so nobody but us can make one of their contents disappear.
#[test]
fn no_save_is_lost_to_an_exchange() {
    for renames in [Renames::Native, Renames::Portable] {
        let bench = Bench::new(renames);
        bench.put(DOOR, "ours 0");
        let stop = AtomicBool::new(false);
        let written = std::thread::scope(|scope| {
            let writer = scope.spawn(|| hammer(&bench.temporary.path().join(DOOR), &stop));
            for n in 1..=150 {
                replace_once(&bench, &format!("ours {n}"));
            }
            stop.store(true, Ordering::Relaxed);
            writer.join().unwrap()
        });
        bench.folder.bury(noon() + REST);
        let contents = bench.contents();
        let lost: Vec<_> =
            written.iter().filter(|it| !contents.contains(&Digest::of(it.as_bytes()))).collect();
        assert!(lost.is_empty(), "{renames:?}: lost {lost:?} of {}", written.len());
        // And the author can see it: it was never agreed on, so the trash would not do.
        let visible = bench.visible();
        let hidden: Vec<_> =
            written.iter().filter(|it| !visible.contains(&Digest::of(it.as_bytes()))).collect();
        assert!(hidden.is_empty(), "{renames:?}: hidden {hidden:?} of {}", written.len());
        assert!(!written.is_empty());
    }
}

/// What the pure write job does for "replace, whatever is there".
fn replace_once(bench: &Bench, text: &str) {
    let staged = bench.stage(DOOR, text);
    let displaced = match bench.folder.exchange(&staged) {
        Ok(displaced) => displaced,
        Err(DiskError::Missing(_)) => match bench.folder.create(&staged) {
            Ok(()) => return,
            Err(_) => return bench.folder.drop_staged(&staged, noon()).unwrap(),
        },
        Err(_) => return bench.folder.drop_staged(&staged, noon()).unwrap(),
    };
    let bytes = bench.folder.object(displaced).unwrap().unwrap();
    if bytes.starts_with(b"ours") {
        bench.folder.drop_staged(&staged, noon()).unwrap();
    } else {
        bench.folder.keep_in_conflicts(&staged, &note()).unwrap();
    }
}

fn hammer(place: &Path, stop: &AtomicBool) -> Vec<String> {
    let mut written = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        if !fs::read(place).is_ok_and(|it| it.starts_with(b"ours")) {
            std::thread::yield_now();
            continue;
        }
        let text = format!("theirs {} {}", written.len(), "x".repeat(5_000));
        if written.len() % 2 == 0 {
            fs::write(place, &text).unwrap();
        } else {
            let beside = place.with_extension("saving");
            fs::write(&beside, &text).unwrap();
            fs::rename(&beside, place).unwrap();
        }
        written.push(text);
    }
    written
}

/// The state folder is on another file system: nothing can be renamed into it.
#[cfg(target_os = "linux")]
#[test]
fn a_state_folder_elsewhere_loses_nothing() {
    use std::os::unix::fs::{MetadataExt as _, symlink};
    let (Ok(elsewhere), temporary) = (tempfile::tempdir_in("/dev/shm"), tempfile::tempdir().unwrap()) else {
        return; // Nothing to test with here.
    };
    if fs::metadata(elsewhere.path()).unwrap().dev() == fs::metadata(temporary.path()).unwrap().dev() {
        return;
    }
    symlink(elsewhere.path(), temporary.path().join(".bowline")).unwrap();
    let folder = Folder::open_with(temporary.path(), Renames::Native).unwrap();
    let bench = Bench { folder, temporary };
    bench.put(DOOR, "old");
    let editor = fs::OpenOptions::new().append(true).open(bench.temporary.path().join(DOOR)).unwrap();
    let staged = bench.stage(DOOR, "new");
    bench.folder.exchange(&staged).unwrap();
    let kept = bench.folder.keep_in_conflicts(&staged, &note()).unwrap();
    // It waits beside its target, because a copy would not see what the editor still writes.
    io::Write::write_all(&mut &editor, b" and late").unwrap();
    let bench = bench.crash();
    assert!(bench.recover().is_empty());
    assert!(matches!(bench.folder.bury(noon() + REST)[..], [Burial::LateWrite { .. }]));
    let (staged, _) = bench.folder.capture(&at(DOOR)).unwrap();
    bench.folder.keep_in_trash(&staged, &trashed()).unwrap();
    bench.folder.remove_conflict(&kept, noon()).unwrap();
    assert!(bench.folder.bury(noon() + REST).is_empty());
    assert_eq!(bench.tree(), "apps/Door/.conflicts/20261120T120010Z/lib/a.js = old and late\n");
    for entry in bench.folder.trash().unwrap().0 {
        bench.folder.restore(&entry.id).unwrap();
    }
    expect![[r#"
        apps/Door/.conflicts/20261120T120000Z/lib/a.js = old
        apps/Door/.conflicts/20261120T120010Z/lib/a.js = old and late
        apps/Door/lib/a.js = new
    "#]]
    .assert_eq(&bench.tree());
    assert!(bench.folder.trash().unwrap().0.is_empty() && bench.folder.journal.rows().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_a_write_and_harms_nothing() {
    if crate::again::on_a_full_disk("write::tests::a_full_disk_stops_a_write_and_harms_nothing") {
        return;
    }
    let bench = Bench::native();
    bench.put(DOOR, "old");
    let large = "x".repeat(100_000);
    assert!(bench.folder.park(large.as_bytes()).is_err());
    let staged = bench.stage(DOOR, "new");
    bench.folder.exchange(&staged).unwrap();
    // The journal fills up: steps fail, and what they had begun is undone or recovered.
    let mut failed = None;
    for n in 0..1_000 {
        let content = bench.folder.park(format!("world {n}").as_bytes()).unwrap();
        match bench.folder.stage(&at(DOOR), content) {
            Ok(staged) => match bench.folder.exchange(&staged) {
                Ok(_) => (),
                Err(error) => failed = Some(error),
            },
            Err(error) => failed = Some(error),
        }
        if failed.is_some() {
            break;
        }
    }
    assert!(failed.is_some(), "the disk never filled up");
    let known = bench.contents();
    assert!(bench.text(DOOR).is_some_and(|it| it.starts_with("world") || it == "new"));
    let nothing_lost = |bench: &Bench| {
        let contents = bench.contents();
        let world = (0..1_000).map(|n| Digest::of(format!("world {n}").as_bytes()));
        assert!(world.filter(|it| known.contains(it)).all(|it| contents.contains(&it)));
        assert!(bench.visible().contains(&Digest::of(b"old")));
    };
    // Recovery may fail while there is no room, too; then it has its way later.
    let bench = bench.crash();
    bench.recover();
    nothing_lost(&bench);
    crate::again::make_room();
    let bench = bench.crash();
    for recovered in bench.recover() {
        assert!(!matches!(recovered, Recovered::Failed { .. }), "{recovered:?}");
    }
    nothing_lost(&bench);
    assert!(bench.folder.bury(noon() + REST).is_empty());
    nothing_lost(&bench);
}
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_written_is_an_error_and_no_more() {
    use std::os::unix::fs::PermissionsExt as _;
    if crate::again::as_nobody("write::tests::a_folder_that_may_not_be_written_is_an_error_and_no_more") {
        return;
    }
    let bench = Bench::native();
    bench.put(DOOR, "old");
    let lib = bench.temporary.path().join("apps/Door/lib");
    let content = bench.folder.park(b"new").unwrap();
    fs::set_permissions(&lib, fs::Permissions::from_mode(0o500)).unwrap();
    assert!(matches!(bench.folder.stage(&at(DOOR), content), Err(DiskError::Denied(_))));
    assert!(matches!(bench.folder.capture(&at(DOOR)), Err(DiskError::Denied(_))));
    fs::set_permissions(&lib, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(bench.tree(), "apps/Door/lib/a.js = old\n");
    // A file that only others may read is swapped back rather than held without a copy.
    let staged = bench.folder.stage(&at(DOOR), content).unwrap();
    fs::set_permissions(lib.join("a.js"), fs::Permissions::from_mode(0o000)).unwrap();
    assert!(matches!(bench.folder.exchange(&staged), Err(DiskError::Denied(_))));
    assert!(matches!(bench.folder.capture(&at(DOOR)), Err(DiskError::Denied(_))));
    fs::set_permissions(lib.join("a.js"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(bench.text(DOOR).as_deref(), Some("old"));
    bench.folder.drop_staged(&staged, noon()).unwrap();
    // A read-only file in a folder that may be written is replaced, as a rename does it.
    fs::set_permissions(lib.join("a.js"), fs::Permissions::from_mode(0o400)).unwrap();
    let staged = bench.folder.stage(&at(DOOR), content).unwrap();
    bench.folder.exchange(&staged).unwrap();
    bench.folder.drop_staged(&staged, noon()).unwrap();
    assert_eq!(bench.tree(), "apps/Door/lib/a.js = new\n");
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Save(u8),
    SaveByRename(u8),
    Delete(u8),
    Pull(u8),
    Remove(u8),
    Crash,
    Rest,
    Restore,
    Flip,
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (0u8..3).prop_map(Move::Save),
        2 => (0u8..3).prop_map(Move::SaveByRename),
        1 => (0u8..3).prop_map(Move::Delete),
        4 => (0u8..3).prop_map(Move::Pull),
        3 => (0u8..3).prop_map(Move::Remove),
        2 => Just(Move::Crash),
        1 => Just(Move::Rest),
        1 => Just(Move::Restore),
        1 => Just(Move::Flip),
    ]
}

const PATHS: [&str; 3] = ["apps/Door/index.js", DOOR, "world.json"];

/// Random edits between our steps, and crashes: every content anybody made either was replaced or
/// deleted by its own author, or exists.
struct Story {
    bench: Option<Bench>,
    pending: Vec<Staged>,
    serial: u32,
    /// What must exist somewhere.
    owed: BTreeSet<Digest>,
}

impl Story {
    fn bench(&self) -> &Bench {
        self.bench.as_ref().unwrap()
    }

    fn new_text(&mut self) -> String {
        self.serial += 1;
        let text = format!("content {}", self.serial);
        self.owed.insert(Digest::of(text.as_bytes()));
        text
    }

    /// The author of what is there lets it go.
    fn forgive(&mut self, path: &str) {
        if let Some(text) = self.bench().text(path) {
            let digest = Digest::of(text.as_bytes());
            if !self.bench().folder.objects.holds(digest).unwrap() {
                self.owed.remove(&digest);
            }
        }
    }

    fn step(&mut self, it: Move) {
        match it {
            Move::Save(n) | Move::SaveByRename(n) => {
                let path = PATHS[usize::from(n)];
                self.forgive(path);
                let text = self.new_text();
                if matches!(it, Move::Save(_)) {
                    return self.bench().put(path, &text);
                }
                self.bench().put("apps/saving", &text);
                self.bench().put(path, "");
                let root = self.bench().temporary.path();
                fs::rename(root.join("apps/saving"), root.join(path)).unwrap();
            }
            Move::Delete(n) => {
                self.forgive(PATHS[usize::from(n)]);
                let _gone = fs::remove_file(self.bench().temporary.path().join(PATHS[usize::from(n)]));
            }
            Move::Pull(n) => {
                let text = self.new_text();
                let staged = self.bench().stage(PATHS[usize::from(n)], &text);
                let folder = &self.bench().folder;
                if let Err(DiskError::Missing(_)) = folder.exchange(&staged) {
                    return folder.create(&staged).unwrap();
                }
                self.pending.push(staged);
            }
            Move::Remove(n) => {
                if let Ok((staged, _)) = self.bench().folder.capture(&at(PATHS[usize::from(n)])) {
                    self.pending.push(staged);
                }
            }
            Move::Flip => self.finish_pending(),
            Move::Crash => {
                self.pending.clear();
                self.bench = self.bench.take().map(Bench::crash);
                for recovered in self.bench().recover() {
                    assert!(!matches!(recovered, Recovered::Failed { .. }), "{recovered:?}");
                }
            }
            Move::Rest => {
                self.finish_pending();
                assert!(self.bench().folder.bury(noon() + REST).is_empty());
            }
            Move::Restore => {
                let (entries, _) = self.bench().folder.trash().unwrap();
                if let Some(entry) = entries.first() {
                    self.bench().folder.restore(&entry.id).unwrap();
                }
            }
        }
    }

    fn finish_pending(&mut self) {
        for (n, staged) in std::mem::take(&mut self.pending).into_iter().enumerate() {
            let folder = &self.bench().folder;
            match n % 3 {
                0 => _ = folder.keep_in_conflicts(&staged, &note()).unwrap(),
                1 => folder.keep_in_trash(&staged, &trashed()).unwrap(),
                _ => match folder.put_back(&staged) {
                    Ok(()) => (),
                    Err(DiskError::Exists(_)) => folder.drop_staged(&staged, noon()).unwrap(),
                    Err(error) => panic!("{error}"),
                },
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_content_is_lost_in_any_order(moves in prop::collection::vec(a_move(), 1..24), portable in any::<bool>()) {
        let renames = if portable { Renames::Portable } else { Renames::Native };
        let bench = Some(Bench::new(renames));
        let mut story = Story { bench, pending: Vec::new(), serial: 0, owed: BTreeSet::new() };
        for it in moves {
            story.step(it);
            let contents = story.bench().contents();
            let lost: Vec<_> = story.owed.difference(&contents).collect();
            prop_assert!(lost.is_empty(), "after {it:?} lost {lost:?}");
        }
    }
}
