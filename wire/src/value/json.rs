//! Between [`Value`] and JSON, by the rules of `JSON.stringify` and `JSON.parse`.

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
            Value::Date(Some(ms)) => Json::String(iso(*ms)),
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

/// `2026-11-20T07:23:53.130Z`, with the signed six-digit years of JavaScript outside 0–9999.
fn iso(ms: i64) -> String {
    let (days, in_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ if year < 0 => format!("-{:06}", -year),
        _ => format!("+{year:06}"),
    };
    let (s, ms) = (in_day / 1000, in_day % 1000);
    format!("{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{ms:03}Z", s / 3600, s / 60 % 60, s % 60)
}

/// Year, month and day of a day counted from 1970-01-01. Counts 400-year eras that start on a
/// 1st of March, so that leap days are last in their year (Howard Hinnant, "chrono-compatible
/// low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
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
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_159_433_130, "2026-11-20T07:23:53.130Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
            (-62_198_755_200_000, "-000001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso(ms), text);
        }
    }
}
