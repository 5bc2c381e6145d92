//! What is under way, how it lands, and when to try again.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Group, ItemId};

use crate::engine::bay::{Bay, IN_FLIGHT, sighting_mut};
use crate::engine::{Action, Deploy, Effect, Engine, Failure, Outcome, Retry, Stamp};
use crate::plan::{Agreed, Keep, Step};
use crate::sighting::{Direction, Held, Millis, Seen, Side, Sighting};

/// An action that was started and is not reported finished.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    id: u64,
    pub(super) direction: Direction,
    steps: Vec<Step>,
}

/// When the next action of one direction may start.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    /// Actions in a row that did not go through.
    strikes: u32,
    retry_at: Option<Millis>,
    /// Steps that will fail the same way as long as they are these.
    hopeless: Vec<Step>,
}

/// Plans made again at once after a refusal, before the first pause.
const IMMEDIATE_REPLANS: u32 = 3;
/// The first pause; each further one doubles.
const PAUSE: Millis = 250;
/// The longest pause.
const PAUSE_MAX: Millis = 15_000;
/// When to try hopeless steps again: somebody may have freed space or changed permissions.
const PAUSE_HOPELESS: Millis = 60_000;

impl Pace {
    pub(super) fn is_due(&self, now: Millis) -> bool {
        self.retry_at.is_some_and(|it| it <= now)
    }

    fn is_open(&self, steps: &[Step], now: Millis) -> bool {
        let other_steps = !self.hopeless.is_empty() && self.hopeless != steps;
        self.retry_at.is_none_or(|it| it <= now) || other_steps
    }

    /// Whether these failed, and will fail the same way as long as they are these.
    pub(super) fn is_hopeless(&self, steps: &[Step]) -> bool {
        !self.hopeless.is_empty() && self.hopeless == steps
    }

    /// How long to pause after an action that ended like this, if at all.
    fn next(&mut self, outcomes: &[&Outcome], steps: &[Step], now: Millis) -> Option<Millis> {
        let hopeless =
            |it: &&Outcome| matches!(it, Outcome::Failed(Failure { retry: Retry::WhenChanged, .. }));
        if outcomes.iter().all(|it| **it == Outcome::Done) {
            *self = Pace::default();
            return None;
        }
        self.strikes += 1;
        self.hopeless.clear();
        let pause = if outcomes.iter().any(hopeless) {
            self.hopeless = steps.to_vec();
            Some(PAUSE_HOPELESS)
        } else if outcomes.iter().any(|it| matches!(it, Outcome::Failed(_))) {
            Some(doubled(self.strikes - 1))
        } else {
            self.strikes.checked_sub(IMMEDIATE_REPLANS + 1).map(doubled)
        };
        self.retry_at = pause.map(|it| now.saturating_add(it));
        pause
    }
}

/// Pulls that brought earlier content back, before this mirror steps aside.
const RETURNS: u32 = 2;

impl Pace {
    /// How long to leave the field to another mirror, if content goes round in a ring. `spread`
    /// makes two mirrors pause differently.
    fn step_aside(&mut self, returns: u32, now: Millis, spread: u64) -> Option<Millis> {
        let full = doubled(returns.checked_sub(RETURNS)?) * 2;
        let pause = full / 2 + spread % full;
        self.retry_at = Some(now.saturating_add(pause));
        Some(pause)
    }
}

fn doubled(times: u32) -> Millis {
    PAUSE.saturating_mul(1 << times.min(8)).min(PAUSE_MAX)
}

fn source(direction: Direction) -> Side {
    match direction {
        Direction::ToDisk => Side::World,
        Direction::ToWorld => Side::Disk,
    }
}

impl Bay {
    /// What may start now. Pulls go first: the modules of a push are checked against the disk, and
    /// after the pull that is what the world will hold.
    fn startable(&self, now: Millis) -> Option<Direction> {
        if self.flight.is_some() {
            return None;
        }
        let ready = |it: &Direction| {
            let steps = self.plan.ready(*it);
            !steps.is_empty() && self.pace[*it as usize].is_open(steps, now)
        };
        [Direction::ToDisk, Direction::ToWorld].into_iter().find(ready)
    }

    fn start(&mut self, id: u64, direction: Direction) -> Vec<Step> {
        let steps = self.plan.ready(direction).to_vec();
        let target = direction.target() as usize;
        for step in &steps {
            if let Some((_, note)) = self.both(&step.item) {
                note.since[target] = IN_FLIGHT;
            }
        }
        self.flight = Some(Flight { id, direction, steps: steps.clone() });
        steps
    }

    /// A pull may have taken away the imports of shared modules that the world has dropped. Whether
    /// the app still has them on disk only a look that begins now can tell; without one they would
    /// be sent to the world again, and come back to life in every other folder.
    fn doubt_imports(&mut self, stamp: Stamp) {
        let disk = Side::Disk as usize;
        for (item, row) in &mut self.rows {
            let dropped = row.world.seen == Seen::Absent && row.disk.seen != Seen::Absent;
            if item.is_shared() && dropped {
                row.disk = Sighting::of(Seen::Unknown);
                self.missed[disk] = true;
                if let Some(note) = self.notes.get_mut(item) {
                    note.since[disk] = stamp;
                    note.shadow = None;
                }
            }
        }
    }

    /// Takes in how a step ended; says whether the base moved, and which side must be looked at.
    fn land_step(&mut self, step: &Step, way: (Direction, &Outcome), at: (Stamp, Millis)) -> Landed {
        let ((direction, outcome), (stamp, now)) = (way, at);
        let target = direction.target();
        let Some((row, note)) = self.both(&step.item) else { return Landed::default() };
        note.since[target as usize] = stamp;
        let mut landed = Landed::default();
        // What was found instead came after our last look, so it is news, whatever its own time.
        let mut see = |side: Side, seen: Seen| {
            *sighting_mut(row, side) = Sighting { seen, changed_at: Some(now) };
            (seen == Seen::Unknown).then_some(side)
        };
        match outcome {
            // Both sides have held `put`: the source when this was planned, the target now. So it
            // is the base, whatever either side was seen to hold since: a save during our push is
            // an edit of what we pushed, not a conflict with it.
            Outcome::Done => {
                if direction == Direction::ToDisk && step.item.is_shared() {
                    note.came_back(row.base(), step.put);
                }
                let changed_at = row.at(source(direction)).changed_at;
                *sighting_mut(row, target) = Sighting { seen: step.put.into(), changed_at };
                row.base = step.put.map(|held| Agreed { held, at: now });
                note.close();
                landed.agreed = Some(row.base);
            }
            Outcome::Refused(seen) => {
                let created = direction == Direction::ToDisk && step.expect.is_none();
                note.shadow = seen.held().flatten().filter(|_| created && step.item.is_shared());
                landed.look = see(target, *seen);
                if let Some(held) = note.arrived(target, *seen).filter(|it| row.base() != *it) {
                    row.base = held.map(|held| Agreed { held, at: now });
                    landed.agreed = Some(row.base);
                }
            }
            Outcome::Stale(seen) => {
                note.shadow = None;
                // The disk won a conflict over a shared module, and does not even import it. It
                // still wins; read as "edit beats delete" the pair would go round for ever.
                if step.item.is_shared() && *seen == Seen::Absent && step.keep == Keep::Conflict {
                    note.forced = Some(((None, step.expect), Side::Disk));
                }
                landed.look = see(source(direction), *seen);
                note.since[source(direction) as usize] = stamp;
            }
            Outcome::Skipped => (),
            Outcome::Failed(_) => {
                landed.look = see(target, Seen::Unknown);
                note.doubt(target, step.put);
            }
        }
        landed
    }
}

/// What a step's end means for the rest.
#[derive(Debug, Default)]
struct Landed {
    agreed: Option<Option<Agreed>>,
    look: Option<Side>,
}

impl Engine {
    /// Starts what can start in a group.
    pub(super) fn launch(&mut self, group: &Group, effects: &mut Vec<Effect>) {
        let now = self.now;
        let Some(direction) = self.bays.get(group).and_then(|it| it.startable(now)) else { return };
        let deploy = (direction == Direction::ToWorld).then(|| self.deploy(group)).flatten();
        let id = self.next_action;
        self.next_action += 1;
        let steps = self.bay(group).start(id, direction);
        for id in deploy.iter().flat_map(|it| it.versions.keys()) {
            self.versions.entry(id.clone()).or_insert((None, 0)).1 = IN_FLIGHT;
        }
        effects.push(Effect::Run(Action { id, group: group.clone(), direction, steps, deploy }));
    }

    fn deploy(&self, group: &Group) -> Option<Deploy> {
        let Group::App(app) = group else { return None };
        let bay = self.bays.get(group)?;
        let root = self.roots.get(app).unwrap_or(app).clone();
        let ids = bay.rows.keys().filter_map(|it| match it {
            ItemId::Blueprint { id, .. } => Some(id),
            ItemId::Script { .. } | ItemId::Entity { .. } | ItemId::Record { .. } => None,
        });
        let ids: BTreeSet<&String> = ids.chain([&root]).collect();
        let version = |id: &String| self.versions.get(id).and_then(|it| it.0);
        let versions: BTreeMap<String, Option<u64>> =
            ids.into_iter().map(|it| (it.clone(), version(it))).collect();
        let mut emptied: BTreeSet<String> =
            versions.iter().filter(|it| it.1.is_some()).map(|it| it.0.clone()).collect();
        let puts: BTreeMap<&ItemId, Held> = bay.plan.to_world.iter().map(|it| (&it.item, it.put)).collect();
        for (item, row) in &bay.rows {
            let empty = puts.get(item).map_or(row.world.seen == Seen::Absent, Option::is_none);
            if !empty {
                emptied.remove(blueprint_of(item, &root));
            }
        }
        Some(Deploy { root, versions, emptied })
    }

    /// Takes in how an action ended.
    pub(super) fn land(
        &mut self,
        action: u64,
        outcomes: Vec<(ItemId, Outcome)>,
        versions: BTreeMap<String, Option<u64>>,
        effects: &mut Vec<Effect>,
    ) -> Option<Group> {
        let flown = |bay: &Bay| bay.flight.as_ref().is_some_and(|it| it.id == action);
        // An action of before a restart: the looks after it tell what became of it.
        let group = self.bays.iter().find(|(_, bay)| flown(bay))?.0.clone();
        self.stamp += 1;
        self.land_versions(&group, versions);
        let (now, stamp, spread) = (self.now, self.stamp, self.jitter.draw());
        let bay = self.bay(&group);
        let Flight { direction, steps, .. } = bay.flight.take()?;
        let outcomes: BTreeMap<ItemId, Outcome> = outcomes.into_iter().collect();
        let forgotten =
            Outcome::Failed(Failure { message: "no outcome was reported".into(), retry: Retry::Soon });
        let outcome_of = |step: &Step| outcomes.get(&step.item).unwrap_or(&forgotten);
        let mut agreed = Vec::new();
        for step in &steps {
            let landed = bay.land_step(step, (direction, outcome_of(step)), (stamp, now));
            agreed.extend(landed.agreed.map(|it| (step.item.clone(), it)));
            if let Some(side) = landed.look {
                bay.missed[side as usize] = true;
            }
        }
        if direction == Direction::ToDisk {
            bay.doubt_imports(stamp);
        }
        if !agreed.is_empty() {
            effects.push(Effect::Agreed(agreed));
        }
        let ends: Vec<&Outcome> = steps.iter().map(outcome_of).collect();
        let returns = steps.iter().filter_map(|it| bay.notes.get(&it.item)).map(|it| it.returns).max();
        let pace = &mut bay.pace[direction as usize];
        let pause = pace.next(&ends, &steps, now).or_else(|| pace.step_aside(returns?, now, spread));
        if let Some(ms) = pause {
            effects.push(Effect::RetryAfter { group: group.clone(), ms });
        }
        report_failures(&group, &steps, &ends, effects);
        steps.iter().for_each(|it| self.register(&it.item));
        Some(group)
    }

    /// Versions are known again: as reported back, else as they were.
    fn land_versions(&mut self, group: &Group, news: BTreeMap<String, Option<u64>>) {
        let stamp = self.stamp;
        let Group::App(app) = group else { return };
        for (id, known) in &mut self.versions {
            let ours = bowline_model::blueprint::split_id(id).0 == app || self.roots.get(app) == Some(id);
            if ours && known.1 == IN_FLIGHT {
                known.1 = stamp;
            }
        }
        for (id, version) in news {
            self.versions.insert(id, (version, stamp));
        }
    }
}

fn report_failures(group: &Group, steps: &[Step], ends: &[&Outcome], effects: &mut Vec<Effect>) {
    let failure = |(step, end): (&Step, &&Outcome)| match end {
        Outcome::Failed(why) => Some((step.item.clone(), why.clone())),
        _ => None,
    };
    let why: Vec<_> = steps.iter().zip(ends).filter_map(failure).collect();
    if !why.is_empty() {
        effects.push(Effect::Failed { group: group.clone(), why });
    }
}

/// The blueprint that carries an item of an app.
pub(crate) fn blueprint_of<'a>(item: &'a ItemId, root: &'a str) -> &'a str {
    match item {
        ItemId::Blueprint { id, .. } => id,
        ItemId::Script { .. } | ItemId::Entity { .. } | ItemId::Record { .. } => root,
    }
}
