//! [`Op`]: what a script's nodes want changed in the world.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The node every script has: its entity's own.
pub(crate) const ROOT_NODE: u32 = 0;

/// One change, by the instance's own node numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Op {
    /// A node of a type, below another or in world space.
    Create { node: u32, kind: String, parent: Option<u32> },
    /// A node and what is below it goes.
    Remove { node: u32 },
    /// A field has a new value.
    Set { node: u32, field: String, value: Value },
    /// A method of a body: what a script wants done with it.
    Physics { node: u32, method: String, args: Vec<Value> },
}

impl Op {
    /// From the prelude's spelling: `["c", node, type, parent | -1]`, `["r", node]`,
    /// `["s", node, field, value]`, `["p", node, method, args]`.
    pub(super) fn read(json: Value) -> Option<Op> {
        let Value::Array(items) = json else { return None };
        let mut parts = items.into_iter();
        let tag = parts.next()?;
        let node = number(&parts.next()?)?;
        Some(match tag.as_str()? {
            "c" => Op::Create { node, kind: text(parts.next()?)?, parent: number(&parts.next()?) },
            "r" => Op::Remove { node },
            "s" => Op::Set { node, field: text(parts.next()?)?, value: parts.next()? },
            "p" => Op::Physics { node, method: text(parts.next()?)?, args: list(parts.next()?)? },
            _ => return None,
        })
    }
}

fn number(json: &Value) -> Option<u32> {
    json.as_u64().and_then(|it| u32::try_from(it).ok())
}

fn list(json: Value) -> Option<Vec<Value>> {
    match json {
        Value::Array(it) => Some(it),
        _ => None,
    }
}

fn text(json: Value) -> Option<String> {
    match json {
        Value::String(it) => Some(it),
        _ => None,
    }
}
