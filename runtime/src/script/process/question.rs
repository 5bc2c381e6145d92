//! What a script's process asks of the world, and what it is told: [`Source`] in words.

use serde::{Deserialize, Serialize};

use crate::ecs::{Cells, ComponentId, Entity, Lineage, Value};
use crate::physics;
use crate::script::Source;

/// One look at the world as it was when the tick began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Question {
    Entity(String),
    Id(Entity),
    Alive(Entity),
    Query(Vec<ComponentId>),
    Has(Entity, ComponentId),
    Value(Entity, ComponentId, String),
    Lineage(Entity),
    Stored(String),
    Tables(Vec<ComponentId>),
    Members(Vec<ComponentId>),
    Place(Entity),
    Cells(Vec<ComponentId>, ComponentId, usize),
    /// Of whose nodes, and what.
    Bodies(String, physics::Ask),
}

/// The answer, as the question has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    Entity(Option<Entity>),
    Text(Option<String>),
    Bool(bool),
    Entities(Vec<Entity>),
    Value(Option<Value>),
    /// Prefab, version, parents.
    Lineage(Option<(String, u32, Vec<String>)>),
    Tables(Vec<(Vec<ComponentId>, usize)>),
    Place(Option<(Vec<ComponentId>, usize)>),
    Cells(Option<Cells>),
    Bodies(physics::Answer),
}

impl Question {
    pub(super) fn answer(&self, world: &dyn Source) -> Answer {
        match self {
            Question::Entity(id) => Answer::Entity(world.entity(id)),
            Question::Id(entity) => Answer::Text(Some(world.id(*entity))),
            Question::Alive(entity) => Answer::Bool(world.alive(*entity)),
            Question::Query(components) => Answer::Entities(world.query(components)),
            Question::Has(entity, component) => Answer::Bool(world.has(*entity, *component)),
            Question::Value(entity, component, field) => {
                Answer::Value(world.value(*entity, *component, field))
            }
            Question::Lineage(entity) => {
                let words = |it: Lineage| (it.prefab, it.version, it.parents);
                Answer::Lineage(world.lineage(*entity).map(words))
            }
            Question::Stored(key) => Answer::Text(world.stored(key).map(|it| it.to_string())),
            Question::Tables(components) => Answer::Tables(world.tables(components)),
            Question::Members(table) => Answer::Entities(world.members(table)),
            Question::Place(entity) => Answer::Place(world.place(*entity)),
            Question::Cells(table, component, column) => {
                Answer::Cells(world.cells(table, *component, *column))
            }
            Question::Bodies(app, ask) => Answer::Bodies(world.ask(app, ask)),
        }
    }
}

impl Answer {
    pub(super) fn entity(self) -> Option<Entity> {
        if let Answer::Entity(it) = self { it } else { None }
    }

    pub(super) fn text(self) -> Option<String> {
        if let Answer::Text(it) = self { it } else { None }
    }

    pub(super) fn bool(self) -> bool {
        self == Answer::Bool(true)
    }

    pub(super) fn entities(self) -> Vec<Entity> {
        if let Answer::Entities(it) = self { it } else { Vec::new() }
    }

    pub(super) fn value(self) -> Option<Value> {
        if let Answer::Value(it) = self { it } else { None }
    }

    pub(super) fn lineage(self) -> Option<Lineage> {
        let Answer::Lineage(words) = self else { return None };
        words.map(|(prefab, version, parents)| Lineage { prefab, version, parents })
    }
}
