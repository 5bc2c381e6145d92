//! [`Link`]: opening it, and what all its parts share.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use bowline_model::AssetName;
use bowline_wire::Dialect;
use bowline_wire::http::{Snapshot, path};
use reqwest::{Method, StatusCode};
use tokio::sync::mpsc;

use crate::http::Http;
use crate::socket::{self, Socket};
use crate::{LinkError, News, Target};

/// A connection to a world. Clones share it; when the last one is dropped it closes.
#[derive(Clone)]
pub struct Link(Arc<Parts>);

struct Parts {
    http: Http,
    socket: Socket,
    dialect: Dialect,
    preconditions: bool,
    world_id: String,
    assets_url: String,
    known: Mutex<HashSet<AssetName>>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("world", &self.0.world_id).field("at", &self.0.http.base()).finish()
    }
}

impl Link {
    /// Connects to a world: the dialect is found out, the socket opened and authenticated, and
    /// only then the state fetched, so that nothing falls between the snapshot and the first news.
    ///
    /// News from before the snapshot was taken may follow it. They are in order, so the last word
    /// on each thing is right; a blueprint older than the snapshot's is to be ignored.
    ///
    /// # Errors
    /// [`LinkError::WrongWorld`] if another world answers; it has seen nothing but the code. All
    /// the others are about getting that far.
    pub async fn open(target: &Target) -> Result<(Link, Snapshot, mpsc::Receiver<News>), LinkError> {
        let address = target.address()?;
        let http = Http::new(&address, target.admin_code.as_deref())?;
        let dialect = probe(&http).await?;
        let url = format!("{}{}", address.socket, path::ADMIN);
        let (socket, news) = socket::connect(&url, dialect, target.admin_code.as_deref()).await?;
        let reply = http.send("the snapshot", http.request(Method::GET, path::SNAPSHOT)).await?;
        let preconditions = reply.preconditions;
        let snapshot: Snapshot = reply.json()?;
        if let Some(expected) = target.world_id.as_ref().filter(|id| **id != snapshot.world_id) {
            return Err(LinkError::WrongWorld { expected: expected.clone(), found: snapshot.world_id });
        }
        let parts = Parts {
            assets_url: http.absolute(&snapshot.assets_url)?,
            http,
            socket,
            dialect,
            preconditions,
            world_id: snapshot.world_id.clone(),
            known: Mutex::default(),
        };
        Ok((Link(Arc::new(parts)), snapshot, news))
    }

    /// Which dialect the world speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Whether the world looks at a [`Precondition`](crate::Precondition). One that does not may, for
    /// an instant, let a change displace what nobody has seen.
    #[must_use]
    pub fn has_preconditions(&self) -> bool {
        self.0.preconditions
    }

    /// The id the world gave itself.
    #[must_use]
    pub fn world_id(&self) -> &str {
        &self.0.world_id
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.0.socket
    }

    pub(crate) fn http(&self) -> &Http {
        &self.0.http
    }

    pub(crate) fn assets_url(&self) -> &str {
        &self.0.assets_url
    }

    pub(crate) fn known(&self) -> &Mutex<HashSet<AssetName>> {
        &self.0.known
    }
}

/// Asks for the one route only one dialect has. Version numbers do not help: both say 0.0.16.
async fn probe(http: &Http) -> Result<Dialect, LinkError> {
    let reply = http.send("the change feed", http.request(Method::GET, path::CHANGES)).await?;
    match reply.status {
        StatusCode::NOT_FOUND => Ok(Dialect::Main),
        status if status.is_success() => Ok(Dialect::Dev),
        // The route exists, but its database is away.
        _ if reply.error().as_deref() == Some("db_unavailable") => Ok(Dialect::Dev),
        _ => Err(reply.refused()),
    }
}
