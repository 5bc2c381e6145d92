//! Between [`Value`] and JSON, by the rules of `JSON.stringify` and `JSON.parse`.

use bowline_model::utc;

use super::Value;
use crate::{Json, JsonObject};

impl From<&Json> for Value {
    fn from(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(it) => Value::Bool(*it),
            // JavaScript has doubles only, so that is what a number means to every peer.
            Json::Number(number) => number.as_f64().map_or(Value::Null, Value::number),
            Json::String(text) => Value::Str(text.clone()),
            Json::Array(items) => Value::Array(items.iter().map(Value::from).collect()),
            Json::Object(entries) => Value::from(entries),
        }
    }
}

impl From<&JsonObject> for Value {
    fn from(entries: &JsonObject) -> Value {
        Value::Object(entries.iter().map(|(key, it)| (key.clone(), Value::from(it))).collect())
    }
}

impl Value {
    /// What `JSON.stringify` would write: undefined members are dropped, undefined elements and
    /// numbers that are not finite become null, a `Map`, `Set` or `Error` is `{}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Value::Undefined | Value::Null => Json::Null,
            Value::Bool(it) => Json::Bool(*it),
            Value::Int(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::Str(text) => Json::String(text.clone()),
            Value::Array(items) => items.iter().map(Value::to_json).collect(),
            Value::Object(_) => Json::Object(self.to_json_object().unwrap_or_default()),
            Value::Bytes(bytes) => serde_json::json!({ "type": "Buffer", "data": bytes }),
            Value::Date(Some(ms)) => Json::String(utc::iso(*ms)),
            Value::Date(None) => Json::Null,
            Value::Map(_) | Value::Set(_) | Value::Error(_) | Value::Ext { .. } => {
                Json::Object(JsonObject::new())
            }
        }
    }

    /// The members of a plain object as JSON, undefined ones dropped; `None` for anything else.
    #[must_use]
    pub fn to_json_object(&self) -> Option<JsonObject> {
        let defined = self.as_object()?.iter().filter(|(_, it)| *it != Value::Undefined);
        Some(defined.map(|(key, it)| (key.clone(), it.to_json())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_dropped_from_objects_and_null_in_arrays() {
        let value = Value::object([
            ("a", Value::Undefined),
            ("b", Value::Array(vec![Value::Undefined, Value::Float(f64::NAN), Value::Int(1)])),
            ("c", Value::Map(vec![(Value::Int(1), Value::Int(2))])),
        ]);
        assert_eq!(value.to_json().to_string(), r#"{"b":[null,null,1],"c":{}}"#);
    }

    #[test]
    fn json_numbers_are_the_doubles_a_peer_would_read() {
        let json: Json = serde_json::from_str("[1.0, 0.5, 12345678901234567890, -7]").unwrap();
        assert_eq!(Value::from(&json).to_json().to_string(), "[1,0.5,1.2345678901234567e+19,-7]");
    }

    #[test]
    fn dates_print_as_javascript_prints_them() {
        assert_eq!(Value::Date(Some(-1)).to_json(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Value::Date(Some(8_640_000_000_000_000)).to_json(), "+275760-09-13T00:00:00.000Z");
        assert_eq!(Value::Date(None).to_json(), Json::Null);
    }
}
