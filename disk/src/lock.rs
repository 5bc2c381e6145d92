//! One daemon per project: an advisory lock on `.bowline/lock`, which the system releases when its
//! holder dies, however it dies. The content says whom to ask.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use bowline_model::layout::STATE_FOLDER;
use serde::{Deserialize, Serialize};

/// The lock of one project, until it is dropped.
#[derive(Debug)]
pub struct ProjectLock {
    file: File,
    place: PathBuf,
}

/// Why the lock was not given.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon has it.
    #[error("another bowline (process {pid}, port {port}) has this project open")]
    Held {
        /// Its process; 0 if it has not said yet.
        pid: u32,
        /// Its control port; 0 if it has none yet.
        port: u16,
    },
    /// The lock file cannot be used.
    #[error("cannot use the lock file {place}")]
    Io {
        /// Where it is.
        place: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize, Default)]
struct Holder {
    pid: u32,
    port: u16,
}

impl ProjectLock {
    /// Takes the lock of the project at `root`, for this process.
    ///
    /// # Errors
    /// [`LockError::Held`] if another daemon has it, at once.
    pub fn take(root: &Path) -> Result<ProjectLock, LockError> {
        let place = root.join(STATE_FOLDER).join("lock");
        let io = |source| LockError::Io { place: place.clone(), source };
        fs::create_dir_all(root.join(STATE_FOLDER)).map_err(io)?;
        // Not truncated: until we have the lock, the content is somebody else's.
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&place);
        let file = file.map_err(io)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                let Holder { pid, port } = read_holder(&file);
                return Err(LockError::Held { pid, port });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let mut lock = ProjectLock { file, place };
        lock.announce(0)?;
        Ok(lock)
    }

    /// Tells others on which port this daemon answers.
    ///
    /// # Errors
    /// If the lock file cannot be written.
    pub fn announce(&mut self, port: u16) -> Result<(), LockError> {
        let holder = Holder { pid: std::process::id(), port };
        let text = serde_json::to_string(&holder).expect("numbers are always JSON");
        let written = (|| {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(text.as_bytes())
        })();
        written.map_err(|source| LockError::Io { place: self.place.clone(), source })
    }
}

/// Who holds it, as far as they said. Some systems do not let us read a locked file.
fn read_holder(mut file: &File) -> Holder {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => Holder::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_daemon_hears_whom_to_ask() {
        let root = tempfile::tempdir().unwrap();
        let mut first = ProjectLock::take(root.path()).unwrap();
        first.announce(4711).unwrap();
        let refused = ProjectLock::take(root.path()).unwrap_err();
        let expected =
            format!("another bowline (process {}, port 4711) has this project open", std::process::id());
        assert_eq!(refused.to_string(), expected);
        drop(first);
        ProjectLock::take(root.path()).unwrap();
    }
}
