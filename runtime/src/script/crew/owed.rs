//! What an app is owed that had no turn: its batches as one, and not more than it can take in. Pure.

use crate::script::{Batch, Event};

/// Events for everybody that are kept for one app.
pub(super) const EVENTS_MAX: usize = 10_000;

/// And their bytes.
pub(super) const BYTES_MAX: usize = 4 << 20;

/// What the player of a client did, in moments.
pub(super) const INPUTS_MAX: usize = 1000;

/// What was to be said to one app.
pub(super) struct Owed {
    batch: Batch,
    kept: Kept,
}

/// Whether all of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    All,
    /// Events were dropped, the newest.
    NotAll,
}

/// What is worth saying about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    All,
    /// From now on it misses events.
    FirstLoss,
}

impl Owed {
    pub(super) fn new(batch: Batch) -> Owed {
        Owed::of(batch, Kept::All)
    }

    pub(super) fn of(batch: Batch, kept: Kept) -> Owed {
        Owed { batch, kept }
    }

    /// What to say, and whether it is all there was.
    pub(super) fn split(self) -> (Batch, Kept) {
        (self.batch, self.kept)
    }

    /// What was not said in one tick, and what is to be said in the next, as one. Jobs are never dropped:
    /// there is one for each start and each end, and what single instances are told waits in the world.
    pub(super) fn add(&mut self, next: Batch) -> Added {
        let owed = &mut self.batch;
        owed.now = next.now;
        // Frames that are owed are run with whatever comes next.
        owed.span = owed.span.max(next.span);
        owed.births = next.births;
        owed.players = next.players;
        owed.bundles.extend(next.bundles);
        owed.jobs.extend(next.jobs);
        let room = INPUTS_MAX.saturating_sub(owed.inputs.len());
        owed.inputs.extend(next.inputs.into_iter().take(room));
        let mut bytes: usize = owed.events.iter().map(size).sum();
        for event in next.events {
            if owed.events.len() >= EVENTS_MAX || bytes >= BYTES_MAX {
                return match std::mem::replace(&mut self.kept, Kept::NotAll) {
                    Kept::All => Added::FirstLoss,
                    Kept::NotAll => Added::All,
                };
            }
            bytes += size(&event);
            owed.events.push(event);
        }
        Added::All
    }
}

fn size(event: &Event) -> usize {
    event.name.len() + event.data.len()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::player::Players;
    use crate::script::{Job, Now, Work};

    fn batch(tick: u64, events: &[&str]) -> Batch {
        let event = |it: &&str| Event { name: (*it).to_owned(), data: "1".into(), from: None };
        Batch {
            now: Now { tick, ..Now::default() },
            events: events.iter().map(event).collect(),
            inputs: vec![format!("input {tick}")],
            jobs: vec![Job { instance: u32::try_from(tick).unwrap(), work: Work::Stop }],
            ..Batch::default()
        }
    }

    #[test]
    fn what_was_missed_comes_in_its_order_with_the_time_and_the_players_of_now() {
        let mut owed = Owed::new(batch(1, &["a", "b"]));
        let players: Arc<Players> = Arc::default();
        let next = Batch { players: Arc::clone(&players), ..batch(2, &["c"]) };
        assert_eq!(owed.add(next), Added::All);
        let Owed { batch: all, .. } = owed;
        let names: Vec<&str> = all.events.iter().map(|it| it.name.as_str()).collect();
        let jobs: Vec<u32> = all.jobs.iter().map(|it| it.instance).collect();
        assert_eq!((names, jobs, all.now.tick), (vec!["a", "b", "c"], vec![1, 2], 2));
        assert_eq!(all.inputs, ["input 1", "input 2"]);
        assert!(Arc::ptr_eq(&all.players, &players));
    }

    #[test]
    fn who_is_away_for_long_is_owed_no_more_than_there_is_room_for_and_that_is_said_once() {
        let mut owed = Owed::new(batch(0, &[]));
        let many = vec!["x"; EVENTS_MAX / 2];
        let said: Vec<Added> = (1..6).map(|tick| owed.add(batch(tick, &many))).collect();
        use Added::{All, FirstLoss};
        assert_eq!(said, [All, All, FirstLoss, All, All]);
        assert_eq!((owed.batch.events.len(), owed.batch.jobs.len()), (EVENTS_MAX, 6));
    }

    #[test]
    fn large_events_count_by_their_bytes() {
        let mut owed = Owed::new(batch(0, &[]));
        let large = Event { name: "x".to_owned(), data: "y".repeat(BYTES_MAX / 2).into(), from: None };
        for tick in 1..5 {
            owed.add(Batch { events: vec![large.clone()], ..batch(tick, &[]) });
        }
        assert_eq!(owed.batch.events.len(), 2);
    }
}
