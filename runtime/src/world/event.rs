//! [`WorldEvent`]: what a tick has to tell.

use std::fmt;

use bowline_model::{Digest, Problem};
use bowline_schema::change::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::InstanceState;
use crate::fetch::FetchRequest;
use crate::player::Act;

/// How loud a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// `console.log`.
    Info,
    /// `console.warn`, and what this world does not do yet.
    Warn,
    /// `console.error`, and what went wrong.
    Error,
}

impl Level {
    pub(crate) fn named(name: &str) -> Level {
        match name {
            "warn" => Level::Warn,
            "error" => Level::Error,
            _ => Level::Info,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        })
    }
}

/// Something that happened in a tick, in the order it happened.
#[derive(Debug, Clone, PartialEq)]
pub enum WorldEvent {
    /// A script said something.
    Log {
        /// The app's folder.
        app: String,
        /// Which instance.
        entity: String,
        /// How loud.
        level: Level,
        /// At most 4 kB.
        text: String,
    },
    /// A script was started, was stopped by an error, or has nothing to run.
    Script {
        /// The app's folder.
        app: String,
        /// Which instance.
        entity: String,
        /// What it does now.
        state: InstanceState,
    },
    /// What was saved last does not run: what ran before goes on.
    NotReloaded {
        /// The app's folder.
        app: String,
        /// Why.
        problem: Problem,
    },
    /// Other definitions hold from this tick on.
    Defined {
        /// Of the snapshot.
        hash: Digest,
    },
    /// Other definitions were refused; nothing has changed.
    NotDefined {
        /// Of the snapshot that was refused.
        hash: Digest,
        /// Why.
        verdict: Verdict,
    },
    /// A system was started, or was stopped by an error.
    System {
        /// Its record.
        slug: String,
        /// What it does now.
        state: InstanceState,
    },
    /// `app.state` has changed.
    State {
        /// Which instance.
        entity: String,
        /// All of it.
        state: Value,
    },
    /// `app.send` or `app.sendTo`: for the same app on the other side.
    Send {
        /// Which instance.
        entity: String,
        /// The event.
        name: String,
        /// JSON.
        data: Value,
        /// Only this player.
        to: Option<String>,
        /// All but this player.
        except: Option<String>,
        /// The version of its blueprint.
        version: u64,
    },
    /// Somebody is here now.
    Joined {
        /// Who.
        player: String,
    },
    /// Somebody could not come in.
    NotJoined {
        /// Who.
        player: String,
        /// Why.
        why: String,
    },
    /// Somebody is gone.
    Left {
        /// Who.
        player: String,
    },
    /// Something was done to a player.
    Act {
        /// To whom.
        player: String,
        /// What.
        act: Act,
    },
    /// Something was said.
    Chat {
        /// `{id, from, fromId, body, createdAt}` and what else the script put in.
        message: Map<String, Value>,
        /// The player who said it.
        from: Option<String>,
        /// Whether a script of this side wants the other sides to hear it too.
        broadcast: bool,
    },
    /// A script wants something from the network, and may have it. Whoever has a network does it and
    /// answers with [`super::Step::Fetched`].
    Fetch {
        /// Names it in the answer.
        ticket: u64,
        /// The app's folder.
        app: String,
        /// Which instance.
        entity: String,
        /// What.
        request: FetchRequest,
    },
}
