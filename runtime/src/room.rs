//! [`Room`]: the world that counts and, for every player in it, the world as that player's client runs
//! it: the same blueprints and scripts a second time, in the role of a client.
//!
//! Clients tick after the server, within its tick. What they do reaches the server with the next one, and
//! only as what a client may do: `app.send`, the chat, and acts on players. Whatever a client does, the
//! server's state is the same as if it had been told so from outside; a room replays like a world.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::definitions::Definitions;
use crate::ecs::Unreadable;
use crate::fetch::FetchRules;
use crate::limits::Limits;
use crate::player::{Act, Players};
use crate::script::{Compile, Storage};
use crate::world::{Image, InstanceState, ModuleSource, Seed, Step, World, WorldEvent};

/// Clients a room runs scripts for. Players beyond are in the world all the same.
pub const CLIENTS_MAX: usize = 16;

/// Players whose client storage is kept when they leave.
const REMEMBERED_MAX: usize = 256;

/// Which side something happened on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// The world that counts.
    Server,
    /// The client of the player of this id.
    Client(String),
}

/// What happened, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomEvent {
    /// The side.
    pub context: Context,
    /// What.
    pub event: WorldEvent,
}

/// A server and its clients.
pub struct Room {
    server: World,
    clients: BTreeMap<String, World>,
    seed: Seed,
    limits: Limits,
    source: Arc<Mutex<dyn ModuleSource>>,
    rules: FetchRules,
    compile: Compile,
    /// What the clients of those who left had stored, by player.
    remembered: BTreeMap<String, Arc<Storage>>,
    /// Clients beyond the first [`CLIENTS_MAX`] were refused; said once for each.
    crowded: Vec<String>,
}

impl Room {
    /// A server without anybody.
    #[must_use]
    pub fn new(
        seed: Seed,
        limits: Limits,
        source: impl ModuleSource + 'static,
        definitions: Arc<Definitions>,
    ) -> Room {
        let source: Arc<Mutex<dyn ModuleSource>> = Arc::new(Mutex::new(source));
        let server = World::new(seed, limits, shared(&source), definitions);
        let (clients, remembered) = (BTreeMap::new(), BTreeMap::new());
        let (rules, crowded) = (FetchRules::default(), Vec::new());
        Room { server, clients, seed, limits, source, rules, compile: Compile::Now, remembered, crowded }
    }

    /// The world that counts.
    #[must_use]
    pub fn server(&self) -> &World {
        &self.server
    }

    /// The same, to be asked for what needs it whole. Steps belong into [`Room::apply`].
    pub fn server_mut(&mut self) -> &mut World {
        &mut self.server
    }

    /// The world as a player's client runs it.
    #[must_use]
    pub fn client(&self, player: &str) -> Option<&World> {
        self.clients.get(player)
    }

    /// The clients, by player.
    pub fn clients(&self) -> impl Iterator<Item = (&str, &World)> {
        self.clients.iter().map(|(id, it)| (id.as_str(), it))
    }

    /// Lets scripts of both sides fetch what `rules` name.
    pub fn allow_fetch(&mut self, rules: FetchRules) {
        self.server.allow_fetch(rules.clone());
        self.clients.values_mut().for_each(|it| it.allow_fetch(rules.clone()));
        self.rules = rules;
    }

    /// Whether ticks wait until scripts are compiled, on all sides.
    pub fn compiling(&mut self, when: Compile) {
        self.compile = when;
        self.server.compiling(when);
        self.clients.values_mut().for_each(|it| it.compiling(when));
    }

    /// Queues a change for the next tick: for every side that it concerns.
    pub fn apply(&mut self, step: Step) {
        match &step {
            // Definitions follow those the server has taken; players follow its table.
            Step::Define(_)
            | Step::Join { .. }
            | Step::Leave { .. }
            | Step::Move { .. }
            | Step::Act { .. } => {
                self.server.apply(step);
            }
            Step::Message { .. } | Step::Fetched { .. } => self.server.apply(step),
            Step::Input { id, .. } | Step::Action { id, .. } => {
                if let Some(client) = self.clients.get_mut(id) {
                    client.apply(step);
                }
            }
            Step::Command { id, .. } => {
                if let Some(client) = self.clients.get_mut(id) {
                    client.apply(step.clone());
                }
                self.server.apply(step);
            }
            Step::Follow(_) => (),
            Step::Chat { message, from } => {
                // One message, not one per side.
                let (message, from) = (self.server.whole_message(message.clone()), from.clone());
                let step = Step::Chat { message, from };
                self.clients.values_mut().for_each(|it| it.apply(step.clone()));
                self.server.apply(step);
            }
            _ => {
                self.clients.values_mut().for_each(|it| it.apply(step.clone()));
                self.server.apply(step);
            }
        }
    }

    /// Players in the world who are none of `here` leave it: those of a kept world whose connections are
    /// long gone.
    pub fn keep_only(&mut self, here: impl Fn(&str) -> bool) {
        let gone: Vec<String> =
            self.server.players().iter().map(|it| it.id.clone()).filter(|it| !here(it)).collect();
        gone.into_iter().for_each(|id| self.server.apply(Step::Leave { id }));
    }

    /// Queues a change for one side alone: the answer to what that side asked.
    pub fn apply_in(&mut self, context: &Context, step: Step) {
        match context {
            Context::Server => self.server.apply(step),
            Context::Client(player) => {
                self.clients.get_mut(player).into_iter().for_each(|it| it.apply(step.clone()))
            }
        }
    }

    /// Advances all sides by one step of 50 ms, the server first, and tells what happened.
    #[must_use]
    pub fn tick(&mut self) -> Vec<RoomEvent> {
        self.all(World::tick)
    }

    /// Lets what was edited take over on all sides without time passing: see [`World::take_over`].
    #[must_use]
    pub fn take_over(&mut self, until: Instant) -> Vec<RoomEvent> {
        self.all(|it| it.take_over(until))
    }

    /// Whether there are scripts that nobody has finished compiling, on any side.
    #[must_use]
    pub fn is_compiling(&self) -> bool {
        self.server.is_compiling() || self.clients.values().any(World::is_compiling)
    }

    fn all(&mut self, step: impl Fn(&mut World) -> Vec<WorldEvent>) -> Vec<RoomEvent> {
        let before = Arc::clone(self.server.players());
        let mut told: Vec<RoomEvent> = Vec::new();
        for event in step(&mut self.server) {
            self.tell_clients(&event);
            told.push(RoomEvent { context: Context::Server, event });
        }
        let players = Arc::clone(self.server.players());
        self.follow_players(&before, &players, &mut told);
        let definitions = Arc::clone(self.server.definitions());
        let worlds = self.clients.len() + 1;
        self.server.share_patience(worlds);
        let mut said = Vec::new();
        for (id, client) in &mut self.clients {
            if client.definitions().hash() != definitions.hash() {
                client.apply(Step::Define(Arc::clone(&definitions)));
            }
            client.share_patience(worlds);
            let events = step(client);
            said.extend(
                events.into_iter().map(|event| RoomEvent { context: Context::Client(id.clone()), event }),
            );
        }
        for RoomEvent { context, event } in &said {
            if let Context::Client(player) = context {
                self.tell_server(player, event);
            }
        }
        told.extend(said);
        told
    }

    /// Becomes what `image` says, on the server; clients start again as the players in it ask for.
    ///
    /// # Errors
    /// As [`World::restore`]. Nothing has changed then.
    pub fn restore(&mut self, image: &Image) -> Result<(), Unreadable> {
        self.server.restore(image)?;
        for (player, client) in std::mem::take(&mut self.clients) {
            self.remember(player, &client);
        }
        Ok(())
    }

    /// Those who came get a client, those who left lose theirs, and all are told of all.
    fn follow_players(&mut self, before: &Arc<Players>, now: &Arc<Players>, told: &mut Vec<RoomEvent>) {
        let gone: Vec<String> = self.clients.keys().filter(|id| now.get(id).is_none()).cloned().collect();
        for id in gone {
            if let Some(client) = self.clients.remove(&id) {
                told.extend(farewell(&id, &client));
                self.remember(id, &client);
            }
        }
        self.crowded.retain(|id| now.get(id).is_some());
        let new: Vec<String> =
            now.iter().map(|it| it.id.clone()).filter(|it| !self.clients.contains_key(it)).collect();
        for id in &new {
            if self.clients.len() < CLIENTS_MAX {
                let client = self.open(id);
                self.clients.insert(id.clone(), client);
            } else if !self.crowded.contains(id) {
                self.crowded.push(id.clone());
                let why = format!("a room runs {CLIENTS_MAX} clients; this one runs no scripts");
                let event = WorldEvent::NotJoined { player: id.clone(), why };
                told.push(RoomEvent { context: Context::Client(id.clone()), event });
            }
        }
        if !Arc::ptr_eq(before, now) || !new.is_empty() {
            self.clients.values_mut().for_each(|it| it.apply(Step::Follow(Arc::clone(now))));
        }
    }

    /// A client that knows what the server knows now.
    fn open(&self, player: &str) -> World {
        let mut hasher = Sha256::new();
        hasher.update(self.seed.seed.to_le_bytes());
        hasher.update(player);
        let digest = hasher.finalize();
        let seed = digest.iter().take(8).fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let stored = self.remembered.get(player).cloned().unwrap_or_default();
        let definitions = Arc::clone(self.server.definitions());
        let world = World::new(Seed { seed }, self.limits, shared(&self.source), definitions);
        let mut client = world.client_of(player, &self.server, stored);
        client.allow_fetch(self.rules.clone());
        client.compiling(self.compile);
        client
    }

    fn remember(&mut self, player: String, client: &World) {
        if self.remembered.len() >= REMEMBERED_MAX && !self.remembered.contains_key(&player) {
            // Whoever it is: nobody was promised more than the room's memory.
            self.remembered.pop_first();
        }
        self.remembered.insert(player, Arc::clone(client.storage()));
    }

    /// What the server said to clients.
    fn tell_clients(&mut self, event: &WorldEvent) {
        match event {
            WorldEvent::Send { entity, name, data, to, except, version } => {
                let step = message(entity, name, data, *version);
                let meant =
                    |id: &str| to.as_deref().is_none_or(|it| it == id) && except.as_deref() != Some(id);
                self.clients
                    .iter_mut()
                    .filter(|(id, _)| meant(id))
                    .for_each(|(_, it)| it.apply(step.clone()));
            }
            WorldEvent::Chat { message, from, broadcast: true } => self.chat(message, from.as_deref(), None),
            _ => (),
        }
    }

    /// What a client said to the server, as far as a client may.
    fn tell_server(&mut self, player: &str, event: &WorldEvent) {
        match event {
            WorldEvent::Send { entity, name, data, version, .. } => {
                let Step::Message { to, name, data, version, .. } = message(entity, name, data, *version)
                else {
                    return;
                };
                let from = Some(player.to_owned());
                self.server.apply(Step::Message { to, name, data, from, version });
            }
            WorldEvent::Chat { message, broadcast: true, .. } => {
                let from = Some(player.to_owned());
                self.server.apply(Step::Chat { message: message.clone(), from });
                self.chat(message, Some(player), Some(player));
            }
            WorldEvent::Act { player: whom, act } if may(player, whom, act) => {
                self.server.apply(Step::Act { id: whom.clone(), act: act.clone() });
            }
            _ => (),
        }
    }

    /// To all clients but one.
    fn chat(&mut self, message: &Map<String, Value>, from: Option<&str>, except: Option<&str>) {
        let step = Step::Chat { message: message.clone(), from: from.map(str::to_owned) };
        let others = self.clients.iter_mut().filter(|(id, _)| except != Some(id.as_str()));
        others.for_each(|(_, it)| it.apply(step.clone()));
    }
}

/// What crashed in a client is no problem any more when its player has left.
fn farewell(player: &str, client: &World) -> Vec<RoomEvent> {
    let crashed =
        client.instances().into_iter().filter(|it| matches!(it.state, InstanceState::Crashed { .. }));
    let over =
        crashed.map(|it| WorldEvent::Script { app: it.app, entity: it.entity, state: InstanceState::Idle });
    over.map(|event| RoomEvent { context: Context::Client(player.to_owned()), event }).collect()
}

/// What a script of a client does to players for everybody. The rest its client keeps to itself: health
/// is the server's.
fn may(player: &str, whom: &str, act: &Act) -> bool {
    match act {
        Act::Teleport { .. } | Act::Push { .. } | Act::SessionAvatar { .. } => true,
        Act::Effect { .. } | Act::EndEffect { .. } | Act::Avatar { .. } => player == whom,
        Act::Damage { .. } | Act::Heal { .. } | Act::Voice { .. } | Act::Rank { .. } | Act::Name { .. } => {
            false
        }
    }
}

fn message(entity: &str, name: &str, data: &Value, version: u64) -> Step {
    let (to, version) = (Some(entity.to_owned()), Some(version));
    Step::Message { to, name: name.to_owned(), data: data.clone(), from: None, version }
}

fn shared(source: &Arc<Mutex<dyn ModuleSource>>) -> impl ModuleSource + 'static {
    let source = Arc::clone(source);
    move |name: &bowline_model::AssetName| source.lock().unwrap_or_else(PoisonError::into_inner).text(name)
}

#[cfg(test)]
mod tests;
