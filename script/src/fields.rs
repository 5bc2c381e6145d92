//! Are the script fields of a blueprint well-formed: one validator for server, daemon and runtime.
//!
//! [`validate`] is what every world of the family checks on a change, and refuses with these very
//! words. [`check_root`] is what the tools check beyond it: a world takes such a blueprint and then
//! cannot run it.

use serde_json::{Map, Value};

/// Why a world refuses a change. `Display` is the world's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// `scriptFiles` is no map from paths to `asset://` references.
    #[error("invalid_script_files")]
    Files,
    /// `scriptEntry` is no path.
    #[error("invalid_script_entry")]
    Entry,
}

/// Why a script root cannot run. `Display` is the code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootFieldError {
    /// What a world refuses outright.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// No `scriptFiles` or no `scriptEntry`.
    #[error("module_script_missing_fields")]
    MissingFields,
    /// `scriptEntry` is not a key of `scriptFiles`.
    #[error("module_script_entry_missing")]
    EntryMissing,
    /// Not `module` or `legacy-body`.
    #[error("invalid_script_format:{0}")]
    Format(String),
    /// `script` is there and is not `scriptFiles[scriptEntry]`: old tools would run another file.
    #[error("script_is_not_entry")]
    ScriptIsNotEntry,
}

/// What a world checks on add and on modify. It sees the change alone, not the merged blueprint.
///
/// # Errors
/// The word the world answers with.
pub fn validate(change: &Map<String, Value>) -> Result<(), FieldError> {
    match change.get("scriptFiles") {
        None | Some(Value::Null) => (),
        Some(Value::Object(files)) if files.iter().all(|(key, url)| is_path(key) && is_asset(url)) => (),
        Some(_) => return Err(FieldError::Files),
    }
    match change.get("scriptEntry") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(entry)) if is_path(entry) => Ok(()),
        Some(_) => Err(FieldError::Entry),
    }
}

/// Whether a script root (a blueprint with `scriptFiles`, after `scriptRef` was followed) can run.
///
/// # Errors
/// The first rule it breaks.
pub fn check_root(blueprint: &Map<String, Value>) -> Result<(), RootFieldError> {
    validate(blueprint)?;
    let files = blueprint.get("scriptFiles").and_then(Value::as_object);
    let entry = blueprint.get("scriptEntry").and_then(Value::as_str);
    let (Some(files), Some(entry)) = (files, entry) else { return Err(RootFieldError::MissingFields) };
    let url = files.get(entry).ok_or(RootFieldError::EntryMissing)?;
    match blueprint.get("scriptFormat") {
        None | Some(Value::Null) => (),
        Some(Value::String(word)) if word == "module" || word == "legacy-body" => (),
        Some(other) => {
            let word = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            return Err(RootFieldError::Format(word));
        }
    }
    match blueprint.get("script") {
        None | Some(Value::Null) => Ok(()),
        Some(script) if script == url => Ok(()),
        Some(_) => Err(RootFieldError::ScriptIsNotEntry),
    }
}

/// The world's rule for keys: looser than [`bowline_model::ProjectPath`], which a disk must satisfy.
fn is_path(path: &str) -> bool {
    !path.trim().is_empty()
        && !path.starts_with('/')
        && !path.contains('\\')
        && path.split('/').all(|it| !matches!(it, "" | "." | ".."))
}

fn is_asset(url: &Value) -> bool {
    url.as_str().and_then(|it| it.strip_prefix(bowline_model::asset::SCHEME)).is_some_and(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: &Value) -> &Map<String, Value> {
        value.as_object().unwrap()
    }

    #[test]
    fn a_world_refuses_these_changes_with_these_words() {
        let table = [
            (json!({}), "ok"),
            (json!({"scriptFiles": null, "scriptEntry": null}), "ok"),
            (json!({"scriptFiles": {}}), "ok"),
            (json!({"scriptFiles": {"a b/ü?.js": "asset://../x"}}), "ok"),
            (json!({"scriptEntry": "gone.js", "scriptFiles": {"index.js": "asset://x"}}), "ok"),
            (json!({"scriptFormat": 5, "scriptRef": 7}), "ok"),
            (json!({"scriptFiles": []}), "invalid_script_files"),
            (json!({"scriptFiles": "x"}), "invalid_script_files"),
            (json!({"scriptFiles": {" ": "asset://x"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"/a.js": "asset://x"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"a\\b.js": "asset://x"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"a//b.js": "asset://x"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"./a.js": "asset://x"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"a/../../b.js": "asset://x"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"a.js": "http://x"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"a.js": "asset://"}}), "invalid_script_files"),
            (json!({"scriptFiles": {"a.js": null}}), "invalid_script_files"),
            (json!({"scriptEntry": 5}), "invalid_script_entry"),
            (json!({"scriptEntry": ""}), "invalid_script_entry"),
            (json!({"scriptEntry": "../x.js"}), "invalid_script_entry"),
        ];
        for (change, expected) in table {
            let got = validate(of(&change)).map_or_else(|it| it.to_string(), |()| "ok".to_owned());
            assert_eq!(got, expected, "{change}");
        }
    }

    #[test]
    fn a_root_that_cannot_run_is_named_before_it_is_sent() {
        let files = json!({"index.js": "asset://1.js", "lib.js": "asset://2.js"});
        let with = |more: Value| {
            let mut it = json!({"scriptFiles": files, "scriptEntry": "index.js", "script": "asset://1.js"});
            it.as_object_mut().unwrap().extend(of(&more).clone());
            check_root(of(&it)).map_or_else(|it| it.to_string(), |()| "ok".to_owned())
        };
        let table = [
            (json!({}), "ok"),
            (json!({"script": null, "scriptFormat": "module"}), "ok"),
            (json!({"scriptFiles": null}), "module_script_missing_fields"),
            (json!({"scriptEntry": null}), "module_script_missing_fields"),
            (json!({"scriptEntry": "Index.js"}), "module_script_entry_missing"),
            (json!({"scriptFormat": "esm"}), "invalid_script_format:esm"),
            (json!({"scriptFormat": 5}), "invalid_script_format:5"),
            (json!({"script": "asset://2.js"}), "script_is_not_entry"),
            (json!({"scriptEntry": "a\\b"}), "invalid_script_entry"),
        ];
        for (change, expected) in table {
            assert_eq!(with(change.clone()), expected, "{change}");
        }
    }
}
