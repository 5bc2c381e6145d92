//! [`Budget`]: may this script go on? Time, host calls, and which of them ran out first.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::Limits;
use super::worker::Pulse;

/// What ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Time,
    Calls,
}

/// One per app thread, shared with every engine on it.
///
/// Time is the thread's processor time where the system can tell it: on a busy machine a script is
/// not to blame for the time it waited.
pub(super) struct Budget {
    limits: Limits,
    pulse: Arc<Pulse>,
    /// Used in this tick by hooks that are done.
    spent: Cell<Duration>,
    started: Cell<Option<Duration>>,
    calls: Cell<u32>,
    cause: Cell<Option<Cause>>,
}

impl Budget {
    pub(super) fn new(limits: Limits, pulse: Arc<Pulse>) -> Budget {
        Budget {
            limits,
            pulse,
            spent: Cell::new(Duration::ZERO),
            started: Cell::new(None),
            calls: Cell::new(0),
            cause: Cell::new(None),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// A new tick: the app has all its time again.
    pub(super) fn refill(&self) {
        self.spent.set(Duration::ZERO);
    }

    /// A hook begins.
    pub(super) fn start(&self) {
        self.calls.set(0);
        self.cause.set(None);
        self.started.set(Some(processor_time()));
    }

    /// The hook is over; what ran out, if anything did.
    pub(super) fn stop(&self) -> Option<Cause> {
        if let Some(started) = self.started.take() {
            self.spent.set(self.spent.get() + processor_time().saturating_sub(started));
        }
        self.cause.take()
    }

    /// Whether the script must stop now. Asked by the engine every few thousand steps. Once it must,
    /// it must until the hook is over, or a `catch` would get it out.
    pub(super) fn exhausted(&self) -> bool {
        self.pulse.beat();
        let Some(started) = self.started.get() else { return false };
        if self.cause.get().is_none() {
            let used = self.spent.get() + processor_time().saturating_sub(started);
            if used > self.limits.tick_time {
                self.cause.set(Some(Cause::Time));
            }
        }
        self.cause.get().is_some()
    }

    /// What has run out in this hook so far.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.cause.get()
    }

    /// Counts a call into the world. False if it was one too many.
    pub(super) fn call(&self) -> bool {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() > self.limits.calls && self.cause.get().is_none() {
            self.cause.set(Some(Cause::Calls));
        }
        self.cause.get().is_none()
    }
}

#[cfg(unix)]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanoseconds)
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "budgets are what the real clock is for; nothing else may know it"
    )]
    let now = Instant::now();
    now.duration_since(*START.get_or_init(|| now))
}
