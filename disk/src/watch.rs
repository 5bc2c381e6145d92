//! Where to look again: file events as [`Dirt`]. A hint and nothing more; `scan` looks.
//!
//! Measured on Linux: of 900 files created in 900 new nested folders in one go, events name between
//! 2 and 98 %. So a folder event means "everything below it", new folders are watched *before* that
//! is said, and whenever an event may have been lost the answer is [`Dirt::Everything`]. Our own
//! writes are reported like anybody's: nothing is muted, no timer tells an echo from an edit.
//!
//! The callback of the system only pushes into a queue; one thread translates. Where no events come
//! at all (network mounts, some containers) we say so and ask for a scan every few seconds.

mod register;
mod translate;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bowline_model::ProjectPath;
use bowline_model::layout::STATE_FOLDER;
use notify::{EventKindMask, Watcher as _};

use crate::DiskError;
use crate::conflicts::names_in;
use register::Register;
use translate::Meaning;

/// One piece of doubt about what the folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dirt {
    /// A file, or something that has this name.
    Path(ProjectPath),
    /// Everything below a folder.
    Subtree(ProjectPath),
    /// Everything: events were lost, or there are none here.
    Everything,
    /// A barrier: whatever happened before [`Watcher::cookie`] gave this name has been reported.
    Cookie(String),
}

/// How changes are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By events of the system.
    Native,
    /// By asking for a scan every few seconds.
    Poll,
}

/// Why changes are noticed late.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchProblem {
    /// The system gives no more watches to this user.
    #[error("the limit {sysctl} is used up{}; raise it, e.g. `sudo sysctl {sysctl}=524288`", shown(*.limit))]
    LimitReached {
        /// The setting to raise.
        sysctl: &'static str,
        /// What it is now.
        limit: Option<u64>,
    },
    /// A file was written and no event came.
    #[error("this folder gives no file events (a network or container mount?)")]
    NoEvents,
    /// The system's own words.
    #[error("file events do not work here: {0}")]
    Failed(String),
}

/// Watches one project until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    cookies: PathBuf,
    queue: SyncSender<Raw>,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
    run: u128,
    serial: AtomicU64,
}

/// What the translating thread is told.
#[derive(Debug)]
enum Raw {
    Event(notify::Result<notify::Event>),
    /// Something in the shared state is new.
    Wake,
    /// A barrier where events cannot carry one.
    Barrier(String),
    Stop,
}

/// What the threads share.
#[derive(Debug, Default)]
struct State {
    is_polling: AtomicBool,
    /// The queue was full, so events were dropped.
    has_lost: AtomicBool,
    last_scan_ms: AtomicU64,
    problem: Mutex<Option<WatchProblem>>,
}

/// How many events may wait for the translating thread. When it is full they are dropped, and
/// everything is dirty; a checkout of a large branch makes a few thousand.
const QUEUE_MAX: usize = 16_384;

/// How long our own first file may take to be reported.
const PROBE: Duration = Duration::from_secs(1);

/// How often to ask for a scan where there are no events.
const POLL: Duration = Duration::from_secs(2);

/// Polling may take at most this share of one processor: a scan of 100 ms every 2 s.
const POLL_SHARE: u32 = 20;

const PROBE_NAME: &str = "probe";

impl Watcher {
    /// Watches the project at `root` and tells `sink`, from a thread of its own, what is in doubt.
    /// Changes after this returns are reported; scan everything then. `sink` should be quick: while
    /// it blocks, events pile up until they are lost and everything is dirty.
    ///
    /// # Errors
    /// If the state folder cannot be made. Watching that does not work is no error but
    /// [`Mode::Poll`] and a [`Watcher::problem`].
    pub fn start(root: &Path, sink: impl Fn(Dirt) + Send + 'static) -> Result<Watcher, DiskError> {
        Watcher::start_as(Mode::Native, root, sink)
    }

    /// Like [`Watcher::start`], without trying events.
    ///
    /// # Errors
    /// If the state folder cannot be made.
    pub fn start_polling(root: &Path, sink: impl Fn(Dirt) + Send + 'static) -> Result<Watcher, DiskError> {
        Watcher::start_as(Mode::Poll, root, sink)
    }

    fn start_as(mode: Mode, root: &Path, sink: impl Fn(Dirt) + Send + 'static) -> Result<Watcher, DiskError> {
        let root = fs::canonicalize(root).map_err(DiskError::io("open", root))?;
        let cookies = root.join(STATE_FOLDER).join("cookies");
        empty_folder(&cookies)?;
        let state = Arc::new(State::default());
        let (queue, events) = mpsc::sync_channel(QUEUE_MAX);
        let (probed, probe) = mpsc::sync_channel(1);
        let register = (mode == Mode::Native).then(|| register(&root, &queue, &state)).flatten();
        state.is_polling.store(register.is_none(), Ordering::Relaxed);
        let translator = Translator {
            root,
            register,
            state: Arc::clone(&state),
            events,
            ahead: VecDeque::new(),
            sink,
            probed,
        };
        let name = std::thread::Builder::new().name("bowline-watch".to_owned());
        let thread = name.spawn(move || translator.run()).map_err(DiskError::io("watch", &cookies))?;
        let run = crate::utc::millis(std::time::SystemTime::now()).into();
        let thread = Some(thread);
        let watcher = Watcher { cookies, queue, state, thread, run, serial: AtomicU64::new(0) };
        if watcher.mode() == Mode::Native {
            watcher.probe(&probe)?;
        }
        Ok(watcher)
    }

    /// How changes are noticed now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.state.is_polling.load(Ordering::Relaxed) { Mode::Poll } else { Mode::Native }
    }

    /// Why changes are noticed late, if they are.
    #[must_use]
    pub fn problem(&self) -> Option<WatchProblem> {
        self.state.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks for a barrier: once [`Dirt::Cookie`] comes with this name, everything that happened
    /// before has been reported. Where the system does not keep events in order,
    /// [`Dirt::Everything`] comes first.
    ///
    /// # Errors
    /// If the state folder cannot be written.
    pub fn cookie(&self) -> Result<String, DiskError> {
        let name = format!("{:x}-{}", self.run, self.serial.fetch_add(1, Ordering::Relaxed));
        match self.mode() {
            Mode::Native => self.write_cookie(&name)?,
            // The thread ends only when we are dropped.
            Mode::Poll => _ = self.queue.send(Raw::Barrier(name.clone())),
        }
        Ok(name)
    }

    /// Tells how long the last full scan took, so that polling a large project stays cheap.
    pub fn scan_took(&self, duration: Duration) {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.state.last_scan_ms.store(ms, Ordering::Relaxed);
    }

    fn probe(&self, seen: &Receiver<()>) -> Result<(), DiskError> {
        self.write_cookie(PROBE_NAME)?;
        if seen.recv_timeout(PROBE).is_err() {
            self.state.begin_polling(WatchProblem::NoEvents);
            // Full only if events do come after all.
            let _woken = self.queue.try_send(Raw::Wake);
        }
        Ok(())
    }

    fn write_cookie(&self, name: &str) -> Result<(), DiskError> {
        let place = self.cookies.join(name);
        fs::write(&place, "").map_err(DiskError::io("write", &place))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // An error means that the thread is gone already.
        let _told = self.queue.send(Raw::Stop);
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

impl State {
    fn begin_polling(&self, problem: WatchProblem) {
        tracing::warn!(%problem, "changes are noticed by polling");
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
        self.is_polling.store(true, Ordering::Relaxed);
    }

    fn poll_interval(&self) -> Duration {
        POLL.max(Duration::from_millis(self.last_scan_ms.load(Ordering::Relaxed)) * POLL_SHARE)
    }
}

/// The system's watcher with every folder of the project registered, or `None` and a problem.
fn register(root: &Path, queue: &SyncSender<Raw>, state: &Arc<State>) -> Option<Register> {
    let (queue, shared) = (queue.clone(), Arc::clone(state));
    let push = move |event| {
        // Never block the system's own thread: that is how its buffers overflow.
        if let Err(TrySendError::Full(_)) = queue.try_send(Raw::Event(event)) {
            shared.has_lost.store(true, Ordering::Relaxed);
            // Should the queue have been emptied since, nothing else would make the thread look.
            let _woken = queue.try_send(Raw::Wake);
        }
    };
    let kinds = EventKindMask::CORE | EventKindMask::ACCESS_CLOSE;
    let config = notify::Config::default().with_event_kinds(kinds).with_follow_symlinks(false);
    let started = notify::RecommendedWatcher::new(push, config).and_then(|it| Register::start(it, root));
    match started {
        Ok(register) => Some(register),
        Err(error) => {
            state.begin_polling(register::problem(&error));
            None
        }
    }
}

/// The one thread that reads events.
struct Translator<S> {
    root: PathBuf,
    register: Option<Register>,
    state: Arc<State>,
    events: Receiver<Raw>,
    /// Taken out of the queue ahead of its turn.
    ahead: VecDeque<Raw>,
    sink: S,
    probed: SyncSender<()>,
}

impl<S: Fn(Dirt)> Translator<S> {
    fn run(mut self) {
        loop {
            match self.next() {
                Ok(Raw::Event(Ok(event))) if event.need_rescan() => self.lost(),
                Ok(Raw::Event(Ok(event))) => self.translate(&event),
                Ok(Raw::Event(Err(error))) => self.failed(&error),
                Ok(Raw::Barrier(name)) => {
                    (self.sink)(Dirt::Everything);
                    (self.sink)(Dirt::Cookie(name));
                }
                Ok(Raw::Wake) => (),
                Err(RecvTimeoutError::Timeout) => (self.sink)(Dirt::Everything),
                Ok(Raw::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.state.has_lost.load(Ordering::Relaxed) {
                self.lost();
            }
        }
    }

    fn next(&mut self) -> Result<Raw, RecvTimeoutError> {
        if let Some(raw) = self.ahead.pop_front() {
            return Ok(raw);
        }
        match self.state.is_polling.load(Ordering::Relaxed) {
            true => self.events.recv_timeout(self.state.poll_interval()),
            false => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn translate(&mut self, event: &notify::Event) {
        for path in &event.paths {
            match translate::meaning(&self.root, &event.kind, path) {
                Meaning::Nothing => (),
                Meaning::Everything => self.lost(),
                Meaning::Cookie(name) => self.cookie(name),
                Meaning::Path(path) => (self.sink)(Dirt::Path(path)),
                Meaning::Gone(folder) => (self.sink)(Dirt::Subtree(folder)),
                Meaning::Folder(folder) => {
                    // Register first: what was created before is found by the scan that follows,
                    // what is created after has an event.
                    self.watch_below(&folder);
                    (self.sink)(Dirt::Subtree(folder));
                }
            }
        }
    }

    fn cookie(&self, name: String) {
        if let Err(error) = fs::remove_file(self.root.join(STATE_FOLDER).join("cookies").join(&name)) {
            tracing::debug!(%error, "a cookie stays");
        }
        if name == PROBE_NAME {
            // Full if the probe was seen already.
            let _first = self.probed.try_send(());
            return;
        }
        if !cfg!(any(target_os = "linux", target_os = "android")) {
            (self.sink)(Dirt::Everything);
        }
        (self.sink)(Dirt::Cookie(name));
    }

    /// Events are missing. What else is waiting is covered by "everything", and dropping it is the
    /// fastest way to make room. Folders that nobody told us of have to be watched, and barriers
    /// whose event is among the missing are reached by "everything", too.
    fn lost(&mut self) {
        self.state.has_lost.store(false, Ordering::Relaxed);
        let waiting = self.events.try_iter().take(QUEUE_MAX);
        self.ahead.extend(waiting.filter(|raw| matches!(raw, Raw::Barrier(_) | Raw::Stop)));
        if let Some(register) = &mut self.register
            && let Err(error) = register.watch_project(&self.root)
        {
            self.state.begin_polling(register::problem(&error));
        }
        let cookies = names_in(&self.root.join(STATE_FOLDER).join("cookies")).unwrap_or_default();
        (self.sink)(Dirt::Everything);
        cookies.into_iter().for_each(|name| self.cookie(name));
    }

    fn failed(&mut self, error: &notify::Error) {
        tracing::warn!(%error, "the system's watcher reports an error");
        if let limit @ WatchProblem::LimitReached { .. } = register::problem(error) {
            self.state.begin_polling(limit);
        }
        self.lost();
    }

    fn watch_below(&mut self, folder: &ProjectPath) {
        if let Some(register) = &mut self.register
            && let Err(error) = register.watch_below(&self.root.join(folder.as_str()))
        {
            self.state.begin_polling(register::problem(&error));
        }
    }
}

fn empty_folder(place: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(place).map_err(DiskError::io("create", place))?;
    let listing = fs::read_dir(place).map_err(DiskError::io("list", place))?;
    for entry in listing.flatten() {
        // A cookie of a daemon that died; one that stays is no harm.
        let _removed = fs::remove_file(entry.path());
    }
    Ok(())
}

fn shown(limit: Option<u64>) -> String {
    limit.map_or_else(String::new, |limit| format!(" ({limit})"))
}

#[cfg(test)]
mod tests;
