//! Asking the world itself, for what is not mirrored. `/bowline/…` is there in worlds of ours only.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::report::{Blame, Report};
use crate::settings::Remote;

/// Where everything is that only worlds of ours offer.
pub(crate) const V1: &str = "/bowline/v1";

/// A change of many records is compiled, measured against every entity and stored before the answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The JSON at `path`, or nothing if the world does not know the path: real servers do not have
/// ours.
pub(crate) async fn get(world: &Remote, path: &str) -> Result<Option<Value>, Report> {
    send(world, (Method::GET, path), None).await
}

/// What the world answers to `body`; nothing as for [`get`].
pub(crate) async fn post(world: &Remote, path: &str, body: &Value) -> Result<Option<Value>, Report> {
    send(world, (Method::POST, path), Some(body)).await
}

/// As [`post`].
pub(crate) async fn put(world: &Remote, path: &str, body: &Value) -> Result<Option<Value>, Report> {
    send(world, (Method::PUT, path), Some(body)).await
}

async fn send(
    world: &Remote,
    (method, path): (Method, &str),
    body: Option<&Value>,
) -> Result<Option<Value>, Report> {
    let away = |error: reqwest::Error| {
        Report::new(Blame::World, "world_away", format!("the world at {} did not answer: {error}", world.url))
            .help("check that it runs and try again")
    };
    let base = world.url.trim_end_matches('/').trim_end_matches("/admin");
    let mut request = client().map_err(away)?.request(method, format!("{base}{path}"));
    if let Some(code) = &world.admin_code {
        request = request.header("x-admin-code", code);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.map_err(away)?;
    let status = response.status();
    let json: Result<Value, _> = serde_json::from_str(&response.text().await.map_err(away)?);
    match (status.as_u16(), json) {
        (403, _) => Err(Report::new(Blame::User, "wrong_code", "the world does not accept the admin code")
            .help("set ADMIN_CODE in .env (or admin_code of the target) to the world's code")),
        (code, Ok(json)) if code >= 400 && is_refusal(&json) => Err(refusal(code, &json)),
        (404, _) => Ok(None),
        (_, Ok(json)) if status.is_success() => Ok(Some(json)),
        (code, Ok(_)) => Err(odd(&format!("status {code}"))),
        (_, Err(error)) => Err(odd(&error)),
    }
}

/// One for all requests: making one reads the system's certificates.
fn client() -> Result<&'static reqwest::Client, reqwest::Error> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client);
    }
    let client = reqwest::Client::builder().timeout(ANSWER_WITHIN).build()?;
    Ok(CLIENT.get_or_init(|| client))
}

/// A documented refusal; the one of a route that does not exist is the framework's.
fn is_refusal(json: &Value) -> bool {
    json.get("message").is_some_and(Value::is_string) && json.get("statusCode").is_none()
}

fn refusal(status: u16, json: &Value) -> Report {
    let word = |key: &str| json.get(key).and_then(Value::as_str);
    let blame = if status < 500 { Blame::User } else { Blame::World };
    let report = Report::new(blame, word("error").unwrap_or("refused"), word("message").unwrap_or_default());
    match word("help") {
        Some(help) => report.help(help),
        None => report,
    }
}

fn odd(why: &dyn std::fmt::Display) -> Report {
    Report::new(Blame::World, "odd_answer", format!("the world answered oddly: {why}"))
        .help("check that a world runs at this address, and that it is as new as this bowline")
}

/// A path segment, or the value of a query.
pub(crate) fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}
