//! JSON Schema 2020-12: the object of an entity's components, each with its fields.

use serde_json::{Map, Value, json};

use super::{component_doc, field_doc};
use crate::field::Field;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

pub(super) fn document(snapshot: &Snapshot) -> String {
    let mut definitions = Map::new();
    let mut properties = Map::new();
    for component in snapshot.components() {
        let mut schema = object(&component.fields, snapshot);
        say(&mut schema, "description", component_doc(component, snapshot));
        if component.deprecated.is_some() {
            schema["deprecated"] = true.into();
        }
        let name = component.name().to_owned();
        let pointer = name.replace('~', "~0").replace('/', "~1");
        properties.insert(name.clone(), json!({ "$ref": format!("#/$defs/{pointer}") }));
        definitions.insert(name, schema);
    }
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:bowline:schema:{}", snapshot.hash()),
        "title": "The components of an entity",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": definitions,
    });
    let mut text = serde_json::to_string_pretty(&document).expect("all keys are strings");
    text.push('\n');
    text
}

fn say(schema: &mut Value, key: &str, text: String) {
    if !text.is_empty() {
        schema[key] = text.into();
    }
}

fn object(fields: &[Field], snapshot: &Snapshot) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|it| (it.name.clone(), property(it, snapshot))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn property(field: &Field, snapshot: &Snapshot) -> Value {
    let mut schema = kind(&field.kind, snapshot);
    // Bounds stand where the type says that it is a number: beside a list or a choice they mean nothing.
    let numbers = match &field.kind {
        Kind::F32 | Kind::F64 => &mut schema["anyOf"][0],
        _ if schema.get("items").is_some() => &mut schema["items"],
        _ => &mut schema,
    };
    if field.kind.numbers().is_some() {
        for (key, bound) in [("minimum", field.range.min), ("maximum", field.range.max)] {
            if let Some(bound) = bound {
                numbers[key] = bound.into();
            }
        }
    }
    if field.optional {
        schema = json!({ "anyOf": [schema, { "type": "null" }] });
    }
    say(&mut schema, "description", field_doc(field, snapshot));
    schema["default"] = field.initial();
    if field.deprecated.is_some() {
        schema["deprecated"] = true.into();
    }
    schema
}

fn kind(kind_of: &Kind, snapshot: &Snapshot) -> Value {
    let numbers = |count: usize| json!({ "type": "array", "items": { "type": "number" }, "minItems": count, "maxItems": count });
    match kind_of {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::I32 => json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }),
        Kind::I64 => json!({ "type": "integer" }),
        Kind::F32 | Kind::F64 => {
            json!({ "anyOf": [{ "type": "number" }, { "enum": ["Infinity", "-Infinity"] }] })
        }
        Kind::Vec2 => numbers(2),
        Kind::Vec3 => numbers(3),
        Kind::Vec4 | Kind::Quat => numbers(4),
        Kind::Color | Kind::Text { .. } | Kind::Asset { .. } => json!({ "type": "string" }),
        Kind::Enum { variants } => json!({ "enum": variants }),
        Kind::StringId => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Kind::Entity => json!({ "type": ["string", "null"] }),
        Kind::List { of, max } => {
            let mut schema = json!({ "type": "array", "items": kind(of, snapshot) });
            if let Some(max) = max {
                schema["maxItems"] = (*max).into();
            }
            schema
        }
        Kind::Struct { fields } => object(fields, snapshot),
        Kind::Json => json!({}),
    }
}
