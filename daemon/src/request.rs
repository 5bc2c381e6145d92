//! Everything that can be asked of a project's mirror, one file each. The command line, the control
//! API and (later) MCP are front doors to this list: a capability added here appears in all of them.

mod app_show;
mod conflicts;
mod doctor;
mod journal;
pub(crate) mod logs;
mod plan;
pub(crate) mod schema;
mod status;
mod trash;
mod world;

use std::pin::Pin;
use std::time::Duration;

use bowline_sync::sighting::{Direction, Side};
use serde_json::json;
use tokio::sync::oneshot;

use crate::ask::{Answer, Request};
use crate::mirror::Mirror;
use crate::report::{Blame, Report};
use crate::settings::Remote;
pub(crate) use world::{accounts, dot, verdict};

/// How long `push` and `pull` wait for an end.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// An answer that has to be fetched first.
type Answering = Pin<Box<dyn Future<Output = Result<Answer, Report>> + Send>>;

/// Where an answer goes.
type Answers = oneshot::Sender<Result<Answer, Report>>;

/// Follows both sides and answers whoever asks, until told to stop.
pub(crate) async fn serve(mirror: &mut Mirror) -> Result<(), Report> {
    while !mirror.is_stopping() {
        if let Some((request, answers)) = mirror.turn().await? {
            take(mirror, request, answers)?;
        }
    }
    Ok(())
}

/// Answers one question in a mirror that was opened for it.
pub(crate) async fn once(mirror: &mut Mirror, request: Request) -> Result<Answer, Report> {
    const BOTH: [Direction; 2] = [Direction::ToDisk, Direction::ToWorld];
    match request {
        Request::Push { confirm } => {
            agree_to_deletions(mirror, confirm, Side::World)?;
            mirror.carry_once(&[Direction::ToWorld], ANSWER_WITHIN).await
        }
        Request::Pull { confirm } => {
            agree_to_deletions(mirror, confirm, Side::Disk)?;
            mirror.carry_once(&[Direction::ToDisk], ANSWER_WITHIN).await
        }
        Request::Flush { timeout_ms } => mirror.carry_once(&BOTH, Duration::from_millis(timeout_ms)).await,
        request => match over_the_wire(&request, mirror.target()) {
            Some(answering) => answering.await,
            None => answer(request, mirror),
        },
    }
}

/// Answers one question in a mirror that goes on: at once, or when what it waits for has come.
fn take(mirror: &mut Mirror, request: Request, answers: Answers) -> Result<(), Report> {
    match request {
        Request::Push { .. } | Request::Pull { .. } if mirror.away().is_some() => {
            reply(answers, Err(mirror.away_report()));
        }
        Request::Flush { timeout_ms } => mirror.begin_flush(Duration::from_millis(timeout_ms), answers)?,
        Request::Push { confirm } => {
            agree_to_deletions(mirror, confirm, Side::World)?;
            mirror.begin_flush(ANSWER_WITHIN, answers)?;
        }
        Request::Pull { confirm } => {
            agree_to_deletions(mirror, confirm, Side::Disk)?;
            mirror.begin_flush(ANSWER_WITHIN, answers)?;
        }
        Request::Stop => {
            mirror.stop();
            let text = "Stopped.".to_owned();
            reply(answers, Ok(Answer { exit: 0, json: json!({"stopped": true}), text }));
        }
        request => match over_the_wire(&request, mirror.target()) {
            Some(answering) => drop(tokio::spawn(async move { reply(answers, answering.await) })),
            None => reply(answers, answer(request, mirror)),
        },
    }
    Ok(())
}

/// Whoever asked may have gone away; then nobody needs the answer.
fn reply(answers: Answers, answer: Result<Answer, Report>) {
    drop(answers.send(answer));
}

fn agree_to_deletions(mirror: &mut Mirror, confirm: bool, side: Side) -> Result<(), Report> {
    if confirm { mirror.consent(side) } else { Ok(()) }
}

/// The answer, for what the mirror knows by itself.
fn answer(request: Request, mirror: &mut Mirror) -> Result<Answer, Report> {
    match request {
        Request::Status => Ok(status::answer(mirror)),
        Request::Plan => Ok(plan::answer(mirror)),
        Request::ConflictsList => conflicts::list(mirror),
        Request::ConflictsShow { id } => conflicts::show(mirror, &id),
        Request::ConflictsTake { id, side } => conflicts::take(mirror, &id, side),
        Request::TrashList => trash::list(mirror),
        Request::TrashRestore { id } => trash::restore(mirror, &id),
        Request::Doctor => doctor::answer(mirror),
        Request::Journal { since } => journal::answer(mirror, since),
        // The mirror waits for these, or they go over the wire.
        Request::Push { .. } | Request::Pull { .. } | Request::Flush { .. } | Request::Stop => {
            Err(unanswerable())
        }
        Request::Logs { .. } | Request::AppShow { .. } | Request::World { .. } => Err(unanswerable()),
    }
}

/// The answer of what only the world knows.
fn over_the_wire(request: &Request, world: &Remote) -> Option<Answering> {
    match request {
        Request::Logs { app, since } => Some(Box::pin(logs::answer(world.clone(), app.clone(), *since))),
        Request::World { question } => Some(Box::pin(world::answer(world.clone(), question.clone()))),
        Request::AppShow { app } => Some(Box::pin(app_show::answer(world.clone(), app.clone()))),
        _ => None,
    }
}

fn unanswerable() -> Report {
    Report::new(Blame::Us, "unanswerable", "this request cannot be answered here")
}
