//! [`Bounds`]: how much physics one app may ask for.
//!
//! A heap of bodies in one place costs the square of their number, in time and memory, and it is the
//! world that pays. So bodies that move are counted before they are made, and pairs after each step;
//! whoever has too many loses all of its bodies, which depends on nothing but the world's state.

use std::collections::BTreeMap;

use super::describe::{Described, Motion};
use super::held::Held;
use super::space::{Space, Who};
use crate::ecs::Entity;

/// How much physics there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Bodies that move, or notice what does, of one instance; and of all that belong to nobody.
    pub(crate) moving: usize,
    /// Pairs of shapes that are near each other, in the whole world.
    pub(crate) pairs: usize,
}

impl Bounds {
    /// What worlds run with.
    pub(crate) const STANDARD: Bounds = Bounds { moving: 1000, pairs: 200_000 };
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

impl Space {
    /// Whoever is in most pairs, when there are too many; its bodies are gone then.
    pub(super) fn evict(&mut self, held: &Held, bounds: Bounds) -> Option<Owner> {
        let pairs = || {
            let contacts = self.narrow.contact_pairs().map(|it| (it.collider1, it.collider2));
            contacts.chain(self.narrow.intersection_pairs().map(|it| (it.0, it.1)))
        };
        if pairs().count() <= bounds.pairs {
            return None;
        }
        let mut counts: BTreeMap<Owner, usize> = BTreeMap::new();
        for (one, two) in pairs() {
            for who in [one, two].iter().filter_map(|it| self.owner(*it)) {
                if matches!(who, Who::Entity(_)) {
                    *counts.entry(owner(held, who)).or_default() += 1;
                }
            }
        }
        let (most, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        let theirs = |who: &&Who| matches!(who, Who::Entity(_)) && owner(held, who) == most;
        let theirs: Vec<Who> = self.known.keys().filter(theirs).cloned().collect();
        for who in theirs {
            // Nobody is told: the world is about to stop them.
            drop(self.farewell(&who));
            self.remove(&who);
            self.refused.insert(who);
        }
        Some(most)
    }
}
