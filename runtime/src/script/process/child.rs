//! The process of one app, from inside: begin, lock in, run batches until the world is gone.
//!
//! Two threads: one runs scripts, the other says every few milliseconds which job that one is in and
//! what it has cost so far, because a loop inside an engine cannot say it itself. Whatever goes wrong
//! ends the process: the world sees that, and nothing else is needed.

use std::io;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::frame::{Frame, Kind};
use super::jail;
use super::message::{Setup, Sign, pack, unpack};
use super::pipe::Pipe;
use crate::script::worker::{Pulse, STACK_BYTES};

/// How often a batch that takes long is reported on.
const SIGN_EVERY: Duration = Duration::from_millis(4);

/// How the process ends when it cannot go on.
pub(super) const BROKEN_PIPE: i32 = 70;
pub(super) const NO_JAIL: i32 = 71;
const PANICKED: i32 = 72;

/// What runs batches in here. Made, and made to touch everything it needs of the system, before the
/// door closes.
pub(super) trait Engine {
    /// A batch that has come as bytes; the reply as bytes.
    fn run(&mut self, batch: &[u8], pulse: &Pulse) -> Vec<u8>;

    /// Other definitions hold from here on.
    fn define(&mut self, records: Vec<u8>);
}

impl Engine for Box<dyn Engine> {
    fn run(&mut self, batch: &[u8], pulse: &Pulse) -> Vec<u8> {
        (**self).run(batch, pulse)
    }

    fn define(&mut self, records: Vec<u8>) {
        (**self).define(records);
    }
}

/// Serves the world at the other end of standard input until it ends.
pub(super) fn serve<E: Engine>(
    make: impl FnOnce(&[u8], &Pipe, &Arc<Pulse>) -> E + Send + 'static,
) -> ExitCode {
    let pipe = Pipe::default();
    let Ok(Some(Frame { kind: Kind::Begin, body })) = pipe.receive() else { return ExitCode::from(2) };
    let Some(setup) = unpack::<Setup>(&body) else { return ExitCode::from(2) };
    let at_work = Arc::new(AtWork::new(&pipe));
    let (warm, is_warm) = channel();
    let (open, opened) = channel::<()>();
    let scripts = {
        let (pipe, at_work) = (pipe.clone(), Arc::clone(&at_work));
        let memory = setup.memory;
        let work = move || {
            let _whole = EndsTheProcess;
            let engine = make(&setup.engine, &pipe, &at_work.pulse);
            // Nobody listens any more only if the process is ending.
            let _ending = warm.send(()).is_err();
            batches(engine, (&pipe, &at_work, opened));
        };
        thread::Builder::new().name("scripts".to_owned()).stack_size(STACK_BYTES).spawn(work).map(|_| memory)
    };
    let Ok(memory) = scripts else { exit(NO_JAIL) };
    let _warm = is_warm.recv().is_ok();
    if let Err(why) = jail::enter(memory) {
        last_words(&why);
        exit(NO_JAIL);
    }
    if pipe.send(Kind::Ready, &[]).is_err() || open.send(()).is_err() {
        exit(BROKEN_PIPE);
    }
    at_work.report(&pipe)
}

fn last_words(why: &str) {
    use std::io::Write as _;
    let _nobody_reads = writeln!(io::stderr(), "{why}").is_err();
}

fn batches(mut engine: impl Engine, (pipe, at_work, opened): (&Pipe, &AtWork, Receiver<()>)) {
    if opened.recv().is_err() {
        exit(BROKEN_PIPE);
    }
    loop {
        match pipe.receive() {
            Ok(None) => exit(0),
            Ok(Some(Frame { kind: Kind::Define, body })) => engine.define(body),
            Ok(Some(Frame { kind: kind @ (Kind::Run | Kind::RunTelling), body })) => {
                at_work.begin(kind == Kind::RunTelling);
                let reply = engine.run(&body, &at_work.pulse);
                let cost = Sign { batch: micros(at_work.end()), ..Sign::default() };
                if pipe.send(Kind::Sign, &pack(&cost)).is_err() || pipe.send(Kind::Reply, &reply).is_err() {
                    exit(BROKEN_PIPE);
                }
            }
            Ok(Some(_)) | Err(_) => exit(BROKEN_PIPE),
        }
    }
}

/// Half a process is none: a panic on one thread ends both.
struct EndsTheProcess;

impl Drop for EndsTheProcess {
    fn drop(&mut self) {
        exit(PANICKED);
    }
}

/// Whether a batch is being run, and where in it.
struct AtWork {
    pulse: Arc<Pulse>,
    /// Whether everybody who begins is told to the world at once.
    telling: Arc<AtomicBool>,
    /// What the process had used when the batch came, while there is one.
    batch: Mutex<Option<Duration>>,
    changed: Condvar,
}

impl AtWork {
    fn new(pipe: &Pipe) -> AtWork {
        let telling = Arc::new(AtomicBool::new(false));
        let (asked, pipe) = (Arc::clone(&telling), pipe.clone());
        let tell = move |instance| {
            if asked.load(Ordering::Relaxed)
                && pipe.send(Kind::Sign, &pack(&Sign { instance, ..Sign::default() })).is_err()
            {
                exit(BROKEN_PIPE);
            }
        };
        AtWork {
            pulse: Arc::new(Pulse::telling(tell)),
            telling,
            batch: Mutex::new(None),
            changed: Condvar::new(),
        }
    }

    fn begin(&self, telling: bool) {
        self.telling.store(telling, Ordering::Relaxed);
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        *batch = Some(process_time());
        self.changed.notify_one();
    }

    /// What it has cost.
    fn end(&self) -> Duration {
        let began = self.batch.lock().unwrap_or_else(PoisonError::into_inner).take();
        process_time().saturating_sub(began.unwrap_or_default())
    }

    /// Reports for ever: nothing while nothing runs, and nothing on a batch that is done at once.
    fn report(&self, pipe: &Pipe) -> ! {
        let mut guard = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        // Which batch and job was seen last, and what the process had used then.
        let mut seen = None;
        loop {
            guard = if guard.is_none() {
                self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
            } else {
                let waited = self.changed.wait_timeout(guard, SIGN_EVERY);
                waited.unwrap_or_else(PoisonError::into_inner).0
            };
            let Some(batch) = *guard else { continue };
            let (at, now) = ((batch, self.pulse.instance()), process_time());
            let since = match seen {
                Some((before, since)) if before == at => since,
                _ => now,
            };
            seen = Some((at, since));
            drop(guard);
            let spent = |since| micros(now.saturating_sub(since));
            let sign = Sign { instance: at.1, spent: spent(since), batch: spent(batch) };
            if pipe.send(Kind::Sign, &pack(&sign)).is_err() {
                exit(BROKEN_PIPE);
            }
            guard = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Processor time of all this process.
#[cfg(unix)]
fn process_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanoseconds)
}

#[cfg(not(unix))]
fn process_time() -> Duration {
    crate::script::budget::processor_time()
}
