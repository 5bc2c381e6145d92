//! Bodies and scripts: what scripts wish for, where their nodes came to, and what they hear of it.

use std::sync::Arc;

use bowline_model::Problem;
use serde_json::{Value, json};

use super::{Level, Role, World};
use crate::ecs::Entity;
use crate::physics::{Command, Held, Point, Stepped, Touch, What, Who};
use crate::script::Touched;

/// Nodes that are bodies, or become one when somebody sets a field.
const BODIES: [&str; 2] = ["rigidbody", "controller"];

/// Touches that wait for one script that is behind; the rest is dropped.
const TOUCHED_MAX: usize = 10_000;

impl World {
    /// After the scripts of the tick: the bodies do what was wished for, step, and whoever has to know
    /// hears of it in the next tick.
    pub(super) fn step_bodies(&mut self) {
        let (definitions, steps) = (self.definitions.hash(), self.clock.fixed_steps());
        let players = self.people.players.iter().map(|it| (it.id.as_str(), it.position, it.quaternion));
        self.physics.stand(players);
        let Stepped { touches, moved, shapeless, overfull } =
            self.physics.step(&mut self.ecs, definitions, steps);
        let held = Arc::clone(self.physics.held());
        for entity in moved {
            self.tell_where(&held, entity);
        }
        for touch in touches {
            self.tell_touch(&held, touch);
        }
        for entity in shapeless {
            self.log_body(&held, entity, "collider_without_shape: the shapes of models are not known here");
        }
        for owner in overfull {
            match owner {
                Some(app) => self.crash_overfull(&app),
                None => {
                    let text = "physics_budget: there are more bodies of no app than a world can move";
                    self.log("", "", Level::Error, text.to_owned());
                }
            }
        }
    }

    /// A node of a script was made, or became a body.
    pub(super) fn hold_body(&mut self, app: &str, node: u32, entity: Entity) {
        self.physics.hold(&self.ecs, (app, node), entity);
    }

    /// Whether a node of that type is a body from the beginning.
    pub(super) fn is_body(kind: &str) -> bool {
        BODIES.contains(&kind)
    }

    /// A method of a node that is a body. What is none of physics is left alone: it was said when it
    /// was called.
    pub(super) fn wish(&mut self, entity: Entity, method: &str, args: &[Value]) {
        if let Some(command) = Command::read(method, args) {
            self.physics.wish(entity, command);
        }
    }

    fn tell_where(&mut self, held: &Held, entity: Entity) {
        // An app's own entity, or one of its nodes.
        if let Some(owner) = self.roots.owner(entity).map(str::to_owned)
            && let Some(instance) = self.instances.get_mut(&owner)
        {
            instance.moved = true;
            self.told.insert(owner);
        } else if let Some((app, node)) = held.owner(entity)
            && let Some(instance) = self.instances.get_mut(app)
        {
            instance.moved_nodes.insert(node);
            self.told.insert(app.to_owned());
        }
    }

    fn tell_touch(&mut self, held: &Held, touch: Touch) {
        let Who::Entity(entity) = touch.who else { return };
        let Some((app, node)) = held.owner(entity) else { return };
        let Some(instance) = self.instances.get_mut(app) else { return };
        let local = match &self.people.role {
            Role::Client(player) => Some(player.as_str()),
            _ => None,
        };
        let (name, event) = (name(touch.what).to_owned(), event(&touch, local).to_string().into());
        if instance.touched.len() < TOUCHED_MAX {
            instance.touched.push(Touched { node, name, event });
        }
        self.told.insert(app.to_owned());
    }

    fn log_body(&mut self, held: &Held, entity: Entity, text: &str) {
        let Some((app, _)) = held.owner(entity) else { return };
        let Some(folder) = self.instances.get(app).map(|it| it.app().to_owned()) else { return };
        self.log(&folder, app, Level::Warn, text.to_owned());
    }

    fn crash_overfull(&mut self, entity: &str) {
        let Some(app) = self.instances.get(entity).map(|it| it.app().to_owned()) else { return };
        let message = format!("{app} has more bodies that move, or more in one place, than a world can bear");
        let problem = Problem::file("physics_budget", self.entry_path(entity), message)
            .help("fewer bodies with `kinematic`, `dynamic` or `trigger`, or farther from each other");
        self.crash_running(entity, problem);
    }
}

fn name(what: What) -> &'static str {
    match what {
        What::ContactStart => "onContactStart",
        What::ContactEnd => "onContactEnd",
        What::TriggerEnter => "onTriggerEnter",
        What::TriggerLeave => "onTriggerLeave",
    }
}

/// `local` is the player of a client.
fn event(touch: &Touch, local: Option<&str>) -> Value {
    let mut event = json!({ "tag": touch.tag, "playerId": touch.player });
    let point = |it: &Point| json!({ "position": it.position, "normal": it.normal, "impulse": it.impulse });
    match touch.what {
        What::ContactStart | What::ContactEnd => {
            event["contacts"] = touch.points.iter().map(point).collect();
        }
        What::TriggerEnter | What::TriggerLeave => {
            event["isLocalPlayer"] = Value::Bool(local.is_some() && touch.player.as_deref() == local);
        }
    }
    event
}
