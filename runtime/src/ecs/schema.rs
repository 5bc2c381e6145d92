//! [`Schema`]: a component as the store keeps it.

use bowline_schema::{Component, Kind, Snapshot};
use serde_json::Value;

/// One component: a name and its fields in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Unique, lower-case: `mesh`.
    pub name: String,
    /// In the order they are stored, hashed and shown.
    pub fields: Vec<Field>,
}

/// One field of a component.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// As scripts call it.
    pub name: String,
    /// What it is kept as.
    pub kind: FieldKind,
    /// What it holds when nobody says; `null` is the kind's own nothing.
    pub default: Value,
}

/// What a field is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A double.
    Number,
    /// True or false.
    Bool,
    /// Text; a colour, a URL, one of some words.
    Text,
    /// Three doubles: x, y, z.
    Vec3,
    /// Four doubles: x, y, z, w.
    Quat,
    /// A list of doubles.
    Numbers,
}

pub(super) fn schemas(snapshot: &Snapshot) -> Vec<Schema> {
    snapshot.components().iter().map(schema).collect()
}

fn schema(component: &Component) -> Schema {
    let field = |it: &bowline_schema::Field| {
        Some(Field { name: it.name.clone(), kind: column(&it.kind)?, default: it.initial() })
    };
    Schema { name: component.name().to_owned(), fields: component.fields.iter().filter_map(field).collect() }
}

/// `None` for what no component with an effect has yet.
fn column(kind: &Kind) -> Option<FieldKind> {
    Some(match kind {
        Kind::Bool => FieldKind::Bool,
        Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 => FieldKind::Number,
        Kind::Vec3 => FieldKind::Vec3,
        Kind::Quat | Kind::Vec4 => FieldKind::Quat,
        Kind::Color | Kind::Enum { .. } | Kind::Text { .. } | Kind::Asset { .. } | Kind::Entity => {
            FieldKind::Text
        }
        Kind::List { of, .. } if matches!(**of, Kind::F64) => FieldKind::Numbers,
        _ => return None,
    })
}
