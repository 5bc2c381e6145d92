//! The shell around an engine: looks, actions under way, crashes. What a real daemon does with
//! tasks and channels, one step at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bowline_model::{Digest, Group, ItemId, ProjectPath, blueprint};

use crate::engine::{Action, Blueprints, Effect, Engine, Event, Look, Outcome, Scope, Setup};
use crate::job::send::{self, SendJob};
use crate::job::write::{self, WriteJob};
use crate::plan::{Agreed, Step};
use crate::sighting::{Direction, Held, Millis, Seen, Side, Sighting};
use crate::sim::Ablation;
use crate::sim::content::file_of;
use crate::sim::folder::Folder;
use crate::sim::scene::{Cast, Mood, Scene};
use crate::sim::world::blueprint_of;
use crate::winner::Policy;

mod apply_shell;
mod read;
mod send_shell;
mod write_shell;

use apply_shell::{Applying, Progress, apply_job};

/// A job and its next call.
#[derive(Debug, Clone)]
pub(super) enum Job {
    Write(WriteJob, write::Call),
    Send(SendJob, send::Call),
    Apply(Applying),
}

/// An action under way.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) action: Action,
    pub(super) job: Job,
    pub(super) busy_until: Millis,
    /// Outcomes that were clear before the job began (entities that had changed in the file).
    pub(super) early: Vec<(ItemId, Outcome)>,
    /// What the world held beside the steps when this was planned.
    pub(super) planned: BTreeMap<ItemId, Held>,
    /// What the world was taken to hold then.
    pub(super) expected: BTreeMap<ItemId, Held>,
    /// Displaced without a precondition and not filed yet.
    pub(super) at_risk: BTreeSet<Digest>,
}

pub(super) struct Daemon {
    pub(super) folder: Folder,
    pub(super) engine: Engine,
    pub(super) runs: BTreeMap<u64, Run>,
    /// Per side: begun and not delivered.
    pub(super) looks: [VecDeque<Event>; 2],
    /// Paths that watcher events named.
    pub(super) dirty: Vec<ProjectPath>,
    /// An app folder that its user holds in the hand.
    pub(super) away: Vec<(ProjectPath, Digest)>,
    /// When the engine wants to be told the time.
    pub(super) timers: Vec<Millis>,
    pub(super) connected: bool,
    /// Grows with every restart.
    pub(super) life: u64,
    pub(super) late_looks: u64,
    policy: Policy,
}

impl Daemon {
    pub(super) fn new(policy: Policy, now: Millis, seed: u64) -> Daemon {
        Daemon {
            folder: Folder::default(),
            engine: Engine::new(BTreeMap::new(), Setup { policy, now, seed }),
            runs: BTreeMap::new(),
            looks: [VecDeque::new(), VecDeque::new()],
            dirty: Vec::new(),
            away: Vec::new(),
            timers: Vec::new(),
            connected: true,
            life: 0,
            late_looks: 0,
            policy,
        }
    }
}

impl Scene {
    pub(super) fn tell(&mut self, who: usize, event: Event) {
        let effects = self.daemons[who].engine.on(event);
        for effect in effects {
            self.perform(who, effect);
        }
    }

    fn perform(&mut self, who: usize, effect: Effect) {
        match effect {
            Effect::Run(action) => self.launch(who, action),
            Effect::Agreed(rows) => self.write_base(who, rows),
            Effect::Conflict(it) => {
                self.counts.conflicts += 1;
                self.note(|| format!("daemon {who}: {it:?}"));
            }
            Effect::Look { side, group } => {
                self.daemons[who].late_looks += 1;
                let items = self.items.iter().filter(|it| it.group() == group).cloned().collect();
                self.begin_look(who, side, Some(items));
            }
            Effect::RetryAfter { ms, .. } => self.daemons[who].timers.push(self.now + ms),
            Effect::WorldForgot { .. }
            | Effect::Held { .. }
            | Effect::Freed { .. }
            | Effect::Failed { .. } => {
                self.note(|| format!("daemon {who}: {effect:?}"));
            }
        }
    }

    fn write_base(&mut self, who: usize, rows: Vec<(ItemId, Option<Agreed>)>) {
        self.note(|| format!("daemon {who}: agreed {rows:?}"));
        for (item, agreed) in rows {
            self.check.agreed.extend(agreed.map(|it| it.held));
            let base = &mut self.daemons[who].folder.base;
            match agreed {
                Some(agreed) => base.insert(item, agreed),
                None => base.remove(&item),
            };
        }
    }

    fn launch(&mut self, who: usize, action: Action) {
        self.note(|| format!("daemon {who}: run {action:?}"));
        let alone = self.daemons[who].runs.values().all(|it| it.action.group != action.group);
        self.check.that(alone, || format!("two actions of {} at once", action.group));
        let deletes_unknown = |it: &Step| it.put.is_none() && it.base.is_none() && !it.item.is_shared();
        let careful = !action.steps.iter().any(deletes_unknown);
        self.check.that(careful, || format!("P11 deletes at first contact: {action:?}"));
        let (job, early) = match action.direction {
            Direction::ToDisk => self.write_job(who, &action),
            Direction::ToWorld if action.group == Group::Records => (apply_job(&action), Vec::new()),
            Direction::ToWorld => {
                let mut job = SendJob::new(action.clone(), self.random.draw());
                let call = job.next(send::Reply::Start);
                (Job::Send(job, call), Vec::new())
            }
        };
        let expected = self.expected(who, &action);
        let mut planned = expected.clone();
        planned.extend(action.steps.iter().map(|it| (it.item.clone(), it.put)));
        let run = Run {
            busy_until: self.now,
            job,
            early,
            planned,
            expected,
            at_risk: BTreeSet::new(),
            action: action.clone(),
        };
        self.daemons[who].runs.insert(action.id, run);
    }

    /// The world as the engine takes it to be.
    fn expected(&self, who: usize, action: &Action) -> BTreeMap<ItemId, Held> {
        let engine = &self.daemons[who].engine;
        let held = |item: &ItemId| engine.explain(item).and_then(|it| it.row.world.seen.held()).flatten();
        let items = self.items.iter().filter(|it| it.group() == action.group);
        items.map(|it| (it.clone(), held(it))).collect()
    }

    /// One micro-operation of one action.
    pub(super) fn work(&mut self, who: usize) {
        let ready: Vec<u64> = self.daemons[who]
            .runs
            .iter()
            .filter(|(_, it)| it.busy_until <= self.now)
            .map(|(id, _)| *id)
            .collect();
        let Some(id) = self.random.pick(&ready).copied() else { return };
        let Some(mut run) = self.daemons[who].runs.remove(&id) else { return };
        self.counts.calls += 1;
        let finished = match &mut run.job {
            Job::Write(job, call) => match std::mem::replace(call, write::Call::Fetch(Vec::new())) {
                write::Call::Finish(outcomes) => {
                    let outcomes = self.items_of(&run.action, run.early.clone(), outcomes);
                    Some((outcomes, BTreeMap::new()))
                }
                todo => {
                    let Some(reply) = self.write_call(who, id, &todo) else { return };
                    self.note(|| format!("daemon {who}: {todo:?} = {reply:?}"));
                    *call = job.next(reply);
                    None
                }
            },
            Job::Send(..) => self.send_step(who, id, &mut run),
            Job::Apply(applying) => match self.apply_step(who, applying) {
                Progress::Died => return,
                Progress::On => None,
                Progress::Over(outcomes) => Some((outcomes, BTreeMap::new())),
            },
        };
        match finished {
            None => {
                self.daemons[who].runs.insert(id, run);
            }
            Some((outcomes, versions)) => {
                let all = outcomes.len() == run.action.steps.len();
                self.check.that(all, || format!("not every step has an outcome: {outcomes:?}"));
                self.finish(who, id, outcomes, versions);
            }
        }
    }

    fn finish(
        &mut self,
        who: usize,
        action: u64,
        outcomes: Vec<(ItemId, Outcome)>,
        versions: BTreeMap<String, Option<u64>>,
    ) {
        self.note(|| format!("daemon {who}: finished {action} {outcomes:?} {versions:?}"));
        self.counts.actions += 1;
        let refused = |it: &&(ItemId, Outcome)| matches!(it.1, Outcome::Refused(_) | Outcome::Stale(_));
        self.counts.refused += outcomes.iter().filter(refused).count() as u64;
        self.tell(who, Event::Finished { action, outcomes, versions });
    }

    /// Looks at the items of the files that events named.
    pub(super) fn look_where_events_point(&mut self, who: usize) {
        let dirty = std::mem::take(&mut self.daemons[who].dirty);
        // An index.js decides whether the shared module is one of its app's.
        let items = self.items.iter().filter(|it| dirty.contains(&file_of(it)) || it.is_shared());
        let items: Vec<ItemId> = items.cloned().collect();
        self.begin_look(who, Side::Disk, Some(items));
    }

    /// Takes a look now; it arrives later. `None` looks at everything.
    pub(super) fn begin_look(&mut self, who: usize, side: Side, items: Option<Vec<ItemId>>) {
        if side == Side::World && !self.daemons[who].connected {
            return;
        }
        let scope = if items.is_none() { Scope::Whole } else { Scope::Partial };
        let mut sightings = BTreeMap::new();
        for item in items.unwrap_or_else(|| self.items.clone()) {
            let sighting = match side {
                Side::Disk if self.chaos(2) => Sighting::of(Seen::Unknown),
                Side::Disk => self.daemons[who].folder.sight(&item, &self.contents),
                Side::World => self.world.sight(&item),
            };
            if scope == Scope::Partial || sighting.seen != Seen::Absent {
                sightings.insert(item, sighting);
            }
        }
        let versions = self.versions_of(&sightings, scope);
        let look = Look { sightings, scope, as_of: self.daemons[who].engine.stamp() };
        let event = match side {
            Side::Disk => Event::Disk(look),
            Side::World => Event::World(look, Blueprints { versions, roots: BTreeMap::new() }),
        };
        self.daemons[who].looks[side as usize].push_back(event);
    }

    fn versions_of(&self, seen: &BTreeMap<ItemId, Sighting>, scope: Scope) -> BTreeMap<String, Option<u64>> {
        let version = |id: &String| self.world.blueprints.get(id).map(|it| it.version);
        let ids: BTreeSet<String> = match scope {
            Scope::Whole => self.world.blueprints.keys().cloned().collect(),
            Scope::Partial => seen.keys().filter_map(blueprint_of).map(str::to_owned).collect(),
        };
        ids.into_iter().map(|it| (it.clone(), version(&it))).collect()
    }

    /// The next look arrives; now and then twice.
    pub(super) fn deliver(&mut self, who: usize, side: Side) {
        let Some(event) = self.daemons[who].looks[side as usize].pop_front() else { return };
        if self.chaos(10) {
            self.tell(who, event.clone());
        }
        self.tell(who, Event::Now(self.now));
        self.note(|| format!("daemon {who}: look at {side:?} {}", read::sightings(&event)));
        self.tell(who, event);
    }

    pub(super) fn disconnect(&mut self, who: usize) {
        if !std::mem::replace(&mut self.daemons[who].connected, false) {
            return;
        }
        self.counts.disconnects += 1;
        self.note(|| format!("daemon {who}: disconnected"));
        self.daemons[who].looks[Side::World as usize].clear();
        self.tell(who, Event::WorldAway);
    }

    pub(super) fn connect(&mut self, who: usize) {
        if std::mem::replace(&mut self.daemons[who].connected, true) {
            return;
        }
        self.note(|| format!("daemon {who}: connected"));
        self.begin_look(who, Side::World, None);
    }

    /// The process dies between two micro-operations and is started again, now and then with a
    /// database that is older, or gone.
    pub(super) fn crash(&mut self, who: usize) {
        self.counts.crashes += 1;
        self.note(|| format!("daemon {who}: crash"));
        let (now, base_of) = (self.now, self.random.below(100));
        let (again, seed) = (self.random.below(4), self.random.draw());
        let daemon = &mut self.daemons[who];
        let at_risk = std::mem::take(&mut daemon.runs).into_values().flat_map(|it| it.at_risk);
        self.check.cut_off.extend(at_risk);
        if self.ablation == Ablation::DeleteStraightToTrash {
            // What is in the trash has no journal entry that could bring it back.
            daemon.folder.staged.retain(|_, it| it.step.put.is_some());
        }
        if self.ablation == Ablation::NoRecovery {
            daemon.folder.staged.clear();
        } else {
            daemon.folder.recover(again);
            daemon.folder.recover(usize::MAX);
        }
        match base_of {
            0..=9 => {
                daemon.folder.base = daemon.folder.old_base.clone();
                self.counts.old_bases += 1;
            }
            10..=14 => {
                daemon.folder.base.clear();
                self.counts.lost_bases += 1;
            }
            _ => (),
        }
        daemon.engine = Engine::new(daemon.folder.base.clone(), Setup { policy: daemon.policy, now, seed });
        daemon.looks = [VecDeque::new(), VecDeque::new()];
        daemon.dirty.clear();
        daemon.timers.clear();
        daemon.life += 1;
        daemon.connected = true;
        self.begin_look(who, Side::Disk, None);
        self.begin_look(who, Side::World, None);
    }

    /// Whether the process dies inside a call that takes several steps.
    fn dies(&mut self, who: usize, run: Option<&Run>) -> bool {
        let dies = self.cast == Cast::Everybody && self.mood == Mood::Chaos && self.random.percent(1);
        if dies {
            self.check.cut_off.extend(run.iter().flat_map(|it| it.at_risk.iter().copied()));
            self.crash(who);
        }
        dies
    }
}

/// The app or, for `world.json`, nothing.
fn scope_of(group: &Group) -> Option<&str> {
    match group {
        Group::App(app) => Some(blueprint::scope_of(app)),
        Group::Layout | Group::Records => None,
    }
}
