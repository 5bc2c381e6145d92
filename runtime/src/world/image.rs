//! [`Image`]: all that a world keeps, at one moment: taken in no time, written down elsewhere, put
//! back into this world or another.
//!
//! What a script holds in its own memory is not in it: scripts start again, with `app.state` and what
//! they store as they left it. Their nodes stay until then, so that the state is the same to the bit.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use bowline_model::Digest;
use bowline_schema::change;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::define::loses_nothing;
use super::entities::{Entities, Placed};
use super::instance::Instance;
use super::plan::Plan;
use super::program::Program;
use super::{Parts, Seed, World};
use crate::clock::Clock;
use crate::definitions::Definitions;
use crate::ecs::{self, Ecs, Unreadable};
use crate::physics::Space;
use crate::player::Players;
use crate::script::{Event, Storage};

/// What a world kept, and will keep.
#[derive(Debug, Clone)]
pub struct Image {
    seed: Seed,
    kept: Kept,
    blueprints: Arc<BTreeMap<String, Map<String, Value>>>,
    scripts: BTreeMap<String, Script>,
    /// What systems hear in the next tick.
    emitted: Vec<Event>,
}

/// What the state hash is of.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    tick: u64,
    /// The hash of the definitions.
    definitions: Digest,
    ecs: Ecs,
    entities: Arc<Entities>,
    storage: Arc<Storage>,
    space: Arc<Space>,
    players: Arc<Players>,
}

/// How often a script was started, and its nodes.
#[derive(Debug, Clone)]
struct Script {
    starts: u64,
    nodes: BTreeMap<u32, ecs::Entity>,
}

/// Which form an image is written in. Another number is not read.
const FORM: u64 = 1;

impl World {
    /// All that this world keeps. Nothing is copied: whoever writes first pays for a column.
    #[must_use]
    pub fn save(&self) -> Image {
        let script = |it: &Instance| Script { starts: it.starts, nodes: it.nodes.clone() };
        Image {
            seed: self.seed,
            kept: self.kept(),
            blueprints: Arc::clone(&self.blueprints),
            scripts: self.instances.iter().map(|(id, it)| (id.clone(), script(it))).collect(),
            emitted: self.emitted.clone(),
        }
    }

    fn kept(&self) -> Kept {
        Kept {
            tick: self.clock.0,
            definitions: self.definitions.hash(),
            ecs: self.ecs.clone(),
            entities: Arc::clone(&self.entities),
            storage: Arc::clone(&self.storage),
            space: Arc::clone(self.physics.space()),
            players: Arc::clone(&self.people.players),
        }
    }

    /// Becomes what `image` says: afterwards [`World::state_hash`] is what it was, if the definitions
    /// are the same. Those of the world stay; what they added since reads its defaults. Scripts and
    /// systems start again in the next tick. Steps that wait still wait.
    ///
    /// # Errors
    /// [`Unreadable::Changed`] if something in it has no place in the definitions. Nothing has changed
    /// then.
    pub fn restore(&mut self, image: &Image) -> Result<(), Unreadable> {
        let mut ecs = image.kept.ecs.clone();
        if image.kept.definitions != self.definitions.hash() {
            fits(&ecs, &self.definitions)?;
        }
        ecs.define(&self.definitions).map_err(|it| Unreadable::Changed(it.to_string()))?;
        let running: Vec<String> = self.instances.keys().cloned().collect();
        running.iter().for_each(|it| self.stop(it));
        self.programs.values_mut().for_each(Program::empty);
        (self.seed, self.clock) = (image.seed, Clock(image.kept.tick));
        (self.parts, self.ecs) = (Parts::of(&ecs), ecs);
        self.entities = Arc::clone(&image.kept.entities);
        self.blueprints = Arc::clone(&image.blueprints);
        self.storage = Arc::clone(&image.kept.storage);
        self.physics.restore(&image.kept.space);
        self.people.players = Arc::clone(&image.kept.players);
        self.roots = Arc::new(self.entities.iter().map(|(id, it)| (id.as_str(), it.root)).collect());
        self.emitted.clone_from(&image.emitted);
        self.instances = self
            .entities
            .iter()
            .map(|(id, it)| (id.clone(), self.begun(it, image.scripts.get(id))))
            .collect();
        let ids: Vec<String> = self.instances.keys().cloned().collect();
        ids.iter().for_each(|it| self.enlist(it));
        // What they keep in variables is not part of the image.
        self.start_systems();
        Ok(())
    }

    fn begun(&self, placed: &Placed, script: Option<&Script>) -> Instance {
        let blueprint = placed.blueprint();
        let instance =
            Instance::new(blueprint, Plan::of(blueprint, placed.row.get("props"), &self.blueprints));
        match script {
            Some(script) => Instance { starts: script.starts, nodes: script.nodes.clone(), ..instance },
            None => instance,
        }
    }
}

/// Whether nothing in `ecs` loses or changes its meaning under `definitions`.
fn fits(ecs: &Ecs, definitions: &Definitions) -> Result<(), Unreadable> {
    let facts = ecs.facts(definitions.snapshot());
    for (name, live) in &facts.components {
        let changed = |it: String| Unreadable::Changed(format!("{name}: {it}"));
        let Some(old) = ecs.component(name).map(|it| &ecs.layout(it).component) else { continue };
        let new = definitions.snapshot().component(name).map_err(|it| changed(it.message))?;
        if old.fields == new.fields {
            continue;
        }
        // Versions count the edits of one store; an image may come from another.
        let new = bowline_schema::Component { version: old.version, ..new.clone() };
        let verdict = change::compare(old, &new, live);
        if !loses_nothing(&verdict) {
            return Err(changed(verdict.reasons.join("; ")));
        }
    }
    Ok(())
}

/// The digest of what is kept.
pub(super) struct Hashed<'a> {
    pub(super) tick: u64,
    pub(super) definitions: Digest,
    pub(super) ecs: &'a Ecs,
    pub(super) entities: &'a Entities,
    pub(super) storage: &'a Storage,
    pub(super) space: &'a Space,
    pub(super) players: &'a Players,
}

impl Hashed<'_> {
    pub(super) fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(self.tick.to_le_bytes());
        hasher.update(self.definitions.bytes());
        hasher.update(self.ecs.state_hash().bytes());
        let mut add = |key: &str, value: &str| {
            hasher.update((key.len() as u64).to_le_bytes());
            hasher.update(key);
            hasher.update((value.len() as u64).to_le_bytes());
            hasher.update(value);
        };
        for (key, value) in self.storage {
            add(key, value);
        }
        for player in self.players.iter() {
            add(&player.id, &json!(player).to_string());
        }
        if let Some(hash) = self.space.hash() {
            hasher.update(hash.to_le_bytes());
        }
        hasher.update(self.entities.digest());
        Digest::from_bytes(hasher.finalize().into())
    }
}

impl Image {
    /// The tick it was taken after.
    #[must_use]
    pub fn tick(&self) -> u64 {
        self.kept.tick
    }

    /// The hash of the definitions it was taken under.
    #[must_use]
    pub fn definitions(&self) -> Digest {
        self.kept.definitions
    }

    /// Its entities and their components.
    #[must_use]
    pub fn ecs(&self) -> &Ecs {
        &self.kept.ecs
    }

    /// The app entities as the world had them, run-time state and all, by id.
    pub fn entities(&self) -> impl Iterator<Item = (&str, &Map<String, Value>)> {
        self.kept.entities.iter().map(|(id, it)| (id.as_str(), &*it.row))
    }

    /// [`World::state_hash`] when it was taken.
    #[must_use]
    pub fn state_hash(&self) -> Digest {
        let Kept { tick, definitions, ecs, entities, storage, players, space } = &self.kept;
        let (tick, definitions) = (*tick, *definitions);
        Hashed { tick, definitions, ecs, entities, storage, players, space }.digest()
    }

    /// As one value, to be kept as the payload of a record.
    #[must_use]
    pub fn encode(&self) -> Value {
        let placed = |(id, it): (&String, &Placed)| {
            (id.clone(), json!({ "row": *it.row, "root": it.root.to_string() }))
        };
        let script = |(id, it): (&String, &Script)| {
            let nodes = it.nodes.iter().map(|(at, it)| (at.to_string(), Value::from(it.to_string())));
            (id.clone(), json!({ "starts": it.starts, "nodes": nodes.collect::<Map<_, _>>() }))
        };
        let stored = |(key, text): (&String, &Arc<str>)| (key.clone(), Value::from(&**text));
        let blueprint = |(id, it): (&String, &Map<String, Value>)| (id.clone(), Value::Object(it.clone()));
        json!({
            "form": FORM,
            "tick": self.kept.tick,
            "seed": self.seed.seed,
            "definitions": self.kept.definitions.to_string(),
            "stateHash": self.state_hash().to_string(),
            "ecs": self.kept.ecs.encode(),
            "entities": self.kept.entities.iter().map(placed).collect::<Map<_, _>>(),
            "scripts": self.scripts.iter().map(script).collect::<Map<_, _>>(),
            "storage": self.kept.storage.iter().map(stored).collect::<Map<_, _>>(),
            "physics": self.kept.space.hash().map(|_| BASE64.encode(self.kept.space.encode())),
            "players": *self.kept.players,
            "emitted": self.emitted.iter().map(told).collect::<Vec<_>>(),
            "blueprints": self.blueprints.iter().map(blueprint).collect::<Map<_, _>>(),
        })
    }

    /// What [`Image::encode`] made.
    ///
    /// # Errors
    /// If it is not that, or not all of it.
    pub fn decode(json: &Value) -> Result<Image, Unreadable> {
        let part = |name: &str| Unreadable::Part(name.to_owned());
        let number = |name: &str| json.get(name).and_then(Value::as_u64).ok_or_else(|| part(name));
        let text = |name: &str| json.get(name).and_then(Value::as_str).ok_or_else(|| part(name));
        let map = |name: &str| json.get(name).and_then(Value::as_object).ok_or_else(|| part(name));
        if number("form")? != FORM {
            return Err(part("form"));
        }
        let ecs = Ecs::decode(json.get("ecs").ok_or_else(|| part("ecs"))?)?;
        let kept = Kept {
            tick: number("tick")?,
            definitions: text("definitions")?.parse().map_err(|_| part("definitions"))?,
            ecs,
            entities: Arc::new(entities(map("entities")?).ok_or_else(|| part("entities"))?),
            storage: Arc::new(
                all(map("storage")?, |it| Some(Arc::from(it.as_str()?))).ok_or_else(|| part("storage"))?,
            ),
            space: Arc::new(space(json.get("physics")).ok_or_else(|| part("physics"))?),
            players: Arc::new(players(json).ok_or_else(|| part("players"))?),
        };
        let blueprints =
            all(map("blueprints")?, |it| it.as_object().cloned()).ok_or_else(|| part("blueprints"))?;
        let scripts = all(map("scripts")?, script).ok_or_else(|| part("scripts"))?;
        let emitted = json.get("emitted").and_then(Value::as_array).ok_or_else(|| part("emitted"))?;
        let emitted = emitted.iter().map(heard).collect::<Option<_>>().ok_or_else(|| part("emitted"))?;
        let seed = Seed { seed: number("seed")? };
        let image = Image { seed, kept, blueprints: Arc::new(blueprints), scripts, emitted };
        let (found, said) = (image.state_hash().to_string(), text("stateHash")?.to_owned());
        if found == said { Ok(image) } else { Err(Unreadable::Damaged { found, said }) }
    }
}

fn all<K: Ord + From<String>, T>(
    map: &Map<String, Value>,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<BTreeMap<K, T>> {
    map.iter().map(|(key, it)| Some((K::from(key.clone()), read(it)?))).collect()
}

fn told(event: &Event) -> Value {
    let data = serde_json::from_str(&event.data).unwrap_or(Value::Null);
    json!({ "scope": "world", "name": event.name, "data": data, "from": event.from })
}

fn entities(map: &Map<String, Value>) -> Option<Entities> {
    map.iter().map(|(id, it)| Some((id.clone(), placed(it)?))).collect()
}

/// Images from before there were any have none.
fn players(json: &Value) -> Option<Players> {
    let Some(list) = json.get("players") else { return Some(Players::default()) };
    Players::deserialize(list).ok()
}

fn heard(json: &Value) -> Option<Event> {
    let name = json.get("name")?.as_str()?.to_owned();
    let from = json.get("from").and_then(Value::as_str).map(str::to_owned);
    Some(Event { name, data: json.get("data")?.to_string().into(), from })
}

/// Images of worlds without bodies have none.
fn space(json: Option<&Value>) -> Option<Space> {
    match json {
        None | Some(Value::Null) => Some(Space::default()),
        Some(json) => Space::decode(&BASE64.decode(json.as_str()?).ok()?).ok(),
    }
}

fn entity(json: &Value) -> Option<ecs::Entity> {
    json.as_str()?.parse().ok()
}

fn placed(json: &Value) -> Option<Placed> {
    Some(Placed::new(json.get("row")?.as_object()?.clone(), entity(json.get("root")?)?))
}

fn script(json: &Value) -> Option<Script> {
    let nodes = json.get("nodes")?.as_object()?.iter();
    let nodes: Option<BTreeMap<u32, ecs::Entity>> =
        nodes.map(|(at, it)| Some((at.parse().ok()?, entity(it)?))).collect();
    Some(Script { starts: json.get("starts")?.as_u64()?, nodes: nodes? })
}
