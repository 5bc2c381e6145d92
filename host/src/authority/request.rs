//! The HTTP requests that read or change the world: method and path are already a [`Method`] and a
//! route, bodies already JSON. Assets and pages are not here; they need no authority.

use bowline_model::blueprint;
use bowline_store::{Change, Table};
use bowline_wire::http::{LockBody, normal_scope};
use bowline_wire::{FromServer, JsonObject};
use serde_json::{Value, json};

use super::lock::{Closed, Lock, NotYours, TTL_MS};
use super::rollback::Find;
use super::{Authority, Moment, Reply, check};

/// What is asked of a route that has several methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Make.
    Post,
    /// Replace.
    Put,
    /// Remove.
    Delete,
}

/// One request. A body that is missing, or is no object, reads as one without any field.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// `GET /admin/deploy-lock?scope=` (scope as the body's `scope`), or POST, PUT, DELETE of it.
    Lock(Method, Value),
    /// `POST /admin/deploy-snapshots`.
    TakeSnapshot(Value),
    /// `POST /admin/deploy-snapshots/rollback`.
    Rollback(Value),
    /// `GET /admin/blueprints/:id`.
    Blueprint(String),
    /// `DELETE /admin/blueprints/:id?expect=`; `expect` is ours, the digest it must have.
    RemoveBlueprint(String, Option<String>),
    /// `GET /admin/entities?type=`.
    Entities(Option<String>),
    /// `PUT /admin/spawn`.
    Spawn(Value),
}

impl Authority {
    /// Answers one request.
    pub fn request(&mut self, request: &Request, now: &Moment, find: &Find<'_>) -> Reply {
        match request {
            Request::Lock(Method::Get, body) => {
                Reply::new(200, json!(self.locks.status(claim(body).scope(), now.ms)))
            }
            Request::Lock(Method::Post, body) => self.acquire(body, now),
            Request::Lock(Method::Put, body) => self.renew(body, now),
            Request::Lock(Method::Delete, body) => {
                yours(self.locks.release(&claim(body), now.ms), json!({"ok": true}))
            }
            Request::TakeSnapshot(body) => self.take_snapshot(body, now),
            Request::Rollback(body) => self.rollback(body, now, find),
            Request::Blueprint(id) => match self.blueprint(id) {
                Some(blueprint) => Reply::new(200, json!({"blueprint": blueprint})),
                None => Reply::error(404, "not_found"),
            },
            Request::RemoveBlueprint(id, expect) => self.remove_blueprint(id, expect.as_deref()),
            Request::Entities(kind) => {
                Reply::new(200, json!({"entities": self.entities_of(kind.as_deref())}))
            }
            Request::Spawn(body) => match check::spawn(body) {
                None => Reply::error(400, "invalid_payload"),
                Some(spawn) => {
                    let (broadcasts, writes) = self.put_spawn(spawn.clone());
                    Reply { broadcasts, writes, ..Reply::new(200, json!({"ok": true, "spawn": spawn})) }
                }
            },
        }
    }

    fn acquire(&mut self, body: &Value, now: &Moment) -> Reply {
        let asked = claim(body);
        let ttl_ms = ttl_ms(&asked);
        let lock = Lock {
            scope: asked.scope().to_owned(),
            token: now.uuid.clone(),
            owner: asked.owner().to_owned(),
            acquired_ms: now.ms,
            expires_ms: now.ms.saturating_add(ttl_ms),
        };
        match self.locks.acquire(lock) {
            Ok(()) => Reply::new(200, json!({"ok": true, "token": now.uuid, "ttlMs": ttl_ms})),
            Err(status) => Reply::new(409, json!({"error": "locked", "lock": status})),
        }
    }

    fn renew(&mut self, body: &Value, now: &Moment) -> Reply {
        let asked = claim(body);
        let ttl_ms = ttl_ms(&asked);
        yours(self.locks.renew(&asked, ttl_ms, now.ms), json!({"ok": true, "ttlMs": ttl_ms}))
    }

    fn remove_blueprint(&mut self, id: &str, expect: Option<&str>) -> Reply {
        let held = self.blueprint(id).map(|it| blueprint::digest(it).to_string());
        if held.is_some() && expect.is_some() && held.as_deref() != expect {
            return Reply::error(412, "precondition_failed");
        }
        match self.try_remove(id) {
            Ok((broadcast, write)) => Reply {
                broadcasts: vec![broadcast],
                writes: vec![write],
                ..Reply::new(200, json!({"ok": true}))
            },
            Err("not_found") => Reply::error(404, "not_found"),
            Err(error) => Reply::error(409, error),
        }
    }

    pub(super) fn try_remove(&mut self, id: &str) -> Result<(FromServer, Change), &'static str> {
        if !self.blueprints.contains_key(id) {
            return Err("not_found");
        }
        if self.is_in_use(id) {
            return Err("in_use");
        }
        self.blueprints.shift_remove(id);
        Ok((FromServer::BlueprintRemoved(id.to_owned()), Change::DeleteRow(Table::Blueprint, id.to_owned())))
    }

    fn entities_of(&self, kind: Option<&str>) -> Vec<&JsonObject> {
        let wanted = kind.filter(|it| !it.is_empty());
        self.entities()
            .filter(|it| wanted.is_none() || it.get("type").and_then(Value::as_str) == wanted)
            .collect()
    }

    /// Whether the body's token opens the body's scope; if not, the reply that says so.
    pub(super) fn deploy_lock(&mut self, body: &Value, now: &Moment) -> Result<String, Box<Reply>> {
        let scope = normal_scope(body.get("scope").unwrap_or(&Value::Null)).to_owned();
        match self.locks.check(&scope, body.get("lockToken").and_then(Value::as_str), now.ms) {
            Ok(()) => Ok(scope),
            Err(Closed::Required) => Err(Reply::error(409, "deploy_lock_required").into()),
            Err(Closed::Held(lock)) => {
                Err(Reply::new(409, json!({"error": "deploy_locked", "lock": lock})).into())
            }
        }
    }
}

/// A body that is no object has no field.
fn claim(body: &Value) -> LockBody {
    serde_json::from_value(body.clone()).unwrap_or_default()
}

fn ttl_ms(asked: &LockBody) -> u64 {
    asked.ttl_seconds().map_or(TTL_MS, |it| it.saturating_mul(1000))
}

fn yours(result: Result<(), NotYours>, ok: Value) -> Reply {
    match result {
        Ok(()) => Reply::new(200, ok),
        Err(NotYours::NotLocked) => Reply::error(409, "not_locked"),
        Err(NotYours::NotOwner(lock)) => Reply::new(409, json!({"error": "not_owner", "lock": lock})),
    }
}

impl Reply {
    pub(super) fn error(status: u16, error: &str) -> Reply {
        Reply::new(status, json!({"error": error}))
    }
}
