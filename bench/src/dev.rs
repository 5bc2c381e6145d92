//! A running `bowline dev`, ended when dropped.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub(crate) struct Dev {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    binary: PathBuf,
    pub(crate) dir: PathBuf,
    pub(crate) ready: Value,
}

impl Dev {
    pub(crate) fn start(binary: &Path, dir: &Path) -> Dev {
        let mut command = Command::new(binary);
        command.args(["dev", "--json"]).arg(dir).stdin(Stdio::null()).stdout(Stdio::piped());
        for name in ["WORLD_URL", "WORLD_ID", "ADMIN_CODE"] {
            command.env_remove(name);
        }
        let mut child = command.spawn().expect("the binary runs");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut dev =
            Dev { child, lines, binary: binary.to_owned(), dir: dir.to_owned(), ready: Value::Null };
        dev.ready = dev.wait(|it| it["event"] == "ready");
        dev
    }

    /// The next line that fits.
    pub(crate) fn wait(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        for line in self.lines.by_ref().map_while(Result::ok) {
            let value: Value = serde_json::from_str(&line).unwrap_or_default();
            if fits(&value) {
                return value;
            }
        }
        panic!("bowline dev ended");
    }

    pub(crate) fn flush(&self) {
        let status = Command::new(&self.binary).arg("flush").arg(&self.dir).stdout(Stdio::null()).status();
        assert!(status.expect("the binary runs").success(), "not everything arrived");
    }

    pub(crate) fn text(&self, key: &str) -> String {
        self.ready[key].as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // It may have ended by itself; either way it must not outlive the measurement.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
