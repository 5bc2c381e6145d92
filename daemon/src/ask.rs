//! What can be asked of a mirror, and what is answered: plain data that crosses the control API. Who
//! answers is in `request.rs`.

mod question;

pub(crate) use question::{Edit, Question};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::report::Report;

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
    /// What only the world knows of its records and entities.
    World {
        question: Question,
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

/// A request and where its answer goes.
pub(crate) type Asked = (Request, oneshot::Sender<Result<Answer, Report>>);
