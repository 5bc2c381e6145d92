//! What can be asked of a world's definitions, entities and store. `request/world` answers, by
//! `/bowline/v1`; worlds that are not ours offer none of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A record to be put, or with a payload of `null` removed.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub(crate) struct Edit {
    pub(crate) slug: String,
    pub(crate) payload: Value,
    /// The checksum the record must have now; `null` if there must be none, left out if that is all
    /// the same.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub(crate) expect: Option<Value>,
}

/// `null` is something that was said.
fn said<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Question {
    SchemaList {
        room: Option<String>,
    },
    SchemaShow {
        name: String,
    },
    SchemaWhich {
        name: String,
        kind: String,
        room: Option<String>,
    },
    SchemaCheck {
        records: Vec<Edit>,
    },
    SchemaApply {
        records: Vec<Edit>,
    },
    /// What would have to happen for these changes to be made.
    SchemaMigrate {
        records: Vec<Edit>,
    },
    SchemaEmit {
        language: String,
    },
    SchemaSnapshot,
    SchemaRegistry,
    SchemaQueue,
    SchemaErrors {
        drain: bool,
    },
    SchemaEntities {
        expr: Option<String>,
    },
    PrefabGraph,
    PrefabSpawn {
        prefab: String,
        overrides: Option<Value>,
        at: Option<Value>,
    },
    StringsGet {
        id: Option<String>,
        locale: Option<String>,
    },
    StringsMissing {
        locale: Option<String>,
    },
    Query {
        expr: String,
        lane: Option<String>,
        lineage: bool,
    },
    StoreList {
        kind: Option<String>,
        scope: Option<String>,
    },
    StoreGet {
        slug: String,
    },
    StorePut {
        record: Edit,
    },
    StoreVerify,
    HostContract,
    Info,
    /// What the scripts of each app cost.
    Accounts,
    AppModules {
        app: String,
    },
    AppExplain {
        app: String,
    },
    Checkpoints,
    Checkpoint {
        name: String,
    },
    Restore {
        name: String,
    },
}
