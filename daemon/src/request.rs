//! Everything that can be asked of a project's mirror, one file each. The command line, the control
//! API and (later) MCP are front doors to this list: a capability added here appears in all of them.

mod app_show;
mod conflicts;
mod doctor;
mod journal;
mod logs;
mod plan;
mod status;
mod trash;
mod wire;

use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mirror::Mirror;
use crate::report::{Blame, Report};
use crate::settings::Remote;

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub(crate) enum Request {
    /// One screen of truth.
    Status,
    /// What would move.
    Plan,
    /// Send what the folder has and the world lacks.
    Push {
        confirm: bool,
    },
    /// Fetch what the world has and the folder lacks.
    Pull {
        confirm: bool,
    },
    /// Wait until everything saved before now has arrived.
    Flush {
        timeout_ms: u64,
    },
    ConflictsList,
    ConflictsShow {
        id: String,
    },
    ConflictsTake {
        id: String,
        side: Side,
    },
    TrashList,
    TrashRestore {
        id: String,
    },
    Logs {
        app: Option<String>,
        since: u64,
    },
    AppShow {
        app: String,
    },
    Doctor,
    /// What was carried, after this line of the journal.
    Journal {
        since: i64,
    },
    /// End the mirror.
    Stop,
}

/// A side of a conflict.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Side {
    /// What the folder had.
    #[value(alias = "local")]
    Disk,
    /// What the world had.
    World,
}

/// What is answered: data for programs, text for people, and the exit code of the command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) exit: u8,
    pub(crate) json: Value,
    pub(crate) text: String,
}

/// An answer that has to be fetched first.
type Answering = Pin<Box<dyn Future<Output = Result<Answer, Report>> + Send>>;

impl Request {
    /// The answer, for what the mirror knows by itself.
    pub(crate) fn answer(self, mirror: &mut Mirror) -> Result<Answer, Report> {
        match self {
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
            Request::Logs { .. } | Request::AppShow { .. } => Err(unanswerable()),
        }
    }

    /// The answer of what only the world knows.
    pub(crate) fn over_the_wire(&self, world: &Remote) -> Option<Answering> {
        match self {
            Request::Logs { app, since } => Some(Box::pin(logs::answer(world.clone(), app.clone(), *since))),
            Request::AppShow { app } => Some(Box::pin(app_show::answer(world.clone(), app.clone()))),
            _ => None,
        }
    }
}

fn unanswerable() -> Report {
    Report::new(Blame::Us, "unanswerable", "this request cannot be answered here")
}
