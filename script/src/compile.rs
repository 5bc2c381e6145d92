//! [`compile`]: a script's text to a module an engine can run, without moving a line.
//!
//! Not a bundler: imports stay as written and are resolved when the engine asks.

use std::borrow::Cow;

use bowline_model::{Problem, ProjectPath};

use crate::ScriptFormat;
use crate::legacy;
use crate::luau;
use crate::parse::{self, Language};
use crate::place::Lines;
use crate::strip;

/// What a file is in its script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The file the world calls.
    Entry(ScriptFormat),
    /// A file that others import.
    Module,
}

/// JavaScript module text for `source`: types blanked, a legacy body wrapped as
/// `export default (world, app, fetch, props, setTimeout) => { … }`, a hashbang commented out, the
/// BOM gone. Every line keeps its number; columns move only on the line of a wrapped body's first
/// statement. Luau stays as it is.
///
/// # Errors
/// The first problem, at its place: `syntax_error`, `unsupported_typescript`, `script_too_large`,
/// `legacy_body_parse_error`, `legacy_body_imports_must_be_at_top`, `legacy_body_exports_not_allowed`.
pub fn compile(path: &ProjectPath, source: &str, role: Role) -> Result<String, Problem> {
    let source = parse::without_bom(source);
    if luau::is_luau(path) {
        return luau::compile(path, source);
    }
    let text = match role {
        Role::Entry(ScriptFormat::LegacyBody) => {
            Cow::Owned(legacy_body(path, source).map_err(in_legacy_body)?)
        }
        Role::Entry(ScriptFormat::Module) | Role::Module => {
            check_module(path, source)?;
            Cow::Borrowed(source)
        }
    };
    let text = match Language::of(path) {
        Language::TypeScript => {
            Cow::Owned(strip::types(path, &text).map_err(|problems| first(path, problems))?)
        }
        Language::JavaScript => text,
    };
    Ok(match text.strip_prefix("#!") {
        Some(rest) => format!("//{rest}"),
        None => text.into_owned(),
    })
}

fn check_module(path: &ProjectPath, source: &str) -> Result<(), Problem> {
    let (errors, returns) = parse::with_tree(path, source, |parsed| (parsed.errors, parsed.returns))?;
    if let Some(problem) = errors.into_iter().next() {
        return Err(problem);
    }
    match returns.first() {
        None => Ok(()),
        Some(&offset) => Err(legacy::return_in_module(path, Lines::new(source).place(offset))),
    }
}

fn legacy_body(path: &ProjectPath, source: &str) -> Result<String, Problem> {
    let (found, wrapped) = parse::with_tree(path, source, |parsed| {
        let mut found = parsed.errors;
        found.extend(legacy::findings(path, &Lines::new(source), &parsed.module));
        (found.into_iter().next(), legacy::wrap(source, &parsed.module))
    })?;
    if let Some(problem) = found {
        return Err(problem);
    }
    // What is fine at the top of a module may not be inside a function: `await`.
    let errors = parse::with_tree(path, &wrapped, |parsed| parsed.errors)?;
    match errors.into_iter().next() {
        None => Ok(wrapped),
        Some(problem) => Err(Problem { column: 0, ..problem }),
    }
}

/// A legacy body that does not parse has its own code, in every world.
pub(crate) fn in_legacy_body(problem: Problem) -> Problem {
    match problem.code {
        "syntax_error" => Problem { code: "legacy_body_parse_error", ..problem },
        _ => problem,
    }
}

fn first(path: &ProjectPath, problems: Vec<Problem>) -> Problem {
    let unknown = || Problem::file("syntax_error", path.as_str(), "the types could not be removed");
    problems.into_iter().next().unwrap_or_else(unknown)
}

#[cfg(test)]
mod tests;
