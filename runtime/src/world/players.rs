//! Who is in the world: steps about players, and what scripts do to them.
//!
//! On the server the table is the truth. A client's is a copy of it, on which its scripts may act until
//! the server says something else about the same player; see [`crate::room`].

use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Step, World, WorldEvent};
use crate::clock::{Clock, EPOCH_MS};
use crate::player::{Act, Player, Players};
use crate::script::{Event, Life, Storage};

/// Players one world holds.
pub const PLAYERS_MAX: usize = 256;

/// What a player may do between two ticks; the rest is dropped.
const INPUTS_MAX: usize = 1000;

/// Longest text somebody may say, in bytes.
const TEXT_BYTES_MAX: usize = 4096;

/// Which side of a room a world is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Role {
    /// What counts.
    #[default]
    Server,
    /// What the player of this id sees.
    Client(String),
}

impl Role {
    /// What scripts know this side by.
    #[must_use]
    pub fn network_id(&self) -> &str {
        match self {
            Role::Server => "0",
            Role::Client(id) => id,
        }
    }
}

/// The players as one side knows them.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) role: Role,
    pub(super) players: Arc<Players>,
    /// On a client: what the server said last.
    upstream: Arc<Players>,
    /// Messages so far, for their names.
    messages: u64,
    /// Of a client: what its player has done since the last tick, as JSON.
    inputs: Vec<String>,
}

impl World {
    /// Turns a fresh world into the client of a player, told all that `server` knows.
    pub(crate) fn client_of(mut self, player: &str, server: &World, stored: Arc<Storage>) -> World {
        self.people.role = Role::Client(player.to_owned());
        self.start_systems();
        self.events.clear();
        // The tick that is under way begins for it too.
        self.clock = Clock(server.clock.0.saturating_sub(1));
        self.storage = stored;
        self.modules.clone_from(&server.modules);
        let blueprints = server.blueprints.values().map(|it| Step::PutBlueprint { json: it.clone() });
        blueprints.for_each(|it| self.apply(it));
        let entities = server.entities.iter().map(|(_, it)| Step::PutEntity { json: (*it.row).clone() });
        entities.for_each(|it| self.apply(it));
        self.apply(Step::Follow(Arc::clone(server.players())));
        self
    }

    /// What its scripts keep across restarts.
    pub(crate) fn storage(&self) -> &Arc<Storage> {
        &self.storage
    }

    /// Which side of a room this is.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.people.role
    }

    /// Who is here.
    #[must_use]
    pub fn players(&self) -> &Arc<Players> {
        &self.people.players
    }

    pub(super) fn join(&mut self, player: Player) {
        let id = player.id.clone();
        let known = self.people.players.get(&id).is_some();
        let refused = match player.check() {
            Err(why) => Some(why.to_string()),
            Ok(()) if known => Some("somebody of this id is here already".to_owned()),
            Ok(()) if self.people.players.len() >= PLAYERS_MAX => Some("the world is full".to_owned()),
            Ok(()) => None,
        };
        if let Some(why) = refused {
            self.events.push(WorldEvent::NotJoined { player: id, why });
            return;
        }
        Arc::make_mut(&mut self.people.players).put(player);
        self.announce("enter", &json!({ "playerId": id }));
        self.events.push(WorldEvent::Joined { player: id });
    }

    pub(super) fn leave(&mut self, id: &str) {
        if Arc::make_mut(&mut self.people.players).remove(id).is_some() {
            self.announce("leave", &json!({ "playerId": id }));
            self.events.push(WorldEvent::Left { player: id.to_owned() });
        }
    }

    pub(super) fn walk(&mut self, id: &str, position: [f64; 3], quaternion: [f64; 4]) {
        if let Some(player) = Arc::make_mut(&mut self.people.players).get_mut(id) {
            player.walk(position, quaternion);
        }
    }

    /// Does something to a player, and tells whoever carries it further.
    pub(super) fn act(&mut self, id: &str, act: Act) {
        let tick = self.clock.0;
        let Some(player) = Arc::make_mut(&mut self.people.players).get_mut(id) else { return };
        let before = player.health;
        player.act(&act, tick);
        let health = player.health;
        #[expect(clippy::float_cmp, reason = "the same number, not one near it")]
        let same = health == before;
        if !same {
            self.announce("health", &json!({ "playerId": id, "health": health }));
        }
        self.events.push(WorldEvent::Act { player: id.to_owned(), act });
    }

    /// Effects whose time has come are over.
    pub(super) fn end_effects(&mut self) {
        let tick = self.clock.0;
        let over = |it: &Player| it.effect.as_ref().and_then(|it| it.until).is_some_and(|it| it <= tick);
        self.end_effects_where(over);
    }

    /// A script is over: what it put on players ends, and nobody waits for what it asked.
    pub(super) fn let_go(&mut self, entity: &str) {
        self.fetches.forget(entity);
        if let Some(instance) = self.instances.get_mut(entity) {
            instance.fetched.clear();
            instance.actions.clear();
        }
        self.end_effects_where(|it| it.effect.as_ref().is_some_and(|it| it.by == entity));
        let spoken: Vec<String> = self.ids_of(|it| it.voice.contains_key(entity));
        for id in spoken {
            self.act(&id, Act::Voice { by: entity.to_owned(), level: None });
        }
    }

    fn end_effects_where(&mut self, over: impl Fn(&Player) -> bool) {
        for id in self.ids_of(over) {
            let effect = self.people.players.get(&id).and_then(|it| it.effect.as_ref());
            if let Some(effect) = effect.map(|it| it.id.clone()) {
                self.act(&id, Act::EndEffect { id: effect });
            }
        }
    }

    fn ids_of(&self, wanted: impl Fn(&Player) -> bool) -> Vec<String> {
        self.people.players.iter().filter(|it| wanted(it)).map(|it| it.id.clone()).collect()
    }

    /// Something is said in the chat of this side. `from` is who said it, if it was a player.
    pub(super) fn say(&mut self, message: Map<String, Value>, from: Option<String>, broadcast: bool) {
        let message = self.whole_message(message);
        let body = message.get("body").and_then(Value::as_str).unwrap_or_default();
        if body.len() > TEXT_BYTES_MAX {
            return;
        }
        self.announce("chat", &Value::Object(message.clone()));
        self.events.push(WorldEvent::Chat { message, from, broadcast });
    }

    /// With an id and the time, if it has none.
    pub(crate) fn whole_message(&mut self, mut message: Map<String, Value>) -> Map<String, Value> {
        self.people.messages += 1;
        if message.get("id").and_then(Value::as_str).is_none_or(str::is_empty) {
            let mut hasher = Sha256::new();
            hasher.update(self.seed.seed.to_le_bytes());
            hasher.update(self.clock.0.to_le_bytes());
            hasher.update(self.people.messages.to_le_bytes());
            hasher.update(self.people.role.network_id());
            let digest = hasher.finalize();
            let id: String = digest.iter().take(5).map(|it| format!("{it:02x}")).collect();
            message.insert("id".to_owned(), id.into());
        }
        if !message.contains_key("createdAt") {
            message.insert("createdAt".to_owned(), timestamp(self.clock.0).into());
        }
        message
    }

    /// `/name Ann`: what a player typed behind a slash. `/admin` is between it and the host.
    pub(super) fn command(&mut self, id: &str, text: &str) {
        if self.people.players.get(id).is_none() || text.len() > TEXT_BYTES_MAX {
            return;
        }
        let line = text.strip_prefix('/').unwrap_or(text);
        let (word, value) = line.split_once(' ').unwrap_or((line, ""));
        if word.is_empty() || word == "admin" {
            return;
        }
        let args: Vec<&str> = line.split(' ').map(str::trim).filter(|it| !it.is_empty()).collect();
        let event = match &self.people.role {
            Role::Server => json!({ "playerId": id, "args": args }),
            Role::Client(_) => json!({ "playerId": id, "cmd": word, "value": value, "args": args }),
        };
        if word == "name"
            && self.people.role == Role::Server
            && let Some(name) = args.get(1)
        {
            self.act(id, Act::Name { name: (*name).to_owned() });
        }
        self.announce("command", &event);
    }

    /// What a script said about players and the network.
    pub(super) fn hear_life(&mut self, life: Vec<Life>, entity: &str) {
        for said in life {
            match said {
                Life::Act { player, act } => self.act(&player, act.by(entity)),
                Life::Chat { message, broadcast } => self.say(message, None, broadcast),
                Life::Fetch { number, request } => self.fetch(entity, number, request),
            }
        }
    }

    /// What the player of this client does with its keys. The server's scripts have no controls.
    pub(super) fn feel(&mut self, id: &str, input: &Value) {
        if *self.people.role.network_id() == *id && self.people.inputs.len() < INPUTS_MAX {
            self.people.inputs.push(input.to_string());
        }
    }

    /// What the player of this client has done since the last tick.
    pub(super) fn take_inputs(&mut self) -> Vec<String> {
        std::mem::take(&mut self.people.inputs)
    }

    /// The player of this client triggers an action.
    pub(super) fn action(&mut self, id: &str, entity: &str, node: &str) {
        if *self.people.role.network_id() != *id {
            return;
        }
        if let Some(instance) = self.instances.get_mut(entity) {
            let data = json!({ "playerId": id }).to_string().into();
            instance.actions.push(Event { name: node.to_owned(), data, from: None });
            self.told.insert(entity.to_owned());
        }
    }

    /// On a client: what the server has made of the players. What is new to it wins over what its own
    /// scripts have done.
    pub(super) fn follow(&mut self, server: Arc<Players>) {
        let before = std::mem::replace(&mut self.people.upstream, Arc::clone(&server));
        let (other, gone) = server.since(&before);
        for id in gone {
            Arc::make_mut(&mut self.people.players).remove(id);
            self.announce("leave", &json!({ "playerId": id }));
        }
        for player in other {
            let id = &player.id;
            let known = before.get(id).map(|it| it.health);
            Arc::make_mut(&mut self.people.players).put(player.clone());
            match known {
                None => self.announce("enter", &json!({ "playerId": id })),
                #[expect(clippy::float_cmp, reason = "the same number, not one near it")]
                Some(health) if health != player.health => {
                    self.announce("health", &json!({ "playerId": id, "health": player.health }));
                }
                Some(_) => (),
            }
        }
    }

    /// An event of the world itself, heard by every script in this tick or, after the scripts, the next.
    pub(super) fn announce(&mut self, name: &str, data: &Value) {
        let data = data.to_string().into();
        self.emitted.push(Event { name: name.to_owned(), data, from: None });
    }
}

/// The virtual time of a tick, as ISO text.
fn timestamp(tick: u64) -> String {
    let ms = EPOCH_MS + tick * 50;
    let (days, ms) = (ms / 86_400_000, ms % 86_400_000);
    let (year, month, day) = date(days);
    let (hour, minute, second, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Year, month and day of a count of days since 1970 (Howard Hinnant's civil-from-days).
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_virtual_time_is_written_as_people_write_it() {
        assert_eq!(timestamp(0), "2026-01-01T00:00:00.000Z");
        assert_eq!(timestamp(20 * 86_400 * 59 + 1), "2026-03-01T00:00:00.050Z");
        assert_eq!(timestamp(20 * 86_400 * 365 * 2 + 20 * 3661), "2028-01-01T01:01:01.000Z");
        assert_eq!(date(20_000), (2024, 10, 4));
        assert_eq!(date(19_782), (2024, 2, 29));
    }
}
