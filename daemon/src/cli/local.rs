//! Commands that ask a mirror: the running one if there is one, else one opened for the question.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::Project;
use crate::ask::{Answer, Request};
use crate::control::{self, Address};
use crate::mirror::{Mirror, Mode, Wanted};
use crate::print::{self, Format};
use crate::report::{Blame, Report};
use crate::request;
use crate::settings;

/// Asks and prints the answer.
pub(crate) async fn ask(project: Project, request: Request, format: Format) -> Result<ExitCode, Report> {
    let answer = answer(&project, request).await?;
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

/// Asks.
pub(crate) async fn answer(project: &Project, request: Request) -> Result<Answer, Report> {
    let root = root(&project.dir)?;
    match control::address(&root.join(bowline_model::layout::STATE_FOLDER)) {
        Some(address) => ask_running_or_here(&address, &root, project, request).await,
        None => ask_here(&root, project, request).await,
    }
}

/// The answer of the world, if a mirror runs on the project or a world was named; else nothing.
pub(crate) async fn ask_if_running(project: &Project, request: Request) -> Result<Option<Answer>, Report> {
    let root = root(&project.dir)?;
    if project.target.is_some() {
        return ask_here(&root, project, request).await.map(Some);
    }
    let Some(address) = control::address(&root.join(bowline_model::layout::STATE_FOLDER)) else {
        return Ok(None);
    };
    // Without an answer the address was left by a mirror that is no more.
    ask_running(&address, &request).await.map_or(Ok(None), |it| it.map(Some))
}

/// The address may be left from a mirror that was killed, and its port may be somebody else's now:
/// only the lock on the project tells, and opening it here asks for that.
async fn ask_running_or_here(
    address: &Address,
    root: &Path,
    project: &Project,
    request: Request,
) -> Result<Answer, Report> {
    let silence = match &project.target {
        Some(wanted) if address.target.as_ref() != Some(wanted) => other_target(address, wanted),
        _ => match ask_running(address, &request).await {
            Ok(answer) => return answer,
            Err(silence) => silence,
        },
    };
    match ask_here(root, project, request).await {
        Err(report) if report.code == crate::mirror::ALREADY_RUNNING => Err(silence),
        other => other,
    }
}

/// The project's folder, by its real name.
pub(crate) fn root(dir: &Path) -> Result<PathBuf, Report> {
    let root = dir.canonicalize().map_err(|error| no_folder(dir, &error))?;
    settings::check_project(&root)?;
    Ok(root)
}

fn no_folder(dir: &Path, error: &std::io::Error) -> Report {
    let what = match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no folder `{}`", dir.display()),
        _ => format!("the folder `{}` cannot be opened: {error}", dir.display()),
    };
    Report::new(Blame::Usage, "no_folder", what)
        .help("name the folder of a project; `bowline init` makes one")
}

/// What the running mirror answers; or why it does not answer at all.
async fn ask_running(address: &Address, request: &Request) -> Result<Result<Answer, Report>, Report> {
    let client = reqwest::Client::builder().no_proxy().timeout(patience(request)).build();
    let client = client.map_err(|error| no_answer(address, &error))?;
    let sent = client.post(format!("{}/request", address.url)).bearer_auth(&address.token).json(request);
    let response = sent.send().await.map_err(|error| no_answer(address, &error))?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(|error| no_answer(address, &error))?;
    let odd = |error| no_answer(address, &error);
    match status {
        200 => Ok(Ok(serde_json::from_str(&body).map_err(odd)?)),
        422 => Ok(Err(serde_json::from_str(&body).map_err(odd)?)),
        503 => Ok(Err(no_answer(address, &body))),
        _ => Err(no_answer(address, &body)),
    }
}

fn patience(request: &Request) -> Duration {
    const GRACE: Duration = Duration::from_secs(10);
    match request {
        Request::Flush { timeout_ms } => Duration::from_millis(*timeout_ms) + GRACE,
        _ => crate::request::ANSWER_WITHIN + GRACE,
    }
}

fn no_answer(address: &Address, why: &dyn std::fmt::Display) -> Report {
    let what = format!("bowline dev (pid {}) did not answer: {why}", address.pid);
    Report::new(Blame::World, "no_answer", what).help("stop it and start it again; nothing is lost by that")
}

fn other_target(address: &Address, wanted: &str) -> Report {
    let running = address.target.as_ref().map_or("no --target".to_owned(), |it| format!("--target {it}"));
    let what =
        format!("bowline dev (pid {}) runs on this folder with {running}, not `{wanted}`", address.pid);
    Report::new(Blame::Usage, "other_target", what).help("leave out --target to ask it, or stop it first")
}

async fn ask_here(root: &Path, project: &Project, request: Request) -> Result<Answer, Report> {
    let mut mirror =
        Mirror::open(root, Wanted { target: project.target.as_deref(), isolation: None }, Mode::Once).await?;
    let answer = request::once(&mut mirror, request).await;
    mirror.close().await;
    answer
}
