//! What only a disk can do: be opened twice, be damaged from outside, be read again.

use super::*;
use crate::{BadRecord, Batch};
use expect_test::{Expect, expect};
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const NOW: &str = "2026-01-31T09:30:00.000Z";

fn opened() -> (TempDir, DiskStore) {
    let folder = TempDir::new().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    (folder, store)
}

fn record(slug: &str) -> Result<Record, BadRecord> {
    Record::new(Slug::parse(slug)?, Kind::Component, json!({ "type": "vec3", "min": 0.1 }), NOW)
}

/// The error, with the folder's name taken out.
fn refusal(folder: &TempDir) -> String {
    let error = DiskStore::open(folder.path()).unwrap_err().to_string();
    error.replace(&folder.path().display().to_string(), "<folder>")
}

#[test]
fn a_folder_is_opened_once_at_a_time() {
    let (folder, store) = opened();
    expect!["<folder> is already open; one process at a time may write a world"].assert_eq(&refusal(&folder));
    drop(store);
    assert!(DiskStore::open(folder.path()).is_ok());
}

#[test]
fn a_foreign_tool_and_the_store_keep_each_other_out() {
    let (folder, store) = opened();
    let tool = || {
        let tool = rusqlite::Connection::open(folder.path().join("world.db")).unwrap();
        tool.busy_timeout(std::time::Duration::ZERO).unwrap();
        tool
    };
    assert!(tool().execute_batch("DELETE FROM entities").is_err());
    drop(store);
    let inside = tool();
    inside.execute_batch("SELECT count(*) FROM entities").unwrap();
    expect!["<folder> is already open; one process at a time may write a world"].assert_eq(&refusal(&folder));
    drop(inside);
    let _store = DiskStore::open(folder.path()).unwrap();
    assert!(tool().execute_batch("DELETE FROM entities").is_err(), "also when it was not just made");
}

#[test]
fn a_full_disk_refuses_the_batch_whole_and_the_store_lives_on() {
    let (_folder, store) = opened();
    store.apply(Batch::new().put_row(Table::Entity, "before", json!(1))).unwrap();
    let room = |pages: u32| {
        store
            .database
            .connection()
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    };
    let put =
        |batch: Batch, id: u32| batch.put_row(Table::Blueprint, id.to_string(), json!("x".repeat(2000)));
    let large = || (0..200).fold(Batch::new(), put);
    room(40);
    let error = store.apply(large()).unwrap_err().to_string();
    expect!["the database failed: database or disk is full"].assert_eq(&error);
    assert_eq!(store.rows(Table::Blueprint).unwrap(), []);
    room(1 << 20);
    store.apply(large()).unwrap();
    assert_eq!(store.rows(Table::Blueprint).unwrap().len(), 200);
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn the_folder_is_made_however_deep() {
    let top = TempDir::new().unwrap();
    let store = DiskStore::open(&top.path().join("a/b/c")).unwrap();
    assert!(store.folder().join("world.db").is_file());
}

#[test]
fn a_folder_of_a_newer_release_is_left_alone() {
    let (folder, store) = opened();
    drop(store);
    let path = folder.path().join("world.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let before = fs::read(&path).unwrap();
    expect!["<folder> has schema 9; this release reads up to 2, a newer bowline is needed"]
        .assert_eq(&refusal(&folder));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_folder_of_the_first_release_gets_what_it_lacks_and_keeps_what_it_has() {
    let (folder, store) = opened();
    store.apply(Batch::new().put_record(record("core/a").unwrap())).unwrap();
    drop(store);
    let inside = rusqlite::Connection::open(folder.path().join("world.db")).unwrap();
    inside.execute_batch("DROP TABLE journal; DROP TABLE set_aside; PRAGMA user_version = 1").unwrap();
    drop(inside);
    let store = DiskStore::open(folder.path()).unwrap();
    store.apply(Batch::new().put_row(Table::Journal, "1", json!({}))).unwrap();
    assert_eq!(store.records(None, None).unwrap(), [record("core/a").unwrap()]);
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn a_damaged_record_is_set_aside_with_all_that_is_left_of_it() {
    let (folder, store) = opened();
    let batch = Batch::new().put_record(record("core/a").unwrap()).put_record(record("core/b").unwrap());
    store.apply(batch).unwrap();
    drop(store);
    let inside = rusqlite::Connection::open(folder.path().join("world.db")).unwrap();
    inside.execute_batch("UPDATE records SET payload = '{\"ty' WHERE slug = 'core/a'").unwrap();
    drop(inside);
    let store = DiskStore::open(folder.path()).unwrap();
    assert!(store.records(None, None).is_err());
    let (sound, damaged) = store.sound_records().unwrap();
    assert_eq!(sound, [record("core/b").unwrap()]);
    let damaged: Vec<String> = damaged.iter().map(ToString::to_string).collect();
    expect!["record `core/a` is damaged: EOF while parsing a string at line 1 column 4"]
        .assert_eq(&damaged.concat());
    assert!(store.set_aside("core/a", "core/a, damaged").unwrap());
    assert_eq!(store.records(None, None).unwrap(), sound);
    let left = store.row(Table::SetAside, "core/a, damaged").unwrap().unwrap();
    assert_eq!(left["payload"], "{\"ty");
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn a_file_that_is_no_database_is_an_error() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("world.db"), "not a database, but long enough to be looked at".repeat(9))
        .unwrap();
    expect!["the database is damaged: file is not a database"].assert_eq(&refusal(&folder));
}

#[test]
fn everything_is_there_again_after_reopening() {
    let (folder, store) = opened();
    let tiny =
        json!({ "f": 0.1 + 0.2, "one": 1.0, "big": u64::MAX, "min": f64::MIN_POSITIVE, "z": 1, "a": -0.0 });
    let batch = Batch::new()
        .put_record(record("core/component/position").unwrap())
        .put_row(Table::Entity, "b", tiny)
        .put_row(Table::Entity, "a", json!({}));
    store.apply(batch).unwrap();
    let digest = store.put_blob(b"door").unwrap();
    let before = store.contents().unwrap();
    drop(store);
    let store = DiskStore::open(folder.path()).unwrap();
    assert_eq!(store.contents().unwrap(), before);
    assert_eq!(serde_json::to_string(&before.rows(Table::Entity)[0].json).unwrap(), {
        let again = store.row(Table::Entity, "b").unwrap().unwrap();
        serde_json::to_string(&again).unwrap()
    });
    assert_eq!(store.blob(&digest).unwrap().unwrap(), b"door");
    assert_eq!(store.verify().unwrap(), []);
}

/// Runs `sql` on a closed store that holds a record, a row and a blob; renders what is then found.
fn damaged(sql: &str, expect: Expect) {
    let (folder, store) = opened();
    let batch = Batch::new()
        .put_record(record("core/component/position").unwrap())
        .put_record(record("core/component/whole").unwrap())
        .put_row(Table::Entity, "e1", json!({ "at": [0, 1] }))
        .put_row(Table::Entity, "e2", json!({}));
    store.apply(batch).unwrap();
    drop(store);
    rusqlite::Connection::open(folder.path().join("world.db")).unwrap().execute_batch(sql).unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    let found: Vec<String> = store.verify().unwrap().iter().map(|it| format!("{it}\n")).collect();
    expect.assert_eq(&found.concat());
    assert!(store.contents().is_err(), "damage is not read as content");
    let listed = store.get_many_by_kind(Kind::Component, &Scope::Core).map(|it| it.len());
    assert_ne!(listed.ok(), Some(1), "a damaged record is not left out of a list");
    assert!(store.get_by_slug(&Slug::parse("core/component/whole").unwrap()).unwrap().is_some());
    assert!(store.row(Table::Entity, "e2").unwrap().is_some());
}

#[test]
fn tampering_is_named() {
    damaged(
        "UPDATE records SET payload = replace(payload, 'vec3', 'vec2') WHERE slug LIKE '%position'",
        expect![[r#"
            record `core/component/position` is damaged: `checksum` is `sha256:d395f3f9ca4e361d4a795e46f8aca361aa930ae4b55f18fb36e8c900efa2d5ca`, but the payload has `sha256:3b07e46266621b0d3c049e9611314c4b194674174298ca335972192e4f5b5282`
        "#]],
    );
    damaged(
        "UPDATE records SET kind = 'log' WHERE slug LIKE '%position'",
        expect![[r#"
        record `core/component/position` is damaged: `log` is no kind; there are component, prefab, system, strings, profile and world
    "#]],
    );
    damaged(
        "UPDATE records SET scope = 'room/r1' WHERE slug LIKE '%position'",
        expect![[r#"
        record `core/component/position` is damaged: `scope` is `room/r1`, but the slug is in `core`
    "#]],
    );
    damaged(
        "UPDATE records SET payload = '{' WHERE slug LIKE '%position'",
        expect![[r#"
        record `core/component/position` is damaged: EOF while parsing an object at line 1 column 1
    "#]],
    );
    damaged(
        "UPDATE entities SET json = '{\"at\":[9,9]}' WHERE id = 'e1'",
        expect![[r#"
        row `e1` of entities is damaged: its text was changed
    "#]],
    );
}

#[test]
fn a_damaged_blob_is_named_withheld_and_mended() {
    let (folder, store) = opened();
    let digest = store.put_blob(b"the door").unwrap();
    let name = digest.to_string();
    let path = folder.path().join("blobs").join(&name[..2]).join(&name);
    for torn in [&b"the d"[..], b"The door", b""] {
        fs::write(&path, torn).unwrap();
        let damage = Corruption::Blob { digest };
        assert_eq!(store.verify().unwrap(), std::slice::from_ref(&damage));
        assert!(matches!(store.blob(&digest), Err(StoreError::Corrupt(found)) if found == damage));
        assert_eq!(store.put_blob(b"the door").unwrap(), digest);
        assert_eq!(store.blob(&digest).unwrap().unwrap(), b"the door");
    }
}

#[test]
fn leftovers_of_a_killed_upload_are_cleared_and_foreign_files_are_not() {
    let (folder, store) = opened();
    let digest = store.put_blob(b"door").unwrap();
    drop(store);
    let foreign = folder.path().join("blobs").join("25").join("README");
    fs::create_dir_all(foreign.parent().unwrap()).unwrap();
    fs::write(&foreign, "mine").unwrap();
    fs::write(folder.path().join("incoming").join(".tmpX"), "half a d").unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    assert_eq!(store.blobs().unwrap(), [digest]);
    assert_eq!(fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
    assert!(foreign.exists());
}

#[test]
fn a_refused_upload_leaves_no_file() {
    let (folder, store) = opened();
    let error = store.put_blob_from(&mut &b"too much"[..], 7).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { limit: 7 }));
    assert_eq!(fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
}

#[test]
fn a_folder_with_the_name_of_a_blob_is_no_blob() {
    let (folder, store) = opened();
    let digest = Digest::of(b"door");
    let name = digest.to_string();
    fs::create_dir_all(folder.path().join("blobs").join(&name[..2]).join(&name)).unwrap();
    assert!(!store.has_blob(&digest).unwrap());
    assert_eq!(store.blob(&digest).unwrap(), None);
    assert!(matches!(store.put_blob(b"door"), Err(StoreError::Io { .. })));
}

/// What a lost power line can leave of a log whose end was not flushed: any prefix, or a prefix and
/// rubbish.
#[test]
fn a_log_cut_or_damaged_anywhere_yields_whole_batches() {
    let (folder, store) = opened();
    for number in 0..6_u32 {
        let put =
            |batch: Batch, id: u32| batch.put_row(Table::Entity, format!("{number}-{id}"), json!(number));
        store.apply((0..20).fold(Batch::new(), put)).unwrap();
    }
    let [database, log] = ["world.db", "world.db-wal"].map(|it| fs::read(folder.path().join(it)).unwrap());
    let mut seen = std::collections::BTreeSet::new();
    for cut in (0..=40).map(|it| log.len() * it / 40) {
        for rubbish in [&b""[..], &[0xA5; 5000]] {
            let copy = TempDir::new().unwrap();
            fs::write(copy.path().join("world.db"), &database).unwrap();
            fs::write(copy.path().join("world.db-wal"), [&log[..cut], rubbish].concat()).unwrap();
            let store = DiskStore::open(copy.path()).unwrap();
            let rows = store.rows(Table::Entity).unwrap().len();
            assert_eq!(rows % 20, 0, "cut at {cut}");
            assert_eq!(store.verify().unwrap(), []);
            seen.insert(rows / 20);
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
}
