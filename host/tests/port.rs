//! What the recordings cannot show: that an ok is on disk, that a store may fail, that a slow peer
//! stands in nobody's way, and that the door is shut. Real sockets on loopback, stores in memory.

#[path = "client/peer.rs"]
mod peer;

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use bowline_host::{HostError, Options, Running};
use bowline_model::Digest;
use bowline_store::{Change, Corruption};
use bowline_store::{
    CheckedBatch, Contents, Kind, MemoryStore, OpenBlob, Record, Row, Scope, Slug, Store, StoreError, Table,
    Terms,
};
use bowline_wire::{AdminAuth, Command, Dialect, FromClient, FromServer, Order};
use expect_test::expect;
use futures_util::FutureExt as _;
use peer::{Exchange, Heard, HttpAnswer, Socket, plain, request};
use serde_json::{Value, json};

const CODE: &str = "secret";

async fn world(store: Arc<dyn Store>) -> Running {
    let options = Options { admin_code: CODE.to_owned(), world_id: Some("w".into()), ..Options::new(store) };
    bowline_host::start(options).await.expect("a free loopback port")
}

fn headers() -> Vec<(String, String)> {
    vec![("x-admin-code".to_owned(), CODE.to_owned())]
}

async fn get(addr: SocketAddr, path: &str) -> HttpAnswer {
    request(addr, &plain(&headers(), "GET", path, None)).await
}

fn show(answer: &HttpAnswer) -> String {
    format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
}

fn json_of(answer: &HttpAnswer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

async fn joined(addr: SocketAddr) -> Socket {
    let mut socket = Socket::open(addr).await;
    socket.say(FromClient::Auth(AdminAuth::with_code(Some(CODE))).encode(Dialect::Main)).await;
    assert_eq!(heard(&mut socket).await, FromServer::AuthOk);
    socket
}

async fn heard(socket: &mut Socket) -> FromServer {
    match socket.hear().await {
        Heard::Frame(bytes) => FromServer::decode(Dialect::Main, &bytes).expect("a packet"),
        other => panic!("{other:?}"),
    }
}

fn entity(id: &str, props: Value) -> Vec<u8> {
    let entity = json!({"id": id, "type": "app", "props": props});
    let order = Order::entity_add(entity.as_object().expect("an object"));
    FromClient::Command(Command { request_id: id.into(), order, ..Command::default() }).encode(Dialect::Main)
}

/// The next result, as `id: ok` or `id: error`; broadcasts before it are passed over.
async fn result(socket: &mut Socket) -> String {
    loop {
        if let FromServer::Result(result) = heard(socket).await {
            let id = result.request_id.unwrap_or_default();
            let outcome = result.outcome.map_or_else(|it| it.error, |()| "ok".to_owned());
            return format!("{}: {outcome}", id.as_str().unwrap_or_default());
        }
    }
}

/// A store whose every commit says that it began, then waits to be told how it ends.
struct Gate {
    inner: MemoryStore,
    began: Mutex<Sender<()>>,
    may_end: Mutex<Receiver<Ending>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Kept,
    /// Refuses a batch that has a row called `poison`.
    KeptUnlessPoisoned,
}

fn gate() -> (Arc<Gate>, Receiver<()>, Sender<Ending>) {
    let ((began, has_begun), (end, may_end)) = (channel(), channel());
    let gate = Gate { inner: MemoryStore::new(), began: Mutex::new(began), may_end: Mutex::new(may_end) };
    (Arc::new(gate), has_begun, end)
}

impl Store for Gate {
    fn commit(&self, batch: CheckedBatch) -> Result<(), StoreError> {
        self.began.lock().expect("no panic").send(()).expect("the test listens");
        let ending = self.may_end.lock().expect("no panic").recv().expect("the test answers");
        let poisoned = |it: &Change| matches!(it, Change::PutRow(_, row) if row.id == "poison");
        if ending == Ending::KeptUnlessPoisoned && batch.clone().changes().iter().any(poisoned) {
            return Err(StoreError::TooLarge { limit: 0 });
        }
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
    fn receive_blob(
        &self,
        source: &mut dyn std::io::Read,
        terms: Terms,
    ) -> Result<(Digest, u64), StoreError> {
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

/// Waits for the gate without holding up the runtime the world shares with the test.
async fn begun(has_begun: Receiver<()>) -> Receiver<()> {
    tokio::task::spawn_blocking(move || {
        has_begun.recv().expect("a commit begins");
        has_begun
    })
    .await
    .expect("no panic")
}

#[tokio::test]
async fn an_ok_is_said_only_after_the_store_has_it() {
    let (store, has_begun, end) = gate();
    end.send(Ending::Kept).expect("the world id is written at once");
    let world = world(store.clone()).await;
    let has_begun = begun(has_begun).await;
    let mut socket = joined(world.addr).await;
    socket.say(entity("e1", json!({}))).await;
    let has_begun = begun(has_begun).await;

    assert!(socket.hear().now_or_never().is_none(), "neither broadcast nor result before the disk");
    assert_eq!(get(world.addr, "/health").await.status, 200, "the port does not wait for the disk");
    assert!(store.inner.rows(Table::Entity).expect("rows").is_empty());

    end.send(Ending::Kept).expect("the store waits");
    assert!(matches!(heard(&mut socket).await, FromServer::EntityAdded(_)));
    assert_eq!(store.inner.rows(Table::Entity).expect("rows").len(), 1);
    assert_eq!(result(&mut socket).await, "e1: ok");
    drop(has_begun);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn what_waits_is_written_together_and_one_bad_row_hurts_nobody_else() {
    let (store, has_begun, end) = gate();
    end.send(Ending::Kept).expect("the world id is written at once");
    let world = world(store.clone()).await;
    let has_begun = begun(has_begun).await;
    let mut socket = joined(world.addr).await;
    socket.say(entity("first", json!({}))).await;
    let has_begun = begun(has_begun).await;
    // While the first is being written, three more arrive. A request proves that they have.
    for id in ["a", "poison", "b"] {
        socket.say(entity(id, json!({}))).await;
    }
    end.send(Ending::Kept).expect("the store waits");
    // Together, and then each alone as long as that takes: after that nobody is listening.
    for _ in 0..8 {
        end.send(Ending::KeptUnlessPoisoned).expect("the store waits");
    }
    let mut results = Vec::new();
    for _ in 0..4 {
        results.push(result(&mut socket).await);
    }
    assert_eq!(results, ["first: ok", "a: ok", "poison: server_error", "b: ok"]);
    let listed = json_of(&get(world.addr, "/admin/entities").await);
    let ids: Vec<&str> =
        listed["entities"].as_array().expect("a list").iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(ids, ["first", "a", "b"], "memory has what the disk has, in order");
    drop(has_begun);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_stopped_world_comes_back_as_it_was() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let first = world(store.clone()).await;
    let mut socket = joined(first.addr).await;
    socket.say(entity("e1", json!({"a": 1}))).await;
    assert_eq!(result(&mut socket).await, "e1: ok");
    let body = json!({"owner": "ann"});
    let lock = plain(&headers(), "POST", "/admin/deploy-lock", Some(body));
    assert_eq!(request(first.addr, &lock).await.status, 200);
    let mut leaving = joined(first.addr).await;
    leaving.close(Some(1000)).await;
    assert_eq!(leaving.hear().await, Heard::Close(Some(1000)));
    let before = json_of(&get(first.addr, "/admin/snapshot").await);
    first.stop().await.expect("it stops");
    assert!(matches!(socket.hear().await, Heard::Close(Some(1001))));

    let second = world(store.clone()).await;
    let after = json_of(&get(second.addr, "/admin/snapshot").await);
    for key in ["worldId", "settings", "spawn", "blueprints", "entities"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert_eq!(json_of(&get(second.addr, "/admin/deploy-lock").await)["locked"], false);
    second.stop().await.expect("it stops");

    let other = Options { world_id: Some("other".into()), ..Options::new(store) };
    let refused = bowline_host::start(other).await;
    assert!(matches!(refused, Err(HostError::OtherWorld { .. })));
}

fn upload(filename: &str, bytes: &[u8]) -> Exchange {
    let head =
        format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\r\n");
    let mut headers = headers();
    headers.push(("content-type".to_owned(), "multipart/form-data; boundary=b".to_owned()));
    let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
    Exchange { method: "POST".into(), path: "/admin/upload".into(), headers, body, ..Exchange::default() }
}

#[tokio::test]
async fn an_upload_is_kept_whole_under_its_own_name_or_not_at_all() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let options = Options { admin_code: CODE.into(), max_upload_bytes: 1000, ..Options::new(store.clone()) };
    let world = bowline_host::start(options).await.expect("a port");
    let (fits, digest) = (vec![7; 1000], Digest::of(&[7; 1000]));
    let mut story = String::new();
    for (filename, bytes) in [
        ("x.bin".to_owned(), vec![7; 1001]),
        (format!("{digest}.bin"), vec![8; 10]),
        (format!("{digest}.JS"), vec![8; 10]),
        ("C:\\models\\x.bin".to_owned(), fits.clone()),
    ] {
        story += &show(&request(world.addr, &upload(&filename, &bytes)).await);
        story += &format!(", {} kept\n", store.blobs().expect("blobs").len());
    }
    expect![[r#"
        413 {"error":"too_large"}, 0 kept
        400 {"error":"hash_mismatch"}, 0 kept
        400 {"error":"hash_mismatch"}, 0 kept
        200 {"ok":true,"filename":"x.bin"}, 1 kept
    "#]]
    .assert_eq(&story);
    let path = format!("/assets/{digest}.glb");
    let download = get(world.addr, &path).await;
    assert_eq!((download.status, &download.body), (200, &fits));
    assert_eq!(download.headers["content-type"], "model/gltf-binary");
    let known = vec![("if-none-match".to_owned(), format!("\"{digest}\""))];
    let again = Exchange { method: "GET".into(), path, headers: known, ..Exchange::default() };
    assert_eq!(request(world.addr, &again).await.status, 304);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn the_model_of_apps_without_one_is_in_every_world() {
    let world = world(Arc::new(MemoryStore::new())).await;
    let model = get(world.addr, "/assets/empty.glb").await;
    assert_eq!((model.status, &model.body[..4]), (200, &b"glTF"[..]));
    assert_eq!(model.headers["content-type"], "model/gltf-binary");
    assert_eq!(model.headers["cache-control"], "public, max-age=0");
    let mut story = String::new();
    for name in ["empty.glb", "../empty.glb", "other.glb"] {
        let path = format!("/admin/upload-check?filename={name}");
        let check = request(world.addr, &plain(&headers(), "GET", &path, None)).await;
        story += &format!("{name}: {}\n", json_of(&check)["exists"]);
    }
    expect![[r#"
        empty.glb: true
        ../empty.glb: false
        other.glb: false
    "#]]
    .assert_eq(&story);
    assert_eq!(get(world.addr, "/assets/other.glb").await.status, 404);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn what_nothing_refers_to_is_removed_only_when_asked_for() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let world = world(store.clone()).await;
    for bytes in [b"used", b"kept", b"free"] {
        assert_eq!(request(world.addr, &upload("x.bin", bytes)).await.status, 200);
    }
    let mut socket = joined(world.addr).await;
    let url = |bytes: &[u8]| format!("asset://{}.bin", Digest::of(bytes));
    socket.say(entity("e", json!({"file": url(b"used"), "other": url(b"kept")}))).await;
    assert_eq!(result(&mut socket).await, "e: ok");
    let unused = world.unreferenced().await.expect("a list");
    assert_eq!(unused, [Digest::of(b"free")]);
    let removed = world.gc(vec![Digest::of(b"free"), Digest::of(b"used")]).await.expect("a list");
    assert_eq!(removed, [Digest::of(b"free")]);
    assert_eq!(store.blobs().expect("blobs").len(), 2);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn the_door_is_shut_to_pages_of_other_hosts() {
    let world = world(Arc::new(MemoryStore::new())).await;
    let own = format!("http://{}", world.addr);
    let mut story = String::new();
    for (host, origin, method, path) in [
        (None, None, "GET", "/admin/entities"),
        (Some("localhost:1"), None, "GET", "/health"),
        (Some("evil.example"), None, "GET", "/health"),
        (Some("evil.example"), None, "GET", "/assets/x"),
        (None, Some(own.as_str()), "GET", "/admin/entities"),
        (None, Some("http://evil.example"), "GET", "/admin/entities"),
        (None, Some("null"), "DELETE", "/admin/blueprints/x"),
        (None, Some("http://evil.example"), "GET", "/admin"),
        (None, Some("http://evil.example"), "GET", "/bowline/info"),
        (None, None, "GET", "/admin/%zz"),
        (None, None, "PATCH", "/admin/spawn"),
        (None, None, "GET", "/admin/changes"),
        (None, None, "GET", "/ws"),
    ] {
        let mut headers = headers();
        headers.extend(origin.map(|it| ("origin".to_owned(), it.to_owned())));
        let host = host.map(str::to_owned);
        let exchange =
            Exchange { host, method: method.into(), path: path.into(), headers, ..Exchange::default() };
        let answer = request(world.addr, &exchange).await;
        let refusal: String = match answer.status {
            200 => "let in".to_owned(),
            _ => String::from_utf8_lossy(&answer.body).chars().take(60).collect(),
        };
        story += &format!("{method} {path} {} {refusal}\n", answer.status);
    }
    expect![[r#"
        GET /admin/entities 200 let in
        GET /health 200 let in
        GET /health 403 {"error":"host_refused"}
        GET /assets/x 403 {"error":"host_refused"}
        GET /admin/entities 200 let in
        GET /admin/entities 403 {"error":"origin_refused"}
        DELETE /admin/blueprints/x 403 {"error":"origin_refused"}
        GET /admin 403 {"error":"origin_refused"}
        GET /bowline/info 403 {"error":"origin_refused"}
        GET /admin/%zz 400 {"error":"Bad Request","code":"FST_ERR_BAD_URL","message":"'
        PATCH /admin/spawn 404 {"message":"Route PATCH:/admin/spawn not found","error":"Not
        GET /admin/changes 404 {"message":"Route GET:/admin/changes not found","error":"Not
        GET /ws 404 {"message":"Route GET:/ws not found","error":"Not Found","st
    "#]]
    .assert_eq(&story);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_closed_and_holds_nobody_up() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let options = Options { admin_code: CODE.into(), max_backlog_bytes: 4 << 20, ..Options::new(store) };
    let world = bowline_host::start(options).await.expect("a port");
    let mut slow = joined(world.addr).await;
    let mut busy = joined(world.addr).await;
    let large = "x".repeat(1 << 20);
    // 24 MiB: more than may wait, and more than the kernel buffers.
    for n in 0..24 {
        busy.say(entity("e", json!({"n": n, "large": large}))).await;
        assert_eq!(result(&mut busy).await, "e: ok");
    }
    let last = loop {
        match slow.hear().await {
            Heard::Frame(_) => (),
            other => break other,
        }
    };
    assert!(matches!(last, Heard::Close(Some(1013)) | Heard::Nothing), "{last:?}");
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn our_own_endpoints_need_the_code_and_say_what_runs() {
    let world = world(Arc::new(MemoryStore::new())).await;
    let anonymous = plain(&[], "GET", "/bowline/info", None);
    assert_eq!(show(&request(world.addr, &anonymous).await), r#"403 {"error":"admin_required"}"#);
    let info = json_of(&get(world.addr, "/bowline/info").await);
    assert_eq!((&info["name"], &info["worldId"]), (&json!("bowline"), &json!("w")));
    assert_eq!(info["simulation"]["state"], "running");
    assert_eq!(show(&get(world.addr, "/bowline/apps/None").await), r#"404 {"error":"not_found"}"#);
    assert_eq!(show(&get(world.addr, "/bowline/hash?tick=99999").await), r#"404 {"error":"unknown_tick"}"#);
    let logs = json_of(&get(world.addr, "/bowline/logs?since=7").await);
    assert_eq!((&logs["lines"], &logs["next"], logs["run"].is_string()), (&json!([]), &json!(7), true));
    world.stop().await.expect("it stops");
}

/// What the world tells listeners, until `last` is told.
async fn told_until(events: &mut Socket, last: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut told = Vec::new();
    loop {
        let Heard::Frame(bytes) = events.hear().await else { panic!("the events end: {told:?}") };
        told.push(serde_json::from_slice(&bytes).expect("JSON"));
        if told.last().is_some_and(&last) {
            return told;
        }
    }
}

/// Uploads a script and makes it the whole of the app `Bell`.
async fn deploy(world: &Running, socket: &mut Socket, version: u32, script: &str) {
    assert_eq!(request(world.addr, &upload("index.js", script.as_bytes())).await.status, 200);
    let lock = plain(&headers(), "POST", "/admin/deploy-lock", Some(json!({"scope": "Bell"})));
    let token = json_of(&request(world.addr, &lock).await)["token"].clone();
    let url = format!("asset://{}.js", Digest::of(script.as_bytes()));
    let blueprint = json!({
        "id": "Bell", "version": version, "name": "Bell", "model": "asset://empty.glb", "props": {},
        "script": url, "scriptEntry": "index.js", "scriptFiles": {"index.js": url}, "scriptFormat": "module",
    });
    let order = Order::blueprint_add(blueprint.as_object().expect("an object"), token.as_str());
    let command = Command { request_id: "deploy".into(), order, ..Command::default() };
    socket.say(FromClient::Command(command).encode(Dialect::Main)).await;
    assert_eq!(result(socket).await, "deploy: ok");
    let release = plain(&headers(), "DELETE", "/admin/deploy-lock", Some(json!({"token": token})));
    assert_eq!(request(world.addr, &release).await.status, 200);
}

fn place(blueprint: &str) -> Vec<u8> {
    let entity = json!({"id": "e1", "type": "app", "blueprint": blueprint, "props": {}, "state": {}});
    let order = Order::entity_add(entity.as_object().expect("an object"));
    FromClient::Command(Command { request_id: "place".into(), order, ..Command::default() })
        .encode(Dialect::Main)
}

#[tokio::test]
async fn a_deployed_script_runs_crashes_and_runs_again() {
    let world = world(Arc::new(MemoryStore::new())).await;
    let mut events = Socket::open_at(world.addr, "/bowline/events", CODE).await;
    let mut socket = joined(world.addr).await;
    let says = |it: &Value, text: &str| it["type"] == "log" && it["text"] == text;
    let crashed = |it: &Value| it["type"] == "script" && it["state"] == "crashed";

    deploy(&world, &mut socket, 0, "export default () => { console.log('one') }\n").await;
    socket.say(place("Bell")).await;
    assert_eq!(result(&mut socket).await, "place: ok");
    told_until(&mut events, |it| says(it, "one")).await;

    deploy(&world, &mut socket, 1, "export default () => {\n  throw new Error('no bell')\n}\n").await;
    let told = told_until(&mut events, crashed).await;
    let problem = &told.last().expect("it crashed")["problem"];
    let place = format!("{}:{} {}", problem["path"], problem["line"], problem["message"]);
    expect![[r#""apps/Bell/index.js":2 "Error: no bell""#]].assert_eq(&place);
    let app = json_of(&get(world.addr, "/bowline/apps/Bell").await);
    assert_eq!((&app["blueprints"], &app["instances"][0]["state"]), (&json!(["Bell"]), &json!("crashed")));

    // The lower version is the module-cache trap of the real server: the old code must not run.
    deploy(&world, &mut socket, 0, "export default () => { console.log('three') }\n").await;
    told_until(&mut events, |it| says(it, "three")).await;
    let lines = json_of(&get(world.addr, "/bowline/logs?app=Bell&since=1").await);
    let lines = lines["lines"].as_array().expect("lines").iter();
    let texts: Vec<&str> =
        lines.filter(|it| it["level"] == "info").filter_map(|it| it["text"].as_str()).collect();
    assert_eq!(texts, ["three"]);
    let hash = json_of(&get(world.addr, "/bowline/hash").await);
    assert_eq!(hash["hash"].as_str().map(str::len), Some(64));
    world.stop().await.expect("it stops");
    assert!(matches!(events.hear().await, Heard::Frame(_) | Heard::Close(Some(1001))));
}
