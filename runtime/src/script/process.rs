//! The outer ring: an app's scripts in a process of their own, which can be killed.
//!
//! The world starts this program again with an argument of its own, sends batches through a pipe,
//! answers what scripts read of the world, and takes the replies. Inside run the same engines as on a
//! thread, so scripts cannot tell the difference; what a loop that never asks, an engine that crashes
//! or memory that nobody counts does to the process is seen from outside, and ends with it.
//!
//! Nothing here knows what a batch is: a [`Letter`] goes in, bytes come out. Read in this order: `frame`
//! and `message` (what is said), `child` and `jail` (inside), `link` (one process from outside),
//! `deadline` (when it is killed), `ring` (what the pool of all workers needs to know).

mod child;
mod deadline;
mod frame;
mod jail;
mod link;
mod message;
mod meter;
mod pipe;
mod question;
mod records;
mod remote;
mod ring;
mod scripts;
#[cfg(test)]
mod tests;

pub(crate) use jail::LOCKED;
pub(in crate::script) use link::Letter;
pub(in crate::script) use ring::Processes;
pub(crate) use scripts::serve;
pub(in crate::script) use scripts::{reply, told};
#[cfg(test)]
pub(crate) use tests::serve_test;
