//! Steps: what they change, and which scripts have to start again because of them.

use std::sync::Arc;

use bowline_model::blueprint::app_prefix;
use serde_json::{Map, Value};

use super::instance::Instance;
use super::plan::Plan;
use super::program::Program;
use super::{InstanceState, Parts, Placed, Step, World, WorldEvent};
use crate::ecs::Value as Field;
use crate::script::Event;

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
            Step::Message { to, name, data, from } => self.deliver(to.as_deref(), &name, &data, from),
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

    pub(super) fn deliver(&mut self, to: Option<&str>, name: &str, data: &Value, from: Option<String>) {
        let heard = Event { name: name.to_owned(), data: data.to_string().into(), from };
        match to {
            Some(entity) => {
                if let Some(instance) = self.instances.get_mut(entity) {
                    instance.heard.push(heard);
                    self.told.insert(entity.to_owned());
                }
            }
            None => self.emitted.push(heard),
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
        self.discharge(id);
        let starts = self.instances.get(id).map_or(0, |it| it.starts);
        let instance = Instance { starts, ..Instance::new(blueprint, plan) };
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
        let number = instance.number.take();
        instance.renewing = None;
        instance.state = InstanceState::Idle;
        if let (Some(seat), Some(number)) = (seat, number) {
            self.stopping.push((seat, number));
        }
        self.clear_nodes(id);
    }

    pub(super) fn clear_nodes(&mut self, id: &str) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        for node in std::mem::take(&mut instance.nodes).into_values() {
            self.ecs.despawn(node);
        }
    }
}

fn id_of(json: &Map<String, Value>) -> Option<String> {
    json.get("id").and_then(Value::as_str).map(str::to_owned)
}
