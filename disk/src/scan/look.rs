//! One look at one file: has it been still, can the last digest be trusted, and what are its bytes.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bowline_model::digest::Hasher;
use bowline_model::{Digest, ProjectPath};

use super::{Limits, QUIET, QUIET_IF_EMPTIED, Sighting, Unseen, Walk};
use crate::stream;

/// What tells two states of a file apart without reading it. `ctime` cannot be set by programs, so
/// it sees through tools that restore the modification time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatKey {
    modified: SystemTime,
    changed: SystemTime,
    size: u64,
    inode: u64,
    device: u64,
}

/// What is remembered about one file between looks.
#[derive(Debug, Default)]
pub(super) struct Memory {
    read: Option<Reading>,
    /// The state it was in when it was first found unsettled, and when that was.
    waiting: Option<(StatKey, SystemTime)>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    key: StatKey,
    at: SystemTime,
    digest: Digest,
}

/// File systems stamp with a coarse clock: two writes may share a stamp. A reading from within this
/// of the last change proves nothing about the file's state now (the racy-git rule).
const GRAIN: Duration = Duration::from_millis(20);

/// FAT keeps two seconds. A stamp without a fraction of a second gives such a disk away.
const COARSE_GRAIN: Duration = Duration::from_secs(2);

/// Read into memory of the walk up to this size; larger ones by pieces of it.
const PIECE: usize = 128 * 1024;

impl Memory {
    /// Reads the file again at the next look, whatever its stat says.
    pub(super) fn distrust(&mut self) {
        self.read = None;
    }
}

/// What `path` holds, whose `lstat` just said `stat` (a plain file).
pub(super) fn look(
    path: &ProjectPath,
    stat: &Metadata,
    memory: &mut Memory,
    walk: &mut Walk<'_>,
) -> Sighting {
    let key = StatKey::of(stat);
    if let Some(reason) = too_large(path, key.size, walk.limits) {
        return Sighting::Unknown { reason };
    }
    if let Some(read) = memory.read
        && read.is_trusted(&key)
    {
        memory.waiting = None;
        return key.file(read.digest);
    }
    if !is_still(&key, memory, walk.now) {
        return unsettled(path, key, memory, walk);
    }
    match read(&walk.place(path), &key, &mut walk.buffer) {
        Ok(Some(digest)) => {
            memory.read = Some(Reading { key, at: walk.now, digest });
            memory.waiting = None;
            key.file(digest)
        }
        Ok(None) => unsettled(path, key, memory, walk),
        Err(error) if error.kind() == io::ErrorKind::NotFound => unsettled(path, key, memory, walk),
        Err(error) => Sighting::Unknown { reason: Unseen::Unreadable(error.to_string()) },
    }
}

/// Whether the entries of a folder have been still, so that a missing one is really gone: an editor
/// that renames the old file away leaves its name free for a moment.
pub(super) fn entries_are_still(folder: &Metadata, now: SystemTime) -> bool {
    let changed = StatKey::of(folder).changed;
    match now.duration_since(changed) {
        Ok(still) => still >= QUIET,
        // It changed after `now` was read. Far in the future it is the disk's clock that is wrong,
        // and says nothing; then the quiet of the events has to do.
        Err(future) => future.duration() > COARSE_GRAIN,
    }
}

fn unsettled(path: &ProjectPath, key: StatKey, memory: &mut Memory, walk: &mut Walk<'_>) -> Sighting {
    match memory.waiting {
        Some((same, _)) if same == key => (),
        _ => memory.waiting = Some((key, walk.now)),
    }
    walk.unsettled.insert(path.clone());
    Sighting::Unknown { reason: Unseen::Unsettled }
}

fn is_still(key: &StatKey, memory: &Memory, now: SystemTime) -> bool {
    let emptied = key.size == 0 && memory.read.is_some_and(|it| it.key.size > 0);
    let quiet = if emptied { QUIET_IF_EMPTIED } else { QUIET };
    let for_long = |since: SystemTime| now.duration_since(since).is_ok_and(|still| still >= quiet);
    // The stamp says since when; where it lies in the future, two equal looks have to.
    for_long(key.changed) || memory.waiting.is_some_and(|(same, since)| same == *key && for_long(since))
}

/// The digest of the bytes, if the file was `key` before and after reading them.
fn read(place: &Path, key: &StatKey, buffer: &mut Vec<u8>) -> io::Result<Option<Digest>> {
    let mut file = stream::open_plain(place)?;
    if StatKey::of(&file.metadata()?) != *key {
        return Ok(None);
    }
    let digest = digest(&mut file, buffer)?;
    Ok((StatKey::of(&file.metadata()?) == *key).then_some(digest))
}

fn digest(file: &mut File, buffer: &mut Vec<u8>) -> io::Result<Digest> {
    buffer.resize(PIECE, 0);
    let mut hasher = Hasher::new();
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

fn too_large(path: &ProjectPath, size: u64, limits: Limits) -> Option<Unseen> {
    match path.below("assets") {
        Some(_) => (size > limits.asset).then_some(Unseen::AssetTooLarge { size }),
        None => (size > limits.script).then_some(Unseen::ScriptTooLarge { size }),
    }
}

impl Reading {
    fn is_trusted(&self, key: &StatKey) -> bool {
        let fraction = key.changed.duration_since(UNIX_EPOCH).map_or(0, |it| it.subsec_nanos());
        let grain = if fraction == 0 { COARSE_GRAIN } else { GRAIN };
        self.key == *key && self.at > key.changed + grain
    }
}

impl StatKey {
    #[cfg(unix)]
    fn of(stat: &Metadata) -> StatKey {
        use std::os::unix::fs::MetadataExt as _;
        let time = |seconds: i64, nanos: i64| {
            let seconds = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            UNIX_EPOCH + seconds + Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
        };
        StatKey {
            modified: time(stat.mtime(), stat.mtime_nsec()),
            changed: time(stat.ctime(), stat.ctime_nsec()),
            size: stat.size(),
            inode: stat.ino(),
            device: stat.dev(),
        }
    }

    /// Without inodes: a file that was replaced has another time of creation.
    #[cfg(not(unix))]
    fn of(stat: &Metadata) -> StatKey {
        let modified = stat.modified().unwrap_or(UNIX_EPOCH);
        let created = stat.created().unwrap_or(UNIX_EPOCH);
        let inode = created.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_nanos() as u64);
        StatKey { modified, changed: modified, size: stat.len(), inode, device: 0 }
    }

    fn file(&self, digest: Digest) -> Sighting {
        Sighting::File { digest, size: self.size, modified_ms: crate::utc::millis(self.modified) }
    }
}
