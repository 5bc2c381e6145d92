//! The requests that reach the actor: a body becomes a value, a route becomes a [`Request`], the
//! answer becomes a response.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{self, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use bowline_wire::http::MAX_JSON_BYTES;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Port;
use super::guard::{bare_500, json as json_response, no_route};
use crate::actor::{Answer, Ask};
use crate::authority::{self, Request};

type Shared = State<Arc<Port>>;
type Pairs = Query<Vec<(String, String)>>;

/// Path parameters longer than this are another route, as they are for the real server's router.
const PARAMETER_CHARS_MAX: usize = 100;

async fn ask(port: &Port, ask: impl FnOnce(oneshot::Sender<Answer>) -> Ask) -> Response {
    let (to, answer) = oneshot::channel();
    if port.inbox.send(ask(to)).await.is_err() {
        return bare_500();
    }
    let Ok(Answer { status, body }) = answer.await else { return bare_500() };
    json_response(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &body)
}

async fn request(port: &Port, request: Request) -> Response {
    ask(port, |to| Ask::Request(request, to)).await
}

/// The body as the real server's framework reads it; what it throws over is a bare 500.
async fn body(request: http::Request<Body>) -> Result<Value, Response> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let bytes = axum::body::to_bytes(request.into_body(), MAX_JSON_BYTES).await.map_err(|_| bare_500())?;
    match kind.as_str() {
        "application/json" => serde_json::from_slice(&bytes).map_err(|_| bare_500()),
        // A text has no fields.
        "text/plain" => Ok(Value::Null),
        "" if bytes.is_empty() => Ok(Value::Null),
        _ => Err(bare_500()),
    }
}

fn first(pairs: &[(String, String)], key: &str) -> Option<String> {
    pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
}

pub(super) async fn health(State(port): Shared) -> Response {
    if port.inbox.is_closed() {
        return bare_500();
    }
    json_response(StatusCode::OK, &port.face.health())
}

pub(super) async fn status(State(port): Shared) -> Response {
    let mut response = ask(&port, Ask::Settings).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) async fn snapshot(State(port): Shared) -> Response {
    ask(&port, Ask::Snapshot).await
}

pub(super) async fn lock_status(State(port): Shared, Query(query): Pairs) -> Response {
    let body = json!({"scope": first(&query, "scope")});
    request(&port, Request::Lock(authority::Method::Get, body)).await
}

pub(super) async fn lock(State(port): Shared, sent: http::Request<Body>) -> Response {
    let method = match *sent.method() {
        Method::PUT => authority::Method::Put,
        Method::DELETE => authority::Method::Delete,
        _ => authority::Method::Post,
    };
    match body(sent).await {
        Ok(body) => request(&port, Request::Lock(method, body)).await,
        Err(response) => response,
    }
}

pub(super) async fn take_snapshot(State(port): Shared, sent: http::Request<Body>) -> Response {
    match body(sent).await {
        Ok(body) => request(&port, Request::TakeSnapshot(body)).await,
        Err(response) => response,
    }
}

pub(super) async fn rollback(State(port): Shared, sent: http::Request<Body>) -> Response {
    match body(sent).await {
        Ok(body) => request(&port, Request::Rollback(body)).await,
        Err(response) => response,
    }
}

pub(super) async fn spawn(State(port): Shared, sent: http::Request<Body>) -> Response {
    match body(sent).await {
        Ok(body) => request(&port, Request::Spawn(body)).await,
        Err(response) => response,
    }
}

pub(super) async fn blueprint(
    State(port): Shared,
    method: Method,
    uri: Uri,
    Path(id): Path<String>,
) -> Response {
    if id.chars().count() > PARAMETER_CHARS_MAX {
        return no_route(&method, &uri);
    }
    request(&port, Request::Blueprint(id)).await
}

pub(super) async fn remove_blueprint(
    State(port): Shared,
    Path(id): Path<String>,
    Query(query): Pairs,
    sent: http::Request<Body>,
) -> Response {
    if id.chars().count() > PARAMETER_CHARS_MAX {
        return no_route(sent.method(), sent.uri());
    }
    match body(sent).await {
        Ok(_) => request(&port, Request::RemoveBlueprint(id, first(&query, "expect"))).await,
        Err(response) => response,
    }
}

pub(super) async fn entities(State(port): Shared, Query(query): Pairs) -> Response {
    request(&port, Request::Entities(first(&query, "type"))).await
}
