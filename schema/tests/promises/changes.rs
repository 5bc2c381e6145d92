//! The verdict of a change against what the change does, on random pairs of definitions and rows.

use bowline_schema::change::{LiveFacts, Outcome, carry, compare};
use bowline_schema::check::{check_field, filled};
use bowline_schema::{Component, Field, Kind};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::dice::Dice;

type Rows = Vec<(String, Map<String, Value>)>;

fn pair(dice: &mut Dice) -> (Component, Component, Rows) {
    let old = dice.component("user/ada/component/door");
    let mut new = old.clone();
    for _ in 0..=dice.roll(3) {
        dice.edit(&mut new.fields, 0);
    }
    let rows = (0..dice.roll(4)).map(|index| (format!("e{index}"), dice.row(&old.fields))).collect();
    (old, new, rows)
}

/// Whether doing it is harmless, found out by doing it: knows nothing of the rules.
pub(crate) fn harmless(old: &Component, new: &Component, rows: &Rows) -> bool {
    let (_, problems) = Component::parse(&new.slug, new.version, &new.to_payload());
    if !problems.is_empty() || !grown(&old.fields, &new.fields) {
        return false;
    }
    let carried: Vec<Map<String, Value>> = rows.iter().map(|(_, row)| carry(old, new, row)).collect();
    let good =
        |row: &Map<String, Value>| new.fields.iter().all(|it| check_field(&row[&it.name], it).is_empty());
    let unique = |field: &&Field| {
        let mut values: Vec<String> = carried
            .iter()
            .map(|it| &it[&field.name])
            .filter(|it| !it.is_null())
            .map(Value::to_string)
            .collect();
        let count = values.len();
        values.sort();
        values.dedup();
        values.len() == count
    };
    let was_unique = |field: &&Field| old.field(&field.name).is_some_and(|it| it.unique);
    carried.iter().all(good)
        && new.fields.iter().filter(|it| it.unique && !was_unique(it)).all(|it| unique(&it))
}

/// Every old field is there, stored as it was; no new one has to be guessed.
fn grown(old: &[Field], new: &[Field]) -> bool {
    let kept = |was: &Field| {
        let now = new.iter().find(|it| it.name == was.name);
        now.is_some_and(|now| {
            let units = was.unit.is_none() || now.unit.is_none() || was.unit == now.unit;
            units && stored_alike(&was.kind, &now.kind)
        })
    };
    let known = |now: &Field| {
        let aliased = now.alias_of.as_ref().is_some_and(|it| old.iter().any(|was| was.name == *it));
        old.iter().any(|it| it.name == now.name) || aliased || now.default.is_some() || now.optional
    };
    old.iter().all(kept) && new.iter().all(known)
}

fn stored_alike(was: &Kind, now: &Kind) -> bool {
    match (was, now) {
        (Kind::Enum { variants: was }, Kind::Enum { variants: now }) => {
            was.iter().zip(now).all(|(was, now)| was == now)
        }
        (Kind::List { of: was, .. }, Kind::List { of: now, .. }) => stored_alike(was, now),
        (Kind::Struct { fields: was }, Kind::Struct { fields: now }) => grown(was, now),
        _ => was.name() == now.name(),
    }
}

/// Whether all of `was` is in `now`: structs may have more parts.
fn within(was: &Value, now: &Value) -> bool {
    match (was, now) {
        (Value::Object(was), Value::Object(now)) => {
            was.iter().all(|(key, value)| now.get(key).is_some_and(|it| within(value, it)))
        }
        (Value::Array(was), Value::Array(now)) => {
            was.len() == now.len() && was.iter().zip(now).all(|(was, now)| within(was, now))
        }
        _ => was == now,
    }
}

fn read(field: &Field, row: &Map<String, Value>) -> Value {
    row.get(&field.name).map_or_else(|| field.initial(), |it| filled(it, &field.kind))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn what_is_checked_is_what_is_applied_and_nothing_is_lost(seed in any::<u64>()) {
        let (old, new, rows) = pair(&mut Dice(seed));
        let facts = LiveFacts::measure(&old, &new, rows.iter().map(|(id, row)| (id.as_str(), row)));
        let verdict = compare(&old, &new, &facts);
        prop_assert_eq!(
            verdict.outcome == Outcome::Applied, harmless(&old, &new, &rows),
            "{}\n{}\n{}\n{:?}", verdict, old.to_payload(), new.to_payload(), rows
        );
        prop_assert_eq!(verdict.reasons.is_empty(), verdict.outcome == Outcome::Applied);
        if verdict.outcome == Outcome::Applied {
            for (id, row) in &rows {
                let carried = carry(&old, &new, row);
                for field in &old.fields {
                    let (was, now) = (read(field, row), &carried[&field.name]);
                    prop_assert!(within(&was, now), "{id}.{}: {was} became {now}", field.name);
                }
            }
        }
    }

    #[test]
    fn a_definition_is_no_change_of_itself(seed in any::<u64>()) {
        let old = Dice(seed).component("user/ada/component/door");
        let verdict = compare(&old, &old, &LiveFacts::default());
        prop_assert_eq!(verdict.to_string(), "applied\n");
    }
}

#[test]
fn the_random_changes_are_of_all_outcomes() {
    let mut counts = [0; 3];
    for seed in 0..2000 {
        let (old, new, rows) = pair(&mut Dice(seed));
        let facts = LiveFacts::measure(&old, &new, rows.iter().map(|(id, row)| (id.as_str(), row)));
        counts[compare(&old, &new, &facts).outcome as usize] += 1;
    }
    assert!(counts.iter().all(|it| *it > 200), "{counts:?}");
}
