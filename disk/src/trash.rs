//! What we removed from the tree, for as long as people like: `.bowline/trash/<time>[-n]/` holds
//! `kept/<path>` and a `trash.json` that says why. Nothing is ever removed from here by itself.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use bowline_model::layout::TEMPORARY_PREFIX;
use bowline_model::{Digest, Problem, ProjectPath};
use serde::{Deserialize, Serialize};

use crate::conflicts::names_in;
use crate::{DiskError, Folder, rename, utc};

/// Why something is put into the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrashNote {
    /// In words people read: "deleted in the world by ann".
    pub why: String,
    /// When, in whole seconds once written.
    pub when: SystemTime,
}

/// One thing in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrashEntry {
    /// What [`Folder::restore`] takes.
    pub id: String,
    /// Where it was.
    pub path: ProjectPath,
    /// Its content; `None` for a folder.
    pub digest: Option<Digest>,
    /// Why and when it came here.
    pub note: TrashNote,
}

/// `trash.json`.
#[derive(Serialize, Deserialize)]
struct EntryFile {
    path: String,
    digest: Option<String>,
    why: String,
    when: String,
}

/// Written last, so an entry that has it is whole.
const ENTRY: &str = "trash.json";

impl Folder {
    /// What is in the trash, oldest first, and what is wrong with entries somebody changed.
    ///
    /// # Errors
    /// Only if the trash cannot be listed.
    pub fn trash(&self) -> Result<(Vec<TrashEntry>, Vec<Problem>), DiskError> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for id in names_in(&self.state("trash"))? {
            if id.starts_with(TEMPORARY_PREFIX) {
                continue;
            }
            match self.read_entry(&id) {
                Ok(entry) => found.push(entry),
                Err(why) => {
                    problems.push(Problem::file("bad_trash_entry", format!(".bowline/trash/{id}"), why))
                }
            }
        }
        found.sort_by(|a, b| (a.note.when, &a.id).cmp(&(b.note.when, &b.id)));
        Ok((found, problems))
    }

    /// Puts an entry back where it was; where it is now. If that name is taken, it becomes
    /// `<name>.restored`, `<name>.restored-2`, …: neither is lost, and neither extension is run.
    ///
    /// # Errors
    /// [`DiskError::NoEntry`], or the disk's own; the entry stays then.
    pub fn restore(&self, id: &str) -> Result<ProjectPath, DiskError> {
        let no_entry = |_| DiskError::NoEntry(id.to_owned());
        let is_name = ProjectPath::parse(id).map_err(|_| DiskError::NoEntry(id.to_owned()))?;
        let entry = self.read_entry(is_name.as_str()).map_err(no_entry)?;
        let kept = self.state("trash").join(id).join("kept");
        let source = kept.join(entry.path.as_str());
        for n in 0u32.. {
            let target = restored_name(&entry.path, n)?;
            self.make_parents(&target)?;
            match self.carry(&source, &self.plain_place(&target)?) {
                Ok(()) => {
                    self.remove_husk(id);
                    return Ok(target);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
                Err(error) => return Err(self.about(&target, "restore", error)),
            }
        }
        unreachable!("the numbers do not run out before the disk does")
    }

    /// Files a copy of object `digest`.
    pub(crate) fn file_in_trash(
        &self,
        path: &ProjectPath,
        digest: Digest,
        note: &TrashNote,
    ) -> Result<String, DiskError> {
        let building = self.state("trash").join(self.fresh_name());
        let kept = building.join("kept").join(path.as_str());
        make_folder_of(&kept)?;
        self.objects.copy_to(digest, &kept)?;
        write_entry(&building, path, Some(digest), note)?;
        self.publish_in_trash(&building, note.when)
    }

    /// Moves whatever is at `place` into the trash, unread.
    pub(crate) fn move_to_trash(
        &self,
        place: &Path,
        path: &ProjectPath,
        note: &TrashNote,
    ) -> Result<String, DiskError> {
        let building = self.state("trash").join(self.fresh_name());
        let kept = building.join("kept").join(path.as_str());
        make_folder_of(&kept)?;
        // Before the move, not after: should we die between the two, recovery finds a whole entry.
        write_entry(&building, path, None, note)?;
        self.carry(place, &kept).map_err(DiskError::io("move", place))?;
        self.publish_in_trash(&building, note.when)
    }

    pub(crate) fn publish_in_trash(&self, building: &Path, when: SystemTime) -> Result<String, DiskError> {
        self.publish(building, |name| Ok(self.state("trash").join(name)), &utc::stamp(when))
    }

    /// Moves a file or folder, also to another file system, replacing nothing.
    fn carry(&self, from: &Path, to: &Path) -> io::Result<()> {
        match self.renames.noreplace(from, to) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => carry_across(from, to),
            other => other,
        }
    }

    fn read_entry(&self, id: &str) -> Result<TrashEntry, String> {
        let place = self.state("trash").join(id).join(ENTRY);
        let text = fs::read(place).map_err(|error| format!("it cannot be read: {error}"))?;
        let file: EntryFile =
            serde_json::from_slice(&text).map_err(|error| format!("it does not read: {error}"))?;
        let path = ProjectPath::parse(&file.path).map_err(|error| error.to_string())?;
        let digest = file.digest.map(|it| it.parse()).transpose();
        let digest = digest.map_err(|error: bowline_model::digest::BadDigest| error.to_string())?;
        let when = utc::parse(&file.when).unwrap_or(SystemTime::UNIX_EPOCH);
        Ok(TrashEntry { id: id.to_owned(), path, digest, note: TrashNote { why: file.why, when } })
    }

    /// Removes what is left of an entry whose content is back in the tree: its note and the empty
    /// folders. Anything somebody added keeps its folder in place.
    fn remove_husk(&self, id: &str) {
        let entry = self.state("trash").join(id);
        remove_empty_folders(&entry.join("kept"));
        if fs::symlink_metadata(entry.join("kept")).is_err() {
            let removed = fs::remove_file(entry.join(ENTRY)).and_then(|()| fs::remove_dir(&entry));
            if let Err(error) = removed {
                tracing::debug!(id, %error, "the husk of a restored entry stays");
            }
        }
    }
}

/// The `n`th name to try for something restored.
fn restored_name(path: &ProjectPath, n: u32) -> Result<ProjectPath, DiskError> {
    Ok(match n {
        0 => path.clone(),
        1 => ProjectPath::parse(&format!("{path}.restored"))?,
        n => ProjectPath::parse(&format!("{path}.restored-{n}"))?,
    })
}

fn write_entry(
    building: &Path,
    path: &ProjectPath,
    digest: Option<Digest>,
    note: &TrashNote,
) -> Result<(), DiskError> {
    let file = EntryFile {
        path: path.to_string(),
        digest: digest.map(|it| it.to_string()),
        why: note.why.clone(),
        when: utc::rfc3339(note.when),
    };
    let text = serde_json::to_string_pretty(&file).expect("strings are always JSON") + "\n";
    let place = building.join(ENTRY);
    fs::write(&place, text).map_err(DiskError::io("write", &place))
}

/// Whether recovery should finish this half-made entry rather than undo it.
pub(crate) fn is_whole(building: &Path) -> bool {
    let text = fs::read(building.join(ENTRY)).ok();
    text.is_some_and(|text| serde_json::from_slice::<EntryFile>(&text).is_ok())
}

fn make_folder_of(place: &Path) -> Result<(), DiskError> {
    let folder = place.parent().unwrap_or(place);
    fs::create_dir_all(folder).map_err(DiskError::io("create", folder))
}

fn carry_across(from: &Path, to: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(from)?;
    if kind.is_file() {
        return rename::copy_across(from, to);
    }
    if !kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "neither a file nor a folder"));
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        carry_across(&from.join(&name), &to.join(&name))?;
    }
    fs::remove_dir(from)
}

fn remove_empty_folders(place: &Path) {
    if let Ok(listing) = fs::read_dir(place) {
        for entry in listing.flatten().filter(|it| it.file_type().is_ok_and(|it| it.is_dir())) {
            remove_empty_folders(&entry.path());
        }
    }
    // Fails, as it should, while anything is inside.
    if let Err(error) = fs::remove_dir(place) {
        tracing::trace!(place = %place.display(), %error, "a folder stays");
    }
}
