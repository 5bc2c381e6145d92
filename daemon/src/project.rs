//! The folder as the mirror sees it: files in, items out.
//!
//! [`Project`] remembers what the scan last saw of each file and what each content says (parsed once
//! per content). [`Project::survey`] turns that into items with digests, the apps they belong to, and
//! the problems that keep an app from being deployed. It reads nothing itself: texts arrive by
//! [`Project::learn`]. The world's side of the same is `remote.rs`.

mod app;
mod records;
mod texts;
mod unseen;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use bowline_disk::Sighting as FileSighting;
use bowline_model::format::world::FileWorld;
use bowline_model::layout::{self, Place};
use bowline_model::{Digest, Group, ItemId, Problem, ProjectPath};
use bowline_script::ScriptFormat;
use bowline_sync::sighting::{Millis, Seen, Sighting};

pub(crate) use app::AppFiles;
use texts::Texts;

use crate::records::FileRecord;

/// What is known of a folder.
#[derive(Default)]
pub(crate) struct Project {
    files: BTreeMap<ProjectPath, FileSighting>,
    texts: Texts,
    unnameable: Vec<Problem>,
    hints: BTreeMap<String, Hint>,
    /// The survey of each app by itself, until something it depends on changes: a save in one app
    /// must not cost more because there are a hundred others.
    surveyed: BTreeMap<String, Survey>,
    /// What each file of a record says, until it changes.
    records: BTreeMap<ProjectPath, Result<FileRecord, Problem>>,
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
    pub(crate) apps: BTreeMap<String, Arc<AppFiles>>,
    /// What `world.json` says.
    pub(crate) layout: FileWorld,
    /// What the files of records say.
    pub(crate) records: BTreeMap<ProjectPath, FileRecord>,
    /// What keeps an app's modules from being deployed.
    pub(crate) blocked: BTreeMap<String, Vec<Problem>>,
    /// Everything wrong, by app; findings that belong to no app are under the empty name.
    pub(crate) problems: BTreeMap<String, Vec<Problem>>,
}

impl Survey {
    /// Adds what was found of one app.
    fn extend(&mut self, app: &Survey) {
        self.items.extend(app.items.iter().map(|(item, it)| (item.clone(), *it)));
        self.apps.extend(app.apps.iter().map(|(name, it)| (name.clone(), it.clone())));
        self.blocked.extend(app.blocked.iter().map(|(name, it)| (name.clone(), it.clone())));
        self.problems.extend(app.problems.iter().map(|(name, it)| (name.clone(), it.clone())));
    }
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
            self.doubt(&path);
            match sighting {
                FileSighting::Absent => drop(self.files.remove(&path)),
                sighting => drop(self.files.insert(path, sighting)),
            }
        }
    }

    /// Forgets the names that are no paths: a scan of everything is about to say them again.
    pub(crate) fn forget_unnameable(&mut self) {
        self.unnameable.clear();
    }

    /// Takes in what the world says of the apps.
    pub(crate) fn prefer(&mut self, hints: BTreeMap<String, Hint>) {
        let Project { surveyed, hints: known, .. } = self;
        surveyed.retain(|app, _| known.get(app) == hints.get(app));
        self.hints = hints;
    }

    /// What was surveyed with another content of `path` does not count any more.
    fn doubt(&mut self, path: &ProjectPath) {
        match layout::place(path) {
            Place::World => (),
            Place::Record { .. } => drop(self.records.remove(path)),
            Place::AppScript { app, .. } | Place::Blueprint { app, .. } => drop(self.surveyed.remove(&app)),
            // Any app may import it, or name it.
            _ => self.surveyed.clear(),
        }
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
        self.doubt(path);
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

    /// The text of a file that is no script of an app, as it was last seen.
    pub(crate) fn text(&self, path: &ProjectPath) -> Option<&str> {
        self.texts.plain(&self.digest(path)?)
    }

    /// The folder, as items.
    pub(crate) fn survey(&mut self) -> Survey {
        let names = self.app_names();
        let mut surveyed = std::mem::take(&mut self.surveyed);
        surveyed.retain(|app, _| names.contains(app));
        let mut survey = Survey::default();
        for name in names {
            let app = surveyed.entry(name).or_insert_with_key(|name| app::survey(self, name));
            survey.extend(app);
        }
        self.surveyed = surveyed;
        self.survey_layout(&mut survey);
        self.survey_records(&mut survey);
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
        self.below("apps").filter_map(|(path, _)| app(path)).collect()
    }

    /// The files below `folder`, in order.
    fn below<'a>(
        &'a self,
        folder: &str,
    ) -> impl Iterator<Item = (&'a ProjectPath, &'a FileSighting)> + use<'a> {
        // `0` comes right after `/`.
        let (first, end) = (format!("{folder}/"), format!("{folder}0"));
        self.files.range::<str, _>((Bound::Included(first.as_str()), Bound::Excluded(end.as_str())))
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

/// The app a path belongs to; of a record, what all records belong to; empty for none.
fn app_of(path: &ProjectPath) -> String {
    if matches!(layout::place(path), Place::Record { .. }) {
        return Group::Records.to_string();
    }
    path.below("apps").and_then(|it| it.split('/').next()).unwrap_or_default().to_owned()
}

fn layout_of(text: &str, project: &Project) -> Result<FileWorld, Vec<Problem>> {
    bowline_model::format::world::read(text, &|path| project.asset(path))
}

fn needs_text(path: &ProjectPath) -> bool {
    matches!(
        layout::place(path),
        Place::AppScript { .. }
            | Place::SharedScript { .. }
            | Place::Blueprint { .. }
            | Place::Record { .. }
            | Place::World
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A project after these saves (`None` deletes), surveyed after each if `each`.
    fn project(saves: &[(&str, Option<&str>)], each: bool) -> Project {
        let mut project = Project::default();
        for (path, text) in saves {
            let path = ProjectPath::parse(path).unwrap();
            let sighting = text.map_or(FileSighting::Absent, |text| FileSighting::File {
                digest: Digest::of(text.as_bytes()),
                size: text.len() as u64,
                modified_ms: 1,
            });
            project.saw(BTreeMap::from([(path.clone(), sighting)]), Vec::new());
            if let Some(text) = text {
                project.learn(&path, text.as_bytes());
            }
            if each {
                project.survey();
            }
        }
        project
    }

    #[test]
    fn an_app_in_luau_is_an_app_like_any_other() {
        let mut project = project(
            &[
                ("apps/A/index.luau", Some("local say = require('./lib/say')\nreturn { on_start = say }\n")),
                ("apps/A/lib/say.luau", Some("local s = require('@shared/s')\nreturn function() end\n")),
                ("shared/s.luau", Some("return 1\n")),
                ("apps/B/src/index.luau", Some("local = 1\n")),
                ("apps/C/index.luau", Some("print('a body')\n")),
            ],
            false,
        );
        let survey = project.survey();
        let app = &survey.apps["A"];
        assert_eq!(app.entry.as_ref().map(ProjectPath::as_str), Some("index.luau"));
        assert_eq!(app.format, Some(bowline_script::ScriptFormat::Module));
        assert_eq!(
            app.modules.keys().map(ProjectPath::as_str).collect::<Vec<_>>(),
            ["@shared/s.luau", "index.luau", "lib/say.luau"]
        );
        assert_eq!(survey.apps["C"].format, Some(bowline_script::ScriptFormat::LegacyBody));
        let blocked: Vec<String> = survey.blocked.values().flatten().map(ToString::to_string).collect();
        assert_eq!(
            blocked,
            [
                "error[syntax_error]: expected identifier when parsing variable name, got '='\n  at apps/B/src/index.luau:1:7\n  help: correct it and save; until then the world keeps the version it has"
            ]
        );
    }

    #[test]
    fn what_was_surveyed_before_never_shows_in_what_is_surveyed_now() {
        let saves = [
            ("apps/A/index.js", Some("import { b } from './b.js'\nexport default () => {}\n")),
            ("apps/A/A.json", Some(r#"{"model": "assets/m.glb"}"#)),
            ("apps/B/index.js", Some("import { s } from '../../shared/s.js'\nexport default () => {}\n")),
            ("apps/A-2/index.js", Some("export default () => {}\n")),
            ("apps/A/b.js", Some("export const b = 1\n")),
            ("shared/s.js", Some("import { t } from './t.js'\nexport const s = t\n")),
            ("assets/m.glb", Some("glb")),
            ("shared/t.js", Some("export const t = 1\n")),
            ("apps/B/B.json", Some(r#"{"scriptFormat": "legacy-body"}"#)),
            ("assets/m.glb", Some("another")),
            ("apps/B/B.json", None),
            ("shared/s.js", None),
            ("apps/A/b.js", None),
            ("apps/A-2/index.js", None),
        ];
        for end in 1..=saves.len() {
            let (mut followed, mut fresh) = (project(&saves[..end], true), project(&saves[..end], false));
            let hints =
                || BTreeMap::from([("A".to_owned(), Hint { root: "A__X".to_owned(), ..Hint::default() })]);
            for hinted in [false, true] {
                if hinted {
                    followed.prefer(hints());
                    fresh.prefer(hints());
                }
                let (followed, fresh) = (followed.survey(), fresh.survey());
                assert_eq!(followed.items, fresh.items, "after {end} saves");
                assert_eq!(followed.blocked, fresh.blocked, "after {end} saves");
                assert_eq!(followed.problems, fresh.problems, "after {end} saves");
                assert!(followed.apps.keys().eq(fresh.apps.keys()), "after {end} saves");
                assert!(followed.apps.iter().all(|(name, it)| it.root == fresh.apps[name].root));
            }
        }
    }
}
