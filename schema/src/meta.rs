//! Schemas as entities: [`entities`] projects a snapshot into a metadata lane, where it is queried with
//! the same verbs as a game; [`snapshot`] goes back. Nothing is lost on the way, which the hash proves.
//!
//! One entity is the [`SCHEMA`] itself; each record is a [`RECORD`], each field of a component a
//! [`FIELD`]; and what records say of each other are [`RELATION`]s with both ends.

use std::collections::BTreeMap;

use bowline_model::{Digest, canonical};
use serde_json::{Map, Value, json};

use crate::scope::{self, Asking, Entry, Order, RecordKind};
use crate::snapshot::Snapshot;

/// The component of the one entity that holds the hash and the order of scopes.
pub const SCHEMA: &str = "Schema";
/// The component of an entity that is a record.
pub const RECORD: &str = "SchemaEntity";
/// The component of an entity that is a field.
pub const FIELD: &str = "FieldEntity";
/// The component of an entity that joins two others.
pub const RELATION: &str = "Relation";

/// An entity of the metadata lane. It has one component.
#[derive(Debug, Clone, PartialEq)]
pub struct MetaEntity {
    /// From 1, in the order of the list.
    pub id: u32,
    /// [`SCHEMA`], [`RECORD`], [`FIELD`] or [`RELATION`].
    pub component: &'static str,
    /// Its fields.
    pub values: Map<String, Value>,
}

/// Why entities are no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASnapshot {
    /// There is not exactly one [`SCHEMA`].
    #[error("there are {0} Schema entities; there is one")]
    Schemas(usize),
    /// A value is missing or of the wrong type.
    #[error("entity {id} has no good `{field}`")]
    Value {
        /// Its id.
        id: u32,
        /// The field.
        field: &'static str,
    },
    /// They describe another content than the hash names.
    #[error("the entities hash to {found}, and say {said}")]
    Hash {
        /// Of what they describe.
        found: Digest,
        /// As the [`SCHEMA`] has it.
        said: String,
    },
}

/// `snapshot` as entities: the schema, then every record by slug with its fields behind it, then the
/// relations.
#[must_use]
pub fn entities(snapshot: &Snapshot) -> Vec<MetaEntity> {
    let mut lane = Lane::default();
    let order = snapshot.order().names();
    lane.add(SCHEMA, json!({ "hash": snapshot.hash().to_string(), "order": order }));
    for record in snapshot.records() {
        lane.record(&record);
    }
    for (kind, from, to) in relations(snapshot) {
        let find = |(kind, name): End<'_>| lane.records.get(&(kind, name.to_owned())).copied();
        if let (Some(from), Some(to)) = (find(from), find(to)) {
            lane.add(RELATION, json!({ "kind": kind, "from": from, "to": to }));
        }
    }
    lane.entities
}

#[derive(Default)]
struct Lane {
    entities: Vec<MetaEntity>,
    /// Kind and name of every record → its id.
    records: BTreeMap<(RecordKind, String), u32>,
}

impl Lane {
    fn add(&mut self, component: &'static str, values: Value) -> u32 {
        let id = u32::try_from(self.entities.len()).unwrap_or(u32::MAX).saturating_add(1);
        let Value::Object(values) = values else { return id };
        self.entities.push(MetaEntity { id, component, values });
        id
    }

    fn record(&mut self, record: &Entry) {
        let hash = Digest::of(canonical::text(&record.payload).as_bytes()).to_string();
        let mut definition = record.payload.clone();
        let fields = match &mut definition {
            Value::Object(map) if record.kind == RecordKind::Component => map.shift_remove("fields"),
            _ => None,
        };
        let name = scope::name_of(&record.slug, record.kind.name());
        let of = self.add(
            RECORD,
            json!({
                "slug": record.slug, "name": name, "kind": record.kind.name(), "version": record.version,
                "hash": hash, "definition": definition,
            }),
        );
        self.records.insert((record.kind, name.to_owned()), of);
        for field in fields.as_ref().and_then(Value::as_array).into_iter().flatten() {
            let name = field.get("name").cloned().unwrap_or_default();
            self.add(FIELD, json!({ "of": of, "name": name, "definition": field }));
        }
    }
}

type End<'a> = (RecordKind, &'a str);

/// What records say of each other: the word for it, and both ends.
#[must_use]
pub fn relations(snapshot: &Snapshot) -> Vec<(&'static str, End<'_>, End<'_>)> {
    use RecordKind::{Component, Prefab, Profile, System};
    let mut all = Vec::new();
    for prefab in snapshot.prefabs() {
        let from = (Prefab, prefab.name());
        all.extend(prefab.composes.iter().map(|it| ("composes", from, (Prefab, it.as_str()))));
        all.extend(prefab.components.iter().map(|it| ("has", from, (Component, it.0.as_str()))));
        all.extend(prefab.children.iter().map(|it| ("child", from, (Prefab, it.prefab.as_str()))));
    }
    for profile in snapshot.profiles() {
        let from = (Profile, profile.name());
        all.extend(profile.components.iter().map(|it| ("lists", from, (Component, it.as_str()))));
    }
    for system in snapshot.systems() {
        let from = (System, system.name());
        all.extend(system.reads.iter().map(|it| ("reads", from, (Component, it.as_str()))));
        all.extend(system.writes.iter().map(|it| ("writes", from, (Component, it.as_str()))));
    }
    all
}

/// The snapshot that `entities` describe.
///
/// # Errors
/// If they are no snapshot, or another than they say.
pub fn snapshot(entities: &[MetaEntity]) -> Result<Snapshot, NotASnapshot> {
    let schemas: Vec<&MetaEntity> = entities.iter().filter(|it| it.component == SCHEMA).collect();
    let [schema] = schemas[..] else { return Err(NotASnapshot::Schemas(schemas.len())) };
    let names = schema.values.get("order").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let order = Order::named(&names).ok_or(NotASnapshot::Value { id: schema.id, field: "order" })?;
    let records = entities.iter().filter(|it| it.component == RECORD);
    let mut fields: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for it in entities.iter().filter(|it| it.component == FIELD) {
        let ends = (it.values.get("of").and_then(Value::as_u64), it.values.get("definition"));
        if let (Some(of), Some(definition)) = ends {
            fields.entry(of).or_default().push(definition.clone());
        }
    }
    let entries = records.map(|it| entry(it, fields.remove(&it.id.into()).unwrap_or_default()));
    let entries: Vec<Entry> = entries.collect::<Result<_, _>>()?;
    // They were resolved already: all that is left counts.
    let scopes = entries.iter().filter_map(|it| Some(scope::parts(&it.slug)?.1.to_owned())).collect();
    let snapshot = Snapshot::build(&entries, &Asking { scopes, order }).snapshot;
    let said = text(schema, "hash")?;
    let found = snapshot.hash();
    if found.to_string() == said { Ok(snapshot) } else { Err(NotASnapshot::Hash { found, said }) }
}

fn entry(record: &MetaEntity, fields: Vec<Value>) -> Result<Entry, NotASnapshot> {
    let bad = |field| NotASnapshot::Value { id: record.id, field };
    let kind = RecordKind::named(&text(record, "kind")?).ok_or_else(|| bad("kind"))?;
    let version = record.values.get("version").and_then(Value::as_u64);
    let version = version.and_then(|it| u32::try_from(it).ok()).ok_or_else(|| bad("version"))?;
    let mut payload = record.values.get("definition").cloned().ok_or_else(|| bad("definition"))?;
    if kind == RecordKind::Component {
        let map = payload.as_object_mut().ok_or_else(|| bad("definition"))?;
        map.insert("fields".to_owned(), fields.into());
    }
    Ok(Entry { slug: text(record, "slug")?, kind, version, payload })
}

fn text(entity: &MetaEntity, field: &'static str) -> Result<String, NotASnapshot> {
    let text = entity.values.get(field).and_then(Value::as_str).map(str::to_owned);
    text.ok_or(NotASnapshot::Value { id: entity.id, field })
}
