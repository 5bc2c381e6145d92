//! Definitions on their way into a process: the records they are made of. Both sides compile the same,
//! so handles mean the same on both.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_schema::{Asking, Entry, RecordKind, Snapshot, scope};
use serde::{Deserialize, Serialize};

use super::message::{pack, unpack};
use crate::definitions::Definitions;

#[derive(Debug, Serialize, Deserialize)]
struct Records {
    /// Who wins when scopes disagree, nearest first.
    order: Vec<String>,
    /// Slug, kind, version, payload.
    records: Vec<(String, String, u32, serde_json::Value)>,
}

/// Nothing for the definitions every program has.
pub(super) fn write(definitions: &Definitions) -> Vec<u8> {
    if definitions.hash() == Definitions::core().hash() {
        return Vec::new();
    }
    let snapshot = definitions.snapshot();
    let record = |it: Entry| (it.slug, it.kind.name().to_owned(), it.version, it.payload);
    pack(&Records {
        order: snapshot.order().names().map(str::to_owned).to_vec(),
        records: snapshot.records().into_iter().map(record).collect(),
    })
}

/// `None` if these are no definitions.
pub(super) fn read(bytes: &[u8]) -> Option<Arc<Definitions>> {
    if bytes.is_empty() {
        return Some(Definitions::core());
    }
    let records: Records = unpack(bytes)?;
    let names: Vec<&str> = records.order.iter().map(String::as_str).collect();
    let order = scope::Order::named(&names)?;
    let entry = |(slug, kind, version, payload): (String, String, u32, serde_json::Value)| {
        Some(Entry { slug, kind: RecordKind::named(&kind)?, version, payload })
    };
    let entries: Vec<Entry> = records.records.into_iter().filter_map(entry).collect();
    let scopes: BTreeSet<String> =
        entries.iter().filter_map(|it| scope::parts(&it.slug)).map(|it| it.1.to_owned()).collect();
    let asking = Asking { scopes: scopes.into_iter().collect(), order };
    Definitions::compile(Snapshot::build(&entries, &asking).snapshot).ok()
}

#[cfg(test)]
mod tests {
    use bowline_schema::core;
    use serde_json::json;

    use super::*;

    #[test]
    fn definitions_are_the_same_on_both_sides() {
        let door = Entry {
            slug: "room/project/component/door".to_owned(),
            kind: RecordKind::Component,
            version: 3,
            payload: json!({ "fields": [{ "name": "open", "kind": "bool" }, { "name": "angle", "kind": "f64", "default": 0.1 }] }),
        };
        let entries: Vec<Entry> = core::records().into_iter().chain([door]).collect();
        let asking = Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() };
        let built = Snapshot::build(&entries, &asking);
        assert_eq!(built.problems, []);
        let here = Definitions::compile(built.snapshot).unwrap();
        let there = read(&write(&here)).unwrap();
        assert_eq!((there.hash(), there.layouts()), (here.hash(), here.layouts()));
        assert_eq!(read(&write(&Definitions::core())).unwrap().hash(), Definitions::core().hash());
        assert_eq!(read(b"nonsense"), None);
    }
}
