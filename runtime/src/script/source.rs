//! [`Source`]: where scripts read the world. The world itself, for an engine on a thread; the other end
//! of a pipe, for one in a process of its own.

use std::sync::Arc;

use super::reach::View;
use crate::definitions::Definitions;
use crate::ecs::{Cells, ComponentId, Entity, Lineage, Query, Value};
use crate::physics::{Answer, Ask};

/// The world as it was when the tick began. Handles of components are those of its definitions.
pub(crate) trait Source: std::fmt::Debug + Send + Sync {
    /// What can be in it.
    fn definitions(&self) -> &Definitions;

    /// The entity called `id`: an app's own, or any by its name in the store. It may be gone.
    fn entity(&self, id: &str) -> Option<Entity>;

    /// What scripts call `entity`.
    fn id(&self, entity: Entity) -> String;

    /// Whether the handle still means something.
    fn alive(&self, entity: Entity) -> bool;

    /// Whether it has the component.
    fn has(&self, entity: Entity, component: ComponentId) -> bool;

    /// The value of a field; `None` if the entity is gone or has no such component.
    fn value(&self, entity: Entity, component: ComponentId, field: &str) -> Option<Value>;

    /// What it was stamped from.
    fn lineage(&self, entity: Entity) -> Option<Lineage>;

    /// Everybody who has all of `components`, by table and row.
    fn query(&self, components: &[ComponentId]) -> Vec<Entity>;

    /// The tables that have any of `components`, as they are visited, each with its number of rows.
    fn tables(&self, components: &[ComponentId]) -> Vec<(Vec<ComponentId>, usize)>;

    /// The entities of a table, by row.
    fn members(&self, table: &[ComponentId]) -> Vec<Entity>;

    /// Which table an entity is in, and in which row.
    fn place(&self, entity: Entity) -> Option<(Vec<ComponentId>, usize)>;

    /// The cells of a component's column in a table.
    fn cells(&self, table: &[ComponentId], component: ComponentId, column: usize) -> Option<Cells>;

    /// What `world.get` finds: JSON.
    fn stored(&self, key: &str) -> Option<Arc<str>>;

    /// What there is to say of bodies; `app` is the id of the entity whose nodes the question names.
    fn ask(&self, app: &str, ask: &Ask) -> Answer;
}

impl Source for View {
    fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    fn entity(&self, id: &str) -> Option<Entity> {
        self.roots.entity(id)
    }

    fn id(&self, entity: Entity) -> String {
        self.roots.id(entity)
    }

    fn alive(&self, entity: Entity) -> bool {
        self.ecs.alive(entity)
    }

    fn has(&self, entity: Entity, component: ComponentId) -> bool {
        self.ecs.has(entity, component)
    }

    fn value(&self, entity: Entity, component: ComponentId, field: &str) -> Option<Value> {
        self.ecs.get(entity, component, field)
    }

    fn lineage(&self, entity: Entity) -> Option<Lineage> {
        self.ecs.lineage(entity).cloned()
    }

    fn query(&self, components: &[ComponentId]) -> Vec<Entity> {
        components.iter().copied().fold(Query::new(), Query::with).entities(&self.ecs)
    }

    fn tables(&self, components: &[ComponentId]) -> Vec<(Vec<ComponentId>, usize)> {
        let relevant = |it: &&[ComponentId]| components.iter().any(|one| it.contains(one));
        let tables = self.ecs.tables().filter(relevant);
        tables.map(|it| (it.to_vec(), self.ecs.members(it).count())).collect()
    }

    fn members(&self, table: &[ComponentId]) -> Vec<Entity> {
        self.ecs.members(table).collect()
    }

    fn place(&self, entity: Entity) -> Option<(Vec<ComponentId>, usize)> {
        self.ecs.place(entity).map(|(table, row)| (table.to_vec(), row))
    }

    fn cells(&self, table: &[ComponentId], component: ComponentId, column: usize) -> Option<Cells> {
        self.ecs.cells(table, component, column)
    }

    fn stored(&self, key: &str) -> Option<Arc<str>> {
        self.storage.get(key).cloned()
    }

    fn ask(&self, app: &str, ask: &Ask) -> Answer {
        self.space.ask(ask, |node| self.held.entity(app, node))
    }
}
