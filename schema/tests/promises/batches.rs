//! The verdict on whole batches of records against doing them: [`judge`] and [`carry`] never disagree.
//! (Of one component alone: `changes.rs`.)

use std::collections::BTreeMap;

use bowline_schema::change::{LiveFacts, Outcome, Rule, WorldFacts, carry, judge};
use bowline_schema::check::check_field;
use bowline_schema::snapshot::Built;
use bowline_schema::{Asking, Component, Entry, RecordKind, Registry, Snapshot, meta};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::changes::harmless;
use crate::dice::Dice;

type Rows = Vec<(String, Map<String, Value>)>;

/// A world: its records, and by component what its entities hold.
struct World {
    records: BTreeMap<String, Entry>,
    rows: BTreeMap<String, Rows>,
}

const COMPONENTS: [&str; 2] = ["door", "ui/label"];

fn put(records: &mut BTreeMap<String, Entry>, slug: &str, payload: Value) {
    let kind = slug.split('/').nth(1).and_then(RecordKind::named).expect("these slugs name their kind");
    records.insert(slug.to_owned(), Entry { slug: slug.to_owned(), kind, version: 1, payload });
}

fn world(dice: &mut Dice) -> World {
    let (mut records, mut rows) = (BTreeMap::new(), BTreeMap::new());
    let mut parts = Map::new();
    for name in COMPONENTS {
        let component = dice.component(&format!("core/component/{name}"));
        put(&mut records, &component.slug, component.to_payload());
        let living = (0..dice.roll(3)).map(|index| (format!("e{index}"), dice.row(&component.fields)));
        rows.insert(name.to_owned(), living.collect());
        parts.insert(name.to_owned(), Value::Object(dice.row(&component.fields)));
    }
    put(&mut records, "core/prefab/gate", json!({ "components": parts }));
    put(&mut records, "core/profile/render", json!({ "components": COMPONENTS }));
    put(&mut records, "core/strings/ui", json!({ "locale": "en", "strings": [{"id": 1, "text": "Door"}] }));
    World { records, rows }
}

/// The records after a batch of edits people might make.
fn edited(records: &BTreeMap<String, Entry>, dice: &mut Dice) -> BTreeMap<String, Entry> {
    let mut records = records.clone();
    for _ in 0..=dice.roll(2) {
        match dice.roll(9) {
            0 => drop(records.remove("core/component/door")),
            1 => drop(records.remove("core/prefab/gate")),
            2 => put(&mut records, "core/profile/render", json!({ "components": ["door"] })),
            3 => put(&mut records, "core/component/tide", dice.component("core/component/tide").to_payload()),
            4 => put(&mut records, "core/strings/ui", json!({ "locale": "en", "strings": [] })),
            5 => {
                let parts = records
                    .get_mut("core/prefab/gate")
                    .and_then(|it| it.payload["components"].as_object_mut());
                parts.map(|it| it.remove("door"));
            }
            _ => {
                let slug = format!("core/component/{}", COMPONENTS[dice.roll(2)]);
                let Some(entry) = records.get_mut(&slug) else { continue };
                let mut component = Component::parse(&slug, 1, &entry.payload).0;
                dice.edit(&mut component.fields, 0);
                entry.payload = component.to_payload();
            }
        }
    }
    records
}

fn build(records: &BTreeMap<String, Entry>) -> Built {
    let entries: Vec<Entry> = records.values().cloned().collect();
    Snapshot::build(&entries, &Asking::default())
}

fn measured(old: &Snapshot, new: &Snapshot, rows: &BTreeMap<String, Rows>) -> WorldFacts {
    let mut facts = WorldFacts::default();
    for (name, rows) in rows {
        let Ok(was) = old.component(name) else { continue };
        let now = new.component(name).unwrap_or(was);
        let rows = rows.iter().map(|(id, row)| (id.as_str(), row));
        facts.components.insert(name.clone(), LiveFacts::measure(was, now, rows));
    }
    facts
}

/// Whether the batch can be done, found out by doing it.
fn works(old: &Snapshot, new: &Built, rows: &BTreeMap<String, Rows>) -> bool {
    let kept = |was: &Component| {
        new.snapshot.component(was.name()).is_ok_and(|now| harmless(was, now, &rows[was.name()]))
    };
    let parts = |it: &Snapshot| -> Option<Vec<String>> {
        Some(it.prefab("gate")?.components.iter().map(|it| it.0.clone()).collect())
    };
    let prefab_kept = match (parts(old), parts(&new.snapshot)) {
        (Some(was), Some(now)) => was.iter().all(|it| now.contains(it)),
        (was, _) => was.is_none(),
    };
    new.problems.is_empty() && prefab_kept && old.components().iter().all(kept)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn what_a_check_of_records_says_is_what_applying_them_does(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let World { records, rows } = world(&mut dice);
        let old = build(&records);
        prop_assert_eq!(&old.problems, &[]);
        let new = build(&edited(&records, &mut dice));
        let verdict = judge(&old, &new, &measured(&old.snapshot, &new.snapshot, &rows));
        prop_assert_eq!(
            verdict.outcome == Outcome::Applied, works(&old.snapshot, &new, &rows),
            "{}\n{:?}\n{:?}", verdict, new.problems, rows
        );
        prop_assert_eq!(verdict.outcome == Outcome::Rejected, !new.problems.is_empty());
        if verdict.outcome != Outcome::Applied {
            prop_assert!(!verdict.reasons.is_empty() && verdict.how_to_reset.is_some());
            return Ok(());
        }
        // The slowest part, and nothing the verdict could have overlooked: now and then.
        prop_assert!(!dice.chance(16) || Registry::compile(&meta::entities(&new.snapshot)).is_ok());
        for (name, rows) in &rows {
            let (was, now) = (old.snapshot.component(name).unwrap(), new.snapshot.component(name).unwrap());
            for (id, row) in rows {
                let carried = carry(was, now, row);
                let wrong = now.fields.iter().flat_map(|it| check_field(&carried[&it.name], it));
                prop_assert_eq!(wrong.collect::<Vec<_>>(), vec![], "{}", id);
            }
        }
    }
}

#[test]
fn the_random_batches_are_of_all_outcomes() {
    let mut counts = [0; 3];
    for seed in 0..1000 {
        let mut dice = Dice(seed);
        let World { records, rows } = world(&mut dice);
        let (old, new) = (build(&records), build(&edited(&records, &mut dice)));
        let facts = measured(&old.snapshot, &new.snapshot, &rows);
        counts[judge(&old, &new, &facts).outcome as usize] += 1;
    }
    assert!(counts.iter().all(|it| *it > 100), "{counts:?}");
}

#[test]
fn a_new_component_is_in_no_profile_until_it_is_listed() {
    let mut records = world(&mut Dice(7)).records;
    let listed = |records: &BTreeMap<String, Entry>| build(records).snapshot.profiles()[0].components.clone();
    let (before, old) = (listed(&records), build(&records));
    put(&mut records, "core/component/tide", json!({ "fields": [] }));
    assert_eq!(listed(&records), before);
    let verdict = judge(&old, &build(&records), &WorldFacts::default());
    assert!(verdict.changes.iter().all(|it| it.rule != Rule::ChangeProfile), "{verdict}");
    put(&mut records, "core/profile/render", json!({ "components": ["tide", "door"] }));
    assert_eq!(listed(&records), ["tide", "door"], "in the order it lists them");
}

#[test]
fn a_profile_that_lists_nobody_knows_whom_is_refused_with_the_nearest_name() {
    let mut records = world(&mut Dice(7)).records;
    let old = build(&records);
    put(&mut records, "core/profile/render", json!({ "components": ["door", "dor"] }));
    let verdict = judge(&old, &build(&records), &WorldFacts::default());
    assert_eq!(verdict.outcome, Outcome::Rejected);
    assert_eq!(verdict.changes[0].path, "core/profile/render");
    let (_, problem) = &build(&records).problems[0];
    assert_eq!(
        (problem.pointer.as_str(), problem.help.as_deref()),
        ("/components/1", Some("did you mean `door`?"))
    );
}
