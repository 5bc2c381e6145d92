//! What the scripts and records of a world do, if it is one of ours: a real server tells nobody.
//!
//! `/bowline/events` is a socket of JSON texts. It is never waited for and never reported as a problem;
//! whoever hears [`Feed::Opened`] looks for themselves at what happened before.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::http;
use crate::settings::Remote;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Before a connection that broke is made again.
const PAUSE: Duration = Duration::from_secs(1);

/// One thing that is heard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Feed {
    /// From now on everything is heard.
    Opened,
    /// A script did something.
    Script(ScriptNews),
    /// Records are others than before.
    Schema,
}

/// How an instance of an app is now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScriptNews {
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

/// Follows the world until `sink` says that nobody listens any more, or the task is aborted. A
/// connection that breaks is made again; a world that has no such socket is left alone.
pub(crate) fn follow<Sink, Heard>(target: &Remote, sink: Sink) -> AbortHandle
where
    Sink: Fn(Feed) -> Heard + Send + Sync + 'static,
    Heard: Future<Output = Listening> + Send,
{
    let world = target.clone();
    let following = tokio::spawn(async move {
        while follow_once(&world, &sink).await == Listening::Still {
            tokio::time::sleep(PAUSE).await;
        }
    });
    following.abort_handle()
}

async fn follow_once<Sink, Heard>(world: &Remote, sink: &Sink) -> Listening
where
    Sink: Fn(Feed) -> Heard,
    Heard: Future<Output = Listening>,
{
    let mut socket = match connect(world).await {
        Ok(socket) => socket,
        Err(NoFeed::NotOffered) => return Listening::Over,
        Err(NoFeed::Away) => return Listening::Still,
    };
    // What happened before is not told again.
    let mut listening = sink(Feed::Opened).await;
    for news in running(world).await {
        if listening == Listening::Still {
            listening = sink(Feed::Script(news)).await;
        }
    }
    while listening == Listening::Still {
        let Some(event) = next(&mut socket).await else { break };
        if let Some(feed) = parse(&event) {
            listening = sink(feed).await;
        }
    }
    listening
}

/// The socket of events.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoFeed {
    /// It answers, and has no such thing.
    NotOffered,
    /// It does not answer.
    Away,
}

/// Opens the socket of events.
pub(crate) async fn connect(world: &Remote) -> Result<Socket, NoFeed> {
    let request = format!("{}/bowline/events", socket_url(&world.url)).into_client_request();
    let mut request = request.map_err(|_| NoFeed::NotOffered)?;
    if let Some(code) = world.admin_code.as_ref().and_then(|it| it.parse().ok()) {
        request.headers_mut().insert("x-admin-code", code);
    }
    let connecting = tokio_tungstenite::connect_async(request);
    match tokio::time::timeout(CONNECT_WITHIN, connecting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(tungstenite::Error::Http(_))) => Err(NoFeed::NotOffered),
        Ok(Err(_)) | Err(_) => Err(NoFeed::Away),
    }
}

/// The next event; nothing when the connection has ended.
pub(crate) async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        let message = socket.next().await?.ok()?;
        if message.is_close() {
            return None;
        }
        if let Some(event) = message.to_text().ok().and_then(|it| serde_json::from_str(it).ok()) {
            return Some(event);
        }
    }
}

/// How every instance is that runs or has crashed. A world that does not tell is not asked twice.
async fn running(world: &Remote) -> Vec<ScriptNews> {
    let answer = http::get(world, "/bowline/apps").await.ok().flatten().unwrap_or_default();
    let word =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for app in answer.get("apps").and_then(Value::as_array).into_iter().flatten() {
        let instances = app.get("instances").and_then(Value::as_array).into_iter().flatten();
        let started = instances.filter(|it| matches!(word(it, "state").as_str(), "running" | "crashed"));
        all.extend(started.map(|it| ScriptNews {
            app: word(app, "app"),
            entity: whose(it),
            status: status(it),
        }));
    }
    all
}

fn socket_url(url: &str) -> String {
    let url = url.trim_end_matches('/').trim_end_matches("/admin").trim_end_matches('/');
    match url.split_once("://") {
        Some(("https" | "wss", rest)) => format!("wss://{rest}"),
        Some((_, rest)) => format!("ws://{rest}"),
        None => format!("ws://{url}"),
    }
}

fn parse(value: &Value) -> Option<Feed> {
    let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match word("type").as_str() {
        "schema" => Some(Feed::Schema),
        "script" => {
            Some(Feed::Script(ScriptNews { app: word("app"), entity: whose(value), status: status(value) }))
        }
        _ => None,
    }
}

/// The entity; of a player's client, with whose client it is: it may crash where the server goes on.
fn whose(instance: &Value) -> String {
    let word = |key: &str| instance.get(key).and_then(Value::as_str).unwrap_or_default();
    match word("context") {
        "" => word("entity").to_owned(),
        context => format!("{} ({context})", word("entity")),
    }
}

/// The state of an instance, as the world describes it.
fn status(instance: &Value) -> ScriptStatus {
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
            message: match instance.get("context").and_then(Value::as_str) {
                Some(context) => format!("{} ({context})", word("message")),
                None => word("message"),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crashes_are_read_with_their_place() {
        let text = r#"{"type":"script","app":"A","entity":"e","state":"crashed","problem":{"code":"c","path":"apps/A/index.js","line":3,"column":1,"message":"m"}}"#;
        let parse = |text: &str| super::parse(&serde_json::from_str(text).unwrap());
        let Some(Feed::Script(news)) = parse(text) else { panic!() };
        let ScriptStatus::Crashed { path, line, .. } = news.status else { panic!() };
        assert_eq!((path.as_str(), line), ("apps/A/index.js", 3));
        let of_a_client = parse(&text.replace(r#""state""#, r#""context":"client ann","state""#));
        let Some(Feed::Script(news)) = of_a_client else { panic!() };
        let ScriptStatus::Crashed { message, .. } = news.status else { panic!() };
        assert_eq!((news.entity.as_str(), message.as_str()), ("e (client ann)", "m (client ann)"));
        assert_eq!(parse(r#"{"type":"log"}"#), None);
        assert_eq!(parse(r#"{"type":"schema","tick":3,"records":[]}"#), Some(Feed::Schema));
    }

    #[test]
    fn the_socket_is_where_the_world_is() {
        assert_eq!(socket_url("http://h:1/admin/"), "ws://h:1");
        assert_eq!(socket_url("https://h/worlds/a"), "wss://h/worlds/a");
    }
}
