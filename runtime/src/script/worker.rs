//! [`Worker`]: an app's thread, seen from the world's side, and [`Pulse`], its signs of life.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;

use super::budget::Budget;
use super::instance::Instance;
use super::{Batch, Limits, Outcome, Reply, ScriptVm, Work};

/// The engine's own limit is 512 kB; compiling and dropping deep values happen on the same thread.
const STACK_BYTES: usize = 8 << 20;

/// After this many graces without an answer an app is hung even if it shows signs of life.
const GRACES_MAX: u32 = 50;

/// What the world can see of a thread that has not answered yet.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    beats: AtomicU64,
    job: AtomicUsize,
}

impl Pulse {
    /// A sign of life.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    fn begin(&self, job: usize) {
        self.job.store(job, Ordering::Relaxed);
        self.beat();
    }
}

/// Why a thread gave no answer.
pub(super) enum Silence {
    /// It shows no sign of life; this is the job it is in.
    Hung(usize),
    /// It is gone: the engine or we have a bug.
    Gone(usize),
}

pub(super) struct Worker {
    batches: Sender<Batch>,
    replies: Receiver<Reply>,
    pulse: Arc<Pulse>,
}

impl Worker {
    /// Starts a thread for the app. `None` if the system gives us none.
    pub(super) fn start(app: &str, limits: Limits) -> Option<Worker> {
        let (batches, inbox) = channel::<Batch>();
        let (outbox, replies) = channel();
        let pulse = Arc::new(Pulse::default());
        let theirs = Arc::clone(&pulse);
        let work = move || {
            let mut vm = QuickJs::new(limits, Arc::clone(&theirs));
            // Ends when the world drops its end: at once, or when a loop it was abandoned in ends.
            while let Ok(batch) = inbox.recv() {
                if outbox.send(vm.run(batch, &theirs)).is_err() {
                    break;
                }
            }
        };
        let name = format!("script {}", app.replace('\0', ""));
        thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(work).ok()?;
        Some(Worker { batches, replies, pulse })
    }

    pub(super) fn send(&self, batch: Batch) {
        // A thread that is gone is noticed when its answer is awaited.
        let _gone = self.batches.send(batch).is_err();
    }

    /// Its answer, or why there is none. A thread that is only slow (a busy machine, many instances)
    /// is waited for as long as it shows signs of life.
    pub(super) fn answer(&self, limits: Limits) -> Result<Reply, Silence> {
        let mut seen = u64::MAX;
        for grace in 0..GRACES_MAX {
            let wait = if grace == 0 { limits.tick_time + limits.grace } else { limits.grace };
            match self.replies.recv_timeout(wait) {
                Ok(reply) => return Ok(reply),
                Err(RecvTimeoutError::Disconnected) => return Err(Silence::Gone(self.job())),
                Err(RecvTimeoutError::Timeout) => {
                    let beats = self.pulse.beats.load(Ordering::Relaxed);
                    if beats == seen {
                        break;
                    }
                    seen = beats;
                }
            }
        }
        Err(Silence::Hung(self.job()))
    }

    fn job(&self) -> usize {
        self.pulse.job.load(Ordering::Relaxed)
    }
}

/// All instances of one app, each in an engine of its own.
struct QuickJs {
    budget: Rc<Budget>,
    instances: BTreeMap<String, Instance>,
}

impl QuickJs {
    fn new(limits: Limits, pulse: Arc<Pulse>) -> QuickJs {
        QuickJs { budget: Rc::new(Budget::new(limits, pulse)), instances: BTreeMap::new() }
    }

    fn job(&mut self, entity: &str, work: &Work, surroundings: (&Batch, &Pulse)) -> Option<Outcome> {
        let (batch, pulse) = surroundings;
        match work {
            Work::Stop => self.instances.remove(entity).map(|mut it| it.destroy()),
            Work::Tick { input } => self.instances.get_mut(entity).map(|it| it.tick(input, &batch.storage)),
            Work::Build { bundle, facts } => {
                self.instances.remove(entity);
                let texts = match bundle.compiled(pulse) {
                    Ok(texts) => texts,
                    Err(problem) => return Some(Outcome { failure: Some(problem), ..Outcome::default() }),
                };
                let (instance, outcome) =
                    Instance::build(bundle, texts, facts, (&self.budget, &batch.storage));
                self.instances.extend(instance.map(|it| (entity.to_owned(), it)));
                Some(outcome)
            }
        }
    }
}

impl ScriptVm for QuickJs {
    fn run(&mut self, batch: Batch, pulse: &Pulse) -> Reply {
        self.budget.refill();
        let mut reply = Reply::default();
        let mut used_up = false;
        for (number, job) in batch.jobs.iter().enumerate() {
            pulse.begin(number);
            if used_up && !matches!(job.work, Work::Stop) {
                continue;
            }
            let outcome = self.job(&job.entity, &job.work, (&batch, pulse)).unwrap_or_default();
            if outcome.failure.is_some() {
                self.instances.remove(&job.entity);
            }
            used_up |= outcome.failure.as_ref().is_some_and(|it| it.code == "script_time_budget");
            reply.outcomes.push(Outcome { entity: job.entity.clone(), ..outcome });
        }
        reply
    }
}
