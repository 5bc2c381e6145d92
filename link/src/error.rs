//! [`LinkError`]: everything that can go wrong between us and a world, and whose turn it is then.

use std::path::PathBuf;

use bowline_model::{AssetName, Digest};
use tokio_tungstenite::tungstenite;

use crate::Closed;

/// Why the world did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The address is no address.
    #[error("`{url}` is not the address of a world: {reason}")]
    BadTarget {
        /// As it was written.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The world sends us elsewhere. We do not follow, because the admin code would follow too.
    #[error("the world at this address has moved to {to}")]
    Moved {
        /// Where to.
        to: String,
    },
    /// Something answers there, but no world does.
    #[error("there is no world at {url}: {reason}")]
    NotAWorld {
        /// What was asked for.
        url: String,
        /// What answered instead.
        reason: String,
    },
    /// The admin code is missing or wrong.
    #[error("the world does not accept the admin code")]
    WrongCode,
    /// Another world than expected answers at this address.
    #[error("expected the world `{expected}`, but `{found}` answers")]
    WrongWorld {
        /// The id in the target.
        expected: String,
        /// The id in the snapshot.
        found: String,
    },
    /// No connection, or none that lasted.
    #[error("cannot reach the world at {url}: {why}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What happened.
        why: Unreachable,
    },
    /// Connected, but no answer came. Whether it was carried out is unknown.
    #[error("the world did not answer in time: {what}")]
    Timeout {
        /// What was asked.
        what: String,
    },
    /// The socket is closed. Whether it was carried out is unknown.
    #[error("the connection is closed: {0}")]
    Closed(Closed),
    /// The world says no, with its own word or, after an exception of its own, without any.
    #[error("the world refused {what}: {} (status {status})", error.as_deref().unwrap_or("it gave no reason"))]
    Refused {
        /// What was asked.
        what: String,
        /// The HTTP status.
        status: u16,
        /// One of the protocol's words, or a sentence of its framework.
        error: Option<String>,
    },
    /// The world has no such thing now. Assets may still come: others announce before they upload.
    #[error("the world has no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// An id that cannot be put into a path.
    #[error("`{id}` cannot be asked for by id")]
    Unaddressable {
        /// The id.
        id: String,
    },
    /// Downloaded bytes are not the ones their name promises.
    #[error("the world sent other bytes than {name} (they are {found})")]
    WrongBytes {
        /// What was asked for.
        name: AssetName,
        /// The digest of what came.
        found: Digest,
    },
    /// More than a world can store or send without cutting it.
    #[error("{what} has {bytes} bytes, a world takes at most {limit}")]
    TooLarge {
        /// A name.
        what: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// An upload was accepted, but the world has no file of that name afterwards: the bytes were
    /// not the ones the name promises, most likely because the file changed meanwhile.
    #[error("the world took {name} but does not have it")]
    NotStored {
        /// What was uploaded.
        name: AssetName,
    },
    /// A file to upload cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The world said something this protocol does not have.
    #[error("the world answered {what} in a way we do not understand: {reason}")]
    Protocol {
        /// What was asked.
        what: String,
        /// What is odd about the answer.
        reason: String,
    },
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Nothing listens there.
    #[error("nothing answers at this address")]
    Refused,
    /// The name is unknown.
    #[error("the host name is unknown")]
    Dns,
    /// Nothing came back within the time for connecting.
    #[error("connecting took too long")]
    Timeout,
    /// The certificate is not accepted.
    #[error("the secure connection failed: {0}")]
    Tls(String),
    /// Anything else, a connection cut in the middle included.
    #[error("{0}")]
    Other(String),
}

/// Whose turn it is after an error. Decides hints and exit codes, and nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The user can fix it: another address, code, world or file.
    User,
    /// The world or the network: worth trying again.
    World,
    /// One of us does not keep the protocol: worth a report.
    Us,
}

impl LinkError {
    /// Whose turn it is.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            LinkError::BadTarget { .. }
            | LinkError::Moved { .. }
            | LinkError::NotAWorld { .. }
            | LinkError::WrongCode
            | LinkError::WrongWorld { .. }
            | LinkError::TooLarge { .. }
            | LinkError::File { .. }
            | LinkError::Unaddressable { .. } => Blame::User,
            LinkError::Unreachable { .. }
            | LinkError::Timeout { .. }
            | LinkError::Closed(_)
            | LinkError::Refused { .. }
            | LinkError::NotFound { .. }
            | LinkError::NotStored { .. }
            | LinkError::WrongBytes { .. } => Blame::World,
            LinkError::Protocol { .. } => Blame::Us,
        }
    }

    /// Of an HTTP request that got no reply.
    pub(crate) fn no_reply(what: &str, url: &str, error: &reqwest::Error) -> LinkError {
        if error.is_timeout() && !error.is_connect() {
            return LinkError::Timeout { what: what.to_owned() };
        }
        let why = if error.is_timeout() {
            Unreachable::Timeout
        } else if error.is_dns() {
            Unreachable::Dns
        } else {
            Unreachable::by_cause(error)
        };
        LinkError::Unreachable { url: url.to_owned(), why }
    }

    /// Of a socket that could not be opened.
    pub(crate) fn no_socket(url: &str, error: &tungstenite::Error) -> LinkError {
        let url = url.to_owned();
        match error {
            // A proxy in front of a world that is away.
            tungstenite::Error::Http(reply) if reply.status().is_server_error() => {
                LinkError::Unreachable { url, why: Unreachable::Other(format!("status {}", reply.status())) }
            }
            tungstenite::Error::Http(reply) => {
                LinkError::NotAWorld { url, reason: format!("status {} instead of a socket", reply.status()) }
            }
            tungstenite::Error::Url(error) => LinkError::BadTarget { url, reason: error.to_string() },
            error => LinkError::Unreachable { url, why: Unreachable::by_cause(error) },
        }
    }
}

impl Unreachable {
    /// Looks through the wrapping errors for the one that says what happened.
    fn by_cause(error: &(dyn std::error::Error + 'static)) -> Unreachable {
        let mut innermost = error;
        let mut next = Some(error);
        while let Some(cause) = next {
            if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
                return Unreachable::Tls(tls.to_string());
            }
            match cause.downcast_ref::<std::io::Error>() {
                Some(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
                    return Unreachable::Refused;
                }
                // An io error shows the error it carries as itself, not as its source.
                Some(io) => next = io.get_ref().map(|it| it as _),
                None => next = cause.source(),
            }
            innermost = cause;
        }
        let text = innermost.to_string();
        // The name lookup of the standard library has no error kind of its own.
        if text.starts_with("failed to lookup address") { Unreachable::Dns } else { Unreachable::Other(text) }
    }
}
