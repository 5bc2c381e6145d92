//! What the folder holds now: settled sightings of files, and what cannot be seen and why.
//!
//! Events only say where to look; this looks. A file counts once its stat has been still for a
//! moment, and its bytes are read between two equal stats. What cannot be seen is *unknown*, which
//! is never the same as absent: nobody may delete on our word unless we really saw that it is gone.
//!
//! `tree` holds what was seen last, `look` looks at one file; here they are put together.

mod look;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bowline_model::{Digest, Problem, ProjectPath};

use crate::DiskError;
use crate::coalesce::{DirtySet, Extent};
use tree::Tree;

/// What is known about one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// A settled file.
    File {
        /// Of its bytes.
        digest: Digest,
        /// In bytes.
        size: u64,
        /// When it was written last, in ms since 1970, by the file system's clock.
        modified_ms: u64,
    },
    /// It was seen before, and is not there now.
    Absent,
    /// It cannot be said. At a folder's path: of everything below it.
    Unknown {
        /// Why.
        reason: Unseen,
    },
}

/// Why a path cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// The system does not let us read it, in its own words.
    Unreadable(String),
    /// Somebody is writing it, or has just removed it. It stays dirty.
    Unsettled,
    /// A sibling has the same name on a disk that folds case or normalises Unicode.
    Clash {
        /// Its name.
        with: String,
    },
    /// A symbolic link: following it could leave the project.
    Link,
    /// A pipe, socket or device.
    NotAFile,
    /// Larger than [`Limits::script`].
    ScriptTooLarge {
        /// In bytes.
        size: u64,
    },
    /// Larger than [`Limits::asset`].
    AssetTooLarge {
        /// In bytes.
        size: u64,
    },
    /// The root folder it was in has vanished. Whether that was meant is not ours to say.
    RootVanished,
}

/// The state of one of [`bowline_model::layout::ROOTS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootState {
    /// It is a folder and was listed.
    Present,
    /// There is no such folder. Files that were seen below it are unknown, not absent.
    Missing,
    /// It cannot be listed.
    Unreadable(String),
}

/// What one scan found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// What is different from what this scanner said last.
    pub changes: BTreeMap<ProjectPath, Sighting>,
    /// Names that are no [`ProjectPath`], each in the folder that holds it. Not only changes: all
    /// that this scan came across.
    pub unnameable: Vec<Problem>,
    /// The root folders, all of them after a full scan, else those that were looked at.
    pub roots: BTreeMap<&'static str, RootState>,
    /// When to scan again because of files that are not settled, even if no event comes.
    pub again_at: Option<SystemTime>,
}

/// Sizes past which a file is not read. Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Everything outside of `assets/`.
    pub script: u64,
    /// Files below `assets/`.
    pub asset: u64,
}

impl Limits {
    /// Worlds take no larger ones: 50 MB and 200 MiB.
    pub const OF_WORLDS: Limits = Limits { script: 50_000_000, asset: 200 * 1024 * 1024 };
}

/// How long a file must have been still. Truncating, writing and closing a script takes an editor
/// a few milliseconds.
pub const QUIET: Duration = Duration::from_millis(15);

/// How long a file that has just become empty must stay so: some editors truncate first and write
/// what they then compute.
pub const QUIET_IF_EMPTIED: Duration = Duration::from_millis(250);

/// Looks at one project folder, and remembers what it saw.
#[derive(Debug)]
pub struct Scanner {
    root: PathBuf,
    limits: Limits,
    tree: Tree,
    /// Not settled at the last look: part of every scan until they are.
    unsettled: BTreeSet<ProjectPath>,
    /// Re-used by every read.
    buffer: Vec<u8>,
}

impl Scanner {
    /// A scanner of the project at `root` that has seen nothing yet.
    ///
    /// # Errors
    /// If there is no folder.
    pub fn new(root: &Path, limits: Limits) -> Result<Scanner, DiskError> {
        let root = fs::canonicalize(root).map_err(DiskError::io("open", root))?;
        let (tree, unsettled) = (Tree::default(), BTreeSet::new());
        Ok(Scanner { root, limits, tree, unsettled, buffer: Vec::new() })
    }

    /// Looks at everything. `now` is this computer's clock, read just before.
    pub fn scan_all(&mut self, now: SystemTime) -> Scan {
        self.rescan(&DirtySet::everything(), now)
    }

    /// Looks at what is in doubt, and at whatever was not settled before. `now` is this computer's
    /// clock, read just before.
    pub fn rescan(&mut self, dirty: &DirtySet, now: SystemTime) -> Scan {
        let unsettled = std::mem::take(&mut self.unsettled);
        let mut walk = Walk::new(&self.root, self.limits, now, std::mem::take(&mut self.buffer));
        match dirty.extent {
            Extent::Everything => self.tree.rescan_all(&mut walk),
            Extent::Listed => {
                let paths = dirty.subtrees.iter().chain(&dirty.paths).chain(&unsettled);
                paths.for_each(|path| self.tree.rescan(path, &mut walk));
            }
        }
        let Walk { mut scan, unsettled, buffer, .. } = walk;
        (self.unsettled, self.buffer) = (unsettled, buffer);
        if !self.unsettled.is_empty() {
            scan.again_at = Some(now + QUIET);
        }
        scan
    }

    /// A person said that a vanished root folder is really gone: what was seen below it is absent.
    pub fn concede_root(&mut self, root: &str) -> BTreeMap<ProjectPath, Sighting> {
        let mut walk = Walk::new(&self.root, self.limits, SystemTime::UNIX_EPOCH, Vec::new());
        self.tree.concede_root(root, &mut walk);
        walk.scan.changes
    }

    /// Forgets the stats of up to `count` files after `after`, so that the next scan reads them
    /// again: a rolling check for what changes bytes behind every stat. Where to go on; `None` at
    /// the end.
    pub fn distrust(&mut self, after: Option<&ProjectPath>, count: usize) -> Option<ProjectPath> {
        self.tree.distrust(after, count)
    }
}

/// What one walk carries along.
struct Walk<'a> {
    root: &'a Path,
    limits: Limits,
    now: SystemTime,
    scan: Scan,
    unsettled: BTreeSet<ProjectPath>,
    /// Folders that this walk has listed: thousands of dirty paths in one folder are one listing.
    listed: BTreeSet<ProjectPath>,
    buffer: Vec<u8>,
}

impl Walk<'_> {
    fn new(root: &Path, limits: Limits, now: SystemTime, buffer: Vec<u8>) -> Walk<'_> {
        let (scan, unsettled, listed) = (Scan::default(), BTreeSet::new(), BTreeSet::new());
        Walk { root, limits, now, scan, unsettled, listed, buffer }
    }

    fn place(&self, path: &ProjectPath) -> PathBuf {
        self.root.join(path.as_str())
    }
}

#[cfg(test)]
mod tests;
