//! A table any Lua can load: `schema.door.fields.angle.default`. Data first; then `strict.lua`, by which
//! a misspelt name is an error and nothing can be changed, as far as the Lua at hand is able to.

use serde_json::{Map, Value};

use super::luau::key;
use super::{header, quoted};
use crate::component::{Component, head_json};
use crate::snapshot::Snapshot;
use crate::strings::LOCALE_DEFAULT;
use crate::words::Words;

/// What makes the table strict, in any Lua.
const STRICT: &str = include_str!("strict.lua");

/// What a component may say beside its fields: reading one that it does not say gives `nil`.
const COMPONENT_KEYS: [&str; 8] =
    ["slug", "version", "label", "doc", "icon", "deprecated", "order", "fields"];

/// What a field may say.
const FIELD_KEYS: [&str; 14] = [
    "name",
    "kind",
    "default",
    "unit",
    "range",
    "doc",
    "label",
    "hint",
    "order",
    "deprecated",
    "aliasOf",
    "optional",
    "index",
    "unique",
];

/// Components are keys of the table itself; names of components never start with `_`.
pub(super) fn table(snapshot: &Snapshot) -> String {
    let mut out = format!("{}local schema = {{\n", header(snapshot, "--"));
    out.push_str(&format!("\t_hash = {},\n", quoted(&snapshot.hash().to_string())));
    let order = Value::from(snapshot.order().names().to_vec());
    out.push_str(&format!("\t_scopes = {},\n", value(&order)));
    for component in snapshot.components() {
        out.push_str(&format!("\t{} = {{\n", key(component.name())));
        for (name, it) in head(component, snapshot) {
            out.push_str(&format!("\t\t{} = {},\n", key(&name), value(&it)));
        }
        out.push_str("\t\tfields = {\n");
        for field in &component.fields {
            let mut json = field.to_json();
            if let Value::Object(json) = &mut json {
                json.insert("default".to_owned(), field.initial());
                said(json, [("label", &field.label), ("doc", &field.doc)], snapshot);
            }
            out.push_str(&format!("\t\t\t{} = {},\n", key(&field.name), value(&json)));
        }
        out.push_str("\t\t},\n\t},\n");
    }
    out.push_str("}\n");
    for (name, keys) in [("component_keys", &COMPONENT_KEYS[..]), ("field_keys", &FIELD_KEYS[..])] {
        let flags: Vec<String> = keys.iter().map(|it| format!("{it} = true")).collect();
        out.push_str(&format!("local {name} = {{{}}}\n", flags.join(", ")));
    }
    out + STRICT
}

fn head(component: &Component, snapshot: &Snapshot) -> Map<String, Value> {
    let mut head = Map::new();
    head.insert("slug".to_owned(), component.slug.as_str().into());
    head.insert("version".to_owned(), component.version.into());
    head.extend(head_json(component));
    said(&mut head, [("label", &component.label), ("doc", &component.doc)], snapshot);
    // Tables of Lua have no order of their own.
    let order: Vec<&str> = component.fields.iter().map(|it| it.name.as_str()).collect();
    head.insert("order".to_owned(), order.into());
    head
}

/// Lua gets texts, not their ids: the catalogs are part of the same snapshot.
fn said(json: &mut Map<String, Value>, words: [(&str, &Option<Words>); 2], snapshot: &Snapshot) {
    for (name, words) in words {
        if let Some(words) = words {
            json.insert(name.to_owned(), snapshot.words(words, LOCALE_DEFAULT).into());
        }
    }
}

fn value(json: &Value) -> String {
    match json {
        Value::Null => "nil".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(_) => bowline_model::canonical::text(json),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let said = map.iter().filter(|(_, it)| !it.is_null());
            let pairs: Vec<String> =
                said.map(|(name, it)| format!("{} = {}", key(name), value(it))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{COMPONENT_KEYS, FIELD_KEYS, head};
    use crate::{Asking, Component, Entry, RecordKind, Snapshot};
    use serde_json::json;

    #[test]
    fn what_may_be_absent_is_what_could_be_there() {
        let field = json!({"name": "a", "kind": "f32", "default": 1, "unit": "m", "range": {"min": 0}, "doc": "A",
            "label": "A", "hint": "slider", "order": 1, "deprecated": "use b", "optional": true, "index": true,
            "unique": true});
        let (mut renamed, mut old) = (field.clone(), field);
        (renamed["name"], old["aliasOf"]) = ("b".into(), "b".into());
        let payload =
            json!({"label": "A", "doc": "B", "icon": "c", "deprecated": true, "fields": [old, renamed]});
        let (component, problems) = Component::parse("core/component/a", 1, &payload);
        assert_eq!(problems, []);
        let entry =
            Entry { slug: "core/component/a".to_owned(), kind: RecordKind::Component, version: 1, payload };
        let snapshot = Snapshot::build(&[entry], &Asking::default()).snapshot;
        let mut said: BTreeSet<String> = head(&component, &snapshot).into_iter().map(|it| it.0).collect();
        said.insert("fields".to_owned());
        assert_eq!(said, COMPONENT_KEYS.map(str::to_owned).into());
        let field = component.fields[0].to_json();
        let said: BTreeSet<&str> = field.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(said, FIELD_KEYS.into());
    }
}
