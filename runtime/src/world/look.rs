//! A look at single entities, for tests of worlds.

use serde_json::{Map, Value};

use super::World;
use crate::ecs::Entity;

impl World {
    /// The ids of all entities, in order.
    pub(crate) fn entity_ids(&self) -> impl Iterator<Item = &str> {
        self.entities.iter().map(|(id, _)| id.as_str())
    }

    /// An entity as the world keeps it, with its state as it is now, and its root in the store.
    pub(crate) fn entity(&self, id: &str) -> Option<(&Map<String, Value>, Entity)> {
        self.entities.get(id).map(|it| (&*it.row, it.root))
    }
}
