//! The simulated world as the ticker knows it: accepted changes become [`Step`]s, what happens in a
//! tick becomes lines, events and a list of instances. The one rule of its own is about run-time
//! state, see [`States`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use bowline_model::{AssetName, Frame, Problem};
use bowline_runtime::ecs::Ecs;
use bowline_runtime::fetch::FetchRules;
use bowline_runtime::player::{Player, Players};
use bowline_runtime::{
    Compile, Context, Definitions, Image, InstanceState, InstanceStatus, Room, RoomEvent, Seed, Step,
    WorldEvent,
};
use bowline_schema::Problem as SchemaProblem;
use bowline_schema::change::Verdict;
use bowline_store::{Contents, Store, Table};
use bowline_wire::{FromServer, JsonObject};
use serde_json::{Value, json};

use crate::accounts::{self, Account};
use crate::autosave::{Fork, Kept};
use crate::fetcher::Question;
use crate::options::Options;
use crate::stage::{Instance, Line};
use crate::ticker::{Happening, Simulation};

/// A world that runs scripts.
pub(crate) struct Simulated {
    room: Room,
    states: States,
    blueprints: BTreeSet<String>,
    /// Without scripts.
    safe_mode: bool,
    /// Where players come in: `{position, quaternion}`.
    spawn: Value,
}

/// The fields of a blueprint that make it run.
const SCRIPT_FIELDS: [&str; 5] = ["script", "scriptEntry", "scriptFiles", "scriptFormat", "scriptRef"];

/// The state of each entity, as the store has it and as its script made it since. A client that
/// moves an entity sends the stored state along; that is no wish to undo what the script did. Only a
/// stored state that changed is one.
#[derive(Clone, Default, PartialEq, Debug)]
struct States(BTreeMap<String, State>);

#[derive(Clone, Default, PartialEq, Debug)]
struct State {
    stored: Option<Value>,
    live: Option<Value>,
}

impl States {
    /// The entity as the simulation is to be given it.
    fn merge(&mut self, id: &str, mut entity: JsonObject) -> JsonObject {
        let stored = entity.get("state").cloned();
        let known = self.0.entry(id.to_owned()).or_default();
        match &known.live {
            Some(live) if known.stored == stored => {
                entity.insert("state".to_owned(), live.clone());
            }
            _ => *known = State { stored, live: None },
        }
        entity
    }

    fn made(&mut self, id: &str, live: Value) {
        self.0.entry(id.to_owned()).or_default().live = Some(live);
    }

    /// `{entity: {stored?, live?}}`.
    fn to_json(&self) -> Value {
        let state = |it: &State| {
            let parts = [("stored", &it.stored), ("live", &it.live)];
            let parts = parts.into_iter().filter_map(|(key, it)| Some((key.to_owned(), it.clone()?)));
            Value::Object(parts.collect())
        };
        Value::Object(self.0.iter().map(|(id, it)| (id.clone(), state(it))).collect())
    }

    fn from_json(json: &Value) -> Option<States> {
        let state = |it: &Value| State { stored: it.get("stored").cloned(), live: it.get("live").cloned() };
        Some(States(json.as_object()?.iter().map(|(id, it)| (id.clone(), state(it))).collect()))
    }
}

impl Simulated {
    /// A world without anything in it, whose scripts may fetch what `rules` name.
    pub(crate) fn new(options: &Options, definitions: Arc<Definitions>, rules: FetchRules) -> Simulated {
        let store = options.store.clone();
        let text = move |name: &AssetName| text(&*store, name);
        let mut room = Room::new(Seed { seed: options.seed }, options.limits, text, definitions);
        room.allow_fetch(rules);
        room.compiling(Compile::Behind);
        let (states, blueprints, safe_mode) = (States::default(), BTreeSet::new(), options.safe_mode);
        Simulated { room, states, blueprints, safe_mode, spawn: Value::Null }
    }

    fn put_blueprint(&mut self, json: &JsonObject) {
        let Some(id) = json.get("id").and_then(Value::as_str) else { return };
        self.blueprints.insert(id.to_owned());
        let mut json = json.clone();
        if self.safe_mode {
            SCRIPT_FIELDS.iter().for_each(|it| drop(json.shift_remove(*it)));
        }
        self.room.apply(Step::PutBlueprint { json });
    }

    fn remove_blueprint(&mut self, id: &str) {
        self.blueprints.remove(id);
        self.room.apply(Step::RemoveBlueprint { id: id.to_owned() });
    }

    fn put_entity(&mut self, json: &JsonObject) {
        let Some(id) = json.get("id").and_then(Value::as_str) else { return };
        let json = self.states.merge(id, json.clone());
        self.room.apply(Step::PutEntity { json });
    }

    fn remove_entity(&mut self, id: &str) {
        self.states.0.remove(id);
        self.room.apply(Step::RemoveEntity { id: id.to_owned() });
    }
}

/// The text of a module, `None` if it is missing, damaged or no text: the script that wants it fails
/// with its name.
fn text(store: &dyn Store, name: &AssetName) -> Option<Arc<str>> {
    match store.blob(&name.digest) {
        Ok(bytes) => String::from_utf8(bytes?).ok().map(Arc::from),
        Err(error) => {
            tracing::error!(%error, %name, "a module could not be read");
            None
        }
    }
}

impl Simulation for Simulated {
    fn read(&mut self, contents: &Contents) {
        let ids = |table| contents.rows(table).iter().map(|row| row.id.clone()).collect::<BTreeSet<_>>();
        for id in self.blueprints.difference(&ids(Table::Blueprint)).cloned().collect::<Vec<_>>() {
            self.remove_blueprint(&id);
        }
        let known: BTreeSet<String> = self.states.0.keys().cloned().collect();
        for id in known.difference(&ids(Table::Entity)) {
            self.remove_entity(id);
        }
        if let Some(row) = contents.rows(Table::Meta).iter().find(|it| it.id == "spawn") {
            self.spawn = row.json.clone();
        }
        for row in contents.rows(Table::Blueprint).iter().filter_map(|row| row.json.as_object()) {
            self.put_blueprint(row);
        }
        for row in contents.rows(Table::Entity).iter().filter_map(|row| row.json.as_object()) {
            self.put_entity(row);
        }
    }

    fn edit(&mut self, edit: &FromServer) {
        match edit {
            FromServer::BlueprintAdded(it) | FromServer::BlueprintModified(it) => self.put_blueprint(it),
            FromServer::BlueprintRemoved(id) => self.remove_blueprint(id),
            FromServer::EntityAdded(it) => {
                // A new life, whatever was called so before.
                if let Some(id) = it.get("id").and_then(Value::as_str) {
                    self.states.0.remove(id);
                }
                self.put_entity(it);
            }
            FromServer::EntityModified(it) => self.put_entity(it),
            FromServer::EntityRemoved(id) => self.remove_entity(id),
            FromServer::SpawnModified(it) => self.spawn = Value::Object(it.clone()),
            // Settings are the clients' business; the rest is never an edit.
            _ => (),
        }
    }

    fn tick(&mut self) -> Vec<Happening> {
        let events = self.room.tick();
        let tick = self.room.server().now();
        events.into_iter().filter_map(|it| self.happening(tick, it)).collect()
    }

    fn take_over(&mut self, until: Instant) -> Vec<Happening> {
        let events = self.room.take_over(until);
        let tick = self.room.server().now();
        events.into_iter().filter_map(|it| self.happening(tick, it)).collect()
    }

    fn is_compiling(&self) -> bool {
        self.room.is_compiling()
    }

    fn step(&mut self, context: &Context, step: Step) {
        match (context, step) {
            (Context::Server, Step::Join { player }) => {
                let player = self.at_spawn(player);
                self.room.apply(Step::Join { player });
            }
            (Context::Server, Step::Chat { message, from }) => {
                let message = self.signed(message, from.as_deref());
                self.room.apply(Step::Chat { message, from });
            }
            (Context::Server, step @ Step::Fetched { .. }) => self.room.apply_in(context, step),
            (Context::Server, step) => self.room.apply(step),
            (Context::Client(_), step) => self.room.apply_in(context, step),
        }
    }

    fn players(&self) -> Arc<Players> {
        Arc::clone(self.room.server().players())
    }

    fn now(&self) -> u64 {
        self.room.server().now()
    }

    fn hash(&self) -> String {
        self.room.server().state_hash().to_string()
    }

    fn instances(&self) -> Vec<Instance> {
        let server = self.room.server().instances().into_iter().map(|it| instance(it, None));
        let clients = self.room.clients().flat_map(|(player, world)| {
            let context = format!("client {player}");
            world.instances().into_iter().map(move |it| instance(it, Some(context.clone())))
        });
        server.chain(clients).collect()
    }

    fn accounts(&self) -> Vec<Account> {
        let clients = self.room.clients().flat_map(|(_, it)| it.accounts());
        let counted = self.room.server().accounts().into_iter().chain(clients).collect();
        accounts::of(&self.instances(), counted)
    }

    fn define(&mut self, definitions: Arc<Definitions>) -> Result<(), Box<Verdict>> {
        if let Some(lost) = self.room.server().judge(&definitions) {
            return Err(Box::new(lost));
        }
        self.room.apply(Step::Define(definitions));
        Ok(())
    }

    fn entities(&self) -> Ecs {
        self.room.server().ecs().clone()
    }

    fn fork(&self) -> Fork {
        let (image, states) = (self.room.server().save(), self.states.clone());
        Fork {
            tick: self.room.server().now(),
            state_hash: self.hash(),
            schema_hash: self.room.server().definitions().hash().to_string(),
            encode: Box::new(move || {
                let mut image = image.encode();
                if let Some(image) = image.as_object_mut() {
                    OF_THE_TICK.iter().for_each(|it| drop(image.shift_remove(*it)));
                }
                json!({"image": image, "states": states.to_json()})
            }),
        }
    }

    fn spawn(&mut self, prefab: &str, overrides: &JsonObject) -> Result<String, SchemaProblem> {
        self.room.server_mut().spawn(prefab, overrides).map(|it| it.to_string())
    }

    fn restore(&mut self, woken: Woken) -> Result<(), String> {
        self.room.restore(&woken.image).map_err(|why| why.to_string())?;
        (self.states, self.blueprints) = (woken.states, woken.blueprints);
        Ok(())
    }
}

/// What an image says of its tick, which [`Kept`] has itself: a world in which nothing happens is the
/// same without it.
const OF_THE_TICK: [&str; 2] = ["tick", "stateHash"];

/// A kept world that was read, all but put in place: the part that takes time.
#[derive(Debug)]
pub(crate) struct Woken {
    image: Image,
    states: States,
    blueprints: BTreeSet<String>,
}

impl Woken {
    /// Reads `kept`.
    pub(crate) fn read(kept: &Kept) -> Result<Woken, String> {
        let part = |name: &str| kept.world.get(name).ok_or_else(|| format!("`{name}` is missing"));
        let states = States::from_json(part("states")?).ok_or("`states` is wrong")?;
        let mut image = part("image")?.as_object().cloned().ok_or("`image` is wrong")?;
        image.insert("tick".to_owned(), kept.tick.into());
        image.insert("stateHash".to_owned(), kept.state_hash.clone().into());
        let blueprints = image.get("blueprints").and_then(Value::as_object);
        let blueprints = blueprints.into_iter().flat_map(|it| it.keys().cloned()).collect();
        let image = Image::decode(&Value::Object(image)).map_err(|why| why.to_string())?;
        Ok(Woken { image, states, blueprints })
    }
}

impl Simulated {
    fn at_spawn(&self, player: Player) -> Player {
        let numbers = |name: &str| self.spawn.get(name).cloned();
        let position = numbers("position").and_then(|it| serde_json::from_value(it).ok());
        let quaternion = numbers("quaternion").and_then(|it| serde_json::from_value(it).ok());
        Player {
            position: position.unwrap_or(player.position),
            quaternion: quaternion.unwrap_or(player.quaternion),
            ..player
        }
    }

    /// With the name of who says it.
    fn signed(&self, mut message: JsonObject, from: Option<&str>) -> JsonObject {
        if let Some(player) = from.and_then(|it| self.room.server().players().get(it)) {
            message.insert("from".to_owned(), player.name.clone().into());
            message.insert("fromId".to_owned(), player.id.clone().into());
        }
        message
    }

    fn happening(&mut self, tick: u64, told: RoomEvent) -> Option<Happening> {
        let RoomEvent { context, event } = told;
        if let WorldEvent::Fetch { ticket, request, .. } = event {
            return Some(Happening::Fetch(Question { context, ticket, request }));
        }
        match context {
            Context::Server => self.on_server(tick, event),
            Context::Client(player) => on_client(tick, player, event),
        }
    }

    fn on_server(&mut self, tick: u64, event: WorldEvent) -> Option<Happening> {
        Some(match event {
            WorldEvent::State { entity, state } => {
                self.states.made(&entity, state.clone());
                Happening::Event(json!({"type": "state", "tick": tick, "entity": entity, "state": state}))
            }
            // Told by whoever changed the records, with what they are.
            WorldEvent::Defined { .. } => return None,
            // Judged at the boundary, so this cannot come.
            WorldEvent::NotDefined { hash, verdict } => {
                tracing::error!(%hash, reasons = ?verdict.reasons, "the world refused its definitions");
                return None;
            }
            WorldEvent::Joined { player } => {
                let welcome = self.welcome(tick, &player);
                Happening::Entered(player, welcome)
            }
            WorldEvent::NotJoined { player, why } => {
                let message = json!({"type": "refused", "error": "not_joined", "message": why});
                Happening::Player(player, message)
            }
            WorldEvent::Left { player } => Happening::Left(player),
            WorldEvent::Act { player, act } => Happening::Act(
                player.clone(),
                json!({"type": "act", "tick": tick, "playerId": player, "act": act}),
            ),
            // Every client hears it from its own side.
            WorldEvent::Chat { message, .. } => {
                Happening::Event(json!({"type": "chat", "tick": tick, "message": message}))
            }
            other => plain(tick, other, None)?,
        })
    }

    fn welcome(&self, tick: u64, player: &str) -> Value {
        let players = self.room.server().players();
        let rank = players.get(player).map(|it| it.rank);
        json!({"type": "welcome", "networkId": player, "tick": tick, "rank": rank, "players": **players})
    }
}

/// What happened in the world as one player's client runs it.
fn on_client(tick: u64, player: String, event: WorldEvent) -> Option<Happening> {
    match event {
        WorldEvent::Chat { message, .. } => {
            let message = json!({"type": "chat", "tick": tick, "message": message});
            Some(Happening::Player(player, message))
        }
        WorldEvent::NotJoined { why, .. } => {
            Some(Happening::Player(player, json!({"type": "no_scripts", "message": why})))
        }
        other @ (WorldEvent::Log { .. } | WorldEvent::Script { .. } | WorldEvent::NotReloaded { .. }) => {
            plain(tick, other, Some(player))
        }
        _ => None,
    }
}

/// What is told in the same words for both sides; of a client, with whose it is.
fn plain(tick: u64, event: WorldEvent, client: Option<String>) -> Option<Happening> {
    let context = client.map(|it| format!("client {it}"));
    Some(match event {
        WorldEvent::Log { app, entity, level, text } => {
            Happening::Log(Line { app, entity, level: level.to_string(), text, context })
        }
        WorldEvent::Script { app, entity, state } => {
            let (state, problem) = spell(&state);
            let mut event =
                json!({"type": "script", "tick": tick, "app": app, "entity": entity, "state": state});
            if let Some(context) = context {
                event["context"] = context.into();
            }
            Happening::Script(with(event, "problem", problem.unwrap_or_default()))
        }
        WorldEvent::NotReloaded { app, problem } => {
            let problem = problem_json(&problem);
            let mut event = json!({"type": "reload", "tick": tick, "app": app, "problem": problem});
            if let Some(context) = context {
                event["context"] = context.into();
            }
            Happening::Script(event)
        }
        WorldEvent::System { slug, state } => {
            let (state, problem) = spell(&state);
            let event = json!({"type": "system", "tick": tick, "slug": slug, "state": state});
            Happening::Event(with(event, "problem", problem.unwrap_or_default()))
        }
        WorldEvent::Send { entity, name, data, to, except, .. } => Happening::Event(json!({
            "type": "send",
            "tick": tick,
            "entity": entity,
            "name": name,
            "data": data,
            "to": to,
            "except": except,
        })),
        _ => return None,
    })
}

fn with(mut event: Value, key: &str, value: Value) -> Value {
    event[key] = value;
    event
}

fn instance(status: InstanceStatus, context: Option<String>) -> Instance {
    let (state, stopped) = spell(&status.state);
    let problem = stopped.or_else(|| status.problem.as_ref().map(problem_json));
    let InstanceStatus { app, entity, blueprint, starts, .. } = status;
    Instance { app, entity, blueprint, state, problem, starts, context }
}

/// The state's name, and what stopped it.
fn spell(state: &InstanceState) -> (&'static str, Option<Value>) {
    match state {
        InstanceState::Starting => ("starting", None),
        InstanceState::Running => ("running", None),
        InstanceState::Idle => ("idle", None),
        InstanceState::Crashed { problem } => ("crashed", Some(problem_json(problem))),
    }
}

fn problem_json(problem: &Problem) -> Value {
    json!({
        "code": problem.code,
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "help": problem.help,
        "chain": problem.chain.iter().map(frame).collect::<Vec<_>>(),
    })
}

fn frame(it: &Frame) -> Value {
    json!({"path": it.path, "line": it.line, "column": it.column, "function": it.function})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(x: u32, state: Value) -> JsonObject {
        json!({"id": "e", "x": x, "state": state}).as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn states_are_kept_as_they_are() {
        let mut states = States::default();
        states.merge("a", entity(0, Value::Null));
        states.merge("b", JsonObject::new());
        states.made("b", json!({"hp": 5}));
        assert_eq!(States::from_json(&states.to_json()), Some(states));
    }

    #[test]
    fn a_client_that_moves_an_entity_does_not_undo_its_script() {
        let mut states = States::default();
        assert_eq!(states.merge("e", entity(0, json!({})))["state"], json!({}));
        states.made("e", json!({"hp": 5}));
        assert_eq!(states.merge("e", entity(1, json!({})))["state"], json!({"hp": 5}), "it only moved");
        assert_eq!(states.merge("e", entity(1, json!({"hp": 9})))["state"], json!({"hp": 9}), "it was set");
        assert_eq!(states.merge("e", entity(2, json!({"hp": 9})))["state"], json!({"hp": 9}));
    }
}
