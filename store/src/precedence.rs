//! Which record a name without a scope means: the nearest one, room before group before user before
//! core. Pure but for the looking up; the same answer whatever order things were put in.

use crate::Store;
use crate::error::StoreError;
use crate::record::Record;
use crate::slug::{BadSlug, Scope, Slug};

/// `scopes` nearest first, each once, `core` always last. Two groups are in the order of their names,
/// for want of any better that is the same everywhere.
#[must_use]
pub fn nearest_first(scopes: impl IntoIterator<Item = Scope>) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = scopes.into_iter().chain([Scope::Core]).collect();
    let distance = |scope: &Scope| match scope {
        Scope::Room(_) => 0,
        Scope::Group(_) => 1,
        Scope::User(_) => 2,
        Scope::Core => 3,
    };
    scopes.sort_by(|a, b| distance(a).cmp(&distance(b)).then_with(|| a.cmp(b)));
    scopes.dedup();
    scopes
}

/// What was asked for in turn, and what was there.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// Every slug the name could mean, nearest first. All are listed, so that one can be told what a
    /// nearer one hides.
    pub chain: Vec<(Slug, Option<Record>)>,
}

impl Resolution {
    /// The record the name means.
    #[must_use]
    pub fn winner(&self) -> Option<&Record> {
        self.chain.iter().find_map(|(_, record)| record.as_ref())
    }
}

/// The slugs that `path` (`component/position`) could mean in `scopes`, in that order.
///
/// # Errors
/// If `path` is no path of a slug.
pub fn candidates(path: &str, scopes: &[Scope]) -> Result<Vec<Slug>, BadSlug> {
    scopes.iter().map(|scope| Slug::in_scope(scope, path)).collect()
}

/// Looks the `candidates` up.
///
/// # Errors
/// If one of them is damaged, even one that a nearer one hides, or the store failed.
pub fn resolve(store: &dyn Store, candidates: Vec<Slug>) -> Result<Resolution, StoreError> {
    let look = |slug: Slug| Ok((slug.clone(), store.get_by_slug(&slug)?));
    Ok(Resolution { chain: candidates.into_iter().map(look).collect::<Result<_, StoreError>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Kind, MemoryStore};
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(present: &[&str], expect: Expect) {
        let store = MemoryStore::new();
        for slug in present {
            let slug = Slug::parse(slug).unwrap();
            let record = Record::new(slug, Kind::Component, json!({}), "2026-01-31T09:30:00.000Z").unwrap();
            store.apply(Batch::new().put_record(record)).unwrap();
        }
        let asking = ["user/ada", "room/r1", "group/b", "core", "group/a", "room/r1"];
        let scopes = nearest_first(asking.iter().map(|it| it.parse().unwrap()));
        let resolution = resolve(&store, candidates("component/position", &scopes).unwrap()).unwrap();
        let winner = resolution.winner().map(|it| &it.slug);
        let lines = resolution.chain.iter().map(|(slug, record)| match record {
            Some(_) if winner == Some(slug) => format!("{slug}: this one\n"),
            Some(_) => format!("{slug}: hidden\n"),
            None => format!("{slug}: -\n"),
        });
        expect.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn the_nearest_scope_wins_and_the_chain_says_why() {
        let core = "core/component/position";
        let group = "group/a/component/position";
        let elsewhere = "room/r2/component/position";
        check(
            &[core, elsewhere],
            expect![[r#"
            room/r1/component/position: -
            group/a/component/position: -
            group/b/component/position: -
            user/ada/component/position: -
            core/component/position: this one
        "#]],
        );
        check(
            &[core, "room/r1/component/position", "user/ada/component/position"],
            expect![[r#"
            room/r1/component/position: this one
            group/a/component/position: -
            group/b/component/position: -
            user/ada/component/position: hidden
            core/component/position: hidden
        "#]],
        );
        check(
            &[group, core],
            expect![[r#"
            room/r1/component/position: -
            group/a/component/position: this one
            group/b/component/position: -
            user/ada/component/position: -
            core/component/position: hidden
        "#]],
        );
        check(
            &[core, group],
            expect![[r#"
            room/r1/component/position: -
            group/a/component/position: this one
            group/b/component/position: -
            user/ada/component/position: -
            core/component/position: hidden
        "#]],
        );
        check(
            &[],
            expect![[r#"
            room/r1/component/position: -
            group/a/component/position: -
            group/b/component/position: -
            user/ada/component/position: -
            core/component/position: -
        "#]],
        );
    }

    #[test]
    fn a_path_that_is_none_is_refused_before_anything_is_looked_up() {
        assert!(candidates("Position", &nearest_first([])).is_err());
        assert!(candidates("", &nearest_first([])).is_err());
    }
}
