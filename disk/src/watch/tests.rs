//! Watchers on real folders. Every test waits for a barrier or an event, never for a time.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::time::SystemTime;

use super::*;
use crate::scan::{Limits, Scanner, Sighting};
use crate::{DirtySet, coalesce::Extent};

struct Bench {
    temporary: tempfile::TempDir,
    watcher: Watcher,
    dirt: Receiver<Dirt>,
}

/// Far longer than anything here takes; only a broken watcher runs into it.
const NEVER: Duration = Duration::from_secs(60);

impl Bench {
    fn new(mode: Mode) -> Bench {
        let temporary = tempfile::tempdir().unwrap();
        fs::create_dir_all(temporary.path().join("apps/Door/lib")).unwrap();
        fs::write(temporary.path().join("apps/Door/index.js"), "x").unwrap();
        let (sender, dirt) = channel();
        let sink = move |it| _ = sender.send(it);
        let watcher = Watcher::start_as(mode, temporary.path(), sink).unwrap();
        Bench { temporary, watcher, dirt }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.temporary.path().join(path)
    }

    /// Everything that has been reported up to now.
    fn up_to_now(&self) -> DirtySet {
        let cookie = self.watcher.cookie().unwrap();
        let mut set = DirtySet::default();
        loop {
            match self.dirt.recv_timeout(NEVER).expect("the barrier comes back") {
                Dirt::Cookie(name) if name == cookie => return set,
                other => set.add(other),
            }
        }
    }

    fn said(&self) -> String {
        let set = self.up_to_now();
        let all = (set.extent == Extent::Everything).then(|| "everything".to_owned());
        let paths = set.paths.iter().map(ToString::to_string);
        let folders = set.subtrees.iter().map(|it| format!("{it}/"));
        all.into_iter().chain(paths).chain(folders).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(target_os = "linux")]
#[test]
fn every_save_style_names_the_file() {
    let bench = Bench::new(Mode::Native);
    assert_eq!(bench.watcher.mode(), Mode::Native);
    let file = bench.at("apps/Door/index.js");
    assert_eq!(bench.said(), "");
    fs::write(&file, "truncated and written").unwrap();
    assert_eq!(bench.said(), "apps/Door/index.js");
    fs::write(bench.at("apps/Door/t"), "renamed over").unwrap();
    fs::rename(bench.at("apps/Door/t"), &file).unwrap();
    assert_eq!(bench.said(), "apps/Door/index.js apps/Door/t");
    fs::rename(&file, bench.at("apps/Door/index.js~")).unwrap();
    fs::write(&file, "like vim").unwrap();
    fs::remove_file(bench.at("apps/Door/index.js~")).unwrap();
    assert_eq!(bench.said(), "apps/Door/index.js apps/Door/index.js~");
    fs::File::options().write(true).open(&file).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(bench.said(), "apps/Door/index.js");
    assert_eq!(fs::read_dir(bench.at(".bowline/cookies")).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn folders_are_followed_wherever_they_go() {
    let bench = Bench::new(Mode::Native);
    fs::create_dir_all(bench.at("apps/Lamp/lib")).unwrap();
    bench.said();
    fs::write(bench.at("apps/Lamp/lib/a.js"), "x").unwrap();
    assert_eq!(bench.said(), "apps/Lamp/lib/a.js");
    fs::rename(bench.at("apps/Lamp"), bench.at("apps/Light")).unwrap();
    assert_eq!(bench.said(), "apps/Lamp apps/Light/");
    fs::write(bench.at("apps/Light/lib/a.js"), "y").unwrap();
    assert_eq!(bench.said(), "apps/Light/lib/a.js");
    // Away and back.
    fs::rename(bench.at("apps/Light"), bench.at("Light")).unwrap();
    assert_eq!(bench.said(), "apps/Light");
    fs::write(bench.at("Light/lib/a.js"), "z").unwrap();
    assert_eq!(bench.said(), "");
    fs::rename(bench.at("Light"), bench.at("apps/Light")).unwrap();
    assert_eq!(bench.said(), "apps/Light/");
    fs::write(bench.at("apps/Light/lib/a.js"), "z").unwrap();
    assert_eq!(bench.said(), "apps/Light/lib/a.js");
    fs::remove_dir_all(bench.at("apps/Light")).unwrap();
    assert_eq!(bench.said(), "apps/Light/lib/a.js apps/Light/ apps/Light/lib/");
    // A root that was not there.
    fs::create_dir_all(bench.at("shared")).unwrap();
    bench.said();
    fs::write(bench.at("shared/u.js"), "x").unwrap();
    assert_eq!(bench.said(), "shared/u.js");
    fs::write(bench.at("world.json"), "{}").unwrap();
    fs::write(bench.at("README.md"), "{}").unwrap();
    assert_eq!(bench.said(), "world.json");
}

#[cfg(target_os = "linux")]
#[test]
fn what_nobody_looks_at_is_not_watched() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::new(Mode::Native);
    for folder in ["node_modules/deep", ".git", ".conflicts/t", ".bowline-tmp-x"] {
        fs::create_dir_all(bench.at("apps/Door").join(folder)).unwrap();
        fs::write(bench.at("apps/Door").join(folder).join("x"), "x").unwrap();
    }
    fs::write(bench.at("apps/Door/.bowline-tmp-1"), "x").unwrap();
    std::os::unix::fs::symlink(bench.at(""), bench.at("apps/Door/loop")).unwrap();
    assert_eq!(bench.said(), "apps/Door/loop");
    // Names we cannot spell make their folder dirty, which then says so.
    fs::write(bench.at("apps/Door/lib").join(std::ffi::OsStr::from_bytes(b"\xff")), "x").unwrap();
    assert_eq!(bench.said(), "apps/Door/lib/");
    fs::write(bench.at("apps/Door/con.js"), "x").unwrap();
    assert_eq!(bench.said(), "apps/Door/");
}

/// The measured case: a burst of new files in new nested folders, as `git checkout` makes it.
#[test]
fn no_file_of_a_burst_is_missed() {
    let bench = Bench::new(Mode::Native);
    let mut scanner = Scanner::new(bench.temporary.path(), Limits::OF_WORLDS).unwrap();
    scanner.scan_all(SystemTime::now());
    let mut wanted = BTreeSet::new();
    for n in 0..900 {
        let path = format!("apps/A{}/b{}/c{n}/file.js", n % 7, n % 31);
        fs::create_dir_all(bench.at(&path).parent().unwrap()).unwrap();
        fs::write(bench.at(&path), format!("{n}")).unwrap();
        wanted.insert(path);
    }
    let mut found = BTreeSet::new();
    let dirty = bench.up_to_now();
    let later = SystemTime::now() + Duration::from_secs(1);
    for (path, sighting) in scanner.rescan(&dirty, later).changes {
        if matches!(sighting, Sighting::File { .. }) {
            found.insert(path.to_string());
        }
    }
    let missed: Vec<_> = wanted.difference(&found).collect();
    assert!(missed.is_empty(), "{} of 900 missed: {:?} …", missed.len(), missed.first());
    // And every one of the new folders is watched now.
    for path in &wanted {
        fs::write(bench.at(path), "again").unwrap();
    }
    let dirty = bench.up_to_now();
    let changes = scanner.rescan(&dirty, later + Duration::from_secs(1)).changes;
    assert_eq!(changes.iter().filter(|(_, it)| matches!(it, Sighting::File { .. })).count(), 900);
}

#[test]
fn a_queue_that_overflows_makes_everything_dirty_and_loses_no_folder() {
    let temporary = tempfile::tempdir().unwrap();
    fs::create_dir_all(temporary.path().join("apps")).unwrap();
    let (sender, dirt) = channel();
    let (open, gate) = channel::<()>();
    let sink = move |it| {
        if matches!(it, Dirt::Path(_)) {
            // Closed at first, so that everything behind the first event piles up.
            let _waited = gate.recv();
        }
        let _sent = sender.send(it);
    };
    let watcher = Watcher::start(temporary.path(), sink).unwrap();
    for n in 0..QUEUE_MAX / 2 {
        fs::write(temporary.path().join("apps/x.js"), n.to_string()).unwrap();
    }
    fs::create_dir_all(temporary.path().join("apps/New")).unwrap();
    drop(open);
    // Asked for in the middle of it: its event may be among the lost ones.
    let cookie = watcher.cookie().unwrap();
    let until = |cookie: String| -> Vec<Dirt> {
        let dirt = std::iter::from_fn(|| Some(dirt.recv_timeout(NEVER).expect("the barrier comes back")));
        dirt.take_while(|it| *it != Dirt::Cookie(cookie.clone())).collect()
    };
    assert!(until(cookie).contains(&Dirt::Everything));
    fs::write(temporary.path().join("apps/New/a.js"), "x").unwrap();
    let cookie = watcher.cookie().unwrap();
    let after = until(cookie);
    let wanted = Dirt::Path(ProjectPath::parse("apps/New/a.js").unwrap());
    assert!(after.contains(&wanted) || after.contains(&Dirt::Everything), "{after:?}");
}

#[test]
fn where_there_are_no_events_a_scan_is_asked_for() {
    let bench = Bench::new(Mode::Poll);
    assert_eq!(bench.watcher.mode(), Mode::Poll);
    assert_eq!(bench.said(), "everything");
    assert_eq!(bench.dirt.recv_timeout(NEVER).unwrap(), Dirt::Everything);
    bench.watcher.scan_took(Duration::from_secs(1));
    assert_eq!(bench.watcher.state.poll_interval(), Duration::from_secs(20));
}

#[test]
fn files_that_live_for_a_moment_do_no_harm() {
    let bench = Bench::new(Mode::Native);
    for n in 0..400 {
        let folder = bench.at(&format!("apps/Door/f{n}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.js"), "x").unwrap();
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "x").unwrap();
        fs::remove_file(&folder).unwrap();
    }
    bench.up_to_now();
    fs::write(bench.at("apps/Door/lib/a.js"), "x").unwrap();
    let dirty = bench.up_to_now();
    assert!(dirty.paths.contains("apps/Door/lib/a.js"), "{dirty:?}");
}

#[test]
fn a_used_up_limit_is_named_with_the_way_out() {
    let problem = register::problem(&notify::Error::new(notify::ErrorKind::MaxFilesWatch));
    let text = problem.to_string();
    assert!(text.starts_with("the limit fs.inotify.max_user_watches is used up"), "{text}");
    assert!(text.ends_with("raise it, e.g. `sudo sysctl fs.inotify.max_user_watches=524288`"), "{text}");
    let full = notify::Error::io(std::io::Error::from_raw_os_error(24));
    if cfg!(target_os = "linux") {
        let text = register::problem(&full).to_string();
        assert!(text.starts_with("the limit fs.inotify.max_user_instances is used up"), "{text}");
    }
}
