//! `/bowline/v1` over a real socket, text in, text out: what changes definitions, what does not, and
//! what a world that starts again makes of them.

#[path = "client/peer.rs"]
mod peer;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bowline_host::{Options, Running};
use bowline_store::{Batch, Kind, MemoryStore, Record, Slug, Store, Table};
use bowline_wire::{AdminAuth, Dialect, FromClient};
use expect_test::{Expect, expect};
use peer::{Exchange, Heard, Socket, plain, request};
use serde_json::{Value, json};

const CODE: &str = "secret";
const NOW: &str = "2026-01-31T09:30:00.000Z";

fn options(store: Arc<dyn Store>) -> Options {
    Options {
        admin_code: CODE.to_owned(),
        world_id: Some("w".into()),
        tick: Duration::from_millis(2),
        ..Options::new(store)
    }
}

async fn world(store: Arc<dyn Store>) -> Running {
    bowline_host::start(options(store)).await.expect("a free loopback port")
}

fn record(slug: &str, payload: Value) -> Record {
    let slug = Slug::parse(slug).expect("a slug");
    let kind: Kind = slug.path().split('/').next().unwrap_or_default().parse().expect("a kind");
    Record::new(slug, kind, payload, NOW).expect("a record")
}

fn store(records: impl IntoIterator<Item = Record>) -> Arc<MemoryStore> {
    let store = MemoryStore::new();
    store.apply(records.into_iter().fold(Batch::new(), Batch::put_record)).expect("memory takes records");
    Arc::new(store)
}

/// One line: `GET schema/queue`, or `POST schema/apply {…}`.
async fn ask(addr: SocketAddr, line: &str) -> (u16, Value) {
    let mut parts = line.splitn(3, ' ');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (method, path, body) = (part(), format!("/bowline/v1/{}", part()), part().into_bytes());
    let exchange = Exchange { method, body, ..get(&path) };
    let answer = request(addr, &exchange).await;
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
}

fn get(path: &str) -> Exchange {
    plain(&[("x-admin-code".to_owned(), CODE.to_owned())], "GET", path, None)
}

/// What must not be in a transcript: hashes become numbers in the order they come, ticks and dates `_`.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn plain(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    if key == "tick" && value.is_number() || key.ends_with("At") && value.is_string() {
                        *value = json!("_");
                    }
                    self.plain(value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|it| self.plain(it)),
            Value::String(text) => *text = self.without_hashes(text),
            _ => (),
        }
    }

    fn without_hashes(&mut self, text: &str) -> String {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        for word in &mut words {
            let bare = word.trim_start_matches("sha256:");
            if bare.len() == 64 && bare.bytes().all(|it| it.is_ascii_hexdigit()) {
                let known = self.0.iter().position(|it| it == bare).unwrap_or(self.0.len());
                if known == self.0.len() {
                    self.0.push(bare.to_owned());
                }
                *word = format!("#{}", known + 1);
            }
        }
        words.join(" ")
    }
}

/// Asks line by line.
async fn transcript(addr: SocketAddr, lines: &[&str], expect: Expect) {
    let (mut names, mut shown) = (Names::default(), String::new());
    for line in lines {
        let (status, mut body) = ask(addr, line).await;
        names.plain(&mut body);
        writeln!(shown, "{line}\n  {status} {body}").expect("text");
    }
    expect.assert_eq(&shown);
}

const DOOR: &str = "room/project/component/door";

fn door() -> Record {
    record(DOOR, json!({"fields": [{"name": "angle", "kind": "f32", "default": 0}]}))
}

#[tokio::test]
async fn an_additive_change_is_applied_while_the_world_runs_and_a_breaking_one_is_not() {
    let store = store([door()]);
    let world = world(store.clone()).await;
    transcript(
        world.addr,
        &[
            r#"POST schema/check {"records":[{"slug":"room/project/component/door","payload":{"fields":[{"name":"angle","kind":"f32","default":0},{"name":"open","kind":"bool","default":false}]}}]}"#,
            "GET schema/which?name=door",
            r#"POST schema/apply {"records":[{"slug":"room/project/component/door","payload":{"fields":[{"name":"angle","kind":"f32","default":0},{"name":"open","kind":"bool","default":false}]}}]}"#,
            "GET schema/which?name=door",
            r#"POST schema/apply {"records":[{"slug":"room/project/component/door","payload":null}]}"#,
            r#"POST schema/apply {"records":[{"slug":"room/project/component/door","payload":{"fields":[]},"expect":null}]}"#,
            r#"POST schema/apply {"records":[{"slug":"room/project/component/lamp","payload":{"fields":[{"name":"on"}]},"expect":null}]}"#,
            "GET schema/queue",
            "POST schema/errors/drain",
            "GET schema/errors",
        ],
        expect![[r##"
            POST schema/check {"records":[{"slug":"room/project/component/door","payload":{"fields":[{"name":"angle","kind":"f32","default":0},{"name":"open","kind":"bool","default":false}]}}]}
              200 {"outcome":"applied","changes":[{"path":"door.open","rule":"add_field_with_default","outcome":"applied","message":"existing entities read false"}],"reasons":[],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":null,"tick":"_","hash":"#1","records":[{"slug":"room/project/component/door","version":2,"checksum":"#2"}]}
            GET schema/which?name=door
              200 {"name":"door","kind":"component","winner":"room/project/component/door","chain":[{"slug":"room/project/component/door","version":1,"state":"wins"},{"slug":"core/component/door","version":null,"state":"absent"}]}
            POST schema/apply {"records":[{"slug":"room/project/component/door","payload":{"fields":[{"name":"angle","kind":"f32","default":0},{"name":"open","kind":"bool","default":false}]}}]}
              200 {"ticket":1,"outcome":"applied","changes":[{"path":"door.open","rule":"add_field_with_default","outcome":"applied","message":"existing entities read false"}],"reasons":[],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":null,"tick":"_","hash":"#1","records":[{"slug":"room/project/component/door","version":2,"checksum":"#2"}]}
            GET schema/which?name=door
              200 {"name":"door","kind":"component","winner":"room/project/component/door","chain":[{"slug":"room/project/component/door","version":2,"state":"wins"},{"slug":"core/component/door","version":null,"state":"absent"}]}
            POST schema/apply {"records":[{"slug":"room/project/component/door","payload":null}]}
              200 {"ticket":2,"outcome":"requires_reset","changes":[{"path":"door","rule":"remove_component","outcome":"requires_reset","message":"removed (entities: 0); deprecate it first"}],"reasons":["door: removed (entities: 0); deprecate it first"],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":"bowline schema migrate --plan","plan":{"steps":[{"path":"door","action":"drop","loss":"all","note":"no new component has the same fields"}]},"tick":"_","hash":"#1","records":[{"slug":"room/project/component/door","version":2,"checksum":"#2"}]}
            POST schema/apply {"records":[{"slug":"room/project/component/door","payload":{"fields":[]},"expect":null}]}
              200 {"ticket":3,"outcome":"mismatch","changes":[],"reasons":["room/project/component/door: is #2 now"],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":null,"tick":"_","hash":"#1","records":[{"slug":"room/project/component/door","version":2,"checksum":"#2"}]}
            POST schema/apply {"records":[{"slug":"room/project/component/lamp","payload":{"fields":[{"name":"on"}]},"expect":null}]}
              200 {"ticket":4,"outcome":"rejected","changes":[{"path":"room/project/component/lamp","rule":"invalid","outcome":"rejected","message":"`kind` is missing at /fields/0"}],"reasons":["room/project/component/lamp: `kind` is missing at /fields/0"],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":"mend the definition, then `bowline schema check`","tick":"_","hash":"#1","records":[{"slug":"room/project/component/lamp","version":null,"checksum":null}]}
            GET schema/queue
              200 {"tickets":[{"ticket":1,"outcome":"applied","records":["room/project/component/door"],"tick":"_"},{"ticket":2,"outcome":"requires_reset","records":["room/project/component/door"],"tick":"_"},{"ticket":3,"outcome":"mismatch","records":["room/project/component/door"],"tick":"_"},{"ticket":4,"outcome":"rejected","records":["room/project/component/lamp"],"tick":"_"}],"applied":1,"refused":3,"forgotten":0}
            POST schema/errors/drain
              200 {"errors":[{"ticket":2,"outcome":"requires_reset","changes":[{"path":"door","rule":"remove_component","outcome":"requires_reset","message":"removed (entities: 0); deprecate it first"}],"reasons":["door: removed (entities: 0); deprecate it first"],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":"bowline schema migrate --plan","plan":{"steps":[{"path":"door","action":"drop","loss":"all","note":"no new component has the same fields"}]},"tick":"_","hash":"#1","records":[{"slug":"room/project/component/door","version":2,"checksum":"#2"}]},{"ticket":3,"outcome":"mismatch","changes":[],"reasons":["room/project/component/door: is #2 now"],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":null,"tick":"_","hash":"#1","records":[{"slug":"room/project/component/door","version":2,"checksum":"#2"}]},{"ticket":4,"outcome":"rejected","changes":[{"path":"room/project/component/lamp","rule":"invalid","outcome":"rejected","message":"`kind` is missing at /fields/0"}],"reasons":["room/project/component/lamp: `kind` is missing at /fields/0"],"affected":{"entities":0,"scripts":[],"profiles":[]},"how_to_reset":"mend the definition, then `bowline schema check`","tick":"_","hash":"#1","records":[{"slug":"room/project/component/lamp","version":null,"checksum":null}]}]}
            GET schema/errors
              200 {"errors":[]}
        "##]],
    )
    .await;
    let kept = store.get_by_slug(&Slug::parse(DOOR).expect("a slug")).expect("readable").expect("there");
    assert_eq!(kept.version, 2);
    world.stop().await.expect("it stops");
}

/// An entity `e1` that runs `script` under `apps/Door/index.js`.
fn put_app(store: &dyn Store, script: &str) {
    let script = format!("asset://{}.js", store.put_blob(script.as_bytes()).expect("a blob"));
    let blueprint = json!({
        "id": "Door", "version": 1, "name": "Door", "script": script, "scriptEntry": "index.js",
        "scriptFormat": "module", "scriptFiles": {"index.js": script}, "props": {},
    });
    let entity = json!({
        "id": "e1", "type": "app", "blueprint": "Door", "position": [1, 2, 3], "quaternion": [0, 0, 0, 1],
        "scale": [1, 1, 1], "state": {}, "props": {},
    });
    let batch = Batch::new().put_row(Table::Blueprint, "Door", blueprint);
    store.apply(batch.put_row(Table::Entity, "e1", entity)).expect("rows");
}

const OPENER: &str = "export default (world, app) => {
    const door = app.entity.add('door', { angle: 90 })
    let open = 'no such field'
    app.on('update', () => {
        const [it] = world.query('door')
        try {
            open = it.get('door').open
            it.get('door').angle = 45
        } catch {}
        app.state = { open }
    })
}
";

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

#[tokio::test]
async fn entities_and_scripts_see_a_new_field_without_a_restart_and_a_breaking_change_names_their_lines() {
    let store = store([door()]);
    put_app(&*store, OPENER);
    let world = world(store).await;
    let mut events = Socket::open_at(world.addr, "/bowline/events", CODE).await;
    while event(&mut events, "state").await["state"]["open"] != "no such field" {}
    let with_open = r#"POST schema/apply {"records":[{"slug":"room/project/component/door","payload":{"fields":[{"name":"angle","kind":"f32","default":0},{"name":"open","kind":"bool","default":true}]}}]}"#;
    let (_, answer) = ask(world.addr, with_open).await;
    assert_eq!(
        (&answer["outcome"], &answer["affected"]["entities"]),
        (&json!("applied"), &json!(1)),
        "{answer}"
    );
    while event(&mut events, "state").await["state"]["open"] != true {}
    let breaking = [
        r#"POST schema/check {"records":[{"slug":"room/project/component/door","payload":{"fields":[{"name":"turn","kind":"f32","default":0},{"name":"open","kind":"bool","default":true}]}}]}"#,
        r#"POST schema/apply {"records":[{"slug":"room/project/component/door","payload":null}]}"#,
        r#"POST schema/apply {"records":[{"slug":"room/project/component/door","payload":{"fields":[{"name":"angle","kind":"f32","default":0,"range":{"max":10}},{"name":"open","kind":"bool","default":true}]}}]}"#,
    ];
    let mut shown = String::new();
    for line in breaking {
        let (_, answer) = ask(world.addr, line).await;
        writeln!(shown, "{} {}", answer["outcome"], answer["reasons"]).expect("text");
        for it in answer["affected"]["scripts"].as_array().expect("a list") {
            writeln!(shown, "  {}:{}:{} {}", it["path"], it["line"], it["column"], it["text"]).expect("text");
        }
    }
    expect![[r#"
        "requires_reset" ["door.angle: looks like a rename to `turn`; keep `angle` with \"deprecated\": \"use turn\" and give `turn` \"aliasOf\": \"angle\": that can be applied"]
          "apps/Door/index.js":2:43 "const door = app.entity.add('door', { angle: 90 })"
          "apps/Door/index.js":8:28 "it.get('door').angle = 45"
        "requires_reset" ["door: removed (entities: 1); deprecate it first"]
          "apps/Door/index.js":2:34 "const door = app.entity.add('door', { angle: 90 })"
          "apps/Door/index.js":2:43 "const door = app.entity.add('door', { angle: 90 })"
          "apps/Door/index.js":5:35 "const [it] = world.query('door')"
          "apps/Door/index.js":7:28 "open = it.get('door').open"
          "apps/Door/index.js":7:35 "open = it.get('door').open"
          "apps/Door/index.js":8:21 "it.get('door').angle = 45"
          "apps/Door/index.js":8:28 "it.get('door').angle = 45"
        "requires_reset" ["door.angle: the range is narrower; does not fit: e0"]
    "#]].assert_eq(&shown);
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn what_is_no_question_is_refused_with_a_sentence() {
    let world = world(store([])).await;
    transcript(
        world.addr,
        &[
            "GET schema?rom=x",
            "GET schema/which",
            "GET schema/which?name=door&kind=thing",
            "GET strings?id=zero",
            "GET store/record?slug=Door",
            "GET store/record?slug=core/component/door",
            "GET store/records?kind=log",
            "POST schema/apply {",
            r#"POST schema/apply {"records":[{"slug":"room/project/component/door"}]}"#,
            r#"POST schema/apply {"records":[{"slug":"door","payload":{}}]}"#,
            r#"POST schema/check {"records":[],"force":true}"#,
        ],
        expect![[r#"
            GET schema?rom=x
              400 {"error":"unknown_parameter","message":"`rom` is no parameter here","help":"room"}
            GET schema/which
              400 {"error":"missing_parameter","message":"say which: `name=` is missing"}
            GET schema/which?name=door&kind=thing
              400 {"error":"invalid_parameter","message":"`kind`: there are component, prefab, system, strings and profile"}
            GET strings?id=zero
              400 {"error":"invalid_parameter","message":"`id`: a whole number from 1"}
            GET store/record?slug=Door
              400 {"error":"invalid_parameter","message":"`slug`: `Door` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/"}
            GET store/record?slug=core/component/door
              404 {"error":"not_found","message":"there is no record `core/component/door`"}
            GET store/records?kind=log
              400 {"error":"invalid_parameter","message":"`kind`: `log` is no kind; there are component, prefab, system, strings, profile and world"}
            POST schema/apply {
              400 {"error":"invalid_json","message":"EOF while parsing an object at line 1 column 1"}
            POST schema/apply {"records":[{"slug":"room/project/component/door"}]}
              400 {"error":"invalid_body","message":"missing field `payload`"}
            POST schema/apply {"records":[{"slug":"door","payload":{}}]}
              400 {"error":"invalid_body","message":"`door` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/"}
            POST schema/check {"records":[],"force":true}
              400 {"error":"invalid_body","message":"unknown field `force`, expected `records` or `wait`"}
        "#]],
    )
    .await;
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn what_there_is_can_be_read_in_every_form() {
    let store = store([
        door(),
        record(
            "group/builders/component/door",
            json!({"fields": [{"name": "angle", "kind": "f32", "default": 0}]}),
        ),
        record("room/other/component/window", json!({"fields": []})),
        record("room/project/prefab/gate", json!({"components": {"door": {"angle": 90}}})),
        record("room/project/prefab/big-gate", json!({"composes": ["gate"]})),
        record("room/project/strings/en", json!({"locale": "en", "strings": [{"id": 1, "text": "Door"}]})),
    ]);
    let world = world(store).await;
    let (_, list) = ask(world.addr, "GET schema").await;
    let (_, other) = ask(world.addr, "GET schema?room=other").await;
    let own = |body: &Value| {
        let records = body["records"].as_array().expect("a list").iter();
        let own = records.filter(|it| it["scope"] != "core").map(|it| {
            format!(
                "  {} {} v{} {} hides {}\n",
                it["slug"], it["name"], it["version"], it["kind"], it["shadowed"]
            )
        });
        format!("{} of {}\n{}", body["room"], body["scopes"], own.collect::<String>())
    };
    expect![[r#"
        "project" of ["group/builders","room/project"]
          "room/project/component/door" "door" v1 "component" hides ["group/builders/component/door"]
          "room/project/prefab/big-gate" "big-gate" v1 "prefab" hides []
          "room/project/prefab/gate" "gate" v1 "prefab" hides []
          "room/project/strings/en" "en" v1 "strings" hides []
        "other" of ["group/builders","room/other"]
          "group/builders/component/door" "door" v1 "component" hides []
          "room/other/component/window" "window" v1 "component" hides []
    "#]]
    .assert_eq(&(own(&list) + &own(&other)));
    assert_eq!(list["records"].as_array().expect("a list").len(), 29 + 4 + 1 - 1);

    let (_, snapshot) = ask(world.addr, "GET schema/snapshot").await;
    let (_, registry) = ask(world.addr, "GET schema/registry").await;
    let (_, entities) = ask(world.addr, "GET schema/entities").await;
    let (_, contract) = ask(world.addr, "GET host-contract").await;
    let primitives = contract["primitives"].as_array().expect("a list").iter();
    assert!(primitives.filter(|it| it["provided"] == true).any(|it| it["name"] == "time"), "{contract}");
    assert!([&snapshot, &registry, &entities].iter().all(|it| it["hash"] == list["hash"]));
    let layout = registry["components"].as_array().expect("a list").iter().find(|it| it["name"] == "door");
    assert_eq!(layout.expect("compiled")["columns"][0]["path"], "angle");
    let metas = entities["entities"].as_array().expect("a list").iter();
    assert_eq!(metas.filter(|it| it["component"] == "SchemaEntity").count(), 29 + 4);

    transcript(
        world.addr,
        &[
            "GET schema/which?name=door",
            "GET schema/which?name=door&room=other",
            "GET prefab/graph",
            r#"POST prefab/spawn {"prefab":"gat"}"#,
            r#"POST prefab/spawn {"prefab":"gate","overrides":{"door":{"angel":1}}}"#,
            r#"POST prefab/spawn {"prefab":"gate","overrides":{"dor":{}},"at":[0,1,0]}"#,
            r#"POST prefab/spawn {"prefab":"gate","overrides":{"door":{"angle":1}},"at":[0,1,0]}"#,
            "GET query?expr=door(angle=1)&lineage=true",
            "GET query?expr=dor",
            "GET query?expr=door(",
            "GET query?expr=Relation(kind=composes)&lane=meta",
            "GET schema/entities?expr=Relation(kind=composes)",
            "GET query?expr=door&lane=other",
            "GET strings?id=1&locale=de",
            "GET strings?id=2",
            "GET strings",
            "GET strings/missing",
            "GET strings/missing?locale=de",
            "GET store/records?kind=component&scope=group/builders",
            "GET store/record?slug=room/project/prefab/gate",
            "GET store/verify",
        ],
        expect![[r##"
            GET schema/which?name=door
              200 {"name":"door","kind":"component","winner":"room/project/component/door","chain":[{"slug":"room/project/component/door","version":1,"state":"wins"},{"slug":"group/builders/component/door","version":1,"state":"hidden"},{"slug":"core/component/door","version":null,"state":"absent"}]}
            GET schema/which?name=door&room=other
              200 {"name":"door","kind":"component","winner":"group/builders/component/door","chain":[{"slug":"room/other/component/door","version":null,"state":"absent"},{"slug":"group/builders/component/door","version":1,"state":"wins"},{"slug":"core/component/door","version":null,"state":"absent"}]}
            GET prefab/graph
              200 {"hash":"#1","nodes":[{"name":"big-gate","slug":"room/project/prefab/big-gate","version":1,"components":[]},{"name":"gate","slug":"room/project/prefab/gate","version":1,"components":["door"]}],"edges":[{"kind":"composes","from":"big-gate","to":"gate","child":null}]}
            POST prefab/spawn {"prefab":"gat"}
              400 {"error":"unknown_prefab","message":"there is no prefab `gat` at /prefab","help":"did you mean `gate`?"}
            POST prefab/spawn {"prefab":"gate","overrides":{"door":{"angel":1}}}
              400 {"error":"unknown_field","message":"`door` has no field `angel` at /overrides/door/angel","help":"did you mean `angle`?"}
            POST prefab/spawn {"prefab":"gate","overrides":{"dor":{}},"at":[0,1,0]}
              400 {"error":"unknown_component","message":"there is no component `dor` at /overrides/dor","help":"did you mean `door`?"}
            POST prefab/spawn {"prefab":"gate","overrides":{"door":{"angle":1}},"at":[0,1,0]}
              200 {"entity":"e0","tick":"_"}
            GET query?expr=door(angle=1)&lineage=true
              200 {"tick":"_","rows":[{"entity":"e0","components":{"door":{"angle":1}},"parent":null,"lineage":{"prefab":"room/project/prefab/gate","version":1,"parents":["room/project/prefab/gate@1"]}}]}
            GET query?expr=dor
              400 {"error":"unknown_component","message":"there is no component `dor` at column 1","help":"did you mean `door`?"}
            GET query?expr=door(
              400 {"error":"bad_query","message":"expected a field, found the end at column 6","help":"for example: position, !dead, door(angle > 10)"}
            GET query?expr=Relation(kind=composes)&lane=meta
              200 {"tick":"_","rows":[{"entity":"m331","components":{"Relation":{"kind":"composes","from":328,"to":329}}}]}
            GET schema/entities?expr=Relation(kind=composes)
              200 {"hash":"#1","entities":[{"id":331,"component":"Relation","values":{"kind":"composes","from":328,"to":329}}]}
            GET query?expr=door&lane=other
              400 {"error":"invalid_parameter","message":"`lane`: game or meta"}
            GET strings?id=1&locale=de
              200 {"id":1,"text":"Door","locale":"en","wanted":"de"}
            GET strings?id=2
              200 {"id":2,"text":"⟨#2 missing⟩","locale":null,"wanted":"en"}
            GET strings
              200 {"catalogs":[{"locale":"en","strings":[{"id":1,"text":"Door"}],"slug":"room/project/strings/en"}]}
            GET strings/missing
              200 {"locale":"en","missing":[]}
            GET strings/missing?locale=de
              200 {"locale":"de","missing":[]}
            GET store/records?kind=component&scope=group/builders
              200 {"records":[{"slug":"group/builders/component/door","kind":"component","version":1,"scope":"group/builders","createdAt":"_","updatedAt":"_","checksum":"#2"}]}
            GET store/record?slug=room/project/prefab/gate
              200 {"slug":"room/project/prefab/gate","kind":"prefab","version":1,"scope":"room/project","createdAt":"_","updatedAt":"_","payload":{"components":{"door":{"angle":90}}},"checksum":"#3"}
            GET store/verify
              200 {"damage":[]}
        "##]],
    )
    .await;
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn listeners_hear_of_each_applied_batch_and_info_tells_the_hash() {
    let world = world(store([])).await;
    let mut events = Socket::open_at(world.addr, "/bowline/events", CODE).await;
    let mut admin = Socket::open(world.addr).await;
    admin.say(FromClient::Auth(AdminAuth::with_code(Some(CODE))).encode(Dialect::Main)).await;
    assert!(matches!(admin.hear().await, Heard::Frame(_)), "it is let in");
    let (_, answer) = ask(
        world.addr,
        r#"PUT store/record {"slug":"room/project/component/lamp","payload":{"fields":[]},"expect":null}"#,
    )
    .await;
    let event = event(&mut events, "schema").await;
    assert_eq!(
        [&event["tick"], &event["hash"], &event["records"]],
        [&answer["tick"], &answer["hash"], &answer["records"]]
    );
    let info = request(world.addr, &get("/bowline/info")).await;
    let info: Value = serde_json::from_slice(&info.body).expect("JSON");
    assert_eq!(info["schemaHash"], answer["hash"]);
    admin.close(Some(1000)).await;
    assert_eq!(admin.hear().await, Heard::Close(Some(1000)), "clients of the protocol are not told");
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_ticket_can_be_left_and_looked_up_later() {
    let world = world(store([])).await;
    let mut events = Socket::open_at(world.addr, "/bowline/events", CODE).await;
    let (_, answer) = ask(
        world.addr,
        r#"POST schema/apply {"records":[{"slug":"room/project/component/lamp","payload":{"fields":[]}}],"wait":false}"#,
    )
    .await;
    assert_eq!(answer, json!({"ticket": 1, "outcome": "queued"}));
    event(&mut events, "schema").await;
    let (_, queue) = ask(world.addr, "GET schema/queue").await;
    assert_eq!((&queue["tickets"][0]["outcome"], &queue["applied"]), (&json!("applied"), &json!(1)));
    world.stop().await.expect("it stops");
}

#[tokio::test]
async fn records_outlive_the_world_and_what_is_gone_from_the_store_is_gone() {
    let store = store([record("room/project/component/foo", json!({"fields": []}))]);
    let own = async |world: &Running| {
        let (_, list) = ask(world.addr, "GET schema").await;
        let records = list["records"].as_array().expect("a list").iter();
        records
            .filter(|it| it["scope"] != "core")
            .map(|it| it["slug"].to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let first = world(store.clone()).await;
    assert_eq!(own(&first).await, r#""room/project/component/foo""#);
    ask(
        first.addr,
        r#"POST schema/apply {"records":[{"slug":"room/project/component/bar","payload":{"fields":[]}}]}"#,
    )
    .await;
    first.stop().await.expect("it stops");
    store
        .apply(Batch::new().delete_record(Slug::parse("room/project/component/foo").expect("a slug")))
        .expect("gone");
    let second = world(store).await;
    assert_eq!(own(&second).await, r#""room/project/component/bar""#);
    second.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_world_without_a_good_core_does_not_start_and_is_mended_in_safe_mode() {
    let store = store([record("core/component/transform", json!({"fields": 7})), door()]);
    let refused =
        bowline_host::start(options(store.clone())).await.expect_err("it must not start").to_string();
    expect!["the core record `core/component/transform` cannot be used: this is 7 at /fields; the world can be started in safe mode without it"].assert_eq(&refused);
    let safe = Options { safe_mode: true, ..options(store.clone()) };
    let world = bowline_host::start(safe).await.expect("it starts");
    let (_, list) = ask(world.addr, "GET schema").await;
    assert_eq!((&list["safeMode"], list["problems"].as_array().map(Vec::len)), (&json!(true), Some(1)));
    let (_, answer) = ask(
        world.addr,
        r#"POST schema/apply {"records":[{"slug":"core/component/transform","payload":null}]}"#,
    )
    .await;
    assert_eq!(answer["outcome"], "applied", "{answer}");
    world.stop().await.expect("it stops");
    let world = bowline_host::start(options(store)).await.expect("mended");
    world.stop().await.expect("it stops");
}
