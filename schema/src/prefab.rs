//! [`Prefab`]: entities to stamp out, composed of other prefabs, components and children.
//!
//! A prefab overrides field by field, not component by component: what it does not say keeps coming
//! from below, also when that changes later.

use serde_json::{Map, Value};

use crate::problem::{Problem, child};
use crate::reader::{Reader, wrong_type};
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
