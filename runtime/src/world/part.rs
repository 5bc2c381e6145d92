//! [`World::hash_of`]: the digest of some apps alone, to hold against another world with more in it.

use bowline_model::Digest;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::World;
use crate::ecs::Entity;
use crate::script::ROOT_NODE;

impl World {
    /// The digest of the entities of those apps that `wanted` names, of their nodes, of every component
    /// of these, and of the apps' states. Which handles they have is not in it: those depend on who else
    /// is there. Looks at everything: for comparing, not for every tick of a world with people in it.
    #[must_use]
    pub fn hash_of(&self, wanted: impl Fn(&str) -> bool) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(self.clock.0.to_le_bytes());
        let mut add = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        };
        for (id, instance) in self.instances.iter().filter(|(_, it)| wanted(it.app())) {
            let Some(placed) = self.entities.get(id) else { continue };
            add(id);
            add(&Value::Object((*placed.row).clone()).to_string());
            for (number, node) in [(&ROOT_NODE, &placed.root)].into_iter().chain(&instance.nodes) {
                add(&number.to_string());
                self.components_of(*node).for_each(|(name, row)| {
                    add(name);
                    add(&row.to_string());
                });
            }
        }
        Digest::from_bytes(hasher.finalize().into())
    }

    fn components_of(&self, entity: Entity) -> impl Iterator<Item = (&str, Value)> {
        let components = self.ecs.place(entity).map(|(components, _)| components).unwrap_or_default();
        components.iter().filter_map(move |it| {
            Some((self.ecs.layout(*it).component.name(), Value::Object(self.ecs.row(entity, *it)?)))
        })
    }
}
