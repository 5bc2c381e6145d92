//! [`snapshots`]: the same for all records of a world at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, LiveFacts, Outcome, Rule, Verdict, WorldFacts, compare};
use crate::component::Component;
use crate::prefab::Prefab;
use crate::profile::Profile;
use crate::snapshot::{Built, Snapshot};
use crate::system::System;

/// What happens if `new` takes the place of `old` in a world with these entities.
#[must_use]
pub fn snapshots(old: &Snapshot, new: &Snapshot, facts: &WorldFacts) -> Verdict {
    let mut changes = Vec::new();
    if old.order() != new.order() {
        let message = format!("{} becomes {}: names would mean other records", old.order(), new.order());
        changes.push(change("order", Rule::ChangePrecedence, Outcome::RequiresReset, message));
    }
    let mut entities = 0;
    pairs(old.components(), new.components(), Component::name, |name, was, now| {
        let nobody = LiveFacts::default();
        let facts = facts.components.get(name).unwrap_or(&nobody);
        let found = component(was, now, facts);
        entities += if found.is_empty() { 0 } else { facts.entities };
        changes.extend(found);
    });
    pairs(old.prefabs(), new.prefabs(), Prefab::name, |name, was, now| {
        let stamped = facts.prefabs.get(name).copied().unwrap_or_default();
        let found = prefab(was, now, stamped);
        entities += if found.is_empty() { 0 } else { stamped };
        changes.extend(found);
    });
    pairs(old.systems(), new.systems(), System::name, |_, was, now| changes.extend(system(was, now)));
    pairs(old.profiles(), new.profiles(), Profile::name, |_, was, now| changes.extend(profile(was, now)));
    pairs(
        old.strings(),
        new.strings(),
        |it| it.slug.as_str(),
        |slug, was, now| {
            changes.extend(simple(slug, "catalog", (was, now), Rule::ChangeWords));
        },
    );
    Verdict::of(changes, entities)
}

/// As [`snapshots`], for what was built from records: a record that became wrong in itself, or does not
/// go with the others, is refused. (It is not in the new snapshot, which alone would look as if it had
/// been removed.)
#[must_use]
pub fn judge(old: &Built, new: &Built, facts: &WorldFacts) -> Verdict {
    let fresh = new.problems.iter().filter(|it| !old.problems.contains(it));
    let invalid: Vec<Change> = fresh
        .map(|(slug, problem)| {
            let at =
                if problem.pointer.is_empty() { String::new() } else { format!(" at {}", problem.pointer) };
            change(slug, Rule::Invalid, Outcome::Rejected, format!("{}{at}", problem.message))
        })
        .collect();
    if invalid.is_empty() { snapshots(&old.snapshot, &new.snapshot, facts) } else { Verdict::of(invalid, 0) }
}

fn change(path: &str, rule: Rule, outcome: Outcome, message: impl Into<String>) -> Change {
    Change { path: path.to_owned(), rule, outcome, message: message.into() }
}

/// Calls `each` for every name in either, in the order of the names.
fn pairs<T>(
    old: &[T],
    new: &[T],
    name: impl Fn(&T) -> &str,
    mut each: impl FnMut(&str, Option<&T>, Option<&T>),
) {
    let mut both: BTreeMap<&str, (Option<&T>, Option<&T>)> = BTreeMap::new();
    old.iter().for_each(|it| both.entry(name(it)).or_default().0 = Some(it));
    new.iter().for_each(|it| both.entry(name(it)).or_default().1 = Some(it));
    both.into_iter().for_each(|(name, (was, now))| each(name, was, now));
}

fn component(was: Option<&Component>, now: Option<&Component>, facts: &LiveFacts) -> Vec<Change> {
    match (was, now) {
        (Some(was), Some(now)) => compare(was, now, facts).changes,
        (None, Some(now)) => {
            vec![change(now.name(), Rule::AddComponent, Outcome::Applied, "a new component")]
        }
        (Some(was), None) => {
            let message = format!("removed (entities: {}); deprecate it first", facts.entities);
            vec![change(was.name(), Rule::RemoveComponent, Outcome::RequiresReset, message)]
        }
        (None, None) => Vec::new(),
    }
}

fn prefab(was: Option<&Prefab>, now: Option<&Prefab>, stamped: u64) -> Vec<Change> {
    let add = |path: &str, message: String| change(path, Rule::PrefabAdd, Outcome::Applied, message);
    let remove =
        |path: &str, message: String| change(path, Rule::PrefabRemove, Outcome::RequiresReset, message);
    let keep = format!(
        "for new entities; existing ones stay as they are, unless with --retrofit (entities: {stamped})"
    );
    match (was, now) {
        (None, Some(now)) => vec![add(now.name(), "a new prefab".to_owned())],
        (Some(was), None) => {
            vec![remove(was.name(), format!("removed (entities: {stamped})"))]
        }
        (Some(was), Some(now)) => {
            let gone = parts(was).into_iter().filter(|it| !parts(now).contains(it));
            let mut changes: Vec<Change> = gone
                .map(|part| remove(&format!("{}.{part}", now.name()), format!("gone (entities: {stamped})")))
                .collect();
            let come = parts(now).into_iter().filter(|it| !parts(was).contains(it));
            changes.extend(come.map(|part| add(&format!("{}.{part}", now.name()), format!("added, {keep}"))));
            if changes.is_empty() && (&was.components, &was.composes) != (&now.components, &now.composes) {
                changes.push(add(now.name(), format!("other values, {keep}")));
            } else if changes.is_empty() && was.to_payload() != now.to_payload() {
                let words = "other words for people";
                changes.push(change(now.name(), Rule::ChangeWords, Outcome::Applied, words));
            }
            changes
        }
        (None, None) => Vec::new(),
    }
}

/// What entities get from it: components, other prefabs, children, each by name.
fn parts(prefab: &Prefab) -> BTreeSet<&str> {
    let components = prefab.components.iter().map(|it| it.0.as_str());
    let composes = prefab.composes.iter().map(String::as_str);
    components.chain(composes).chain(prefab.children.iter().map(|it| it.name.as_str())).collect()
}

fn system(was: Option<&System>, now: Option<&System>) -> Vec<Change> {
    let (Some(old), Some(new)) = (was, now) else {
        let name = was.or(now).map_or("", System::name);
        return simple(name, "system", (was, now), Rule::SystemSource).into_iter().collect();
    };
    let mut changes = Vec::new();
    if (old.phase, old.order) != (new.phase, new.order) {
        let place = |it: &System| format!("{} {}", it.phase.name(), it.order);
        let message = format!("runs at {} instead of {}", place(new), place(old));
        changes.push(change(new.name(), Rule::SystemSchedule, Outcome::Applied, message));
    }
    let script = |it: &System| (it.language, it.source.clone(), it.reads.clone(), it.writes.clone());
    if script(old) != script(new) {
        let message = "another script; loaded between two ticks";
        changes.push(change(new.name(), Rule::SystemSource, Outcome::Applied, message));
    }
    if old.doc != new.doc {
        let message = "other words for people";
        changes.push(change(new.name(), Rule::ChangeWords, Outcome::Applied, message));
    }
    changes
}

fn profile(was: Option<&Profile>, now: Option<&Profile>) -> Option<Change> {
    let name = was.or(now).map_or("", Profile::name);
    let same = was.map(|it| &it.components) == now.map(|it| &it.components);
    if same { None } else { simple(name, "profile", (was, now), Rule::ChangeProfile) }
}

fn simple<T: PartialEq>(
    path: &str,
    what: &str,
    (was, now): (Option<&T>, Option<&T>),
    rule: Rule,
) -> Option<Change> {
    let (rule, message) = match (was, now) {
        (None, Some(_)) => (Rule::AddRecord, format!("a new {what}")),
        (Some(_), None) => (Rule::RemoveRecord, format!("the {what} is gone")),
        (Some(was), Some(now)) if was != now => (rule, format!("the {what} is another")),
        _ => return None,
    };
    Some(change(path, rule, Outcome::Applied, message))
}
