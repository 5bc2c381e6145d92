//! One tick: steps, batches out, answers in, in an order that depends on nothing but ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::{Problem, ProjectPath};
use bowline_schema::system::Phase;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::apply::version_of;
use super::plan::{Recipe, Run};
use super::{Heard, InstanceState, Role, World, WorldEvent};
use crate::clock::{EPOCH_MS, TICK_SECONDS};
use crate::ecs::{self, Value as Field};
use crate::script::{Batch, Bundle, Emitted, Job, Op, Outcome, ROOT_NODE, Reply, Returned, Said, Work};
use crate::world::Level;

/// Events between apps in one tick; what is beyond is dropped and said.
const EMITS_MAX: usize = 10_000;

impl World {
    /// Advances the world by one step of 50 ms and tells what happened.
    #[must_use]
    pub fn tick(&mut self) -> Vec<WorldEvent> {
        self.clock.advance();
        self.apply_steps();
        self.end_effects();
        self.tell_systems();
        self.run_systems(Phase::FixedUpdate);
        self.run_systems(Phase::Update);
        for heard in std::mem::take(&mut self.emitted) {
            for instance in self.instances.values_mut().filter(|it| it.state == InstanceState::Running) {
                instance.heard.push(heard.clone());
            }
        }
        let batches = self.batches();
        let returned = self.crew.run(&batches);
        // With the batches goes the view: nobody else holds the columns when they change.
        let jobs: BTreeMap<String, Vec<Job>> =
            batches.into_iter().map(|(it, batch)| (it, batch.jobs)).collect();
        for (worker, returned) in returned {
            let jobs = jobs.get(&worker).map_or(&[][..], Vec::as_slice);
            match returned {
                Returned::Done(reply) => self.absorb(reply, jobs),
                Returned::Hung { culprit } => self.abandon(jobs, culprit, "script_hung"),
                Returned::Gone { culprit } => self.abandon(jobs, culprit, "script_engine_failed"),
            }
        }
        let used: std::collections::BTreeSet<&str> =
            self.instances.values().filter_map(|it| it.worker()).collect();
        self.crew.retain(|it| used.contains(it));
        self.run_systems(Phase::LateUpdate);
        std::mem::take(&mut self.events)
    }

    fn batches(&mut self) -> BTreeMap<String, Batch> {
        self.clear_starting();
        let mut batches: BTreeMap<String, Batch> = BTreeMap::new();
        let storage = Arc::clone(&self.storage);
        let view = Arc::new(self.view());
        let players = Arc::clone(&self.people.players);
        let mut add = |worker: &str, job: Job| {
            let batch = batches.entry(worker.to_owned()).or_insert_with(|| Batch {
                storage: Arc::clone(&storage),
                view: Arc::clone(&view),
                players: Arc::clone(&players),
                jobs: Vec::new(),
            });
            batch.jobs.push(job);
        };
        for (worker, entity) in std::mem::take(&mut self.stopping) {
            add(&worker, Job { entity, work: Work::Stop });
        }
        let mut bundles: BTreeMap<String, Result<Arc<Bundle>, Problem>> = BTreeMap::new();
        let mut ids: Vec<String> = self.instances.keys().cloned().collect();
        ids.sort_by_key(|it| self.instances.get(it).is_none_or(|it| !it.late));
        for entity in ids {
            let Some((worker, work)) = self.work(&entity, &mut bundles) else { continue };
            if let Some(instance) = self.instances.get_mut(&entity) {
                instance.late = true;
            }
            add(&worker, Job { entity, work });
        }
        batches
    }

    /// After a restore, scripts that start again have nodes of their life before.
    fn clear_starting(&mut self) {
        for instance in self.instances.values_mut().filter(|it| it.state == InstanceState::Starting) {
            for node in std::mem::take(&mut instance.nodes).into_values() {
                self.ecs.despawn(node);
            }
        }
    }

    /// What an instance has to do in this tick, if anything.
    fn work(
        &mut self,
        entity: &str,
        bundles: &mut BTreeMap<String, Result<Arc<Bundle>, Problem>>,
    ) -> Option<(String, Work)> {
        let instance = self.instances.get(entity)?;
        let Ok(Run::Script(recipe)) = &instance.plan.run else { return None };
        let worker = recipe.root.blueprint.clone();
        match instance.state {
            InstanceState::Running => {
                let fetched = self.instances.get(entity).map(|it| it.fetched.clone()).unwrap_or_default();
                Some((worker, Work::Tick { input: self.input(entity), fetched }))
            }
            InstanceState::Starting => {
                let recipe = recipe.clone();
                let bundle = bundles.entry(worker.clone()).or_insert_with(|| self.bundle(&recipe)).clone();
                match bundle {
                    Ok(bundle) => Some((worker, Work::Build { bundle, facts: self.facts(entity) })),
                    Err(problem) => {
                        self.crash(entity, problem);
                        None
                    }
                }
            }
            InstanceState::Crashed { .. } | InstanceState::Idle => None,
        }
    }

    /// The texts of a script root.
    fn bundle(&self, recipe: &Recipe) -> Result<Arc<Bundle>, Problem> {
        let mut files = BTreeMap::new();
        let mut absent: Option<&ProjectPath> = None;
        for (key, name) in &recipe.files {
            match self.modules.get(name).cloned().or_else(|| self.source.text(name)) {
                Some(text) => {
                    files.insert(key.clone(), text);
                }
                None => absent = absent.or(Some(key)),
            }
        }
        let bundle = Bundle::new(recipe.root.clone(), recipe.entry.clone(), recipe.format, files);
        match absent {
            None => Ok(Arc::new(bundle)),
            Some(key) => Err(Problem {
                path: bowline_script::root::disk_path(&bundle.app, key),
                ..bundle.problem("asset_missing", format!("the world does not have the text of `{key}`"))
            }),
        }
    }

    /// What a script is told when it starts.
    fn facts(&mut self, entity: &str) -> String {
        let transform = self.transform(entity);
        let seed = self.seed_of(entity);
        let placed = self.entities.get(entity).map(|it| &it.row);
        let state = placed.and_then(|it| it.get("state")).filter(|it| it.is_object()).cloned();
        let Some(instance) = self.instances.get_mut(entity) else { return String::new() };
        let version = self.blueprints.get(&instance.blueprint).and_then(|it| it.get("version")).cloned();
        instance.version = version_of(&self.blueprints, &instance.blueprint);
        let model = instance.plan.model.clone();
        let has_model = model.as_deref().is_some_and(|it| !it.is_empty() && it != "asset://empty.glb");
        json!({
            "id": entity,
            "networkId": self.people.role.network_id(),
            "isServer": self.people.role == Role::Server,
            "version": version.unwrap_or(json!(0)),
            "model": model,
            "hasModel": has_model,
            "props": instance.plan.props,
            "state": state.unwrap_or_else(|| json!({})),
            "transform": transform,
            "time": self.clock.seconds(),
            "epoch": EPOCH_MS,
            "seed": seed,
        })
        .to_string()
    }

    /// Four words of randomness for one start of one instance.
    fn seed_of(&self, entity: &str) -> Vec<u32> {
        let starts = self.instances.get(entity).map_or(0, |it| it.starts);
        let mut hasher = Sha256::new();
        hasher.update(self.seed.seed.to_le_bytes());
        hasher.update(starts.to_le_bytes());
        hasher.update(entity);
        let digest = hasher.finalize();
        let word = |it: &[u8]| it.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        digest.chunks_exact(4).take(4).map(word).collect()
    }

    /// What a running script is told in this tick.
    fn input(&mut self, entity: &str) -> String {
        let transform = self.transform(entity);
        let Some(instance) = self.instances.get_mut(entity) else { return String::new() };
        let moved = instance.moved;
        let events: Vec<Value> = instance.hearing().map(Heard::json).collect();
        let spawned: Vec<String> = instance.spawned.iter().map(ecs::Entity::to_string).collect();
        json!({
            "time": self.clock.seconds(),
            "delta": TICK_SECONDS,
            "fixedSteps": self.clock.fixed_steps(),
            "transform": moved.then_some(transform),
            "events": events,
            "spawned": spawned,
        })
        .to_string()
    }

    fn transform(&self, entity: &str) -> Value {
        let Some(placed) = self.entities.get(entity) else { return Value::Null };
        json!({
            "position": self.numbers::<3>(placed.root, "position"),
            "quaternion": self.numbers::<4>(placed.root, "quaternion"),
            "scale": self.numbers::<3>(placed.root, "scale"),
        })
    }

    fn absorb(&mut self, reply: Reply, jobs: &[Job]) {
        // An outcome per job that was begun; the others wait, with all they have heard.
        let mut jobs = jobs.iter();
        for outcome in reply.outcomes {
            let job = jobs.by_ref().find(|it| it.entity == outcome.entity);
            let Some(job) = job else { continue };
            match &job.work {
                Work::Stop => self.hear(outcome.said, &outcome.entity),
                Work::Build { .. } => self.built(outcome),
                Work::Tick { .. } => self.ticked(outcome),
            }
        }
    }

    fn built(&mut self, outcome: Outcome) {
        let Some(instance) = self.instances.get_mut(&outcome.entity) else { return };
        instance.starts += 1;
        instance.state = InstanceState::Running;
        if outcome.failure.is_none() {
            let (app, entity) = (instance.app().to_owned(), outcome.entity.clone());
            self.events.push(WorldEvent::Script { app, entity, state: InstanceState::Running });
        }
        self.ticked(outcome);
    }

    fn ticked(&mut self, outcome: Outcome) {
        let entity = outcome.entity;
        if let Some(instance) = self.instances.get_mut(&entity) {
            instance.has_heard();
            instance.moved = false;
            instance.late = false;
            instance.spawned.clear();
            instance.fetched.clear();
        }
        self.hear(outcome.said, &entity);
        if let Some(problem) = outcome.failure {
            return self.crash(&entity, problem);
        }
        for op in outcome.ops {
            if let Err(problem) = self.change(&entity, op) {
                return self.crash_running(&entity, problem);
            }
        }
        match self.make_changes(outcome.changes) {
            Ok(spawned) => {
                self.instances.get_mut(&entity).into_iter().for_each(|it| it.spawned = spawned.clone())
            }
            Err(problem) => {
                let path = self.entry_path(&entity);
                return self.crash_running(&entity, Problem::file(problem.code, path, problem.message));
            }
        }
        if let Some(state) = outcome.state.and_then(|it| serde_json::from_str::<Value>(&it).ok())
            && let Some(placed) = self.entities.get(&entity)
            && placed.row.get("state") != Some(&state)
            && let Some(placed) = Arc::make_mut(&mut self.entities).get_mut(&entity)
        {
            Arc::make_mut(&mut placed.row).insert("state".to_owned(), state.clone());
            self.events.push(WorldEvent::State { entity, state });
        }
    }

    fn hear(&mut self, said: Said, entity: &str) {
        let app = self.instances.get(entity).map(|it| it.app().to_owned()).unwrap_or_default();
        self.store_denied += said.denied;
        for (level, text) in said.lines {
            self.log(&app, entity, level, text);
        }
        for sent in said.sends {
            let data = serde_json::from_str(&sent.data).unwrap_or(Value::Null);
            let (name, to, except) = (sent.name, sent.to, sent.except);
            let version = self.instances.get(entity).map_or(0, |it| it.version);
            let entity = entity.to_owned();
            self.events.push(WorldEvent::Send { entity, name, data, to, except, version });
        }
        for Emitted { name, data } in said.emits {
            if self.emitted.len() >= EMITS_MAX {
                self.log(&app, entity, Level::Warn, "too_many_events: the rest is dropped".to_owned());
                break;
            }
            self.emitted.push(Heard { scope: "world", name, data, from: None, version: None });
        }
        self.hear_life(said.life, entity);
        if !said.writes.is_empty() {
            Arc::make_mut(&mut self.storage).extend(said.writes);
        }
    }

    pub(super) fn log(&mut self, app: &str, entity: &str, level: Level, text: String) {
        let lines = self.logs.entry(app.to_owned()).or_default();
        lines.push_back((self.clock.0, level, text.clone()));
        while lines.len() > self.limits.log_lines {
            lines.pop_front();
        }
        self.events.push(WorldEvent::Log { app: app.to_owned(), entity: entity.to_owned(), level, text });
    }

    /// One change of a script's nodes.
    fn change(&mut self, entity: &str, op: Op) -> Result<(), Problem> {
        let (Some(placed), Some(instance)) = (self.entities.get(entity), self.instances.get_mut(entity))
        else {
            return Ok(());
        };
        let root = placed.root;
        let find = |nodes: &BTreeMap<u32, crate::ecs::Entity>, node: u32| {
            if node == ROOT_NODE { Some(root) } else { nodes.get(&node).copied() }
        };
        match op {
            Op::Create { node, kind, parent } => {
                if instance.nodes.len() >= self.limits.nodes {
                    let message = format!("more than {} nodes", self.limits.nodes);
                    let path = format!("apps/{}", instance.app());
                    return Err(Problem::file("script_node_budget", path, message));
                }
                let parent = parent.and_then(|it| find(&instance.nodes, it));
                let kind = self.ecs.component(&kind);
                let parts = [self.parts.transform, self.parts.node].into_iter().chain(kind);
                let made = self.ecs.spawn_with(parent, &parts.collect::<Vec<_>>());
                instance.nodes.insert(node, made);
            }
            Op::Remove { node } => {
                if let Some(gone) = instance.nodes.remove(&node) {
                    self.ecs.despawn(gone);
                    let ecs = &self.ecs;
                    instance.nodes.retain(|_, it| ecs.alive(*it));
                }
            }
            Op::Set { node, field, value } => {
                if let Some(target) = find(&instance.nodes, node) {
                    self.ecs.set_anywhere(target, &field, &Field::from_json(&value));
                }
            }
        }
        Ok(())
    }

    /// Stops a script that failed; its engine is gone already.
    fn crash(&mut self, entity: &str, problem: Problem) {
        if let Some(instance) = self.instances.get_mut(entity) {
            // Not `Running`: the thread needs no word.
            instance.state = InstanceState::Idle;
        }
        self.crash_running(entity, problem);
    }

    fn crash_running(&mut self, entity: &str, problem: Problem) {
        self.stop(entity);
        let Some(instance) = self.instances.get_mut(entity) else { return };
        let app = instance.app().to_owned();
        let state = InstanceState::Crashed { problem };
        instance.state = state.clone();
        self.events.push(WorldEvent::Script { app, entity: entity.to_owned(), state });
    }

    /// The thread of an app gave no answer: the instance it was in is stopped, the others lost their
    /// engine with it and start again on a new thread.
    fn abandon(&mut self, jobs: &[Job], culprit: usize, code: &'static str) {
        let named = jobs.get(culprit).map(|it| it.entity.clone());
        let worker = jobs.iter().find_map(|it| self.instances.get(&it.entity)?.worker().map(str::to_owned));
        let lost: Vec<String> = self
            .instances
            .iter()
            .filter(|(_, it)| it.worker() == worker.as_deref() && it.state == InstanceState::Running)
            .map(|(id, _)| id.clone())
            .collect();
        for entity in lost {
            self.crash_silently(&entity);
        }
        if let Some(entity) = named {
            let app = self.instances.get(&entity).map(|it| it.app().to_owned()).unwrap_or_default();
            let entry = self.entry_path(&entity);
            let message = match code {
                "script_hung" => format!("{app} is in a loop that nothing in this process can stop"),
                _ => format!("the script engine of {app} failed"),
            };
            let help = "change the script: its app gets a new thread then";
            self.crash(&entity, Problem::file(code, entry, message).help(help));
        }
    }

    fn crash_silently(&mut self, entity: &str) {
        if let Some(instance) = self.instances.get_mut(entity) {
            instance.state = InstanceState::Idle;
        }
        self.stop(entity);
        if let Some(instance) = self.instances.get_mut(entity) {
            instance.begin();
        }
    }

    fn entry_path(&self, entity: &str) -> String {
        let instance = self.instances.get(entity);
        match instance.map(|it| (&it.plan.run, it.app())) {
            Some((Ok(Run::Script(recipe)), app)) => bowline_script::root::disk_path(app, &recipe.entry),
            Some((_, app)) => format!("apps/{app}"),
            None => String::new(),
        }
    }
}

impl Heard {
    /// Whether a script of this version can hear it.
    pub(super) fn is_for(&self, version: u64) -> bool {
        self.version.is_none_or(|it| it <= version)
    }

    pub(super) fn json(&self) -> Value {
        let data = serde_json::from_str(&self.data).unwrap_or(Value::Null);
        json!({ "scope": self.scope, "name": self.name, "data": data, "from": self.from })
    }
}
