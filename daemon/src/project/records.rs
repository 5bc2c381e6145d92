//! The project's records as items: a file each.

use std::collections::BTreeMap;

use bowline_model::layout::{self, Place};
use bowline_model::{Group, Problem, ProjectPath};
use bowline_sync::sighting::{Seen, Sighting};

use super::{Project, Survey, modified};
use crate::records::{FileRecord, item};

impl Project {
    /// One that means nothing right now is unknown, not absent: the world keeps what it has.
    pub(super) fn survey_records(&mut self, survey: &mut Survey) {
        self.read_records();
        let group = Group::Records.to_string();
        let mut by_slug: BTreeMap<String, Vec<ProjectPath>> = BTreeMap::new();
        for (path, sighting) in &self.files {
            let Place::Record { slug } = layout::place(path) else { continue };
            by_slug.entry(slug).or_default().push(path.clone());
            let read = self.records.get(path);
            let seen = match read {
                Some(Ok(record)) => Seen::Present(record.digest),
                Some(Err(_)) | None => Seen::Unknown,
            };
            survey.items.insert(item(path), Sighting { seen, changed_at: modified(sighting) });
            match read {
                Some(Ok(record)) => drop(survey.records.insert(path.clone(), record.clone())),
                Some(Err(problem)) => survey.problems.entry(group.clone()).or_default().push(problem.clone()),
                None => (),
            }
        }
        for files in by_slug.into_values().filter(|it| it.len() > 1) {
            for file in &files {
                survey.items.insert(item(file), Sighting::of(Seen::Unknown));
                survey.records.remove(file);
            }
            survey.problems.entry(group.clone()).or_default().push(rivals(&files));
        }
    }

    /// Reads those that are not read yet.
    fn read_records(&mut self) {
        let files = &self.files;
        self.records.retain(|path, _| files.contains_key(path));
        for (path, sighting) in &self.files {
            let is_record = matches!(layout::place(path), Place::Record { .. });
            let digest = super::digest(sighting).filter(|_| is_record && !self.records.contains_key(path));
            if let Some(text) = digest.and_then(|it| self.texts.plain(&it)) {
                self.records.insert(path.clone(), FileRecord::read(path, text));
            }
        }
    }
}

fn rivals(files: &[ProjectPath]) -> Problem {
    let names: Vec<&str> = files.iter().map(ProjectPath::as_str).collect();
    let path = names.first().copied().unwrap_or_default();
    let message = format!("{} are one record of the world", names.join(" and "));
    Problem::file("two_files", path, message).help("keep one of them; until then the world keeps what it has")
}
