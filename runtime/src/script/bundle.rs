//! [`Bundle`]: the files of one script root at one version, and what came of compiling them. A system
//! is one of a single file, whose problems are at its record.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bowline_model::{Problem, ProjectPath};
use bowline_schema::System;
use bowline_script::exports::{unmet, with_unmet};
use bowline_script::graph::check_graph;
use bowline_script::root::disk_path;
use bowline_script::{Role, Root, ScriptFormat, compile, facts};

use super::worker::{Compiling, Pulse};

/// JavaScript by key.
pub(super) type Texts = BTreeMap<ProjectPath, String>;

/// All instances of a root share one; it is compiled once, on the app's thread.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) root: Root,
    /// The folder in `apps/`; of a system, its slug.
    pub(crate) app: String,
    /// The system it is, if it is none of an app.
    pub(crate) system: Option<Arc<System>>,
    pub(crate) entry: ProjectPath,
    pub(crate) format: ScriptFormat,
    pub(crate) files: BTreeMap<ProjectPath, Arc<str>>,
    compiled: OnceLock<Result<Arc<Texts>, Problem>>,
}

impl Bundle {
    pub(crate) fn new(
        root: Root,
        entry: ProjectPath,
        format: ScriptFormat,
        files: BTreeMap<ProjectPath, Arc<str>>,
    ) -> Bundle {
        let app = bowline_model::blueprint::split_id(&root.blueprint).0.to_owned();
        Bundle { root, app, system: None, entry, format, files, compiled: OnceLock::new() }
    }

    /// A system in JavaScript or TypeScript.
    pub(crate) fn system(system: &Arc<System>) -> Bundle {
        let root = Root { blueprint: "system".to_owned(), version: u64::from(system.version) };
        let entry = format!("system.{}", system.language.name());
        let entry = ProjectPath::parse(&entry).expect("a plain name is a path");
        let files = BTreeMap::from([(entry.clone(), system.source.as_str().into())]);
        let bundle = Bundle::new(root, entry, ScriptFormat::Module, files);
        Bundle { app: system.slug.clone(), system: Some(Arc::clone(system)), ..bundle }
    }

    /// JavaScript by key, or the first problem of what the entry reaches, with its path on disk.
    pub(super) fn compiled(&self, pulse: &Pulse) -> Result<Arc<Texts>, Problem> {
        let compile = || {
            pulse.compiling(Compiling::Begins);
            let compiled = self.compile(pulse);
            pulse.compiling(Compiling::Ends);
            compiled.map(Arc::new)
        };
        self.compiled.get_or_init(compile).clone()
    }

    fn compile(&self, pulse: &Pulse) -> Result<Texts, Problem> {
        let mut all = BTreeMap::new();
        for (key, text) in &self.files {
            pulse.beat();
            all.insert(key.clone(), facts(key, text));
        }
        let problems = check_graph(&all, &self.entry, self.format, &self.root);
        if let Some(problem) = problems.into_iter().next() {
            return Err(self.on_disk(problem));
        }
        let unmet = unmet(&all, &self.entry, self.format, &self.root);
        let mut compiled = BTreeMap::new();
        for (key, text) in &self.files {
            pulse.beat();
            let role = if *key == self.entry { Role::Entry(self.format) } else { Role::Module };
            // A file nothing reaches may be broken; it fails when something imports it after all.
            if let Ok(text) = compile(key, text, role) {
                let text = match unmet.get(key) {
                    Some(names) => with_unmet(key, &text, names),
                    None => text,
                };
                compiled.insert(key.clone(), text);
            } else if *key == self.entry {
                return Err(self.on_disk(Problem::file(
                    "syntax_error",
                    key.as_str(),
                    "the entry does not compile",
                )));
            }
        }
        Ok(compiled)
    }

    fn on_disk(&self, problem: Problem) -> Problem {
        match ProjectPath::parse(&problem.path) {
            Ok(key) => Problem { path: self.disk_path(&key), ..problem },
            Err(_) => problem,
        }
    }

    /// Where a file of this script is in the project.
    pub(super) fn disk_path(&self, key: &ProjectPath) -> String {
        if self.system.is_some() {
            return self.app.clone();
        }
        disk_path(&self.app, key)
    }

    /// The problem of a whole script.
    pub(crate) fn problem(&self, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::file(code, self.disk_path(&self.entry), message)
    }
}
