//! Bytes by content name: what the world has, what it lacks, and both ways of moving them.
//!
//! A world stores an upload under the hash of what *arrived* and answers ok in any case, also when
//! it cut the file. So we refuse what is too large before sending, ask afterwards whether the name
//! exists, and hash what we download.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use bowline_model::{AssetName, Digest};
use bowline_wire::http::{MAX_UPLOAD_BYTES, UploadCheck, Uploaded, path};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, StatusCode};
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::http::segment;
use crate::{Link, LinkError};

/// How many files are on their way at once.
const AT_ONCE: usize = 8;

/// Up to here an upload costs no more than asking first: it fits into the first flight of packets
/// of a connection. Uploading what is there already changes nothing.
const AS_CHEAP_AS_ASKING: u64 = 14 * 1024;

/// An upload may take this long, and longer for what a slow line needs.
const UPLOAD_WITHIN: Duration = Duration::from_secs(30);
const SLOW_LINE_BYTES_PER_SECOND: u64 = 64 * 1024;

/// Where the bytes of an asset are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blob {
    /// Here.
    Bytes(Vec<u8>),
    /// In a file, which is streamed as it is.
    File(PathBuf),
}

/// What [`Link::put_missing`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadReport {
    /// These were uploaded, and the world has them now.
    pub sent: Vec<AssetName>,
    /// These were there before.
    pub already: Vec<AssetName>,
}

impl Link {
    /// Notes that the world has these, so that they are not asked for again on this link. Ask
    /// again after a reconnect: worlds that restart forget what no saved blueprint refers to.
    pub fn assume_has(&self, names: impl IntoIterator<Item = AssetName>) {
        self.known_names().extend(names);
    }

    /// Notes that the world may lack this after all.
    pub fn forget(&self, name: &AssetName) {
        self.known_names().remove(name);
    }

    /// Which of `names` the world has, in their order. Names known to be there are not asked for.
    ///
    /// # Errors
    /// The first request that fails.
    pub async fn has_assets(&self, names: &[AssetName]) -> Result<Vec<bool>, LinkError> {
        stream::iter(names).map(|name| self.has_asset(name)).buffered(AT_ONCE).try_collect().await
    }

    async fn has_asset(&self, name: &AssetName) -> Result<bool, LinkError> {
        if self.known_names().contains(name) {
            return Ok(true);
        }
        let request = self.http().request(Method::GET, path::UPLOAD_CHECK);
        let request = request.query(&[("filename", name.to_string())]);
        let exists = self.http().json::<UploadCheck>("whether an asset exists", request).await?.exists;
        if exists {
            self.assume_has([name.clone()]);
        }
        Ok(exists)
    }

    /// Makes sure that the world has all of these, eight at a time.
    ///
    /// # Errors
    /// The first that fails; others may have been uploaded, which does no harm.
    pub async fn put_missing(&self, blobs: Vec<(AssetName, Blob)>) -> Result<UploadReport, LinkError> {
        let mut report = UploadReport::default();
        // Two files with the same content are one asset.
        let distinct: HashMap<AssetName, Blob> = blobs.into_iter().collect();
        let mut moving = stream::iter(distinct)
            .map(|(name, blob)| self.put_if_missing(name, blob))
            .buffer_unordered(AT_ONCE);
        while let Some((name, was_sent)) = moving.try_next().await? {
            let list = if was_sent { &mut report.sent } else { &mut report.already };
            list.push(name);
        }
        report.sent.sort();
        report.already.sort();
        Ok(report)
    }

    async fn put_if_missing(&self, name: AssetName, blob: Blob) -> Result<(AssetName, bool), LinkError> {
        if self.known_names().contains(&name) {
            return Ok((name, false));
        }
        let is_cheap = blob.size().await? <= AS_CHEAP_AS_ASKING;
        if !is_cheap && self.has_asset(&name).await? {
            return Ok((name, false));
        }
        self.upload(&name, blob).await?;
        Ok((name, true))
    }

    /// Uploads one asset, whether or not the world has it, and checks that it does afterwards.
    ///
    /// # Errors
    /// [`LinkError::TooLarge`] before anything is sent; [`LinkError::NotStored`] if the bytes turn
    /// out not to be the ones the name promises.
    pub async fn upload(&self, name: &AssetName, blob: Blob) -> Result<(), LinkError> {
        let bytes = blob.size().await?;
        if bytes > MAX_UPLOAD_BYTES {
            let what = blob.describe(name);
            return Err(LinkError::TooLarge { what, bytes, limit: MAX_UPLOAD_BYTES });
        }
        let part = Part::stream_with_length(blob.body(bytes).await?, bytes)
            .file_name(name.to_string())
            .mime_str("application/octet-stream")
            .expect("a media type that is well-formed");
        let within = UPLOAD_WITHIN + Duration::from_secs(bytes / SLOW_LINE_BYTES_PER_SECOND);
        let form = Form::new().part("file", part);
        let request = self.http().request(Method::POST, path::UPLOAD).multipart(form).timeout(within);
        // Its file name is the one we sent, so it says nothing about what was stored.
        self.http().json::<Uploaded>("an upload", request).await?;
        self.forget(name);
        match self.has_asset(name).await? {
            true => Ok(()),
            false => Err(LinkError::NotStored { name: name.clone() }),
        }
    }

    /// The bytes of an asset, verified against its name.
    ///
    /// # Errors
    /// [`LinkError::NotFound`] if it is not there yet, [`LinkError::WrongBytes`] if what came is
    /// something else, for instance a file its uploader has not finished.
    pub async fn download(&self, name: &AssetName) -> Result<Vec<u8>, LinkError> {
        let (bytes, found) = self.fetch(&name.to_string()).await?;
        match found == name.digest {
            true => Ok(bytes),
            false => Err(LinkError::WrongBytes { name: name.clone(), found }),
        }
    }

    /// The bytes of an asset every world brings along, such as `empty.glb`. Its name says nothing
    /// about its content, so there is nothing to verify.
    ///
    /// # Errors
    /// [`LinkError::NotFound`]; [`LinkError::Unaddressable`] for names that are paths.
    pub async fn download_built_in(&self, name: &str) -> Result<Vec<u8>, LinkError> {
        self.fetch(name).await.map(|(bytes, _)| bytes)
    }

    /// What is stored under a name, and what it really is.
    async fn fetch(&self, name: &str) -> Result<(Vec<u8>, Digest), LinkError> {
        let url = format!("{}/{}", self.assets_url(), segment(name)?);
        let failed = |error: reqwest::Error| LinkError::no_reply(name, &url, &error);
        let mut response = self.http().asset(&url).send().await.map_err(failed)?;
        match response.status() {
            status if status.is_success() => (),
            StatusCode::NOT_FOUND => return Err(LinkError::NotFound { what: format!("asset {name}") }),
            status => {
                let what = format!("asset {name}");
                return Err(LinkError::Refused { what, status: status.as_u16(), error: None });
            }
        }
        let mut bytes = Vec::new();
        // Hashed as it comes: 200 MiB at once would hold up everything else on this thread.
        let mut hash = Sha256::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            hash.update(&chunk);
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > MAX_UPLOAD_BYTES {
                let (what, bytes) = (format!("asset {name}"), bytes.len() as u64);
                return Err(LinkError::TooLarge { what, bytes, limit: MAX_UPLOAD_BYTES });
            }
        }
        Ok((bytes, Digest::from_bytes(hash.finalize().into())))
    }

    fn known_names(&self) -> MutexGuard<'_, HashSet<AssetName>> {
        // A set is whole whatever a panicking thread was doing.
        self.known().lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blob {
    fn describe(&self, name: &AssetName) -> String {
        match self {
            Blob::Bytes(_) => name.to_string(),
            Blob::File(path) => path.display().to_string(),
        }
    }

    async fn size(&self) -> Result<u64, LinkError> {
        match self {
            Blob::Bytes(bytes) => Ok(bytes.len() as u64),
            Blob::File(path) => {
                let meta = tokio::fs::metadata(path).await;
                meta.map(|it| it.len()).map_err(|source| LinkError::File { path: path.clone(), source })
            }
        }
    }

    async fn body(self, bytes: u64) -> Result<Body, LinkError> {
        match self {
            Blob::Bytes(bytes) => Ok(bytes.into()),
            Blob::File(path) => match File::open(&path).await {
                Ok(file) => Ok(streamed(file, bytes)),
                Err(source) => Err(LinkError::File { path, source }),
            },
        }
    }
}

/// The first `bytes` of a file, which may be growing: the length was announced already.
fn streamed(file: File, bytes: u64) -> Body {
    let chunks = stream::try_unfold(file.take(bytes), async |mut file| {
        let mut chunk = Vec::with_capacity(64 * 1024);
        let read = file.read_buf(&mut chunk).await?;
        Ok::<_, std::io::Error>((read > 0).then_some((chunk, file)))
    });
    Body::wrap_stream(chunks)
}
