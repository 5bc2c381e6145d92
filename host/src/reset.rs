//! [`reset`]: the changes of definitions that a living world refuses, made in the store of one that is
//! stopped. What the world kept of its entities stays in the store; at the next start it is set aside,
//! with a warning, if it does not fit the new definitions.

use bowline_store::{Batch, Corruption, Kind, Store, StoreError};
use serde_json::json;

use crate::clock;
use crate::mutations::{journal, last_batch};
use crate::options::HostError;
use crate::queue::{Edit, Outcome, Settled, Stopped, Waiting, judge};
use crate::records::Records;

/// Makes `edits` for the room called `room`, all of them or, if the answer says so, none.
///
/// # Errors
/// If the store cannot be read or written, or the core records would not do any more; nothing has
/// changed then.
pub fn reset(store: &dyn Store, room: &str, edits: Vec<Edit>) -> Result<Settled, HostError> {
    let (sound, damaged) = store.sound_records()?;
    if let Some(damage) = damaged.into_iter().next() {
        return Err(unreadable(damage));
    }
    let records = Records::new(sound.into_iter().filter(|it| it.kind != Kind::World), room);
    let now = clock::iso(clock::now_ms());
    let judged = judge(&records, &[Waiting { ticket: 0, edits }], &Stopped, &now);
    if judged.answers.iter().any(|it| it.outcome == Outcome::Applied) {
        judged.records.check_core()?;
        let batch = last_batch(store)? + 1;
        let hash = judged.records.meaning().snapshot.hash().to_string();
        let entry = json!({
            "batch": batch, "tick": null, "at": now, "hash": hash, "records": judged.touched, "reset": true,
        });
        store.apply(judged.changes.into_iter().fold(journal(batch, entry), Batch::change))?;
    }
    Ok(judged.answers.into_iter().next().expect("one ticket has one answer"))
}

fn unreadable(damage: Corruption) -> HostError {
    match damage {
        Corruption::Record { slug, why } => HostError::Record { slug, reason: why },
        other => StoreError::Corrupt(other).into(),
    }
}

#[cfg(test)]
mod tests {
    use bowline_store::{MemoryStore, Slug};
    use serde_json::Value;

    use super::*;
    use crate::queue::Expect;

    fn edit(payload: Option<Value>) -> Vec<Edit> {
        let slug = Slug::parse("room/project/component/door").unwrap();
        vec![Edit { slug, payload, expect: Expect::Anything }]
    }

    #[test]
    fn what_a_living_world_refuses_is_made_in_one_that_is_stopped() {
        let store = MemoryStore::new();
        let field = |name: &str| json!({"fields": [{"name": name, "kind": "f32", "default": 0}]});
        let mut said = String::new();
        for payload in [Some(field("angle")), Some(field("turn")), Some(json!({"fields": 1})), None] {
            let settled = reset(&store, "project", edit(payload)).unwrap();
            let rules: Vec<&str> = settled.changes.iter().map(|it| it.rule.name()).collect();
            said += &format!(
                "{} {rules:?}, {} left\n",
                settled.outcome.name(),
                store.contents().unwrap().records.len()
            );
        }
        expect_test::expect![[r#"
            applied ["add_component"], 1 left
            applied ["rename_field"], 1 left
            rejected ["invalid"], 1 left
            applied ["remove_component"], 0 left
        "#]]
        .assert_eq(&said);
    }
}
