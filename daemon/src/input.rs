//! Everything that can happen to a mirror. If it is not here, it cannot influence one.

use std::collections::BTreeMap;

use bowline_disk::Dirt;
use bowline_link::{Link, LinkError, News, Snapshot};
use bowline_model::{Digest, ItemId, Problem};
use bowline_sync::engine::{Outcome, Stamp};
use bowline_sync::sighting::Seen;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};

use crate::ask::Asked;
use crate::feed::Feed;
use crate::records::WorldRecord;
use crate::report::Report;

/// A world that was reached, and what it holds.
pub(crate) struct Arrival {
    pub(crate) link: Link,
    pub(crate) snapshot: Snapshot,
    pub(crate) news: mpsc::Receiver<News>,
    pub(crate) records: Result<Fetched, Report>,
}

/// What came of an attempt to reach the world.
pub(crate) type Reached = Result<Arrival, LinkError>;

/// A world's records, as they were fetched.
pub(crate) enum Fetched {
    /// It has none and takes none.
    NotOffered,
    /// Those of the project's scope.
    Records(Vec<WorldRecord>),
}

/// Everything that can happen to a mirror, except news of the world: see `Mirror::turn`.
pub(crate) enum Input {
    /// The watcher doubts something.
    Dirt(Dirt),
    /// An action is over.
    Done(Done),
    /// An action waits for a lock that somebody else holds.
    Waiting(String, String),
    /// A shell was granted a deploy lock: its scope and its token.
    Locked(String, String),
    /// A shell gave the deploy lock with this token back.
    Unlocked(String),
    /// A shell asks what the world last said of an entity.
    Holds(String, oneshot::Sender<Seen>),
    /// A shell asks what an entity was before its last change.
    Displaced(String, oneshot::Sender<Option<Map<String, Value>>>),
    /// Somebody asks.
    Asked(Asked),
    /// A built-in asset of the world was fetched to learn its digest.
    Named(String, Result<Digest, String>),
    /// The world's scripts did something.
    Feed(Feed),
    /// The world's records were fetched; the stamp is from before they were asked for.
    Records(Stamp, Result<Fetched, Report>),
    /// An attempt to reach the world is over.
    Reached(Box<Reached>),
    /// End, because of this signal.
    Stop(&'static str),
}

/// How an action ended.
pub(crate) struct Done {
    pub(crate) action: u64,
    pub(crate) outcomes: Vec<(ItemId, Outcome)>,
    /// What the world now holds, as far as this action changed it.
    pub(crate) versions: BTreeMap<String, Option<u64>>,
    /// Where losers were kept: the item and the file.
    pub(crate) kept: Vec<(ItemId, String)>,
    /// What people must know.
    pub(crate) problems: Vec<Problem>,
    /// What records of the world are now, as far as it was said.
    pub(crate) records: Vec<(String, Option<WorldRecord>)>,
}
