//! The micro-operations of [`apply::Call`] on the records of a world in memory. The world judges
//! records together, others edit in between, answers get lost, and a change may be made long after
//! whoever asked for it has stopped waiting.

use std::collections::BTreeSet;

use bowline_model::Digest;

use super::Job;
use crate::engine::{Action, Failure, Outcome, Retry};
use crate::job::apply::{ApplyJob, Call, Reply};
use crate::job::send::Loser;
use crate::plan::{Keep, Step};
use crate::sighting::{Millis, Seen};
use crate::sim::Ablation;
use crate::sim::scene::{Cast, Mood, Scene};
use crate::sim::world::Ticket;

/// A push of records and its next call.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Applying {
    job: ApplyJob,
    call: Call,
    /// Put under `.conflicts` by this push.
    kept: BTreeSet<Digest>,
}

/// How far one call brought a push.
pub(super) enum Progress {
    /// The process died in it.
    Died,
    /// It goes on.
    On,
    /// It is over.
    Over(Vec<(bowline_model::ItemId, Outcome)>),
}

pub(super) fn apply_job(action: &Action) -> Job {
    let mut job = ApplyJob::new(action.clone());
    let call = job.next(Reply::Start);
    Job::Apply(Applying { job, call, kept: BTreeSet::new() })
}

impl Scene {
    /// One call of a push of records.
    pub(super) fn apply_step(&mut self, who: usize, applying: &mut Applying) -> Progress {
        let todo = std::mem::replace(&mut applying.call, Call::Withdraw);
        if let Call::Finish(outcomes) = todo {
            return Progress::Over(outcomes);
        }
        let Some(reply) = self.apply_call(who, applying, &todo) else { return Progress::Died };
        self.note(|| format!("daemon {who}: {todo:?} = {reply:?}"));
        applying.call = applying.job.next(reply);
        Progress::On
    }

    fn apply_call(&mut self, who: usize, applying: &mut Applying, call: &Call) -> Option<Reply> {
        Some(match call {
            Call::Park(wanted) => Reply::Parked(self.park_sources(who, wanted)),
            Call::Keep(losers) => return self.keep_records(who, applying, losers),
            Call::Withdraw => {
                let kept = std::mem::take(&mut applying.kept);
                self.daemons[who].folder.conflicts.retain(|it| !kept.contains(it));
                Reply::Ok
            }
            Call::Check(_) if !self.reaches_world(who) => Reply::Failed(failure("no answer", Retry::Soon)),
            Call::Check(steps) => self.verdict(steps).map_or(Reply::Ok, Reply::Refused),
            Call::Apply(_) if !self.reaches_world(who) => Reply::Gone,
            Call::Apply(steps) => self.apply_records(who, steps),
            Call::Finish(_) => Reply::Ok,
        })
    }

    fn reaches_world(&mut self, who: usize) -> bool {
        if self.chaos(1) {
            self.disconnect(who);
        }
        self.daemons[who].connected
    }

    /// The copies are made from what was fetched when this was planned: nothing to download.
    fn keep_records(&mut self, who: usize, applying: &mut Applying, losers: &[Loser]) -> Option<Reply> {
        for loser in losers {
            if self.chaos(1) {
                return Some(Reply::Failed(failure("disk full", Retry::Soon)));
            }
            let folder = &mut self.daemons[who].folder;
            folder.objects.insert(loser.held);
            if loser.keep == Keep::Conflict && folder.conflicts.insert(loser.held) {
                applying.kept.insert(loser.held);
            }
            if self.dies(who, None) {
                return None;
            }
        }
        Some(Reply::Ok)
    }

    /// What the world has against these, all at once. Once edits have stopped it has nothing against
    /// anything: what it refuses for good would keep the two sides apart for good.
    fn verdict(&mut self, steps: &[Step]) -> Option<Failure> {
        let refused = self.mood == Mood::Chaos
            && self.world.refuses(&steps.iter().map(|it| (it.item.clone(), it.put)).collect());
        self.counts.verdicts += u64::from(refused);
        refused.then(|| failure("requires a reset", Retry::WhenChanged))
    }

    fn apply_records(&mut self, who: usize, steps: &[Step]) -> Reply {
        // Somebody else's change is before ours in the queue.
        if self.cast == Cast::Everybody
            && self.chaos(10)
            && let Some(step) = self.random.pick(steps)
        {
            let fresh = self.contents.fresh();
            self.admin_puts(&step.item, Some(fresh));
        }
        if self.chaos(3) {
            let due = self.now + self.random.below(4_000) as Millis;
            self.world.tickets.push(Ticket { steps: steps.to_vec(), due });
            return Reply::Gone;
        }
        let reply = self.change_records(steps);
        if self.chaos(4) {
            self.disconnect(who);
            return Reply::Gone;
        }
        reply
    }

    /// All or nothing, provided each is what its step expects.
    fn change_records(&mut self, steps: &[Step]) -> Reply {
        let other: Vec<_> =
            steps.iter().map(|it| (it, self.world.held(&it.item))).filter(|it| it.1 != it.0.expect).collect();
        let other: Vec<_> = other.into_iter().map(|it| (it.0.item.clone(), Seen::from(it.1))).collect();
        if !other.is_empty() && self.ablation != Ablation::ApplyBlind {
            self.counts.mismatches += 1;
            return Reply::Mismatch(other);
        }
        if let Some(why) = self.verdict(steps) {
            return Reply::Refused(why);
        }
        let displaced: Vec<Digest> = steps.iter().filter_map(|it| self.world.held(&it.item)).collect();
        self.displace(displaced);
        steps.iter().for_each(|it| self.world.write(&it.item, it.put, self.now));
        self.broadcast(usize::MAX, &bowline_model::Group::Records);
        Reply::Ok
    }

    /// Changes that nobody waits for any more are made when their time comes.
    pub(in crate::sim) fn work_off_queue(&mut self) {
        let (due, later) = std::mem::take(&mut self.world.tickets)
            .into_iter()
            .partition(|it| it.due <= self.now || self.mood == Mood::Calm);
        self.world.tickets = later;
        let due: Vec<Ticket> = due;
        for ticket in due {
            let reply = self.change_records(&ticket.steps);
            self.note(|| format!("world: late {:?} = {reply:?}", ticket.steps));
        }
    }
}

fn failure(message: &str, retry: Retry) -> Failure {
    Failure { message: message.to_owned(), retry }
}
