//! Commands over the socket, and what a world may answer.

use bowline_wire::http::LockStatus;
use bowline_wire::{Detail, JsonObject, Order, Precondition, Refusal};

use crate::{Link, LinkError};

/// What became of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandReply {
    /// Done. It is in the world's memory; worlds write to disk later.
    Done,
    /// The blueprint has another version than the change was made for.
    VersionMismatch {
        /// The blueprint as it is.
        current: Option<JsonObject>,
    },
    /// What it was to change is not what it was expected to be.
    PreconditionFailed,
    /// Script fields need the deploy lock of their scope, and nobody holds it.
    LockRequired,
    /// Somebody else holds it.
    Locked {
        /// Who, and for how long.
        lock: Option<LockStatus>,
    },
    /// Any other word of the protocol: `not_found`, `invalid_payload`, …
    Refused {
        /// The word.
        error: String,
    },
}

impl From<Result<(), Refusal>> for CommandReply {
    fn from(outcome: Result<(), Refusal>) -> CommandReply {
        let Err(Refusal { error, detail }) = outcome else { return CommandReply::Done };
        match (error.as_str(), detail) {
            ("version_mismatch", Detail::Current(current)) => CommandReply::VersionMismatch { current },
            ("version_mismatch", _) => CommandReply::VersionMismatch { current: None },
            ("precondition_failed", _) => CommandReply::PreconditionFailed,
            ("deploy_lock_required", _) => CommandReply::LockRequired,
            ("deploy_locked", Detail::Lock(lock)) => CommandReply::Locked { lock },
            ("deploy_locked", _) => CommandReply::Locked { lock: None },
            _ => CommandReply::Refused { error },
        }
    }
}

impl Link {
    /// Carries out one command. The broadcast of its effect arrives as news before this returns.
    /// Any number may run at once; worlds answer in any order.
    ///
    /// # Errors
    /// [`LinkError::Timeout`] after ten seconds and [`LinkError::Closed`]: in both cases it may or
    /// may not have been carried out.
    pub async fn command(&self, order: Order) -> Result<CommandReply, LinkError> {
        self.command_if(order, Precondition::Any).await
    }

    /// The same, if its target is what `expect` says. Worlds that are not ours do not look.
    ///
    /// # Errors
    /// As for [`Link::command`].
    pub async fn command_if(&self, order: Order, expect: Precondition) -> Result<CommandReply, LinkError> {
        self.socket().ask(order, expect).await.map(CommandReply::from)
    }
}
