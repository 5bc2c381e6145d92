//! [`Columns`]: what a system reads and writes in one run, as plain cells, whatever engine it runs in.
//!
//! Tables are numbered as the store orders them; only those with a component the system declares are
//! there. What comes back is held against the schemas before the world takes it.

use std::sync::Arc;

use bowline_schema::check::check_field;
use bowline_schema::nearest::did_you_mean;
use bowline_schema::registry::ColumnKind;
use bowline_schema::{Component, Field, Kind, Problem, System};
use serde_json::{Map, Value as Json, json};

use super::source::Source;
use crate::ecs::{Cells, ComponentId, Entity, Scalar};

/// What a system gave back: cells for one column of the table with exactly these components.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Written {
    pub(crate) table: Vec<ComponentId>,
    pub(crate) component: ComponentId,
    pub(crate) column: usize,
    pub(crate) cells: Cells,
}

/// Has a view while a system runs.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    system: Option<Arc<System>>,
    view: Option<Arc<dyn Source>>,
    /// Each with the number of its rows.
    tables: Vec<(Vec<ComponentId>, usize)>,
    written: Vec<Written>,
}

/// A column a system named.
struct Named<'a> {
    component: ComponentId,
    definition: &'a Component,
    column: usize,
    kind: ColumnKind,
    /// Below the component.
    path: &'a str,
}

type Found<T> = Result<T, Problem>;

impl Columns {
    pub(crate) fn of(system: &Arc<System>) -> Columns {
        Columns { system: Some(Arc::clone(system)), ..Columns::default() }
    }

    /// The system begins to run.
    pub(crate) fn open(&mut self, view: &Arc<dyn Source>) {
        let declared: Vec<ComponentId> =
            self.declared().iter().filter_map(|it| view.definitions().component(it)).collect();
        // Scripts declare nothing, and nobody is asked for them.
        self.tables = if declared.is_empty() { Vec::new() } else { view.tables(&declared) };
        self.view = Some(Arc::clone(view));
    }

    /// A run is done: what it wrote.
    pub(crate) fn take(&mut self) -> Vec<Written> {
        std::mem::take(&mut self.written)
    }

    /// The system has run.
    pub(crate) fn close(&mut self) {
        self.view = None;
        self.tables.clear();
        self.written.clear();
    }

    fn declared(&self) -> Vec<&str> {
        let system = self.system.iter();
        system.flat_map(|it| it.reads.iter().chain(&it.writes)).map(String::as_str).collect()
    }

    fn view(&self) -> Found<&dyn Source> {
        self.view.as_deref().ok_or_else(|| problem("no_world", "the system is not running"))
    }

    /// The tables, each with its size and those of its components that are declared.
    pub(crate) fn tables(&self) -> Found<Json> {
        let definitions = self.view()?.definitions();
        let declared = self.declared();
        let shown = |(table, count): &(Vec<ComponentId>, usize)| {
            let names = table.iter().map(|it| definitions.layout(*it).component.name());
            let names: Vec<&str> = names.filter(|it| declared.contains(it)).collect();
            json!({ "count": count, "components": names })
        };
        Ok(self.tables.iter().map(shown).collect())
    }

    /// The entities of a table, in the order of its rows.
    pub(crate) fn entities(&self, table: usize) -> Found<Vec<f64>> {
        let table = self.table(table)?;
        Ok(self.view()?.members(table).into_iter().map(Entity::number).collect())
    }

    /// In which table and row an entity is, if it is in one of them.
    pub(crate) fn locate(&self, id: &str) -> Found<Option<(usize, usize)>> {
        let Some(view) = &self.view else { return Ok(None) };
        let place = view.entity(id).and_then(|it| view.place(it));
        Ok(place
            .and_then(|(components, row)| Some((self.tables.iter().position(|it| it.0 == components)?, row))))
    }

    /// The cells of `component.path` in a table.
    pub(crate) fn read(&self, table: usize, path: &str) -> Found<Cells> {
        let named = self.named(path)?;
        let cells = self.view()?.cells(self.table(table)?, named.component, named.column);
        cells.ok_or_else(|| {
            let message = format!("this table has no `{}`", named.definition.name());
            problem("component_missing", message).help("ask table.has(name), or ctx.query(name) for tables")
        })
    }

    /// What kind of cells `component.path` has.
    pub(crate) fn kind(&self, path: &str) -> Found<ColumnKind> {
        Ok(self.named(path)?.kind)
    }

    /// Whether the system may write `component.path`.
    pub(crate) fn writes(&self, path: &str) -> Found<bool> {
        let name = self.named(path)?.definition.name();
        Ok(self.system.iter().any(|it| it.writes.iter().any(|it| it == name)))
    }

    /// Takes cells back, if they are good and not what they were.
    pub(crate) fn put(&mut self, table: usize, path: &str, cells: Cells) -> Found<()> {
        let known = self.read(table, path)?;
        if known == cells {
            return Ok(());
        }
        let named = self.named(path)?;
        let key = self.table(table)?;
        if known.len() != cells.len() {
            return Err(problem("wrong_type", format!("`{path}` has {} cells", known.len())));
        }
        let field = leaf(&named.definition.fields, named.path);
        for row in 0..cells.len() {
            let (cell, before) = (cells.get(row), known.get(row));
            if let Some(field) = field
                && cell != before
                && let Err(found) = check(&cell, field)
            {
                let who = self.view()?.members(key).get(row).map(Entity::to_string).unwrap_or_default();
                let message = format!("{} in `{path}` of {who}", found.message);
                return Err(Problem { message, pointer: String::new(), ..found });
            }
        }
        let (table, component, column) = (key.to_vec(), named.component, named.column);
        self.written.push(Written { table, component, column, cells });
        Ok(())
    }

    fn table(&self, index: usize) -> Found<&[ComponentId]> {
        let table = self.tables.get(index).map(|it| it.0.as_slice());
        table.ok_or_else(|| problem("no_table", "tables are of the run they were given in"))
    }

    fn named<'a>(&'a self, path: &'a str) -> Found<Named<'a>> {
        let definitions = self.view()?.definitions();
        let declared = self.declared();
        let of = |name: &&&str| path.strip_prefix(**name).is_some_and(|it| it.starts_with('.'));
        let Some(name) = declared.iter().filter(of).max_by_key(|it| it.len()) else {
            return Err(self.undeclared(path.split('.').next().unwrap_or(path)));
        };
        let below = &path[name.len() + 1..];
        let component = definitions
            .component(name)
            .ok_or_else(|| problem("unknown_component", format!("there is no component `{name}`")))?;
        let layout = definitions.layout(component);
        let Some(column) = layout.columns.iter().position(|it| it.path == below) else {
            let found = problem("unknown_field", format!("`{name}` has no column `{below}`"));
            let help = did_you_mean(below, layout.columns.iter().map(|it| it.path.as_str()));
            return Err(Problem { help, ..found });
        };
        let kind = layout.columns[column].kind;
        Ok(Named { component, definition: &layout.component, column, kind, path: below })
    }

    /// The problem of a component the system does not declare.
    pub(crate) fn undeclared(&self, name: &str) -> Problem {
        let message = format!("`{name}` is in neither `reads` nor `writes` of this system");
        let found = problem("undeclared_component", message);
        Problem { help: did_you_mean(name, self.declared()), ..found }
    }
}

/// The fields of `component` as a system sees them: a column each, with what makes a cell a value.
pub(crate) fn layout(component: &Component, columns: &[bowline_schema::registry::Column]) -> Json {
    let cells = columns.iter().filter(|it| !it.path.ends_with('?'));
    let shown = |it: &bowline_schema::registry::Column| {
        let mut json = Map::new();
        json.insert("path".to_owned(), it.path.as_str().into());
        json.insert("kind".to_owned(), json!(it.kind));
        if let Some(field) = leaf(&component.fields, &it.path) {
            json.insert("optional".to_owned(), (field.optional && field.name == last(&it.path)).into());
            if let Kind::Enum { variants } = &field.kind {
                json.insert("variants".to_owned(), variants.clone().into());
            }
        }
        Json::Object(json)
    };
    cells.map(shown).collect()
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The innermost field a column belongs to.
fn leaf<'a>(fields: &'a [Field], path: &str) -> Option<&'a Field> {
    let (name, below) = path.split_once('.').unwrap_or((path, ""));
    let field = fields.iter().find(|it| it.name == name)?;
    match &field.kind {
        Kind::Struct { fields } if !below.is_empty() => leaf(fields, below),
        _ => Some(field),
    }
}

/// Whether a cell may be part of `field`.
fn check(cell: &Scalar, field: &Field) -> Found<()> {
    let number = match cell {
        Scalar::F32(it) => f64::from(*it),
        Scalar::F64(it) => *it,
        Scalar::I32(it) => f64::from(*it),
        #[expect(clippy::cast_precision_loss, reason = "held to what is exact below")]
        Scalar::I64(it) => *it as f64,
        Scalar::U32(it) => {
            let variants = match &field.kind {
                Kind::Enum { variants } => variants.len(),
                _ => return Ok(()),
            };
            let good = usize::try_from(*it).is_ok_and(|it| it < variants);
            let message = format!("{it} is no variant: there are {variants}");
            return if good { Ok(()) } else { Err(problem("unknown_variant", message)) };
        }
        Scalar::Bool(_) => return Ok(()),
        Scalar::Value(value) => {
            return check_field(&value.to_json(), field).into_iter().next().map_or(Ok(()), Err);
        }
    };
    if number.is_nan() || !field.range.holds(number) {
        return Err(problem("out_of_range", format!("{number} is out of range")));
    }
    Ok(())
}

fn problem(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(code, "", message)
}
