//! The deploy lock: who may change scripts of a scope. Worlds keep locks in memory only, so a lock
//! can be gone any time; that is an answer here, not an error.

use std::time::Duration;

use bowline_wire::Json;
use bowline_wire::http::{Done, HeldLock, LockBody, LockGranted, LockRenewed, path};
use reqwest::Method;

use crate::{Link, LinkError};

/// A lock we were granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Proves that it is ours; goes with every command on its scope.
    pub token: String,
    /// What it locks.
    pub scope: String,
    /// How long it was granted for.
    pub ttl: Duration,
}

/// The answer to asking for a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// It is ours.
    Granted(Lock),
    /// Somebody holds it, or one that includes it; perhaps we do, locks are not re-entrant.
    Busy(HeldLock),
}

/// The answer to renewing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// It holds this long from now.
    Renewed(Duration),
    /// It is no longer ours.
    Expired,
}

/// The answer to releasing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It is free.
    Released,
    /// It was no longer ours.
    Expired,
}

impl Link {
    /// Asks for the lock of `scope`. `ttl` is rounded down to seconds, and up to one.
    ///
    /// # Errors
    /// Only when the world does not answer as documented; a held lock is [`Acquired::Busy`].
    pub async fn lock(&self, scope: &str, owner: &str, ttl: Duration) -> Result<Acquired, LinkError> {
        let body =
            LockBody { owner: owner.into(), scope: scope.into(), ttl: seconds(ttl), ..LockBody::default() };
        let request = self.http().request(Method::POST, path::DEPLOY_LOCK).json(&body);
        let reply = self.http().send("the deploy lock", request).await?;
        let refusal = reply.error_body().filter(|body| body.error == "locked");
        if let Some(held) = refusal.and_then(|body| body.lock?.held) {
            return Ok(Acquired::Busy(held));
        }
        let granted: LockGranted = reply.json()?;
        let ttl = Duration::from_millis(granted.ttl_ms);
        Ok(Acquired::Granted(Lock { token: granted.token, scope: scope.to_owned(), ttl }))
    }

    /// Makes `lock` hold for `ttl` from now.
    ///
    /// # Errors
    /// Only when the world does not answer as documented.
    pub async fn renew(&self, lock: &Lock, ttl: Duration) -> Result<Renewal, LinkError> {
        let body = LockBody { ttl: seconds(ttl), ..held_by(lock) };
        let request = self.http().request(Method::PUT, path::DEPLOY_LOCK).json(&body);
        let reply = self.http().send("renewing the deploy lock", request).await?;
        if is_expired(reply.error().as_deref()) {
            return Ok(Renewal::Expired);
        }
        let renewed: LockRenewed = reply.json()?;
        Ok(Renewal::Renewed(Duration::from_millis(renewed.ttl_ms)))
    }

    /// Gives `lock` back.
    ///
    /// # Errors
    /// Only when the world does not answer as documented.
    pub async fn unlock(&self, lock: &Lock) -> Result<Release, LinkError> {
        // A body on DELETE, because worlds look for the token there and nowhere else.
        let request = self.http().request(Method::DELETE, path::DEPLOY_LOCK).json(&held_by(lock));
        let reply = self.http().send("releasing the deploy lock", request).await?;
        if is_expired(reply.error().as_deref()) {
            return Ok(Release::Expired);
        }
        reply.json::<Done>().map(|_| Release::Released)
    }
}

/// The wire counts lifetimes in whole seconds and takes nothing below one.
fn seconds(ttl: Duration) -> Json {
    Json::from(ttl.as_secs().max(1))
}

fn held_by(lock: &Lock) -> LockBody {
    LockBody { token: lock.token.as_str().into(), scope: lock.scope.as_str().into(), ..LockBody::default() }
}

fn is_expired(error: Option<&str>) -> bool {
    matches!(error, Some("not_locked" | "not_owner"))
}
