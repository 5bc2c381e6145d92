//! Where displaced files wait before they go: an editor that still has one open may write into it
//! after we filed its content. After ten seconds we look again, and a late write is filed visibly.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bowline_model::{Digest, ProjectPath};

use crate::conflicts::{ConflictNote, Side};
use crate::journal::{Row, State};
use crate::write::gone;
use crate::{DiskError, Folder, Staged, rename, utc};

/// How long a displaced file is kept. Editors hold a file open for one save, which takes
/// milliseconds; formatters and linters on save for a few seconds.
pub const REST: Duration = Duration::from_secs(10);

/// What became of one displaced file.
#[derive(Debug)]
pub enum Burial {
    /// Somebody wrote into it after it was displaced. It is in this conflict folder now.
    LateWrite {
        /// The file it once was.
        target: ProjectPath,
        /// Where the late content is.
        folder: ProjectPath,
    },
    /// It could not be looked at or removed; it stays and is tried again.
    Stuck {
        /// The file it once was.
        target: ProjectPath,
        /// Why.
        error: DiskError,
    },
}

impl Folder {
    /// Removes displaced files that have rested for [`REST`] and still hold what was filed. Returns
    /// only what somebody should hear of. Call it every few seconds.
    pub fn bury(&self, now: SystemTime) -> Vec<Burial> {
        let rows = self.journal.rows().into_iter();
        let graves = rows.filter(|(_, row)| matches!(row.state, State::Grave | State::GraveInPlace));
        let due: Vec<_> = graves.filter(|(_, row)| has_rested(row, now)).collect();
        due.into_iter().filter_map(|(name, row)| self.bury_one(&name, &row, now)).collect()
    }

    /// Carries a file that has been filed as `digest` to the graveyard.
    pub(crate) fn bury_later(
        &self,
        staged: &Staged,
        digest: Digest,
        now: SystemTime,
    ) -> Result<(), DiskError> {
        let row = |state| Row {
            state,
            target: staged.target.clone(),
            digest: Some(digest),
            at_ms: utc::millis(now),
        };
        self.journal.write(&staged.name, row(State::Filed))?;
        let (from, to) = (self.place(&staged.name), self.grave(&staged.name));
        if from == to {
            return self.journal.write(&staged.name, row(State::Grave));
        }
        match rename::to_fresh_name(&from, &to) {
            Ok(()) => self.journal.write(&staged.name, row(State::Grave)),
            // A copy would cut the tie to the editor that may still write, so it waits where it is.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                self.journal.write(&staged.name, row(State::GraveInPlace))
            }
            Err(error) => Err(DiskError::io("move", &from)(error)),
        }
    }

    /// Where a file that once had the reserved name `name` rests.
    pub(crate) fn grave(&self, name: &ProjectPath) -> PathBuf {
        self.state("graveyard").join(name.file_name())
    }

    fn bury_one(&self, name: &ProjectPath, row: &Row, now: SystemTime) -> Option<Burial> {
        let place = match row.state {
            State::GraveInPlace => self.place(name),
            _ => self.grave(name),
        };
        let target = row.target.clone();
        match self.look_and_remove(&place, row, now) {
            Ok(late) => {
                self.journal.done(name);
                late.map(|folder| Burial::LateWrite { target, folder })
            }
            Err(error) => Some(Burial::Stuck { target, error }),
        }
    }

    /// The conflict folder of a late write, if there was one.
    fn look_and_remove(
        &self,
        place: &std::path::Path,
        row: &Row,
        now: SystemTime,
    ) -> Result<Option<ProjectPath>, DiskError> {
        if fs::symlink_metadata(place).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let digest = self.objects.park_file(place)?;
        let late = match row.digest {
            Some(filed) if filed == digest => None,
            filed => {
                let note = ConflictNote {
                    base: filed,
                    local: Some(digest),
                    remote: None,
                    winner: Side::World,
                    who: None,
                    when: now,
                };
                Some(self.file_loser(&row.target, digest, &note)?)
            }
        };
        let removed = fs::remove_file(place);
        if gone(removed) { Ok(late) } else { Err(DiskError::Denied(place.to_owned())) }
    }
}

/// A grave from the future is a clock that was set back, so only the distance counts.
fn has_rested(row: &Row, now: SystemTime) -> bool {
    let since = UNIX_EPOCH + Duration::from_millis(row.at_ms);
    let distance = now.duration_since(since).unwrap_or_else(|future| future.duration());
    distance >= REST
}
