//! Checks of records: names, metadata, lists, cuts.

use serde_json::{Value, json};

use super::{Check, NOW, Outcome, ROUNDS, component, core, equal, holds, record, said, slug, while_writing};
use crate::record::{Kind, Record};
use crate::slug::Scope;
use crate::{Batch, Store, StoreError, Table};

pub(super) const CHECKS: &[Check] = &[
    ("a record comes back as it was put", comes_back),
    ("a miss is none, and so is the same path in another scope", misses),
    ("a put replaces the record of that slug", replaces),
    ("a deleted record is gone, and no other", deletes),
    ("a record is set aside as a row, and is no record any more", sets_aside),
    ("a list has one kind of one scope, by slug", lists),
    ("a scope is not a prefix: room/r1 does not list room/r1-b or room/r10", scopes_are_whole),
    ("a record without any one of its eight fields is refused", missing_fields),
    ("a record with a wrong field is refused", wrong_fields),
    ("a record that was changed after its checksum is refused", changed_after_checksum),
    ("an unknown kind is refused", unknown_kind),
    ("one bad record of fifty leaves none", one_bad_of_fifty),
    ("a snapshot is ordered, with the published hash", snapshot_hash),
    ("a snapshot during puts is a consistent cut", snapshot_cut),
];

fn comes_back(store: &dyn Store) -> Outcome {
    for kind in Kind::ALL {
        let record = record(&format!("room/r1/{kind}/thing"), kind)?;
        said(store.apply(Batch::new().put_record_json(record.to_json())))?;
        let found = said(store.get_by_slug(&record.slug))?;
        equal("the record", &found.map(|it| it.to_json().to_string()), &Some(record.to_json().to_string()))?;
    }
    Ok(())
}

fn misses(store: &dyn Store) -> Outcome {
    said(store.apply(Batch::new().put_record(component("core/component/position")?)))?;
    for other in ["core/component/rotation", "room/core/component/position", "user/ada/component/position"] {
        equal(other, &said(store.get_by_slug(&slug(other)?))?, &None)?;
    }
    Ok(())
}

fn replaces(store: &dyn Store) -> Outcome {
    let first = component("core/component/position")?;
    let next = first.next(json!({ "x": 2 }), "2026-02-01T00:00:00.000Z").map_err(|bad| bad.to_string())?;
    said(store.apply(Batch::new().put_record(first).put_record(next.clone())))?;
    equal("the record", &said(store.get_by_slug(&next.slug))?, &Some(next.clone()))?;
    equal("the list", &said(store.get_many_by_kind(Kind::Component, &core()))?, &vec![next])
}

fn deletes(store: &dyn Store) -> Outcome {
    let [first, second] = [component("core/a")?, component("room/r1/a")?];
    said(store.apply(Batch::new().put_record(first.clone()).put_record(second.clone())))?;
    said(store.apply(Batch::new().delete_record(first.slug).delete_record(slug("core/nobody")?)))?;
    equal("the records", &said(store.records(None, None))?, &vec![second.clone()])?;
    let again = Batch::new().delete_record(second.slug.clone()).put_record(second.clone());
    said(store.apply(again))?;
    equal("the last word stands", &said(store.get_by_slug(&second.slug))?, &Some(second.clone()))?;
    equal("the sound records", &said(store.sound_records())?, &(vec![second], Vec::new()))
}

fn sets_aside(store: &dyn Store) -> Outcome {
    let record = component("room/r1/a")?;
    said(store.apply(Batch::new().put_record(record.clone())))?;
    equal("it was there", &said(store.set_aside("room/r1/a", "a, old"))?, &true)?;
    equal("it was there twice", &said(store.set_aside("room/r1/a", "a, older"))?, &false)?;
    equal("the records", &said(store.records(None, None))?, &Vec::new())?;
    let mut left = record.to_json();
    left["payload"] = json!(record.payload.to_string());
    equal("the row", &said(store.row(Table::SetAside, "a, old"))?, &Some(left))
}

fn lists(store: &dyn Store) -> Outcome {
    let mut batch = Batch::new();
    for path in ["c", "a-b", "a/z", "a", "b9", "b10"] {
        batch = batch.put_record(component(&format!("core/{path}"))?);
        batch = batch.put_record(component(&format!("user/core/{path}"))?);
        batch = batch.put_record(record(&format!("core/{path}/prefab"), Kind::Prefab)?);
    }
    said(store.apply(batch))?;
    let found = said(store.get_many_by_kind(Kind::Component, &core()))?;
    let slugs: Vec<&str> = found.iter().map(|it| it.slug.as_str()).collect();
    equal("the list", &slugs, &vec!["core/a", "core/a-b", "core/a/z", "core/b10", "core/b9", "core/c"])?;
    equal("all", &said(store.records(None, None))?.len(), &18)?;
    equal("another kind", &said(store.get_many_by_kind(Kind::World, &core()))?, &Vec::new())
}

fn scopes_are_whole(store: &dyn Store) -> Outcome {
    let mut batch = Batch::new();
    for room in ["r1", "r1-b", "r10", "r"] {
        batch = batch.put_record(component(&format!("room/{room}/door"))?);
    }
    said(store.apply(batch))?;
    let found = said(store.get_many_by_kind(Kind::Component, &Scope::Room("r1".to_owned())))?;
    equal("the list", &found, &vec![component("room/r1/door")?])
}

/// Expects a typed refusal of `json`, and an empty store.
fn refused(store: &dyn Store, what: &str, json: Value) -> Outcome {
    let batch = Batch::new().put_row(Table::Meta, "beside", json!(1)).put_record_json(json);
    match store.apply(batch) {
        Err(StoreError::Record { position: 1, .. }) => (),
        other => return Err(format!("{what}: {other:?} is no refusal of record 1")),
    }
    let contents = said(store.contents())?;
    equal(what, &contents.values().count(), &0)
}

fn missing_fields(store: &dyn Store) -> Outcome {
    let whole = component("core/component/position")?.to_json();
    let fields: Vec<String> = whole.as_object().into_iter().flat_map(|it| it.keys().cloned()).collect();
    equal("fields", &fields.len(), &8)?;
    for field in fields {
        let mut json = whole.clone();
        json.as_object_mut().map(|it| it.shift_remove(&field));
        refused(store, &format!("without {field}"), json)?;
    }
    Ok(())
}

fn wrong_fields(store: &dyn Store) -> Outcome {
    let wrong = [
        ("slug", json!("Position")),
        ("version", json!(0)),
        ("version", json!("1")),
        ("scope", json!("room/r1")),
        ("scope", json!("")),
        ("createdAt", json!("yesterday")),
        ("createdAt", json!(0)),
        ("updatedAt", json!("2026-01-31T09:30:00Z")),
        ("updatedAt", json!("2025-01-31T09:30:00.000Z")),
        ("checksum", json!("sha256:0")),
        ("checksum", Value::Null),
        ("payload", json!({ "type": "vec2" })),
        ("ttl", json!(60)),
    ];
    for (field, value) in wrong {
        let mut json = component("core/component/position")?.to_json();
        json.as_object_mut().map(|it| it.insert(field.to_owned(), value));
        refused(store, &format!("wrong {field}"), json)?;
    }
    Ok(())
}

fn changed_after_checksum(store: &dyn Store) -> Outcome {
    let changed = Record { payload: json!({ "type": "vec2" }), ..component("core/component/position")? };
    let outcome = store.apply(Batch::new().put_record(changed.clone()));
    holds("the batch is refused", matches!(outcome, Err(StoreError::Record { position: 0, .. })))?;
    equal("the record", &said(store.get_by_slug(&changed.slug))?, &None)
}

fn unknown_kind(store: &dyn Store) -> Outcome {
    for kind in ["log", "cache", "Component", ""] {
        let mut json = component("core/component/position")?.to_json();
        json["kind"] = json!(kind);
        refused(store, kind, json)?;
    }
    Ok(())
}

fn one_bad_of_fifty(store: &dyn Store) -> Outcome {
    for bad in [0, 24, 49] {
        let mut batch = Batch::new();
        for index in 0..50 {
            let mut json = component(&format!("core/component/c{index}"))?.to_json();
            if index == bad {
                json["updatedAt"] = json!("never");
            }
            batch = batch.put_record_json(json);
        }
        match store.apply(batch) {
            Err(StoreError::Record { position, .. }) => equal("the place of the bad one", &position, &bad)?,
            other => return Err(format!("{other:?} is no refusal")),
        }
        equal("records", &said(store.records(None, None))?, &Vec::new())?;
    }
    Ok(())
}

/// Of the three records below, computed once by a script in another language.
const SNAPSHOT_HASH: &str = "sha256:e0f61b238aa85e1d0c02220d4fa197b252fc72050722ef0feeff07674446facc";

fn snapshot_hash(store: &dyn Store) -> Outcome {
    for slug in ["core/c", "core/a", "room/a/x", "core/b"] {
        said(store.apply(Batch::new().put_record(component(slug)?)))?;
    }
    let snapshot = said(store.snapshot(&core()))?;
    let expected = vec![component("core/a")?, component("core/b")?, component("core/c")?];
    equal("the records", &snapshot.records, &expected)?;
    equal("the hash", &snapshot.hash.as_str(), &SNAPSHOT_HASH)?;
    equal("a second run", &said(store.snapshot(&core()))?, &snapshot)
}

fn snapshot_cut(store: &dyn Store) -> Outcome {
    let batch = |round: u32| {
        (0..10).try_fold(Batch::new(), |batch, index| {
            let first = component(&format!("core/component/c{index}"))?;
            let record = Record { version: round, updated_at: NOW.to_owned(), ..first };
            Ok(batch.put_record(record))
        })
    };
    while_writing(store, &batch, &|| {
        let records = said(store.snapshot(&core()))?.records;
        equal("records in the cut", &records.len(), &10)?;
        holds("all are of one batch", records.iter().all(|it| it.version == records[0].version))
    })?;
    let last = said(store.snapshot(&core()))?.records;
    equal("the last version", &last[0].version, &ROUNDS)
}
