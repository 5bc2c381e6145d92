//! Who begins when, and who waits for the next tick: pure.
//!
//! As long as nobody has to be stopped everybody has a turn in every tick, however busy the machine is:
//! which tick an app does something in must not depend on that. Only what those cost who are stopped is
//! bounded per tick; the rest waits then, and the longer somebody has behaved the earlier is its turn.

use std::time::Duration;

/// What is known of an app when a tick begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known<'a> {
    pub(super) app: &'a str,
    /// Batches in a row without being stopped.
    pub(super) good: u64,
    pub(super) need: Need,
}

/// Whether a batch may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::script) enum Need {
    /// It ends something: there is no second chance to say so.
    Now,
    /// It can be said again in the next tick.
    CanWait,
}

/// The order of a tick.
pub(super) fn order(mut apps: Vec<Known<'_>>) -> Vec<Known<'_>> {
    apps.sort_by(|a, b| b.good.cmp(&a.good).then_with(|| a.app.cmp(b.app)));
    apps
}

/// Whether an app may still begin in this tick, after `lost` processor time went to those who were
/// stopped in it.
pub(super) fn may_begin(need: Need, lost: Duration, most: Duration) -> bool {
    need == Need::Now || lost <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_behaved_come_first_then_by_name() {
        let known = |app, good| Known { app, good, need: Need::CanWait };
        let sorted = order(vec![known("b", 0), known("old", 9), known("a", 0), known("new", 3)]);
        let names: Vec<&str> = sorted.iter().map(|it| it.app).collect();
        assert_eq!(names, ["old", "new", "a", "b"]);
    }

    #[test]
    fn what_was_lost_to_others_bounds_a_tick() {
        let ms = Duration::from_millis;
        let table = [
            ("nobody was stopped", Need::CanWait, 0, true),
            ("one was", Need::CanWait, 100, true),
            ("several were", Need::CanWait, 301, false),
            ("an end is always said", Need::Now, 900, true),
        ];
        for (name, need, lost, expected) in table {
            assert_eq!(may_begin(need, ms(lost), ms(300)), expected, "{name}");
        }
    }
}
