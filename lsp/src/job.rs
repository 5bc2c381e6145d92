//! [`answer`]: a question worked on beside everything else, and the three ways to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tower_lsp::jsonrpc::{Error, ErrorCode, Result};

use crate::state::Snapshot;

/// Whether an answer is still wanted.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    cancelled: Arc<AtomicBool>,
    snapshot: Snapshot,
}

impl Wanted {
    /// Fails once nobody wants the answer: to be asked between steps that take long.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Acquire) {
            return Err(Error::new(ErrorCode::RequestCancelled));
        }
        if self.snapshot.is_stale() {
            return Err(Error::new(ErrorCode::ContentModified));
        }
        Ok(())
    }
}

/// When the framework drops a handler, because its request was cancelled, the job hears of it.
struct TellWhenDropped(Arc<AtomicBool>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Works on a question, on a thread of its own. Without a snapshot, for a file we know nothing of, there
/// is no answer. A panic costs this answer and nothing else.
pub(crate) async fn answer<T: Send + 'static>(
    snapshot: Option<Snapshot>,
    work: impl FnOnce(&Snapshot, &Wanted) -> Result<T> + Send + 'static,
) -> Result<Option<T>> {
    let Some(snapshot) = snapshot else { return Ok(None) };
    let cancelled = Arc::new(AtomicBool::new(false));
    let _guard = TellWhenDropped(Arc::clone(&cancelled));
    let wanted = Wanted { cancelled, snapshot };
    let job = tokio::task::spawn_blocking(move || {
        wanted.check()?;
        let found = work(&wanted.snapshot, &wanted)?;
        wanted.check()?;
        Ok(found)
    });
    match job.await {
        Ok(found) => found.map(Some),
        Err(_) => Err(Error::internal_error()),
    }
}

/// Works on something that is about no one document.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::internal_error())
}
