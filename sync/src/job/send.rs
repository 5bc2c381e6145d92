//! Disk → world: one locked, versioned update of an app, or a few entities, without overwriting
//! anything that was not looked at.
//!
//! The world checks versions of blueprints, and that check is the last one. It checks nothing for
//! entities, for adding a blueprint and for removing one; there the world says afterwards what it
//! held, and a content nobody expected is filed under `.conflicts` then.
//!
//! Start at [`Call`]; [`SendJob::next`] is the machine, [`changes`] what it has to do.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Digest, ItemId};

use crate::engine::{Action, Failure, Outcome, Retry};
use crate::jitter::Jitter;
use crate::plan::{Keep, Step};
use crate::sighting::{Held, Millis, Seen};

mod changes;

use changes::{Change, Target};

/// The micro-operations of a world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// Read these from the disk again and park their bytes, for `None` make sure they are gone.
    Park(Vec<(ItemId, Held)>),
    /// Make sure these contents, which the world holds, are kept: in the object store for
    /// [`Keep::Trash`], under `.conflicts` for [`Keep::Conflict`].
    Keep(Vec<Loser>),
    /// Upload what the world does not have yet.
    PutBlobs(Vec<Digest>),
    /// Take the deploy lock of this scope and keep renewing it until [`Call::Unlock`].
    Lock(String),
    /// Somebody else holds the lock: wait, and tell people who.
    Wait {
        /// How long.
        ms: Millis,
        /// Who holds it.
        holder: String,
    },
    /// Ask the world for the versions of these blueprints, now.
    Read(Vec<String>),
    /// Change a blueprint, provided it is still at `version`; the shell must make sure first that
    /// the lock is still live.
    Modify {
        /// Its id.
        blueprint: String,
        /// The version it was planned against.
        version: u64,
        /// What changes in it.
        items: Vec<(ItemId, Held)>,
    },
    /// Add a blueprint the world does not have.
    Add {
        /// Its id.
        blueprint: String,
        /// What is in it.
        items: Vec<(ItemId, Held)>,
    },
    /// Remove a blueprint that holds nothing any more.
    Remove(String),
    /// Put or remove an entity, provided that the last the world said of it is `expect`.
    Entity {
        /// The entity.
        item: ItemId,
        /// What it becomes.
        put: Held,
        /// What it must be before.
        expect: Held,
    },
    /// Give the lock back.
    Unlock,
    /// Over; these are the outcomes and the versions the world reported.
    Finish(Vec<(ItemId, Outcome)>, BTreeMap<String, Option<u64>>),
}

/// A content of the world that a change displaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Loser {
    /// Of this item.
    pub item: ItemId,
    /// The content.
    pub held: Digest,
    /// Where it goes.
    pub keep: Keep,
    /// What takes its place.
    pub won: Held,
}

/// How a micro-operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reply {
    /// Nothing was called yet.
    Start,
    /// It went through.
    Ok,
    /// [`Call::Park`]: these are not what they were; empty if all are.
    Parked(Vec<(ItemId, Seen)>),
    /// [`Call::Lock`]: held by somebody.
    Busy(String),
    /// [`Call::Read`]: a blueprint that is not there is named with `None`.
    Versions(BTreeMap<String, Option<u64>>),
    /// [`Call::Modify`], [`Call::Add`], [`Call::Remove`], [`Call::Entity`]: went through.
    Wrote {
        /// The version the blueprint is at now, if it is one and still there.
        version: Option<u64>,
        /// The contents the world held before the change, of the items that it changed, as far as
        /// its stream of changes told: everything in it came before the answer.
        displaced: Vec<(ItemId, Digest)>,
    },
    /// [`Call::Modify`], [`Call::Add`]: the version is another by now. Nothing was changed.
    Mismatch,
    /// [`Call::Entity`]: it holds this by now. Nothing was changed.
    Refused(Seen),
    /// The lock is not ours any more. Nothing was changed.
    LockLost,
    /// The connection broke. Whether it went through is not known.
    Gone,
    /// It did not work. Nothing was changed.
    Failed(Failure),
}

/// How often a busy lock is asked for before the plan is made again with what changed meanwhile.
const PATIENCE: u32 = 12;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum State {
    Start,
    Parking,
    Keeping,
    Uploading,
    Locking,
    Waiting,
    Reading,
    Changing,
    /// A displaced content that nobody expected is being filed.
    Filing,
    Unlocking,
    Over,
}

/// Carries out one push.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SendJob {
    action: Action,
    todo: Vec<Change>,
    scope: Option<String>,
    state: State,
    locked: Locked,
    waits: u32,
    jitter: Jitter,
    outcomes: BTreeMap<ItemId, Outcome>,
    versions: BTreeMap<String, Option<u64>>,
    /// What to do with steps that have no outcome of their own at the end.
    rest: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Locked {
    Yes,
    No,
}

impl SendJob {
    /// A job for one push. `seed` spreads the waiting of many clients for one lock.
    #[must_use]
    pub fn new(action: Action, seed: u64) -> SendJob {
        SendJob {
            todo: changes::of(&action),
            scope: changes::lock_scope(&action),
            action,
            state: State::Start,
            locked: Locked::No,
            waits: 0,
            jitter: Jitter::new(seed),
            outcomes: BTreeMap::new(),
            versions: BTreeMap::new(),
            rest: Outcome::Skipped,
        }
    }

    /// Takes in how the last call ended and names the next one.
    pub fn next(&mut self, reply: Reply) -> Call {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Start => self.park(),
            State::Parking => self.parked(reply),
            State::Keeping => match reply {
                Reply::Ok => self.change(),
                other => self.abort(&other),
            },
            State::Uploading => match reply {
                Reply::Ok => self.lock(),
                other => self.abort(&other),
            },
            State::Locking => self.asked_for_lock(reply),
            State::Waiting => self.lock(),
            State::Reading => self.read(reply),
            State::Changing => self.changed(reply),
            State::Filing => self.change(),
            State::Unlocking | State::Over => self.finish(),
        }
    }

    fn finish(&mut self) -> Call {
        let outcome = |it: &Step| {
            let outcome = self.outcomes.get(&it.item).unwrap_or(&self.rest);
            (it.item.clone(), outcome.clone())
        };
        let outcomes = self.action.steps.iter().map(outcome).collect();
        Call::Finish(outcomes, std::mem::take(&mut self.versions))
    }

    /// Nothing further is changed: what has no outcome yet ends like this.
    fn end(&mut self, rest: Outcome) -> Call {
        self.rest = rest;
        if self.locked == Locked::Yes {
            self.locked = Locked::No;
            self.state = State::Unlocking;
            return Call::Unlock;
        }
        self.finish()
    }

    fn abort(&mut self, reply: &Reply) -> Call {
        self.end(Outcome::Failed(failure(reply)))
    }

    fn park(&mut self) -> Call {
        self.state = State::Parking;
        Call::Park(self.action.steps.iter().map(|it| (it.item.clone(), it.put)).collect())
    }

    fn parked(&mut self, reply: Reply) -> Call {
        let Reply::Parked(stale) = reply else { return self.abort(&reply) };
        let stale: BTreeMap<ItemId, Outcome> =
            stale.into_iter().map(|(item, seen)| (item, Outcome::Stale(seen))).collect();
        // An app goes as a whole or not at all; entities go one by one.
        let whole = self.action.deploy.is_some() && !stale.is_empty();
        self.todo.retain(|it| !matches!(&it.target, Target::Entity(item) if stale.contains_key(item)));
        self.outcomes.extend(stale);
        if whole { self.end(Outcome::Skipped) } else { self.upload() }
    }

    fn upload(&mut self) -> Call {
        let blobs: BTreeSet<Digest> = match self.action.deploy {
            Some(_) => self.action.steps.iter().filter_map(|it| it.put).collect(),
            None => BTreeSet::new(),
        };
        if blobs.is_empty() {
            return self.lock();
        }
        self.state = State::Uploading;
        Call::PutBlobs(blobs.into_iter().collect())
    }

    fn lock(&mut self) -> Call {
        let Some(scope) = self.scope.clone() else { return self.ask_versions() };
        self.state = State::Locking;
        Call::Lock(scope)
    }

    fn asked_for_lock(&mut self, reply: Reply) -> Call {
        match reply {
            Reply::Ok => {
                self.locked = Locked::Yes;
                self.ask_versions()
            }
            Reply::Busy(holder) if self.waits < PATIENCE => {
                let ms = self.jitter.pause(self.waits);
                self.waits += 1;
                self.state = State::Waiting;
                Call::Wait { ms, holder }
            }
            other => self.abort(&other),
        }
    }

    /// Only now that nobody else may deploy: what was planned against must still be there.
    fn ask_versions(&mut self) -> Call {
        let ids: Vec<String> = self.todo.iter().filter_map(Change::blueprint).cloned().collect();
        if ids.is_empty() {
            return self.keep();
        }
        self.state = State::Reading;
        Call::Read(ids)
    }

    fn read(&mut self, reply: Reply) -> Call {
        let Reply::Versions(now) = reply else { return self.abort(&reply) };
        let moved = |change: &&Change| {
            change.blueprint().is_some_and(|id| now.get(id).copied().flatten() != change.version())
        };
        let moved: Vec<ItemId> =
            self.todo.iter().filter(moved).flat_map(|it| it.items.iter().map(|it| it.0.clone())).collect();
        if moved.is_empty() {
            return self.keep();
        }
        self.outcomes.extend(moved.into_iter().map(|it| (it, Outcome::Refused(Seen::Unknown))));
        self.end(Outcome::Skipped)
    }

    /// What the world is about to lose is kept before it does. Only now, when it is certain that the
    /// push goes ahead: a refused one must not leave copies of what is still in the world.
    fn keep(&mut self) -> Call {
        let loser = |it: &Step| {
            let held = it.expect?;
            Some(Loser { item: it.item.clone(), held, keep: it.keep, won: it.put })
        };
        let live = self.action.steps.iter().filter(|it| !self.outcomes.contains_key(&it.item));
        let losers: Vec<Loser> = live.filter_map(loser).collect();
        if losers.is_empty() {
            return self.change();
        }
        self.state = State::Keeping;
        Call::Keep(losers)
    }

    fn change(&mut self) -> Call {
        let Some(change) = self.todo.first() else { return self.end(Outcome::Skipped) };
        self.state = State::Changing;
        change.call()
    }

    fn changed(&mut self, reply: Reply) -> Call {
        if self.todo.is_empty() {
            return self.end(Outcome::Skipped);
        }
        let change = self.todo.remove(0);
        match reply {
            Reply::Wrote { version, displaced } => {
                self.conclude(&change, &Outcome::Done);
                self.versions.extend(change.blueprint().map(|id| (id.clone(), version)));
                self.file(&change, displaced)
            }
            Reply::Refused(seen) => {
                self.conclude(&change, &Outcome::Refused(seen));
                self.change()
            }
            Reply::Mismatch => {
                self.conclude(&change, &Outcome::Refused(Seen::Unknown));
                self.end(Outcome::Skipped)
            }
            other => {
                self.conclude(&change, &Outcome::Failed(failure(&other)));
                self.end(Outcome::Failed(failure(&other)))
            }
        }
    }

    fn conclude(&mut self, change: &Change, outcome: &Outcome) {
        self.outcomes.extend(change.items.iter().map(|it| (it.0.clone(), outcome.clone())));
    }

    /// Where the world checks no precondition, what was displaced can only be looked at now.
    fn file(&mut self, change: &Change, displaced: Vec<(ItemId, Digest)>) -> Call {
        let expect =
            |item: &ItemId| self.action.steps.iter().find(|it| it.item == *item).and_then(|it| it.expect);
        let put = |item: &ItemId| change.items.iter().find(|it| it.0 == *item).and_then(|it| it.1);
        let losers: Vec<Loser> = displaced
            .into_iter()
            .filter(|(item, held)| expect(item) != Some(*held) && put(item) != Some(*held))
            .map(|(item, held)| Loser { won: put(&item), item, held, keep: Keep::Conflict })
            .collect();
        if losers.is_empty() {
            return self.change();
        }
        self.state = State::Filing;
        Call::Keep(losers)
    }
}

fn failure(reply: &Reply) -> Failure {
    let (message, retry) = match reply {
        Reply::Failed(why) => return why.clone(),
        Reply::Busy(holder) => (format!("the deploy lock is held by {holder}"), Retry::Soon),
        Reply::LockLost => ("the deploy lock was lost".to_owned(), Retry::Soon),
        Reply::Gone => ("the world went away".to_owned(), Retry::Soon),
        other => (format!("the world answered {other:?} out of turn"), Retry::Soon),
    };
    Failure { message, retry }
}

#[cfg(test)]
mod tests;
