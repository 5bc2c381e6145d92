//! [`Batch`]: changes that are kept together or not at all.
//!
//! A batch holds two different things, because a save has to be atomic over both. *Records* are
//! definitions with a published name and a checksum ([`crate::record`]). *Rows* are what a running
//! world holds: ids that clients invent (any string), JSON that only the world understands, an order
//! that clients see. Rows have no version or dates of their own, so they cannot be records; records
//! must not have free names, so they cannot be rows.
//!
//! There is no expiry, no append and no free-form table on purpose: what is not in [`Table`] or
//! [`crate::record::Kind`] cannot be said.

use serde_json::Value;

use crate::canonical::check_depth;
use crate::error::StoreError;
use crate::record::{BadRecord, Record};
use crate::slug::Slug;

/// What a world keeps besides records. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Blueprints by id.
    Blueprint,
    /// Entities by id.
    Entity,
    /// World settings by key.
    Setting,
    /// Deploy snapshots by id: what a rollback goes back to.
    DeploySnapshot,
    /// What the world knows about itself: its id, its spawn point.
    Meta,
    /// Which records changed together, and between which ticks. Whoever writes it says how long it gets.
    Journal,
    /// What is left of records that could not be used any more: see [`crate::Store::set_aside`].
    SetAside,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 7] = [
        Table::Blueprint,
        Table::Entity,
        Table::Setting,
        Table::DeploySnapshot,
        Table::Meta,
        Table::Journal,
        Table::SetAside,
    ];

    /// Its name for people and for backends.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Blueprint => "blueprints",
            Table::Entity => "entities",
            Table::Setting => "settings",
            Table::DeploySnapshot => "deploy_snapshots",
            Table::Meta => "meta",
            Table::Journal => "journal",
            Table::SetAside => "set_aside",
        }
    }
}

/// One row of a world.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Any string; unique in its table, compared byte by byte.
    pub id: String,
    /// Any JSON up to [`crate::canonical::DEPTH_MAX`] levels deep. Key order is kept.
    pub json: Value,
}

/// One change that a backend may make, because it has been checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Keep this record under its slug, in place of what is there.
    PutRecord(Record),
    /// Forget the record of this slug. Not an error if there is none.
    DeleteRecord(Slug),
    /// Keep this row. A new id goes to the end of the table, a known one keeps its place.
    PutRow(Table, Row),
    /// Forget this row. Not an error if there is none.
    DeleteRow(Table, String),
}

/// Changes asked for, not yet checked. Applied in order, so the last word on a name stands.
#[derive(Debug, Clone, Default)]
#[must_use = "a batch does nothing until a store applies it"]
pub struct Batch {
    asked: Vec<Asked>,
}

#[derive(Debug, Clone)]
enum Asked {
    Ready(Change),
    RecordJson(Value),
}

/// Changes that have been checked, each of them. Only [`Batch::check`] makes one, so a backend
/// cannot be handed anything that breaks the contract, and need not look.
#[derive(Debug, Clone)]
#[must_use]
pub struct CheckedBatch(Vec<Change>);

impl Batch {
    /// No changes.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Also puts `record`.
    pub fn put_record(mut self, record: Record) -> Batch {
        self.asked.push(Asked::Ready(Change::PutRecord(record)));
        self
    }

    /// Also puts the record that `json` is: for records that arrive from files or the network. What
    /// is missing or wrong is refused when the batch is applied, and the whole batch with it.
    pub fn put_record_json(mut self, json: Value) -> Batch {
        self.asked.push(Asked::RecordJson(json));
        self
    }

    /// Also deletes a record.
    pub fn delete_record(mut self, slug: Slug) -> Batch {
        self.asked.push(Asked::Ready(Change::DeleteRecord(slug)));
        self
    }

    /// Also puts a row.
    pub fn put_row(mut self, table: Table, id: impl Into<String>, json: Value) -> Batch {
        self.asked.push(Asked::Ready(Change::PutRow(table, Row { id: id.into(), json })));
        self
    }

    /// Also deletes a row.
    pub fn delete_row(mut self, table: Table, id: impl Into<String>) -> Batch {
        self.asked.push(Asked::Ready(Change::DeleteRow(table, id.into())));
        self
    }

    /// Also makes `change`.
    pub fn change(self, change: Change) -> Batch {
        match change {
            Change::PutRecord(record) => self.put_record(record),
            Change::DeleteRecord(slug) => self.delete_record(slug),
            Change::PutRow(table, row) => self.put_row(table, row.id, row.json),
            Change::DeleteRow(table, id) => self.delete_row(table, id),
        }
    }

    /// How many changes it asks for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.asked.len()
    }

    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Checks every change: the one place where the contract is enforced, above all backends.
    ///
    /// # Errors
    /// [`StoreError::Record`] or [`StoreError::Row`] for the first change that is refused.
    pub fn check(self) -> Result<CheckedBatch, StoreError> {
        let checked = self.asked.into_iter().enumerate().map(|(position, asked)| check(position, asked));
        Ok(CheckedBatch(checked.collect::<Result<_, _>>()?))
    }
}

fn check(position: usize, asked: Asked) -> Result<Change, StoreError> {
    let refused = |slug: String| move |why: BadRecord| StoreError::Record { position, slug, why };
    match asked {
        Asked::RecordJson(json) => {
            let slug = json.get("slug").and_then(Value::as_str).unwrap_or_default().to_owned();
            Record::from_json(json).map(Change::PutRecord).map_err(refused(slug))
        }
        Asked::Ready(change) => {
            match &change {
                Change::PutRecord(record) => record.check().map_err(refused(record.slug.to_string()))?,
                Change::PutRow(table, Row { id, json }) => {
                    check_depth(json).map_err(|why| StoreError::Row { table: *table, id: id.clone(), why })?
                }
                Change::DeleteRecord(_) | Change::DeleteRow(..) => (),
            }
            Ok(change)
        }
    }
}

impl CheckedBatch {
    /// The changes, in order.
    #[must_use]
    pub fn changes(self) -> Vec<Change> {
        self.0
    }
}
