//! Steps: what they change, and which scripts have to start again because of them.

use std::sync::Arc;

use bowline_model::blueprint::app_prefix;
use serde_json::{Map, Value};

use super::instance::{Heard, Instance};
use super::plan::{Blueprints, Plan};
use super::program::Program;
use super::{InstanceState, Level, Parts, Placed, Step, World, WorldEvent};
use crate::ecs::Value as Field;
use crate::script::Event;

/// Messages that may wait for one script.
const HEARD_MAX: usize = 10_000;

const TRANSFORM: [&str; 3] = ["position", "quaternion", "scale"];

impl World {
    pub(super) fn apply_steps(&mut self) {
        let steps = std::mem::take(&mut self.queue);
        let any = !steps.is_empty();
        for step in steps {
            self.apply_step(step);
        }
        if any {
            self.plan_again();
        }
    }

    fn apply_step(&mut self, step: Step) {
        match step {
            Step::PutBlueprint { json } => {
                if let Some(id) = id_of(&json) {
                    self.touch_users(&id);
                    Arc::make_mut(&mut self.blueprints).insert(id, json);
                }
            }
            Step::RemoveBlueprint { id } => {
                self.touch_users(&id);
                Arc::make_mut(&mut self.blueprints).remove(&id);
            }
            Step::PutEntity { json } => self.put_entity(json),
            Step::RemoveEntity { id } => self.remove_entity(&id),
            Step::PutModule { name, text } => {
                self.modules.insert(name, text);
                self.programs.values_mut().for_each(Program::try_again);
                let crashed = |it: &&Instance| matches!(it.state, InstanceState::Crashed { .. });
                let all = self.instances.iter().filter(|(_, it)| crashed(it));
                self.touched.extend(all.map(|(id, _)| id.clone()));
            }
            Step::Define(definitions) => self.define(definitions),
            Step::Restart { id } => {
                self.stop(&id);
                self.touched.insert(id);
            }
            Step::Message { to, name, data, from, version } => {
                let event = Event { name, data: data.to_string().into(), from };
                self.deliver(to.as_deref(), Heard { event, version });
            }
            other => self.apply_life(other),
        }
    }

    /// Steps about players and their doings.
    fn apply_life(&mut self, step: Step) {
        match step {
            Step::Join { player } => self.join(player),
            Step::Leave { id } => self.leave(&id),
            Step::Move { id, position, quaternion } => self.walk(&id, position, quaternion),
            Step::Act { id, act } => self.act(&id, act),
            Step::Chat { message, from } => self.say(message, from, false),
            Step::Command { id, text } => self.command(&id, &text),
            Step::Input { id, input } => self.feel(&id, &input),
            Step::Action { id, entity, node } => self.action(&id, &entity, &node),
            Step::Follow(players) => self.follow(players),
            Step::Fetched { ticket, answer } => self.fetched(ticket, answer),
            _ => (),
        }
    }

    /// Entities that run, or would run, a script of this blueprint: one that crashed tries again.
    fn touch_users(&mut self, blueprint: &str) {
        let app = app_prefix(blueprint);
        for (id, instance) in &self.instances {
            let root = instance.plan.root.as_ref().is_some_and(|(root, _)| root == blueprint);
            let own = self.blueprints.get(&instance.blueprint).and_then(|it| it.get("scriptRef"));
            let refers = own.and_then(Value::as_str).is_some_and(|it| it.trim() == blueprint);
            if root || refers || instance.blueprint == blueprint || app_prefix(&instance.blueprint) == app {
                self.touched.insert(id.clone());
            }
        }
    }

    fn put_entity(&mut self, json: Map<String, Value>) {
        let Some(id) = id_of(&json) else { return };
        if json.get("type").is_some_and(|it| it != "app") {
            return;
        }
        self.touched.insert(id.clone());
        match self.entities.get(&id) {
            Some(placed) => {
                let moved = TRANSFORM.iter().any(|it| placed.row.get(*it) != json.get(*it));
                Arc::make_mut(&mut self.entities).put(&id, json);
                if moved {
                    self.place(&id);
                }
            }
            None => {
                let Parts { transform, node, root } = self.parts;
                let root = self.ecs.spawn_with(None, &[transform, node, root]);
                Arc::make_mut(&mut self.roots).insert(&id, root);
                let placed = Placed::new(json, root);
                Arc::make_mut(&mut self.entities).insert(id.clone(), placed);
                self.place(&id);
            }
        }
    }

    /// Writes the entity's transform into the store and tells its script, which goes on running.
    fn place(&mut self, id: &str) {
        let Some(placed) = self.entities.get(id) else { return };
        for field in TRANSFORM {
            if let Some(value) = placed.row.get(field) {
                self.ecs.set(placed.root, self.parts.transform, field, &Field::from_json(value));
            }
        }
        if let Some(instance) = self.instances.get_mut(id) {
            instance.moved = true;
            self.told.insert(id.to_owned());
        }
    }

    fn remove_entity(&mut self, id: &str) {
        self.stop(id);
        self.discharge(id);
        self.instances.remove(id);
        if let Some(placed) = Arc::make_mut(&mut self.entities).remove(id) {
            Arc::make_mut(&mut self.roots).remove(id);
            self.ecs.despawn(placed.root);
        }
    }

    fn deliver(&mut self, to: Option<&str>, heard: Heard) {
        let Some(entity) = to else { return self.emitted.push(heard.event) };
        let Some(instance) = self.instances.get_mut(entity) else { return };
        match instance.heard.len() {
            HEARD_MAX => {
                let app = instance.app().to_owned();
                let text = "too_many_messages: the rest is dropped until it has heard some".to_owned();
                self.log(&app, entity, Level::Warn, text);
            }
            _ => {
                instance.heard.push(heard);
                self.told.insert(entity.to_owned());
            }
        }
    }

    /// What runs on though its blueprint was edited is of the new version for the other side, unless the
    /// edit is still on its way.
    fn catch_up(&mut self, id: &str) {
        let behind = self.seat_of(id).and_then(|it| self.programs.get(&it)).is_some_and(Program::is_behind);
        if let Some(instance) = self.instances.get_mut(id)
            && !behind
        {
            instance.version = version_of(&self.blueprints, &instance.blueprint);
        }
    }

    /// Compares the plan of every entity that was touched with the one it runs; those that differ start
    /// again, and those that only have other code take it over when it is compiled.
    fn plan_again(&mut self) {
        for id in std::mem::take(&mut self.touched) {
            let Some(placed) = self.entities.get(&id) else { continue };
            let blueprint = placed.blueprint().to_owned();
            let plan = Plan::of(&blueprint, placed.row.get("props"), &self.blueprints);
            let Some(instance) = self.instances.get_mut(&id) else {
                self.begin(&id, &blueprint, plan);
                continue;
            };
            let runs = matches!(instance.state, InstanceState::Running);
            if instance.plan == plan && instance.blueprint == blueprint && runs {
                self.catch_up(&id);
                continue;
            }
            if runs && instance.blueprint == blueprint && instance.plan.is_same_but_for_code(&plan) {
                instance.plan = plan;
                self.want(&id);
                continue;
            }
            if !runs
                && let Some(seat) = self.seat_of(&id)
                && let Some(program) = self.programs.get_mut(&seat)
            {
                program.try_again();
            }
            self.begin(&id, &blueprint, plan);
        }
    }

    fn begin(&mut self, id: &str, blueprint: &str, plan: Plan) {
        self.stop(id);
        self.revivals.forget(id);
        self.discharge(id);
        let starts = self.instances.get(id).map_or(0, |it| it.starts);
        let heard = self.instances.get_mut(id).map(|it| std::mem::take(&mut it.heard)).unwrap_or_default();
        let instance = Instance { starts, heard, ..Instance::new(blueprint, plan) };
        if !matches!(instance.state, InstanceState::Starting) {
            let (app, entity) = (instance.app().to_owned(), id.to_owned());
            self.events.push(WorldEvent::Script { app, entity, state: instance.state.clone() });
        }
        self.instances.insert(id.to_owned(), instance);
        self.enlist(id);
    }

    /// The entity's script is none of its program's any more.
    fn discharge(&mut self, id: &str) {
        if let Some(seat) = self.seat_of(id)
            && let Some(program) = self.programs.get_mut(&seat)
        {
            program.leave(id);
        }
    }

    /// Forgets a running script and takes its nodes away. Its entity stays.
    pub(super) fn stop(&mut self, id: &str) {
        let seat = self.seat_of(id);
        let Some(instance) = self.instances.get_mut(id) else { return };
        // While a version takes over it is not known which of the two will be there.
        let numbers = [instance.number.take(), instance.renewing.take()];
        instance.state = InstanceState::Idle;
        if let Some(seat) = seat {
            self.stopping.extend(numbers.into_iter().flatten().map(|it| (seat.clone(), it)));
        }
        self.clear_nodes(id);
        self.let_go(id);
    }

    pub(super) fn clear_nodes(&mut self, id: &str) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        for node in std::mem::take(&mut instance.nodes).into_values() {
            self.ecs.despawn(node);
        }
    }
}

/// The version of a blueprint; 0 if it says none.
pub(super) fn version_of(blueprints: &Blueprints, id: &str) -> u64 {
    let version = blueprints.get(id).and_then(|it| it.get("version"));
    version.and_then(Value::as_u64).unwrap_or(0)
}

fn id_of(json: &Map<String, Value>) -> Option<String> {
    json.get("id").and_then(Value::as_str).map(str::to_owned)
}
