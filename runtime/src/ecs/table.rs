//! [`Table`]: all entities that have the same components. Rows are dense, and their order is state.

use super::Entity;
use super::column::{Column, Scalar};
use super::layout::{ComponentId, Layouts};
use super::packed::Packed;

#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Sorted.
    pub(super) components: Box<[ComponentId]>,
    /// Where each component's columns begin.
    starts: Vec<usize>,
    pub(super) entities: Packed<Entity>,
    pub(super) columns: Vec<Column>,
}

impl Table {
    pub(super) fn new(components: &[ComponentId], layouts: &Layouts) -> Table {
        let (mut starts, mut columns) = (Vec::with_capacity(components.len()), Vec::new());
        for component in components {
            starts.push(columns.len());
            columns.extend(layouts.of(*component).initial.iter().map(|it| Column::uniform(it, 0)));
        }
        Table { components: components.into(), starts, entities: Packed::default(), columns }
    }

    pub(super) fn len(&self) -> usize {
        self.entities.len()
    }

    /// Where the columns of `component` begin.
    pub(super) fn start(&self, component: ComponentId) -> Option<usize> {
        self.components.binary_search(&component).ok().map(|at| self.starts[at])
    }

    /// A new row. `scalars` are a cell for every column.
    pub(super) fn push(&mut self, entity: Entity, scalars: impl IntoIterator<Item = Scalar>) {
        self.entities.push(entity);
        for (column, scalar) in self.columns.iter_mut().zip(scalars) {
            let fits = column.push(scalar);
            debug_assert!(fits, "cells are made by the layout that made the columns");
        }
    }

    /// Takes a row out; the last one takes its place. The cells, and who moved.
    pub(super) fn take(&mut self, row: usize) -> (Vec<Scalar>, Option<Entity>) {
        self.entities.swap_remove(row);
        let scalars = self.columns.iter_mut().map(|it| it.swap_remove(row)).collect();
        (scalars, (row < self.len()).then(|| *self.entities.get(row)))
    }
}
