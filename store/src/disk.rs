//! [`DiskStore`]: a folder that outlives the process, and a lost power line.
//!
//! ```text
//! <folder>/lock               held while the store is open, so that one process writes
//! <folder>/world.db           SQLite: records and rows
//! <folder>/blobs/ab/<sha256>  bytes, one file each, whole or absent
//! <folder>/incoming/          bytes still arriving; emptied at every opening
//! ```
//!
//! Nothing outside the folder is touched, and the folder is the caller's choice.

mod database;
mod files;

use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use bowline_model::Digest;
use serde_json::Value;

use crate::Store;
use crate::batch::{CheckedBatch, Row, Table};
use crate::blob::{OpenBlob, Terms};
use crate::error::{Corruption, StoreError};
use crate::record::{Kind, Record};
use crate::slug::{Scope, Slug};
use crate::snapshot::Contents;
use database::Database;
use files::Files;

/// A store in a folder of its own.
#[derive(Debug)]
pub struct DiskStore {
    folder: PathBuf,
    database: Database,
    files: Files,
    // Last, because fields drop in order: the next process must find the database closed.
    _lock: File,
}

impl DiskStore {
    /// Opens the store in `folder`, making both if there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while anybody else has it open, [`StoreError::NewerSchema`] if a later
    /// release wrote it, [`StoreError::Corrupt`] if it is no database, or the file system failed.
    pub fn open(folder: &Path) -> Result<DiskStore, StoreError> {
        files::make_folder(folder)?;
        let lock = lock(folder)?;
        let files = Files::open(folder)?;
        let database = Database::open(folder)?;
        // What was just made in the folder must outlive the power by name, too.
        files::sync_folder(folder)?;
        Ok(DiskStore { folder: folder.to_owned(), database, files, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The system drops the lock with the process, however it ends: no stale lock, no pid to compare.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let options = File::options().create(true).truncate(false).write(true).open(&path);
    let file = options.map_err(|source| failed(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(&path, source)),
    }
}

fn failed(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io { path: path.to_owned(), source }
}

impl Store for DiskStore {
    fn commit(&self, batch: CheckedBatch) -> Result<(), StoreError> {
        self.database.commit(batch)
    }

    fn get_by_slug(&self, slug: &Slug) -> Result<Option<Record>, StoreError> {
        self.database.record(slug)
    }

    fn records(&self, kind: Option<Kind>, scope: Option<&Scope>) -> Result<Vec<Record>, StoreError> {
        self.database.records(kind, scope)
    }

    fn rows(&self, table: Table) -> Result<Vec<Row>, StoreError> {
        self.database.rows(table)
    }

    fn row(&self, table: Table, id: &str) -> Result<Option<Value>, StoreError> {
        self.database.row(table, id)
    }

    fn contents(&self) -> Result<Contents, StoreError> {
        self.database.contents()
    }

    fn receive_blob(&self, source: &mut dyn Read, terms: Terms) -> Result<(Digest, u64), StoreError> {
        self.files.receive(source, terms)
    }

    fn open_blob(&self, digest: &Digest) -> Result<Option<OpenBlob>, StoreError> {
        self.files.open_blob(digest)
    }

    fn has_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.files.has(digest)
    }

    fn blobs(&self) -> Result<Vec<Digest>, StoreError> {
        self.files.list()
    }

    fn remove_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.files.remove(digest)
    }

    fn sound_records(&self) -> Result<(Vec<Record>, Vec<Corruption>), StoreError> {
        self.database.sound_records()
    }

    fn set_aside(&self, slug: &str, name: &str) -> Result<bool, StoreError> {
        self.database.set_aside(slug, name)
    }

    fn verify(&self) -> Result<Vec<Corruption>, StoreError> {
        let mut found = self.database.verify()?;
        for digest in self.files.list()? {
            if !self.files.intact(&digest)? {
                found.push(Corruption::Blob { digest });
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
