//! The JSON bodies of `/admin/*`, and the names around them.
//!
//! Requests are read the way the existing server reads them: a field of the wrong type counts as
//! missing rather than as an error, so the fields stay raw JSON here and methods say what they
//! mean. Replies are exact, key order included.

use serde::{Deserialize, Serialize};

use crate::{Json, JsonObject};

/// The request header that carries the admin code. Send it once; send none to an open world.
pub const ADMIN_CODE_HEADER: &str = "X-Admin-Code";

/// A header of every answer of a world that looks at the `expect` of a command
/// ([`crate::Precondition`]), with this value.
pub const FEATURES_HEADER: &str = "X-Bowline";
/// The value of [`FEATURES_HEADER`].
pub const PRECONDITIONS: &str = "preconditions";

/// The lock that stands for all scopes.
pub use bowline_model::blueprint::GLOBAL_SCOPE;

/// A larger file is cut by the server, stored under the hash of what is left, and answered with
/// ok. Both sides refuse it instead.
pub const MAX_UPLOAD_BYTES: u64 = 200 * 1024 * 1024;

/// A JSON body larger than this is refused by the server's framework.
pub const MAX_JSON_BYTES: usize = 1024 * 1024;

/// Paths below the world's base address.
pub mod path {
    /// The socket; without an upgrade the admin page.
    pub const ADMIN: &str = "/admin";
    /// GET: [`super::Snapshot`].
    pub const SNAPSHOT: &str = "/admin/snapshot";
    /// GET: 404 on main, 200 on dev.
    pub const CHANGES: &str = "/admin/changes";
    /// POST, GET, PUT, DELETE: [`super::LockBody`].
    pub const DEPLOY_LOCK: &str = "/admin/deploy-lock";
    /// POST: [`super::DeploySnapshotBody`].
    pub const DEPLOY_SNAPSHOTS: &str = "/admin/deploy-snapshots";
    /// POST: [`super::RollbackBody`].
    pub const ROLLBACK: &str = "/admin/deploy-snapshots/rollback";
    /// GET and DELETE with `/<percent-encoded id>` behind it.
    pub const BLUEPRINTS: &str = "/admin/blueprints";
    /// GET, with an optional `type`.
    pub const ENTITIES: &str = "/admin/entities";
    /// PUT: [`super::SpawnBody`].
    pub const SPAWN: &str = "/admin/spawn";
    /// GET with `filename`: [`super::UploadCheck`].
    pub const UPLOAD_CHECK: &str = "/admin/upload-check";
    /// POST multipart: [`super::Uploaded`].
    pub const UPLOAD: &str = "/admin/upload";
}

/// The state of a world, the only place where its id is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Which world this is.
    pub world_id: String,
    /// Where assets are downloaded from, verbatim; `asset://x` is `<assets_url>/x`.
    #[serde(default)]
    pub assets_url: String,
    /// The advised limit in megabytes, as text.
    #[serde(default)]
    pub max_upload_size: Json,
    /// The nine settings.
    #[serde(default)]
    pub settings: JsonObject,
    /// Position and quaternion.
    #[serde(default)]
    pub spawn: JsonObject,
    /// Every blueprint, in the order they came to be.
    #[serde(default)]
    pub blueprints: Vec<JsonObject>,
    /// Every entity but players.
    #[serde(default)]
    pub entities: Vec<JsonObject>,
    /// Who is there.
    #[serde(default)]
    pub players: Vec<JsonObject>,
    /// Whether a code is needed.
    #[serde(default)]
    pub has_admin_code: bool,
    /// Where the admin socket is said to be; absent when not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_url: Option<String>,
}

/// The body of every deploy-lock request; each method reads its part of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LockBody {
    /// PUT, DELETE: the token that was granted.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub token: Json,
    /// POST: free text that others are shown.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub owner: Json,
    /// What to lock; blank means everything.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub scope: Json,
    /// POST, PUT: seconds.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub ttl: Json,
}

impl LockBody {
    /// The scope as the server normalises it: trimmed, [`GLOBAL_SCOPE`] when blank or no text.
    #[must_use]
    pub fn scope(&self) -> &str {
        normal_scope(&self.scope)
    }

    /// The scope if one was named. Renewing and releasing without one look the token up.
    #[must_use]
    pub fn named_scope(&self) -> Option<&str> {
        self.scope.as_str().map(str::trim).filter(|scope| !scope.is_empty())
    }

    /// Who asks, `unknown` when blank.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.owner.as_str().map(str::trim).filter(|owner| !owner.is_empty()).unwrap_or("unknown")
    }

    /// Seconds as `parseInt` reads them (`"30"` and `30.9` work), `None` for the default.
    #[must_use]
    pub fn ttl_seconds(&self) -> Option<u64> {
        let text = match &self.ttl {
            Json::String(text) => text.trim_start().to_owned(),
            Json::Number(number) => number.to_string(),
            _ => return None,
        };
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok().filter(|seconds| *seconds > 0)
    }
}

/// A scope as the server normalises it.
#[must_use]
pub fn normal_scope(scope: &Json) -> &str {
    scope.as_str().map(str::trim).filter(|scope| !scope.is_empty()).unwrap_or(GLOBAL_SCOPE)
}

/// Whether a scope is locked, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockStatus {
    /// Whether.
    pub locked: bool,
    /// By whom.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldLock>,
}

impl LockStatus {
    /// Nobody holds it.
    pub const FREE: LockStatus = LockStatus { locked: false, held: None };

    /// Somebody does.
    #[must_use]
    pub fn held(lock: HeldLock) -> LockStatus {
        LockStatus { locked: true, held: Some(lock) }
    }
}

/// A lock somebody holds. Times are whole milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldLock {
    /// The free text given with it.
    pub owner: String,
    /// Since 1970.
    pub acquired_at: i64,
    /// Since it was granted.
    pub age_ms: i64,
    /// Until it is free by itself.
    pub expires_in_ms: i64,
    /// What it locks; may be `global` when asked for another scope.
    pub scope: String,
}

/// 200 of POST deploy-lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockGranted {
    /// Always true.
    pub ok: bool,
    /// Proves that the lock is ours.
    pub token: String,
    /// How long it holds, in milliseconds.
    pub ttl_ms: u64,
}

/// 200 of PUT deploy-lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockRenewed {
    /// Always true.
    pub ok: bool,
    /// How long it holds from now, in milliseconds.
    pub ttl_ms: u64,
}

/// A 200 that says nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Always true.
    pub ok: bool,
}

impl Done {
    /// The only value.
    pub const OK: Done = Done { ok: true };
}

/// What the routes answer when they refuse. A thrown error has status 500 and *no body*; an
/// unknown route has a [`RouteNotFound`], whose `error` is a sentence and no code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// One of the documented words.
    pub error: String,
    /// Of lock conflicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockStatus>,
    /// Of a few retired routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl ErrorBody {
    /// Just the word.
    #[must_use]
    pub fn new(error: &str) -> ErrorBody {
        ErrorBody { error: error.to_owned(), lock: None, message: None }
    }

    /// The word and the lock that is in the way.
    #[must_use]
    pub fn locked(error: &str, lock: Option<LockStatus>) -> ErrorBody {
        ErrorBody { lock, ..ErrorBody::new(error) }
    }
}

/// 404 for a route or file that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteNotFound {
    /// `Route GET:/x not found`.
    pub message: String,
    /// `Not Found`.
    pub error: String,
    /// 404.
    pub status_code: u16,
}

impl RouteNotFound {
    /// For a request of `method` to `path`, the query string included.
    #[must_use]
    pub fn new(method: &str, path: &str) -> RouteNotFound {
        let message = format!("Route {method}:{path} not found");
        RouteNotFound { message, error: "Not Found".to_owned(), status_code: 404 }
    }
}

/// POST deploy-snapshots: remember how these blueprints are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeploySnapshotBody {
    /// Blueprint ids, all of one lock scope; no array counts as none.
    pub ids: Json,
    /// The name of the target, for people.
    pub target: Json,
    /// A remark, for people.
    pub note: Json,
    /// The lock that is held.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub lock_token: Json,
    /// Its scope, `global` when missing.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub scope: Json,
}

/// 200 of POST deploy-snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploySnapshotDone {
    /// Always true.
    pub ok: bool,
    /// For the rollback.
    pub id: String,
    /// How many blueprints were stored.
    pub count: u64,
    /// Which ids do not exist.
    pub missing: Vec<String>,
    /// ISO 8601.
    pub created_at: String,
}

/// POST rollback: put blueprints back as they were.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RollbackBody {
    /// Which snapshot; falsy for the newest of any scope.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub id: Json,
    /// The lock that is held.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub lock_token: Json,
    /// Its scope, `global` when missing.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub scope: Json,
}

/// 200 of POST rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RollbackDone {
    /// Always true.
    pub ok: bool,
    /// Which snapshot it was.
    pub snapshot_id: String,
    /// The blueprints that are as they were.
    pub restored: Vec<String>,
    /// The ones that are not, and why.
    pub failed: Vec<RollbackFailure>,
}

/// One blueprint that could not be put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackFailure {
    /// Which.
    pub id: String,
    /// Why.
    pub error: String,
}

/// 200 of GET blueprints/:id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlueprintBody {
    /// The blueprint.
    pub blueprint: JsonObject,
}

/// 200 of GET entities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntitiesBody {
    /// Every entity but players.
    pub entities: Vec<JsonObject>,
}

/// PUT spawn: three and four finite numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SpawnBody {
    /// Metres.
    pub position: Json,
    /// Unit quaternion.
    pub quaternion: Json,
}

/// 200 of PUT spawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpawnDone {
    /// Always true.
    pub ok: bool,
    /// As stored.
    pub spawn: JsonObject,
}

/// 200 of GET upload-check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadCheck {
    /// Whether a file of that name is stored.
    pub exists: bool,
}

/// 200 of POST upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Always true.
    pub ok: bool,
    /// The name that was *sent*, not the one it is stored under.
    pub filename: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lock_request_is_read_as_the_server_reads_it() {
        let read = |body: Json| {
            let body: LockBody = serde_json::from_value(body).unwrap();
            format!("{} {} {:?}", body.owner(), body.scope(), body.ttl_seconds())
        };
        assert_eq!(read(json!({})), "unknown global None");
        assert_eq!(read(json!({"owner": " ann ", "scope": " A ", "ttl": "30"})), "ann A Some(30)");
        assert_eq!(read(json!({"owner": 1, "scope": 2, "ttl": 30.9})), "unknown global Some(30)");
        assert_eq!(read(json!({"owner": "", "scope": "  ", "ttl": -1})), "unknown global None");
        assert_eq!(read(json!({"ttl": "0"})), "unknown global None");
        assert_eq!(read(json!({"ttl": "5s"})), "unknown global Some(5)");
    }
}
