//! Which blobs nothing refers to any more.
//!
//! A reference is any run of exactly 64 lower-case hex digits, in any string or key at any depth, in
//! any row or record: `asset://<sha256>.glb`, but also `https://…/assets/<sha256>.glb` or a digest
//! in the middle of a text. To keep too much costs disk; to keep too little costs somebody's work.
//! For the same reason blobs that are referred to are read for references of their own: a script
//! may load a model by its name.
//!
//! Nothing here deletes unless [`remove_unreferenced`] is called with a list that somebody saw.

use std::collections::BTreeSet;
use std::io::Read;

use bowline_model::Digest;
use serde_json::Value;

use crate::Store;
use crate::blob::read_failed;
use crate::error::StoreError;

/// The digests that `values` refer to, at any depth.
#[must_use]
pub fn referenced<'a>(values: impl IntoIterator<Item = &'a Value>) -> BTreeSet<Digest> {
    let mut found = BTreeSet::new();
    values.into_iter().for_each(|value| collect(value, &mut found));
    found
}

/// The blobs that neither a record, nor a row of any table (deploy snapshots too), nor another blob
/// that is in use refers to, in the order of their digests.
///
/// # Errors
/// If the store failed, or anything that would have to be read is damaged: what cannot be read might
/// refer to anything, so nothing is called unused until it is mended.
pub fn unreferenced(store: &dyn Store) -> Result<Vec<Digest>, StoreError> {
    let used = in_use(store)?;
    Ok(store.blobs()?.into_iter().filter(|digest| !used.contains(digest)).collect())
}

/// Removes those of `candidates` that are still unreferenced, and says which. The caller got them
/// from [`unreferenced`], showed them or let them age: a blob is uploaded *before* the blueprint that
/// names it, so "unreferenced just now" may mean "about to be used". Best called while nobody writes:
/// a row put between the look and the removal is not seen.
///
/// # Errors
/// As [`unreferenced`]. Blobs removed before a failure stay removed.
pub fn remove_unreferenced(store: &dyn Store, candidates: &[Digest]) -> Result<Vec<Digest>, StoreError> {
    let candidates: BTreeSet<&Digest> = candidates.iter().collect();
    let mut removed = Vec::new();
    for digest in unreferenced(store)? {
        if candidates.contains(&digest) && store.remove_blob(&digest)? {
            removed.push(digest);
        }
    }
    Ok(removed)
}

fn in_use(store: &dyn Store) -> Result<BTreeSet<Digest>, StoreError> {
    let mut used = referenced(store.contents()?.values());
    let mut unread: Vec<Digest> = used.iter().copied().collect();
    while let Some(digest) = unread.pop() {
        for found in references_in_blob(store, digest)? {
            if used.insert(found) {
                unread.push(found);
            }
        }
    }
    Ok(used)
}

fn references_in_blob(store: &dyn Store, digest: Digest) -> Result<BTreeSet<Digest>, StoreError> {
    let mut scan = Scan::default();
    if let Some(mut open) = store.open_blob(&digest)? {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match open.reader.read(&mut chunk).map_err(|error| read_failed(digest, error))? {
                0 => break,
                n => scan.feed(&chunk[..n]),
            }
        }
    }
    Ok(scan.finish())
}

fn collect(value: &Value, found: &mut BTreeSet<Digest>) {
    match value {
        Value::String(text) => found.extend(in_text(text)),
        Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
        Value::Object(map) => {
            for (key, value) in map {
                found.extend(in_text(key));
                collect(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

fn in_text(text: &str) -> BTreeSet<Digest> {
    let mut scan = Scan::default();
    scan.feed(text.as_bytes());
    scan.finish()
}

/// How many hex digits a digest has.
const DIGITS: usize = 64;

/// Finds digests in bytes that come in pieces.
#[derive(Default)]
struct Scan {
    /// The hex digits just seen; one more than [`DIGITS`] means "too many".
    run: String,
    found: BTreeSet<Digest>,
}

impl Scan {
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'0'..=b'9' | b'a'..=b'f' if self.run.len() <= DIGITS => self.run.push(char::from(*byte)),
                b'0'..=b'9' | b'a'..=b'f' => (),
                _ => self.end_run(),
            }
        }
    }

    fn end_run(&mut self) {
        if self.run.len() == DIGITS {
            self.found.extend(self.run.parse::<Digest>());
        }
        self.run.clear();
    }

    fn finish(mut self) -> BTreeSet<Digest> {
        self.end_run();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Kind, MemoryStore, Record, Slug, Table};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_reference_is_found_wherever_it_is_written() {
        let a = Digest::of(b"a");
        let hits = [
            json!(format!("asset://{a}.glb")),
            json!(format!("asset://{a}")),
            json!({ "deep": [[{ "er": { "url": format!("asset://{a}.GLB?x=1") } }]] }),
            json!({ format!("asset://{a}.js"): true }),
            json!(format!("see (asset://{a}.glb), please")),
            json!(format!("https://cdn.example/assets/{a}.glb")),
            json!(a.to_string()),
        ];
        for value in &hits {
            assert_eq!(referenced([value]), BTreeSet::from([a]), "{value}");
        }
        let misses =
            [json!("asset://Model.glb"), json!(format!("{a}0")), json!(&a.to_string()[1..]), json!(7)];
        assert_eq!(referenced(&misses), BTreeSet::new());
    }

    #[test]
    fn what_the_old_cleaner_deletes_is_kept() {
        let store = MemoryStore::new();
        let put = |name: &str| format!("asset://{}.bin", store.put_blob(name.as_bytes()).unwrap());
        let model = put("model a script loads");
        let script = put(&format!("app.load('{model}')"));
        let batch = Batch::new()
            .put_row(Table::Blueprint, "Door", json!({ "scriptFiles": { "index.js": script } }))
            .put_row(Table::Blueprint, "Lamp", json!({ "props": { "a": [{ "b": put("nested prop") }] } }))
            .put_row(Table::Entity, "e1", json!({ "props": { "url": put("entity prop") } }))
            .put_row(Table::Entity, "e2", json!({ "state": { "texture": put("entity state") } }))
            .put_row(Table::Setting, "image", json!({ "url": put("setting") }))
            .put_row(Table::DeploySnapshot, "s1", json!([{ "data": { "model": put("snapshot only") } }]))
            .put_record(
                Record::new(
                    Slug::parse("core/prefab/tree").unwrap(),
                    Kind::Prefab,
                    json!({ "model": put("record") }),
                    "2026-01-31T09:30:00.000Z",
                )
                .unwrap(),
            );
        let unused = store.put_blob(b"nobody's").unwrap();
        store.apply(batch).unwrap();
        assert_eq!(unreferenced(&store).unwrap(), [unused]);
        assert_eq!(store.blobs().unwrap().len(), 9, "looking deletes nothing");
    }

    #[test]
    fn only_what_was_named_and_is_still_unused_goes() {
        let store = MemoryStore::new();
        let [old, fresh, late] = [b"old", b"new", b"use"].map(|it| store.put_blob(it).unwrap());
        store.apply(Batch::new().put_row(Table::Entity, "e", json!(format!("asset://{late}.js")))).unwrap();
        assert_eq!(remove_unreferenced(&store, &[old, late]).unwrap(), [old]);
        assert!(store.has_blob(&fresh).unwrap() && store.has_blob(&late).unwrap());
        assert!(!store.has_blob(&old).unwrap());
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_makes_no_difference(
            text in "([0-9a-f]{62,66}[ g]){0,3}[0-9a-fg]{0,70}", at in 0..300_usize,
        ) {
            let mut scan = Scan::default();
            let (head, tail) = text.as_bytes().split_at(at.min(text.len()));
            scan.feed(head);
            scan.feed(tail);
            prop_assert_eq!(scan.finish(), in_text(&text));
        }
    }
}
