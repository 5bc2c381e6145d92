//! What a world keeps: records, world rows and blobs, behind one contract ([`Store`]) that every
//! backend meets in the same words.
//!
//! Acknowledged means kept: when [`Store::apply`] or a blob put returns `Ok`, the change survives
//! whatever happens next, as far as the backend can promise (memory: until it is dropped; disk:
//! through a killed process or a lost power line). When it returns an error, nothing of it was kept.
//!
//! Not here: a log, a cache, a general key/value store. Kinds and tables are closed, nothing expires,
//! no clock is read, and nothing is ever deleted that the caller did not name. What a record or a
//! row *means* is not known here either.
//!
//! Start with [`Store`], then [`record`] (definitions), [`batch`] (changes, and why records are not
//! rows), [`precedence`] (which record a bare name means), [`gc`] (which blobs nothing refers to). [`memory`] and [`disk`] are the backends;
//! [`conformance`] is the suite that makes them one.

#![warn(missing_docs)]

pub mod batch;
pub mod blob;
pub mod canonical;
pub mod conformance;
pub mod disk;
pub mod error;
pub mod gc;
pub mod memory;
pub mod precedence;
pub mod record;
pub mod slug;
pub mod snapshot;
mod timestamp;

use std::io::Read;

use bowline_model::Digest;
use serde_json::Value;

pub use batch::{Batch, Change, CheckedBatch, Row, Table};
pub use blob::{OpenBlob, Terms};
pub use disk::DiskStore;
pub use error::{Corruption, StoreError};
pub use memory::MemoryStore;
pub use record::{BadRecord, Kind, Record, checksum};
pub use slug::{BadSlug, Scope, Slug};
pub use snapshot::{Contents, Snapshot};

/// A place that keeps records, rows and blobs. All calls may come from any thread at once; a batch
/// is seen by others as a whole or not at all.
///
/// Reads check what they return: what was tampered with is an error that names it, never an answer.
pub trait Store: Send + Sync {
    /// Keeps all of `batch`, or nothing of it. Called by [`Store::apply`], which checks first; a
    /// [`CheckedBatch`] cannot be had any other way.
    ///
    /// # Errors
    /// If the backend failed; nothing of the batch was kept.
    fn commit(&self, batch: CheckedBatch) -> Result<(), StoreError>;

    /// The record called exactly `slug`. The same path in another scope is another record.
    ///
    /// # Errors
    /// If the record is damaged, or the backend failed.
    fn get_by_slug(&self, slug: &Slug) -> Result<Option<Record>, StoreError>;

    /// The records of one kind and one scope, or of all where `None`, by slug in byte order, as they
    /// were at one moment.
    ///
    /// # Errors
    /// If one of them is damaged, or the backend failed.
    fn records(&self, kind: Option<Kind>, scope: Option<&Scope>) -> Result<Vec<Record>, StoreError>;

    /// The rows of a table in the order they were first put; replacing a row keeps its place.
    ///
    /// # Errors
    /// If one of them is damaged, or the backend failed.
    fn rows(&self, table: Table) -> Result<Vec<Row>, StoreError>;

    /// One row.
    ///
    /// # Errors
    /// If it is damaged, or the backend failed.
    fn row(&self, table: Table, id: &str) -> Result<Option<Value>, StoreError>;

    /// Every record and every row, as they were at one moment.
    ///
    /// # Errors
    /// If one of them is damaged, or the backend failed.
    fn contents(&self) -> Result<Contents, StoreError>;

    /// Keeps what `source` gives, if it meets the `terms`. The other blob puts are spelled with this.
    /// Until it returns `Ok`, nobody sees the blob; afterwards it is whole and durable. Putting what
    /// is there already is no change, and mends a damaged copy.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::WrongContent`], [`StoreError::Source`] if `source`
    /// failed, or the backend failed. Nothing was kept.
    fn receive_blob(&self, source: &mut dyn Read, terms: Terms) -> Result<(Digest, u64), StoreError>;

    /// A blob to be read in pieces, for bytes too large to hold.
    ///
    /// # Errors
    /// If the backend failed. Damage shows while reading: see [`OpenBlob`].
    fn open_blob(&self, digest: &Digest) -> Result<Option<OpenBlob>, StoreError>;

    /// Whether there is a blob of this name. Says nothing about its bytes, and reads none.
    ///
    /// # Errors
    /// If the backend failed.
    fn has_blob(&self, digest: &Digest) -> Result<bool, StoreError>;

    /// Every blob, in the order of their digests.
    ///
    /// # Errors
    /// If the backend failed.
    fn blobs(&self) -> Result<Vec<Digest>, StoreError>;

    /// Forgets a blob, whoever refers to it; `false` if there was none. [`gc`] knows which may go.
    ///
    /// # Errors
    /// If the backend failed.
    fn remove_blob(&self, digest: &Digest) -> Result<bool, StoreError>;

    /// Reads everything and lists what is not what was put there, in a stable order. Goes on past
    /// damage; empty means all is well.
    ///
    /// # Errors
    /// If the backend failed in a way that says nothing about any one thing.
    fn verify(&self) -> Result<Vec<Corruption>, StoreError>;

    /// Every record that is as it was put, by slug, and the damage of the others: a read that goes on
    /// where [`Store::records`] must stop, for whoever decides what can be done without.
    ///
    /// # Errors
    /// If the backend failed in a way that says nothing about any one record.
    fn sound_records(&self) -> Result<(Vec<Record>, Vec<Corruption>), StoreError>;

    /// Takes a record that cannot be used out of the way, however damaged it is: it is no record any
    /// more, and all that is left of it is the row `name` of [`Table::SetAside`], the payload as the
    /// text it is. `slug` as a [`Corruption`] has it; `false` if there is none.
    ///
    /// # Errors
    /// If the backend failed; the record is where it was.
    fn set_aside(&self, slug: &str, name: &str) -> Result<bool, StoreError>;

    /// Checks `batch`, then keeps all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Record`] or [`StoreError::Row`] if one change breaks the contract, otherwise as
    /// [`Store::commit`]. Nothing of the batch was kept.
    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.commit(batch.check()?)
    }

    /// The records of one kind in one scope, by slug.
    ///
    /// # Errors
    /// As [`Store::records`].
    fn get_many_by_kind(&self, kind: Kind, scope: &Scope) -> Result<Vec<Record>, StoreError> {
        self.records(Some(kind), Some(scope))
    }

    /// A consistent cut of one scope: its records by slug, and a hash that is equal whenever they
    /// are, on any backend and in any run.
    ///
    /// # Errors
    /// As [`Store::records`].
    fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        Ok(Snapshot::of(scope.clone(), self.records(None, Some(scope))?))
    }

    /// Keeps `bytes` under their digest.
    ///
    /// # Errors
    /// As [`Store::receive_blob`].
    fn put_blob(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let (mut source, limit) = (bytes, bytes.len() as u64);
        Ok(self.receive_blob(&mut source, Terms { limit, expected: None })?.0)
    }

    /// Keeps what `source` gives, at most `limit` bytes. Answers with its digest and length.
    ///
    /// # Errors
    /// As [`Store::receive_blob`].
    fn put_blob_from(&self, source: &mut dyn Read, limit: u64) -> Result<(Digest, u64), StoreError> {
        self.receive_blob(source, Terms { limit, expected: None })
    }

    /// All bytes of a blob.
    ///
    /// # Errors
    /// [`Corruption::Blob`] if they no longer have that digest, or the backend failed.
    fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.open_blob(digest)?.map(|open| blob::read_whole(*digest, open)).transpose()
    }
}
