//! The socket against a scripted world over memory, on a clock that jumps.

use std::time::Duration;

use bowline_wire::{AdminResult, Detail, Json, JsonObject, Packet};
use expect_test::expect;
use serde_json::json;
use tokio::io::DuplexStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::CommandReply;

type Server = WebSocketStream<DuplexStream>;

const MAIN: Dialect = Dialect::Main;

/// The two ends of a connection with room for `bytes` on the way.
async fn ends(bytes: usize) -> (Server, Server) {
    let (near, far) = tokio::io::duplex(bytes);
    let client = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    (client, WebSocketStream::from_raw_socket(far, Role::Server, None).await)
}

async fn say(server: &mut Server, message: &FromServer) {
    server.send(Message::binary(message.encode(MAIN))).await.unwrap();
}

/// The next packet of the client.
async fn hear(server: &mut Server) -> FromClient {
    loop {
        let message = server.next().await.unwrap().unwrap();
        if let Some(frame) = payload(&message) {
            return FromClient::decode(MAIN, frame).unwrap();
        }
    }
}

async fn hear_command(server: &mut Server) -> Command {
    match hear(server).await {
        FromClient::Command(command) => command,
        other => panic!("{other:?}"),
    }
}

/// An authenticated client and its world.
async fn linked() -> (Socket, mpsc::Receiver<News>, Server) {
    let (client, mut server) = ends(1 << 20).await;
    let world = async {
        assert_eq!(hear(&mut server).await, FromClient::Auth(AdminAuth::with_code(Some("code"))));
        say(&mut server, &FromServer::AuthOk).await;
    };
    let (started, ()) = tokio::join!(start(client, MAIN, Some("code")), world);
    let (socket, news) = started.unwrap();
    (socket, news, server)
}

fn object(json: Json) -> JsonObject {
    json.as_object().unwrap().clone()
}

fn done(command: &Command) -> FromServer {
    FromServer::Result(AdminResult::done(command.request_id.clone()))
}

fn refused(command: &Command, error: &str, detail: Detail) -> FromServer {
    FromServer::Result(AdminResult::refused(command.request_id.clone(), error, detail))
}

/// How the handshake ends when the world answers with these bytes.
async fn handshake(answer: Vec<u8>) -> String {
    let (client, mut server) = ends(1 << 20).await;
    let world = async {
        hear(&mut server).await;
        server.send(Message::binary(answer)).await.unwrap();
        server
    };
    let (started, _server) = tokio::join!(start(client, MAIN, None), world);
    started.map(|_| "linked".to_owned()).unwrap_or_else(|error| error.to_string())
}

#[tokio::test]
async fn the_handshake_says_what_is_wrong() {
    let no = |error: &str| FromServer::AuthError(error.to_owned()).encode(MAIN);
    assert_eq!(handshake(no("invalid_code")).await, "the world does not accept the admin code");
    assert_eq!(
        handshake(no("unauthorized")).await,
        "the world answered the admin code in a way we do not understand: unauthorized"
    );
    assert_eq!(
        handshake(FromServer::EntityRemoved("x".into()).encode(MAIN)).await,
        "the world answered the admin code in a way we do not understand: EntityRemoved instead of a yes or no"
    );
    assert_eq!(
        handshake(vec![0xc1]).await,
        "the world answered the admin code in a way we do not understand: not a message: byte c1 is not MessagePack"
    );
}

#[tokio::test(start_paused = true)]
async fn a_world_that_ignores_the_code_is_given_up() {
    let (client, _server) = ends(1 << 20).await;
    let error = start(client, MAIN, None).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, LinkError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn answers_find_their_commands_in_any_order() {
    let (socket, _news, mut server) = linked().await;
    let world = async {
        let mut commands = Vec::new();
        for _ in 0..3 {
            commands.push(hear_command(&mut server).await);
        }
        for command in commands.iter().rev() {
            let Order::EntityRemove { id } = &command.order else { panic!("{command:?}") };
            let answer = match id.as_str() {
                Some("a") => done(command),
                other => refused(command, other.unwrap(), Detail::None),
            };
            say(&mut server, &answer).await;
        }
    };
    let ask = async |id: &str| socket.ask(Order::entity_remove(id), Precondition::Any).await.unwrap();
    let (a, b, c, ()) = tokio::join!(ask("a"), ask("b"), ask("c"), world);
    assert_eq!(a, Ok(()));
    assert_eq!(b.unwrap_err().error, "b");
    assert_eq!(c.unwrap_err().error, "c");
}

#[tokio::test]
async fn every_refusal_has_its_own_reply() {
    let current = object(json!({"id": "A", "version": 3}));
    let (socket, _news, mut server) = linked().await;
    let world = async {
        for (error, detail) in [
            ("version_mismatch", Detail::Current(Some(current.clone()))),
            ("deploy_lock_required", Detail::Lock(None)),
            ("deploy_locked", Detail::Lock(None)),
            ("not_found", Detail::Current(None)),
        ] {
            let command = hear_command(&mut server).await;
            say(&mut server, &refused(&command, error, detail)).await;
        }
    };
    let client = async {
        let mut replies = Vec::new();
        for _ in 0..4 {
            let change = object(json!({"id": "A", "version": 3}));
            replies.push(CommandReply::from(
                socket.ask(Order::blueprint_modify(&change, None), Precondition::Any).await.unwrap(),
            ));
        }
        replies
    };
    let (replies, ()) = tokio::join!(client, world);
    assert_eq!(
        replies,
        [
            CommandReply::VersionMismatch { current: Some(current.clone()) },
            CommandReply::LockRequired,
            CommandReply::Locked { lock: None },
            CommandReply::Refused { error: "not_found".to_owned() },
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_an_error_and_the_next_command_works() {
    let (socket, _news, mut server) = linked().await;
    let began = Instant::now();
    let world = async {
        let lost = hear_command(&mut server).await;
        let answered = hear_command(&mut server).await;
        say(&mut server, &done(&answered)).await;
        say(&mut server, &done(&lost)).await;
        let third = hear_command(&mut server).await;
        say(&mut server, &done(&third)).await;
    };
    let client = async {
        let error = socket.ask(Order::entity_remove("x"), Precondition::Any).await.unwrap_err();
        assert_eq!(error.to_string(), "the world did not answer in time: entity_remove");
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        assert_eq!(socket.ask(Order::entity_remove("y"), Precondition::Any).await.unwrap(), Ok(()));
        assert_eq!(socket.ask(Order::entity_remove("z"), Precondition::Any).await.unwrap(), Ok(()));
    };
    tokio::join!(client, world);
}

#[tokio::test(start_paused = true)]
async fn silence_closes_the_link() {
    let (socket, mut news, _server) = linked().await;
    let began = Instant::now();
    assert_eq!(news.recv().await, Some(News::Closed(Closed::Silent)));
    assert_eq!(began.elapsed(), Duration::from_secs(25));
    assert_eq!(news.recv().await, None);
    let error = socket.ask(Order::entity_remove("x"), Precondition::Any).await.unwrap_err();
    assert_eq!(error.to_string(), "the connection is closed: the world fell silent");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_world_that_answers_pings_stays_linked() {
    let (_socket, mut news, mut server) = linked().await;
    let mut pings = 0;
    let world = async {
        // Reading is what makes a socket library answer pings.
        while pings < 60 {
            pings += usize::from(matches!(server.next().await, Some(Ok(Message::Ping(_)))));
        }
        say(&mut server, &FromServer::EntityRemoved("x".into())).await;
    };
    let began = Instant::now();
    let (first, ()) = tokio::join!(news.recv(), world);
    assert_eq!(first, Some(News::EntityRemoved("x".to_owned())));
    assert_eq!(began.elapsed(), Duration::from_secs(600));
}

#[tokio::test]
async fn commands_on_their_way_learn_that_the_world_is_gone() {
    let (socket, mut news, mut server) = linked().await;
    let world = async {
        hear_command(&mut server).await;
        server.close(None).await.unwrap();
    };
    let (answer, ()) = tokio::join!(socket.ask(Order::entity_remove("x"), Precondition::Any), world);
    assert_eq!(answer.unwrap_err().to_string(), "the connection is closed: the world closed it");
    assert_eq!(news.recv().await, Some(News::Closed(Closed::ByWorld)));
    assert_eq!(news.recv().await, None);
}

#[tokio::test]
async fn a_dropped_link_says_goodbye() {
    let (socket, mut news, mut server) = linked().await;
    drop(socket);
    assert!(matches!(server.next().await, Some(Ok(Message::Close(_)))));
    assert_eq!(news.recv().await, None);
}

/// What arrives as news when the world says these things.
async fn news_of(messages: &[FromServer]) -> Vec<News> {
    let (_socket, mut news, mut server) = linked().await;
    for message in messages {
        say(&mut server, message).await;
    }
    server.close(None).await.unwrap();
    let mut all = Vec::new();
    while let Some(news) = news.recv().await {
        all.push(news);
    }
    assert_eq!(all.pop(), Some(News::Closed(Closed::ByWorld)));
    all
}

#[tokio::test]
async fn every_broadcast_is_news_but_players_are_not() {
    let app = object(json!({"id": "e", "type": "app", "blueprint": "A"}));
    let moved = object(json!({"id": "e", "position": [0, 1, 0]}));
    let player = object(json!({"id": "p", "type": "player", "position": [0, 0, 0]}));
    let rank = object(json!({"id": "p", "rank": 2}));
    let blueprint = object(json!({"id": "A", "version": 1}));
    let spawn = object(json!({"position": [0, 0, 0], "quaternion": [0, 0, 0, 1]}));
    let news = news_of(&[
        FromServer::BlueprintAdded(blueprint.clone()),
        FromServer::BlueprintModified(blueprint.clone()),
        FromServer::BlueprintRemoved("A".into()),
        FromServer::EntityAdded(app.clone()),
        FromServer::EntityAdded(player.clone()),
        FromServer::EntityModified(app.clone()),
        FromServer::EntityModified(moved.clone()),
        FromServer::EntityModified(player.clone()),
        FromServer::EntityModified(rank),
        FromServer::EntityRemoved("e".into()),
        FromServer::SettingsModified { key: "title".into(), value: json!("T") },
        FromServer::SpawnModified(spawn.clone()),
        FromServer::PlayerJoined(player),
        FromServer::Other(Packet::ChatCleared, Value::Undefined),
        FromServer::Other(Packet::BlueprintRemoved, Value::Null),
    ])
    .await;
    assert_eq!(
        news,
        [
            News::BlueprintAdded(blueprint.clone()),
            News::BlueprintModified(blueprint),
            News::BlueprintRemoved("A".into()),
            News::EntityAdded(app.clone()),
            News::EntityModified(app),
            News::EntityModified(moved),
            News::EntityRemoved("e".into()),
            News::Setting { key: "title".into(), value: json!("T") },
            News::Spawn(spawn),
        ]
    );
}

#[tokio::test]
async fn the_copy_after_a_version_mismatch_is_no_news() {
    let current = object(json!({"id": "A", "version": 3, "name": "Ann's"}));
    let next = object(json!({"id": "A", "version": 4, "name": "Ann's"}));
    let (socket, mut news, mut server) = linked().await;
    let world = async {
        let command = hear_command(&mut server).await;
        say(&mut server, &refused(&command, "version_mismatch", Detail::Current(Some(current.clone()))))
            .await;
        for blueprint in [&current, &next, &current] {
            say(&mut server, &FromServer::BlueprintModified(blueprint.clone())).await;
        }
    };
    let change = object(json!({"id": "A", "version": 3}));
    let (answer, ()) =
        tokio::join!(socket.ask(Order::blueprint_modify(&change, None), Precondition::Any), world);
    assert!(answer.unwrap().is_err());
    assert_eq!(news.recv().await, Some(News::BlueprintModified(next)));
    assert_eq!(news.recv().await, Some(News::BlueprintModified(current)));
}

/// The news in what a real world sent to one socket of a recording.
async fn recorded_news(transcript: &str, connection: u64) -> String {
    let (_socket, mut news, mut server) = linked().await;
    let lines = transcript.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    for line in lines.filter(|it| it["x"] == connection && it["dir"] == "s2c" && it["opcode"] == 2) {
        let hex = line["hex"].as_str().unwrap();
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
        server.send(Message::binary(bytes.collect::<Vec<u8>>())).await.unwrap();
    }
    server.close(None).await.unwrap();
    let mut shown = String::new();
    while let Some(news) = news.recv().await {
        shown += &match news {
            News::BlueprintAdded(it) => format!("blueprint {} added at {}\n", it["id"], it["version"]),
            News::BlueprintModified(it) => format!("blueprint {} now at {}\n", it["id"], it["version"]),
            News::EntityAdded(it) => format!("entity of {} added\n", it["blueprint"]),
            News::EntityModified(it) => format!("entity of {} modified\n", it["blueprint"]),
            News::EntityRemoved(_) => "entity removed\n".to_owned(),
            other => format!("{other:?}\n"),
        };
    }
    shown
}

#[tokio::test]
async fn a_recorded_subscriber_hears_what_the_other_client_did() {
    let transcript = include_str!("../../../fixtures/wire/transcripts/08-broadcast.jsonl");
    expect![[r#"
        blueprint "Bc" added at 0
        blueprint "Bc" now at 1
        entity of "Bc" added
        entity of "Bc" modified
        entity removed
        BlueprintRemoved("Bc")
        Setting { key: "title", value: String("Bench") }
        Setting { key: "title", value: Null }
        Spawn({"position": Array [Number(1), Number(2), Number(3)], "quaternion": Array [Number(0), Number(0), Number(0), Number(1)]})
        Spawn({"position": Array [Number(0), Number(0), Number(0)], "quaternion": Array [Number(0), Number(0), Number(0), Number(1)]})
        entity removed
        Closed(ByWorld)
    "#]].assert_eq(&recorded_news(transcript, 1).await);
}

#[tokio::test]
async fn recorded_mismatches_are_no_news() {
    let transcript = include_str!("../../../fixtures/wire/transcripts/04-blueprint-modify.jsonl");
    expect![[r#"
        blueprint "Mod" added at 0
        blueprint "Mod" now at 1
        blueprint "Mod" now at 50
        blueprint "Mod" now at 51
        blueprint "Mod" now at 52
        blueprint "Mod" now at 53
        blueprint "Mod" now at 55
        blueprint "Mod" now at 56
        Closed(ByWorld)
    "#]]
    .assert_eq(&recorded_news(transcript, 1).await);
}

#[tokio::test]
async fn an_unreadable_message_closes_the_link_and_an_unknown_packet_does_not() {
    let (_socket, mut news, mut server) = linked().await;
    server.send(Message::binary(vec![0x92, 0xcc, 0x63, 0xc0])).await.unwrap();
    say(&mut server, &FromServer::EntityRemoved("x".into())).await;
    server.send(Message::binary(vec![0x92, 0x05, 0xd4])).await.unwrap();
    assert_eq!(news.recv().await, Some(News::EntityRemoved("x".into())));
    let reason = "not a message: the message ends in the middle of a value".to_owned();
    assert_eq!(news.recv().await, Some(News::Closed(Closed::Unreadable(reason))));
}

#[tokio::test]
async fn a_receiver_that_falls_behind_is_told_so_last() {
    let (_socket, mut news, mut server) = linked().await;
    for number in 0..NEWS_CAPACITY {
        say(&mut server, &FromServer::EntityRemoved(number.to_string())).await;
    }
    // Taking begins when the link has given up.
    while let Some(Ok(_)) = server.next().await {}
    let mut all = Vec::new();
    while let Some(news) = news.recv().await {
        all.push(news);
    }
    assert_eq!(all.len(), NEWS_CAPACITY);
    assert_eq!(all.pop(), Some(News::Closed(Closed::FellBehind)));
}

#[tokio::test(start_paused = true)]
async fn a_stuck_network_does_not_stop_news() {
    let (client, mut server) = ends(4096).await;
    let world = async {
        hear(&mut server).await;
        say(&mut server, &FromServer::AuthOk).await;
    };
    let (started, ()) = tokio::join!(start(client, MAIN, None), world);
    let (socket, mut news) = started.unwrap();
    let large = object(json!({"id": "A", "desc": "x".repeat(100_000)}));
    let client = async {
        let error = socket.ask(Order::blueprint_add(&large, None), Precondition::Any).await.unwrap_err();
        assert!(matches!(error, LinkError::Timeout { .. }), "{error}");
    };
    let world = async {
        // The world does not read, and speaks.
        say(&mut server, &FromServer::EntityRemoved("x".into())).await;
        assert_eq!(news.recv().await, Some(News::EntityRemoved("x".into())));
    };
    tokio::join!(client, world);
}
