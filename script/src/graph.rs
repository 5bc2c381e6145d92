//! Do the files of a script fit together, and which shared files does it need.
//!
//! Answers from [`Facts`] alone, so that a deploy is refused before a byte is sent and an editor can
//! ask on every keystroke.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Problem, ProjectPath};

use crate::compile::in_legacy_body;
use crate::luau::is_luau;
use crate::{Facts, ImportKind, Keys, Root, ScriptFormat, resolve};

/// Every problem of the modules that `entry` reaches, in the order of their keys and lines: syntax,
/// imports that lead nowhere, an entry that does not fit its format. Type-only imports do not count:
/// they are gone before anything runs.
///
/// Problems name files by their keys; [`crate::root::disk_path`] says where those are on disk.
#[must_use]
pub fn check_graph(
    files: &BTreeMap<ProjectPath, Facts>,
    entry: &ProjectPath,
    format: ScriptFormat,
    root: &Root,
) -> Vec<Problem> {
    if !files.contains_key(entry) {
        let message = format!("the entry `{entry}` is not among the script's files");
        return vec![Problem::file("module_script_entry_missing", entry.as_str(), message)];
    }
    let mut reached = BTreeSet::from([entry.clone()]);
    let mut open = vec![entry.clone()];
    let mut problems = Vec::new();
    while let Some(key) = open.pop() {
        let Some(facts) = files.get(&key) else { continue };
        problems.extend(of_file(&key, facts, (key == *entry).then_some(format)));
        for import in facts.imports.iter().filter(|it| it.kind != ImportKind::TypeOnly) {
            match resolve(&key, &import.specifier, root, files) {
                Ok(target) if reached.insert(target.clone()) => open.push(target),
                Ok(_) => (),
                Err(error) => problems.push(error.problem(key.as_str()).at(import.line, import.column)),
            }
        }
    }
    problems.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    problems
}

fn of_file(key: &ProjectPath, facts: &Facts, entry: Option<ScriptFormat>) -> Vec<Problem> {
    let mut problems = facts.problems.clone();
    match entry {
        Some(ScriptFormat::LegacyBody) => {
            problems.extend(facts.as_legacy_body.iter().cloned());
            // Luau has one syntax, whatever the blueprint calls it.
            if !is_luau(key) {
                problems = problems.into_iter().map(in_legacy_body).collect();
            }
        }
        Some(ScriptFormat::Module) => {
            problems.extend(facts.as_module.iter().cloned());
            if problems.is_empty() && !facts.has_default_export {
                problems.push(missing_default_export(key));
            }
        }
        None => problems.extend(facts.as_module.iter().cloned()),
    }
    problems
}

/// A module entry the world has nothing to call in.
#[must_use]
pub fn missing_default_export(key: &ProjectPath) -> Problem {
    let (message, help) = if is_luau(key) {
        (
            "the entry returns neither a function nor a table of hooks",
            "end it with `return { on_start = function(world, app) … end }`",
        )
    } else {
        (
            "the entry has no default export to call",
            "write `export default (world, app, fetch, props, setTimeout) => { … }`",
        )
    };
    Problem::file("module_entry_missing_default_export", key.as_str(), message).help(help)
}

/// The shared files one app needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SharedClosure {
    /// Keys to deploy beside the app's own: `@shared/util.js`.
    pub needed: BTreeSet<ProjectPath>,
    /// `module_not_found` for shared files nobody has, at the import.
    pub missing: Vec<Problem>,
}

/// What the files of an app need from `shared/`, through any number of files. All files of an app
/// are deployed, so all of them count, reachable or not. `shared` is keyed `@shared/…`.
#[must_use]
pub fn shared_closure(
    app: &BTreeMap<ProjectPath, Facts>,
    shared: &BTreeMap<ProjectPath, Facts>,
) -> SharedClosure {
    let all = Both { app, shared };
    let root = Root { blueprint: String::new(), version: 0 };
    let mut closure = SharedClosure::default();
    let mut open: Vec<(&ProjectPath, &Facts)> = app.iter().collect();
    while let Some((key, facts)) = open.pop() {
        for import in facts.imports.iter().filter(|it| it.kind != ImportKind::TypeOnly) {
            match resolve(key, &import.specifier, &root, &all) {
                Ok(target) => {
                    if let Some(found) = shared.get_key_value(&target)
                        && closure.needed.insert(target)
                    {
                        open.push(found);
                    }
                }
                Err(error) if is_shared(key, &import.specifier) => {
                    closure.missing.push(error.problem(key.as_str()).at(import.line, import.column));
                }
                // Other mistakes are `check_graph`'s: here only the shared files are asked for.
                Err(_) => (),
            }
        }
    }
    closure.missing.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    closure
}

fn is_shared(importer: &ProjectPath, specifier: &str) -> bool {
    let by_name = specifier.starts_with("@shared/") || specifier.starts_with("shared/");
    by_name || (importer.below("@shared").is_some() && specifier.starts_with('.'))
}

struct Both<'a> {
    app: &'a BTreeMap<ProjectPath, Facts>,
    shared: &'a BTreeMap<ProjectPath, Facts>,
}

impl Keys for Both<'_> {
    fn has(&self, key: &str) -> bool {
        self.app.contains_key(key) || self.shared.contains_key(key)
    }
    fn keys(&self) -> Vec<&ProjectPath> {
        self.app.keys().chain(self.shared.keys()).collect()
    }
}

#[cfg(test)]
mod tests;
