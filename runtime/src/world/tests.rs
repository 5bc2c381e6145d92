//! What a world does, from outside: steps in, events out.

mod api;
mod bodies;
mod components;
mod definitions;
mod frames;
mod hostile;
mod luau;
mod nodes;
mod parity;
mod reload;
#[cfg(target_os = "linux")]
mod sandbox;
mod saving;
mod scripts;
mod starts;
mod systems;
mod take_over;

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::ecs;

/// A world and the texts of its scripts.
pub(super) struct Stage {
    pub(super) world: World,
    /// The same world with every app in a process, which has to say and be the same in every tick.
    twin: Option<World>,
    texts: Arc<Mutex<BTreeMap<AssetName, Arc<str>>>>,
    version: u64,
}

impl Stage {
    pub(super) fn new() -> Stage {
        // Debug builds on busy machines: the time limit is for the tests that are about it.
        let second = Duration::from_secs(2);
        let limits = Limits { tick_time: second, grace: second, ..Limits::standard() };
        let mut stage = Stage::with(limits);
        if cfg!(unix) {
            let apart = Limits { isolation: crate::Isolation::Process, ..limits };
            stage.twin = Some(Stage::world(apart, &stage.texts));
        }
        stage
    }

    /// From now on without its twin: for what is done to one world and not to another.
    pub(super) fn alone(&mut self) {
        self.twin = None;
    }

    fn world(limits: Limits, texts: &Arc<Mutex<BTreeMap<AssetName, Arc<str>>>>) -> World {
        let source = Arc::clone(texts);
        World::new(
            Seed { seed: 42 },
            limits,
            move |name: &AssetName| source.lock().unwrap().get(name).cloned(),
            Definitions::core(),
        )
    }

    pub(super) fn with(limits: Limits) -> Stage {
        let texts: Arc<Mutex<BTreeMap<AssetName, Arc<str>>>> = Arc::default();
        Stage { world: Stage::world(limits, &texts), twin: None, texts, version: 0 }
    }

    pub(super) fn asset(&self, key: &str, text: &str) -> String {
        let name = AssetName::new(Digest::of(text.as_bytes()), key);
        self.texts.lock().unwrap().insert(name.clone(), text.into());
        name.url()
    }

    /// A blueprint with these files; the first is the entry.
    pub(super) fn blueprint(&mut self, id: &str, format: &str, files: &[(&str, &str)]) {
        self.version += 1;
        let urls: Map<String, Value> =
            files.iter().map(|(key, text)| ((*key).to_owned(), json!(self.asset(key, text)))).collect();
        let entry = files[0].0;
        self.put_blueprint(json!({
            "id": id, "version": self.version, "script": urls[entry], "scriptEntry": entry, "scriptFiles": urls,
            "scriptFormat": format, "props": {}, "model": "asset://empty.glb",
        }));
    }

    pub(super) fn put_blueprint(&mut self, json: Value) {
        self.world.apply(Step::PutBlueprint { json: json.as_object().unwrap().clone() });
    }

    pub(super) fn entity(&mut self, id: &str, blueprint: &str, more: Value) {
        let mut json = json!({
            "id": id, "type": "app", "blueprint": blueprint, "position": [0, 0, 0], "quaternion": [0, 0, 0, 1],
            "scale": [1, 1, 1], "props": {}, "state": {},
        });
        json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.world.apply(Step::PutEntity { json: json.as_object().unwrap().clone() });
    }

    /// A module app of one file with one instance of the same name.
    pub(super) fn app(&mut self, id: &str, body: &str) {
        let text = format!("export default (world, app, fetch, props, setTimeout) => {{\n{body}\n}}\n");
        self.blueprint(id, "module", &[("index.js", &text)]);
        self.entity(id, id, json!({}));
    }

    /// The same, in Luau: `body` is the text of its entry.
    pub(super) fn luau(&mut self, id: &str, body: &str) {
        self.blueprint(id, "legacy-body", &[("index.luau", body)]);
        self.entity(id, id, json!({}));
    }

    pub(super) fn tick(&mut self) -> String {
        self.both(World::tick)
    }

    /// What was edited takes over between two ticks.
    pub(super) fn take_over(&mut self) -> String {
        self.both(|it| it.take_over(crate::script::wall()))
    }

    fn both(&mut self, step: impl Fn(&mut World) -> Vec<WorldEvent>) -> String {
        if let Some(twin) = &mut self.twin {
            // What a test did to the world itself; the rest was the same after the last tick.
            (twin.seed, twin.ecs) = (self.world.seed, self.world.ecs.clone());
            twin.queue.clone_from(&self.world.queue);
        }
        let said = told(step(&mut self.world));
        if let Some(twin) = &mut self.twin {
            assert_eq!(told(step(twin)), said, "in a process it says something else");
            assert_eq!(twin.state_hash(), self.world.state_hash(), "in a process it does something else");
        }
        said
    }

    pub(super) fn ticks(&mut self, count: usize) -> String {
        (0..count).map(|_| self.tick()).collect()
    }
}

fn told(events: Vec<WorldEvent>) -> String {
    let mut out = String::new();
    for event in events {
        writeln!(out, "{}", shown(&event)).unwrap();
    }
    out
}

pub(crate) fn shown(event: &WorldEvent) -> String {
    match event {
        WorldEvent::Log { entity, level, text, .. } => format!("{entity}: {level}: {text}"),
        WorldEvent::Script { entity, state: InstanceState::Crashed { problem }, .. } => {
            format!("{entity}: crashed: {problem}")
        }
        WorldEvent::Script { entity, state, .. } => format!("{entity}: {state:?}"),
        WorldEvent::System { slug, state: InstanceState::Crashed { problem } } => {
            format!("{slug}: crashed: {problem}")
        }
        WorldEvent::System { slug, state } => format!("{slug}: {state:?}"),
        WorldEvent::NotReloaded { app, problem } => format!("{app}: not reloaded: {problem}"),
        WorldEvent::State { entity, state } => format!("{entity}: state {state}"),
        WorldEvent::Defined { .. } => "defined".to_owned(),
        WorldEvent::NotDefined { verdict, .. } => format!("not defined: {verdict}"),
        WorldEvent::Send { entity, name, data, to, except, .. } => {
            format!("{entity}: send {name} {data} to {to:?} except {except:?}")
        }
        WorldEvent::Joined { player } => format!("{player} is here"),
        WorldEvent::NotJoined { player, why } => format!("{player} is not here: {why}"),
        WorldEvent::Left { player } => format!("{player} is gone"),
        WorldEvent::Act { player, act } => format!("{player}: {}", json!(act)),
        WorldEvent::Chat { message, from, broadcast } => {
            format!("chat {} from {from:?} broadcast {broadcast}", Value::Object(message.clone()))
        }
        WorldEvent::Fetch { ticket, entity, request, .. } => {
            format!("{entity}: fetch {ticket} {} {}", request.method, request.url)
        }
    }
}
