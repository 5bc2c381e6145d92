//! JSON and columns' values as values of Luau, and back.
//!
//! Tables of Luau have no order: what is an object becomes one with sorted keys, so that the same table
//! is the same text everywhere. An empty table is an object.

use mlua::{Lua, Table, Value};
use serde_json::{Map, Number, Value as Json};

use crate::ecs;

/// Deeper tables are refused; one that holds itself is deeper than anything.
const DEPTH_MAX: usize = 64;

/// What a table says of itself when it is more than its fields.
const TO_JSON: &str = "__tojson";

/// Why a value of a script is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooDeep;

/// The value as Luau has it; `null` is `nil`.
pub(super) fn to_luau(lua: &Lua, json: &Json) -> mlua::Result<Value> {
    Ok(match json {
        Json::Null => Value::Nil,
        Json::Bool(it) => Value::Boolean(*it),
        Json::Number(it) => Value::Number(it.as_f64().unwrap_or(f64::NAN)),
        Json::String(it) => Value::String(lua.create_string(it)?),
        Json::Array(items) => {
            let table = lua.create_table_with_capacity(items.len(), 0)?;
            for (place, it) in items.iter().enumerate() {
                table.raw_set(place + 1, to_luau(lua, it)?)?;
            }
            Value::Table(table)
        }
        Json::Object(members) => {
            let table = lua.create_table_with_capacity(0, members.len())?;
            for (key, it) in members {
                table.raw_set(key.as_str(), to_luau(lua, it)?)?;
            }
            Value::Table(table)
        }
    })
}

/// A cell of the world as Luau has it.
pub(super) fn cell_to_luau(lua: &Lua, value: &ecs::Value) -> mlua::Result<Value> {
    match value {
        ecs::Value::Null => Ok(Value::Nil),
        ecs::Value::Number(it) => Ok(Value::Number(*it)),
        ecs::Value::Bool(it) => Ok(Value::Boolean(*it)),
        ecs::Value::Text(it) => Ok(Value::String(lua.create_string(it)?)),
        ecs::Value::Numbers(list) => {
            Ok(Value::Table(lua.create_sequence_from(list.iter().copied().map(Value::Number))?))
        }
        ecs::Value::Json(it) => to_luau(lua, it),
    }
}

/// What a script hands over, as JSON. Functions and the like are `null`, as in JavaScript.
pub(super) fn to_json(value: &Value) -> mlua::Result<Result<Json, TooDeep>> {
    json_of(value, 0)
}

fn json_of(value: &Value, depth: usize) -> mlua::Result<Result<Json, TooDeep>> {
    Ok(Ok(match value {
        Value::Boolean(it) => Json::Bool(*it),
        Value::Integer(it) => Json::from(*it),
        Value::Number(it) => number(*it),
        Value::String(it) => Json::String(it.to_string_lossy()),
        Value::Vector(it) => {
            let parts = [("x", it.x()), ("y", it.y()), ("z", it.z())];
            parts.into_iter().map(|(name, it)| (name.to_owned(), number(f64::from(it)))).collect()
        }
        Value::Table(table) => {
            if depth == DEPTH_MAX {
                return Ok(Err(TooDeep));
            }
            return table_json(table, depth + 1);
        }
        _ => Json::Null,
    }))
}

fn table_json(table: &Table, depth: usize) -> mlua::Result<Result<Json, TooDeep>> {
    if let Some(meta) = table.metatable()
        && let Value::Function(shown) = meta.raw_get(TO_JSON)?
    {
        let shown: Value = shown.call(table)?;
        return json_of(&shown, depth);
    }
    let length = table.raw_len();
    if length > 0 {
        let mut items = Vec::with_capacity(length);
        for place in 1..=length {
            match json_of(&table.raw_get(place)?, depth)? {
                Ok(it) => items.push(it),
                Err(it) => return Ok(Err(it)),
            }
        }
        return Ok(Ok(Json::Array(items)));
    }
    let mut members = Map::new();
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        let key = match &key {
            Value::String(it) => it.to_string_lossy(),
            Value::Integer(it) => it.to_string(),
            Value::Number(it) => it.to_string(),
            Value::Boolean(it) => it.to_string(),
            _ => continue,
        };
        match json_of(&value, depth)? {
            Ok(it) => drop(members.insert(key, it)),
            Err(it) => return Ok(Err(it)),
        }
    }
    members.sort_keys();
    Ok(Ok(Json::Object(members)))
}

/// Whole numbers as whole numbers, so that a text written by either language is the same.
fn number(it: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "held to what is exact")]
    let whole = it as i64;
    #[expect(clippy::cast_precision_loss, reason = "held to what is exact")]
    let exact = whole as f64 == it && whole.unsigned_abs() < 1 << 53;
    if exact { Json::from(whole) } else { Number::from_f64(it).map_or(Json::Null, Json::Number) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_and_json_are_the_same_things() {
        let lua = Lua::new();
        for it in [
            json!(null),
            json!(true),
            json!(1.5),
            json!("é"),
            json!([1, [2, "x"]]),
            json!({"b": {"c": [1]}, "d": -3, "e": 1e300}),
        ] {
            assert_eq!(to_json(&to_luau(&lua, &it).unwrap()).unwrap(), Ok(it));
        }
        let said = |source: &str| to_json(&lua.load(source).eval::<Value>().unwrap()).unwrap();
        assert_eq!(said("return {}"), Ok(json!({})));
        assert_eq!(
            said("return {z = 1, a = {0/0, 1/0}, f = print}"),
            Ok(json!({"a": [null, null], "f": null, "z": 1}))
        );
        assert_eq!(said("return vector.create(1, 2.5, 3)"), Ok(json!({"x": 1, "y": 2.5, "z": 3})));
        assert_eq!(said("local t = {} t.t = t return t"), Err(TooDeep));
        assert_eq!(said("return setmetatable({}, {__tojson = function() return {1} end})"), Ok(json!([1])));
    }
}
