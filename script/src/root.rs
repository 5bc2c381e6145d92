//! Which blueprint owns the script an entity runs, and how ids, folders and locks hang together.

use bowline_model::ProjectPath;
use serde_json::{Map, Value};

/// The id of a world's scene blueprint, which is its own app and its own lock scope.
pub const SCENE: &str = "$scene";

/// The lock scope that covers everything.
pub const GLOBAL_SCOPE: &str = "global";

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
    let (app, _) = split_id(id);
    if app != id && lookup(app).is_some_and(has_files) {
        return root(app, RootRule::AppBase);
    }
    let script = blueprint.get("script").and_then(Value::as_str).is_some_and(|it| !it.trim().is_empty());
    root(id, if script { RootRule::SingleFile } else { RootRule::NoScript })
}

/// The app folder and the file (without `.json`) of a blueprint id: split at the first `__`.
/// `$scene` and an id without `__` are both. Not a bijection: `A__B` may also be folder `A__B`.
#[must_use]
pub fn split_id(id: &str) -> (&str, &str) {
    match id.split_once("__") {
        Some((app, file)) if id != SCENE => (app, file),
        _ => (id, id),
    }
}

/// The blueprint id of the file `apps/<app>/<file>.json`.
#[must_use]
pub fn join_id(app: &str, file: &str) -> String {
    if app == file { app.to_owned() } else { format!("{app}__{file}") }
}

/// The deploy-lock scope a change of script fields needs, from the change as sent: its `scriptRef`
/// if that is not blank, else its `id`; the part before the first `__`.
#[must_use]
pub fn lock_scope(change: &Map<String, Value>) -> &str {
    let text = |key| change.get(key).and_then(Value::as_str).filter(|it| !it.trim().is_empty());
    let Some(owner) = text("scriptRef").or_else(|| text("id")) else { return GLOBAL_SCOPE };
    match owner.split_once("__") {
        _ if owner == SCENE => SCENE,
        Some(("", _)) => GLOBAL_SCOPE,
        Some((app, _)) => app,
        None => owner,
    }
}

/// Whether a change touches script fields, and so needs a lock. A key that is there counts even if
/// it is null; only `script: ""` is exempt.
#[must_use]
pub fn touches_script(change: &Map<String, Value>) -> bool {
    let others = ["scriptEntry", "scriptFiles", "scriptFormat", "scriptRef"];
    others.iter().any(|it| change.contains_key(*it))
        || change.get("script").is_some_and(|it| it.as_str() != Some(""))
}

/// Where a key of the app `app` is in a project: `apps/<app>/<key>`, `@shared/x` in `shared/x`.
#[must_use]
pub fn disk_path(app: &str, key: &ProjectPath) -> String {
    match key.below("@shared") {
        Some(rest) => format!("shared/{rest}"),
        None => format!("apps/{app}/{key}"),
    }
}

#[cfg(test)]
mod tests;
