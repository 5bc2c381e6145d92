//! The bytes of the world protocol, both dialects.
//!
//! What a world and its clients say to each other, as values: frames of the `/admin` socket and
//! the JSON bodies beside it. There is no socket, no clock and no policy here; whether a command
//! is allowed is decided by the host, what to send is decided by the sync engine.
//!
//! Read in this order: [`value`] (what a JavaScript peer can say), [`msgpackr`] (how it spells
//! that in bytes), [`packet`] (names and numbers of messages), [`message`] (typed messages, the
//! part host and link use), [`http`] (the JSON bodies of `/admin/*`).

#![warn(missing_docs)]

pub mod http;
pub mod message;
pub mod msgpackr;
pub mod packet;
pub mod value;

pub use message::{
    AdminAuth, AdminResult, Command, Detail, FromClient, FromServer, Order, Precondition, Refusal,
};
pub use packet::{Dialect, Packet, PacketError};
pub use value::Value;

/// Free JSON, as blueprints, entities and props are.
pub type Json = serde_json::Value;

/// A JSON object with its key order kept.
pub type JsonObject = serde_json::Map<String, Json>;
