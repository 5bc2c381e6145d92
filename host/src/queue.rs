//! The queue of changes to definitions: tickets, what becomes of each, and which rejections nobody has
//! read yet. Values only: `mutations.rs` is the thread that owns one, asks the world, and writes.
//!
//! Start with [`judge`]: what a batch of tickets does, each after those before it. A ticket is applied
//! whole or not at all, and one that is not hurts no other.

use std::collections::{BTreeSet, VecDeque};

use bowline_runtime::ecs::Ecs;
use bowline_schema::Snapshot;
use bowline_schema::change::{self, Broken, Plan, Rule, Verdict, WorldFacts};
use bowline_store::{Change, Slug};
use serde::Serialize;
use serde_json::{Value, json};

use crate::records::{Records, Touched};

/// Tickets that may wait.
pub const WAITING_MAX: usize = 1024;
/// Settled tickets that are remembered.
pub const SETTLED_MAX: usize = 256;
/// Rejections that wait to be read; beyond, the oldest is forgotten and counted.
pub const REJECTIONS_MAX: usize = 1024;

/// One record to be put or removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Its name.
    pub slug: Slug,
    /// The definition; `None` removes it.
    pub payload: Option<Value>,
    /// What must be there for any of the mutation to happen.
    pub expect: Expect,
}

/// A precondition on the record that is there now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Expect {
    /// None.
    #[default]
    Anything,
    /// There is no such record.
    Nothing,
    /// It has this checksum.
    Checksum(String),
}

/// What became of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done, durable, and seen by the world.
    Applied,
    /// Not looked at yet.
    Queued,
    /// It would lose or reinterpret something that exists. Nothing happened.
    RequiresReset,
    /// It is wrong in itself. Nothing happened.
    Rejected,
    /// Another record was there than it expected. Nothing happened.
    Mismatch,
}

impl Outcome {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::Queued => "queued",
            Outcome::RequiresReset => "requires_reset",
            Outcome::Rejected => "rejected",
            Outcome::Mismatch => "mismatch",
        }
    }
}

/// Who would notice a change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Affected {
    /// How many living entities have what changes.
    pub entities: u64,
    /// The lines of scripts that use what is taken away.
    pub scripts: Vec<Value>,
    /// The profiles that list a component that changes.
    pub profiles: Vec<String>,
}

/// A ticket's answer, as JSON has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settled {
    /// Its number; 0 for a question that was no ticket.
    pub ticket: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// All differences, by rule.
    pub changes: Vec<change::Change>,
    /// Why it was not applied, a sentence each.
    pub reasons: Vec<String>,
    /// Who would notice.
    pub affected: Affected,
    /// The next step, if it was not applied.
    pub how_to_reset: Option<String>,
    /// How a world could be brought over it, if it needs a reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// How many ticks the world had made when it was settled: for one that was applied, it came
    /// between this tick and the next.
    pub tick: u64,
    /// Of the snapshot that then counts.
    pub hash: String,
    /// The records it names, as they then are.
    pub records: Vec<Touched>,
    /// What it would have taken away.
    #[serde(skip)]
    pub broken: Vec<Broken>,
}

/// A ticket that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Its number, from 1.
    pub ticket: u64,
    /// What is asked for.
    pub edits: Vec<Edit>,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    last: u64,
    waiting: VecDeque<Waiting>,
    settled: VecDeque<Settled>,
    rejections: VecDeque<Value>,
    counts: Counts,
}

/// Since the world was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Tickets that were applied.
    pub applied: u64,
    /// Tickets that were not.
    pub refused: u64,
    /// Rejections that were forgotten before anybody read them.
    pub forgotten: u64,
}

/// Too many tickets wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{WAITING_MAX} changes wait already")]
pub struct Full;

impl Queue {
    /// Puts a mutation behind those that wait; the number of its ticket.
    ///
    /// # Errors
    /// If too many wait.
    pub fn post(&mut self, edits: Vec<Edit>) -> Result<u64, Full> {
        if self.waiting.len() >= WAITING_MAX {
            return Err(Full);
        }
        self.last += 1;
        self.waiting.push_back(Waiting { ticket: self.last, edits });
        Ok(self.last)
    }

    /// All that wait, in the order they came. They go on waiting until they are settled.
    #[must_use]
    pub fn batch(&self) -> Vec<Waiting> {
        self.waiting.iter().cloned().collect()
    }

    /// A ticket has its answer.
    pub fn settle(&mut self, answer: Settled) {
        self.waiting.retain(|it| it.ticket != answer.ticket);
        if answer.outcome == Outcome::Applied {
            self.counts.applied += 1;
        } else {
            self.counts.refused += 1;
            push(&mut self.rejections, json!(answer), REJECTIONS_MAX, &mut self.counts.forgotten);
        }
        push(&mut self.settled, answer, SETTLED_MAX, &mut 0);
    }

    /// What became of a ticket; `None` if it waits, or was settled long ago.
    #[must_use]
    pub fn answer(&self, ticket: u64) -> Option<&Settled> {
        self.settled.iter().find(|it| it.ticket == ticket)
    }

    /// `{tickets, applied, refused, forgotten}`: those that wait, then the last that were settled, by
    /// number.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let settled = self.settled.iter().map(|it| {
            let slugs: Vec<&Slug> = it.records.iter().map(|it| &it.slug).collect();
            json!({"ticket": it.ticket, "outcome": it.outcome.name(), "records": slugs, "tick": it.tick})
        });
        let waiting = self.waiting.iter().map(|it| {
            let slugs: Vec<&Slug> = it.edits.iter().map(|it| &it.slug).collect();
            json!({"ticket": it.ticket, "outcome": Outcome::Queued.name(), "records": slugs, "tick": null})
        });
        let tickets: Vec<Value> = settled.chain(waiting).collect();
        let mut json = json!({ "tickets": tickets });
        if let (Some(json), Value::Object(counts)) = (json.as_object_mut(), json!(self.counts)) {
            json.extend(counts);
        }
        json
    }

    /// The answers of tickets that were not applied and that nobody has taken yet, oldest first.
    #[must_use]
    pub fn rejections(&self) -> Vec<Value> {
        self.rejections.iter().cloned().collect()
    }

    /// The same, each for the last time.
    pub fn drain(&mut self) -> Vec<Value> {
        self.rejections.drain(..).collect()
    }
}

fn push<T>(ring: &mut VecDeque<T>, item: T, most: usize, forgotten: &mut u64) {
    ring.push_back(item);
    if ring.len() > most {
        ring.pop_front();
        *forgotten += 1;
    }
}

/// What has to be known of a living world, at one moment.
pub trait Facts {
    /// What exists, measured against a change of definitions.
    fn measure(&self, old: &Snapshot, new: &Snapshot) -> WorldFacts;

    /// Whether a change with this verdict can be made.
    fn takes(&self, verdict: change::Outcome) -> bool {
        verdict == change::Outcome::Applied
    }
}

/// A world that is stopped, whose owner has decided that something may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stopped;

impl Facts for Stopped {
    fn measure(&self, _old: &Snapshot, _new: &Snapshot) -> WorldFacts {
        WorldFacts::default()
    }

    fn takes(&self, verdict: change::Outcome) -> bool {
        verdict != change::Outcome::Rejected
    }
}

/// A world in which nothing lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nobody;

impl Facts for Nobody {
    fn measure(&self, _old: &Snapshot, _new: &Snapshot) -> WorldFacts {
        WorldFacts::default()
    }
}

impl Facts for Ecs {
    fn measure(&self, _old: &Snapshot, new: &Snapshot) -> WorldFacts {
        self.facts(new)
    }
}

/// What a batch comes to. The tick of the answers, and the hash of those that are applied, are filled
/// in when it is done.
#[derive(Debug, Clone)]
pub struct Judged {
    /// All records, after.
    pub records: Records,
    /// What has to be durable first.
    pub changes: Vec<Change>,
    /// An answer per ticket, in order.
    pub answers: Vec<Settled>,
    /// Every record that an applied ticket named, as it is after all of them.
    pub touched: Vec<Touched>,
}

/// Judges the tickets of `batch` in order, each as if those before it were done, at `now` (RFC 3339).
/// `facts` are of the world as it is, before any of them.
#[must_use]
pub fn judge(current: &Records, batch: &[Waiting], facts: &dyn Facts, now: &str) -> Judged {
    let mut judged = Judged {
        records: current.clone(),
        changes: Vec::new(),
        answers: Vec::with_capacity(batch.len()),
        touched: Vec::new(),
    };
    let world = &current.meaning().snapshot;
    for Waiting { ticket, edits } in batch {
        let (mut answer, changed) = judge_one(&judged.records, edits, (world, facts), now);
        answer.ticket = *ticket;
        judged.answers.push(answer);
        if let Some((records, changes, touched)) = changed {
            judged.records = records;
            judged.changes.extend(changes);
            judged.touched.retain(|it| touched.iter().all(|now| now.slug != it.slug));
            judged.touched.extend(touched);
        }
    }
    judged
}

type Changed = (Records, Vec<Change>, Vec<Touched>);

fn judge_one(
    before: &Records,
    edits: &[Edit],
    (world, facts): (&Snapshot, &dyn Facts),
    now: &str,
) -> (Settled, Option<Changed>) {
    let hash = before.meaning().snapshot.hash().to_string();
    let mismatches = before.mismatches(edits);
    if !mismatches.is_empty() {
        let reason = |it: &Touched| match &it.checksum {
            Some(checksum) => format!("{}: is {checksum} now", it.slug),
            None => format!("{}: is not there now", it.slug),
        };
        let reasons = mismatches.iter().map(reason).collect();
        return (answer(Outcome::Mismatch, reasons, mismatches, hash), None);
    }
    let edited = match before.edited(edits, now) {
        Ok(edited) => edited,
        Err(reasons) => return (answer(Outcome::Rejected, reasons, Vec::new(), hash), None),
    };
    let (old, new) = (before.meaning(), edited.records.meaning());
    let verdict = change::judge(old, new, &facts.measure(world, &new.snapshot));
    let affected = Affected {
        entities: verdict.entities,
        scripts: Vec::new(),
        profiles: profiles(&old.snapshot, &verdict),
    };
    let outcome = match verdict.outcome {
        it if facts.takes(it) => Outcome::Applied,
        change::Outcome::Applied => Outcome::Applied,
        change::Outcome::RequiresReset => Outcome::RequiresReset,
        change::Outcome::Rejected => Outcome::Rejected,
    };
    let applied = outcome == Outcome::Applied;
    let after = if applied { &edited.records } else { before };
    let touched = edits.iter().map(|it| &it.slug).collect::<BTreeSet<_>>();
    let touched: Vec<Touched> = touched.into_iter().map(|it| after.touched(it)).collect();
    let needs_reset = outcome == Outcome::RequiresReset;
    let settled = Settled {
        plan: needs_reset.then(|| change::plan(&old.snapshot, &new.snapshot, &verdict)),
        broken: verdict.broken(),
        changes: verdict.changes,
        affected,
        how_to_reset: verdict.how_to_reset.filter(|_| !applied),
        ..answer(outcome, verdict.reasons, touched.clone(), after.meaning().snapshot.hash().to_string())
    };
    (settled, applied.then_some((edited.records, edited.changes, touched)))
}

fn answer(outcome: Outcome, reasons: Vec<String>, records: Vec<Touched>, hash: String) -> Settled {
    let (changes, affected, how_to_reset) = (Vec::new(), Affected::default(), None);
    let (plan, broken) = (None, Vec::new());
    Settled {
        ticket: 0,
        outcome,
        changes,
        reasons,
        affected,
        how_to_reset,
        plan,
        tick: 0,
        hash,
        records,
        broken,
    }
}

/// The profiles that list a component that changes.
fn profiles(old: &Snapshot, verdict: &Verdict) -> Vec<String> {
    let own = |it: &&change::Change| it.rule != Rule::ChangeProfile;
    let names: BTreeSet<&str> = verdict.changes.iter().filter(own).map(|it| component(&it.path)).collect();
    let lists = old.profiles().iter().filter(|it| it.components.iter().any(|it| names.contains(it.as_str())));
    lists.map(|it| it.name().to_owned()).collect()
}

/// `door` of `door.hinge.angle`.
fn component(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
