//! Projections: one snapshot as text for every language that asks what a component is.
//!
//! Text goes out only: JSON records are the source. (The language server reads the TypeScript it is given
//! here as it reads any file, so that it knows what TypeScript would.) For one
//! snapshot the bytes are the same everywhere; each begins with its hash, so that a cache can tell.

mod dts;
mod jsonschema;
mod lua;
mod luacats;
mod luau;
mod luau_api;
mod luau_globals;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::component::Component;
use crate::field::{Field, Range};
use crate::snapshot::Snapshot;
use crate::strings::LOCALE_DEFAULT;

pub use dts::body as dts_body;

/// A language to project into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// TypeScript declarations: components, nodes and the script API.
    Dts,
    /// JSON Schema 2020-12 of what an entity holds.
    JsonSchema,
    /// Luau types: components, nodes and the script API.
    Luau,
    /// The same with every global declared, for language servers of Luau (`--definitions`).
    LuauDefinitions,
    /// Annotations for Lua language servers.
    LuaCats,
    /// A table of all definitions that any Lua can load.
    Lua,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 6] = [
        Language::Dts,
        Language::JsonSchema,
        Language::Luau,
        Language::LuauDefinitions,
        Language::LuaCats,
        Language::Lua,
    ];

    /// Its word on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Language::Dts => "dts",
            Language::JsonSchema => "jsonschema",
            Language::Luau => "luau",
            Language::LuauDefinitions => "luau-definitions",
            Language::LuaCats => "luacats",
            Language::Lua => "lua",
        }
    }

    /// The language called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Language> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// `snapshot` in `language`.
#[must_use]
pub fn emit(snapshot: &Snapshot, language: Language) -> String {
    match language {
        Language::Dts => dts::types(snapshot),
        Language::JsonSchema => jsonschema::document(snapshot),
        Language::Luau => luau::types(snapshot),
        Language::LuauDefinitions => luau_globals::definitions(snapshot),
        Language::LuaCats => luacats::annotations(snapshot),
        Language::Lua => lua::table(snapshot),
    }
}

fn header(snapshot: &Snapshot, comment: &str) -> String {
    format!("{comment} Schema snapshot {}. Made from records: change those.\n", snapshot.hash())
}

/// Every component with the name of its type; no two have the same.
fn named(snapshot: &Snapshot) -> Vec<(String, &Component)> {
    let mut named: Vec<(String, &Component)> = Vec::new();
    let mut taken = BTreeSet::new();
    for component in snapshot.components() {
        let mut name = type_name(component.name());
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        named.push((name, component));
    }
    named
}

/// `ui/label-text` → `UiLabelTextComponent`. The ending keeps it off every language's own names.
fn type_name(name: &str) -> String {
    let mut text = String::new();
    for word in name.split(['/', '-']) {
        let mut letters = word.chars();
        text.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
    }
    let digit = text.starts_with(|it: char| it.is_ascii_digit());
    format!("{}{text}Component", if digit { "_" } else { "" })
}

/// What is to be said about a component, on one line.
fn component_doc(component: &Component, snapshot: &Snapshot) -> String {
    let doc = component.doc.as_ref().map(|it| snapshot.words(it, LOCALE_DEFAULT));
    one_line(&doc.unwrap_or_default())
}

/// What is to be said about a field, on one line: its sentence, unit and range.
fn field_doc(field: &Field, snapshot: &Snapshot) -> String {
    let doc = field.doc.as_ref().map(|it| snapshot.words(it, LOCALE_DEFAULT));
    let unit = field.unit.as_ref().map(|it| format!("Unit: {it}."));
    let Range { min, max, .. } = field.range;
    let range = match (min, max) {
        (None, None) => None,
        (Some(min), None) => Some(format!("At least {min}.")),
        (None, Some(max)) => Some(format!("At most {max}.")),
        (Some(min), Some(max)) => Some(format!("From {min} to {max}.")),
    };
    one_line(&[doc, unit, range].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `"text"` with the escapes that JavaScript, Luau and Lua agree on.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Three digits always: the next letter may be a digit. JavaScript never gets here.
            _ if letter.is_ascii_control() => out.push_str(&format!("\\{:03}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// A value as JSON on one line, numbers as JavaScript prints them.
fn json_line(value: &Value) -> String {
    bowline_model::canonical::text(value)
}

#[cfg(test)]
mod tests {
    use super::{quoted, type_name};

    #[test]
    fn names_become_names_of_types() {
        let cases = [
            ("door", "DoorComponent"),
            ("ui/label-text", "UiLabelTextComponent"),
            ("9lives", "_9livesComponent"),
        ];
        for (name, wanted) in cases {
            assert_eq!(type_name(name), wanted);
        }
    }

    #[test]
    fn texts_are_quoted_for_three_languages() {
        assert_eq!(quoted("a\"b\\\n\u{1}2é"), "\"a\\\"b\\\\\\n\\0012é\"");
    }
}
