//! [`LiveFacts`]: what has to be known of a living world to judge a change. Measured by whoever has the
//! world, with [`LiveFacts::measure`]; the judging itself never looks at an entity.

use std::collections::BTreeMap;

use bowline_model::canonical;
use serde_json::{Map, Value};

use super::{Rule, carry};
use crate::check::check_field;
use crate::component::Component;

/// Of one component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LiveFacts {
    /// How many entities have it.
    pub entities: u64,
    /// By field of the new definition. A field that is not here was not measured.
    pub values: BTreeMap<String, ValueFacts>,
}

/// Of one field: which entities (by id, sorted as they came) would be in the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueFacts {
    /// Those whose value is not good any more.
    pub misfits: Vec<String>,
    /// Those whose value another entity before them holds as well. (`null` is not a value here.)
    pub repeats: Vec<String>,
}

impl ValueFacts {
    pub(super) fn against(&self, rule: Rule) -> &[String] {
        if rule == Rule::AddUnique { &self.repeats } else { &self.misfits }
    }
}

/// Of all of a world, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorldFacts {
    /// Of components.
    pub components: BTreeMap<String, LiveFacts>,
    /// How many entities were stamped from a prefab.
    pub prefabs: BTreeMap<String, u64>,
}

impl LiveFacts {
    /// Measures `rows` (an entity's id and what it holds of `old`) against `new`.
    #[must_use]
    pub fn measure<'a>(
        old: &Component,
        new: &Component,
        rows: impl IntoIterator<Item = (&'a str, &'a Map<String, Value>)>,
    ) -> LiveFacts {
        let mut facts = LiveFacts::default();
        let mut seen: BTreeMap<(&str, String), ()> = BTreeMap::new();
        for (id, row) in rows {
            facts.entities += 1;
            let carried = carry(old, new, row);
            for field in &new.fields {
                let value = carried.get(&field.name).unwrap_or(&Value::Null);
                let known = facts.values.entry(field.name.clone()).or_default();
                if !check_field(value, field).is_empty() {
                    known.misfits.push(id.to_owned());
                }
                let text = canonical::text(value);
                if !value.is_null() && seen.insert((&field.name, text), ()).is_some() {
                    known.repeats.push(id.to_owned());
                }
            }
        }
        facts
    }
}

/// As many names as a person reads.
pub(super) fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
