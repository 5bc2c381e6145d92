//! [`Stage`]: the world a test is about, and everything a test can ask of it, by name, in JSON. The
//! preludes of both languages put methods around exactly these.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::Problem;
use bowline_schema::nearest::did_you_mean;
use serde_json::{Map, Value, json};

use crate::ecs::Entity;
use crate::player::Player;
use crate::query::{Detail, Expression};
use crate::room::{Context, Room, RoomEvent};
use crate::world::{InstanceState, Level, Step, World, WorldEvent};

/// Ticks of one call; a test that needs more asks again.
const TICKS_MAX: u64 = 1_000_000;

/// The world of one test.
pub(super) struct Stage {
    room: Room,
    /// What was said and sent, oldest first.
    lines: Vec<Value>,
    sent: Vec<Value>,
    chats: Vec<Value>,
    /// The last error of each app that had one.
    crashes: BTreeMap<String, Problem>,
    /// Apps that may crash.
    expected: BTreeSet<String>,
    /// Entities the test has made.
    made: u64,
}

type Answer = Result<Value, String>;

impl Stage {
    pub(super) fn new(room: Room) -> Stage {
        let (lines, sent, chats) = (Vec::new(), Vec::new(), Vec::new());
        let (crashes, expected) = (BTreeMap::new(), BTreeSet::new());
        Stage { room, lines, sent, chats, crashes, expected, made: 0 }
    }

    fn world(&self) -> &World {
        self.room.server()
    }

    pub(super) fn now(&self) -> u64 {
        self.world().now()
    }

    /// An app that an error stopped, unless the test said that it would.
    pub(super) fn crashed(&self) -> Result<(), Problem> {
        let unexpected = self.crashes.iter().find(|(app, _)| !self.expected.contains(*app));
        match unexpected {
            None => Ok(()),
            Some((app, problem)) => {
                let message = format!("{app} crashed: {}", problem.message);
                let help = "if it should, say t.expectCrash(app) in the test";
                Err(Problem { message, ..problem.clone() }.help(help))
            }
        }
    }

    /// The answer to `name`.
    pub(super) fn call(&mut self, name: &str, asked: &Value) -> Answer {
        match name {
            "tick" => self.tick(asked["n"].as_u64().unwrap_or(1)),
            "now" => Ok(json!(self.world().now())),
            "hash" => Ok(json!(self.world().state_hash().to_string())),
            "logs" => Ok(filtered(&self.lines, asked)),
            "sent" => Ok(filtered(&self.sent, asked)),
            "app" => self.app(&text(asked, "app")),
            "expectCrash" => {
                self.expected.insert(text(asked, "app"));
                Ok(Value::Null)
            }
            "entities" => Ok(json!(self.world().entity_ids().collect::<Vec<_>>())),
            "entity" => self.entity(&text(asked, "id")),
            "query" => self.query(&text(asked, "expr")),
            "send" => self.send(asked),
            "spawn" => self.spawn(asked),
            "change" => self.change(asked),
            "remove" => {
                let id = self.known(&text(asked, "id"))?;
                self.apply(Step::RemoveEntity { id });
                Ok(Value::Null)
            }
            "join" => self.join(asked),
            "player" => self.player(&text(asked, "id")),
            "chats" => Ok(Value::Array(self.chats.clone())),
            "leave" => self.act(Step::Leave { id: self.here(asked)? }),
            "walk" => self.walk(asked),
            "chat" => self.chat(asked),
            "press" => {
                let (id, input) = (self.here(asked)?, asked["input"].clone());
                self.act(Step::Input { id, input })
            }
            "trigger" => {
                let (id, entity, node) = (self.here(asked)?, text(asked, "entity"), text(asked, "node"));
                let entity = self.known(&entity)?;
                self.act(Step::Action { id, entity, node })
            }
            "restart" => {
                let id = self.known(&text(asked, "id"))?;
                self.apply(Step::Restart { id });
                Ok(Value::Null)
            }
            _ => Err(format!("`{name}` is nothing a test can ask")),
        }
    }

    fn apply(&mut self, step: Step) {
        self.room.apply(step);
    }

    fn act(&mut self, step: Step) -> Answer {
        self.apply(step);
        Ok(Value::Null)
    }

    /// Somebody comes, and is there when this has answered.
    fn join(&mut self, asked: &Value) -> Answer {
        let name = text(asked, "name");
        let mut how = asked["how"].as_object().cloned().unwrap_or_default();
        how.entry("id").or_insert_with(|| json!(name.to_lowercase()));
        how.insert("name".to_owned(), json!(name));
        let player: Player = serde_json::from_value(Value::Object(how)).map_err(|it| it.to_string())?;
        let id = player.id.clone();
        self.apply(Step::Join { player });
        // One tick to come, one for the client to begin.
        self.tick(2)?;
        self.player(&id)
    }

    fn player(&self, id: &str) -> Answer {
        match self.world().players().get(id) {
            Some(player) => Ok(json!(player)),
            None => Err(format!("nobody called `{id}` is in the world")),
        }
    }

    /// The id of a player who is here.
    fn here(&self, asked: &Value) -> Result<String, String> {
        let id = text(asked, "player");
        self.player(&id).map(|_| id)
    }

    fn walk(&mut self, asked: &Value) -> Answer {
        let id = self.here(asked)?;
        let numbers = |key: &str| serde_json::from_value(asked[key].clone()).ok();
        let position = numbers("position").ok_or("a position is three numbers")?;
        let upright = || [0.0, 0.0, 0.0, 1.0];
        let quaternion = serde_json::from_value(asked["quaternion"].clone()).unwrap_or_else(|_| upright());
        self.act(Step::Move { id, position, quaternion })
    }

    /// A line in the chat; one with a slash is a command.
    fn chat(&mut self, asked: &Value) -> Answer {
        let (id, said) = (self.here(asked)?, text(asked, "text"));
        if said.starts_with('/') {
            return self.act(Step::Command { id, text: said });
        }
        let name = self.world().players().get(&id).map(|it| it.name.clone()).unwrap_or_default();
        let message = json!({"from": name, "fromId": id, "body": said});
        let message = message.as_object().cloned().unwrap_or_default();
        self.act(Step::Chat { message, from: Some(id) })
    }

    fn tick(&mut self, n: u64) -> Answer {
        for _ in 0..n.min(TICKS_MAX) {
            for RoomEvent { context, event } in self.room.tick() {
                self.heard(&context, event);
            }
        }
        Ok(json!(self.world().now()))
    }

    fn heard(&mut self, context: &Context, event: WorldEvent) {
        let context = match context {
            Context::Server => "server".to_owned(),
            Context::Client(player) => format!("client {player}"),
        };
        let tick = self.world().now();
        match event {
            WorldEvent::Log { app, entity, level, text } => {
                let level = if level == Level::Info { "log".to_owned() } else { level.to_string() };
                self.lines.push(json!({"tick": tick, "context": context, "app": app,
                    "entity": entity, "level": level, "text": text}));
            }
            WorldEvent::Script { app: who, state: InstanceState::Crashed { problem }, .. }
            | WorldEvent::System { slug: who, state: InstanceState::Crashed { problem } } => {
                self.crashes.insert(who, problem);
            }
            WorldEvent::Send { entity, name, data, to, except, .. } => {
                let sent = json!({"tick": tick, "context": context, "entity": entity, "name": name, "data": data, "to": to,
                    "except": except, "app": self.app_of(&entity)});
                self.sent.push(sent);
            }
            // A client hears what the server has said to all; it is one line of one chat.
            WorldEvent::Chat { message, from, .. } if context == "server" => {
                self.chats.push(json!({"tick": tick, "context": context, "message": message, "from": from}));
            }
            _ => (),
        }
    }

    fn app_of(&self, entity: &str) -> String {
        let instances = self.world().instances();
        instances.into_iter().find(|it| it.entity == entity).map(|it| it.app).unwrap_or_default()
    }

    fn app(&self, app: &str) -> Answer {
        let all = self.world().instances();
        let found: Vec<Value> = all.iter().filter(|it| it.app == app).map(status).collect();
        if found.is_empty() && self.world().now() > 0 {
            let known: BTreeSet<&str> = all.iter().map(|it| it.app.as_str()).collect();
            let hint = did_you_mean(app, known).map_or(String::new(), |it| format!("; {it}"));
            return Err(format!("no entity of the world stands on an app `{app}`{hint}"));
        }
        Ok(json!(found))
    }

    /// An entity of this id, which is there or will be with the next tick.
    fn known(&self, id: &str) -> Result<String, String> {
        let known: Vec<&str> = self.world().entity_ids().collect();
        // Before the first tick nothing is there yet.
        if known.contains(&id) || self.world().now() == 0 {
            return Ok(id.to_owned());
        }
        let hint = did_you_mean(id, known).map_or(String::new(), |it| format!("; {it}"));
        Err(format!("the world has no entity `{id}`{hint}"))
    }

    fn entity(&self, id: &str) -> Answer {
        let Some((row, root)) = self.world().entity(id) else {
            self.known(id)?;
            return Err("the world is empty before its first tick: await t.tick()".to_owned());
        };
        let instance = self.world().instances().into_iter().find(|it| it.entity == id);
        let instance = instance.as_ref().map(status).unwrap_or_default();
        let transform = self.components(root).remove("transform").unwrap_or_default();
        Ok(json!({
            "id": id,
            "blueprint": row.get("blueprint"),
            "position": transform.get("position"),
            "quaternion": transform.get("quaternion"),
            "scale": transform.get("scale"),
            "props": row.get("props").cloned().unwrap_or_else(|| json!({})),
            "state": row.get("state").cloned().unwrap_or_else(|| json!({})),
            "script": instance.get("state"),
            "problem": instance.get("problem"),
            "components": self.components(root),
            "nodes": self.nodes(root),
        }))
    }

    fn components(&self, entity: Entity) -> Map<String, Value> {
        let ecs = self.world().ecs();
        let row = |it: &crate::ecs::ComponentId| {
            Some((ecs.layout(*it).component.name().to_owned(), Value::Object(ecs.row(entity, *it)?)))
        };
        ecs.components(entity).iter().filter_map(row).collect()
    }

    /// Everything below an entity, parents first.
    fn nodes(&self, root: Entity) -> Vec<Value> {
        let ecs = self.world().ecs();
        let mut found = Vec::new();
        let mut open: Vec<Entity> = ecs.children(root).collect();
        open.reverse();
        while let Some(entity) = open.pop() {
            found.push(json!({"entity": entity.to_string(), "components": self.components(entity)}));
            let mut below: Vec<Entity> = ecs.children(entity).collect();
            below.reverse();
            open.append(&mut below);
        }
        found
    }

    fn query(&self, expr: &str) -> Answer {
        let mistake = |it: crate::query::Mistake| format!("{} at column {}", it.message, it.column);
        let expression = Expression::parse(expr).map_err(mistake)?;
        Ok(json!(expression.game(self.world().ecs(), Detail::Components).map_err(mistake)?))
    }

    /// To one entity's `app.on`, to those of an app, or to everybody's `world.on`.
    fn send(&mut self, asked: &Value) -> Answer {
        let (name, data) = (text(asked, "name"), asked["data"].clone());
        let from = asked["from"].as_str().map(str::to_owned);
        let to: Vec<Option<String>> = match (asked["id"].as_str(), asked["app"].as_str()) {
            (Some(id), _) => vec![Some(self.known(id)?)],
            (None, Some(app)) => {
                let all = self.world().instances();
                all.into_iter().filter(|it| it.app == app).map(|it| Some(it.entity)).collect()
            }
            (None, None) => vec![None],
        };
        for to in to {
            self.apply(message(to, &name, &data, from.clone()));
        }
        Ok(Value::Null)
    }

    fn spawn(&mut self, asked: &Value) -> Answer {
        self.made += 1;
        let id = asked["id"].as_str().map_or_else(|| format!("test{}", self.made), str::to_owned);
        let mut json = json!({"id": id, "type": "app", "blueprint": asked["blueprint"], "position": [0, 0, 0],
            "quaternion": [0, 0, 0, 1], "scale": [1, 1, 1], "props": {}, "state": {}});
        for key in ["position", "quaternion", "scale", "props", "state"] {
            if !asked[key].is_null() {
                json[key] = asked[key].clone();
            }
        }
        let Value::Object(json) = json else { return Err("an entity is an object".to_owned()) };
        self.apply(Step::PutEntity { json });
        // It is there at once, as one that was placed is.
        self.tick(1)?;
        self.entity(&id)
    }

    fn change(&mut self, asked: &Value) -> Answer {
        let id = self.known(&text(asked, "id"))?;
        let Some((row, _)) = self.world().entity(&id) else {
            return Err("the world is empty before its first tick: await t.tick()".to_owned());
        };
        let mut json = row.clone();
        for (key, value) in asked["to"].as_object().into_iter().flatten() {
            match (json.get_mut(key), value) {
                (Some(Value::Object(old)), Value::Object(new)) if key == "props" => old.extend(new.clone()),
                _ => drop(json.insert(key.clone(), value.clone())),
            }
        }
        self.apply(Step::PutEntity { json });
        Ok(Value::Null)
    }
}

fn message(to: Option<String>, name: &str, data: &Value, from: Option<String>) -> Step {
    Step::Message { to, name: name.to_owned(), data: data.clone(), from, version: None }
}

fn status(it: &crate::world::InstanceStatus) -> Value {
    let (state, problem) = match &it.state {
        InstanceState::Starting => ("starting", None),
        InstanceState::Running => ("running", None),
        InstanceState::Idle => ("idle", None),
        InstanceState::Crashed { problem } => ("crashed", Some(problem)),
    };
    let problem = problem.map(|it| {
        json!({"code": it.code, "message": it.message, "path": it.path, "line": it.line, "column": it.column})
    });
    json!({"app": it.app, "entity": it.entity, "blueprint": it.blueprint, "state": state, "problem": problem,
        "starts": it.starts})
}

fn text(asked: &Value, key: &str) -> String {
    asked[key].as_str().unwrap_or_default().to_owned()
}

/// Those of the app, or of the entity, that was asked for.
fn filtered(all: &[Value], asked: &Value) -> Value {
    let fits = |it: &&Value| {
        ["app", "entity", "context"].iter().all(|key| asked[*key].is_null() || it[*key] == asked[*key])
    };
    Value::Array(all.iter().filter(fits).cloned().collect())
}
