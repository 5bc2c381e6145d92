//! This program as a script's process: what its `main` calls when the world has started it again.
//!
//! A program that makes worlds with [`Isolation::Process`](crate::Isolation) looks at its arguments
//! first: if they are [`arguments`], it does nothing but [`serve`].

use std::process::ExitCode;
use std::sync::OnceLock;

static ARGUMENTS: OnceLock<&[&str]> = OnceLock::new();

/// The arguments with which this program is a script's process.
#[must_use]
pub fn arguments() -> &'static [&'static str] {
    // One thread: after a minute the others of a test program say that it takes long, which jailed it may not.
    let usual: &[&str] = if cfg!(test) {
        &["script_worker", "--exact", "--nocapture", "--test-threads=1"]
    } else {
        &["script-worker"]
    };
    ARGUMENTS.get().copied().unwrap_or(usual)
}

/// Other arguments, for programs that cannot choose: tests. Before the first world is made.
pub fn started_with(arguments: &'static [&'static str]) {
    // The first word counts.
    let _again = ARGUMENTS.set(arguments).is_err();
}

/// Whether this program was started to be a script's process.
#[must_use]
pub fn is_asked() -> bool {
    std::env::args().skip(1).eq(arguments().iter().copied())
}

/// Runs the scripts of one app for the world at the other end of standard input, and ends with it.
#[must_use]
pub fn serve() -> ExitCode {
    crate::script::serve()
}

/// What keeps a script from the rest of the machine here: `seccomp`, `limits` or `nothing`.
pub const LOCKED: &str = crate::script::LOCKED;
