//! [`Crew`]: the threads or processes of all apps, as the world knows them: a tick's batches go out together,
//! answers come back in the order of the apps, and who had no turn is told later what it missed.

mod owed;

use std::collections::BTreeMap;
use std::sync::Arc;

use owed::{Added, Owed};

use super::pool::{Came, Ending, Pool, Task};
use super::process::{self, Letter, Processes};
use super::rota::{Need, Wait};
use super::worker::Threads;
use super::{Batch, Language, Limits, Number, Reply, Source, Work};
use crate::limits::Isolation;
use crate::script_worker;

/// What came back for one app.
pub(crate) enum Returned {
    /// An answer.
    Done(Reply),
    /// None. Every instance it had is lost.
    Lost(Lost),
    /// It had no turn for so long that not all it should have heard is kept for it.
    Missed,
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

/// Which worker: one per script root, and another if its language changes.
pub(crate) type Seat = (String, Language);

/// A batch on its way, and the world it is about.
pub(super) struct Post {
    pub(super) batch: Arc<Batch>,
    pub(super) world: Arc<dyn Source>,
}

pub(crate) struct Crew {
    workers: Workers,
    /// What was to be said in ticks in which an app had no turn.
    owed: BTreeMap<Seat, Owed>,
}

enum Workers {
    Threads(Pool<Threads>),
    Processes(Pool<Processes>),
}

type Answers = BTreeMap<Seat, Came<Reply>>;

impl Crew {
    pub(crate) fn new(limits: Limits) -> Crew {
        let workers = match limits.isolation {
            Isolation::Thread => Workers::Threads(Pool::new(Threads::new(limits), limits)),
            Isolation::Process => {
                let ring = Processes::new(limits, script_worker::arguments(), process::told);
                Workers::Processes(Pool::new(ring, limits))
            }
        };
        Crew { workers, owed: BTreeMap::new() }
    }

    /// Runs the batches of all apps side by side and waits as far as `wait` says. What came of them, in
    /// the order of the apps; who is not in it will be told the same later.
    pub(crate) fn run(
        &mut self,
        batches: BTreeMap<Seat, Batch>,
        world: &Arc<dyn Source>,
        wait: Wait,
    ) -> Vec<(Seat, Returned)> {
        let mut returned = BTreeMap::new();
        let mut sent = BTreeMap::new();
        for (seat, batch) in batches {
            let all = match self.owed.remove(&seat) {
                None => Owed::new(batch),
                Some(mut owed) => {
                    if owed.add(batch) == Added::FirstLoss {
                        returned.insert(seat.clone(), Returned::Missed);
                    }
                    owed
                }
            };
            if self.workers.is_busy(&seat) {
                self.owed.insert(seat, all);
            } else {
                let (batch, kept) = all.split();
                sent.insert(seat, (Arc::new(batch), kept));
            }
        }
        let tasks = sent.iter().map(|(seat, (batch, _))| (seat.clone(), task(batch, world))).collect();
        let mut came = self.workers.run(tasks, wait);
        for (seat, (batch, kept)) in sent {
            match came.remove(&seat) {
                Some(came) => drop(returned.insert(seat.clone(), self.returned(&seat, came))),
                // It answers later.
                None if self.workers.is_busy(&seat) => (),
                None => drop(self.owed.insert(seat, Owed::of(Arc::unwrap_or_clone(batch), kept))),
            }
        }
        returned.into_iter().collect()
    }

    /// Listens to those no tick waited for.
    pub(crate) fn listen(&mut self, wait: Wait) {
        match &mut self.workers {
            Workers::Threads(it) => it.listen(wait),
            Workers::Processes(it) => it.listen(wait),
        }
    }

    /// What has come of one batch that no tick waited for.
    pub(crate) fn next_late(&mut self) -> Option<(Seat, Returned)> {
        let (seat, came) = self.workers.next_late()?;
        let returned = self.returned(&seat, came);
        Some((seat, returned))
    }

    /// Nobody of an app is alive any more who could be told what it missed.
    pub(crate) fn owe_nothing(&mut self, seat: &Seat) {
        self.owed.remove(seat);
    }

    /// Whether an app has not answered yet or was not told all: what is only for one of its instances can
    /// wait where it is.
    pub(crate) fn is_behind(&self, seat: &Seat) -> bool {
        self.owed.contains_key(seat) || self.workers.is_busy(seat)
    }

    /// How many are at work on batches no tick waits for.
    #[cfg(test)]
    pub(crate) fn at_work(&self) -> usize {
        match &self.workers {
            Workers::Threads(it) => it.count(),
            Workers::Processes(it) => it.count(),
        }
    }

    fn returned(&mut self, seat: &Seat, came: Came<Reply>) -> Returned {
        match came {
            Came::Reply(reply) => Returned::Done(reply),
            Came::Ended { ending, culprit } => {
                // It was for those who are gone; who starts again does so from the beginning.
                self.owed.remove(seat);
                Returned::Lost(named(ending, culprit))
            }
        }
    }

    /// Lets the threads and processes go of apps that have no instance any more.
    pub(crate) fn retain(&mut self, used: impl Fn(&Seat) -> bool) {
        self.owed.retain(|seat, _| used(seat));
        match &mut self.workers {
            Workers::Threads(it) => it.retain(used),
            Workers::Processes(it) => it.retain(used),
        }
    }
}

impl Workers {
    fn is_busy(&self, seat: &Seat) -> bool {
        match self {
            Workers::Threads(it) => it.is_busy(seat),
            Workers::Processes(it) => it.is_busy(seat),
        }
    }

    fn run(&mut self, tasks: BTreeMap<Seat, Task<Post>>, wait: Wait) -> Answers {
        match self {
            Workers::Threads(it) => it.run(tasks, wait),
            Workers::Processes(it) => {
                let came = it.run(tasks.into_iter().map(|(seat, it)| (seat, sealed(it))).collect(), wait);
                came.into_iter()
                    .map(|(seat, came)| {
                        let came = read(it, &seat, came);
                        (seat, came)
                    })
                    .collect()
            }
        }
    }

    fn next_late(&mut self) -> Option<(Seat, Came<Reply>)> {
        match self {
            Workers::Threads(it) => it.next_late(),
            Workers::Processes(it) => {
                let (seat, came) = it.next_late()?;
                let came = read(it, &seat, came);
                Some((seat, came))
            }
        }
    }
}

fn sealed(Task { letter, starts, need }: Task<Post>) -> Task<Box<dyn Letter>> {
    Task { letter: Box::new(letter), starts, need }
}

/// What a process answered. One that says what no engine of ours says is let go.
fn read(pool: &mut Pool<Processes>, seat: &Seat, came: Came<Vec<u8>>) -> Came<Reply> {
    match came {
        Came::Ended { ending, culprit } => Came::Ended { ending, culprit },
        Came::Reply(bytes) => process::reply(&bytes).map(Came::Reply).unwrap_or_else(|| {
            pool.dismiss(seat);
            Came::Ended { ending: Ending::Failed("its answer means nothing".to_owned()), culprit: None }
        }),
    }
}

fn task(batch: &Arc<Batch>, world: &Arc<dyn Source>) -> Task<Post> {
    let starts = batch.jobs.iter().map(|job| match &job.work {
        Work::Build { .. } => 1,
        Work::Reload { renewals, .. } => renewals.len(),
        Work::Stop | Work::Hear(_) | Work::Run { .. } => 0,
    });
    // A system is waited for by the others of its phase; what ends is said before its nodes are gone.
    let now = batch.jobs.iter().any(|it| matches!(it.work, Work::Run { .. } | Work::Stop));
    Task {
        letter: Post { batch: Arc::clone(batch), world: Arc::clone(world) },
        starts: u32::try_from(starts.sum::<usize>()).unwrap_or(u32::MAX),
        need: if now { Need::Now } else { Need::CanWait },
    }
}

fn named(ending: Ending, culprit: Option<Number>) -> Lost {
    let (code, detail) = match ending {
        Ending::Hung => ("script_hung", String::new()),
        Ending::Time => ("script_killed", String::new()),
        Ending::Memory => ("script_memory_killed", String::new()),
        Ending::Failed(how) => ("script_engine_failed", how),
        Ending::NotStarted(why) => ("script_process_missing", why),
    };
    Lost { culprit, code, detail }
}
