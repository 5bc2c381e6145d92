//! Scopes: which record a name means when several scopes have one, and what that hides.
//!
//! Not here: the grammar of slugs, which the store enforces before a record is kept. Here a slug is
//! only taken apart.

use std::collections::BTreeMap;
use std::fmt;

use bowline_model::canonical;
use serde_json::Value;

use crate::change::{LiveFacts, Outcome, compare};
use crate::component::Component;
use crate::problem::Problem;

/// A record as a store has it, without its dates.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `room/r1/component/door`.
    pub slug: String,
    /// What the payload is.
    pub kind: RecordKind,
    /// From 1.
    pub version: u32,
    /// The definition.
    pub payload: Value,
}

/// What this crate reads of what a store keeps. (`world` records are values of a world, no schema.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// [`crate::Component`].
    Component,
    /// [`crate::Prefab`].
    Prefab,
    /// [`crate::System`].
    System,
    /// [`crate::Catalog`].
    Strings,
    /// [`crate::Profile`].
    Profile,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [RecordKind; 5] = [
        RecordKind::Component,
        RecordKind::Prefab,
        RecordKind::System,
        RecordKind::Strings,
        RecordKind::Profile,
    ];

    /// Its name in JSON, and the first part of the path of its records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RecordKind::Component => "component",
            RecordKind::Prefab => "prefab",
            RecordKind::System => "system",
            RecordKind::Strings => "strings",
            RecordKind::Profile => "profile",
        }
    }

    /// The kind called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<RecordKind> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// How near a scope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One room.
    Room,
    /// A group of users.
    Group,
    /// One user.
    User,
    /// The product.
    Core,
}

/// The levels, nearest first: who wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order([Level; 4]);

impl Default for Order {
    fn default() -> Order {
        Order([Level::Room, Level::Group, Level::User, Level::Core])
    }
}

impl Order {
    /// The order of `names`, nearest first: each of room, group, user and core once.
    #[must_use]
    pub fn named(names: &[&str]) -> Option<Order> {
        let levels: Vec<Level> = names.iter().map(|it| level(it)).collect::<Option<_>>()?;
        let all = Order::default().0.iter().all(|it| levels.contains(it));
        levels.try_into().ok().filter(|_| all).map(Order)
    }

    /// The names, nearest first.
    #[must_use]
    pub fn names(self) -> [&'static str; 4] {
        self.0.map(|it| match it {
            Level::Room => "room",
            Level::Group => "group",
            Level::User => "user",
            Level::Core => "core",
        })
    }

    /// 0 for the nearest.
    pub(crate) fn place(self, level: Level) -> usize {
        self.0.iter().position(|it| *it == level).unwrap_or(self.0.len())
    }
}

/// `room > group > user > core`.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" > "))
    }
}

fn level(name: &str) -> Option<Level> {
    match name {
        "room" => Some(Level::Room),
        "group" => Some(Level::Group),
        "user" => Some(Level::User),
        "core" => Some(Level::Core),
        _ => None,
    }
}

/// A slug taken apart: level, scope (`room/r1`), path (`component/door`).
#[must_use]
pub fn parts(slug: &str) -> Option<(Level, &str, &str)> {
    let level = level(slug.split('/').next()?)?;
    let named = usize::from(level != Level::Core);
    let end = slug.match_indices('/').nth(named).map(|(at, _)| at)?;
    let (scope, path) = (&slug[..end], &slug[end + 1..]);
    (!path.is_empty()).then_some((level, scope, path))
}

/// What other records call the record `slug` of `kind`: its path without the kind in front.
pub(crate) fn name_of<'a>(slug: &'a str, kind: &str) -> &'a str {
    let path = parts(slug).map_or(slug, |(_, _, path)| path);
    path.strip_prefix(kind).and_then(|it| it.strip_prefix('/')).unwrap_or(path)
}

/// Who asks: the scopes that count beside `core`, and who wins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asking {
    /// `room/r1`, `group/builders`, `user/ada`.
    pub scopes: Vec<String>,
    /// Who wins.
    pub order: Order,
}

impl Asking {
    fn counts(&self, scope: &str) -> bool {
        scope == "core" || self.scopes.iter().any(|it| it == scope)
    }
}

/// One path that several scopes have a record for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// `component/door`.
    pub path: String,
    /// The slug of the record it means.
    pub winner: String,
    /// The slugs of those that are hidden, nearest first.
    pub hidden: Vec<String>,
}

/// What every path means.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolution {
    /// The records that are meant, by slug.
    pub winners: Vec<Entry>,
    /// Where one hides another, by path.
    pub shadows: Vec<Shadow>,
    /// The slug, and what is wrong with it: `bad_slug`, `duplicate`, `scope_conflict`.
    pub problems: Vec<(String, Problem)>,
}

/// Decides what every path means to `asking`. The order of `entries` does not matter.
///
/// String catalogs hide nothing: ids are looked up one by one, the nearest catalog first. A conflict
/// is reported and the nearest record wins all the same, so that a world can start and say so.
#[must_use]
pub fn resolve(entries: &[Entry], asking: &Asking) -> Resolution {
    let mut resolution = Resolution::default();
    let mut paths: BTreeMap<&str, Vec<(usize, &str, &Entry)>> = BTreeMap::new();
    for entry in latest(entries, &mut resolution.problems) {
        match parts(&entry.slug) {
            None => {
                let problem = Problem::new("bad_slug", "", format!("`{}` is no slug", entry.slug));
                resolution.problems.push((entry.slug.clone(), problem));
            }
            Some((_, scope, _)) if !asking.counts(scope) => (),
            Some((level, scope, path)) => {
                paths.entry(path).or_default().push((asking.order.place(level), scope, entry));
            }
        }
    }
    for (path, mut chain) in paths {
        chain.sort_by_key(|(place, scope, _)| (*place, *scope));
        let chain: Vec<&Entry> = chain.into_iter().map(|(_, _, entry)| entry).collect();
        settle(path, &chain, &mut resolution);
    }
    resolution.winners.sort_by(|a, b| a.slug.cmp(&b.slug));
    resolution.problems.sort();
    resolution
}

/// One entry per slug: the highest version.
fn latest<'a>(entries: &'a [Entry], problems: &mut Vec<(String, Problem)>) -> Vec<&'a Entry> {
    let mut sorted: Vec<(&Entry, String)> =
        entries.iter().map(|it| (it, canonical::text(&it.payload))).collect();
    sorted.sort_by(|(a, a_text), (b, b_text)| {
        (&a.slug, b.version, a.kind, a_text).cmp(&(&b.slug, a.version, b.kind, b_text))
    });
    for pair in sorted.windows(2) {
        let [(first, first_text), (second, second_text)] = pair else { continue };
        let same = first.slug == second.slug && first.version == second.version;
        if same && (first.kind, first_text) != (second.kind, second_text) {
            let message = format!("version {} is there twice, and differs", first.version);
            problems.push((first.slug.clone(), Problem::new("duplicate", "", message)));
        }
    }
    sorted.dedup_by(|(later, _), (kept, _)| later.slug == kept.slug);
    sorted.into_iter().map(|(entry, _)| entry).collect()
}

fn settle(path: &str, chain: &[&Entry], resolution: &mut Resolution) {
    let Some((winner, hidden)) = chain.split_first() else { return };
    let catalogs = chain.iter().all(|it| it.kind == RecordKind::Strings);
    if catalogs {
        resolution.winners.extend(chain.iter().map(|it| (*it).clone()));
        return;
    }
    resolution.winners.push((*winner).clone());
    if hidden.is_empty() {
        return;
    }
    for entry in hidden {
        let problem = conflict(winner, entry);
        resolution.problems.extend(problem.map(|problem| (winner.slug.clone(), problem)));
    }
    let hidden = hidden.iter().map(|it| it.slug.clone()).collect();
    resolution.shadows.push(Shadow { path: path.to_owned(), winner: winner.slug.clone(), hidden });
}

/// A record may hide another that scripts written for the other can go on working with: one that
/// the other could have become while the world runs.
fn conflict(winner: &Entry, hidden: &Entry) -> Option<Problem> {
    let both = format!("`{}` hides `{}`", winner.slug, hidden.slug);
    if winner.kind != hidden.kind {
        let message = format!("{both}, which is a {} and no {}", hidden.kind.name(), winner.kind.name());
        return Some(Problem::new("scope_conflict", "", message));
    }
    if winner.kind != RecordKind::Component {
        return None;
    }
    // Versions of two records do not follow on each other.
    let (far, _) = Component::parse(&hidden.slug, 1, &hidden.payload);
    let (near, problems) = Component::parse(&winner.slug, 1, &winner.payload);
    let verdict = compare(&far, &near, &LiveFacts::default());
    if !problems.is_empty() || verdict.outcome == Outcome::Applied {
        return None;
    }
    let message = format!("{both} and is not compatible with it: {}", verdict.reasons.join("; "));
    Some(Problem::new("scope_conflict", "", message).help("give the nearer one another name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn entry(slug: &str, fields: Value) -> Entry {
        Entry {
            slug: slug.into(),
            kind: RecordKind::Component,
            version: 1,
            payload: json!({"fields": fields}),
        }
    }

    fn asking(order: Order) -> Asking {
        Asking {
            scopes: vec!["room/r1".into(), "user/ada".into(), "group/b".into(), "group/a".into()],
            order,
        }
    }

    fn several() -> Vec<Entry> {
        let x = json!([{"name": "x", "kind": "f32"}]);
        let wider = json!([{"name": "x", "kind": "f32"}, {"name": "y", "kind": "f32", "default": 1}]);
        vec![
            entry("core/component/position", x.clone()),
            entry("user/ada/component/position", x.clone()),
            entry("group/a/component/position", x.clone()),
            entry("group/b/component/position", x.clone()),
            entry("room/r1/component/position", wider),
            entry("room/r2/component/position", json!([])),
            entry("room/r1/component/pace", json!([{"name": "pace", "kind": "i32"}])),
            entry("core/component/pace", json!([{"name": "speed", "kind": "f32"}])),
            entry("nobody/component/x", x),
        ]
    }

    fn show(resolution: &Resolution) -> String {
        let winners = resolution.winners.iter().map(|it| format!("{}\n", it.slug));
        let shadows =
            resolution.shadows.iter().map(|it| format!("{} hides {}\n", it.winner, it.hidden.join(", ")));
        let problems = resolution.problems.iter().map(|(slug, it)| format!("{slug}: {it}\n"));
        winners.chain(shadows).chain(problems).collect()
    }

    #[test]
    fn the_nearest_wins_and_says_what_it_hides() {
        expect![[r#"
            room/r1/component/pace
            room/r1/component/position
            room/r1/component/pace hides core/component/pace
            room/r1/component/position hides group/a/component/position, group/b/component/position, user/ada/component/position, core/component/position
            nobody/component/x: error[bad_slug]: `nobody/component/x` is no slug
            room/r1/component/pace: error[scope_conflict]: `room/r1/component/pace` hides `core/component/pace` and is not compatible with it: pace.speed: removed, with its values (entities: 0); deprecate it first; pace.pace: has no default; say one, for example "default": 0
              help: give the nearer one another name
        "#]].assert_eq(&show(&resolve(&several(), &asking(Order::default()))));
    }

    #[test]
    fn the_order_can_be_another() {
        let order = Order::named(&["core", "user", "group", "room"]).unwrap();
        let resolution = resolve(&several(), &asking(order));
        assert!(resolution.winners.iter().all(|it| it.slug.starts_with("core/")));
        assert_eq!(order.to_string(), "core > user > group > room");
        assert_eq!(Order::named(&["core", "core", "group", "room"]), None);
        assert_eq!(Order::named(&["core"]), None);
    }

    #[test]
    fn slugs_come_apart() {
        assert_eq!(parts("room/r1/component/door"), Some((Level::Room, "room/r1", "component/door")));
        assert_eq!(parts("core/door"), Some((Level::Core, "core", "door")));
        for bad in ["", "core", "core/", "room/r1", "room/r1/", "space/x"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
        assert_eq!(name_of("room/r1/component/ui/label", "component"), "ui/label");
        assert_eq!(name_of("core/door", "component"), "door");
    }
}
