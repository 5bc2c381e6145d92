//! Events in, effects out: keeps the three copies of one folder and one world up to date and says
//! what to do next. It never waits and never touches anything; whoever drives it performs the
//! effects and reports back with more events.
//!
//! Note what is missing: a list of sent-but-unacknowledged operations, and any memory of "our own"
//! writes beyond their content. A lost message, a refusal, a reconnect and a restart all look the
//! same: somebody tells us what a side holds.
//!
//! Start at [`Event`] and [`Effect`]; [`Engine::on`] connects them.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Group, ItemId, Problem};

use crate::jitter::Jitter;
use crate::names::Names;
use crate::plan::{Agreed, Conflict, Hold, Plan, Step};
use crate::sighting::{Direction, Millis, Seen, Side, Sighting};
use crate::winner::Policy;

mod bay;
mod flight;
mod status;

use bay::Bay;
pub(crate) use flight::blueprint_of;
pub use status::{Explanation, State, Status};

/// How far the engine had come when a look began: [`Engine::stamp`]. A look that began before one
/// of our own writes was reported finished must not undo it, so its word on those items is not
/// taken, and [`Effect::Look`] asks for another.
pub type Stamp = u64;

/// How much of a side a look covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of it: items that are not named are absent.
    Whole,
    /// The named items only. What is gone must be named as [`Seen::Absent`].
    Partial,
}

/// What a look at one side showed. Looks at one side must arrive in the order in which they began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Item by item.
    pub sightings: BTreeMap<ItemId, Sighting>,
    /// How much was looked at.
    pub scope: Scope,
    /// [`Engine::stamp`] from before the first byte was read.
    pub as_of: Stamp,
}

/// What the world says of itself beside its items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blueprints {
    /// Blueprint id → version, `None` when it is gone; with [`Scope::Whole`], all of them. A
    /// blueprint without a version is frozen for ever: its items must be sighted as unknown.
    pub versions: BTreeMap<String, Option<u64>>,
    /// App → the blueprint that carries its scripts. An app that is not named here has none yet,
    /// and gets one of its own name.
    pub roots: BTreeMap<String, String>,
}

/// Everything that can happen. If it is not here, it cannot influence what is synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The time. Sent before anything that happens then, and when [`Effect::RetryAfter`] is due.
    Now(Millis),
    /// Somebody looked at the folder.
    Disk(Look),
    /// Somebody looked at the world.
    World(Look, Blueprints),
    /// The world cannot be seen any more. The next look at it must be whole.
    WorldAway,
    /// The app's modules have these problems; none frees it.
    Blocked {
        /// The app.
        group: Group,
        /// Its problems.
        why: Vec<Problem>,
    },
    /// An action of [`Effect::Run`] is over.
    Finished {
        /// [`Action::id`].
        action: u64,
        /// How each step ended; a step that is not named failed.
        outcomes: Vec<(ItemId, Outcome)>,
        /// The versions the world reported back.
        versions: BTreeMap<String, Option<u64>>,
    },
    /// A person agrees to the deletions the group is held for.
    Consent {
        /// The group.
        group: Group,
    },
    /// A person says which side is right about an item; good until a side changes again.
    Settle {
        /// The item.
        item: ItemId,
        /// The side that is right.
        winner: Side,
    },
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The target now verifiably holds `put`.
    Done,
    /// The target held this instead of `expect`, and still does.
    Refused(Seen),
    /// The source no longer held `put` but this, so nothing was sent.
    Stale(Seen),
    /// Nothing was tried, because of another step of the same action.
    Skipped,
    /// It did not work; what the target holds now is not known.
    Failed(Failure),
}

/// Why a step failed, in words for people, and when to try again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Failure {
    /// One sentence, no full stop.
    pub message: String,
    /// When.
    pub retry: Retry,
}

/// When to try a failed step again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It may pass by itself: after a growing pause.
    Soon,
    /// The same steps will fail the same way: when they change, or after a long pause.
    WhenChanged,
}

/// One move of one group in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Action {
    /// Unique within the engine.
    pub id: u64,
    /// What moves together.
    pub group: Group,
    /// Which way.
    pub direction: Direction,
    /// What moves.
    pub steps: Vec<Step>,
    /// What a push of an app needs to know; `None` for pulls and for `world.json`.
    pub deploy: Option<Deploy>,
}

/// What a push of an app was planned against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deploy {
    /// The blueprint that carries the scripts.
    pub root: String,
    /// Every blueprint of the app and its version; `None` if the world does not have it.
    pub versions: BTreeMap<String, Option<u64>>,
    /// The blueprints that hold nothing any more once this is done.
    pub emptied: BTreeSet<String>,
}

/// Everything the engine can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Carry this out with [`crate::job`] and report [`Event::Finished`]. One per group at a time.
    Run(Action),
    /// Both sides hold this: write it to the stored base.
    Agreed(Vec<(ItemId, Option<Agreed>)>),
    /// Both sides changed an item. Said once per pair of contents.
    Conflict(Conflict),
    /// The group is held, for these reasons. Said when they change.
    Held {
        /// The group.
        group: Group,
        /// Why.
        why: Vec<Hold>,
    },
    /// The group is not held any more.
    Freed {
        /// The group.
        group: Group,
    },
    /// Steps failed. Said for people; the engine tries again by itself.
    Failed {
        /// The group.
        group: Group,
        /// What, and why.
        why: Vec<(ItemId, Failure)>,
    },
    /// The world came back with an older version of this blueprint: it crashed and forgot what was
    /// not saved. What differs is sent again, and a copy of what it holds now is kept.
    WorldForgot {
        /// The blueprint's id.
        blueprint: String,
    },
    /// Send [`Event::Now`] after so many milliseconds.
    RetryAfter {
        /// The group that waits.
        group: Group,
        /// How long.
        ms: Millis,
    },
    /// Look again at what this side holds of the group. The look must begin after this effect.
    Look {
        /// Where.
        side: Side,
        /// At what.
        group: Group,
    },
}

/// What an engine must be told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// How conflicts are settled.
    pub policy: Policy,
    /// The time.
    pub now: Millis,
    /// Different for every mirror, so that two do not pause in step.
    pub seed: u64,
}

/// A version, and since when we know it.
type Version = (Option<u64>, Stamp);

/// The mirror between one folder and one world.
#[derive(Debug, Clone)]
pub struct Engine {
    policy: Policy,
    now: Millis,
    jitter: Jitter,
    stamp: Stamp,
    next_action: u64,
    /// Whether a whole look at the side was taken since it was last away.
    seen_whole: [bool; 2],
    bays: BTreeMap<Group, Bay>,
    versions: BTreeMap<String, Version>,
    /// What was known of versions when the world went away.
    versions_before: BTreeMap<String, u64>,
    roots: BTreeMap<String, String>,
    names: Names,
}

impl Engine {
    /// An engine that has seen nothing yet and remembers `base`. A base that is old or empty costs
    /// false conflicts, never a content.
    #[must_use]
    pub fn new(base: BTreeMap<ItemId, Agreed>, setup: Setup) -> Engine {
        let mut engine = Engine {
            policy: setup.policy,
            now: setup.now,
            jitter: Jitter::new(setup.seed),
            stamp: 0,
            next_action: 0,
            seen_whole: [false; 2],
            bays: BTreeMap::new(),
            versions: BTreeMap::new(),
            versions_before: BTreeMap::new(),
            roots: BTreeMap::new(),
            names: Names::default(),
        };
        for (item, agreed) in base {
            engine.row(&item).base = Some(agreed);
            engine.register(&item);
        }
        engine
    }

    /// What a look that begins now carries as [`Look::as_of`].
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Takes in what happened and says what to do, in order.
    #[must_use]
    pub fn on(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        let touched = match event {
            Event::Now(now) => self.tick(now),
            Event::Disk(look) => self.look(Side::Disk, look, &mut effects),
            Event::World(look, blueprints) => {
                let forgotten = self.take_blueprints(blueprints, look.scope, look.as_of);
                let touched = self.look(Side::World, look, &mut effects);
                forgotten.into_iter().for_each(|it| self.remind(it, &mut effects));
                touched
            }
            Event::WorldAway => self.lose_world(),
            Event::Blocked { group, why } => {
                self.bay(&group).blocked = why;
                BTreeSet::from([group])
            }
            Event::Finished { action, outcomes, versions } => {
                self.land(action, outcomes, versions, &mut effects).into_iter().collect()
            }
            Event::Consent { group } => {
                let bay = self.bay(&group);
                bay.consented = bay.plan.deletions();
                BTreeSet::from([group])
            }
            Event::Settle { item, winner } => {
                self.bay(&item.group()).settle(&item, winner);
                BTreeSet::from([item.group()])
            }
        };
        touched.iter().for_each(|it| self.review(it, &mut effects));
        effects
    }

    fn bay(&mut self, group: &Group) -> &mut Bay {
        if !self.bays.contains_key(group) {
            self.bays.insert(group.clone(), Bay::default());
        }
        self.bays.get_mut(group).expect("just inserted")
    }

    fn row(&mut self, item: &ItemId) -> &mut crate::plan::Row {
        let seen_whole = self.seen_whole;
        self.bay(&item.group()).row(item, seen_whole)
    }

    /// The groups whose pause is over.
    fn tick(&mut self, now: Millis) -> BTreeSet<Group> {
        self.now = self.now.max(now);
        let due = |bay: &Bay| bay.pace.iter().any(|it| it.is_due(now));
        self.bays.iter().filter(|(_, bay)| due(bay)).map(|(group, _)| group.clone()).collect()
    }

    fn look(&mut self, side: Side, look: Look, effects: &mut Vec<Effect>) -> BTreeSet<Group> {
        let mut touched: BTreeSet<Group> = look.sightings.keys().map(ItemId::group).collect();
        if look.scope == Scope::Whole {
            touched.extend(self.bays.keys().cloned());
            self.seen_whole[side as usize] = true;
        }
        let mut agreed = Vec::new();
        let now = self.now;
        for (item, sighting) in &look.sightings {
            let was_taken = self.is_taken(item);
            self.row(item);
            self.bay(&item.group()).see(item, (side, *sighting), (look.as_of, now), &mut agreed);
            // Spelling and folding a name takes longer than all the rest of a look at an item.
            if self.is_taken(item) != was_taken {
                self.register(item);
            }
        }
        if look.scope == Scope::Whole {
            self.see_the_rest_absent(side, &look, &mut agreed);
        }
        if !agreed.is_empty() {
            effects.push(Effect::Agreed(agreed));
        }
        touched
    }

    fn see_the_rest_absent(&mut self, side: Side, look: &Look, agreed: &mut Vec<(ItemId, Option<Agreed>)>) {
        let gone = (side, Sighting::of(Seen::Absent));
        let mut changed = Vec::new();
        for bay in self.bays.values_mut() {
            let rest: Vec<ItemId> = bay
                .rows
                .iter()
                .filter(|(item, row)| {
                    row.at(side).seen != Seen::Absent && !look.sightings.contains_key(*item)
                })
                .map(|(item, _)| item.clone())
                .collect();
            for item in rest {
                bay.see(&item, gone, (look.as_of, self.now), agreed);
                changed.push(item);
            }
        }
        changed.iter().for_each(|it| self.register(it));
    }

    /// Keeps the names that are taken on either side.
    fn register(&mut self, item: &ItemId) {
        match self.is_taken(item) {
            Some(true) => self.names.add(item),
            Some(false) => self.names.remove(item),
            None => (),
        }
    }

    /// Whether a side holds the item, or may hold it; `None` for one nobody has heard of.
    fn is_taken(&self, item: &ItemId) -> Option<bool> {
        let row = self.bays.get(&item.group())?.rows.get(item)?;
        Some(row.disk.seen != Seen::Absent || row.world.seen != Seen::Absent)
    }

    /// Takes in versions and says which went backwards while the world was away.
    fn take_blueprints(&mut self, news: Blueprints, scope: Scope, as_of: Stamp) -> Vec<String> {
        let mut forgotten = Vec::new();
        if scope == Scope::Whole {
            self.versions.retain(|id, it| it.1 > as_of || news.versions.contains_key(id));
            self.roots.clear();
            let older = |(id, was): &(String, u64)| {
                news.versions.get(id).copied().flatten().is_some_and(|it| it < *was)
            };
            forgotten =
                std::mem::take(&mut self.versions_before).into_iter().filter(older).map(|it| it.0).collect();
        }
        for (id, version) in news.versions {
            let known = self.versions.entry(id).or_insert((None, as_of));
            if as_of >= known.1 {
                *known = (version, as_of);
            }
        }
        self.roots.extend(news.roots);
        forgotten
    }

    /// Versions only grow while a world lives, so one that went backwards is no edit: pulling it
    /// would take back people's work on disk because a server crashed.
    fn remind(&mut self, blueprint: String, effects: &mut Vec<Effect>) {
        for (group, bay) in &mut self.bays {
            let Group::App(app) = group else { continue };
            bay.remind(&blueprint, self.roots.get(app).unwrap_or(app));
        }
        effects.push(Effect::WorldForgot { blueprint });
    }

    /// What the world holds is unknown from now on, and looks that are still on their way are void.
    fn lose_world(&mut self) -> BTreeSet<Group> {
        self.seen_whole[Side::World as usize] = false;
        self.stamp += 1;
        let known = std::mem::take(&mut self.versions).into_iter();
        self.versions_before.extend(known.filter_map(|(id, it)| Some((id, it.0?))));
        self.bays.values_mut().for_each(|it| it.lose_world(self.stamp));
        self.bays.keys().cloned().collect()
    }

    fn both_seen(&self) -> bool {
        self.seen_whole == [true; 2]
    }

    /// The plan of a group as things stand, and whatever of it can start now.
    fn review(&mut self, group: &Group, effects: &mut Vec<Effect>) {
        let (both_seen, policy, now) = (self.both_seen(), self.policy, self.now);
        let Some(bay) = self.bays.get_mut(group) else { return };
        bay.ask_for_missed_looks(group, effects);
        if !both_seen {
            bay.plan = Plan::default();
            return;
        }
        bay.judge(policy, now, effects);
        bay.replan(&self.names);
        bay.agree(now, effects);
        bay.tell(group, effects);
        self.launch(group, effects);
    }
}

#[cfg(test)]
mod tests;
