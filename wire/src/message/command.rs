//! Commands: what a client wants done, with a request id that comes back in the answer.

use crate::{Json, JsonObject, Value};

/// One command and how to answer it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Command {
    /// Any value; `undefined` when absent. It is echoed as it came.
    pub request_id: Value,
    /// Overrides the network id of the handshake.
    pub network_id: Value,
    /// What its target must be, see [`Precondition`](super::Precondition).
    pub expect: Value,
    /// What to do.
    pub order: Order,
}

/// What to do. Fields are raw: a missing one is [`Value::Undefined`], and the world's documented
/// checks ("id is falsy", "a script key is present, even if undefined") are run on them.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Store a blueprint, replacing one with the same id.
    BlueprintAdd {
        /// The blueprint.
        blueprint: Value,
        /// Needed when it carries script fields.
        lock_token: Value,
    },
    /// Merge fields into a blueprint if its version is below the one in `change`.
    BlueprintModify {
        /// Its id, the new version, the fields to replace.
        change: Value,
        /// Needed when it carries script fields.
        lock_token: Value,
    },
    /// Store an entity, replacing one with the same id.
    EntityAdd {
        /// The entity.
        entity: Value,
    },
    /// Replace some fields of an entity.
    EntityModify {
        /// Its id and the fields.
        change: Value,
    },
    /// Remove an entity.
    EntityRemove {
        /// Its id.
        id: Value,
    },
    /// Set one setting.
    SettingsModify {
        /// Its name.
        key: Value,
        /// Its new value.
        value: Value,
    },
    /// Move the spawn point: `set` to where the player is, `clear` to the origin.
    SpawnModify {
        /// `set` or `clear`.
        op: Value,
    },
    /// Change a player's rank.
    ModifyRank {
        /// Who.
        player_id: Value,
        /// 0 visitor, 1 builder, 2 admin.
        rank: Value,
    },
    /// Throw a player out.
    Kick {
        /// Who.
        player_id: Value,
    },
    /// Mute or unmute a player's voice.
    Mute {
        /// Who.
        player_id: Value,
        /// Whether.
        muted: Value,
    },
    /// A type nobody knows; answered with `unknown_type`.
    Unknown {
        /// The `type` that was sent.
        kind: Value,
    },
}

impl Default for Order {
    fn default() -> Order {
        Order::Unknown { kind: Value::Undefined }
    }
}

impl Order {
    /// Stores `blueprint`; `lock_token` only if it carries script fields.
    #[must_use]
    pub fn blueprint_add(blueprint: &JsonObject, lock_token: Option<&str>) -> Order {
        Order::BlueprintAdd { blueprint: blueprint.into(), lock_token: token(lock_token) }
    }

    /// Merges `change`, which has the id and the next version in it.
    #[must_use]
    pub fn blueprint_modify(change: &JsonObject, lock_token: Option<&str>) -> Order {
        Order::BlueprintModify { change: change.into(), lock_token: token(lock_token) }
    }

    /// Stores `entity`.
    #[must_use]
    pub fn entity_add(entity: &JsonObject) -> Order {
        Order::EntityAdd { entity: entity.into() }
    }

    /// Merges `change`, which has the id in it.
    #[must_use]
    pub fn entity_modify(change: &JsonObject) -> Order {
        Order::EntityModify { change: change.into() }
    }

    /// Removes the entity `id`.
    #[must_use]
    pub fn entity_remove(id: &str) -> Order {
        Order::EntityRemove { id: id.into() }
    }

    /// Sets `key`. Only the nine keys every world has are safe to set.
    #[must_use]
    pub fn settings_modify(key: &str, value: &Json) -> Order {
        Order::SettingsModify { key: key.into(), value: value.into() }
    }

    /// The `type` on the wire, for people; empty when that is no text.
    #[must_use]
    pub fn name(&self) -> String {
        self.parts().0.as_str().unwrap_or_default().to_owned()
    }

    /// The `type` on the wire and the other members in the order clients send them.
    fn parts(&self) -> (Value, Vec<(&'static str, &Value)>) {
        let (kind, members) = match self {
            Order::BlueprintAdd { blueprint, lock_token } => {
                ("blueprint_add", vec![("blueprint", blueprint), ("lockToken", lock_token)])
            }
            Order::BlueprintModify { change, lock_token } => {
                ("blueprint_modify", vec![("change", change), ("lockToken", lock_token)])
            }
            Order::EntityAdd { entity } => ("entity_add", vec![("entity", entity)]),
            Order::EntityModify { change } => ("entity_modify", vec![("change", change)]),
            Order::EntityRemove { id } => ("entity_remove", vec![("id", id)]),
            Order::SettingsModify { key, value } => ("settings_modify", vec![("key", key), ("value", value)]),
            Order::SpawnModify { op } => ("spawn_modify", vec![("op", op)]),
            Order::ModifyRank { player_id, rank } => {
                ("modify_rank", vec![("playerId", player_id), ("rank", rank)])
            }
            Order::Kick { player_id } => ("kick", vec![("playerId", player_id)]),
            Order::Mute { player_id, muted } => ("mute", vec![("playerId", player_id), ("muted", muted)]),
            Order::Unknown { kind } => return (kind.clone(), vec![]),
        };
        (kind.into(), members)
    }

    fn read(payload: &Value) -> Order {
        let member = |key| payload.property(key);
        let kind = member("type");
        match kind.as_str() {
            Some("blueprint_add") => {
                Order::BlueprintAdd { blueprint: member("blueprint"), lock_token: member("lockToken") }
            }
            Some("blueprint_modify") => {
                Order::BlueprintModify { change: member("change"), lock_token: member("lockToken") }
            }
            Some("entity_add") => Order::EntityAdd { entity: member("entity") },
            Some("entity_modify") => Order::EntityModify { change: member("change") },
            Some("entity_remove") => Order::EntityRemove { id: member("id") },
            Some("settings_modify") => Order::SettingsModify { key: member("key"), value: member("value") },
            Some("spawn_modify") => Order::SpawnModify { op: member("op") },
            Some("modify_rank") => Order::ModifyRank { player_id: member("playerId"), rank: member("rank") },
            Some("kick") => Order::Kick { player_id: member("playerId") },
            Some("mute") => Order::Mute { player_id: member("playerId"), muted: member("muted") },
            _ => Order::Unknown { kind },
        }
    }
}

fn token(lock_token: Option<&str>) -> Value {
    lock_token.map_or(Value::Undefined, Value::from)
}

/// Absent members are left out, as the existing clients do.
impl From<&Command> for Value {
    fn from(command: &Command) -> Value {
        let (kind, members) = command.order.parts();
        let envelope = [("type", &kind), ("requestId", &command.request_id)];
        let all = envelope
            .into_iter()
            .chain(members)
            .chain([("networkId", &command.network_id), ("expect", &command.expect)]);
        let present = all.filter(|(_, value)| **value != Value::Undefined);
        Value::Object(present.map(|(key, value)| (key.to_owned(), value.clone())).collect())
    }
}

impl From<&Value> for Command {
    fn from(payload: &Value) -> Command {
        Command {
            request_id: payload.property("requestId"),
            network_id: payload.property("networkId"),
            expect: payload.property("expect"),
            order: Order::read(payload),
        }
    }
}
