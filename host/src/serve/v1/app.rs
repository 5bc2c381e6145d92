//! `app/…`: what an app is made of and why it runs what it runs, from the rows and blobs of the store.
//! Shapes are in [`super`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use bowline_model::blueprint::{split_id, version};
use bowline_model::{AssetName, ProjectPath};
use bowline_script::root::{disk_path, script_root, single_key};
use bowline_script::{Facts, ImportKind, Root, Strategy, facts, resolve};
use bowline_store::{Store, StoreError, Table};
use serde_json::{Map, Value, json};

use super::{Answered, Refusal, Shared, answer, blocking, parameters, refuse, required, store_failed};
use crate::stage::Instance;

type Object = Map<String, Value>;

/// The rows of a world that explain its apps.
struct Rows {
    blueprints: BTreeMap<String, Object>,
    entities: BTreeMap<String, Object>,
}

impl Rows {
    fn read(store: &dyn Store) -> Result<Rows, StoreError> {
        let table = |table| -> Result<BTreeMap<String, Object>, StoreError> {
            let rows = store.rows(table)?.into_iter();
            Ok(rows.filter_map(|it| Some((it.id, it.json.as_object()?.clone()))).collect())
        };
        Ok(Rows { blueprints: table(Table::Blueprint)?, entities: table(Table::Entity)? })
    }

    /// The blueprints of an app, or the one of this id.
    fn of(&self, name: &str) -> Vec<&str> {
        let ids = self.blueprints.keys().map(String::as_str);
        ids.filter(|id| *id == name || split_id(id).0 == name).collect()
    }
}

/// A script root with the texts of its files.
struct Modules {
    blueprint: String,
    version: u64,
    entry: Option<ProjectPath>,
    format: String,
    files: BTreeMap<ProjectPath, (AssetName, Option<Arc<str>>)>,
}

impl Modules {
    fn read(store: &dyn Store, id: &str, blueprint: &Object) -> Result<Modules, StoreError> {
        let text = |key: &str| blueprint.get(key).and_then(Value::as_str);
        let one = || {
            let url = text("script").filter(|it| !it.is_empty())?;
            Some((single_key(url).to_owned(), url.to_owned()))
        };
        let files: Vec<(String, String)> = match blueprint.get("scriptFiles").and_then(Value::as_object) {
            Some(files) => {
                files.iter().filter_map(|(key, url)| Some((key.clone(), url.as_str()?.to_owned()))).collect()
            }
            None => one().into_iter().collect(),
        };
        let entry = text("scriptEntry").or(files.first().map(|it| it.0.as_str()));
        let entry = entry.and_then(|it| ProjectPath::parse(it).ok());
        let mut read = BTreeMap::new();
        for (key, url) in files {
            let (Ok(key), Ok(name)) = (ProjectPath::parse(&key), url.parse::<AssetName>()) else { continue };
            let bytes = store.blob(&name.digest)?;
            let text = bytes.and_then(|it| String::from_utf8(it).ok()).map(Arc::from);
            read.insert(key, (name, text));
        }
        let format = text("scriptFormat").unwrap_or("legacy-body").to_owned();
        Ok(Modules {
            blueprint: id.to_owned(),
            version: version(blueprint).unwrap_or(0),
            entry,
            format,
            files: read,
        })
    }

    /// What the entry says is kept when its code changes; nothing if there is no entry, or a word that is none.
    fn reload(&self) -> Option<&'static str> {
        let entry = self.entry.as_ref()?;
        let text = self.files.get(entry)?.1.as_deref()?;
        let declared = Strategy::declared(entry, text).ok()?;
        Strategy::WORDS.iter().find(|it| it.1 == declared).map(|it| it.0)
    }

    /// Every file with what it imports and who imports it.
    fn to_json(&self, app: &str) -> Value {
        let root = Root { blueprint: self.blueprint.clone(), version: self.version };
        let said: BTreeMap<&ProjectPath, Facts> = self
            .files
            .iter()
            .filter_map(|(key, (_, text))| Some((key, facts(key, text.as_deref()?))))
            .collect();
        let target = |key: &ProjectPath, specifier: &str| resolve(key, specifier, &root, &self.files).ok();
        let mut edges: BTreeMap<&ProjectPath, Vec<(String, Option<ProjectPath>)>> = BTreeMap::new();
        for (key, facts) in &said {
            let imports = facts.imports.iter().filter(|it| it.kind != ImportKind::TypeOnly);
            edges.insert(key, imports.map(|it| (it.specifier.clone(), target(key, &it.specifier))).collect());
        }
        let reached = reached(self.entry.as_ref(), &edges);
        let module = |(key, (name, text)): (&ProjectPath, &(AssetName, Option<Arc<str>>))| {
            let imports = edges.get(key).into_iter().flatten();
            let importers = edges.iter().filter(|(_, to)| to.iter().any(|it| it.1.as_ref() == Some(key)));
            json!({
                "key": key.as_str(),
                "path": disk_path(app, key),
                "language": language(key),
                "size": text.as_ref().map(|it| it.len()),
                "digest": name.digest.to_string(),
                "entry": self.entry.as_ref() == Some(key),
                "reached": reached.contains(key),
                "imports": imports.map(|it| json!({"specifier": it.0, "key": it.1.as_ref().map(ProjectPath::as_str)})).collect::<Vec<_>>(),
                "importedBy": importers.map(|it| json!(it.0.as_str())).collect::<Vec<_>>(),
            })
        };
        let modules: Vec<Value> = self.files.iter().map(module).collect();
        json!({"app": app, "blueprint": self.blueprint, "version": self.version, "entry": self.entry.as_ref().map(ProjectPath::as_str),
            "format": self.format, "modules": modules})
    }
}

type Edges<'a> = BTreeMap<&'a ProjectPath, Vec<(String, Option<ProjectPath>)>>;

/// What runs when the entry does.
fn reached(entry: Option<&ProjectPath>, edges: &Edges<'_>) -> BTreeSet<ProjectPath> {
    let mut found: BTreeSet<ProjectPath> = entry.cloned().into_iter().collect();
    let mut open: Vec<ProjectPath> = found.iter().cloned().collect();
    while let Some(key) = open.pop() {
        for target in edges.get(&key).into_iter().flatten().filter_map(|it| it.1.as_ref()) {
            if found.insert(target.clone()) {
                open.push(target.clone());
            }
        }
    }
    found
}

fn language(key: &ProjectPath) -> &'static str {
    match key.extension().map(str::to_ascii_lowercase).as_deref() {
        Some("ts") => "TypeScript",
        Some("luau") => "Luau",
        _ => "JavaScript",
    }
}

fn unknown(app: &str, rows: &Rows) -> Refusal {
    let known: BTreeSet<&str> = rows.blueprints.keys().map(|it| split_id(it).0).collect();
    let refusal = refuse(StatusCode::NOT_FOUND, "no_such_app", format!("the world has no app `{app}`"));
    match bowline_schema::nearest::did_you_mean(app, known.iter().copied()) {
        Some(help) => refusal.help(help),
        None => refusal.help(format!("there are {}", known.into_iter().collect::<Vec<_>>().join(", "))),
    }
}

pub(super) async fn modules(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["app"])?;
    let name = required(&asked, "app")?.to_owned();
    let store = port.store.clone();
    let read = blocking(move || {
        let rows = Rows::read(&*store)?;
        let Some(id) = first_root(&name, &rows) else { return Ok(Err(unknown(&name, &rows))) };
        let nothing = Object::new();
        let modules = Modules::read(&*store, &id, rows.blueprints.get(&id).unwrap_or(&nothing))?;
        Ok(Ok(modules.to_json(split_id(&id).0)))
    });
    Ok(answer(&read.await?.map_err(|error: StoreError| store_failed(error))??))
}

/// The script root of the blueprint, or of the first blueprint of the app, named like the app if there is one.
fn first_root(name: &str, rows: &Rows) -> Option<String> {
    let ids = rows.of(name);
    let id = ids.iter().find(|it| **it == name).or(ids.first())?;
    let root = script_root(id, |it| rows.blueprints.get(it));
    Some(root.map_or_else(|_| (*id).to_owned(), |it| it.blueprint))
}

pub(super) async fn explain(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["app"])?;
    let name = required(&asked, "app")?.to_owned();
    let (store, instances) = (port.store.clone(), port.stage.instances());
    let read = blocking(move || {
        let rows = Rows::read(&*store)?;
        let Some(id) = first_root(&name, &rows) else { return Ok(Err(unknown(&name, &rows))) };
        let nothing = Object::new();
        let modules = Modules::read(&*store, &id, rows.blueprints.get(&id).unwrap_or(&nothing))?;
        Ok(Ok(explained(&name, &rows, (&modules, &instances))))
    });
    Ok(answer(&read.await?.map_err(|error: StoreError| store_failed(error))??))
}

fn explained(name: &str, rows: &Rows, (modules, instances): (&Modules, &[Instance])) -> Value {
    let mine = rows.of(name);
    let blueprint = |id: &&str| {
        let mut json = json!({"id": id, "version": rows.blueprints.get(*id).and_then(version).unwrap_or(0)});
        match script_root(id, |it| rows.blueprints.get(it)) {
            Ok(root) => {
                json["root"] = json!(root.blueprint);
                json["rule"] = json!(format!("{:?}", root.rule));
                json["because"] = json!(root.rule.explanation());
            }
            Err(error) => json["problem"] = json!(error.to_string()),
        }
        json
    };
    let instance = |it: &Instance| {
        json!({"entity": it.entity, "blueprint": it.blueprint, "state": it.state, "starts": it.starts,
            "problem": it.problem, "props": props(it, rows)})
    };
    let instances = instances.iter().filter(|it| mine.contains(&it.blueprint.as_str())).map(instance);
    json!({
        "app": split_id(&modules.blueprint).0,
        "blueprints": mine.iter().map(blueprint).collect::<Vec<_>>(),
        "entry": modules.entry.as_ref().map(ProjectPath::as_str),
        "format": modules.format,
        "reload": modules.reload(),
        "instances": instances.collect::<Vec<_>>(),
    })
}

/// Every prop an instance has, and where its value is from: objects are merged key by key, the entity's
/// own values go before those of its blueprint.
fn props(instance: &Instance, rows: &Rows) -> Vec<Value> {
    let object =
        |row: Option<&Object>| row.and_then(|it| it.get("props")).and_then(Value::as_object).cloned();
    let shared = object(rows.blueprints.get(&instance.blueprint)).unwrap_or_default();
    let own = object(rows.entities.get(&instance.entity)).unwrap_or_default();
    let mut found = Vec::new();
    for (key, value) in &shared {
        let from = match (value, own.get(key)) {
            (_, None) => instance.blueprint.clone(),
            (Value::Object(_), Some(Value::Object(_))) => {
                format!("{} and {}", instance.blueprint, instance.entity)
            }
            (_, Some(_)) => instance.entity.clone(),
        };
        found.push(json!({"key": key, "value": own.get(key).unwrap_or(value), "from": from}));
    }
    let only_own = own.iter().filter(|(key, _)| !shared.contains_key(*key));
    found.extend(only_own.map(|(key, value)| json!({"key": key, "value": value, "from": instance.entity})));
    found
}
