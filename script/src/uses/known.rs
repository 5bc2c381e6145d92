//! [`Known`]: what variables, properties, parameters and functions of one file are known to hold.
//!
//! Everything is named by where in the text it begins, so two walks over a file speak of the same
//! things, and what the first learned the second can use.

use std::collections::{BTreeMap, BTreeSet};

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    World,
    App,
    Entity,
    /// A node of a type.
    Node(String),
    /// What an entity gives for a component.
    Handle(String),
    /// What a field of a component holds, by its path.
    Part(String, String),
    List(Box<Shape>),
    /// What a system in Luau is handed.
    Context,
    /// What goes through the rows of its tables, one such row, and one such table.
    Rows,
    Row,
    Table,
    /// A function of this file.
    Function(usize),
    /// A class of this file.
    Class(usize),
    /// An object literal, or what a class of this file makes.
    Object(usize),
    /// A text that is written out, and where its first letter is.
    Text(String, usize),
}

/// All that a value may be.
pub(super) type Shapes = BTreeSet<Shape>;

/// What can hold a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Variable(usize),
    Property(usize, String),
    Parameter(usize, usize),
    Returned(usize),
}

/// More than this may be anything.
const SHAPES_MAX: usize = 8;

/// An object literal's keys: name, place, and the literal that is its value.
pub(super) type Keys = Vec<(String, usize, Option<usize>)>;

#[derive(Debug, Default)]
pub(super) struct Known {
    slots: BTreeMap<Slot, Shapes>,
    keys: BTreeMap<usize, Keys>,
    /// Whether something was learned that may change what else is known.
    pub(super) changed: bool,
}

impl Known {
    pub(super) fn get(&self, slot: &Slot) -> Shapes {
        self.slots.get(slot).cloned().unwrap_or_default()
    }

    pub(super) fn learn(&mut self, slot: Slot, shapes: &Shapes) {
        if shapes.is_empty() {
            return;
        }
        let held = self.slots.entry(slot).or_default();
        for shape in shapes {
            if held.len() < SHAPES_MAX && held.insert(shape.clone()) {
                self.changed = true;
            }
        }
    }

    pub(super) fn keep_keys(&mut self, object: usize, keys: Keys) {
        self.keys.insert(object, keys);
    }

    pub(super) fn keys(&self, object: usize) -> Keys {
        self.keys.get(&object).cloned().unwrap_or_default()
    }
}

/// What an element of any of `shapes` is.
pub(super) fn elements(shapes: &Shapes) -> Shapes {
    let element = |it: &Shape| match it {
        Shape::List(of) => Some((**of).clone()),
        Shape::Part(component, path) => Some(Shape::Part(component.clone(), format!("{path}[]"))),
        _ => None,
    };
    shapes.iter().filter_map(element).collect()
}

/// Lists of `shapes`.
pub(super) fn lists(shapes: Shapes) -> Shapes {
    shapes.into_iter().map(|it| Shape::List(Box::new(it))).collect()
}
