//! Component schemas are data, and everything that must know them reads them here.
//!
//! Definitions arrive as JSON payloads of records; out come typed schemas with their problems, checks
//! of values, verdicts about changes, a resolved and hashed snapshot, and text for every language that
//! scripts are written in. Nothing here reads a file, keeps a record or runs an entity: the store keeps
//! records, the runtime has columns.
//!
//! Read in this order: [`component`] with [`field`] and [`kind`] (what an entity can be made of),
//! [`check`] (a value against it), [`change`] (what a new definition does to a living world: start
//! with `change/rules.md`), [`scope`] (which record a name means), [`snapshot`] (all of it at one
//! moment), [`meta`] (the same as entities), [`registry`] (as columns), [`emit`] (as text).
//! [`prefab`], [`strings`], [`profile`] and [`system`] are the other records; [`core`] is what every
//! world has, [`api`] what scripts see beside it, [`payload`] what records look like to other tools.

#![warn(missing_docs)]

pub mod api;
pub mod change;
pub mod check;
pub mod component;
pub mod core;
pub mod emit;
pub mod field;
pub mod kind;
pub mod meta;
pub mod nearest;
pub mod payload;
pub mod prefab;
pub mod problem;
pub mod profile;
mod reader;
pub mod registry;
pub mod scope;
pub mod snapshot;
pub mod strings;
pub mod system;
pub mod words;

pub use component::Component;
pub use field::{Field, Range};
pub use kind::{AssetKind, Kind, TextPurpose};
pub use prefab::Prefab;
pub use problem::Problem;
pub use profile::Profile;
pub use registry::Registry;
pub use scope::{Asking, Entry, Order, RecordKind};
pub use snapshot::Snapshot;
pub use strings::Catalog;
pub use system::System;
pub use words::Words;
