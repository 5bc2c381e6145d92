//! An [`Ecs`] as one JSON value and back, bit for bit. Columns are base64 of their little-endian
//! cells; one value for all rows is kept once.
//!
//! It carries the definitions of the components it uses, so that it can be read when they have
//! changed: [`Ecs::define`] takes it from there.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bowline_schema::registry::ColumnKind;
use bowline_schema::{Asking, Entry, RecordKind, Registry, Snapshot, meta, scope};
use serde_json::{Value as Json, json};

use super::column::Column;
use super::layout::Layouts;
use super::packed::{Cell, Packed};
use super::slots::{Place, Slots};
use super::table::Table;
use super::{ComponentId, Ecs, Entity, Lineage, Value};

/// Why a value is no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Something is missing, or not what it should be.
    #[error("the image has no good `{0}`")]
    Part(String),
    /// It does not hold what its hash says.
    #[error("the image is damaged: it hashes to {found} and says {said}")]
    Damaged {
        /// Of what it holds.
        found: String,
        /// What it says.
        said: String,
    },
    /// What it holds has no place in the world's definitions.
    #[error("the image was made with other definitions: {0}")]
    Changed(String),
}

pub(super) fn part(name: &str) -> Unreadable {
    Unreadable::Part(name.to_owned())
}

/// A cell whose bytes can be written down.
trait Written: Cell {
    fn bytes(&self, out: &mut Vec<u8>);
    /// The cells that `bytes` are; a remainder is ignored.
    fn read(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! written {
    ($($type:ty)*) => {$(
        impl Written for $type {
            fn bytes(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Vec<$type> {
                bytes.as_chunks().0.iter().map(|it| <$type>::from_le_bytes(*it)).collect()
            }
        }
    )*};
}

written! { u32 i32 i64 f32 f64 }

impl Written for bool {
    fn bytes(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(bytes: &[u8]) -> Vec<bool> {
        bytes.iter().map(|it| *it != 0).collect()
    }
}

/// `"…"`, or `{"all": "…", "count": n}`.
fn write<T: Written>(cells: &Packed<T>) -> Json {
    let text = |cells: &mut dyn Iterator<Item = &T>| {
        let mut bytes = Vec::new();
        cells.for_each(|it| it.bytes(&mut bytes));
        BASE64.encode(bytes)
    };
    match cells.all() {
        Some(value) => json!({ "all": text(&mut [value].into_iter()), "count": cells.len() }),
        None => text(&mut cells.iter()).into(),
    }
}

fn read<T: Written>(json: Option<&Json>) -> Option<Packed<T>> {
    let cells = |json: &Json| Some(T::read(&BASE64.decode(json.as_str()?).ok()?));
    match json? {
        Json::Object(all) => {
            let count = usize::try_from(all.get("count")?.as_u64()?).ok()?;
            Some(Packed::uniform(cells(all.get("all")?)?.pop()?, count))
        }
        json => Some(Packed::of(cells(json)?)),
    }
}

fn write_column(column: &Column) -> Json {
    match column {
        Column::Bool(it) => write(it),
        Column::U32(it) => write(it),
        Column::I32(it) => write(it),
        Column::I64(it) => write(it),
        Column::F32(it) => write(it),
        Column::F64(it) => write(it),
        Column::Value(it) => match it.all() {
            Some(value) => json!({ "all": value.to_json(), "count": it.len() }),
            None => it.iter().map(Value::to_json).collect(),
        },
    }
}

fn read_column(kind: ColumnKind, json: Option<&Json>) -> Option<Column> {
    Some(match kind {
        ColumnKind::Bool => Column::Bool(read(json)?),
        ColumnKind::U32 => Column::U32(read(json)?),
        ColumnKind::I32 => Column::I32(read(json)?),
        ColumnKind::I64 => Column::I64(read(json)?),
        ColumnKind::F32 => Column::F32(read(json)?),
        ColumnKind::F64 => Column::F64(read(json)?),
        ColumnKind::Value => Column::Value(match json? {
            Json::Object(all) => {
                let count = usize::try_from(all.get("count")?.as_u64()?).ok()?;
                Packed::uniform(Value::from_json(all.get("all")?), count)
            }
            json => Packed::of(json.as_array()?.iter().map(Value::from_json).collect()),
        }),
    })
}

impl Ecs {
    /// As one value. It says nothing that depends on how the columns are kept.
    #[must_use]
    pub fn encode(&self) -> Json {
        let Slots { generations, parents, lineages, free, .. } = &self.slots;
        let used = self.layouts.list.iter().enumerate().filter(|(id, _)| {
            let id = ComponentId(u32::try_from(*id).unwrap_or(u32::MAX));
            self.tables_in_order().any(|(components, _)| components.contains(&id))
        });
        let component = |it: &super::Layout| {
            let it = &it.component;
            json!({ "slug": it.slug, "version": it.version, "payload": it.to_payload() })
        };
        let lineage =
            |it: &Lineage| json!({ "prefab": it.prefab, "version": it.version, "parents": it.parents });
        json!({
            "components": used.map(|(_, it)| component(it)).collect::<Vec<_>>(),
            "generations": write(generations),
            "parents": write(parents),
            "lineages": write(lineages),
            "free": write(free),
            "stamps": self.lineages.iter().map(lineage).collect::<Vec<_>>(),
            "tables": self.tables_in_order().map(|(_, it)| self.encode_table(it)).collect::<Vec<_>>(),
        })
    }

    fn encode_table(&self, table: &Table) -> Json {
        let names: Vec<&str> = table.components.iter().map(|it| self.layout(*it).component.name()).collect();
        let indices = Packed::of(table.entities.iter().map(|it| it.index).collect());
        let columns: Vec<Json> = table.columns.iter().map(write_column).collect();
        json!({ "components": names, "entities": write(&indices), "columns": columns })
    }

    /// What [`Ecs::encode`] made, with the definitions it had then.
    ///
    /// # Errors
    /// If it is not that.
    pub fn decode(json: &Json) -> Result<Ecs, Unreadable> {
        let cells = |name: &str| read::<u32>(json.get(name)).ok_or_else(|| part(name));
        let slots = [cells("generations")?, cells("parents")?, cells("lineages")?, cells("free")?];
        let layouts = Arc::new(layouts(json)?);
        let generations = &slots[0];
        let tables = json.get("tables").and_then(Json::as_array).ok_or_else(|| part("tables"))?;
        let tables: Option<Vec<Table>> = tables.iter().map(|it| table(it, &layouts, generations)).collect();
        let tables = tables.ok_or_else(|| part("tables"))?;
        let order = (0..).zip(&tables).map(|(at, it)| (it.components.clone(), at)).collect();
        let stamps = json.get("stamps").and_then(Json::as_array).ok_or_else(|| part("stamps"))?;
        let lineages: Option<Vec<Lineage>> = stamps.iter().map(lineage).collect();
        let lineages = Arc::new(lineages.ok_or_else(|| part("stamps"))?);
        let slots = checked(slots, &tables)?;
        Ok(Ecs { layouts, slots, tables, order, lineages })
    }
}

/// Nothing of an image is believed that would be out of bounds later.
fn checked(slots: [Packed<u32>; 4], tables: &[Table]) -> Result<Slots, Unreadable> {
    let [generations, parents, lineages, free] = &slots;
    let count = generations.len();
    let known = |it: &u32| (*it as usize) < count;
    let mut seen = vec![false; count];
    let mut once = |it: &u32| known(it) && !std::mem::replace(&mut seen[*it as usize], true);
    let living = tables.iter().flat_map(|it| it.entities.iter()).all(|it| once(&it.index));
    if !living || !free.iter().all(&mut once) || seen.contains(&false) {
        return Err(part("entities"));
    }
    if parents.len() != count || !parents.iter().all(|it| *it == super::NONE || known(it)) {
        return Err(part("parents"));
    }
    if lineages.len() != count {
        return Err(part("lineages"));
    }
    let rows = (0..).zip(tables).flat_map(|(at, table)| {
        (0..).zip(table.entities.iter()).map(move |(row, entity)| (*entity, Place { table: at, row }))
    });
    Ok(Slots::new(slots.clone(), rows))
}

fn layouts(json: &Json) -> Result<Layouts, Unreadable> {
    let entry = |it: &Json| {
        Some(Entry {
            slug: it.get("slug")?.as_str()?.to_owned(),
            kind: RecordKind::Component,
            version: u32::try_from(it.get("version")?.as_u64()?).ok()?,
            payload: it.get("payload")?.clone(),
        })
    };
    let records = json.get("components").and_then(Json::as_array).ok_or_else(|| part("components"))?;
    let records: Option<Vec<Entry>> = records.iter().map(entry).collect();
    let records = records.ok_or_else(|| part("components"))?;
    let scopes = records.iter().filter_map(|it| Some(scope::parts(&it.slug)?.1.to_owned())).collect();
    let snapshot = Snapshot::build(&records, &Asking { scopes, ..Asking::default() }).snapshot;
    let registry = Registry::compile(&meta::entities(&snapshot)).map_err(|_| part("components"))?;
    Ok(Layouts::new(&snapshot, &registry))
}

fn table(json: &Json, layouts: &Layouts, generations: &Packed<u32>) -> Option<Table> {
    let names = json.get("components")?.as_array()?;
    let mut components: Vec<ComponentId> =
        names.iter().map(|it| layouts.named(it.as_str()?)).collect::<Option<_>>()?;
    // The order of slugs, in which they were written, is that of the ids.
    if !components.is_sorted_by(|a, b| a < b) {
        return None;
    }
    components.dedup();
    let mut table = Table::new(&components, layouts);
    let entity = |it: &u32| {
        let index = *it;
        ((index as usize) < generations.len())
            .then(|| Entity { index, generation: *generations.get(index as usize) })
    };
    let entities: Option<Vec<Entity>> = read::<u32>(json.get("entities"))?.iter().map(entity).collect();
    table.entities = Packed::of(entities?);
    let columns = json.get("columns")?.as_array()?;
    for (at, column) in table.columns.iter_mut().enumerate() {
        *column =
            read_column(column.kind(), columns.get(at)).filter(|it| it.len() == table.entities.len())?;
    }
    Some(table)
}

fn lineage(json: &Json) -> Option<Lineage> {
    let parents = json.get("parents")?.as_array()?;
    let version = u32::try_from(json.get("version")?.as_u64()?).ok()?;
    let parents = parents.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    Some(Lineage { prefab: json.get("prefab")?.as_str()?.to_owned(), version, parents })
}
