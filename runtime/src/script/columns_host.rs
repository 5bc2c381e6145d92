//! [`Columns`](super::columns::Columns) as functions of the prelude's `host` object, for QuickJS.

use std::rc::Rc;

use bowline_schema::registry::ColumnKind;
use rquickjs::{Array, Ctx, FromJs, Function, Object, TypedArray, Value};

use super::console::Console;
use super::reach_host::{set, thrown, to_js};
use crate::ecs::{self, Cells};

/// Adds what the prelude of a system needs.
pub(super) fn install<'js>(
    console: &Rc<Console>,
    ctx: &Ctx<'js>,
    host: &Object<'js>,
) -> rquickjs::Result<()> {
    let it = Rc::clone(console);
    let tables = move |ctx: Ctx<'js>| {
        let found = it.columns.borrow().tables().map_err(|it| thrown(&ctx, &it))?;
        ctx.json_parse(found.to_string())
    };
    set(ctx, host, "tables", tables)?;
    let it = Rc::clone(console);
    let entities = move |ctx: Ctx<'js>, table: usize| {
        let found = it.columns.borrow().entities(table).map_err(|it| thrown(&ctx, &it))?;
        TypedArray::new(ctx, found)
    };
    set(ctx, host, "entities", entities)?;
    let it = Rc::clone(console);
    let column = move |ctx: Ctx<'js>, table: usize, path: String| {
        let cells = it.columns.borrow().read(table, &path).map_err(|it| thrown(&ctx, &it))?;
        cells_to_js(&ctx, cells)
    };
    set(ctx, host, "column", column)?;
    let it = Rc::clone(console);
    let locate = move |ctx: Ctx<'js>, id: String| {
        let place = it.columns.borrow().locate(&id).map_err(|it| thrown(&ctx, &it))?;
        rquickjs::Result::Ok(place.map(|(table, row)| vec![table, row]))
    };
    set(ctx, host, "locate", locate)?;
    let it = Rc::clone(console);
    let put = move |ctx: Ctx<'js>, table: usize, path: String, cells: Object<'js>| {
        let found =
            it.columns.borrow().kind(&path).and_then(|kind| Ok((kind, it.columns.borrow().writes(&path)?)));
        let (kind, writes) = found.map_err(|it| thrown(&ctx, &it))?;
        if !writes {
            return Ok(());
        }
        let cells = cells_of_js(&ctx, kind, &cells)?;
        it.columns.borrow_mut().put(table, &path, cells).map_err(|it| thrown(&ctx, &it))
    };
    set(ctx, host, "putColumn", put)?;
    let it = Rc::clone(console);
    let undeclared =
        move |ctx: Ctx<'js>, name: String| Err::<(), _>(thrown(&ctx, &it.columns.borrow().undeclared(&name)));
    host.set("undeclared", Function::new(ctx.clone(), undeclared)?)
}

fn cells_to_js<'js>(ctx: &Ctx<'js>, cells: Cells) -> rquickjs::Result<Value<'js>> {
    let ctx = ctx.clone();
    Ok(match cells {
        Cells::Bool(it) => {
            let bytes: Vec<u8> = it.into_iter().map(u8::from).collect();
            TypedArray::new(ctx, bytes)?.into_value()
        }
        Cells::U32(it) => TypedArray::new(ctx, it)?.into_value(),
        Cells::I32(it) => TypedArray::new(ctx, it)?.into_value(),
        #[expect(clippy::cast_precision_loss, reason = "schemas allow what doubles are exact about")]
        Cells::I64(it) => {
            TypedArray::new(ctx, it.into_iter().map(|it| it as f64).collect::<Vec<f64>>())?.into_value()
        }
        Cells::F32(it) => TypedArray::new(ctx, it)?.into_value(),
        Cells::F64(it) => TypedArray::new(ctx, it)?.into_value(),
        Cells::Value(it) => {
            let array = Array::new(ctx.clone())?;
            for (row, value) in it.iter().enumerate() {
                array.set(row, to_js(&ctx, value)?)?;
            }
            array.into_value()
        }
    })
}

/// Cell by cell: the engine's memory can only be read as a slice by `unsafe`, which nobody here uses.
fn cells_of_js<'js>(ctx: &Ctx<'js>, kind: ColumnKind, cells: &Object<'js>) -> rquickjs::Result<Cells> {
    Ok(match kind {
        ColumnKind::Bool => Cells::Bool(list::<u8>(cells)?.into_iter().map(|it| it != 0).collect()),
        ColumnKind::U32 => Cells::U32(list(cells)?),
        ColumnKind::I32 => Cells::I32(list(cells)?),
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers, held to their range after")]
        ColumnKind::I64 => Cells::I64(list::<f64>(cells)?.into_iter().map(|it| it.round() as i64).collect()),
        #[expect(clippy::cast_possible_truncation, reason = "they are 32 bits in the array")]
        ColumnKind::F32 => Cells::F32(list::<f64>(cells)?.into_iter().map(|it| it as f32).collect()),
        ColumnKind::F64 => Cells::F64(list(cells)?),
        ColumnKind::Value => {
            let text = ctx.json_stringify(cells.clone())?.map(|it| it.to_string()).transpose()?;
            let values: Vec<serde_json::Value> =
                text.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default();
            Cells::Value(values.iter().map(ecs::Value::from_json).collect())
        }
    })
}

fn list<'js, T: FromJs<'js>>(cells: &Object<'js>) -> rquickjs::Result<Vec<T>> {
    let length: u32 = cells.get("length")?;
    (0..length).map(|row| cells.get(row)).collect()
}
