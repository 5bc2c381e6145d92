//! Deploy snapshots: what an app's blueprints were before a deploy, and putting them back.
//!
//! A rollback really restores. The real server merges the stored fields into what is there and
//! forgets what the deploy added; here the stored blueprint replaces the present one, and
//! blueprints the snapshot listed as `missing` are removed again unless something uses them.

use bowline_model::blueprint;
use bowline_store::{Change, Row, StoreError, Table};
use bowline_wire::http::GLOBAL_SCOPE as GLOBAL;
use bowline_wire::{FromServer, JsonObject};
use serde_json::{Value, json};

use super::{Authority, Moment, Reply, put};
use crate::clock;

/// What was there before a deploy.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploySnapshot {
    /// A uuid.
    pub id: String,
    /// The blueprints that existed, whole.
    pub blueprints: Vec<JsonObject>,
    /// The ids that did not exist: a rollback removes them.
    pub missing: Vec<String>,
    /// `{target, note, scope, worldId}`.
    pub meta: JsonObject,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// Which stored snapshot a rollback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The one with this id.
    Id(&'a str),
    /// The newest of this scope; of any scope when that is `global`.
    Newest(&'a str),
}

/// Looks a stored snapshot up.
pub type Find<'a> = dyn Fn(Wanted<'_>) -> Result<Option<DeploySnapshot>, StoreError> + 'a;

impl DeploySnapshot {
    /// The row that keeps it.
    fn write(&self) -> Change {
        let json = json!({
            "blueprints": self.blueprints,
            "missing": self.missing,
            "meta": self.meta,
            "createdMs": self.created_ms,
        });
        put(Table::DeploySnapshot, &self.id, json)
    }

    /// Reads the row back; `None` if it is no snapshot.
    #[must_use]
    pub fn read(row: &Row) -> Option<DeploySnapshot> {
        let list = |key: &str| row.json.get(key)?.as_array();
        Some(DeploySnapshot {
            id: row.id.clone(),
            blueprints: list("blueprints")?.iter().filter_map(|it| it.as_object().cloned()).collect(),
            missing: list("missing")?.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
            meta: row.json.get("meta")?.as_object()?.clone(),
            created_ms: row.json.get("createdMs")?.as_u64()?,
        })
    }

    /// The lock scope it was taken under.
    #[must_use]
    pub fn scope(&self) -> &str {
        self.meta.get("scope").and_then(Value::as_str).unwrap_or(GLOBAL)
    }

    /// Whether it is the one wanted, given that newer ones were asked first.
    #[must_use]
    pub fn is(&self, wanted: Wanted<'_>) -> bool {
        match wanted {
            Wanted::Id(id) => self.id == id,
            Wanted::Newest(scope) => scope == GLOBAL || self.scope() == scope,
        }
    }
}

impl Authority {
    pub(super) fn take_snapshot(&mut self, body: &Value, now: &Moment) -> Reply {
        let ids: Vec<&str> = strings(body.get("ids"));
        let mut scopes: Vec<&str> = ids.iter().map(|it| blueprint::scope_of(it)).collect();
        scopes.dedup();
        if scopes.len() > 1 {
            return Reply::error(400, "multi_scope_not_supported");
        }
        let scope = match self.deploy_lock(body, now) {
            Ok(scope) => scope,
            Err(reply) => return *reply,
        };
        let snapshot = self.snapshot_of(&ids, body, &scope, now);
        let reply = json!({
            "ok": true,
            "id": snapshot.id,
            "count": snapshot.blueprints.len(),
            "missing": snapshot.missing,
            "createdAt": clock::iso(now.ms),
        });
        Reply { writes: vec![snapshot.write()], ..Reply::new(200, reply) }
    }

    fn snapshot_of(&self, ids: &[&str], body: &Value, scope: &str, now: &Moment) -> DeploySnapshot {
        let (present, missing): (Vec<&str>, Vec<&str>) =
            ids.iter().partition(|it| self.blueprint(it).is_some());
        let mut meta = JsonObject::new();
        for key in ["target", "note"] {
            meta.insert(key.to_owned(), body.get(key).cloned().unwrap_or_default());
        }
        meta.insert("scope".to_owned(), json!(scope));
        meta.insert("worldId".to_owned(), json!(self.world_id));
        DeploySnapshot {
            id: now.uuid.clone(),
            blueprints: present.iter().filter_map(|it| self.blueprint(it).cloned()).collect(),
            missing: missing.iter().map(|it| (*it).to_owned()).collect(),
            meta,
            created_ms: now.ms,
        }
    }

    pub(super) fn rollback(&mut self, body: &Value, now: &Moment, find: &Find<'_>) -> Reply {
        let scope = match self.deploy_lock(body, now) {
            Ok(scope) => scope,
            Err(reply) => return *reply,
        };
        let id = body.get("id").and_then(Value::as_str).filter(|it| !it.is_empty());
        let snapshot = match find(id.map_or(Wanted::Newest(&scope), Wanted::Id)) {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Reply::error(404, "not_found"),
            // What cannot be read is not absent.
            Err(_) => return Reply::error(500, "rollback_failed"),
        };
        if scope != GLOBAL && snapshot.scope() != scope {
            return Reply::error(409, "deploy_lock_required");
        }
        self.restore(snapshot)
    }

    fn restore(&mut self, snapshot: DeploySnapshot) -> Reply {
        let (mut restored, mut removed, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let mut reply = Reply::new(200, Value::Null);
        for stored in snapshot.blueprints {
            let Some(id) = stored.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
            let (broadcast, writes) = self.restore_one(&id, stored);
            reply.broadcasts.push(broadcast);
            reply.writes.extend(writes);
            restored.push(id);
        }
        for id in snapshot.missing {
            match self.try_remove(&id) {
                Ok((broadcast, write)) => {
                    reply.broadcasts.push(broadcast);
                    reply.writes.push(write);
                    removed.push(id);
                }
                Err("not_found") => (),
                Err(error) => failed.push(json!({"id": id, "error": error})),
            }
        }
        reply.body = json!({"ok": true, "snapshotId": snapshot.id, "restored": restored, "failed": failed});
        if !removed.is_empty() {
            reply.body["removed"] = json!(removed);
        }
        reply
    }

    /// Present: replaced, one version further, so that every client takes it. Absent: as stored.
    fn restore_one(&mut self, id: &str, mut stored: JsonObject) -> (FromServer, Vec<Change>) {
        let Some(current) = self.blueprint(id) else {
            let writes = self.put_blueprint(id, stored.clone());
            return (FromServer::BlueprintAdded(stored), writes);
        };
        let version = current.get("version").and_then(Value::as_f64).unwrap_or_default().max(0.0) as u64;
        stored.insert("version".to_owned(), json!(version + 1));
        let writes = self.put_blueprint(id, stored.clone());
        (FromServer::BlueprintModified(stored), writes)
    }
}

fn strings(list: Option<&Value>) -> Vec<&str> {
    let values = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(Value::as_str).collect()
}
