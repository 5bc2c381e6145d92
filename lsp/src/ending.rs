//! When the server ends: after `exit`, or when nobody can say anything any more.
//!
//! The framework ends by itself once every handler has; this is for when one hangs.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Notify;

/// What still runs when the end was said may take as long.
const GRACE: Duration = Duration::from_millis(500);

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The editor said `shutdown` before.
    AsAgreed,
    /// It did not: it crashed, or forgot to.
    Abruptly,
}

/// What was said about the end.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    shutdown: AtomicBool,
    ended: Notify,
}

impl Ending {
    /// A message came.
    pub(crate) fn heard(&self, method: &str) {
        match method {
            "shutdown" => self.shutdown.store(true, Ordering::Release),
            "exit" => self.ended.notify_one(),
            _ => (),
        }
    }

    /// Comes a moment after the end was said.
    pub(crate) async fn is_over(&self) {
        self.ended.notified().await;
        tokio::time::sleep(GRACE).await;
    }

    pub(crate) fn how(&self) -> Ended {
        if self.shutdown.load(Ordering::Acquire) { Ended::AsAgreed } else { Ended::Abruptly }
    }
}

/// Input that tells when it is at its end.
#[derive(Debug)]
pub(crate) struct Input<I> {
    pub(crate) input: I,
    pub(crate) ending: Arc<Ending>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Input<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.input).poll_read(context, buffer);
        let is_end = match &read {
            Poll::Ready(Ok(())) => buffer.filled().len() == before && buffer.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if is_end {
            self.ending.ended.notify_one();
        }
        read
    }
}
