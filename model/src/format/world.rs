//! `world.json`: where entities stand, and what each overrides.
//!
//! The file also holds settings, spawn and each entity's run-time state. Those are not mirrored yet;
//! they, and every key we do not know, survive every write untouched.

use serde_json::{Map, Value, json};

use super::{parse_json, print_json};
use crate::{AssetName, Digest, Problem, ProjectPath, canonical};

/// What an entity is, apart from its id: blueprint, place, and overrides.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement(pub Map<String, Value>);

/// The fields of an entity that are mirrored, in the order they are written, with their defaults.
/// `state` is not among them: it belongs to the running world.
fn fields() -> [(&'static str, Value); 6] {
    [
        ("blueprint", Value::Null),
        ("position", json!([0, 0, 0])),
        ("quaternion", json!([0, 0, 0, 1])),
        ("scale", json!([1, 1, 1])),
        ("pinned", json!(false)),
        ("props", json!({})),
    ]
}

impl Placement {
    /// The mirrored fields of an entity as a world or a file has it, defaults filled in.
    #[must_use]
    pub fn of(entity: &Map<String, Value>) -> Placement {
        let value =
            |field: &str, default| entity.get(field).filter(|it| !it.is_null()).cloned().unwrap_or(default);
        Placement(
            fields().into_iter().map(|(field, default)| (field.to_owned(), value(field, default))).collect(),
        )
    }

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
    pub fn parse(text: &str) -> Option<Placement> {
        serde_json::from_str(text).ok().map(Placement)
    }

    /// The blueprint it is stamped from.
    #[must_use]
    pub fn blueprint(&self) -> &str {
        self.0.get("blueprint").and_then(Value::as_str).unwrap_or("")
    }

    /// The fields of `self` that differ from `now`.
    #[must_use]
    pub fn change_from(&self, now: &Placement) -> Map<String, Value> {
        let differs = |(field, value): &(&String, &Value)| {
            now.0.get(*field).is_none_or(|it| canonical::text(it) != canonical::text(value))
        };
        self.0.iter().filter(differs).map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// Every `asset://<sha256>.<ext>` its props name.
    #[must_use]
    pub fn assets(&self) -> Vec<(String, AssetName)> {
        let mut found = Vec::new();
        let mut copy = self.0.clone();
        edit_urls(&mut copy, &mut |field, url| {
            found.extend(url.parse().map(|name| (field.to_owned(), name)));
            None
        });
        found
    }
}

fn edit_urls(entity: &mut Map<String, Value>, edit: &mut dyn FnMut(&str, &str) -> Option<String>) {
    if let Some(Value::Object(props)) = entity.get_mut("props") {
        super::blueprint::edit_prop_urls(props, edit);
    }
}

/// What `world.json` says, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileWorld {
    /// Entities in file order.
    pub entities: Vec<(String, Placement)>,
    /// Local files they refer to, with what they were resolved to.
    pub assets: Vec<(ProjectPath, AssetName)>,
}

/// Reads `world.json`. `asset` tells the digest of a file below `assets/`.
///
/// # Errors
/// Everything that keeps the file from meaning something. A file that is half right is not read at
/// all: an entity that cannot be read must not look like one that was removed.
pub fn read(text: &str, asset: &dyn Fn(&ProjectPath) -> Option<Digest>) -> Result<FileWorld, Vec<Problem>> {
    let root = parse_json("world.json", text).map_err(|it| vec![it])?;
    let mut problems = check(&root, text);
    let mut world = FileWorld::default();
    for entity in root.get("entities").and_then(Value::as_array).into_iter().flatten() {
        let (Some(id), Some(entity)) = (entity.get("id").and_then(Value::as_str), entity.as_object()) else {
            continue;
        };
        if world.entities.iter().any(|(other, _)| other == id) {
            problems.push(bad(text, id, format!("two entities have the id `{id}`")));
        }
        let mut placement = Placement::of(entity);
        edit_urls(&mut placement.0, &mut |field, url| {
            let local =
                ProjectPath::parse(&url.replace('\\', "/")).ok().filter(|it| it.below("assets").is_some())?;
            let Some(digest) = asset(&local) else {
                problems.push(missing(text, id, field, &local));
                return None;
            };
            let name = AssetName::new(digest, local.as_str());
            let url = name.url();
            world.assets.push((local, name));
            Some(url)
        });
        world.entities.push((id.to_owned(), placement));
    }
    if problems.is_empty() { Ok(world) } else { Err(problems) }
}

fn check(root: &Value, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if root.get("formatVersion").and_then(Value::as_u64) != Some(2) {
        problems.push(bad(text, "formatVersion", "formatVersion must be 2".to_owned()));
    }
    let Some(entities) = root.get("entities").and_then(Value::as_array) else {
        problems.push(bad(text, "entities", "entities must be an array".to_owned()));
        return problems;
    };
    for (index, entity) in entities.iter().enumerate() {
        let id = entity.get("id").and_then(Value::as_str).unwrap_or("");
        let mut rule = |holds: bool, what: &str| {
            if !holds {
                problems.push(bad(text, id, format!("entities[{index}].{what}")));
            }
        };
        let numbers = |key: &str, count: usize| match entity.get(key) {
            None => key == "scale",
            Some(value) => {
                value.as_array().is_some_and(|it| it.len() == count && it.iter().all(Value::is_number))
            }
        };
        rule(!id.is_empty(), "id must be a string");
        rule(entity.get("blueprint").is_some_and(Value::is_string), "blueprint must be a string");
        rule(numbers("position", 3), "position must be an array of 3 numbers");
        rule(numbers("quaternion", 4), "quaternion must be an array of 4 numbers");
        rule(numbers("scale", 3), "scale must be an array of 3 numbers");
        rule(entity.get("pinned").is_none_or(Value::is_boolean), "pinned must be a boolean");
        rule(entity.get("props").is_none_or(Value::is_object), "props must be an object");
    }
    problems
}

fn bad(text: &str, near: &str, message: String) -> Problem {
    let line = text
        .lines()
        .position(|line| !near.is_empty() && line.contains(&format!("\"{near}\"")))
        .map_or(0, |it| it + 1);
    Problem::file("bad_world_file", "world.json", message)
        .at(u32::try_from(line).unwrap_or(0), 0)
        .help("fix the file; until then placed entities are left as they are on both sides")
}

fn missing(text: &str, id: &str, field: &str, asset: &ProjectPath) -> Problem {
    let message = format!("`{field}` of entity `{id}` names `{asset}`, which is not in the project");
    Problem { code: "missing_asset", ..bad(text, asset.as_str(), message) }
        .help(format!("add the file as {asset}, or correct the name"))
}

/// One change to the entities of the file: put (or replace) with this placement, or remove.
pub type Edit = (String, Option<Placement>);

/// The text of `world.json` after `edits`. Everything else in `existing` stays, in its order. New
/// entities start with empty state. `local` tells the file that holds an asset.
///
/// # Errors
/// If `existing` cannot be read, because writing over it would lose what it says.
pub fn write(
    existing: Option<&str>,
    edits: &[Edit],
    local: &dyn Fn(&str, &AssetName) -> Option<ProjectPath>,
) -> Result<String, Problem> {
    let mut root = match existing {
        Some(text) => parse_json("world.json", text)?,
        None => {
            json!({"formatVersion": 2, "settings": {}, "spawn": {"position": [0, 0, 0], "quaternion": [0, 0, 0, 1]}, "entities": []})
        }
    };
    let Some(entities) = root.get_mut("entities").and_then(Value::as_array_mut) else {
        return Err(bad(existing.unwrap_or(""), "entities", "entities must be an array".to_owned()));
    };
    for (id, placement) in edits {
        let at = entities.iter().position(|it| it.get("id").and_then(Value::as_str) == Some(id));
        match (at, placement) {
            (Some(at), None) => drop(entities.remove(at)),
            (Some(at), Some(placement)) => merge(&mut entities[at], placement, local),
            (None, Some(placement)) => {
                let mut entity = Map::from_iter([("id".to_owned(), Value::from(id.as_str()))]);
                entity.extend(localised(placement, local));
                entity.insert("state".to_owned(), json!({}));
                entities.push(Value::Object(entity));
            }
            (None, None) => (),
        }
    }
    Ok(print_json(&root))
}

fn localised(
    placement: &Placement,
    local: &dyn Fn(&str, &AssetName) -> Option<ProjectPath>,
) -> Map<String, Value> {
    let mut fields = placement.0.clone();
    edit_urls(&mut fields, &mut |field, url| local(field, &url.parse().ok()?).map(|it| it.to_string()));
    fields
}

fn merge(entity: &mut Value, placement: &Placement, local: &dyn Fn(&str, &AssetName) -> Option<ProjectPath>) {
    for (field, value) in localised(placement, local) {
        // Keep the person's own spelling of a value that did not change (`1.0`, a missing scale).
        let same = match entity.get(&field) {
            Some(old) => canonical::text(old) == canonical::text(&value),
            None => fields().iter().any(|(it, default)| *it == field && *default == value),
        };
        if !same {
            entity[field] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    const WORLD: &str = r#"{
  "formatVersion": 2,
  "settings": {"title": "Harbor", "later": 1},
  "spawn": {"position": [0, 1, 0], "quaternion": [0, 0, 0, 1]},
  "entities": [
    {"id": "a", "blueprint": "Buoy", "position": [1.0, 0, 0], "quaternion": [0, 0, 0, 1], "state": {"n": 7}},
    {"id": "b", "blueprint": "Door", "position": [2, 0, 0], "quaternion": [0, 0, 0, 1], "scale": [1, 1, 1], "pinned": true, "props": {}, "state": {}}
  ]
}"#;

    fn none(_: &ProjectPath) -> Option<Digest> {
        None
    }

    #[test]
    fn a_file_and_a_world_that_say_the_same_are_equal() {
        let file = read(WORLD, &none).unwrap();
        let world = json!({"id": "a", "type": "app", "blueprint": "Buoy", "position": [1, 0, 0], "quaternion": [0, 0, 0, 1],
                           "scale": [1, 1, 1], "mover": null, "pinned": false, "props": {}, "state": {"n": 9}});
        assert_eq!(file.entities[0].1.digest(), Placement::of(world.as_object().unwrap()).digest());
    }

    #[test]
    fn writing_one_entity_leaves_the_rest_alone() {
        let mut moved = read(WORLD, &none).unwrap().entities[0].1.clone();
        moved.0["position"] = json!([1, 5, 0]);
        let new = Placement::of(json!({"blueprint": "Gull"}).as_object().unwrap());
        let edits = [("a".to_owned(), Some(moved)), ("b".to_owned(), None), ("c".to_owned(), Some(new))];
        expect![[r#"
            {"entities":[{"blueprint":"Buoy","id":"a","position":[1,5,0],"quaternion":[0,0,0,1],"state":{"n":7}},{"blueprint":"Gull","id":"c","pinned":false,"position":[0,0,0],"props":{},"quaternion":[0,0,0,1],"scale":[1,1,1],"state":{}}],"formatVersion":2,"settings":{"later":1,"title":"Harbor"},"spawn":{"position":[0,1,0],"quaternion":[0,0,0,1]}}"#]]
        .assert_eq(&canonical::text(&serde_json::from_str(&write(Some(WORLD), &edits, &|_, _| None).unwrap()).unwrap()));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let text =
            WORLD.replace("[2, 0, 0]", "[2, 0]").replace("\"formatVersion\": 2", "\"formatVersion\": 1");
        let problems: Vec<String> =
            read(&text, &none).unwrap_err().iter().map(|it| format!("{it}\n")).collect();
        expect![[r#"
            error[bad_world_file]: formatVersion must be 2
              at world.json:2
              help: fix the file; until then placed entities are left as they are on both sides
            error[bad_world_file]: entities[1].position must be an array of 3 numbers
              at world.json:7
              help: fix the file; until then placed entities are left as they are on both sides
        "#]]
        .assert_eq(&problems.concat());
    }

    #[test]
    fn a_broken_file_is_never_written_over() {
        assert!(write(Some("{ \"entities\": [ "), &[("a".to_owned(), None)], &|_, _| None).is_err());
    }
}
