//! [`Columns`](super::super::columns::Columns) for systems in Luau: columns are `buffer`s, copied in and
//! out whole; what has no fixed width is a list.

use std::rc::Rc;

use bowline_schema::Problem;
use bowline_schema::registry::ColumnKind;
use mlua::{Lua, Table, Value};

use super::super::console::Console;
use super::super::reach_host::words;
use super::values::{cell_to_luau, to_json, to_luau};
use crate::ecs::{self, Cells};

/// Adds what the prelude of a system needs.
pub(super) fn install(lua: &Lua, host: &Table, console: &Rc<Console>) -> mlua::Result<()> {
    let it = Rc::clone(console);
    let tables = lua.create_function(move |lua, ()| {
        let found = it.columns.borrow().tables().map_err(|it| mlua::Error::runtime(words(&it)))?;
        to_luau(lua, &found)
    })?;
    host.raw_set("tables", tables)?;
    let it = Rc::clone(console);
    let entities = lua.create_function(move |lua, table: usize| {
        let found = it.columns.borrow().entities(table).map_err(|it| mlua::Error::runtime(words(&it)))?;
        lua.create_sequence_from(found)
    })?;
    host.raw_set("entities", entities)?;
    let it = Rc::clone(console);
    let column = lua.create_function(move |lua, (table, path): (usize, String)| {
        match it.columns.borrow().read(table, &path) {
            Ok(cells) => Ok((cells_to_luau(lua, cells)?, None)),
            Err(problem) => Ok((Value::Nil, Some(words(&problem)))),
        }
    })?;
    host.raw_set("column", column)?;
    let it = Rc::clone(console);
    let locate = lua.create_function(move |_, id: String| match it.columns.borrow().locate(&id) {
        Ok(place) => Ok((place.map(|(table, row)| vec![table, row]), None)),
        Err(problem) => Ok((None, Some(words(&problem)))),
    })?;
    host.raw_set("locate", locate)?;
    let it = Rc::clone(console);
    let put = lua.create_function(move |_, (table, path, cells): (usize, String, Value)| {
        Ok((true, put(&it, table, &path, &cells)?.err().map(|it| words(&it))))
    })?;
    host.raw_set("put_column", put)?;
    let it = Rc::clone(console);
    let undeclared =
        lua.create_function(move |_, name: String| Ok(words(&it.columns.borrow().undeclared(&name))))?;
    host.raw_set("undeclared", undeclared)
}

fn put(console: &Console, table: usize, path: &str, cells: &Value) -> mlua::Result<Result<(), Problem>> {
    let mut columns = console.columns.borrow_mut();
    let kind = match columns.kind(path).and_then(|kind| Ok((kind, columns.writes(path)?))) {
        Ok((kind, true)) => kind,
        Ok((_, false)) => return Ok(Ok(())),
        Err(problem) => return Ok(Err(problem)),
    };
    Ok(match cells_of_luau(kind, cells)? {
        Some(cells) => columns.put(table, path, cells),
        None => Err(Problem::new("wrong_type", "", format!("`{path}` is no column any more"))),
    })
}

fn bytes<const N: usize, T>(list: Vec<T>, of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    list.into_iter().flat_map(of).collect()
}

fn cells_to_luau(lua: &Lua, cells: Cells) -> mlua::Result<Value> {
    let bytes = match cells {
        Cells::Bool(it) => bytes(it, |it| [u8::from(it)]),
        Cells::U32(it) => bytes(it, u32::to_le_bytes),
        Cells::I32(it) => bytes(it, i32::to_le_bytes),
        #[expect(clippy::cast_precision_loss, reason = "schemas allow what doubles are exact about")]
        Cells::I64(it) => bytes(it, |it| (it as f64).to_le_bytes()),
        Cells::F32(it) => bytes(it, f32::to_le_bytes),
        Cells::F64(it) => bytes(it, f64::to_le_bytes),
        Cells::Value(it) => {
            let list = lua.create_table_with_capacity(it.len(), 0)?;
            for (row, value) in it.iter().enumerate() {
                list.raw_set(row + 1, cell_to_luau(lua, value)?)?;
            }
            return Ok(Value::Table(list));
        }
    };
    lua.create_buffer(bytes).map(Value::Buffer)
}

fn list<const N: usize, T>(bytes: &[u8], of: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|it| of(*it)).collect()
}

/// `None` if it is not what the column was given out as.
fn cells_of_luau(kind: ColumnKind, cells: &Value) -> mlua::Result<Option<Cells>> {
    if let (ColumnKind::Value, Value::Table(table)) = (kind, cells) {
        let values = (1..=table.raw_len()).map(|row| {
            Ok(to_json(&table.raw_get(row)?)?.map_or(ecs::Value::Null, |it| ecs::Value::from_json(&it)))
        });
        return Ok(Some(Cells::Value(values.collect::<mlua::Result<_>>()?)));
    }
    let Value::Buffer(buffer) = cells else { return Ok(None) };
    let bytes = buffer.to_vec();
    Ok(Some(match kind {
        ColumnKind::Bool => Cells::Bool(bytes.iter().map(|it| *it != 0).collect()),
        ColumnKind::U32 => Cells::U32(list(&bytes, u32::from_le_bytes)),
        ColumnKind::I32 => Cells::I32(list(&bytes, i32::from_le_bytes)),
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers, held to their range after")]
        ColumnKind::I64 => Cells::I64(list(&bytes, |it| f64::from_le_bytes(it).round() as i64)),
        ColumnKind::F32 => Cells::F32(list(&bytes, f32::from_le_bytes)),
        ColumnKind::F64 => Cells::F64(list(&bytes, f64::from_le_bytes)),
        ColumnKind::Value => return Ok(None),
    }))
}
