//! A small language to ask for entities, of the game and of the schemas alike:
//! `position, velocity, !dead`, `door(angle > 10, hinge.axis.y = 1)`, `Relation(kind = composes)`.
//!
//! A term is a component an entity has to have, or with `!` must not have; in brackets, what its fields
//! have to be. It is for people and tools: it reads rows as JSON. What runs every tick is
//! [`crate::ecs::Query`].

use std::fmt;

use bowline_schema::check::unknown_component;
use bowline_schema::meta;
use bowline_schema::nearest::did_you_mean;
use serde_json::{Map, Value, json};

use crate::definitions::Definitions;
use crate::ecs::{self, Ecs, Entity};

mod parse;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    component: String,
    /// Where it is written, from 1.
    column: usize,
    without: bool,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    /// `hinge`, `axis`, `y`.
    path: Vec<String>,
    column: usize,
    operator: Operator,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistake {
    /// Stable: `bad_query`, `unknown_component`, `unknown_field`.
    pub code: &'static str,
    /// Where, in characters from 1.
    pub column: usize,
    /// One sentence, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}] at column {}: {}", self.code, self.column, self.message)?;
        self.help.as_ref().map_or(Ok(()), |it| write!(f, "\n  help: {it}"))
    }
}

/// How much a row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The entity and the components that were named.
    Components,
    /// Also what it was stamped from, and whom it goes with.
    Lineage,
}

impl Expression {
    /// Reads `text`.
    ///
    /// # Errors
    /// If it is no expression, with the column.
    pub fn parse(text: &str) -> Result<Expression, Mistake> {
        parse::expression(text)
    }

    /// The entities of the game that fit: `{entity, components: {name: {field: value}}}`, with
    /// [`Detail::Lineage`] also `parent` and `lineage: {prefab, version, parents}`, or `null`.
    ///
    /// # Errors
    /// If it names what there is not.
    pub fn game(&self, ecs: &Ecs, detail: Detail) -> Result<Vec<Value>, Mistake> {
        let mut query = ecs::Query::new();
        let mut shown = Vec::new();
        for term in &self.terms {
            let known = ecs.component(&term.component);
            let id = known.ok_or_else(|| term.unknown(ecs.names()))?;
            term.known_fields(ecs.layout(id).component.fields.iter().map(|it| it.name.as_str()))?;
            match (term.without, term.conditions.is_empty()) {
                (true, true) => query = query.without(id),
                (true, false) => (),
                (false, _) => {
                    query = query.with(id);
                    shown.push((term.component.as_str(), id));
                }
            }
        }
        let row = |entity: Entity, name: &str| ecs.row(entity, ecs.component(name)?);
        let fitting = query.entities(ecs).into_iter().filter(|it| self.holds(|name| row(*it, name)));
        let rows = fitting.map(|entity| {
            let components = shown
                .iter()
                .filter_map(|(name, id)| Some(((*name).to_owned(), ecs.row(entity, *id)?.into())));
            let mut json =
                json!({ "entity": entity.to_string(), "components": components.collect::<Map<_, _>>() });
            if detail == Detail::Lineage {
                json["parent"] = ecs.parent(entity).map_or(Value::Null, |it| it.to_string().into());
                json["lineage"] = ecs.lineage(entity).map_or(
                    Value::Null,
                    |it| json!({ "prefab": it.prefab, "version": it.version, "parents": it.parents }),
                );
            }
            json
        });
        Ok(rows.collect())
    }

    /// The entities of the metadata lane that fit; called `m1`, `m2`, as relations number them.
    ///
    /// # Errors
    /// If it names what there is not.
    pub fn meta(&self, definitions: &Definitions) -> Result<Vec<Value>, Mistake> {
        const NAMES: [&str; 4] = [meta::SCHEMA, meta::RECORD, meta::FIELD, meta::RELATION];
        for term in &self.terms {
            if !NAMES.contains(&term.component.as_str()) {
                return Err(term.unknown(NAMES));
            }
            let like = definitions.meta().iter().find(|it| it.component == term.component);
            if let Some(like) = like {
                term.known_fields(like.values.keys().map(String::as_str))?;
            }
        }
        let fitting = definitions
            .meta()
            .iter()
            .filter(|entity| self.holds(|name| (entity.component == name).then(|| entity.values.clone())));
        let row = |it: &meta::MetaEntity| json!({ "entity": format!("m{}", it.id), "components": { it.component: it.values.clone() } });
        Ok(fitting.map(row).collect())
    }

    /// Whether every term holds of an entity whose components are `row`.
    fn holds(&self, row: impl Fn(&str) -> Option<Map<String, Value>>) -> bool {
        self.terms.iter().all(|term| {
            let fits =
                row(&term.component).is_some_and(|row| term.conditions.iter().all(|it| it.holds(&row)));
            fits != term.without
        })
    }
}

impl Term {
    fn unknown<'a>(&self, known: impl IntoIterator<Item = &'a str>) -> Mistake {
        let problem = unknown_component(&self.component, known);
        Mistake { code: problem.code, column: self.column, message: problem.message, help: problem.help }
    }

    fn known_fields<'a>(&self, fields: impl Iterator<Item = &'a str> + Clone) -> Result<(), Mistake> {
        for Condition { path, column, .. } in &self.conditions {
            let name = path.first().map_or("", String::as_str);
            if !fields.clone().any(|it| it == name) {
                let message = format!("`{}` has no field `{name}`", self.component);
                let help = did_you_mean(name, fields);
                return Err(Mistake { code: "unknown_field", column: *column, message, help });
            }
        }
        Ok(())
    }
}

impl Condition {
    fn holds(&self, row: &Map<String, Value>) -> bool {
        let Some((first, inner)) = self.path.split_first() else { return false };
        let mut found = row.get(first);
        for name in inner {
            found = match found {
                Some(Value::Array(parts)) => {
                    ["x", "y", "z", "w"].iter().position(|it| it == name).and_then(|it| parts.get(it))
                }
                Some(value) => value.get(name),
                None => None,
            };
        }
        let found = found.unwrap_or(&Value::Null);
        let order = found.as_f64().zip(self.value.as_f64()).and_then(|(a, b)| a.partial_cmp(&b));
        match self.operator {
            Operator::Equal => order.map_or(*found == self.value, |it| it.is_eq()),
            Operator::Other => order.map_or(*found != self.value, |it| it.is_ne()),
            Operator::Less => order.is_some_and(|it| it.is_lt()),
            Operator::AtMost => order.is_some_and(|it| it.is_le()),
            Operator::More => order.is_some_and(|it| it.is_gt()),
            Operator::AtLeast => order.is_some_and(|it| it.is_ge()),
        }
    }
}

#[cfg(test)]
mod tests;
