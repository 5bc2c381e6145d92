//! Typed messages of the `/admin` socket: what a client says ([`FromClient`]) and what a world
//! says ([`FromServer`]).
//!
//! Host and link both speak in these and neither builds a [`Value`] by hand. A world is permissive
//! (any value is a request id, any truthy value an id), so what a client sends keeps raw values
//! and the host runs its checks on them; what a world sends is plain JSON.

mod auth;
mod command;
mod precondition;
mod result;

pub use auth::{AdminAuth, Subscriptions};
pub use command::{Command, Order};
pub use precondition::Precondition;
pub use result::{AdminResult, Detail, Refusal};

use crate::packet::{Dialect, Packet, PacketError, decode_packet, encode_packet};
use crate::{Json, JsonObject, Value};

/// What a world can be told over the socket.
#[derive(Debug, Clone, PartialEq)]
pub enum FromClient {
    /// The first packet of a connection.
    Auth(AdminAuth),
    /// Something to do.
    Command(Command),
    /// Any other packet: a world answers `unknown_type`, or `unauthorized` before the first.
    Other {
        /// Which packet.
        packet: Packet,
        /// Echoed in the answer.
        request_id: Value,
    },
}

impl FromClient {
    /// Reads a frame a client sent.
    ///
    /// # Errors
    /// What a world answers with `invalid_packet`.
    pub fn decode(dialect: Dialect, frame: &[u8]) -> Result<FromClient, PacketError> {
        let (packet, payload) = decode_packet(dialect, frame)?;
        Ok(match packet {
            Packet::AdminAuth => FromClient::Auth(AdminAuth::from(&payload)),
            Packet::AdminCommand => FromClient::Command(Command::from(&payload)),
            packet => FromClient::Other { packet, request_id: payload.property("requestId") },
        })
    }

    /// The frame that says this.
    #[must_use]
    pub fn encode(&self, dialect: Dialect) -> Vec<u8> {
        let (packet, payload) = match self {
            FromClient::Auth(auth) => (Packet::AdminAuth, Value::from(auth)),
            FromClient::Command(command) => (Packet::AdminCommand, Value::from(command)),
            FromClient::Other { packet, request_id } => {
                (*packet, Value::object([("requestId", request_id.clone())]))
            }
        };
        frame(dialect, packet, &payload)
    }
}

/// What a world says over the socket.
#[derive(Debug, Clone, PartialEq)]
pub enum FromServer {
    /// The code was right.
    AuthOk,
    /// It was not (`invalid_code`), or something else came first (`unauthorized`).
    AuthError(String),
    /// The answer to one command.
    Result(AdminResult),
    /// The state of the world, for those who subscribed to it. It has no world id.
    Snapshot(JsonObject),
    /// A blueprint as its author sent it; it may have replaced one with the same id.
    BlueprintAdded(JsonObject),
    /// A whole blueprint after a change.
    BlueprintModified(JsonObject),
    /// A blueprint is gone.
    BlueprintRemoved(String),
    /// A whole entity.
    EntityAdded(JsonObject),
    /// A whole entity after a change, or a few fields of a player.
    EntityModified(JsonObject),
    /// An entity is gone, if it ever was.
    EntityRemoved(String),
    /// One setting has a new value.
    SettingsModified {
        /// Its name.
        key: String,
        /// Its value; `null` also stands for undefined.
        value: Json,
    },
    /// The spawn point: position and quaternion.
    SpawnModified(JsonObject),
    /// A player came, for those who subscribed.
    PlayerJoined(JsonObject),
    /// Some fields of a player changed.
    PlayerUpdated(JsonObject),
    /// A player left.
    PlayerLeft(JsonObject),
    /// A packet this channel does not have, or a payload of an unexpected shape. Clients ignore
    /// it, as the existing ones do.
    Other(Packet, Value),
}

impl FromServer {
    /// Reads a frame a world sent.
    ///
    /// # Errors
    /// The bytes are no packet of this dialect.
    pub fn decode(dialect: Dialect, frame: &[u8]) -> Result<FromServer, PacketError> {
        let (packet, payload) = decode_packet(dialect, frame)?;
        Ok(FromServer::read(packet, &payload).unwrap_or(FromServer::Other(packet, payload)))
    }

    fn read(packet: Packet, payload: &Value) -> Option<FromServer> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let member = |key| payload.get(key).and_then(text);
        let object = || payload.to_json_object();
        Some(match packet {
            // The number of a yes on dev is that of a no on main, so the payload has to say it too.
            Packet::AdminAuthOk if payload.property("ok").is_truthy() => FromServer::AuthOk,
            Packet::AdminAuthError => FromServer::AuthError(member("error").unwrap_or_default()),
            Packet::AdminResult => FromServer::Result(AdminResult::from(payload)),
            Packet::Snapshot => FromServer::Snapshot(object()?),
            Packet::BlueprintAdded => FromServer::BlueprintAdded(object()?),
            Packet::BlueprintModified => FromServer::BlueprintModified(object()?),
            Packet::BlueprintRemoved => FromServer::BlueprintRemoved(member("id")?),
            Packet::EntityAdded => FromServer::EntityAdded(object()?),
            Packet::EntityModified => FromServer::EntityModified(object()?),
            Packet::EntityRemoved => FromServer::EntityRemoved(text(payload)?),
            Packet::SettingsModified => FromServer::SettingsModified {
                key: member("key")?,
                value: payload.property("value").to_json(),
            },
            Packet::SpawnModified => FromServer::SpawnModified(object()?),
            Packet::PlayerJoined => FromServer::PlayerJoined(object()?),
            Packet::PlayerUpdated => FromServer::PlayerUpdated(object()?),
            Packet::PlayerLeft => FromServer::PlayerLeft(object()?),
            _ => return None,
        })
    }

    /// The frame that says this.
    #[must_use]
    pub fn encode(&self, dialect: Dialect) -> Vec<u8> {
        let (packet, payload) = self.payload();
        frame(dialect, packet, &payload)
    }

    /// Which packet, and with what in it.
    #[must_use]
    pub fn payload(&self) -> (Packet, Value) {
        match self {
            FromServer::AuthOk => (Packet::AdminAuthOk, auth::accepted()),
            FromServer::AuthError(error) => {
                (Packet::AdminAuthError, Value::object([("error", error.as_str().into())]))
            }
            FromServer::Result(result) => (Packet::AdminResult, Value::from(result)),
            FromServer::Snapshot(it) => (Packet::Snapshot, it.into()),
            FromServer::BlueprintAdded(it) => (Packet::BlueprintAdded, it.into()),
            FromServer::BlueprintModified(it) => (Packet::BlueprintModified, it.into()),
            FromServer::BlueprintRemoved(id) => {
                (Packet::BlueprintRemoved, Value::object([("id", id.as_str().into())]))
            }
            FromServer::EntityAdded(it) => (Packet::EntityAdded, it.into()),
            FromServer::EntityModified(it) => (Packet::EntityModified, it.into()),
            FromServer::EntityRemoved(id) => (Packet::EntityRemoved, id.as_str().into()),
            FromServer::SettingsModified { key, value } => {
                let entries = [("key", key.as_str().into()), ("value", value.into())];
                (Packet::SettingsModified, Value::object(entries))
            }
            FromServer::SpawnModified(it) => (Packet::SpawnModified, it.into()),
            FromServer::PlayerJoined(it) => (Packet::PlayerJoined, it.into()),
            FromServer::PlayerUpdated(it) => (Packet::PlayerUpdated, it.into()),
            FromServer::PlayerLeft(it) => (Packet::PlayerLeft, it.into()),
            FromServer::Other(packet, payload) => (*packet, payload.clone()),
        }
    }
}

/// Packets above exist in both dialects; an `Other` that does not is sent as an empty frame, which
/// every peer refuses.
fn frame(dialect: Dialect, packet: Packet, payload: &Value) -> Vec<u8> {
    encode_packet(dialect, packet, payload).unwrap_or_default()
}
