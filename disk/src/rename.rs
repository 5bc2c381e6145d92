//! The three renames everything rests on, on every system: exchange two names, rename without
//! replacing, and the same by hand where a file system cannot.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Which calls to use. `Native` still falls back, call by call, when the file system says it
/// cannot: a project may span mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renames {
    /// `renameat2` on Linux, `renamex_np` on macOS.
    Native,
    /// Only what every system has. Chosen by tests, and on Windows.
    Portable,
}

impl Renames {
    pub(crate) fn of_this_system() -> Renames {
        if cfg!(any(target_os = "linux", target_os = "android", target_vendor = "apple")) {
            Renames::Native
        } else {
            Renames::Portable
        }
    }

    /// Swaps two names atomically; `ErrorKind::Unsupported` where that cannot be done.
    pub(crate) fn exchange(self, a: &Path, b: &Path) -> io::Result<()> {
        match self {
            Renames::Native => native::exchange(a, b).map_err(plainly_unsupported),
            Renames::Portable => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Renames a file, failing with `AlreadyExists` rather than replacing.
    pub(crate) fn noreplace(self, from: &Path, to: &Path) -> io::Result<()> {
        match self.noreplace_natively(from, to) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => by_hand(from, to),
            other => other,
        }
    }

    /// The same, in one call or not at all.
    pub(crate) fn noreplace_natively(self, from: &Path, to: &Path) -> io::Result<()> {
        match self {
            Renames::Native => native::noreplace(from, to).map_err(plainly_unsupported),
            Renames::Portable => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// `EINVAL` is how older kernels and some file systems say that they do not know a flag.
fn plainly_unsupported(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => io::ErrorKind::Unsupported.into(),
        _ => error,
    }
}

/// Link, then unlink: a hard link is never made over an existing name. A crash in between leaves
/// two names for one file, and recovery drops the staged one because its target holds the same.
fn by_hand(from: &Path, to: &Path) -> io::Result<()> {
    if fs::symlink_metadata(from)?.is_dir() {
        // Renaming a folder never replaces one that holds anything.
        return match fs::symlink_metadata(to) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(from, to),
        };
    }
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
            Err(error)
        }
        Err(_) => copy_across(from, to),
    }
}

/// Renames to a name that nobody else knows, and never by copying: the same inode has the new name,
/// or the error is `CrossesDevices`.
pub(crate) fn to_fresh_name(from: &Path, to: &Path) -> io::Result<()> {
    match fs::symlink_metadata(to) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// For file systems without hard links, and across file systems. Exclusive, but a reader may see
/// it half written; the original goes only once the copy is on the disk.
pub(crate) fn copy_across(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut copy = OpenOptions::new().write(true).create_new(true).open(to)?;
    let copied = io::copy(&mut source, &mut copy)
        .and_then(|_| copy.set_permissions(source.metadata()?.permissions()))
        .and_then(|()| copy.sync_all());
    if let Err(error) = copied {
        // Ours alone: `create_new` just made it.
        fs::remove_file(to)?;
        return Err(error);
    }
    fs::remove_file(from)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod native {
    use std::io;
    use std::path::Path;

    use rustix::fs::{CWD, RenameFlags, renameat_with};

    pub(super) fn exchange(a: &Path, b: &Path) -> io::Result<()> {
        Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
    }

    pub(super) fn noreplace(from: &Path, to: &Path) -> io::Result<()> {
        Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod native {
    use std::io;
    use std::path::Path;

    pub(super) fn exchange(_a: &Path, _b: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn noreplace(_from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
