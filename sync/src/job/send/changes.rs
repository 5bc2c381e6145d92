//! From steps to the changes a world knows: one per blueprint, one per entity, in the order in
//! which a reader of the world can bear them.

use std::collections::BTreeMap;

use bowline_model::{Group, ItemId};

use crate::engine::blueprint_of;
use crate::engine::{Action, Deploy};
use crate::job::send::Call;
use crate::sighting::Held;

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// This blueprint, at this version.
    Modify(String, u64),
    /// A blueprint the world does not have.
    Add(String),
    /// A blueprint that goes, at this version.
    Remove(String, u64),
    /// An entity.
    Entity(ItemId),
}

/// One change and the items it carries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Change {
    pub(super) target: Target,
    pub(super) items: Vec<(ItemId, Held)>,
    expect: Held,
}

impl Change {
    pub(super) fn blueprint(&self) -> Option<&String> {
        match &self.target {
            Target::Modify(id, _) | Target::Add(id) | Target::Remove(id, _) => Some(id),
            Target::Entity(_) => None,
        }
    }

    pub(super) fn version(&self) -> Option<u64> {
        match &self.target {
            Target::Modify(_, version) | Target::Remove(_, version) => Some(*version),
            Target::Add(_) | Target::Entity(_) => None,
        }
    }

    pub(super) fn call(&self) -> Call {
        let items = self.items.clone();
        match &self.target {
            Target::Modify(id, version) => Call::Modify { blueprint: id.clone(), version: *version, items },
            Target::Add(id) => Call::Add { blueprint: id.clone(), items },
            Target::Remove(id, _) => Call::Remove(id.clone()),
            Target::Entity(item) => {
                let put = items.first().and_then(|it| it.1);
                Call::Entity { item: item.clone(), put, expect: self.expect }
            }
        }
    }
}

/// The changes of an action. The root goes first, because the others refer to its scripts; what is
/// removed goes last, the root after all others.
pub(super) fn of(action: &Action) -> Vec<Change> {
    let Some(deploy) = &action.deploy else {
        let entity = |it: &crate::plan::Step| Change {
            target: Target::Entity(it.item.clone()),
            items: vec![(it.item.clone(), it.put)],
            expect: it.expect,
        };
        return action.steps.iter().map(entity).collect();
    };
    let mut by_blueprint: BTreeMap<&str, Vec<(ItemId, Held)>> = BTreeMap::new();
    for step in &action.steps {
        let id = blueprint_of(&step.item, &deploy.root);
        by_blueprint.entry(id).or_default().push((step.item.clone(), step.put));
    }
    let change = |(id, items): (&str, Vec<_>)| Change { target: target(id, deploy), items, expect: None };
    let mut changes: Vec<Change> = by_blueprint.into_iter().map(change).collect();
    changes.sort_by_key(|it| rank(it, &deploy.root));
    changes
}

fn target(id: &str, deploy: &Deploy) -> Target {
    match deploy.versions.get(id).copied().flatten() {
        None => Target::Add(id.to_owned()),
        Some(version) if deploy.emptied.contains(id) => Target::Remove(id.to_owned(), version),
        Some(version) => Target::Modify(id.to_owned(), version),
    }
}

fn rank(change: &Change, root: &str) -> u8 {
    let root = change.blueprint().is_some_and(|it| it == root);
    match (&change.target, root) {
        (Target::Remove(..), true) => 3,
        (Target::Remove(..), false) => 2,
        (_, true) => 0,
        (_, false) => 1,
    }
}

/// The scope to lock: every push of an app takes the lock of the app, also where the world would
/// not ask for it, so that two clients never interleave their updates of one app.
pub(super) fn lock_scope(action: &Action) -> Option<String> {
    match (&action.deploy, &action.group) {
        (Some(deploy), Group::App(_)) => Some(bowline_model::blueprint::scope_of(&deploy.root).to_owned()),
        _ => None,
    }
}
