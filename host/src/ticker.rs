//! Wall clock to ticks: the only place that sleeps. The simulated world lives on its own thread and
//! is told three things there: everything (once, or when it fell too far behind), single edits, and
//! "one tick has passed". An edit does not wait for the tick: it wakes the thread, and what is compiled
//! of it before the next tick takes over before it. If it panics or hangs, the port goes on and `/bowline/info` says so.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bowline_runtime::ecs::Ecs;
use bowline_runtime::fetch::FetchRules;
use bowline_runtime::player::Players;
use bowline_runtime::{Context, Definitions, Step};
use bowline_schema::Problem as SchemaProblem;
use bowline_schema::change::Verdict;
use bowline_store::{Contents, Store, StoreError, Table};
use bowline_wire::{FromServer, JsonObject};
use serde_json::{Value, json};

use crate::accounts::Account;
use crate::autosave::Fork;
use crate::boundary::{Boundary, Gone};
use crate::fetcher::{Fetcher, Question};
use crate::options::Options;
use crate::pending::{Edits, Pending, Wake};
use crate::seats::Seats;
use crate::simulation::Woken;
use crate::stage::{Instance, Line, Stage};
use crate::steps::{Steps, Waiting};

/// How long before a tick nothing else is begun any more.
const MARGIN: Duration = Duration::from_millis(2);

/// What something simulated is told and asked, between ticks only.
pub(crate) trait Simulation: Send {
    /// The whole world. What it knew before is void.
    fn read(&mut self, contents: &Contents);
    /// One accepted change.
    fn edit(&mut self, edit: &FromServer);
    /// What a player, a client or the network has for it.
    fn step(&mut self, context: &Context, step: Step);
    /// Who is in it.
    fn players(&self) -> Arc<Players>;
    /// One tick passes.
    fn tick(&mut self) -> Vec<Happening>;
    /// No time passes, but what was edited takes over from what runs, if it can by `until`.
    fn take_over(&mut self, until: Instant) -> Vec<Happening>;
    /// Whether there is more to take over soon.
    fn is_compiling(&self) -> bool;
    /// How many ticks have passed.
    fn now(&self) -> u64;
    /// Equal exactly when the simulated state is.
    fn hash(&self) -> String;
    /// Every script that was started.
    fn instances(&self) -> Vec<Instance>;
    /// What the scripts of each app cost, by app.
    fn accounts(&self) -> Vec<Account>;
    /// Other definitions, from the next tick on.
    ///
    /// # Errors
    /// What would be lost by it, as the world now is. Then nothing happens.
    fn define(&mut self, definitions: Arc<Definitions>) -> Result<(), Box<Verdict>>;
    /// What exists now, to be looked at elsewhere. Cheap.
    fn entities(&self) -> Ecs;
    /// All of it, to be written down elsewhere. Cheap.
    fn fork(&self) -> Fork;
    /// An entity made from a prefab, with values that go before those of the prefab: component → fields.
    /// Its id.
    ///
    /// # Errors
    /// If the world is full.
    fn spawn(&mut self, prefab: &str, overrides: &JsonObject) -> Result<String, SchemaProblem>;
    /// Another world takes the place of this one; what was edited meanwhile is told after it.
    ///
    /// # Errors
    /// Why it cannot go on. Then nothing happens.
    fn restore(&mut self, woken: Woken) -> Result<(), String>;
}

/// What a tick lets others know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Happening {
    /// A script said something.
    Log(Line),
    /// A script started, crashed or stopped: an event for listeners, and another list of instances.
    Script(Value),
    /// Anything else, for listeners only.
    Event(Value),
    /// Somebody came in, and is told this.
    Entered(String, Value),
    /// Somebody is gone.
    Left(String),
    /// Something was done to a player; all are told.
    Act(String, Value),
    /// For one player only.
    Player(String, Value),
    /// A script wants something from the network.
    Fetch(Question),
}

/// What the thread that ticks shares with those who talk to it.
#[derive(Clone)]
pub(crate) struct Wires {
    pub(crate) pending: Arc<Pending>,
    pub(crate) boundary: Boundary,
    pub(crate) steps: Arc<Steps>,
    pub(crate) seats: Arc<Seats>,
    pub(crate) fetcher: Fetcher,
}

impl Wires {
    /// Of a world whose scripts may fetch what `rules` name. Must be called inside a runtime.
    pub(crate) fn new(rules: FetchRules) -> Wires {
        let steps: Arc<Steps> = Arc::default();
        let fetcher = Fetcher::new(rules, Arc::clone(&steps));
        let pending = Arc::new(Pending::new());
        Wires { pending, boundary: Boundary::new(), steps, seats: Arc::default(), fetcher }
    }
}

/// The thread that ticks.
#[derive(Debug)]
pub(crate) struct Ticker {
    stage: Arc<Stage>,
    bell: mpsc::Sender<Wake>,
    /// Closes when the thread has ended and let go of the store.
    ended: Mutex<mpsc::Receiver<()>>,
}

impl Ticker {
    /// Starts ticking.
    pub(crate) fn start(
        options: &Options,
        wires: Wires,
        simulation: Box<dyn Simulation>,
    ) -> std::io::Result<Ticker> {
        let stage = Arc::new(Stage::new());
        if simulation.now() > 0 {
            // It was restored: what it is can be asked before the first tick.
            stage.after(simulation.now(), simulation.hash(), None);
        }
        let (bell, woken) = mpsc::channel();
        wires.pending.wakes(bell.clone());
        let (ending, ended) = mpsc::channel::<()>();
        let (store, pace) = (options.store.clone(), options.tick);
        let loops = Loop { stage: stage.clone(), wires, store, pace, shown: Mutex::default() };
        std::thread::Builder::new().name("bowline-world".to_owned()).spawn(move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| loops.run(simulation, &woken))) {
                loops.wires.boundary.close(Gone::Failed);
                loops.stage.failed(&words(&*panic));
            }
            loops.wires.boundary.close(Gone::Stopped);
            drop(loops);
            drop(ending);
        })?;
        Ok(Ticker { stage, bell, ended: Mutex::new(ended) })
    }

    pub(crate) fn stage(&self) -> Arc<Stage> {
        self.stage.clone()
    }

    /// Lets the thread end after the tick it is in, and waits for that, but not for ever: it holds
    /// nothing that must be saved, and it may hang.
    pub(crate) fn stop(&self, patience: Duration) {
        // An error means that it has ended already.
        self.bell.send(Wake::Stop).unwrap_or_default();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a tick does not end");
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.bell.send(Wake::Stop).unwrap_or_default();
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

struct Loop {
    stage: Arc<Stage>,
    wires: Wires,
    store: Arc<dyn Store>,
    pace: Duration,
    /// The players as they were shown last.
    shown: Mutex<Arc<Players>>,
}

impl Loop {
    fn run(&self, mut simulation: Box<dyn Simulation>, woken: &mpsc::Receiver<Wake>) {
        tracing::info!(tick = simulation.now(), "the world runs");
        let mut due = Instant::now() + self.pace;
        loop {
            let left = due.saturating_duration_since(Instant::now());
            let early = left > MARGIN && simulation.is_compiling();
            let edited = match woken.recv_timeout(if early { Duration::ZERO } else { left }) {
                Ok(Wake::Edited) => true,
                Err(RecvTimeoutError::Timeout) => early,
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            };
            let left = due.saturating_duration_since(Instant::now());
            if edited && left > MARGIN {
                self.take_over(&mut *simulation, due - MARGIN);
            } else if left.is_zero() {
                self.step(&mut *simulation);
                // Late ticks are skipped, all but one: a slow second must not become a burst.
                due = (due + self.pace).max(Instant::now());
            }
        }
    }

    fn step(&self, simulation: &mut dyn Simulation) {
        self.stage.before();
        // First: what is restored is then told what was edited since.
        let jobs = self.wires.boundary.pass(simulation);
        let changed = self.tell(simulation) || jobs > 0;
        self.seat(simulation);
        let happenings = simulation.tick();
        self.show(simulation, happenings, changed);
    }

    /// Between two ticks.
    fn take_over(&self, simulation: &mut dyn Simulation, until: Instant) {
        self.stage.before();
        let changed = self.tell(simulation);
        let happenings = simulation.take_over(until);
        self.show(simulation, happenings, changed);
    }

    fn show(&self, simulation: &mut dyn Simulation, happenings: Vec<Happening>, changed: bool) {
        let tick = simulation.now();
        let moved = changed || happenings.iter().any(|it| matches!(it, Happening::Script(_)));
        let instances = moved.then(|| simulation.instances());
        self.stage.after(tick, simulation.hash(), instances);
        self.show_players(&simulation.players());
        happenings.into_iter().for_each(|it| self.pass_on(tick, it));
    }

    /// What players did since the last tick; and that the world has those who are connected and nobody
    /// else, whatever was restored.
    fn seat(&self, simulation: &mut dyn Simulation) {
        for waiting in self.wires.steps.take() {
            let Waiting { context, step, permit } = waiting;
            simulation.step(&context, step);
            // Now its connection may say more.
            drop(permit);
        }
        let players = simulation.players();
        for player in players.iter().filter(|it| !self.wires.seats.has(&it.id)) {
            simulation.step(&Context::Server, Step::Leave { id: player.id.clone() });
        }
        for player in self.wires.seats.lost(|id| players.get(id).is_some()) {
            simulation.step(&Context::Server, Step::Join { player });
        }
    }

    fn show_players(&self, players: &Arc<Players>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&shown, players) {
            *shown = Arc::clone(players);
            self.stage.players(Arc::clone(players));
        }
    }

    fn pass_on(&self, tick: u64, happening: Happening) {
        let seats = &self.wires.seats;
        let comes = |kind: &str, id: &str| json!({"type": kind, "tick": tick, "playerId": id});
        match happening {
            Happening::Log(line) => {
                if let Some(player) = line.context.as_deref().and_then(|it| it.strip_prefix("client ")) {
                    seats.tell(player, &line.told(tick));
                }
                self.stage.log(tick, line);
            }
            Happening::Script(event) => {
                let client = event["context"].as_str().and_then(|it| it.strip_prefix("client "));
                client.into_iter().for_each(|player| seats.tell(player, &event));
                self.stage.tell(&event);
            }
            Happening::Event(event) => self.stage.tell(&event),
            Happening::Entered(player, welcome) => {
                let event = comes("enter", &player);
                seats.tell_all(&event);
                seats.tell(&player, &welcome);
                self.stage.tell(&event);
            }
            Happening::Left(player) => {
                let event = comes("leave", &player);
                seats.tell_all(&event);
                self.stage.tell(&event);
            }
            Happening::Act(_, event) => {
                seats.tell_all(&event);
                self.stage.tell(&event);
            }
            Happening::Player(player, message) => seats.tell(&player, &message),
            Happening::Fetch(question) => self.wires.fetcher.ask(question),
        }
    }

    /// Passes on what changed; whether anything did.
    fn tell(&self, simulation: &mut dyn Simulation) -> bool {
        match self.wires.pending.take() {
            Edits::These(edits) => {
                edits.iter().for_each(|it| simulation.edit(it));
                !edits.is_empty()
            }
            // Edits that are written while we read are told again after the next tick: harmless,
            // each of them is the whole of what it is about.
            Edits::Everything => match rows(&*self.store) {
                Ok(contents) => {
                    simulation.read(&contents);
                    true
                }
                Err(error) => {
                    tracing::error!(%error, "the world could not be read");
                    self.wires.pending.read_everything();
                    false
                }
            },
        }
    }
}

/// The rows of a world, without its records: those are none of its edits, and one that is damaged
/// must not stop the others.
pub(crate) fn rows(store: &dyn Store) -> Result<Contents, StoreError> {
    let tables = [Table::Blueprint, Table::Entity, Table::Setting, Table::Meta];
    let tables = tables.into_iter().map(|it| Ok((it, store.rows(it)?)));
    Ok(Contents { records: Vec::new(), tables: tables.collect::<Result<_, StoreError>>()? })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use bowline_store::{Batch, MemoryStore, Table};

    /// Says what it is told; panics when an entity is called `bomb`.
    struct Fake(mpsc::Sender<String>);

    impl Fake {
        fn say(&self, what: impl Into<String>) {
            // The test may have seen enough and be gone.
            self.0.send(what.into()).unwrap_or_default();
        }
    }

    impl Simulation for Fake {
        fn read(&mut self, contents: &Contents) {
            self.say(format!("read {} entities", contents.rows(Table::Entity).len()));
        }
        fn edit(&mut self, edit: &FromServer) {
            let FromServer::EntityRemoved(id) = edit else { panic!("{edit:?}") };
            assert_ne!(id, "bomb", "a script engine fell over");
            self.say(format!("edit {id}"));
        }
        fn step(&mut self, _context: &Context, _step: Step) {}
        fn players(&self) -> Arc<Players> {
            Arc::default()
        }
        fn tick(&mut self) -> Vec<Happening> {
            Vec::new()
        }
        fn take_over(&mut self, _until: Instant) -> Vec<Happening> {
            Vec::new()
        }
        fn is_compiling(&self) -> bool {
            false
        }
        fn now(&self) -> u64 {
            7
        }
        fn hash(&self) -> String {
            "hash".to_owned()
        }
        fn instances(&self) -> Vec<Instance> {
            Vec::new()
        }
        fn accounts(&self) -> Vec<Account> {
            Vec::new()
        }
        fn define(&mut self, definitions: Arc<Definitions>) -> Result<(), Box<Verdict>> {
            self.say(format!("{} components", definitions.registry().layouts.len()));
            Ok(())
        }
        fn entities(&self) -> Ecs {
            Ecs::new(&Definitions::core())
        }
        fn fork(&self) -> Fork {
            let hash = String::new;
            Fork { tick: 7, state_hash: hash(), schema_hash: hash(), encode: Box::new(|| Value::Null) }
        }
        fn spawn(&mut self, _prefab: &str, _overrides: &JsonObject) -> Result<String, SchemaProblem> {
            Ok(String::new())
        }
        fn restore(&mut self, _woken: Woken) -> Result<(), String> {
            Ok(())
        }
    }

    /// Of a world nobody plays in.
    pub(crate) fn wires() -> Wires {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _inside = runtime.enter();
        Wires::new(FetchRules::default())
    }

    fn start() -> (Arc<Pending>, Ticker, mpsc::Receiver<String>) {
        let store = MemoryStore::new();
        store.apply(Batch::new().put_row(Table::Entity, "e", json!({"id": "e"}))).unwrap();
        let options = Options { tick: Duration::from_millis(1), ..Options::new(Arc::new(store)) };
        let (tell, told) = mpsc::channel();
        let wires = wires();
        let pending = wires.pending.clone();
        let ticker = Ticker::start(&options, wires, Box::new(Fake(tell))).unwrap();
        (pending, ticker, told)
    }

    #[test]
    fn a_world_is_read_once_and_then_told_what_changes_in_order() {
        let (pending, ticker, told) = start();
        assert_eq!(told.recv().unwrap(), "read 1 entities");
        for id in ["a", "b"] {
            pending.push(&FromServer::EntityRemoved(id.to_owned()));
        }
        assert_eq!([told.recv().unwrap(), told.recv().unwrap()], ["edit a", "edit b"]);
        ticker.stop(Duration::from_secs(20));
        assert!(told.recv().is_err(), "the thread ended and dropped its simulation");
        assert_eq!(ticker.stage().hash(Some(7)), Some((7, "hash".to_owned())));
    }

    #[test]
    fn a_panic_ends_the_simulation_and_everybody_is_told() {
        let (pending, ticker, told) = start();
        told.recv().unwrap();
        let mut events = ticker.stage().listen();
        pending.push(&FromServer::EntityRemoved("bomb".to_owned()));
        let event: Value = serde_json::from_str(&events.blocking_recv().unwrap()).unwrap();
        assert_eq!((&event["type"], &event["state"]), (&json!("simulation"), &json!("failed")));
        let info = ticker.stage().info(Instant::now());
        let message = info["simulation"]["message"].as_str().unwrap();
        assert!(message.contains("a script engine fell over"), "{message}");
    }
}
