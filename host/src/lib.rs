//! A running world behind a port: the world protocol's `main` dialect in front, [`bowline_store`]
//! behind, a simulated world beside.
//!
//! Existing clients cannot tell it from the real server, except that it is safe: what it said ok to
//! is on disk, what it stores is what was sent, and what would hurt somebody is refused. The list is
//! [`differences::DIFFERENCES`]. The game socket `/ws` is not here;
//! players come in by a socket of our own.
//!
//! Start with [`authority`]: the rules, as values. `serve.rs` is the port around them, `actor.rs` the
//! one thread that owns them and the disk, `ticker.rs` the clock of the simulated world. What can be in
//! the world are [`records`]; they change through the [`queue`], which `mutations.rs` carries out. Our
//! own endpoints are described in `serve/bowline.rs` and `serve/v1.rs`.

#![warn(missing_docs)]

mod accounts;
mod actor;
pub mod authority;
mod autosave;
mod boot;
mod boundary;
mod clock;
pub mod differences;
mod face;
mod fetcher;
mod mutations;
mod options;
mod pending;
pub mod queue;
pub mod records;
mod reset;
mod seats;
mod serve;
mod simulation;
mod sockets;
mod stage;
mod steps;
mod ticker;
mod uses;

pub use options::{HostError, Options};
pub use reset::reset;
pub use serve::{Running, serve, start, start_on};
