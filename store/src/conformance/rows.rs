//! Checks of world rows: order, ids, JSON as it was, all or nothing.

use serde_json::{Value, json};

use super::{Check, Outcome, component, equal, holds, said, while_writing};
use crate::canonical::DEPTH_MAX;
use crate::{Batch, Row, Store, StoreError, Table};

pub(super) const CHECKS: &[Check] = &[
    ("rows keep the order in which they came", order),
    ("tables are apart", tables_apart),
    ("any string is an id, byte by byte", any_string_is_an_id),
    ("json comes back to the byte", json_to_the_byte),
    ("the last change of a batch stands", last_stands),
    ("a delete of nothing and an empty batch are fine", nothing_to_do),
    ("a row too deep to be read back is refused with its batch", too_deep),
    ("a refused record takes the rows of its batch along", together),
    ("contents during puts is a consistent cut over tables and records", contents_cut),
];

fn ids(store: &dyn Store, table: Table) -> Result<Vec<String>, String> {
    Ok(said(store.rows(table))?.into_iter().map(|row| row.id).collect())
}

fn order(store: &dyn Store) -> Outcome {
    let put = |batch: Batch, id: &str, n: u32| batch.put_row(Table::Entity, id, json!(n));
    said(store.apply(["z", "a", "m"].iter().fold(Batch::new(), |batch, id| put(batch, id, 1))))?;
    said(store.apply(put(put(Batch::new(), "b", 1), "a", 2)))?;
    equal("after a replacement", &ids(store, Table::Entity)?.concat(), &"zamb".to_owned())?;
    equal("the replaced row", &said(store.row(Table::Entity, "a"))?, &Some(json!(2)))?;
    said(store.apply(put(Batch::new().delete_row(Table::Entity, "z"), "z", 3)))?;
    equal("after coming again", &ids(store, Table::Entity)?.concat(), &"ambz".to_owned())?;
    said(store.apply(Batch::new().delete_row(Table::Entity, "z").delete_row(Table::Entity, "m")))?;
    said(store.apply(put(Batch::new(), "c", 1)))?;
    equal("after deletions", &ids(store, Table::Entity)?.concat(), &"abc".to_owned())
}

fn tables_apart(store: &dyn Store) -> Outcome {
    let put = |batch: Batch, table: Table| batch.put_row(table, "same", json!(table.name()));
    said(store.apply(Table::ALL.into_iter().fold(Batch::new(), put)))?;
    said(store.apply(Batch::new().delete_row(Table::Meta, "same")))?;
    for table in Table::ALL {
        let expected = (table != Table::Meta).then(|| json!(table.name()));
        equal(table.name(), &said(store.row(table, "same"))?, &expected)?;
    }
    let contents = said(store.contents())?;
    equal("contents", &contents.rows(Table::Setting), &said(store.rows(Table::Setting))?.as_slice())
}

fn any_ids() -> Vec<String> {
    // Two spellings of ü, and two cases: one id each, unlike on some disks.
    let plain =
        ["", " ", "a", "A", "ü", "u\u{308}", "a\0", "a\0b", "'; DROP TABLE entities; --", "%", "\u{10FFFF}"];
    plain.iter().map(|&it| it.to_owned()).chain(["../up".to_owned(), "x".repeat(10_000)]).collect()
}

fn any_string_is_an_id(store: &dyn Store) -> Outcome {
    let put = |batch: Batch, id: &String| batch.put_row(Table::Blueprint, id, json!({ "id": id }));
    said(store.apply(any_ids().iter().fold(Batch::new(), put)))?;
    equal("ids", &ids(store, Table::Blueprint)?, &any_ids())?;
    any_ids()
        .iter()
        .try_for_each(|id| equal(id, &said(store.row(Table::Blueprint, id))?, &Some(json!({ "id": id }))))
}

fn json_to_the_byte(store: &dyn Store) -> Outcome {
    let values = [
        json!({ "z": 1, "a": 1.0, "m": { "y": [], "b": {} } }),
        json!([0.1 + 0.2, 1e300, 5e-324, f64::MAX, -0.0, 1e16, 123_456_789.123_456_7]),
        json!([u64::MAX, i64::MIN, 9_007_199_254_740_993_u64]),
        json!("\u{0} \u{7f} \u{2028} \" \\ / é 😀"),
        json!({ "": null, "\u{0}": false }),
        Value::Null,
    ];
    for (index, value) in values.iter().enumerate() {
        said(store.apply(Batch::new().put_row(Table::Setting, index.to_string(), value.clone())))?;
    }
    let found: Vec<String> =
        said(store.rows(Table::Setting))?.iter().map(|row| row.json.to_string()).collect();
    equal("json", &found, &values.iter().map(Value::to_string).collect())
}

fn last_stands(store: &dyn Store) -> Outcome {
    let batch = Batch::new()
        .put_row(Table::Meta, "spawn", json!(1))
        .put_row(Table::Meta, "spawn", json!(2))
        .put_row(Table::Meta, "gone", json!(1))
        .delete_row(Table::Meta, "gone");
    said(store.apply(batch))?;
    equal("rows", &said(store.rows(Table::Meta))?, &vec![Row { id: "spawn".to_owned(), json: json!(2) }])
}

fn nothing_to_do(store: &dyn Store) -> Outcome {
    said(store.apply(Batch::new()))?;
    said(store.apply(Batch::new().delete_row(Table::Entity, "nobody")))?;
    equal("rows", &said(store.rows(Table::Entity))?, &Vec::new())
}

fn too_deep(store: &dyn Store) -> Outcome {
    let nested = |depth: usize| (1..depth).fold(json!([]), |inner, _| json!([inner]));
    let batch = |depth: usize| {
        Batch::new().put_row(Table::Meta, "beside", json!(1)).put_row(Table::Meta, "deep", nested(depth))
    };
    let outcome = store.apply(batch(DEPTH_MAX + 1));
    holds("the batch is refused", matches!(outcome, Err(StoreError::Row { table: Table::Meta, .. })))?;
    equal("rows", &said(store.rows(Table::Meta))?, &Vec::new())?;
    said(store.apply(batch(DEPTH_MAX)))?;
    equal("the deepest", &said(store.row(Table::Meta, "deep"))?, &Some(nested(DEPTH_MAX)))
}

fn together(store: &dyn Store) -> Outcome {
    said(store.apply(Batch::new().put_row(Table::Entity, "old", json!(1))))?;
    let mut bad = component("core/component/position")?;
    bad.version = 0;
    let batch = Batch::new()
        .put_row(Table::Entity, "new", json!(1))
        .delete_row(Table::Entity, "old")
        .put_record(component("core/component/rotation")?)
        .put_record(bad);
    holds("the batch is refused", matches!(store.apply(batch), Err(StoreError::Record { position: 3, .. })))?;
    equal("rows", &ids(store, Table::Entity)?, &vec!["old".to_owned()])?;
    equal("records", &said(store.records(None, None))?, &Vec::new())
}

fn contents_cut(store: &dyn Store) -> Outcome {
    let batch = |round: u32| {
        let mut record = component("core/component/position")?;
        record.version = round;
        let tables = Table::ALL.into_iter();
        Ok(tables.fold(Batch::new().put_record(record), |batch, it| batch.put_row(it, "round", json!(round))))
    };
    while_writing(store, &batch, &|| {
        let contents = said(store.contents())?;
        let round = contents.records.first().map(|it| json!(it.version));
        Table::ALL.into_iter().try_for_each(|table| {
            let found = contents.rows(table).first().map(|row| row.json.clone());
            equal("one batch", &found, &round)
        })
    })
}
