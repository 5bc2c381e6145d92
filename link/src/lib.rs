//! The connection of a client to a world: one socket for commands and news, HTTP for the rest.
//!
//! A [`Link`] decides nothing. It does not know what an edit is, which side wins or what a project
//! looks like; it asks the world and says what the world answered, as typed values. It never
//! reconnects by itself, because only a new snapshot can tell what was missed meanwhile: when
//! [`News::Closed`] arrives, open a new one.
//!
//! # Where to look
//!
//! * [`Link::open`]: the handshake, in the order that loses nothing. Start here.
//! * `socket`: commands, answers, broadcasts and the heartbeat.
//! * `http`: requests, and what every kind of refusal looks like.
//! * [`Link::put_missing`], [`Link::download`]: bytes by content name.
//! * [`LinkError`]: what can go wrong, and whose turn it is then.

#![warn(missing_docs)]

mod assets;
mod blueprints;
mod command;
mod deploy;
mod error;
mod http;
mod link;
mod lock;
mod news;
mod socket;
mod target;
mod tls;

pub use assets::{Blob, UploadReport};
pub use blueprints::Deletion;
pub use bowline_wire::http::Snapshot;
pub use bowline_wire::{Dialect, Order, Precondition};
pub use command::CommandReply;
pub use error::{Blame, LinkError, Unreachable};
pub use link::Link;
pub use lock::{Acquired, Lock, Release, Renewal};
pub use news::{Closed, News};
pub use target::Target;
