//! Opening and closing a mirror: which world, what was left from last time, and what is there now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bowline_disk::{
    Coalescer, DirtySet, Folder, Limits, LockError, ProjectLock, Recovered, Scanner, Watcher,
};
use bowline_host::Running;
use bowline_link::LinkError;
use bowline_model::layout::{STATE_FOLDER, file_of};
use bowline_model::{Digest, Problem, ProjectPath};
use bowline_runtime::Isolation;
use bowline_sync::engine::{Engine, Setup};
use bowline_sync::sighting::Direction;
use bowline_sync::winner::Policy;
use tokio::sync::mpsc;

use super::records_side::Fetching;
use super::{Connection, INPUTS_MAX, Input, Mirror, Mode, millis};
use crate::local_world;
use crate::project::Project;
use crate::remote::World;
use crate::report::{Blame, Report};
use crate::settings::{Remote, WorldChoice, script_settings, world_choice};
use crate::state::State;
use crate::tell::{Teller, Told, WorldState};

/// Which world, and how it is run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// One that runs elsewhere, by its name in the settings.
    pub(crate) target: Option<&'a str>,
    /// Where scripts of the project's own world run, if not as its settings say.
    pub(crate) isolation: Option<Isolation>,
}

/// How to reach the world; of the project's own, which is started here, what runs it.
async fn world_of(
    root: &Path,
    wanted: Wanted<'_>,
    state_folder: &Path,
) -> Result<(Option<Running>, Remote), Report> {
    // What is wrong in the settings is said before anything starts, also to who mirrors elsewhere.
    let script = script_settings(root)?.with(wanted.isolation);
    match world_choice(root, wanted.target, &|key| std::env::var(key).ok())? {
        WorldChoice::Remote(remote) => Ok((None, remote)),
        WorldChoice::Local => {
            let (host, remote) = local_world::start(&state_folder.join("world"), &script).await?;
            Ok((Some(host), remote))
        }
    }
}

impl Mirror {
    /// Opens the mirror of the project at `root`. In live mode a world that is away is waited for;
    /// a wrong code or a wrong world is refused in every mode, before anything moves.
    pub(crate) async fn open(root: &Path, wanted: Wanted<'_>, mode: Mode) -> Result<Mirror, Report> {
        let lock = ProjectLock::take(root).map_err(held)?;
        let state_folder = root.join(STATE_FOLDER);
        crate::log::start(&state_folder);
        let (host, target) = world_of(root, wanted, &state_folder).await?;
        let reached = super::world_side::reach(&target, &state_folder).await;
        let world_id = world_id(&target, &reached, mode)?;
        let state = State::open(&state_folder, &world_id)?;
        super::world_side::give_back(&reached, &state.locks()?).await;
        let base = state.base()?;
        let folder = Folder::open(root)?;
        recover(&folder, &base);
        let (sender, receiver) = mpsc::channel(INPUTS_MAX);
        let setup = Setup { policy: Policy::Lww, now: millis(), seed: uuid::Uuid::new_v4().as_u64_pair().0 };
        let mut mirror = Mirror {
            root: root.to_owned(),
            mode,
            teller: match mode {
                Mode::Live(format) => Teller::new(format),
                Mode::Once => Teller::Silent,
            },
            scanner: Scanner::new(root, Limits::OF_WORLDS)?,
            folder: Arc::new(folder),
            watcher: None,
            coalescer: Coalescer::default(),
            project: Project::default(),
            survey: Arc::default(),
            target: Remote { world_id: Some(world_id), ..target },
            connection: Connection::Away { why: String::new(), retry: None, attempts: 0 },
            world: World::default(),
            remote: Arc::default(),
            fetching: Fetching::of(base.keys()),
            engine: Engine::new(base, setup),
            state,
            flights: BTreeMap::new(),
            allowed: BTreeSet::from([Direction::ToDisk, Direction::ToWorld]),
            deferred: Vec::new(),
            planned: Vec::new(),
            retries: BTreeSet::new(),
            looks: BTreeSet::new(),
            unsettled: false,
            naming: BTreeSet::new(),
            conflicts: BTreeMap::new(),
            owner: owner(),
            inputs: (sender, receiver),
            flushes: Vec::new(),
            told: BTreeSet::new(),
            attempts: BTreeMap::new(),
            scripts: BTreeMap::new(),
            host,
            lock: Some(lock),
            next_scan: Instant::now() + Duration::from_secs(30),
            stopping: None,
        };
        if mode == Mode::Once {
            mirror.allowed.clear();
        } else {
            mirror.watch();
        }
        mirror.begin(reached)?;
        Ok(mirror)
    }

    /// The first look at both sides.
    fn begin(&mut self, reached: crate::input::Reached) -> Result<(), Report> {
        self.scan(DirtySet::everything())?;
        while self.unsettled {
            // A file was saved a moment ago: it counts once it has been still for that moment.
            std::thread::sleep(bowline_disk::scan::QUIET);
            self.scan(DirtySet::default())?;
        }
        match reached {
            Ok(arrival) => self.connect(arrival)?,
            Err(error) => {
                let retry = Some(Instant::now());
                let why = error.to_string();
                self.say(Told::World { state: WorldState::Away, detail: why.clone() });
                self.connection = Connection::Away { why, retry, attempts: 0 };
            }
        }
        self.look_again()
    }

    fn watch(&mut self) {
        let inbox = self.inbox();
        // The watcher's thread may wait for us: nothing it says may get lost.
        let sink = move |dirt| drop(inbox.blocking_send(Input::Dirt(dirt)));
        match Watcher::start(&self.root, sink) {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => {
                let problem = Problem::file("no_watching", "", error.to_string())
                    .help("changes are found by looking at everything every 30 seconds");
                self.attempts.insert(String::new(), vec![problem]);
            }
        }
    }

    /// Ends it. What is under way is left to the next start: every step is safe to be cut off after.
    pub(crate) async fn close(self) {
        drop(self.watcher);
        drop(self.connection);
        if let Some(host) = self.host
            && let Err(error) = host.stop_because(self.stopping.unwrap_or("stop")).await
        {
            tracing::warn!(%error, "the world did not end cleanly");
        }
        drop(self.lock);
    }

    /// Tells others where to ask.
    pub(crate) fn announce(&mut self, port: u16) {
        if let Some(lock) = &mut self.lock
            && let Err(error) = lock.announce(port)
        {
            tracing::warn!(%error, "the lock file cannot say our port");
        }
    }

    /// Where the world is and how to be let in: its address, its id, the file with the code.
    pub(crate) fn world_address(&self) -> (String, String, Option<String>) {
        let file =
            self.host.as_ref().map(|_| local_world::code_file(&self.root.join(STATE_FOLDER).join("world")));
        let id = self.target.world_id.clone().unwrap_or_default();
        (self.target.url.clone(), id, file.map(|it| it.display().to_string()))
    }

    /// How many apps the folder has.
    pub(crate) fn app_count(&self) -> usize {
        self.survey.apps.len()
    }
}

/// The code of the refusal while another mirror has the project open.
pub(crate) const ALREADY_RUNNING: &str = "already_running";

fn held(error: LockError) -> Report {
    match error {
        LockError::Held { pid, port } => {
            let what = format!("another bowline (pid {pid}, port {port}) has this project open");
            Report::new(Blame::User, ALREADY_RUNNING, what)
                .help("ask it (`bowline status`), or stop it first: two mirrors of one folder would only get in each other's way")
        }
        error => Report::new(Blame::User, "lock", error),
    }
}

/// The id of the world. Without one in the settings the world is not mirrored to, only named: a
/// wrong address must not be able to mix two worlds.
fn world_id(target: &Remote, reached: &crate::input::Reached, mode: Mode) -> Result<String, Report> {
    match (&target.world_id, reached) {
        (Some(id), Ok(_)) => Ok(id.clone()),
        (None, Ok(arrival)) => {
            let id = arrival.link.world_id();
            let what = format!("WORLD_ID is not set; the world at {} says it is `{id}`", target.url);
            Err(Report::new(Blame::Usage, "missing_world_id", what)
                .help(format!("if that is the world you mean, add WORLD_ID={id} to .env")))
        }
        // It may come back; until then there is nothing to move.
        (Some(id), Err(error)) if mode != Mode::Once && may_pass(error) => Ok(id.clone()),
        (_, Err(error)) => Err(refused(error, target)),
    }
}

fn may_pass(error: &LinkError) -> bool {
    error.blame() == bowline_link::Blame::World
}

fn refused(error: &LinkError, target: &Remote) -> Report {
    let (blame, code, help) = match error {
        LinkError::WrongCode => {
            (Blame::User, "wrong_code", "set ADMIN_CODE in .env (or admin_code of the target) to the world's code; a world that bowline serves has it in the file admin-code of its data".to_owned())
        }
        LinkError::WrongWorld { found, .. } => (
            Blame::User,
            "wrong_world",
            format!("nothing was moved; if `{found}` is the world you mean, set WORLD_ID (or world_id of the target) to it"),
        ),
        error if may_pass(error) => {
            (Blame::World, "world_away", format!("check that the world runs at {} and try again", target.url))
        }
        _ => (Blame::User, "world", "check WORLD_URL, or the url of the target".to_owned()),
    };
    Report::new(blame, code, error).help(help)
}

/// Files what a crash left behind. What both sides had agreed on goes to the trash, anything else
/// where people see it.
fn recover(folder: &Folder, base: &BTreeMap<bowline_model::ItemId, bowline_sync::plan::Agreed>) {
    let agreed: BTreeSet<(ProjectPath, Digest)> =
        base.iter().filter_map(|(item, it)| Some((file_of(item)?, it.held))).collect();
    for one in folder.recover(SystemTime::now(), &|path, digest| agreed.contains(&(path.clone(), digest))) {
        if let Recovered::Failed { target, error } = &one {
            tracing::warn!(%target, %error, "a leftover could not be filed");
        }
        tracing::info!(?one, "recovered");
    }
}

/// What we call ourselves in locks and the journal.
fn owner() -> String {
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("USERNAME"))
        .unwrap_or_else(|_| "somebody".to_owned());
    format!("bowline:{user}:{}", std::process::id())
}
