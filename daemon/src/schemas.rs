//! A project's own definitions, read beside the core ones: `schemas/*.json` are components,
//! `prefabs/*.json` prefabs, `strings/*.json` string catalogs.
//!
//! A file holds the payload of one record. Its name says which: `schemas/ui/label.json` is the component
//! `ui/label` of the project's own scope, `room/project`. Only reads; a running world does not load
//! these yet.

use std::collections::BTreeMap;
use std::path::Path;

use bowline_model::{Problem, ProjectPath, format};
use bowline_schema::scope::parts;
use bowline_schema::snapshot::Built;
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};

/// Whose the definitions in a project's folder are.
pub(crate) const PROJECT_SCOPE: &str = "room/project";

/// Where each kind is.
const FOLDERS: [(&str, RecordKind); 3] =
    [("schemas", RecordKind::Component), ("prefabs", RecordKind::Prefab), ("strings", RecordKind::Strings)];

/// All definitions a project has, and what is wrong with its files.
pub(crate) struct Definitions {
    pub(crate) built: Built,
    /// The file of each record of the project.
    pub(crate) files: BTreeMap<String, ProjectPath>,
    pub(crate) problems: Vec<Problem>,
    entries: Vec<Entry>,
}

impl Definitions {
    /// Reads the project at `root`.
    pub(crate) fn read(root: &Path) -> std::io::Result<Definitions> {
        let (mut entries, mut files, mut problems) = (core::records(), BTreeMap::new(), Vec::new());
        for (folder, kind) in FOLDERS {
            for path in json_files(root, folder)? {
                let text = std::fs::read_to_string(root.join(path.as_str()))?;
                match entry(&path, folder, kind, &text) {
                    Ok(entry) => {
                        files.insert(entry.slug.clone(), path);
                        entries.push(entry);
                    }
                    Err(problem) => problems.push(problem),
                }
            }
        }
        let built = Snapshot::build(&entries, &asking());
        problems.extend(built.problems.iter().map(|(slug, it)| at_file(slug, it, &files)));
        Ok(Definitions { built, files, problems, entries })
    }

    /// What these definitions would be with `changed` in place of the record of that slug.
    pub(crate) fn with(&self, changed: Entry) -> Built {
        let mut entries: Vec<Entry> =
            self.entries.iter().filter(|it| it.slug != changed.slug).cloned().collect();
        entries.push(changed);
        Snapshot::build(&entries, &asking())
    }
}

fn asking() -> Asking {
    Asking { scopes: vec![PROJECT_SCOPE.to_owned()], ..Asking::default() }
}

/// The record in a file, by the folder it is in.
pub(crate) fn entry(
    path: &ProjectPath,
    folder: &str,
    kind: RecordKind,
    text: &str,
) -> Result<Entry, Problem> {
    let payload = format::parse_json(path.as_str(), text)
        .map_err(|it| it.help("fix the file; until then its definition is not there"))?;
    let name =
        path.below(folder).unwrap_or_else(|| path.file_name()).trim_end_matches(".json").to_lowercase();
    let slug = format!("{PROJECT_SCOPE}/{}/{name}", kind.name());
    match parts(&slug) {
        Some(_) => Ok(Entry { slug, kind, version: 1, payload }),
        None => {
            Err(Problem::file("bad_slug", path.as_str(), "this file's name cannot be the name of a record")
                .help("use lower-case letters, digits and single dashes"))
        }
    }
}

fn at_file(slug: &str, problem: &bowline_schema::Problem, files: &BTreeMap<String, ProjectPath>) -> Problem {
    let path = files.get(slug).map_or(slug, |it| it.as_str());
    let place = if problem.pointer.is_empty() { String::new() } else { format!("{}: ", problem.pointer) };
    let expected = problem.expected.as_ref().map_or(String::new(), |it| format!(" (expected {it})"));
    let found = Problem::file(problem.code, path, format!("{place}{}{expected}", problem.message));
    match &problem.help {
        Some(help) => found.help(help.clone()),
        None => found,
    }
}

fn json_files(root: &Path, folder: &str) -> std::io::Result<Vec<ProjectPath>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let listing = match std::fs::read_dir(root.join(&folder)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            listing => listing?,
        };
        for entry in listing {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match entry.file_type()? {
                it if it.is_dir() => open.push(path),
                it if it.is_file() && path.ends_with(".json") => found.extend(ProjectPath::parse(&path)),
                _ => (),
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_adds_its_own_components_to_the_core_ones() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("schemas/ui")).unwrap();
        let write = |path: &str, text: &str| std::fs::write(dir.path().join(path), text).unwrap();
        write(
            "schemas/health.json",
            r#"{"doc": "How hurt it is.", "fields": [{"name": "points", "kind": "f32", "default": 100}]}"#,
        );
        write("schemas/ui/bad.json", r#"{"fields": [{"name": "x", "kind": "f33"}]}"#);
        let definitions = Definitions::read(dir.path()).unwrap();
        assert_eq!(definitions.built.snapshot.component("health").unwrap().fields[0].name, "points");
        assert!(definitions.built.snapshot.component("mesh").is_ok());
        assert_eq!(definitions.problems.len(), 1);
        assert_eq!(definitions.problems[0].path, "schemas/ui/bad.json");
    }
}
