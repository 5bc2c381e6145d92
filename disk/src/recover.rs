//! After a crash: every file with a reserved name goes where it belongs. Nothing is removed that is
//! not in the object store, and running it twice changes nothing more.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bowline_model::layout::{CONFLICTS_FOLDER, ROOTS, SKIPPED, STATE_FOLDER, TEMPORARY_PREFIX};
use bowline_model::{Digest, ProjectPath};

use crate::conflicts::{ConflictNote, Side, names_in};
use crate::folder::is_there;
use crate::journal::{Row, State};
use crate::{DiskError, Folder, Staged, TrashNote, stream, trash};

/// What became of one leftover. `target` is the file it was for.
#[derive(Debug)]
pub enum Recovered {
    /// It had been captured, its name was free, and it has it again.
    PutBack {
        /// The file that is back.
        target: ProjectPath,
    },
    /// It was ours, or the tree holds the same.
    Dropped {
        /// The file it was for.
        target: ProjectPath,
    },
    /// Both sides had agreed on it, so it is in the trash.
    Trashed {
        /// The file it was for.
        target: ProjectPath,
    },
    /// Somebody may miss it, so it is where they will see it.
    Conflict {
        /// The file it was for.
        target: ProjectPath,
        /// The conflict folder.
        folder: ProjectPath,
    },
    /// It stays where it is and is tried again next time.
    Failed {
        /// The file it was for.
        target: ProjectPath,
        /// Why.
        error: DiskError,
    },
}

/// How recovery asks whether both sides had agreed that this file holds this content. Without a
/// base say `|_, _| false`: at worst something agreed is shown as a conflict.
type Agreed<'a> = &'a dyn Fn(&ProjectPath, Digest) -> bool;

impl Folder {
    /// Files every leftover of a crash. Call it after opening, before the first scan.
    pub fn recover(&self, now: SystemTime, agreed: Agreed<'_>) -> Vec<Recovered> {
        let mut outcomes = Vec::new();
        for (name, row) in self.journal.rows() {
            let staged = Staged { name, target: row.target.clone() };
            outcomes.extend(self.recover_row(&staged, &row, now, agreed).unwrap_or_else(failed(&staged)));
        }
        for staged in self.strays() {
            let outcome = self.file_leftover(&staged, now, agreed).map(Some);
            outcomes.extend(outcome.unwrap_or_else(failed(&staged)));
        }
        self.finish_half_made(now);
        for burial in self.bury(now) {
            outcomes.push(burial.into());
        }
        outcomes
    }

    fn recover_row(
        &self,
        staged: &Staged,
        row: &Row,
        now: SystemTime,
        agreed: Agreed<'_>,
    ) -> Result<Option<Recovered>, DiskError> {
        let here = is_there(&self.place(&staged.name));
        match (row.state, here) {
            (State::Grave | State::GraveInPlace | State::Done, _) => Ok(None),
            (State::Filed, false) if is_there(&self.grave(&staged.name)) => {
                self.journal.write(&staged.name, Row { state: State::Grave, ..row.clone() })?;
                Ok(None)
            }
            (_, false) => {
                self.journal.done(&staged.name);
                Ok(None)
            }
            (State::Filed, true) => {
                let digest = self.park_plain(staged)?;
                self.bury_later(staged, row.digest.unwrap_or(digest), now)?;
                Ok(None)
            }
            (State::Staging | State::Staged, true) => {
                let digest = self.park_plain(staged)?;
                if row.state == State::Staged && Some(digest) != row.digest {
                    return self.file_leftover(staged, now, agreed).map(Some);
                }
                self.bury_later(staged, digest, now)?;
                Ok(Some(Recovered::Dropped { target: staged.target.clone() }))
            }
            (State::Captured, true) => match self.put_back(staged) {
                Ok(()) => Ok(Some(Recovered::PutBack { target: staged.target.clone() })),
                Err(DiskError::Exists(_)) => self.file_leftover(staged, now, agreed).map(Some),
                Err(error) => Err(error),
            },
            (State::Displaced, true) => self.file_leftover(staged, now, agreed).map(Some),
        }
    }

    /// Files what is under a staged name and not known to be ours.
    fn file_leftover(
        &self,
        staged: &Staged,
        now: SystemTime,
        agreed: Agreed<'_>,
    ) -> Result<Recovered, DiskError> {
        let target = staged.target.clone();
        let why = |why: &str| TrashNote { why: why.to_owned(), when: now };
        let digest = match self.park_plain(staged) {
            Ok(digest) => digest,
            Err(DiskError::NotAFile(_)) => {
                self.move_to_trash(
                    &self.place(&staged.name),
                    &target,
                    &why("left by a crash; no plain file"),
                )?;
                self.journal.done(&staged.name);
                return Ok(Recovered::Trashed { target });
            }
            Err(error) => return Err(error),
        };
        let held = stream::open_plain(&self.place(&target)).and_then(|mut it| stream::digest(&mut it)).ok();
        let held = held.map(|(held, _)| held);
        let recovered = if held == Some(digest) {
            Recovered::Dropped { target }
        } else if agreed(&target, digest) {
            self.file_in_trash(&target, digest, &why("replaced just before a crash"))?;
            Recovered::Trashed { target }
        } else {
            let note = ConflictNote {
                base: None,
                local: Some(digest),
                remote: held,
                winner: Side::World,
                who: None,
                when: now,
            };
            let folder = self.file_loser(&target, digest, &note)?;
            Recovered::Conflict { target, folder }
        };
        self.bury_later(staged, digest, now)?;
        Ok(recovered)
    }

    /// Files with a reserved name that the journal does not know: it was lost, or deleted. Whose
    /// they were is lost with it, so they are filed under a name made of their own.
    fn strays(&self) -> Vec<Staged> {
        let mut names = Vec::new();
        for root in ROOTS {
            self.find_reserved(&PathBuf::from(root), &mut names);
        }
        names.extend(
            names_in(self.root())
                .unwrap_or_default()
                .into_iter()
                .filter(|it| it.starts_with(TEMPORARY_PREFIX)),
        );
        let known = self.journal.rows();
        let mut strays = Vec::new();
        for name in names {
            let Ok(name) = ProjectPath::parse(&name) else { continue };
            if known.contains_key(&name) || fs::remove_dir(self.place(&name)).is_ok() {
                continue;
            }
            let target = name.as_str().replace(TEMPORARY_PREFIX, "recovered-");
            strays.extend(ProjectPath::parse(&target).ok().map(|target| Staged { name, target }));
        }
        strays.extend(self.unknown_graves());
        strays
    }

    /// Files in the graveyard without a row. They are treated as staged under that name.
    fn unknown_graves(&self) -> Vec<Staged> {
        let known = self.journal.rows();
        let rests: Vec<_> = known.keys().map(|it| it.file_name().to_owned()).collect();
        let names = names_in(&self.state("graveyard")).unwrap_or_default();
        let unknown = names.into_iter().filter(|it| !rests.contains(it));
        unknown
            .filter_map(|file| {
                let name = ProjectPath::parse(&format!("{STATE_FOLDER}/graveyard/{file}")).ok()?;
                let target = ProjectPath::parse(&file.replace(TEMPORARY_PREFIX, "recovered-")).ok()?;
                Some(Staged { name, target })
            })
            .collect()
    }

    fn find_reserved(&self, folder: &Path, names: &mut Vec<String>) {
        let Ok(listing) = fs::read_dir(self.root().join(folder)) else { return };
        for entry in listing.flatten() {
            let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
            let path = folder.join(&name);
            if name.starts_with(TEMPORARY_PREFIX) {
                names.extend(path.to_str().map(|it| it.replace('\\', "/")));
            } else if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                self.find_reserved(&path, names);
            }
        }
    }

    /// Entries of the trash and of `.conflicts` that a crash left half made. What they were made
    /// from is still where it was, unless they are whole; then they only lack their name.
    fn finish_half_made(&self, now: SystemTime) {
        let reserved = |place: PathBuf| {
            let names = names_in(&place).unwrap_or_default().into_iter();
            names.filter(|it| it.starts_with(TEMPORARY_PREFIX)).map(move |it| place.join(it))
        };
        for building in reserved(self.state("trash")) {
            let finished = match trash::is_whole(&building) {
                true => self.publish_in_trash(&building, now).map(|_| ()),
                false => self.park_and_remove(&building),
            };
            log_failure(&building, finished);
        }
        let apps = names_in(&self.root().join("apps")).unwrap_or_default();
        let shelves = apps.iter().map(|app| self.root().join("apps").join(app).join(CONFLICTS_FOLDER));
        for building in shelves.chain([self.root().join(CONFLICTS_FOLDER)]).flat_map(reserved) {
            log_failure(&building, self.park_and_remove(&building));
        }
        for copy in reserved(self.state("objects")) {
            // A copy of something that is removed only after the copy has its name.
            log_failure(&copy, fs::remove_file(&copy).map_err(DiskError::io("remove", &copy)));
        }
    }

    /// Removes half-made copies, each only once the object store holds it.
    fn park_and_remove(&self, place: &Path) -> Result<(), DiskError> {
        let kind = fs::symlink_metadata(place).map_err(DiskError::io("read", place))?;
        if !kind.is_dir() {
            self.objects.park_file(place)?;
            return fs::remove_file(place).map_err(DiskError::io("remove", place));
        }
        for name in names_in(place)? {
            self.park_and_remove(&place.join(name))?;
        }
        fs::remove_dir(place).map_err(DiskError::io("remove", place))
    }
}

impl From<crate::graveyard::Burial> for Recovered {
    fn from(burial: crate::graveyard::Burial) -> Recovered {
        match burial {
            crate::graveyard::Burial::LateWrite { target, folder } => Recovered::Conflict { target, folder },
            crate::graveyard::Burial::Stuck { target, error } => Recovered::Failed { target, error },
        }
    }
}

fn failed(staged: &Staged) -> impl FnOnce(DiskError) -> Option<Recovered> {
    let target = staged.target.clone();
    move |error| Some(Recovered::Failed { target, error })
}

/// Half-made copies hold nothing that is not elsewhere, so failing to tidy them is not news.
fn log_failure(place: &Path, result: Result<(), DiskError>) {
    if let Err(error) = result {
        tracing::warn!(place = %place.display(), %error, "half-made leftovers stay");
    }
}
