//! Contents, items and the files that hold them. Every content that anybody writes is unique, so
//! that one that is lost can be named. `world.json` holds several items: its content is a number
//! under which the contents of its entities are written down here.

use std::collections::BTreeMap;

use bowline_model::{Digest, ItemId, ProjectPath, layout};

use crate::sighting::Held;
use crate::sim::Protocol;

pub(super) type Entities = BTreeMap<ItemId, Digest>;

/// All contents ever made.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    made: u32,
    layouts: Vec<Entities>,
    layout_ids: BTreeMap<Entities, Digest>,
}

const LAYOUT: u8 = 0xee;

fn digest(kind: u8, number: u32) -> Digest {
    let mut bytes = [kind; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Digest::from_bytes(bytes)
}

fn number(digest: Digest) -> u32 {
    let bytes = digest.bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

impl Contents {
    /// A content nobody has written before.
    pub(super) fn fresh(&mut self) -> Digest {
        self.made += 1;
        digest(1, self.made)
    }

    /// Every single content made so far.
    pub(super) fn all(&self) -> impl Iterator<Item = Digest> {
        (1..=self.made).map(|it| digest(1, it))
    }

    /// The content of a `world.json` with these entities.
    pub(super) fn compose(&mut self, entities: Entities) -> Digest {
        if let Some(id) = self.layout_ids.get(&entities) {
            return *id;
        }
        let id = digest(LAYOUT, self.layouts.len() as u32);
        self.layouts.push(entities.clone());
        self.layout_ids.insert(entities, id);
        id
    }

    pub(super) fn entities(&self, layout: Held) -> Entities {
        let known = layout.filter(|it| is_layout(*it)).and_then(|it| self.layouts.get(number(it) as usize));
        known.cloned().unwrap_or_default()
    }

    /// The single contents that a file content holds.
    pub(super) fn singles(&self, file: Digest) -> Vec<Digest> {
        if is_layout(file) { self.entities(Some(file)).into_values().collect() } else { vec![file] }
    }
}

pub(super) fn is_layout(digest: Digest) -> bool {
    digest.bytes()[4] == LAYOUT
}

/// A short name for traces.
pub(super) fn short(held: Held) -> String {
    match held {
        None => "-".to_owned(),
        Some(it) if is_layout(it) => format!("L{}", number(it)),
        Some(it) => number(it).to_string(),
    }
}

/// Whether an `index.js` of this content imports the shared module.
pub(super) fn imports_shared(index: Digest) -> bool {
    !number(index).is_multiple_of(3)
}

pub(super) fn path(spelled: &str) -> ProjectPath {
    ProjectPath::parse(spelled).expect("the simulator's own paths are valid")
}

/// Prefabs may need the first schema.
pub(super) const RECORDS: [&str; 4] =
    ["schemas/a.json", "schemas/b.json", "prefabs/p.json", "prefabs/q.json"];

pub(super) fn record(file: &str) -> ItemId {
    ItemId::Record { file: path(file) }
}

/// Whether no world takes a record of this content before it is reset.
pub(super) fn requires_reset(content: Digest) -> bool {
    number(content).is_multiple_of(5)
}

/// Whether a prefab of this content needs the first schema.
pub(super) fn needs_schema(content: Digest) -> bool {
    number(content).is_multiple_of(3)
}

/// The file that holds an item.
pub(super) fn file_of(item: &ItemId) -> ProjectPath {
    layout::file_of(item).expect("the simulator's own items have files")
}

pub(super) fn script(app: &str, file: &str) -> ItemId {
    ItemId::Script { app: app.to_owned(), path: path(file) }
}

/// Every item there can be. Only worlds of ours take records.
pub(super) fn universe(protocol: Protocol) -> Vec<ItemId> {
    let blueprint = |app: &str, id: &str| ItemId::Blueprint { app: app.to_owned(), id: id.to_owned() };
    let entity = |id: &str| ItemId::Entity { id: id.to_owned() };
    let mut items = vec![
        script("A", "index.js"),
        script("A", "a.js"),
        script("A", "b.js"),
        script("A", "sub/c.js"),
        script("A", "@shared/s.js"),
        blueprint("A", "A"),
        blueprint("A", "A__V"),
        script("B", "index.js"),
        script("B", "@shared/s.js"),
        blueprint("B", "B"),
        entity("e1"),
        entity("e2"),
        entity("e3"),
    ];
    if protocol == Protocol::Preconditions {
        items.extend(RECORDS.map(record));
    }
    items
}
