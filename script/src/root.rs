//! Which blueprint owns the script an entity runs, and where its files are on disk. What an id says
//! by itself is in `bowline_model::blueprint`.

use bowline_model::ProjectPath;
use bowline_model::blueprint::app_prefix;
use serde_json::{Map, Value};

/// How a blueprint's script was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootRule {
    /// `scriptRef` names the blueprint that has it.
    ScriptRef,
    /// The blueprint has `scriptFiles` itself.
    Own,
    /// A variant `App__X` without files runs those of `App`.
    AppBase,
    /// An old blueprint: one plain `script`, no files.
    SingleFile,
    /// It runs nothing.
    NoScript,
}

impl RootRule {
    /// The rule in words, for people who ask why.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            RootRule::ScriptRef => "scriptRef names the blueprint whose script it runs",
            RootRule::Own => "it has scriptFiles of its own",
            RootRule::AppBase => "it has no script of its own and runs that of its app's base blueprint",
            RootRule::SingleFile => "it has one plain script file and no scriptFiles",
            RootRule::NoScript => "it has no script",
        }
    }
}

/// The owner of a script and the rule that found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRoot {
    /// The blueprint whose fields count.
    pub blueprint: String,
    /// Why that one.
    pub rule: RootRule,
}

/// A `scriptRef` to a blueprint that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("script_ref_not_found:{0}")]
pub struct RefNotFound(pub String);

/// Finds the script of the blueprint `id` in four steps: `scriptRef` (one level, no further), own
/// `scriptFiles`, the app's base blueprint, the plain `script`.
///
/// # Errors
/// A `scriptRef` to nothing. An `id` that `lookup` does not know has no script.
pub fn script_root<'a>(
    id: &str,
    lookup: impl Fn(&str) -> Option<&'a Map<String, Value>>,
) -> Result<ScriptRoot, RefNotFound> {
    let root = |blueprint: &str, rule| Ok(ScriptRoot { blueprint: blueprint.to_owned(), rule });
    let Some(blueprint) = lookup(id) else { return root(id, RootRule::NoScript) };
    let reference =
        blueprint.get("scriptRef").and_then(Value::as_str).map(str::trim).filter(|it| !it.is_empty());
    if let Some(target) = reference {
        return match lookup(target) {
            Some(_) => root(target, RootRule::ScriptRef),
            None => Err(RefNotFound(target.to_owned())),
        };
    }
    let has_files = |it: &Map<String, Value>| it.get("scriptFiles").is_some_and(Value::is_object);
    if has_files(blueprint) {
        return root(id, RootRule::Own);
    }
    let app = app_prefix(id);
    if !app.is_empty() && app != id && lookup(app).is_some_and(has_files) {
        return root(app, RootRule::AppBase);
    }
    let script = blueprint.get("script").and_then(Value::as_str).is_some_and(|it| !it.trim().is_empty());
    root(id, if script { RootRule::SingleFile } else { RootRule::NoScript })
}

/// Where a key of the app `app` is in a project: `apps/<app>/<key>`, `@shared/x` in `shared/x`.
#[must_use]
pub fn disk_path(app: &str, key: &ProjectPath) -> String {
    match key.below("@shared") {
        Some(rest) => format!("shared/{rest}"),
        None => format!("apps/{app}/{key}"),
    }
}

/// What the one file of an old blueprint, which has a `script` and no `scriptFiles`, is called in its script.
#[must_use]
pub fn single_key(url: &str) -> &'static str {
    if url.to_ascii_lowercase().ends_with(".luau") { "index.luau" } else { "index.js" }
}

#[cfg(test)]
mod tests;
