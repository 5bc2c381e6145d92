//! `cargo xtask ci`: what CI runs, word for word, so that a green run here is a green run there.
//!
//! The steps are plain cargo, because that is all a fresh machine has. Tidy is among the tests.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// One command line of CI: what it proves, and the arguments for cargo.
struct Step {
    proves: &'static str,
    cargo: &'static [&'static str],
}

/// Cheapest first: the first failure ends the run.
const STEPS: [Step; 3] = [
    Step { proves: "the code is formatted", cargo: &["fmt", "--all", "--check"] },
    Step {
        proves: "clippy has nothing to say",
        cargo: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    },
    Step { proves: "every test passes", cargo: &["test", "--workspace"] },
];

/// Runs the steps in `root`, saying what each is and how long it took. Exit code 1 after the first failure.
pub(crate) fn run(root: &Path) -> ExitCode {
    let started = Instant::now();
    for step in &STEPS {
        println!("ci: {}", step.line());
        let began = Instant::now();
        match step.run(root) {
            Ok(()) => println!("ci: {} ({})\n", step.proves, seconds(began.elapsed())),
            Err(why) => {
                println!("ci: FAILED after {}: `{}` {why}", seconds(began.elapsed()), step.line());
                return ExitCode::FAILURE;
            }
        }
    }
    println!("ci: all {} steps passed in {}", STEPS.len(), seconds(started.elapsed()));
    ExitCode::SUCCESS
}

impl Step {
    fn line(&self) -> String {
        format!("cargo {}", self.cargo.join(" "))
    }

    fn run(&self, root: &Path) -> Result<(), String> {
        // The cargo that started us, so that a `+toolchain` given to it holds for every step.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        match Command::new(cargo).args(self.cargo).current_dir(root).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("ended with {status}")),
            Err(error) => Err(format!("could not be started: {error}")),
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::{STEPS, seconds};
    use expect_test::expect;
    use std::time::Duration;

    #[test]
    fn ci_is_these_command_lines() {
        let lines: Vec<String> =
            STEPS.iter().map(|step| format!("{:<28}{}", step.proves, step.line())).collect();
        expect![[r"
            the code is formatted       cargo fmt --all --check
            clippy has nothing to say   cargo clippy --workspace --all-targets -- -D warnings
            every test passes           cargo test --workspace
        "]]
        .assert_eq(&(lines.join("\n") + "\n"));
    }

    #[test]
    fn times_are_told_to_a_tenth_of_a_second() {
        assert_eq!(seconds(Duration::from_millis(61_250)), "61.2 s");
    }

    #[test]
    fn the_script_that_ci_starts_runs_this_and_nothing_else() {
        let script = std::fs::read_to_string(crate::root().join(".ci/run")).unwrap();
        expect![[r#"
            #!/usr/bin/env bash
            # What CI runs; the steps are in xtask/src/ci.rs.
            set -euo pipefail
            cd "$(dirname "${BASH_SOURCE[0]}")/.."
            cargo xtask ci
        "#]]
        .assert_eq(&script);
    }
}
