//! Which components of the one table (`bowline_schema`) this world keeps as columns, and as what.
//!
//! Nothing is said about a component here that its record does not say. A node type that is not kept is
//! known to scripts and does nothing yet.

use bowline_schema::{Component, Kind, core};
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

/// What all nodes have, then the node types this world keeps.
const KEPT: [&str; 5] = ["transform", "node", "group", "mesh", "prim"];

/// Every component of this build.
#[must_use]
pub fn table() -> Vec<Schema> {
    let records = core::records();
    let components: Vec<Component> =
        records.iter().map(|it| Component::parse(&it.slug, it.version, &it.payload).0).collect();
    let kept = |name: &&str| components.iter().find(|it| it.name() == *name).map(schema);
    KEPT.iter().filter_map(kept).collect()
}

fn schema(component: &Component) -> Schema {
    let field = |it: &bowline_schema::Field| {
        Some(Field { name: it.name.clone(), kind: column(&it.kind)?, default: it.initial() })
    };
    Schema { name: component.name().to_owned(), fields: component.fields.iter().filter_map(field).collect() }
}

/// `None` for what no kept component has yet.
fn column(kind: &Kind) -> Option<FieldKind> {
    Some(match kind {
        Kind::Bool => FieldKind::Bool,
        Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 => FieldKind::Number,
        Kind::Vec3 => FieldKind::Vec3,
        Kind::Quat => FieldKind::Quat,
        Kind::Color | Kind::Enum { .. } | Kind::Text { .. } | Kind::Asset { .. } => FieldKind::Text,
        Kind::List { of, .. } if matches!(**of, Kind::F64) => FieldKind::Numbers,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_kept_component_has_a_column() {
        let table = table();
        assert_eq!(table.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), KEPT);
        for record in core::records() {
            let (component, _) = Component::parse(&record.slug, record.version, &record.payload);
            if let Some(kept) = table.iter().find(|it| it.name == component.name()) {
                assert_eq!(kept.fields.len(), component.fields.len(), "{}", kept.name);
            }
        }
    }
}
