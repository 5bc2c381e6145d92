//! [`Plan`]: what an entity shall run, from blueprints and the entity alone. If a plan has not
//! changed, the script goes on running, whatever else was edited.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::blueprint::split_id;
use bowline_model::{AssetName, Problem, ProjectPath};
use bowline_script::fields::{RootFieldError, check_root};
use bowline_script::root::{RootRule, script_root, single_key};
use bowline_script::{Root, ScriptFormat};
use serde_json::{Map, Value};

use super::World;

pub(super) type Blueprints = BTreeMap<String, Map<String, Value>>;

/// What shall run and with what. Equal plans run the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) root: Option<(String, RootRule)>,
    pub(super) run: Result<Run, Problem>,
    /// Blueprint and entity props, merged deep.
    pub(super) props: Map<String, Value>,
    pub(super) model: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Run {
    Script(Arc<Recipe>),
    Nothing,
}

/// A script root as assets.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) root: Root,
    pub(super) entry: ProjectPath,
    pub(super) format: ScriptFormat,
    pub(super) files: BTreeMap<ProjectPath, AssetName>,
}

/// The version is in every module's name but is no reason to start again.
impl PartialEq for Recipe {
    fn eq(&self, other: &Recipe) -> bool {
        self.root.blueprint == other.root.blueprint
            && (&self.entry, self.format, &self.files) == (&other.entry, other.format, &other.files)
    }
}

impl Plan {
    /// Whether `other` is the same but for the text of the script.
    pub(super) fn is_same_but_for_code(&self, other: &Plan) -> bool {
        let (Ok(Run::Script(mine)), Ok(Run::Script(theirs))) = (&self.run, &other.run) else { return false };
        World::seat(mine) == World::seat(theirs)
            && (&self.root, &self.props, &self.model) == (&other.root, &other.props, &other.model)
    }

    /// The plan for an entity of the blueprint `id` with these props of its own.
    pub(super) fn of(id: &str, own_props: Option<&Value>, blueprints: &Blueprints) -> Plan {
        let blueprint = blueprints.get(id);
        let text =
            |key: &str| blueprint.and_then(|it| it.get(key)).and_then(Value::as_str).map(str::to_owned);
        let mut props = Map::new();
        for layer in [blueprint.and_then(|it| it.get("props")), own_props] {
            merge(&mut props, layer);
        }
        let (root, run) = match blueprint {
            None => {
                let message = format!("the world has no blueprint `{id}`");
                (None, Err(Problem::file("blueprint_not_found", blueprint_path(id), message)))
            }
            Some(it) if it.get("disabled") == Some(&Value::Bool(true)) => (None, Ok(Run::Nothing)),
            Some(_) => match script_root(id, |it| blueprints.get(it)) {
                Ok(it) => (Some((it.blueprint.clone(), it.rule)), run(&it.blueprint, it.rule, blueprints)),
                Err(error) => {
                    let message = format!("scriptRef names `{}`, which the world does not have", error.0);
                    (None, Err(Problem::file("script_ref_not_found", blueprint_path(id), message)))
                }
            },
        };
        Plan { root, run, props, model: text("model") }
    }
}

fn run(id: &str, rule: RootRule, blueprints: &Blueprints) -> Result<Run, Problem> {
    let nothing = Map::new();
    let blueprint = blueprints.get(id).unwrap_or(&nothing);
    let version = blueprint.get("version").and_then(Value::as_f64).filter(|it| *it >= 0.0).unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be at least 0; versions are small"
    )]
    let root = Root { blueprint: id.to_owned(), version: version as u64 };
    match rule {
        RootRule::NoScript => Ok(Run::Nothing),
        RootRule::SingleFile => single_file(root, blueprint).map(script),
        RootRule::Own | RootRule::AppBase | RootRule::ScriptRef => {
            // What `scriptRef` names may be an old blueprint with one plain file.
            match blueprint.get("scriptFiles") {
                Some(Value::Object(files)) => modules(root, blueprint, files).map(script),
                _ => single_file(root, blueprint).map(script),
            }
        }
    }
}

fn script(recipe: Recipe) -> Run {
    Run::Script(Arc::new(recipe))
}

fn modules(
    root: Root,
    blueprint: &Map<String, Value>,
    files: &Map<String, Value>,
) -> Result<Recipe, Problem> {
    let path = blueprint_path(&root.blueprint);
    match check_root(blueprint) {
        // A world derives `script`; only the tools insist that it agrees.
        Ok(()) | Err(RootFieldError::ScriptIsNotEntry) => (),
        Err(error) => return Err(field_problem(&error, path)),
    }
    let format = blueprint.get("scriptFormat").and_then(Value::as_str);
    let format = ScriptFormat::declared(format).map_err(|it| it.problem(&path))?;
    let entry = blueprint.get("scriptEntry").and_then(Value::as_str).unwrap_or_default();
    let entry = ProjectPath::parse(entry)
        .map_err(|it| Problem::file("module_script_entry_missing", path, it.to_string()))?;
    // A key no disk can hold is one nothing can import.
    let file = |(key, url): (&String, &Value)| {
        Some((ProjectPath::parse(key).ok()?, url.as_str()?.parse::<AssetName>().ok()?))
    };
    Ok(Recipe { root, entry, format, files: files.iter().filter_map(file).collect() })
}

fn single_file(root: Root, blueprint: &Map<String, Value>) -> Result<Recipe, Problem> {
    let url = blueprint.get("script").and_then(Value::as_str).unwrap_or_default();
    let name: AssetName = url.parse().map_err(|_| {
        let message = format!("`{url}` is no script this world can read");
        Problem::file("module_script_missing_fields", blueprint_path(&root.blueprint), message)
    })?;
    let entry = ProjectPath::parse(single_key(url)).expect("a plain name is a path");
    let files = BTreeMap::from([(entry.clone(), name)]);
    Ok(Recipe { root, entry, format: ScriptFormat::LegacyBody, files })
}

fn field_problem(error: &RootFieldError, path: String) -> Problem {
    let (code, message) = match error {
        RootFieldError::Field(it) => {
            let code = match it {
                bowline_script::fields::FieldError::Files => "invalid_script_files",
                bowline_script::fields::FieldError::Entry => "invalid_script_entry",
            };
            (code, "the blueprint's script fields are malformed".to_owned())
        }
        RootFieldError::MissingFields => {
            ("module_script_missing_fields", "the blueprint has no scriptFiles or no scriptEntry".to_owned())
        }
        RootFieldError::EntryMissing => {
            ("module_script_entry_missing", "scriptEntry is not among scriptFiles".to_owned())
        }
        RootFieldError::Format(word) => ("invalid_script_format", format!("`{word}` is no script format")),
        RootFieldError::ScriptIsNotEntry => {
            ("script_is_not_entry", "script is another file than scriptEntry".to_owned())
        }
    };
    Problem::file(code, path, message)
}

fn blueprint_path(id: &str) -> String {
    let (app, file) = split_id(id);
    format!("apps/{app}/{file}.json")
}

/// Objects merge key by key, anything else replaces.
fn merge(into: &mut Map<String, Value>, layer: Option<&Value>) {
    let Some(Value::Object(layer)) = layer else { return };
    for (key, value) in layer {
        match (into.get_mut(key), value) {
            (Some(Value::Object(below)), Value::Object(_)) => merge(below, Some(value)),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}
