//! [`Table`]: the rows of one component. Rows are dense; `rows[entity index]` says which is whose.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::column::{Column, Value};
use super::schema::Schema;

/// Which component; only meaningful in the store it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComponentId(pub(super) usize);

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) schema: Arc<Schema>,
    columns: Vec<Column>,
    rows: Vec<Option<u32>>,
    owners: Vec<u32>,
}

impl Table {
    pub(super) fn new(schema: Arc<Schema>) -> Table {
        let columns = schema.fields.iter().map(Column::of).collect();
        Table { schema, columns, rows: Vec::new(), owners: Vec::new() }
    }

    /// The same rows with the fields of `schema`.
    pub(super) fn redefined(self, schema: &Schema) -> Table {
        let column = |field: &super::schema::Field| {
            let at =
                self.schema.fields.iter().position(|it| (&it.name, it.kind) == (&field.name, field.kind));
            at.map(|at| self.columns[at].clone()).unwrap_or_else(|| {
                let mut column = Column::of(field);
                self.owners.iter().for_each(|_| column.push_default(field));
                column
            })
        };
        let columns = schema.fields.iter().map(column).collect();
        Table { schema: Arc::new(schema.clone()), columns, ..self }
    }

    pub(super) fn row(&self, entity: u32) -> Option<usize> {
        self.rows.get(entity as usize).copied().flatten().map(|it| it as usize)
    }

    pub(super) fn insert(&mut self, entity: u32) {
        if self.row(entity).is_some() {
            return;
        }
        let index = entity as usize;
        if self.rows.len() <= index {
            self.rows.resize(index + 1, None);
        }
        self.rows[index] = u32::try_from(self.owners.len()).ok();
        self.owners.push(entity);
        for (column, field) in self.columns.iter_mut().zip(&self.schema.fields) {
            column.push_default(field);
        }
    }

    pub(super) fn remove(&mut self, entity: u32) {
        let Some(row) = self.row(entity) else { return };
        self.rows[entity as usize] = None;
        self.owners.swap_remove(row);
        for column in &mut self.columns {
            column.swap_remove(row);
        }
        if let Some(&moved) = self.owners.get(row) {
            self.rows[moved as usize] = u32::try_from(row).ok();
        }
    }

    pub(super) fn get(&self, entity: u32, field: &str) -> Option<Value> {
        Some(self.columns[self.field(field)?].get(self.row(entity)?))
    }

    pub(super) fn set(&mut self, entity: u32, field: &str, value: &Value) -> bool {
        match (self.field(field), self.row(entity)) {
            (Some(field), Some(row)) => self.columns[field].set(row, value),
            _ => false,
        }
    }

    fn field(&self, name: &str) -> Option<usize> {
        self.schema.fields.iter().position(|it| it.name == name)
    }

    /// Rows in the order of their entities, not of the table: how they came to lie is no state.
    pub(super) fn hash(&self, hasher: &mut Sha256) {
        hasher.update(self.schema.name.as_bytes());
        for (entity, row) in self.rows.iter().enumerate() {
            let Some(row) = row else { continue };
            hasher.update(entity.to_le_bytes());
            for column in &self.columns {
                column.hash(*row as usize, hasher);
            }
        }
    }
}
