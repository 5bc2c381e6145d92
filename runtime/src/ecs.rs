//! Entities and their components: our own columnar store, because components exist only at run time.
//!
//! Entities with the same components share a [`table::Table`]: a column per scalar, as the registry
//! has them. Names are compiled to handles once ([`ComponentId`], [`Query`]); a query gives slices.
//! Everything is visited in the order of component sets and rows, which is part of the state; nothing
//! depends on a hash map's order. A clone is a fork: columns are shared until one side writes.
//!
//! Read in this order: [`layout`] (a component as columns), `packed` (one column), `table`, then
//! [`query`], [`define`] (other definitions under living entities), [`image`] (all of it as one value).

mod column;
mod define;
mod image;
mod layout;
mod name;
mod packed;
mod query;
mod slots;
mod table;
mod tables;
mod value;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::Digest;
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

pub use column::{Scalar, Slice};
pub use define::Lost;
pub use image::Unreadable;
pub(crate) use layout::Layouts;
pub use layout::{ComponentId, Layout};
pub use name::NotAnEntity;
pub use query::Query;
pub(crate) use tables::Cells;
pub use value::Value;

use crate::definitions::Definitions;
use slots::{NONE, Place, Slots};
use table::Table;

/// A handle: its index is used again after a despawn, with another generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Entity {
    index: u32,
    generation: u32,
}

/// What an entity was stamped from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Lineage {
    /// The slug of the prefab.
    pub prefab: String,
    /// Its version then.
    pub version: u32,
    /// `slug@version` of every prefab that had a say, the base first.
    pub parents: Vec<String>,
}

/// All entities and all their components.
#[derive(Debug, Clone)]
pub struct Ecs {
    layouts: Arc<Layouts>,
    slots: Slots,
    /// In the order they came to be, which is no state.
    tables: Vec<Table>,
    /// Components → table. This is the order everything is visited in.
    order: BTreeMap<Box<[ComponentId]>, u32>,
    /// Every lineage there ever was, in the order they came.
    lineages: Arc<Vec<Lineage>>,
}

impl Ecs {
    /// An empty store for the components of `definitions`.
    #[must_use]
    pub fn new(definitions: &Definitions) -> Ecs {
        let layouts = Arc::clone(definitions.layouts());
        let (slots, tables, order) = (Slots::default(), Vec::new(), BTreeMap::new());
        Ecs { layouts, slots, tables, order, lineages: Arc::default() }
    }

    /// The component of that name.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<ComponentId> {
        self.layouts.named(name)
    }

    /// The names of all components, by slug.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layouts.list.iter().map(|it| it.component.name())
    }

    /// How a component is kept.
    #[must_use]
    pub fn layout(&self, component: ComponentId) -> &Layout {
        self.layouts.of(component)
    }

    /// How many entities there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.living()
    }

    /// How many entities have a component.
    #[must_use]
    pub fn count_of(&self, component: ComponentId) -> usize {
        self.tables.iter().filter(|it| it.start(component).is_some()).map(Table::len).sum()
    }

    /// A new entity without components. It goes when `parent` goes.
    pub fn spawn(&mut self, parent: Option<Entity>) -> Entity {
        self.spawn_with(parent, &[])
    }

    /// A new entity with these components, as they are at first.
    pub fn spawn_with(&mut self, parent: Option<Entity>, components: &[ComponentId]) -> Entity {
        let table = self.table_of(components);
        let entity = self.slots.add(parent, NONE);
        let layouts = Arc::clone(&self.layouts);
        let known = self.tables[table as usize].components.clone();
        let initial = known.iter().flat_map(|it| layouts.of(*it).initial.iter().cloned());
        self.push(entity, table, initial);
        entity
    }

    /// A new entity with these components, and a cell for each of their columns in the order of
    /// [`Layout::columns`]. `None`, and nothing is done, if the cells are not those.
    pub fn spawn_row(&mut self, components: &[ComponentId], cells: &[Scalar]) -> Option<Entity> {
        let table = self.table_of(components);
        let columns = &self.tables[table as usize].columns;
        let fit = columns.len() == cells.len()
            && columns.iter().zip(cells).all(|(column, cell)| column.takes(cell));
        if !fit {
            return None;
        }
        let entity = self.slots.add(None, NONE);
        self.push(entity, table, cells.iter().cloned());
        Some(entity)
    }

    fn push(&mut self, entity: Entity, table: u32, cells: impl IntoIterator<Item = Scalar>) {
        let at = &mut self.tables[table as usize];
        let row = u32::try_from(at.len()).expect("entities are counted in u32");
        at.push(entity, cells);
        self.slots.put(entity, Place { table, row });
    }

    /// The table of entities with these components, in whatever order they are named.
    fn table_of(&mut self, components: &[ComponentId]) -> u32 {
        if let Some(known) = self.order.get(components) {
            return *known;
        }
        let mut sorted = components.to_vec();
        sorted.sort();
        sorted.dedup();
        if let Some(known) = self.order.get(sorted.as_slice()) {
            return *known;
        }
        let table = u32::try_from(self.tables.len()).expect("fewer tables than entities");
        self.tables.push(Table::new(&sorted, &self.layouts));
        self.order.insert(sorted.into(), table);
        table
    }

    /// Removes an entity and everything below it. One that is gone already is no error.
    pub fn despawn(&mut self, entity: Entity) {
        let mut open = vec![entity];
        while let Some(entity) = open.pop() {
            let Some(place) = self.slots.place(entity) else { continue };
            open.extend(self.slots.children(entity));
            self.take(place);
            self.slots.remove(entity);
        }
    }

    fn take(&mut self, place: Place) -> Vec<Scalar> {
        let (cells, moved) = self.tables[place.table as usize].take(place.row as usize);
        if let Some(moved) = moved {
            self.slots.put(moved, place);
        }
        cells
    }

    /// Whether the handle still means something.
    #[must_use]
    pub fn alive(&self, entity: Entity) -> bool {
        self.slots.place(entity).is_some()
    }

    /// The entity it goes with.
    #[must_use]
    pub fn parent(&self, entity: Entity) -> Option<Entity> {
        self.slots.place(entity)?;
        Some(*self.slots.parents.get(entity.index as usize))
            .filter(|it| *it != NONE)
            .map(|it| self.slots.at(it))
    }

    /// The entities that go with it, by index.
    pub fn children(&self, entity: Entity) -> impl Iterator<Item = Entity> + '_ {
        self.slots.children(entity).filter(move |_| self.alive(entity))
    }

    /// Every living entity, by index.
    pub fn entities(&self) -> impl Iterator<Item = Entity> + '_ {
        self.slots.entities()
    }

    /// What it was stamped from, if it was.
    #[must_use]
    pub fn lineage(&self, entity: Entity) -> Option<&Lineage> {
        self.slots.place(entity)?;
        self.lineages.get(*self.slots.lineages.get(entity.index as usize) as usize)
    }

    /// Says what it was stamped from.
    pub fn set_lineage(&mut self, entity: Entity, lineage: &Lineage) {
        if !self.alive(entity) {
            return;
        }
        let known = self.lineages.iter().position(|it| it == lineage).unwrap_or_else(|| {
            let all = Arc::make_mut(&mut self.lineages);
            all.push(lineage.clone());
            all.len() - 1
        });
        let known = u32::try_from(known).expect("fewer lineages than entities");
        self.slots.lineages.set(entity.index as usize, known);
    }

    /// The components of an entity, by slug.
    #[must_use]
    pub fn components(&self, entity: Entity) -> &[ComponentId] {
        self.slots.place(entity).map_or(&[], |it| &self.tables[it.table as usize].components)
    }

    /// Gives `entity` a component with its defaults, if it has none of that kind yet.
    pub fn insert(&mut self, entity: Entity, component: ComponentId) {
        let mut components = self.components(entity).to_vec();
        if let Err(at) = components.binary_search(&component) {
            components.insert(at, component);
            self.transfer(entity, &components);
        }
    }

    /// Takes a component and its values away, if it has it.
    pub fn remove(&mut self, entity: Entity, component: ComponentId) {
        let mut components = self.components(entity).to_vec();
        if let Ok(at) = components.binary_search(&component) {
            components.remove(at);
            self.transfer(entity, &components);
        }
    }

    /// Moves a row to the table of `components`, with what both have.
    fn transfer(&mut self, entity: Entity, components: &[ComponentId]) {
        let Some(place) = self.slots.place(entity) else { return };
        let table = self.table_of(components);
        let cells = self.take(place);
        let from = &self.tables[place.table as usize];
        let mut row = Vec::new();
        for component in components {
            let initial = &self.layouts.of(*component).initial;
            match from.start(*component) {
                Some(start) => row.extend_from_slice(&cells[start..start + initial.len()]),
                None => row.extend_from_slice(initial),
            }
        }
        self.push(entity, table, row);
    }

    /// Whether `entity` has it.
    #[must_use]
    pub fn has(&self, entity: Entity, component: ComponentId) -> bool {
        self.components(entity).binary_search(&component).is_ok()
    }

    /// The value of a field, or `None` if the entity has no such component or it no such field.
    #[must_use]
    pub fn get(&self, entity: Entity, component: ComponentId, field: &str) -> Option<Value> {
        self.value(entity, component, self.layout(component).field(field)?)
    }

    fn value(&self, entity: Entity, component: ComponentId, field: usize) -> Option<Value> {
        let place = self.slots.place(entity)?;
        let table = &self.tables[place.table as usize];
        let (start, layout) = (table.start(component)?, self.layout(component));
        let columns = layout.columns_of(field);
        let mut cells = table.columns[start + columns.start..start + columns.end]
            .iter()
            .map(|it| it.get(place.row as usize));
        Some(layout.lift(field, &mut cells))
    }

    /// All fields of a component, as JSON; `None` if the entity has no such component.
    #[must_use]
    pub fn row(&self, entity: Entity, component: ComponentId) -> Option<Map<String, Json>> {
        // One without fields would have an empty row on everybody.
        if !self.has(entity, component) {
            return None;
        }
        let fields = self.layout(component).component.fields.iter().enumerate();
        fields.map(|(at, it)| Some((it.name.clone(), self.value(entity, component, at)?.to_json()))).collect()
    }

    /// Sets a field. False if there is no such field here or it cannot hold the value.
    pub fn set(&mut self, entity: Entity, component: ComponentId, field: &str, value: &Value) -> bool {
        let Some(field) = self.layout(component).field(field) else { return false };
        let layouts = Arc::clone(&self.layouts);
        let layout = layouts.of(component);
        let Some(place) = self.slots.place(entity) else { return false };
        let table = &mut self.tables[place.table as usize];
        let (Some(start), Some(cells)) = (table.start(component), layout.lay(field, value)) else {
            return false;
        };
        let columns = &mut table.columns[start + layout.columns_of(field).start..];
        columns.iter_mut().zip(cells).all(|(column, cell)| column.set(place.row as usize, cell))
    }

    /// Sets a field of whichever of the entity's components has one of that name.
    pub fn set_anywhere(&mut self, entity: Entity, field: &str, value: &Value) -> bool {
        let components = self.components(entity).to_vec();
        components.into_iter().any(|it| self.set(entity, it, field, value))
    }

    /// The digest of everything: handles, lineages, and every table's rows, in order.
    #[must_use]
    pub fn state_hash(&self) -> Digest {
        let mut hasher = Sha256::new();
        let Slots { generations, parents, lineages, free, .. } = &self.slots;
        for cells in [generations, parents, lineages, free] {
            hasher.update(cells.hash().to_le_bytes());
        }
        for lineage in self.lineages.iter() {
            hasher.update(format!("{lineage:?}\n"));
        }
        for (components, table) in self.tables_in_order() {
            for component in components {
                hasher.update(format!("{}\n", self.layout(*component).component.name()));
            }
            hasher.update(table.entities.hash().to_le_bytes());
            table.columns.iter().for_each(|it| hasher.update(it.hash().to_le_bytes()));
        }
        Digest::from_bytes(hasher.finalize().into())
    }

    /// Those that have rows, in the order they are visited in.
    fn tables_in_order(&self) -> impl Iterator<Item = (&[ComponentId], &Table)> {
        let tables = self.order.iter().map(|(components, it)| (&**components, &self.tables[*it as usize]));
        tables.filter(|(_, table)| table.len() > 0)
    }
}

#[cfg(test)]
mod tests;
