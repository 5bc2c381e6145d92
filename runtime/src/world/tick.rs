//! One tick: steps, batches out, answers in, in an order that depends on nothing but ids.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bowline_model::Problem;
use bowline_model::blueprint::split_id;
use bowline_schema::system::Phase;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::instance::Instance;
use super::plan::Run;
use super::program::seat_of;
use super::{InstanceState, Role, World, WorldEvent};
use crate::clock::TICK_SECONDS;
use crate::ecs::{self, Value as Field};
use crate::script::{
    Batch, Births, Compile, Input, Job, Moved, Now, Number, Op, Outcome, ROOT_NODE, Reloaded, Reply,
    Returned, Seat, Source, Wait, Work, wall,
};
use crate::world::Level;

/// How long a tick takes in what guests and late ones did, before it leaves the rest to the next. One answer
/// is taken whole.
const LATE_TIME: Duration = Duration::from_millis(8);

impl World {
    /// Advances the world by one step of 50 ms and tells what happened.
    #[must_use]
    pub fn tick(&mut self) -> Vec<WorldEvent> {
        self.clock.advance();
        self.take_late();
        self.revive();
        self.apply_steps();
        self.end_effects();
        self.compile(None);
        self.tell_systems();
        self.run_systems(Phase::FixedUpdate);
        self.run_systems(Phase::Update);
        let batches = self.batches();
        self.run_batches(batches, self.wait());
        self.step_bodies();
        self.run_systems(Phase::LateUpdate);
        std::mem::take(&mut self.events)
    }

    /// Has apps do what they have to do, and applies what came of it.
    pub(super) fn run_batches(&mut self, batches: BTreeMap<Seat, Batch>, wait: Wait) {
        if !batches.is_empty() {
            let world: Arc<dyn Source> = Arc::new(self.view());
            let returned = self.crew.run(batches, &world, wait);
            // Nobody else shall hold the columns when they change.
            drop(world);
            returned.into_iter().for_each(|(seat, it)| self.take(&seat, it));
            self.take_late();
        }
        self.programs.retain(|_, it| !it.is_over());
        let programs = &self.programs;
        self.crew.retain(|it| programs.contains_key(it));
    }

    /// This tick, as scripts are told it.
    pub(super) fn moment(&self) -> Now {
        Now {
            tick: self.clock.0,
            time: self.clock.seconds(),
            delta: TICK_SECONDS,
            fixed_steps: self.clock.fixed_steps(),
        }
    }

    /// Those who have to stop.
    pub(super) fn farewells(&mut self, batches: &mut BTreeMap<Seat, Batch>, batch: &impl Fn() -> Batch) {
        for (seat, instance) in std::mem::take(&mut self.stopping) {
            // One whose worker was lost meanwhile needs no word.
            if !self.numbers.contains_key(&instance) {
                continue;
            }
            batches.entry(seat).or_insert_with(batch).jobs.push(Job { instance, work: Work::Stop });
        }
    }

    /// Whom a tick waits for: a world that does not wait for the compiler waits for no start either.
    fn wait(&self) -> Wait {
        match self.compile {
            Compile::Now => Wait::ForAll,
            Compile::Behind => Wait::ForTheQuick { patience: self.patience },
        }
    }

    /// Whether an app that starts many may take several ticks for it: only where ticks keep their pace, or
    /// which tick they start in would depend on the machine.
    pub(super) fn births_of_batches(&self) -> Births {
        match self.compile {
            Compile::Now => Births::All,
            Compile::Behind => Births::InTurns,
        }
    }

    /// What those answered in the meantime that earlier ticks did not wait for, and guests in this one. A
    /// tick that keeps its pace takes as much of it as there is time for, the rest later: what many did at
    /// once would hold everybody.
    pub(super) fn take_late(&mut self) {
        let wait = self.wait();
        self.crew.listen(wait);
        let began = wall();
        while let Some((seat, returned)) = self.crew.next_late() {
            self.take(&seat, returned);
            if wait != Wait::ForAll && began.elapsed() >= LATE_TIME {
                break;
            }
        }
    }

    fn take(&mut self, seat: &Seat, returned: Returned) {
        match returned {
            Returned::Done(reply) => self.absorb(seat, reply),
            Returned::Lost(lost) => self.abandon(seat, &lost),
            Returned::Missed => {
                let app = split_id(&seat.0).0.to_owned();
                let text = "too_many_events: it is behind, and misses some of what all are told".to_owned();
                self.log(&app, "", Level::Warn, text);
            }
        }
    }

    /// What everybody who runs an app has to do in this tick.
    fn batches(&mut self) -> BTreeMap<Seat, Batch> {
        let events = std::mem::take(&mut self.emitted);
        self.rates.all_is_heard();
        let now = self.moment();
        let (players, inputs) = (Arc::clone(self.players()), self.take_inputs());
        let births = self.births_of_batches();
        let batch = || Batch {
            now,
            events: events.clone(),
            births,
            players: Arc::clone(&players),
            inputs: inputs.clone(),
            ..Batch::default()
        };
        let mut batches: BTreeMap<Seat, Batch> = BTreeMap::new();
        self.farewells(&mut batches, &batch);
        let seats: Vec<Seat> = self.programs.keys().cloned().collect();
        for seat in seats {
            let mut own = batches.remove(&seat).unwrap_or_else(&batch);
            self.births(&seat, &mut own);
            let lives = self.programs.get(&seat).is_some_and(|it| !it.lives.is_empty());
            if lives || !own.jobs.is_empty() {
                batches.insert(seat, own);
            }
        }
        self.inputs(&mut batches);
        batches
    }

    /// What single instances have to be told.
    fn inputs(&mut self, batches: &mut BTreeMap<Seat, Batch>) {
        for entity in std::mem::take(&mut self.told) {
            let Some(instance) = self.instances.get_mut(&entity) else { continue };
            let behind = seat_of(instance).is_some_and(|it| self.crew.is_behind(&it));
            let running = instance.state == InstanceState::Running && instance.renewing.is_none() && !behind;
            let Some(number) = instance.number.filter(|_| running) else {
                // Not now; but what it is told while it starts is not lost.
                if matches!(instance.state, InstanceState::Starting | InstanceState::Running) {
                    self.told.insert(entity);
                }
                continue;
            };
            let events = instance.hearing();
            let actions = std::mem::take(&mut instance.actions);
            let fetched = std::mem::take(&mut instance.fetched);
            let waits = !instance.heard.is_empty();
            let moved = std::mem::take(&mut instance.moved);
            let moved_nodes = std::mem::take(&mut instance.moved_nodes);
            let spawned = std::mem::take(&mut instance.spawned);
            let touched = std::mem::take(&mut instance.touched);
            let root = moved.then_some(ROOT_NODE);
            let moved = root.into_iter().chain(moved_nodes).filter_map(|it| self.moved(&entity, it));
            let input = Input {
                events,
                actions,
                fetched,
                moved: moved.collect(),
                spawned: spawned.iter().map(ecs::Entity::to_string).collect(),
                touched,
            };
            if waits {
                self.told.insert(entity.clone());
            }
            let batch = self.seat_of(&entity).and_then(|it| batches.get_mut(&it));
            if let Some(batch) = batch {
                batch.jobs.push(Job { instance: number, work: Work::Hear(input) });
            }
        }
    }

    /// Where a node of an entity's script is.
    fn moved(&self, entity: &str, node: u32) -> Option<Moved> {
        let found = match node {
            ROOT_NODE => self.entities.get(entity)?.root,
            node => *self.instances.get(entity)?.nodes.get(&node)?,
        };
        Some(Moved {
            node,
            position: self.numbers(found, "position"),
            quaternion: self.numbers(found, "quaternion"),
            scale: self.numbers(found, "scale"),
        })
    }

    /// What a script is told when it starts.
    pub(super) fn facts(&self, entity: &str) -> Option<String> {
        let transform = self.transform(entity);
        let seed = self.seed_of(entity);
        let placed = self.entities.get(entity).map(|it| &it.row);
        let state = placed.and_then(|it| it.get("state")).filter(|it| it.is_object()).cloned();
        let instance = self.instances.get(entity)?;
        let version = self.blueprints.get(&instance.blueprint).and_then(|it| it.get("version")).cloned();
        let model = instance.plan.model.clone();
        let has_model = model.as_deref().is_some_and(|it| !it.is_empty() && it != "asset://empty.glb");
        let facts = json!({
            "id": entity,
            "networkId": self.role().network_id(),
            "isServer": *self.role() == Role::Server,
            "version": version.unwrap_or(json!(0)),
            "model": model,
            "hasModel": has_model,
            "props": instance.plan.props,
            "state": state.unwrap_or_else(|| json!({})),
            "transform": transform,
            "seed": seed,
        });
        Some(facts.to_string())
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

    fn transform(&self, entity: &str) -> Value {
        let Some(placed) = self.entities.get(entity) else { return Value::Null };
        json!({
            "position": self.numbers::<3>(placed.root, "position"),
            "quaternion": self.numbers::<4>(placed.root, "quaternion"),
            "scale": self.numbers::<3>(placed.root, "scale"),
        })
    }

    fn absorb(&mut self, seat: &Seat, reply: Reply) {
        if let Some(program) = self.programs.get_mut(seat) {
            program.account.add(reply.usage);
        }
        for Reloaded { undone, .. } in reply.reloads {
            self.reloaded(seat, undone);
        }
        for outcome in reply.outcomes {
            self.outcome(seat, outcome);
        }
        for number in reply.lost {
            let Some(entity) = self.end_of_life(seat, number) else { continue };
            self.start_again(&entity);
        }
    }

    /// What one instance did. One that is none any more, or not yet, is only listened to, until its last
    /// word: an answer may be older than the end of whom it is about.
    fn outcome(&mut self, seat: &Seat, outcome: Outcome) {
        let Some(entity) = self.numbers.get(&outcome.instance).cloned() else { return };
        let current = |it: &&mut Instance| it.number == Some(outcome.instance);
        let Some(instance) = self.instances.get_mut(&entity).filter(current) else {
            if outcome.last {
                self.end_of_life(seat, outcome.instance);
            }
            return self.hear_last(outcome.said, &entity);
        };
        if instance.state == InstanceState::Starting {
            instance.starts += 1;
            instance.state = InstanceState::Running;
            instance.version = instance.next_version;
            if outcome.failure.is_none() {
                let app = instance.app().to_owned();
                let state = InstanceState::Running;
                self.events.push(WorldEvent::Script { app, entity: entity.clone(), state });
            }
        }
        if outcome.failure.is_some() {
            self.end_of_life(seat, outcome.instance);
        }
        self.ticked(entity, outcome);
    }

    /// A worker has forgotten `number`; whose it was.
    pub(super) fn end_of_life(&mut self, seat: &Seat, number: Number) -> Option<String> {
        if let Some(program) = self.programs.get_mut(seat) {
            program.lives.remove(&number);
        }
        self.numbers.remove(&number)
    }

    /// A version has taken over, in all its instances; or in none.
    fn reloaded(&mut self, seat: &Seat, undone: Option<Problem>) {
        let renewed: Vec<String> = match self.programs.get(seat) {
            Some(it) => it.entities.iter().filter(|it| self.is_renewing(it)).cloned().collect(),
            None => Vec::new(),
        };
        for entity in renewed {
            let Some(instance) = self.instances.get_mut(&entity) else { continue };
            let new = instance.renewing.take();
            if undone.is_some() {
                continue;
            }
            instance.number = new;
            instance.state = InstanceState::Starting;
            self.clear_nodes(&entity);
            self.let_go(&entity);
        }
        match undone {
            Some(problem) => self.undo(seat, problem),
            None => self.taken_over(seat),
        }
    }

    pub(super) fn is_renewing(&self, entity: &str) -> bool {
        self.instances.get(entity).is_some_and(|it| it.renewing.is_some())
    }

    /// An instance lost its engine through no fault of its own.
    pub(super) fn start_again(&mut self, entity: &str) {
        self.clear_nodes(entity);
        if let Some(instance) = self.instances.get_mut(entity) {
            (instance.number, instance.renewing) = (None, None);
            instance.begin();
        }
        self.enlist(entity);
    }

    fn ticked(&mut self, entity: String, outcome: Outcome) {
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
            Ok(spawned) if spawned.is_empty() => (),
            Ok(spawned) => {
                if let Some(instance) = self.instances.get_mut(&entity) {
                    instance.spawned.extend(spawned);
                    self.told.insert(entity.clone());
                }
            }
            Err(problem) => {
                let path = self.entry_path(&entity);
                return self.crash_running(&entity, Problem::file(problem.code, path, problem.message));
            }
        }
        let state = outcome.state.and_then(|it| serde_json::from_str::<Value>(&it).ok());
        if let Some(state) = state
            && self.entities.state(&entity) != Some(&state)
        {
            Arc::make_mut(&mut self.entities).set_state(&entity, state.clone());
            self.events.push(WorldEvent::State { entity, state });
        }
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
                    let help = "raise `nodes` in [script] of bowline.toml if that is what it needs";
                    return Err(Problem::file("script_node_budget", path, message).help(help));
                }
                let parent = parent.and_then(|it| find(&instance.nodes, it));
                let (name, kind) = (kind.clone(), self.ecs.component(&kind));
                let parts = [self.parts.transform, self.parts.node].into_iter().chain(kind);
                let made = self.ecs.spawn_with(parent, &parts.collect::<Vec<_>>());
                instance.nodes.insert(node, made);
                if World::is_body(&name) {
                    self.hold_body(entity, node, made);
                }
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
                    // Another of its nodes, or a value.
                    let named = value.get("node").and_then(Value::as_u64);
                    let value = match named.and_then(|it| u32::try_from(it).ok()) {
                        Some(it) => {
                            find(&instance.nodes, it).map_or(Field::Null, |it| Field::Text(it.to_string()))
                        }
                        None => Field::from_json(&value),
                    };
                    self.ecs.set_anywhere(target, &field, &value);
                    if field == "physics" {
                        self.hold_body(entity, node, target);
                    }
                }
            }
            Op::Physics { node, method, args } => {
                if let Some(target) = find(&instance.nodes, node) {
                    self.wish(target, &method, &args);
                }
            }
        }
        Ok(())
    }

    /// Stops a script that failed; its engine is gone already.
    pub(super) fn crash(&mut self, entity: &str, problem: Problem) {
        if let Some(instance) = self.instances.get_mut(entity) {
            // Without a number the worker needs no word.
            (instance.number, instance.renewing) = (None, None);
        }
        self.crash_running(entity, problem);
    }

    pub(super) fn crash_running(&mut self, entity: &str, problem: Problem) {
        self.stop(entity);
        let Some(instance) = self.instances.get_mut(entity) else { return };
        let app = instance.app().to_owned();
        let state = InstanceState::Crashed { problem };
        instance.state = state.clone();
        self.events.push(WorldEvent::Script { app, entity: entity.to_owned(), state });
    }

    pub(super) fn entry_path(&self, entity: &str) -> String {
        let instance = self.instances.get(entity);
        match instance.map(|it| (&it.plan.run, it.app())) {
            Some((Ok(Run::Script(recipe)), app)) => bowline_script::root::disk_path(app, &recipe.entry),
            Some((_, app)) => format!("apps/{app}"),
            None => String::new(),
        }
    }
}
