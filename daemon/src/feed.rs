//! What the scripts of a world do, if it is one of ours: a real server tells nobody.
//!
//! `/bowline/events` is a socket of JSON texts. Losing it costs nothing but news of crashes, so it is
//! never waited for and never reported as a problem.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::settings::Remote;

/// One thing a script did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Feed {
    pub(crate) app: String,
    pub(crate) entity: String,
    pub(crate) status: ScriptStatus,
}

/// Whether somebody still listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listening {
    Still,
    Over,
}

/// How an instance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScriptStatus {
    Running,
    Crashed { code: String, path: String, line: u32, message: String },
}

/// Follows the scripts of the world until the connection ends, or until `sink` says that nobody
/// listens any more.
pub(crate) fn follow<Sink, Heard>(target: &Remote, sink: Sink)
where
    Sink: Fn(Feed) -> Heard + Send + 'static,
    Heard: Future<Output = Listening> + Send,
{
    let (url, code) = (socket_url(&target.url), target.admin_code.clone());
    tokio::spawn(async move {
        let Ok(mut request) = format!("{url}/bowline/events").into_client_request() else { return };
        if let Some(code) = code.and_then(|it| it.parse().ok()) {
            request.headers_mut().insert("x-admin-code", code);
        }
        let connecting = tokio_tungstenite::connect_async(request);
        let Ok(Ok((mut socket, _))) = tokio::time::timeout(Duration::from_secs(5), connecting).await else {
            return;
        };
        while let Some(Ok(message)) = socket.next().await {
            let Some(feed) = message.to_text().ok().and_then(parse) else { continue };
            if sink(feed).await == Listening::Over {
                return;
            }
        }
    });
}

fn socket_url(url: &str) -> String {
    let url = url.trim_end_matches('/').trim_end_matches("/admin").trim_end_matches('/');
    match url.split_once("://") {
        Some(("https" | "wss", rest)) => format!("wss://{rest}"),
        Some((_, rest)) => format!("ws://{rest}"),
        None => format!("ws://{url}"),
    }
}

fn parse(text: &str) -> Option<Feed> {
    let value: Value = serde_json::from_str(text).ok()?;
    if value.get("type")?.as_str()? != "script" {
        return None;
    }
    let word =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Feed { app: word(&value, "app"), entity: word(&value, "entity"), status: status(&value) })
}

/// The state of an instance, as the world describes it.
pub(crate) fn status(instance: &Value) -> ScriptStatus {
    let crashed = instance.get("state").and_then(Value::as_str) == Some("crashed");
    let problem = instance.get("problem").cloned().unwrap_or_default();
    let word = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match crashed {
        false => ScriptStatus::Running,
        true => ScriptStatus::Crashed {
            code: word("code"),
            path: word("path"),
            line: problem
                .get("line")
                .and_then(Value::as_u64)
                .and_then(|it| u32::try_from(it).ok())
                .unwrap_or(0),
            message: word("message"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crashes_are_read_with_their_place() {
        let text = r#"{"type":"script","app":"A","entity":"e","state":"crashed","problem":{"code":"c","path":"apps/A/index.js","line":3,"column":1,"message":"m"}}"#;
        let ScriptStatus::Crashed { path, line, .. } = parse(text).unwrap().status else { panic!() };
        assert_eq!((path.as_str(), line), ("apps/A/index.js", 3));
        assert_eq!(parse(r#"{"type":"log"}"#), None);
    }

    #[test]
    fn the_socket_is_where_the_world_is() {
        assert_eq!(socket_url("http://h:1/admin/"), "ws://h:1");
        assert_eq!(socket_url("https://h/worlds/a"), "wss://h/worlds/a");
    }
}
