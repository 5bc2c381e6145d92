//! The micro-operations a write is made of. Each is atomic, or harmless when a crash follows it;
//! deciding their order, and what to do about a surprise, is the caller's.
//!
//! ```text
//! replace:  stage → exchange → compare what was displaced → drop_staged | keep_in_conflicts
//! create:   stage → create
//! delete:   capture → compare → keep_in_trash, prune | put_back
//! ```
//!
//! Whatever was under a target's name is parked in the object store before its caller hears of it.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use bowline_model::{Digest, ProjectPath};

use crate::journal::{Row, State};
use crate::{ConflictNote, DiskError, Folder, TrashNote, rename};

/// A file with a reserved name beside its target: ours before an exchange, theirs after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    pub(crate) name: ProjectPath,
    pub(crate) target: ProjectPath,
}

/// Whether a batch of writes is known to survive a power cut now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    /// Everything written so far.
    All,
    /// This system offers no flush of a whole file system.
    NotOffered,
}

/// A folder may be pruned between making it and using it; more often means somebody fights us.
const TRIES: u32 = 3;

impl Staged {
    /// The file it is for.
    #[must_use]
    pub fn target(&self) -> &ProjectPath {
        &self.target
    }

    /// Its reserved name, until it is moved on.
    #[must_use]
    pub fn name(&self) -> &ProjectPath {
        &self.name
    }
}

impl Folder {
    /// Writes object `content` under a reserved name beside `target`, making folders as needed.
    /// It gets the mode of the file it will replace, else 0644 less the umask.
    ///
    /// # Errors
    /// [`DiskError::NoObject`], [`DiskError::Link`], [`DiskError::NotAFile`],
    /// [`DiskError::NotAFolder`], or the disk's own. Nothing is left behind.
    pub fn stage(&self, target: &ProjectPath, content: Digest) -> Result<Staged, DiskError> {
        let place = self.plain_target(target)?;
        let staged = Staged { name: self.name_beside(target)?, target: target.clone() };
        self.journal.write(&staged.name, self.row(&staged, State::Staging, Some(content)))?;
        let mut written = self.write_beside(&staged, content, &place);
        for _ in 1..TRIES {
            match &written {
                Err(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    written = self.write_beside(&staged, content, &place);
                }
                _ => break,
            }
        }
        // Only now may it be exchanged: until here recovery knows that nobody else's is in it.
        let row = self.row(&staged, State::Staged, Some(content));
        match written.and_then(|()| self.journal.write(&staged.name, row)) {
            Ok(()) => Ok(staged),
            Err(error) => {
                // Ours alone, and its content is an object. If it stays, the journal knows it.
                if gone(fs::remove_file(self.place(&staged.name))) {
                    self.journal.done(&staged.name);
                }
                Err(error)
            }
        }
    }

    /// Swaps the staged file with its target. The digest is of what was displaced, which is parked
    /// and now under the staged name.
    ///
    /// Where the file system cannot swap, the target is captured and the staged file created in its
    /// place: for a moment the target is missing, and a crash there is healed by
    /// [`Folder::recover`]; but nothing that somebody saves in between can be lost.
    ///
    /// # Errors
    /// [`DiskError::Missing`] if there is no target: create it instead. [`DiskError::StagedGone`]. If what was displaced cannot
    /// be read and parked, it is swapped back.
    pub fn exchange(&self, staged: &Staged) -> Result<Digest, DiskError> {
        let target = self.plain_target(&staged.target)?;
        let name = self.place(&staged.name);
        match self.renames.exchange(&name, &target) {
            Ok(()) => self.look_at_displaced(staged),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.exchange_by_hand(staged),
            Err(error) => Err(self.about_staged(staged, "exchange", error)),
        }
    }

    /// Gives the staged file its target's name, which must be free.
    ///
    /// # Errors
    /// [`DiskError::Exists`] if somebody created it first; the staged file stays.
    pub fn create(&self, staged: &Staged) -> Result<(), DiskError> {
        self.settle(staged, "create")
    }

    /// Takes `target` away to a reserved name beside it, to be looked at, and parks it.
    ///
    /// # Errors
    /// [`DiskError::Missing`] if there is none. If it cannot be read, it is put back.
    pub fn capture(&self, target: &ProjectPath) -> Result<(Staged, Digest), DiskError> {
        let place = self.plain_target(target)?;
        let staged = Staged { name: self.name_beside(target)?, target: target.clone() };
        self.journal.write(&staged.name, self.row(&staged, State::Captured, None))?;
        // A plain rename: the name is ours alone, and nothing may come between editor and inode.
        if let Err(error) = rename::to_fresh_name(&place, &self.place(&staged.name)) {
            self.journal.done(&staged.name);
            return Err(self.about(target, "capture", error));
        }
        match self.park_plain(&staged) {
            Ok(digest) => {
                // A lost row costs nothing but the shortcut: recovery reads the file again.
                let row = self.row(&staged, State::Captured, Some(digest));
                self.journal.write(&staged.name, row)?;
                Ok((staged, digest))
            }
            Err(error) => {
                self.put_back(&staged)?;
                Err(error)
            }
        }
    }

    /// Gives a captured file its name back, which must be free.
    ///
    /// # Errors
    /// [`DiskError::Exists`] if somebody created another meanwhile; the captured file stays.
    pub fn put_back(&self, staged: &Staged) -> Result<(), DiskError> {
        self.settle(staged, "put back")
    }

    /// Files what was displaced or captured in the trash.
    ///
    /// # Errors
    /// The disk's own; the staged file stays.
    pub fn keep_in_trash(&self, staged: &Staged, note: &TrashNote) -> Result<(), DiskError> {
        let digest = self.displaced_digest(staged)?;
        self.file_in_trash(&staged.target, digest, note)?;
        self.bury_later(staged, digest, note.when)
    }

    /// Files what was displaced or captured beside its app, visibly, byte for byte. The folder that
    /// now holds it.
    ///
    /// # Errors
    /// The disk's own; the staged file stays.
    pub fn keep_in_conflicts(&self, staged: &Staged, note: &ConflictNote) -> Result<ProjectPath, DiskError> {
        let digest = self.displaced_digest(staged)?;
        let folder = self.file_loser(&staged.target, digest, note)?;
        self.bury_later(staged, digest, note.when)?;
        Ok(folder)
    }

    /// Lets a staged file go, provided that the object store holds its content: one that was not
    /// needed after all, or a displaced one that held what everybody had agreed on.
    ///
    /// # Errors
    /// [`DiskError::NotOurs`] if it was never displaced and yet is not what we staged, or the disk's
    /// own; the staged file stays.
    pub fn drop_staged(&self, staged: &Staged, now: SystemTime) -> Result<(), DiskError> {
        let digest = self.displaced_digest(staged)?;
        match self.journal.row(&staged.name) {
            // A swap that was swapped back can bring something else with it.
            Some(Row { state: State::Staged, digest: Some(ours), .. }) if ours != digest => {
                return Err(DiskError::NotOurs(staged.target.clone()));
            }
            _ => (),
        }
        self.bury_later(staged, digest, now)
    }

    /// Removes the folders above a deleted file that are empty now, below `apps/<App>/` only; the
    /// app's own folder stays, because it may be about to get other files.
    pub fn prune(&self, deleted: &ProjectPath) {
        let mut folder = deleted.parent();
        while let Some(empty) = folder.filter(|it| it.as_str().split('/').count() > 2 && app_of(it).is_some())
        {
            // Removes nothing that is not an empty folder, a link included.
            if fs::remove_dir(self.place(&empty)).is_err() {
                return;
            }
            folder = empty.parent();
        }
    }

    /// Makes everything written so far survive a power cut. Once per batch, off the path a person
    /// waits for: it takes milliseconds, and until then the displaced files are still there.
    ///
    /// # Errors
    /// If the disk failed to keep something.
    pub fn sync_batch(&self) -> Result<Flushed, DiskError> {
        for place in [self.root().to_owned(), self.state("objects")] {
            if flush(&place).map_err(DiskError::io("flush", &place))? == Flushed::NotOffered {
                return Ok(Flushed::NotOffered);
            }
        }
        Ok(Flushed::All)
    }

    /// What the staged file held when it was displaced, parked.
    fn displaced_digest(&self, staged: &Staged) -> Result<Digest, DiskError> {
        match self.journal.row(&staged.name) {
            Some(Row { state: State::Displaced | State::Captured, digest: Some(digest), .. }) => Ok(digest),
            _ => self.park_plain(staged),
        }
    }

    pub(crate) fn row(&self, staged: &Staged, state: State, digest: Option<Digest>) -> Row {
        Row { state, target: staged.target.clone(), digest, at_ms: 0 }
    }

    fn write_beside(&self, staged: &Staged, content: Digest, target: &Path) -> Result<(), DiskError> {
        self.make_parents(&staged.name)?;
        let name = self.place(&staged.name);
        let file = self.objects.copy_to(content, &name)?;
        match fs::symlink_metadata(target) {
            Ok(it) => copy_mode(&it, &file).map_err(DiskError::io("set the mode of", &name)),
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn make_parents(&self, path: &ProjectPath) -> Result<(), DiskError> {
        let place = self.plain_place(path)?;
        let Some(folder) = place.parent() else { return Ok(()) };
        fs::create_dir_all(folder).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                DiskError::NotAFolder(path.clone())
            }
            _ => DiskError::io("create", folder)(error),
        })
    }

    /// From the staged name to the target's, replacing nothing.
    fn settle(&self, staged: &Staged, doing: &'static str) -> Result<(), DiskError> {
        let target = self.plain_place(&staged.target)?;
        self.make_parents(&staged.target)?;
        let moved = self.renames.noreplace(&self.place(&staged.name), &target);
        moved.map_err(|error| self.about_staged(staged, doing, error))?;
        self.journal.done(&staged.name);
        Ok(())
    }

    /// Parks what is under the staged name, if it is a plain file.
    pub(crate) fn park_plain(&self, staged: &Staged) -> Result<Digest, DiskError> {
        let name = self.place(&staged.name);
        match fs::symlink_metadata(&name) {
            Ok(it) if it.is_file() => self.objects.park_file(&name),
            Ok(_) => Err(DiskError::NotAFile(staged.target.clone())),
            Err(error) => Err(self.about_staged(staged, "read", error)),
        }
    }

    /// The error for what the system said about a staged file and its target.
    fn about_staged(&self, staged: &Staged, doing: &'static str, error: io::Error) -> DiskError {
        let is_gone = || !crate::folder::is_there(&self.place(&staged.name));
        match error.kind() {
            io::ErrorKind::NotFound if is_gone() => DiskError::StagedGone(staged.target.clone()),
            _ => self.about(&staged.target, doing, error),
        }
    }

    fn look_at_displaced(&self, staged: &Staged) -> Result<Digest, DiskError> {
        let parked = self.park_plain(staged).and_then(|digest| {
            self.journal.write(&staged.name, self.row(staged, State::Displaced, Some(digest)))?;
            Ok(digest)
        });
        if parked.is_err() {
            // Not ours to hold if we cannot keep a copy. Should the target be gone by now, or this
            // fail too, what was displaced stays under the staged name, where recovery finds it.
            let (name, target) = (self.place(&staged.name), self.place(&staged.target));
            if self.renames.exchange(&name, &target).is_err() {
                tracing::warn!(target = %staged.target, name = %staged.name, "a displaced file could not be swapped back");
            }
        }
        parked
    }

    fn exchange_by_hand(&self, staged: &Staged) -> Result<Digest, DiskError> {
        let (mut captured, mut digest) = self.capture(&staged.target)?;
        for _ in 1..TRIES {
            match self.settle(staged, "exchange") {
                Ok(()) => return self.take_staged_name(&captured, staged, digest),
                Err(DiskError::Exists(_)) => {
                    // Its author saved again while it was away: that save replaces what we hold,
                    // which is parked. Take the newer one.
                    let (newer, newer_digest) = self.capture(&staged.target)?;
                    self.bury_later(&captured, digest, SystemTime::now())?;
                    (captured, digest) = (newer, newer_digest);
                }
                Err(error) => {
                    self.put_back(&captured)?;
                    return Err(error);
                }
            }
        }
        self.put_back(&captured)?;
        Err(DiskError::Unsettled(staged.target.clone()))
    }

    /// After a swap by hand the displaced file goes where a swap would have put it.
    fn take_staged_name(
        &self,
        captured: &Staged,
        staged: &Staged,
        digest: Digest,
    ) -> Result<Digest, DiskError> {
        self.journal.write(&staged.name, self.row(staged, State::Displaced, Some(digest)))?;
        let (from, to) = (self.place(&captured.name), self.place(&staged.name));
        rename::to_fresh_name(&from, &to).map_err(DiskError::io("rename", &from))?;
        self.journal.done(&captured.name);
        Ok(digest)
    }
}

/// The app that `path` belongs to: its second segment, if the first is `apps`.
pub(crate) fn app_of(path: &ProjectPath) -> Option<&str> {
    path.below("apps")?.split('/').next()
}

/// Whether a removal left nothing behind.
pub(crate) fn gone(removed: io::Result<()>) -> bool {
    match removed {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[cfg(unix)]
fn copy_mode(of: &fs::Metadata, to: &File) -> io::Result<()> {
    to.set_permissions(of.permissions())
}

/// Elsewhere the only bit is "read only", which would keep us from replacing our own file.
#[cfg(not(unix))]
fn copy_mode(_of: &fs::Metadata, _to: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn flush(place: &Path) -> io::Result<Flushed> {
    rustix::fs::syncfs(File::open(place)?)?;
    Ok(Flushed::All)
}

/// `sync` returns once the disk has been told, not once it is done: the best there is for a batch.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn flush(_place: &Path) -> io::Result<Flushed> {
    rustix::fs::sync();
    Ok(Flushed::All)
}

#[cfg(not(unix))]
fn flush(_place: &Path) -> io::Result<Flushed> {
    Ok(Flushed::NotOffered)
}

#[cfg(test)]
mod tests;
