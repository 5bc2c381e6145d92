//! Which of many is meant: what people wrote behind the same words, here first, then in this app, then
//! anywhere.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::Item;
use crate::project::{FileId, Owner, Project};
use crate::summary::{ExprId, Kind};

/// How much a use counts: in this file, in this app, elsewhere; behind other words.
const WEIGHTS: [u32; 4] = [64, 16, 8, 1];

/// How often names were used.
#[derive(Default)]
pub(super) struct Rank {
    behind: BTreeMap<SmolStr, u32>,
    anywhere: BTreeMap<SmolStr, u32>,
}

impl Rank {
    /// What people wrote behind the words that the member `at` stands behind; `at` itself does not count.
    pub(super) fn of(project: &Project, (file, at): (FileId, ExprId)) -> Rank {
        let summary = project.summary(file);
        let Kind::Member(object, own) = &summary[at].kind else { return Rank::default() };
        let words = summary.words(*object);
        let app = project.file(file).and_then(|it| Owner::of(&it.path)).map(|it| it.app.to_owned());
        let mut rank = Rank::default();
        for (id, other) in project.all() {
            let near = Owner::of(&other.path).map(|it| it.app.to_owned()) == app;
            let weight = if id == file {
                WEIGHTS[0]
            } else if near {
                WEIGHTS[1]
            } else {
                WEIGHTS[2]
            };
            let uses = &other.summary().uses;
            for (name, count) in words.iter().filter_map(|it| uses.get(it)).flatten() {
                let own = u32::from(id == file && *name == own.text);
                if *count > own {
                    *rank.behind.entry(name.clone()).or_default() += (count - own) * weight;
                }
            }
            for (name, count) in uses.get("").into_iter().flatten() {
                *rank.anywhere.entry(name.clone()).or_default() += count * WEIGHTS[3];
            }
        }
        rank
    }

    /// Names that were written behind the same words.
    pub(super) fn names(&self) -> impl Iterator<Item = &SmolStr> {
        self.behind.keys()
    }

    /// Names that were written behind any words, the usual ones first.
    pub(super) fn all_names(&self) -> impl Iterator<Item = &SmolStr> {
        let mut all: Vec<_> = self.anywhere.iter().collect();
        all.sort_by_key(|it| std::cmp::Reverse(it.1));
        all.into_iter().map(|it| it.0)
    }

    fn of_name(&self, name: &str) -> u32 {
        let count = |of: &BTreeMap<SmolStr, u32>| of.get(name).copied().unwrap_or(0);
        count(&self.behind).saturating_mul(1000) + count(&self.anywhere)
    }

    /// The likeliest first, then by name.
    pub(super) fn sort(&self, items: &mut [Item]) {
        items.sort_by_cached_key(|it| {
            (it.deprecated, std::cmp::Reverse(self.of_name(&it.label)), it.label.clone())
        });
    }
}
