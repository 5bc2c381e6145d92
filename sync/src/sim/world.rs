//! A world in memory, as the protocol has it: blueprints with versions that only grow, entities
//! without, deploy locks that run out, and no precondition for adding and removing.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Digest, ItemId};

use crate::sighting::{Held, Millis, Seen, Sighting};

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

/// What a world saves every now and then, and is after a crash.
pub(super) type Saved = (BTreeMap<String, Blueprint>, BTreeMap<ItemId, (Digest, Millis)>);

#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) blueprints: BTreeMap<String, Blueprint>,
    pub(super) entities: BTreeMap<ItemId, (Digest, Millis)>,
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

    /// The world is killed and comes back as it was last saved; its locks are gone. Returns what it
    /// held.
    pub(super) fn crash(&mut self) -> Vec<Digest> {
        let (blueprints, entities) = self.saved.clone();
        let scripts = self.blueprints.values().flat_map(|it| it.items.values().copied());
        let forgotten = scripts.chain(self.entities.values().map(|it| it.0)).collect();
        self.reborn.extend(self.blueprints.keys().chain(blueprints.keys()).cloned());
        (self.blueprints, self.entities) = (blueprints, entities);
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
