//! A project folder: scanned, watched, and written without losing what was there.
//!
//! Nothing here decides what should move or who wins. [`scan`] says what the folder holds,
//! [`watch`] says what may have changed, [`mod@write`] offers small steps that are atomic, or harmless
//! when a crash follows them. Everything blocks; callers bring their own threads.
//!
//! # The one idea
//!
//! We never overwrite and never unlink what a person wrote. A target is *exchanged* with a staged
//! file, or *captured* under a reserved name, and only then looked at. What was displaced is in
//! the object store before anything else happens to it, and ends in the tree, `.conflicts` or the trash.
//!
//! # Where to look
//!
//! * [`folder`]: [`Folder`], its places on disk, and the rule that no path leaves it. Start here.
//! * [`mod@write`]: the micro-operations; the journal and [`recover`] make them survive a
//!   crash.
//! * [`conflicts`], [`trash`], [`graveyard`]: where displaced contents go.
//! * [`scan`], [`coalesce`], [`watch`]: from an event to a settled sighting.
//! * [`doctor`], [`lock`]: what this disk can do; one daemon per project.

#![warn(missing_docs)]

#[cfg(test)]
#[cfg(target_os = "linux")]
mod again;
pub mod coalesce;
pub mod conflicts;
pub mod doctor;
pub mod error;
pub mod folder;
pub mod graveyard;
mod journal;
pub mod lock;
mod objects;
pub mod recover;
mod rename;
pub mod scan;
mod stream;
pub mod trash;
mod utc;
pub mod watch;
pub mod write;

pub use coalesce::{Coalescer, DirtySet, GitIndex};
pub use conflicts::{Conflict, ConflictNote, Side};
pub use error::DiskError;
pub use folder::Folder;
pub use lock::{LockError, ProjectLock};
pub use recover::Recovered;
pub use scan::{Limits, RootState, Scan, Scanner, Sighting, Unseen};
pub use trash::{TrashEntry, TrashNote};
pub use watch::{Dirt, Mode, WatchProblem, Watcher};
pub use write::Staged;
