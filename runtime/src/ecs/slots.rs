//! [`Slots`]: which handles mean something, where their rows are, and who goes with whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Entity;
use super::packed::Packed;

/// Nobody, nowhere, none.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    /// The generation of the living, or of the next to live there.
    pub(super) generations: Packed<u32>,
    pub(super) parents: Packed<u32>,
    /// Place in the list of lineages.
    pub(super) lineages: Packed<u32>,
    /// The last is used first.
    pub(super) free: Packed<u32>,
    /// Not state: follows from the tables.
    places: Arc<Vec<Place>>,
    /// Parent and child. Not state: follows from `parents`.
    children: Arc<BTreeSet<(u32, u32)>>,
    living: usize,
}

/// The row of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) table: u32,
    pub(super) row: u32,
}

const NOWHERE: Place = Place { table: NONE, row: NONE };

impl Slots {
    /// From what is state, and the rows of all tables.
    pub(super) fn new(
        [generations, parents, lineages, free]: [Packed<u32>; 4],
        rows: impl Iterator<Item = (Entity, Place)>,
    ) -> Slots {
        let places = vec![NOWHERE; generations.len()];
        let mut slots =
            Slots { generations, parents, lineages, free, places: Arc::new(places), ..Slots::default() };
        for (entity, place) in rows {
            slots.living += 1;
            slots.put(entity, place);
        }
        let pairs = (0..).zip(slots.parents.iter()).filter(|(_, parent)| **parent != NONE);
        slots.children = Arc::new(pairs.map(|(child, parent)| (*parent, child)).collect());
        slots
    }

    pub(super) fn living(&self) -> usize {
        self.living
    }

    pub(super) fn add(&mut self, parent: Option<Entity>, lineage: u32) -> Entity {
        let parent = parent.filter(|it| self.place(*it).is_some()).map_or(NONE, |it| it.index);
        self.living += 1;
        let index = match self.free.pop() {
            Some(index) => {
                self.parents.set(index as usize, parent);
                self.lineages.set(index as usize, lineage);
                index
            }
            None => self.grow(parent, lineage),
        };
        if parent != NONE {
            Arc::make_mut(&mut self.children).insert((parent, index));
        }
        Entity { index, generation: *self.generations.get(index as usize) }
    }

    fn grow(&mut self, parent: u32, lineage: u32) -> u32 {
        self.generations.push(0);
        self.parents.push(parent);
        self.lineages.push(lineage);
        Arc::make_mut(&mut self.places).push(NOWHERE);
        u32::try_from(self.generations.len() - 1).expect("fewer than 2^32 entities: memory sees to it")
    }

    pub(super) fn remove(&mut self, entity: Entity) {
        let at = entity.index as usize;
        let parent = *self.parents.get(at);
        if parent != NONE {
            Arc::make_mut(&mut self.children).remove(&(parent, entity.index));
            self.parents.set(at, NONE);
        }
        self.lineages.set(at, NONE);
        self.generations.set(at, entity.generation.wrapping_add(1));
        Arc::make_mut(&mut self.places)[at] = NOWHERE;
        self.free.push(entity.index);
        self.living -= 1;
    }

    /// Where a living entity's row is.
    pub(super) fn place(&self, entity: Entity) -> Option<Place> {
        let place = self.places.get(entity.index as usize).filter(|it| **it != NOWHERE)?;
        (*self.generations.get(entity.index as usize) == entity.generation).then_some(*place)
    }

    pub(super) fn put(&mut self, entity: Entity, place: Place) {
        Arc::make_mut(&mut self.places)[entity.index as usize] = place;
    }

    /// The living, by index.
    pub(super) fn entities(&self) -> impl Iterator<Item = Entity> + '_ {
        let living = (0..).zip(self.places.iter()).filter(|(_, place)| **place != NOWHERE);
        living.map(|(index, _)| self.at(index))
    }

    pub(super) fn at(&self, index: u32) -> Entity {
        Entity { index, generation: *self.generations.get(index as usize) }
    }

    pub(super) fn children(&self, parent: Entity) -> impl Iterator<Item = Entity> + '_ {
        let all = self.children.range((parent.index, 0)..=(parent.index, NONE));
        all.map(|(_, child)| self.at(*child))
    }
}
