//! When a script that lost its process is started again by itself: pure, in ticks.
//!
//! What an engine crashed on may have been an accident; what it crashes on every time is not. So it is
//! tried a few times, each after a longer wait, with the state it kept; after that only a save helps.

use std::collections::BTreeMap;

/// How long each try waits, in ticks: 1 s, 5 s, 30 s.
const WAITS: [u64; 3] = [20, 100, 600];

/// Who runs this long has recovered: 60 s.
const RECOVERED_AFTER: u64 = 1200;

/// Instances that lost their process, by entity.
#[derive(Debug, Default)]
pub(super) struct Revivals {
    lost: BTreeMap<String, Lost>,
}

#[derive(Debug, Clone, Copy)]
struct Lost {
    tries: usize,
    at: u64,
    /// When it shall be tried again.
    due: Option<u64>,
}

impl Revivals {
    /// It lost its process. In how many ticks it is tried again; `None` if it is not.
    pub(super) fn lost(&mut self, entity: &str, now: u64) -> Option<u64> {
        let before = self.lost.get(entity).filter(|it| now.saturating_sub(it.at) < RECOVERED_AFTER);
        let tries = before.map_or(0, |it| it.tries);
        let wait = WAITS.get(tries).copied();
        let due = wait.map(|it| now + it);
        self.lost.insert(entity.to_owned(), Lost { tries: tries + 1, at: now, due });
        wait
    }

    /// Somebody else decides about it: it was saved, stopped or removed.
    pub(super) fn forget(&mut self, entity: &str) {
        self.lost.remove(entity);
    }

    /// Who is to be tried now, in order.
    pub(super) fn due(&mut self, now: u64) -> Vec<String> {
        let due = self.lost.iter_mut().filter(|(_, it)| it.due.is_some_and(|it| it <= now));
        due.map(|(entity, it)| {
            (it.at, it.due) = (now, None);
            entity.clone()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a script that always loses its process at once is started, in ticks.
    fn tried(recovers: u64) -> Vec<u64> {
        let (mut revivals, mut starts) = (Revivals::default(), Vec::new());
        let mut lost_at = Some(100);
        for now in 0..10_000 {
            if !revivals.due(now).is_empty() {
                starts.push(now);
                lost_at = Some(now + recovers);
            }
            if lost_at == Some(now) {
                revivals.lost("A", now);
            }
        }
        starts
    }

    #[test]
    fn it_is_tried_three_times_each_after_a_longer_wait() {
        assert_eq!(tried(1), [120, 221, 822]);
    }

    #[test]
    fn who_ran_for_a_minute_has_all_tries_again() {
        assert_eq!(tried(1300), [120, 1440, 2760, 4080, 5400, 6720, 8040, 9360]);
    }

    #[test]
    fn a_save_begins_anew() {
        let mut revivals = Revivals::default();
        let waits: Vec<Option<u64>> = (0..4).map(|it| revivals.lost("A", it)).collect();
        assert_eq!(waits, [Some(20), Some(100), Some(600), None]);
        revivals.forget("A");
        assert_eq!(revivals.lost("A", 9), Some(20));
        assert_eq!(revivals.due(28), [""; 0]);
        assert_eq!(revivals.due(29), ["A"]);
        assert_eq!(revivals.due(30), [""; 0]);
    }
}
