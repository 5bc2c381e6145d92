//! `cargo xtask bench <name>`: builds the real binary as users run it, then measures it.

use std::path::Path;
use std::process::{Command, ExitCode};

/// Runs the bench `name` in `root`. Its own program says which there are.
pub(crate) fn run(root: &Path, name: &str) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let release = |arguments: &[&str]| Command::new(&cargo).args(arguments).current_dir(root).status();
    // Others to measure beside are a feature, which the usual benches do not pay for.
    let more: &[&str] = match name {
        "world" => &["-p", "bowline-bench", "--features", "bowline-bench/bevy"],
        // These run a world in their own process.
        "scripts" | "sim" | "hostile" | "leaks" => &["-p", "bowline-bench"],
        _ => &["-p", "bowline-daemon", "-p", "bowline-bench"],
    };
    let built = release(&[&["build", "--release", "--quiet"], more].concat());
    if !built.is_ok_and(|it| it.success()) {
        eprintln!("the build failed");
        return ExitCode::FAILURE;
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let binary = target.join("release").join(format!("bowline{}", std::env::consts::EXE_SUFFIX));
    let bench = target.join("release").join(format!("bowline-bench{}", std::env::consts::EXE_SUFFIX));
    match Command::new(bench).arg(name).arg(binary).current_dir(root).status() {
        Ok(status) => ExitCode::from(status.code().and_then(|it| u8::try_from(it).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("the bench could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}
