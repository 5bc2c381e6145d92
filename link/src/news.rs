//! [`News`]: what happens in the world, whoever did it, we included.

use bowline_wire::{FromServer, Json, JsonObject};

/// One change in the world, as it was broadcast. A world sends our own changes back to us, before
/// it answers the command; only content can tell them from an edit.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A blueprint as its author sent it; it may replace one of that id, with any version.
    BlueprintAdded(JsonObject),
    /// A whole blueprint after a change.
    BlueprintModified(JsonObject),
    /// A blueprint is gone.
    BlueprintRemoved(String),
    /// A whole entity; it may replace one of that id.
    EntityAdded(JsonObject),
    /// A whole entity after a change.
    EntityModified(JsonObject),
    /// An entity is gone, if it ever was.
    EntityRemoved(String),
    /// One setting.
    Setting {
        /// Its name.
        key: String,
        /// Its value.
        value: Json,
    },
    /// Position and quaternion of the spawn point.
    Spawn(JsonObject),
    /// The last news of a link.
    Closed(Closed),
}

/// Why a link ended. After any of these the world may have changed unseen: open a new link and
/// compare everything with its snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The world closed the socket.
    #[error("the world closed it")]
    ByWorld,
    /// Nothing was heard for 25 seconds, not even answers to our pings.
    #[error("the world fell silent")]
    Silent,
    /// The connection broke.
    #[error("{0}")]
    Broken(String),
    /// A message could not be read. It may have been an edit, so going on would lose it.
    #[error("the world sent a message that cannot be read: {0}")]
    Unreadable(String),
    /// The receiver let 4096 news pile up. Taking a new snapshot is cheaper than catching up.
    #[error("news came faster than they were taken")]
    FellBehind,
}

impl News {
    /// What a message means to the mirror; `None` for players, who are no part of a project, and
    /// for packets that carry no news.
    pub(crate) fn from_message(message: FromServer) -> Option<News> {
        Some(match message {
            FromServer::BlueprintAdded(it) => News::BlueprintAdded(it),
            FromServer::BlueprintModified(it) => News::BlueprintModified(it),
            FromServer::BlueprintRemoved(id) => News::BlueprintRemoved(id),
            FromServer::EntityAdded(it) if !is_player(&it) => News::EntityAdded(it),
            FromServer::EntityModified(it) if !is_player(&it) => News::EntityModified(it),
            FromServer::EntityRemoved(id) => News::EntityRemoved(id),
            FromServer::SettingsModified { key, value } => News::Setting { key, value },
            FromServer::SpawnModified(it) => News::Spawn(it),
            _ => return None,
        })
    }
}

/// Every step of every player is broadcast as a whole entity, and a change of rank as id and rank.
fn is_player(entity: &JsonObject) -> bool {
    match entity.get("type") {
        Some(kind) => kind == "player",
        None => entity.contains_key("rank"),
    }
}
