//! [`Reach`]: what one script can do with entities and components, whatever engine it runs in.
//!
//! It reads the world as it was when the tick began, under what the script itself has changed since;
//! changes are collected and come into the world after all scripts have run. Everything a script says
//! is held against the schemas here and now, so that a mistake is thrown where it is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_schema::check::{check_field, check_values};
use bowline_schema::nearest::did_you_mean;
use bowline_schema::{Component, Kind, Problem, Snapshot, meta, prefab};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::Storage;
use super::source::Source;
use crate::definitions::Definitions;
use crate::ecs::{ComponentId, Ecs, Entity, Lineage, Value};
use crate::physics::{Answer, Ask, Held, Space};

/// The world as scripts read it in one tick.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) ecs: Ecs,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) roots: Arc<Roots>,
    pub(crate) storage: Arc<Storage>,
    pub(crate) space: Arc<Space>,
    pub(crate) held: Arc<Held>,
}

/// Apps' own entities, by the ids the world knows them by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    entities: BTreeMap<String, Entity>,
    ids: BTreeMap<Entity, String>,
}

impl<'a> FromIterator<(&'a str, Entity)> for Roots {
    fn from_iter<I: IntoIterator<Item = (&'a str, Entity)>>(all: I) -> Roots {
        let mut roots = Roots::default();
        all.into_iter().for_each(|(id, entity)| roots.insert(id, entity));
        roots
    }
}

impl Roots {
    pub(crate) fn insert(&mut self, id: &str, entity: Entity) {
        self.entities.insert(id.to_owned(), entity);
        self.ids.insert(entity, id.to_owned());
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(entity) = self.entities.remove(id) {
            self.ids.remove(&entity);
        }
    }

    /// The entity called `id`: an app's own, or any by its name in the store.
    pub(crate) fn entity(&self, id: &str) -> Option<Entity> {
        self.entities.get(id).copied().or_else(|| id.parse().ok())
    }

    /// What scripts call `entity`.
    pub(crate) fn id(&self, entity: Entity) -> String {
        self.ids.get(&entity).cloned().unwrap_or_else(|| entity.to_string())
    }

    /// The app's entity that `entity` is the root of.
    pub(crate) fn owner(&self, entity: Entity) -> Option<&str> {
        self.ids.get(&entity).map(String::as_str)
    }
}

/// Whom a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Target {
    Known(Entity),
    /// The script spawned it in this hook: the how-manieth.
    New(u32),
}

/// Something a script wants changed in the world. It was good when it was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Change {
    Spawn { prefab: String, overrides: Map<String, Json> },
    Despawn { target: Target },
    Add { target: Target, component: String, values: Map<String, Json> },
    Remove { target: Target, component: String },
    Set { target: Target, component: String, field: String, value: Json },
}

/// What the script itself has made of an entity in this hook.
#[derive(Debug, Default)]
struct Own {
    gone: bool,
    /// Of one it spawned.
    lineage: Option<Lineage>,
    components: BTreeMap<String, Patch>,
}

#[derive(Debug)]
enum Patch {
    Removed,
    /// It was not there: these are all fields that are not their first values.
    Added(BTreeMap<String, Value>),
    Written(BTreeMap<String, Value>),
}

/// The names the metadata lane is made of.
const META: [&str; 4] = [meta::SCHEMA, meta::RECORD, meta::FIELD, meta::RELATION];

/// What every app's entity and node is made of; without it the world would lose it.
const STRUCTURAL: [&str; 2] = ["node", "transform"];

/// One per realm; has a view while a batch runs, and what one instance has changed while its hook does.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    view: Option<Arc<dyn Source>>,
    own: BTreeMap<Target, Own>,
    changes: Vec<Change>,
    spawned: u32,
}

type Found<T> = Result<T, Problem>;

impl Reach {
    /// A batch begins.
    pub(crate) fn open(&mut self, view: &Arc<dyn Source>) {
        *self = Reach { view: Some(Arc::clone(view)), ..Reach::default() };
    }

    /// Whether a hook wants anything changed.
    pub(crate) fn has_changes(&self) -> bool {
        !self.own.is_empty()
    }

    /// A hook is over: what it wants changed, in the order it said so.
    pub(crate) fn take(&mut self) -> Vec<Change> {
        if self.own.is_empty() {
            return Vec::new();
        }
        self.own.clear();
        self.spawned = 0;
        std::mem::take(&mut self.changes)
    }

    /// The batch is over. The view is let go, so that the world is the only one who holds its columns
    /// when it changes them.
    pub(crate) fn close(&mut self) {
        *self = Reach::default();
    }

    /// What `world.get` finds: JSON.
    pub(crate) fn stored(&self, key: &str) -> Option<Arc<str>> {
        self.view.as_ref()?.stored(key)
    }

    /// What there is to say of bodies; `app` is whose nodes the question names.
    pub(crate) fn ask(&self, app: &str, ask: &Ask) -> Answer {
        self.view.as_ref().map_or(Answer::Nothing, |it| it.ask(app, ask))
    }

    pub(crate) fn view(&self) -> Found<&dyn Source> {
        self.view.as_deref().ok_or_else(|| problem("no_world", "the script is not running"))
    }

    fn component(&self, name: &str) -> Found<&Component> {
        if META.contains(&name) {
            let what = format!("`{name}` describes the world's schemas, which scripts only read");
            return Err(problem("meta_read_only", what).help("world.schema(name) reads them"));
        }
        self.view()?.definitions().snapshot().component(name)
    }

    fn living(&self, target: Target) -> Found<()> {
        let gone = || Err(problem("entity_gone", format!("{} is gone", self.id(target))));
        if self.own.get(&target).is_some_and(|it| it.gone) {
            return gone();
        }
        match target {
            Target::Known(entity) if !self.view()?.alive(entity) => gone(),
            Target::Known(_) | Target::New(_) => Ok(()),
        }
    }

    /// What scripts call it; what was spawned in this hook has no name yet.
    pub(crate) fn id(&self, target: Target) -> String {
        match (target, &self.view) {
            (Target::Known(entity), Some(view)) => view.id(entity),
            (Target::Known(entity), None) => entity.to_string(),
            (Target::New(number), _) => format!("+{number}"),
        }
    }

    /// Whom `id` names; `None` if there is nobody.
    pub(crate) fn target(&self, id: &str) -> Option<Target> {
        let target = match id.strip_prefix('+') {
            Some(number) => Target::New(number.parse().ok().filter(|it| *it < self.spawned)?),
            None => Target::Known(self.view.as_ref()?.entity(id)?),
        };
        self.living(target).is_ok().then_some(target)
    }

    /// As [`Reach::target`], for a handle the script holds.
    pub(crate) fn held(&self, id: &str) -> Found<Target> {
        self.target(id).ok_or_else(|| problem("entity_gone", format!("`{id}` is gone, or never was")))
    }

    /// Everybody who has all of `names`: by table and row, then those the script has changed itself.
    pub(crate) fn query(&self, names: &[String]) -> Found<Vec<Target>> {
        for name in names {
            self.component(name)?;
        }
        let view = self.view()?;
        let components: Vec<ComponentId> =
            names.iter().filter_map(|it| view.definitions().component(it)).collect();
        let stored = view.query(&components);
        let mut found: Vec<Target> = stored.into_iter().map(Target::Known).collect();
        // What the script itself has changed since.
        let touched: Vec<Target> = self.own.keys().copied().collect();
        found.retain(|it| !self.own.contains_key(it));
        let all = |it: &Target| names.iter().all(|name| self.has(*it, name) == Ok(true));
        found.extend(touched.into_iter().filter(|it| self.living(*it).is_ok() && all(it)));
        Ok(found)
    }

    /// Whether it has the component.
    pub(crate) fn has(&self, target: Target, name: &str) -> Found<bool> {
        self.component(name)?;
        let own = self.own.get(&target);
        if own.is_some_and(|it| it.gone) {
            return Ok(false);
        }
        match own.and_then(|it| it.components.get(name)) {
            Some(Patch::Removed) => Ok(false),
            Some(Patch::Added(_) | Patch::Written(_)) => Ok(true),
            None => {
                let Target::Known(entity) = target else { return Ok(false) };
                let view = self.view()?;
                Ok(view.definitions().component(name).is_some_and(|it| view.has(entity, it)))
            }
        }
    }

    /// The names of a component's fields.
    pub(crate) fn fields(&self, name: &str) -> Found<Vec<String>> {
        Ok(self.component(name)?.fields.iter().map(|it| it.name.clone()).collect())
    }

    /// How a field is taken apart, if it is a vector: `vec2`, `vec3`, `vec4`, `quat`.
    pub(crate) fn shape(&self, name: &str, field: &str) -> Option<&'static str> {
        match self.component(name).ok()?.field(field)?.kind {
            Kind::Vec2 => Some("vec2"),
            Kind::Vec3 => Some("vec3"),
            Kind::Vec4 => Some("vec4"),
            Kind::Quat => Some("quat"),
            _ => None,
        }
    }

    /// The value of a field.
    pub(crate) fn read(&self, target: Target, name: &str, field: &str) -> Found<Value> {
        let component = self.component(name)?;
        let known = component.field(field).ok_or_else(|| unknown_field(component, field))?;
        self.living(target)?;
        let patch = self.own.get(&target).and_then(|it| it.components.get(name));
        let stored = |entity| {
            let view = self.view()?;
            let value = view.definitions().component(name).and_then(|it| view.value(entity, it, field));
            value.ok_or_else(|| self.lacks(target, name))
        };
        match (patch, target) {
            (Some(Patch::Added(values) | Patch::Written(values)), _) if values.contains_key(field) => {
                Ok(values[field].clone())
            }
            (Some(Patch::Added(_)), _) => Ok(Value::from_json(&known.initial())),
            (Some(Patch::Removed), _) | (None, Target::New(_)) => Err(self.lacks(target, name)),
            (_, Target::Known(entity)) => stored(entity),
            (Some(Patch::Written(_)), Target::New(_)) => Ok(Value::from_json(&known.initial())),
        }
    }

    /// Writes a field.
    pub(crate) fn write(&mut self, target: Target, name: &str, field: &str, value: Json) -> Found<()> {
        let component = self.component(name)?;
        let known = component.field(field).ok_or_else(|| unknown_field(component, field))?;
        if let Some(it) = check_field(&value, known).into_iter().next() {
            return Err(it.below(&format!("/{name}/{field}")));
        }
        if !self.has(target, name)? {
            return Err(self.lacks(target, name));
        }
        let patches = &mut self.own.entry(target).or_default().components;
        let patch = patches.entry(name.to_owned()).or_insert_with(|| Patch::Written(BTreeMap::new()));
        if let Patch::Added(values) | Patch::Written(values) = patch {
            values.insert(field.to_owned(), Value::from_json(&value));
        }
        let (component, field) = (name.to_owned(), field.to_owned());
        self.changes.push(Change::Set { target, component, field, value });
        Ok(())
    }

    /// Gives it a component, or writes `values` into the one it has.
    pub(crate) fn add(&mut self, target: Target, name: &str, values: Map<String, Json>) -> Found<()> {
        let component = self.component(name)?;
        if let Some(it) = check_values(&values, component).into_iter().next() {
            return Err(it.below(&format!("/{name}")));
        }
        self.living(target)?;
        let has = self.has(target, name)?;
        let patches = &mut self.own.entry(target).or_default().components;
        let said = values.iter().map(|(field, it)| (field.clone(), Value::from_json(it)));
        match patches.get_mut(name) {
            Some(Patch::Added(known) | Patch::Written(known)) => known.extend(said),
            _ if has => drop(patches.insert(name.to_owned(), Patch::Written(said.collect()))),
            _ => drop(patches.insert(name.to_owned(), Patch::Added(said.collect()))),
        }
        self.changes.push(Change::Add { target, component: name.to_owned(), values });
        Ok(())
    }

    /// Takes a component away; one it has not is no error.
    pub(crate) fn remove(&mut self, target: Target, name: &str) -> Found<()> {
        self.component(name)?;
        self.living(target)?;
        if STRUCTURAL.contains(&name) && self.has(target, "node")? {
            return Err(problem("component_in_use", format!("an app's node cannot be without `{name}`")));
        }
        let patches = &mut self.own.entry(target).or_default().components;
        patches.insert(name.to_owned(), Patch::Removed);
        self.changes.push(Change::Remove { target, component: name.to_owned() });
        Ok(())
    }

    /// Makes an entity. Its real name is known after the tick.
    pub(crate) fn spawn(&mut self, name: &str, overrides: Map<String, Json>) -> Found<Target> {
        let snapshot = self.view()?.definitions().snapshot();
        let Some(stamp) = prefab::stamp(snapshot, name) else {
            let known: Vec<&str> = snapshot.prefabs().iter().map(bowline_schema::Prefab::name).collect();
            let found = problem("unknown_prefab", format!("there is no prefab `{name}`"));
            return Err(Problem { help: did_you_mean(name, known), ..found });
        };
        let mut own = Own { lineage: lineage(snapshot, name), ..Own::default() };
        for (component, values) in &stamp.components {
            let values = values.as_object().into_iter().flatten();
            let values = values.map(|(field, it)| (field.clone(), Value::from_json(it))).collect();
            own.components.insert(component.clone(), Patch::Added(values));
        }
        for (component, values) in &overrides {
            let at = format!("/{component}");
            let Json::Object(values) = values else {
                return Err(problem("wrong_type", "overrides are component to field to value").below(&at));
            };
            if let Some(it) = check_values(values, self.component(component)?).into_iter().next() {
                return Err(it.below(&at));
            }
            let patch = own.components.entry(component.clone());
            if let Patch::Added(known) = patch.or_insert_with(|| Patch::Added(BTreeMap::new())) {
                known.extend(values.iter().map(|(field, it)| (field.clone(), Value::from_json(it))));
            }
        }
        let target = Target::New(self.spawned);
        self.spawned += 1;
        self.own.insert(target, own);
        self.changes.push(Change::Spawn { prefab: name.to_owned(), overrides });
        Ok(target)
    }

    /// Takes an entity away; one that is gone is no error.
    pub(crate) fn despawn(&mut self, target: Target) -> Found<()> {
        if self.living(target).is_err() {
            return Ok(());
        }
        if self.has(target, "node")? {
            let found = problem("entity_in_use", format!("`{}` belongs to an app", self.id(target)));
            return Err(found.help("scripts despawn what was spawned from a prefab"));
        }
        self.own.entry(target).or_default().gone = true;
        self.changes.push(Change::Despawn { target });
        Ok(())
    }

    /// A component's definition, with every field's first value.
    pub(crate) fn schema(&self, name: &str) -> Found<Json> {
        let snapshot = self.view()?.definitions().snapshot();
        let component = snapshot.component(name)?;
        let mut json = component.to_payload();
        let fields = json.get_mut("fields").and_then(Json::as_array_mut).into_iter().flatten();
        for (said, field) in fields.zip(&component.fields) {
            if let Some(said) = said.as_object_mut() {
                said.insert("default".to_owned(), field.initial());
            }
        }
        if let Json::Object(map) = &mut json {
            map.insert("slug".to_owned(), json!(component.slug));
            map.insert("name".to_owned(), json!(component.name()));
            map.insert("version".to_owned(), json!(component.version));
        }
        Ok(json)
    }

    /// What it was made from: `{prefab, version, parents}`, or `null`.
    pub(crate) fn lineage(&self, target: Target) -> Found<Json> {
        let found = match target {
            Target::Known(entity) => self.view()?.lineage(entity),
            Target::New(_) => self.own.get(&target).and_then(|it| it.lineage.clone()),
        };
        let shown =
            |it: Lineage| json!({ "prefab": it.prefab, "version": it.version, "parents": it.parents });
        Ok(found.map_or(Json::Null, shown))
    }

    fn lacks(&self, target: Target, name: &str) -> Problem {
        problem("component_missing", format!("`{}` has no `{name}`", self.id(target)))
    }
}

/// What an entity made from the prefab `name` comes from.
pub(crate) fn lineage(snapshot: &Snapshot, name: &str) -> Option<Lineage> {
    let (prefab, stamp) = (snapshot.prefab(name)?, prefab::stamp(snapshot, name)?);
    Some(Lineage { prefab: prefab.slug.clone(), version: prefab.version, parents: stamp.lineage })
}

fn problem(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(code, "", message)
}

fn unknown_field(component: &Component, field: &str) -> Problem {
    let found = problem("unknown_field", format!("`{}` has no field `{field}`", component.name()));
    Problem { help: did_you_mean(field, component.fields.iter().map(|it| it.name.as_str())), ..found }
}
