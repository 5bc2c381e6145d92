//! Whether what records say of each other is true: names that exist, compositions that end.

use crate::check;
use crate::component::Component;
use crate::nearest::did_you_mean;
use crate::prefab::Prefab;
use crate::problem::{Problem, child};
use crate::snapshot::Snapshot;

/// The slug of a record, and what it says that is not so.
pub(super) fn problems(snapshot: &Snapshot) -> Vec<(String, Problem)> {
    let mut found = Vec::new();
    for prefab in snapshot.prefabs() {
        let problems = of_prefab(prefab, snapshot);
        found.extend(problems.into_iter().map(|it| (prefab.slug.clone(), it)));
    }
    for profile in snapshot.profiles() {
        let problems = of_names(&profile.components, "/components", snapshot);
        found.extend(problems.into_iter().map(|it| (profile.slug.clone(), it)));
    }
    for system in snapshot.systems() {
        let reads = of_names(&system.reads, "/reads", snapshot);
        let writes = of_names(&system.writes, "/writes", snapshot);
        found.extend(reads.into_iter().chain(writes).map(|it| (system.slug.clone(), it)));
    }
    found
}

fn of_names(names: &[String], at: &str, snapshot: &Snapshot) -> Vec<Problem> {
    let numbered = names.iter().enumerate();
    let missing = numbered.filter_map(|(index, name)| Some((index, snapshot.component(name).err()?)));
    missing.map(|(index, problem)| problem.below(&child(at, index))).collect()
}

fn of_prefab(prefab: &Prefab, snapshot: &Snapshot) -> Vec<Problem> {
    let mut problems = Vec::new();
    let known = || snapshot.prefabs().iter().map(Prefab::name);
    let mut named = |name: &str, at: String| {
        if snapshot.prefab(name).is_none() {
            let problem = Problem::new("unknown_prefab", at, format!("there is no prefab `{name}`"));
            problems.push(Problem { help: did_you_mean(name, known()), ..problem });
        }
    };
    for (index, name) in prefab.composes.iter().enumerate() {
        named(name, child("/composes", index));
    }
    for (index, it) in prefab.children.iter().enumerate() {
        named(&it.prefab, format!("/children/{index}/prefab"));
    }
    for (name, values) in &prefab.components {
        let at = child("/components", name);
        match snapshot.component(name) {
            Err(problem) => problems.push(problem.below(&at)),
            Ok(component) => problems.extend(of_values(values, component).map(|it| it.below(&at))),
        }
    }
    problems.extend(circle(prefab, snapshot));
    problems
}

fn of_values(
    values: &serde_json::Map<String, serde_json::Value>,
    component: &Component,
) -> impl Iterator<Item = Problem> {
    check::check_values(values, component).into_iter()
}

/// Whether `prefab` is made from itself.
fn circle(prefab: &Prefab, snapshot: &Snapshot) -> Option<Problem> {
    let mut seen: Vec<&str> = Vec::new();
    let mut waiting: Vec<&Prefab> = vec![prefab];
    while let Some(next) = waiting.pop() {
        let children = next.children.iter().map(|it| it.prefab.as_str());
        for name in next.composes.iter().map(String::as_str).chain(children) {
            if name == prefab.name() {
                let message = format!("`{name}` is made from itself, by way of `{}`", next.name());
                return Some(Problem::new("circular", "", message));
            }
            if !seen.contains(&name) {
                seen.push(name);
                waiting.extend(snapshot.prefab(name));
            }
        }
    }
    None
}
