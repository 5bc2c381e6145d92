//! [`Locks`]: who may deploy what, for how long. They live in memory only: a restart frees them all,
//! which every client of the protocol already survives. Time is a parameter.

use bowline_wire::http::{GLOBAL_SCOPE as GLOBAL, HeldLock, LockBody, LockStatus};

/// How long a lock is held when its owner does not say, in milliseconds.
pub(super) const TTL_MS: u64 = 120_000;

/// One held lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// An app's name, or [`GLOBAL`].
    pub scope: String,
    /// What proves that one holds it.
    pub token: String,
    /// Free text, for people.
    pub owner: String,
    /// Milliseconds since 1970.
    pub acquired_ms: u64,
    /// The first millisecond at which it is no longer held.
    pub expires_ms: u64,
}

/// All locks, oldest first. Expired ones are dropped whenever the table is asked anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locks(Vec<Lock>);

/// Why a token does not open a scope.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Closed {
    /// Nobody holds a lock there.
    Required,
    /// Somebody else does: its status.
    Held(LockStatus),
}

/// Why a lock cannot be renewed or released.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NotYours {
    /// There is none.
    NotLocked,
    /// The token is another's: the lock's status.
    NotOwner(LockStatus),
}

impl Lock {
    fn status(&self, now_ms: u64) -> LockStatus {
        LockStatus::held(HeldLock {
            owner: self.owner.clone(),
            acquired_at: self.acquired_ms as i64,
            age_ms: now_ms.saturating_sub(self.acquired_ms) as i64,
            expires_in_ms: self.expires_ms.saturating_sub(now_ms) as i64,
            scope: self.scope.clone(),
        })
    }
}

impl Locks {
    fn expire(&mut self, now_ms: u64) {
        self.0.retain(|it| now_ms < it.expires_ms);
    }

    fn at(&self, scope: &str) -> Option<&Lock> {
        self.0.iter().find(|it| it.scope == scope)
    }

    /// The status a client sees: the global lock hides every scope, a scope never shows in global.
    pub(super) fn status(&mut self, scope: &str, now_ms: u64) -> LockStatus {
        self.expire(now_ms);
        let lock = self.at(GLOBAL).or_else(|| self.at(scope));
        lock.map_or(LockStatus::FREE, |it| it.status(now_ms))
    }

    /// Takes a lock, or says which one is in the way. Not re-entrant.
    pub(super) fn acquire(&mut self, lock: Lock) -> Result<(), LockStatus> {
        let now_ms = lock.acquired_ms;
        self.expire(now_ms);
        let blocking = match lock.scope.as_str() {
            GLOBAL => self.at(GLOBAL).or_else(|| self.0.first()),
            scope => self.at(GLOBAL).or_else(|| self.at(scope)),
        };
        match blocking {
            Some(other) => Err(other.status(now_ms)),
            None => {
                self.0.push(lock);
                Ok(())
            }
        }
    }

    /// Gives the lock `ttl_ms` from now.
    pub(super) fn renew(&mut self, claim: &LockBody, ttl_ms: u64, now_ms: u64) -> Result<(), NotYours> {
        let place = self.claimed(claim, now_ms)?;
        self.0[place].expires_ms = now_ms.saturating_add(ttl_ms);
        Ok(())
    }

    /// Frees the lock.
    pub(super) fn release(&mut self, claim: &LockBody, now_ms: u64) -> Result<(), NotYours> {
        let place = self.claimed(claim, now_ms)?;
        self.0.remove(place);
        Ok(())
    }

    fn claimed(&mut self, claim: &LockBody, now_ms: u64) -> Result<usize, NotYours> {
        self.expire(now_ms);
        let token = claim.token.as_str();
        let place = match claim.named_scope() {
            Some(scope) => self.0.iter().position(|it| it.scope == scope),
            None => self.0.iter().position(|it| Some(it.token.as_str()) == token),
        };
        let place = place.ok_or(NotYours::NotLocked)?;
        let lock = &self.0[place];
        if Some(lock.token.as_str()) == token {
            Ok(place)
        } else {
            Err(NotYours::NotOwner(lock.status(now_ms)))
        }
    }

    /// Whether `token` may change `scope`: a live global lock decides alone, else the scope's own.
    pub(super) fn check(&mut self, scope: &str, token: Option<&str>, now_ms: u64) -> Result<(), Closed> {
        self.expire(now_ms);
        match self.at(GLOBAL).or_else(|| self.at(scope)) {
            None => Err(Closed::Required),
            Some(lock) if token == Some(lock.token.as_str()) => Ok(()),
            Some(lock) => Err(Closed::Held(lock.status(now_ms))),
        }
    }
}
