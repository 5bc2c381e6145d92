//! Running scripts: what the world and a script engine say to each other, in plain values only.
//!
//! The world writes a [`Batch`] of jobs per app and tick, gets a [`Reply`], and applies it in order.
//! Nothing of an engine crosses this line, so that the other side may be a thread today and a
//! process tomorrow.

mod api_table;
mod budget;
mod bundle;
mod columns;
mod columns_host;
mod console;
mod crew;
mod failure;
mod instance;
#[cfg(test)]
mod maths;
mod modules;
mod ops;
#[cfg(test)]
mod prelude;
mod reach;
mod reach_host;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::Problem;

pub(crate) use api_table::prepare;
#[cfg(test)]
pub(crate) use budget::processor_time;
pub(crate) use bundle::Bundle;
pub(crate) use columns::{Written, layout as column_layout};
pub(crate) use crew::{Crew, Returned};
pub(crate) use ops::{Op, ROOT_NODE};
pub(crate) use reach::{Change, Roots, Target, View, lineage};

pub(crate) use crate::limits::Limits;
use crate::world::Level;

/// What scripts keep across restarts: `world.get` and `world.set`, JSON by key.
pub(crate) type Storage = BTreeMap<String, Arc<str>>;

/// One app's work in one tick.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) storage: Arc<Storage>,
    /// The world when the tick began.
    pub(crate) view: Arc<View>,
    /// Stops first, then those that had no turn in the last tick, then by entity.
    pub(crate) jobs: Vec<Job>,
}

/// What one instance shall do.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) entity: String,
    pub(crate) work: Work,
}

#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// Runs its `destroy` listeners and forgets it.
    Stop,
    /// Loads the script and calls its entry.
    Build { bundle: Arc<Bundle>, facts: String },
    /// Events, timers and frame handlers.
    Tick { input: String },
}

/// What came of a batch: an outcome per job that was done, in the order of the jobs. Jobs that are
/// missing were not begun, because one before them used up the app's time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) outcomes: Vec<Outcome>,
}

/// What one job did to the world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) entity: String,
    pub(crate) ops: Vec<Op>,
    /// What it wants changed beside its own nodes.
    pub(crate) changes: Vec<Change>,
    /// Of a system: what it wrote into the columns it was given.
    pub(crate) columns: Vec<Written>,
    /// `app.state` as JSON, when it has changed.
    pub(crate) state: Option<String>,
    pub(crate) said: Said,
    /// Why the instance was stopped.
    pub(crate) failure: Option<Problem>,
}

/// What a script said to the world while it ran; kept even when it was stopped.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) lines: Vec<(Level, String)>,
    pub(crate) sends: Vec<Sent>,
    pub(crate) emits: Vec<Emitted>,
    pub(crate) writes: Vec<(String, Arc<str>)>,
    /// How often it asked for a store, which nobody gets in a tick.
    pub(crate) denied: u64,
}

/// `app.send` and `app.sendTo`.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) to: Option<String>,
    pub(crate) except: Option<String>,
}

/// `app.emit`.
#[derive(Debug, Clone)]
pub(crate) struct Emitted {
    pub(crate) name: String,
    pub(crate) data: Arc<str>,
}

/// Something that runs an app's jobs.
pub(crate) trait ScriptVm {
    /// Does the jobs in order. `pulse` is told about every sign of life.
    fn run(&mut self, batch: Batch, pulse: &worker::Pulse) -> Reply;
}
