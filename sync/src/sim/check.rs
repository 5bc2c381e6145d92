//! What must hold, and the notes that are needed to tell.

use std::collections::BTreeSet;

use bowline_model::Digest;

use crate::sim::content::{Contents, short};
use crate::sim::daemon::Daemon;
use crate::sim::world::World;

#[derive(Debug, Clone, Default)]
pub(super) struct Check {
    /// Put somewhere by a person.
    pub(super) written: BTreeSet<Digest>,
    /// Overwritten or deleted by a person in a folder, where that person could see it, and not
    /// brought back.
    pub(super) replaced: BTreeSet<Digest>,
    /// The same in the world.
    pub(super) replaced_in_world: BTreeSet<Digest>,
    /// Taken away by a daemon. Must be somewhere, whatever people did to other copies.
    pub(super) displaced: BTreeSet<Digest>,
    /// Reported as held by both sides.
    pub(super) agreed: BTreeSet<Digest>,
    /// Displaced where the protocol has no precondition, and the daemon was cut off before it could
    /// file them.
    pub(super) cut_off: BTreeSet<Digest>,
    /// What was found.
    pub(super) found: Vec<String>,
}

impl Check {
    pub(super) fn that(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds && self.found.len() < 20 {
            self.found.push(what());
        }
    }

    /// E1: nothing is lost. E2: what was never agreed on is where its author can see it. Returns
    /// how many contents fell into a hole of the protocol.
    pub(super) fn contents(&mut self, daemons: &[Daemon], world: &World, contents: &Contents) -> u64 {
        let mut visible: BTreeSet<Digest> = world.entities.values().map(|it| it.0).collect();
        visible.extend(world.blueprints.values().flat_map(|it| it.items.values()));
        let mut kept = BTreeSet::new();
        for folder in daemons.iter().map(|it| &it.folder) {
            let seen = folder.tree.values().map(|it| it.content).chain(folder.conflicts.iter().copied());
            visible.extend(seen.flat_map(|it| contents.singles(it)));
            let stored = folder.trash.iter().chain(&folder.objects);
            kept.extend(stored.flat_map(|it| contents.singles(*it)));
        }
        let mut cut_off = 0;
        let written: Vec<Digest> = contents.all().filter(|it| self.written.contains(it)).collect();
        for content in written {
            let replaced = self.replaced.contains(&content) || self.replaced_in_world.contains(&content);
            let lost = !visible.contains(&content) && !kept.contains(&content);
            let lost = lost && (!replaced || self.displaced.contains(&content));
            let hidden = !visible.contains(&content) && !replaced && !self.agreed.contains(&content);
            if (lost || hidden) && self.cut_off.contains(&content) {
                cut_off += 1;
            } else {
                self.that(!lost, || format!("E1 lost: {}", short(Some(content))));
                self.that(!hidden, || format!("E2 hidden: {}", short(Some(content))));
            }
        }
        cut_off
    }
}
