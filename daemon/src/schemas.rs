//! A project's own definitions, read from its files beside the core ones, without a world. What a file
//! is to the mirror is `records.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use bowline_model::layout::{self, PROJECT_SCOPE, Place};
use bowline_model::{Problem, ProjectPath};
use bowline_schema::scope::parts;
use bowline_schema::snapshot::Built;
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};

use crate::ask::Edit;
use crate::records::FileRecord;
use crate::report::{Blame, Report};

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
        for path in record_files(root)? {
            let bytes = std::fs::read(root.join(path.as_str()))?;
            match FileRecord::read(&path, &String::from_utf8_lossy(&bytes)) {
                Ok(record) => {
                    files.insert(record.slug.clone(), path);
                    entries.push(record.entry());
                }
                Err(problem) => problems.push(problem),
            }
        }
        let built = Snapshot::build(&entries, &asking());
        problems.extend(built.problems.iter().map(|(slug, it)| at_file(slug, it, &files)));
        Ok(Definitions { built, files, problems, entries })
    }

    /// The project's own records.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|it| self.files.contains_key(&it.slug))
    }

    /// What these definitions would be with `edits` made.
    pub(crate) fn with(&self, edits: &[Edit]) -> Result<Built, Report> {
        let mut entries = self.entries.clone();
        for Edit { slug, payload, .. } in edits {
            entries.retain(|it| it.slug != *slug);
            let kind = parts(slug).and_then(|it| RecordKind::named(it.2.split('/').next()?));
            let Some(kind) = kind else {
                return Err(Report::new(Blame::User, "bad_slug", format!("`{slug}` names no record"))
                    .help("scope, kind, name: room/project/component/door"));
            };
            if !payload.is_null() {
                entries.push(Entry { slug: slug.clone(), kind, version: 1, payload: payload.clone() });
            }
        }
        Ok(Snapshot::build(&entries, &asking()))
    }
}

fn asking() -> Asking {
    Asking { scopes: vec![PROJECT_SCOPE.to_owned()], ..Asking::default() }
}

fn at_file(slug: &str, problem: &bowline_schema::Problem, files: &BTreeMap<String, ProjectPath>) -> Problem {
    problem.in_file(files.get(slug).map_or(slug, |it| it.as_str()))
}

/// The files of records, by path. What the mirror never looks at is not looked at here.
fn record_files(root: &Path) -> std::io::Result<Vec<ProjectPath>> {
    let mut found = Vec::new();
    let mut open: Vec<String> = layout::RECORDS.iter().map(|it| it.0.to_owned()).collect();
    while let Some(folder) = open.pop() {
        let listing = match std::fs::read_dir(root.join(&folder)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            listing => listing?,
        };
        for entry in listing {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            match entry.file_type()? {
                _ if layout::is_skipped(&name) => (),
                it if it.is_dir() => open.push(path),
                it if it.is_file() => found.extend(ProjectPath::parse(&path)),
                _ => (),
            }
        }
    }
    found.retain(|it| matches!(layout::place(it), Place::Record { .. }));
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
