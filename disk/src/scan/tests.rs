//! Scans of real folders. Clocks are steered by saying what time it is: `settled` is a moment when
//! everything written so far has been still for long enough.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::watch::Dirt;

struct Bench {
    temporary: tempfile::TempDir,
    scanner: Scanner,
}

impl Bench {
    fn new() -> Bench {
        Bench::with_limits(Limits::OF_WORLDS)
    }

    fn with_limits(limits: Limits) -> Bench {
        let temporary = tempfile::tempdir().unwrap();
        fs::create_dir_all(temporary.path().join("apps/Door")).unwrap();
        let scanner = Scanner::new(temporary.path(), limits).unwrap();
        Bench { temporary, scanner }
    }

    fn put(&self, path: &str, text: &str) {
        let place = self.at(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    fn at(&self, path: &str) -> PathBuf {
        self.temporary.path().join(path)
    }

    fn all(&mut self, expect: Expect) {
        expect.assert_eq(&show(&self.scanner.scan_all(settled())));
    }

    fn dirty(&mut self, paths: &[&str], expect: Expect) {
        expect.assert_eq(&show(&self.scanner.rescan(&set(paths), settled())));
    }

    fn at_once(&mut self, paths: &[&str], expect: Expect) {
        expect.assert_eq(&show(&self.scanner.rescan(&set(paths), SystemTime::now())));
    }
}

fn settled() -> SystemTime {
    SystemTime::now() + Duration::from_secs(1)
}

/// `folder/` is a subtree.
fn set(paths: &[&str]) -> DirtySet {
    let mut set = DirtySet::default();
    for text in paths {
        let path = ProjectPath::parse(text.trim_end_matches('/')).unwrap();
        set.add(if text.ends_with('/') { Dirt::Subtree(path) } else { Dirt::Path(path) });
    }
    set
}

fn show(scan: &Scan) -> String {
    let mut text = String::new();
    for (path, sighting) in &scan.changes {
        text += &match sighting {
            Sighting::File { digest, size, .. } => format!("{path} {size} {digest:?}\n"),
            Sighting::Absent => format!("{path} absent\n"),
            Sighting::Unknown { reason } => format!("{path} unknown: {reason:?}\n"),
        };
    }
    for problem in &scan.unnameable {
        text += &format!("! {} {}\n", problem.path, problem.message);
    }
    for (root, state) in scan.roots.iter().filter(|(root, _)| **root == "apps") {
        text += match state {
            RootState::Present => "",
            RootState::Missing => "apps missing\n",
            RootState::Unreadable(_) => "apps unreadable\n",
        };
        assert!(!root.is_empty());
    }
    if scan.again_at.is_some() {
        text += "again\n";
    }
    text
}

#[test]
fn only_the_project_is_seen_and_only_changes_are_said() {
    let mut bench = Bench::new();
    for path in [
        "apps/Door/index.js",
        "apps/Door/lib/deep/a.js",
        "assets/door.glb",
        "world.json",
        "README.md",
        ".env",
        "dist/x.js",
        "apps/Door/node_modules/x/index.js",
        "apps/Door/.git/config",
        "apps/Door/.conflicts/t/index.js",
        "apps/Door/.bowline-tmp-1-2",
        ".bowline/objects/ab/cd",
    ] {
        bench.put(path, "x");
    }
    bench.all(expect![[r#"
        apps/Door/index.js 1 2d711642…
        apps/Door/lib/deep/a.js 1 2d711642…
        assets/door.glb 1 2d711642…
        world.json 1 2d711642…
    "#]]);
    bench.all(expect![""]);
    bench.put("apps/Door/index.js", "xy");
    fs::remove_file(bench.at("world.json")).unwrap();
    bench.all(expect![[r#"
        apps/Door/index.js 2 769a4e6d…
        world.json absent
    "#]]);
    bench.all(expect![""]);
}

#[test]
fn dirt_is_enough_to_see_every_kind_of_change() {
    let mut bench = Bench::new();
    bench.put("apps/Door/index.js", "x");
    bench.put("apps/Door/lib/a.js", "x");
    bench.all(expect![[r#"
        apps/Door/index.js 1 2d711642…
        apps/Door/lib/a.js 1 2d711642…
    "#]]);
    bench.put("apps/Door/index.js", "changed");
    bench.put("apps/Door/new.js", "new");
    bench.put("apps/Lamp/deep/er/new.js", "new");
    fs::remove_dir_all(bench.at("apps/Door/lib")).unwrap();
    bench.put("schemas/a.json", "{}");
    // Deep below what is known, gone together with its folder, in a new root, never there.
    let paths = [
        "apps/Door/index.js",
        "apps/Door/new.js",
        "apps/Lamp/deep/er/new.js",
        "apps/Door/lib/a.js",
        "schemas/a.json",
        "apps/Door/never",
        "apps/Never/at/all.js",
        "README.md",
        "apps/Door/node_modules/x.js",
    ];
    bench.dirty(
        &paths,
        expect![[r#"
        apps/Door/index.js 7 d67e2e94…
        apps/Door/lib/a.js absent
        apps/Door/new.js 3 11507a0e…
        apps/Lamp/deep/er/new.js 3 11507a0e…
        schemas/a.json 2 44136fa3…
    "#]],
    );
    bench.all(expect![""]);
    // A folder becomes a file and the other way round.
    bench.put("apps/Door/lib", "a file");
    fs::remove_file(bench.at("apps/Door/new.js")).unwrap();
    bench.put("apps/Door/new.js/index.js", "in a folder");
    bench.dirty(
        &["apps/Door/lib", "apps/Door/new.js/"],
        expect![[r#"
        apps/Door/lib 6 7365d029…
        apps/Door/new.js absent
        apps/Door/new.js/index.js 11 8f72dc91…
    "#]],
    );
    fs::remove_dir_all(bench.at("apps/Door")).unwrap();
    bench.dirty(
        &["apps/Door"],
        expect![[r#"
        apps/Door/index.js absent
        apps/Door/lib absent
        apps/Door/new.js/index.js absent
    "#]],
    );
    bench.all(expect![""]);
}

#[test]
fn a_file_counts_once_it_has_been_still() {
    let mut bench = Bench::new();
    bench.put("apps/Door/index.js", "x");
    bench.at_once(
        &["apps/Door/index.js"],
        expect![[r#"
        apps/Door/index.js unknown: Unsettled
        again
    "#]],
    );
    let scan = bench.scanner.rescan(&DirtySet::default(), settled());
    expect![[r#"
        apps/Door/index.js 1 2d711642…
    "#]]
    .assert_eq(&show(&scan));
    bench.put("apps/Door/index.js", "x");
    bench.at_once(
        &["apps/Door/index.js"],
        expect![[r#"
        apps/Door/index.js unknown: Unsettled
        again
    "#]],
    );
    // The same bytes again: a new time, so it is said again.
    assert_eq!(bench.scanner.rescan(&DirtySet::default(), settled()).changes.len(), 1);
}

#[test]
fn a_file_that_was_emptied_gets_another_moment() {
    let mut bench = Bench::new();
    bench.put("apps/Door/index.js", "x");
    bench.put("apps/Door/always_empty.js", "");
    bench.all(expect![[r#"
        apps/Door/always_empty.js 0 e3b0c442…
        apps/Door/index.js 1 2d711642…
    "#]]);
    bench.put("apps/Door/index.js", "");
    let soon = SystemTime::now() + QUIET * 2;
    let scan = bench.scanner.rescan(&set(&["apps/Door/index.js"]), soon);
    expect![[r#"
        apps/Door/index.js unknown: Unsettled
        again
    "#]]
    .assert_eq(&show(&scan));
    let scan = bench.scanner.rescan(&DirtySet::default(), soon + QUIET_IF_EMPTIED);
    expect![[r#"
        apps/Door/index.js 0 e3b0c442…
    "#]]
    .assert_eq(&show(&scan));
}

#[test]
fn a_file_is_absent_at_last_even_if_its_folder_never_rests() {
    let mut bench = Bench::new();
    bench.put("apps/Door/index.js", "x");
    bench.scanner.scan_all(settled());
    fs::remove_file(bench.at("apps/Door/index.js")).unwrap();
    let first = SystemTime::now();
    let scan = bench.scanner.rescan(&set(&["apps/Door/index.js"]), first);
    expect![[r#"
        apps/Door/index.js unknown: Unsettled
        again
    "#]]
    .assert_eq(&show(&scan));
    let place = bench.at("apps/Door");
    fs::File::open(&place).unwrap().set_modified(first + QUIET).unwrap();
    let scan = bench.scanner.rescan(&DirtySet::default(), first + QUIET);
    expect![[r#"
        apps/Door/index.js absent
    "#]]
    .assert_eq(&show(&scan));
}

#[test]
fn a_file_that_was_renamed_away_is_not_absent_at_once() {
    let mut bench = Bench::new();
    bench.put("apps/Door/index.js", "x");
    bench.all(expect![[r#"
        apps/Door/index.js 1 2d711642…
    "#]]);
    fs::rename(bench.at("apps/Door/index.js"), bench.at("apps/Door/index.js~")).unwrap();
    bench.at_once(
        &["apps/Door/index.js"],
        expect![[r#"
        apps/Door/index.js unknown: Unsettled
        apps/Door/index.js~ unknown: Unsettled
        again
    "#]],
    );
    bench.put("apps/Door/index.js", "y");
    fs::remove_file(bench.at("apps/Door/index.js~")).unwrap();
    bench.dirty(
        &["apps/Door/index.js", "apps/Door/index.js~"],
        expect![[r#"
        apps/Door/index.js 1 a1fce436…
        apps/Door/index.js~ absent
    "#]],
    );
    fs::remove_file(bench.at("apps/Door/index.js")).unwrap();
    bench.at_once(
        &["apps/Door/index.js"],
        expect![[r#"
        apps/Door/index.js unknown: Unsettled
        again
    "#]],
    );
    bench.dirty(
        &[],
        expect![[r#"
        apps/Door/index.js absent
    "#]],
    );
}

type Save = fn(&Path);

#[test]
fn the_save_styles_of_editors_end_in_the_new_text() {
    let mut bench = Bench::new();
    let path = "apps/Door/index.js";
    bench.put(path, "old");
    bench.scanner.scan_all(settled());
    let styles: [(&str, Save); 4] = [
        ("truncate and write", |place| fs::write(place, "by truncating").unwrap()),
        ("rename over", |place| {
            fs::write(place.with_extension("tmp"), "by renaming").unwrap();
            fs::rename(place.with_extension("tmp"), place).unwrap();
        }),
        ("vim, backupcopy=no", |place| {
            fs::rename(place, place.with_extension("js~")).unwrap();
            fs::write(place, "by vim").unwrap();
            fs::remove_file(place.with_extension("js~")).unwrap();
        }),
        ("formatter on save", |place| {
            fs::write(place, "not formatted").unwrap();
            fs::write(place, "formatted").unwrap();
        }),
    ];
    for (name, save) in styles {
        save(&bench.at(path));
        let wanted = Digest::of(&fs::read(bench.at(path)).unwrap());
        bench.scanner.rescan(&set(&[path, "apps/Door/index.js~", "apps/Door/index.tmp"]), SystemTime::now());
        let scan = bench.scanner.rescan(&DirtySet::default(), settled());
        let said = scan.changes.get(path).or_else(|| panic!("{name}: nothing was said"));
        assert!(matches!(said, Some(Sighting::File { digest, .. }) if *digest == wanted), "{name}: {said:?}");
        assert_eq!(bench.scanner.scan_all(settled()).changes.len(), 0, "{name}");
    }
}

#[test]
fn a_write_that_leaves_every_stat_alone_is_seen() {
    let mut bench = Bench::new();
    bench.put("apps/Door/index.js", "aaa");
    bench.all(expect![[r#"
        apps/Door/index.js 3 9834876d…
    "#]]);
    let place = bench.at("apps/Door/index.js");
    let modified = fs::metadata(&place).unwrap().modified().unwrap();
    fs::write(&place, "bbb").unwrap();
    fs::File::options().write(true).open(&place).unwrap().set_modified(modified).unwrap();
    bench.dirty(
        &["apps/Door/index.js"],
        expect![[r#"
        apps/Door/index.js 3 3e744b9d…
    "#]],
    );
}

#[test]
fn the_rolling_check_comes_round_to_every_file() {
    let mut bench = Bench::new();
    for n in 0..5 {
        bench.put(&format!("apps/Door/{n}.js"), "x");
    }
    bench.scanner.scan_all(settled());
    let mut after = None;
    let mut rounds = 0;
    loop {
        after = bench.scanner.distrust(after.as_ref(), 2);
        rounds += 1;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(rounds, 3);
    bench.all(expect![""]);
}

#[test]
fn names_that_clash_are_unknown_until_one_is_gone() {
    let mut bench = Bench::new();
    bench.put("apps/Door/a.js", "x");
    bench.put("apps/Door/lib/x.js", "x");
    bench.all(expect![[r#"
        apps/Door/a.js 1 2d711642…
        apps/Door/lib/x.js 1 2d711642…
    "#]]);
    bench.put("apps/Door/A.js", "y");
    bench.put("apps/Door/Lib/y.js", "y");
    bench.put("apps/Door/ü.js", "y");
    bench.put("apps/Door/u\u{308}.js", "y");
    if fs::read_dir(bench.at("apps/Door")).unwrap().count() != 6 {
        return; // This disk folds names itself, so there is nothing to clash.
    }
    bench.dirty(
        &["apps/Door/A.js", "apps/Door/Lib/", "apps/Door/ü.js"],
        expect![[r#"
        apps/Door/A.js unknown: Clash { with: "a.js" }
        apps/Door/Lib unknown: Clash { with: "lib" }
        apps/Door/a.js unknown: Clash { with: "A.js" }
        apps/Door/lib unknown: Clash { with: "Lib" }
        apps/Door/lib/x.js unknown: Clash { with: "Lib" }
        apps/Door/ü.js unknown: Clash { with: "ü.js" }
        apps/Door/ü.js unknown: Clash { with: "u\u{308}.js" }
    "#]],
    );
    fs::remove_file(bench.at("apps/Door/a.js")).unwrap();
    fs::remove_dir_all(bench.at("apps/Door/lib")).unwrap();
    fs::remove_file(bench.at("apps/Door/u\u{308}.js")).unwrap();
    bench.dirty(
        &["apps/Door/a.js", "apps/Door/lib/"],
        expect![[r#"
        apps/Door/A.js 1 a1fce436…
        apps/Door/Lib absent
        apps/Door/Lib/y.js 1 a1fce436…
        apps/Door/a.js absent
        apps/Door/lib absent
        apps/Door/lib/x.js absent
        apps/Door/ü.js absent
        apps/Door/ü.js 1 a1fce436…
    "#]],
    );
    bench.all(expect![""]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_seen_is_unknown_and_never_absent() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    let mut bench = Bench::with_limits(Limits { script: 10, asset: 20 });
    bench.put("apps/Door/lib/a.js", "x");
    bench.put("apps/Door/big.js", "01234567890");
    bench.put("assets/big.glb", "01234567890");
    bench.put("assets/bigger.glb", "012345678901234567890");
    bench.put("apps/Door/con.js", "x");
    bench.put("shared/x.js", "outside");
    symlink("../../shared/x.js", bench.at("apps/Door/link.js")).unwrap();
    symlink("nowhere", bench.at("apps/Door/dangling.js")).unwrap();
    symlink("..", bench.at("apps/Door/loop")).unwrap();
    let not_utf8 = std::ffi::OsStr::from_bytes(b"\xff.js");
    fs::write(bench.at("apps/Door").join(not_utf8), "x").unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, bench.at("apps/Door/pipe.js"), rustix::fs::Mode::RUSR).unwrap();
    bench.all(expect![[r#"
        apps/Door/big.js unknown: ScriptTooLarge { size: 11 }
        apps/Door/dangling.js unknown: Link
        apps/Door/lib/a.js 1 2d711642…
        apps/Door/link.js unknown: Link
        apps/Door/loop unknown: Link
        apps/Door/pipe.js unknown: NotAFile
        assets/big.glb 11 ee29eb4a…
        assets/bigger.glb unknown: AssetTooLarge { size: 21 }
        shared/x.js 7 31207a20…
        ! apps/Door `apps/Door/con.js` has the name `con.js`, which not every system can store
        ! apps/Door `�.js` is not UTF-8
    "#]]);
    // A folder is swapped for a link to what it held.
    fs::rename(bench.at("apps/Door/lib"), bench.at("lib")).unwrap();
    symlink("../../lib", bench.at("apps/Door/lib")).unwrap();
    bench.dirty(
        &["apps/Door/lib/a.js"],
        expect![[r#"
        apps/Door/lib unknown: Link
        apps/Door/lib/a.js unknown: Link
        ! apps/Door `apps/Door/con.js` has the name `con.js`, which not every system can store
        ! apps/Door `�.js` is not UTF-8
    "#]],
    );
    fs::remove_file(bench.at("apps/Door/lib")).unwrap();
    fs::rename(bench.at("lib"), bench.at("apps/Door/lib")).unwrap();
    bench.dirty(
        &["apps/Door/lib"],
        expect![[r#"
        apps/Door/lib absent
        apps/Door/lib/a.js 1 2d711642…
        ! apps/Door `apps/Door/con.js` has the name `con.js`, which not every system can store
        ! apps/Door `�.js` is not UTF-8
    "#]],
    );
}

#[test]
fn a_root_that_vanished_says_nothing_about_its_files() {
    let mut bench = Bench::new();
    bench.put("apps/Door/index.js", "x");
    bench.put("world.json", "{}");
    bench.all(expect![[r#"
        apps/Door/index.js 1 2d711642…
        world.json 2 44136fa3…
    "#]]);
    fs::rename(bench.at("apps"), bench.at("away")).unwrap();
    bench.dirty(
        &["apps"],
        expect![[r#"
        apps unknown: RootVanished
        apps/Door unknown: RootVanished
        apps/Door/index.js unknown: RootVanished
        apps missing
    "#]],
    );
    fs::rename(bench.at("away"), bench.at("apps")).unwrap();
    bench.all(expect![[r#"
        apps absent
        apps/Door absent
        apps/Door/index.js 1 2d711642…
    "#]]);
    // Something else has its name.
    fs::rename(bench.at("apps"), bench.at("away")).unwrap();
    fs::write(bench.at("apps"), "a file").unwrap();
    bench.all(expect![[r#"
        apps unknown: NotAFile
        apps/Door unknown: NotAFile
        apps/Door/index.js unknown: NotAFile
        apps unreadable
    "#]]);
    fs::remove_file(bench.at("apps")).unwrap();
    bench.all(expect![[r#"
        apps unknown: RootVanished
        apps/Door unknown: RootVanished
        apps/Door/index.js unknown: RootVanished
        apps missing
    "#]]);
    let conceded = Scan { changes: bench.scanner.concede_root("apps"), ..Scan::default() };
    expect![[r#"
        apps absent
        apps/Door absent
        apps/Door/index.js absent
    "#]]
    .assert_eq(&show(&conceded));
    bench.all(expect![[r#"
        apps missing
    "#]]);
    // The whole project goes away.
    let project = bench.temporary.path().to_owned();
    fs::rename(&project, project.with_extension("away")).unwrap();
    bench.all(expect![[r#"
        world.json unknown: RootVanished
        apps missing
    "#]]);
    fs::rename(project.with_extension("away"), &project).unwrap();
}

#[test]
fn files_that_come_and_go_while_we_look_do_no_harm() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let mut bench = Bench::new();
    bench.put("apps/Door/stays.js", "x");
    let stop = AtomicBool::new(false);
    let root = bench.at("apps/Door");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in (0..40).cycle().take_while(|_| !stop.load(Ordering::Relaxed)) {
                let folder = root.join(format!("f{}", n % 5));
                let file = folder.join(format!("{n}.js"));
                let _made = fs::create_dir(&folder).and_then(|()| fs::write(&file, "x"));
                let _gone = fs::remove_file(&file);
                let _gone = fs::remove_dir(&folder);
                let _link = fs::write(&folder, "now a file");
                let _gone = fs::remove_file(&folder);
            }
        });
        for n in 0..300 {
            let paths = [format!("apps/Door/f{}/{n}.js", n % 5), format!("apps/Door/f{}/", n % 5)];
            bench.scanner.rescan(&set(&[&paths[0], &paths[1]]), settled());
            bench.scanner.scan_all(settled());
        }
        stop.store(true, Ordering::Relaxed);
    });
    fs::create_dir_all(bench.at("apps/Door/end")).unwrap();
    let (first, second) = (bench.scanner.scan_all(settled()), bench.scanner.scan_all(settled()));
    assert_eq!(second.changes.len(), 0, "{first:?} {second:?}");
    let fresh = Scanner::new(bench.temporary.path(), Limits::OF_WORLDS).unwrap().scan_all(settled());
    assert_eq!(fresh.changes.keys().map(ProjectPath::as_str).collect::<Vec<_>>(), ["apps/Door/stays.js"]);
}

/// A folder nobody may enter is unknown, and so is everything in it. Root may enter any, so this
/// runs itself again as somebody else.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_may_not_be_entered_is_unknown() {
    use std::os::unix::fs::PermissionsExt as _;
    if crate::again::as_nobody("scan::tests::a_folder_that_may_not_be_entered_is_unknown") {
        return;
    }
    let mut bench = Bench::new();
    bench.put("apps/Door/lib/a.js", "x");
    bench.put("apps/Door/secret.js", "x");
    bench.all(expect![[r#"
        apps/Door/lib/a.js 1 2d711642…
        apps/Door/secret.js 1 2d711642…
    "#]]);
    let allow =
        |path: &str, mode| fs::set_permissions(bench.at(path), fs::Permissions::from_mode(mode)).unwrap();
    allow("apps/Door/lib", 0o000);
    allow("apps/Door/secret.js", 0o000);
    let (lib, secret) = (bench.at("apps/Door/lib"), bench.at("apps/Door/secret.js"));
    bench.all(expect![[r#"
        apps/Door/lib unknown: Unreadable("Permission denied (os error 13)")
        apps/Door/lib/a.js unknown: Unreadable("Permission denied (os error 13)")
        apps/Door/secret.js unknown: Unreadable("Permission denied (os error 13)")
    "#]]);
    bench.dirty(&["apps/Door/lib/a.js"], expect![""]);
    // Listed, but its entries may not be looked at.
    fs::set_permissions(&lib, fs::Permissions::from_mode(0o400)).unwrap();
    bench.dirty(
        &["apps/Door/lib/"],
        expect![[r#"
        apps/Door/lib absent
    "#]],
    );
    fs::set_permissions(&lib, fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    bench.dirty(
        &["apps/Door/lib/", "apps/Door/secret.js"],
        expect![[r#"
        apps/Door/lib/a.js 1 2d711642…
        apps/Door/secret.js 1 2d711642…
    "#]],
    );
    fs::set_permissions(bench.at("apps"), fs::Permissions::from_mode(0o000)).unwrap();
    bench.all(expect![[r#"
        apps unknown: Unreadable("Permission denied (os error 13)")
        apps/Door unknown: Unreadable("Permission denied (os error 13)")
        apps/Door/lib unknown: Unreadable("Permission denied (os error 13)")
        apps/Door/lib/a.js unknown: Unreadable("Permission denied (os error 13)")
        apps/Door/secret.js unknown: Unreadable("Permission denied (os error 13)")
        apps unreadable
    "#]]);
    fs::set_permissions(bench.at("apps"), fs::Permissions::from_mode(0o700)).unwrap();
}

/// One change on disk, and what events say about it.
#[derive(Debug, Clone)]
enum Edit {
    Write(&'static str),
    Remove(&'static str),
    Move(&'static str, &'static str),
    Link(&'static str),
}

fn an_edit() -> impl Strategy<Value = Edit> {
    let names = [
        "apps/a.js",
        "apps/A.js",
        "apps/d/x.js",
        "apps/d/e/y.js",
        "apps/d",
        "apps/d/e",
        "apps/f",
        "world.json",
    ];
    let name = prop::sample::select(names.to_vec());
    prop_oneof![
        4 => name.clone().prop_map(Edit::Write),
        2 => name.clone().prop_map(Edit::Remove),
        2 => (name.clone(), name.clone()).prop_map(|(from, to)| Edit::Move(from, to)),
        1 => name.prop_map(Edit::Link),
    ]
}

/// Where a link at `path` leads.
fn linked_from(path: &str) -> &'static str {
    match path.rsplit_once('/').map(|(folder, _)| folder) {
        None => "nowhere",
        Some("apps") => "apps/nowhere",
        Some("apps/d") => "apps/d/nowhere",
        Some(_) => "apps/d/e/nowhere",
    }
}

fn apply(bench: &Bench, edit: &Edit, serial: usize) -> Vec<&'static str> {
    let ready = |path: &str| bench.at(path).parent().is_some_and(|it| fs::create_dir_all(it).is_ok());
    match edit {
        Edit::Write(path) => {
            let _done = ready(path) && fs::write(bench.at(path), format!("text {serial}")).is_ok();
            // Through a link it is the other file that changes, and that a watcher names.
            vec![path, linked_from(path)]
        }
        Edit::Remove(path) => {
            let _done = fs::remove_file(bench.at(path)).or_else(|_| fs::remove_dir_all(bench.at(path)));
            vec![path]
        }
        Edit::Move(from, to) => {
            let _done = ready(to) && fs::rename(bench.at(from), bench.at(to)).is_ok();
            vec![from, to]
        }
        Edit::Link(path) => {
            #[cfg(unix)]
            let _done = ready(path) && std::os::unix::fs::symlink("nowhere", bench.at(path)).is_ok();
            vec![path]
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// What the changes add up to is what somebody sees who looks for the first time.
    #[test]
    fn looking_at_the_dirt_is_as_good_as_looking_at_everything(
        edits in prop::collection::vec(an_edit(), 1..24),
        batch in 1usize..5,
    ) {
        let mut bench = Bench::new();
        let mut held: BTreeMap<ProjectPath, Sighting> = BTreeMap::new();
        held.extend(bench.scanner.scan_all(settled()).changes);
        for (n, edits) in edits.chunks(batch).enumerate() {
            let touched: Vec<_> = edits.iter().enumerate().flat_map(|(k, it)| apply(&bench, it, n * 10 + k)).collect();
            held.extend(bench.scanner.rescan(&set(&touched), settled()).changes);
        }
        let fresh = Scanner::new(bench.temporary.path(), Limits::OF_WORLDS).unwrap().scan_all(settled()).changes;
        let files = |seen: &BTreeMap<ProjectPath, Sighting>| -> BTreeMap<ProjectPath, Sighting> {
            let files = seen.iter().filter(|(_, it)| matches!(it, Sighting::File { .. }));
            files.map(|(path, it)| (path.clone(), it.clone())).collect()
        };
        prop_assert_eq!(files(&held), files(&fresh));
        for (path, sighting) in &fresh {
            prop_assert_eq!(held.get(path), Some(sighting));
        }
    }
}
