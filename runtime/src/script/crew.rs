//! [`Crew`]: the threads or processes of all apps; a tick's batches go out together and come back in
//! order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::process::{Came, Ending, Need, Pool, Post, Task, told};
use super::worker::{NOBODY, Silence, Worker};
use super::{Batch, Language, Limits, Number, Reply, Source, Work};
use crate::limits::Isolation;
use crate::script_worker;

/// What came back for one app.
pub(crate) enum Returned {
    /// An answer.
    Done(Reply),
    /// None. Every instance it had is lost.
    Lost(Lost),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    /// The instance it happened in, if that is known.
    pub(crate) culprit: Option<Number>,
    /// What it is called.
    pub(crate) code: &'static str,
    /// More about it, for people.
    pub(crate) detail: String,
}

/// Which thread: one per script root, and another if its language changes.
pub(crate) type Seat = (String, Language);

pub(crate) struct Crew {
    limits: Limits,
    workers: BTreeMap<Seat, Worker>,
    pool: Option<Pool>,
    /// What was to be said in ticks in which an app had no turn.
    owed: BTreeMap<Seat, Batch>,
}

impl Crew {
    pub(crate) fn new(limits: Limits) -> Crew {
        let pool = match limits.isolation {
            Isolation::Thread => None,
            Isolation::Process => Some(Pool::new(limits, script_worker::arguments())),
        };
        Crew { limits, workers: BTreeMap::new(), pool, owed: BTreeMap::new() }
    }

    /// Runs the batches of all apps side by side. Answers come in the order of `batches`, whichever
    /// was first.
    pub(crate) fn run(
        &mut self,
        batches: BTreeMap<Seat, Batch>,
        world: &Arc<dyn Source>,
    ) -> Vec<(Seat, Returned)> {
        match &mut self.pool {
            None => self.on_threads(batches, world),
            Some(pool) => in_processes(pool, &mut self.owed, (&self.limits, batches, world)),
        }
    }

    fn on_threads(
        &mut self,
        batches: BTreeMap<Seat, Batch>,
        world: &Arc<dyn Source>,
    ) -> Vec<(Seat, Returned)> {
        for seat in batches.keys() {
            if !self.workers.contains_key(seat)
                && let Some(worker) = Worker::start(&seat.0, seat.1, self.limits)
            {
                self.workers.insert(seat.clone(), worker);
            }
        }
        let seats: Vec<Seat> = batches.keys().cloned().collect();
        for (seat, batch) in batches {
            if let Some(worker) = self.workers.get(&seat) {
                worker.send(&Arc::new(batch), world);
            }
        }
        let answer = |it: Seat| (it.clone(), self.await_one(&it));
        seats.into_iter().map(answer).collect()
    }

    fn await_one(&mut self, seat: &Seat) -> Returned {
        let none = (NOBODY, "script_engine_failed");
        let Some(worker) = self.workers.get(seat) else { return lost(none) };
        match worker.answer(self.limits) {
            Ok(reply) => Returned::Done(reply),
            Err(silence) => {
                self.workers.remove(seat);
                lost(match silence {
                    Silence::Hung(culprit) => (culprit, "script_hung"),
                    Silence::Gone(culprit) => (culprit, "script_engine_failed"),
                })
            }
        }
    }

    /// Lets the threads and processes go of apps that have no instance any more.
    pub(crate) fn retain(&mut self, used: impl Fn(&Seat) -> bool) {
        self.workers.retain(|seat, _| used(seat));
        self.owed.retain(|seat, _| used(seat));
        if let Some(pool) = &mut self.pool {
            pool.retain(|it| seat_of(it).is_some_and(|it| used(&it)));
        }
    }
}

fn lost((culprit, code): (Number, &'static str)) -> Returned {
    let culprit = Some(culprit).filter(|it| *it != NOBODY);
    Returned::Lost(Lost { culprit, code, detail: String::new() })
}

fn in_processes(
    pool: &mut Pool,
    owed: &mut BTreeMap<Seat, Batch>,
    (limits, batches, world): (&Limits, BTreeMap<Seat, Batch>, &Arc<dyn Source>),
) -> Vec<(Seat, Returned)> {
    let mut sent = BTreeMap::new();
    let mut tasks = BTreeMap::new();
    for (seat, batch) in batches {
        let batch = Arc::new(match owed.remove(&seat) {
            Some(before) => both(before, batch),
            None => batch,
        });
        tasks.insert(name_of(&seat), task(seat.1, limits, (&batch, world)));
        sent.insert(name_of(&seat), (seat, batch));
    }
    let mut came = pool.run(tasks);
    let mut returned = BTreeMap::new();
    for (name, (seat, batch)) in sent {
        let answer = match came.remove(&name) {
            Some(Came::Reply(bytes)) => super::process::reply(&bytes).map_or_else(nonsense, Returned::Done),
            Some(Came::Ended { ending, culprit }) => Returned::Lost(named(ending, culprit)),
            Some(Came::Waits) | None => {
                owed.insert(seat.clone(), Arc::unwrap_or_clone(batch));
                Returned::Done(Reply::default())
            }
        };
        returned.insert(seat, answer);
    }
    returned.into_iter().collect()
}

fn task(language: Language, limits: &Limits, (batch, world): (&Arc<Batch>, &Arc<dyn Source>)) -> Task {
    let count = |it: fn(&Work) -> usize| batch.jobs.iter().map(|job| it(&job.work)).sum::<usize>();
    let starts = count(|it| match it {
        Work::Build { .. } => 1,
        Work::Reload { renewals, .. } => renewals.len(),
        Work::Stop | Work::Hear(_) | Work::Run { .. } => 0,
    });
    // A system is waited for by the others of its phase; what ends is said before its nodes are gone.
    let now = batch.jobs.iter().any(|it| matches!(it.work, Work::Run { .. } | Work::Stop));
    Task {
        engine: told(language, limits),
        letter: Box::new(Post { batch: Arc::clone(batch), world: Arc::clone(world) }),
        starts: u32::try_from(starts).unwrap_or(u32::MAX),
        need: if now { Need::Now } else { Need::CanWait },
    }
}

/// What was not said in one tick, and what is to be said in the next, as one.
fn both(before: Batch, after: Batch) -> Batch {
    let mut all = before;
    all.now = after.now;
    // Frames that are owed are run with whatever comes next.
    all.span = all.span.max(after.span);
    all.events.extend(after.events);
    all.bundles.extend(after.bundles);
    all.jobs.extend(after.jobs);
    all
}

fn named(ending: Ending, culprit: Option<Number>) -> Lost {
    let (code, detail) = match ending {
        Ending::Time => ("script_killed", String::new()),
        Ending::Memory => ("script_memory_killed", String::new()),
        Ending::Failed(how) => ("script_engine_failed", how),
        Ending::NotStarted(why) => ("script_process_missing", why),
    };
    Lost { culprit, code, detail }
}

/// It answered what no engine of ours says.
fn nonsense() -> Returned {
    Returned::Lost(named(Ending::Failed("its answer means nothing".to_owned()), None))
}

fn name_of((root, language): &Seat) -> String {
    match language {
        Language::JavaScript => format!("js {root}"),
        Language::Luau => format!("luau {root}"),
    }
}

fn seat_of(name: &str) -> Option<Seat> {
    let (language, root) = name.split_once(' ')?;
    let language = if language == "luau" { Language::Luau } else { Language::JavaScript };
    Some((root.to_owned(), language))
}
