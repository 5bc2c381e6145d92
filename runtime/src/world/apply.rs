//! Steps: what they change, and which scripts have to start again because of them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::instance::Instance;
use super::plan::{Blueprints, Plan};
use super::{Heard, InstanceState, Level, Parts, Placed, Step, World, WorldEvent};
use crate::ecs::{self, Value as Field};

/// Messages that may wait for one script.
const HEARD_MAX: usize = 10_000;

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
            Step::Message { to, name, data, from, version } => {
                let heard = Heard { name, data: data.to_string().into(), from, version, scope: "world" };
                self.deliver(to.as_deref(), heard);
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

    fn deliver(&mut self, to: Option<&str>, heard: Heard) {
        let Some(entity) = to else { return self.emitted.push(heard) };
        let Some(instance) = self.instances.get_mut(entity) else { return };
        if instance.heard.len() < HEARD_MAX {
            instance.heard.push(Heard { scope: "app", ..heard });
        } else if instance.heard.len() == HEARD_MAX {
            let app = instance.app().to_owned();
            let text = "too_many_messages: the rest is dropped until it has heard some".to_owned();
            self.log(&app, &entity.to_owned(), Level::Warn, text);
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
            } else if let Some(instance) = self.instances.get_mut(&id) {
                // What runs on is of the new version, as far as the other side is concerned.
                instance.version = version_of(&self.blueprints, &blueprint);
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
        instance.fetched.clear();
        let nodes: Vec<ecs::Entity> = std::mem::take(&mut instance.nodes).into_values().collect();
        for node in nodes {
            self.ecs.despawn(node);
        }
        self.fetches.forget(id);
        self.let_go(id);
    }
}

/// The version of a blueprint; 0 if it says none.
pub(super) fn version_of(blueprints: &Blueprints, id: &str) -> u64 {
    let version = blueprints.get(id).and_then(|it| it.get("version"));
    version.and_then(|it| it.as_u64().or_else(|| it.as_f64().map(|it| it as u64))).unwrap_or(0)
}

fn id_of(json: &Map<String, Value>) -> Option<String> {
    json.get("id").and_then(Value::as_str).map(str::to_owned)
}
