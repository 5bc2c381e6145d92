//! What a world must be told so that one of its blueprints holds what the folder holds: the body of
//! an add or a modify, and the bytes that must be there first. Pure; `carry/send.rs` sends it, and
//! the order, the lock and the versions are `bowline_sync::job::send`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_model::blueprint::{Blueprint, split_id, version};
use bowline_model::format::blueprint::Defaults;
use bowline_model::{AssetName, Digest, ItemId, ProjectPath};
use serde_json::{Map, Value, json};

use crate::project::AppFiles;
use crate::remote::{format_of, script_files};

/// One app, as both sides had it when its deploy was planned.
pub(crate) struct Deploy {
    /// The blueprint that carries the scripts.
    pub(crate) root: String,
    /// What the folder says.
    pub(crate) files: Arc<AppFiles>,
    /// The app's blueprints in the world.
    pub(crate) world: BTreeMap<String, Blueprint>,
    /// The highest version ever seen of each blueprint.
    pub(crate) versions_seen: BTreeMap<String, u64>,
}

/// What an item shall hold in the world.
pub(crate) type Put = (ItemId, Option<Digest>);

/// Why a body cannot be made: what it was planned from is no longer so.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stale(pub(crate) ItemId);

/// The model of a blueprint that names none: worlds never run the script of an app without a model.
const EMPTY_MODEL: &str = "asset://empty.glb";

impl Deploy {
    /// The body of the change that makes `id`, now at `from`, hold `items`.
    pub(crate) fn modify(&self, id: &str, from: u64, items: &[Put]) -> Result<Blueprint, Stale> {
        let mut body = body(id, from + 1);
        body.extend(self.fields(id, items)?);
        Ok(body)
    }

    /// The body of a blueprint the world does not have.
    pub(crate) fn add(&self, id: &str, items: &[Put]) -> Result<Blueprint, Stale> {
        // Worlds cache modules by version for as long as they run: one that comes back at a version
        // it had before would run its old code.
        let mut body = body(id, self.versions_seen.get(id).map_or(0, |it| it + 1));
        body.insert("name".to_owned(), json!(split_id(id).1));
        if id != self.root {
            body.extend(self.reference_fields());
        }
        body.extend(self.fields(id, items)?);
        body.entry("model").or_insert_with(|| json!(EMPTY_MODEL));
        Ok(body)
    }

    /// The bytes the world needs before it is told of `items`, and the file that has them.
    pub(crate) fn uploads(&self, items: &[Put]) -> BTreeMap<AssetName, ProjectPath> {
        let mut uploads = BTreeMap::new();
        for (item, put) in items {
            match (item, put) {
                (ItemId::Script { path, .. }, Some(digest)) => {
                    if let Some((file, _)) = self.files.modules.get(path).filter(|it| it.1 == *digest) {
                        uploads.insert(AssetName::new(*digest, path.as_str()), file.clone());
                    }
                }
                (ItemId::Blueprint { id, .. }, Some(_)) => uploads.extend(self.assets_of(id)),
                _ => (),
            }
        }
        uploads
    }

    fn assets_of(&self, id: &str) -> Vec<(AssetName, ProjectPath)> {
        let Some(file) = self.files.blueprints.get(id) else { return Vec::new() };
        let named: BTreeSet<AssetName> = file.defaults.assets().into_iter().map(|(_, name)| name).collect();
        let held = file.assets.iter().filter(|(_, name)| named.contains(name));
        held.map(|(path, name)| (name.clone(), path.clone())).collect()
    }

    fn fields(&self, id: &str, items: &[Put]) -> Result<Map<String, Value>, Stale> {
        let mut fields = Map::new();
        let mut scripts = Vec::new();
        let mut format_moves = false;
        for (item, put) in items {
            match item {
                ItemId::Script { path, .. } => {
                    let surveyed = |digest| self.files.modules.get(path).is_some_and(|it| it.1 == digest);
                    // The world must never be told of a module that was not uploaded.
                    if !put.is_none_or(surveyed) {
                        return Err(Stale(item.clone()));
                    }
                    scripts.push((path, *put));
                }
                ItemId::Blueprint { .. } => {
                    let ours = self.ours(id, item, *put)?;
                    let now = self.now(id);
                    format_moves = ours.0.get("scriptFormat") != now.0.get("scriptFormat");
                    fields.extend(ours.change_from(&now));
                }
                ItemId::Entity { .. } | ItemId::Record { .. } => return Err(Stale(item.clone())),
            }
        }
        if id == self.root && (!scripts.is_empty() || format_moves) {
            fields.extend(self.script_fields(&scripts));
        }
        Ok(fields)
    }

    /// What the folder says of a blueprint; nothing at all once its file is deleted.
    fn ours(&self, id: &str, item: &ItemId, put: Option<Digest>) -> Result<Defaults, Stale> {
        let Some(put) = put else { return Ok(Defaults::default()) };
        let format = (id == self.root).then(|| self.format()).flatten();
        let ours = self.files.blueprints.get(id).map(|it| it.with_format(format));
        ours.filter(|it| it.digest() == put).ok_or_else(|| Stale(item.clone()))
    }

    fn now(&self, id: &str) -> Defaults {
        self.world.get(id).map(|it| Defaults::of_world(it, format_of(it))).unwrap_or_default()
    }

    fn format(&self) -> Option<&'static str> {
        self.files.format.map(|it| it.name())
    }

    /// The five script fields of the root, always together.
    fn script_fields(&self, puts: &[(&ProjectPath, Option<Digest>)]) -> Map<String, Value> {
        let files = self.files_after(puts);
        let now = self.world.get(&self.root).and_then(|it| it.get("scriptEntry")?.as_str());
        let ours = self.files.entry.as_ref().map(ProjectPath::as_str);
        let entry = ours.into_iter().chain(now).find(|it| files.contains_key(*it));
        object(match entry {
            None => {
                json!({"script": null, "scriptEntry": null, "scriptFiles": null, "scriptFormat": null, "scriptRef": null})
            }
            Some(entry) => json!({
                "script": files.get(entry),
                "scriptEntry": entry,
                "scriptFormat": self.format(),
                "scriptFiles": files,
                "scriptRef": null,
            }),
        })
    }

    /// The module map the world will have: what it has now, with the changes applied.
    fn files_after(&self, puts: &[(&ProjectPath, Option<Digest>)]) -> BTreeMap<String, String> {
        let now = self.world.get(&self.root).map(script_files).unwrap_or_default();
        let mut files: BTreeMap<String, String> = now.into_iter().collect();
        for (path, put) in puts {
            match put {
                Some(digest) => files.insert(path.to_string(), AssetName::new(*digest, path.as_str()).url()),
                None => files.remove(path.as_str()),
            };
        }
        files
    }

    /// A variant runs the root's script: it names the entry and refers to the root for the rest.
    fn reference_fields(&self) -> Map<String, Value> {
        let Some(entry) = &self.files.entry else { return Map::new() };
        let Some((_, digest)) = self.files.modules.get(entry) else { return Map::new() };
        let script = AssetName::new(*digest, entry.as_str()).url();
        object(json!({
            "script": script, "scriptEntry": null, "scriptFiles": null, "scriptFormat": null, "scriptRef": self.root,
        }))
    }

    /// Whether the world's copy is the one a change from `version` was planned against.
    pub(crate) fn is_at(&self, id: &str, from: u64) -> bool {
        self.world.get(id).and_then(version) == Some(from)
    }
}

fn body(id: &str, version: u64) -> Blueprint {
    object(json!({"id": id, "version": version}))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::format::blueprint;
    use bowline_script::ScriptFormat;
    use expect_test::expect;

    fn path(text: &str) -> ProjectPath {
        ProjectPath::parse(text).unwrap()
    }

    fn script(key: &str, text: &str) -> Put {
        (ItemId::Script { app: "A".to_owned(), path: path(key) }, Some(Digest::of(text.as_bytes())))
    }

    fn deploy(world: Value) -> Deploy {
        let mut files =
            AppFiles { root: "A".to_owned(), entry: Some(path("index.js")), ..AppFiles::default() };
        files.format = Some(ScriptFormat::Module);
        for (key, text) in [("index.js", "1"), ("lib/x.js", "2")] {
            files.modules.insert(path(key), (path(&format!("apps/A/{key}")), Digest::of(text.as_bytes())));
        }
        let file = blueprint::read("", r#"{"props": {"n": 1}}"#, &|_| None).unwrap();
        files.blueprints.insert("A".to_owned(), file.clone());
        files.blueprints.insert("A__Red".to_owned(), file);
        let world = object(world).into_iter().map(|(id, it)| (id, object(it))).collect();
        let files = Arc::new(files);
        Deploy { root: "A".to_owned(), files, world, versions_seen: BTreeMap::from([("A".to_owned(), 6)]) }
    }

    fn short(blueprint: Result<Blueprint, Stale>) -> String {
        let text = Value::Object(blueprint.unwrap()).to_string();
        text.replace(&Digest::of(b"1").to_string(), "ONE").replace(&Digest::of(b"2").to_string(), "TWO")
    }

    #[test]
    fn one_changed_module_sends_the_map_with_that_module_and_nothing_else_of_the_blueprint() {
        let world = json!({"A": {"id": "A", "version": 4, "model": "asset://m.glb", "scriptEntry": "index.js",
            "scriptFiles": {"index.js": "asset://old.js", "gone.js": "asset://gone.js"}}});
        expect![[r#"{"id":"A","version":5,"script":"asset://ONE.js","scriptEntry":"index.js","scriptFormat":"module","scriptFiles":{"gone.js":"asset://gone.js","index.js":"asset://ONE.js"},"scriptRef":null}"#]]
            .assert_eq(&short(deploy(world).modify("A", 4, &[script("index.js", "1")])));
    }

    #[test]
    fn a_module_that_would_not_be_uploaded_is_not_sent() {
        let unsurveyed = script("lib/x.js", "saved a moment ago");
        let deploy = deploy(json!({"A": {"id": "A", "version": 4}}));
        assert!(deploy.uploads(std::slice::from_ref(&unsurveyed)).is_empty());
        assert_eq!(
            deploy.modify("A", 4, std::slice::from_ref(&unsurveyed)),
            Err(Stale(unsurveyed.0.clone()))
        );
        assert_eq!(deploy.add("A", std::slice::from_ref(&unsurveyed)), Err(Stale(unsurveyed.0)));
    }

    #[test]
    fn an_app_that_comes_back_starts_above_every_version_it_had() {
        expect![[r#"{"id":"A","version":7,"name":"A","script":"asset://ONE.js","scriptEntry":"index.js","scriptFormat":"module","scriptFiles":{"index.js":"asset://ONE.js","lib/x.js":"asset://TWO.js"},"scriptRef":null,"model":"asset://empty.glb"}"#]]
            .assert_eq(&short(deploy(json!({})).add("A", &[script("index.js", "1"), script("lib/x.js", "2")])));
    }

    #[test]
    fn a_variant_refers_to_the_root() {
        let deploy = deploy(json!({}));
        let digest = deploy.files.blueprints["A__Red"].with_format(None).digest();
        let item = ItemId::Blueprint { app: "A".to_owned(), id: "A__Red".to_owned() };
        expect![[r#"{"id":"A__Red","version":0,"name":"Red","script":"asset://ONE.js","scriptEntry":null,"scriptFiles":null,"scriptFormat":null,"scriptRef":"A","props":{"n":1},"model":"asset://empty.glb"}"#]]
            .assert_eq(&short(deploy.add("A__Red", &[(item.clone(), Some(digest))])));
        assert_eq!(deploy.add("A__Red", &[(item.clone(), Some(Digest::of(b"other")))]), Err(Stale(item)));
    }
}
