//! The language server: what an editor asks, answered from a project and its world.
//!
//! A thin voice of [`bowline_analysis`], which knows no protocol. Here are the documents an editor has
//! open, the folders they lie in, who waits for what, and the words of the protocol; what is right and what
//! may be written is not decided here.
//!
//! # Five rules
//!
//! The framework runs handlers side by side, in the order of the messages only up to each one's first
//! `.await`. So:
//!
//! 1. A notification changes [`state`] first, under a lock that no `.await` is held across; then it
//!    schedules what follows of it.
//! 2. A request takes a snapshot first, so it sees every edit sent before it; it computes on a thread of
//!    its own ([`job`]).
//! 3. Who is cancelled, or asked about a text that is edited meanwhile, stops and says so.
//! 4. No handler waits for the editor: what we ask of it goes through [`outbox`].
//! 5. Only this crate knows the framework.
//!
//! Read in this order: [`state`] (all that is known now), [`server`] (the table of handlers), [`job`],
//! [`features`] (one file per question), then what works in the background: [`disk`], [`worlds`],
//! [`checks`].

mod abilities;
mod checks;
mod disk;
mod document;
mod ending;
mod features;
mod frames;
mod job;
mod outbox;
mod place;
mod problems;
mod serve;
mod server;
mod state;
mod whole;
mod workspace;
mod worlds;

#[cfg(test)]
mod tests;

pub use ending::Ended;
pub use serve::serve;
pub use whole::{Checked, check};
