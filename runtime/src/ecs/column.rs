//! [`Column`]: the cells of one column, whatever their type.

use bowline_schema::registry::ColumnKind;

use super::Value;
use super::packed::Packed;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// One byte.
    Bool(bool),
    /// A variant's number, or a text's id.
    U32(u32),
    /// Four bytes.
    I32(i32),
    /// Eight bytes.
    I64(i64),
    /// Four bytes.
    F32(f32),
    /// Eight bytes.
    F64(f64),
    /// Of any length.
    Value(Value),
}

#[derive(Debug, Clone)]
pub(super) enum Column {
    Bool(Packed<bool>),
    U32(Packed<u32>),
    I32(Packed<i32>),
    I64(Packed<i64>),
    F32(Packed<f32>),
    F64(Packed<f64>),
    Value(Packed<Value>),
}

/// The cells of a column, as a query gives them.
#[derive(Debug)]
pub enum Slice<'a> {
    /// To be read.
    Bool(&'a [bool]),
    /// To be read.
    U32(&'a [u32]),
    /// To be read.
    I32(&'a [i32]),
    /// To be read.
    I64(&'a [i64]),
    /// To be read.
    F32(&'a [f32]),
    /// To be read.
    F64(&'a [f64]),
    /// To be read.
    Value(&'a [Value]),
    /// To be written.
    BoolMut(&'a mut [bool]),
    /// To be written.
    U32Mut(&'a mut [u32]),
    /// To be written.
    I32Mut(&'a mut [i32]),
    /// To be written.
    I64Mut(&'a mut [i64]),
    /// To be written.
    F32Mut(&'a mut [f32]),
    /// To be written.
    F64Mut(&'a mut [f64]),
    /// To be written.
    ValueMut(&'a mut [Value]),
}

impl Slice<'_> {
    /// Numbers of 32 bits.
    #[must_use]
    pub fn f32(&self) -> Option<&[f32]> {
        match self {
            Slice::F32(it) => Some(it),
            Slice::F32Mut(it) => Some(it),
            _ => None,
        }
    }

    /// Numbers of 32 bits, to be written.
    #[must_use]
    pub fn f32_mut(&mut self) -> Option<&mut [f32]> {
        match self {
            Slice::F32Mut(it) => Some(it),
            _ => None,
        }
    }

    /// Numbers of 64 bits.
    #[must_use]
    pub fn f64(&self) -> Option<&[f64]> {
        match self {
            Slice::F64(it) => Some(it),
            Slice::F64Mut(it) => Some(it),
            _ => None,
        }
    }

    /// Numbers of 64 bits, to be written.
    #[must_use]
    pub fn f64_mut(&mut self) -> Option<&mut [f64]> {
        match self {
            Slice::F64Mut(it) => Some(it),
            _ => None,
        }
    }
}

impl Scalar {
    /// As a number, if it is one. What 32 bits hold is said as people wrote it: 0.1 and not
    /// 0.10000000149011612.
    pub(super) fn number(&self) -> Option<f64> {
        Some(match self {
            Scalar::F64(it) => *it,
            Scalar::F32(it) => it.to_string().parse().unwrap_or(f64::from(*it)),
            Scalar::I32(it) => f64::from(*it),
            Scalar::U32(it) => f64::from(*it),
            #[expect(clippy::cast_precision_loss, reason = "a schema allows 2^53 either way")]
            Scalar::I64(it) => *it as f64,
            Scalar::Bool(_) | Scalar::Value(_) => return None,
        })
    }
}

/// The same for every type of cell.
macro_rules! each {
    ($column:expr, $cells:ident => $body:expr) => {
        match $column {
            Column::Bool($cells) => $body,
            Column::U32($cells) => $body,
            Column::I32($cells) => $body,
            Column::I64($cells) => $body,
            Column::F32($cells) => $body,
            Column::F64($cells) => $body,
            Column::Value($cells) => $body,
        }
    };
}

/// The same for a column and a cell of one type; `$else` if they are not.
macro_rules! both {
    ($pair:expr, ($cells:ident, $cell:ident) => $body:expr, else $else:expr) => {
        match $pair {
            (Column::Bool($cells), Scalar::Bool($cell)) => $body,
            (Column::U32($cells), Scalar::U32($cell)) => $body,
            (Column::I32($cells), Scalar::I32($cell)) => $body,
            (Column::I64($cells), Scalar::I64($cell)) => $body,
            (Column::F32($cells), Scalar::F32($cell)) => $body,
            (Column::F64($cells), Scalar::F64($cell)) => $body,
            (Column::Value($cells), Scalar::Value($cell)) => $body,
            _ => $else,
        }
    };
}

impl Column {
    /// `count` cells that hold `scalar`.
    pub(super) fn uniform(scalar: &Scalar, count: usize) -> Column {
        match scalar.clone() {
            Scalar::Bool(it) => Column::Bool(Packed::uniform(it, count)),
            Scalar::U32(it) => Column::U32(Packed::uniform(it, count)),
            Scalar::I32(it) => Column::I32(Packed::uniform(it, count)),
            Scalar::I64(it) => Column::I64(Packed::uniform(it, count)),
            Scalar::F32(it) => Column::F32(Packed::uniform(it, count)),
            Scalar::F64(it) => Column::F64(Packed::uniform(it, count)),
            Scalar::Value(it) => Column::Value(Packed::uniform(it, count)),
        }
    }

    pub(super) fn kind(&self) -> ColumnKind {
        match self {
            Column::Bool(_) => ColumnKind::Bool,
            Column::U32(_) => ColumnKind::U32,
            Column::I32(_) => ColumnKind::I32,
            Column::I64(_) => ColumnKind::I64,
            Column::F32(_) => ColumnKind::F32,
            Column::F64(_) => ColumnKind::F64,
            Column::Value(_) => ColumnKind::Value,
        }
    }

    /// The same numbers in `kind`, if it is as wide or wider. Of 32 bits, the number people wrote.
    pub(super) fn widened(&self, kind: ColumnKind) -> Option<Column> {
        Some(match (self, kind) {
            (Column::I32(it), ColumnKind::I64) => Column::I64(it.map(|it| i64::from(*it))),
            (Column::F32(it), ColumnKind::F64) => {
                Column::F64(it.map(|it| Scalar::F32(*it).number().unwrap_or_default()))
            }
            (_, kind) if self.kind() == kind => self.clone(),
            _ => return None,
        })
    }

    pub(super) fn len(&self) -> usize {
        each!(self, cells => cells.len())
    }

    pub(super) fn hash(&self) -> u128 {
        each!(self, cells => cells.hash())
    }

    /// Whether the cell is of its type.
    pub(super) fn takes(&self, scalar: &Scalar) -> bool {
        both!((self, scalar), (_cells, _cell) => true, else false)
    }

    /// False if the cell is of another type.
    pub(super) fn push(&mut self, scalar: Scalar) -> bool {
        both!((self, scalar), (cells, cell) => { cells.push(cell); true }, else false)
    }

    /// False if the cell is of another type.
    pub(super) fn set(&mut self, row: usize, scalar: Scalar) -> bool {
        both!((self, scalar), (cells, cell) => { cells.set(row, cell); true }, else false)
    }

    pub(super) fn get(&self, row: usize) -> Scalar {
        match self {
            Column::Bool(it) => Scalar::Bool(*it.get(row)),
            Column::U32(it) => Scalar::U32(*it.get(row)),
            Column::I32(it) => Scalar::I32(*it.get(row)),
            Column::I64(it) => Scalar::I64(*it.get(row)),
            Column::F32(it) => Scalar::F32(*it.get(row)),
            Column::F64(it) => Scalar::F64(*it.get(row)),
            Column::Value(it) => Scalar::Value(it.get(row).clone()),
        }
    }

    pub(super) fn swap_remove(&mut self, row: usize) -> Scalar {
        match self {
            Column::Bool(it) => Scalar::Bool(it.swap_remove(row)),
            Column::U32(it) => Scalar::U32(it.swap_remove(row)),
            Column::I32(it) => Scalar::I32(it.swap_remove(row)),
            Column::I64(it) => Scalar::I64(it.swap_remove(row)),
            Column::F32(it) => Scalar::F32(it.swap_remove(row)),
            Column::F64(it) => Scalar::F64(it.swap_remove(row)),
            Column::Value(it) => Scalar::Value(it.swap_remove(row)),
        }
    }

    pub(super) fn read(&mut self) -> Slice<'_> {
        match self {
            Column::Bool(it) => Slice::Bool(it.read()),
            Column::U32(it) => Slice::U32(it.read()),
            Column::I32(it) => Slice::I32(it.read()),
            Column::I64(it) => Slice::I64(it.read()),
            Column::F32(it) => Slice::F32(it.read()),
            Column::F64(it) => Slice::F64(it.read()),
            Column::Value(it) => Slice::Value(it.read()),
        }
    }

    pub(super) fn write(&mut self) -> Slice<'_> {
        match self {
            Column::Bool(it) => Slice::BoolMut(it.write()),
            Column::U32(it) => Slice::U32Mut(it.write()),
            Column::I32(it) => Slice::I32Mut(it.write()),
            Column::I64(it) => Slice::I64Mut(it.write()),
            Column::F32(it) => Slice::F32Mut(it.write()),
            Column::F64(it) => Slice::F64Mut(it.write()),
            Column::Value(it) => Slice::ValueMut(it.write()),
        }
    }
}
