//! [`Authority`]: what is true in a world, and the only code that changes it. A command or a request
//! comes in as values, with the time and a fresh id; an outcome goes out: the answer, what every
//! admin must hear, and the rows that must be on disk first. It is not the port: sockets, HTTP, the
//! clock and the store are the shells in [`crate::serve`] and [`crate::actor`].
//!
//! Start with [`command`](Authority::command) in `authority/command.rs`: the commands of the `/admin`
//! socket. The deploy lock is `authority/lock.rs`, snapshots and rollback `authority/rollback.rs`,
//! what makes a payload acceptable `authority/check.rs`.
//!
//! Checks come in the order the real server makes them, with its words. Where it is unsafe we are
//! not; every such place is listed in [`crate::differences::DIFFERENCES`].

mod check;
mod command;
mod lock;
mod request;
mod rollback;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use bowline_runtime::player::Rank;
use bowline_store::{Change, Contents, Row, Table};
use bowline_wire::{AdminResult, FromServer, JsonObject};
use serde_json::{Value, json};

pub use lock::{Lock, Locks};
pub use request::{Method, Request};
pub use rollback::{DeploySnapshot, Find, Wanted};

/// The settings a world has, in the order they are sent. Any other key is refused: on the real
/// server it would overwrite a method of the settings object.
pub const SETTINGS: [&str; 9] =
    ["desc", "title", "image", "avatar", "customAvatars", "voice", "rank", "playerLimit", "ao"];

/// The world's definitions, its deploy locks, and the rules for changing them.
#[derive(Debug, Clone)]
pub struct Authority {
    world_id: String,
    blueprints: JsonObject,
    entities: JsonObject,
    settings: JsonObject,
    spawn: JsonObject,
    locks: Locks,
}

/// What the outside contributes to one request: no rule reads a clock or draws a number itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub ms: u64,
    /// A fresh uuid v4, used where the request makes something that needs an id.
    pub uuid: String,
}

/// Everything one command causes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// To the sender.
    pub result: AdminResult,
    /// To every authenticated socket, the sender included, before the result.
    pub broadcasts: Vec<FromServer>,
    /// To the sender only, after the result: the current blueprint after a refused modify.
    pub reminder: Option<FromServer>,
    /// What must be durable before any of it is sent.
    pub writes: Vec<Change>,
}

/// Everything one HTTP request causes.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
    /// To every authenticated socket, before the response.
    pub broadcasts: Vec<FromServer>,
    /// What must be durable before any of it is sent.
    pub writes: Vec<Change>,
}

impl Reply {
    fn new(status: u16, body: Value) -> Reply {
        Reply { status, body, broadcasts: Vec::new(), writes: Vec::new() }
    }
}

impl Authority {
    /// A world as its store has it. Rows of the wrong shape cannot be addressed and are left out;
    /// they stay in the store.
    #[must_use]
    pub fn new(world_id: &str, contents: &Contents) -> Authority {
        let objects =
            |table| contents.rows(table).iter().filter(|it| it.json.is_object()).map(keyed).collect();
        let mut settings = defaults();
        for row in contents.rows(Table::Setting) {
            if SETTINGS.contains(&row.id.as_str()) {
                settings.insert(row.id.clone(), row.json.clone());
            }
        }
        let spawn =
            contents.rows(Table::Meta).iter().find(|it| it.id == SPAWN).and_then(|it| it.json.as_object());
        Authority {
            world_id: world_id.to_owned(),
            blueprints: objects(Table::Blueprint),
            entities: objects(Table::Entity),
            settings,
            spawn: spawn.cloned().unwrap_or_else(origin),
            locks: Locks::default(),
        }
    }

    /// The same locks over other rows: what is left when a write failed and the store is asked again.
    #[must_use]
    pub fn with_locks(self, locks: Locks) -> Authority {
        Authority { locks, ..self }
    }

    /// The locks held now.
    #[must_use]
    pub fn locks(&self) -> &Locks {
        &self.locks
    }

    /// The world's id.
    #[must_use]
    pub fn world_id(&self) -> &str {
        &self.world_id
    }

    /// The ids of all blueprints, in insertion order.
    #[must_use]
    pub fn blueprint_ids(&self) -> Vec<String> {
        self.blueprints.keys().cloned().collect()
    }

    /// Every entity, in insertion order.
    pub fn entities(&self) -> impl Iterator<Item = &JsonObject> {
        self.entities.values().filter_map(Value::as_object)
    }

    /// One setting, `null` if the world has no such setting.
    #[must_use]
    pub fn setting(&self, key: &str) -> &Value {
        self.settings.get(key).unwrap_or(&Value::Null)
    }

    /// What everybody in this world may do, whatever rank they have themselves: the setting `rank`.
    #[must_use]
    pub fn least_rank(&self) -> Rank {
        match self.setting("rank").as_f64().unwrap_or_default() {
            it if it >= 2.0 => Rank::Admin,
            it if it >= 1.0 => Rank::Builder,
            _ => Rank::Visitor,
        }
    }

    /// What both snapshots share, in the order sent: settings, spawn, blueprints, entities, players.
    #[must_use]
    pub fn snapshot(&self) -> JsonObject {
        let list = |rows: &JsonObject| Value::Array(rows.values().cloned().collect());
        let mut body = JsonObject::new();
        body.insert("settings".into(), Value::Object(self.settings.clone()));
        body.insert("spawn".into(), Value::Object(self.spawn.clone()));
        body.insert("blueprints".into(), list(&self.blueprints));
        body.insert("entities".into(), list(&self.entities));
        body.insert("players".into(), json!([]));
        body
    }

    fn blueprint(&self, id: &str) -> Option<&JsonObject> {
        self.blueprints.get(id)?.as_object()
    }

    fn is_in_use(&self, blueprint: &str) -> bool {
        self.entities().any(|it| it.get("blueprint").and_then(Value::as_str) == Some(blueprint))
    }

    /// Puts `blueprint` in place of what had its id, and clears the run-time state of its entities,
    /// as a world does when it rebuilds them.
    fn put_blueprint(&mut self, id: &str, blueprint: JsonObject) -> Vec<Change> {
        let mut writes = vec![put(Table::Blueprint, id, Value::Object(blueprint.clone()))];
        self.blueprints.insert(id.to_owned(), Value::Object(blueprint));
        for (entity_id, entity) in &mut self.entities {
            let Some(entity) = entity.as_object_mut() else { continue };
            let has_state = entity.get("state").and_then(Value::as_object).is_some_and(|it| !it.is_empty());
            if has_state && entity.get("blueprint").and_then(Value::as_str) == Some(id) {
                entity.insert("state".to_owned(), json!({}));
                writes.push(put(Table::Entity, entity_id, Value::Object(entity.clone())));
            }
        }
        writes
    }
}

/// The row of [`Table::Meta`] that holds the spawn.
const SPAWN: &str = "spawn";

fn put(table: Table, id: &str, json: Value) -> Change {
    Change::PutRow(table, Row { id: id.to_owned(), json })
}

fn keyed(row: &Row) -> (String, Value) {
    (row.id.clone(), row.json.clone())
}

fn defaults() -> JsonObject {
    let values = [
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
        json!(false),
        json!("spatial"),
        json!(0),
        json!(0),
        json!(true),
    ];
    SETTINGS.iter().map(|it| (*it).to_owned()).zip(values).collect()
}

fn origin() -> JsonObject {
    let entries = [("position", json!([0, 0, 0])), ("quaternion", json!([0, 0, 0, 1]))];
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
