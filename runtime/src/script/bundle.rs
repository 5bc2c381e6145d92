//! [`Sources`]: the files of one script root at one version; [`Bundle`]: what came of compiling them,
//! ready for an engine. A system is one of a single file, whose problems are at its record.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::{Problem, ProjectPath};
use bowline_schema::System;
pub(crate) use bowline_script::Strategy;
use bowline_script::exports::{unmet, with_unmet};
use bowline_script::graph::check_graph;
use bowline_script::root::disk_path;
use bowline_script::{Role, Root, ScriptFormat, compile, facts};

/// Text by key, as an engine runs it.
pub(crate) type Texts = BTreeMap<ProjectPath, String>;

/// Which engine runs a script: that of its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    /// And TypeScript.
    JavaScript,
    Luau,
}

impl Language {
    pub(crate) fn of(path: &ProjectPath) -> Language {
        if path.extension() == Some("luau") { Language::Luau } else { Language::JavaScript }
    }
}

/// What is to be compiled.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    pub(crate) root: Root,
    /// The folder in `apps/`; of a system, its slug.
    pub(crate) app: String,
    /// The system it is, if it is none of an app.
    pub(crate) system: Option<Arc<System>>,
    pub(crate) entry: ProjectPath,
    pub(crate) format: ScriptFormat,
    pub(crate) files: BTreeMap<ProjectPath, Arc<str>>,
}

/// All instances of a root share one.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// No two have the same.
    pub(crate) id: u64,
    pub(crate) root: Root,
    /// The folder in `apps/`; of a system, its slug.
    pub(crate) app: String,
    /// The system it is, if it is none of an app.
    pub(crate) system: Option<Arc<System>>,
    pub(crate) entry: ProjectPath,
    pub(crate) format: ScriptFormat,
    /// What its instances keep when this version takes over from another.
    pub(crate) reload: Strategy,
    /// Every file there is, for the resolver.
    pub(crate) files: BTreeMap<ProjectPath, Arc<str>>,
    pub(crate) texts: Texts,
}

impl Sources {
    pub(crate) fn new(
        root: Root,
        entry: ProjectPath,
        format: ScriptFormat,
        files: BTreeMap<ProjectPath, Arc<str>>,
    ) -> Sources {
        let app = bowline_model::blueprint::split_id(&root.blueprint).0.to_owned();
        Sources { root, app, system: None, entry, format, files }
    }

    /// A system that is a script.
    pub(crate) fn system(system: &Arc<System>) -> Sources {
        let root = Root { blueprint: "system".to_owned(), version: u64::from(system.version) };
        let entry = format!("system.{}", system.language.name());
        let entry = ProjectPath::parse(&entry).expect("a plain name is a path");
        let files = BTreeMap::from([(entry.clone(), system.source.as_str().into())]);
        let sources = Sources::new(root, entry, ScriptFormat::Module, files);
        Sources { app: system.slug.clone(), system: Some(Arc::clone(system)), ..sources }
    }

    /// What an engine runs, or the first problem of what the entry reaches, with its path on disk.
    pub(crate) fn compile(self, id: u64) -> Result<Bundle, Problem> {
        let texts = self.texts().map_err(|it| self.on_disk(it))?;
        let entry = self.files.get(&self.entry).map_or("", |it| it);
        let reload = Strategy::declared(&self.entry, entry).map_err(|it| self.on_disk(it))?;
        let Sources { root, app, system, entry, format, files } = self;
        Ok(Bundle { id, root, app, system, entry, format, reload, files, texts })
    }

    fn texts(&self) -> Result<Texts, Problem> {
        let all = self.files.iter().map(|(key, text)| (key.clone(), facts(key, text))).collect();
        let problems = check_graph(&all, &self.entry, self.format, &self.root);
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem);
        }
        let unmet = unmet(&all, &self.entry, self.format, &self.root);
        let mut texts = Texts::new();
        for (key, text) in &self.files {
            let role = if *key == self.entry { Role::Entry(self.format) } else { Role::Module };
            // A file nothing reaches may be broken; it fails when something imports it after all.
            if let Ok(text) = compile(key, text, role) {
                let text = match unmet.get(key) {
                    Some(names) => with_unmet(key, &text, names),
                    None => text,
                };
                texts.insert(key.clone(), text);
            } else if *key == self.entry {
                return Err(Problem::file("syntax_error", key.as_str(), "the entry does not compile"));
            }
        }
        Ok(texts)
    }

    fn on_disk(&self, problem: Problem) -> Problem {
        match ProjectPath::parse(&problem.path) {
            Ok(key) => Problem { path: self.disk_path(&key), ..problem },
            Err(_) => problem,
        }
    }

    /// Where a file of this script is in the project.
    pub(crate) fn disk_path(&self, key: &ProjectPath) -> String {
        place(self.system.as_deref(), &self.app, key)
    }
}

impl Bundle {
    /// Where a file of this script is in the project.
    pub(crate) fn disk_path(&self, key: &ProjectPath) -> String {
        place(self.system.as_deref(), &self.app, key)
    }

    /// The problem of a whole script.
    pub(crate) fn problem(&self, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::file(code, self.disk_path(&self.entry), message)
    }
}

fn place(system: Option<&System>, app: &str, key: &ProjectPath) -> String {
    if system.is_some() { app.to_owned() } else { disk_path(app, key) }
}
