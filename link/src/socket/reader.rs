//! [`Reader`]: what follows from each frame, and noticing when none come any more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bowline_wire::{AdminResult, Detail, Dialect, FromServer, JsonObject, PacketError, Refusal, Value};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use super::waiting::Waiting;
use super::{closed_by, payload};
use crate::{Closed, News};

/// Servers never ping this socket, so a dead connection is only noticed if we do.
const PING_EVERY: Duration = Duration::from_secs(10);

/// Two pings unanswered and a half.
const SILENCE: Duration = Duration::from_secs(25);

pub(super) struct Reader {
    pub(super) dialect: Dialect,
    pub(super) news: mpsc::Sender<News>,
    pub(super) outgoing: mpsc::Sender<Message>,
    pub(super) writer: AbortHandle,
    pub(super) waiting: Arc<Waiting>,
    /// Blueprints that came with a refusal and will come once more by themselves.
    pub(super) corrections: VecDeque<JsonObject>,
}

/// Refused modifies whose extra broadcast may be on its way. It follows at once, so there is
/// hardly ever more than one.
const CORRECTIONS: usize = 64;

impl Reader {
    pub(super) async fn run<S>(&mut self, stream: SplitStream<WebSocketStream<S>>)
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
