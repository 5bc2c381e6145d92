//! [`Prefab`]: entities to stamp out, composed of other prefabs, components and children.
//!
//! A prefab overrides field by field, not component by component: what it does not say keeps coming
//! from below, also when that changes later.

mod graph;

use serde_json::{Map, Value};

pub use graph::{Edge, Graph, Node, graph};

use crate::check::filled;
use crate::field::Field;
use crate::kind::Kind;
use crate::problem::{Problem, child};
use crate::reader::{Reader, wrong_type};
use crate::snapshot::Snapshot;
use crate::words::{Words, deprecated_json, read_deprecated};

/// What entities are stamped from.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefab {
    /// The name of its record.
    pub slug: String,
    /// The version of its record.
    pub version: u32,
    /// Its name for people.
    pub label: Option<Words>,
    /// One sentence.
    pub doc: Option<Words>,
    /// The name of a picture.
    pub icon: Option<String>,
    /// It still works, and should not be used.
    pub deprecated: Option<String>,
    /// Names of the prefabs it is made from; a later one wins over an earlier.
    pub composes: Vec<String>,
    /// Component → the fields it says itself.
    pub components: Vec<(String, Map<String, Value>)>,
    /// The entities below it.
    pub children: Vec<Child>,
}

/// An entity below a prefab's.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// Unique among its siblings.
    pub name: String,
    /// What it is stamped from.
    pub prefab: String,
}

impl Prefab {
    /// Reads `payload`. Whether what it names exists, only a [`crate::Snapshot`] can say.
    #[must_use]
    pub fn parse(slug: &str, version: u32, payload: &Value) -> (Prefab, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut reader = Reader::new(payload, "", &mut problems);
        let prefab = Prefab {
            slug: slug.to_owned(),
            version,
            label: Words::read(&mut reader, "label"),
            doc: Words::read(&mut reader, "doc"),
            icon: reader.text("icon"),
            deprecated: read_deprecated(&mut reader),
            composes: reader.names("composes"),
            components: read_components(&mut reader),
            children: read_children(&mut reader),
        };
        reader.finish();
        (prefab, problems)
    }

    /// The payload that reads as this prefab.
    #[must_use]
    pub fn to_payload(&self) -> Value {
        let mut json = Map::new();
        let mut say = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                json.insert(key.to_owned(), value);
            }
        };
        let listed = |items: Vec<Value>| (!items.is_empty()).then_some(Value::Array(items));
        say("label", self.label.as_ref().map(Words::to_json));
        say("doc", self.doc.as_ref().map(Words::to_json));
        say("icon", self.icon.as_deref().map(Value::from));
        say("deprecated", self.deprecated.as_deref().map(deprecated_json));
        say("composes", listed(self.composes.iter().map(|it| it.as_str().into()).collect()));
        let components: Map<String, Value> =
            self.components.iter().map(|(name, values)| (name.clone(), values.clone().into())).collect();
        say("components", (!components.is_empty()).then_some(Value::Object(components)));
        let child = |it: &Child| serde_json::json!({ "name": it.name, "prefab": it.prefab });
        say("children", listed(self.children.iter().map(child).collect()));
        Value::Object(json)
    }

    /// What other records call it.
    #[must_use]
    pub fn name(&self) -> &str {
        crate::scope::name_of(&self.slug, "prefab")
    }
}

/// What an entity made from a prefab holds, and what it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// Component → all its fields: the component's own first values, then what prefabs say.
    pub components: Map<String, Value>,
    /// `slug@version` of every prefab that had a say, the base first.
    pub lineage: Vec<String>,
}

/// What an entity made from the prefab `name` holds; `None` if there is none. A base that several
/// compose counts once, where it is named first.
#[must_use]
pub fn stamp(snapshot: &Snapshot, name: &str) -> Option<Stamp> {
    let mut stamp = Stamp { components: Map::new(), lineage: Vec::new() };
    stamp.add(snapshot.prefab(name)?, snapshot);
    Some(stamp)
}

impl Stamp {
    fn add(&mut self, prefab: &Prefab, snapshot: &Snapshot) {
        let identity = format!("{}@{}", prefab.slug, prefab.version);
        // Also what ends it, should a prefab be made from itself: a snapshot reports that, and has it.
        if self.lineage.contains(&identity) {
            return;
        }
        self.lineage.push(identity.clone());
        prefab.composes.iter().filter_map(|it| snapshot.prefab(it)).for_each(|it| self.add(it, snapshot));
        for (name, said) in &prefab.components {
            let Ok(component) = snapshot.component(name) else { continue };
            let known = self.components.entry(name).or_insert_with(|| Value::Object(component.initial()));
            for (field, value) in said {
                if let (Some(it), Value::Object(known)) = (component.field(field), &mut *known) {
                    let below = known.get(field).unwrap_or(&Value::Null);
                    known.insert(field.clone(), patched(below, value, &it.kind));
                }
            }
        }
        // Put in front to end circles; its say comes last.
        self.lineage.retain(|it| *it != identity);
        self.lineage.push(identity);
    }
}

/// `said` over `below`: of a struct, part by part.
fn patched(below: &Value, said: &Value, kind: &Kind) -> Value {
    let (Value::Object(below), Value::Object(said), Kind::Struct { fields }) = (below, said, kind) else {
        return filled(said, kind);
    };
    let part = |it: &Field| match (below.get(&it.name), said.get(&it.name)) {
        (Some(below), Some(said)) => patched(below, said, &it.kind),
        (None, Some(said)) => filled(said, &it.kind),
        (Some(below), None) => below.clone(),
        (None, None) => it.initial(),
    };
    Value::Object(fields.iter().map(|it| (it.name.clone(), part(it))).collect())
}

fn read_components(reader: &mut Reader<'_>) -> Vec<(String, Map<String, Value>)> {
    let at = reader.at("components");
    let mut components = Vec::new();
    for (name, values) in reader.members("components").into_iter().flatten() {
        match values {
            Value::Object(values) => components.push((name.clone(), values.clone())),
            other => reader.problem(wrong_type(&child(&at, name), "an object: field to value", other)),
        }
    }
    components
}

fn read_children(reader: &mut Reader<'_>) -> Vec<Child> {
    let at = reader.at("children");
    let mut children: Vec<Child> = Vec::new();
    for (index, item) in reader.items("children").iter().enumerate() {
        let at = child(&at, index);
        let mut inner = Reader::new(item, &at, reader.problems());
        let (name, prefab) = (inner.required_text("name"), inner.required_text("prefab"));
        if children.iter().any(|it| it.name == name) {
            let message = format!("there is a child `{name}` already");
            let place = inner.at("name");
            inner.problem(Problem::new("duplicate", place, message));
        }
        inner.finish();
        children.push(Child { name, prefab });
    }
    children
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta;
    use crate::scope::{Asking, Entry, RecordKind};
    use crate::snapshot::Snapshot;
    use expect_test::expect;
    use serde_json::json;

    fn snapshot(prefabs: &[(&str, Value)]) -> (Snapshot, String) {
        let fields = json!({"fields": [{"name": "x", "kind": "f32"}, {"name": "y", "kind": "f32", "default": 5},
            {"name": "s", "kind": {"struct": [{"name": "a", "kind": "f32"}, {"name": "b", "kind": "f32"}]}}]});
        let entry = |slug: String, kind, payload| Entry { slug, kind, version: 1, payload };
        let mut entries = vec![entry("core/component/at".to_owned(), RecordKind::Component, fields)];
        let records = prefabs.iter().map(|(name, payload)| (format!("core/prefab/{name}"), payload.clone()));
        entries.extend(records.map(|(slug, payload)| entry(slug, RecordKind::Prefab, payload)));
        let built = Snapshot::build(&entries, &Asking::default());
        let problems = built.problems.iter().map(|(slug, it)| format!("{slug}: {it}\n")).collect();
        (built.snapshot, problems)
    }

    #[test]
    fn what_it_names_has_to_exist_and_to_end() {
        let (_, problems) = snapshot(&[
            ("gate", json!({"composes": ["wal"], "components": {"att": {}, "at": {"z": 1, "x": "far"}}})),
            ("wall", json!({"composes": ["wall"]})),
            (
                "a",
                json!({"children": [{"name": "b", "prefab": "b"}, {"name": "b", "prefab": "c"}], "composes": ["b", "b"]}),
            ),
            ("b", json!({"composes": ["c"]})),
            ("c", json!({"children": [{"name": "b", "prefab": "b"}], "components": {"at": 1}})),
            ("d", json!({"composes": ["e"]})),
            ("e", json!({"composes": ["d"]})),
        ]);
        expect![[r#"
            core/prefab/a: error[duplicate] at /children/1/name: there is a child `b` already
            core/prefab/a: error[duplicate] at /composes/1: `b` is listed twice
            core/prefab/b: error[unknown_prefab] at /composes/0: there is no prefab `c`
            core/prefab/c: error[wrong_type] at /components/at: this is 1
              expected: an object: field to value
            core/prefab/d: error[circular]: `d` is made from itself, by way of `e`
            core/prefab/e: error[circular]: `e` is made from itself, by way of `d`
            core/prefab/gate: error[unknown_component] at /components/att: there is no component `att`
              help: did you mean `at`?
            core/prefab/gate: error[unknown_field] at /components/at/z: `at` has no field `z`
            core/prefab/gate: error[unknown_prefab] at /composes/0: there is no prefab `wal`
              help: did you mean `wall`?
            core/prefab/gate: error[wrong_type] at /components/at/x: this is "far"
              expected: a number of 32 bits
            core/prefab/wall: error[circular]: `wall` is made from itself, by way of `wall`
        "#]]
        .assert_eq(&problems);
    }

    #[test]
    fn fields_are_overridden_one_by_one_and_the_lineage_is_known() {
        let (snapshot, problems) = snapshot(&[
            ("base", json!({"components": {"at": {"x": 1, "y": 1, "s": {"a": 7}}}})),
            ("left", json!({"composes": ["base"], "components": {"at": {"x": 2}}})),
            ("right", json!({"composes": ["base"], "components": {"at": {}}})),
            ("both", json!({"composes": ["left", "right"], "components": {"at": {"y": 9, "s": {"b": 8}}}})),
        ]);
        assert_eq!(problems, "");
        let stamp = stamp(&snapshot, "both").unwrap();
        let shown = json!({ "components": stamp.components, "lineage": stamp.lineage });
        expect![[r#"{"components":{"at":{"x":2,"y":9,"s":{"a":7,"b":8}}},"lineage":["core/prefab/base@1","core/prefab/left@1","core/prefab/right@1","core/prefab/both@1"]}"#]].assert_eq(&shown.to_string());
        assert_eq!(super::stamp(&snapshot, "nobody"), None);
        let lane = meta::entities(&snapshot);
        let composes = lane.iter().filter(|it| it.values.get("kind") == Some(&json!("composes"))).count();
        assert_eq!(composes, 4);
    }
}
