//! Bytes on their way in and out of a store, hashed as they pass. Shared by all backends, so that
//! none can forget to.

use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

use bowline_model::Digest;
use bowline_model::digest::Hasher;

use crate::error::{Corruption, StoreError};

/// What a blob must be to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The most bytes.
    pub limit: u64,
    /// The name it claims to have, if it claims one.
    pub expected: Option<Digest>,
}

/// A blob being read.
///
/// The bytes are hashed on the way. If they turn out not to have their name, the read that would
/// have completed them fails with `InvalidData` and a [`Corruption::Blob`] inside: whoever gets
/// `len` bytes without an error has the right ones, whoever does not must throw away what came.
pub struct OpenBlob {
    /// How many bytes there will be.
    pub len: u64,
    /// The bytes.
    pub reader: Box<dyn Read + Send>,
}

impl OpenBlob {
    /// Reads `len` bytes of `source`, which should be the blob `digest`.
    pub fn new(digest: Digest, len: u64, source: impl Read + Send + 'static) -> OpenBlob {
        let reader = Verified { digest, left: len, hasher: Hasher::new(), source, settled: false };
        OpenBlob { len, reader: Box::new(reader) }
    }
}

impl std::fmt::Debug for OpenBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenBlob({} bytes)", self.len)
    }
}

struct Verified<R> {
    digest: Digest,
    left: u64,
    hasher: Hasher,
    source: R,
    settled: bool,
}

impl<R: Read> Read for Verified<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let n = self.source.read(&mut buffer[..most])?;
        self.hasher.update(&buffer[..n]);
        self.left -= n as u64;
        let cut_short = n == 0 && most > 0;
        // Judged before the last bytes are handed over: a caller that counts to `len` never asks again.
        if cut_short || (self.left == 0 && !self.settled) {
            self.settled = true;
            let found = std::mem::take(&mut self.hasher).finish();
            if found != self.digest {
                let digest = self.digest;
                return Err(io::Error::new(ErrorKind::InvalidData, Corruption::Blob { digest }));
            }
        }
        Ok(n)
    }
}

/// What a failed read of the blob `digest` means.
pub(crate) fn read_failed(digest: Digest, error: io::Error) -> StoreError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Corruption>()) {
        Some(_) => Corruption::Blob { digest }.into(),
        None => StoreError::Io { path: PathBuf::from(format!("blob {digest}")), source: error },
    }
}

pub(crate) fn read_whole(digest: Digest, mut open: OpenBlob) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(usize::try_from(open.len).unwrap_or_default());
    open.reader.read_to_end(&mut bytes).map_err(|error| read_failed(digest, error))?;
    Ok(bytes)
}

/// Large enough that hashing, not calls, takes the time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Hands `source` to `keep` piece by piece, until it ends or breaks the `terms`. Answers with the
/// digest and length of what passed. For backends: what `keep` got must not be shown to anybody
/// unless this returns `Ok`.
///
/// # Errors
/// As [`crate::Store::receive_blob`], and whatever `keep` returns.
pub fn receive(
    source: &mut dyn Read,
    terms: Terms,
    keep: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(Digest, u64), StoreError> {
    let (mut hasher, mut len, mut chunk) = (Hasher::new(), 0_u64, vec![0; CHUNK_BYTES]);
    loop {
        let n = match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(StoreError::Source(error)),
        };
        len += n as u64;
        if len > terms.limit {
            return Err(StoreError::TooLarge { limit: terms.limit });
        }
        hasher.update(&chunk[..n]);
        keep(&chunk[..n])?;
    }
    let actual = hasher.finish();
    match terms.expected {
        Some(expected) if expected != actual => Err(StoreError::WrongContent { expected, actual }),
        _ => Ok((actual, len)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &[u8], len: u64, bytes: &'static [u8]) -> Result<Vec<u8>, StoreError> {
        let digest = Digest::of(name);
        read_whole(digest, OpenBlob::new(digest, len, bytes))
    }

    #[test]
    fn the_right_bytes_pass_and_any_others_do_not() {
        assert_eq!(read(b"door", 4, b"door").unwrap(), b"door");
        assert_eq!(read(b"", 0, b"").unwrap(), b"");
        assert!(read(b"door", 4, b"Door").is_err());
        assert!(read(b"door", 4, b"doo").is_err());
        assert!(read(b"door", 0, b"").is_err());
        assert!(read(b"", 1, b"x").is_err());
    }

    #[test]
    fn a_reader_that_counts_to_the_length_meets_the_damage() {
        let mut open = OpenBlob::new(Digest::of(b"door"), 4, &b"Door"[..]);
        let mut two = [0; 2];
        open.reader.read_exact(&mut two).unwrap();
        assert_eq!(open.reader.read_exact(&mut two).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
