//! Blobs as files named by their digest. A file under its final name is whole: it was written
//! elsewhere, flushed, and renamed.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

use bowline_model::Digest;
use tempfile::NamedTempFile;

use super::failed;
use crate::blob::{self, OpenBlob, Terms, read_failed};
use crate::error::{Corruption, StoreError};

#[derive(Debug)]
pub(super) struct Files {
    blobs: PathBuf,
    /// On the same file system as `blobs`, because a rename cannot leave one.
    incoming: PathBuf,
}

impl Files {
    /// Opens the two folders. The caller holds the store's lock, so what lies in `incoming` was left
    /// by a process that is gone, and nobody was told that it is kept.
    pub(super) fn open(folder: &Path) -> Result<Files, StoreError> {
        let files = Files { blobs: folder.join("blobs"), incoming: folder.join("incoming") };
        for path in [&files.blobs, &files.incoming] {
            fs::create_dir_all(path).map_err(|source| failed(path, source))?;
        }
        for path in entries(&files.incoming)?.into_iter().filter(|it| it.is_file()) {
            fs::remove_file(&path).map_err(|source| failed(&path, source))?;
        }
        Ok(files)
    }

    pub(super) fn receive(&self, source: &mut dyn Read, terms: Terms) -> Result<(Digest, u64), StoreError> {
        let at_incoming = |source| failed(&self.incoming, source);
        // Deletes itself on every way out but the rename.
        let mut file = NamedTempFile::new_in(&self.incoming).map_err(at_incoming)?;
        let received = blob::receive(source, terms, &mut |chunk| file.write_all(chunk).map_err(at_incoming))?;
        self.keep(file, &received.0)?;
        Ok(received)
    }

    fn keep(&self, file: NamedTempFile, digest: &Digest) -> Result<(), StoreError> {
        let (shelf, path) = (self.shelf(digest), self.path(digest));
        if !self.intact(digest)? {
            file.as_file().sync_all().map_err(|source| failed(file.path(), source))?;
            fs::create_dir_all(&shelf).map_err(|source| failed(&shelf, source))?;
            file.persist(&path).map_err(|error| failed(&path, error.error))?;
        }
        // Also when the file was there: another thread may have renamed it and not come this far.
        sync_folder(&shelf)?;
        sync_folder(&self.blobs)
    }

    pub(super) fn open_blob(&self, digest: &Digest) -> Result<Option<OpenBlob>, StoreError> {
        let path = self.path(digest);
        let open = File::open(&path).and_then(|file| Ok((file.metadata()?, file)));
        match open {
            Ok((metadata, file)) if metadata.is_file() => {
                Ok(Some(OpenBlob::new(*digest, metadata.len(), file)))
            }
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed(&path, source)),
        }
    }

    /// Whether the blob is there with the bytes of its name.
    pub(super) fn intact(&self, digest: &Digest) -> Result<bool, StoreError> {
        let Some(mut open) = self.open_blob(digest)? else { return Ok(false) };
        match io::copy(&mut open.reader, &mut io::sink()).map_err(|error| read_failed(*digest, error)) {
            Ok(_) => Ok(true),
            Err(StoreError::Corrupt(Corruption::Blob { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn has(&self, digest: &Digest) -> Result<bool, StoreError> {
        let path = self.path(digest);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(metadata.is_file()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(failed(&path, source)),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<Digest>, StoreError> {
        let mut digests = Vec::new();
        for shelf in entries(&self.blobs)?.into_iter().filter(|it| it.is_dir()) {
            let names = entries(&shelf)?;
            // A foreign file is not ours to list, nor to remove.
            let ours = names.iter().filter_map(|path| path.file_name()?.to_str()?.parse::<Digest>().ok());
            digests.extend(ours.filter(|digest| self.shelf(digest) == shelf));
        }
        digests.sort_unstable();
        Ok(digests)
    }

    pub(super) fn remove(&self, digest: &Digest) -> Result<bool, StoreError> {
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(&self.shelf(digest)).map(|()| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(failed(&path, source)),
        }
    }

    /// Folders of 1/256 each: a flat folder of 100 000 files is slow on many systems.
    fn shelf(&self, digest: &Digest) -> PathBuf {
        self.blobs.join(&digest.to_string()[..2])
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.shelf(digest).join(digest.to_string())
    }
}

/// Makes `folder` and what is missing above it, durably.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let new: Vec<&Path> = folder.ancestors().take_while(missing).collect();
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    new.iter().filter_map(|path| path.parent()).try_for_each(|parent| {
        let here = parent.as_os_str().is_empty();
        sync_folder(if here { Path::new(".") } else { parent })
    })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let paths = fs::read_dir(folder).and_then(|entries| entries.map(|it| Ok(it?.path())).collect());
    paths.map_err(|source| failed(folder, source))
}

/// Makes the *names* in `folder` durable; flushing a file makes only its bytes so.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|it| it.sync_all()).map_err(|source| failed(folder, source))
}

/// Windows has no such call: NTFS journals its names.
#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> Result<(), StoreError> {
    Ok(())
}
