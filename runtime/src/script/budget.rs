//! [`Budget`]: may this script go on? Time, host calls, memory, and which of them ran out first.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Limits;
use super::worker::Pulse;

/// What ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Time,
    Start,
    Calls,
    /// Too much was said to the world.
    Said,
    Memory,
}

/// Bytes one hook may say to the world: they are kept outside the engine, which counts its own only.
pub(super) const SAID_BYTES_MAX: usize = 8 << 20;

/// One per app thread, shared with every engine on it.
///
/// Time is the thread's processor time where the system can tell it: on a busy machine a script is
/// not to blame for the time it waited, and a world that keeps its pace does not wait for it.
///
/// Asking for processor time is a call into the system, which ten thousand instances that do next to
/// nothing cannot have each: real time is asked first, which is never less.
pub(super) struct Budget {
    limits: Limits,
    pulse: Arc<Pulse>,
    /// When the batch began, or the processor was last looked at.
    batch: Cell<Moment>,
    sample: Cell<Duration>,
    /// When the hook began; `None` between hooks.
    started: Cell<Option<Instant>>,
    /// The thread's processor time when the hook began, as far as it is known.
    from: Cell<Option<Duration>>,
    /// The processor time this hook may have, and what it is called if it takes more.
    allowed: Cell<(Duration, Cause)>,
    calls: Cell<u32>,
    said: Cell<usize>,
    cause: Cell<Option<Cause>>,
}

impl Budget {
    pub(super) fn new(limits: Limits, pulse: Arc<Pulse>) -> Budget {
        Budget {
            limits,
            pulse,
            batch: Cell::new(Moment::now()),
            sample: Cell::new(processor_time()),
            started: Cell::new(None),
            from: Cell::new(None),
            allowed: Cell::new((limits.tick_time, Cause::Time)),
            calls: Cell::new(0),
            said: Cell::new(0),
            cause: Cell::new(None),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether the app's hooks of this tick have used up what one tick has for them. Nobody is to
    /// blame for that: what is left waits for the next tick.
    pub(super) fn is_spent(&self) -> bool {
        let Moment { processor, wall } = self.batch.get();
        wall.elapsed() > self.limits.tick_time
            && self.look().saturating_sub(processor) > self.limits.tick_time
    }

    /// A new tick: the app has all its time again.
    pub(super) fn refill(&self) {
        self.batch.set(Moment::now());
        self.sample.set(self.batch.get().processor);
    }

    /// What the batch has used so far.
    pub(super) fn used(&self) -> Duration {
        self.look().saturating_sub(self.batch.get().processor)
    }

    fn look(&self) -> Duration {
        let now = processor_time();
        self.sample.set(now);
        now
    }

    /// A hook begins, if the app has time left in this tick. One look at the clock is for both.
    pub(super) fn start_in_time(&self) -> bool {
        let now = wall();
        let Moment { processor, wall } = self.batch.get();
        let spent = now.duration_since(wall) > self.limits.tick_time
            && self.look().saturating_sub(processor) > self.limits.tick_time;
        if !spent {
            self.start_at(now);
        }
        !spent
    }

    /// A hook begins.
    pub(super) fn start(&self) {
        self.start_at(wall());
    }

    fn start_at(&self, now: Instant) {
        self.calls.set(0);
        self.said.set(0);
        self.cause.set(None);
        self.from.set(None);
        self.allowed.set((self.limits.tick_time, Cause::Time));
        self.started.set(Some(now));
    }

    /// The hook is a start, which may take longer.
    pub(super) fn start_up(&self) {
        self.allowed.set((self.limits.start_time.max(self.limits.tick_time), Cause::Start));
    }

    /// The hook is over; what ran out, if anything did.
    pub(super) fn stop(&self) -> Option<Cause> {
        self.started.set(None);
        self.cause.take()
    }

    /// Why the script must stop now, if it must. Asked by the engine every few thousand steps. Once it
    /// must, it must until the hook is over, or a `catch` would get it out.
    pub(super) fn exhausted(&self) -> Option<Cause> {
        self.pulse.beat();
        let started = self.started.get()?;
        if self.cause.get().is_none() {
            let (limit, cause) = self.allowed.get();
            let waited = started.elapsed();
            let before = self.sample.get();
            let now = self.look();
            // It cannot have used more than has passed, nor more than the thread since it was last
            // looked at.
            let from = self.from.get().unwrap_or_else(|| now.saturating_sub(waited).max(before));
            self.from.set(Some(from));
            let used = now.saturating_sub(from);
            if used > limit {
                self.cause.set(Some(cause));
            }
        }
        self.cause.get()
    }

    /// As [`Budget::exhausted`], for engines that ask every few steps: real time is looked at first, and
    /// nobody has used more than that.
    pub(super) fn glance(&self) -> Option<Cause> {
        let waited = self.started.get()?.elapsed();
        if self.cause.get().is_none() && waited <= self.limits.tick_time {
            self.pulse.beat();
            return None;
        }
        self.exhausted()
    }

    /// The engine had no memory for something, and the script was not told or could not be: what it
    /// believes it has set going may be missing.
    pub(super) fn starved(&self) {
        if self.cause.get().is_none() {
            self.cause.set(Some(Cause::Memory));
        }
    }

    /// What has run out in this hook so far.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.cause.get()
    }

    /// Counts a call into the world that says so many bytes. False if it was one too many.
    pub(super) fn call(&self, bytes: usize) -> bool {
        self.calls.set(self.calls.get() + 1);
        self.said.set(self.said.get().saturating_add(bytes));
        if self.cause.get().is_none() {
            let many = (self.calls.get() > self.limits.calls).then_some(Cause::Calls);
            let much = (self.said.get() > SAID_BYTES_MAX).then_some(Cause::Said);
            self.cause.set(many.or(much));
        }
        self.cause.get().is_none()
    }
}

/// When a hook began, on both clocks.
#[derive(Clone, Copy)]
struct Moment {
    processor: Duration,
    wall: Instant,
}

impl Moment {
    fn now() -> Moment {
        Moment { processor: processor_time(), wall: wall() }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "budgets are what the real clock is for; nothing else may know it"
)]
pub(crate) fn wall() -> Instant {
    Instant::now()
}

#[cfg(unix)]
pub(crate) fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanoseconds)
}

/// Where a thread's own time cannot be had without `unsafe`, real time stands in.
#[cfg(not(unix))]
pub(crate) fn processor_time() -> Duration {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    let now = wall();
    now.duration_since(*START.get_or_init(|| now))
}

/// The system's number of this thread; 0 where it has none we can use.
#[cfg(target_os = "linux")]
pub(super) fn this_thread() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn this_thread() -> u32 {
    0
}

/// Processor time of another thread, to a hundredth of a second. Only Linux tells without `unsafe`;
/// elsewhere a thread that says nothing is taken to be hung even if it got no processor.
pub(super) fn processor_time_of(thread: u32) -> Option<Duration> {
    if thread == 0 {
        return None;
    }
    #[expect(clippy::disallowed_methods, reason = "a look at our own threads, not at anybody's files")]
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).ok()?;
    // After the name in parentheses: the state, and 11 and 12 fields on the times in user and kernel.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}
