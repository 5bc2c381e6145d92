//! Other definitions under living entities: which column comes from which.
//!
//! A new field is one cell for all rows, whatever their number. Whether a change is allowed is not
//! decided here but by `bowline_schema::change`; here a change that would lose a value is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_schema::change::{LiveFacts, WorldFacts, carry};
use bowline_schema::registry::ColumnKind;
use bowline_schema::{Component, Field, Kind, Snapshot, scope};
use serde_json::{Map, Value as Json};

use super::column::Column;
use super::layout::{ComponentId, Layout, width};
use super::packed::Packed;
use super::table::Table;
use super::{Ecs, Scalar, Value};
use crate::definitions::Definitions;

/// Other definitions have no place for a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` would lose its values")]
pub struct Lost {
    /// The component, or a field of it.
    pub path: String,
}

/// What a column is made of.
enum From {
    Column(usize),
    Fill(Scalar),
    /// Values of another shape inside: a component of the one old field, and of the new.
    Carry(usize, Box<(Component, Component)>),
}

impl Ecs {
    /// Takes over `definitions`: what is there keeps its values, new fields hold their defaults.
    /// [`ComponentId`]s and queries from before mean nothing any more.
    ///
    /// # Errors
    /// If a value would be lost. Nothing has changed then.
    pub fn define(&mut self, definitions: &Definitions) -> Result<(), Lost> {
        let layouts = definitions.layouts();
        let used: BTreeSet<ComponentId> =
            self.tables.iter().flat_map(|it| it.components.iter().copied()).collect();
        let mut plans: BTreeMap<ComponentId, (ComponentId, Vec<From>)> = BTreeMap::new();
        for old in used {
            let before = self.layouts.of(old);
            let name = before.component.name();
            let new = layouts.named(name).ok_or_else(|| Lost { path: name.to_owned() })?;
            plans.insert(old, (new, plan(before, layouts.of(new))?));
        }
        self.tables = self.tables.iter().map(|it| moved(it, &plans, layouts)).collect();
        self.order = (0..).zip(&self.tables).map(|(at, it)| (it.components.clone(), at)).collect();
        self.layouts = Arc::clone(layouts);
        Ok(())
    }

    /// How the living entities that have the component `old` would fit `new`.
    fn measure(&self, old: ComponentId, new: &Component) -> LiveFacts {
        let entities = super::Query::new().with(old).entities(self);
        let rows: Vec<(String, Map<String, Json>)> =
            entities.into_iter().filter_map(|it| Some((it.to_string(), self.row(it, old)?))).collect();
        let rows = rows.iter().map(|(id, row)| (id.as_str(), row));
        LiveFacts::measure(&self.layout(old).component, new, rows)
    }

    /// How many entities have each component and came from each prefab, by name.
    #[must_use]
    pub fn counts(&self) -> WorldFacts {
        let mut facts = WorldFacts::default();
        for table in &self.tables {
            for component in &table.components {
                let name = self.layout(*component).component.name().to_owned();
                facts.components.entry(name).or_default().entities += table.len() as u64;
            }
        }
        for lineage in self.entities().filter_map(|it| self.lineage(it)) {
            let path = scope::parts(&lineage.prefab).map_or(lineage.prefab.as_str(), |it| it.2);
            let name = path.strip_prefix("prefab/").unwrap_or(path).to_owned();
            *facts.prefabs.entry(name).or_default() += 1;
        }
        facts
    }

    /// The same, and how the living values of every component that is another in `new` would fit. Looks
    /// at every entity that has one: on a fork, not in a tick.
    #[must_use]
    pub fn facts(&self, new: &Snapshot) -> WorldFacts {
        let mut facts = self.counts();
        for (name, live) in &mut facts.components {
            let (Some(old), Ok(new)) = (self.component(name), new.component(name)) else { continue };
            if self.layout(old).component.fields != new.fields {
                *live = self.measure(old, new);
            }
        }
        facts
    }
}

/// The table with the columns of other layouts.
fn moved(
    table: &Table,
    plans: &BTreeMap<ComponentId, (ComponentId, Vec<From>)>,
    layouts: &super::Layouts,
) -> Table {
    // Names are in the order of slugs on both sides, but a nearer scope may have taken a name over.
    let mut pairs: Vec<_> =
        table.components.iter().filter_map(|it| Some((plans.get(it)?, table.start(*it)?))).collect();
    pairs.sort_by_key(|((new, _), _)| *new);
    let components: Vec<ComponentId> = pairs.iter().map(|((new, _), _)| *new).collect();
    let mut next = Table::new(&components, layouts);
    next.entities = table.entities.clone();
    let sources = pairs.iter().flat_map(|((_, plan), start)| plan.iter().map(move |from| (from, *start)));
    for (column, (from, start)) in next.columns.iter_mut().zip(sources) {
        *column = match from {
            From::Fill(cell) => Column::uniform(cell, table.len()),
            From::Column(at) => {
                let old = &table.columns[start + at];
                old.widened(column.kind()).unwrap_or_else(|| old.clone())
            }
            From::Carry(at, fields) => carried(&table.columns[start + at], &fields.0, &fields.1),
        };
    }
    next
}

fn carried(column: &Column, old: &Component, new: &Component) -> Column {
    let Column::Value(cells) = column else { return column.clone() };
    let Some(name) = old.fields.first().map(|it| &it.name) else { return column.clone() };
    let carry_one = |it: &Value| {
        let row = carry(old, new, &Map::from_iter([(name.clone(), it.to_json())]));
        row.values().next().map_or(Value::Null, Value::from_json)
    };
    let cells: Packed<Value> = cells.map(carry_one);
    Column::Value(cells)
}

fn plan(old: &Layout, new: &Layout) -> Result<Vec<From>, Lost> {
    let mut plan = Vec::with_capacity(new.columns.len());
    if old.component.fields == new.component.fields {
        plan.extend((0..new.columns.len()).map(From::Column));
        return Ok(plan);
    }
    let mut planner = Planner { old, new, plan };
    planner.fields(&old.component.fields, 0, &new.component.fields)?;
    Ok(planner.plan)
}

struct Planner<'a> {
    old: &'a Layout,
    new: &'a Layout,
    plan: Vec<From>,
}

impl Planner<'_> {
    /// Plans the columns of `new`, of which `old` are the source, with columns from `start` on.
    fn fields(&mut self, old: &[Field], start: usize, new: &[Field]) -> Result<(), Lost> {
        let lost = |it: &Field| Lost { path: format!("{}.{}", self.old.component.name(), it.name) };
        if let Some(gone) = old.iter().find(|it| new.iter().all(|now| now.name != it.name)) {
            return Err(lost(gone));
        }
        let start_of = |at: usize| start + old[..at].iter().map(width).sum::<usize>();
        for field in new {
            let named = |name: &str| old.iter().position(|it| it.name == name);
            let source = named(&field.name).or_else(|| field.alias_of.as_deref().and_then(named));
            match source {
                Some(at) if follows(&old[at].kind, &field.kind) => {
                    self.field(&old[at], start_of(at), field)?
                }
                Some(at) => return Err(lost(&old[at])),
                None => {
                    let cells = super::layout::laid(field, &Value::from_json(&field.initial()));
                    self.plan.extend(cells.into_iter().map(From::Fill));
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, old: &Field, start: usize, new: &Field) -> Result<(), Lost> {
        let inner = start + usize::from(old.optional);
        match (old.optional, new.optional) {
            (_, false) => (),
            (true, true) => self.plan.push(From::Column(start)),
            (false, true) => self.plan.push(From::Fill(Scalar::Bool(true))),
        }
        if let (Kind::Struct { fields: was }, Kind::Struct { fields: now }) = (&old.kind, &new.kind) {
            return self.fields(was, inner, now);
        }
        let value = self.old.columns.get(inner).is_some_and(|it| it.kind == ColumnKind::Value);
        if value && matches!(old.kind, Kind::List { .. }) && old.kind != new.kind {
            let only = |of: &Layout, field: &Field| Component {
                fields: vec![field.clone()],
                ..of.component.clone()
            };
            let fields = Box::new((only(self.old, old), only(self.new, new)));
            self.plan.push(From::Carry(inner, fields));
            return Ok(());
        }
        let count = width(old) - usize::from(old.optional);
        self.plan.extend((inner..inner + count).map(From::Column));
        Ok(())
    }
}

/// Whether columns of `old` can become columns of `new` cell by cell.
fn follows(old: &Kind, new: &Kind) -> bool {
    old.name() == new.name() || matches!((old, new), (Kind::I32, Kind::I64) | (Kind::F32, Kind::F64))
}
