//! The losing side of a conflict, where its author sees it: `apps/<App>/.conflicts/<time>/` holds
//! the file byte for byte, under its path below the app, and a `conflict.json` that says what
//! happened. Files outside of apps go to `.conflicts/<time>/` at the top.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use bowline_model::layout::{CONFLICTS_FOLDER, TEMPORARY_PREFIX};
use bowline_model::{Digest, Problem, ProjectPath};
use serde::{Deserialize, Serialize};

use crate::write::app_of;
use crate::{DiskError, Folder, TrashNote, utc};

/// A side of the mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The project folder.
    Local,
    /// The world.
    World,
}

/// What is known about a conflict when its loser is filed. A side that holds nothing is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictNote {
    /// What both sides last agreed on.
    pub base: Option<Digest>,
    /// What the folder held.
    pub local: Option<Digest>,
    /// What the world held.
    pub remote: Option<Digest>,
    /// Whose content is in place now.
    pub winner: Side,
    /// Who changed the other side, if it said.
    pub who: Option<String>,
    /// When it was noticed, in whole seconds once written.
    pub when: SystemTime,
}

/// One conflict that nobody has dealt with yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Its folder; the name to call it by.
    pub folder: ProjectPath,
    /// The app it is about, if it is about one.
    pub app: Option<String>,
    /// The file both sides changed.
    pub path: ProjectPath,
    /// Where the loser's bytes are.
    pub kept: ProjectPath,
    /// The rest.
    pub note: ConflictNote,
}

/// `conflict.json`.
#[derive(Serialize, Deserialize)]
struct NoteFile {
    path: String,
    kept: String,
    base: Option<String>,
    local: Option<String>,
    remote: Option<String>,
    winner: Side,
    who: Option<String>,
    when: String,
}

const NOTE: &str = "conflict.json";

impl Folder {
    /// Files `content`, an object, as what `path` would have held had it won. The folder that holds
    /// it now.
    ///
    /// # Errors
    /// [`DiskError::NoObject`], or the disk's own. Nothing half made is ever visible.
    pub fn file_loser(
        &self,
        path: &ProjectPath,
        content: Digest,
        note: &ConflictNote,
    ) -> Result<ProjectPath, DiskError> {
        let (shelf, rest) = shelf_and_rest(path)?;
        // Built under a reserved name and renamed whole: a listing never meets half a conflict.
        let building = shelf.join(&self.fresh_name())?;
        let kept = building.join(&rest)?;
        self.make_parents(&kept)?;
        self.objects.copy_to(content, &self.place(&kept))?;
        let text = note_text(path, &rest, note);
        let place = self.place(&building.join(NOTE)?);
        fs::write(&place, text).map_err(DiskError::io("write", &place))?;
        let stamp = utc::stamp(note.when);
        self.publish(&self.place(&building), |name| Ok(self.place(&shelf.join(name)?)), &stamp)
            .and_then(|name| Ok(shelf.join(&name)?))
    }

    /// Every conflict that is still filed, oldest first, and what is wrong with those whose
    /// `conflict.json` somebody changed.
    ///
    /// # Errors
    /// Never for one bad entry; only if a folder that exists cannot be listed.
    pub fn conflicts(&self) -> Result<(Vec<Conflict>, Vec<Problem>), DiskError> {
        let mut shelves = vec![CONFLICTS_FOLDER.to_owned()];
        for app in names_in(&self.root().join("apps"))? {
            shelves.push(format!("apps/{app}/{CONFLICTS_FOLDER}"));
        }
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for shelf in shelves {
            for name in names_in(&self.root().join(&shelf))? {
                let Ok(folder) = ProjectPath::parse(&format!("{shelf}/{name}")) else { continue };
                if name.starts_with(TEMPORARY_PREFIX) || !self.place(&folder).is_dir() {
                    continue;
                }
                match self.read_conflict(&folder) {
                    Ok(conflict) => found.push(conflict),
                    Err(why) => problems.push(
                        Problem::file("bad_conflict_note", format!("{folder}/{NOTE}"), why)
                            .help("the kept files are still in that folder"),
                    ),
                }
            }
        }
        found.sort_by(|a, b| (a.note.when, &a.folder).cmp(&(b.note.when, &b.folder)));
        Ok((found, problems))
    }

    /// Moves a conflict that has been dealt with to the trash; its id there.
    ///
    /// # Errors
    /// [`DiskError::NoEntry`] if `folder` is no conflict folder.
    pub fn remove_conflict(&self, folder: &ProjectPath, now: SystemTime) -> Result<String, DiskError> {
        let place = self.plain_place(folder)?;
        let is_entry = folder.parent().is_some_and(|it| it.file_name() == CONFLICTS_FOLDER);
        let is_folder = fs::symlink_metadata(&place).is_ok_and(|it| it.is_dir());
        if !is_entry || !is_folder {
            return Err(DiskError::NoEntry(folder.to_string()));
        }
        self.move_to_trash(&place, folder, &TrashNote { why: "conflict resolved".to_owned(), when: now })
    }

    fn read_conflict(&self, folder: &ProjectPath) -> Result<Conflict, String> {
        let place = self.place(folder).join(NOTE);
        let text = fs::read(place).map_err(|error| format!("it cannot be read: {error}"))?;
        let file: NoteFile =
            serde_json::from_slice(&text).map_err(|error| format!("it does not read: {error}"))?;
        let path = ProjectPath::parse(&file.path).map_err(|error| error.to_string())?;
        let kept = folder.join(&file.kept).map_err(|error| error.to_string())?;
        let digest = |it: Option<String>| it.map(|it| it.parse::<Digest>()).transpose();
        let note = (|| {
            Ok::<_, bowline_model::digest::BadDigest>(ConflictNote {
                base: digest(file.base)?,
                local: digest(file.local)?,
                remote: digest(file.remote)?,
                winner: file.winner,
                who: file.who,
                when: utc::parse(&file.when).unwrap_or(SystemTime::UNIX_EPOCH),
            })
        })();
        let note = note.map_err(|error| error.to_string())?;
        Ok(Conflict { folder: folder.clone(), app: app_of(folder).map(str::to_owned), path, kept, note })
    }

    /// Renames `building` to the first of `stamp`, `stamp-2`, … that is free. The name it got.
    pub(crate) fn publish(
        &self,
        building: &Path,
        place_of: impl Fn(&str) -> Result<std::path::PathBuf, DiskError>,
        stamp: &str,
    ) -> Result<String, DiskError> {
        for n in 1u32.. {
            let name = if n == 1 { stamp.to_owned() } else { format!("{stamp}-{n}") };
            match self.renames.noreplace(building, &place_of(&name)?) {
                Ok(()) => return Ok(name),
                Err(error) if is_taken(&error) => (),
                Err(error) => return Err(DiskError::io("rename", building)(error)),
            }
        }
        unreachable!("the numbers do not run out before the disk does")
    }
}

/// Systems differ in what they call a name that a folder has.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty)
}

/// The `.conflicts` folder for `path`, and where it goes inside one of its entries.
fn shelf_and_rest(path: &ProjectPath) -> Result<(ProjectPath, String), DiskError> {
    let in_app = app_of(path).and_then(|app| Some((app, path.below("apps")?.split_once('/')?.1)));
    let (shelf, rest) = match in_app {
        Some((app, rest)) => (format!("apps/{app}/{CONFLICTS_FOLDER}"), rest),
        None => (CONFLICTS_FOLDER.to_owned(), path.as_str()),
    };
    let first = rest.split('/').next().unwrap_or(rest);
    // A file that would take the place of our own note.
    let rest = if first.eq_ignore_ascii_case(NOTE) { format!("kept/{rest}") } else { rest.to_owned() };
    Ok((ProjectPath::parse(&shelf)?, rest))
}

fn note_text(path: &ProjectPath, kept: &str, note: &ConflictNote) -> String {
    let digest = |it: Option<Digest>| it.map(|it| it.to_string());
    let file = NoteFile {
        path: path.to_string(),
        kept: kept.to_owned(),
        base: digest(note.base),
        local: digest(note.local),
        remote: digest(note.remote),
        winner: note.winner,
        who: note.who.clone(),
        when: utc::rfc3339(note.when),
    };
    let text = serde_json::to_string_pretty(&file).expect("strings are always JSON");
    text + "\n"
}

/// The names in a folder, sorted; none if there is no such folder. Others than UTF-8 are not ours.
pub(crate) fn names_in(place: &Path) -> Result<Vec<String>, DiskError> {
    let listing = match fs::read_dir(place) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(DiskError::io("list", place)(error)),
    };
    let mut names: Vec<String> =
        listing.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}
