//! A running `bowline dev` (or `world serve`), its folder, and what it said.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than anything takes on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A fresh command of the real binary, untouched by the settings of whoever runs the tests.
pub(crate) fn bowline(args: &[&str]) -> Command {
    // Another build can be put to the same test, such as one that is to be measured.
    let other = std::env::var_os("BOWLINE_BIN");
    let mut command = Command::new(other.unwrap_or_else(|| env!("CARGO_BIN_EXE_bowline").into()));
    command.args(args).stdin(Stdio::null());
    for name in ["WORLD_URL", "WORLD_ID", "ADMIN_CODE", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn run(args: &[&str]) -> Ran {
    Ran(bowline(args).output().expect("the binary runs"))
}

/// How a command ended.
#[must_use = "look at what it said, or at its exit code"]
pub(crate) struct Ran(Output);

impl Ran {
    #[track_caller]
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().expect("it was not killed")
    }

    /// It must have gone well; what it said.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.code(), 0, "{}", self.all());
        self.json()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// What it said on both streams.
    pub(crate) fn all(&self) -> String {
        self.text() + &String::from_utf8_lossy(&self.0.stderr)
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = self.text();
        let last = text.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {}", self.all()))
    }
}

/// A process that prints JSON lines. Ended, hard, when dropped.
pub(crate) struct Dev {
    pub(crate) dir: PathBuf,
    child: Child,
    lines: Receiver<Value>,
    said: RefCell<Vec<Value>>,
    pub(crate) ready: Value,
}

impl Dev {
    /// `bowline dev` on a folder, with these settings.
    #[track_caller]
    pub(crate) fn start(dir: &Path, env: &[(&str, &str)]) -> Dev {
        let mut command = bowline(&["dev", "--json"]);
        command.arg(dir).envs(env.iter().copied());
        Dev::spawn(dir, command)
    }

    /// `bowline dev` on a folder, for a world that is served elsewhere.
    #[track_caller]
    pub(crate) fn mirror(dir: &Path, world: &Dev) -> Dev {
        let (url, id, code) = (world.url(), world.world_id(), world.code());
        Dev::start(dir, &[("WORLD_URL", &url), ("WORLD_ID", &id), ("ADMIN_CODE", &code)])
    }

    /// `bowline world serve` with its data in `dir`.
    #[track_caller]
    pub(crate) fn serve(dir: &Path, port: u16) -> Dev {
        let mut command = bowline(&["world", "serve", "--json"]);
        command.arg("--data").arg(dir).arg("--port").arg(port.to_string());
        Dev::spawn(dir, command)
    }

    #[track_caller]
    pub(crate) fn spawn(dir: &Path, mut command: Command) -> Dev {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut dev = Dev { dir: dir.to_owned(), child, lines, said: RefCell::default(), ready: Value::Null };
        dev.ready = dev.wait("ready", |it| it["event"] == "ready");
        dev
    }

    /// The next line that fits; lines before it are passed over.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.said.borrow_mut().push(line.clone());
                    if fits(&line) {
                        return line;
                    }
                }
                Err(error) => panic!("no {what} ({error}); it said {:#?}", self.said.borrow()),
            }
        }
    }

    /// Everything said since the last wait, without waiting.
    pub(crate) fn heard(&self) -> Vec<Value> {
        let heard: Vec<Value> = self.lines.try_iter().collect();
        self.said.borrow_mut().extend(heard.iter().cloned());
        heard
    }

    /// Runs a command on the same folder.
    #[track_caller]
    pub(crate) fn ask(&self, args: &[&str]) -> Ran {
        let dir = self.dir.to_str().expect("test folders are UTF-8");
        run(&[args, &[dir, "--json"]].concat())
    }

    /// Waits until everything saved so far has arrived.
    #[track_caller]
    pub(crate) fn flush(&self) {
        let ran = self.ask(&["flush", "--timeout", "50"]);
        assert_eq!(ran.code(), 0, "{}\n{:#?}", ran.all(), self.said.borrow());
    }

    /// A flush that cannot succeed; what it says.
    #[track_caller]
    pub(crate) fn cannot_flush(&self) -> String {
        let ran = self.ask(&["flush", "--timeout", "50"]);
        assert_eq!(ran.code(), 1, "{}\n{:#?}", ran.all(), self.said.borrow());
        ran.text()
    }

    /// Waits until the file holds exactly this.
    #[track_caller]
    pub(crate) fn wait_for(&self, path: &str, text: &str) {
        while std::fs::read(self.path(path)).ok().as_deref() != Some(text.as_bytes()) {
            self.wait(&format!("{path} with {text:?}"), |it| it["event"] == "applied");
        }
    }

    /// Waits until this folder holds what the other one holds.
    #[track_caller]
    pub(crate) fn follow(&self, other: &Dev) {
        loop {
            let (ours, theirs) = (contents(&self.dir), contents(&other.dir));
            let differs = |key: &&String| ours.get(*key) != theirs.get(*key);
            let different: Vec<&String> = ours.keys().chain(theirs.keys()).filter(differs).collect();
            if different.is_empty() {
                return;
            }
            self.wait(&format!("end of {different:?}"), |it| it["event"] == "applied");
        }
    }

    /// What `conflicts list` names.
    #[track_caller]
    pub(crate) fn conflicts(&self) -> Vec<Value> {
        let listed = self.ask(&["conflicts", "list"]).json();
        listed["conflicts"].as_array().unwrap_or_else(|| panic!("{listed}")).clone()
    }

    /// Problems there are right now.
    #[track_caller]
    pub(crate) fn problems(&self) -> Vec<Value> {
        let status = self.ask(&["status"]).json();
        let apps = status["apps"].as_array().unwrap_or_else(|| panic!("{status}")).clone();
        apps.iter().flat_map(|it| it["problems"].as_array().cloned().unwrap_or_default()).collect()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Saves a file the way most editors do: under another name first, then renamed over.
    #[track_caller]
    pub(crate) fn save(&self, path: &str, text: &str) {
        let (target, beside) = (self.path(path), self.path(&format!("{path}.saving")));
        std::fs::create_dir_all(target.parent().expect("it has a folder")).expect("it can be made");
        std::fs::write(&beside, text).expect("it can be written");
        std::fs::rename(&beside, &target).expect("it can be renamed");
    }

    /// Ends it the hard way.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Ends it the soft way.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(asked.expect("kill runs").success());
        self.child.wait().expect("it ends");
    }

    pub(crate) fn url(&self) -> String {
        self.ready["world"].as_str().expect("ready names the world").to_owned()
    }

    pub(crate) fn world_id(&self) -> String {
        self.ready["world_id"].as_str().expect("ready names the world").to_owned()
    }

    pub(crate) fn code(&self) -> String {
        let file = self.ready["admin_code_file"].as_str().expect("ready names the file");
        std::fs::read_to_string(file).expect("the code can be read").trim().to_owned()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // It may have ended by itself; either way it must not outlive the test.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a project says: scripts and assets as they are, JSON as what it means.
pub(crate) fn contents(dir: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for root in ["apps", "shared", "assets"] {
        collect(dir, Path::new(root), &mut files);
    }
    let world = std::fs::read_to_string(dir.join("world.json")).unwrap_or_default();
    let world: Value = serde_json::from_str(&world).unwrap_or_default();
    for entity in world["entities"].as_array().into_iter().flatten() {
        files.insert(format!("world.json#{}", entity["id"]), sorted(entity).to_string());
    }
    files
}

fn collect(dir: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    let Ok(entries) = std::fs::read_dir(dir.join(folder)) else { return };
    for entry in entries.flatten() {
        let path = folder.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if dir.join(&path).is_dir() {
            collect(dir, &path, files);
        } else if let Ok(bytes) = std::fs::read(dir.join(&path)) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let meaning = serde_json::from_str(&text).map(|it: Value| sorted(&it).to_string());
            let is_json = path.extension().is_some_and(|it| it == "json");
            files.insert(path.display().to_string(), if is_json { meaning.unwrap_or(text) } else { text });
        }
    }
}

/// The same value with its keys in order: how a file lays them out is its author's business.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().map(|(key, it)| (key.clone(), sorted(it))).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// A fresh folder with an empty project.
pub(crate) fn empty_project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("there is room for a folder");
    std::fs::create_dir(dir.path().join("apps")).expect("it can be made");
    dir
}

/// A fresh folder with the project that `bowline init` makes.
pub(crate) fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("there is room for a folder");
    let made = run(&["init", dir.path().to_str().expect("test folders are UTF-8")]);
    assert_eq!(made.code(), 0, "{}", made.all());
    dir
}
