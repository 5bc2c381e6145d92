//! [`Folder`]: one project folder, its places on disk, and the rule that no path leaves it.
//! The operations are in `write`, `trash`, `conflicts`, `graveyard` and `recover`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bowline_model::layout::{self, STATE_FOLDER, TEMPORARY_PREFIX};
use bowline_model::{Digest, ProjectPath};

use crate::coalesce::GitIndex;
use crate::journal::Journal;
use crate::objects::Objects;
use crate::rename::Renames;
use crate::{DiskError, utc};

/// A project folder that is open for writing. One per process and project ([`crate::ProjectLock`]);
/// may be shared between threads.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    pub(crate) renames: Renames,
    pub(crate) objects: Objects,
    pub(crate) journal: Journal,
    run: u64,
    serial: AtomicU64,
}

impl Folder {
    /// Opens the project at `root` and makes its state folder if it has none. Reads the journal;
    /// call [`Folder::recover`] before the first scan.
    ///
    /// # Errors
    /// If `root` is no folder, or its state folder cannot be made.
    pub fn open(root: &Path) -> Result<Folder, DiskError> {
        Folder::open_with(root, Renames::of_this_system())
    }

    pub(crate) fn open_with(root: &Path, renames: Renames) -> Result<Folder, DiskError> {
        let root = fs::canonicalize(root).map_err(DiskError::io("open", root))?;
        let state = root.join(STATE_FOLDER);
        for place in ["objects", "trash", "graveyard", "cookies"] {
            let place = state.join(place);
            fs::create_dir_all(&place).map_err(DiskError::io("create", &place))?;
        }
        keep_out_of_git(&state)?;
        let objects = Objects::open(&state.join("objects"));
        let journal = Journal::open(&state.join("staging"))?;
        let run = utc::millis(SystemTime::now());
        Ok(Folder { root, renames, objects, journal, run, serial: AtomicU64::new(0) })
    }

    /// The folder itself, with no link in it.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where `path` is on this disk.
    #[must_use]
    pub fn place(&self, path: &ProjectPath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// Whether git is in the middle of something, such as switching branches.
    #[must_use]
    pub fn git_index(&self) -> GitIndex {
        match fs::symlink_metadata(self.root.join(".git/index.lock")) {
            Ok(_) => GitIndex::Locked,
            Err(_) => GitIndex::Free,
        }
    }

    /// Keeps a copy of `bytes` and says what they are called.
    ///
    /// # Errors
    /// If the object store cannot be written.
    pub fn park(&self, bytes: &[u8]) -> Result<Digest, DiskError> {
        self.objects.park(bytes)
    }

    /// Keeps a copy of what `path` holds now.
    ///
    /// # Errors
    /// [`DiskError::Unsettled`] if it changed while it was copied.
    pub fn park_file(&self, path: &ProjectPath) -> Result<Digest, DiskError> {
        let place = self.plain_place(path)?;
        let look = || fs::symlink_metadata(&place).map_err(|error| self.about(path, "read", error));
        let before = look()?;
        if !before.is_file() {
            return Err(DiskError::NotAFile(path.clone()));
        }
        let digest = self.objects.park_file(&place)?;
        let after = look()?;
        let moved = before.len() != after.len() || before.modified().ok() != after.modified().ok();
        if moved { Err(DiskError::Unsettled(path.clone())) } else { Ok(digest) }
    }

    /// The content called `digest`, verified; `None` if we never kept it.
    ///
    /// # Errors
    /// [`DiskError::Damaged`] if what is kept under that name is something else; it is moved aside,
    /// so that the content can be parked again.
    pub fn object(&self, digest: Digest) -> Result<Option<Vec<u8>>, DiskError> {
        self.objects.get(digest)
    }

    /// Where `path` is, provided that nothing on the way there is a link.
    pub(crate) fn plain_place(&self, path: &ProjectPath) -> Result<PathBuf, DiskError> {
        match blocked(&self.root, path) {
            None => Ok(self.place(path)),
            Some(Block::Link) => Err(DiskError::Link(path.clone())),
            Some(Block::File) => Err(DiskError::NotAFolder(path.clone())),
        }
    }

    /// Like [`Folder::plain_place`], `path` itself is absent or a plain file, and files of a project
    /// may be there.
    pub(crate) fn plain_target(&self, path: &ProjectPath) -> Result<PathBuf, DiskError> {
        if path.as_str().split('/').any(is_off_limits) {
            return Err(DiskError::OffLimits(path.clone()));
        }
        let place = self.plain_place(path)?;
        match fs::symlink_metadata(&place) {
            Ok(it) if it.is_symlink() => Err(DiskError::Link(path.clone())),
            Ok(it) if !it.is_file() => Err(DiskError::NotAFile(path.clone())),
            _ => Ok(place),
        }
    }

    /// A name nobody has used, beside `target`: a rename never crosses file systems then.
    pub(crate) fn name_beside(&self, target: &ProjectPath) -> Result<ProjectPath, DiskError> {
        let name = self.fresh_name();
        Ok(match target.parent() {
            Some(parent) => parent.join(&name)?,
            None => ProjectPath::parse(&name)?,
        })
    }

    /// A reserved name nobody has used.
    pub(crate) fn fresh_name(&self) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        format!("{TEMPORARY_PREFIX}{:x}-{serial:x}", self.run)
    }

    pub(crate) fn state(&self, place: &str) -> PathBuf {
        self.root.join(STATE_FOLDER).join(place)
    }

    /// The error for what the system said about `path`.
    pub(crate) fn about(&self, path: &ProjectPath, doing: &'static str, error: io::Error) -> DiskError {
        match error.kind() {
            io::ErrorKind::NotFound => DiskError::Missing(path.clone()),
            io::ErrorKind::AlreadyExists => DiskError::Exists(path.clone()),
            io::ErrorKind::NotADirectory => DiskError::NotAFolder(path.clone()),
            io::ErrorKind::IsADirectory => DiskError::NotAFile(path.clone()),
            _ => DiskError::io(doing, &self.place(path))(error),
        }
    }
}

/// Folded, because `.GIT` is `.git` on many disks.
fn is_off_limits(name: &str) -> bool {
    layout::is_skipped(&name.to_lowercase())
}

/// Whether a name is taken, by whatever; also if that cannot be said.
pub(crate) fn is_there(place: &Path) -> bool {
    !fs::symlink_metadata(place).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// What stands between the root and a path.
pub(crate) enum Block {
    Link,
    File,
}

/// Checks every folder above `path`. Somebody who swaps a folder for a link between this check and
/// the next call can still lead us out of the root; they could have done there what we then do.
pub(crate) fn blocked(root: &Path, path: &ProjectPath) -> Option<Block> {
    let mut place = root.to_owned();
    let mut segments = path.as_str().split('/').peekable();
    while let Some(segment) = segments.next() {
        segments.peek()?;
        place.push(segment);
        match fs::symlink_metadata(&place) {
            Ok(it) if it.is_symlink() => return Some(Block::Link),
            Ok(it) if !it.is_dir() => return Some(Block::File),
            Ok(_) => (),
            Err(_) => return None,
        }
    }
    None
}

fn keep_out_of_git(state: &Path) -> Result<(), DiskError> {
    let place = state.join(".gitignore");
    match fs::symlink_metadata(&place) {
        Ok(_) => Ok(()),
        Err(_) => fs::write(&place, "*\n").map_err(DiskError::io("write", &place)),
    }
}
