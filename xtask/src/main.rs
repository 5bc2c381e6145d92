//! `cargo xtask <task>`: the repository's own tools.
//!
//! * [`tidy`]: the rules of this repository that the compiler cannot know. Start here.
//! * [`ci`]: exactly what CI runs.
//! * [`bench`]: what people feel, measured.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal: its output is its result"
)]

mod bench;
mod ci;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <task>

  tidy   checks layers, lengths, names and manifests
  ci     runs what CI runs: format, clippy, every test
  bench  scripts | sync | sim | world: measures the release build";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => report(&tidy::check(&root())),
        ["ci"] => ci::run(&root()),
        ["bench", name] => bench::run(&root(), name),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn report(findings: &[tidy::Finding]) -> ExitCode {
    for finding in findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => println!("tidy"),
        1 => println!("\n1 finding"),
        many => println!("\n{many} findings"),
    }
    ExitCode::from(u8::from(!findings.is_empty()))
}

/// The workspace: the folder above this crate's.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
