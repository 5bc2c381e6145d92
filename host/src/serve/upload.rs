//! Uploads: a file streams into the store, hashed on the way, never held in memory. It is kept whole
//! or not at all, and never under a name that is not its own.

use std::io::{self, Read};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Query, State};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use bowline_model::{AssetName, Digest};
use bowline_store::{StoreError, Terms};
use bowline_wire::http::{ErrorBody, UploadCheck, Uploaded};
use tokio::sync::mpsc;

use super::guard::{bare_500, json, refuse};
use super::{Port, built_in};

/// Pieces of a file on their way to the disk; when they are this many, the client waits.
const PIECES_MAX: usize = 16;

/// `GET /admin/upload-check?filename=`: whether these bytes need not be sent.
pub(super) async fn check(
    State(port): State<Arc<Port>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let Some((_, name)) = pairs.into_iter().find(|(key, _)| key == "filename") else { return bare_500() };
    if built_in::is_built_in(&name) {
        return json(StatusCode::OK, &UploadCheck { exists: true });
    }
    // Anything else is no name in the asset store: asked about `../db.sqlite`, the answer is no.
    let Ok(AssetName { digest, .. }) = name.parse() else {
        return json(StatusCode::OK, &UploadCheck { exists: false });
    };
    let store = port.store.clone();
    match tokio::task::spawn_blocking(move || store.has_blob(&digest)).await {
        Ok(Ok(exists)) => json(StatusCode::OK, &UploadCheck { exists }),
        Ok(Err(_)) | Err(_) => bare_500(),
    }
}

/// `POST /admin/upload`: the first file of the form, whatever its field is called.
pub(super) async fn upload(State(port): State<Arc<Port>>, request: Request<Body>) -> Response {
    let Ok(mut form) = Multipart::from_request(request, &()).await else { return bare_500() };
    loop {
        match form.next_field().await {
            Ok(Some(field)) if field.file_name().is_some() => return receive(&port, field).await,
            Ok(Some(_)) => (),
            Ok(None) | Err(_) => return bare_500(),
        }
    }
}

async fn receive(port: &Port, mut field: Field<'_>) -> Response {
    let sent = field.file_name().unwrap_or_default();
    let filename = sent.rsplit(['/', '\\']).next().unwrap_or(sent).to_owned();
    let terms = Terms { limit: port.max_upload_bytes, expected: promised(&filename) };
    let (pieces, received) = mpsc::channel(PIECES_MAX);
    let store = port.store.clone();
    let kept = tokio::task::spawn_blocking(move || store.receive_blob(&mut Pieces::new(received), terms));
    pass_on(&mut field, pieces, terms.limit).await;
    match kept.await {
        Ok(Ok(_)) => json(StatusCode::OK, &Uploaded { ok: true, filename }),
        Ok(Err(StoreError::TooLarge { .. })) => refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Ok(Err(StoreError::WrongContent { .. })) => refuse(StatusCode::BAD_REQUEST, "hash_mismatch"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "an upload was not kept");
            bare_500()
        }
        Err(_) => bare_500(),
    }
}

/// What a file that is called `<sha256>.<ext>` promises to be.
fn promised(filename: &str) -> Option<Digest> {
    filename.to_lowercase().parse().ok().map(|name: AssetName| name.digest)
}

/// Hands the file on. When the store has refused it, up to `patience` more bytes are read and thrown
/// away: a client that is still sending would take a closed connection for a broken one and never
/// read the refusal.
async fn pass_on(field: &mut Field<'_>, pieces: mpsc::Sender<io::Result<Bytes>>, patience: u64) {
    let mut thrown_away = 0;
    loop {
        match field.chunk().await {
            Ok(Some(piece)) => {
                let len = piece.len() as u64;
                if pieces.send(Ok(piece)).await.is_err() {
                    thrown_away += len;
                }
                if thrown_away > patience {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                // An error means that the store has refused already.
                drop(pieces.send(Err(io::Error::other(error))).await);
                return;
            }
        }
    }
}

/// The pieces as a reader, for the thread that writes them.
struct Pieces {
    received: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Pieces {
    fn new(received: mpsc::Receiver<io::Result<Bytes>>) -> Pieces {
        Pieces { received, piece: Bytes::new() }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.received.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let n = buffer.len().min(self.piece.len());
        buffer[..n].copy_from_slice(&self.piece.split_to(n));
        Ok(n)
    }
}

/// `POST /api/upload`: where uploads once were.
pub(super) async fn retired() -> Response {
    moved("Use /admin/upload")
}

/// `GET /api/upload-check`: the same.
pub(super) async fn retired_check() -> Response {
    moved("Use /admin/upload-check")
}

fn moved(message: &str) -> Response {
    let body = ErrorBody { message: Some(message.to_owned()), ..ErrorBody::new("admin_required") };
    json(StatusCode::FORBIDDEN, &body)
}
