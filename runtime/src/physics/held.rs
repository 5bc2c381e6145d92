//! [`Held`]: whose nodes are bodies, both ways.
//!
//! A script knows its nodes by numbers of its own, the bodies are entities: questions come with the
//! one, contacts with the other.

use std::collections::BTreeMap;

use crate::ecs::{Ecs, Entity};

/// Nodes of scripts that are bodies, or may become one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    nodes: BTreeMap<(String, u32), Entity>,
    owners: BTreeMap<Entity, (String, u32)>,
}

/// More that are gone than this, beside as many as there are, are looked for.
const GONE_MOST: usize = 256;

impl Held {
    /// The node `number` of the instance at `app` is this entity.
    pub(crate) fn hold(&mut self, ecs: &Ecs, (app, number): (&str, u32), entity: Entity) {
        let owner = (app.to_owned(), number);
        if let Some(before) = self.nodes.insert(owner.clone(), entity)
            && before != entity
        {
            self.owners.remove(&before);
        }
        self.owners.insert(entity, owner);
        if self.owners.len().is_multiple_of(GONE_MOST) {
            self.owners.retain(|it, _| ecs.alive(*it));
            self.nodes.retain(|_, it| ecs.alive(*it));
        }
    }

    /// The entity of a node.
    pub(crate) fn entity(&self, app: &str, number: u32) -> Option<Entity> {
        self.nodes.get(&(app.to_owned(), number)).copied()
    }

    /// Whose node an entity is, and which.
    pub(crate) fn owner(&self, entity: Entity) -> Option<(&str, u32)> {
        self.owners.get(&entity).map(|(app, number)| (app.as_str(), *number))
    }
}
