//! Payload → component → payload, snapshot → entities → snapshot, and the order of records.

use bowline_schema::{Asking, Catalog, Component, Entry, Prefab, RecordKind, Registry, Snapshot, meta};
use proptest::prelude::*;
use serde_json::json;

use crate::dice::Dice;

fn entries(dice: &mut Dice) -> Vec<Entry> {
    let mut entries = Vec::new();
    for name in ["door", "pace", "ui/label"] {
        for scope in ["core", "room/r1", "user/ada"] {
            if dice.chance(2) {
                continue;
            }
            let slug = format!("{scope}/component/{name}");
            let payload = dice.component(&slug).to_payload();
            let version = dice.roll(3) as u32 + 1;
            entries.push(Entry { slug, kind: RecordKind::Component, version, payload });
        }
    }
    let names: Vec<&str> = ["door", "pace", "ui/label"]
        .into_iter()
        .filter(|it| entries.iter().any(|entry| entry.slug.ends_with(it)))
        .collect();
    let parts: serde_json::Map<_, _> = names.iter().map(|it| ((*it).to_owned(), json!({}))).collect();
    let mut add = |slug: &str, kind, payload| {
        entries.push(Entry { slug: slug.to_owned(), kind, version: 1, payload });
    };
    add("core/prefab/base", RecordKind::Prefab, json!({ "components": parts }));
    add(
        "user/ada/prefab/gate",
        RecordKind::Prefab,
        json!({ "composes": ["base"], "children": [{"name": "k", "prefab": "base"}] }),
    );
    add("core/profile/render", RecordKind::Profile, json!({ "components": names }));
    add(
        "core/strings/ui",
        RecordKind::Strings,
        json!({ "locale": "en", "strings": [{"id": 2, "text": "é"}] }),
    );
    add(
        "room/r1/strings/ui",
        RecordKind::Strings,
        json!({ "locale": "en", "strings": [{"id": 2, "text": "f"}] }),
    );
    let system = json!({ "language": "luau", "phase": "update", "source": "return 1", "reads": names });
    add("core/system/swing", RecordKind::System, system);
    entries
}

fn asking() -> Asking {
    Asking { scopes: vec!["room/r1".to_owned(), "user/ada".to_owned()], ..Asking::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_component_reads_as_it_was_written(seed in any::<u64>()) {
        let component = Dice(seed).component("core/component/door");
        let payload = component.to_payload();
        let (again, problems) = Component::parse("core/component/door", 1, &payload);
        prop_assert_eq!(problems, []);
        prop_assert_eq!(again.to_payload(), payload);
        prop_assert_eq!(again, component);
    }

    #[test]
    fn a_snapshot_comes_back_from_its_entities(seed in any::<u64>()) {
        let built = Snapshot::build(&entries(&mut Dice(seed)), &asking());
        prop_assert!(built.problems.iter().all(|(_, it)| it.code == "scope_conflict"), "{:?}", built.problems);
        let lane = meta::entities(&built.snapshot);
        prop_assert_eq!(&meta::snapshot(&lane).unwrap(), &built.snapshot);
        let registry = Registry::compile(&lane).unwrap();
        prop_assert_eq!(registry.layouts.len(), built.snapshot.components().len());
        let (again, problems) = reread(&built.snapshot);
        prop_assert_eq!(problems, 0);
        prop_assert_eq!(again, built.snapshot.hash());
    }

    #[test]
    fn no_json_stops_the_readers(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let mut payload = dice.component("core/component/door").to_payload();
        damage(&mut payload, &mut dice);
        let (component, _) = Component::parse("core/component/door", 1, &payload);
        // What was understood of it is well formed JSON, and reading that is just as safe.
        let _ = Component::parse("core/component/door", 1, &component.to_payload());
        let _ = Prefab::parse("core/prefab/door", 1, &payload);
        let _ = Catalog::parse("core/strings/door", 1, &payload);
    }
}

fn reread(snapshot: &Snapshot) -> (bowline_model::Digest, usize) {
    let built = Snapshot::build(&snapshot.records(), &asking());
    (built.snapshot.hash(), built.problems.len())
}

fn damage(json: &mut serde_json::Value, dice: &mut Dice) {
    use serde_json::Value;
    match json {
        Value::Array(items) if !items.is_empty() && !dice.chance(8) => {
            let at = dice.roll(items.len());
            damage(&mut items[at], dice);
        }
        Value::Object(map) if !map.is_empty() && !dice.chance(8) => {
            let at = dice.roll(map.len());
            if let Some(value) = map.values_mut().nth(at) {
                damage(value, dice);
            }
        }
        other => {
            *other = [json!(null), json!(-1.5), json!("struct"), json!([{}]), json!({"list": 1})]
                [dice.roll(5)]
            .clone()
        }
    }
}

#[test]
fn a_hundred_shuffles_are_one_snapshot() {
    let mut dice = Dice(7);
    let mut all = entries(&mut dice);
    let first = Snapshot::build(&all, &asking());
    for _ in 0..100 {
        dice.shuffle(&mut all);
        assert_eq!(Snapshot::build(&all, &asking()), first);
    }
    let elsewhere = Snapshot::build(&all, &Asking::default());
    assert_ne!(elsewhere.snapshot.hash(), first.snapshot.hash());
}

#[test]
fn entities_that_were_touched_are_no_snapshot() {
    let snapshot = Snapshot::build(&entries(&mut Dice(7)), &asking()).snapshot;
    let lane = meta::entities(&snapshot);
    let composes = lane.iter().find(|it| it.values.get("kind") == Some(&json!("composes"))).unwrap();
    assert_eq!(composes.component, meta::RELATION);
    let mut touched = lane.clone();
    touched[1].values["version"] = json!(99);
    assert!(meta::snapshot(&touched).unwrap_err().to_string().starts_with("the entities hash to"));
    touched.clear();
    assert_eq!(meta::snapshot(&touched), Err(meta::NotASnapshot::Schemas(0)));
}
