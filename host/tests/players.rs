//! Players over the port: who may come in, what they are told, and that they are gone when they hang up;
//! and what scripts may fetch, from a server of this test on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bowline_host::{Options, Running};
use bowline_store::{Batch, MemoryStore, Store, Table};
use expect_test::expect;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const CODE: &str = "secret";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn store(script: &str) -> Arc<MemoryStore> {
    let store = MemoryStore::new();
    let script = format!("asset://{}.js", store.put_blob(script.as_bytes()).expect("a blob"));
    let blueprint = json!({"id": "App", "version": 1, "name": "App", "script": script, "props": {}});
    let entity = json!({
        "id": "e1", "type": "app", "blueprint": "App", "position": [0, 0, 0], "quaternion": [0, 0, 0, 1],
        "scale": [1, 1, 1], "state": {}, "props": {},
    });
    let spawn = json!({"position": [1, 2, 3], "quaternion": [0, 0, 0, 1]});
    let batch = Batch::new()
        .put_row(Table::Blueprint, "App", blueprint)
        .put_row(Table::Entity, "e1", entity)
        .put_row(Table::Meta, "spawn", spawn);
    store.apply(batch).expect("rows");
    Arc::new(store)
}

async fn world(script: &str, fetch: Vec<String>) -> Running {
    world_of(store(script), fetch).await
}

async fn world_of(store: Arc<MemoryStore>, fetch: Vec<String>) -> Running {
    let tick = Duration::from_millis(5);
    let options = Options { admin_code: CODE.to_owned(), tick, fetch, ..Options::new(store) };
    bowline_host::start(options).await.expect("a free loopback port")
}

/// Asks, or with a body says.
async fn ask(addr: SocketAddr, path: &str, body: Option<Value>) -> Value {
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("http://{addr}{path}");
    let asked = match &body {
        Some(body) => client.post(url).json(body),
        None => client.get(url),
    };
    let answer = asked.header("x-admin-code", CODE).send().await.expect("the world listens");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.expect("JSON")
}

async fn get(addr: SocketAddr, path: &str) -> Value {
    ask(addr, path, None).await
}

/// A player's connection.
struct Play(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Play {
    async fn open(addr: SocketAddr) -> Play {
        let request = format!("ws://{addr}/bowline/v1/play").into_client_request().expect("an address");
        Play(connect_async(request).await.expect("the world listens").0)
    }

    async fn joined(addr: SocketAddr, id: &str) -> (Play, Value) {
        let mut play = Play::open(addr).await;
        play.say(json!({"type": "join", "name": id.to_uppercase(), "id": id, "code": CODE})).await;
        let welcome = play.hear("welcome").await;
        (play, welcome)
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("it listens");
    }

    /// The next message of a type; others are passed over. `closed` if that comes first.
    async fn hear(&mut self, kind: &str) -> Value {
        let heard = async {
            while let Some(Ok(message)) = self.0.next().await {
                match message {
                    Message::Text(text) => {
                        let message: Value = serde_json::from_str(text.as_str()).expect("JSON");
                        if message["type"] == kind {
                            return message;
                        }
                    }
                    Message::Close(why) => return json!(why.map(|it| it.reason.to_string())),
                    _ => (),
                }
            }
            json!("closed")
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("it says something")
    }

    /// The text of the next line its client logs that begins with `begin`.
    async fn line(&mut self, begin: &str) -> String {
        loop {
            let line = self.hear("log").await;
            let text = line["text"].as_str().expect("it was not closed").to_owned();
            if text.starts_with(begin) {
                return text;
            }
        }
    }
}

const GREETER: &str = r"
if (world.isServer) {
  world.on('enter', e => { app.send('greet', 'hello ' + world.getPlayer(e.playerId).name, null) })
  world.on('command', c => app.send('typed', c.args))
  app.on('hit', (n, from) => { world.getPlayer(from).damage(n) })
} else {
  app.on('greet', it => console.log('greeted', it))
  app.on('typed', it => console.log('typed', it))
  world.on('chat', m => console.log('chat', m.from, m.body))
  world.on('leave', e => console.log('left', e.playerId))
  app.send('hit', 10)
}";

#[tokio::test]
async fn two_players_meet_talk_and_part() {
    let world = world(GREETER, Vec::new()).await;
    let (mut ann, welcome) = Play::joined(world.addr, "ann").await;
    assert_eq!((&welcome["networkId"], &welcome["rank"]), (&json!("ann"), &json!("admin")));
    assert_eq!(welcome["players"][0]["position"], json!([1.0, 2.0, 3.0]), "where players come in");
    let (mut bob, welcome) = Play::joined(world.addr, "bob").await;
    assert_eq!(welcome["players"].as_array().expect("a list").len(), 2);
    assert_eq!(ann.hear("enter").await["playerId"], "bob");
    assert_eq!(ann.line("greeted").await, "greeted hello BOB");
    ann.say(json!({"type": "chat", "text": "hi all"})).await;
    assert_eq!(bob.line("chat").await, "chat ANN hi all");
    assert_eq!(ann.line("chat").await, "chat ANN hi all");
    bob.say(json!({"type": "chat", "text": "/wave twice"})).await;
    assert_eq!(ann.line("typed").await, r#"typed ["wave","twice"]"#);
    bob.say(json!({"type": "move", "position": [7, 8, 9], "quaternion": [0, 1, 0, 0]})).await;
    bob.say(json!({"type": "chat", "text": "/name Robert"})).await;
    assert_eq!(ann.line("typed").await, r#"typed ["name","Robert"]"#);
    let seen = get(world.addr, "/bowline/v1/players").await;
    expect![[r#"
        {"players":[{"id":"ann","name":"ANN","rank":"admin","position":[1.0,2.0,3.0],"quaternion":[0.0,0.0,0.0,1.0],"health":90.0},{"id":"bob","name":"Robert","rank":"admin","position":[7.0,8.0,9.0],"quaternion":[0.0,1.0,0.0,0.0],"health":90.0}]}"#]]
    .assert_eq(&seen.to_string());
    let apps = get(world.addr, "/bowline/apps/App").await;
    let contexts: Vec<&Value> =
        apps["instances"].as_array().expect("a list").iter().map(|it| &it["context"]).collect();
    assert_eq!(contexts, [&Value::Null, &json!("client ann"), &json!("client bob")]);
    // It hangs up without a word.
    drop(bob);
    assert_eq!(ann.line("left").await, "left bob");
    ann.say(json!({"type": "leave"})).await;
    assert_eq!(ann.hear("nothing").await, "goodbye");
    world.stop().await.expect("it ran well");
}

#[tokio::test]
async fn the_door_is_shut_and_says_why() {
    let world = world("", Vec::new()).await;
    let (_ann, _) = Play::joined(world.addr, "ann").await;
    let mut said = String::new();
    for first in [
        json!({"type": "join", "name": "Eve"}),
        json!({"type": "join", "name": "Eve", "code": "wrong"}),
        json!({"type": "join", "name": "Ann", "id": "ann", "code": CODE}),
        json!({"type": "join", "name": " ", "code": CODE}),
        json!({"type": "chat", "text": "hi", "code": CODE}),
        json!({"type": "dance"}),
    ] {
        let mut play = Play::open(world.addr).await;
        play.say(first).await;
        let refused = play.hear("refused").await;
        said += &format!("{} / {}\n", refused["error"], play.hear("nothing").await);
    }
    let elsewhere = format!("ws://{}/bowline/v1/play", world.addr);
    let mut page = elsewhere.into_client_request().expect("an address");
    page.headers_mut().insert("origin", "http://evil.net".parse().expect("a header"));
    said += &connect_async(page).await.expect_err("a page of another origin").to_string();
    expect![[r#"
        "admin_required" / "admin_required"
        "admin_required" / "admin_required"
        "already_here" / "already_here"
        "not_joined" / "not_joined"
        "join_first" / "join_first"
        "join_first" / "join_first"
        HTTP error: 403 Forbidden"#]]
    .assert_eq(&said);
    world.stop().await.expect("it ran well");
}

#[tokio::test]
async fn nobody_has_less_than_the_setting_gives_everybody() {
    let store = store("app.on('x', () => {})");
    store.apply(Batch::new().put_row(Table::Setting, "rank", json!(1))).expect("a row");
    let world = world_of(store, Vec::new()).await;
    for (id, asked, rank) in [
        ("vi", json!("visitor"), "builder"),
        ("bo", json!("builder"), "builder"),
        ("ad", Value::Null, "admin"),
    ] {
        let mut play = Play::open(world.addr).await;
        play.say(json!({"type": "join", "name": "V", "id": id, "rank": asked, "code": CODE})).await;
        assert_eq!(play.hear("welcome").await["rank"], rank, "{id}");
    }
    world.stop().await.expect("it ran well");
}

#[tokio::test]
async fn nonsense_is_answered_and_a_lower_rank_is_kept() {
    let world = world(
        "if (world.isServer) world.on('enter', e => console.log(world.getPlayer(e.playerId).admin))",
        Vec::new(),
    )
    .await;
    let mut play = Play::open(world.addr).await;
    play.say(json!({"type": "join", "name": "Vi", "id": "vi", "rank": "visitor", "code": CODE})).await;
    assert_eq!(play.hear("welcome").await["rank"], "visitor");
    play.say(json!({"type": "move", "position": "here"})).await;
    assert_eq!(play.hear("error").await["error"], "invalid_message");
    play.say(json!({"type": "join", "name": "Vi", "id": "vi", "code": CODE})).await;
    assert_eq!(play.hear("error").await["message"], "this connection has joined already");
    world.stop().await.expect("it ran well");
    assert_eq!(play.hear("nothing").await, "the world stops");
}

#[tokio::test]
async fn a_flood_of_one_player_is_read_more_slowly_and_the_world_goes_on() {
    let world = world(
        "world.on('chat', m => { if (m.body === 'last') console.log('last', world.isServer) })",
        Vec::new(),
    )
    .await;
    let (mut ann, _) = Play::joined(world.addr, "ann").await;
    for n in 0..2000 {
        ann.say(json!({"type": "move", "position": [n, 0, 0], "quaternion": [0, 0, 0, 1]})).await;
    }
    ann.say(json!({"type": "chat", "text": "last"})).await;
    assert_eq!(ann.line("last").await, "last false");
    let seen = get(world.addr, "/bowline/v1/players").await;
    assert_eq!(seen["players"][0]["position"][0], 1999.0);
    world.stop().await.expect("it ran well");
}

#[tokio::test]
async fn players_of_a_kept_world_are_gone_after_a_restart_and_those_who_are_here_stay_through_a_restore() {
    let store = store("world.on('leave', e => console.log('left', e.playerId))");
    let options =
        Options { admin_code: CODE.to_owned(), tick: Duration::from_millis(5), ..Options::new(store) };
    let world = bowline_host::start(options.clone()).await.expect("a free loopback port");
    ask(world.addr, "/bowline/v1/world/checkpoint", Some(json!({"name": "empty"}))).await;
    let (mut ann, _) = Play::joined(world.addr, "ann").await;
    ask(world.addr, "/bowline/v1/world/restore", Some(json!({"name": "empty"}))).await;
    ann.hear("welcome").await;
    assert_eq!(get(world.addr, "/bowline/v1/players").await["players"][0]["id"], "ann");
    ask(world.addr, "/bowline/v1/world/checkpoint", Some(json!({"name": "autosave"}))).await;
    world.stop().await.expect("it ran well");
    let world = bowline_host::start(options).await.expect("a free loopback port");
    let (_bob, welcome) = Play::joined(world.addr, "bob").await;
    let ids: Vec<&Value> =
        welcome["players"].as_array().expect("a list").iter().map(|it| &it["id"]).collect();
    assert_eq!(ids, ["bob"]);
    world.stop().await.expect("it ran well");
}

/// Answers `GET /ok`, redirects and floods. Ends with the runtime.
async fn elsewhere() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("its port");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    addr
}

async fn answer(mut stream: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
    let ok = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nx-one: 1\r\nset-cookie: a=b\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let text =
        match path.as_str() {
            "/ok" => ok(&json!({"asked": head.contains("x-mine: yes"), "ours": head.contains("evil.host")})
                .to_string()),
            "/there" => redirect("/ok"),
            "/round" => redirect("/round"),
            "/out" => redirect("http://127.0.0.1:1/"),
            "/big" => ok(&"x".repeat(5 << 20)),
            _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
        };
    // Whoever has read enough hangs up.
    drop(stream.write_all(text.as_bytes()).await);
}

#[tokio::test]
async fn scripts_fetch_what_the_list_names_and_nothing_a_redirect_adds() {
    let addr = elsewhere().await;
    let script = format!(
        "if (world.isClient) return
        const show = async path => {{
          const it = await fetch('http://{addr}' + path, {{ headers: {{ 'X-Mine': 'yes', Host: 'evil.host' }} }})
          return path + ' ' + (it ? it.status + ' ' + it.headers['x-one'] + ' ' + it.headers['set-cookie'] + ' ' + await it.text() : it)
        }}
        const all = async () => {{
          for (const path of ['/ok', '/there', '/none', '/round', '/out', '/big']) console.log(await show(path))
          console.log(await fetch('http://localhost:{port}/ok'))
          console.log('done')
        }}
        all()",
        port = addr.port()
    );
    let world = world(&script, vec![format!("http://{addr}")]).await;
    let lines = async {
        loop {
            let said = get(world.addr, "/bowline/logs?app=App").await;
            let lines: Vec<String> = said["lines"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|it| it["text"].as_str().unwrap_or_default().replace(&addr.to_string(), "HERE"))
                .map(|it| it.replace(&format!(":{}", addr.port()), ":PORT"))
                .collect();
            if lines.last().is_some_and(|it| it == "done") {
                return lines.join("\n");
            }
        }
    };
    let said = tokio::time::timeout(PATIENCE, lines).await.expect("it is done");
    expect![[r#"
        /ok 200 1 undefined {"asked":true,"ours":false}
        /there 200 1 undefined {"asked":true,"ours":false}
        /none 404 undefined undefined 
        fetch_failed: more than 5 redirects
        /round undefined
        fetch_failed: redirected: http://127.0.0.1:1 is not on the list of what scripts may fetch
        /out undefined
        fetch_failed: the answer has more than 4194304 bytes
        /big undefined
        fetch_not_allowed: http://localhost:PORT is not on the list of what scripts may fetch (to allow it, write in bowline.toml: [script] fetch = ["http://localhost:PORT"])
        undefined
        done"#]].assert_eq(&said);
    world.stop().await.expect("it ran well");
}

#[tokio::test]
async fn a_line_of_the_list_that_is_none_keeps_the_world_from_starting() {
    let options = Options { fetch: vec!["api.example.com".to_owned()], ..Options::new(store("")) };
    let why = bowline_host::start(options).await.expect_err("it cannot start");
    expect!["`api.example.com` is nothing a script could be allowed to fetch: it is no absolute url; say https://api.example.com"].assert_eq(&why.to_string());
}
