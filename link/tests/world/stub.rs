//! A scripted world on a loopback port: it does as documented, or badly where a test says so.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bowline_link::{Dialect, Target};
use bowline_model::Digest;
use bowline_wire::http::RouteNotFound;
use bowline_wire::{AdminResult, FromClient, FromServer};
use futures_util::stream;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub(crate) const CODE: &str = "bench code";

/// What is special about this world.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) is_dev: bool,
    pub(crate) is_open: bool,
    /// Before `/admin`.
    pub(crate) prefix: &'static str,
    /// Answers instead of the documented ones: `GET /admin/snapshot`, status, body.
    pub(crate) answers: Vec<(&'static str, u16, &'static str)>,
    /// Broadcast between the handshake and the snapshot.
    pub(crate) early_news: Vec<FromServer>,
}

pub(crate) struct World {
    script: Script,
    pub(crate) url: String,
    /// Every request and socket event, in order.
    pub(crate) log: Mutex<Vec<String>>,
    pub(crate) assets: Mutex<HashMap<String, Vec<u8>>>,
    /// Uploads wait for permits when this is set.
    pub(crate) gate: Option<Semaphore>,
    pub(crate) uploading: AtomicUsize,
}

impl World {
    pub(crate) async fn start(script: Script) -> Arc<World> {
        World::start_with(script, None).await
    }

    pub(crate) async fn start_with(script: Script, gate: Option<Semaphore>) -> Arc<World> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{}", listener.local_addr().unwrap(), script.prefix);
        let world = Arc::new(World {
            script,
            url,
            log: Mutex::default(),
            assets: Mutex::default(),
            gate,
            uploading: AtomicUsize::new(0),
        });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&world));
        tokio::spawn(async move { axum::serve(listener, app).await });
        world
    }

    pub(crate) fn target(&self) -> Target {
        Target { url: self.url.clone(), admin_code: Some(CODE.to_owned()), world_id: Some("w1".to_owned()) }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches(self.script.prefix)
    }

    fn dialect(&self) -> Dialect {
        if self.script.is_dev { Dialect::Dev } else { Dialect::Main }
    }

    fn note(&self, what: String) {
        self.log.lock().unwrap().push(what);
    }

    /// What was logged since the last call.
    pub(crate) fn take_log(&self) -> String {
        self.log.lock().unwrap().drain(..).map(|line| line + "\n").collect()
    }
}

async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let full = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let Some(path) = full.strip_prefix(world.script.prefix) else { return no_route(&parts, &full) };
    if path == "/admin" && parts.headers.contains_key("upgrade") {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.unwrap();
        return upgrade.on_upgrade(move |socket| talk(world, socket));
    }
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let code =
        parts.headers.get_all("x-admin-code").iter().map(|it| it.to_str().unwrap()).collect::<Vec<_>>();
    let shown = if path.starts_with("/admin/upload") { String::new() } else { text(&body) };
    let kind = parts.headers.get("content-type").map_or("", |it| it.to_str().unwrap());
    let kind = kind.split(';').next().unwrap();
    let method = &parts.method;
    world.note(format!("{method} {path} {code:?} {kind} {shown}").trim_end().to_owned());
    let key = format!("{} {}", parts.method, path.split('?').next().unwrap());
    if let Some((_, status, body)) = world.script.answers.iter().find(|(it, ..)| *it == key) {
        return scripted(*status, body);
    }
    if key.starts_with("GET /assets/") {
        return asset(&world, &key);
    }
    match key.as_str() {
        "GET /admin/changes" if !world.script.is_dev => no_route(&parts, &full),
        _ if !world.script.is_open && code != [CODE] => scripted(403, r#"{"error":"admin_required"}"#),
        "GET /admin/changes" => scripted(200, r#"{"cursor":"0","operations":[],"hasMore":false}"#),
        "GET /admin/snapshot" => scripted(200, &snapshot(&world)),
        "GET /admin/upload-check" => {
            let name = path.split("filename=").nth(1).unwrap();
            let exists = world.assets.lock().unwrap().contains_key(name);
            scripted(200, &json!({ "exists": exists }).to_string())
        }
        "POST /admin/upload" => upload(&world, &parts.headers, &body).await,
        _ => no_route(&parts, &full),
    }
}

fn text(body: &Bytes) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn scripted(status: u16, body: &str) -> Response {
    let mut response = Response::builder().status(status);
    if let Some(to) = body.strip_prefix("location ") {
        return response.header("location", to).body(Body::empty()).unwrap();
    }
    if !body.is_empty() {
        response = response.header("content-type", "application/json; charset=utf-8");
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

fn no_route(parts: &Parts, path: &str) -> Response {
    let body = RouteNotFound::new(parts.method.as_str(), path);
    scripted(404, &serde_json::to_string(&body).unwrap())
}

fn snapshot(world: &World) -> String {
    json!({
        "worldId": "w1", "assetsUrl": format!("{}/assets", world.url), "maxUploadSize": "12",
        "settings": {"title": null}, "spawn": {"position": [0, 0, 0], "quaternion": [0, 0, 0, 1]},
        "blueprints": [{"id": "A", "version": 1}], "entities": [], "players": [],
        "hasAdminCode": !world.script.is_open,
    })
    .to_string()
}

fn asset(world: &World, key: &str) -> Response {
    let name = key.trim_start_matches("GET /assets/");
    if name == "half.glb" {
        let broken = std::io::Error::other("the world crashed");
        return Body::from_stream(stream::iter([Ok("half of it"), Err(broken)])).into_response();
    }
    match world.assets.lock().unwrap().get(name) {
        Some(bytes) => bytes.clone().into_response(),
        None => (StatusCode::NOT_FOUND, "").into_response(),
    }
}

/// Stores the first file of a form as worlds do: under the hash of what came.
async fn upload(world: &World, headers: &HeaderMap, body: &Bytes) -> Response {
    let at_once = world.uploading.fetch_add(1, Ordering::SeqCst) + 1;
    world.note(format!("uploading {at_once}"));
    if let Some(gate) = &world.gate {
        gate.acquire().await.unwrap().forget();
    }
    world.uploading.fetch_sub(1, Ordering::SeqCst);
    let kind = headers["content-type"].to_str().unwrap();
    let end = format!("\r\n--{}--\r\n", kind.split("boundary=").nth(1).unwrap());
    let start = body.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
    let head = text(&body.slice(..start));
    let name = head.split("filename=\"").nth(1).unwrap().split('"').next().unwrap();
    let bytes = body[start..].strip_suffix(end.as_bytes()).unwrap().to_vec();
    let extension = name.rsplit('.').next().unwrap().to_lowercase();
    world.assets.lock().unwrap().insert(format!("{}.{extension}", Digest::of(&bytes)), bytes);
    scripted(200, &json!({"ok": true, "filename": name}).to_string())
}

async fn talk(world: Arc<World>, mut socket: WebSocket) {
    let dialect = world.dialect();
    let mut is_in = false;
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Binary(frame) = message else { continue };
        let answers = match FromClient::decode(dialect, &frame) {
            Ok(FromClient::Auth(auth)) => {
                world.note("socket auth".to_owned());
                is_in = world.script.is_open || auth.code.as_str() == Some(CODE);
                match is_in {
                    true => [vec![FromServer::AuthOk], world.script.early_news.clone()].concat(),
                    false => vec![FromServer::AuthError("invalid_code".to_owned())],
                }
            }
            Ok(FromClient::Command(command)) if is_in => {
                world.note(format!("socket {}", command.order.name()));
                vec![
                    FromServer::EntityRemoved("echo".to_owned()),
                    FromServer::Result(AdminResult::done(command.request_id)),
                ]
            }
            _ => vec![FromServer::AuthError("unauthorized".to_owned())],
        };
        for answer in answers {
            socket.send(Message::Binary(answer.encode(dialect).into())).await.unwrap();
        }
    }
}
