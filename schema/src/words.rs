//! [`Words`]: text for people, written here or named by its id in a string catalog.

use serde_json::Value;

use crate::reader::Reader;

/// A label or a description. An id lets the text change, and be translated, without a new version of
/// the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// As it is shown.
    Text(String),
    /// Its id in the catalogs, from 1.
    Id(u32),
}

impl Words {
    pub(crate) fn read(reader: &mut Reader<'_>, key: &'static str) -> Option<Words> {
        match reader.value(key)? {
            Value::String(text) => Some(Words::Text(text.clone())),
            value => match value.as_u64().and_then(|it| u32::try_from(it).ok()).filter(|id| *id > 0) {
                Some(id) => Some(Words::Id(id)),
                None => {
                    let at = reader.at(key);
                    let expected = "a text, or the id of one in a string catalog";
                    reader.problem(crate::reader::wrong_type(&at, expected, value));
                    None
                }
            },
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Words::Text(text) => text.as_str().into(),
            Words::Id(id) => (*id).into(),
        }
    }
}

/// `deprecated: true`, or a text that says what to use instead. `Some("")` is the bare flag.
pub(crate) fn read_deprecated(reader: &mut Reader<'_>) -> Option<String> {
    match reader.value("deprecated")? {
        Value::Bool(false) => None,
        Value::Bool(true) => Some(String::new()),
        Value::String(instead) => Some(instead.clone()),
        value => {
            let at = reader.at("deprecated");
            reader.problem(crate::reader::wrong_type(&at, "true, or a text that says what to use", value));
            None
        }
    }
}

pub(crate) fn deprecated_json(deprecated: &str) -> Value {
    if deprecated.is_empty() { Value::Bool(true) } else { deprecated.into() }
}
