//! [`Value`]: a field's value outside its columns, and how it is spelled in JSON.

use serde_json::Value as Json;

/// A field's value outside its columns.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub enum Value {
    /// Nothing: what an optional field holds when unset, and a number that is none.
    #[default]
    Null,
    /// A number of any width.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Text or a choice.
    Text(String),
    /// Vectors, quaternions, lists of numbers.
    Numbers(Vec<f64>),
    /// Structs, lists of anything else, anything.
    Json(Json),
}

/// Numbers JSON has no word for, as they travel.
const NOT_IN_JSON: [(&str, f64); 3] =
    [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];

/// From here on not every whole number is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Value {
    /// From JSON, where what has no number is spelled `"NaN"`, `"Infinity"`, `"-Infinity"` in lists.
    #[must_use]
    pub fn from_json(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(it) => Value::Bool(*it),
            Json::Number(it) => Value::Number(it.as_f64().unwrap_or(f64::NAN)),
            Json::String(it) => Value::Text(it.clone()),
            Json::Array(list) => {
                let numbers: Option<Vec<f64>> = list.iter().map(number).collect();
                numbers.map_or_else(|| Value::Json(json.clone()), Value::Numbers)
            }
            Json::Object(_) => Value::Json(json.clone()),
        }
    }

    /// The way back: whole numbers without a fraction, what has no number by its word.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Number(it) => number_json(*it),
            Value::Bool(it) => Json::Bool(*it),
            Value::Text(it) => Json::String(it.clone()),
            Value::Numbers(it) => it.iter().map(|it| number_json(*it)).collect(),
            Value::Json(it) => it.clone(),
        }
    }

    /// As a number, if it is one or the word for one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Value::Number(it) => Some(*it),
            Value::Text(word) => named(word),
            _ => None,
        }
    }

    /// As numbers; `null` in a list is none.
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
        match self {
            Value::Numbers(it) => Some(it.clone()),
            Value::Json(Json::Array(list)) => {
                list.iter().map(|it| if it.is_null() { Some(f64::NAN) } else { number(it) }).collect()
            }
            _ => None,
        }
    }
}

fn named(word: &str) -> Option<f64> {
    NOT_IN_JSON.iter().find(|row| row.0 == word).map(|row| row.1)
}

fn number(json: &Json) -> Option<f64> {
    json.as_f64().or_else(|| named(json.as_str()?))
}

fn number_json(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        return Json::from(number as i64);
    }
    let word = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    serde_json::Number::from_f64(number).map_or_else(|| word.into(), Json::Number)
}
