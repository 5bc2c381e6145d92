//! Who begins when, who waits for the next tick, and for whom a tick waits: pure.
//!
//! Where everybody is waited for, the order is all there is to decide. A world that keeps its pace waits
//! only for those it knows: an app that has answered in time often enough is *proven*, and a tick without
//! it would be another tick. Who starts, or is new, or has just taken too long is a *guest*: it begins
//! after the others, a few at a time, and is waited for as long as the tick has patience; then the tick
//! goes on without it. What the guests of a tick cost the others together is that patience, however many
//! they are; what those cost who were proven and turn bad is the time of one.

use std::time::Duration;

use super::{Limits, Seat};

/// Whom a tick waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Everybody: which tick something is done in depends on nothing but the steps.
    ForAll,
    /// Those who are quick, for the others so long.
    ForTheQuick { patience: Duration },
}

/// Batches in a row in time that make an app proven: a second.
const PROVEN_AFTER: u64 = 20;

/// Nobody is waited for so long by the clock on the wall, whoever has the processor.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// How an app has been so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Record {
    /// Batches in a row that were answered in time.
    good: u64,
    /// How often it took too long since it was proven last.
    strikes: u32,
    /// Ticks in a row that it had no turn in.
    passed: u64,
}

/// What a batch came to, as far as it says something about an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conduct {
    InTime,
    /// It started something that took long, which is nobody's fault.
    SlowStart,
    /// It took more than its time, or took its engine with it.
    Overran,
    /// It had no turn.
    Passed,
}

impl Record {
    pub(super) fn after(self, conduct: Conduct) -> Record {
        match conduct {
            Conduct::InTime => {
                let good = self.good + 1;
                let strikes = if good < PROVEN_AFTER { self.strikes } else { 0 };
                Record { good, strikes, passed: 0 }
            }
            Conduct::SlowStart => Record { good: 0, passed: 0, ..self },
            Conduct::Overran => Record { good: 0, passed: 0, strikes: self.strikes.saturating_add(1) },
            Conduct::Passed => Record { passed: self.passed + 1, ..self },
        }
    }
}

/// Whether a batch may be said a tick later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It ends something, or another waits for it.
    Now,
    CanWait,
}

/// What an app is in a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Waited for.
    Proven,
    /// Not known well enough.
    Unproven,
    /// Something is started.
    Starting,
}

/// In the order they begin.
pub(super) const CLASSES: [Class; 3] = [Class::Proven, Class::Unproven, Class::Starting];

/// An app with something to do in a tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) seat: Seat,
    pub(super) class: Class,
    pub(super) record: Record,
    pub(super) need: Need,
}

impl Entry {
    /// `starts`: scripts that are started by its batch.
    pub(super) fn new(seat: Seat, (record, need): (Record, Need), starts: u32, wait: Wait) -> Entry {
        let class = match wait {
            Wait::ForAll => Class::Proven,
            Wait::ForTheQuick { .. } if starts > 0 => Class::Starting,
            Wait::ForTheQuick { .. } if record.good < PROVEN_AFTER => Class::Unproven,
            Wait::ForTheQuick { .. } => Class::Proven,
        };
        Entry { seat, class, record, need }
    }
}

/// The order of a tick: who is proven, those first who have been good for longer; then of the guests
/// those who have not taken too long so often, and of these who has waited longest.
pub(super) fn order(entries: &mut [Entry]) {
    let guest = |it: &Entry| it.class != Class::Proven;
    let rank = |it: &Entry| match guest(it) {
        false => (false, 0, u64::MAX - it.record.good),
        true => (true, it.record.strikes, u64::MAX - it.record.passed),
    };
    entries.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.seat.cmp(&b.seat)));
}

/// How far a tick has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moment {
    /// By the clock on the wall.
    pub(super) passed: Duration,
    /// Processor time that went to proven apps that took too long.
    pub(super) lost: Duration,
    /// How many slots of the class are taken.
    pub(super) out: usize,
    /// How many of the class have begun in this tick.
    pub(super) begun: usize,
}

/// Whether somebody may begin now. `slots`: how many of a class may be at work at once.
pub(super) fn may_begin(
    entry: &Entry,
    moment: &Moment,
    (wait, slots): (Wait, usize),
    limits: &Limits,
) -> bool {
    let is_free = moment.out < slots;
    match (wait, entry.class) {
        (Wait::ForAll, _) => is_free,
        (_, Class::Proven) => is_free && (entry.need == Need::Now || moment.lost <= limits.tick_time),
        // One has its turn in every tick, however long the others took.
        (Wait::ForTheQuick { patience }, _) => is_free && (moment.passed < patience || moment.begun == 0),
    }
}

/// Whether the tick waits on for somebody at work, who has used so much processor time in `waited`.
pub(super) fn is_waited_for(
    entry: &Entry,
    (used, waited): (Duration, Duration),
    (wait, passed): (Wait, Duration),
    limits: &Limits,
) -> bool {
    match (wait, entry.class) {
        (Wait::ForAll, _) => true,
        (_, Class::Proven) => used <= limits.tick_time && waited <= WAIT_MAX.max(limits.tick_time * 2),
        (Wait::ForTheQuick { patience }, _) => entry.record.strikes == 0 && passed < patience,
    }
}
