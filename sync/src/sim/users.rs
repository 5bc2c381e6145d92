//! The people: some edit in a folder, some in the world, none of them knows of the mirror. What
//! they overwrite or delete themselves is theirs to lose; that is written down for the checkers.

use bowline_model::layout::WORLD_FILE;
use bowline_model::{Digest, ItemId, ProjectPath};

use crate::sighting::{Direction, Held};
use crate::sim::content::{file_of, path, short};
use crate::sim::folder::File;
use crate::sim::scene::Scene;

impl Scene {
    /// Puts a file content where a user wants it, in the folder of `who`.
    fn user_puts(&mut self, who: usize, path: &ProjectPath, put: Held) {
        let folder = &mut self.daemons[who].folder;
        // Saving what is there says nothing new; it may even be what a pull is about to take back.
        if folder.content(path) == put {
            return;
        }
        let changed_at = match self.random.below(10) {
            0 => 0,
            1 => self.now + 10_000,
            _ => self.now,
        };
        let was = match put {
            Some(content) => folder.tree.insert(path.clone(), File { content, changed_at }),
            None => folder.tree.remove(path),
        };
        let keeps = put.map(|it| self.contents.singles(it)).unwrap_or_default();
        let lost = was.map(|it| self.contents.singles(it.content)).unwrap_or_default();
        self.check.replaced.extend(lost.into_iter().filter(|it| !keeps.contains(it)));
        keeps.iter().for_each(|it| {
            self.check.replaced.remove(it);
            self.check.written.insert(*it);
        });
        self.note(|| format!("user {who}: {path} {} -> {}", short(was.map(|it| it.content)), short(put)));
        // Events are only hints: some are lost, some come twice, and nothing keeps their order.
        let events = [0, 1, 1, 1, 2][self.random.below(5)];
        for _ in 0..events {
            let at = self.random.below(self.daemons[who].dirty.len() + 1);
            self.daemons[who].dirty.insert(at, path.clone());
        }
    }

    pub(super) fn user_edits(&mut self, who: usize) {
        self.counts.disk_edits += 1;
        let item = self.any_item();
        let file = file_of(&item);
        let fresh = self.contents.fresh();
        match (self.random.below(12), &item) {
            (0..=6, ItemId::Entity { .. }) => self.user_edits_layout(who, &item, Some(fresh)),
            (0..=6, _) => self.user_puts(who, &file, Some(fresh)),
            (7, ItemId::Entity { .. }) => self.user_edits_layout(who, &item, None),
            (7 | 8, _) if file != path(WORLD_FILE) => self.user_puts(who, &file, None),
            (9, _) => self.user_moves(who, &file),
            (10, _) => self.user_takes_folder_away(who),
            (11, _) => self.user_brings_folder_back(who),
            _ => self.user_puts(who, &file_of(&self.items[1].clone()), Some(fresh)),
        }
    }

    fn user_edits_layout(&mut self, who: usize, item: &ItemId, put: Held) {
        let file = path(WORLD_FILE);
        let mut entities = self.contents.entities(self.daemons[who].folder.content(&file));
        match put {
            Some(content) => entities.insert(item.clone(), content),
            None => entities.remove(item),
        };
        let composed = self.contents.compose(entities);
        self.user_puts(who, &file, Some(composed));
    }

    fn user_moves(&mut self, who: usize, from: &ProjectPath) {
        let to = file_of(&self.any_item());
        let held = self.daemons[who].folder.content(from);
        let layout = path(WORLD_FILE);
        if held.is_none() || *from == to || *from == layout || to == layout {
            return;
        }
        self.user_puts(who, &to, held);
        self.user_puts(who, from, None);
        held.iter().for_each(|it| {
            self.check.replaced.remove(it);
        });
    }

    fn user_takes_folder_away(&mut self, who: usize) {
        let app = if self.random.percent(50) { "apps/A" } else { "apps/B" };
        let tree = &self.daemons[who].folder.tree;
        let files: Vec<(ProjectPath, Digest)> = tree
            .iter()
            .filter(|it| it.0.below(app).is_some())
            .map(|(path, it)| (path.clone(), it.content))
            .collect();
        for (path, _) in &files {
            self.user_puts(who, path, None);
        }
        self.daemons[who].away = files;
    }

    pub(super) fn user_brings_folder_back(&mut self, who: usize) {
        for (path, content) in std::mem::take(&mut self.daemons[who].away) {
            if self.daemons[who].folder.content(&path).is_none() {
                self.user_puts(who, &path, Some(content));
            }
        }
    }

    /// Another client edits in the world, by the world's rules: script changes need the app's lock,
    /// so while somebody holds it they are refused.
    pub(super) fn admin_edits(&mut self) {
        let item = self.any_item();
        let put = if self.random.percent(20) { None } else { Some(self.contents.fresh()) };
        let scripted = matches!(item, ItemId::Script { .. });
        let scope = super::world::blueprint_of(&item).map(bowline_model::blueprint::scope_of);
        if scripted && scope.is_some_and(|it| self.world.holder(it, self.now).is_some()) {
            return;
        }
        self.counts.world_edits += 1;
        if self.random.percent(4) {
            return self.admin_removes_blueprint(&item);
        }
        self.admin_puts(&item, put);
    }

    pub(super) fn admin_puts(&mut self, item: &ItemId, put: Held) {
        if matches!(item, ItemId::Record { .. }) && self.world.refuses(&[(item.clone(), put)].into()) {
            return;
        }
        let was = self.world.held(item);
        self.note(|| format!("admin: {item} {} -> {}", short(was), short(put)));
        self.check.replaced_in_world.extend(was);
        self.check.written.extend(put);
        self.world.write(item, put, self.now);
    }

    fn admin_removes_blueprint(&mut self, item: &ItemId) {
        let Some(id) = super::world::blueprint_of(item) else { return };
        if let Some(gone) = self.world.blueprints.remove(id) {
            self.note(|| format!("admin: removes blueprint {id}"));
            self.check.replaced_in_world.extend(gone.items.into_values());
            self.world.reborn.insert(id.to_owned());
        }
    }

    /// Somebody answers what the engine asks.
    pub(super) fn person_answers(&mut self, who: usize) {
        use crate::engine::Event;
        use crate::plan::Hold;
        let holds: Vec<_> =
            self.daemons[who].engine.status().map(|(group, it)| (group.clone(), it.holds)).collect();
        for (group, holds) in holds {
            for hold in holds {
                match hold {
                    Hold::NeedsConfirmation { .. } => self.tell(who, Event::Consent { group: group.clone() }),
                    Hold::Ask(item) => {
                        let winner =
                            if self.random.percent(50) { Direction::ToDisk } else { Direction::ToWorld };
                        self.tell(who, Event::Settle { item, winner: winner.target() });
                    }
                    Hold::Unknown(..) | Hold::Blocked(_) | Hold::Clash(..) => (),
                }
            }
        }
    }
}
