//! [`plan`]: what it takes to bring a world over a change that cannot be applied while it runs.
//!
//! A plan is a proposal, made from definitions alone: it moves nothing. What it guesses (that one field
//! gone and one come are a rename) it says, and every step says what it loses. The order of the steps is
//! the order they can be done in: nothing is dropped before what is kept was moved. Examples of all
//! steps, executed: `change/migrate.md`.

mod convert;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use convert::Loss;
use convert::{conversion, rescaled};

use super::{Outcome, Rule, Verdict};
use crate::component::Component;
use crate::field::Field;
use crate::kind::Kind;
use crate::nearest::nearest;
use crate::snapshot::Snapshot;

/// The steps, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What has to be done beside putting the new definitions in place.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// To what: `door`, `door.hinge.angle`, by its old name.
    pub path: String,
    /// What.
    #[serde(flatten)]
    pub action: Action,
    /// What is lost by it.
    pub loss: Loss,
    /// Why, or what to look at before doing it; one sentence.
    pub note: String,
}

/// What can be done. Ordered as steps are done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Its values go on under another name.
    Rename {
        /// The new name; of a field, without the component.
        to: String,
    },
    /// Its values become others.
    Convert {
        /// What it was: a kind or a unit.
        from: String,
        /// What it is now.
        to: String,
    },
    /// What exists gets a value that nobody said.
    Fill {
        /// The value.
        value: Value,
    },
    /// Values that are not good any more have to be changed first.
    Fit,
    /// It is gone, with its values.
    Drop,
    /// Names mean other records: the world has to be started anew.
    Restart,
}

impl Action {
    fn place(&self) -> u8 {
        match self {
            Action::Restart => 0,
            Action::Rename { .. } => 1,
            Action::Convert { .. } => 2,
            Action::Fill { .. } => 3,
            Action::Fit => 4,
            Action::Drop => 5,
        }
    }
}

/// How to get from `old` to `new`, where `verdict` is what was said about that change. Empty if all of it
/// is applied as it is, or if the new definitions are wrong in themselves.
#[must_use]
pub fn plan(old: &Snapshot, new: &Snapshot, verdict: &Verdict) -> Plan {
    let mut steps = Vec::new();
    if verdict.outcome == Outcome::RequiresReset {
        components(old, new, &mut steps);
        steps.extend(verdict.changes.iter().filter(|it| it.outcome != Outcome::Applied).filter_map(measured));
        steps.sort_by_key(|it| it.action.place());
    }
    Plan { steps }
}

/// What only the verdict knows: it has counted.
fn measured(change: &super::Change) -> Option<Step> {
    let (action, loss) = match change.rule {
        Rule::Tighten | Rule::AddUnique | Rule::AddAlias => (Action::Fit, Loss::Some),
        Rule::ChangePrecedence => (Action::Restart, Loss::All),
        Rule::PrefabRemove => (Action::Drop, Loss::None),
        _ => return None,
    };
    let note = match change.rule {
        Rule::PrefabRemove => format!("{}; entities made from it keep what they hold", change.message),
        _ => change.message.clone(),
    };
    Some(Step { path: change.path.clone(), action, loss, note })
}

fn components(old: &Snapshot, new: &Snapshot, steps: &mut Vec<Step>) {
    let named = |all: &[Component], name: &str| all.iter().any(|it| it.name() == name);
    let gone: Vec<&Component> =
        old.components().iter().filter(|it| !named(new.components(), it.name())).collect();
    let come: Vec<&Component> =
        new.components().iter().filter(|it| !named(old.components(), it.name())).collect();
    for (was, now) in pairs(&gone, &come, |was, now| alike(&was.fields, &now.fields), Component::name) {
        let path = was.name().to_owned();
        match now {
            Some(now) => {
                let note = "a rename, it seems: the fields are the same".to_owned();
                let action = Action::Rename { to: now.name().to_owned() };
                steps.push(Step { path, action, loss: Loss::None, note });
                fields(&was.fields, &now.fields, was.name(), steps);
            }
            None => {
                let note = "no new component has the same fields".to_owned();
                steps.push(Step { path, action: Action::Drop, loss: Loss::All, note });
            }
        }
    }
    for was in old.components() {
        if let Some(now) = new.components().iter().find(|it| it.name() == was.name()) {
            fields(&was.fields, &now.fields, was.name(), steps);
        }
    }
}

fn alike(was: &[Field], now: &[Field]) -> bool {
    !was.is_empty()
        && was.iter().all(|it| now.iter().any(|now| (&now.name, &now.kind) == (&it.name, &it.kind)))
}

/// Which of `come` each of `gone` probably became: the one with the nearest name; then, of those whose
/// names say nothing, the first.
fn pairs<'a, T>(
    gone: &[&'a T],
    come: &[&'a T],
    fits: impl Fn(&T, &T) -> bool,
    name: impl Fn(&T) -> &str,
) -> Vec<(&'a T, Option<&'a T>)> {
    let mut free = come.to_vec();
    let mut found: Vec<(&T, Option<&T>)> = gone.iter().map(|it| (*it, None)).collect();
    for by_name in [true, false] {
        for (was, now) in &mut found {
            if now.is_some() {
                continue;
            }
            let mut candidates = free.iter().filter(|it| fits(was, it));
            let chosen = if by_name {
                let names: Vec<&str> = candidates.clone().map(|it| name(it)).collect();
                let wanted = nearest(name(was), names);
                candidates.find(|it| Some(name(it)) == wanted)
            } else {
                candidates.next()
            };
            *now = chosen.copied();
            free.retain(|it| now.is_none_or(|taken| !std::ptr::eq(*it, taken)));
        }
    }
    found
}

fn fields(old: &[Field], new: &[Field], above: &str, steps: &mut Vec<Step>) {
    let named = |all: &[Field], name: &str| all.iter().any(|it| it.name == name);
    let gone: Vec<&Field> = old.iter().filter(|it| !named(new, &it.name)).collect();
    let aliased = |it: &&Field| it.alias_of.as_ref().is_some_and(|was| named(old, was));
    let come: Vec<&Field> = new.iter().filter(|it| !named(old, &it.name) && !aliased(it)).collect();
    let fits = |was: &Field, now: &Field| (&was.kind, was.optional) == (&now.kind, now.optional);
    let pairs = pairs(&gone, &come, fits, |it| it.name.as_str());
    for (was, now) in &pairs {
        let path = format!("{above}.{}", was.name);
        steps.push(renamed_or_dropped(path, was, *now));
    }
    for was in old {
        let became = pairs.iter().find(|it| it.0.name == was.name).and_then(|it| it.1);
        let now = new.iter().find(|it| it.name == was.name).or(became);
        if let Some(now) = now {
            let path = format!("{above}.{}", was.name);
            kinds(&was.kind, &now.kind, &path, steps);
            steps.extend(rescale(was, now, path));
        }
    }
    let is_rename = |it: &&&Field| pairs.iter().any(|pair| pair.1.is_some_and(|now| now.name == it.name));
    for now in come.iter().filter(|it| !is_rename(it)) {
        steps.extend(filled(now, format!("{above}.{}", now.name)));
    }
}

fn renamed_or_dropped(path: String, was: &Field, now: Option<&Field>) -> Step {
    match now {
        Some(now) => {
            let near = nearest(&was.name, [now.name.as_str()]).is_some();
            let sure = if near { "a rename, it seems" } else { "a rename, perhaps" };
            let note = format!("{sure}: both are {}", now.kind.name());
            Step { path, action: Action::Rename { to: now.name.clone() }, loss: Loss::None, note }
        }
        None => {
            let note = "nothing new is of its kind".to_owned();
            Step { path, action: Action::Drop, loss: Loss::All, note }
        }
    }
}

fn filled(field: &Field, path: String) -> Option<Step> {
    if field.default.is_some() || field.optional {
        return None;
    }
    let value = field.kind.zero();
    let note = "it has no default; say one if this is not what existing entities should hold".to_owned();
    Some(Step { path, action: Action::Fill { value }, loss: Loss::None, note })
}

fn rescale(was: &Field, now: &Field, path: String) -> Option<Step> {
    let (from, to) = (was.unit.clone()?, now.unit.clone()?);
    if from == to {
        return None;
    }
    let (loss, note) = match rescaled(&from, &to) {
        Some(factor) => (Loss::Rounding, format!("times {factor}")),
        None => (Loss::Some, "how many of one are one of the other is not known; say a factor".to_owned()),
    };
    Some(Step { path, action: Action::Convert { from, to }, loss, note })
}

fn kinds(was: &Kind, now: &Kind, path: &str, steps: &mut Vec<Step>) {
    match (was, now) {
        _ if was == now => (),
        (Kind::Struct { fields: before }, Kind::Struct { fields: after }) => {
            fields(before, after, path, steps);
        }
        (Kind::List { of: before, .. }, Kind::List { of: after, .. }) => {
            kinds(before, after, &format!("{path}[]"), steps);
        }
        _ => {
            if let Some((loss, note)) = conversion(was, now) {
                let action = Action::Convert { from: was.name().to_owned(), to: now.name().to_owned() };
                steps.push(Step { path: path.to_owned(), action, loss, note });
            }
        }
    }
}

/// A step a line, as in `change/migrate.md`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return writeln!(f, "nothing to migrate");
        }
        for (index, Step { path, action, loss, note }) in self.steps.iter().enumerate() {
            write!(f, "{}. ", index + 1)?;
            match action {
                Action::Rename { to } => write!(f, "rename {path} to {to}")?,
                Action::Convert { from, to } => write!(f, "convert {path} from {from} to {to}")?,
                Action::Fill { value } => write!(f, "fill {path} with {value}")?,
                Action::Fit => write!(f, "fit {path}")?,
                Action::Drop => write!(f, "drop {path}")?,
                Action::Restart => write!(f, "start anew: {path}")?,
            }
            writeln!(f, " [{}] {note}", loss.name())?;
        }
        Ok(())
    }
}
