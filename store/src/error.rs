//! What can go wrong in a store, in words that are the same for every backend.

use std::fmt;
use std::io;
use std::path::PathBuf;

use bowline_model::Digest;

use crate::batch::Table;
use crate::canonical::NotCanonical;
use crate::record::BadRecord;

/// Why a store did not do what it was asked. Whatever it is, nothing of the request was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A record of a batch broke the contract. Nothing of the batch was kept.
    #[error("record {position} of the batch, `{slug}`, is refused: {why}")]
    Record {
        /// Its place among the changes of the batch, from 0.
        position: usize,
        /// Its slug as spelled, or empty when it has none.
        slug: String,
        /// What is wrong.
        why: BadRecord,
    },
    /// A row of a batch cannot be kept. Nothing of the batch was kept.
    #[error("row `{id}` of {table} is refused: {why}")]
    Row {
        /// Where it was to go.
        table: Table,
        /// Its id.
        id: String,
        /// What is wrong.
        why: NotCanonical,
    },
    /// What is stored is not what was put there. The bytes are withheld.
    #[error(transparent)]
    Corrupt(#[from] Corruption),
    /// More bytes than the caller allowed.
    #[error("the content is larger than {limit} bytes")]
    TooLarge {
        /// The most that was allowed, in bytes.
        limit: u64,
    },
    /// The bytes are not the ones their name promises.
    #[error("the content is {actual}, not {expected}")]
    WrongContent {
        /// What the name says.
        expected: Digest,
        /// What the bytes say.
        actual: Digest,
    },
    /// The reader that should have given the bytes failed; the store itself is well.
    #[error("the content could not be read: {0}")]
    Source(#[source] io::Error),
    /// Another process, or another part of this one, has the folder open.
    #[error("{} is already open; one process at a time may write a world", .folder.display())]
    Locked {
        /// The store's folder.
        folder: PathBuf,
    },
    /// Written by a later release.
    #[error("{} has schema {found}; this release reads up to {supported}, a newer bowline is needed", .folder.display())]
    NewerSchema {
        /// The store's folder.
        folder: PathBuf,
        /// The version in it.
        found: u32,
        /// The newest we know.
        supported: u32,
    },
    /// The file system failed.
    #[error("{}: {source}", .path.display())]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One stored thing that is not what was put there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Corruption {
    /// A record whose payload, or whose fields, were changed behind our back.
    #[error("record `{slug}` is damaged: {why}")]
    Record {
        /// Its slug as stored.
        slug: String,
        /// Which promise it breaks.
        why: String,
    },
    /// A world row that is no longer the text that was written.
    #[error("row `{id}` of {table} is damaged: {why}")]
    Row {
        /// Its table.
        table: Table,
        /// Its id.
        id: String,
        /// What does not fit.
        why: String,
    },
    /// A blob whose bytes no longer have their name.
    #[error("blob {digest} is damaged")]
    Blob {
        /// Its name.
        digest: Digest,
    },
    /// The database file itself.
    #[error("the database is damaged: {why}")]
    Database {
        /// What its own check says.
        why: String,
    },
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
