//! Write-once copies of contents, named by their digest: `objects/ab/<sha256>`. Everything we ever
//! displace is here before anything else happens to it. Nothing is removed from here.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bowline_model::Digest;

use crate::{DiskError, stream};

/// The object store of one project.
#[derive(Debug)]
pub(crate) struct Objects {
    place: PathBuf,
    /// Objects whose bytes were checked in this run: a power cut can leave an empty file under a
    /// good name, so an object that is merely *there* proves nothing.
    sound: Mutex<HashSet<Digest>>,
}

impl Objects {
    pub(crate) fn open(place: &Path) -> Objects {
        Objects { place: place.to_owned(), sound: Mutex::default() }
    }

    pub(crate) fn park(&self, bytes: &[u8]) -> Result<Digest, DiskError> {
        let digest = Digest::of(bytes);
        if self.holds(digest)? {
            return Ok(digest);
        }
        let mut copy = self.new_copy()?;
        copy.write_all(bytes).map_err(DiskError::io("write", copy.path()))?;
        self.keep(copy, digest)
    }

    /// Copies the file at `from`, whatever it holds while we read.
    pub(crate) fn park_file(&self, from: &Path) -> Result<Digest, DiskError> {
        let mut source = stream::open_plain(from).map_err(DiskError::io("read", from))?;
        // Most displaced contents are kept already, so look before copying.
        let (digest, _) = stream::digest(&mut source).map_err(DiskError::io("read", from))?;
        if self.holds(digest)? {
            return Ok(digest);
        }
        let mut source = stream::open_plain(from).map_err(DiskError::io("read", from))?;
        let mut copy = self.new_copy()?;
        let copied = stream::copy(&mut source, copy.as_file_mut());
        let (digest, _) = copied.map_err(DiskError::io("copy", from))?;
        self.keep(copy, digest)
    }

    pub(crate) fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, DiskError> {
        let place = self.place_of(digest);
        let mut bytes = Vec::new();
        match File::open(&place).and_then(|mut file| file.read_to_end(&mut bytes)) {
            Ok(_) if Digest::of(&bytes) == digest => Ok(Some(bytes)),
            Ok(_) => Err(self.set_aside(digest)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DiskError::io("read", &place)(error)),
        }
    }

    /// Copies object `digest` to the new file `to`. On an error `to` may exist, half written.
    pub(crate) fn copy_to(&self, digest: Digest, to: &Path) -> Result<File, DiskError> {
        let place = self.place_of(digest);
        let mut object = match File::open(&place) {
            Ok(object) => object,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(DiskError::NoObject(digest)),
            Err(error) => return Err(DiskError::io("read", &place)(error)),
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        readable_by_others(&mut options);
        let mut copy = options.open(to).map_err(DiskError::io("create", to))?;
        let (found, _) = stream::copy(&mut object, &mut copy).map_err(DiskError::io("write", to))?;
        if found == digest { Ok(copy) } else { Err(self.set_aside(digest)?) }
    }

    /// Whether `digest` is kept and its bytes are right. A wrong one is moved aside.
    pub(crate) fn holds(&self, digest: Digest) -> Result<bool, DiskError> {
        if self.sound().contains(&digest) && self.place_of(digest).exists() {
            return Ok(true);
        }
        let place = self.place_of(digest);
        let found = match File::open(&place).and_then(|mut file| stream::digest(&mut file)) {
            Ok((found, _)) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(DiskError::io("read", &place)(error)),
        };
        if found != digest {
            self.set_aside(digest)?;
            return Ok(false);
        }
        self.sound().insert(digest);
        Ok(true)
    }

    fn place_of(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.place.join(&name[..2]).join(name)
    }

    fn new_copy(&self) -> Result<tempfile::NamedTempFile, DiskError> {
        let new =
            tempfile::Builder::new().prefix(bowline_model::layout::TEMPORARY_PREFIX).tempfile_in(&self.place);
        new.map_err(DiskError::io("create a file in", &self.place))
    }

    fn keep(&self, copy: tempfile::NamedTempFile, digest: Digest) -> Result<Digest, DiskError> {
        let place = self.place_of(digest);
        if let Some(shelf) = place.parent() {
            fs::create_dir_all(shelf).map_err(DiskError::io("create", shelf))?;
        }
        match copy.persist_noclobber(&place) {
            Ok(_) => (),
            // Another thread kept the same bytes in between.
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => (),
            Err(failed) => return Err(DiskError::io("keep", &place)(failed.error)),
        }
        self.sound().insert(digest);
        Ok(digest)
    }

    /// Moves a damaged object out of its name; the error that says so.
    fn set_aside(&self, digest: Digest) -> Result<DiskError, DiskError> {
        self.sound().remove(&digest);
        let place = self.place_of(digest);
        let moved_to = (1..)
            .map(|n: u32| place.with_extension(format!("damaged-{n}")))
            .find(|it| !it.exists())
            .expect("the numbers do not run out before the disk does");
        fs::rename(&place, &moved_to).map_err(DiskError::io("rename", &place))?;
        Ok(DiskError::Damaged { digest, moved_to })
    }

    fn sound(&self) -> std::sync::MutexGuard<'_, HashSet<Digest>> {
        // A set of digests cannot be left half changed by a panic elsewhere.
        self.sound.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn readable_by_others(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o644);
}

#[cfg(not(unix))]
fn readable_by_others(_options: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_kept_once_and_read_back() {
        let place = tempfile::tempdir().unwrap();
        let objects = Objects::open(place.path());
        let digest = objects.park(b"one").unwrap();
        assert_eq!(objects.park(b"one").unwrap(), digest);
        assert_eq!(objects.get(digest).unwrap(), Some(b"one".to_vec()));
        assert_eq!(objects.get(Digest::of(b"two")).unwrap(), None);
        let shelf = place.path().join(&digest.to_string()[..2]);
        assert_eq!(fs::read_dir(shelf).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_object_is_moved_aside_and_can_be_kept_again() {
        let place = tempfile::tempdir().unwrap();
        let digest = Objects::open(place.path()).park(b"good").unwrap();
        fs::write(Objects::open(place.path()).place_of(digest), "").unwrap();
        let objects = Objects::open(place.path());
        assert!(matches!(objects.get(digest), Err(DiskError::Damaged { .. })));
        assert_eq!(objects.get(digest).unwrap(), None);
        objects.park(b"good").unwrap();
        fs::write(objects.place_of(digest), "bad").unwrap();
        let objects = Objects::open(place.path());
        objects.park(b"good").unwrap();
        assert_eq!(objects.get(digest).unwrap(), Some(b"good".to_vec()));
    }
}
