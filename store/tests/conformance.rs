//! Both backends against the one suite, and the suite against backends that are wrong on purpose.

#![cfg(test)]

use std::io::Read;
use std::sync::Mutex;

use bowline_model::Digest;
use bowline_store::conformance::{conformance, report};
use bowline_store::{
    Batch, Change, CheckedBatch, Contents, Corruption, DiskStore, Kind, MemoryStore, OpenBlob, Record, Row,
    Scope, Slug, Store, StoreError, Table, Terms,
};
use expect_test::{Expect, expect};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn memory_and_disk_pass_the_same_list() {
    let memory = report(&conformance(&mut || Box::new(MemoryStore::new())));
    let mut folders = Vec::new();
    let disk = report(&conformance(&mut || {
        let folder = TempDir::new().unwrap();
        let store = DiskStore::open(folder.path()).unwrap();
        folders.push(folder);
        Box::new(store)
    }));
    assert_eq!(memory, disk);
    expect![[r#"
        ok   a record comes back as it was put
        ok   a miss is none, and so is the same path in another scope
        ok   a put replaces the record of that slug
        ok   a deleted record is gone, and no other
        ok   a record is set aside as a row, and is no record any more
        ok   a list has one kind of one scope, by slug
        ok   a scope is not a prefix: room/r1 does not list room/r1-b or room/r10
        ok   a record without any one of its eight fields is refused
        ok   a record with a wrong field is refused
        ok   a record that was changed after its checksum is refused
        ok   an unknown kind is refused
        ok   one bad record of fifty leaves none
        ok   a snapshot is ordered, with the published hash
        ok   a snapshot during puts is a consistent cut
        ok   rows keep the order in which they came
        ok   tables are apart
        ok   any string is an id, byte by byte
        ok   json comes back to the byte
        ok   the last change of a batch stands
        ok   a delete of nothing and an empty batch are fine
        ok   a row too deep to be read back is refused with its batch
        ok   a refused record takes the rows of its batch along
        ok   contents during puts is a consistent cut over tables and records
        ok   a blob has the name of its content and comes back whole
        ok   putting a blob twice is putting it once
        ok   an absent blob is none
        ok   blobs are listed by digest, and gone when removed
        ok   a stream is kept up to its limit, and nothing of it above
        ok   a stream that breaks leaves nothing
        ok   content that is not what it is called leaves nothing
        ok   a blob is read in pieces
        ok   many threads may put one blob
        ok   only blobs that nothing refers to are garbage
    "#]]
    .assert_eq(&disk);
}

/// One way in which a backend can break its word.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// The last change of a batch of several comes with the next batch.
    TornBatch,
    /// Replacing a row moves it to the end.
    RowsMove,
    /// A record that is not in its scope is looked for in `core`.
    ScopeFallsBack,
    /// Content is kept before it is judged.
    KeepsRefusedBlobs,
    /// Numbers go through 32-bit floats.
    RoundsNumbers,
}

struct Faulty {
    inner: MemoryStore,
    fault: Fault,
    late: Mutex<Option<Change>>,
}

impl Faulty {
    fn spoil(&self, mut changes: Vec<Change>) -> Batch {
        let late = self.late.lock().unwrap().take();
        if self.fault == Fault::TornBatch && changes.len() > 1 {
            *self.late.lock().unwrap() = changes.pop();
        }
        let spoiled = changes.into_iter().flat_map(|change| match &change {
            Change::PutRow(table, row) if self.fault == Fault::RowsMove => {
                vec![Change::DeleteRow(*table, row.id.clone()), change]
            }
            _ => vec![change],
        });
        late.into_iter().chain(spoiled).fold(Batch::new(), Batch::change)
    }
}

impl Store for Faulty {
    fn commit(&self, batch: CheckedBatch) -> Result<(), StoreError> {
        self.inner.apply(self.spoil(batch.changes()))
    }

    fn get_by_slug(&self, slug: &Slug) -> Result<Option<Record>, StoreError> {
        let found = self.inner.get_by_slug(slug)?;
        if found.is_some() || self.fault != Fault::ScopeFallsBack {
            return Ok(found);
        }
        self.inner.get_by_slug(&Slug::in_scope(&Scope::Core, slug.path()).unwrap())
    }

    fn records(&self, kind: Option<Kind>, scope: Option<&Scope>) -> Result<Vec<Record>, StoreError> {
        self.inner.records(kind, scope)
    }

    fn rows(&self, table: Table) -> Result<Vec<Row>, StoreError> {
        let mut rows = self.inner.rows(table)?;
        if self.fault == Fault::RoundsNumbers {
            for item in rows.iter_mut().filter_map(|row| row.json.as_array_mut()).flatten() {
                if let Some(number) = item.as_f64() {
                    *item = Value::from(number as f32);
                }
            }
        }
        Ok(rows)
    }

    fn row(&self, table: Table, id: &str) -> Result<Option<Value>, StoreError> {
        self.inner.row(table, id)
    }

    fn contents(&self) -> Result<Contents, StoreError> {
        self.inner.contents()
    }

    fn receive_blob(&self, source: &mut dyn Read, terms: Terms) -> Result<(Digest, u64), StoreError> {
        if self.fault == Fault::KeepsRefusedBlobs {
            self.inner.put_blob_from(&mut source.take(1), u64::MAX)?;
        }
        self.inner.receive_blob(source, terms)
    }

    fn open_blob(&self, digest: &Digest) -> Result<Option<OpenBlob>, StoreError> {
        self.inner.open_blob(digest)
    }

    fn has_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.inner.has_blob(digest)
    }

    fn blobs(&self) -> Result<Vec<Digest>, StoreError> {
        self.inner.blobs()
    }

    fn remove_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.inner.remove_blob(digest)
    }

    fn sound_records(&self) -> Result<(Vec<Record>, Vec<Corruption>), StoreError> {
        self.inner.sound_records()
    }

    fn set_aside(&self, slug: &str, name: &str) -> Result<bool, StoreError> {
        self.inner.set_aside(slug, name)
    }

    fn verify(&self) -> Result<Vec<Corruption>, StoreError> {
        self.inner.verify()
    }
}

/// The names of the checks that a fault fails.
fn fails(fault: Fault, expect: Expect) {
    let outcomes =
        conformance(&mut || Box::new(Faulty { inner: MemoryStore::new(), fault, late: Mutex::new(None) }));
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err());
    expect.assert_eq(&failed.map(|(name, _)| format!("{name}\n")).collect::<String>());
}

#[test]
fn a_backend_that_breaks_its_word_is_found_out() {
    fails(
        Fault::TornBatch,
        expect![[r#"
            a put replaces the record of that slug
            a deleted record is gone, and no other
            a list has one kind of one scope, by slug
            a snapshot during puts is a consistent cut
            rows keep the order in which they came
            any string is an id, byte by byte
            the last change of a batch stands
            a row too deep to be read back is refused with its batch
            contents during puts is a consistent cut over tables and records
            only blobs that nothing refers to are garbage
        "#]],
    );
    fails(
        Fault::RowsMove,
        expect![[r#"
            rows keep the order in which they came
        "#]],
    );
    fails(
        Fault::ScopeFallsBack,
        expect![[r#"
        a miss is none, and so is the same path in another scope
    "#]],
    );
    fails(
        Fault::KeepsRefusedBlobs,
        expect![[r#"
        a blob has the name of its content and comes back whole
        putting a blob twice is putting it once
        blobs are listed by digest, and gone when removed
        a stream is kept up to its limit, and nothing of it above
        a stream that breaks leaves nothing
        content that is not what it is called leaves nothing
        a blob is read in pieces
        many threads may put one blob
        only blobs that nothing refers to are garbage
    "#]],
    );
    fails(
        Fault::RoundsNumbers,
        expect![[r#"
        json comes back to the byte
    "#]],
    );
}
