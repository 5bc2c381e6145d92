//! The `/admin` socket: commands out, answers and news in, and a heartbeat.
//!
//! Two tasks. The *writer* owns the sending half, so that a slow connection never keeps us from
//! reading; the *reader* owns the receiving half and everything that follows from a frame. They
//! and the callers of [`Socket::ask`] share one small table of commands that wait for an answer.
//! No reply ever waits for the receiver of news: a client that takes no news while it waits for an
//! answer must still get that answer.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bowline_wire::{
    AdminAuth, AdminResult, Command, Detail, Dialect, FromClient, FromServer, JsonObject, Order, PacketError,
    Refusal, Value,
};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{Connector, WebSocketStream, connect_async_tls_with_config};

use crate::{Closed, LinkError, News, Unreachable, tls};

/// Servers of this protocol close the connection on a larger message.
pub(crate) const MAX_MESSAGE_BYTES: usize = 100 * 1024 * 1024;

/// A lost answer is an error after this long; the existing clients use the same time or wait for ever.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Servers never ping this socket, so a dead connection is only noticed if we do.
const PING_EVERY: Duration = Duration::from_secs(10);

/// Two pings unanswered and a half.
const SILENCE: Duration = Duration::from_secs(25);

/// News that may wait for their receiver; see [`Closed::FellBehind`].
const NEWS_CAPACITY: usize = 4096;

/// Commands that may wait for the network; callers beyond that wait in `ask`.
const OUTGOING_CAPACITY: usize = 64;

/// Opens the socket of a world and says who we are.
pub(crate) async fn connect(
    url: &str,
    dialect: Dialect,
    code: Option<&str>,
) -> Result<(Socket, mpsc::Receiver<News>), LinkError> {
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    // Commands are small and wait for their answers: Nagle's algorithm would only delay them.
    let tls = Connector::Rustls(Arc::new(tls::client()));
    let connecting = connect_async_tls_with_config(url, Some(limits), true, Some(tls));
    let (stream, _) = timeout(CONNECT_WITHIN, connecting)
        .await
        .map_err(|_| LinkError::Unreachable { url: url.to_owned(), why: Unreachable::Timeout })?
        .map_err(|error| LinkError::no_socket(url, &error))?;
    start(stream, dialect, code).await
}

/// Authenticates on an open stream and starts the two tasks.
pub(crate) async fn start<S>(
    mut stream: WebSocketStream<S>,
    dialect: Dialect,
    code: Option<&str>,
) -> Result<(Socket, mpsc::Receiver<News>), LinkError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = authenticate(&mut stream, dialect, code);
    timeout(ANSWER_WITHIN, handshake)
        .await
        .map_err(|_| LinkError::Timeout { what: "the admin code".to_owned() })??;
    Ok(Socket::run(stream, dialect))
}

async fn authenticate<S>(
    stream: &mut WebSocketStream<S>,
    dialect: Dialect,
    code: Option<&str>,
) -> Result<(), LinkError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let closed = |error: SocketError| LinkError::Closed(closed_by(&error));
    let surprise = |reason: String| Err(LinkError::Protocol { what: "the admin code".to_owned(), reason });
    let hello = FromClient::Auth(AdminAuth::with_code(code)).encode(dialect);
    stream.send(Message::binary(hello)).await.map_err(closed)?;
    loop {
        let message = stream.next().await.unwrap_or(Err(SocketError::ConnectionClosed)).map_err(closed)?;
        let Some(frame) = payload(&message) else { continue };
        return match FromServer::decode(dialect, frame) {
            Ok(FromServer::AuthOk) => Ok(()),
            Ok(FromServer::AuthError(error)) if error == "invalid_code" => Err(LinkError::WrongCode),
            Ok(FromServer::AuthError(error)) => surprise(error),
            Ok(other) => surprise(format!("{:?} instead of a yes or no", other.payload().0)),
            Err(error) => surprise(error.to_string()),
        };
    }
}

/// The bytes of a data message. Worlds send binary ones only, but nothing is lost by reading text.
fn payload(message: &Message) -> Option<&[u8]> {
    match message {
        Message::Binary(bytes) => Some(bytes),
        Message::Text(text) => Some(text.as_bytes()),
        _ => None,
    }
}

fn closed_by(error: &SocketError) -> Closed {
    match error {
        SocketError::ConnectionClosed | SocketError::AlreadyClosed => Closed::ByWorld,
        other => Closed::Broken(other.to_string()),
    }
}

/// The sending side of a running socket. Dropping it closes the connection.
pub(crate) struct Socket {
    dialect: Dialect,
    outgoing: mpsc::Sender<Message>,
    waiting: Arc<Waiting>,
    next_id: AtomicU64,
    reader: AbortHandle,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The reader holds a sender too. With both gone the writer says goodbye and ends.
        self.reader.abort();
    }
}

impl Socket {
    fn run<S>(stream: WebSocketStream<S>, dialect: Dialect) -> (Socket, mpsc::Receiver<News>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sink, stream) = stream.split();
        let (outgoing, to_send) = mpsc::channel(OUTGOING_CAPACITY);
        let (news, received) = mpsc::channel(NEWS_CAPACITY);
        let waiting = Arc::new(Waiting::default());
        let writer = tokio::spawn(write(sink, to_send)).abort_handle();
        let mut reader = Reader {
            dialect,
            news,
            outgoing: outgoing.clone(),
            writer,
            waiting: Arc::clone(&waiting),
            corrections: VecDeque::new(),
        };
        let task = tokio::spawn(async move { reader.run(stream).await });
        let reader = task.abort_handle();
        (Socket { dialect, outgoing, waiting, next_id: AtomicU64::new(1), reader }, received)
    }

    /// Sends one command and waits for its answer.
    pub(crate) async fn ask(&self, order: Order) -> Result<Result<(), Refusal>, LinkError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed).to_string();
        let what = order.name();
        let command = Command { request_id: id.as_str().into(), network_id: Value::Undefined, order };
        let frame = FromClient::Command(command).encode(self.dialect);
        if frame.len() > MAX_MESSAGE_BYTES {
            let (bytes, limit) = (frame.len() as u64, MAX_MESSAGE_BYTES as u64);
            return Err(LinkError::TooLarge { what, bytes, limit });
        }
        let place = self.waiting.enter(id)?;
        timeout(ANSWER_WITHIN, self.exchange(frame, place)).await.unwrap_or(Err(LinkError::Timeout { what }))
    }

    async fn exchange(&self, frame: Vec<u8>, mut place: Place<'_>) -> Result<Result<(), Refusal>, LinkError> {
        // Both fail only when the tasks have ended, and then there is a reason.
        if self.outgoing.send(Message::binary(frame)).await.is_err() {
            return Err(LinkError::Closed(self.waiting.reason()));
        }
        let answer = (&mut place.answer).await;
        answer.map_err(|_| LinkError::Closed(self.waiting.reason()))
    }
}

type Answer = Result<(), Refusal>;

/// The commands without an answer, until the socket ends.
#[derive(Default)]
struct Waiting(Mutex<Table>);

#[derive(Default)]
struct Table {
    answers: HashMap<String, oneshot::Sender<Answer>>,
    ended: Option<Closed>,
}

/// One command's entry; gone when its caller is, for whatever reason.
struct Place<'a> {
    waiting: &'a Waiting,
    id: String,
    answer: oneshot::Receiver<Answer>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.waiting.table().answers.remove(&self.id);
    }
}

impl Waiting {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while holding it, and the table would be whole if something did.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, id: String) -> Result<Place<'_>, LinkError> {
        let (send, answer) = oneshot::channel();
        let mut table = self.table();
        if let Some(reason) = &table.ended {
            return Err(LinkError::Closed(reason.clone()));
        }
        table.answers.insert(id.clone(), send);
        drop(table);
        Ok(Place { waiting: self, id, answer })
    }

    fn leave(&self, id: &str, answer: Answer) {
        let entry = self.table().answers.remove(id);
        match entry {
            // Its caller may have given up in this very moment.
            Some(caller) => drop(caller.send(answer)),
            None => tracing::debug!(id, "an answer nobody waits for"),
        }
    }

    fn end(&self, reason: Closed) {
        let mut table = self.table();
        table.ended.get_or_insert(reason);
        table.answers.clear();
    }

    fn reason(&self) -> Closed {
        self.table().ended.clone().unwrap_or(Closed::ByWorld)
    }
}

async fn write<S>(mut sink: SplitSink<WebSocketStream<S>, Message>, mut to_send: mpsc::Receiver<Message>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = to_send.recv().await {
        // The reader sees the same broken connection and says so.
        if sink.send(message).await.is_err() {
            return;
        }
    }
    // A courtesy; the world notices the closed connection as well.
    let _ = sink.close().await;
}

struct Reader {
    dialect: Dialect,
    news: mpsc::Sender<News>,
    outgoing: mpsc::Sender<Message>,
    writer: AbortHandle,
    waiting: Arc<Waiting>,
    /// Blueprints that came with a refusal and will come once more by themselves.
    corrections: VecDeque<JsonObject>,
}

/// Refused modifies whose extra broadcast may be on its way. It follows at once, so there is
/// hardly ever more than one.
const CORRECTIONS: usize = 64;

impl Reader {
    async fn run<S>(&mut self, stream: SplitStream<WebSocketStream<S>>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // Taken first, so that there is room for the last news even when it is the reason.
        let Ok(last) = self.news.clone().reserve_owned().await else { return };
        let reason = self.listen(stream).await;
        tracing::debug!(%reason, "link closed");
        self.waiting.end(reason.clone());
        // Both halves gone: the world sees the end as well, whoever still holds the link.
        self.writer.abort();
        last.send(News::Closed(reason));
    }

    async fn listen<S>(&mut self, mut stream: SplitStream<WebSocketStream<S>>) -> Closed
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut heard = Instant::now();
        let mut pings = interval_at(heard + PING_EVERY, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = stream.next() => {
                    heard = Instant::now();
                    let message = match message.unwrap_or(Err(SocketError::ConnectionClosed)) {
                        // Not waiting for the world to hang up: there is nothing more to hear.
                        Ok(Message::Close(_)) => return Closed::ByWorld,
                        Ok(message) => message,
                        Err(error) => return closed_by(&error),
                    };
                    if let Some(Err(reason)) = payload(&message).map(|frame| self.on_frame(frame)) {
                        return reason;
                    }
                }
                // A full queue means that the writer is stuck, which silence will show.
                _ = pings.tick() => drop(self.outgoing.try_send(Message::Ping(Vec::new().into()))),
                () = sleep_until(heard + SILENCE) => return Closed::Silent,
            }
        }
    }

    fn on_frame(&mut self, frame: &[u8]) -> Result<(), Closed> {
        match FromServer::decode(self.dialect, frame) {
            Ok(FromServer::Result(result)) => self.on_result(result),
            Ok(FromServer::BlueprintModified(blueprint)) if self.is_correction(&blueprint) => (),
            Ok(FromServer::Other(packet, payload)) => tracing::debug!(?packet, ?payload, "not for us"),
            Ok(message) => {
                if let Some(news) = News::from_message(message) {
                    self.news.try_send(news).map_err(|_| Closed::FellBehind)?;
                }
            }
            // A newer world may have packets we do not know; it cannot hide an edit in one.
            Err(PacketError::UnknownId(id)) => tracing::debug!(id, "unknown packet"),
            Err(error) => return Err(Closed::Unreadable(error.to_string())),
        }
        Ok(())
    }

    fn on_result(&mut self, result: AdminResult) {
        if let Err(Refusal { detail: Detail::Current(Some(current)), .. }) = &result.outcome {
            self.corrections.truncate(CORRECTIONS - 1);
            self.corrections.push_front(current.clone());
        }
        match result.request_id.as_ref().and_then(Value::as_str) {
            Some(id) => self.waiting.leave(id, result.outcome),
            // Only bytes that are no packet are answered without an id.
            None => tracing::warn!(?result, "the world could not read a command of ours"),
        }
    }

    /// Whether this is the extra copy of a `current` that the caller already has.
    fn is_correction(&mut self, blueprint: &JsonObject) -> bool {
        let found = self.corrections.iter().position(|current| current == blueprint);
        found.and_then(|at| self.corrections.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests;
