//! What must hold after any conversation: the disk has what memory has, in the same order, and
//! nothing that was refused left a trace.

use bowline_store::{Batch, MemoryStore, Store as _};
use bowline_wire::{Command, Value as Js};
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// One thing somebody says. Ids are few, so that they meet.
#[derive(Debug, Clone)]
enum Said {
    Command(Value),
    Request(Request),
    /// The clock moves on, perhaps past a lock's end.
    Wait(u64),
}

fn id() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["A", "A__Red", "B", "$scene", "", "../x", "global"]).prop_map(str::to_owned)
}

/// Tokens as the story deals them out: `u3` may be the token of a lock, or not.
fn token() -> impl Strategy<Value = String> {
    (0..40_u32).prop_map(|it| format!("u{it}"))
}

fn fields() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({}),
        json!({"desc": "x"}),
        json!({"script": "asset://a.js", "scriptFiles": {"index.js": "asset://a.js"}}),
        json!({"scriptRef": null}),
        json!({"scriptFiles": {"../x": "asset://a.js"}}),
        json!({"model": "asset://../x"}),
        json!({"props": {"n": 1}}),
        json!({"state": {"hp": 1}}),
        json!({"blueprint": "A", "state": {"hp": 1}}),
    ])
}

fn row(id: &str, version: u32, fields: Value) -> Value {
    let mut row = json!({"id": id, "version": version, "type": "app"});
    if let (Some(row), Value::Object(fields)) = (row.as_object_mut(), fields) {
        row.extend(fields);
    }
    row
}

fn said() -> impl Strategy<Value = Said> {
    let command =
        (0..6_u8, id(), 0..5_u32, fields(), token()).prop_map(|(kind, id, version, fields, token)| {
            let row = row(&id, version, fields);
            Said::Command(match kind {
                0 => json!({"type": "blueprint_add", "blueprint": row, "lockToken": token}),
                1 => json!({"type": "blueprint_modify", "change": row, "lockToken": token}),
                2 => json!({"type": "entity_add", "entity": row}),
                3 => json!({"type": "entity_modify", "change": row}),
                4 => json!({"type": "entity_remove", "id": id}),
                _ => json!({"type": "settings_modify", "key": "title", "value": version}),
            })
        });
    let request = (0..6_u8, id(), token()).prop_map(|(kind, id, token)| {
        let held = json!({"scope": id, "token": token, "lockToken": token, "ids": [id, "A__New"], "ttl": 3});
        Said::Request(match kind {
            0 | 1 => Request::Lock(Method::Post, held),
            2 => Request::Lock(Method::Delete, held),
            3 => Request::TakeSnapshot(held),
            4 => Request::Rollback(held),
            _ => Request::RemoveBlueprint(id, None),
        })
    });
    prop_oneof![6 => command, 4 => request, 1 => (0..5000_u64).prop_map(Said::Wait)]
}

/// Says it, writes what must be written, and answers whether anything was refused.
fn step(authority: &mut Authority, store: &MemoryStore, said: &Said, now: &Moment) -> bool {
    let find = |wanted: Wanted<'_>| {
        let rows = store.rows(Table::DeploySnapshot)?;
        Ok(rows.iter().rev().filter_map(DeploySnapshot::read).find(|it| it.is(wanted)))
    };
    let (refused, writes) = match said {
        Said::Command(json) => {
            let outcome = authority.command(&Command::from(&Js::from(json)), now);
            (outcome.result.outcome.is_err(), outcome.writes)
        }
        Said::Request(request) => {
            let reply = authority.request(request, now, &find);
            (reply.status != 200, reply.writes)
        }
        Said::Wait(_) => (true, Vec::new()),
    };
    store.apply(writes.into_iter().fold(Batch::new(), Batch::change)).expect("memory takes rows");
    refused
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_disk_has_what_memory_has(story in prop::collection::vec(said(), 1..60)) {
        let store = MemoryStore::new();
        let mut authority = Authority::new("w", &Contents::default());
        let mut ms = 0;
        for (n, said) in story.iter().enumerate() {
            if let Said::Wait(more) = said {
                ms += more;
            }
            let before = authority.snapshot();
            let refused = step(&mut authority, &store, said, &Moment { ms, uuid: format!("u{n}") });
            let after = authority.snapshot();
            prop_assert!(!refused || before == after, "refused, and yet it changed something: {said:?}");
            let reread = Authority::new("w", &store.contents().expect("memory")).snapshot();
            prop_assert_eq!(Value::Object(reread).to_string(), Value::Object(after).to_string());
        }
    }
}
