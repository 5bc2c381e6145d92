//! `GET /assets/<sha256>.<ext>`: the bytes, streamed and verified on the way. What is damaged on disk
//! ends the connection before its last byte: nobody takes it for the file.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use bowline_model::AssetName;
use bowline_store::OpenBlob;
use futures_util::stream;
use tokio::sync::mpsc;

use super::Port;
use super::guard::{bare_500, no_route};

/// Content never changes under its name.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// What is read from disk at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Pieces read ahead of a client.
const PIECES_MAX: usize = 4;

pub(super) async fn download(
    State(port): State<Arc<Port>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Response {
    let Ok(name) = name.parse::<AssetName>() else { return no_route(&method, &uri) };
    let (store, digest) = (port.store.clone(), name.digest);
    let open = match tokio::task::spawn_blocking(move || store.open_blob(&digest)).await {
        Ok(Ok(Some(open))) => open,
        Ok(Ok(None)) => return no_route(&method, &uri),
        Ok(Err(_)) | Err(_) => return bare_500(),
    };
    let etag = format!("\"{digest}\"");
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    if known.flat_map(|it| it.split(',')).any(|it| it.trim().trim_start_matches("W/") == etag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, etag), (CACHE_CONTROL, FOREVER.to_owned())])
            .into_response();
    }
    let head = [
        (CONTENT_TYPE, content_type(&name.extension).to_owned()),
        (CONTENT_LENGTH, open.len.to_string()),
        (ETAG, etag),
        (CACHE_CONTROL, FOREVER.to_owned()),
    ];
    let body = if method == Method::HEAD { Body::empty() } else { body(open) };
    (head, body).into_response()
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
