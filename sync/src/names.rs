//! Which items would be one file on a disk that folds case or normalises Unicode. Only the spelling
//! is known here; whether the other file is really there is for [`crate::plan`] to say.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{ItemId, ProjectPath, layout};

/// The file that is `item`'s alone: entities share one, so their names never meet. `None` also for
/// names no path can have; those never reach the planner.
fn file_of(item: &ItemId) -> Option<ProjectPath> {
    if matches!(item, ItemId::Entity { .. }) { None } else { layout::file_of(item) }
}

/// The items that either side holds, by the name a folding disk would give their file.
#[derive(Debug, Clone, Default)]
pub struct Names {
    by_key: BTreeMap<String, BTreeSet<ItemId>>,
}

impl Names {
    /// A side holds `item`, or may hold it.
    pub fn add(&mut self, item: &ItemId) {
        if let Some(path) = file_of(item) {
            self.by_key.entry(path.fold_key()).or_default().insert(item.clone());
        }
    }

    /// Neither side holds `item`: its name is free.
    pub fn remove(&mut self, item: &ItemId) {
        let key = file_of(item).map(|it| it.fold_key());
        if let Some(crowd) = key.and_then(|it| self.by_key.get_mut(&it)) {
            crowd.remove(item);
        }
    }

    /// The items whose file is spelled differently from `item`'s and would be the same file.
    pub fn rivals<'a>(&'a self, item: &ItemId) -> impl Iterator<Item = &'a ItemId> {
        let path = file_of(item);
        let all = path.as_ref().and_then(|it| self.by_key.get(&it.fold_key()));
        // Nearly every key has one item: do not spell the paths of the others for nothing.
        let crowd = all.filter(|it| it.len() > 1).into_iter().flatten();
        crowd.filter(move |it| file_of(it) != path)
    }
}
