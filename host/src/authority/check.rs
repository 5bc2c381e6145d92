//! What makes a payload acceptable: the documented checks, and those that keep us safe. Pure
//! questions about JSON; nothing here knows the world.

use bowline_model::blueprint;
use bowline_wire::{JsonObject, Value as Js};
use serde_json::Value;

/// Longest id we keep, in bytes. Routers of the protocol reach no id over 100 characters, so a
/// longer one could be added but never read back or deleted.
const ID_BYTES_MAX: usize = 100;

/// The plain object a client sent, as JSON, or `None` if it is no object or holds something JSON
/// cannot keep (a `Map`, a buffer, a big integer): the real server would say ok and save `{}`.
/// An undefined member reads as null, so that a script field stays *present*, which is what asks for
/// the lock.
pub(super) fn object(sent: &Js) -> Option<JsonObject> {
    let members = sent.as_object()?;
    let kept = members.iter().all(|(_, value)| is_json(value));
    kept.then(|| members.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
}

fn is_json(value: &Js) -> bool {
    match value {
        Js::Array(items) => items.iter().all(is_json),
        Js::Object(members) => members.iter().all(|(_, it)| is_json(it)),
        Js::Bytes(_) | Js::Map(_) | Js::Set(_) | Js::Error(_) | Js::Ext { .. } => false,
        Js::Undefined | Js::Null | Js::Bool(_) | Js::Int(_) | Js::Float(_) | Js::Str(_) | Js::Date(_) => true,
    }
}

/// [`object`] without its undefined members.
pub(super) fn defined(sent: &Js) -> Option<JsonObject> {
    let all = object(sent)?;
    Some(all.into_iter().filter(|(key, _)| sent.get(key) != Some(&Js::Undefined)).collect())
}

/// JSON a client sent, `None` if JSON cannot keep it.
pub(super) fn json(sent: &Js) -> Option<Value> {
    is_json(sent).then(|| sent.to_json())
}

/// JavaScript's idea of a missing value.
pub(super) fn is_falsy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::Array(_) | Value::Object(_) | Value::Bool(true)) => false,
    }
}

/// Whether a blueprint of this id can be a file on every disk.
pub(super) fn is_blueprint_id(id: &str) -> bool {
    id.len() <= ID_BYTES_MAX && blueprint::is_storable(id)
}

/// Whether an entity of this id can be a name on every disk. Looser than a blueprint's: entities are
/// keys of `world.json`, not files.
pub(super) fn is_entity_id(id: &str) -> bool {
    !id.trim().is_empty()
        && id.len() <= ID_BYTES_MAX
        && id != "."
        && !id.contains("..")
        && !id.contains(|it: char| it.is_control() || matches!(it, '/' | '\\'))
}

/// Why the script fields of a change are refused, if they are.
pub(super) fn script_fields(change: &JsonObject) -> Result<(), &'static str> {
    match change.get("scriptFiles") {
        None | Some(Value::Null) => (),
        Some(Value::Object(files))
            if files.iter().all(|(path, url)| is_script_path(path) && is_module(url)) => {}
        Some(_) => return Err("invalid_script_files"),
    }
    match change.get("scriptEntry") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(path)) if is_script_path(path) => Ok(()),
        Some(_) => Err("invalid_script_entry"),
    }
}

fn is_script_path(path: &str) -> bool {
    !path.trim().is_empty()
        && !path.contains(['\\', '\0'])
        && path.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

fn is_module(url: &Value) -> bool {
    let name = url.as_str().and_then(|it| it.strip_prefix(bowline_model::asset::SCHEME));
    name.is_some_and(|name| {
        !matches!(name, "" | "." | "..")
            && !name.contains(|it: char| it.is_control() || matches!(it, '/' | '\\'))
    })
}

/// Whether some text in `value`, at any depth, is an asset reference that climbs out of the asset
/// store: `asset://../db.sqlite`. Clients join these names to a folder or a URL without looking.
pub(super) fn has_climbing_asset(value: &Value) -> bool {
    match value {
        Value::String(text) => text.strip_prefix(bowline_model::asset::SCHEME).is_some_and(climbs),
        Value::Array(values) => values.iter().any(has_climbing_asset),
        Value::Object(map) => map.values().any(has_climbing_asset),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn climbs(name: &str) -> bool {
    name.starts_with('/')
        || name.contains(|it: char| it.is_control() || it == '\\')
        || name.split('/').any(|segment| segment == "..")
}

/// The protocol's `change.version > current.version`, between numbers. A missing version on either
/// side makes it false.
pub(super) fn is_newer(change: &JsonObject, current: &JsonObject) -> bool {
    let version = |it: &JsonObject| it.get("version").and_then(Value::as_f64);
    version(change).zip(version(current)).is_some_and(|(change, current)| change > current)
}

/// `{position: [3 numbers], quaternion: [4 numbers]}`, rebuilt from exactly those keys.
pub(super) fn spawn(body: &Value) -> Option<JsonObject> {
    let numbers = |key: &str, count: usize| {
        let list = body.get(key)?.as_array()?;
        let finite = list.iter().all(|it| it.as_f64().is_some_and(f64::is_finite));
        (list.len() == count && finite).then(|| (key.to_owned(), Value::Array(list.clone())))
    };
    Some([numbers("position", 3)?, numbers("quaternion", 4)?].into_iter().collect())
}
