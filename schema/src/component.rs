//! [`Component`]: the schema of one component, read from a record's payload and written back.
//!
//! Reading never fails: what is wrong is part of the answer, each with its pointer. A component with
//! problems is for showing; only one without may enter a [`crate::Snapshot`].

use serde_json::{Map, Value};

use crate::field::{self, Field};
use crate::kind::Place;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::words::{Words, deprecated_json, read_deprecated};

/// What an entity can be made of: named fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The name of its record: `core/component/mesh`.
    pub slug: String,
    /// The version of its record, from 1.
    pub version: u32,
    /// Its name for people.
    pub label: Option<Words>,
    /// One sentence.
    pub doc: Option<Words>,
    /// The name of a picture.
    pub icon: Option<String>,
    /// It still works, and should not be used: what to use instead, or nothing.
    pub deprecated: Option<String>,
    /// In the order they are shown. What they mean does not depend on it.
    pub fields: Vec<Field>,
}

impl Component {
    /// Reads `payload`, the definition of version `version` of `slug`.
    #[must_use]
    pub fn parse(slug: &str, version: u32, payload: &Value) -> (Component, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut reader = Reader::new(payload, "", &mut problems);
        let (label, doc) = (Words::read(&mut reader, "label"), Words::read(&mut reader, "doc"));
        let (icon, deprecated) = (reader.text("icon"), read_deprecated(&mut reader));
        let items = reader.required("fields").map(|_| reader.items("fields")).unwrap_or_default();
        let place = Place { at: reader.at("fields"), depth: 0, slug };
        let fields = field::read_all(items, &place, reader.problems());
        reader.finish();
        (Component { slug: slug.to_owned(), version, label, doc, icon, deprecated, fields }, problems)
    }

    /// The payload that reads as this component.
    #[must_use]
    pub fn to_payload(&self) -> Value {
        let mut json = head_json(self);
        json.insert("fields".to_owned(), self.fields.iter().map(Field::to_json).collect());
        Value::Object(json)
    }

    /// What scripts and other records call it: `mesh`.
    #[must_use]
    pub fn name(&self) -> &str {
        crate::scope::name_of(&self.slug, "component")
    }

    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|it| it.name == name)
    }

    /// What a new entity holds: every field's [`Field::initial`].
    #[must_use]
    pub fn initial(&self) -> Map<String, Value> {
        self.fields.iter().map(|it| (it.name.clone(), it.initial())).collect()
    }
}

/// All of a component's payload but its fields.
pub(crate) fn head_json(component: &Component) -> Map<String, Value> {
    let words = [("label", &component.label), ("doc", &component.doc)];
    let words = words.into_iter().filter_map(|(key, it)| Some((key.to_owned(), it.as_ref()?.to_json())));
    let icon = component.icon.as_deref().map(|it| ("icon".to_owned(), it.into()));
    let deprecated = component.deprecated.as_deref();
    words.chain(icon).chain(deprecated.map(|it| ("deprecated".to_owned(), deprecated_json(it)))).collect()
}
