//! Which world a project belongs to, and what its scripts may use: read once at start.
//!
//! A world is named on the command line (`--target`), by the environment or by `.env`; with none of
//! these the project gets a world of its own on this machine.

mod script;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bowline_link::Target;
use serde::Deserialize;

pub(crate) use script::ScriptSettings;

/// The world to mirror to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorldChoice {
    /// A world of the project's own, started by us.
    Local,
    /// A world that runs elsewhere.
    Remote(Remote),
}

/// How to reach a world that runs elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    /// What people call it.
    pub(crate) name: String,
    pub(crate) url: String,
    /// Checked before anything moves.
    pub(crate) world_id: Option<String>,
    pub(crate) admin_code: Option<String>,
}

impl Remote {
    /// How to connect to it.
    pub(crate) fn link_target(&self) -> Target {
        Target { url: self.url.clone(), admin_code: self.admin_code.clone(), world_id: self.world_id.clone() }
    }
}

/// Why the settings name no world.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum SettingsError {
    #[error("there is no target `{name}`")]
    UnknownTarget { name: String, known: Vec<String>, files: Vec<&'static str> },
    #[error("target `{name}` has no {field}")]
    IncompleteTarget { name: String, field: &'static str, file: &'static str },
    #[error("{file} cannot be understood: {message}")]
    Unreadable { file: &'static str, message: String, line: u32 },
    #[error("{message}")]
    Wrong { at: String, message: String, help: String },
    #[error("`{path}` is no project: it has no `apps`, `world.json` or `bowline.toml`")]
    NoProject { path: PathBuf },
}

const TOML: &str = "bowline.toml";
const TARGETS: &str = ".lobby/targets.json";
const DOT_ENV: &str = ".env";

/// The world `root` belongs to. `env` looks up the process's environment.
pub(crate) fn world_choice(
    root: &Path,
    target: Option<&str>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<WorldChoice, SettingsError> {
    match target {
        Some(name) => target_named(root, name).map(WorldChoice::Remote),
        None => from_environment(root, env),
    }
}

/// What the scripts of the project at `root` may use in its own world.
pub(crate) fn script_settings(root: &Path) -> Result<ScriptSettings, SettingsError> {
    read(root, TOML)?.map_or_else(|| Ok(ScriptSettings::standard()), |it| script::read(&it))
}

/// Refuses a folder that is no project, so that a typo does not start a world in the wrong place.
pub(crate) fn check_project(root: &Path) -> Result<(), SettingsError> {
    let marks = ["apps", "world.json", TOML];
    match marks.iter().any(|it| root.join(it).exists()) {
        true => Ok(()),
        false => Err(SettingsError::NoProject { path: root.to_owned() }),
    }
}

fn from_environment(root: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<WorldChoice, SettingsError> {
    let file = dot_env(root)?;
    let get = |key: &str| env(key).or_else(|| file.get(key).cloned()).filter(|it| !it.trim().is_empty());
    Ok(match get("WORLD_URL") {
        None => WorldChoice::Local,
        Some(url) => WorldChoice::Remote(Remote {
            name: "default".to_owned(),
            url,
            world_id: get("WORLD_ID"),
            admin_code: get("ADMIN_CODE"),
        }),
    })
}

fn dot_env(root: &Path) -> Result<BTreeMap<String, String>, SettingsError> {
    let path = root.join(DOT_ENV);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let unreadable = |error: dotenvy::Error| SettingsError::Unreadable {
        file: DOT_ENV,
        message: error.to_string(),
        line: 0,
    };
    // Its own words would show the line, and the line may hold the admin code.
    let broken = |error| match error {
        dotenvy::Error::LineParse(text, _) => SettingsError::Unreadable {
            file: DOT_ENV,
            message: "this line is not NAME=value, or its quote is never closed".to_owned(),
            line: line_of(&path, &text),
        },
        error => unreadable(error),
    };
    dotenvy::from_path_iter(&path).map_err(unreadable)?.collect::<Result<_, _>>().map_err(broken)
}

/// The line where `part` of a file begins; 0 if it cannot be told.
fn line_of(path: &Path, part: &str) -> u32 {
    let text = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    let before = text.find(part.trim_end()).map(|at| text[..at].matches('\n').count() + 1);
    u32::try_from(before.unwrap_or(0)).unwrap_or(0)
}

#[derive(Deserialize, Default)]
struct TomlFile {
    #[serde(default)]
    targets: BTreeMap<String, TargetEntry>,
}

/// One target, in the spellings of both files.
#[derive(Deserialize, Clone)]
struct TargetEntry {
    #[serde(alias = "worldUrl")]
    url: Option<String>,
    #[serde(alias = "worldId")]
    world_id: Option<String>,
    #[serde(alias = "adminCode")]
    admin_code: Option<String>,
}

fn target_named(root: &Path, name: &str) -> Result<Remote, SettingsError> {
    let mut known: BTreeMap<String, (TargetEntry, &'static str)> = BTreeMap::new();
    known.extend(read_json(root)?.into_iter().map(|(key, it)| (key, (it, TARGETS))));
    known.extend(read_toml(root)?.targets.into_iter().map(|(key, it)| (key, (it, TOML))));
    let Some((entry, file)) = known.get(name) else {
        return Err(SettingsError::UnknownTarget {
            name: name.to_owned(),
            known: known.into_keys().collect(),
            files: vec![TOML, TARGETS],
        });
    };
    let missing = |field| SettingsError::IncompleteTarget { name: name.to_owned(), field, file };
    Ok(Remote {
        name: name.to_owned(),
        url: entry.url.clone().ok_or_else(|| missing("url"))?,
        world_id: Some(entry.world_id.clone().ok_or_else(|| missing("world_id"))?),
        admin_code: entry.admin_code.clone(),
    })
}

fn read_toml(root: &Path) -> Result<TomlFile, SettingsError> {
    let Some(text) = read(root, TOML)? else { return Ok(TomlFile::default()) };
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(0, |it| text[..it.start].matches('\n').count() + 1);
        unreadable(TOML, error.message(), line)
    })
}

fn read_json(root: &Path) -> Result<BTreeMap<String, TargetEntry>, SettingsError> {
    let Some(text) = read(root, TARGETS)? else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&text).map_err(|error| {
        let full = error.to_string();
        unreadable(TARGETS, full.split(" at line ").next().unwrap_or(&full), error.line())
    })
}

fn read(root: &Path, file: &'static str) -> Result<Option<String>, SettingsError> {
    match std::fs::read_to_string(root.join(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(file, &error.to_string(), 0)),
    }
}

fn unreadable(file: &'static str, message: &str, line: usize) -> SettingsError {
    SettingsError::Unreadable { file, message: message.to_owned(), line: u32::try_from(line).unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    fn no_env(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn without_a_word_about_a_world_the_project_gets_its_own() {
        let dir = project(&[("apps/x", "")]);
        assert_eq!(world_choice(dir.path(), None, &no_env), Ok(WorldChoice::Local));
    }

    #[test]
    fn the_environment_beats_the_env_file() {
        let dir = project(&[(".env", "WORLD_URL=http://a\nWORLD_ID=one\nADMIN_CODE=\"x y\"\n")]);
        let env = |key: &str| (key == "WORLD_URL").then(|| "http://b".to_owned());
        let WorldChoice::Remote(remote) = world_choice(dir.path(), None, &env).unwrap() else { panic!() };
        assert_eq!((remote.url.as_str(), remote.admin_code.as_deref()), ("http://b", Some("x y")));
    }

    #[test]
    fn targets_come_from_both_files_and_ours_wins() {
        let dir = project(&[
            (
                ".lobby/targets.json",
                r#"{"prod": {"worldUrl": "http://old", "worldId": "p", "adminCode": "c"}}"#,
            ),
            ("bowline.toml", "[targets.prod]\nurl = \"http://new\"\nworld_id = \"p\"\n"),
        ]);
        let WorldChoice::Remote(remote) = world_choice(dir.path(), Some("prod"), &no_env).unwrap() else {
            panic!()
        };
        assert_eq!(remote.url, "http://new");
        let unknown = world_choice(dir.path(), Some("stage"), &no_env).unwrap_err();
        assert_eq!(unknown.to_string(), "there is no target `stage`");
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let dir = project(&[("bowline.toml", "[targets.x]\nurl = \n")]);
        let Err(SettingsError::Unreadable { line, .. }) = world_choice(dir.path(), Some("x"), &no_env) else {
            panic!()
        };
        assert_eq!(line, 2);
    }
}
