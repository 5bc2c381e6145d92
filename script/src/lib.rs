//! What a script file says: its imports, its format, its text without types.
//!
//! The runtime loads scripts through this crate, the daemon checks them with it before a deploy and
//! the language server underlines with it: one parser and one set of codes, so a mistake has the
//! same name, line and column everywhere. Nothing here runs a script or reads a file.
//!
//! Read in this order: [`root`] (which blueprint owns the files an entity runs), [`facts`] (what one
//! file says), [`resolve`] (what an import means), [`graph`] (do all files fit together),
//! [`exports`] (which names files ask of each other in vain), [`format`] and [`compile`] (text an
//! engine can run, line for line), [`fields`] (are the script fields of a blueprint well-formed),
//! [`reload`] (what an app keeps when its code changes), [`system`] (when a system runs), [`uses`]
//! (which lines name which components and fields). Luau files answer the same questions, in `luau.rs`.
//!
//! A *key* is a file's name inside `scriptFiles`: `index.js`, `lib/x.ts`, `@shared/util.js`.

#![warn(missing_docs)]

pub mod compile;
pub mod exports;
pub mod facts;
pub mod fields;
pub mod format;
pub mod graph;
mod legacy;
mod luau;
pub mod parse;
mod place;
pub mod reload;
pub mod resolve;
pub mod root;
mod strip;
pub mod system;
pub mod uses;

pub use compile::{Role, compile};
pub use facts::{Facts, Import, ImportKind, facts};
pub use format::ScriptFormat;
pub use reload::Strategy;
pub use resolve::{ImportError, Keys, Root, resolve};
