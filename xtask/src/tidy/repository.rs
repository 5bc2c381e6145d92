//! [`Repository`]: everything tidy looks at, as values. [`read`] is the only function with a disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::Finding;
use super::syntax::{self, Source};

/// Path from the root, with `/` → text.
pub(crate) type Files = BTreeMap<String, String>;

/// The text files of the repository, and what was read out of them.
pub(crate) struct Repository {
    pub(crate) files: Files,
    pub(crate) members: Vec<Member>,
    /// Every Rust file that parses.
    pub(crate) sources: Vec<Source>,
}

/// A crate of the workspace: a folder of the root with a `Cargo.toml`.
pub(crate) struct Member {
    /// The folder, which is the crate's name without `bowline-`.
    pub(crate) name: String,
    pub(crate) manifest: toml::Table,
}

impl Repository {
    /// Reads manifests and sources out of `files`; what cannot be read is a finding.
    pub(crate) fn parse(files: Files) -> (Repository, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut members = Vec::new();
        let mut sources = Vec::new();
        for (path, text) in &files {
            if let Some(name) = path.strip_suffix("/Cargo.toml").filter(|folder| !folder.contains('/')) {
                match text.parse() {
                    Ok(manifest) => members.push(Member { name: name.to_owned(), manifest }),
                    Err(error) => findings.push(Finding::new(path, format!("does not parse: {error}"))),
                }
            }
            if path.ends_with(".rs") {
                match syntax::read(path, text) {
                    Ok(source) => sources.push(source),
                    Err(error) => findings.push(Finding::new(path, format!("does not parse: {error}"))),
                }
            }
        }
        syntax::mark_test_modules(&mut sources);
        (Repository { files, members, sources }, findings)
    }
}

/// Built, fetched or private: nothing the repository answers for.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", ".bowline"];

/// The files of the folder `root` that hold text.
pub(crate) fn read(root: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    read_below(root, "", &mut files)?;
    Ok(files)
}

fn read_below(folder: &Path, prefix: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            read_below(&entry.path(), &format!("{path}/"), files)?;
        } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
            files.insert(path, text);
        }
    }
    Ok(())
}
