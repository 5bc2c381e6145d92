//! [`Home`]: one version of one app in some engine, as [`super::turns`] needs it. Another engine is
//! another of these.

use std::rc::Rc;
use std::sync::Arc;

use bowline_model::Problem;

use super::budget::Budget;
use super::worker::Pulse;
use super::{Batch, Bundle, Event, Input, Number, Outcome, Source};

/// Instances run by entity; a new life of the same entity is another instance.
pub(super) type Key = (String, Number);

/// Where instances of one version live.
pub(super) trait Home: Sized {
    /// An engine for `bundle` in which nobody lives.
    fn new(bundle: &Arc<Bundle>, budget: &Rc<Budget>, pulse: &Arc<Pulse>) -> Result<Self, Problem>;
    fn bundle(&self) -> &Arc<Bundle>;
    /// Whether it should take nobody new.
    fn is_full(&self) -> bool;
    /// A batch begins.
    fn open(&self, batch: &Batch, world: &Arc<dyn Source>) -> Result<(), Problem>;
    /// The batch is over: the world is let go.
    fn close(&self);
    /// Makes an instance and calls its entry. It lives on if that does not fail.
    fn build(&mut self, key: Key, facts: &str, turn: u64) -> Outcome;
    /// Tells one instance something, before its next frames.
    fn hear(&mut self, key: &Key, input: &Input);
    /// Runs the frames of all from `from` on that had none in this tick. The first who had no turn, if
    /// the time is over.
    fn frames(&mut self, from: Option<&Key>, tick: u64, into: &mut Vec<Outcome>) -> Option<Key>;
    /// Those who had no turn in this tick hear its events in the next.
    fn keep_for_late(&mut self, tick: u64, events: &[Event]);
    /// Runs a system once; `None` if it did nothing anybody has to know of.
    fn run(&mut self, key: &Key, input: &str) -> Option<Outcome>;
    /// What the save hook of an instance did, and what it hands over: JSON.
    fn save(&mut self, key: &Key) -> Option<(Outcome, Option<String>)>;
    /// Runs the reload hooks of a new instance.
    fn renew(&mut self, key: &Key, context: &str) -> Option<Outcome>;
    /// Runs the `destroy` listeners of an instance and forgets it.
    fn stop(&mut self, key: &Key) -> Option<Outcome>;
    fn forget(&mut self, key: &Key);
    fn numbers(&self) -> Vec<Number>;
    fn living(&self) -> usize;
    /// Bytes the engine holds.
    fn memory(&self) -> u64;
    /// Whether there is no memory for those who live on, although who took it is gone.
    fn is_spoiled(&self) -> bool;
}
