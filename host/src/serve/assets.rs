//! `GET /assets/<sha256>.<ext>`: the bytes, streamed and verified on the way. What is damaged on disk
//! ends the connection before its last byte: nobody takes it for the file. The same for what every
//! world brings along, by its plain name.

use std::io::{Cursor, Read as _};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bowline_model::{AssetName, Digest};
use bowline_store::OpenBlob;
use futures_util::stream;
use tokio::sync::mpsc;

use super::guard::{bare_500, no_route};
use super::{Port, built_in};

/// Content never changes under its name.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// What a name does not say may change with the host.
const ASK_AGAIN: &str = "public, max-age=0";

/// What is read from disk at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Pieces read ahead of a client.
const PIECES_MAX: usize = 4;

/// An asset that is there.
struct Found {
    digest: Digest,
    extension: String,
    caching: &'static str,
    open: OpenBlob,
}

enum Missing {
    Unknown,
    Unreadable,
}

pub(super) async fn download(
    State(port): State<Arc<Port>>,
    Path(name): Path<String>,
    request: Parts,
) -> Response {
    let found = match find(&port, &name).await {
        Ok(found) => found,
        Err(Missing::Unknown) => return no_route(&request.method, &request.uri),
        Err(Missing::Unreadable) => return bare_500(),
    };
    let (etag, caching) = (format!("\"{}\"", found.digest), found.caching.to_owned());
    let known = request.headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    if known.flat_map(|it| it.split(',')).any(|it| it.trim().trim_start_matches("W/") == etag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, etag), (CACHE_CONTROL, caching)]).into_response();
    }
    let head = [
        (CONTENT_TYPE, content_type(&found.extension).to_owned()),
        (CONTENT_LENGTH, found.open.len.to_string()),
        (ETAG, etag),
        (CACHE_CONTROL, caching),
    ];
    let body = if request.method == Method::HEAD { Body::empty() } else { body(found.open) };
    (head, body).into_response()
}

async fn find(port: &Port, name: &str) -> Result<Found, Missing> {
    if let Some(bytes) = built_in::bytes(name) {
        let AssetName { digest, extension } = AssetName::new(Digest::of(&bytes), name);
        let open = OpenBlob::new(digest, bytes.len() as u64, Cursor::new(bytes));
        return Ok(Found { digest, extension, caching: ASK_AGAIN, open });
    }
    let AssetName { digest, extension } = name.parse().map_err(|_| Missing::Unknown)?;
    let store = port.store.clone();
    match tokio::task::spawn_blocking(move || store.open_blob(&digest)).await {
        Ok(Ok(Some(open))) => Ok(Found { digest, extension, caching: FOREVER, open }),
        Ok(Ok(None)) => Err(Missing::Unknown),
        Ok(Err(_)) | Err(_) => Err(Missing::Unreadable),
    }
}

fn body(open: OpenBlob) -> Body {
    let (pieces, received) = mpsc::channel(PIECES_MAX);
    tokio::task::spawn_blocking(move || send(open, &pieces));
    Body::from_stream(stream::unfold(received, |mut received| async {
        received.recv().await.map(|piece| (piece, received))
    }))
}

fn send(mut open: OpenBlob, pieces: &mpsc::Sender<std::io::Result<Bytes>>) {
    let mut left = open.len;
    while left > 0 {
        let mut piece = vec![0; PIECE_BYTES];
        let read = open.reader.read(&mut piece);
        let ended = matches!(read, Ok(0) | Err(_));
        let piece = read.map(|n| {
            left -= n as u64;
            piece.truncate(n);
            Bytes::from(piece)
        });
        // An error means that the client has hung up.
        if pieces.blocking_send(piece).is_err() || ended {
            return;
        }
    }
}

fn content_type(extension: &str) -> &'static str {
    match extension.to_ascii_lowercase().as_str() {
        "js" | "mjs" => "application/javascript; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "txt" | "md" | "lua" | "luau" => "text/plain; charset=utf-8",
        "ts" => "video/mp2t",
        "glb" => "model/gltf-binary",
        "gltf" => "model/gltf+json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
