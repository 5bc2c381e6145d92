//! The running world is kept, and goes on where it was: after a stop, a checkpoint, a kill. Real
//! sockets, a real disk where it matters, and for the kill a process of its own: this binary again.

#[path = "client/peer.rs"]
mod peer;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bowline_host::{Options, Running};
use bowline_store::{Batch, DiskStore, Kind, MemoryStore, Record, Slug, Store, Table};
use bowline_wire::{AdminAuth, Dialect, FromClient};
use peer::{Exchange, Heard, Socket, plain, request};
use serde_json::{Value, json};

const CODE: &str = "secret";
const FOLDER: &str = "BOWLINE_HOST_KILL_FOLDER";
const LONG: Duration = Duration::from_secs(60 * 60);
const AUTOSAVE: &str = "room/project/world/autosave";

/// Counts in its state, so that every tick is another world.
const COUNTER: &str = "let n = app.state.n ?? 0\napp.on('update', () => { n += 1; app.state = { n } })\n";

fn options(store: Arc<dyn Store>) -> Options {
    Options {
        admin_code: CODE.to_owned(),
        world_id: Some("w".into()),
        tick: Duration::from_millis(2),
        autosave: LONG,
        ..Options::new(store)
    }
}

async fn started(store: Arc<dyn Store>) -> Running {
    bowline_host::start(options(store)).await.expect("a free loopback port")
}

/// A world with one entity that counts.
fn put_counter(store: &dyn Store) {
    let script = format!("asset://{}.js", store.put_blob(COUNTER.as_bytes()).expect("a blob"));
    let blueprint = json!({"id": "Counter", "version": 1, "name": "Counter", "script": script, "props": {}});
    let entity = json!({
        "id": "e1", "type": "app", "blueprint": "Counter", "position": [1, 2, 3], "quaternion": [0, 0, 0, 1],
        "scale": [1, 1, 1], "state": {}, "props": {},
    });
    let batch =
        Batch::new().put_row(Table::Blueprint, "Counter", blueprint).put_row(Table::Entity, "e1", entity);
    store.apply(batch).expect("rows");
}

fn asked(method: &str, path: &str, body: Option<Value>) -> Exchange {
    plain(&[("x-admin-code".to_owned(), CODE.to_owned())], method, path, body)
}

async fn ask(addr: SocketAddr, method: &str, path: &str, body: Option<Value>) -> Value {
    let answer = request(addr, &asked(method, path, body)).await;
    assert_ne!(answer.status, 500);
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    serde_json::from_slice(&answer.body).expect("JSON")
}

async fn checkpoint(world: &Running, name: &str) -> Value {
    ask(world.addr, "POST", "/bowline/v1/world/checkpoint", Some(json!({"name": name, "reason": "a test"})))
        .await
}

async fn info(world: &Running) -> Value {
    ask(world.addr, "GET", "/bowline/info", None).await
}

/// The hash after a tick that has been.
async fn hash(world: &Running, tick: &Value) -> Value {
    ask(world.addr, "GET", &format!("/bowline/hash?tick={tick}"), None).await["hash"].clone()
}

/// The next event of a type.
async fn event(events: &mut Socket, kind: &str) -> Value {
    loop {
        let Heard::Frame(bytes) = events.hear().await else { panic!("the feed ended") };
        let event: Value = serde_json::from_slice(&bytes).expect("JSON");
        if event["type"] == kind {
            return event;
        }
    }
}

async fn listen(addr: SocketAddr) -> Socket {
    Socket::open_at(addr, "/bowline/events", CODE).await
}

fn autosave(store: &dyn Store) -> Record {
    store.get_by_slug(&Slug::parse(AUTOSAVE).expect("a slug")).expect("readable").expect("kept")
}

#[tokio::test]
async fn a_world_that_stops_goes_on_where_it_was() {
    let store = Arc::new(MemoryStore::new());
    put_counter(&*store);
    let world = started(store.clone()).await;
    let mut events = listen(world.addr).await;
    while event(&mut events, "state").await["state"]["n"].as_u64() < Some(5) {}
    world.stop_because("SIGTERM").await.expect("it stops");
    let kept = autosave(&*store).payload;
    assert_eq!(kept["reason"], "SIGTERM");

    let world = started(store.clone()).await;
    let start = info(&world).await["start"].clone();
    assert_eq!(start, json!({"restoredTick": kept["tick"], "reason": "SIGTERM", "warnings": []}));
    assert_eq!(hash(&world, &kept["tick"]).await, kept["stateHash"], "bit for bit");
    let mut events = listen(world.addr).await;
    let counted = event(&mut events, "state").await["state"]["n"].as_u64();
    assert!(counted > Some(5), "{counted:?}");
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_checkpoint_is_listed_and_a_restore_goes_back_to_it() {
    let store = Arc::new(MemoryStore::new());
    put_counter(&*store);
    let world = started(store.clone()).await;
    let mut events = listen(world.addr).await;
    event(&mut events, "state").await;
    let saved = checkpoint(&world, "before-the-storm").await;
    assert_eq!(saved["slug"], "room/project/world/before-the-storm");
    assert_eq!((&saved["same"], &saved["reason"]), (&json!(false), &json!("a test")));
    assert_eq!(event(&mut events, "saved").await["tick"], saved["tick"], "listeners hear of it");
    assert_eq!(hash(&world, &saved["tick"]).await, saved["stateHash"], "as it was between two ticks");
    event(&mut events, "state").await;
    let name = json!({"name": "before-the-storm"});
    let restored = ask(world.addr, "POST", "/bowline/v1/world/restore", Some(name)).await;
    assert_eq!([&restored["tick"], &restored["stateHash"]], [&saved["tick"], &saved["stateHash"]]);
    let listed = ask(world.addr, "GET", "/bowline/v1/world/checkpoints", None).await;
    assert_eq!(listed["checkpoints"][0]["tick"], saved["tick"]);
    for (body, error) in
        [(json!({"name": "Bad Name"}), "invalid_body"), (json!({"name": "nobody"}), "not_found")]
    {
        assert_eq!(ask(world.addr, "POST", "/bowline/v1/world/restore", Some(body)).await["error"], error);
    }
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_world_in_which_nothing_happens_is_written_once_and_then_only_its_tick() {
    let store = Arc::new(MemoryStore::new());
    let world = started(store.clone()).await;
    assert_eq!(checkpoint(&world, "idle").await["same"], false);
    let again = checkpoint(&world, "idle").await;
    assert_eq!(again["same"], true);
    let record = store.get_by_slug(&Slug::parse("room/project/world/idle").expect("a slug"));
    assert_eq!(record.expect("readable").expect("kept").version, 1);
    let name = json!({"name": "idle"});
    let restored = ask(world.addr, "POST", "/bowline/v1/world/restore", Some(name)).await;
    assert_eq!([&restored["tick"], &restored["stateHash"]], [&again["tick"], &again["stateHash"]]);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn it_is_kept_again_and_again_and_when_the_last_client_leaves() {
    let store = Arc::new(MemoryStore::new());
    let often = Options { autosave: Duration::from_millis(20), ..options(store.clone()) };
    let world = bowline_host::start(often).await.expect("it starts");
    let mut events = listen(world.addr).await;
    for _ in 0..4 {
        assert_eq!(event(&mut events, "saved").await["reason"], "interval");
    }
    world.stop().await.expect("it stops");

    let world = started(store).await;
    let mut events = listen(world.addr).await;
    let mut admin = Socket::open(world.addr).await;
    admin.say(FromClient::Auth(AdminAuth::with_code(Some(CODE))).encode(Dialect::Main)).await;
    assert!(matches!(admin.hear().await, Heard::Frame(_)), "it is let in");
    admin.close(None).await;
    assert_eq!(event(&mut events, "saved").await["reason"], "last_client");
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_kept_world_that_cannot_go_on_is_set_aside_with_a_warning() {
    let store = Arc::new(MemoryStore::new());
    put_counter(&*store);
    let slug = Slug::parse(AUTOSAVE).expect("a slug");
    let payload =
        json!({"format": 1, "tick": 7, "reason": "interval", "stateHash": "", "schemaHash": "", "world": {}});
    let record = Record::new(slug, Kind::World, payload, "2026-01-31T09:30:00.000Z").expect("a record");
    store.apply(Batch::new().put_record(record)).expect("kept");
    let world = started(store.clone()).await;
    let start = info(&world).await["start"].clone();
    assert_eq!(
        (&start["restoredTick"], &start["warnings"][0]["code"]),
        (&Value::Null, &json!("kept_world_unusable"))
    );
    let aside = store.rows(Table::SetAside).expect("rows");
    assert!(start["warnings"][0]["message"].as_str().expect("words").contains(&aside[0].id));
    let mut events = listen(world.addr).await;
    event(&mut events, "state").await;
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_kept_world_that_was_damaged_on_the_disk_is_set_aside_and_nothing_else_is_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Arc::new(DiskStore::open(folder.path()).expect("a store"));
    let store = open();
    put_counter(&*store);
    let world = started(store.clone()).await;
    world.stop_because("damage-me").await.expect("it stops");
    drop(store);
    let path = folder.path().join("world.db");
    let mut bytes = std::fs::read(&path).expect("the database");
    let word = bytes.windows(9).rposition(|it| it == b"damage-me").expect("in the payload");
    bytes[word] = b'D';
    std::fs::write(&path, bytes).expect("damage");

    let store = open();
    let world = started(store.clone()).await;
    let start = info(&world).await["start"].clone();
    assert_eq!(start["warnings"][0]["code"], "kept_world_unusable", "{start}");
    assert_eq!(store.rows(Table::SetAside).expect("rows").len(), 1);
    assert_eq!(store.rows(Table::Entity).expect("rows").len(), 1);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn in_safe_mode_nothing_runs_and_what_was_kept_is_left_alone() {
    let store = Arc::new(MemoryStore::new());
    put_counter(&*store);
    let world = started(store.clone()).await;
    let mut events = listen(world.addr).await;
    event(&mut events, "state").await;
    world.stop().await.expect("it stops");
    let kept = autosave(&*store);
    let safe = Options { safe_mode: true, ..options(store.clone()) };
    let world = bowline_host::start(safe).await.expect("it starts");
    assert_eq!(info(&world).await["safeMode"], true);
    let apps = ask(world.addr, "GET", "/bowline/apps/Counter", None).await;
    let running = apps["instances"].as_array().expect("a list").iter().filter(|it| it["state"] == "running");
    assert_eq!(running.count(), 0, "{apps}");
    world.stop().await.expect("it stops");
    assert_eq!(autosave(&*store), kept);
}

/// The other process: a world that is kept all the time, until it is killed. Its first line is its
/// address.
#[tokio::test]
async fn killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = DiskStore::open(Path::new(&folder)).expect("a store");
    put_counter(&store);
    let often = Options { autosave: Duration::from_millis(30), ..options(Arc::new(store)) };
    let world = bowline_host::start(often).await.expect("it starts");
    std::io::stderr().write_all(format!("{}\n", world.addr).as_bytes()).expect("the test listens");
    // Until it is killed.
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_kill_loses_no_acknowledged_record_and_nothing_before_the_last_autosave() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "killed", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut line).expect("its address");
    let addr: SocketAddr = line.trim().parse().expect("an address");
    let mut events = listen(addr).await;
    event(&mut events, "saved").await;
    let mut acknowledged = Vec::new();
    for number in 0..5 {
        let slug = format!("room/project/component/c{number}");
        let record = json!({"records": [{"slug": slug, "payload": {"fields": []}}]});
        let answer = ask(addr, "POST", "/bowline/v1/schema/apply", Some(record)).await;
        assert_eq!(answer["outcome"], "applied", "{answer}");
        acknowledged.push(slug);
    }
    let saved = event(&mut events, "saved").await;
    child.kill().expect("it lives");
    child.wait().expect("it is dead");

    let world = started(Arc::new(DiskStore::open(folder.path()).expect("a store"))).await;
    let start = info(&world).await["start"].clone();
    assert!(start["restoredTick"].as_u64() >= saved["tick"].as_u64(), "{start} {saved}");
    let listed = ask(world.addr, "GET", "/bowline/v1/store/records?kind=component", None).await;
    let slugs: Vec<&str> =
        listed["records"].as_array().expect("a list").iter().filter_map(|it| it["slug"].as_str()).collect();
    assert_eq!(slugs, acknowledged);
    world.stop().await.expect("it stops");
}
