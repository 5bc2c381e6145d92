//! LuaCATS annotations, which Lua language servers read. Classes are exact: a field that is not there
//! is a warning.

use super::luau::key;
use super::{component_doc, field_doc, header, named, quoted};
use crate::field::Field;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

pub(super) fn annotations(snapshot: &Snapshot) -> String {
    let mut out = format!("---@meta\n{}", header(snapshot, "--"));
    for (name, component) in named(snapshot) {
        out.push_str(format!("\n--- {}", component_doc(component, snapshot)).trim_end());
        out.push('\n');
        if component.deprecated.is_some() {
            out.push_str("---@deprecated\n");
        }
        out.push_str(&format!("---@class (exact) {name}\n"));
        for field in &component.fields {
            let doc = field_doc(field, snapshot);
            out.push_str(format!("---@field {} {} {doc}", key(&field.name), field_type(field)).trim_end());
            out.push('\n');
        }
    }
    out.push_str("\n--- Every component by name.\n---@class (exact) ComponentTypes\n");
    for (name, component) in named(snapshot) {
        out.push_str(&format!("---@field {} {name}\n", key(component.name())));
    }
    out
}

fn field_type(field: &Field) -> String {
    let plain = kind_type(&field.kind);
    if field.optional && !plain.ends_with("|nil") { format!("{plain}|nil") } else { plain }
}

fn kind_type(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "boolean".to_owned(),
        Kind::I32 | Kind::I64 | Kind::StringId => "integer".to_owned(),
        Kind::F32 | Kind::F64 => "number".to_owned(),
        Kind::Vec2 | Kind::Vec3 | Kind::Vec4 | Kind::Quat => "number[]".to_owned(),
        Kind::Color | Kind::Text { .. } | Kind::Asset { .. } => "string".to_owned(),
        Kind::Entity => "string|nil".to_owned(),
        Kind::Enum { variants } => variants.iter().map(|it| quoted(it)).collect::<Vec<_>>().join("|"),
        Kind::List { of, .. } => format!("({})[]", kind_type(of)),
        Kind::Struct { fields } => {
            let parts = fields.iter().map(|it| format!("{}: {}", key(&it.name), field_type(it)));
            format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
        }
        Kind::Json => "any".to_owned(),
    }
}
