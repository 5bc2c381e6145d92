//! [`carry`]: what an entity holds after a change that was applied.

use serde_json::{Map, Value};

use crate::check::filled;
use crate::component::Component;
use crate::field::Field;
use crate::kind::Kind;

/// What an entity that held `row` of `old` holds of `new`: every value it had, the old defaults of what
/// it did not say (a new default is for new entities), and the new defaults of new fields. A new name
/// of an old field starts with the old field's value.
///
/// Only for changes that are applied does this keep everything.
#[must_use]
pub fn carry(old: &Component, new: &Component, row: &Map<String, Value>) -> Map<String, Value> {
    carry_fields(&old.fields, &new.fields, row)
}

fn carry_fields(old: &[Field], new: &[Field], row: &Map<String, Value>) -> Map<String, Value> {
    new.iter().map(|field| (field.name.clone(), carry_field(old, field, row))).collect()
}

fn carry_field(old: &[Field], field: &Field, row: &Map<String, Value>) -> Value {
    let named = |name: &str| old.iter().find(|it| it.name == name);
    let source = named(&field.name).or_else(|| field.alias_of.as_deref().and_then(named));
    let Some(source) = source else { return field.initial() };
    match row.get(&source.name) {
        None => carry_value(&source.initial(), &source.kind, &field.kind),
        Some(value) => carry_value(value, &source.kind, &field.kind),
    }
}

fn carry_value(value: &Value, old: &Kind, new: &Kind) -> Value {
    match (value, old, new) {
        (Value::Object(row), Kind::Struct { fields: before }, Kind::Struct { fields: after }) => {
            Value::Object(carry_fields(before, after, row))
        }
        (Value::Array(items), Kind::List { of: before, .. }, Kind::List { of: after, .. }) => {
            items.iter().map(|it| carry_value(it, before, after)).collect()
        }
        _ => filled(value, old),
    }
}
