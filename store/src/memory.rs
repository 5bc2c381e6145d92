//! [`MemoryStore`]: everything in memory, nothing on disk. For tests, previews, and `--store mem:`.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bowline_model::Digest;
use serde_json::Value;

use crate::Store;
use crate::batch::{Change, CheckedBatch, Row, Table};
use crate::blob::{self, OpenBlob, Terms};
use crate::error::{Corruption, StoreError};
use crate::record::{Kind, Record};
use crate::slug::{Scope, Slug};
use crate::snapshot::Contents;

/// A store that lasts as long as the value.
#[derive(Debug, Default)]
pub struct MemoryStore {
    // One lock over everything: a batch is seen whole because nobody can look while it is applied.
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<Slug, Record>,
    tables: BTreeMap<Table, Rows>,
    blobs: BTreeMap<Digest, Arc<[u8]>>,
}

/// A table: rows by the place they were given when they came.
#[derive(Debug, Default)]
struct Rows {
    by_place: BTreeMap<u64, Row>,
    places: HashMap<String, u64>,
    next: u64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    // Nothing panics while it holds the lock, and a reader leaves nothing half done: a poisoned
    // lock would say that some *other* code of that thread panicked, which is no damage here.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn put(&mut self, row: Row) {
        let place = *self.places.entry(row.id.clone()).or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.by_place.insert(place, row);
    }

    fn delete(&mut self, id: &str) {
        if let Some(place) = self.places.remove(id) {
            self.by_place.remove(&place);
        }
    }

    fn get(&self, id: &str) -> Option<&Row> {
        self.by_place.get(self.places.get(id)?)
    }

    fn list(&self) -> Vec<Row> {
        self.by_place.values().cloned().collect()
    }
}

impl Store for MemoryStore {
    fn commit(&self, batch: CheckedBatch) -> Result<(), StoreError> {
        let mut state = self.write();
        for change in batch.changes() {
            match change {
                Change::PutRecord(record) => drop(state.records.insert(record.slug.clone(), record)),
                Change::DeleteRecord(slug) => drop(state.records.remove(&slug)),
                Change::PutRow(table, row) => state.tables.entry(table).or_default().put(row),
                Change::DeleteRow(table, id) => state.tables.entry(table).or_default().delete(&id),
            }
        }
        Ok(())
    }

    fn get_by_slug(&self, slug: &Slug) -> Result<Option<Record>, StoreError> {
        Ok(self.read().records.get(slug).cloned())
    }

    fn records(&self, kind: Option<Kind>, scope: Option<&Scope>) -> Result<Vec<Record>, StoreError> {
        let wanted = |record: &&Record| {
            kind.is_none_or(|kind| record.kind == kind) && scope.is_none_or(|scope| record.scope == *scope)
        };
        Ok(self.read().records.values().filter(wanted).cloned().collect())
    }

    fn rows(&self, table: Table) -> Result<Vec<Row>, StoreError> {
        Ok(self.read().tables.get(&table).map(Rows::list).unwrap_or_default())
    }

    fn row(&self, table: Table, id: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.read().tables.get(&table).and_then(|rows| rows.get(id)).map(|row| row.json.clone()))
    }

    fn contents(&self) -> Result<Contents, StoreError> {
        let state = self.read();
        let tables = state.tables.iter().map(|(table, rows)| (*table, rows.list()));
        Ok(Contents { records: state.records.values().cloned().collect(), tables: tables.collect() })
    }

    fn receive_blob(&self, source: &mut dyn Read, terms: Terms) -> Result<(Digest, u64), StoreError> {
        let mut bytes = Vec::new();
        let received = blob::receive(source, terms, &mut |chunk| {
            bytes.extend_from_slice(chunk);
            Ok(())
        })?;
        self.write().blobs.insert(received.0, bytes.into());
        Ok(received)
    }

    fn open_blob(&self, digest: &Digest) -> Result<Option<OpenBlob>, StoreError> {
        let bytes = self.read().blobs.get(digest).cloned();
        Ok(bytes.map(|bytes| OpenBlob::new(*digest, bytes.len() as u64, Cursor::new(bytes))))
    }

    fn has_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        Ok(self.read().blobs.contains_key(digest))
    }

    fn blobs(&self) -> Result<Vec<Digest>, StoreError> {
        Ok(self.read().blobs.keys().copied().collect())
    }

    fn remove_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        Ok(self.write().blobs.remove(digest).is_some())
    }

    fn sound_records(&self) -> Result<(Vec<Record>, Vec<Corruption>), StoreError> {
        let all = self.records(None, None)?;
        let (sound, damaged): (Vec<Record>, Vec<Record>) = all.into_iter().partition(|it| it.check().is_ok());
        Ok((sound, damaged.iter().filter_map(damage).collect()))
    }

    fn set_aside(&self, slug: &str, name: &str) -> Result<bool, StoreError> {
        let mut state = self.write();
        let Some(key) = state.records.keys().find(|it| it.as_str() == slug).cloned() else {
            return Ok(false);
        };
        let Some(record) = state.records.remove(&key) else { return Ok(false) };
        let mut json = record.to_json();
        json["payload"] = Value::String(record.payload.to_string());
        state.tables.entry(Table::SetAside).or_default().put(Row { id: name.to_owned(), json });
        Ok(true)
    }

    /// Memory that nobody else can write is checked all the same: it is cheap, and a bad stick of
    /// RAM is the one thing that can have happened.
    fn verify(&self) -> Result<Vec<Corruption>, StoreError> {
        let state = self.read();
        let records = state.records.values().filter_map(damage);
        let blobs = state.blobs.iter().filter(|(digest, bytes)| Digest::of(bytes) != **digest);
        Ok(records.chain(blobs.map(|(digest, _)| Corruption::Blob { digest: *digest })).collect())
    }
}

fn damage(record: &Record) -> Option<Corruption> {
    let why = record.check().err()?.to_string();
    Some(Corruption::Record { slug: record.slug.to_string(), why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Batch;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn damage_is_named() {
        let store = MemoryStore::new();
        let slug = Slug::parse("core/component/position").unwrap();
        let record =
            Record::new(slug.clone(), Kind::Component, json!({ "x": 1 }), "2026-01-31T09:30:00.000Z")
                .unwrap();
        store.apply(Batch::new().put_record(record)).unwrap();
        let digest = store.put_blob(b"door").unwrap();
        assert_eq!(store.verify().unwrap(), []);
        store.write().records.get_mut(&slug).unwrap().payload = json!({ "x": 2 });
        store.write().blobs.insert(digest, b"Door"[..].into());
        let found: Vec<String> = store.verify().unwrap().iter().map(|it| format!("{it}\n")).collect();
        expect![[r#"
            record `core/component/position` is damaged: `checksum` is `sha256:5041bf1f713df204784353e82f6a4a535931cb64f1f4b4a5aeaffcb720918b22`, but the payload has `sha256:5e2b030a4a0f1582d78c0fd9924511cd6b1f2df9879e574f5ea1406c94052418`
            blob 2534e2de1dec24fedab4c00266b55ba9ba60dde03a349c5b5662189dd561ba9e is damaged
        "#]].assert_eq(&found.concat());
        assert!(matches!(store.blob(&digest), Err(StoreError::Corrupt(Corruption::Blob { .. }))));
    }
}
