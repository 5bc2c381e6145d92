//! Which lines of a world's scripts would break: the use index ([`bowline_script::uses`]) over every
//! module that the world's blueprints name, and over its systems. Asked only when a change takes
//! something away; modules are read from the store then, never in a tick.

use std::collections::BTreeMap;

use bowline_model::{AssetName, ProjectPath};
use bowline_schema::change::Broken;
use bowline_schema::system::Language;
use bowline_schema::{Snapshot, api};
use bowline_script::root::{disk_path, single_key};
use bowline_script::uses::{Name, Nodes, broken_by, of_luau, of_module};
use bowline_store::{Store, StoreError, Table};
use serde_json::{Map, Value, json};

/// `{path, line, column, text}` of each line that uses what is broken, by path and line.
pub(crate) fn broken(
    store: &dyn Store,
    snapshot: &Snapshot,
    broken: &[Broken],
) -> Result<Vec<Value>, StoreError> {
    if broken.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<Name> = broken.iter().map(name).collect();
    let nodes = Nodes::new(api::properties(snapshot));
    let mut lines = Vec::new();
    for (path, text) in texts(store, snapshot)? {
        let Ok(project_path) = ProjectPath::parse(&path) else { continue };
        let uses = if path.ends_with(".luau") {
            of_luau(&project_path, &text, &nodes)
        } else {
            of_module(&project_path, &text, &nodes)
        };
        let found = broken_by(&uses.uses, &names).into_iter();
        lines.extend(
            found.map(|it| json!({"path": path, "line": it.line, "column": it.column, "text": it.text})),
        );
    }
    Ok(lines)
}

fn name(broken: &Broken) -> Name {
    match broken {
        Broken::Component(component) => Name::Component(component.clone()),
        Broken::Field(component, field) => Name::Field(component.clone(), field.clone()),
        Broken::Prefab(prefab) => Name::Prefab(prefab.clone()),
    }
}

/// Where each script is in a project, and its text. One that is missing or no text uses nothing; the
/// world says so where it is run.
fn texts(store: &dyn Store, snapshot: &Snapshot) -> Result<BTreeMap<String, String>, StoreError> {
    let mut texts = BTreeMap::new();
    for row in store.rows(Table::Blueprint)? {
        let Some(blueprint) = row.json.as_object() else { continue };
        for (key, name) in modules(blueprint) {
            let app = bowline_model::blueprint::split_id(&row.id).0;
            let text = store.blob(&name.digest)?.and_then(|it| String::from_utf8(it).ok());
            texts.extend(text.map(|it| (disk_path(app, &key), it)));
        }
    }
    for system in snapshot.systems() {
        let extension = match system.language {
            Language::Js => "js",
            Language::Ts => "ts",
            Language::Luau => "luau",
            Language::Wasm => continue,
        };
        texts.insert(format!("systems/{}.{extension}", system.name()), system.source.clone());
    }
    Ok(texts)
}

/// The files of a blueprint's own script.
fn modules(blueprint: &Map<String, Value>) -> Vec<(ProjectPath, AssetName)> {
    let file = |key: &str, url: &Value| {
        Some((ProjectPath::parse(key).ok()?, url.as_str()?.parse::<AssetName>().ok()?))
    };
    match (blueprint.get("scriptFiles"), blueprint.get("script")) {
        (Some(Value::Object(files)), _) => files.iter().filter_map(|(key, url)| file(key, url)).collect(),
        (_, Some(url)) => file(single_key(url.as_str().unwrap_or_default()), url).into_iter().collect(),
        _ => Vec::new(),
    }
}
