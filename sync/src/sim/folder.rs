//! A project folder in memory: the tree people see, and what the daemon keeps beside it. All of it
//! survives a crash; what does not is in [`super::daemon`].

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Digest, ItemId, ProjectPath};

use crate::job::FileStep;
use crate::plan::Agreed;
use crate::sighting::{Held, Millis, Seen, Sighting};
use crate::sim::content::{Contents, file_of, imports_shared, script};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    pub(super) content: Digest,
    pub(super) changed_at: Millis,
}

/// A staged file and its journal entry.
#[derive(Debug, Clone)]
pub(super) struct Staged {
    pub(super) content: Digest,
    pub(super) step: FileStep,
}

/// Staged files belong to an action: two may stage for the same shared file at once.
pub(super) type Slot = (u64, ProjectPath);

#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    pub(super) tree: BTreeMap<ProjectPath, File>,
    pub(super) staged: BTreeMap<Slot, Staged>,
    pub(super) trash: BTreeSet<Digest>,
    pub(super) conflicts: BTreeSet<Digest>,
    pub(super) objects: BTreeSet<Digest>,
    pub(super) base: BTreeMap<ItemId, Agreed>,
    /// What a restore from an old backup would bring.
    pub(super) old_base: BTreeMap<ItemId, Agreed>,
}

impl Folder {
    pub(super) fn content(&self, path: &ProjectPath) -> Held {
        self.tree.get(path).map(|it| it.content)
    }

    /// What the folder holds of an item, with the time of its file.
    pub(super) fn sight(&self, item: &ItemId, contents: &Contents) -> Sighting {
        let file = self.tree.get(&file_of(item));
        let held = match item {
            ItemId::Entity { .. } => contents.entities(file.map(|it| it.content)).get(item).copied(),
            ItemId::Script { app, .. } if item.is_shared() => {
                let index = self.content(&file_of(&script(app, "index.js")));
                file.filter(|_| index.is_some_and(imports_shared)).map(|it| it.content)
            }
            ItemId::Script { .. } | ItemId::Blueprint { .. } | ItemId::Record { .. } => {
                file.map(|it| it.content)
            }
        };
        Sighting { seen: Seen::from(held), changed_at: file.map(|it| it.changed_at) }
    }

    /// Files every staged content, as the disk does it after a crash: what is ours is dropped, what
    /// was captured goes back, and whether both sides had agreed on the rest is asked of the base,
    /// however old. Ends early when `steps` runs out: a second crash.
    pub(super) fn recover(&mut self, mut steps: usize) {
        while let Some((slot, staged)) =
            self.staged.first_key_value().map(|(slot, it)| (slot.clone(), it.clone()))
        {
            if steps == 0 {
                return;
            }
            steps -= 1;
            let there = self.content(&slot.1);
            let Staged { content, step } = staged;
            let ours = Some(content) == step.put && self.objects.contains(&content);
            let agreed = || {
                let of_file = |it: &(&ItemId, &Agreed)| file_of(it.0) == slot.1 && it.1.held == content;
                self.base.iter().any(|it| of_file(&it))
            };
            match there {
                _ if ours => (),
                None if step.put.is_none() => {
                    self.tree.insert(slot.1.clone(), File { content, changed_at: 0 });
                }
                Some(there) if there == content => (),
                _ if agreed() => {
                    self.trash.insert(content);
                }
                _ => {
                    self.conflicts.insert(content);
                }
            }
            self.staged.remove(&slot);
        }
    }
}
