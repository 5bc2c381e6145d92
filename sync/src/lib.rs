//! Decides what must move between a folder and a world so that both hold the same project.
//!
//! This crate only ever *decides*. It has no clock, no files and no sockets: the daemon says what
//! happened ([`engine::Event`]), the engine answers with what to do ([`engine::Effect`]), and how
//! that went comes back as the next event. Moves are carried out by the machines in [`job`], which
//! do no IO either: they name the next micro-operation and are told how it ended.
//!
//! # The one idea
//!
//! We keep a third copy, the *base*: what both sides last agreed on. A side has changed when it
//! differs from the base. Echoes, conflicts, restarts and a lost database all follow from that;
//! there is no list of pending operations and no timer that guesses whose write something was.
//!
//! # Where to look
//!
//! * [`decide`]: the whole policy, for one item. Start here.
//! * [`winner`]: who wins when both sides changed.
//! * [`plan`]: from items to moves of one group, with everything that holds a move back.
//! * [`engine`]: keeps the three copies up to date as events arrive; one per world.
//! * [`job`]: how a move is carried out without ever losing a content, in both directions.
//! * `sim` (tests and the feature `sim`): users, faults and crashes at random, and the checkers.

#![warn(missing_docs)]

pub mod decide;
pub mod engine;
mod jitter;
pub mod job;
pub mod names;
pub mod plan;
pub mod sighting;
#[cfg(any(test, feature = "sim"))]
pub mod sim;
pub mod winner;
