//! The answer to a command: done, or why not.

use crate::http::LockStatus;
use crate::{Json, JsonObject, Value};

/// The answer to one command.
#[derive(Debug, Clone, PartialEq)]
pub struct AdminResult {
    /// The id of the command. `None` when the key itself is absent, which is so only for
    /// `invalid_packet`; a command without an id is answered with a present `undefined`.
    pub request_id: Option<Value>,
    /// What became of it.
    pub outcome: Result<(), Refusal>,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// One of the documented words, such as `version_mismatch`.
    pub error: String,
    /// What goes with that word.
    pub detail: Detail,
}

/// What goes with an error. The keys are sent even when there is nothing to put in them.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// Of `deploy_lock_required` (nobody holds it) and `deploy_locked`.
    Lock(Option<LockStatus>),
    /// Of a failed blueprint_modify: the blueprint as it is, if it is.
    Current(Option<JsonObject>),
}

impl AdminResult {
    /// Done.
    #[must_use]
    pub fn done(request_id: Value) -> AdminResult {
        AdminResult { request_id: Some(request_id), outcome: Ok(()) }
    }

    /// Not done.
    #[must_use]
    pub fn refused(request_id: Value, error: &str, detail: Detail) -> AdminResult {
        let refusal = Refusal { error: error.to_owned(), detail };
        AdminResult { request_id: Some(request_id), outcome: Err(refusal) }
    }

    /// The answer to bytes that are no packet.
    #[must_use]
    pub fn invalid_packet() -> AdminResult {
        let refusal = Refusal { error: "invalid_packet".to_owned(), detail: Detail::None };
        AdminResult { request_id: None, outcome: Err(refusal) }
    }
}

impl Detail {
    fn entry(&self) -> Option<(&'static str, Value)> {
        match self {
            Detail::None => None,
            Detail::Lock(lock) => {
                // A struct of plain fields always has a JSON form.
                let json = lock.as_ref().and_then(|lock| serde_json::to_value(lock).ok());
                Some(("lock", json.as_ref().map_or(Value::Undefined, Value::from)))
            }
            Detail::Current(current) => {
                Some(("current", current.as_ref().map_or(Value::Undefined, Value::from)))
            }
        }
    }

    fn read(payload: &Value) -> Detail {
        if let Some(lock) = payload.get("lock") {
            let json: Json = lock.to_json();
            return Detail::Lock(serde_json::from_value(json).ok());
        }
        payload.get("current").map_or(Detail::None, |it| Detail::Current(it.to_json_object()))
    }
}

impl From<&AdminResult> for Value {
    fn from(result: &AdminResult) -> Value {
        let mut entries = vec![("ok", Value::Bool(result.outcome.is_ok()))];
        if let Err(refusal) = &result.outcome {
            entries.push(("error", refusal.error.as_str().into()));
            entries.extend(refusal.detail.entry());
        }
        entries.extend(result.request_id.clone().map(|id| ("requestId", id)));
        Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

impl From<&Value> for AdminResult {
    fn from(payload: &Value) -> AdminResult {
        let outcome = if payload.property("ok").is_truthy() {
            Ok(())
        } else {
            let error = payload.get("error").and_then(Value::as_str).unwrap_or("unknown").to_owned();
            Err(Refusal { error, detail: Detail::read(payload) })
        };
        AdminResult { request_id: payload.get("requestId").cloned(), outcome }
    }
}
