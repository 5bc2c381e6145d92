//! Between two ticks: what was edited takes over at once, and no time passes.
//!
//! Only an app's code is begun, ended and exchanged here. No frame runs, no event is heard and nothing
//! moves; what that would be is the next tick's, as it was. So it is one more step among the others: a
//! world that is told the same, ticks and takes over in the same order is the same world.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::{World, WorldEvent};
use crate::script::{Batch, Compile, Seat, Span, Wait};

impl World {
    /// Applies what waits and lets scripts that are compiled by `until` take over from those that run.
    /// A world that compiles within its ticks waits for all.
    #[must_use]
    pub fn take_over(&mut self, until: Instant) -> Vec<WorldEvent> {
        self.take_late();
        self.apply_steps();
        self.compile(Some(until));
        let batches = self.takeovers();
        // Nobody else is held before then.
        let wait = match self.compile {
            Compile::Now => Wait::ForAll,
            Compile::Behind => Wait::Until(until),
        };
        self.run_batches(batches, wait);
        std::mem::take(&mut self.events)
    }

    /// Whether there are scripts that nobody has finished compiling.
    #[must_use]
    pub fn is_compiling(&self) -> bool {
        self.compiler.is_busy()
    }

    /// For each app that has somebody to end, to begin or to exchange: that, and nothing else.
    fn takeovers(&mut self) -> BTreeMap<Seat, Batch> {
        let players = Arc::clone(self.players());
        let (now, births, span) = (self.moment(), self.births_of_batches(), Span::Between);
        let batch = || Batch { now, span, births, players: Arc::clone(&players), ..Batch::default() };
        let mut batches: BTreeMap<Seat, Batch> = BTreeMap::new();
        self.farewells(&mut batches, &batch);
        let seats: Vec<Seat> = self.programs.keys().cloned().collect();
        for seat in seats {
            let mut own = batches.remove(&seat).unwrap_or_else(&batch);
            self.births(&seat, &mut own);
            if !own.jobs.is_empty() {
                batches.insert(seat, own);
            }
        }
        batches
    }
}
