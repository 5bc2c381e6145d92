//! Running scripts: what the world and a script engine say to each other, in plain values only.
//!
//! The world writes a [`Batch`] per app and tick, gets a [`Reply`], and applies it in order. A batch
//! says once what is the same for all instances; jobs are only for those that have something of their
//! own, and outcomes only come from those that did something. Nothing of an engine crosses this line:
//! the other side is a thread or a process. What scripts read of the world meanwhile they ask of
//! [`Source`].

mod api_table;
mod budget;
mod bundle;
mod columns;
mod columns_host;
mod compiler;
mod console;
mod crew;
mod engine;
mod failure;
mod frames;
mod home;
mod hooks;
mod life_host;
mod luau;
#[cfg(test)]
mod maths;
mod modules;
mod moment;
mod ops;
mod pool;
mod prelude;
pub(crate) mod process;
mod reach;
mod reach_host;
mod realm;
mod rota;
mod source;
mod turns;
mod wire;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use api_table::prepare;
#[cfg(test)]
pub(crate) use budget::processor_time;
pub(crate) use budget::wall;
pub(crate) use bundle::{Bundle, Language, Sources, Strategy};
pub(crate) use columns::{Written, layout as column_layout};
pub(crate) use compiler::{Compiled, Compiler};
pub(crate) use crew::{Crew, Lost, Returned, Seat};
pub(crate) use ops::{Op, ROOT_NODE};
#[cfg(test)]
pub(crate) use pool::slots;
pub(crate) use process::{LOCKED, serve};
pub(crate) use reach::{Change, Roots, Target, View, lineage};
pub(crate) use rota::Wait;
pub(crate) use source::Source;

pub use compiler::Compile;

use crate::fetch::{FetchRequest, FetchResponse};
pub(crate) use crate::limits::Limits;
use crate::player::{Act, Players};
use crate::world::Level;

/// What scripts keep across restarts: `world.get` and `world.set`, JSON by key.
pub(crate) type Storage = BTreeMap<String, Arc<str>>;

/// One life of one script on its worker. Numbers are not used again.
pub(crate) type Number = u32;

/// One app's work in one tick. All that are alive run their frames, whether they have a job or not.
/// Between two ticks there are only jobs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) now: Now,
    pub(crate) span: Span,
    pub(crate) births: Births,
    /// What `world.on` hears, in every instance.
    pub(crate) events: Vec<Event>,
    /// Who is here.
    #[serde(with = "wire::players")]
    pub(crate) players: Arc<Players>,
    /// What the player of this client does with its keys, since the last tick: JSON.
    pub(crate) inputs: Vec<String>,
    /// Every bundle a job names.
    #[serde(with = "wire::bundles")]
    pub(crate) bundles: BTreeMap<u64, Arc<Bundle>>,
    /// Stops first, then a reload, then by entity.
    pub(crate) jobs: Vec<Job>,
}

/// The tick, as all scripts are told it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Now {
    pub(crate) tick: u64,
    /// Seconds of the world's own time.
    pub(crate) time: f64,
    /// Seconds since the last tick.
    pub(crate) delta: f64,
    /// How often physics steps in this tick, and `fixedUpdate` with it.
    pub(crate) fixed_steps: u64,
}

/// What a batch is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(crate) enum Span {
    /// Its jobs alone: the tick was, and the next has not begun.
    Between,
    /// The frames of all as well.
    #[default]
    Tick,
}

/// How an app starts many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Births {
    /// All that are to be started, however long it takes.
    #[default]
    All,
    /// As many as it has time for, and the rest in the next batch.
    InTurns,
}

/// An event on its way to scripts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) name: String,
    /// JSON.
    #[serde(with = "wire::text")]
    pub(crate) data: Arc<str>,
    /// The network id of the sender.
    pub(crate) from: Option<String>,
}

/// What one instance shall do beside its frames.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Of a reload: the first of the new lives.
    pub(crate) instance: Number,
    pub(crate) work: Work,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Runs its `destroy` listeners and forgets it.
    Stop,
    /// Loads the script and calls its entry.
    Build { bundle: u64, entity: String, facts: String },
    /// What it alone is told, before its frames.
    Hear(Input),
    /// New code for all instances of an app at once, or for none.
    Reload { bundle: u64, from: u64, renewals: Vec<Renewal> },
    /// A system runs once; JSON.
    Run { input: String },
}

/// What one instance alone is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Input {
    /// What its `app.on` hears.
    pub(crate) events: Vec<Event>,
    /// Actions of its own that a player has triggered: by node.
    pub(crate) actions: Vec<Event>,
    /// What came of what it fetched.
    pub(crate) fetched: Vec<Fetched>,
    /// Nodes of its own that somebody else moved; [`ROOT_NODE`] is its entity.
    pub(crate) moved: Vec<Moved>,
    /// What became of its spawns in its last tick, in its order: ids.
    pub(crate) spawned: Vec<String>,
    /// What its bodies touched, in order.
    pub(crate) touched: Vec<Touched>,
}

impl Input {
    /// What it was told before its turn came, and `more`.
    fn extend(&mut self, more: &Input) {
        self.events.extend_from_slice(&more.events);
        self.actions.extend_from_slice(&more.actions);
        self.fetched.extend_from_slice(&more.fetched);
        self.moved.extend_from_slice(&more.moved);
        self.spawned.extend_from_slice(&more.spawned);
        self.touched.extend_from_slice(&more.touched);
    }
}

/// One of its bodies met another, or they parted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Touched {
    pub(crate) node: u32,
    /// `onContactStart`, `onContactEnd`, `onTriggerEnter` or `onTriggerLeave`.
    pub(crate) name: String,
    /// JSON.
    #[serde(with = "wire::text")]
    pub(crate) event: Arc<str>,
}

/// What came of a fetch: `None` is the `undefined` of one that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fetched {
    /// The script's own number for it.
    pub(crate) number: u32,
    #[serde(with = "wire::response")]
    pub(crate) response: Option<Arc<FetchResponse>>,
}

/// Where a node is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) node: u32,
    pub(crate) position: [f64; 3],
    pub(crate) quaternion: [f64; 4],
    pub(crate) scale: [f64; 3],
}

/// One instance of a reload: who was, and who shall be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Renewal {
    pub(crate) old: Number,
    pub(crate) new: Number,
    pub(crate) entity: String,
    /// As for a build.
    pub(crate) facts: String,
}

/// What came of a batch. An instance that had no turn, because those before it used up the app's time,
/// has it in the next tick, with all it was told meanwhile.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) reloads: Vec<Reloaded>,
    /// In the order the world shall apply them.
    pub(crate) outcomes: Vec<Outcome>,
    /// Who lost its engine through no fault of its own, and has to start again.
    pub(crate) lost: Vec<Number>,
    pub(crate) usage: Usage,
}

/// What came of a reload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reloaded {
    pub(crate) bundle: u64,
    /// Why the old version goes on, if it does.
    #[serde(with = "wire::problem")]
    pub(crate) undone: Option<Problem>,
}

/// What an app used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// Processor time of the batch, in microseconds.
    pub(crate) time: u64,
    /// Bytes its engines hold; looked at now and then.
    pub(crate) memory: u64,
    /// Versions of its script that somebody still runs.
    pub(crate) realms: u32,
    pub(crate) instances: u32,
    /// Somebody had no turn in this tick, because the time of all was over.
    pub(crate) late: bool,
}

/// What one instance did to the world.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) instance: Number,
    pub(crate) ops: Vec<Op>,
    /// What it wants changed beside its own nodes.
    pub(crate) changes: Vec<Change>,
    /// Of a system: what it wrote into the columns it was given.
    pub(crate) columns: Vec<Written>,
    /// `app.state` as JSON, when it has changed.
    pub(crate) state: Option<String>,
    pub(crate) said: Said,
    /// Why the instance was stopped.
    #[serde(with = "wire::problem")]
    pub(crate) failure: Option<Problem>,
    /// It was told to stop and has, or it was the new one of a reload that is undone: nothing more comes
    /// from it.
    pub(crate) last: bool,
}

/// What a script said to the world while it ran; kept even when it was stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) lines: Vec<(Level, String)>,
    pub(crate) sends: Vec<Sent>,
    pub(crate) emits: Vec<Emitted>,
    pub(crate) writes: Vec<Stored>,
    /// About players and the network, in the order it was said.
    pub(crate) life: Vec<Life>,
    /// How often it asked for a store, which nobody gets in a tick.
    pub(crate) denied: u64,
}

/// What a script does to players, says in the chat or asks of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Life {
    Act { player: String, act: Act },
    Chat { message: Map<String, Value>, broadcast: bool },
    Fetch { number: u32, request: FetchRequest },
}

/// `app.send` and `app.sendTo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) to: Option<String>,
    pub(crate) except: Option<String>,
}

/// `app.emit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Emitted {
    pub(crate) name: String,
    #[serde(with = "wire::text")]
    pub(crate) data: Arc<str>,
}

/// `world.set`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) key: String,
    #[serde(with = "wire::text")]
    pub(crate) value: Arc<str>,
}

/// Something that runs an app's instances.
pub(crate) trait ScriptVm {
    /// Does the jobs, then the frames of all who are alive. `world` is as it was when the tick began;
    /// nobody may hold it when this returns. `pulse` is told about every sign of life.
    fn run(&mut self, batch: &Batch, world: &Arc<dyn Source>, pulse: &worker::Pulse) -> Reply;
}
