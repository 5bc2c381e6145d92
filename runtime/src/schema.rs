//! Component schemas: what an entity can be made of, as data read at run time.
//!
//! Node types of scripts (`mesh`, `prim`) are components like any other. The table is in
//! `nodes/*.json`, a file each; a type that has no file is known to scripts but kept nowhere.

use serde::Deserialize;
use serde_json::Value;

/// One component: a name and its fields in order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Schema {
    /// Unique, lower-case: `mesh`.
    pub name: String,
    /// One sentence.
    pub doc: String,
    /// In the order they are stored, hashed and shown.
    pub fields: Vec<Field>,
}

/// One field of a component.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Field {
    /// As scripts call it.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What it holds when nobody says; `null` is the kind's own zero.
    pub default: Value,
    /// `m`, `deg`, `rad`, `s`.
    pub unit: Option<String>,
    /// Smallest and largest sensible value; `null` is unbounded. Not enforced.
    pub range: Option<[Option<f64>; 2]>,
    /// For [`FieldKind::Choice`].
    #[serde(default)]
    pub choices: Vec<Value>,
    /// Whether it may be `null`.
    #[serde(default)]
    pub nullable: bool,
    /// One sentence.
    pub doc: String,
    /// Whether `app.create(type, data)` takes it.
    #[serde(default = "yes")]
    pub created: bool,
}

/// What a field can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// A double.
    Number,
    /// True or false.
    Bool,
    /// Text; a colour, a URL.
    Text,
    /// One of `choices`, kept as text.
    Choice,
    /// Three doubles: x, y, z.
    Vec3,
    /// Four doubles: x, y, z, w.
    Quat,
    /// A list of doubles.
    Numbers,
}

fn yes() -> bool {
    true
}

/// Every component of this build: first what all nodes have, then the node types by name.
#[must_use]
pub fn table() -> Vec<Schema> {
    let files = [
        include_str!("nodes/transform.json"),
        include_str!("nodes/node.json"),
        include_str!("nodes/group.json"),
        include_str!("nodes/mesh.json"),
        include_str!("nodes/prim.json"),
    ];
    let read = |text: &&str| serde_json::from_str(text).expect("the table is compiled in and tested");
    files.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_its_defaults_fit_their_kinds() {
        let mut fields = 0;
        for schema in table() {
            for field in &schema.fields {
                let fits = match field.kind {
                    _ if field.default.is_null() => field.nullable || field.kind == FieldKind::Numbers,
                    FieldKind::Number => field.default.is_number(),
                    FieldKind::Bool => field.default.is_boolean(),
                    FieldKind::Text => field.default.is_string(),
                    FieldKind::Choice => field.choices.contains(&field.default),
                    FieldKind::Vec3 => field.default.as_array().is_some_and(|it| it.len() == 3),
                    FieldKind::Quat => field.default.as_array().is_some_and(|it| it.len() == 4),
                    FieldKind::Numbers => field.default.is_array(),
                };
                assert!(fits, "{}.{}", schema.name, field.name);
                assert!(!field.doc.is_empty(), "{}.{}", schema.name, field.name);
                fields += 1;
            }
        }
        assert!(fields > 30);
    }
}
