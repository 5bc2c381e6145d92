//! One definition, what a name means, all of them as another language.

use bowline_schema::{Asking, Entry, Order, RecordKind, Snapshot};
use serde_json::{Value, json};

use super::{list, word};
use crate::ask::Answer;
use crate::print::table;
use crate::report::{Blame, Report};
use crate::request::schema;

/// The same snapshot as the world's, from its answer.
fn snapshot(json: &Value) -> Snapshot {
    let entry = |it: &Value| {
        let version = it.get("version").and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
        Some(Entry {
            slug: word(it, "slug"),
            kind: RecordKind::named(&word(it, "kind"))?,
            version: version.unwrap_or(1),
            payload: it.get("payload").cloned().unwrap_or_default(),
        })
    };
    let entries: Vec<Entry> = list(json, "records").filter_map(entry).collect();
    let names: Vec<&str> = list(json, "order").filter_map(Value::as_str).collect();
    let scopes = list(json, "scopes").filter_map(Value::as_str).map(str::to_owned).collect();
    Snapshot::build(&entries, &Asking { scopes, order: Order::named(&names).unwrap_or_default() }).snapshot
}

pub(super) fn show(json: &Value, name: &str) -> Result<Answer, Report> {
    schema::show(&snapshot(json), name, |component| {
        bowline_schema::scope::parts(&component.slug).map_or_else(String::new, |it| it.1.to_owned())
    })
}

pub(super) fn emitted(json: &Value, language: &str) -> Result<Answer, Report> {
    schema::emitted(&snapshot(json), language)
}

/// Every scope a name was looked for in, nearest first. Exit 1 if none has it.
pub(super) fn which(json: Value) -> Answer {
    let row = |it: &Value| {
        let version = word(it, "version");
        let version = if version.is_empty() { version } else { format!("v{version}") };
        vec![word(it, "state"), word(it, "slug"), version]
    };
    let rows: Vec<Vec<String>> = list(&json, "chain").map(row).collect();
    let exit = u8::from(json.get("winner").is_none_or(Value::is_null));
    Answer { exit, text: table(&rows), json }
}

/// Components as columns.
pub(super) fn registry(json: Value) -> Answer {
    let mut text = String::new();
    for component in list(&json, "components") {
        text += &format!(
            "{} {} v{}, {} bytes\n",
            word(component, "id"),
            word(component, "name"),
            word(component, "version"),
            word(component, "size")
        );
        let column =
            |it: &Value| vec![format!("  {}", word(it, "offset")), word(it, "path"), word(it, "kind")];
        text += &table(&list(component, "columns").map(column).collect::<Vec<_>>());
    }
    Answer { exit: 0, json, text }
}

/// A component or another record nobody has.
pub(super) fn unknown(what: &str) -> Report {
    Report::new(Blame::User, "not_found", format!("the world has no record `{what}`"))
        .help("bowline schema list and bowline store list show what there is")
}

/// A record out of a snapshot, by its slug or by what others call it.
pub(super) fn find(json: &Value, wanted: &str) -> Option<Value> {
    let named = |it: &&Value| {
        let slug = word(it, "slug");
        let path = bowline_schema::scope::parts(&slug).map_or("", |it| it.2);
        let name = path.split_once('/').map_or(path, |it| it.1);
        slug == wanted || path == wanted || name == wanted
    };
    let found = list(json, "records").find(named)?;
    Some(json!({
        "slug": found["slug"], "kind": found["kind"], "version": found["version"], "payload": found["payload"],
    }))
}
