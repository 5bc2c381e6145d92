//! Luau types: a module that exports one type per component, and those of the script API. Tables are
//! sealed, so a misspelt field is an error of the type checker.

use super::{component_doc, field_doc, header, named, quoted};
use crate::field::Field;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

pub(super) fn types(snapshot: &Snapshot) -> String {
    let mut out = format!("--!strict\n{}", header(snapshot, "--"));
    for (name, component) in named(snapshot) {
        out.push_str(format!("\n-- {}", component_doc(component, snapshot)).trim_end());
        out.push_str(&format!("\nexport type {name} = {{\n"));
        for field in &component.fields {
            let doc = field_doc(field, snapshot);
            if !doc.is_empty() {
                out.push_str(&format!("\t-- {doc}\n"));
            }
            out.push_str(&format!("\t{}: {},\n", key(&field.name), field_type(field)));
        }
        out.push_str("}\n");
    }
    out.push_str("\n-- Every component by name.\nexport type ComponentTypes = {\n");
    for (name, component) in named(snapshot) {
        out.push_str(&format!("\t{}: {name},\n", key(component.name())));
    }
    out.push_str("}\n");
    out.push_str(&super::luau_api::types(snapshot));
    out.push_str(&format!("\nreturn table.freeze({{ hash = {} }})\n", quoted(&snapshot.hash().to_string())));
    out
}

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// A key of a table or table type: bare if Lua takes it so.
pub(super) fn key(name: &str) -> String {
    let plain = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    if plain && !KEYWORDS.contains(&name) { name.to_owned() } else { format!("[{}]", quoted(name)) }
}

fn field_type(field: &Field) -> String {
    match (&field.kind, field.optional) {
        (Kind::Entity | Kind::Json, _) | (_, false) => kind_type(&field.kind),
        (Kind::Enum { .. }, true) => format!("({})?", kind_type(&field.kind)),
        (kind, true) => format!("{}?", kind_type(kind)),
    }
}

fn kind_type(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "boolean".to_owned(),
        Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 | Kind::StringId => "number".to_owned(),
        // Handles give them taken apart; a list of numbers is as good when they are set.
        Kind::Vec2 => "{ x: number, y: number }".to_owned(),
        Kind::Vec3 => "Vector3".to_owned(),
        Kind::Vec4 => "{ x: number, y: number, z: number, w: number }".to_owned(),
        Kind::Quat => "Quaternion".to_owned(),
        Kind::Color | Kind::Text { .. } | Kind::Asset { .. } => "string".to_owned(),
        Kind::Entity => "string?".to_owned(),
        Kind::Enum { variants } => variants.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(" | "),
        Kind::List { of, .. } => format!("{{ {} }}", kind_type(of)),
        Kind::Struct { fields } => {
            let parts = fields.iter().map(|it| format!("{}: {}", key(&it.name), field_type(it)));
            format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
        }
        Kind::Json => "any".to_owned(),
    }
}
