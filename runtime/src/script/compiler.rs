//! [`Compiler`]: a thread that compiles, so that no tick waits for a parser.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use bowline_model::Problem;

use super::bundle::{Bundle, Sources};

/// Whether a tick waits for the scripts it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compile {
    /// It does: the same steps give the same ticks.
    #[default]
    Now,
    /// It does not: what runs goes on, and the new takes over in the tick after it is compiled.
    Behind,
}

/// How long the files of one script may take. Minutes are possible with texts made for it.
const TIME_MAX: Duration = Duration::from_secs(10);

/// How long a tick waits for what it has just asked for all the same. Whoever lets scripts take over between two
/// ticks asks there; for all others most scripts are compiled by then, and are seen a tick earlier.
const PATIENCE: Duration = Duration::from_millis(4);

/// The parser has a stack of its own; what is compiled is dropped on this one.
const STACK_BYTES: usize = 8 << 20;

/// What was asked for, by its number, and what came of it.
pub(crate) type Compiled = (u64, Result<Arc<Bundle>, Problem>);

/// Compiles in the order it is asked.
#[derive(Debug, Default)]
pub(crate) struct Compiler {
    asked: u64,
    /// Where each entry is, for those that never end.
    open: BTreeMap<u64, String>,
    /// Something was asked for since results were last taken.
    fresh: bool,
    thread: Option<Thread>,
}

#[derive(Debug)]
struct Thread {
    requests: Sender<(u64, Sources)>,
    results: Receiver<Compiled>,
    /// Since when it works on what it works on.
    since: Instant,
}

impl Thread {
    fn start() -> Option<Thread> {
        let (requests, inbox) = channel::<(u64, Sources)>();
        let (outbox, results) = channel();
        let work = move || {
            while let Ok((id, sources)) = inbox.recv() {
                if outbox.send((id, sources.compile(id).map(Arc::new))).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().name("script compiler".to_owned()).stack_size(STACK_BYTES);
        thread.spawn(work).ok()?;
        Some(Thread { requests, results, since: now() })
    }
}

impl Compiler {
    /// Asks for `sources`; the number that its result will have, which is the id of its bundle.
    pub(crate) fn ask(&mut self, sources: Sources) -> u64 {
        self.asked += 1;
        let id = self.asked;
        self.fresh = true;
        if self.open.is_empty()
            && let Some(thread) = &mut self.thread
        {
            thread.since = now();
        }
        self.open.insert(id, sources.disk_path(&sources.entry));
        if self.thread.is_none() {
            self.thread = Thread::start();
        }
        if let Some(thread) = &self.thread {
            // One that is gone is noticed when its results are awaited.
            let _gone = thread.requests.send((id, sources)).is_err();
        }
        id
    }

    /// Whether anything was asked for that is not done.
    pub(crate) fn is_busy(&self) -> bool {
        !self.open.is_empty()
    }

    /// What is done, or will be `until` then; with [`Compile::Now`] all that was asked for.
    pub(crate) fn done(&mut self, when: Compile, until: Option<Instant>) -> Vec<Compiled> {
        let mut done = Vec::new();
        let patience = if std::mem::take(&mut self.fresh) { PATIENCE } else { Duration::ZERO };
        let until = until.unwrap_or_else(|| now() + patience);
        while !self.open.is_empty() {
            let result = match (&mut self.thread, when) {
                (None, _) => None,
                (Some(thread), Compile::Behind) => {
                    match thread.results.recv_timeout(until.saturating_duration_since(now())) {
                        Ok(it) => Some(it),
                        Err(_) if thread.since.elapsed() < TIME_MAX => break,
                        Err(_) => None,
                    }
                }
                (Some(thread), Compile::Now) => thread.results.recv_timeout(TIME_MAX).ok(),
            };
            let Some((id, result)) = result else {
                done.extend(self.give_up());
                break;
            };
            self.open.remove(&id);
            if let Some(thread) = &mut self.thread {
                thread.since = now();
            }
            done.push((id, result));
        }
        done
    }

    /// The thread works for too long: it is left alone with what it has, and the rest is not asked
    /// again until somebody edits it.
    fn give_up(&mut self) -> Vec<Compiled> {
        self.thread = None;
        let problem = |path| {
            let message = format!("compiling takes longer than {} s", TIME_MAX.as_secs());
            Problem::file("compile_time_budget", path, message).help("split the script into modules")
        };
        let open = std::mem::take(&mut self.open);
        open.into_iter().map(|(id, path)| (id, Err(problem(path)))).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a parser takes is measured on the real clock")]
fn now() -> Instant {
    Instant::now()
}
