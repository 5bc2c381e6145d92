//! [`Worker`]: an app's thread, seen from the world's side, and [`Pulse`], its signs of life.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::budget::{processor_time_of, this_thread};
use super::engine;
use super::{Batch, Language, Limits, Number, Reply, Source};

/// The engine's own limit is 512 kB; compiling and dropping deep values happen on the same thread.
pub(super) const STACK_BYTES: usize = 8 << 20;

/// The instance of a thread that was sent a batch and has not looked at it.
const NOT_BEGUN: Number = Number::MAX;

/// The instance of a thread that is between two.
pub(super) const NOBODY: Number = 0;

/// After this many graces without an answer an app is hung even if it shows signs of life.
const GRACES_MAX: u32 = 50;

/// What the world can see of a thread that has not answered yet.
#[derive(Default)]
pub(crate) struct Pulse {
    beats: AtomicU64,
    instance: AtomicU32,
    thread: AtomicU32,
    /// Told who begins, where nobody can look at the numbers here once it is too late.
    told: Option<Teller>,
}

type Teller = Box<dyn Fn(Number) + Send + Sync>;

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

    /// One that tells everybody who begins.
    pub(super) fn telling(told: impl Fn(Number) + Send + Sync + 'static) -> Pulse {
        Pulse { told: Some(Box::new(told)), ..Pulse::default() }
    }

    fn sign(&self) -> Sign {
        Sign {
            beats: self.beats.load(Ordering::Relaxed),
            begun: self.instance() != NOT_BEGUN,
            used: processor_time_of(self.thread.load(Ordering::Relaxed)),
        }
    }

    pub(super) fn instance(&self) -> Number {
        self.instance.load(Ordering::Relaxed)
    }

    /// From now on it is this instance that runs, or [`NOBODY`].
    pub(super) fn begin(&self, instance: Number) {
        self.instance.store(instance, Ordering::Relaxed);
        self.beat();
        if let Some(told) = &self.told {
            told(instance);
        }
    }
}

/// Why a thread gave no answer.
pub(super) enum Silence {
    /// It shows no sign of life; this is the instance it is in.
    Hung(Number),
    /// It is gone: the engine or we have a bug.
    Gone(Number),
}

type Sent = (Arc<Batch>, Arc<dyn Source>);

pub(super) struct Worker {
    batches: Sender<Sent>,
    replies: Receiver<Reply>,
    pulse: Arc<Pulse>,
}

impl Worker {
    /// Starts a thread for the app. `None` if the system gives us none.
    pub(super) fn start(app: &str, language: Language, limits: Limits) -> Option<Worker> {
        let (batches, inbox) = channel::<Sent>();
        let (outbox, replies) = channel();
        let pulse = Arc::new(Pulse::default());
        let theirs = Arc::clone(&pulse);
        let work = move || {
            theirs.thread.store(this_thread(), Ordering::Relaxed);
            let mut vm = engine::of(language, limits, &theirs);
            // Ends when the world drops its end: at once, or when a loop it was abandoned in ends.
            while let Ok((batch, world)) = inbox.recv() {
                let reply = vm.run(&batch, &world, &theirs);
                // Whoever gets the reply changes the world next, and should hold it alone.
                drop((batch, world));
                if outbox.send(reply).is_err() {
                    break;
                }
            }
        };
        let name = format!("script {}", app.replace('\0', ""));
        thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(work).ok()?;
        Some(Worker { batches, replies, pulse })
    }

    pub(super) fn send(&self, batch: &Arc<Batch>, world: &Arc<dyn Source>) {
        self.pulse.begin(NOT_BEGUN);
        // A thread that is gone is noticed when its answer is awaited.
        let _gone = self.batches.send((Arc::clone(batch), Arc::clone(world))).is_err();
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
                Err(RecvTimeoutError::Disconnected) => return Err(Silence::Gone(self.pulse.instance())),
                Err(RecvTimeoutError::Timeout) => (),
            }
            let now = self.pulse.sign();
            if before.is_some_and(|it| now.is_silence_since(it, wait)) {
                break;
            }
            before = Some(now);
            wait = limits.grace;
        }
        Err(Silence::Hung(self.pulse.instance()))
    }
}
