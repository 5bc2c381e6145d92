//! [`DiskError`]: why a step on the folder did not happen. A failed step changed nothing that
//! matters: the target is as it was, and a leftover is known to the journal.

use std::io;
use std::path::{Path, PathBuf};

use bowline_model::{BadPath, Digest, ProjectPath};

/// What went wrong with one step. Callers replan on the first four; a person acts on the rest.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// There is no such file (any more).
    #[error("`{0}` is not there")]
    Missing(ProjectPath),
    /// Somebody created it first.
    #[error("`{0}` is there already")]
    Exists(ProjectPath),
    /// It changed while it was read.
    #[error("`{0}` is being written")]
    Unsettled(ProjectPath),
    /// A folder, pipe or device has this name.
    #[error("`{0}` is not a plain file")]
    NotAFile(ProjectPath),
    /// A file has the name of one of its folders.
    #[error("a file is in the way of the folder of `{0}`")]
    NotAFolder(ProjectPath),
    /// It, or a folder above it, is a symbolic link: following it could leave the project.
    #[error("`{0}` is, or lies behind, a symbolic link")]
    Link(ProjectPath),
    /// It lies in a folder that belongs to another tool or to us (`.git`, `.bowline`, …). Paths from a
    /// world are not to be trusted: a hook written there would run.
    #[error("`{0}` is not a place for files of a project")]
    OffLimits(ProjectPath),
    /// Somebody removed the staged file: stage it again.
    #[error("what was staged for `{0}` is gone")]
    StagedGone(ProjectPath),
    /// What is under the staged name is not what we staged, and nobody has looked at it: keep it in
    /// `.conflicts`.
    #[error("what was staged for `{0}` has been swapped for something else")]
    NotOurs(ProjectPath),
    /// The object store does not hold this content.
    #[error("content {0} is not in the object store")]
    NoObject(Digest),
    /// An object no longer has the digest it is named by; it was moved aside.
    #[error("object {digest} was damaged; it was moved to {moved_to}")]
    Damaged {
        /// The name it had.
        digest: Digest,
        /// Where the damaged bytes are now.
        moved_to: PathBuf,
    },
    /// The disk, or the user's share of it, is full.
    #[error("no space left to write {0}")]
    Full(PathBuf),
    /// The system refused access.
    #[error("no permission for {0}")]
    Denied(PathBuf),
    /// A name we had to build cannot be stored.
    #[error(transparent)]
    Unstorable(#[from] BadPath),
    /// There is no entry with this id in the trash or among the conflicts.
    #[error("there is no entry `{0}`")]
    NoEntry(String),
    /// Anything else the system said.
    #[error("cannot {doing} {path}")]
    Io {
        /// A verb: "read", "rename".
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
}

impl DiskError {
    /// Dresses what the system said about `doing` something to `path`.
    pub(crate) fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> DiskError + 'a {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DiskError::Full(path.to_owned()),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                DiskError::Denied(path.to_owned())
            }
            _ => DiskError::Io { doing, path: path.to_owned(), source },
        }
    }
}
