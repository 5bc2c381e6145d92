//! What this disk and this system can do, as plain values. It decides nothing and repairs nothing.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use bowline_model::layout::TEMPORARY_PREFIX;

use crate::DiskError;
use crate::rename::Renames;

/// Whether something works here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It was tried and worked.
    Yes,
    /// It was tried and did not.
    No,
}

/// What a disk does with two spellings of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// They are two files.
    Apart,
    /// They are one file.
    Folded,
}

/// What a project folder can count on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Swapping two files atomically. Without it a replaced file is missing for an instant.
    pub exchange: Support,
    /// Renaming without replacing, in one call.
    pub noreplace: Support,
    /// Hard links: the way around a missing `noreplace`.
    pub hard_links: Support,
    /// `a` and `A`.
    pub case: Names,
    /// `ü` composed and decomposed.
    pub unicode: Names,
    /// Whether our state folder is on the same file system, so that renames reach it.
    pub one_file_system: Support,
    /// How many folders this user may watch; `None` where there is no such limit.
    pub watches_max: Option<u64>,
    /// How many watchers this user may have.
    pub watchers_max: Option<u64>,
    /// How many events may wait.
    pub queued_events_max: Option<u64>,
    /// Bytes this user may still write; `None` if the system does not say.
    pub free_bytes: Option<u64>,
}

/// Tries things out in a folder of its own, with a reserved name, which is removed again.
///
/// # Errors
/// If `root` cannot be written at all.
pub fn survey(root: &Path) -> Result<Survey, DiskError> {
    let made = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempdir_in(root);
    let made = made.map_err(DiskError::io("create a folder in", root))?;
    let bench = made.path();
    let try_out = |name: &str, probe: fn(&Path, &Path) -> io::Result<()>| {
        let (a, b) = (bench.join(format!("{name}-a")), bench.join(format!("{name}-b")));
        let worked = File::create(&a).and_then(|_| probe(&a, &b)).is_ok();
        if worked { Support::Yes } else { Support::No }
    };
    Ok(Survey {
        exchange: try_out("exchange", |a, b| {
            File::create(b)?;
            Renames::Native.exchange(a, b)
        }),
        noreplace: try_out("noreplace", |a, b| Renames::Native.noreplace_natively(a, b)),
        hard_links: try_out("link", |a, b| fs::hard_link(a, b)),
        case: are_one(bench, ["case", "CASE"]),
        unicode: are_one(bench, ["\u{fc}", "u\u{308}"]),
        one_file_system: reaches_state(root, bench),
        watches_max: sysctl("fs.inotify.max_user_watches"),
        watchers_max: sysctl("fs.inotify.max_user_instances"),
        queued_events_max: sysctl("fs.inotify.max_queued_events"),
        free_bytes: free_bytes(root),
    })
}

/// A setting of the Linux kernel that is a number.
pub(crate) fn sysctl(name: &str) -> Option<u64> {
    let place = Path::new("/proc/sys").join(name.replace('.', "/"));
    fs::read_to_string(place).ok()?.trim().parse().ok()
}

fn are_one(bench: &Path, names: [&str; 2]) -> Names {
    let [one, other] = names.map(|it| bench.join(it));
    match File::create(one) {
        Ok(_) if fs::symlink_metadata(other).is_ok() => Names::Folded,
        _ => Names::Apart,
    }
}

fn reaches_state(root: &Path, bench: &Path) -> Support {
    let state = root.join(bowline_model::layout::STATE_FOLDER);
    // Not opened yet: it will be made right here.
    if fs::symlink_metadata(&state).is_err() {
        return Support::Yes;
    }
    let probe = bench.join("state");
    let there = state.join(bench.file_name().unwrap_or_default());
    let moved =
        File::create(&probe).and_then(|_| fs::rename(&probe, &there)).and_then(|()| fs::remove_file(&there));
    if moved.is_ok() { Support::Yes } else { Support::No }
}

#[cfg(unix)]
fn free_bytes(root: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(root).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_root: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survey_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".bowline")).unwrap();
        let survey = survey(root.path()).unwrap();
        assert_eq!(survey.hard_links, Support::Yes);
        assert_eq!(survey.one_file_system, Support::Yes);
        if cfg!(target_os = "linux") {
            assert!(survey.watches_max.is_some() && survey.free_bytes.is_some());
        }
        let left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, [".bowline"]);
        assert_eq!(fs::read_dir(root.path().join(".bowline")).unwrap().count(), 0);
    }
}
