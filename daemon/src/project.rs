//! The folder as the mirror sees it: files in, items out.
//!
//! [`Project`] remembers what the scan last saw of each file and what each content says (parsed once
//! per content). [`Project::survey`] turns that into items with digests, the apps they belong to, and
//! the problems that keep an app from being deployed. It reads nothing itself: texts arrive by
//! [`Project::learn`]. The world's side of the same is `remote.rs`.

mod app;
mod texts;
mod unseen;

use std::collections::{BTreeMap, BTreeSet};

use bowline_disk::Sighting as FileSighting;
use bowline_model::format::world::FileWorld;
use bowline_model::layout::{self, Place};
use bowline_model::{Digest, ItemId, Problem, ProjectPath};
use bowline_script::ScriptFormat;
use bowline_sync::sighting::{Millis, Seen, Sighting};

pub(crate) use app::AppFiles;
use texts::Texts;

/// What is known of a folder.
#[derive(Default)]
pub(crate) struct Project {
    files: BTreeMap<ProjectPath, FileSighting>,
    texts: Texts,
    unnameable: Vec<Problem>,
    hints: BTreeMap<String, Hint>,
}

/// What the world says of an app that the folder does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The blueprint that owns its scripts.
    pub(crate) root: String,
    /// The module it starts with; it stays that as long as the file is there.
    pub(crate) entry: Option<ProjectPath>,
    /// The format of its scripts, for as long as the folder has no entry to tell it.
    pub(crate) format: Option<ScriptFormat>,
}

/// The folder, as items.
#[derive(Default, Clone)]
pub(crate) struct Survey {
    /// Everything the folder holds. What is not named is absent.
    pub(crate) items: BTreeMap<ItemId, Sighting>,
    /// The apps, with what a deploy needs to know.
    pub(crate) apps: BTreeMap<String, AppFiles>,
    /// What `world.json` says.
    pub(crate) layout: FileWorld,
    /// What keeps an app's modules from being deployed.
    pub(crate) blocked: BTreeMap<String, Vec<Problem>>,
    /// Everything wrong, by app; findings that belong to no app are under the empty name.
    pub(crate) problems: BTreeMap<String, Vec<Problem>>,
}

impl Project {
    /// Takes in what a scan saw, and the names in it that are no paths.
    pub(crate) fn saw(&mut self, changes: BTreeMap<ProjectPath, FileSighting>, unnameable: Vec<Problem>) {
        for problem in unnameable {
            if !self.unnameable.contains(&problem) {
                self.unnameable.push(problem);
            }
        }
        for (path, sighting) in changes {
            match sighting {
                FileSighting::Absent => drop(self.files.remove(&path)),
                sighting => drop(self.files.insert(path, sighting)),
            }
        }
    }

    /// Takes in what the world says of the apps.
    pub(crate) fn prefer(&mut self, hints: BTreeMap<String, Hint>) {
        self.hints = hints;
    }

    /// Files whose text is needed and not known yet.
    pub(crate) fn unread(&self) -> Vec<(ProjectPath, Digest)> {
        self.files
            .iter()
            .filter_map(|(path, sighting)| Some((path, digest(sighting)?)))
            .filter(|(path, digest)| needs_text(path) && !self.texts.knows(path, digest))
            .map(|(path, digest)| (path.clone(), digest))
            .collect()
    }

    /// Takes in the bytes of a file that [`Project::unread`] named.
    pub(crate) fn learn(&mut self, path: &ProjectPath, bytes: &[u8]) {
        self.texts.learn(path, bytes);
    }

    /// Forgets texts that no file holds any more.
    pub(crate) fn forget_old_texts(&mut self) {
        let held: BTreeSet<Digest> = self.files.values().filter_map(digest).collect();
        self.texts.keep(&held);
    }

    /// What the scan last saw of a file.
    pub(crate) fn file(&self, path: &ProjectPath) -> Option<&FileSighting> {
        self.files.get(path)
    }

    /// The digest of a file that can be read.
    pub(crate) fn digest(&self, path: &ProjectPath) -> Option<Digest> {
        self.files.get(path).and_then(digest)
    }

    /// The files below `assets/` with this content.
    pub(crate) fn holders(&self, content: Digest) -> Vec<ProjectPath> {
        let holds = |(path, sighting): &(&ProjectPath, &FileSighting)| {
            layout::place(path) == Place::Asset && digest(sighting) == Some(content)
        };
        self.files.iter().filter(holds).map(|(path, _)| path.clone()).collect()
    }

    /// The text of a JSON file, as it was last seen.
    pub(crate) fn text(&self, path: &ProjectPath) -> Option<&str> {
        self.texts.json(&self.digest(path)?)
    }

    /// The folder, as items.
    pub(crate) fn survey(&self) -> Survey {
        let mut survey = Survey::default();
        for name in self.app_names() {
            app::survey(self, &name, &mut survey);
        }
        self.survey_layout(&mut survey);
        for (path, sighting) in &self.files {
            let FileSighting::Unknown { reason } = sighting else { continue };
            survey.problems.entry(app_of(path)).or_default().extend(unseen::problem(path, reason));
        }
        for problem in &self.unnameable {
            let app = ProjectPath::parse(&problem.path).map(|it| app_of(&it)).unwrap_or_default();
            survey.problems.entry(app).or_default().push(problem.clone());
        }
        survey.problems.retain(|_, problems| !problems.is_empty());
        survey
    }

    fn app_names(&self) -> BTreeSet<String> {
        let app = |path: &ProjectPath| match layout::place(path) {
            Place::AppScript { app, .. } | Place::Blueprint { app, .. } => Some(app),
            _ => None,
        };
        self.files.keys().filter_map(app).collect()
    }

    fn survey_layout(&self, survey: &mut Survey) {
        let Ok(path) = ProjectPath::parse(layout::WORLD_FILE) else { return };
        let Some(sighting) = self.files.get(&path) else { return };
        match self.text(&path).map(|text| layout_of(text, self)) {
            Some(Ok(world)) => survey.layout = world,
            Some(Err(problems)) => {
                survey.problems.entry(String::new()).or_default().extend(problems);
                return;
            }
            None => return,
        }
        let changed_at = modified(sighting);
        for (id, placement) in &survey.layout.entities {
            let seen = Seen::Present(placement.digest());
            survey.items.insert(ItemId::Entity { id: id.clone() }, Sighting { seen, changed_at });
        }
    }

    /// Whether `world.json` is there but cannot be understood: then no entity of it is known, and
    /// none of them is absent either.
    pub(crate) fn layout_is_unknown(&self) -> bool {
        let Ok(path) = ProjectPath::parse(layout::WORLD_FILE) else { return false };
        match self.files.get(&path) {
            None => false,
            Some(_) => self.text(&path).is_none_or(|text| layout_of(text, self).is_err()),
        }
    }

    fn asset(&self, path: &ProjectPath) -> Option<Digest> {
        self.digest(path)
    }
}

/// The app a path belongs to; empty for none.
fn app_of(path: &ProjectPath) -> String {
    path.below("apps").and_then(|it| it.split('/').next()).unwrap_or_default().to_owned()
}

fn layout_of(text: &str, project: &Project) -> Result<FileWorld, Vec<Problem>> {
    bowline_model::format::world::read(text, &|path| project.asset(path))
}

fn needs_text(path: &ProjectPath) -> bool {
    matches!(
        layout::place(path),
        Place::AppScript { .. } | Place::SharedScript { .. } | Place::Blueprint { .. } | Place::World
    )
}

fn digest(sighting: &FileSighting) -> Option<Digest> {
    match sighting {
        FileSighting::File { digest, .. } => Some(*digest),
        FileSighting::Absent | FileSighting::Unknown { .. } => None,
    }
}

fn modified(sighting: &FileSighting) -> Option<Millis> {
    match sighting {
        FileSighting::File { modified_ms, .. } => Some(*modified_ms),
        FileSighting::Absent | FileSighting::Unknown { .. } => None,
    }
}
