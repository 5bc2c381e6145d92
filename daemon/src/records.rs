//! Records as files and as a world has them: two spellings of the same definitions. Pure.
//!
//! A JSON file is the payload of its record, as it is. The file of a system is the payload's `source`;
//! the other members are read from what the script says of itself (`bowline_script::system`). What a
//! record is called is said by its path (`bowline_model::layout::slug_of`).

use std::collections::BTreeMap;

use bowline_model::layout::{PROJECT_SCOPE, record_file, slug_of};
use bowline_model::{Digest, ItemId, Problem, ProjectPath, canonical, format};
use bowline_schema::{Entry, RecordKind};
use bowline_store::Slug;
use bowline_sync::sighting::Millis;
use serde_json::{Map, Value};

/// A record as its file says it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileRecord {
    pub(crate) slug: String,
    pub(crate) kind: RecordKind,
    pub(crate) payload: Value,
    /// Of what is mirrored: the payload in its canonical form, of a system its source.
    pub(crate) digest: Digest,
    /// Of the file's bytes.
    pub(crate) file: Digest,
}

impl FileRecord {
    /// Reads the `text` of a record's file.
    pub(crate) fn read(path: &ProjectPath, text: &str) -> Result<FileRecord, Problem> {
        let file = Digest::of(text.as_bytes());
        let slug = slug_of(path).unwrap_or_default();
        if let Err(error) = Slug::parse(&slug) {
            return Err(Problem::file(
                "bad_slug",
                path.as_str(),
                format!("this file names no record: {error}"),
            )
            .help("rename the file; until then it stays on disk"));
        }
        let kind = kind_of(&slug).unwrap_or(RecordKind::Component);
        let (payload, digest) = match kind {
            RecordKind::System => (system(path, text)?, file),
            _ => json(path, text)?,
        };
        Ok(FileRecord { slug, kind, payload, digest, file })
    }

    /// The text whose digest is `digest`.
    pub(crate) fn content(&self) -> String {
        content(self.kind, &self.payload)
    }

    /// For whoever builds a snapshot of files alone; the version is the world's to count.
    pub(crate) fn entry(&self) -> Entry {
        let (slug, payload) = (self.slug.clone(), self.payload.clone());
        Entry { slug, kind: self.kind, version: 1, payload }
    }
}

fn json(path: &ProjectPath, text: &str) -> Result<(Value, Digest), Problem> {
    let payload = format::parse_json(path.as_str(), text)?;
    if !payload.is_object() {
        return Err(Problem::file("bad_record", path.as_str(), "a record is a JSON object")
            .help("fix the file; until then the world keeps what it has"));
    }
    let digest = Digest::of(canonical::text(&payload).as_bytes());
    Ok((payload, digest))
}

/// The payload of a system: what the script says of itself, and the script.
fn system(path: &ProjectPath, source: &str) -> Result<Value, Problem> {
    // Replaced characters are how a text looks that was not UTF-8.
    if source.contains('\u{fffd}') {
        return Err(Problem::file("invalid_utf8", path.as_str(), "this script is not UTF-8 text")
            .help("save the file as UTF-8; until then the world keeps the version it has"));
    }
    let mut said = bowline_script::system::schedule(path, source)?;
    let mut payload = Map::new();
    payload.extend(said.shift_remove_entry("doc"));
    payload.insert("language".to_owned(), path.extension().unwrap_or_default().into());
    payload.insert("phase".to_owned(), "update".into());
    payload.extend(said);
    payload.insert("source".to_owned(), source.into());
    Ok(Value::Object(payload))
}

fn kind_of(slug: &str) -> Option<RecordKind> {
    let (kind, _) = slug.strip_prefix(PROJECT_SCOPE)?.strip_prefix('/')?.split_once('/')?;
    RecordKind::named(kind)
}

fn content(kind: RecordKind, payload: &Value) -> String {
    match (kind, payload.get("source").and_then(Value::as_str)) {
        (RecordKind::System, Some(source)) => source.to_owned(),
        _ => canonical::text(payload),
    }
}

/// A record as the world has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WorldRecord {
    pub(crate) slug: String,
    pub(crate) kind: RecordKind,
    pub(crate) checksum: String,
    pub(crate) payload: Value,
    /// When it got this payload, by the world's clock.
    pub(crate) changed_at: Option<Millis>,
}

impl WorldRecord {
    /// Reads one from a world's answer; nothing for what is no record of the project's scope.
    pub(crate) fn read(record: &Value) -> Option<WorldRecord> {
        let text = |key: &str| record.get(key).and_then(Value::as_str);
        let slug = text("slug")?.to_owned();
        let kind = kind_of(&slug)?;
        let checksum = text("checksum")?.to_owned();
        let millis = |it: &str| u64::try_from(bowline_model::utc::parse(it)?).ok();
        let changed_at = text("updatedAt").and_then(millis);
        Some(WorldRecord { slug, kind, checksum, payload: record.get("payload")?.clone(), changed_at })
    }

    /// The file that holds it, if one can.
    pub(crate) fn file(&self) -> Option<ProjectPath> {
        let ending = match self.kind {
            RecordKind::System => self.payload.get("language").and_then(Value::as_str)?,
            _ => "json",
        };
        record_file(&self.slug, ending)
    }

    /// Of what is mirrored, as [`FileRecord::digest`].
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.content().as_bytes())
    }

    /// The text whose digest is that.
    pub(crate) fn content(&self) -> String {
        content(self.kind, &self.payload)
    }

    /// The text of its file. Keys stay in the order in which `existing`, the file as it is, has them.
    pub(crate) fn text(&self, existing: Option<&str>) -> String {
        if self.kind == RecordKind::System {
            return self.content();
        }
        let order = existing.and_then(|it| serde_json::from_str(it).ok()).unwrap_or(Value::Null);
        format::print_json(&in_order_of(&order, &self.payload))
    }
}

/// `value` with its keys in the order of `order`, as far as that has them; new ones come last.
fn in_order_of(order: &Value, value: &Value) -> Value {
    match (order, value) {
        (Value::Object(order), Value::Object(members)) => {
            let known = order.keys().filter(|it| members.contains_key(*it));
            let new = members.keys().filter(|it| !order.contains_key(*it));
            let member = |key: &String| {
                let old = order.get(key).unwrap_or(&Value::Null);
                (key.clone(), in_order_of(old, members.get(key).unwrap_or(&Value::Null)))
            };
            Value::Object(known.chain(new).map(member).collect())
        }
        (Value::Array(order), Value::Array(items)) => {
            // Fields of a component are known by name, wherever they stand.
            let like = |at: usize, item: &Value| {
                let name = item.get("name").filter(|it| it.is_string());
                let named = order.iter().find(|it| name.is_some() && it.get("name") == name);
                in_order_of(named.or(order.get(at)).unwrap_or(&Value::Null), item)
            };
            items.iter().enumerate().map(|(at, item)| like(at, item)).collect()
        }
        _ => value.clone(),
    }
}

/// What is known of a world's records.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Records {
    /// Nothing yet, or not any more.
    #[default]
    Unknown,
    /// The world has none and takes none.
    NotOffered,
    /// The records of the project's scope, by slug.
    Known(BTreeMap<String, WorldRecord>),
}

impl Records {
    /// The record in `file`, if the world has it.
    pub(crate) fn in_file(&self, file: &ProjectPath) -> Option<&WorldRecord> {
        let Records::Known(records) = self else { return None };
        records.get(&slug_of(file)?).filter(|it| it.file().as_ref() == Some(file))
    }

    /// Takes in what one record is now.
    pub(crate) fn put(&mut self, slug: &str, record: Option<WorldRecord>) {
        if let Records::Known(records) = self {
            match record {
                Some(record) => drop(records.insert(slug.to_owned(), record)),
                None => drop(records.remove(slug)),
            }
        }
    }
}

/// The item a file of a record is.
pub(crate) fn item(file: &ProjectPath) -> ItemId {
    ItemId::Record { file: file.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn read(path: &str, text: &str) -> Result<FileRecord, Problem> {
        FileRecord::read(&ProjectPath::parse(path).unwrap(), text)
    }

    fn of_world(slug: &str, payload: Value) -> WorldRecord {
        WorldRecord::read(&json!({"slug": slug, "checksum": "sha256:x", "payload": payload})).unwrap()
    }

    #[test]
    fn a_file_is_a_record_and_a_broken_one_says_why_it_is_none() {
        let mut table = String::new();
        for (path, text) in [
            ("schemas/ui/label.json", "{\"fields\": []}"),
            ("systems/swing.ts", "export const system = { order: 3, doc: 'Swings.', writes: ['door'] }"),
            ("systems/swing.js", "let x = 1"),
            ("schemas/Door.json", "{}"),
            ("schemas/door.json", "{\"fields\": ["),
            ("schemas/door.json", "null"),
        ] {
            table += &match read(path, text) {
                Ok(it) => format!("{path}: {} {}\n", it.slug, it.payload),
                Err(it) => format!("{path}: {} {}:{} {}\n", it.code, it.line, it.column, it.message),
            };
        }
        expect![[r#"
            schemas/ui/label.json: room/project/component/ui/label {"fields":[]}
            systems/swing.ts: room/project/system/swing {"doc":"Swings.","language":"ts","phase":"update","order":3,"writes":["door"],"source":"export const system = { order: 3, doc: 'Swings.', writes: ['door'] }"}
            systems/swing.js: no_system 0:0 this system does not say when it runs
            schemas/Door.json: bad_slug 0:0 this file names no record: `room/project/component/Door` has the segment `Door`; use lower-case letters, digits and single `-` between
            schemas/door.json: bad_json 1:12 this is not JSON: EOF while parsing a list
            schemas/door.json: bad_record 0:0 a record is a JSON object
        "#]].assert_eq(&table);
    }

    #[test]
    fn both_spellings_have_one_digest() {
        let file = read("schemas/door.json", "{\n  \"fields\": [],  \"doc\": \"A door.\"}").unwrap();
        let world = of_world("room/project/component/door", json!({"doc": "A door.", "fields": []}));
        assert_eq!(file.digest, world.digest());
        assert_eq!(world.file().unwrap().as_str(), "schemas/door.json");
        let source = "export const system = { writes: ['door'] }\n";
        let file = read("systems/swing.ts", source).unwrap();
        let world = of_world("room/project/system/swing", json!({"language": "ts", "source": source}));
        assert_eq!((file.digest, world.text(None)), (world.digest(), source.to_owned()));
        assert_eq!(world.file().unwrap().as_str(), "systems/swing.ts");
        let wasm =
            of_world("room/project/system/swing", json!({"language": "wasm", "source": "asset://x.wasm"}));
        assert_eq!(wasm.file(), None);
    }

    #[test]
    fn a_person_finds_their_keys_where_they_left_them() {
        let now = json!({"fields": [{"default": 1, "kind": "f32", "name": "b"}, {"kind": "f32", "name": "a"}],
            "doc": "New.", "icon": "door"});
        let file =
            r#"{"doc": "Old.", "fields": [{"name": "a", "kind": "f64"}, {"name": "b", "kind": "f32"}]}"#;
        expect![[r#"
            {
              "doc": "New.",
              "fields": [
                {
                  "name": "b",
                  "kind": "f32",
                  "default": 1
                },
                {
                  "name": "a",
                  "kind": "f32"
                }
              ],
              "icon": "door"
            }
        "#]]
        .assert_eq(&of_world("room/project/component/x", now).text(Some(file)));
    }
}
