//! The commands of the `/admin` socket: one function each, checks in the documented order.

use bowline_model::format::world::Placement;
use bowline_model::{Digest, blueprint};
use bowline_store::{Change, Table};
use bowline_wire::{
    AdminResult, Command, Detail, FromServer, JsonObject, Order, Precondition, Refusal, Value as Js,
};
use serde_json::{Value, json};

use super::lock::Closed;
use super::{Authority, Moment, Outcome, SETTINGS, SPAWN, check, origin, put};

/// The keys of an entity that a modify may set; others are ignored.
const ENTITY_KEYS: [&str; 9] =
    ["blueprint", "uploader", "mover", "position", "quaternion", "scale", "pinned", "state", "props"];

type Refused<T> = Result<T, Refusal>;

/// What an accepted command does.
type Done = (Vec<FromServer>, Vec<Change>);

impl Authority {
    /// Carries out one command. Refusals, also of a type nobody knows, are ordinary answers.
    pub fn command(&mut self, command: &Command, now: &Moment) -> Outcome {
        let request_id = Some(command.request_id.clone());
        let outcome = self.check_precondition(command).and_then(|()| self.order(&command.order, now));
        match outcome {
            Ok((broadcasts, writes)) => {
                let result = AdminResult { request_id, outcome: Ok(()) };
                Outcome { result, broadcasts, reminder: None, writes }
            }
            Err(refusal) => {
                let reminder = match &refusal.detail {
                    Detail::Current(Some(current)) => Some(FromServer::BlueprintModified(current.clone())),
                    _ => None,
                };
                let result = AdminResult { request_id, outcome: Err(refusal) };
                Outcome { result, broadcasts: Vec::new(), reminder, writes: Vec::new() }
            }
        }
    }

    /// Only ours send one; everybody else's commands are checked as documented and nothing else.
    fn check_precondition(&self, command: &Command) -> Refused<()> {
        let expect = Precondition::read(&command.expect).ok_or_else(|| refuse("invalid_payload"))?;
        if expect == Precondition::Any {
            return Ok(());
        }
        let (held, blueprint) = match &command.order {
            Order::BlueprintAdd { blueprint: sent, .. } | Order::BlueprintModify { change: sent, .. } => {
                let id = sent.property("id");
                let blueprint = self.blueprint(id.as_str().unwrap_or_default());
                (blueprint.map(blueprint::digest), blueprint)
            }
            Order::EntityAdd { entity: sent } | Order::EntityModify { change: sent } => {
                (self.placement_digest(&sent.property("id")), None)
            }
            Order::EntityRemove { id } => (self.placement_digest(id), None),
            _ => return Err(refuse("invalid_payload")),
        };
        if expect.is_met_by(held) { Ok(()) } else { Err(with_current("precondition_failed", blueprint)) }
    }

    fn placement_digest(&self, id: &Js) -> Option<Digest> {
        let entity = self.entities.get(id.as_str().unwrap_or_default())?.as_object()?;
        Some(Placement::of(entity).digest())
    }

    fn order(&mut self, order: &Order, now: &Moment) -> Refused<Done> {
        match order {
            Order::BlueprintAdd { blueprint, lock_token } => self.blueprint_add(blueprint, lock_token, now),
            Order::BlueprintModify { change, lock_token } => self.blueprint_modify(change, lock_token, now),
            Order::EntityAdd { entity } => self.entity_add(entity),
            Order::EntityModify { change } => self.entity_modify(change),
            Order::EntityRemove { id } => self.entity_remove(id),
            Order::SettingsModify { key, value } => self.settings_modify(key, value),
            Order::SpawnModify { op } => self.spawn_modify(op),
            Order::ModifyRank { player_id, rank } => Err(about_a_player(player_id, rank.as_f64().is_some())),
            Order::Mute { player_id, muted } => Err(about_a_player(player_id, muted.as_bool().is_some())),
            Order::Kick { player_id } => Err(about_a_player(player_id, true)),
            Order::Unknown { .. } => Err(refuse("unknown_type")),
        }
    }

    fn blueprint_add(&mut self, sent: &Js, token: &Js, now: &Moment) -> Refused<Done> {
        let blueprint = check::object(sent).ok_or_else(|| refuse("invalid_payload"))?;
        let id = blueprint.get("id").and_then(Value::as_str).filter(|it| check::is_blueprint_id(it));
        let id = id.ok_or_else(|| refuse("invalid_payload"))?;
        if !blueprint.get("version").is_some_and(Value::is_number) {
            return Err(refuse("invalid_payload"));
        }
        self.check_lock(&blueprint, token, now)?;
        check::script_fields(&blueprint).map_err(refuse)?;
        if blueprint.values().any(check::has_climbing_asset) {
            return Err(refuse("invalid_payload"));
        }
        let writes = self.put_blueprint(id, blueprint.clone());
        Ok((vec![FromServer::BlueprintAdded(blueprint)], writes))
    }

    fn blueprint_modify(&mut self, sent: &Js, token: &Js, now: &Moment) -> Refused<Done> {
        let change = check::object(sent).ok_or_else(|| refuse("invalid_payload"))?;
        if check::is_falsy(change.get("id")) {
            return Err(refuse("invalid_payload"));
        }
        self.check_lock(&change, token, now)?;
        check::script_fields(&change).map_err(|error| with_current(error, None))?;
        if change.values().any(check::has_climbing_asset) {
            return Err(with_current("invalid_payload", None));
        }
        let id = change.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let current = self.blueprint(&id).ok_or_else(|| with_current("not_found", None))?;
        if !check::is_newer(&change, current) {
            return Err(with_current("version_mismatch", Some(current)));
        }
        let mut merged = current.clone();
        merged.extend(change);
        let writes = self.put_blueprint(&id, merged.clone());
        Ok((vec![FromServer::BlueprintModified(merged)], writes))
    }

    fn check_lock(&mut self, change: &JsonObject, token: &Js, now: &Moment) -> Refused<()> {
        if !blueprint::needs_lock(change) {
            return Ok(());
        }
        let scope = blueprint::lock_scope(change);
        let (error, lock) = match self.locks.check(scope, token.as_str(), now.ms) {
            Ok(()) => return Ok(()),
            Err(Closed::Required) => ("deploy_lock_required", None),
            Err(Closed::Held(status)) => ("deploy_locked", Some(status)),
        };
        Err(Refusal { detail: Detail::Lock(lock), ..refuse(error) })
    }

    fn entity_add(&mut self, sent: &Js) -> Refused<Done> {
        let mut entity = check::defined(sent).ok_or_else(|| refuse("invalid_payload"))?;
        let id = entity.get("id").and_then(Value::as_str).filter(|it| check::is_entity_id(it));
        let id = id.ok_or_else(|| refuse("invalid_payload"))?.to_owned();
        if entity.values().any(check::has_climbing_asset) {
            return Err(refuse("invalid_payload"));
        }
        if entity.get("type").and_then(Value::as_str) != Some("app") {
            return Err(refuse("server_error"));
        }
        if entity.get("props").is_some_and(|it| !it.is_object()) {
            entity.insert("props".to_owned(), json!({}));
        }
        self.entities.insert(id.clone(), Value::Object(entity.clone()));
        let write = put(Table::Entity, &id, Value::Object(entity.clone()));
        Ok((vec![FromServer::EntityAdded(entity)], vec![write]))
    }

    fn entity_modify(&mut self, sent: &Js) -> Refused<Done> {
        let change = check::defined(sent).ok_or_else(|| refuse("invalid_payload"))?;
        if check::is_falsy(change.get("id")) {
            return Err(refuse("invalid_payload"));
        }
        let id = change.get("id").and_then(Value::as_str).unwrap_or_default();
        let entity = self.entities.get_mut(id).and_then(Value::as_object_mut);
        let entity = entity.ok_or_else(|| refuse("not_found"))?;
        let bad_props = change.get("props").is_some_and(|it| !it.is_object());
        if bad_props || change.values().any(check::has_climbing_asset) {
            return Err(refuse("invalid_payload"));
        }
        for key in ENTITY_KEYS {
            if let Some(value) = change.get(key) {
                entity.insert(key.to_owned(), value.clone());
            }
        }
        let write = put(Table::Entity, id, Value::Object(entity.clone()));
        Ok((vec![FromServer::EntityModified(entity.clone())], vec![write]))
    }

    /// Removing what is not there is fine, and is told to everybody, as the real server does it.
    fn entity_remove(&mut self, id: &Js) -> Refused<Done> {
        let id = id.as_str().filter(|it| !it.is_empty()).ok_or_else(|| refuse("invalid_payload"))?;
        let removed = self.entities.shift_remove(id).is_some();
        let write = removed.then(|| Change::DeleteRow(Table::Entity, id.to_owned()));
        Ok((vec![FromServer::EntityRemoved(id.to_owned())], write.into_iter().collect()))
    }

    fn settings_modify(&mut self, key: &Js, value: &Js) -> Refused<Done> {
        let key = key.as_str().filter(|it| SETTINGS.contains(it)).ok_or_else(|| refuse("invalid_payload"))?;
        let value = check::json(value).filter(|it| !check::has_climbing_asset(it));
        let value = value.ok_or_else(|| refuse("invalid_payload"))?;
        self.settings.insert(key.to_owned(), value.clone());
        let write = put(Table::Setting, key, value.clone());
        Ok((vec![FromServer::SettingsModified { key: key.to_owned(), value }], vec![write]))
    }

    fn spawn_modify(&mut self, op: &Js) -> Refused<Done> {
        match op.as_str() {
            Some("clear") => Ok(self.put_spawn(origin())),
            // The pose of a player: nobody can be in a world without `/ws`.
            Some("set") => Err(refuse("player_not_found")),
            _ if op.is_truthy() => Err(refuse("invalid_op")),
            _ => Err(refuse("invalid_payload")),
        }
    }

    pub(super) fn put_spawn(&mut self, spawn: JsonObject) -> Done {
        self.spawn = spawn.clone();
        let write = put(Table::Meta, SPAWN, Value::Object(spawn.clone()));
        (vec![FromServer::SpawnModified(spawn)], vec![write])
    }
}

/// Commands about players, of whom there are none: only the payload can be wrong first.
fn about_a_player(player: &Js, payload_is_good: bool) -> Refusal {
    refuse(if player.is_truthy() && payload_is_good { "not_found" } else { "invalid_payload" })
}

fn refuse(error: &str) -> Refusal {
    Refusal { error: error.to_owned(), detail: Detail::None }
}

/// The real server puts a `current` into every refusal that comes after a modify's lock check,
/// undefined where there is nothing to show.
fn with_current(error: &str, current: Option<&JsonObject>) -> Refusal {
    Refusal { detail: Detail::Current(current.cloned()), ..refuse(error) }
}
