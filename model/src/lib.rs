//! The nouns of a world project, and the pure functions between them.
//!
//! Everything else in the workspace speaks these words. Nothing here reads a file, a clock or a
//! socket: text and bytes come in, values and [`Problem`]s come out. Reading never fails; what is
//! wrong with an input is part of the answer.
//!
//! Read in this order: [`path`] and [`digest`] (one spelling per file, one name per content),
//! [`blueprint`] (what entities are stamped from), [`item`] (the unit of sync),
//! [`layout`] (which file holds which item), [`canonical`] (why two spellings are one value),
//! [`format`] (text on disk and JSON of a world, to values and back), [`utc`] (dates, spelled).

#![warn(missing_docs)]

pub mod asset;
pub mod blueprint;
pub mod canonical;
pub mod digest;
pub mod format;
pub mod item;
pub mod layout;
pub mod path;
pub mod problem;
pub mod utc;

pub use asset::AssetName;
pub use digest::Digest;
pub use item::{Group, ItemId};
pub use path::{BadPath, ProjectPath};
pub use problem::{Frame, Problem};
