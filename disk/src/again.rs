//! For tests only: a test that runs itself again, as somebody with fewer rights or less room. It asks
//! [`as_nobody`] first, and goes on only in the run that has them.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

const MARK: &str = "BOWLINE_DISK_TEST_AGAIN";

/// The user that has no rights, on every system.
const NOBODY: u32 = 65_534;

/// Runs `test` again as nobody, if we are root. Whether that was done; it has passed then.
pub(crate) fn as_nobody(test: &str) -> bool {
    if std::env::var_os(MARK).is_some() || !rustix::process::geteuid().is_root() {
        return false;
    }
    let (folder, program) = copy_of_this_program();
    let mut again = Command::new(program);
    again.args([test, "--exact"]).uid(NOBODY).gid(NOBODY);
    expect_success(again.env(MARK, "1").env("TMPDIR", folder.path()));
    true
}

/// Runs `test` again where no file may grow beyond a few KiB: the disk is full. Whether that was done.
pub(crate) fn on_a_full_disk(test: &str) -> bool {
    if std::env::var_os(MARK).is_some() {
        return false;
    }
    let (_folder, program) = copy_of_this_program();
    let mut again = Command::new("sh");
    again.args(["-c", "trap '' XFSZ; ulimit -S -f 16; exec \"$0\" \"$1\" --exact"]).arg(program).arg(test);
    expect_success(again.env(MARK, "1"));
    true
}

/// There is room again.
pub(crate) fn make_room() {
    let file_size = rustix::process::Resource::Fsize;
    let limit = rustix::process::getrlimit(file_size);
    rustix::process::setrlimit(file_size, rustix::process::Rlimit { current: limit.maximum, ..limit })
        .unwrap();
}

/// Where everybody may run it, which cannot be said of a build folder.
fn copy_of_this_program() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let everybody = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.path(), everybody).unwrap();
    let program = folder.path().join("again");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    (folder, program)
}

fn expect_success(again: &mut Command) {
    let output = again.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
