//! When the server ends: after `exit`, or when nobody can say anything any more.
//!
//! The framework ends by itself once every handler has; this is for when one hangs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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

    /// Nothing can be said any more.
    pub(crate) fn is_deaf(&self) {
        self.ended.notify_one();
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
