//! The `/admin` socket: commands out, answers and news in, and a heartbeat.
//!
//! Two tasks. The *writer* owns the sending half, so that a slow connection never keeps us from
//! reading; the *reader* owns the receiving half and everything that follows from a frame. They
//! and the callers of [`Socket::ask`] share one small table of commands that wait for an answer.
//! No reply ever waits for the receiver of news: a client that takes no news while it waits for an
//! answer must still get that answer.

mod reader;
mod waiting;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bowline_wire::{AdminAuth, Command, Dialect, FromClient, FromServer, Order, Precondition, Value};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{Connector, WebSocketStream, connect_async_tls_with_config};

use crate::{Closed, LinkError, News, Unreachable, tls};
use reader::Reader;
use waiting::{Answer, Place, Waiting};

/// Servers of this protocol close the connection on a larger message.
pub(crate) const MAX_MESSAGE_BYTES: usize = 100 * 1024 * 1024;

/// A lost answer is an error after this long; the existing clients use the same time or wait for ever.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

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
    pub(crate) async fn ask(&self, order: Order, expect: Precondition) -> Result<Answer, LinkError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed).to_string();
        let what = order.name();
        let (request_id, network_id) = (id.as_str().into(), Value::Undefined);
        let command = Command { request_id, network_id, expect: expect.into(), order };
        let frame = FromClient::Command(command).encode(self.dialect);
        if frame.len() > MAX_MESSAGE_BYTES {
            let (bytes, limit) = (frame.len() as u64, MAX_MESSAGE_BYTES as u64);
            return Err(LinkError::TooLarge { what, bytes, limit });
        }
        let place = self.waiting.enter(id)?;
        timeout(ANSWER_WITHIN, self.exchange(frame, place)).await.unwrap_or(Err(LinkError::Timeout { what }))
    }

    async fn exchange(&self, frame: Vec<u8>, mut place: Place<'_>) -> Result<Answer, LinkError> {
        // Both fail only when the tasks have ended, and then there is a reason.
        if self.outgoing.send(Message::binary(frame)).await.is_err() {
            return Err(LinkError::Closed(self.waiting.reason()));
        }
        let answer = (&mut place.answer).await;
        answer.map_err(|_| LinkError::Closed(self.waiting.reason()))
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

#[cfg(test)]
mod tests;
