//! Tables as systems see them: whole columns out, whole columns in.
//!
//! A table is named by its components, which outlives every change but other definitions. Not a query:
//! that is [`super::Query`], whose slices never leave the store.

use super::column::Column;
use super::packed::Packed;
use super::{ComponentId, Ecs, Entity, Scalar, Value};

/// The cells of a column, taken out of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Cells {
    Bool(Vec<bool>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Value(Vec<Value>),
}

/// The same for every type of cell.
macro_rules! each {
    ($cells:expr, $it:ident => $body:expr) => {
        match $cells {
            Cells::Bool($it) => $body,
            Cells::U32($it) => $body,
            Cells::I32($it) => $body,
            Cells::I64($it) => $body,
            Cells::F32($it) => $body,
            Cells::F64($it) => $body,
            Cells::Value($it) => $body,
        }
    };
}

impl Cells {
    pub(crate) fn len(&self) -> usize {
        each!(self, it => it.len())
    }

    pub(crate) fn get(&self, row: usize) -> Scalar {
        match self {
            Cells::Bool(it) => Scalar::Bool(it[row]),
            Cells::U32(it) => Scalar::U32(it[row]),
            Cells::I32(it) => Scalar::I32(it[row]),
            Cells::I64(it) => Scalar::I64(it[row]),
            Cells::F32(it) => Scalar::F32(it[row]),
            Cells::F64(it) => Scalar::F64(it[row]),
            Cells::Value(it) => Scalar::Value(it[row].clone()),
        }
    }

    fn of(column: &Column) -> Cells {
        match column {
            Column::Bool(it) => Cells::Bool(it.iter().copied().collect()),
            Column::U32(it) => Cells::U32(it.iter().copied().collect()),
            Column::I32(it) => Cells::I32(it.iter().copied().collect()),
            Column::I64(it) => Cells::I64(it.iter().copied().collect()),
            Column::F32(it) => Cells::F32(it.iter().copied().collect()),
            Column::F64(it) => Cells::F64(it.iter().copied().collect()),
            Column::Value(it) => Cells::Value(it.iter().cloned().collect()),
        }
    }

    fn into_column(self) -> Column {
        match self {
            Cells::Bool(it) => Column::Bool(Packed::of(it)),
            Cells::U32(it) => Column::U32(Packed::of(it)),
            Cells::I32(it) => Column::I32(Packed::of(it)),
            Cells::I64(it) => Column::I64(Packed::of(it)),
            Cells::F32(it) => Column::F32(Packed::of(it)),
            Cells::F64(it) => Column::F64(Packed::of(it)),
            Cells::Value(it) => Column::Value(Packed::of(it)),
        }
    }
}

impl Ecs {
    /// The components of every table that has rows, in the order tables are visited in.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &[ComponentId]> {
        let filled = self.order.iter().filter(|(_, table)| self.tables[**table as usize].len() > 0);
        filled.map(|(components, _)| &**components)
    }

    /// The entities with exactly these components, by row.
    pub(crate) fn members(&self, table: &[ComponentId]) -> impl Iterator<Item = Entity> + '_ {
        let table = self.order.get(table).map(|it| &self.tables[*it as usize]);
        table.into_iter().flat_map(|it| it.entities.iter().copied())
    }

    /// Which table an entity is in, and in which row.
    pub(crate) fn place(&self, entity: Entity) -> Option<(&[ComponentId], usize)> {
        let place = self.slots.place(entity)?;
        Some((&self.tables[place.table as usize].components, place.row as usize))
    }

    /// The cells of a component's column; `None` if the table has no such component.
    pub(crate) fn cells(
        &self,
        table: &[ComponentId],
        component: ComponentId,
        column: usize,
    ) -> Option<Cells> {
        let table = &self.tables[*self.order.get(table)? as usize];
        table.columns.get(table.start(component)? + column).map(Cells::of)
    }

    /// Puts cells where [`Ecs::cells`] took them from. Nothing is done if they are not as many or of
    /// another type.
    pub(crate) fn put_cells(
        &mut self,
        table: &[ComponentId],
        (component, column): (ComponentId, usize),
        cells: Cells,
    ) {
        let Some(table) = self.order.get(table) else { return };
        let table = &mut self.tables[*table as usize];
        let Some(start) = table.start(component) else { return };
        let new = cells.into_column();
        if let Some(known) = table.columns.get_mut(start + column)
            && (known.kind(), known.len()) == (new.kind(), new.len())
        {
            *known = new;
        }
    }
}

impl Entity {
    /// As one number that a double is exact about: the generation counts 2^32.
    pub(crate) fn number(self) -> f64 {
        f64::from(self.index) + f64::from(self.generation) * 4_294_967_296.0
    }
}
