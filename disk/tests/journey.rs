//! A project as the daemon uses it: watched, coalesced, scanned and written at once, while somebody
//! edits it in every style. What the sightings add up to must be what is on the disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime};

use bowline_disk::{
    Coalescer, Dirt, DirtySet, DiskError, Folder, Limits, Mode, ProjectLock, Scanner, Sighting, Watcher,
};
use bowline_model::{Digest, ProjectPath};

struct Daemon {
    folder: Folder,
    watcher: Watcher,
    dirt: Receiver<Dirt>,
    coalescer: Coalescer,
    scanner: Scanner,
    held: BTreeMap<String, Digest>,
    scans: usize,
    _lock: ProjectLock,
}

impl Daemon {
    fn open(root: &Path) -> Daemon {
        let lock = ProjectLock::take(root).expect("a temporary folder works");
        let folder = Folder::open(root).expect("a temporary folder works");
        assert!(folder.recover(SystemTime::now(), &|_, _| false).is_empty());
        let (sender, dirt) = channel();
        let watcher = Watcher::start(root, move |it| _ = sender.send(it)).expect("a temporary folder works");
        let scanner = Scanner::new(root, Limits::OF_WORLDS).expect("a temporary folder works");
        let coalescer = Coalescer::default();
        let held = BTreeMap::new();
        let mut daemon = Daemon { folder, watcher, dirt, coalescer, scanner, held, scans: 0, _lock: lock };
        daemon.scan(&DirtySet::everything());
        daemon
    }

    /// Runs the loop until everything that has happened is seen and settled.
    fn flush(&mut self) {
        let mut wanted = self.watcher.cookie().expect("a temporary folder works");
        let mut again_at = Some(Instant::now());
        loop {
            let git = self.folder.git_index();
            let now = Instant::now();
            if let Some(set) = self.coalescer.ready(now, git) {
                let is_reached = set.cookies.contains(&wanted);
                again_at = self.scan(&set).map(|wait| now + wait);
                if is_reached && again_at.is_none() {
                    return;
                }
                if is_reached {
                    wanted = self.watcher.cookie().expect("a temporary folder works");
                }
            } else if again_at.is_some_and(|at| at <= now) {
                again_at = self.scan(&DirtySet::default()).map(|wait| now + wait);
            }
            let next = [self.coalescer.due(git), again_at].into_iter().flatten().min();
            let wait =
                next.map_or(Duration::from_secs(60), |at| at.saturating_duration_since(Instant::now()));
            match self.dirt.recv_timeout(wait) {
                Ok(dirt) => self.coalescer.feed(dirt, Instant::now()),
                Err(RecvTimeoutError::Timeout) => assert!(next.is_some(), "the barrier never came back"),
                Err(RecvTimeoutError::Disconnected) => panic!("the watcher died"),
            }
        }
    }

    /// How long to wait before looking again, if something is not settled.
    fn scan(&mut self, set: &DirtySet) -> Option<Duration> {
        self.scans += 1;
        let now = SystemTime::now();
        let scan = self.scanner.rescan(set, now);
        for (path, sighting) in scan.changes {
            match sighting {
                Sighting::File { digest, .. } => _ = self.held.insert(path.to_string(), digest),
                Sighting::Absent => _ = self.held.remove(path.as_str()),
                Sighting::Unknown { .. } => (),
            }
        }
        scan.again_at.map(|at| at.duration_since(now).unwrap_or_default())
    }

    /// Replaces a file as if the world had changed it.
    fn pull(&self, path: &str, text: &str) -> Result<(), DiskError> {
        let target = ProjectPath::parse(path).expect("a temporary folder works");
        let content = self.folder.park(text.as_bytes())?;
        let staged = self.folder.stage(&target, content)?;
        match self.folder.exchange(&staged) {
            Ok(_) => self.folder.drop_staged(&staged, SystemTime::now()),
            Err(DiskError::Missing(_)) => self.folder.create(&staged),
            Err(error) => Err(error),
        }
    }
}

fn on_disk(root: &Path) -> BTreeMap<String, Digest> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join("apps"), root.join("shared")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("a temporary folder works")
                    .to_str()
                    .expect("a temporary folder works")
                    .replace('\\', "/");
                found.insert(name, Digest::of(&fs::read(&path).expect("a temporary folder works")));
            }
        }
    }
    found
}

#[test]
fn what_is_seen_is_what_is_there_after_every_style_of_editing() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    fs::create_dir_all(root.join("apps/Door/lib")).unwrap();
    for n in 0..40 {
        fs::write(root.join(format!("apps/Door/lib/{n}.js")), n.to_string()).unwrap();
    }
    let mut daemon = Daemon::open(root);
    daemon.flush();
    assert_eq!(daemon.held, on_disk(root));

    let door = root.join("apps/Door");
    let styles: [&dyn Fn(); 7] = [
        &|| fs::write(door.join("index.js"), "truncated and written").unwrap(),
        &|| {
            fs::write(door.join("index.js.tmp"), "renamed over").unwrap();
            fs::rename(door.join("index.js.tmp"), door.join("index.js")).unwrap();
        },
        &|| {
            fs::rename(door.join("index.js"), door.join("index.js~")).unwrap();
            fs::write(door.join("index.js"), "as vim does").unwrap();
            fs::remove_file(door.join("index.js~")).unwrap();
        },
        &|| fs::rename(door.join("lib"), door.join("library")).unwrap(),
        &|| fs::rename(&door, root.join("apps/Gate")).unwrap(),
        &|| fs::rename(root.join("apps/Gate"), &door).unwrap(),
        &|| fs::remove_dir_all(door.join("library")).unwrap(),
    ];
    for (n, edit) in styles.iter().enumerate() {
        edit();
        daemon.flush();
        assert_eq!(daemon.held, on_disk(root), "style {n}");
    }
}

#[test]
fn our_own_writes_are_seen_like_anybodys() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    fs::create_dir_all(root.join("apps/Door")).unwrap();
    fs::write(root.join("apps/Door/index.js"), "old").unwrap();
    let mut daemon = Daemon::open(root);
    daemon.pull("apps/Door/index.js", "from the world").unwrap();
    daemon.pull("apps/New/lib/deep/a.js", "from the world").unwrap();
    daemon.pull("shared/u.js", "from the world").unwrap();
    daemon.flush();
    assert_eq!(daemon.held, on_disk(root));
    assert_eq!(daemon.held.len(), 3);
    if daemon.watcher.mode() == Mode::Native {
        let scans = daemon.scans;
        assert_eq!(daemon.dirt.try_recv().ok(), None, "a project at rest gives no work");
        assert_eq!(daemon.scans, scans);
    }
}

#[test]
fn a_project_in_turmoil_is_seen_right_once_it_rests() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    fs::create_dir_all(root.join("apps")).unwrap();
    let mut daemon = Daemon::open(root);
    std::thread::scope(|scope| {
        let turmoil = scope.spawn(|| {
            for n in 0..600u32 {
                let app = root.join(format!("apps/A{}", n % 5));
                let folder = app.join(format!("d{}", n % 3));
                // Whatever of this fails fails because somebody else was faster.
                let _made =
                    fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("x.js"), n.to_string()));
                let _moved = (n % 4 == 0).then(|| fs::rename(&folder, app.join(format!("m{}", n % 7))));
                let _gone = (n % 9 == 0).then(|| fs::remove_dir_all(&app));
            }
        });
        while !turmoil.is_finished() {
            daemon.flush();
            match daemon.pull("apps/A0/pulled.js", "from the world") {
                Ok(()) => (),
                // The folder goes away under our hands; then there is nothing to replace.
                Err(DiskError::Missing(_) | DiskError::StagedGone(_)) => (),
                Err(DiskError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => (),
                Err(error) => panic!("{error:?}"),
            }
            daemon.folder.bury(SystemTime::now());
        }
    });
    daemon.flush();
    let there: BTreeMap<_, _> =
        on_disk(root).into_iter().filter(|(path, _)| !path.contains(".bowline-tmp-")).collect();
    assert_eq!(daemon.held, there);
}
