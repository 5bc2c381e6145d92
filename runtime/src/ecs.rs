//! Entities and their components: our own columnar store, because components exist only at run time.
//!
//! One `Vec` per field, a row per entity that has the component. Everything is visited in the order
//! of entity indices; nothing here depends on a hash map's order. Not a query engine: that comes
//! with the first system that needs one.

mod column;
mod name;
mod schema;
mod table;

use std::sync::Arc;

use bowline_model::Digest;
use sha2::{Digest as _, Sha256};

pub use column::Value;
pub use name::NotAnEntity;
pub use schema::{Field, FieldKind, Schema};
pub use table::ComponentId;

use crate::definitions::Definitions;
use table::Table;

/// A handle: its index is used again after a despawn, with another generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    index: u32,
    generation: u32,
}

#[derive(Debug, Clone)]
struct Slot {
    generation: u32,
    alive: bool,
    parent: Option<Entity>,
}

/// All entities and all their components.
#[derive(Debug, Clone)]
pub struct Ecs {
    slots: Vec<Slot>,
    free: Vec<u32>,
    tables: Vec<Table>,
}

impl Ecs {
    /// An empty store for the components of `definitions`.
    #[must_use]
    pub fn new(definitions: &Definitions) -> Ecs {
        let schemas = schema::schemas(definitions.snapshot());
        let tables = schemas.into_iter().map(|it| Table::new(Arc::new(it))).collect();
        Ecs { slots: Vec::new(), free: Vec::new(), tables }
    }

    /// Takes over `definitions`: what is there keeps its values, new fields hold their defaults.
    /// [`ComponentId`]s from before mean nothing any more.
    pub fn define(&mut self, definitions: &Definitions) {
        let mut before = std::mem::take(&mut self.tables);
        for schema in schema::schemas(definitions.snapshot()) {
            let kept = before.iter().position(|it| it.schema.name == schema.name);
            let table = kept.map(|at| before.swap_remove(at).redefined(&schema));
            self.tables.push(table.unwrap_or_else(|| Table::new(Arc::new(schema))));
        }
    }

    /// The component of that name.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<ComponentId> {
        self.tables.iter().position(|it| it.schema.name == name).map(ComponentId)
    }

    /// The schema of a component.
    #[must_use]
    pub fn schema(&self, component: ComponentId) -> &Schema {
        &self.tables[component.0].schema
    }

    /// A new entity without components. It goes when `parent` goes.
    pub fn spawn(&mut self, parent: Option<Entity>) -> Entity {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, alive: false, parent: None });
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 entities: node limits see to it")
        });
        let slot = &mut self.slots[index as usize];
        slot.alive = true;
        slot.parent = parent;
        Entity { index, generation: slot.generation }
    }

    /// Removes an entity and everything below it. One that is gone already is no error.
    pub fn despawn(&mut self, entity: Entity) {
        let mut open = vec![entity];
        while let Some(entity) = open.pop() {
            if !self.alive(entity) {
                continue;
            }
            open.extend(self.children(entity));
            for table in &mut self.tables {
                table.remove(entity.index);
            }
            let slot = &mut self.slots[entity.index as usize];
            slot.alive = false;
            slot.generation += 1;
            slot.parent = None;
            self.free.push(entity.index);
        }
    }

    /// Whether the handle still means something.
    #[must_use]
    pub fn alive(&self, entity: Entity) -> bool {
        let slot = self.slots.get(entity.index as usize);
        slot.is_some_and(|it| it.alive && it.generation == entity.generation)
    }

    /// The entity it goes with.
    #[must_use]
    pub fn parent(&self, entity: Entity) -> Option<Entity> {
        self.slots.get(entity.index as usize).filter(|_| self.alive(entity))?.parent
    }

    /// Every living entity, by index.
    pub fn entities(&self) -> impl Iterator<Item = Entity> + '_ {
        self.slots.iter().enumerate().filter(|(_, slot)| slot.alive).map(|(index, slot)| Entity {
            index: u32::try_from(index).expect("spawn counts in u32"),
            generation: slot.generation,
        })
    }

    fn children(&self, parent: Entity) -> Vec<Entity> {
        self.entities().filter(|it| self.slots[it.index as usize].parent == Some(parent)).collect()
    }

    /// Gives `entity` a component with its defaults, if it has none of that kind yet.
    pub fn insert(&mut self, entity: Entity, component: ComponentId) {
        if self.alive(entity) {
            self.tables[component.0].insert(entity.index);
        }
    }

    /// Takes a component from `entity`, if it has it.
    pub fn remove(&mut self, entity: Entity, component: ComponentId) {
        if self.alive(entity) {
            self.tables[component.0].remove(entity.index);
        }
    }

    /// Whether `entity` has it.
    #[must_use]
    pub fn has(&self, entity: Entity, component: ComponentId) -> bool {
        self.alive(entity) && self.tables[component.0].row(entity.index).is_some()
    }

    /// The value of a field, or `None` if the entity has no such component or it no such field.
    #[must_use]
    pub fn get(&self, entity: Entity, component: ComponentId, field: &str) -> Option<Value> {
        if !self.alive(entity) {
            return None;
        }
        self.tables[component.0].get(entity.index, field)
    }

    /// Sets a field. False if there is no such field here or the value is of another kind.
    pub fn set(&mut self, entity: Entity, component: ComponentId, field: &str, value: &Value) -> bool {
        self.alive(entity) && self.tables[component.0].set(entity.index, field, value)
    }

    /// Sets a field of whichever of the entity's components has one of that name.
    pub fn set_anywhere(&mut self, entity: Entity, field: &str, value: &Value) -> bool {
        self.alive(entity) && self.tables.iter_mut().any(|it| it.set(entity.index, field, value))
    }

    /// The digest of everything: entities in order, then each component's columns in order, bit for
    /// bit, with one NaN for all.
    #[must_use]
    pub fn state_hash(&self) -> Digest {
        let mut hasher = Sha256::new();
        for entity in self.entities() {
            hasher.update(entity.index.to_le_bytes());
            hasher.update(entity.generation.to_le_bytes());
            let parent = self.parent(entity).map_or(u32::MAX, |it| it.index);
            hasher.update(parent.to_le_bytes());
        }
        for table in &self.tables {
            table.hash(&mut hasher);
        }
        Digest::from_bytes(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests;
