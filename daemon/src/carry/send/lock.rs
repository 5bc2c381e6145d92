//! [`HeldLock`]: the deploy lock of one push, renewed for as long as the push lasts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bowline_link::{Link, Lock, Renewal};
use tokio::task::JoinHandle;

/// A lock lives this long without being renewed; it is renewed three times as often.
const LOCK_TTL: Duration = Duration::from_secs(30);
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// At first it lives shorter: most deploys are over by then, and whoever is killed before the token
/// is stored makes the next start wait for no longer than this.
pub(super) const FIRST_TTL: Duration = Duration::from_secs(6);
const FIRST_RENEWAL: Duration = Duration::from_secs(2);

/// A lock that renews itself until it is dropped.
pub(super) struct HeldLock {
    pub(super) lock: Lock,
    lost: Arc<AtomicBool>,
    renewal: JoinHandle<()>,
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl HeldLock {
    /// Begins to renew `lock`.
    pub(super) fn keep(link: Link, lock: Lock) -> HeldLock {
        let lost = Arc::new(AtomicBool::new(false));
        let (flag, ours) = (lost.clone(), lock.clone());
        let renewal = tokio::spawn(async move {
            let mut pause = FIRST_RENEWAL;
            loop {
                tokio::time::sleep(std::mem::replace(&mut pause, RENEW_EVERY)).await;
                if !matches!(link.renew(&ours, LOCK_TTL).await, Ok(Renewal::Renewed(_))) {
                    flag.store(true, Ordering::Release);
                    return;
                }
            }
        });
        HeldLock { lock, lost, renewal }
    }

    /// Whether it was not lost meanwhile, as far as is known.
    pub(super) fn is_ours(&self) -> bool {
        !self.lost.load(Ordering::Acquire)
    }
}
