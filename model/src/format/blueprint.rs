//! A blueprint's defaults: the JSON file beside the scripts, and the same fields in a world.
//!
//! [`Defaults`] is what both sides agree or disagree on. Fields that hold their default (null,
//! false, an empty object) are left out, so a world that spells out every default equals a file that
//! spells out none. Ids, versions, names and script fields are not defaults and never in the file.

use serde_json::{Map, Value};

use super::{parse_json, print_json};
use crate::blueprint::Blueprint;
use crate::{AssetName, Digest, Problem, ProjectPath, canonical};

/// The mirrored fields, in the order they are written to a new file.
pub const FIELDS: [&str; 14] = [
    "author",
    "url",
    "desc",
    "preload",
    "public",
    "locked",
    "frozen",
    "unique",
    "disabled",
    "scene",
    "scriptFormat",
    "model",
    "image",
    "props",
];

/// The mirrored fields of a blueprint, references to assets as `asset://…`, defaults left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Defaults(pub Map<String, Value>);

impl Defaults {
    /// The digest both sides are compared by.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }

    /// Canonical text, as it is parked for later.
    #[must_use]
    pub fn text(&self) -> String {
        canonical::object_text(&self.0)
    }

    /// From canonical text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Defaults> {
        serde_json::from_str(text).ok().map(Defaults)
    }

    /// What a world holds. `script_format` is its format if it owns scripts; a format on a blueprint
    /// without scripts means nothing and is left out.
    #[must_use]
    pub fn of_world(blueprint: &Blueprint, script_format: Option<&str>) -> Defaults {
        let mut fields = pick(blueprint);
        set_format(&mut fields, script_format);
        Defaults(fields)
    }

    /// The change that makes a world hold these defaults: every field we hold, and an explicit
    /// default for every field `now` holds and we do not. `scriptFormat` is left to the script.
    #[must_use]
    pub fn change_from(&self, now: &Defaults) -> Map<String, Value> {
        let mut change = Map::new();
        for field in FIELDS.iter().filter(|it| **it != "scriptFormat") {
            match (self.0.get(*field), now.0.get(*field)) {
                (Some(ours), Some(theirs)) if canonical::text(ours) == canonical::text(theirs) => (),
                (Some(ours), _) => drop(change.insert((*field).to_owned(), ours.clone())),
                (None, Some(_)) => drop(change.insert((*field).to_owned(), default_of(field))),
                (None, None) => (),
            }
        }
        change
    }

    /// Every `asset://<sha256>.<ext>` these defaults name, with the field it is in.
    #[must_use]
    pub fn assets(&self) -> Vec<(String, AssetName)> {
        let mut found = Vec::new();
        visit_urls(&self.0, &mut |field, url| {
            if let Ok(name) = url.parse() {
                found.push((field.to_owned(), name));
            }
        });
        found
    }
}

/// What a file says, as far as it can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct FileDefaults {
    /// The defaults; references to local files are already `asset://…`.
    pub defaults: Defaults,
    /// The format the file declares.
    pub script_format: Option<String>,
    /// Local files it refers to, with what they were resolved to.
    pub assets: Vec<(ProjectPath, AssetName)>,
}

/// Reads the blueprint file `path`. `asset` tells the digest of a file below `assets/`.
///
/// # Errors
/// Everything that keeps the file from meaning something: bad JSON, assets that do not exist.
pub fn read(
    path: &str,
    text: &str,
    asset: &dyn Fn(&ProjectPath) -> Option<Digest>,
) -> Result<FileDefaults, Vec<Problem>> {
    let Value::Object(object) = parse_json(path, text).map_err(|it| vec![it])? else {
        return Err(vec![Problem::file("bad_json", path, "a blueprint file holds one JSON object")]);
    };
    let script_format = object.get("scriptFormat").and_then(Value::as_str).map(str::to_owned);
    let mut fields = pick(&object);
    let mut problems = Vec::new();
    let mut assets = Vec::new();
    edit_urls(&mut fields, &mut |field, url| {
        let local = local_path(url)?;
        match asset(&local) {
            Some(digest) => {
                let name = AssetName::new(digest, local.as_str());
                let url = name.url();
                assets.push((local, name));
                Some(url)
            }
            None => {
                problems.push(missing_asset(path, text, field, &local));
                None
            }
        }
    });
    fields.shift_remove("scriptFormat");
    if problems.is_empty() {
        Ok(FileDefaults { defaults: Defaults(fields), script_format, assets })
    } else {
        Err(problems)
    }
}

fn missing_asset(path: &str, text: &str, field: &str, asset: &ProjectPath) -> Problem {
    let line = text.lines().position(|line| line.contains(asset.file_name())).map_or(0, |it| it + 1);
    Problem::file("missing_asset", path, format!("`{field}` names `{asset}`, which is not in the project"))
        .at(u32::try_from(line).unwrap_or(0), 0)
        .help(format!("add the file as {asset}, or correct the name"))
}

impl FileDefaults {
    /// The defaults to compare with a world's, given the format its scripts have (`None` if the
    /// blueprint owns none).
    #[must_use]
    pub fn with_format(&self, script_format: Option<&str>) -> Defaults {
        let mut fields = self.defaults.0.clone();
        set_format(&mut fields, script_format);
        Defaults(fields)
    }
}

/// The text of a blueprint file that holds `defaults`. `existing` is the text it replaces: its key
/// order, its keys that we do not mirror, and its names for unchanged values are kept. `local` tells
/// the file below `assets/` that holds an asset.
#[must_use]
pub fn write(
    existing: Option<&str>,
    defaults: &Defaults,
    local: &dyn Fn(&str, &AssetName) -> Option<ProjectPath>,
) -> String {
    let mut fields = defaults.0.clone();
    edit_urls(&mut fields, &mut |field, url| {
        let name: AssetName = url.parse().ok()?;
        local(field, &name).map(|it| it.to_string())
    });
    let old = existing.and_then(|text| parse_json("", text).ok());
    let mut object = match old {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    for field in FIELDS {
        match fields.shift_remove(field) {
            Some(value) => drop(object.insert(field.to_owned(), value)),
            // A spelled-out default says the same as no field: leave a person's `false` alone.
            None if object.get(field).is_some_and(|it| !is_default(field, it)) => {
                drop(object.shift_remove(field))
            }
            None => (),
        }
    }
    print_json(&Value::Object(object))
}

/// A local reference: `assets/…`, in either spelling of the separator.
fn local_path(url: &str) -> Option<ProjectPath> {
    let path = ProjectPath::parse(&url.replace('\\', "/")).ok()?;
    path.below("assets").is_some().then_some(path)
}

fn pick(object: &Map<String, Value>) -> Map<String, Value> {
    let known = |field: &&str| object.get(*field).filter(|value| !is_default(field, value)).cloned();
    FIELDS
        .iter()
        .filter(|it| **it != "scriptFormat")
        .filter_map(|it| Some(((*it).to_owned(), known(it)?)))
        .collect()
}

fn set_format(fields: &mut Map<String, Value>, format: Option<&str>) {
    fields.shift_remove("scriptFormat");
    if let Some(format) = format {
        fields.insert("scriptFormat".to_owned(), format.into());
    }
}

fn is_default(field: &str, value: &Value) -> bool {
    value.is_null() || *value == default_of(field)
}

fn default_of(field: &str) -> Value {
    match field {
        "preload" | "public" | "locked" | "frozen" | "unique" | "disabled" | "scene" => Value::Bool(false),
        "props" => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

/// Calls `see` with every place that may name a file: `model`, `image.url`, and the `url` of each
/// top-level prop, which is all that clients of this family look at.
fn visit_urls(fields: &Map<String, Value>, see: &mut dyn FnMut(&str, &str)) {
    let mut copy = fields.clone();
    edit_urls(&mut copy, &mut |field, url| {
        see(field, url);
        None
    });
}

/// As [`visit_urls`], replacing the url by what `edit` returns.
fn edit_urls(fields: &mut Map<String, Value>, edit: &mut dyn FnMut(&str, &str) -> Option<String>) {
    if let Some(model) = fields.get_mut("model") {
        edit_url("model", model, edit);
    }
    if let Some(url) = fields.get_mut("image").and_then(|it| it.get_mut("url")) {
        edit_url("image", url, edit);
    }
    if let Some(Value::Object(props)) = fields.get_mut("props") {
        edit_prop_urls(props, edit);
    }
}

/// As [`edit_urls`], for the props of a blueprint or an entity.
pub(super) fn edit_prop_urls(
    props: &mut Map<String, Value>,
    edit: &mut dyn FnMut(&str, &str) -> Option<String>,
) {
    for (key, prop) in props {
        if let Some(url) = prop.get_mut("url") {
            edit_url(&format!("props.{key}"), url, edit);
        }
    }
}

fn edit_url(field: &str, url: &mut Value, edit: &mut dyn FnMut(&str, &str) -> Option<String>) {
    if let Some(new) = url.as_str().and_then(|it| edit(field, it)) {
        *url = new.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn assets(path: &ProjectPath) -> Option<Digest> {
        (path.file_name() != "gone.glb").then(|| Digest::of(path.as_str().as_bytes()))
    }

    #[test]
    fn a_file_that_spells_no_default_equals_a_world_that_spells_all() {
        let file =
            read("apps/A/A.json", r#"{"model": "assets\\a.glb", "props": {"n": 1.0}, "later": 1}"#, &assets)
                .unwrap();
        let model = AssetName::new(Digest::of(b"assets/a.glb"), "a.glb").url();
        let world = json!({"id": "A", "version": 3, "name": "A", "author": null, "preload": false, "model": model,
                           "props": {"n": 1}, "scriptFiles": {}, "scriptFormat": "module", "image": null});
        let world = Defaults::of_world(world.as_object().unwrap(), Some("module"));
        assert_eq!(file.with_format(Some("module")).digest(), world.digest());
        assert_ne!(file.with_format(None).digest(), world.digest());
    }

    #[test]
    fn a_missing_asset_is_named_with_its_line() {
        let problems = read("apps/A/A.json", "{\n  \"model\": \"assets/gone.glb\"\n}", &assets).unwrap_err();
        expect![[r#"
            error[missing_asset]: `model` names `assets/gone.glb`, which is not in the project
              at apps/A/A.json:2
              help: add the file as assets/gone.glb, or correct the name"#]]
        .assert_eq(&problems[0].to_string());
    }

    #[test]
    fn broken_json_says_where() {
        let problems = read("apps/A/A.json", "{\n  \"props\": {\n", &assets).unwrap_err();
        expect![[r#"
            error[bad_json]: this is not JSON: EOF while parsing an object
              at apps/A/A.json:3
              help: fix the file; until then the world keeps what it has"#]]
        .assert_eq(&problems[0].to_string());
    }

    #[test]
    fn writing_changes_only_what_changed() {
        let old = "{\n  \"notes\": \"ours\",\n  \"props\": {\"a\": 1},\n  \"locked\": false,\n  \"desc\": \"old\"\n}";
        let new =
            Defaults(json!({"props": {"a": 2}, "model": "asset://empty.glb"}).as_object().unwrap().clone());
        expect![[r#"
            {
              "notes": "ours",
              "props": {
                "a": 2
              },
              "locked": false,
              "model": "asset://empty.glb"
            }
        "#]]
        .assert_eq(&write(Some(old), &new, &|_, _| None));
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let name = AssetName::new(Digest::of(b"assets/a.glb"), "a.glb");
        let fields = json!({"model": name.url(), "image": {"url": name.url()}, "props": {"f": {"type": "file", "url": name.url()}}});
        let defaults = Defaults(fields.as_object().unwrap().clone());
        let text = write(None, &defaults, &|_, _| ProjectPath::parse("assets/a.glb").ok());
        assert_eq!(read("x", &text, &assets).unwrap().defaults.digest(), defaults.digest());
    }

    #[test]
    fn a_field_the_file_dropped_is_reset_in_the_world() {
        let now =
            Defaults(json!({"desc": "x", "locked": true, "props": {"a": 1}}).as_object().unwrap().clone());
        let ours = Defaults(json!({"props": {"a": 1}}).as_object().unwrap().clone());
        let change = Value::Object(ours.change_from(&now));
        expect![[r#"{"desc":null,"locked":false}"#]].assert_eq(&change.to_string());
    }
}
