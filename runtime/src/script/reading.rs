//! [`Reading`]: what scripts may ask of the world while they run: it as it was when the tick began.
//!
//! On a thread of ours a [`View`] answers, from columns it shares with the world; in another process,
//! whoever asks ours.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use super::Storage;
use crate::definitions::Definitions;
use crate::ecs::{Ecs, Entity, Lineage, Query, Value};

/// The world, as scripts read it in one tick. Names it does not know are answered like names nobody has.
pub(crate) trait Reading: Debug + Send + Sync {
    /// What can be in the world.
    fn definitions(&self) -> &Arc<Definitions>;
    /// The entity called `id`: an app's own, or any by its name in the store.
    fn entity(&self, id: &str) -> Option<Entity>;
    /// What scripts call `entity`.
    fn id(&self, entity: Entity) -> String;
    fn alive(&self, entity: Entity) -> bool;
    /// Who has all of these components, by table and row.
    fn query(&self, components: &[String]) -> Vec<Entity>;
    fn has(&self, entity: Entity, component: &str) -> bool;
    fn field(&self, entity: Entity, component: &str, field: &str) -> Option<Value>;
    fn lineage(&self, entity: Entity) -> Option<Lineage>;
    /// What `world.get` finds: JSON.
    fn stored(&self, key: &str) -> Option<Arc<str>>;
    /// The columns themselves, which systems read; `None` where there are none at hand.
    fn ecs(&self) -> Option<&Ecs>;
}

/// The world at the beginning of a tick, sharing what it is made of.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) ecs: Ecs,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) roots: Arc<Roots>,
    pub(crate) storage: Arc<Storage>,
}

impl Reading for View {
    fn definitions(&self) -> &Arc<Definitions> {
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

    fn query(&self, components: &[String]) -> Vec<Entity> {
        let known = components.iter().filter_map(|it| self.ecs.component(it));
        known.fold(Query::new(), Query::with).entities(&self.ecs)
    }

    fn has(&self, entity: Entity, component: &str) -> bool {
        self.ecs.component(component).is_some_and(|it| self.ecs.has(entity, it))
    }

    fn field(&self, entity: Entity, component: &str, field: &str) -> Option<Value> {
        self.ecs.get(entity, self.ecs.component(component)?, field)
    }

    fn lineage(&self, entity: Entity) -> Option<Lineage> {
        self.ecs.lineage(entity).cloned()
    }

    fn stored(&self, key: &str) -> Option<Arc<str>> {
        self.storage.get(key).cloned()
    }

    fn ecs(&self) -> Option<&Ecs> {
        Some(&self.ecs)
    }
}

/// Apps' own entities, by the ids the world knows them by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    entities: BTreeMap<String, Entity>,
    ids: BTreeMap<Entity, String>,
}

impl<'a> FromIterator<(&'a str, Entity)> for Roots {
    fn from_iter<I: IntoIterator<Item = (&'a str, Entity)>>(all: I) -> Roots {
        let mut roots = Roots::default();
        all.into_iter().for_each(|(id, entity)| roots.insert(id, entity));
        roots
    }
}

impl Roots {
    pub(crate) fn insert(&mut self, id: &str, entity: Entity) {
        self.entities.insert(id.to_owned(), entity);
        self.ids.insert(entity, id.to_owned());
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(entity) = self.entities.remove(id) {
            self.ids.remove(&entity);
        }
    }

    /// The entity called `id`: an app's own, or any by its name in the store.
    pub(crate) fn entity(&self, id: &str) -> Option<Entity> {
        self.entities.get(id).copied().or_else(|| id.parse().ok())
    }

    /// What scripts call `entity`.
    pub(crate) fn id(&self, entity: Entity) -> String {
        self.ids.get(&entity).cloned().unwrap_or_else(|| entity.to_string())
    }

    /// The app's entity that `entity` is the root of.
    pub(crate) fn owner(&self, entity: Entity) -> Option<&str> {
        self.ids.get(&entity).map(String::as_str)
    }
}
