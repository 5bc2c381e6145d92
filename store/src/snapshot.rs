//! [`Snapshot`] and [`Contents`]: what was in a store at one moment.

use std::collections::BTreeMap;

use bowline_model::Digest;
use serde_json::{Value, json};

use crate::batch::{Row, Table};
use crate::canonical::canonical_json;
use crate::record::Record;
use crate::slug::Scope;

/// The records of one scope at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Whose records.
    pub scope: Scope,
    /// By slug, in byte order.
    pub records: Vec<Record>,
    /// `sha256:<hex>` of the canonical JSON of the array of these records without their payloads:
    /// the checksum of each stands for its payload, so an outside script can compute this from what
    /// `list` prints.
    pub hash: String,
}

impl Snapshot {
    /// The snapshot of `records`, which are sorted here so that no backend can get it wrong.
    #[must_use]
    pub fn of(scope: Scope, mut records: Vec<Record>) -> Snapshot {
        records.sort_by(|a, b| a.slug.cmp(&b.slug));
        let heads = records.iter().map(|it| {
            json!({
                "slug": it.slug, "kind": it.kind, "version": it.version, "scope": it.scope,
                "createdAt": it.created_at, "updatedAt": it.updated_at, "checksum": it.checksum,
            })
        });
        let heads = canonical_json(&Value::Array(heads.collect()))
            .expect("seven short fields, whose only number is a u32, have a canonical form");
        let hash = format!("sha256:{}", Digest::of(heads.as_bytes()));
        Snapshot { scope, records, hash }
    }
}

/// Every record and every row at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// By slug, in byte order.
    pub records: Vec<Record>,
    /// In the order of each table. A table without rows may be absent.
    pub tables: BTreeMap<Table, Vec<Row>>,
}

impl Contents {
    /// The rows of one table.
    #[must_use]
    pub fn rows(&self, table: Table) -> &[Row] {
        self.tables.get(&table).map_or(&[], Vec::as_slice)
    }

    /// Every JSON value in it: the payloads of records, and the rows.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let rows = self.tables.values().flatten().map(|row| &row.json);
        self.records.iter().map(|record| &record.payload).chain(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;
    use crate::slug::Slug;
    use expect_test::expect;

    fn record(slug: &str) -> Record {
        let payload = json!({ "type": "vec3", "default": [0, 0, 0] });
        Record::new(Slug::parse(slug).unwrap(), Kind::Component, payload, "2026-01-31T09:30:00.000Z").unwrap()
    }

    /// Computed from the description by a Python script; changes only with the published form.
    #[test]
    fn the_hash_is_the_published_one() {
        let snapshot = Snapshot::of(Scope::Core, vec![record("core/b"), record("core/a")]);
        expect!["sha256:2a65bd79370282db0b96f65391d478acc6161723a739ac539dba2432ca7641f3"]
            .assert_eq(&snapshot.hash);
        let again = Snapshot::of(Scope::Core, vec![record("core/a"), record("core/b")]);
        assert_eq!(snapshot, again);
        assert_ne!(snapshot.hash, Snapshot::of(Scope::Core, vec![record("core/a")]).hash);
    }
}
