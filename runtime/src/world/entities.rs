//! [`Entities`]: the app entities of a world, and a digest of their states that is kept up to date.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

use crate::ecs;

/// An entity of the world and its root in the store.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) row: Arc<Map<String, Value>>,
    pub(super) root: ecs::Entity,
    /// Its state as it came from outside, before its script changed it.
    stored: Option<Value>,
    /// The digest of its id and its state.
    mark: u128,
}

impl Placed {
    pub(super) fn new(row: Map<String, Value>, root: ecs::Entity) -> Placed {
        let stored = row.get("state").cloned();
        Placed { row: Arc::new(row), root, stored, mark: 0 }
    }

    pub(super) fn blueprint(&self) -> &str {
        self.row.get("blueprint").and_then(Value::as_str).unwrap_or_default()
    }
}

/// By id. A world has one digest of all states, which is asked for in every tick: it is the sum of one
/// number per entity, so that whoever changes one only looks at that one.
#[derive(Debug, Clone, Default)]
pub(super) struct Entities {
    all: BTreeMap<String, Placed>,
    sum: u128,
}

impl Entities {
    pub(super) fn get(&self, id: &str) -> Option<&Placed> {
        self.all.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Placed)> {
        self.all.iter()
    }

    #[cfg(test)]
    pub(super) fn values(&self) -> impl Iterator<Item = &Placed> {
        self.all.values()
    }

    /// The digest of all ids and states.
    pub(super) fn digest(&self) -> [u8; 16] {
        self.sum.to_le_bytes()
    }

    pub(super) fn insert(&mut self, id: String, placed: Placed) {
        self.remove(&id);
        let mark = mark(&id, placed.row.get("state"));
        self.sum = self.sum.wrapping_add(mark);
        self.all.insert(id, Placed { mark, ..placed });
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Placed> {
        let gone = self.all.remove(id)?;
        self.sum = self.sum.wrapping_sub(gone.mark);
        Some(gone)
    }

    /// Another row from outside. A state that is the one the script made is no other state.
    pub(super) fn put(&mut self, id: &str, row: Map<String, Value>) {
        let Some(placed) = self.all.get_mut(id) else { return };
        if placed.row.get("state") != row.get("state") {
            placed.stored = row.get("state").cloned();
        }
        placed.row = Arc::new(row);
        self.mark(id);
    }

    pub(super) fn state(&self, id: &str) -> Option<&Value> {
        self.get(id)?.row.get("state")
    }

    /// What its script has made of the state.
    pub(super) fn set_state(&mut self, id: &str, state: Value) {
        let Some(placed) = self.all.get_mut(id) else { return };
        Arc::make_mut(&mut placed.row).insert("state".to_owned(), state);
        self.mark(id);
    }

    /// The state as it came from outside.
    pub(super) fn stored(&self, id: &str) -> Option<&Value> {
        self.get(id)?.stored.as_ref()
    }

    fn mark(&mut self, id: &str) {
        let Some(placed) = self.all.get_mut(id) else { return };
        let new = mark(id, placed.row.get("state"));
        self.sum = self.sum.wrapping_sub(placed.mark).wrapping_add(new);
        placed.mark = new;
    }
}

impl FromIterator<(String, Placed)> for Entities {
    fn from_iter<I: IntoIterator<Item = (String, Placed)>>(all: I) -> Entities {
        let mut entities = Entities::default();
        all.into_iter().for_each(|(id, it)| entities.insert(id, it));
        entities
    }
}

fn mark(id: &str, state: Option<&Value>) -> u128 {
    let state = state.map(Value::to_string).unwrap_or_default();
    xxh3_128(format!("{id}\0{state}").as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(state: Value) -> Map<String, Value> {
        Map::from_iter([("state".to_owned(), state)])
    }

    #[test]
    fn the_digest_is_of_what_is_there_and_not_of_how_it_came() {
        let root = ecs::Ecs::new(&crate::Definitions::core()).spawn(None);
        let placed = |state| Placed::new(row(state), root);
        let mut one = Entities::default();
        one.insert("a".to_owned(), placed(json!({"n": 1})));
        one.insert("b".to_owned(), placed(json!({})));
        one.set_state("a", json!({"n": 2}));
        one.put("b", row(json!({"x": true})));
        one.insert("c".to_owned(), placed(json!({})));
        assert!(one.remove("c").is_some());
        let all = [("b", json!({"x": true})), ("a", json!({"n": 2}))];
        let other: Entities = all.map(|(id, state)| (id.to_owned(), placed(state))).into_iter().collect();
        assert_eq!(one.digest(), other.digest());
        assert_eq!(one.stored("a"), Some(&json!({"n": 1})));
        one.set_state("a", json!({"n": 1}));
        assert_ne!(one.digest(), other.digest());
    }
}
