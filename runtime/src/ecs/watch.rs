//! For those who follow the store from outside: whether something changed, and cells by their place.
//!
//! A stamp costs a hash of what was written since the last one, and nothing for what was not: columns
//! keep their hash until they are written. The state hash wants the same ones.

use xxhash_rust::xxh3::Xxh3;

use super::column::Column;
use super::{ComponentId, Ecs, Entity, Scalar};

impl Ecs {
    /// Feeds `hasher` with who has `component` and what they hold in those of its columns: the same
    /// bytes as long as both are the same. False if nobody has it.
    pub(crate) fn stamp(&self, component: ComponentId, columns: &[usize], hasher: &mut Xxh3) -> bool {
        let mut any = false;
        for (at, (_, table)) in self.tables_in_order().enumerate() {
            let Some(start) = table.start(component) else { continue };
            any = true;
            hasher.update(&(at as u64).to_le_bytes());
            hasher.update(&table.entities.hash().to_le_bytes());
            for column in columns {
                hasher.update(&table.columns[start + column].hash().to_le_bytes());
            }
        }
        any
    }

    /// Whether every entity that has `component` has it with nothing but false in this column.
    pub(crate) fn all_false(&self, component: ComponentId, column: usize) -> bool {
        self.tables_in_order().all(|(_, table)| match table.start(component) {
            None => true,
            Some(start) => match &table.columns[start + column] {
                Column::Bool(it) => it.all() == Some(&false) || it.iter().all(|it| !it),
                _ => false,
            },
        })
    }

    /// The cell of a column, if the entity has the component.
    pub(crate) fn cell(&self, entity: Entity, component: ComponentId, column: usize) -> Option<Scalar> {
        let place = self.slots.place(entity)?;
        let table = &self.tables[place.table as usize];
        table.columns.get(table.start(component)? + column).map(|it| it.get(place.row as usize))
    }

    /// `N` numbers of 64 bits that lie side by side, the first in the column `from`.
    pub(crate) fn doubles<const N: usize>(
        &self,
        entity: Entity,
        component: ComponentId,
        from: usize,
    ) -> Option<[f64; N]> {
        let place = self.slots.place(entity)?;
        let table = &self.tables[place.table as usize];
        let start = table.start(component)? + from;
        let mut numbers = [0.0; N];
        for (number, column) in numbers.iter_mut().zip(table.columns.get(start..start + N)?) {
            let Column::F64(cells) = column else { return None };
            *number = *cells.get(place.row as usize);
        }
        Some(numbers)
    }

    /// Puts numbers where [`Ecs::doubles`] reads them. False if there is no such place.
    pub(crate) fn put_doubles<const N: usize>(
        &mut self,
        entity: Entity,
        (component, from): (ComponentId, usize),
        numbers: [f64; N],
    ) -> bool {
        let Some(place) = self.slots.place(entity) else { return false };
        let table = &mut self.tables[place.table as usize];
        let Some(start) = table.start(component) else { return false };
        let Some(columns) = table.columns.get_mut(start + from..start + from + N) else { return false };
        columns
            .iter_mut()
            .zip(numbers)
            .all(|(column, number)| column.set(place.row as usize, Scalar::F64(number)))
    }
}
