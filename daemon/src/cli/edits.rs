//! A file that says how records shall change, as `schema check`, `apply` and `migrate` take it:
//!
//! * a record's own file (`schemas/door.json`, `systems/swing.ts`), or a copy of one anywhere else, called
//!   like it;
//! * `{"component/door": {…}, "prefab/gate": null}`: several, by kind and name; `null` removes;
//! * `{"records": [{"slug": …, "payload": …, "expect": …}]}`: as worlds take it.

use std::path::Path;

use bowline_model::layout::{PROJECT_SCOPE, RECORDS, slug_of};
use bowline_model::{ProjectPath, format};
use bowline_schema::RecordKind;
use bowline_schema::scope::parts;
use serde_json::{Map, Value};

use crate::ask::Edit;
use crate::records::FileRecord;
use crate::report::{Blame, Report};

/// What the file at `file` asks for, in the project at `root`.
pub(super) fn read(file: &Path, root: &Path) -> Result<Vec<Edit>, Report> {
    let unreadable = |error: std::io::Error| {
        Report::new(Blame::User, "unreadable", format!("this file cannot be read: {error}"))
            .at(file.display())
    };
    let text = String::from_utf8_lossy(&std::fs::read(file).map_err(unreadable)?).into_owned();
    let name = file.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    if let Some(path) = in_project(file, root) {
        return one(&path, &text);
    }
    if !name.ends_with(".json") {
        return one(&named("systems", name)?, &text);
    }
    let json = format::parse_json(name, &text)?;
    let members = json.as_object().cloned().unwrap_or_default();
    if let Some(records) = json.get("records").filter(|it| it.is_array()) {
        return serde_json::from_value(records.clone()).map_err(|error| {
            Report::new(Blame::User, "bad_edits", format!("`records` is no list of changes: {error}"))
                .at(file.display())
                .help(r#"each is {"slug": …, "payload": …}"#)
        });
    }
    match by_name(&members) {
        Some(edits) => Ok(edits),
        None => one(&named(folder(&members), name)?, &text),
    }
}

/// The JSON in a file, as it is.
pub(super) fn payload(file: &Path) -> Result<Value, Report> {
    let text = std::fs::read_to_string(file).map_err(|error| Report::from(error).at(file.display()))?;
    Ok(format::parse_json(&file.display().to_string(), &text)?)
}

fn in_project(file: &Path, root: &Path) -> Option<ProjectPath> {
    let file = file.canonicalize().ok()?;
    let path = ProjectPath::parse(file.strip_prefix(root).ok()?.to_str()?).ok()?;
    slug_of(&path).is_some().then_some(path)
}

fn one(path: &ProjectPath, text: &str) -> Result<Vec<Edit>, Report> {
    let record = FileRecord::read(path, text)?;
    Ok(vec![Edit { slug: record.slug, payload: record.payload, expect: None }])
}

fn named(folder: &str, name: &str) -> Result<ProjectPath, Report> {
    ProjectPath::parse(&format!("{folder}/{name}"))
        .map_err(|error| Report::new(Blame::Usage, "bad_path", error))
}

/// Where a payload would be, by what it is made of.
fn folder(members: &Map<String, Value>) -> &'static str {
    match members.get("components") {
        Some(Value::Object(_)) => "prefabs",
        Some(_) => "profiles",
        None if members.contains_key("strings") => "strings",
        None => "schemas",
    }
}

/// Several records, if every key names one.
fn by_name(members: &Map<String, Value>) -> Option<Vec<Edit>> {
    let slug = |key: &String| match parts(key) {
        Some(_) => Some(key.clone()),
        None => {
            let (kind, name) = key.split_once('/')?;
            RecordKind::named(kind).filter(|_| !name.is_empty()).map(|_| format!("{PROJECT_SCOPE}/{key}"))
        }
    };
    let edit = |(key, payload): (&String, &Value)| {
        Some(Edit { slug: slug(key)?, payload: payload.clone(), expect: None })
    };
    let edits: Vec<Edit> = members.iter().map(edit).collect::<Option<_>>()?;
    (!edits.is_empty()).then_some(edits)
}

/// Whether a word on the command line is a file of changes, and not the folder of a project.
pub(super) fn is_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    !path.is_dir() && RECORDS.iter().any(|it| it.2.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_change_is_written_as_is_handy() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("schemas/ui")).unwrap();
        let mut table = String::new();
        for (name, text) in [
            ("schemas/ui/label.json", "{\"fields\": []}"),
            ("door.json", "{\"fields\": []}"),
            ("gate.json", "{\"components\": {}}"),
            ("swing.ts", "export const system = {}"),
            ("add.json", "{\"component/door\": {\"fields\": []}, \"room/r1/prefab/gate\": null}"),
            (
                "raw.json",
                "{\"records\": [{\"slug\": \"core/component/x\", \"payload\": null, \"expect\": null}]}",
            ),
            ("bad.json", "{\"records\": [1]}"),
        ] {
            std::fs::write(root.join(name), text).unwrap();
            table += &match read(&root.join(name), &root) {
                Ok(edits) => format!("{name}: {}\n", serde_json::to_string(&edits).unwrap()),
                Err(report) => format!("{name}: {}\n", report.code),
            };
        }
        expect![[r#"
            schemas/ui/label.json: [{"slug":"room/project/component/ui/label","payload":{"fields":[]}}]
            door.json: [{"slug":"room/project/component/door","payload":{"fields":[]}}]
            gate.json: [{"slug":"room/project/prefab/gate","payload":{"components":{}}}]
            swing.ts: [{"slug":"room/project/system/swing","payload":{"language":"ts","phase":"update","source":"export const system = {}"}}]
            add.json: [{"slug":"room/project/component/door","payload":{"fields":[]}},{"slug":"room/r1/prefab/gate","payload":null}]
            raw.json: [{"slug":"core/component/x","payload":null,"expect":null}]
            bad.json: bad_edits
        "#]].assert_eq(&table);
    }
}
