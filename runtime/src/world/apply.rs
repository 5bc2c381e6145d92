//! Steps: what they change, and which scripts have to start again because of them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::instance::Instance;
use super::plan::Plan;
use super::{Heard, InstanceState, Parts, Placed, Step, World, WorldEvent};
use crate::ecs::{self, Value as Field};

const TRANSFORM: [&str; 3] = ["position", "quaternion", "scale"];

impl Placed {
    pub(super) fn blueprint(&self) -> &str {
        self.row.get("blueprint").and_then(Value::as_str).unwrap_or_default()
    }
}

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
                self.touched.extend(self.instances.keys().cloned());
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
        for (id, instance) in &self.instances {
            let root = instance.plan.root.as_ref().is_some_and(|(root, _)| root == blueprint);
            if root || instance.blueprint == blueprint {
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
        match Arc::make_mut(&mut self.entities).get_mut(&id) {
            Some(placed) => {
                let moved = TRANSFORM.iter().any(|it| placed.row.get(*it) != json.get(*it));
                placed.row = Arc::new(json);
                if moved {
                    self.place(&id);
                }
            }
            None => {
                let Parts { transform, node, root } = self.parts;
                let root = self.ecs.spawn_with(None, &[transform, node, root]);
                Arc::make_mut(&mut self.roots).insert(&id, root);
                let placed = Placed { row: Arc::new(json), root };
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
        }
    }

    fn remove_entity(&mut self, id: &str) {
        self.stop(id);
        self.instances.remove(id);
        if let Some(placed) = Arc::make_mut(&mut self.entities).remove(id) {
            Arc::make_mut(&mut self.roots).remove(id);
            self.ecs.despawn(placed.root);
        }
    }

    pub(super) fn deliver(&mut self, to: Option<&str>, name: &str, data: &Value, from: Option<String>) {
        let scope = if to.is_some() { "app" } else { "world" };
        let heard = Heard { scope, name: name.to_owned(), data: data.to_string().into(), from };
        match to {
            Some(entity) => {
                if let Some(instance) = self.instances.get_mut(entity) {
                    instance.heard.push(heard);
                }
            }
            None => self.emitted.push(heard),
        }
    }

    /// Compares every entity's plan with the one it runs; those that differ start again.
    fn plan_again(&mut self) {
        let touched = std::mem::take(&mut self.touched);
        let ids: Vec<String> = self.entities.keys().cloned().collect();
        for id in ids {
            let Some(placed) = self.entities.get(&id) else { continue };
            let blueprint = placed.blueprint().to_owned();
            let plan = Plan::of(&blueprint, placed.row.get("props"), &self.blueprints);
            let again = self.instances.get(&id).is_none_or(|it| {
                let retry = touched.contains(&id) && !matches!(it.state, InstanceState::Running);
                it.plan != plan || it.blueprint != blueprint || retry
            });
            if again {
                self.begin(&id, &blueprint, plan);
            }
        }
    }

    fn begin(&mut self, id: &str, blueprint: &str, plan: Plan) {
        self.stop(id);
        let starts = self.instances.get(id).map_or(0, |it| it.starts);
        let instance = Instance { starts, ..Instance::new(blueprint, plan) };
        if !matches!(instance.state, InstanceState::Starting) {
            let (app, entity) = (instance.app().to_owned(), id.to_owned());
            self.events.push(WorldEvent::Script { app, entity, state: instance.state.clone() });
        }
        self.instances.insert(id.to_owned(), instance);
    }

    /// Forgets a running script and takes its nodes away. Its entity stays.
    pub(super) fn stop(&mut self, id: &str) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        if matches!(instance.state, InstanceState::Running)
            && let Some(worker) = instance.worker()
        {
            self.stopping.push((worker.to_owned(), id.to_owned()));
        }
        instance.state = InstanceState::Idle;
        let nodes: Vec<ecs::Entity> = std::mem::take(&mut instance.nodes).into_values().collect();
        for node in nodes {
            self.ecs.despawn(node);
        }
    }
}

fn id_of(json: &Map<String, Value>) -> Option<String> {
    json.get("id").and_then(Value::as_str).map(str::to_owned)
}
