//! The sample harbor as steps of a world: what a mirror would deploy.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bowline_model::blueprint::join_id;
use bowline_model::{AssetName, Digest, ProjectPath, layout};
use bowline_runtime::{Definitions, Step};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};
use serde_json::{Map, Value, json};

/// How many apps it has.
pub(super) const APPS: usize = 12;

/// Whether an app is one of the harbor's.
pub(super) fn is_part(app: &str) -> bool {
    !app.starts_with("Hostile")
}

type Texts = BTreeMap<AssetName, Arc<str>>;

/// All of it, and the texts of its scripts.
pub(super) fn steps() -> (Vec<Step>, Texts) {
    let root = bowline_fixtures::project("harbor");
    // Every app has a copy of what it shares; here of all there is, whether it uses it or not.
    let shared = scripts(&root.join("shared"), "@shared/");
    let (mut steps, mut texts) = (Vec::new(), Texts::new());
    for app in names(&root.join("apps")) {
        let folder = root.join("apps").join(&app);
        let mut files = scripts(&folder, "");
        files.extend(shared.clone());
        let entries = ["index.ts", "index.luau", "index.js"];
        let entry = entries.into_iter().find(|it| files.contains_key(*it)).unwrap_or("index.js");
        let mut urls = Map::new();
        for (key, text) in &files {
            let name = AssetName::new(Digest::of(text.as_bytes()), key.as_str());
            urls.insert(key.to_string(), json!(name.url()));
            texts.insert(name, text.as_str().into());
        }
        for file in names(&folder).iter().filter_map(|it| it.strip_suffix(".json")) {
            let mut json = object(&folder.join(format!("{file}.json")));
            json.insert("id".to_owned(), json!(join_id(&app, file)));
            json.insert("version".to_owned(), json!(1));
            if file == app {
                json.insert("script".to_owned(), urls[entry].clone());
                json.insert("scriptEntry".to_owned(), json!(entry));
                json.insert("scriptFiles".to_owned(), Value::Object(urls.clone()));
            } else {
                json.insert("scriptRef".to_owned(), json!(app));
            }
            steps.push(Step::PutBlueprint { json });
        }
    }
    for entity in object(&root.join("world.json"))["entities"].as_array().into_iter().flatten() {
        let json = entity.as_object().cloned().unwrap_or_default();
        steps.push(Step::PutEntity { json });
    }
    (steps, texts)
}

/// The project's own definitions, beside those every world has.
pub(super) fn definitions() -> Arc<Definitions> {
    let root = bowline_fixtures::project("harbor");
    let mut entries = core::records();
    for (folder, kind, _) in layout::RECORDS.iter().filter(|it| root.join(it.0).is_dir()) {
        for file in names(&root.join(folder)) {
            let path = ProjectPath::parse(&format!("{folder}/{file}")).expect("a plain name is a path");
            let slug = layout::slug_of(&path).expect("the sample is well named");
            let kind = RecordKind::named(kind).expect("the layout names kinds");
            let payload = Value::Object(object(&root.join(folder).join(&file)));
            entries.push(Entry { slug, kind, version: 1, payload });
        }
    }
    let asking = Asking { scopes: vec![layout::PROJECT_SCOPE.to_owned()], ..Asking::default() };
    Definitions::compile(Snapshot::build(&entries, &asking).snapshot).expect("the sample is valid")
}

/// Every script below `folder`, by key.
fn scripts(folder: &Path, prefix: &str) -> BTreeMap<ProjectPath, String> {
    let mut found = BTreeMap::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(scripts(&path, &format!("{prefix}{name}/")));
        } else if [".js", ".ts", ".luau"].iter().any(|it| name.ends_with(it)) && !name.contains(".test.") {
            let key = ProjectPath::parse(&format!("{prefix}{name}")).expect("a plain name is a path");
            found.insert(key, std::fs::read_to_string(&path).expect("the sample is there"));
        }
    }
    found
}

fn object(path: &Path) -> Map<String, Value> {
    let text = std::fs::read_to_string(path).expect("the sample is there");
    serde_json::from_str(&text).expect("the sample is JSON")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the sample is there");
    let names = entries.filter_map(|it| it.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
