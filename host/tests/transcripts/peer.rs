//! A client as plain as a recording: HTTP over a fresh connection, and one socket at a time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bowline_wire::{AdminAuth, Command, Dialect, FromClient, Order};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::recording::{Exchange, RemoteEdit};

/// A test that hears nothing for this long hears nothing at all.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// Sends the recorded headers but those that belong to the recorded connection.
pub(crate) async fn request(addr: SocketAddr, exchange: &Exchange) -> HttpAnswer {
    let mut head =
        format!("{} {} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n", exchange.method, exchange.path);
    let own = ["host", "connection", "content-length", "transfer-encoding", "accept-encoding"];
    for (name, value) in exchange.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())) {
        head += &format!("{name}: {value}\r\n");
    }
    if !exchange.body.is_empty() || exchange.headers.iter().any(|(name, _)| name == "content-length") {
        head += &format!("content-length: {}\r\n", exchange.body.len());
    }
    let mut stream = TcpStream::connect(addr).await.expect("the world listens");
    stream.write_all(format!("{head}\r\n").as_bytes()).await.expect("it takes a head");
    stream.write_all(&exchange.body).await.expect("it takes a body");
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes))
        .await
        .expect("an answer")
        .expect("all of it");
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> HttpAnswer {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").expect("a head ends");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|it| it.split(' ').nth(1)).and_then(|it| it.parse().ok());
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    HttpAnswer {
        status: status.expect("a status"),
        headers: lines.filter_map(header).collect(),
        body: bytes[end + 4..].to_vec(),
    }
}

fn plain(like: &[(String, String)], method: &str, path: &str, body: Option<Value>) -> Exchange {
    let mut headers: Vec<_> = like.iter().filter(|(name, _)| name == "x-admin-code").cloned().collect();
    headers.extend(body.iter().map(|_| ("content-type".to_owned(), "application/json".to_owned())));
    let body = body.map(|it| it.to_string().into_bytes()).unwrap_or_default();
    Exchange { x: 0, method: method.to_owned(), path: path.to_owned(), headers, body }
}

/// Whether a scope is locked, asked with the code that `like` shows.
pub(crate) async fn is_locked(addr: SocketAddr, like: &Exchange, scope: &str) -> bool {
    let path = format!("/admin/deploy-lock?scope={scope}");
    let answer = request(addr, &plain(&like.headers, "GET", &path, None)).await;
    crate::json(&answer.body).expect("JSON")["locked"] == true
}

#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Frame(Vec<u8>),
    Close(Option<u16>),
    Nothing,
}

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(addr: SocketAddr) -> Socket {
        Socket(connect_async(format!("ws://{addr}/admin")).await.expect("an upgrade").0)
    }

    pub(crate) async fn say(&mut self, bytes: Vec<u8>) {
        self.0.send(Message::binary(bytes)).await.expect("the socket is open");
    }

    pub(crate) async fn close(&mut self, code: Option<u16>) {
        let frame = code.map(|it| CloseFrame { code: it.into(), reason: "".into() });
        self.0.close(frame).await.expect("the socket is open");
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            match next {
                Ok(Some(Ok(Message::Binary(bytes)))) => return Heard::Frame(bytes.to_vec()),
                Ok(Some(Ok(Message::Close(frame)))) => return Heard::Close(frame.map(|it| it.code.into())),
                Ok(Some(Ok(_))) => (),
                Ok(Some(Err(_)) | None) | Err(_) => return Heard::Nothing,
            }
        }
    }
}

/// Does what another client did: uploads its files and sends the blueprint as it became.
pub(crate) async fn edit_elsewhere(addr: SocketAddr, code: &str, edit: &RemoteEdit) {
    let headers = vec![("x-admin-code".to_owned(), code.to_owned())];
    for (name, bytes) in &edit.files {
        let head =
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
        let mut exchange = plain(&headers, "POST", "/admin/upload", None);
        exchange.headers.push(("content-type".to_owned(), "multipart/form-data; boundary=b".to_owned()));
        assert_eq!(request(addr, &Exchange { body, ..exchange }).await.status, 200);
    }
    let scope = json!({"scope": edit.blueprint["id"]});
    let lock = request(addr, &plain(&headers, "POST", "/admin/deploy-lock", Some(scope.clone()))).await;
    let token = crate::json(&lock.body).expect("JSON")["token"].clone();
    let mut socket = Socket::open(addr).await;
    socket.say(FromClient::Auth(AdminAuth::with_code(Some(code))).encode(Dialect::Main)).await;
    let order = Order::blueprint_modify(&edit.blueprint, token.as_str());
    socket.say(FromClient::Command(Command { order, ..Command::default() }).encode(Dialect::Main)).await;
    // The welcome, its own broadcast, the result.
    for _ in 0..3 {
        assert!(matches!(socket.hear().await, Heard::Frame(_)));
    }
    let release = json!({"token": token, "scope": scope["scope"]});
    assert_eq!(
        request(addr, &plain(&headers, "DELETE", "/admin/deploy-lock", Some(release))).await.status,
        200
    );
}
