//! One group's place in the engine: its rows, what is under way, and what was said about it.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Digest, Group, ItemId, Problem};

use crate::decide::Decision;
use crate::engine::flight::{Flight, Pace, blueprint_of};
use crate::engine::{Effect, Stamp};
use crate::names::Names;
use crate::plan::{Agreed, Conflict, Hold, Plan, Row, Rows, Terms, plan};
use crate::sighting::{Held, Millis, Seen, Side, Sighting};
use crate::winner::{Policy, Times, winner};

/// Both contents at some time: a verdict counts while they stay.
type Pair = (Held, Held);

/// What the engine remembers of an item beside its row.
#[derive(Debug, Clone, Default)]
pub(super) struct Note {
    /// Per side: looks that began earlier do not count.
    pub(super) since: [Stamp; 2],
    /// Per side: what we tried to put there without learning whether it arrived, oldest first. A
    /// change may wait in the world's queue long after its answer is given up, so it is remembered
    /// through later tries until one goes through.
    tried: [Vec<Held>; 2],
    /// What the base was before, newest last, and how often in a row a pull brought one of these
    /// back. See [`Note::came_back`].
    past: Vec<Digest>,
    pub(super) returns: u32,
    /// Who wins the conflict of this pair, found once so that it cannot flip as time passes.
    verdict: Option<(Pair, Option<Side>)>,
    /// A shared module that its app does not import on disk, and whose file is there all the same:
    /// a pull found this in its place. It counts as seen until the two sides agree; else the pull
    /// would be refused and planned again for ever.
    pub(super) shadow: Option<Digest>,
    /// What a person said about this pair.
    pub(super) forced: Option<(Pair, Side)>,
}

/// How many tries of unknown end are remembered.
const TRIED: usize = 8;

/// How many earlier contents are remembered to notice one that comes back.
const PAST: usize = 4;

impl Note {
    /// Both sides agreed: verdicts have done their work. Kept, they would count again when the same
    /// two contents meet another time, and two mirrors could force theirs on each other for ever.
    pub(super) fn close(&mut self) {
        self.verdict = None;
        self.forced = None;
        self.shadow = None;
        self.tried = Default::default();
    }

    /// Whether this arrived on the side is not known.
    pub(super) fn doubt(&mut self, side: Side, put: Held) {
        let tried = &mut self.tried[side as usize];
        tried.retain(|it| *it != put);
        tried.push(put);
        tried.drain(..tried.len().saturating_sub(TRIED));
    }

    /// Whether what the side holds is a write of ours whose answer got lost. The other side held it
    /// when we sent it, so both have held it: it is the base, and what came after on either side is
    /// an edit of it, not a conflict with it.
    pub(super) fn arrived(&mut self, side: Side, seen: Seen) -> Option<Held> {
        let held = seen.held().filter(|it| self.tried[side as usize].contains(it))?;
        self.close();
        Some(held)
    }

    /// Counts pulls that bring back what was there before.
    ///
    /// Two apps that share a module hold a copy each in the world, and two mirrors carry content
    /// from one copy to the other. Two contents can then chase each other round that ring for ever,
    /// each step of it in order. A mirror that notices pauses, and while it does the other one
    /// brings all copies to one content.
    pub(super) fn came_back(&mut self, before: Held, now: Held) {
        let known = now.is_some_and(|it| self.past.contains(&it));
        self.returns = if known { self.returns + 1 } else { 0 };
        if let Some(before) = before.filter(|it| !self.past.contains(it)) {
            self.past.push(before);
            let old = self.past.len().saturating_sub(PAST);
            self.past.drain(..old);
        }
    }
}

/// While a side is being written, nothing that is seen there counts: it may be our own hand, half
/// way through an exchange that is about to be taken back.
pub(super) const IN_FLIGHT: Stamp = Stamp::MAX;

#[derive(Debug, Clone, Default)]
pub(super) struct Bay {
    pub(super) rows: Rows,
    pub(super) notes: BTreeMap<ItemId, Note>,
    pub(super) blocked: Vec<Problem>,
    pub(super) consented: BTreeSet<(Side, ItemId)>,
    pub(super) flight: Option<Flight>,
    /// Per direction.
    pub(super) pace: [Pace; 2],
    /// Per side: a look was ignored and told us something new.
    pub(super) missed: [bool; 2],
    pub(super) plan: Plan,
    told: Vec<Hold>,
}

pub(super) fn sighting_mut(row: &mut Row, side: Side) -> &mut Sighting {
    match side {
        Side::Disk => &mut row.disk,
        Side::World => &mut row.world,
    }
}

impl Bay {
    /// The row of an item, made if needed: a side that was seen whole without it does not have it.
    pub(super) fn row(&mut self, item: &ItemId, seen_whole: [bool; 2]) -> &mut Row {
        if !self.rows.contains_key(item) {
            let seen = |whole: bool| Sighting::of(if whole { Seen::Absent } else { Seen::Unknown });
            let [disk, world] = seen_whole.map(seen);
            self.rows.insert(item.clone(), Row { base: None, disk, world, winner: None, forced: None });
            self.notes.insert(item.clone(), Note::default());
        }
        self.rows.get_mut(item).expect("just inserted")
    }

    pub(super) fn both(&mut self, item: &ItemId) -> Option<(&mut Row, &mut Note)> {
        self.rows.get_mut(item).zip(self.notes.get_mut(item))
    }

    /// Takes in what a look that began at `as_of` showed of an item.
    pub(super) fn see(
        &mut self,
        item: &ItemId,
        (side, sighting): (Side, Sighting),
        (as_of, now): (Stamp, Millis),
        agreed: &mut Vec<(ItemId, Option<Agreed>)>,
    ) {
        let missed = &mut self.missed[side as usize];
        let Some((row, note)) = self.rows.get_mut(item).zip(self.notes.get_mut(item)) else { return };
        if as_of < note.since[side as usize] {
            *missed |= row.at(side).seen != sighting.seen;
            return;
        }
        let shadow = note.shadow.filter(|_| side == Side::Disk && sighting.seen == Seen::Absent);
        let sighting = Sighting { seen: shadow.map_or(sighting.seen, Seen::Present), ..sighting };
        *sighting_mut(row, side) = sighting;
        if let Some(held) = note.arrived(side, sighting.seen).filter(|it| row.base() != *it) {
            row.base = held.map(|held| Agreed { held, at: now });
            agreed.push((item.clone(), row.base));
        }
    }

    pub(super) fn lose_world(&mut self, stamp: Stamp) {
        self.rows.values_mut().for_each(|it| it.world = Sighting::of(Seen::Unknown));
        for note in self.notes.values_mut() {
            let since = &mut note.since[Side::World as usize];
            *since = (*since).max(stamp);
        }
    }

    /// The world forgot what it had of a blueprint: the disk is right about all it has of it.
    pub(super) fn remind(&mut self, blueprint: &str, root: &str) {
        for (item, row) in &self.rows {
            // What the disk does not have may be somebody's, from before what was forgotten.
            let changed = row.both().filter(|it| it.0.is_some() && it.0 != it.1 && it.1 != row.base());
            if let Some((pair, note)) = changed.zip(self.notes.get_mut(item))
                && blueprint_of(item, root) == blueprint
            {
                note.forced = Some((pair, Side::Disk));
            }
        }
    }

    pub(super) fn settle(&mut self, item: &ItemId, winner: Side) {
        if let Some((row, note)) = self.both(item)
            && let Some(pair) = row.both()
        {
            note.forced = Some((pair, winner));
        }
    }

    pub(super) fn ask_for_missed_looks(&mut self, group: &Group, effects: &mut Vec<Effect>) {
        for side in [Side::Disk, Side::World] {
            let written = self.flight.as_ref().is_some_and(|it| it.direction.target() == side);
            if !written && std::mem::take(&mut self.missed[side as usize]) {
                effects.push(Effect::Look { side, group: group.clone() });
            }
        }
    }

    /// Finds who wins each conflict, and says so once per pair of contents.
    pub(super) fn judge(&mut self, policy: Policy, now: Millis, effects: &mut Vec<Effect>) {
        for (item, row) in &mut self.rows {
            let Some((pair, note)) = row.both().zip(self.notes.get_mut(item)) else { continue };
            row.forced = note.forced.filter(|it| it.0 == pair).map(|it| it.1);
            if row.decision() != Some(Decision::Conflict) {
                continue;
            }
            let known = note.verdict.filter(|it| it.0 == pair);
            let times = Times {
                disk: row.disk.changed_at,
                world: row.world.changed_at,
                base: row.base.map(|it| it.at),
                now,
            };
            row.winner = known.map_or_else(|| winner(times, policy), |it| it.1);
            if known.is_none() {
                let (disk, world) = pair;
                let winner = row.forced.or(row.winner);
                effects.push(Effect::Conflict(Conflict { item: item.clone(), winner, disk, world }));
            }
            note.verdict = Some((pair, row.winner));
        }
    }

    pub(super) fn replan(&mut self, names: &Names) {
        self.plan = plan(&self.rows, Terms { blocked: &self.blocked, consented: &self.consented, names });
        // Consent is for the deletions of one day, not for the same files years later.
        if self.plan.is_settled() {
            self.consented.clear();
        }
    }

    /// Moves the base where both sides are known to hold the same.
    pub(super) fn agree(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        let agree = std::mem::take(&mut self.plan.agree);
        let mut agreed = Vec::with_capacity(agree.len());
        for (item, held) in agree {
            if let Some((row, note)) = self.both(&item) {
                row.base = held.map(|held| Agreed { held, at: now });
                note.close();
                agreed.push((item, row.base));
            }
        }
        if !agreed.is_empty() {
            effects.push(Effect::Agreed(agreed));
        }
    }

    /// Says why the group is held, when that changed.
    pub(super) fn tell(&mut self, group: &Group, effects: &mut Vec<Effect>) {
        if self.told == self.plan.holds {
            return;
        }
        self.told = self.plan.holds.clone();
        effects.push(match self.told.is_empty() {
            true => Effect::Freed { group: group.clone() },
            false => Effect::Held { group: group.clone(), why: self.told.clone() },
        });
    }
}
