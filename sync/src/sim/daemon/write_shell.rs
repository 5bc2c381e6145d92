//! The micro-operations of [`write::Call`] on a folder in memory, and what a daemon does around the
//! job: items that share a file become one step and come apart again.

use std::collections::BTreeMap;

use bowline_model::layout::WORLD_FILE;
use bowline_model::{Digest, Group, ItemId, ProjectPath};

use super::Job;
use crate::engine::{Action, Failure, Outcome, Retry};
use crate::job::FileStep;
use crate::job::write::{Call, Reply, WriteJob};
use crate::plan::Keep;
use crate::sighting::Seen;
use crate::sim::Ablation;
use crate::sim::content::{file_of, is_layout, path};
use crate::sim::folder::{File, Staged};
use crate::sim::scene::Scene;

impl Scene {
    pub(super) fn write_job(&mut self, who: usize, action: &Action) -> (Job, Vec<(ItemId, Outcome)>) {
        let (steps, early) = match action.group {
            Group::Layout => self.layout_step(who, action),
            Group::App(_) | Group::Records => (action.steps.iter().map(file_step).collect(), Vec::new()),
        };
        let mut job = WriteJob::new(steps);
        let call = job.next(Reply::Start);
        (Job::Write(job, call), early)
    }

    /// `world.json` as it is, with the entities of the action put in place where they still are
    /// what was expected.
    fn layout_step(&mut self, who: usize, action: &Action) -> (Vec<FileStep>, Vec<(ItemId, Outcome)>) {
        let expect = self.daemons[who].folder.content(&path(WORLD_FILE));
        let mut entities = self.contents.entities(expect);
        let (mut early, mut keep) = (Vec::new(), Keep::Trash);
        for step in &action.steps {
            let found = entities.get(&step.item).copied();
            if found != step.expect {
                early.push((step.item.clone(), Outcome::Refused(found.into())));
                continue;
            }
            keep = keep.max(step.keep);
            match step.put {
                Some(content) => entities.insert(step.item.clone(), content),
                None => entities.remove(&step.item),
            };
        }
        if early.len() == action.steps.len() {
            return (Vec::new(), early);
        }
        let put = self.contents.compose(entities);
        self.daemons[who].folder.objects.insert(put);
        (vec![FileStep { path: path(WORLD_FILE), put: Some(put), expect, keep }], early)
    }

    /// What the outcomes of files mean for the items in them.
    pub(super) fn items_of(
        &self,
        action: &Action,
        early: Vec<(ItemId, Outcome)>,
        files: Vec<(ProjectPath, Outcome)>,
    ) -> Vec<(ItemId, Outcome)> {
        let files: BTreeMap<ProjectPath, Outcome> = files.into_iter().collect();
        let mut outcomes: BTreeMap<ItemId, Outcome> = early.into_iter().collect();
        for step in &action.steps {
            let Some(outcome) = files.get(&file_of(&step.item)) else { continue };
            let outcome = match outcome {
                Outcome::Refused(Seen::Present(found)) if is_layout(*found) => {
                    let held = self.contents.entities(Some(*found)).get(&step.item).copied();
                    Outcome::Refused(held.into())
                }
                other => other.clone(),
            };
            outcomes.entry(step.item.clone()).or_insert(outcome);
        }
        outcomes.into_iter().collect()
    }

    /// Carries out one call; `None` if the process died in it.
    pub(super) fn write_call(&mut self, who: usize, action: u64, call: &Call) -> Option<Reply> {
        if self.dies(who, None) {
            return None;
        }
        // Our own writes make events like anybody's.
        if let Call::Exchange(path) | Call::Create(path) | Call::PutBack(path) = call {
            self.daemons[who].dirty.push(path.clone());
        }
        let reply = match call {
            Call::Fetch(wanted) => self.fetch(who, wanted),
            Call::Stage(steps) => return self.stage(who, action, steps),
            Call::Exchange(path) => self.exchange(who, &(action, path.clone())),
            Call::Create(path) | Call::PutBack(path) => self.rename_into_place(who, &(action, path.clone())),
            Call::Capture(step) => return self.capture(who, action, step),
            Call::KeepInTrash(path) => self.file(who, &(action, path.clone()), Keep::Trash),
            Call::KeepInConflicts(path, _) => self.file(who, &(action, path.clone()), Keep::Conflict),
            Call::DropStaged(path) => {
                let dropped = self.daemons[who].folder.staged.remove(&(action, path.clone()));
                self.displace(dropped.map(|it| it.content));
                Reply::Ok
            }
            Call::Finish(_) => Reply::Ok,
        };
        Some(reply)
    }

    fn fetch(&mut self, who: usize, wanted: &[Digest]) -> Reply {
        let daemon = &mut self.daemons[who];
        let missing =
            wanted.iter().any(|it| !self.world.blobs.contains(it) && !daemon.folder.objects.contains(it));
        let here = wanted.iter().all(|it| daemon.folder.objects.contains(it));
        if missing || (!here && !daemon.connected) {
            return failed("cannot fetch");
        }
        daemon.folder.objects.extend(wanted);
        if self.chaos(3) { failed("fetch broke") } else { Reply::Ok }
    }

    fn stage(&mut self, who: usize, action: u64, steps: &[FileStep]) -> Option<Reply> {
        for step in steps {
            let Some(content) = step.put else { continue };
            let staged = Staged { content, step: step.clone() };
            self.daemons[who].folder.staged.insert((action, step.path.clone()), staged);
            if self.dies(who, None) {
                return None;
            }
        }
        Some(if self.chaos(2) { failed("disk full") } else { Reply::Ok })
    }

    fn exchange(&mut self, who: usize, slot: &super::super::folder::Slot) -> Reply {
        if self.chaos(1) {
            return failed("sharing violation");
        }
        if self.ablation == Ablation::CheckThenRename {
            return self.check_then_rename(who, slot);
        }
        let now = self.now;
        let folder = &mut self.daemons[who].folder;
        let Some(staged) = folder.staged.get_mut(slot) else { return failed("nothing staged") };
        let Some(file) = folder.tree.get_mut(&slot.1) else { return Reply::Missing };
        let put = std::mem::replace(&mut staged.content, file.content);
        *file = File { content: put, changed_at: now };
        self.counts.taken_back += u64::from(Some(put) != staged.step.put);
        Reply::Displaced(staged.content)
    }

    /// The ablation: what other mirrors do. Users go on saving between the two steps.
    fn check_then_rename(&mut self, who: usize, slot: &super::super::folder::Slot) -> Reply {
        let Some(found) = self.daemons[who].folder.content(&slot.1) else { return Reply::Missing };
        let Some(staged) = self.daemons[who].folder.staged.get(slot).cloned() else {
            return failed("nothing staged");
        };
        if Some(found) != staged.step.expect {
            return Reply::Missing;
        }
        if self.chaos(20) {
            self.user_edits(who);
        }
        let (now, content) = (self.now, staged.content);
        let folder = &mut self.daemons[who].folder;
        let over = folder.tree.insert(slot.1.clone(), File { content, changed_at: now });
        if let Some(staged) = folder.staged.get_mut(slot) {
            staged.content = found;
        }
        self.displace(over.map(|it| it.content));
        Reply::Displaced(found)
    }

    fn rename_into_place(&mut self, who: usize, slot: &super::super::folder::Slot) -> Reply {
        let now = self.now;
        let folder = &mut self.daemons[who].folder;
        if let Some(there) = folder.content(&slot.1) {
            return Reply::Exists(Seen::Present(there));
        }
        let Some(staged) = folder.staged.remove(slot) else { return failed("nothing staged") };
        folder.tree.insert(slot.1.clone(), File { content: staged.content, changed_at: now });
        // The ablation that captures into the trash takes it out again.
        folder.trash.remove(&staged.content);
        Reply::Ok
    }

    fn capture(&mut self, who: usize, action: u64, step: &FileStep) -> Option<Reply> {
        let folder = &mut self.daemons[who].folder;
        let Some(file) = folder.tree.remove(&step.path) else { return Some(Reply::Missing) };
        let staged = Staged { content: file.content, step: step.clone() };
        if self.ablation == Ablation::DeleteStraightToTrash {
            folder.trash.insert(file.content);
            if self.dies(who, None) {
                return None;
            }
        }
        self.daemons[who].folder.staged.insert((action, step.path.clone()), staged);
        let blind = step.expect.filter(|_| self.ablation == Ablation::DeleteBlind);
        Some(Reply::Displaced(blind.unwrap_or(file.content)))
    }

    fn file(&mut self, who: usize, slot: &super::super::folder::Slot, keep: Keep) -> Reply {
        let folder = &mut self.daemons[who].folder;
        let Some(staged) = folder.staged.remove(slot) else { return failed("nothing staged") };
        match keep {
            Keep::Trash => folder.trash.insert(staged.content),
            Keep::Conflict => folder.conflicts.insert(staged.content),
        };
        self.displace([staged.content]);
        Reply::Ok
    }
}

fn file_step(step: &crate::plan::Step) -> FileStep {
    FileStep { path: file_of(&step.item), put: step.put, expect: step.expect, keep: step.keep }
}

pub(super) fn failed(message: &str) -> Reply {
    Reply::Failed(Failure { message: message.to_owned(), retry: Retry::Soon })
}
