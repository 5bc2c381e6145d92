//! The world as the mirror sees it: blueprints and entities in, items out.
//!
//! The counterpart of `project.rs`. Ids and file names from a world are not to be trusted: what
//! cannot be stored safely is a problem people are told of, and never a path that is written.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::blueprint::{Blueprint, is_storable, split_id, version};
use bowline_model::format::blueprint::Defaults;
use bowline_model::format::world::Placement;
use bowline_model::layout::{self, Place};
use bowline_model::{AssetName, Digest, Group, ItemId, Problem, ProjectPath};
use bowline_script::ScriptFormat;
use bowline_sync::sighting::{Millis, Seen, Sighting};
use serde_json::{Map, Value};

use crate::project::Hint;
use crate::records::{Records, item};

/// What is known of a world.
#[derive(Default)]
pub(crate) struct World {
    blueprints: BTreeMap<String, (Blueprint, Option<Millis>)>,
    entities: BTreeMap<String, (Map<String, Value>, Option<Millis>)>,
    /// What each entity was before its last change: a world has no versions for them.
    before: BTreeMap<String, Map<String, Value>>,
    /// Digests of assets whose name does not say it: the built-ins of real worlds.
    named: BTreeMap<String, Digest>,
    /// The records of the project's scope.
    pub(crate) records: Records,
}

/// The world, as items.
#[derive(Default)]
pub(crate) struct WorldSurvey {
    /// Everything the world holds. What is not named is absent.
    pub(crate) items: BTreeMap<ItemId, Sighting>,
    /// The version of every blueprint.
    pub(crate) versions: BTreeMap<String, u64>,
    /// Where each module's bytes are.
    pub(crate) assets: BTreeMap<ItemId, String>,
    /// The blueprint that owns each app's scripts.
    pub(crate) roots: BTreeMap<String, String>,
    /// What the folder cannot know of each app.
    pub(crate) hints: BTreeMap<String, Hint>,
    /// Assets that must be fetched once to know their digest.
    pub(crate) unnamed: BTreeSet<String>,
    pub(crate) problems: BTreeMap<String, Vec<Problem>>,
}

impl World {
    /// Starts over from a snapshot. `at` is when it was taken: the latest that anything in it can
    /// have changed.
    pub(crate) fn reset(
        &mut self,
        blueprints: Vec<Blueprint>,
        entities: Vec<Map<String, Value>>,
        at: Millis,
    ) {
        let old = std::mem::take(&mut self.blueprints);
        for blueprint in blueprints {
            let since = |id: &str| {
                old.get(id).filter(|(it, _)| version(it) == version(&blueprint)).and_then(|it| it.1)
            };
            if let Some(id) = text(&blueprint, "id").map(str::to_owned) {
                let changed = since(&id).unwrap_or(at);
                self.blueprints.insert(id, (blueprint, Some(changed)));
            }
        }
        self.entities.clear();
        self.before.clear();
        for entity in entities {
            self.put_entity(entity, at);
        }
    }

    /// A blueprint as it was added; it may replace one, with any version.
    pub(crate) fn add_blueprint(&mut self, blueprint: Blueprint, at: Millis) {
        if let Some(id) = text(&blueprint, "id").map(str::to_owned) {
            self.blueprints.insert(id, (blueprint, Some(at)));
        }
    }

    /// A blueprint after a change. News from before the snapshot may arrive after it: an older
    /// version than the one we know is history.
    pub(crate) fn modify_blueprint(&mut self, blueprint: Blueprint, at: Millis) {
        let known = text(&blueprint, "id").and_then(|id| self.blueprint(id)).and_then(version);
        if known.is_none() || version(&blueprint) >= known {
            self.add_blueprint(blueprint, at);
        }
    }

    pub(crate) fn remove_blueprint(&mut self, id: &str) {
        self.blueprints.remove(id);
    }

    /// An entity as the world now has it, or the part of it that changed.
    pub(crate) fn put_entity(&mut self, entity: Map<String, Value>, at: Millis) {
        let Some(id) = text(&entity, "id").map(str::to_owned) else { return };
        if let Some((old, _)) = self.entities.get(&id) {
            self.before.insert(id.clone(), old.clone());
        }
        let known = self.entities.entry(id).or_default();
        known.0.extend(entity);
        known.1 = Some(at);
    }

    pub(crate) fn remove_entity(&mut self, id: &str) {
        if let Some((old, _)) = self.entities.remove(id) {
            self.before.insert(id.to_owned(), old);
        }
    }

    /// What an entity was before its last change.
    pub(crate) fn entity_before(&self, id: &str) -> Option<&Map<String, Value>> {
        self.before.get(id)
    }

    /// The digest of a built-in asset, once it was fetched.
    pub(crate) fn name_asset(&mut self, url: &str, digest: Digest) {
        self.named.insert(url.to_owned(), digest);
    }

    pub(crate) fn blueprint(&self, id: &str) -> Option<&Blueprint> {
        self.blueprints.get(id).map(|it| &it.0)
    }

    pub(crate) fn entity(&self, id: &str) -> Option<&Map<String, Value>> {
        self.entities.get(id).map(|it| &it.0)
    }

    /// What the world last said of an entity.
    pub(crate) fn seen_entity(&self, id: &str) -> Seen {
        self.entity(id).map_or(Seen::Absent, |it| Seen::Present(Placement::of(it).digest()))
    }

    /// The defaults a world's blueprint holds, as a file would.
    pub(crate) fn defaults(&self, id: &str) -> Option<Defaults> {
        let blueprint = self.blueprint(id)?;
        Some(Defaults::of_world(blueprint, format_of(blueprint)))
    }

    /// The world, as items.
    pub(crate) fn survey(&self) -> WorldSurvey {
        let mut survey = WorldSurvey::default();
        self.find_roots(&mut survey);
        for (id, (blueprint, at)) in &self.blueprints {
            if is_storable(id) {
                self.survey_blueprint(id, blueprint, *at, &mut survey);
            } else {
                let message = format!("the world has a blueprint `{id}` that no folder can hold");
                let problem = Problem::file("unstorable_id", "", message)
                    .help("rename it in the world; until then it is left alone");
                survey.problems.entry(String::new()).or_default().push(problem);
            }
        }
        for (id, (entity, at)) in &self.entities {
            let busy = |key| entity.get(key).is_some_and(|it| !it.is_null());
            // Somebody is dragging it, or its files are still on their way: what it says now is not
            // what it will say in a moment.
            let seen = match busy("mover") || busy("uploader") {
                true => Seen::Unknown,
                false => Seen::Present(Placement::of(entity).digest()),
            };
            survey.items.insert(ItemId::Entity { id: id.clone() }, Sighting { seen, changed_at: *at });
        }
        self.survey_records(&mut survey);
        survey
    }

    fn survey_records(&self, survey: &mut WorldSurvey) {
        let Records::Known(records) = &self.records else { return };
        for (slug, record) in records {
            let Some(file) = record.file() else {
                let message = format!("the world has a record `{slug}` that no file can hold");
                let problem =
                    Problem::file("unstorable_record", "", message).help("it is left as it is in the world");
                survey.problems.entry(Group::Records.to_string()).or_default().push(problem);
                continue;
            };
            let seen = Seen::Present(record.digest());
            survey.items.insert(item(&file), Sighting { seen, changed_at: record.changed_at });
        }
    }

    /// The blueprint named like the app owns its scripts; else the first that has any.
    fn find_roots(&self, survey: &mut WorldSurvey) {
        for (id, (blueprint, _)) in &self.blueprints {
            let (app, _) = split_id(id);
            if is_storable(id) && owns_scripts(blueprint) && (id == app || !survey.roots.contains_key(app)) {
                survey.roots.insert(app.to_owned(), id.clone());
            }
        }
    }

    fn survey_blueprint(
        &self,
        id: &str,
        blueprint: &Blueprint,
        at: Option<Millis>,
        survey: &mut WorldSurvey,
    ) {
        let (app, _) = split_id(id);
        survey.versions.insert(id.to_owned(), version(blueprint).unwrap_or(0));
        let item = ItemId::Blueprint { app: app.to_owned(), id: id.to_owned() };
        let seen = Seen::Present(Defaults::of_world(blueprint, format_of(blueprint)).digest());
        survey.items.insert(item, Sighting { seen, changed_at: at });
        if !owns_scripts(blueprint) {
            return;
        }
        if survey.roots.get(app).map(String::as_str) != Some(id) {
            let message = format!("`{id}` has scripts of its own beside those of its app");
            let problem = Problem::file("second_script_root", format!("apps/{app}"), message)
                .help("its scripts are left as they are in the world; only its defaults are mirrored");
            survey.problems.entry(app.to_owned()).or_default().push(problem);
            return;
        }
        let entry = text(blueprint, "scriptEntry").and_then(|it| ProjectPath::parse(it).ok());
        let format = ScriptFormat::declared(format_of(blueprint)).ok();
        survey.hints.insert(app.to_owned(), Hint { root: id.to_owned(), entry, format });
        for (key, url) in script_files(blueprint) {
            self.survey_module(app, (&key, &url), at, survey);
        }
    }

    fn survey_module(
        &self,
        app: &str,
        (key, url): (&str, &str),
        at: Option<Millis>,
        survey: &mut WorldSurvey,
    ) {
        let item = ProjectPath::parse(key).ok().map(|path| ItemId::Script { app: app.to_owned(), path });
        // What the scan would not find again must not be written: it would look deleted at once.
        let stored = item.as_ref().and_then(layout::file_of).filter(|it| layout::place(it) != Place::Other);
        let (Some(item), Some(_)) = (item, stored) else {
            let why = match ProjectPath::parse(key).is_ok_and(|it| layout::is_test(&it)) {
                true => "which by its name holds tests, and those are not mirrored",
                false => "that no file can hold",
            };
            let message = format!("the world's `{app}` has a module `{key}` {why}");
            let problem = Problem::file("unstorable_path", format!("apps/{app}"), message)
                .help("rename it in the world; until then it is left alone");
            survey.problems.entry(app.to_owned()).or_default().push(problem);
            return;
        };
        let digest =
            url.parse::<AssetName>().map(|it| it.digest).ok().or_else(|| self.named.get(url).copied());
        if digest.is_none() {
            survey.unnamed.insert(url.to_owned());
        }
        let seen = digest.map_or(Seen::Unknown, Seen::Present);
        survey.assets.insert(item.clone(), url.to_owned());
        survey.items.insert(item, Sighting { seen, changed_at: at });
    }
}

/// The modules of a blueprint. An old blueprint with one plain script has it as its entry.
pub(crate) fn script_files(blueprint: &Blueprint) -> Vec<(String, String)> {
    match blueprint.get("scriptFiles").and_then(Value::as_object) {
        Some(files) => {
            files.iter().filter_map(|(key, url)| Some((key.clone(), url.as_str()?.to_owned()))).collect()
        }
        None => text(blueprint, "script")
            .map(|url| vec![(bowline_script::root::single_key(url).to_owned(), url.to_owned())])
            .unwrap_or_default(),
    }
}

fn owns_scripts(blueprint: &Blueprint) -> bool {
    let refers = text(blueprint, "scriptRef").is_some_and(|it| !it.trim().is_empty());
    let files = blueprint.get("scriptFiles").is_some_and(Value::is_object);
    let plain = text(blueprint, "script").is_some_and(|it| !it.is_empty());
    let base = text(blueprint, "id").is_some_and(|id| split_id(id).0 == id);
    !refers && (files || (plain && base))
}

/// The format of the scripts a blueprint owns; a missing one means legacy-body at run time.
pub(crate) fn format_of(blueprint: &Blueprint) -> Option<&str> {
    owns_scripts(blueprint).then(|| text(blueprint, "scriptFormat").unwrap_or("legacy-body"))
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Project, Survey};
    use crate::pull::Puller;
    use bowline_sync::plan::{Keep, Step};
    use expect_test::expect;
    use serde_json::json;

    fn world(blueprints: &[Value]) -> World {
        let mut world = World::default();
        let objects = blueprints.iter().filter_map(Value::as_object).cloned().collect();
        world.reset(objects, Vec::new(), 1);
        world
    }

    fn asset(text: &str) -> String {
        AssetName::new(Digest::of(text.as_bytes()), "x.js").url()
    }

    /// What would be written if everything in the world were pulled into an empty folder.
    fn pulled(world: &World) -> Vec<String> {
        let (project, survey, remote) = (Project::default(), Survey::default(), world.survey());
        let puller = Puller { project: &project, survey: &survey, world, remote: &remote };
        let step = |(item, it): (&ItemId, &Sighting)| {
            let put = it.seen.held().flatten();
            Step { item: item.clone(), put, expect: None, base: None, keep: Keep::Trash }
        };
        let pull = puller.pull(&remote.items.iter().map(step).collect::<Vec<_>>());
        pull.files.iter().map(|it| it.path.to_string()).collect()
    }

    const HOSTILE: [&str; 12] = [
        "../../victim__x",
        "../../../victim",
        "..",
        ".",
        "a/b",
        "/etc/victim",
        "C:\\victim",
        "CON",
        "a\0b",
        ".bowline",
        "-\u{202e}evil/..",
        "",
    ];

    #[test]
    fn a_blueprint_that_no_folder_can_hold_is_named_and_never_written() {
        for id in HOSTILE {
            let files = json!({"index.js": asset("1"), "evil.js": asset("2")});
            let world = world(&[json!({"id": id, "version": 0, "scriptFiles": files})]);
            assert_eq!(pulled(&world), Vec::<String>::new(), "{id}");
            let problems = world.survey().problems;
            assert_eq!(problems[""].len(), 1, "{id}: {problems:?}");
            assert_eq!(problems[""][0].code, "unstorable_id");
        }
    }

    #[test]
    fn a_module_that_no_file_can_hold_is_named_and_never_written_and_the_others_are() {
        let hostile = [
            "../../../../victim/evil.js",
            "/victim/evil.js",
            "@shared/../../../victim/evil.js",
            "a\\..\\b.js",
            "lib/../../x.js",
            "C:/x.js",
            "lib//x.js",
            ".bowline/state.js",
            ".conflicts/x.js",
            "NUL.js",
            "x.sh",
            "x.test.js",
        ];
        let files = hostile.iter().map(|key| ((*key).to_owned(), json!(asset("2"))));
        let mut files: Map<String, Value> = files.collect();
        files.insert("index.js".to_owned(), json!(asset("1")));
        let world = world(&[json!({"id": "App", "version": 0, "scriptFiles": files})]);
        assert_eq!(pulled(&world), ["apps/App/index.js", "apps/App/App.json"]);
        let problems: Vec<String> =
            world.survey().problems["App"].iter().map(|it| it.message.clone()).collect();
        expect![[r#"
            the world's `App` has a module `../../../../victim/evil.js` that no file can hold
            the world's `App` has a module `/victim/evil.js` that no file can hold
            the world's `App` has a module `@shared/../../../victim/evil.js` that no file can hold
            the world's `App` has a module `a\..\b.js` that no file can hold
            the world's `App` has a module `lib/../../x.js` that no file can hold
            the world's `App` has a module `C:/x.js` that no file can hold
            the world's `App` has a module `lib//x.js` that no file can hold
            the world's `App` has a module `.bowline/state.js` that no file can hold
            the world's `App` has a module `.conflicts/x.js` that no file can hold
            the world's `App` has a module `NUL.js` that no file can hold
            the world's `App` has a module `x.sh` that no file can hold
            the world's `App` has a module `x.test.js` which by its name holds tests, and those are not mirrored"#]]
        .assert_eq(&problems.join("\n"));
    }

    #[test]
    fn asset_names_of_a_world_choose_no_folder() {
        let digest = Digest::of(b"m");
        for field in ["model", "../../../x", "/x"] {
            let blueprint = json!({"id": "App", "version": 0, "model": format!("asset://{digest}.glb"),
                "props": {field: {"type": "model", "url": format!("asset://{digest}.glb")}}});
            let written = pulled(&world(&[blueprint]));
            assert!(written.iter().all(|it| it.starts_with("assets/App") || it == "apps/App/App.json"));
        }
    }
}
