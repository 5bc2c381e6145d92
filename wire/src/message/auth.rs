//! The handshake: who the client is and what it wants to hear.

use std::fmt;

use crate::Value;

/// The first packet of a client.
#[derive(Clone, PartialEq, Default)]
pub struct AdminAuth {
    /// The admin code. A world accepts exactly its own text; an open world accepts anything.
    pub code: Value,
    /// What to send unasked.
    pub subscriptions: Subscriptions,
    /// The same person's player on `/ws`, which must not hear its own changes again.
    pub network_id: Value,
    /// Echoed if this packet comes a second time and is refused as `unknown_type`.
    pub request_id: Value,
}

/// Says everything but the code, since messages end up in logs.
impl fmt::Debug for AdminAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminAuth")
            .field("subscriptions", &self.subscriptions)
            .field("network_id", &self.network_id)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// What a client wants besides blueprints, entities, settings and spawn, which everybody gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subscriptions {
    /// The snapshot packet, once.
    pub snapshot: bool,
    /// Players joining, changing and leaving.
    pub players: bool,
    /// Accepted, without effect on main.
    pub runtime: bool,
}

impl AdminAuth {
    /// A client that presents `code` (`None` for an open world) and subscribes to nothing.
    #[must_use]
    pub fn with_code(code: Option<&str>) -> AdminAuth {
        AdminAuth { code: code.into(), ..AdminAuth::default() }
    }
}

impl From<&AdminAuth> for Value {
    fn from(auth: &AdminAuth) -> Value {
        let wants = auth.subscriptions;
        let subscriptions = Value::object([
            ("snapshot", wants.snapshot.into()),
            ("players", wants.players.into()),
            ("runtime", wants.runtime.into()),
        ]);
        let mut entries =
            vec![("code".to_owned(), auth.code.clone()), ("subscriptions".to_owned(), subscriptions)];
        for (key, value) in [("networkId", &auth.network_id), ("requestId", &auth.request_id)] {
            if *value != Value::Undefined {
                entries.push((key.to_owned(), value.clone()));
            }
        }
        Value::Object(entries)
    }
}

impl From<&Value> for AdminAuth {
    fn from(payload: &Value) -> AdminAuth {
        AdminAuth {
            code: payload.property("code"),
            subscriptions: Subscriptions::read(payload),
            network_id: payload.property("networkId"),
            request_id: payload.property("requestId"),
        }
    }
}

impl Subscriptions {
    fn read(payload: &Value) -> Subscriptions {
        match payload.property("subscriptions") {
            // Not an object: older clients say `needsHeartbeat` and mean both.
            Value::Undefined
            | Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Str(_) => {
                let both = payload.property("needsHeartbeat").is_truthy();
                Subscriptions { snapshot: both, players: both, runtime: false }
            }
            wants => Subscriptions {
                snapshot: wants.property("snapshot").is_truthy(),
                players: wants.property("players").is_truthy(),
                runtime: wants.property("runtime").is_truthy(),
            },
        }
    }
}

/// What a world answers to the right code. The two capabilities are always equal.
pub(super) fn accepted() -> Value {
    let capabilities = Value::object([("builder", true.into()), ("deploy", true.into())]);
    Value::object([("ok", true.into()), ("capabilities", capabilities)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscriptions(entries: &[(&str, Value)]) -> Subscriptions {
        let entries = entries.iter().map(|(key, it)| ((*key).to_owned(), it.clone())).collect();
        AdminAuth::from(&Value::Object(entries)).subscriptions
    }

    #[test]
    fn older_clients_ask_for_everything_with_one_word() {
        let both = Subscriptions { snapshot: true, players: true, runtime: false };
        assert_eq!(subscriptions(&[("needsHeartbeat", Value::Int(1))]), both);
        assert_eq!(subscriptions(&[("needsHeartbeat", true.into()), ("subscriptions", Value::Null)]), both);
        let none = [("needsHeartbeat", true.into()), ("subscriptions", Value::object([]))];
        assert_eq!(subscriptions(&none), Subscriptions::default());
        let map = Value::Map(vec![("snapshot".into(), true.into())]);
        assert_eq!(subscriptions(&[("subscriptions", map)]), Subscriptions::default());
    }
}
