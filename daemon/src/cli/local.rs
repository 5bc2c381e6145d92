//! Commands that ask a mirror: the running one if there is one, else one opened for the question.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::Project;
use super::print::{self, Format};
use crate::control::{self, Address};
use crate::mirror::{Mirror, Mode};
use crate::report::{Blame, Report};
use crate::request::{Answer, Request};
use crate::settings;

/// Asks and prints the answer.
pub(crate) async fn ask(project: Project, request: Request, format: Format) -> Result<ExitCode, Report> {
    let root = root(&project.dir)?;
    let answer = match control::address(&root.join(bowline_model::layout::STATE_FOLDER)) {
        Some(address) => match ask_running(&address, &request).await {
            Some(answer) => answer?,
            None => ask_here(&root, &project, request).await?,
        },
        None => ask_here(&root, &project, request).await?,
    };
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

/// The project's folder, by its real name.
pub(crate) fn root(dir: &Path) -> Result<PathBuf, Report> {
    let root = dir.canonicalize().map_err(|error| Report::from(error).at(dir.display()))?;
    settings::check_project(&root)?;
    Ok(root)
}

/// `None` if nobody is there: the address is left from a mirror that was killed.
async fn ask_running(address: &Address, request: &Request) -> Option<Result<Answer, Report>> {
    const GRACE: Duration = Duration::from_secs(10);
    let timeout = match request {
        Request::Flush { timeout_ms } => Duration::from_millis(*timeout_ms) + GRACE,
        _ => Duration::from_secs(60),
    };
    let client = reqwest::Client::builder().no_proxy().timeout(timeout).build().ok()?;
    let sent = client
        .post(format!("{}/request", address.url))
        .bearer_auth(&address.token)
        .json(request)
        .send()
        .await;
    match sent {
        Ok(response) => Some(read(response, address).await),
        Err(error) if error.is_connect() => None,
        Err(error) => Some(Err(no_answer(address, &error))),
    }
}

async fn read(response: reqwest::Response, address: &Address) -> Result<Answer, Report> {
    let status = response.status().as_u16();
    let body = response.text().await.map_err(|error| no_answer(address, &error))?;
    match status {
        200 => serde_json::from_str(&body).map_err(|error| no_answer(address, &error)),
        422 => Err(serde_json::from_str(&body).unwrap_or_else(|error| no_answer(address, &error))),
        _ => Err(no_answer(address, &body)),
    }
}

fn no_answer(address: &Address, why: &dyn std::fmt::Display) -> Report {
    let what = format!("bowline dev (pid {}) did not answer: {why}", address.pid);
    Report::new(Blame::World, "no_answer", what).help("stop it and start it again; nothing is lost by that")
}

async fn ask_here(root: &Path, project: &Project, request: Request) -> Result<Answer, Report> {
    let mut mirror = Mirror::open(root, project.target.as_deref(), Mode::Once).await?;
    let answer = mirror.answer_once(request).await;
    mirror.close().await;
    answer
}
