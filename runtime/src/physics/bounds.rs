//! [`Bounds`]: how much physics one app may ask for.
//!
//! A heap of bodies in one place costs the square of their number, in time and memory, and it is the
//! world that pays. So bodies that move are counted before they are made, and pairs after each step;
//! whoever has too many loses all of its bodies, which depends on nothing but the world's state.

use std::collections::BTreeMap;

use rapier3d::geometry::{Aabb, BoundingVolume as _, Collider, ColliderHandle};

use super::describe::{Described, Motion};
use super::held::Held;
use super::space::{Space, Who};
use crate::ecs::Entity;

/// How much physics there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Bodies that move, or notice what does, of one instance; and of all that belong to nobody.
    pub(crate) moving: usize,
    /// Pairs of shapes that are near each other, in the whole world: so many, and so many for each that
    /// moves.
    pub(crate) pairs: (usize, usize),
}

impl Bounds {
    /// What worlds run with.
    pub(crate) const STANDARD: Bounds = Bounds { moving: 1000, pairs: (2000, 24) };
}

/// Who has too much; `None` are entities that are no app's nodes.
pub(super) type Owner = Option<String>;

pub(super) fn owner(held: &Held, who: &Who) -> Owner {
    match who {
        Who::Entity(it) => held.owner(*it).map(|(app, _)| app.to_owned()),
        Who::Player(_) => None,
    }
}

/// Takes out of `wanted` all bodies of those who have too many, and says who.
pub(super) fn limit<T>(
    wanted: &mut BTreeMap<Entity, (Described, T, T)>,
    held: &Held,
    bounds: Bounds,
) -> Vec<Owner> {
    // A glance at all of them tells, nearly always.
    if wanted.len() <= bounds.moving {
        return Vec::new();
    }
    let mut counts: BTreeMap<Owner, usize> = BTreeMap::new();
    for (entity, (described, ..)) in wanted.iter() {
        if described.motion != Motion::Static || described.parts.iter().any(|it| it.trigger) {
            *counts.entry(owner(held, &Who::Entity(*entity))).or_default() += 1;
        }
    }
    counts.retain(|_, count| *count > bounds.moving);
    if !counts.is_empty() {
        wanted.retain(|entity, _| !counts.contains_key(&owner(held, &Who::Entity(*entity))));
    }
    counts.into_keys().collect()
}

/// Fewer that were put somewhere in one tick are not looked at before the step: the engine copes.
const NEWCOMERS_FEW: usize = 8;

impl Space {
    /// Whoever is in most pairs, when there are too many; its bodies are gone then. Before a step: the
    /// engine would take the cube of their number to find out.
    pub(super) fn turn_away(&mut self, held: &Held, bounds: Bounds) -> Vec<Owner> {
        let newcomers = std::mem::take(&mut self.newcomers);
        let mut all = Vec::new();
        if newcomers >= NEWCOMERS_FEW {
            while let Some(owner) = self.most_in(self.near(self.pairs_most(bounds)), held, bounds) {
                self.evict(&owner, held);
                all.push(owner);
            }
        }
        all
    }

    /// The same after a step, from the pairs the engine has.
    pub(super) fn disperse(&mut self, held: &Held, bounds: Bounds) -> Option<Owner> {
        // They are counted before they are named.
        let count = self.narrow.contact_pairs().count() + self.narrow.intersection_pairs().count();
        if count <= self.pairs_most(bounds) {
            return None;
        }
        let contacts = self.narrow.contact_pairs().map(|it| (it.collider1, it.collider2));
        let pairs = contacts.chain(self.narrow.intersection_pairs().map(|it| (it.0, it.1))).collect();
        let owner = self.most_in(pairs, held, bounds)?;
        self.evict(&owner, held);
        Some(owner)
    }

    fn pairs_most(&self, bounds: Bounds) -> usize {
        let moving = self.known.values().filter(|it| it.described.motion != Motion::Static).count();
        bounds.pairs.0 + bounds.pairs.1 * moving
    }

    /// Shapes whose boxes overlap and of which one moves, until there are more than `most`: along X,
    /// from one beginning of a box to the next.
    fn near(&self, most: usize) -> Vec<Pair> {
        let moves =
            |it: &Collider| it.parent().and_then(|it| self.bodies.get(it)).is_some_and(|it| !it.is_fixed());
        let shapes = self.colliders.iter().map(|(handle, it)| (it.compute_aabb(), handle, moves(it)));
        let mut shapes: Vec<(Aabb, ColliderHandle, bool)> = shapes.collect();
        shapes.sort_by(|a, b| {
            a.0.mins.x.total_cmp(&b.0.mins.x).then(a.1.into_raw_parts().cmp(&b.1.into_raw_parts()))
        });
        let (mut pairs, mut open) = (Vec::new(), Vec::<usize>::new());
        for (at, (bounds, handle, moves)) in shapes.iter().enumerate() {
            open.retain(|it| shapes[*it].0.maxs.x >= bounds.mins.x);
            for (other, two, moves_too) in open.iter().map(|it| &shapes[*it]) {
                if (*moves || *moves_too) && bounds.intersects(other) {
                    pairs.push((*handle, *two));
                }
                if pairs.len() > most {
                    return pairs;
                }
            }
            open.push(at);
        }
        pairs
    }

    fn most_in(&self, pairs: Vec<Pair>, held: &Held, bounds: Bounds) -> Option<Owner> {
        if pairs.len() <= self.pairs_most(bounds) {
            return None;
        }
        let mut counts: BTreeMap<&Who, usize> = BTreeMap::new();
        for who in pairs.iter().flat_map(|it| [it.0, it.1]).filter_map(|it| self.owner(it)) {
            *counts.entry(who).or_default() += 1;
        }
        let mut owners: BTreeMap<Owner, usize> = BTreeMap::new();
        for (who, count) in counts.into_iter().filter(|(who, _)| matches!(who, Who::Entity(_))) {
            *owners.entry(owner(held, who)).or_default() += count;
        }
        owners.into_iter().max_by_key(|(_, count)| *count).map(|(owner, _)| owner)
    }

    fn evict(&mut self, whose: &Owner, held: &Held) {
        let theirs = |who: &&Who| matches!(who, Who::Entity(_)) && owner(held, who) == *whose;
        let theirs: Vec<Who> = self.known.keys().filter(theirs).cloned().collect();
        for who in theirs {
            // Nobody is told: the world is about to stop them.
            drop(self.farewell(&who));
            self.remove(&who);
            self.refused.insert(who);
        }
    }
}

/// Two shapes.
type Pair = (ColliderHandle, ColliderHandle);
