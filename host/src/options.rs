//! [`Options`]: what a caller decides about a world, and why it may not start.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bowline_runtime::Limits;
use bowline_runtime::fetch::BadFetchRule;
use bowline_store::{Store, StoreError};

use crate::mutations::StartError;
use crate::records::BadCore;

/// What is served, where, to whom.
#[derive(Clone)]
pub struct Options {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What a client must show. Empty lets everybody in, which is only sane on loopback.
    pub admin_code: String,
    /// The world's id. `None`: the stored one, or a new one for a new world.
    pub world_id: Option<String>,
    /// Where [`crate::start`] listens. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// What clients put before an asset's name. `None`: `/assets` on the bound address.
    pub assets_url: Option<String>,
    /// Where clients are told the admin page is. `None`: `/admin` on the bound address.
    pub admin_url: Option<String>,
    /// What clients are told uploads may have, in megabytes, as text. Advice, as on the real server.
    pub max_upload_size: String,
    /// The most bytes of one upload; more is refused with 413.
    pub max_upload_bytes: u64,
    /// The most bytes that wait for one socket. One that reads too slowly for that is closed.
    pub max_backlog_bytes: usize,
    /// How long one tick of the simulated world takes.
    pub tick: Duration,
    /// What scripts may use, and where they run.
    pub limits: Limits,
    /// Where scripts may fetch from, as [`bowline_runtime::fetch::FetchRules`] reads it:
    /// `https://api.example.com`. Empty: nowhere.
    pub fetch: Vec<String>,
    /// Where the random numbers of scripts start: the same seed and the same edits give the same world.
    pub seed: u64,
    /// Which room's records the world is made of: `room/<room>/…`. A segment of a slug.
    pub room: String,
    /// How often the running world is kept, so that a kill loses no more of it than this.
    pub autosave: Duration,
    /// Start with the core records alone and without scripts, to mend what keeps a world from
    /// starting. What was kept of the running world is neither read nor written.
    pub safe_mode: bool,
}

impl Options {
    /// A world on a free loopback port, open to whoever can reach that.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Options {
        Options {
            store,
            admin_code: String::new(),
            world_id: None,
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            assets_url: None,
            admin_url: None,
            max_upload_size: "200".to_owned(),
            max_upload_bytes: bowline_wire::http::MAX_UPLOAD_BYTES,
            max_backlog_bytes: 256 * 1024 * 1024,
            tick: Duration::from_millis(50),
            limits: Limits::standard(),
            fetch: Vec::new(),
            seed: 0,
            room: "project".to_owned(),
            autosave: Duration::from_secs(5),
            safe_mode: false,
        }
    }
}

impl std::fmt::Debug for Options {
    /// Without the admin code, which must not end in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Options({} on {})", self.world_id.as_deref().unwrap_or("stored world"), self.bind)
    }
}

impl From<StartError> for HostError {
    fn from(why: StartError) -> HostError {
        match why {
            StartError::Store(error) => error.into(),
            StartError::Thread(error) => error.into(),
        }
    }
}

/// Why a world cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store has another world.
    #[error("the store holds the world `{stored}`, not `{wanted}`")]
    OtherWorld {
        /// The id in the store.
        stored: String,
        /// The id asked for.
        wanted: String,
    },
    /// A record that the world needs is missing or wrong.
    #[error("{0}; the world can be started in safe mode without it")]
    Core(#[from] BadCore),
    /// A record of the store is damaged.
    #[error("the record `{slug}` cannot be read: {reason}; the world can be started in safe mode without it")]
    Record {
        /// Its slug.
        slug: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of [`Options::fetch`] is none.
    #[error(transparent)]
    Fetch(#[from] BadFetchRule),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gave no thread, or the port failed while serving.
    #[error("the port failed: {0}")]
    Io(#[from] std::io::Error),
}
