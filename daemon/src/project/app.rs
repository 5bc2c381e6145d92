//! One app's folder as items: its modules, the shared modules it imports, its blueprints.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_disk::Sighting as FileSighting;
use bowline_model::blueprint::split_id;
use bowline_model::format::blueprint::{self, FileDefaults};
use bowline_model::layout::{self, Place};
use bowline_model::{Digest, ItemId, Problem, ProjectPath};
use bowline_script::root::disk_path;
use bowline_script::{Facts, Root, ScriptFormat, graph};
use bowline_sync::sighting::{Seen, Sighting};

use super::{Project, Survey, digest, modified};

/// What a deploy of one app needs to know beside its items.
#[derive(Default, Clone)]
pub(crate) struct AppFiles {
    /// The blueprint that owns the scripts.
    pub(crate) root: String,
    /// The module the world calls.
    pub(crate) entry: Option<ProjectPath>,
    pub(crate) format: Option<ScriptFormat>,
    /// Where each module is on disk.
    pub(crate) modules: BTreeMap<ProjectPath, (ProjectPath, Digest)>,
    /// What each blueprint file says.
    pub(crate) blueprints: BTreeMap<String, FileDefaults>,
    /// Where each blueprint file is, and its bytes' digest.
    pub(crate) sources: BTreeMap<String, (ProjectPath, Digest)>,
}

/// Entries are looked for in this order when the world does not name one.
const ENTRIES: [&str; 6] =
    ["index.js", "index.ts", "index.luau", "src/index.js", "src/index.ts", "src/index.luau"];

/// The app `name`, by itself.
pub(super) fn survey(project: &Project, name: &str) -> Survey {
    let mut reader = Reader {
        project,
        name,
        app: AppFiles::default(),
        survey: Survey::default(),
        facts: BTreeMap::new(),
        missing: Vec::new(),
    };
    reader.scripts();
    reader.shared();
    reader.blueprints();
    let Reader { app, mut survey, .. } = reader;
    survey.apps.insert(name.to_owned(), Arc::new(app));
    survey
}

struct Reader<'a> {
    project: &'a Project,
    name: &'a str,
    app: AppFiles,
    survey: Survey,
    facts: BTreeMap<ProjectPath, Facts>,
    /// Shared modules that are imported and not there.
    missing: Vec<Problem>,
}

impl Reader<'_> {
    /// A problem of the modules: the app is not deployed until it is gone.
    fn block(&mut self, problem: Problem) {
        self.survey.blocked.entry(self.name.to_owned()).or_default().push(problem.clone());
        self.problem(problem);
    }

    fn problem(&mut self, problem: Problem) {
        self.survey.problems.entry(self.name.to_owned()).or_default().push(problem);
    }

    fn script_item(&self, key: &ProjectPath) -> ItemId {
        ItemId::Script { app: self.name.to_owned(), path: key.clone() }
    }

    /// The app's own modules.
    fn scripts(&mut self) {
        for (path, sighting) in self.project.below(&format!("apps/{}", self.name)) {
            if let Place::AppScript { app, key } = layout::place(path)
                && app == self.name
            {
                self.module(&key, path, sighting);
            }
        }
    }

    fn module(&mut self, key: &ProjectPath, path: &ProjectPath, sighting: &FileSighting) {
        let seen = digest(sighting).map_or(Seen::Unknown, Seen::Present);
        self.survey.items.insert(self.script_item(key), Sighting { seen, changed_at: modified(sighting) });
        let Some(digest) = digest(sighting) else {
            // It is there, so importing it is no mistake; that it cannot be read is said elsewhere.
            self.facts.insert(key.clone(), Facts::default());
            return;
        };
        self.app.modules.insert(key.clone(), (path.clone(), digest));
        if let Some(facts) = self.project.texts.facts(path, digest) {
            self.facts.insert(key.clone(), facts_of(key, facts));
        }
    }

    /// The modules below `shared/` that it imports, directly or not: each is an item of this app.
    fn shared(&mut self) {
        let mut all = BTreeMap::new();
        let mut paths = BTreeMap::new();
        for (path, sighting) in self.project.below("shared") {
            let Place::SharedScript { key } = layout::place(path) else { continue };
            if let Some(facts) = digest(sighting).and_then(|it| self.project.texts.facts(path, it)) {
                all.insert(key.clone(), facts_of(&key, facts));
            }
            paths.insert(key, (path, sighting));
        }
        let closure = graph::shared_closure(&self.facts, &all);
        for key in &closure.needed {
            if let Some((path, sighting)) = paths.get(key) {
                self.module(key, path, sighting);
            }
        }
        self.missing = closure.missing;
    }

    fn blueprints(&mut self) {
        let files = self.blueprint_files();
        let hint = self.project.hints.get(self.name);
        self.app.root = hint.map_or_else(|| self.name.to_owned(), |it| it.root.clone());
        for (id, (path, sighting)) in files {
            self.blueprint(id, &path, &sighting);
        }
        self.check_scripts();
        let format = self.app.format.map(|it| it.name());
        let root = self.app.root.clone();
        for (id, file) in &self.app.blueprints {
            let item = ItemId::Blueprint { app: self.name.to_owned(), id: id.clone() };
            let defaults = file.with_format(format.filter(|_| *id == root));
            if let Some(sighting) = self.survey.items.get_mut(&item) {
                sighting.seen = Seen::Present(defaults.digest());
            }
        }
    }

    fn blueprint_files(&self) -> BTreeMap<String, (ProjectPath, FileSighting)> {
        let mine = |path: &ProjectPath| match layout::place(path) {
            Place::Blueprint { app, id } if app == self.name => Some(id),
            _ => None,
        };
        let files = self.project.below(&format!("apps/{}", self.name));
        files.filter_map(|(path, sighting)| Some((mine(path)?, (path.clone(), sighting.clone())))).collect()
    }

    /// Reads one blueprint file. One that means nothing right now is unknown, not absent: the world
    /// keeps what it has.
    fn blueprint(&mut self, id: String, path: &ProjectPath, sighting: &FileSighting) {
        let item = ItemId::Blueprint { app: self.name.to_owned(), id: id.clone() };
        self.survey.items.insert(item, Sighting { seen: Seen::Unknown, changed_at: modified(sighting) });
        let Some(text) = self.project.text(path) else { return };
        match blueprint::read(path.as_str(), text, &|asset| self.project.asset(asset)) {
            Ok(file) => {
                if let Some(digest) = digest(sighting) {
                    self.app.sources.insert(id.clone(), (path.clone(), digest));
                }
                self.app.blueprints.insert(id, file);
            }
            Err(problems) => problems.into_iter().for_each(|it| self.problem(it)),
        }
    }

    /// Whether the modules fit together. What does not is not deployed: a world that runs the last
    /// good version is better than one that runs half of a new one.
    fn check_scripts(&mut self) {
        let hint = self.project.hints.get(self.name);
        // Without an entry nothing here tells the format. The blueprint must not look edited only
        // because its modules are gone.
        self.app.format = hint.and_then(|it| it.format);
        if self.facts.is_empty() {
            return;
        }
        let preferred = hint.and_then(|it| it.entry.clone());
        self.app.entry = preferred
            .into_iter()
            .chain(ENTRIES.iter().filter_map(|it| ProjectPath::parse(it).ok()))
            .find(|it| self.facts.contains_key(it));
        let Some(entry) = self.app.entry.clone() else {
            let own = self.facts.keys().any(|it| it.below("@shared").is_none());
            if own {
                self.block(missing_entry(self.name));
            }
            return;
        };
        // An entry that cannot be read: nothing is known of the app.
        let Some(facts) = self.facts.get(&entry).filter(|_| self.app.modules.contains_key(&entry)) else {
            return;
        };
        let root_file = self.app.blueprints.get(&self.app.root);
        let declared = root_file.and_then(|it| it.script_format.as_deref());
        match bowline_script::format::format(declared, facts) {
            Ok(format) => {
                self.app.format = Some(format);
                let root = Root { blueprint: self.app.root.clone(), version: 0 };
                let mut problems = graph::check_graph(&self.facts, &entry, format, &root);
                // Every module is deployed, so what an unreached one lacks counts too; what both
                // checks found is said once.
                let missing = std::mem::take(&mut self.missing);
                problems.extend(missing.into_iter().filter(|it| !problems.contains(it)).collect::<Vec<_>>());
                for problem in problems {
                    let problem = self.on_disk(problem);
                    self.block(problem);
                }
            }
            Err(invalid) => {
                let file = split_id(&self.app.root).1;
                self.block(invalid.problem(&format!("apps/{}/{file}.json", self.name)));
            }
        }
    }

    /// The same problem with the path of the file instead of its key, and with a next step.
    fn on_disk(&self, problem: Problem) -> Problem {
        let help = problem.help.clone().unwrap_or_else(|| KEPT.to_owned());
        let problem = problem.help(help);
        match ProjectPath::parse(&problem.path) {
            Ok(key) => Problem { path: disk_path(self.name, &key), ..problem },
            Err(_) => problem,
        }
    }
}

/// What a content says, said of this file: the same content may be in several.
fn facts_of(key: &ProjectPath, facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    let lists = [&mut facts.problems, &mut facts.as_module, &mut facts.as_legacy_body];
    for problem in lists.into_iter().flatten() {
        problem.path = key.to_string();
    }
    facts
}

/// The next step where the message says all there is to do.
const KEPT: &str = "correct it and save; until then the world keeps the version it has";

fn missing_entry(app: &str) -> Problem {
    Problem::file("missing_script_entry", format!("apps/{app}"), "this app has modules, and none of them is its entry")
        .help("add index.js or index.ts with `export default (world, app) => { … }`, or index.luau; until then the world keeps what it has")
}
