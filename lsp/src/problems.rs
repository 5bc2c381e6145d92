//! What is wrong with a project: the checks that keep the mirror from deploying, made on texts that need
//! not be saved. Pure.
//!
//! What is checked, and in which words, is [`bowline_script`]'s and [`bowline_model`]'s. Beyond what a
//! deploy looks at, syntax is checked in every file, also where nothing imports it yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bowline_analysis::text::Text;
use bowline_model::format::blueprint::{self, FileDefaults};
use bowline_model::format::world;
use bowline_model::layout::{self, Place};
use bowline_model::{Digest, Problem, ProjectPath};
use bowline_script::root::disk_path;
use bowline_script::{Facts, Root, facts, format, graph};

use crate::workspace::Files;

/// Entries are looked for in this order.
const ENTRIES: [&str; 6] =
    ["index.js", "index.ts", "index.luau", "src/index.js", "src/index.ts", "src/index.luau"];

/// Problems by the files they are in.
pub(crate) type Problems = BTreeMap<ProjectPath, Vec<Problem>>;

/// What files were found to say, as long as they say it: by project, by file.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<BTreeMap<PathBuf, Said>>);

type Said = BTreeMap<ProjectPath, (Text, Arc<Facts>)>;

impl Known {
    /// Everything that is wrong with a project.
    pub(crate) fn all(&self, files: &Files) -> Problems {
        self.with(files, |check| {
            check.apps(None);
            check.rest(None);
        })
    }

    /// What is wrong with one file.
    pub(crate) fn of(&self, files: &Files, path: &ProjectPath) -> Vec<Problem> {
        let app = path.below("apps").and_then(|it| it.split('/').next()).map(str::to_owned);
        let mut found = self.with(files, |check| {
            check.apps(app.as_deref());
            check.rest(Some(path));
        });
        found.remove(path).unwrap_or_default()
    }

    fn with(&self, files: &Files, look: impl FnOnce(&mut Check<'_>)) -> Problems {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said = known.entry(files.root.clone()).or_default();
        said.retain(|path, _| files.project.id(path).is_some());
        let mut check = Check { files, said, problems: Problems::new() };
        look(&mut check);
        check.problems
    }
}

/// A look at one project.
struct Check<'a> {
    files: &'a Files,
    said: &'a mut Said,
    problems: Problems,
}

/// What one app has.
#[derive(Default)]
struct App {
    modules: BTreeMap<ProjectPath, Facts>,
    /// What its base blueprint says.
    base: Option<FileDefaults>,
}

impl Check<'_> {
    fn add(&mut self, problem: Problem) {
        let Ok(path) = ProjectPath::parse(&problem.path) else { return };
        let of_file = self.problems.entry(path).or_default();
        // A file that is wrong is wrong once, however many apps import it.
        if !of_file
            .iter()
            .any(|it| (it.line, it.column, it.code) == (problem.line, problem.column, problem.code))
        {
            of_file.push(problem);
        }
    }

    /// What a script says; `key` is what problems call it.
    fn facts(&mut self, path: &ProjectPath, key: &ProjectPath, text: &Text) -> Arc<Facts> {
        let known = self.said.get(path).filter(|it| std::ptr::eq(it.0.as_str(), text.as_str()));
        if let Some((_, facts)) = known {
            return Arc::clone(facts);
        }
        let said = Arc::new(facts(key, text.as_str()));
        self.said.insert(path.clone(), (text.clone(), Arc::clone(&said)));
        said
    }

    /// The apps, or one of them.
    fn apps(&mut self, only: Option<&str>) {
        let (mut apps, mut shared) = (BTreeMap::<String, App>::new(), BTreeMap::new());
        let project = Arc::clone(&self.files.project);
        let is_wanted = |app: &str| only.is_none_or(|it| it == app);
        for (_, file) in project.all() {
            match layout::place(&file.path) {
                Place::AppScript { app, key } if is_wanted(&app) => {
                    let said = self.facts(&file.path, &key, &file.text);
                    apps.entry(app).or_default().modules.insert(key, (*said).clone());
                }
                Place::SharedScript { key } => {
                    let said = self.facts(&file.path, &key, &file.text);
                    shared.insert(key, (*said).clone());
                }
                Place::Blueprint { app, id } if is_wanted(&app) => {
                    let read = self.blueprint(&file.path, file.text.as_str());
                    if id == app {
                        apps.entry(app).or_default().base = read;
                    }
                }
                _ => (),
            }
        }
        // What is there and cannot be read is no mistake of those who import it.
        for path in self.files.unread.iter() {
            match layout::place(path) {
                Place::AppScript { app, key } if is_wanted(&app) => {
                    apps.entry(app).or_default().modules.insert(key, Facts::default());
                }
                Place::SharedScript { key } => drop(shared.insert(key, Facts::default())),
                _ => (),
            }
        }
        // Until all is read, what is missing may only not be read yet.
        if self.files.is_read {
            apps.into_iter().for_each(|(name, app)| self.app(&name, app, &shared));
        }
    }

    fn app(&mut self, name: &str, mut app: App, shared: &BTreeMap<ProjectPath, Facts>) {
        let closure = graph::shared_closure(&app.modules, shared);
        let needed = closure.needed.into_iter();
        app.modules.extend(needed.filter_map(|it| Some((it.clone(), shared.get(&it)?.clone()))));
        let entries = ENTRIES.iter().filter_map(|it| ProjectPath::parse(it).ok());
        let Some(entry) = entries.into_iter().find(|it| app.modules.contains_key(it)) else { return };
        let Some(facts) = app.modules.get(&entry) else { return };
        let declared = app.base.as_ref().and_then(|it| it.script_format.as_deref());
        let problems = match format::format(declared, facts) {
            Ok(format) => {
                let root = Root { blueprint: name.to_owned(), version: 0 };
                let found = graph::check_graph(&app.modules, &entry, format, &root);
                found.into_iter().chain(closure.missing).map(|it| on_disk(name, it)).collect()
            }
            Err(invalid) => vec![invalid.problem(&format!("apps/{name}/{name}.json"))],
        };
        let unread: BTreeSet<String> = self.files.unread.iter().map(ToString::to_string).collect();
        problems.into_iter().filter(|it| !unread.contains(&it.path)).for_each(|it| self.add(it));
    }

    fn blueprint(&mut self, path: &ProjectPath, text: &str) -> Option<FileDefaults> {
        let read = blueprint::read(path.as_str(), text, &|asset| self.asset(asset));
        read.map_err(|all| all.into_iter().for_each(|it| self.add(it))).ok()
    }

    /// Whether an asset is there; what is in it does not matter here.
    fn asset(&self, path: &ProjectPath) -> Option<Digest> {
        let is_there =
            !self.files.is_read || self.files.unread.contains(path) || self.files.project.id(path).is_some();
        is_there.then(|| Digest::of(b""))
    }

    /// What no app is asked about: syntax everywhere, the world's layout, records.
    fn rest(&mut self, only: Option<&ProjectPath>) {
        let project = Arc::clone(&self.files.project);
        for (_, file) in project.all().filter(|it| only.is_none_or(|path| it.1.path == *path)) {
            let place = layout::place(&file.path);
            if layout::is_script(&file.path) {
                let key = match place {
                    Place::AppScript { key, .. } | Place::SharedScript { key } => key,
                    _ => file.path.clone(),
                };
                let said = self.facts(&file.path, &key, &file.text);
                said.problems.iter().for_each(|it| self.syntax(&file.path, it));
            } else if place == Place::World
                && let Err(all) = world::read(file.text.as_str(), &|asset| self.asset(asset))
            {
                all.into_iter().for_each(|it| self.add(it));
            }
        }
        let records = Arc::clone(&self.files.problems);
        records.iter().for_each(|it| self.add(it.clone()));
    }

    /// What the parser says, unless the same place is already wrong in another word: an old body's syntax
    /// has a name of its own.
    fn syntax(&mut self, path: &ProjectPath, problem: &Problem) {
        let said = self.problems.get(path);
        let is_said =
            said.is_some_and(|it| it.iter().any(|it| (it.line, it.column) == (problem.line, problem.column)));
        if !is_said {
            self.add(Problem { path: path.to_string(), ..problem.clone() });
        }
    }
}

/// The same problem with the path of the file instead of its key.
fn on_disk(app: &str, problem: Problem) -> Problem {
    match ProjectPath::parse(&problem.path) {
        Ok(key) => Problem { path: disk_path(app, &key), ..problem },
        Err(_) => problem,
    }
}
