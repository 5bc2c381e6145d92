//! What another tool of this family left in `.lobby`: its own world and its own idea of what is in
//! sync. Bowline reads the targets there and nothing else, and changes nothing.

use std::fs;
use std::path::Path;

use super::{Finding, mend, well};

const FOLDER: &str = ".lobby";

pub(super) fn findings(root: &Path) -> Vec<Finding> {
    let folder = root.join(FOLDER);
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut findings = Vec::new();
    if folder.join("targets.json").is_file() {
        findings.push(well(".lobby/targets.json", "its worlds can be named with --target"));
    }
    for entry in entries.flatten().filter(|it| it.path().join("db.sqlite").is_file()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        findings.push(mend(
            ".lobby world",
            format!("`{name}` is the world of another tool; bowline does not open it"),
            format!("to mirror to it, start it with that tool and set WORLD_URL and WORLD_ID={name}; or delete .lobby/{name}"),
        ));
    }
    if folder.join("sync-state.json").is_file() {
        findings.push(mend(
            ".lobby/sync-state.json",
            "another tool has mirrored this folder",
            "do not run both at once: each would take the other's writes for edits",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_world_is_named_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert!(findings(dir.path()).is_empty());
        fs::create_dir_all(dir.path().join(".lobby/w1")).unwrap();
        fs::write(dir.path().join(".lobby/w1/db.sqlite"), "").unwrap();
        let findings = findings(dir.path());
        assert_eq!(findings.len(), 1);
        assert!(findings[0].found.starts_with("`w1`") && findings[0].help.is_some());
    }
}
