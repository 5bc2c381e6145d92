//! `GET /bowline/v1/play`: the socket of one player, JSON in text frames.
//!
//! The first message is `{"type": "join", "name", "id"?, "rank"?, "avatar"?, "code"?}`: the code of the
//! world, unless the header has it, because pages cannot send headers. It is answered by `{"type":
//! "welcome", "networkId", "tick", "rank", "players"}` or by `{"type": "refused", "error", "message"}`
//! and the end. A rank may be lower than what the code gives, never higher; it is never lower than what the
//! world's setting `rank` gives everybody.
//!
//! Then a player may send
//! * `{"type": "move", "position": [x, y, z], "quaternion": [x, y, z, w]}`
//! * `{"type": "input", …}`: what the controls of its client read
//! * `{"type": "chat", "text"}`: a line that begins with a slash is a command
//! * `{"type": "action", "entity", "node"}`
//! * `{"type": "leave"}`, which is what hanging up is too
//!
//! and is told `enter`, `leave`, `act` (what was done to a player), `chat`, and of its own client `log`
//! and `script`. What cannot be read is answered by `{"type": "error", "error", "message"}` and does
//! nothing. Who sends faster than the world ticks is read more slowly; who reads too slowly is dropped.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bowline_runtime::player::{Player, Rank};
use bowline_runtime::{Context, Step};
use bowline_wire::http::ADMIN_CODE_HEADER;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Port, guard, stopped};
use crate::actor::Ask;
use crate::seats::NoSeat;

/// Largest message.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Steps of one connection that may wait for the next tick.
const STEPS_MAX: usize = 128;

/// How long somebody may take to say who it is.
const JOIN_WITHIN: Duration = Duration::from_secs(10);

/// How long a peer that does not read may take to hear why it is closed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Close codes of RFC 6455 and its registry.
const GOING_AWAY: u16 = 1001;
const POLICY: u16 = 1008;
const TRY_AGAIN_LATER: u16 = 1013;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Said {
    Join(Join),
    Move { position: [f64; 3], quaternion: [f64; 4] },
    Input(Map<String, Value>),
    Chat { text: String },
    Action { entity: String, node: String },
    Leave,
}

#[derive(Deserialize)]
struct Join {
    name: String,
    id: Option<String>,
    rank: Option<Rank>,
    avatar: Option<String>,
    code: Option<String>,
}

type Sink = SplitSink<WebSocket, Message>;

pub(super) async fn play(
    State(port): State<Arc<Port>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let shown = headers.get(ADMIN_CODE_HEADER).map(|it| it.as_bytes().to_vec());
    match upgrade {
        Ok(upgrade) => upgrade
            .max_message_size(MESSAGE_BYTES_MAX)
            .max_frame_size(MESSAGE_BYTES_MAX)
            .on_upgrade(move |socket| converse(port, socket, shown)),
        Err(_) => guard::refuse(StatusCode::UPGRADE_REQUIRED, "websocket_only").into_response(),
    }
}

async fn converse(port: Arc<Port>, socket: WebSocket, shown: Option<Vec<u8>>) {
    let (mut sink, mut stream) = socket.split();
    let joined = tokio::time::timeout(JOIN_WITHIN, next(&mut stream)).await;
    let player = match joined {
        Ok(Some(Ok(Said::Join(join)))) => {
            let least = port.least_rank().await;
            port.player(join, shown.as_deref()).map(|it| Player { rank: it.rank.max(least), ..it })
        }
        Ok(Some(_)) => Err(("join_first", "the first message says who joins".to_owned())),
        Ok(None) => return,
        Err(_) => Err(("join_first", "nobody said who joins".to_owned())),
    };
    let taken = player.and_then(|player| {
        let messages = port.seats.take(player.clone()).map_err(no_seat)?;
        Ok((player, messages))
    });
    match taken {
        Ok((player, messages)) => sit(&port, player, messages, (&mut sink, &mut stream)).await,
        Err((error, message)) => {
            say(&mut sink, &json!({"type": "refused", "error": error, "message": message})).await;
            close(&mut sink, POLICY, error).await;
        }
    }
}

fn no_seat(why: NoSeat) -> (&'static str, String) {
    match why {
        NoSeat::Taken => ("already_here", "a player of this id is connected".to_owned()),
        NoSeat::Full => ("full", "too many players are connected".to_owned()),
    }
}

impl Port {
    /// What the world gives everybody.
    async fn least_rank(&self) -> Rank {
        let (to, answer) = oneshot::channel();
        match self.inbox.send(Ask::LeastRank(to)).await {
            Ok(()) => answer.await.unwrap_or_default(),
            Err(_) => Rank::default(),
        }
    }

    /// Who wants to come in, if it may.
    fn player(&self, join: Join, shown: Option<&[u8]>) -> Result<Player, (&'static str, String)> {
        let code = join.code.as_deref().map(str::as_bytes).or(shown).unwrap_or_default();
        if !self.accepts(code) {
            return Err(("admin_required", "the code is not this world's".to_owned()));
        }
        let id = join.id.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
        let rank = join.rank.unwrap_or(Rank::Admin);
        let player = Player { rank, avatar: join.avatar, ..Player::new(id, join.name.trim()) };
        player.check().map_err(|why| ("not_joined", why.to_string()))?;
        Ok(player)
    }
}

/// From the welcome to the leave.
async fn sit(
    port: &Arc<Port>,
    player: Player,
    mut messages: mpsc::Receiver<String>,
    (sink, stream): (&mut Sink, &mut SplitStream<WebSocket>),
) {
    let id = player.id.clone();
    port.steps.must(Context::Server, Step::Join { player });
    let mut why = (TRY_AGAIN_LATER, "too slow, or not let in");
    let permits = Arc::new(Semaphore::new(STEPS_MAX));
    let (answers, mut answered) = mpsc::channel::<Value>(STEPS_MAX);
    {
        let hear = hear(port, &id, (stream, &permits), answers);
        let write = async {
            loop {
                let told = tokio::select! {
                    told = messages.recv() => match told { Some(it) => it, None => return },
                    Some(answer) = answered.recv() => answer.to_string(),
                };
                if sink.send(Message::Text(told.into())).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = hear => why = (1000, "goodbye"),
            () = write => (),
            () = stopped(port.stopping.clone()) => why = (GOING_AWAY, "the world stops"),
        }
    }
    // First the step: a seat that is gone while its player is not would be left for it anyway.
    port.steps.must(Context::Server, Step::Leave { id: id.clone() });
    port.seats.leave(&id);
    close(sink, why.0, why.1).await;
}

/// Reads until the player leaves. What it wants waits for the next tick; when too much does, so do we.
async fn hear(
    port: &Port,
    id: &str,
    (stream, permits): (&mut SplitStream<WebSocket>, &Arc<Semaphore>),
    answers: mpsc::Sender<Value>,
) {
    while let Some(said) = next(stream).await {
        let step = match said {
            Ok(Said::Leave) => return,
            Ok(said) => step(id, said),
            Err(why) => Err(why),
        };
        match step {
            Ok(step) => match Arc::clone(permits).acquire_owned().await {
                Ok(permit) => port.steps.push(step, permit),
                Err(_) => return,
            },
            Err(message) => {
                let answer = json!({"type": "error", "error": "invalid_message", "message": message});
                if answers.send(answer).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn step(id: &str, said: Said) -> Result<Step, String> {
    let id = id.to_owned();
    Ok(match said {
        Said::Move { position, quaternion } => Step::Move { id, position, quaternion },
        Said::Input(input) => Step::Input { id, input: Value::Object(input) },
        Said::Chat { text } if text.starts_with('/') => Step::Command { id, text },
        Said::Chat { text } => {
            let message = json!({"id": uuid::Uuid::new_v4().simple().to_string(), "body": text});
            let message = message.as_object().cloned().unwrap_or_default();
            Step::Chat { message, from: Some(id) }
        }
        Said::Action { entity, node } => Step::Action { id, entity, node },
        Said::Join(_) => return Err("this connection has joined already".to_owned()),
        Said::Leave => Step::Leave { id },
    })
}

/// The next message, or what is wrong with it; `None` when the peer has hung up.
async fn next(stream: &mut SplitStream<WebSocket>) -> Option<Result<Said, String>> {
    loop {
        match stream.next().await? {
            Ok(Message::Text(text)) => {
                return Some(serde_json::from_str(text.as_str()).map_err(|why| why.to_string()));
            }
            Ok(Message::Binary(_)) => return Some(Err("messages are JSON in text frames".to_owned())),
            // Pings are answered by the library; after a close the stream ends.
            Ok(_) => (),
            Err(_) => return None,
        }
    }
}

async fn say(sink: &mut Sink, message: &Value) {
    // A peer that is gone hears nothing, and that is all right.
    drop(tokio::time::timeout(LAST_WORDS, sink.send(Message::Text(message.to_string().into()))).await);
}

async fn close(sink: &mut Sink, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    drop(tokio::time::timeout(LAST_WORDS, sink.send(Message::Close(Some(frame)))).await);
}
