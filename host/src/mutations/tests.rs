use std::io::Read;
use std::time::{Duration, Instant};

use bowline_model::Digest;
use bowline_runtime::ecs::Ecs;
use bowline_runtime::player::Players;
use bowline_runtime::{Context, Step};
use bowline_schema::Problem;
use bowline_store::{
    CheckedBatch, Contents, Corruption, Kind, MemoryStore, OpenBlob, Record, Scope, Slug, Terms,
};
use bowline_wire::{FromServer, JsonObject};
use expect_test::expect;

use super::*;
use crate::accounts::Account;
use crate::autosave::Fork;
use crate::options::Options;
use crate::queue::Expect;
use crate::simulation::Woken;
use crate::stage::Instance;
use crate::ticker::tests::wires;
use crate::ticker::{Happening, Simulation, Ticker, Wires};

/// Says when a tick begins and ends, and ends it when it is told to.
struct Slow {
    now: u64,
    say: Sender<String>,
    may_end: Receiver<()>,
}

impl Slow {
    fn say(&self, what: &str) {
        // The test may have seen enough and be gone.
        self.say.send(format!("{what} {}", self.now)).unwrap_or_default();
    }
}

impl Simulation for Slow {
    fn read(&mut self, _contents: &Contents) {}
    fn edit(&mut self, _edit: &FromServer) {}
    fn step(&mut self, _context: &Context, _step: Step) {}
    fn players(&self) -> Arc<Players> {
        Arc::default()
    }
    fn tick(&mut self) -> Vec<Happening> {
        self.now += 1;
        self.say("tick begins");
        // An error: nobody holds it up any more.
        self.may_end.recv().unwrap_or_default();
        self.say("tick ends");
        Vec::new()
    }
    fn take_over(&mut self, _until: Instant) -> Vec<Happening> {
        Vec::new()
    }
    fn is_compiling(&self) -> bool {
        false
    }
    fn now(&self) -> u64 {
        self.now
    }
    fn hash(&self) -> String {
        String::new()
    }
    fn instances(&self) -> Vec<Instance> {
        Vec::new()
    }
    fn accounts(&self) -> Vec<Account> {
        Vec::new()
    }
    fn define(&mut self, _definitions: Arc<Definitions>) -> Result<(), Box<Verdict>> {
        self.say("defined after tick");
        Ok(())
    }
    fn entities(&self) -> Ecs {
        Ecs::new(&Definitions::core())
    }
    fn fork(&self) -> Fork {
        let hash = String::new;
        Fork { tick: self.now, state_hash: hash(), schema_hash: hash(), encode: Box::new(|| Value::Null) }
    }
    fn spawn(&mut self, _prefab: &str, _overrides: &JsonObject) -> Result<String, Problem> {
        Ok(String::new())
    }
    fn restore(&mut self, _woken: Woken) -> Result<(), String> {
        Ok(())
    }
}

/// A store whose commits say that they begin, and wait to be told to end.
struct Late {
    inner: MemoryStore,
    begun: Sender<()>,
    may_end: Mutex<Receiver<()>>,
}

impl Store for Late {
    fn commit(&self, batch: CheckedBatch) -> Result<(), StoreError> {
        self.begun.send(()).unwrap_or_default();
        self.may_end.lock().unwrap().recv().unwrap_or_default();
        self.inner.commit(batch)
    }
    fn get_by_slug(&self, slug: &Slug) -> Result<Option<Record>, StoreError> {
        self.inner.get_by_slug(slug)
    }
    fn records(&self, kind: Option<Kind>, scope: Option<&Scope>) -> Result<Vec<Record>, StoreError> {
        self.inner.records(kind, scope)
    }
    fn rows(&self, table: Table) -> Result<Vec<Row>, StoreError> {
        self.inner.rows(table)
    }
    fn row(&self, table: Table, id: &str) -> Result<Option<Value>, StoreError> {
        self.inner.row(table, id)
    }
    fn contents(&self) -> Result<Contents, StoreError> {
        self.inner.contents()
    }
    fn receive_blob(&self, source: &mut dyn Read, terms: Terms) -> Result<(Digest, u64), StoreError> {
        self.inner.receive_blob(source, terms)
    }
    fn open_blob(&self, digest: &Digest) -> Result<Option<OpenBlob>, StoreError> {
        self.inner.open_blob(digest)
    }
    fn has_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.inner.has_blob(digest)
    }
    fn blobs(&self) -> Result<Vec<Digest>, StoreError> {
        self.inner.blobs()
    }
    fn remove_blob(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.inner.remove_blob(digest)
    }
    fn sound_records(&self) -> Result<(Vec<Record>, Vec<Corruption>), StoreError> {
        self.inner.sound_records()
    }
    fn set_aside(&self, slug: &str, name: &str) -> Result<bool, StoreError> {
        self.inner.set_aside(slug, name)
    }
    fn verify(&self) -> Result<Vec<Corruption>, StoreError> {
        self.inner.verify()
    }
}

struct World {
    mutations: Arc<Mutations>,
    boundary: Boundary,
    ticker: Ticker,
    said: Receiver<String>,
    end_tick: Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

fn world(store: Arc<dyn Store>) -> World {
    let ((say, said), (end_tick, may_end)) = (mpsc::channel(), mpsc::channel());
    let options = Options { tick: Duration::from_millis(1), ..Options::new(store.clone()) };
    let boundary = Boundary::new();
    let slow = Box::new(Slow { now: 0, say, may_end });
    let ticker = Ticker::start(&options, Wires { boundary: boundary.clone(), ..wires() }, slow).unwrap();
    let records = Records::new([], "project");
    let shown = Shown { records, definitions: Definitions::core(), tick: 0, safe_mode: false };
    let (mutations, thread) = Mutations::start(shown, boundary.clone(), store, ticker.stage()).unwrap();
    World { mutations, boundary, ticker, said, end_tick, thread }
}

fn component(name: &str) -> Vec<Edit> {
    let slug = Slug::parse(&format!("room/project/component/{name}")).unwrap();
    vec![Edit { slug, payload: Some(json!({"fields": []})), expect: Expect::Nothing }]
}

impl World {
    /// Lets ticks end until `wanted` was said; all that was said.
    fn until(&self, wanted: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let line = self.said.recv().unwrap();
            if line.starts_with("tick begins") {
                self.end_tick.send(()).unwrap();
            }
            let found = line.starts_with(wanted);
            heard.push(line);
            if found {
                return heard;
            }
        }
    }

    /// Nothing holds it up any more.
    fn stop(self) {
        drop(self.end_tick);
        self.mutations.stop();
        self.thread.join().unwrap();
        self.ticker.stop(Duration::from_secs(20));
    }
}

#[test]
fn a_mutation_posted_inside_a_slow_tick_is_applied_at_a_boundary_after_it() {
    let world = world(Arc::new(MemoryStore::new()));
    assert_eq!(world.said.recv().unwrap(), "tick begins 1");
    let (ticket, mut told) = world.mutations.post(component("door")).unwrap();
    assert_eq!(ticket, 1);
    assert!(told.try_recv().is_err(), "nothing happens inside the tick");
    assert_eq!(world.mutations.queue(|it| it.batch().len()), 1);
    world.end_tick.send(()).unwrap();
    let heard = world.until("defined");
    let [.., before, defined] = &heard[..] else { panic!("{heard:?}") };
    let tick: u64 = defined.strip_prefix("defined after tick ").unwrap().parse().unwrap();
    assert_eq!(*before, format!("tick ends {tick}"), "between two ticks");
    assert_eq!(world.said.recv().unwrap(), format!("tick begins {}", tick + 1));
    world.end_tick.send(()).unwrap();
    let settled = told.blocking_recv().unwrap();
    assert_eq!((settled.outcome, settled.tick), (Outcome::Applied, tick));
    world.stop();
}

#[test]
fn what_waits_is_one_batch_with_one_journal_row() {
    let store = Arc::new(MemoryStore::new());
    let world = world(store.clone());
    assert_eq!(world.said.recv().unwrap(), "tick begins 1");
    // The first wakes the thread, which then waits for the boundary; the others come meanwhile or are
    // taken along: either way each batch has one row, and the tickets keep their order.
    let told: Vec<_> = ["a", "b", "c"].map(|it| world.mutations.post(component(it)).unwrap()).into();
    world.end_tick.send(()).unwrap();
    world.until("defined");
    drop(world.end_tick);
    let ticks: Vec<u64> = told.into_iter().map(|(_, it)| it.blocking_recv().unwrap().tick).collect();
    assert!(ticks.is_sorted());
    let rows = store.rows(Table::Journal).unwrap();
    let slugs: Vec<&str> = rows
        .iter()
        .flat_map(|it| it.json["records"].as_array().unwrap())
        .map(|it| it["slug"].as_str().unwrap())
        .collect();
    expect![[r#"
        [
            "room/project/component/a",
            "room/project/component/b",
            "room/project/component/c",
        ]
    "#]]
    .assert_debug_eq(&slugs);
    assert!(rows.iter().all(|it| ticks.contains(&it.json["tick"].as_u64().unwrap())));
    world.mutations.stop();
    world.thread.join().unwrap();
}

#[test]
fn ticks_go_on_while_the_store_is_late_and_nothing_is_told_before_it_is_done() {
    let ((begun, has_begun), (end, may_end)) = (mpsc::channel(), mpsc::channel());
    let store = Arc::new(Late { inner: MemoryStore::new(), begun, may_end: Mutex::new(may_end) });
    let world = world(store.clone());
    let (_, mut told) = world.mutations.post(component("door")).unwrap();
    world.until("tick ends");
    while has_begun.try_recv().is_err() {
        world.until("tick ends");
    }
    // The store is in the middle of it, for as many ticks as one likes.
    for _ in 0..50 {
        let heard = world.until("tick ends");
        assert!(heard.iter().all(|it| it.starts_with("tick")), "{heard:?}");
    }
    assert!(told.try_recv().is_err());
    assert!(store.records(None, None).unwrap().is_empty());
    assert_eq!(world.mutations.shown().tick, 0);
    drop(end);
    world.until("defined");
    assert_eq!(store.records(None, None).unwrap().len(), 1, "durable before it is true");
    drop(world.end_tick);
    assert_eq!(told.blocking_recv().unwrap().outcome, Outcome::Applied);
    world.mutations.stop();
    world.thread.join().unwrap();
}

#[test]
fn a_world_that_stops_first_tells_nobody_anything() {
    let world = world(Arc::new(MemoryStore::new()));
    assert_eq!(world.said.recv().unwrap(), "tick begins 1");
    let (_, told) = world.mutations.post(component("door")).unwrap();
    world.boundary.close(Gone::Stopped);
    assert!(told.blocking_recv().is_err());
    assert!(world.mutations.check(component("door")).is_err());
    let (_, later) = world.mutations.post(component("lamp")).unwrap();
    assert!(later.blocking_recv().is_err(), "nor anybody who comes after");
    world.stop();
}

#[test]
fn a_failed_simulation_does_not_keep_records_from_being_mended() {
    let store = Arc::new(MemoryStore::new());
    let world = world(store.clone());
    world.boundary.close(Gone::Failed);
    let (_, told) = world.mutations.post(component("door")).unwrap();
    assert_eq!(told.blocking_recv().unwrap().outcome, Outcome::Applied);
    assert_eq!(store.records(None, None).unwrap().len(), 1);
    world.stop();
}
