//! Changing a living world: what a new definition does to what already exists.
//!
//! [`compare`] is the whole policy for a component, [`snapshots`] for all kinds of records, [`judge`]
//! for records as they come. They only judge; [`carry`] is what an applied change does to an entity. Every [`Rule`] has its page with an
//! executed example in `change/rules.md`.

mod broken;
mod carry;
mod facts;
mod fields;
mod kinds;
mod migrate;
mod records;

use std::fmt;

use serde::Serialize;

pub use broken::Broken;
pub use carry::carry;
pub use facts::{LiveFacts, ValueFacts, WorldFacts};
pub use migrate::{Action, Loss, Plan, Step, plan};
pub use records::{judge, snapshots};

use crate::component::Component;

/// What happens to a change that is asked for. Ordered: of several, the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It can be done between two ticks; nothing that exists is lost or means anything else.
    Applied,
    /// It would lose or reinterpret something. The world has to be migrated, or started anew.
    RequiresReset,
    /// The new definition is wrong in itself.
    Rejected,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal,)*) => {
        /// The row of the table of rules that a change falls under.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Rule { $($(#[$doc])* $rule,)* }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub const ALL: &[Rule] = &[$(Rule::$rule,)*];

            /// Its name in JSON and in the documentation.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Rule::$rule => $name,)* }
            }
        }
    };
}

rules! {
    /// A component nobody had.
    AddComponent = "add_component",
    /// A field whose first value is said.
    AddFieldWithDefault = "add_field_with_default",
    /// A field that existing entities would have to guess.
    AddFieldWithoutDefault = "add_field_without_default",
    /// A field that may be `null`, and is.
    AddOptionalField = "add_optional_field",
    /// More variants, at the end.
    WidenEnum = "widen_enum",
    /// Text for people, hints for editors.
    ChangeWords = "change_words",
    /// Another first value.
    ChangeDefault = "change_default",
    /// More values are good than before.
    Loosen = "loosen",
    /// Fewer values are good than before.
    Tighten = "tighten",
    /// A number with more room.
    WidenNumber = "widen_number",
    /// Another kind of value.
    ChangeKind = "change_kind",
    /// The same numbers, meaning something else.
    ChangeUnit = "change_unit",
    /// One field gone, one like it come.
    RenameField = "rename_field",
    /// A new name beside the old: the additive way to rename.
    AddAlias = "add_alias",
    /// A field gone.
    RemoveField = "remove_field",
    /// Still there, no longer to be used.
    Deprecate = "deprecate",
    /// A component gone.
    RemoveComponent = "remove_component",
    /// The same fields, listed otherwise.
    ReorderFields = "reorder_fields",
    /// How entities are looked up.
    ChangeIndex = "change_index",
    /// No two entities may hold the same.
    AddUnique = "add_unique",
    /// They may again.
    DropUnique = "drop_unique",
    /// Who gets to see which components.
    ChangeProfile = "change_profile",
    /// Which scope wins.
    ChangePrecedence = "change_precedence",
    /// More in a prefab, or other values.
    PrefabAdd = "prefab_add",
    /// Less in a prefab.
    PrefabRemove = "prefab_remove",
    /// Another script.
    SystemSource = "system_source",
    /// Another phase or place in it.
    SystemSchedule = "system_schedule",
    /// A catalog, profile or system nobody had.
    AddRecord = "add_record",
    /// A catalog, profile or system gone.
    RemoveRecord = "remove_record",
    /// A definition that is wrong in itself.
    Invalid = "invalid",
}

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where: `door.hinge.angle`.
    pub path: String,
    /// Which rule it falls under.
    pub rule: Rule,
    /// What happens to it alone.
    pub outcome: Outcome,
    /// One sentence.
    pub message: String,
}

/// What happens to a change, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The worst of the changes.
    pub outcome: Outcome,
    /// All of them, in the order of the definition.
    pub changes: Vec<Change>,
    /// The messages of those that are not applied.
    pub reasons: Vec<String>,
    /// How many living entities have what changes.
    pub entities: u64,
    /// The next step, if the change was not applied.
    pub how_to_reset: Option<String>,
}

impl Verdict {
    pub(crate) fn of(changes: Vec<Change>, entities: u64) -> Verdict {
        let outcome = changes.iter().map(|it| it.outcome).max().unwrap_or(Outcome::Applied);
        let refused = changes.iter().filter(|it| it.outcome != Outcome::Applied);
        let reasons = refused.map(|it| format!("{}: {}", it.path, it.message)).collect();
        let how_to_reset = match outcome {
            Outcome::Applied => None,
            Outcome::RequiresReset => Some("bowline schema migrate --plan".to_owned()),
            Outcome::Rejected => Some("mend the definition, then `bowline schema check`".to_owned()),
        };
        Verdict { outcome, changes, reasons, entities, how_to_reset }
    }
}

impl Outcome {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::RequiresReset => "requires_reset",
            Outcome::Rejected => "rejected",
        }
    }
}

/// As in `change/rules.md`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.outcome.name())?;
        for Change { path, rule, outcome, message } in &self.changes {
            let mark = if *outcome == Outcome::Applied { '+' } else { '!' };
            writeln!(f, "{mark} {path} [{}] {message}", rule.name())?;
        }
        match &self.how_to_reset {
            Some(step) => writeln!(f, "next: {step}"),
            None => Ok(()),
        }
    }
}

/// What happens if `new` takes the place of `old`, given the entities there are. Pure: asked before a
/// change and while it is made, it says the same.
#[must_use]
pub fn compare(old: &Component, new: &Component, facts: &LiveFacts) -> Verdict {
    let name = new.name();
    let invalid = invalid(old, new);
    if !invalid.is_empty() {
        return Verdict::of(invalid, facts.entities);
    }
    let mut comparison = Comparison { facts, changes: Vec::new() };
    fields::of_component(old, new, &mut comparison);
    comparison.fields(&old.fields, &new.fields, &At { path: name.to_owned(), top: None });
    Verdict::of(comparison.changes, facts.entities)
}

fn invalid(old: &Component, new: &Component) -> Vec<Change> {
    let change = |message| {
        let path = new.name().to_owned();
        Change { path, rule: Rule::Invalid, outcome: Outcome::Rejected, message }
    };
    let (_, problems) = Component::parse(&new.slug, new.version, &new.to_payload());
    let mut changes: Vec<Change> =
        problems.iter().map(|it| change(format!("{} at {}", it.message, it.pointer))).collect();
    if new.slug == old.slug && new.version < old.version {
        let message = format!("version {} is there already, this is version {}", old.version, new.version);
        changes.push(change(message));
    }
    changes
}

/// A comparison under way.
pub(crate) struct Comparison<'a> {
    pub(crate) facts: &'a LiveFacts,
    pub(crate) changes: Vec<Change>,
}

/// Where it is.
pub(crate) struct At<'a> {
    pub(crate) path: String,
    /// The field of the component it is in: what was measured is known of whole fields.
    pub(crate) top: Option<&'a str>,
}

impl Comparison<'_> {
    pub(crate) fn say(&mut self, at: &At<'_>, rule: Rule, outcome: Outcome, message: impl Into<String>) {
        let (path, message) = (at.path.clone(), message.into());
        self.changes.push(Change { path, rule, outcome, message });
    }

    /// A change that needs all living values to fit, with what is wrong if they do not.
    pub(crate) fn if_fits(&mut self, at: &At<'_>, rule: Rule, message: &str) {
        let values = at.top.and_then(|top| self.facts.values.get(top));
        let (outcome, message) = match values {
            _ if self.facts.entities == 0 => (Outcome::Applied, message.to_owned()),
            None => (Outcome::RequiresReset, format!("{message}; whether all values fit was not measured")),
            Some(values) => match values.against(rule) {
                [] => (Outcome::Applied, format!("{message}; all values fit")),
                misfits => {
                    (Outcome::RequiresReset, format!("{message}; does not fit: {}", facts::some(misfits)))
                }
            },
        };
        self.say(at, rule, outcome, message);
    }
}
