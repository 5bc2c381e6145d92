//! A client as plain as a test needs: HTTP over a fresh connection, and one socket at a time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// One request, as it is sent.
#[derive(Clone, Default)]
pub(crate) struct Exchange {
    /// The name it calls the world by; `None` for its address.
    pub(crate) host: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

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
    let host = exchange.host.clone().unwrap_or_else(|| addr.to_string());
    let mut head =
        format!("{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", exchange.method, exchange.path);
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

/// A request with the code that `like` shows.
pub(crate) fn plain(like: &[(String, String)], method: &str, path: &str, body: Option<Value>) -> Exchange {
    let mut headers: Vec<_> = like.iter().filter(|(name, _)| name == "x-admin-code").cloned().collect();
    headers.extend(body.iter().map(|_| ("content-type".to_owned(), "application/json".to_owned())));
    let body = body.map(|it| it.to_string().into_bytes()).unwrap_or_default();
    Exchange { host: None, method: method.to_owned(), path: path.to_owned(), headers, body }
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
        Socket::open_at(addr, "/admin", "").await
    }

    /// A socket at another path, with a code in its header.
    pub(crate) async fn open_at(addr: SocketAddr, path: &str, code: &str) -> Socket {
        let mut request = format!("ws://{addr}{path}").into_client_request().expect("a URL");
        request.headers_mut().insert("x-admin-code", code.parse().expect("a header"));
        Socket(connect_async(request).await.expect("an upgrade").0)
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
                Ok(Some(Ok(Message::Text(text)))) => return Heard::Frame(text.as_bytes().to_vec()),
                Ok(Some(Ok(Message::Close(frame)))) => return Heard::Close(frame.map(|it| it.code.into())),
                Ok(Some(Ok(_))) => (),
                Ok(Some(Err(_)) | None) | Err(_) => return Heard::Nothing,
            }
        }
    }
}
