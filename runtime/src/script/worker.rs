//! [`Threads`]: apps on threads of their own, seen from the world's side, and [`Pulse`], their signs of
//! life.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::budget::{processor_time, processor_time_of, this_thread, wall};
use super::crew::Post;
use super::engine;
use super::pool::{Ending, Look, Manner, News, Ring, Tell, Worker};
use super::{Limits, Number, Reply, Seat};

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
    /// Its processor time when the batch came, in microseconds.
    from: AtomicU64,
    /// Told who begins, where nobody can look at the numbers here once it is too late.
    told: Option<Teller>,
}

type Teller = Box<dyn Fn(Number) + Send + Sync>;

/// One look at a thread.
#[derive(Debug, Clone, Copy)]
struct Sign {
    beats: u64,
    begun: bool,
    /// Processor time it has spent on the batch, where the system tells.
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

    /// A batch has come.
    fn take_up(&self) {
        let now = u64::try_from(processor_time().as_micros()).unwrap_or(u64::MAX);
        self.from.store(now, Ordering::Relaxed);
        self.begin(NOBODY);
    }

    fn sign(&self) -> Sign {
        let from = Duration::from_micros(self.from.load(Ordering::Relaxed));
        let used = processor_time_of(self.thread.load(Ordering::Relaxed));
        Sign {
            beats: self.beats.load(Ordering::Relaxed),
            begun: self.instance() != NOT_BEGUN,
            used: used.map(|it| it.saturating_sub(from)),
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

/// Apps on threads of this process: quick, and nothing can kill one.
pub(super) struct Threads {
    limits: Limits,
}

impl Threads {
    pub(super) fn new(limits: Limits) -> Threads {
        Threads { limits }
    }
}

impl Ring for Threads {
    type Worker = Thread;
    type Reply = Reply;

    fn start(&self, (app, language): &Seat, _: Manner, tell: Tell<Reply>) -> io::Result<Thread> {
        let (batches, inbox) = channel::<Post>();
        let pulse = Arc::new(Pulse::default());
        let (theirs, limits, language) = (Arc::clone(&pulse), self.limits, *language);
        let work = move || {
            let last_word = LastWord(tell);
            theirs.thread.store(this_thread(), Ordering::Relaxed);
            let mut vm = engine::of(language, limits, &theirs);
            // Ends when the world drops its end: at once, or when a loop it was abandoned in ends.
            while let Ok(Post { batch, world }) = inbox.recv() {
                theirs.take_up();
                let reply = vm.run(&batch, &world, &theirs);
                // Whoever gets the reply changes the world next, and should hold it alone.
                drop((batch, world));
                let cost = Duration::from_micros(reply.usage.time);
                if !last_word.0.say(News::Done { reply, cost }) {
                    break;
                }
            }
        };
        let name = format!("script {}", app.replace('\0', ""));
        thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(work)?;
        Ok(Thread { limits, batches, pulse, starts: 0, began: wall(), seen: None })
    }
}

/// A thread that is gone says so: the engine or we have a bug.
struct LastWord(Tell<Reply>);

impl Drop for LastWord {
    fn drop(&mut self) {
        // Nobody listens to one that was let go.
        let _heard = self.0.say(News::Ended(Ending::Failed(String::new())));
    }
}

/// An app's thread.
pub(super) struct Thread {
    limits: Limits,
    batches: Sender<Post>,
    pulse: Arc<Pulse>,
    /// Of the batch it has.
    starts: u32,
    began: Instant,
    /// What was last taken for a sign of life, and when.
    seen: Option<(Instant, Sign)>,
}

impl Thread {
    /// Processor time of the batch; where the system does not tell, the time that has passed.
    fn used(&self, sign: Sign) -> Duration {
        match sign.used {
            _ if !sign.begun => Duration::ZERO,
            Some(used) => used,
            None => self.began.elapsed(),
        }
    }

    /// Whether nothing is to be hoped for: it has been at work and said nothing, or has worked for too
    /// long whatever it said. One that is only slow (a busy machine, many instances) is not hung.
    fn is_hung(&mut self, sign: Sign) -> bool {
        if self.began.elapsed() < self.limits.tick_time {
            return false;
        }
        let grace = self.limits.grace;
        let longest = grace * GRACES_MAX.saturating_add(self.starts) + self.limits.tick_time;
        let Some((at, before)) = self.seen else {
            self.seen = Some((wall(), sign));
            return false;
        };
        if at.elapsed() >= grace {
            if sign.is_silence_since(before, grace) {
                return true;
            }
            self.seen = Some((wall(), sign));
        }
        self.used(sign) > longest || self.began.elapsed() > longest * WALL_FACTOR
    }
}

/// How much longer than its processor time may be anybody is waited for by the clock on the wall.
const WALL_FACTOR: u32 = 8;

impl Worker for Thread {
    type Letter = Post;

    fn send(&mut self, letter: Post, starts: u32) -> bool {
        self.pulse.begin(NOT_BEGUN);
        (self.starts, self.began, self.seen) = (starts, wall(), None);
        self.batches.send(letter).is_ok()
    }

    fn look(&mut self) -> Look {
        let sign = self.pulse.sign();
        if self.is_hung(sign) {
            return Look::Over(Ending::Hung);
        }
        Look::GoesOn { waited: self.began.elapsed(), used: self.used(sign) }
    }

    fn culprit(&self) -> Option<Number> {
        Some(self.pulse.instance()).filter(|it| ![NOBODY, NOT_BEGUN].contains(it))
    }
}
