//! [`Value`]: everything a JavaScript peer can put into a message.
//!
//! This is wider than JSON (undefined, dates, sets, standard maps) because a server must see the
//! difference: a key that is present with `undefined` is present. It is not a JavaScript engine;
//! only truthiness and property access are here, since documented checks are phrased in them.

mod json;

/// One decoded value. Numbers have one spelling: an integral number up to 2^53 is always
/// [`Value::Int`], whatever bytes carried it, so `==` means the same number.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// JavaScript `undefined`; also what a missing property reads as.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A fraction, a number beyond 2^53, an infinity or NaN.
    Float(f64),
    /// Text.
    Str(String),
    /// A binary buffer.
    Bytes(Vec<u8>),
    /// A list.
    Array(Vec<Value>),
    /// A plain object: its own keys in order. If a key occurs twice the last one counts.
    Object(Vec<(String, Value)>),
    /// A JavaScript `Map`, which is what a *standard* MessagePack map decodes to. Its entries are
    /// invisible to property access, so a client that sends one is not understood.
    Map(Vec<(Value, Value)>),
    /// A JavaScript `Set`.
    Set(Vec<Value>),
    /// A JavaScript `Error`: the array of its name, message and cause.
    Error(Vec<Value>),
    /// A `Date` in milliseconds since 1970, `None` for an invalid one.
    Date(Option<i64>),
    /// What we carry without reading: typed arrays (0x74), regular expressions (0x78), big
    /// integers (0x42).
    Ext {
        /// The MessagePack extension type.
        kind: u8,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

/// Whole numbers up to here are exact in a double, and therefore in JavaScript.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Value {
    /// The one spelling of `number`. Negative zero becomes zero, as it does on the wire.
    #[must_use]
    pub fn number(number: f64) -> Value {
        if number.trunc() == number && number.abs() <= EXACT {
            // In range by the test above.
            Value::Int(number as i64)
        } else {
            Value::Float(number)
        }
    }

    /// An object of these entries.
    #[must_use]
    pub fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The own property `key` of an object; `None` when it is absent or this is no plain object.
    /// A standard map has no properties, see [`Value::Map`].
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            // From the end: of two equal keys JavaScript keeps the last.
            Value::Object(entries) => entries.iter().rev().find(|(name, _)| name == key).map(|(_, it)| it),
            _ => None,
        }
    }

    /// The property `key`, `undefined` when absent: `value.key` in JavaScript.
    #[must_use]
    pub fn property(&self, key: &str) -> Value {
        self.get(key).cloned().unwrap_or_default()
    }

    /// Whether `if (value)` would be taken in JavaScript.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Value::Undefined | Value::Null | Value::Bool(false) | Value::Int(0) => false,
            Value::Float(number) => !number.is_nan(),
            Value::Str(text) => !text.is_empty(),
            _ => true,
        }
    }

    /// Whether this is `undefined` or `null`.
    #[must_use]
    pub fn is_nullish(&self) -> bool {
        matches!(self, Value::Undefined | Value::Null)
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(it) => Some(*it),
            _ => None,
        }
    }

    /// A number, as JavaScript has it.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a plain object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Value)]> {
        match self {
            Value::Object(entries) => Some(entries),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Str(text)
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Value {
        Value::Bool(it)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::number(number)
    }
}

/// `None` becomes `null`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Value {
        it.map_or(Value::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_spelling() {
        assert_eq!(Value::number(3.0), Value::Int(3));
        assert_eq!(Value::number(-0.0), Value::Int(0));
        assert_eq!(Value::number(0.5), Value::Float(0.5));
        assert_eq!(Value::number(EXACT * 2.0), Value::Float(EXACT * 2.0));
        assert_eq!(Value::number(f64::INFINITY), Value::Float(f64::INFINITY));
    }

    #[test]
    fn a_standard_map_has_no_properties() {
        let map = Value::Map(vec![("code".into(), "secret".into())]);
        assert_eq!(map.property("code"), Value::Undefined);
        let object = Value::object([("code", "old".into()), ("code", "new".into())]);
        assert_eq!(object.property("code"), "new".into());
    }

    #[test]
    fn truthiness_is_that_of_javascript() {
        let falsy =
            [Value::Undefined, Value::Null, false.into(), Value::Int(0), Value::Float(f64::NAN), "".into()];
        assert!(falsy.iter().all(|it| !it.is_truthy()), "{falsy:?}");
        let truthy =
            [Value::Array(vec![]), Value::object([]), "0".into(), Value::Int(-1), Value::Map(vec![])];
        assert!(truthy.iter().all(Value::is_truthy), "{truthy:?}");
    }
}
