//! A world in memory, as the protocol has it: blueprints with versions that only grow, entities
//! without, deploy locks that run out, and no precondition for adding and removing. Records are judged
//! together, and changed together.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Digest, ItemId};

use crate::plan::Step;
use crate::sighting::{Held, Millis, Seen, Sighting};
use crate::sim::content::{RECORDS, needs_schema, record, requires_reset};

#[derive(Debug, Clone, Default)]
pub(super) struct Blueprint {
    pub(super) version: u64,
    pub(super) items: BTreeMap<ItemId, Digest>,
    pub(super) changed_at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Stranger,
    /// A daemon, and which of its lives and actions.
    Daemon {
        who: usize,
        life: u64,
        action: u64,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Lock {
    pub(super) holder: Holder,
    pub(super) until: Millis,
}

/// A change of records that is made later.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) steps: Vec<Step>,
    pub(super) due: Millis,
}

/// What a world saves every now and then, and is after a crash.
pub(super) type Saved = (BTreeMap<String, Blueprint>, BTreeMap<ItemId, (Digest, Millis)>);

#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) blueprints: BTreeMap<String, Blueprint>,
    /// And records.
    pub(super) entities: BTreeMap<ItemId, (Digest, Millis)>,
    pub(super) tickets: Vec<Ticket>,
    pub(super) locks: BTreeMap<String, Lock>,
    pub(super) blobs: BTreeSet<Digest>,
    /// Blueprints that were removed at some time: once added again, they count versions from 0, and
    /// a version does not name a content any more.
    pub(super) reborn: BTreeSet<String>,
    pub(super) saved: Saved,
}

/// The blueprint of an item; apps of the simulator carry their scripts in one of their own name.
pub(super) fn blueprint_of(item: &ItemId) -> Option<&str> {
    match item {
        ItemId::Script { app, .. } => Some(app),
        ItemId::Blueprint { id, .. } => Some(id),
        ItemId::Entity { .. } | ItemId::Record { .. } => None,
    }
}

impl World {
    pub(super) fn held(&self, item: &ItemId) -> Held {
        match blueprint_of(item) {
            Some(id) => self.blueprints.get(id)?.items.get(item).copied(),
            None => self.entities.get(item).map(|it| it.0),
        }
    }

    pub(super) fn sight(&self, item: &ItemId) -> Sighting {
        let changed_at = match blueprint_of(item) {
            Some(id) => self.blueprints.get(id).map(|it| it.changed_at),
            None => self.entities.get(item).map(|it| it.1),
        };
        Sighting { seen: Seen::from(self.held(item)), changed_at }
    }

    /// Whether the world does not take these records together, as it is now.
    pub(super) fn refuses(&self, put: &BTreeMap<ItemId, Held>) -> bool {
        let [schema, other, prefabs @ ..] = RECORDS.map(record);
        let after = |item: &ItemId| put.get(item).copied().unwrap_or_else(|| self.held(item));
        let lacks_schema = prefabs.iter().filter_map(after).any(needs_schema) && after(&schema).is_none();
        let concerns = |item: &ItemId| *item != other;
        lacks_schema && put.keys().any(concerns) || put.values().flatten().copied().any(requires_reset)
    }

    /// The world is killed and comes back as it was last saved; its locks are gone. A record that was
    /// acknowledged is never forgotten. Returns what the world held.
    pub(super) fn crash(&mut self) -> Vec<Digest> {
        let (blueprints, entities) = self.saved.clone();
        let scripts = self.blueprints.values().flat_map(|it| it.items.values().copied());
        let forgotten = scripts.chain(self.entities.values().map(|it| it.0)).collect();
        self.reborn.extend(self.blueprints.keys().chain(blueprints.keys()).cloned());
        self.entities.retain(|item, _| matches!(item, ItemId::Record { .. }));
        self.entities.extend(entities.into_iter().filter(|it| !matches!(it.0, ItemId::Record { .. })));
        self.blueprints = blueprints;
        self.tickets.clear();
        self.locks.clear();
        forgotten
    }

    /// The live holder of a lock.
    pub(super) fn holder(&self, scope: &str, now: Millis) -> Option<Holder> {
        self.locks.get(scope).filter(|it| it.until > now).map(|it| it.holder)
    }

    /// Writes an item and bumps its blueprint, as any client may.
    pub(super) fn write(&mut self, item: &ItemId, put: Held, now: Millis) {
        self.blobs.extend(put);
        let Some(id) = blueprint_of(item) else {
            match put {
                Some(content) => self.entities.insert(item.clone(), (content, now)),
                None => self.entities.remove(item),
            };
            return;
        };
        let fresh = !self.blueprints.contains_key(id);
        let blueprint = self.blueprints.entry(id.to_owned()).or_default();
        match put {
            Some(content) => blueprint.items.insert(item.clone(), content),
            None => blueprint.items.remove(item),
        };
        blueprint.version += u64::from(!fresh);
        blueprint.changed_at = now;
        if blueprint.items.is_empty() {
            self.blueprints.remove(id);
            self.reborn.insert(id.to_owned());
        }
    }
}
