//! Two lists of fields, of a component or of a struct: what was added, removed, renamed, changed.

use super::{At, Comparison, Outcome, Rule};
use crate::component::{Component, head_json};
use crate::field::Field;

/// All of a component but its fields.
pub(super) fn of_component(old: &Component, new: &Component, comparison: &mut Comparison<'_>) {
    let at = At { path: new.name().to_owned(), top: None };
    if old.deprecated != new.deprecated && new.deprecated.is_some() {
        comparison.say(&at, Rule::Deprecate, Outcome::Applied, "deprecated; it works as before");
    } else if head_json(old) != head_json(new) {
        comparison.say(&at, Rule::ChangeWords, Outcome::Applied, "other words for people");
    }
}

impl Comparison<'_> {
    /// Compares two lists of fields that are at `at`.
    pub(super) fn fields(&mut self, old: &[Field], new: &[Field], at: &At<'_>) {
        let renames = renames(old, new);
        for field in old {
            let inner = inside(at, field);
            match (new.iter().find(|it| it.name == field.name), renamed(&renames, field)) {
                (Some(now), _) => self.field(field, now, &inner),
                (None, Some(to)) => self.renamed(field, to, &inner),
                (None, None) => self.removed(field, &inner),
            }
        }
        let added = |it: &&Field| old.iter().all(|was| was.name != it.name);
        for field in new.iter().filter(added) {
            if renames.iter().all(|(_, to)| to.name != field.name) {
                self.added(old, field, &inside(at, field));
            }
        }
        self.order(old, new, at);
    }

    fn renamed(&mut self, from: &Field, to: &Field, at: &At<'_>) {
        let (from, to) = (&from.name, &to.name);
        let message = format!(
            "looks like a rename to `{to}`; keep `{from}` with \"deprecated\": \"use {to}\" and give `{to}` \
             \"aliasOf\": \"{from}\": that can be applied"
        );
        self.say(at, Rule::RenameField, Outcome::RequiresReset, message);
    }

    fn removed(&mut self, field: &Field, at: &At<'_>) {
        let first = if field.deprecated.is_some() { "" } else { "; deprecate it first" };
        let message = format!("removed, with its values (entities: {}){first}", self.facts.entities);
        self.say(at, Rule::RemoveField, Outcome::RequiresReset, message);
    }

    fn added(&mut self, old: &[Field], field: &Field, at: &At<'_>) {
        let alias = field.alias_of.as_ref().filter(|it| old.iter().any(|was| was.name == **it));
        match (alias, &field.default) {
            (Some(was), _) => {
                let message = format!("a new name of `{was}`, starting with its value");
                self.if_fits(at, Rule::AddAlias, &message);
            }
            (None, Some(default)) => {
                let message = format!("existing entities read {default}");
                self.say(at, Rule::AddFieldWithDefault, Outcome::Applied, message);
            }
            (None, None) if field.optional => {
                self.say(at, Rule::AddOptionalField, Outcome::Applied, "existing entities read null");
            }
            (None, None) => {
                let zero = field.kind.zero();
                let message = format!("has no default; say one, for example \"default\": {zero}");
                self.say(at, Rule::AddFieldWithoutDefault, Outcome::RequiresReset, message);
            }
        }
        if field.unique {
            self.if_fits(at, Rule::AddUnique, "no two entities may hold the same");
        }
    }

    fn field(&mut self, old: &Field, new: &Field, at: &At<'_>) {
        let before = self.changes.len();
        self.kinds(&old.kind, &new.kind, at);
        let same_kind = self.changes.len() == before;
        self.bounds(old, new, at);
        // The first value of another kind is another value, and said already.
        if same_kind && old.initial() != new.initial() {
            let entities = self.facts.entities;
            let message =
                format!("new entities start with {}; {entities} existing keep what they have", new.initial());
            self.say(at, Rule::ChangeDefault, Outcome::Applied, message);
        }
        self.presentation(old, new, at);
    }

    /// Range, `null`, uniqueness, unit.
    fn bounds(&mut self, old: &Field, new: &Field, at: &At<'_>) {
        let (was, now) = (old.range, new.range);
        if was.min.is_some_and(|min| now.min.is_none_or(|it| it < min))
            || was.max.is_some_and(|max| now.max.is_none_or(|it| it > max))
        {
            self.say(at, Rule::Loosen, Outcome::Applied, "the range is wider");
        }
        if now.min.is_some_and(|min| was.min.is_none_or(|it| it < min))
            || now.max.is_some_and(|max| was.max.is_none_or(|it| it > max))
        {
            self.if_fits(at, Rule::Tighten, "the range is narrower");
        }
        match (old.optional, new.optional) {
            (false, true) => self.say(at, Rule::Loosen, Outcome::Applied, "may be null now"),
            (true, false) => self.if_fits(at, Rule::Tighten, "may not be null any more"),
            _ => (),
        }
        match (old.unique, new.unique) {
            (false, true) => self.if_fits(at, Rule::AddUnique, "no two entities may hold the same"),
            (true, false) => self.say(at, Rule::DropUnique, Outcome::Applied, "entities may hold the same"),
            _ => (),
        }
        match (&old.unit, &new.unit) {
            (Some(was), Some(now)) if was != now => {
                let message = format!("{was} become {now}: every number would mean something else");
                self.say(at, Rule::ChangeUnit, Outcome::RequiresReset, message);
            }
            _ => (),
        }
    }

    fn presentation(&mut self, old: &Field, new: &Field, at: &At<'_>) {
        if old.deprecated != new.deprecated && new.deprecated.is_some() {
            self.say(at, Rule::Deprecate, Outcome::Applied, "deprecated; it works as before");
        }
        if (old.index, old.order) != (new.index, new.order) {
            self.say(at, Rule::ChangeIndex, Outcome::Applied, "looked up or listed otherwise");
        }
        let words = |it: &Field| {
            let Field { doc, label, hint, unit, range, alias_of, .. } = it.clone();
            (doc, label, hint, unit.is_some(), range.step, alias_of, it.deprecated.is_some())
        };
        let undone = old.deprecated.is_some() && new.deprecated.is_none();
        let (mut was, mut now) = (words(old), words(new));
        if !undone {
            (was.6, now.6) = (false, false);
        }
        if was != now {
            self.say(at, Rule::ChangeWords, Outcome::Applied, "other words for people");
        }
    }

    fn order(&mut self, old: &[Field], new: &[Field], at: &At<'_>) {
        let both = |list: &[Field], other: &[Field]| -> Vec<String> {
            let kept = list.iter().filter(|it| other.iter().any(|with| with.name == it.name));
            kept.map(|it| it.name.clone()).collect()
        };
        if both(old, new) != both(new, old) {
            let message = "listed in another order; fields are known by name";
            self.say(at, Rule::ReorderFields, Outcome::Applied, message);
        }
    }
}

fn inside<'a>(at: &At<'a>, field: &'a Field) -> At<'a> {
    At { path: format!("{}.{}", at.path, field.name), top: Some(at.top.unwrap_or(&field.name)) }
}

/// Which removed field probably became which added one: the first of the same kind.
fn renames<'a>(old: &'a [Field], new: &'a [Field]) -> Vec<(&'a Field, &'a Field)> {
    let gone = old.iter().filter(|it| new.iter().all(|now| now.name != it.name));
    let mut pairs: Vec<(&Field, &Field)> = Vec::new();
    for was in gone {
        let come = new.iter().find(|it| {
            old.iter().all(|was| was.name != it.name)
                && it.alias_of.is_none()
                && (&it.kind, it.optional) == (&was.kind, was.optional)
                && pairs.iter().all(|(_, taken)| taken.name != it.name)
        });
        pairs.extend(come.map(|it| (was, it)));
    }
    pairs
}

fn renamed<'a>(renames: &[(&Field, &'a Field)], field: &Field) -> Option<&'a Field> {
    renames.iter().find(|(was, _)| was.name == field.name).map(|(_, to)| *to)
}
