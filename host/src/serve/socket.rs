//! One `/admin` socket, from upgrade to close. It decodes, asks the actor, and writes what the actor
//! puts into its queue; the state machine is the protocol's, in [`Conversation::hear`].

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse as _, Response};
use bowline_wire::{AdminAuth, AdminResult, Command, Dialect, FromClient, FromServer, Value as Js};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::{Port, pages, stopped};
use crate::actor::{Ask, Wants};
use crate::sockets::{FRAMES_MAX, Frame, SocketId};

/// Largest message, as the real server has it.
const MESSAGE_BYTES_MAX: usize = 100 * 1024 * 1024;

/// Commands one socket may have unanswered; then its reading waits, and nobody else's.
const IN_FLIGHT_MAX: u32 = 64;

/// How long a peer that does not read may take to hear why it is closed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Close codes of RFC 6455 and its registry.
const GOING_AWAY: u16 = 1001;
const TRY_AGAIN_LATER: u16 = 1013;

/// `GET /admin`: the socket, or without an upgrade the page.
pub(super) async fn admin(
    State(port): State<Arc<Port>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => upgrade
            .max_message_size(MESSAGE_BYTES_MAX)
            .max_frame_size(MESSAGE_BYTES_MAX)
            .on_upgrade(move |socket| converse(port, socket)),
        Err(_) => pages::admin(&port).into_response(),
    }
}

async fn converse(port: Arc<Port>, socket: WebSocket) {
    let id = port.next_socket();
    let (sink, mut stream) = socket.split();
    let (frames, queued) = mpsc::channel(FRAMES_MAX);
    let (kick, kicked) = oneshot::channel();
    let mut writer = tokio::spawn(write(sink, queued, kicked, port.stopping.clone()));
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT_MAX as usize));
    let conversation = Conversation { port: port.clone(), id, frames, kick: Some(kick), in_flight };
    let written = tokio::select! {
        () = listen(conversation, &mut stream) => false,
        _ = &mut writer => true,
    };
    // The writer ends when the last sender of frames does: ours is gone, this is the actor's. An
    // error means that there is no actor.
    drop(port.inbox.send(Ask::Leave(id)).await);
    if !written {
        drop(writer.await);
    }
    // A close is answered by the peer. Hanging up on that answer could cost it our last frames.
    let answered = async { while let Some(Ok(_)) = stream.next().await {} };
    drop(tokio::time::timeout(LAST_WORDS, answered).await);
}

async fn listen(mut conversation: Conversation, stream: &mut SplitStream<WebSocket>) {
    while let Some(Ok(message)) = stream.next().await {
        let bytes = match message {
            Message::Binary(bytes) => bytes,
            Message::Text(text) => text.into(),
            // Pings are answered by the library; after a close the stream ends.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => continue,
        };
        if conversation.hear(&bytes).await.is_break() {
            return;
        }
    }
}

struct Conversation {
    port: Arc<Port>,
    id: SocketId,
    frames: mpsc::Sender<Frame>,
    /// How the actor ends this socket. Given to it with the right code, so it is here as long as none
    /// was shown.
    kick: Option<oneshot::Sender<&'static str>>,
    in_flight: Arc<Semaphore>,
}

impl Conversation {
    /// One packet; breaks when the socket is to be closed.
    async fn hear(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let packet = FromClient::decode(Dialect::Main, bytes);
        let Some(kick) = self.kick.take() else { return self.ready(packet.ok()).await };
        match packet {
            Err(_) => {
                self.kick = Some(kick);
                self.say(&FromServer::Result(AdminResult::invalid_packet())).await
            }
            Ok(FromClient::Auth(auth)) if self.port.accepts_value(&auth.code) => self.join(&auth, kick).await,
            Ok(FromClient::Auth(_)) => self.refuse("invalid_code").await,
            Ok(FromClient::Command(_) | FromClient::Other { .. }) => self.refuse("unauthorized").await,
        }
    }

    async fn join(&mut self, auth: &AdminAuth, kick: oneshot::Sender<&'static str>) -> ControlFlow<()> {
        let snapshot = if auth.subscriptions.snapshot { Wants::Snapshot } else { Wants::Nothing };
        self.ask(Ask::Join { socket: self.id, frames: self.frames.clone(), kick, snapshot }).await
    }

    /// A packet of an authenticated socket: each gets exactly one result, in the order they came.
    async fn ready(&mut self, packet: Option<FromClient>) -> ControlFlow<()> {
        let Ok(permit) = self.in_flight.clone().acquire_owned().await else { return ControlFlow::Break(()) };
        let unknown = |request_id: Js| Command { request_id, ..Command::default() };
        let command = match packet {
            None => return self.ask(Ask::Garbage { socket: self.id, permit }).await,
            Some(FromClient::Command(command)) => command,
            Some(FromClient::Auth(auth)) => unknown(auth.request_id),
            Some(FromClient::Other { request_id, .. }) => unknown(request_id),
        };
        self.ask(Ask::Command { socket: self.id, command: Box::new(command), permit }).await
    }

    async fn ask(&self, ask: Ask) -> ControlFlow<()> {
        match self.port.inbox.send(ask).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Says something before there is an actor to say it in turn, and waits until it has left: a peer
    /// that closes at once would otherwise close before it is answered.
    async fn say(&self, message: &FromServer) -> ControlFlow<()> {
        let Ok(permit) = self.in_flight.clone().acquire_owned().await else { return ControlFlow::Break(()) };
        if self.frames.send(Frame::last(message, permit)).await.is_err() {
            return ControlFlow::Break(());
        }
        match self.in_flight.acquire_many(IN_FLIGHT_MAX).await {
            Ok(_) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    async fn refuse(&self, error: &str) -> ControlFlow<()> {
        // Said or not, it is over.
        match self.say(&FromServer::AuthError(error.to_owned())).await {
            ControlFlow::Continue(()) | ControlFlow::Break(()) => ControlFlow::Break(()),
        }
    }
}

/// Writes frames until there is nobody left to send any, the peer is too slow, or the port stops.
async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queued: mpsc::Receiver<Frame>,
    kicked: oneshot::Receiver<&'static str>,
    stopping: watch::Receiver<bool>,
) {
    let why = tokio::select! {
        biased;
        Ok(reason) = kicked => Some(CloseFrame { code: TRY_AGAIN_LATER, reason: reason.into() }),
        () = stopped(stopping) => Some(CloseFrame { code: GOING_AWAY, reason: "the world stops".into() }),
        () = pass_on(&mut sink, &mut queued) => None,
    };
    // A refused code closes without a status, as the real server does. A peer that is gone hears
    // nothing, and that is all right.
    drop(tokio::time::timeout(LAST_WORDS, sink.send(Message::Close(why))).await);
}

async fn pass_on(sink: &mut SplitSink<WebSocket, Message>, queued: &mut mpsc::Receiver<Frame>) {
    while let Some(frame) = queued.recv().await {
        if sink.send(Message::Binary(frame.bytes.clone())).await.is_err() {
            return;
        }
    }
}
