//! The mirror of one project to one world: what happens goes in, the engine decides, shells carry it
//! out, and how that went comes back. One task owns all of it; nothing here is locked.
//!
//! `disk_side.rs` and `world_side.rs` turn what was seen into looks for the engine, `effects.rs`
//! performs what it asks for, `asks.rs` answers questions. The order of [`Mirror::turn`] matters and
//! is explained there.

mod asks;
mod disk_side;
mod effects;
mod open;
mod records_side;
mod status;
mod world_side;

pub(crate) use effects::shown;
pub(crate) use open::{ALREADY_RUNNING, Wanted};
pub(crate) use status::{AppStatus, MirrorStatus};

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bowline_disk::{Coalescer, Folder, Scanner, Watcher};
use bowline_link::{Link, News};
use bowline_model::{ItemId, Problem};
use bowline_sync::engine::{Action, Engine};
use bowline_sync::sighting::{Direction, Millis, Side};
use tokio::sync::mpsc;

use crate::ask::Asked;
use crate::feed::ScriptStatus;
use crate::input::Input;
use crate::print::Format;
use crate::project::{Project, Survey};
use crate::remote::{World, WorldSurvey};
use crate::report::Report;
use crate::settings::Remote;
use crate::state::State;
use crate::tell::{Teller, Told, Winner};

/// Inputs that may wait; whoever sends waits when it is full.
const INPUTS_MAX: usize = 1024;

/// How a mirror is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Watches and follows until it is told to stop.
    Live(Format),
    /// Looks once, answers one question, and ends.
    Once,
}

/// The connection to the world.
enum Connection {
    /// Not there; tried again at `retry`, unless an attempt is under way.
    Away {
        why: String,
        retry: Option<Instant>,
        attempts: u32,
    },
    Up {
        link: Link,
        news: mpsc::Receiver<News>,
    },
}

/// An action that is being carried out.
struct Flight {
    action: Action,
    started: Instant,
}

/// The mirror of one project to one world.
pub(crate) struct Mirror {
    root: PathBuf,
    mode: Mode,
    teller: Teller,
    folder: Arc<Folder>,
    scanner: Scanner,
    watcher: Option<Watcher>,
    coalescer: Coalescer,
    project: Project,
    survey: Arc<Survey>,
    target: Remote,
    connection: Connection,
    world: World,
    remote: Arc<WorldSurvey>,
    engine: Engine,
    state: State,
    flights: BTreeMap<u64, Flight>,
    /// Directions that may be carried out; both, except for a plain `push` or `pull`.
    allowed: BTreeSet<Direction>,
    /// Actions that wait for what must be in the world before them.
    deferred: Vec<Action>,
    /// Actions that were planned and not carried out, because their direction is not allowed.
    planned: Vec<Action>,
    /// When to tell the engine the time.
    retries: BTreeSet<Instant>,
    /// Looks the engine asked for.
    looks: BTreeSet<Side>,
    /// Some files were being written at the last scan.
    unsettled: bool,
    /// How the world's records are being fetched.
    fetching: records_side::Fetching,
    /// Built-in assets whose digest was asked for.
    naming: BTreeSet<String>,
    /// Conflicts whose loser is being kept right now, and who wins.
    conflicts: BTreeMap<ItemId, Winner>,
    /// What we call ourselves in locks and the journal.
    owner: String,
    inputs: (mpsc::Sender<Input>, mpsc::Receiver<Input>),
    flushes: Vec<asks::Flush>,
    told: BTreeSet<(String, Problem)>,
    /// Problems of the last attempts, by group: gone with the next success.
    attempts: BTreeMap<String, Vec<Problem>>,
    /// How each app's instances are, by entity.
    scripts: BTreeMap<String, BTreeMap<String, ScriptStatus>>,
    host: Option<bowline_host::Running>,
    lock: Option<bowline_disk::ProjectLock>,
    next_scan: Instant,
    stopping: Option<&'static str>,
}

impl Mirror {
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Where inputs go.
    pub(crate) fn inbox(&self) -> mpsc::Sender<Input> {
        self.inputs.0.clone()
    }

    /// Whether it was told to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    /// Ends it after this turn.
    pub(crate) fn stop(&mut self) {
        self.stopping = Some("stop");
    }

    /// The world it mirrors to.
    pub(crate) fn target(&self) -> &Remote {
        &self.target
    }

    /// Waits for one thing to happen and takes it in. A question is handed back to be answered.
    ///
    /// News of the world come first. A world reports a change to every socket before it answers the
    /// one who made it, so by the time one of our own writes is over, the news of it is already
    /// waiting; taking it in first is what keeps a look at the world from being older than our own
    /// write, which the engine would otherwise undo.
    pub(crate) async fn turn(&mut self) -> Result<Option<Asked>, Report> {
        let wake = tokio::time::Instant::from_std(self.next_wake());
        let heard = tokio::select! {
            biased;
            news = news_of(&mut self.connection) => Heard::News(news),
            input = self.inputs.1.recv() => input.map_or(Heard::Wake, Heard::Input),
            () = tokio::time::sleep_until(wake) => Heard::Wake,
        };
        let mut asked = None;
        match heard {
            Heard::News(news) => self.take_news(news)?,
            Heard::Input(Input::Asked(question)) => asked = Some(question),
            Heard::Input(input) => self.take(input)?,
            Heard::Wake => (),
        }
        self.catch_up()?;
        self.look_again()?;
        self.answer_flushes();
        if self.flights.is_empty() {
            self.teller.rest();
        }
        Ok(asked)
    }

    fn take(&mut self, input: Input) -> Result<(), Report> {
        match input {
            Input::Dirt(dirt) => self.coalescer.feed(dirt, Instant::now()),
            Input::Done(done) => {
                self.drain_news()?;
                self.land(done)?;
            }
            Input::Waiting(group, holder) => self.wait_for_lock(&group, &holder),
            Input::Locked(scope, token) => self.state.hold(&scope, &token)?,
            Input::Unlocked(token) => self.state.let_go(&token)?,
            Input::Holds(id, answer) => {
                self.drain_news()?;
                // Whoever asked may have given up; then nobody needs the answer.
                answer.send(self.world.seen_entity(&id)).ok();
            }
            Input::Displaced(id, answer) => {
                self.drain_news()?;
                drop(answer.send(self.world.entity_before(&id).cloned()));
            }
            // Handed back by `turn`: who answers is not the mirror's business.
            Input::Asked(_) => (),
            Input::Named(url, digest) => self.take_name(&url, digest)?,
            Input::Feed(feed) => self.take_feed(feed),
            Input::Records(as_of, fetched) => self.take_records(as_of, fetched)?,
            Input::Reached(reached) => self.take_reached(*reached)?,
            Input::Stop(why) => self.stopping = Some(why),
        }
        Ok(())
    }

    /// Does what is due by now.
    fn catch_up(&mut self) -> Result<(), Report> {
        let now = Instant::now();
        self.scan_if_due(now)?;
        self.doubt_cookies()?;
        self.reach_if_due(now);
        self.fetch_if_due(now);
        self.tell_not_offered();
        if self.retries.first().is_some_and(|it| *it <= now) {
            self.retries.retain(|it| *it > now);
            self.on_time()?;
        }
        Ok(())
    }

    fn next_wake(&self) -> Instant {
        let flushes = self.flushes.iter().map(asks::Flush::wake);
        let retry = match &self.connection {
            Connection::Away { retry, .. } => *retry,
            Connection::Up { .. } => None,
        };
        let due = [
            self.coalescer.due(self.folder.git_index()),
            retry,
            self.retries.first().copied(),
            self.fetching.due(),
        ];
        due.into_iter().flatten().chain(flushes).chain([self.next_scan]).min().unwrap_or(self.next_scan)
    }

    /// Tells whoever started us.
    pub(crate) fn say(&self, told: Told) {
        self.teller.tell(told);
    }
}

enum Heard {
    News(Option<News>),
    Input(Input),
    Wake,
}

async fn news_of(connection: &mut Connection) -> Option<News> {
    match connection {
        Connection::Up { news, .. } => news.recv().await,
        Connection::Away { .. } => std::future::pending().await,
    }
}

/// The time, as the engine counts it.
pub(crate) fn millis() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX))
}
