//! A world that ticks: entities, components and scripts, with no clock, file or socket of its own.
//!
//! The host feeds [`Step`]s in and calls [`World::tick`] every 50 ms; what happened comes back as
//! [`WorldEvent`]s. Same seed, same steps, same module texts: same [`World::state_hash`] after every
//! tick. The one thing measured on a real clock is how long a script takes, so that it can be
//! stopped; a world in which no script is stopped or has to wait for its turn replays exactly.
//!
//! Read in this order: [`Definitions`] (what can be in a world, as data), [`ecs`] (where it is kept),
//! [`world`] (steps in, events out), `physics` (bodies, between the scripts of two ticks), then `script`
//! (how scripts are run and what stops them) and `script/prelude/*.js` (what a script sees).
//!
//! # How a script is stopped
//!
//! Each app (script root) has a thread, each instance an engine of its own on it: a promise queue
//! or a heap that overflows belongs to one instance and goes with it. The engine asks, as it runs,
//! whether it may go on; time, memory and host calls are budgeted there. Some native loops of the
//! engine never ask. A thread that shows no sign of life past its budget is abandoned: its app is
//! marked `script_hung`, the world goes on, the thread spins until its loop ends. Killing it for
//! good takes a process per app, which can be put behind the same messages later.

#![warn(missing_docs)]

mod clock;
mod contract;
mod definitions;
pub mod ecs;
pub mod fetch;
mod limits;
pub mod luau;
mod physics;
pub mod player;
pub mod query;
pub mod room;
mod script;
pub mod script_worker;
pub mod trial;
pub mod world;

pub use clock::TICK_SECONDS;
pub use contract::{Primitive, host_contract};
pub use definitions::{Definitions, Undefined};
pub use limits::{Isolation, Limits};
pub use room::{Context, Room, RoomEvent};
pub use script::Compile;
pub use world::{
    Account, EntityPose, Image, InstanceState, InstanceStatus, Level, ModuleSource, PLAYERS_MAX, Role, Seed,
    Step, SystemStatus, World, WorldEvent,
};

/// Not a test: the tests start this program again, and only this one then, to be a script's process.
#[cfg(test)]
#[test]
fn script_worker() {
    if script_worker::is_asked() {
        script::process::serve_test();
    }
}
