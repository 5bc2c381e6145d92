//! Bytes through a hasher, without holding a whole file: assets reach 200 MiB.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use bowline_model::Digest;
use bowline_model::digest::Hasher;

/// One read call. Larger gains nothing once hashing dominates.
const CHUNK: usize = 128 * 1024;

/// The digest and length of what `from` still holds.
pub(crate) fn digest(from: &mut impl Read) -> io::Result<(Digest, u64)> {
    copy(from, &mut io::sink())
}

/// Copies what `from` still holds into `to`; the digest and length of what was copied.
pub(crate) fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::new();
    let mut chunk = vec![0; CHUNK];
    let mut length = 0;
    loop {
        let bytes = match from.read(&mut chunk) {
            Ok(0) => return Ok((hasher.finish(), length)),
            Ok(count) => &chunk[..count],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(bytes);
        to.write_all(bytes)?;
        length += bytes.len() as u64;
    }
}

/// Opens a plain file for reading. Never follows a link in the last place, and never waits for
/// the other end of a pipe: between `lstat` and here anything may have taken the name.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    no_follow(&mut options);
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file")),
    }
}

#[cfg(unix)]
fn no_follow(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn no_follow(_options: &mut OpenOptions) {}
