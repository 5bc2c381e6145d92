//! How an action is carried out: machines that name the next micro-operation and are told how it
//! ended. They do no IO and hold no content, so the daemon and the simulator run the same ones.
//!
//! All are driven alike: `let mut call = job.next(Reply::Start)`, then perform `call` and hand its
//! reply to `next`, until `Call::Finish` brings the outcomes.
//!
//! # Recovery
//!
//! There is no recovery code here. A machine that dies with its process leaves staged files beside
//! their targets, with the disk's own journal, and perhaps a lock that runs out. At restart the
//! daemon first has the disk recover: a staged file that still holds what we meant to put is
//! dropped (its bytes are parked); one that was captured goes back if its place is free; any other
//! was displaced, and goes to the trash if the stored base says that both sides had agreed on it,
//! else to `.conflicts`. Then both sides are looked at whole, and the plan is made from what is
//! there.

use bowline_model::{Digest, ProjectPath};

use crate::plan::Keep;
use crate::sighting::Held;

pub mod apply;
pub mod send;
pub mod write;

/// Make a file hold `put`, provided it still holds `expect`. Items that share a file (the entities
/// of `world.json`) are composed into one of these by the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileStep {
    /// The file.
    pub path: ProjectPath,
    /// What it shall hold; `None` deletes it.
    pub put: Held,
    /// What it held when this was planned.
    pub expect: Held,
    /// Where `expect` goes.
    pub keep: Keep,
}

impl FileStep {
    fn digest(&self) -> Option<Digest> {
        self.put
    }
}
