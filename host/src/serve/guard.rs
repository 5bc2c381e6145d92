//! The door: who may talk to this port, and the answers for those who may not or who ask for what is
//! not there. One middleware sees every request, so no route can forget it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bowline_wire::Value as Js;
use bowline_wire::http::{ADMIN_CODE_HEADER, ErrorBody, FEATURES_HEADER, PRECONDITIONS, RouteNotFound};

use super::Port;

/// Lets a request in, and marks every answer as readable from any page, as the real server does, and
/// as ours, which it does not.
pub(super) async fn door(State(port): State<Arc<Port>>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&port, &request) {
        Some(refusal) => refusal,
        None if is_preflight(&request) => preflight(request.headers()),
        None => next.run(request).await,
    };
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers_mut().append(FEATURES_HEADER, HeaderValue::from_static(PRECONDITIONS));
    response
}

fn refusal(port: &Port, request: &Request) -> Option<Response> {
    let host = request.headers().get(HOST).and_then(|it| it.to_str().ok());
    if port.is_loopback && !host.is_some_and(is_loopback_name) {
        return Some(refuse(StatusCode::FORBIDDEN, "host_refused"));
    }
    let path = request.uri().path();
    let guarded = ["/admin", "/bowline"].iter().any(|it| path == *it || path.starts_with(&format!("{it}/")));
    if guarded && !is_own_origin(request.headers(), host) {
        return Some(refuse(StatusCode::FORBIDDEN, "origin_refused"));
    }
    (!is_valid_path(path)).then(|| bad_url(path))
}

/// The second door, of every route below `/admin` and `/bowline` but the socket's own: the code.
pub(super) async fn code(State(port): State<Arc<Port>>, request: Request, next: Next) -> Response {
    // Sent twice it is joined, and then it is wrong.
    let sent: Vec<&[u8]> =
        request.headers().get_all(ADMIN_CODE_HEADER).iter().map(HeaderValue::as_bytes).collect();
    if port.accepts(&sent.join(&b", "[..])) {
        next.run(request).await
    } else {
        refuse(StatusCode::FORBIDDEN, "admin_required")
    }
}

/// Whether every `%` starts an escape, and the whole spells text.
fn is_valid_path(path: &str) -> bool {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next().unwrap_or_default()).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else { return false };
        bytes.push((high << 4 | low) as u8);
    }
    std::str::from_utf8(&bytes).is_ok()
}

fn bad_url(path: &str) -> Response {
    let body = serde_json::json!({
        "error": "Bad Request",
        "code": "FST_ERR_BAD_URL",
        "message": format!("'{path}' is not a valid url component"),
        "statusCode": 400,
    });
    json(StatusCode::BAD_REQUEST, &body)
}

/// A page that made its name point here (DNS rebinding) still sends its own name.
fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]")
}

/// Programs send no origin; pages send theirs, which must be this very host and port.
fn is_own_origin(headers: &HeaderMap, host: Option<&str>) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let origin = origin.to_str().unwrap_or_default();
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some() && authority == host
}

impl Port {
    /// Whether `code` opens this world: the same bytes, compared in constant time; any code opens a
    /// world that has none.
    pub(super) fn accepts(&self, code: &[u8]) -> bool {
        let own = self.admin_code.as_bytes();
        let different = own.iter().zip(code).fold(0, |acc, (a, b)| acc | (a ^ b));
        own.is_empty() || (own.len() == code.len() && std::hint::black_box(different) == 0)
    }

    /// The same for the first packet of a socket, whose code may be any value.
    pub(super) fn accepts_value(&self, code: &Js) -> bool {
        self.admin_code.is_empty() || code.as_str().is_some_and(|it| self.accepts(it.as_bytes()))
    }
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let methods = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE");
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

/// `{error}`, as every refusal of a known route.
pub(super) fn refuse(status: StatusCode, error: &str) -> Response {
    json(status, &ErrorBody::new(error))
}

/// JSON with the content type the real server writes.
pub(super) fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
    response
}

/// What the real server says for any error thrown in a handler: nothing.
pub(super) fn bare_500() -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// No such route, also for a method a route does not have.
pub(super) async fn not_found(method: Method, uri: Uri) -> Response {
    no_route(&method, &uri)
}

/// The same, from inside a route.
pub(super) fn no_route(method: &Method, uri: &Uri) -> Response {
    let path = uri.path_and_query().map_or("/", |it| it.as_str());
    json(StatusCode::NOT_FOUND, &RouteNotFound::new(method.as_str(), path))
}

#[cfg(test)]
mod tests {
    use super::{is_loopback_name, is_valid_path};

    #[test]
    fn a_path_is_text_in_escapes() {
        for path in ["/", "/a%2Fb", "/%24scene", "/%c3%bc"] {
            assert!(is_valid_path(path), "{path}");
        }
        for path in ["/%", "/%2", "/%zz", "/%ff"] {
            assert!(!is_valid_path(path), "{path}");
        }
    }

    #[test]
    fn only_loopback_names_are_loopback() {
        for name in ["localhost", "LOCALHOST:3000", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8080"] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in ["", "evil.example", "localhost.evil.example:3000", "127.0.0.1.evil.example", "10.0.0.1"]
        {
            assert!(!is_loopback_name(name), "{name}");
        }
    }
}
