//! The recorded conversations with the real server, said again to ours: what its clients sent goes
//! out byte for byte, what it answered is expected. Everything that may differ is a named rule in
//! `transcripts/rules.rs`; whatever else differs fails, with the line of the recording.
//!
//! Start with [`replay`]. `client/peer.rs` speaks HTTP and sockets, `transcripts/recording.rs`
//! reads the files.

#[path = "transcripts/elsewhere.rs"]
mod elsewhere;
#[path = "client/peer.rs"]
mod peer;
#[path = "transcripts/recording.rs"]
mod recording;
#[path = "transcripts/rules.rs"]
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_host::{Options, Running};
use bowline_store::{Batch, MemoryStore, Store as _, Table};
use bowline_wire::{Dialect, FromServer, Value as Js};
use expect_test::{Expect, expect};
use serde_json::Value;

use peer::{Exchange, Heard, HttpAnswer, Socket};
use recording::{Event, Recording};
use rules::Rules;

struct Replay<'a> {
    recording: &'a Recording,
    world: Running,
    rules: Rules,
    sockets: BTreeMap<u64, Socket>,
    answers: BTreeMap<u64, HttpAnswer>,
    differences: String,
}

/// Replays one file; the result says what differed, and by which rule that is all right.
async fn replay(name: &str) -> String {
    let recording = Recording::read(name);
    let world = serve(&recording).await;
    let rules = Rules::new(world.addr);
    let mut replay = Replay {
        recording: &recording,
        world,
        rules,
        sockets: BTreeMap::new(),
        answers: BTreeMap::new(),
        differences: String::new(),
    };
    for (line, event) in recording.events.iter().enumerate() {
        replay.step(line, event).await;
    }
    replay.world.stop().await.expect("the world stops");
    replay.differences + &replay.rules.report()
}

/// A world that holds what the recorded one held when the recording began.
async fn serve(recording: &Recording) -> Running {
    let store = MemoryStore::new();
    let mut batch = Batch::new();
    for (table, rows) in recording.seed() {
        for row in rows {
            let id = row["id"].as_str().expect("rows have ids").to_owned();
            batch = batch.put_row(table, id, row);
        }
    }
    for (key, value) in recording.settings() {
        batch = batch.put_row(Table::Setting, key, value);
    }
    store.apply(batch).expect("memory takes rows");
    let admin_code = recording.admin_code().to_owned();
    let world_id = Some("local-bench".to_owned());
    bowline_host::start(Options {
        admin_code,
        world_id,
        max_upload_size: "12".to_owned(),
        ..Options::new(Arc::new(store))
    })
    .await
    .expect("a free loopback port")
}

impl Replay<'_> {
    async fn step(&mut self, line: usize, event: &Event) {
        match event {
            Event::Open { x } => {
                self.sockets.insert(*x, Socket::open(self.world.addr).await);
            }
            Event::Say { x, bytes } => {
                let bytes = self.rules.to_ours(bytes);
                self.socket(*x).say(bytes).await;
            }
            Event::Close { x, code } => self.socket(*x).close(*code).await,
            Event::Hear { x, bytes } => {
                if let Some(edit) = self.recording.remote_edit_before(line) {
                    elsewhere::edit(self.world.addr, self.recording.admin_code(), &edit).await;
                }
                self.hear(line, *x, bytes).await;
            }
            Event::Closed { x, code } => {
                let heard = self.socket(*x).hear().await;
                if heard != Heard::Close(*code) {
                    self.differs(line, &format!("close {code:?}"), &format!("{heard:?}"));
                }
            }
            Event::Request { x, exchange } => self.request(*x, exchange).await,
            Event::Response { x, status, headers, body } => {
                let answer = self.answers.remove(x).expect("every response has a request");
                self.compare_response(line, (*status, headers, body), &answer);
            }
        }
    }

    /// What we refuse for safety has one answer and no broadcast.
    async fn hear(&mut self, line: usize, x: u64, expected: &[u8]) {
        let Some(safety) = rules::safety(self.recording.note_before(line)) else {
            let heard = self.socket(x).hear().await;
            return self.compare_frame(line, expected, &heard);
        };
        if !matches!(FromServer::decode(Dialect::Main, expected), Ok(FromServer::Result(_))) {
            return;
        }
        let heard = self.socket(x).hear().await;
        let error = match &heard {
            Heard::Frame(bytes) => match FromServer::decode(Dialect::Main, bytes) {
                Ok(FromServer::Result(result)) => result.outcome.err().map(|it| it.error),
                _ => None,
            },
            Heard::Close(_) | Heard::Nothing => None,
        };
        match error {
            Some(error) if error == safety.error => self.rules.passed(safety.difference),
            _ => self.differs(line, safety.error, &format!("{heard:?}")),
        }
    }

    fn socket(&mut self, x: u64) -> &mut Socket {
        self.sockets.get_mut(&x).expect("sockets are opened before they are used")
    }

    async fn request(&mut self, x: u64, exchange: &Exchange) {
        let exchange = Exchange { body: self.rules.to_ours(&exchange.body), ..exchange.clone() };
        let answer = peer::request(self.world.addr, &exchange).await;
        // The recording waited for a lock of one second to run out; so do we, by asking.
        if let Some(scope) = recording::one_second_lock(&exchange) {
            while elsewhere::is_locked(self.world.addr, &exchange, &scope).await {}
        }
        self.answers.insert(x, answer);
    }

    fn compare_frame(&mut self, line: usize, expected: &[u8], heard: &Heard) {
        let text = |bytes: &[u8]| match FromServer::decode(Dialect::Main, bytes) {
            Ok(message) => {
                let (packet, payload) = message.payload();
                (format!("{packet:?}"), payload)
            }
            Err(error) => (error.to_string(), Js::Undefined),
        };
        let Heard::Frame(actual) = heard else {
            return self.differs(line, &format!("{:?}", text(expected)), &format!("{heard:?}"));
        };
        let ((expected_packet, expected), (packet, payload)) = (text(expected), text(actual));
        let same = self.rules.same_frame(&expected, &payload);
        if expected_packet != packet || !same {
            self.differs(line, &format!("{expected_packet} {expected:?}"), &format!("{packet} {payload:?}"));
        }
    }

    fn compare_response(
        &mut self,
        line: usize,
        (status, headers, body): (u16, &BTreeMap<String, String>, &[u8]),
        answer: &HttpAnswer,
    ) {
        let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let safety = rules::safety(self.recording.note_before(line));
        if let Some(safety) = safety.filter(|it| (answer.status, show(&answer.body).as_str()) == it.response)
        {
            return self.rules.passed(safety.difference);
        }
        if status != answer.status || !self.rules.same_body(body, &answer.body) {
            let ours = format!("{} {}", answer.status, show(&answer.body));
            return self.differs(line, &format!("{status} {}", show(body)), &ours);
        }
        for name in ["content-type", "cache-control", "access-control-allow-origin"] {
            let (theirs, ours) = (headers.get(name), answer.headers.get(name));
            if theirs != ours && !self.rules.same_header(name, theirs, ours) {
                self.differs(line, &format!("{name}: {theirs:?}"), &format!("{ours:?}"));
            }
        }
    }

    /// Notes a difference that no rule of comparison covers, with the note of the recording.
    fn differs(&mut self, line: usize, theirs: &str, ours: &str) {
        let cut = |text: &str| text.chars().take(160).collect::<String>();
        let note = self.recording.note_before(line);
        self.differences += &format!("{note}\n  theirs {}\n  ours   {}\n", cut(theirs), cut(ours));
    }
}

async fn check(name: &str, expect: Expect) {
    expect.assert_eq(&replay(name).await);
}

/// JSON as the recording has it, for rules and edits.
fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

#[tokio::test]
async fn authentication() {
    check(
        "01-auth",
        expect![[r#"
            rule address
            rule time
        "#]],
    )
    .await;
}

#[tokio::test]
async fn snapshots_of_the_world() {
    check(
        "02-snapshot",
        expect![[r#"
            rule address
            rule time
        "#]],
    )
    .await;
}

#[tokio::test]
async fn adding_blueprints() {
    check(
        "03-blueprint-add",
        expect![[r#"
            rule climbing_asset
            rule id
            rule unstorable_id
        "#]],
    )
    .await;
}

#[tokio::test]
async fn modifying_blueprints() {
    check(
        "04-blueprint-modify",
        expect![[r#"
            rule id
            rule time
        "#]],
    )
    .await;
}

#[tokio::test]
async fn entities() {
    check("05-entity", expect![[r#""#]]).await;
}

#[tokio::test]
async fn assets() {
    check(
        "06-assets",
        expect![[r#"
            rule immutable_assets
            rule upload_check_outside
        "#]],
    )
    .await;
}

#[tokio::test]
async fn the_deploy_lock() {
    check(
        "07-deploy-lock",
        expect![[r#"
            rule id
            rule time
        "#]],
    )
    .await;
}

#[tokio::test]
async fn broadcasts_to_two_sockets() {
    check(
        "08-broadcast",
        expect![[r#"
            rule id
        "#]],
    )
    .await;
}

#[tokio::test]
async fn deploy_snapshots_and_rollback() {
    check(
        "09-deploy-snapshots",
        expect![[r#"
            rule id
            rule time
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_blueprint_of_300_files() {
    check(
        "10-many-files",
        expect![[r#"
            rule address
            rule id
            rule time
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_whole_session_of_the_peer() {
    check(
        "11-peer-client-session",
        expect![[r#"
            rule address
            rule id
            rule immutable_assets
            rule time
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_world_without_a_code() {
    check("12-no-admin-code", expect![[r#""#]]).await;
}
