//! `bowline top`: what the scripts of each app cost, as a screen that is drawn anew every second.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use super::{Project, local, questions, stop_signal};
use crate::ask::{Answer, Question};
use crate::print::{self, Format};
use crate::report::{Blame, Report};
use crate::request::accounts;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// To the upper left, and everything below is empty.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// Looks once, or every second until told to stop.
pub(crate) async fn run(project: Project, once: bool, format: Format) -> Result<ExitCode, Report> {
    let first = ask(&project).await?;
    if once || format == Format::Json || !std::io::stdout().is_terminal() {
        print::answer(&first, format);
        return Ok(ExitCode::SUCCESS);
    }
    print::line(&format!("{CLEAR}{}", accounts::screen(&first.json)));
    tokio::select! {
        ended = watch(&project) => ended,
        _ = stop_signal() => Ok(ExitCode::SUCCESS),
    }
}

async fn watch(project: &Project) -> Result<ExitCode, Report> {
    loop {
        tokio::time::sleep(EVERY).await;
        // A world that is being started again is away for a moment.
        let screen = match ask(project).await {
            Ok(answer) => accounts::screen(&answer.json),
            Err(report) => report.to_string(),
        };
        print::line(&format!("{CLEAR}{screen}"));
    }
}

async fn ask(project: &Project) -> Result<Answer, Report> {
    let answer = local::ask_if_running(project, questions::world(Question::Accounts)).await?;
    answer.ok_or_else(|| {
        Report::new(Blame::World, "no_world_runs", "no world runs on this folder")
            .help("start it with `bowline dev`, or name one with --target")
    })
}
