//! What a script's process asks of the world, and what it is told: [`Reading`] in words.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ecs::{Entity, Lineage, Value};
use crate::script::Reading;

/// One look at the world as it was when the tick began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Question {
    Entity(String),
    Id(Entity),
    Alive(Entity),
    Query(Vec<String>),
    Has(Entity, String),
    Field(Entity, String, String),
    Lineage(Entity),
    Stored(String),
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
}

impl Question {
    pub(super) fn answer(&self, world: &dyn Reading) -> Answer {
        match self {
            Question::Entity(id) => Answer::Entity(world.entity(id)),
            Question::Id(entity) => Answer::Text(Some(world.id(*entity))),
            Question::Alive(entity) => Answer::Bool(world.alive(*entity)),
            Question::Query(components) => Answer::Entities(world.query(components)),
            Question::Has(entity, component) => Answer::Bool(world.has(*entity, component)),
            Question::Field(entity, component, field) => {
                Answer::Value(world.field(*entity, component, field))
            }
            Question::Lineage(entity) => {
                let words = |it: Lineage| (it.prefab, it.version, it.parents);
                Answer::Lineage(world.lineage(*entity).map(words))
            }
            Question::Stored(key) => Answer::Text(world.stored(key).map(|it| it.to_string())),
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

    pub(super) fn shared(self) -> Option<Arc<str>> {
        self.text().map(Into::into)
    }
}
