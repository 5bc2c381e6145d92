//! Players, as plain data: [`Player`], what may be done to one ([`Act`]), and the table of all
//! ([`Players`]) that the world keeps, hashes, saves and shows to scripts.
//!
//! No simulation of how somebody walks is here: a player is where its client says it is, or where a
//! script put it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::TICK_SECONDS;

/// Nobody has more health.
pub const HEALTH_MAX: f64 = 100.0;

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Effects last at most a year: a longer one has no end.
const SECONDS_MAX: f64 = 365.0 * 86_400.0;

/// What somebody may do, beginning with the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rank {
    /// Looks and plays.
    #[default]
    Visitor,
    /// Builds.
    Builder,
    /// Everything.
    Admin,
}

/// How a voice is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VoiceLevel {
    /// By nobody.
    Disabled,
    /// Near it.
    Spatial,
    /// Everywhere.
    Global,
}

/// Something a script put on a player.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Effect {
    /// Unlike any other of this script.
    pub id: String,
    /// The entity whose script it was; it ends with the script.
    pub by: String,
    /// The anchor node the player is held at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// An animation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emote: Option<String>,
    /// How much slower it walks: 1 is not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snare: Option<f64>,
    /// It cannot walk.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub freeze: bool,
    /// It turns to where it looks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub turn: bool,
    /// It ends as soon as the player walks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cancellable: bool,
    /// Seconds it lasts, when it is put on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// The tick it ends at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// Somebody who is in the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Player {
    /// Who it is: its network id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub rank: Rank,
    /// Metres.
    #[serde(default)]
    pub position: [f64; 3],
    /// x, y, z, w.
    #[serde(default = "upright")]
    pub quaternion: [f64; 4],
    /// From 0 to [`HEALTH_MAX`].
    #[serde(default = "healthy")]
    pub health: f64,
    /// The character it has, by url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// The one it has until it leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_avatar: Option<String>,
    /// What is on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// How its voice is heard, by the entities that said so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub voice: BTreeMap<String, VoiceLevel>,
}

fn upright() -> [f64; 4] {
    [0.0, 0.0, 0.0, 1.0]
}

fn healthy() -> f64 {
    HEALTH_MAX
}

/// What is done to a player, by a script or its client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub enum Act {
    /// Less health.
    Damage {
        /// How much.
        amount: f64,
    },
    /// More health.
    Heal {
        /// How much.
        amount: f64,
    },
    /// Somewhere else at once.
    Teleport {
        /// Where to.
        position: [f64; 3],
        /// The turn about the vertical, in radians. `None`: as it is.
        #[serde(default, rename = "rotationY", skip_serializing_if = "Option::is_none")]
        rotation_y: Option<f64>,
    },
    /// A shove: its client knows what becomes of it.
    Push {
        /// In the world's directions.
        force: [f64; 3],
    },
    /// A character until it leaves; `None` takes it back.
    SessionAvatar {
        /// The character.
        url: Option<String>,
    },
    /// A character to keep.
    Avatar {
        /// The character.
        url: Option<String>,
    },
    /// In place of what is on it.
    Effect {
        /// The effect.
        effect: Effect,
    },
    /// Ends an effect, if it is still the one that is on.
    EndEffect {
        /// Which.
        id: String,
    },
    /// How its voice is heard.
    Voice {
        /// The entity that says so.
        by: String,
        /// `None` takes back what it said.
        level: Option<VoiceLevel>,
    },
    /// What it may do.
    Rank {
        /// From now on.
        rank: Rank,
    },
    /// What it is called.
    Name {
        /// From now on.
        name: String,
    },
}

impl Act {
    /// The same, as the deed of an entity's script.
    #[must_use]
    pub fn by(mut self, entity: &str) -> Act {
        match &mut self {
            Act::Effect { effect } => entity.clone_into(&mut effect.by),
            Act::Voice { by, .. } => entity.clone_into(by),
            _ => (),
        }
        self
    }
}

/// Why somebody or something is no player, or an act no act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A number is infinite or none.
    #[error("a number of a player must be finite")]
    Number,
    /// The name or id is empty or too long.
    #[error("a player's id and name have 1 to {NAME_BYTES_MAX} bytes")]
    Name,
}

impl Player {
    /// Somebody healthy at the origin.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Player {
        Player {
            id: id.into(),
            name: name.into(),
            rank: Rank::Visitor,
            position: [0.0; 3],
            quaternion: upright(),
            health: HEALTH_MAX,
            avatar: None,
            session_avatar: None,
            effect: None,
            voice: BTreeMap::new(),
        }
    }

    /// Whether it can be in a world.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Unfit> {
        let numbers = self.position.iter().chain(&self.quaternion).chain([&self.health]);
        if !numbers.into_iter().all(|it| it.is_finite()) {
            return Err(Unfit::Number);
        }
        let short = |it: &str| (1..=NAME_BYTES_MAX).contains(&it.len());
        if short(&self.id) && short(&self.name) { Ok(()) } else { Err(Unfit::Name) }
    }

    /// What `act` makes of it at `tick`. Nothing that cannot be changes anything.
    pub fn act(&mut self, act: &Act, tick: u64) {
        match act {
            Act::Damage { amount } => self.hurt(*amount),
            Act::Heal { amount } => self.hurt(-amount),
            Act::Teleport { position, rotation_y } => self.teleport(*position, *rotation_y),
            // Only its client can know where it ends up.
            Act::Push { .. } => (),
            Act::SessionAvatar { url } => self.session_avatar.clone_from(url),
            Act::Avatar { url } => self.avatar.clone_from(url),
            Act::Effect { effect } => self.effect = Some(begun(effect.clone(), tick)),
            Act::EndEffect { id } => drop(self.effect.take_if(|it| it.id == *id)),
            Act::Voice { by, level: Some(level) } => drop(self.voice.insert(by.clone(), *level)),
            Act::Voice { by, level: None } => drop(self.voice.remove(by)),
            Act::Rank { rank } => self.rank = *rank,
            Act::Name { name } => {
                let named = Player { name: name.trim().to_owned(), ..self.clone() };
                if named.check().is_ok() {
                    self.name = named.name;
                }
            }
        }
    }

    /// Where its client says it is. Walking ends what walking can end.
    pub fn walk(&mut self, position: [f64; 3], quaternion: [f64; 4]) {
        let there = Player { position, quaternion, ..self.clone() };
        if there.check().is_err() {
            return;
        }
        if self.position != position {
            self.effect.take_if(|it| it.cancellable);
        }
        (self.position, self.quaternion) = (position, quaternion);
    }

    fn hurt(&mut self, amount: f64) {
        // Not a number changes nothing.
        if !amount.is_nan() {
            self.health = (self.health - amount).clamp(0.0, HEALTH_MAX);
        }
    }

    fn teleport(&mut self, position: [f64; 3], rotation_y: Option<f64>) {
        let half = rotation_y.map(|it| it / 2.0);
        let quaternion = half.map_or(self.quaternion, |it| [0.0, it.sin(), 0.0, it.cos()]);
        let there = Player { position, quaternion, ..self.clone() };
        if there.check().is_ok() {
            (self.position, self.quaternion) = (position, quaternion);
        }
    }
}

/// With the tick it ends at.
fn begun(mut effect: Effect, tick: u64) -> Effect {
    let seconds = effect.duration.filter(|it| *it > 0.0 && *it < SECONDS_MAX);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "more than 0 and less than a year of ticks"
    )]
    let ticks = seconds.map(|it| (it / TICK_SECONDS).ceil() as u64);
    effect.until = ticks.map(|it| tick + it);
    if effect.cancellable {
        // Whoever cannot walk could not end it.
        effect.freeze = false;
    }
    effect
}

/// Everybody who is here, by id.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Player>", into = "Vec<Player>")]
pub struct Players(BTreeMap<String, Arc<Player>>);

impl From<Vec<Player>> for Players {
    fn from(all: Vec<Player>) -> Players {
        let mut players = Players::default();
        all.into_iter().for_each(|it| players.put(it));
        players
    }
}

impl From<Players> for Vec<Player> {
    fn from(players: Players) -> Vec<Player> {
        players.0.into_values().map(Arc::unwrap_or_clone).collect()
    }
}

impl Players {
    /// Who that is.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Player> {
        self.0.get(id).map(|it| &**it)
    }

    /// Everybody, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Player> {
        self.0.values().map(|it| &**it)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn put(&mut self, player: Player) {
        self.0.insert(player.id.clone(), Arc::new(player));
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<Player>> {
        self.0.remove(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Player> {
        self.0.get_mut(id).map(Arc::make_mut)
    }

    /// Those of `self` that are new or different since `before`, and the ids of those that are gone.
    #[must_use]
    pub fn since<'a>(&'a self, before: &'a Players) -> (Vec<&'a Player>, Vec<&'a str>) {
        let same = |it: &Arc<Player>, old: Option<&Arc<Player>>| {
            old.is_some_and(|old| Arc::ptr_eq(it, old) || it == old)
        };
        let other = self.0.iter().filter(|(id, it)| !same(it, before.0.get(*id))).map(|(_, it)| &**it);
        let gone = before.0.keys().filter(|id| !self.0.contains_key(*id)).map(String::as_str);
        (other.collect(), gone.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(player: &mut Player, json: serde_json::Value) {
        player.act(&serde_json::from_value(json).unwrap(), 100);
    }

    #[test]
    fn health_stays_between_none_and_all() {
        let mut ann = Player::new("a", "Ann");
        let mut health = |json: &str| {
            act(&mut ann, serde_json::from_str(json).unwrap());
            ann.health
        };
        assert_eq!(health(r#"{"do": "damage", "amount": 30}"#), 70.0);
        assert_eq!(health(r#"{"do": "heal", "amount": 10}"#), 80.0);
        assert_eq!(health(r#"{"do": "heal", "amount": 1e9}"#), 100.0);
        assert_eq!(health(r#"{"do": "damage", "amount": 1e308}"#), 0.0);
        ann.act(&Act::Heal { amount: f64::NAN }, 0);
        assert_eq!(ann.health, 0.0);
    }

    #[test]
    fn a_place_that_is_none_moves_nobody() {
        let mut ann = Player::new("a", "Ann");
        ann.act(&Act::Teleport { position: [f64::INFINITY, 0.0, 0.0], rotation_y: None }, 0);
        ann.walk([f64::NAN, 0.0, 0.0], upright());
        assert_eq!(ann, Player::new("a", "Ann"));
        act(&mut ann, serde_json::json!({"do": "teleport", "position": [1, 2, 3], "rotationY": 0}));
        assert_eq!((ann.position, ann.quaternion), ([1.0, 2.0, 3.0], upright()));
    }

    #[test]
    fn an_effect_ends_by_its_id_by_walking_or_at_its_tick() {
        let mut ann = Player::new("a", "Ann");
        let put = |ann: &mut Player, more: serde_json::Value| {
            let mut effect = serde_json::json!({"id": "1", "by": "e", "freeze": true});
            effect.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            act(ann, serde_json::json!({"do": "effect", "effect": effect}));
        };
        put(&mut ann, serde_json::json!({"duration": 1}));
        assert_eq!(ann.effect.as_ref().unwrap().until, Some(120));
        act(&mut ann, serde_json::json!({"do": "endEffect", "id": "another"}));
        ann.walk([1.0, 0.0, 0.0], upright());
        assert!(ann.effect.is_some());
        act(&mut ann, serde_json::json!({"do": "endEffect", "id": "1"}));
        assert!(ann.effect.is_none());
        put(&mut ann, serde_json::json!({"cancellable": true}));
        assert!(!ann.effect.as_ref().unwrap().freeze);
        ann.walk([1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]);
        assert!(ann.effect.is_some(), "it only turned");
        ann.walk([2.0, 0.0, 0.0], upright());
        assert!(ann.effect.is_none());
    }

    #[test]
    fn what_changed_is_found_by_comparing() {
        let mut before = Players::default();
        for id in ["a", "b", "c"] {
            before.put(Player::new(id, id));
        }
        let mut after = before.clone();
        after.remove("a");
        after.get_mut("b").unwrap().health = 1.0;
        after.put(Player::new("d", "d"));
        let (other, gone) = after.since(&before);
        assert_eq!(other.iter().map(|it| &*it.id).collect::<Vec<_>>(), ["b", "d"]);
        assert_eq!(gone, ["a"]);
    }

    #[test]
    fn a_player_is_the_same_after_it_was_written_down() {
        let mut ann = Player::new("a", "Ann");
        act(&mut ann, serde_json::json!({"do": "voice", "by": "e", "level": "global"}));
        act(&mut ann, serde_json::json!({"do": "effect", "effect": {"id": "1", "by": "e", "snare": 0.5}}));
        act(&mut ann, serde_json::json!({"do": "sessionAvatar", "url": "asset://x.vrm"}));
        let text = serde_json::to_string(&ann).unwrap();
        assert_eq!(serde_json::from_str::<Player>(&text).unwrap(), ann);
    }
}
