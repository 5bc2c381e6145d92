//! [`Worker`]: an app's thread, seen from the world's side, and [`Pulse`], its signs of life.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::budget::{Budget, processor_time_of, this_thread};
use super::instance::Instance;
use super::{Batch, Limits, Outcome, Reply, ScriptVm, Work};

/// The engine's own limit is 512 kB; compiling and dropping deep values happen on the same thread.
pub(super) const STACK_BYTES: usize = 8 << 20;

/// How long one file may take to parse. Minutes are possible with texts made for it.
const COMPILE_GRACE: Duration = Duration::from_secs(3);

/// The job of a thread that was sent a batch and has not looked at it.
const NOT_BEGUN: usize = usize::MAX;

/// After this many graces without an answer an app is hung even if it shows signs of life.
const GRACES_MAX: u32 = 50;

/// What the world can see of a thread that has not answered yet.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    beats: AtomicU64,
    job: AtomicUsize,
    compiling: AtomicBool,
    thread: AtomicU32,
}

/// One look at a thread.
#[derive(Debug, Clone, Copy)]
struct Sign {
    beats: u64,
    begun: bool,
    /// Processor time it has had, where the system tells.
    used: Option<Duration>,
}

impl Sign {
    /// Whether it has been at work since `before` and said nothing. A thread that got no processor
    /// (a machine with too much to do) is late, not hung.
    fn is_silence_since(self, before: Sign, wait: Duration) -> bool {
        let worked =
            self.used.zip(before.used).is_none_or(|(now, then)| now.saturating_sub(then) >= wait / 4);
        self.begun && self.beats == before.beats && worked
    }
}

impl Pulse {
    /// A sign of life.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// The parser asks nobody while it works on one file.
    pub(super) fn compiling(&self, now: Compiling) {
        self.compiling.store(now == Compiling::Begins, Ordering::Relaxed);
        self.beat();
    }

    fn sign(&self) -> Sign {
        Sign {
            beats: self.beats.load(Ordering::Relaxed),
            begun: self.job() != NOT_BEGUN,
            used: processor_time_of(self.thread.load(Ordering::Relaxed)),
        }
    }

    pub(super) fn job(&self) -> usize {
        self.job.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self, job: usize) {
        self.job.store(job, Ordering::Relaxed);
        self.beat();
    }
}

/// Whether a thread is in the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compiling {
    Begins,
    Ends,
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
            theirs.thread.store(this_thread(), Ordering::Relaxed);
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
        self.pulse.begin(NOT_BEGUN);
        // A thread that is gone is noticed when its answer is awaited.
        let _gone = self.batches.send(batch).is_err();
    }

    /// Its answer, or why there is none. A thread that is only slow (a busy machine, many instances)
    /// is waited for as long as it shows signs of life.
    /// One that has not even begun is waiting for a processor, not hung.
    pub(super) fn answer(&self, limits: Limits) -> Result<Reply, Silence> {
        let mut wait = limits.tick_time;
        let mut before: Option<Sign> = None;
        for _ in 0..GRACES_MAX {
            match self.replies.recv_timeout(wait) {
                Ok(reply) => return Ok(reply),
                Err(RecvTimeoutError::Disconnected) => return Err(Silence::Gone(self.pulse.job())),
                Err(RecvTimeoutError::Timeout) => (),
            }
            let now = self.pulse.sign();
            if before.is_some_and(|it| now.is_silence_since(it, wait)) {
                break;
            }
            before = Some(now);
            wait = if self.pulse.compiling.load(Ordering::Relaxed) { COMPILE_GRACE } else { limits.grace };
        }
        Err(Silence::Hung(self.pulse.job()))
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
            Work::Stop => self.instances.remove(entity).map(|mut it| it.destroy(batch)),
            Work::Tick { input } => self.instances.get_mut(entity).map(|it| it.tick(input, batch)),
            Work::Build { bundle, facts } => {
                self.instances.remove(entity);
                let texts = match bundle.compiled(pulse) {
                    Ok(texts) => texts,
                    Err(problem) => return Some(Outcome { failure: Some(problem), ..Outcome::default() }),
                };
                let (instance, outcome) = Instance::build(bundle, &texts, facts, (&self.budget, batch));
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
        for (number, job) in batch.jobs.iter().enumerate() {
            pulse.begin(number);
            if self.budget.is_spent() && !matches!(job.work, Work::Stop) {
                continue;
            }
            let outcome = self.job(&job.entity, &job.work, (&batch, pulse)).unwrap_or_default();
            if outcome.failure.is_some() {
                self.instances.remove(&job.entity);
            }
            reply.outcomes.push(Outcome { entity: job.entity.clone(), ..outcome });
        }
        reply
    }
}
