//! The micro-operations of [`send::Call`] on a world in memory. Answers get lost, others edit in
//! between, locks run out.

use std::collections::BTreeMap;

use bowline_model::{Digest, ItemId};

use super::{Job, Run, scope_of};
use crate::engine::{Failure, Outcome, Retry};
use crate::job::send::{Call, Loser, Reply};
use crate::plan::Keep;
use crate::sighting::{Held, Seen, Side};
use crate::sim::scene::{Cast, Scene};
use crate::sim::world::{Holder, Lock};
use crate::sim::{Ablation, Protocol};

type Finished = (Vec<(ItemId, Outcome)>, BTreeMap<String, Option<u64>>);

/// How a change of the world looks from outside.
struct Written {
    displaced: Vec<(ItemId, Digest)>,
    version: Option<u64>,
}

impl Scene {
    /// One call of a push. `None` while it goes on, or if the process died in it.
    pub(super) fn send_step(&mut self, who: usize, id: u64, run: &mut Run) -> Option<Finished> {
        let Job::Send(_, call) = &mut run.job else { return None };
        let todo = std::mem::replace(call, Call::Unlock);
        if let Call::Finish(outcomes, versions) = todo {
            return Some((outcomes, versions));
        }
        let reply = self.send_call(who, id, run, &todo);
        self.note(|| format!("daemon {who}: {todo:?} = {reply:?}"));
        if let Job::Send(job, call) = &mut run.job {
            *call = job.next(reply);
        }
        None
    }

    fn send_call(&mut self, who: usize, id: u64, run: &mut Run, call: &Call) -> Reply {
        if let Call::Park(wanted) = call {
            return Reply::Parked(self.park_sources(who, wanted));
        }
        if let Call::Wait { ms, .. } = call {
            run.busy_until = self.now + ms;
            return Reply::Ok;
        }
        if let Call::Keep(losers) = call
            && losers.iter().all(|it| matches!(it.item, ItemId::Entity { .. }))
        {
            // The stream of changes brought them: nothing to download.
            return self.keep(who, run, losers);
        }
        if !self.daemons[who].connected {
            self.check.cut_off.extend(std::mem::take(&mut run.at_risk));
            return Reply::Gone;
        }
        if self.chaos(1) {
            self.check.cut_off.extend(std::mem::take(&mut run.at_risk));
            self.disconnect(who);
            return Reply::Gone;
        }
        match call {
            Call::Keep(losers) => self.keep(who, run, losers),
            Call::PutBlobs(blobs) => {
                self.world.blobs.extend(blobs);
                Reply::Ok
            }
            Call::Lock(scope) => self.lock(who, id, scope),
            Call::Read(_) if self.ablation == Ablation::NoVersionCheck => {
                Reply::Versions(run.action.deploy.iter().flat_map(|it| it.versions.clone()).collect())
            }
            Call::Read(ids) => {
                let version = |id: &String| self.world.blueprints.get(id).map(|it| it.version);
                Reply::Versions(ids.iter().map(|it| (it.clone(), version(it))).collect())
            }
            Call::Modify { .. } | Call::Add { .. } | Call::Remove(_) | Call::Entity { .. } => {
                self.change(who, id, run, call)
            }
            Call::Unlock => {
                let ours = self.ours(who, id);
                self.world.locks.retain(|_, it| it.holder != ours);
                Reply::Ok
            }
            Call::Park(_) | Call::Wait { .. } | Call::Finish(..) => Reply::Ok,
        }
    }

    fn ours(&self, who: usize, action: u64) -> Holder {
        Holder::Daemon { who, life: self.daemons[who].life, action }
    }

    /// Reads these from the disk again, and says which are not what they were.
    pub(super) fn park_sources(&mut self, who: usize, wanted: &[(ItemId, Held)]) -> Vec<(ItemId, Seen)> {
        let mut stale = Vec::new();
        for (item, put) in wanted {
            let folder = &mut self.daemons[who].folder;
            let seen = folder.sight(item, &self.contents).seen;
            if seen == Seen::from(*put) {
                folder.objects.extend(put);
            } else {
                stale.push((item.clone(), seen));
            }
        }
        stale
    }

    fn keep(&mut self, who: usize, run: &mut Run, losers: &[Loser]) -> Reply {
        if self.chaos(1) {
            self.check.cut_off.extend(std::mem::take(&mut run.at_risk));
            return Reply::Failed(Failure { message: "download broke".to_owned(), retry: Retry::Soon });
        }
        for loser in losers {
            let folder = &mut self.daemons[who].folder;
            folder.objects.insert(loser.held);
            if loser.keep == Keep::Conflict {
                folder.conflicts.insert(loser.held);
            }
            run.at_risk.remove(&loser.held);
        }
        Reply::Ok
    }

    fn lock(&mut self, who: usize, id: u64, scope: &str) -> Reply {
        if let Some(holder) = self.world.holder(scope, self.now) {
            return Reply::Busy(format!("{holder:?}"));
        }
        let lock = Lock { holder: self.ours(who, id), until: self.now + 30_000 };
        self.world.locks.insert(scope.to_owned(), lock);
        Reply::Ok
    }

    fn change(&mut self, who: usize, id: u64, run: &mut Run, call: &Call) -> Reply {
        let ours = Some(self.ours(who, id));
        if scope_of(&run.action.group).is_some_and(|it| self.world.holder(it, self.now) != ours) {
            return Reply::LockLost;
        }
        if self.protocol == Protocol::Preconditions && !self.meets_precondition(run, call) {
            return Reply::Mismatch;
        }
        let written = match call {
            Call::Modify { blueprint, version, items } => {
                let held = self.world.blueprints.get(blueprint).map(|it| it.version);
                let fits =
                    held.is_some_and(|it| version + 1 > it) || self.ablation == Ablation::NoVersionCheck;
                if !fits || held.is_none() {
                    return Reply::Mismatch;
                }
                self.modify(run, blueprint, *version, items)
            }
            Call::Add { blueprint, items } => {
                let over = self.world.blueprints.remove(blueprint);
                let displaced = over.map(|it| it.items.into_iter().collect()).unwrap_or_default();
                items.iter().for_each(|(item, put)| self.world.write(item, *put, self.now));
                Written { displaced, version: Some(0) }
            }
            Call::Remove(blueprint) => {
                let gone = self.world.blueprints.remove(blueprint);
                self.world.reborn.insert(blueprint.clone());
                let displaced = gone.map(|it| it.items.into_iter().collect()).unwrap_or_default();
                Written { displaced, version: None }
            }
            Call::Entity { item, put, expect } => {
                let held = self.world.held(item);
                if held != *expect {
                    return Reply::Refused(held.into());
                }
                // Somebody else's change is on its way to us.
                if self.cast == Cast::Everybody && self.chaos(10) {
                    let fresh = self.contents.fresh();
                    self.check.written.insert(fresh);
                    self.admin_puts(item, Some(fresh));
                }
                let held = self.world.held(item);
                if self.protocol == Protocol::Preconditions && held != *expect {
                    return Reply::Refused(Seen::Unknown);
                }
                let displaced = held.map(|it| (item.clone(), it)).into_iter().collect();
                self.world.write(item, *put, self.now);
                Written { displaced, version: None }
            }
            _ => return Reply::Ok,
        };
        self.answer(who, run, written)
    }

    /// Whether a blueprint is as a whole what this was planned against.
    fn meets_precondition(&self, run: &Run, call: &Call) -> bool {
        let (Call::Modify { blueprint: id, .. } | Call::Add { blueprint: id, .. } | Call::Remove(id)) = call
        else {
            return true;
        };
        let held = self.world.blueprints.get(id).map(|it| it.items.clone()).unwrap_or_default();
        let of_it = run.expected.iter().filter(|it| super::blueprint_of(it.0) == Some(id));
        let expected: BTreeMap<ItemId, Digest> =
            of_it.filter_map(|(item, held)| Some((item.clone(), (*held)?))).collect();
        held == expected || self.ablation == Ablation::NoVersionCheck
    }

    fn modify(&mut self, run: &Run, id: &str, version: u64, items: &[(ItemId, Held)]) -> Written {
        let now = self.now;
        let mut displaced = Vec::new();
        let held = self.world.blueprints.get(id).map_or(0, |it| it.version);
        if let Some(blueprint) = self.world.blueprints.get_mut(id) {
            for (item, put) in items {
                let was = match put {
                    Some(content) => blueprint.items.insert(item.clone(), *content),
                    None => blueprint.items.remove(item),
                };
                displaced.extend(was.map(|it| (item.clone(), it)));
                self.world.blobs.extend(put);
            }
            blueprint.version = version.max(blueprint.version) + 1;
            blueprint.changed_at = now;
        }
        let after = &self.world.blueprints;
        let shown = after.get(id).map(|it| it.items.clone()).unwrap_or_default();
        let of_it = |it: &&ItemId| super::blueprint_of(it) == Some(id);
        let whole =
            run.planned.iter().filter(|it| of_it(&it.0)).all(|(item, put)| shown.get(item) == put.as_ref());
        if self.world.reborn.contains(id) {
            // What this displaced unexpectedly is looked at below.
        } else if held == version {
            self.check.that(whole, || format!("E4 the world shows a map of {id} that was never planned"));
        } else if held > version && self.ablation != Ablation::NoVersionCheck {
            self.check.that(false, || format!("E5 {id} at {held} was overwritten on the word of {version}"));
        }
        let version = after.get(id).map(|it| it.version);
        Written { displaced, version }
    }

    /// The others hear of a change; while things go wrong, not always at once.
    pub(super) fn broadcast(&mut self, from: usize, group: &bowline_model::Group) {
        for who in (0..self.daemons.len()).filter(|it| *it != from) {
            if !self.chaos(50) {
                let items = self.items.iter().filter(|it| it.group() == *group).cloned().collect();
                self.begin_look(who, Side::World, Some(items));
            }
        }
    }

    /// The change is made; whether we hear of it is another matter.
    fn answer(&mut self, who: usize, run: &mut Run, written: Written) -> Reply {
        let Written { displaced, version } = written;
        self.broadcast(who, &run.action.group);
        self.displace(displaced.iter().map(|it| it.1));
        let expect =
            |item: &ItemId| run.action.steps.iter().find(|it| it.item == *item).and_then(|it| it.expect);
        let surprise: Vec<Digest> =
            displaced.iter().filter(|(item, held)| expect(item) != Some(*held)).map(|it| it.1).collect();
        if self.ablation != Ablation::NoVersionCheck {
            let foreseen = self.protocol == Protocol::Versions || surprise.is_empty();
            self.check.that(foreseen, || format!("E6 displaced on a precondition: {surprise:?}"));
            run.at_risk.extend(surprise);
        }
        if self.chaos(4) {
            self.check.cut_off.extend(std::mem::take(&mut run.at_risk));
            self.disconnect(who);
            return Reply::Gone;
        }
        Reply::Wrote { version, displaced }
    }
}
