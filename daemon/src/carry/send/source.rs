//! Where the content of an item is on disk, and parking it: the last look before it is sent. What it
//! says of a content that is not the planned one is for the engine to judge.

use bowline_disk::{DiskError, Folder};
use bowline_model::{Digest, ItemId, ProjectPath};
use bowline_sync::sighting::{Held, Seen};

/// A content that was found in place of the planned one has not been surveyed: whether its imports
/// are there, and what must be uploaded for it, is not known. It must be looked at, not sent.
pub(super) fn unsurveyed(item: &ItemId, found: Seen) -> Seen {
    match item {
        ItemId::Script { .. } | ItemId::Blueprint { .. } => Seen::Unknown,
        ItemId::Entity { .. } | ItemId::Record { .. } => found,
    }
}

/// Where the content of an item is on disk.
pub(in crate::carry) enum Source {
    /// The file is the content.
    File(ProjectPath),
    /// The file must still have this digest; the content is this text.
    Text(ProjectPath, Digest, String),
    /// The content is this text.
    Parked(String),
    /// There must be no such file.
    NoFile(ProjectPath),
    /// There is nothing to check.
    Nothing,
    /// What the step was planned from is gone.
    Stale,
}

impl Source {
    /// Parks the content; what was found if it is not `put`.
    pub(in crate::carry) fn park(self, folder: &Folder, put: Held) -> Result<Option<Seen>, DiskError> {
        let found = match self {
            Source::File(path) => folder.park_file(&path).map(Seen::Present),
            Source::Text(path, digest, text) => match folder.park_file(&path) {
                Ok(found) if found == digest => folder.park(text.as_bytes()).map(Seen::Present),
                Ok(_) => Ok(Seen::Unknown),
                Err(error) => Err(error),
            },
            Source::Parked(text) => folder.park(text.as_bytes()).map(Seen::Present),
            Source::NoFile(path) => {
                Ok(if folder.place(&path).exists() { Seen::Unknown } else { Seen::Absent })
            }
            Source::Nothing => Ok(Seen::Absent),
            Source::Stale => Ok(Seen::Unknown),
        };
        match found {
            Ok(seen) if seen == Seen::from(put) => Ok(None),
            Ok(seen) => Ok(Some(seen)),
            Err(DiskError::Missing(_)) => Ok(Some(Seen::Absent)),
            Err(DiskError::Unsettled(_) | DiskError::NotAFile(_) | DiskError::Link(_)) => {
                Ok(Some(Seen::Unknown))
            }
            Err(error) => Err(error),
        }
    }
}
