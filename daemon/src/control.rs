//! The control API: how the command line and editors ask a running `bowline dev`.
//!
//! `POST /request` with a [`Request`] as JSON, `Authorization: Bearer <token>`. Loopback only; the
//! token is in `.bowline/control.json`, readable by its owner only; a request that names another
//! host, or that a web page sent, is refused: an open local port that writes files is how pages on
//! the web reach into people's projects.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::ask::Asked;

/// How to reach the control API of a project: the content of `.bowline/control.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) pid: u32,
    /// The target that was named when it was started.
    #[serde(default)]
    pub(crate) target: Option<String>,
}

const FILE: &str = "control.json";

/// Asks that may wait for an answer at once; more are told to come back.
const WAITING_MAX: usize = 64;

#[derive(Clone)]
struct Shared {
    token: String,
    asks: mpsc::Sender<Asked>,
}

/// Starts the control API of the project whose state folder is `folder`.
pub(crate) async fn start(
    folder: &Path,
    target: Option<String>,
) -> std::io::Result<(Address, mpsc::Receiver<Asked>)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = Address {
        url: format!("http://{}", listener.local_addr()?),
        token: uuid::Uuid::new_v4().simple().to_string(),
        pid: std::process::id(),
        target,
    };
    write_private(&folder.join(FILE), &serde_json::to_string(&address)?)?;
    let (asks, inbox) = mpsc::channel(WAITING_MAX);
    let shared = Shared { token: address.token.clone(), asks };
    let router = Router::new().route("/request", post(request)).with_state(shared);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the control API ended");
        }
    });
    Ok((address, inbox))
}

/// The address a running mirror left in `folder`, if one did.
pub(crate) fn address(folder: &Path) -> Option<Address> {
    serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()
}

/// Takes the address away again.
pub(crate) fn withdraw(folder: &Path) {
    if let Err(error) = std::fs::remove_file(folder.join(FILE)) {
        tracing::debug!(%error, "no control address to withdraw");
    }
}

async fn request(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    if let Err(refusal) = admit(&headers, &shared.token) {
        return (StatusCode::FORBIDDEN, refusal).into_response();
    }
    let request = match serde_json::from_str(&body) {
        Ok(request) => request,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let (answer, answered) = oneshot::channel();
    if shared.asks.try_send((request, answer)).is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "busy").into_response();
    }
    match answered.await {
        Ok(Ok(answer)) => axum::Json(answer).into_response(),
        Ok(Err(report)) => (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(report)).into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response(),
    }
}

fn admit(headers: &HeaderMap, token: &str) -> Result<(), &'static str> {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let host = text(header::HOST).and_then(|it| it.rsplit_once(':')).map(|it| it.0);
    if !matches!(host, Some("127.0.0.1" | "localhost")) {
        return Err("wrong host");
    }
    if headers.contains_key(header::ORIGIN) {
        return Err("not for web pages");
    }
    let given = text(header::AUTHORIZATION).and_then(|it| it.strip_prefix("Bearer ")).unwrap_or("");
    if same(given.as_bytes(), token.as_bytes()) { Ok(()) } else { Err("wrong token") }
}

/// Compares without telling by its duration where the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("json.new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(&temporary)?, text.as_bytes())?;
    std::fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_local_program_with_the_token_is_heard() {
        let host = ("host", "127.0.0.1:4000");
        let token = ("authorization", "Bearer t");
        assert_eq!(admit(&headers(&[host, token]), "t"), Ok(()));
        assert_eq!(admit(&headers(&[host]), "t"), Err("wrong token"));
        assert_eq!(admit(&headers(&[("host", "evil.example:4000"), token]), "t"), Err("wrong host"));
        assert_eq!(admit(&headers(&[host, token, ("origin", "http://x")]), "t"), Err("not for web pages"));
    }
}
