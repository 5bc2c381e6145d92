//! What scripts want changed beside their own nodes: entities, their components, their fields.
//!
//! Everything was checked when the script said it. What has become impossible since (another script
//! was first: the entity is gone, it lost the component) is left out: nobody made a mistake.

use std::sync::Arc;

use bowline_schema::{Problem, prefab};
use serde_json::{Map, Value};

use super::World;
use crate::ecs::{Entity, Value as Field};
use crate::script::{Change, Target, View, lineage};

/// How deep prefabs may have children: a prefab below itself would never end.
const CHILDREN_DEEP_MAX: usize = 16;

impl World {
    /// The world as it is now, for those who only read.
    pub(super) fn view(&self) -> View {
        let (definitions, roots) = (self.definitions.clone(), self.roots.clone());
        let (space, held) = (Arc::clone(self.physics.space()), Arc::clone(self.physics.held()));
        View { ecs: self.ecs.clone(), definitions, roots, storage: self.storage.clone(), space, held }
    }

    /// Makes the changes in their order. What was spawned, in the order of its spawns.
    ///
    /// # Errors
    /// `entity_budget` when the world is full.
    pub(super) fn make_changes(&mut self, changes: Vec<Change>) -> Result<Vec<Entity>, Problem> {
        let mut spawned = Vec::new();
        for change in changes {
            let whom = |target| match target {
                Target::Known(entity) => Some(entity),
                Target::New(number) => spawned.get(number as usize).copied(),
            };
            match change {
                Change::Spawn { prefab, overrides } => spawned.push(self.spawn(&prefab, &overrides)?),
                Change::Despawn { target } => {
                    if let Some(entity) = whom(target) {
                        self.ecs.despawn(entity);
                    }
                }
                Change::Add { target, component, values } => {
                    if let Some(entity) = whom(target) {
                        self.give(entity, &component, &values);
                    }
                }
                Change::Remove { target, component } => {
                    if let (Some(entity), Some(component)) = (whom(target), self.ecs.component(&component)) {
                        self.ecs.remove(entity, component);
                    }
                }
                Change::Set { target, component, field, value } => {
                    if let (Some(entity), Some(it)) = (whom(target), self.ecs.component(&component)) {
                        self.ecs.set(entity, it, &field, &Field::from_json(&value));
                        self.tell_moved(entity, &component);
                    }
                }
            }
        }
        Ok(spawned)
    }

    /// An entity from a prefab, with what is below it. `overrides` (component to field to value) are
    /// not checked here.
    ///
    /// # Errors
    /// `unknown_prefab`; `entity_budget` when the world is full.
    pub fn spawn(&mut self, name: &str, overrides: &Map<String, Value>) -> Result<Entity, Problem> {
        if self.definitions.snapshot().prefab(name).is_none() {
            return Err(Problem::new("unknown_prefab", "", format!("there is no prefab `{name}`")));
        }
        self.spawn_below(name, overrides, (None, 0))
    }

    fn spawn_below(
        &mut self,
        name: &str,
        overrides: &Map<String, Value>,
        (parent, depth): (Option<Entity>, usize),
    ) -> Result<Entity, Problem> {
        if self.ecs.count() >= self.limits.entities {
            let message = format!("there are {} entities in the world already", self.limits.entities);
            return Err(Problem::new("entity_budget", "", message));
        }
        let definitions = std::sync::Arc::clone(&self.definitions);
        let snapshot = definitions.snapshot();
        let stamp = prefab::stamp(snapshot, name);
        let values = stamp.iter().flat_map(|it| &it.components).chain(overrides);
        let components: Vec<_> = values.clone().filter_map(|(it, _)| self.ecs.component(it)).collect();
        let entity = self.ecs.spawn_with(parent, &components);
        for (component, values) in values {
            self.give(entity, component, values.as_object().unwrap_or(&Map::new()));
        }
        if let Some(lineage) = lineage(snapshot, name) {
            self.ecs.set_lineage(entity, &lineage);
        }
        let children = snapshot.prefab(name).map(|it| it.children.as_slice()).unwrap_or_default();
        if depth < CHILDREN_DEEP_MAX {
            for child in children {
                self.spawn_below(&child.prefab, &Map::new(), (Some(entity), depth + 1))?;
            }
        }
        Ok(entity)
    }

    /// Writes `values` into a component, which it gets if it has none of the kind.
    pub(super) fn give(&mut self, entity: Entity, component: &str, values: &Map<String, Value>) {
        let Some(known) = self.ecs.component(component) else { return };
        self.ecs.insert(entity, known);
        for (field, value) in values {
            self.ecs.set(entity, known, field, &Field::from_json(value));
        }
        self.tell_moved(entity, component);
    }

    /// An app whose place somebody else wrote learns of it in the next tick.
    fn tell_moved(&mut self, entity: Entity, component: &str) {
        if component == "transform"
            && let Some(owner) = self.roots.owner(entity)
            && let Some(instance) = self.instances.get_mut(owner)
        {
            instance.moved = true;
            self.told.insert(owner.to_owned());
        }
    }
}
