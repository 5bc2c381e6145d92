//! [`Query`]: entities with some components and without others, as slices of their columns.

use super::{ComponentId, Ecs, Entity, Slice};

/// Compiled once for some definitions, run as often as one likes. After other definitions it has to be
/// compiled again: handles of components mean something else then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    with: Vec<ComponentId>,
    without: Vec<ComponentId>,
    columns: Vec<Wanted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    component: ComponentId,
    column: usize,
    write: bool,
}

impl Query {
    /// Of every entity.
    #[must_use]
    pub fn new() -> Query {
        Query::default()
    }

    /// Only entities that have `component`.
    #[must_use]
    pub fn with(mut self, component: ComponentId) -> Query {
        self.with.push(component);
        self
    }

    /// Only entities that do not have `component`.
    #[must_use]
    pub fn without(mut self, component: ComponentId) -> Query {
        self.without.push(component);
        self
    }

    /// Gives a column of `component`, by its place in [`super::Layout::columns`], to be read. Slices
    /// come in the order they are asked for.
    #[must_use]
    pub fn read(self, component: ComponentId, column: usize) -> Query {
        self.column(Wanted { component, column, write: false })
    }

    /// As [`Query::read`], to be written. A column is to be asked for once.
    #[must_use]
    pub fn write(self, component: ComponentId, column: usize) -> Query {
        self.column(Wanted { component, column, write: true })
    }

    fn column(mut self, wanted: Wanted) -> Query {
        self.columns.push(wanted);
        self.with(wanted.component)
    }

    fn fits(&self, components: &[ComponentId]) -> bool {
        let has = |it: &ComponentId| components.binary_search(it).is_ok();
        self.with.iter().all(has) && !self.without.iter().any(has)
    }

    /// Calls `visit` for each set of components that fits and has rows: the entities, and a slice for
    /// every column asked for, as long. A column asked for twice is given once.
    pub fn each(&self, ecs: &mut Ecs, mut visit: impl FnMut(&[Entity], &mut [Slice<'_>])) {
        let fitting = ecs.order.iter().filter(|(components, _)| self.fits(components));
        for table in fitting.map(|(_, table)| *table) {
            let table = &mut ecs.tables[table as usize];
            if table.len() == 0 {
                continue;
            }
            let places: Vec<Option<usize>> =
                self.columns.iter().map(|it| Some(table.start(it.component)? + it.column)).collect();
            let mut columns: Vec<Option<&mut super::column::Column>> =
                table.columns.iter_mut().map(Some).collect();
            let mut slices = Vec::with_capacity(places.len());
            for (place, wanted) in places.iter().zip(&self.columns) {
                let column = place.and_then(|it| columns.get_mut(it)).and_then(Option::take);
                slices.extend(column.map(|it| if wanted.write { it.write() } else { it.read() }));
            }
            visit(table.entities.read(), &mut slices);
        }
    }

    /// The entities that fit, in the order of the tables and rows.
    #[must_use]
    pub fn entities(&self, ecs: &Ecs) -> Vec<Entity> {
        let fitting = ecs.tables_in_order().filter(|(components, _)| self.fits(components));
        fitting.flat_map(|(_, table)| table.entities.iter().copied()).collect()
    }
}
