//! [`Registry`]: schemas compiled to columns, the form a runtime works with.
//!
//! It is compiled from metadata entities and nothing else, so what a tool sees is what runs. It holds
//! no values and no defaults of its own: those stay with the [`Component`].

use bowline_model::Digest;
use serde::Serialize;

use crate::component::Component;
use crate::field::Field;
use crate::kind::Kind;
use crate::meta::{self, MetaEntity, NotASnapshot};
use crate::snapshot::Snapshot;

/// All components of a snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Registry {
    /// Of the snapshot.
    pub hash: Digest,
    /// By slug; the place in the list is the id.
    pub layouts: Vec<Layout>,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// Its place in slug order. Only good for this snapshot.
    pub id: u32,
    /// The name of its record.
    pub slug: String,
    /// What scripts call it.
    pub name: String,
    /// The version of its record.
    pub version: u32,
    /// Bytes of one packed row, a multiple of its alignment.
    pub size: u32,
    /// Its columns, in the order of the fields.
    pub columns: Vec<Column>,
}

/// One column: a field, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// `angle`, `position.x`, `hinge.axis.y`; `key?` says whether the optional field `key` is there.
    pub path: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Where it is in a packed row, in bytes.
    pub offset: u32,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// One byte.
    Bool,
    /// A variant's number, or a text's id.
    U32,
    /// Four bytes.
    I32,
    /// Eight bytes.
    I64,
    /// Four bytes.
    F32,
    /// Eight bytes.
    F64,
    /// Eight bytes: a handle of a value of any length, kept elsewhere.
    Value,
}

impl ColumnKind {
    /// Bytes of one value; also its alignment.
    #[must_use]
    pub fn size(self) -> u32 {
        match self {
            ColumnKind::Bool => 1,
            ColumnKind::U32 | ColumnKind::I32 | ColumnKind::F32 => 4,
            ColumnKind::I64 | ColumnKind::F64 | ColumnKind::Value => 8,
        }
    }
}

impl Registry {
    /// Compiles what `entities` describe.
    ///
    /// # Errors
    /// If they are no snapshot.
    pub fn compile(entities: &[MetaEntity]) -> Result<Registry, NotASnapshot> {
        Ok(Registry::of(&meta::snapshot(entities)?))
    }

    fn of(snapshot: &Snapshot) -> Registry {
        let numbered = (0..).zip(snapshot.components());
        let layouts = numbered.map(|(id, component)| layout(id, component)).collect();
        Registry { hash: snapshot.hash(), layouts }
    }

    /// The component called `name`.
    #[must_use]
    pub fn layout(&self, name: &str) -> Option<&Layout> {
        self.layouts.iter().find(|it| it.name == name)
    }
}

fn layout(id: u32, component: &Component) -> Layout {
    let mut flat = Vec::new();
    component.fields.iter().for_each(|it| flatten(it, "", &mut flat));
    let (mut end, mut align) = (0_u32, 1);
    let mut columns = Vec::with_capacity(flat.len());
    for (path, kind) in flat {
        let offset = end.next_multiple_of(kind.size());
        (end, align) = (offset + kind.size(), align.max(kind.size()));
        columns.push(Column { path, kind, offset });
    }
    let (slug, name, version) = (component.slug.clone(), component.name().to_owned(), component.version);
    Layout { id, slug, name, version, size: end.next_multiple_of(align), columns }
}

fn flatten(field: &Field, above: &str, columns: &mut Vec<(String, ColumnKind)>) {
    let path = format!("{above}{}", field.name);
    if field.optional {
        columns.push((format!("{path}?"), ColumnKind::Bool));
    }
    let one = |kind| vec![(path.clone(), kind)];
    let parts = |letters: &str| -> Vec<(String, ColumnKind)> {
        // Scripts compute in doubles: 32 bits would change what they wrote.
        letters.chars().map(|letter| (format!("{path}.{letter}"), ColumnKind::F64)).collect()
    };
    columns.extend(match &field.kind {
        Kind::Bool => one(ColumnKind::Bool),
        Kind::I32 => one(ColumnKind::I32),
        Kind::I64 => one(ColumnKind::I64),
        Kind::F32 => one(ColumnKind::F32),
        Kind::F64 => one(ColumnKind::F64),
        Kind::Enum { .. } | Kind::StringId => one(ColumnKind::U32),
        Kind::Vec2 => parts("xy"),
        Kind::Vec3 => parts("xyz"),
        Kind::Vec4 | Kind::Quat => parts("xyzw"),
        Kind::Struct { fields } => {
            let inner = format!("{path}.");
            return fields.iter().for_each(|it| flatten(it, &inner, columns));
        }
        _ => one(ColumnKind::Value),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::{Asking, Entry, RecordKind};
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn fields_become_columns_with_offsets() {
        let payload = json!({"fields": [
            {"name": "open", "kind": "bool"},
            {"name": "at", "kind": "vec3"},
            {"name": "state", "kind": {"enum": ["shut", "open"]}},
            {"name": "hinge", "kind": {"struct": [
                {"name": "angle", "kind": "f32", "optional": true},
                {"name": "axis", "kind": {"list": "f32"}},
            ]}},
        ]});
        let slug = "core/component/door".to_owned();
        let entry = Entry { slug, kind: RecordKind::Component, version: 3, payload };
        let snapshot = Snapshot::build(&[entry], &Asking::default()).snapshot;
        let registry = Registry::compile(&meta::entities(&snapshot)).unwrap();
        assert_eq!(registry.hash, snapshot.hash());
        let layout = registry.layout("door").unwrap();
        let lines = layout.columns.iter().map(|it| format!("{:3} {:?} {}\n", it.offset, it.kind, it.path));
        expect![[r#"
            door#0 v3 56
              0 Bool open
              8 F64 at.x
             16 F64 at.y
             24 F64 at.z
             32 U32 state
             36 Bool hinge.angle?
             40 F32 hinge.angle
             48 Value hinge.axis
        "#]]
        .assert_eq(&format!(
            "{}#{} v{} {}\n{}",
            layout.name,
            layout.id,
            layout.version,
            layout.size,
            lines.collect::<String>()
        ));
    }
}
