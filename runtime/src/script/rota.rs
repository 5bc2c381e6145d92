//! Who begins when, who waits for the next tick, and for whom a tick waits: pure.
//!
//! Where everybody is waited for, the order is all there is to decide. A world that keeps its pace waits
//! only for those it knows: an app that has answered in time often enough is *proven*, and a tick without
//! it would be another tick. Who starts, or is new, or has just taken too long is a *guest*: it begins
//! after the others, a few at a time, and is waited for as long as the tick has patience; then the tick
//! goes on without it. What the guests of a tick cost the others together is that patience, however many
//! they are; what those cost who were proven and turn bad is the time of one.

use std::time::{Duration, Instant};

use super::{Limits, Seat};

/// Whom a tick waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Everybody: which tick something is done in depends on nothing but the steps.
    ForAll,
    /// Those who are quick, for the others so long.
    ForTheQuick { patience: Duration },
    /// The same, but there is time until then.
    Until(Instant),
}

impl Wait {
    /// As it is meant when a tick begins.
    pub(super) fn from(self, now: Instant) -> Wait {
        match self {
            Wait::Until(then) => Wait::ForTheQuick { patience: then.saturating_duration_since(now) },
            other => other,
        }
    }

    /// How long guests are waited for; `None` is for ever.
    fn patience(self) -> Option<Duration> {
        match self {
            Wait::ForAll => None,
            Wait::ForTheQuick { patience } => Some(patience),
            Wait::Until(_) => Some(Duration::ZERO),
        }
    }
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
        let class = match wait.patience() {
            None => Class::Proven,
            Some(_) if starts > 0 => Class::Starting,
            Some(_) if record.good < PROVEN_AFTER => Class::Unproven,
            Some(_) => Class::Proven,
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
    match (wait.patience(), entry.class) {
        (None, _) => is_free,
        (_, Class::Proven) => is_free && (entry.need == Need::Now || moment.lost <= limits.tick_time),
        // One has its turn in every tick, however long the others took.
        (Some(patience), _) => is_free && (moment.passed < patience || moment.begun == 0),
    }
}

/// Whether the tick waits on for somebody at work, who has used so much processor time in `waited`.
pub(super) fn is_waited_for(
    entry: &Entry,
    (used, waited): (Duration, Duration),
    (wait, passed): (Wait, Duration),
    limits: &Limits,
) -> bool {
    match (wait.patience(), entry.class) {
        (None, _) => true,
        (_, Class::Proven) => used <= limits.tick_time && waited <= WAIT_MAX.max(limits.tick_time * 2),
        (Some(patience), _) => entry.record.strikes == 0 && passed < patience,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Language;

    const QUICK: Wait = Wait::ForTheQuick { patience: Duration::from_millis(25) };

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// An app after what it has done so far.
    fn entry(name: &str, past: &[(Conduct, usize)], starts: u32) -> Entry {
        let all = past.iter().flat_map(|(conduct, times)| std::iter::repeat_n(*conduct, *times));
        let record = all.fold(Record::default(), Record::after);
        Entry::new((name.to_owned(), Language::JavaScript), (record, Need::CanWait), starts, QUICK)
    }

    #[test]
    fn the_proven_come_first_then_those_who_have_cost_least_and_waited_longest() {
        use Conduct::{InTime, Overran, Passed, SlowStart};
        let mut all = [
            entry("new b", &[], 0),
            entry("new a", &[], 0),
            entry("old", &[(InTime, 100)], 0),
            entry("younger", &[(InTime, 20)], 0),
            entry("waits", &[(Passed, 3)], 0),
            entry("bad", &[(InTime, 100), (Overran, 1), (Passed, 9)], 0),
            entry("worse", &[(Overran, 2), (InTime, 19)], 0),
            entry("mended", &[(Overran, 2), (InTime, 20)], 0),
            entry("slow to start", &[(InTime, 100), (SlowStart, 1)], 0),
        ];
        order(&mut all);
        let names: Vec<String> = all.iter().map(|it| format!("{} {:?}", it.seat.0, it.class)).collect();
        expect_test::expect![[r#"
            old Proven
            mended Proven
            younger Proven
            waits Unproven
            new a Unproven
            new b Unproven
            slow to start Unproven
            bad Unproven
            worse Unproven"#]]
        .assert_eq(&names.join("\n"));
    }

    #[test]
    fn what_is_started_is_a_guest_however_good_it_was_and_only_where_the_pace_counts() {
        let good = [(Conduct::InTime, 100)];
        assert_eq!(entry("a", &good, 1).class, Class::Starting);
        let seat = ("a".to_owned(), Language::Luau);
        let patient = Entry::new(seat, (Record::default(), Need::CanWait), 1, Wait::ForAll);
        assert_eq!(patient.class, Class::Proven);
    }

    #[test]
    fn who_may_begin() {
        let limits = Limits::standard();
        let (proven, guest) = (entry("p", &[(Conduct::InTime, 20)], 0), entry("g", &[], 1));
        let at = |passed, lost, out, begun| Moment { passed: ms(passed), lost: ms(lost), out, begun };
        let table = [
            ("a slot is free", &proven, at(900, 0, 1, 7), true),
            ("none is", &proven, at(0, 0, 2, 2), false),
            ("one was too slow", &proven, at(60, 50, 0, 1), true),
            ("that was enough", &proven, at(60, 51, 0, 1), false),
            ("a guest in time", &guest, at(24, 0, 1, 5), true),
            ("too many of them", &guest, at(1, 0, 2, 2), false),
            ("too late for another", &guest, at(25, 0, 0, 1), false),
            ("never too late for one", &guest, at(900, 0, 1, 0), true),
        ];
        for (name, entry, moment, expected) in table {
            assert_eq!(may_begin(entry, &moment, (QUICK, 2), &limits), expected, "{name}");
        }
        let end = Entry { need: Need::Now, ..proven };
        assert!(may_begin(&end, &at(0, 900, 0, 0), (QUICK, 2), &limits), "an end is always said");
    }

    #[test]
    fn who_is_waited_for() {
        let limits = Limits::standard();
        let (proven, guest) = (entry("p", &[(Conduct::InTime, 20)], 0), entry("g", &[], 1));
        let bad = entry("b", &[(Conduct::Overran, 1)], 0);
        let table = [
            ("a busy machine", &proven, (49, 900), 900, true),
            ("its own time is over", &proven, (51, 51), 51, false),
            ("nobody is waited for so long", &proven, (1, 1001), 1001, false),
            ("a guest", &guest, (20, 20), 24, true),
            ("a guest who takes longer", &guest, (20, 20), 25, false),
            ("one who has taken too long before", &bad, (0, 0), 0, false),
        ];
        for (name, entry, (used, waited), passed, expected) in table {
            let waits = is_waited_for(entry, (ms(used), ms(waited)), (QUICK, ms(passed)), &limits);
            assert_eq!(waits, expected, "{name}");
            let all = is_waited_for(entry, (ms(used), ms(waited)), (Wait::ForAll, ms(passed)), &limits);
            assert!(all, "{name}");
        }
    }
}
