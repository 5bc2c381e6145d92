//! When to look: a set of dirty paths, and the moment it is worth acting on. Pure: the caller says
//! what happened and what time it is. People wait for this delay at every save, so it is short.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bowline_model::ProjectPath;

use crate::watch::Dirt;

/// A whole save of several files, formatter included, mostly has no longer gaps than this.
pub const QUIET: Duration = Duration::from_millis(25);

/// A program that never stops writing must not keep everything else waiting.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// A branch switch takes longer, and half a branch is worth nothing to anybody.
pub const PATIENCE_WITH_GIT: Duration = Duration::from_secs(1);

/// Past this many single paths a full scan is cheaper than remembering more.
const PATHS_MAX: usize = 10_000;

/// Whether git holds its index lock: it is switching branches, merging, or the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitIndex {
    /// Nothing is going on.
    Free,
    /// `.git/index.lock` exists.
    Locked,
}

/// What may have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirtySet {
    /// How much of the project is in doubt beyond what is listed.
    pub extent: Extent,
    /// Folders of which everything below is in doubt.
    pub subtrees: BTreeSet<ProjectPath>,
    /// Single files.
    pub paths: BTreeSet<ProjectPath>,
    /// Barriers that are reached once this set has been scanned.
    pub cookies: Vec<String>,
}

/// How far a [`DirtySet`] reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// What it lists.
    #[default]
    Listed,
    /// The whole project: events were lost, or there are none here.
    Everything,
}

impl DirtySet {
    /// Everything is in doubt.
    #[must_use]
    pub fn everything() -> DirtySet {
        DirtySet { extent: Extent::Everything, ..DirtySet::default() }
    }

    /// Adds one piece.
    pub fn add(&mut self, dirt: Dirt) {
        match dirt {
            Dirt::Cookie(name) => self.cookies.push(name),
            Dirt::Everything => {
                self.extent = Extent::Everything;
                self.subtrees.clear();
                self.paths.clear();
            }
            _ if self.extent == Extent::Everything => (),
            Dirt::Subtree(folder) => _ = self.subtrees.insert(folder),
            Dirt::Path(path) => _ = self.paths.insert(path),
        }
        if self.paths.len() + self.subtrees.len() > PATHS_MAX {
            self.add(Dirt::Everything);
        }
    }

    /// Nothing is in doubt and nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == DirtySet::default()
    }
}

/// Collects dirt until it is worth acting on.
#[derive(Debug, Default)]
pub struct Coalescer {
    dirty: DirtySet,
    /// The first and the last change of the set, while it is not empty.
    span: Option<(Instant, Instant)>,
}

impl Coalescer {
    /// Takes note of `dirt` at `now`.
    pub fn feed(&mut self, dirt: Dirt, now: Instant) {
        let first = self.span.map_or(now, |(first, _)| first);
        self.span = Some((first, now));
        self.dirty.add(dirt);
    }

    /// The set, once it has been quiet for [`QUIET`] or somebody has waited for [`PATIENCE`]. While
    /// git is busy only its own patience counts. A cookie ends the wait at once: everything that
    /// came before it is in the set, and somebody is waiting for exactly that.
    pub fn ready(&mut self, now: Instant, git: GitIndex) -> Option<DirtySet> {
        if self.due(git)? > now {
            return None;
        }
        self.span = None;
        Some(std::mem::take(&mut self.dirty))
    }

    /// When [`Coalescer::ready`] will answer if nothing else happens; `None` while nothing is dirty.
    #[must_use]
    pub fn due(&self, git: GitIndex) -> Option<Instant> {
        let (first, last) = self.span?;
        Some(match git {
            _ if !self.dirty.cookies.is_empty() => first,
            GitIndex::Locked => first + PATIENCE_WITH_GIT,
            GitIndex::Free => (last + QUIET).min(first + PATIENCE),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Each line: a time in ms and a change (`+path`, `+folder/`, `*`, `cookie`) or a look (`?`, `?git`).
    fn check(script: &str, expect: Expect) {
        let start = Instant::now();
        let mut coalescer = Coalescer::default();
        let mut answer = String::new();
        for line in script.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let (ms, what) = line.split_once(' ').unwrap();
            let now = start + Duration::from_millis(ms.parse().unwrap());
            let path = |it: &str| ProjectPath::parse(it.trim_end_matches('/')).unwrap();
            let dirt = match what.strip_prefix('+') {
                Some(folder) if folder.ends_with('/') => Some(Dirt::Subtree(path(folder))),
                Some(file) => Some(Dirt::Path(path(file))),
                None if what == "*" => Some(Dirt::Everything),
                None if what == "cookie" => Some(Dirt::Cookie("c".to_owned())),
                None => None,
            };
            let git = if what == "?git" { GitIndex::Locked } else { GitIndex::Free };
            match dirt {
                Some(dirt) => coalescer.feed(dirt, now),
                None => answer += &format!("{ms} {}\n", show(coalescer.ready(now, git))),
            }
        }
        expect.assert_eq(&answer);
    }

    fn show(ready: Option<DirtySet>) -> String {
        let Some(it) = ready else { return "-".to_owned() };
        let names = it.paths.iter().map(ToString::to_string);
        let folders = it.subtrees.iter().map(|it| format!("{it}/"));
        let all = (it.extent == Extent::Everything).then(|| "*".to_owned()).into_iter();
        all.chain(names).chain(folders).chain(it.cookies).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_save_is_ready_when_it_has_been_quiet() {
        check(
            "0 +a\n 24 ?\n 25 ?\n 60 ?",
            expect![[r#"
                  24 -
                  25 a
                  60 -
            "#]],
        );
    }

    #[test]
    fn a_second_save_within_the_quiet_joins_the_first() {
        check(
            "0 +a\n 20 +b\n 30 ?\n 44 ?\n 45 ?",
            expect![[r#"
                  30 -
                  44 -
                  45 a b
            "#]],
        );
    }

    #[test]
    fn a_formatter_that_saves_again_after_50_ms_is_a_batch_of_its_own() {
        check(
            "0 +a\n 25 ?\n 50 +a\n 60 ?\n 75 ?",
            expect![[r#"
                25 a
                60 -
                75 a
            "#]],
        );
    }

    #[test]
    fn endless_writing_is_looked_at_every_half_second() {
        let mut coalescer = Coalescer::default();
        let start = Instant::now();
        let fired = (0..60u64).map(|n| n * 20).filter(|ms| {
            let now = start + Duration::from_millis(*ms);
            coalescer.feed(Dirt::Everything, now);
            coalescer.ready(now, GitIndex::Free).is_some()
        });
        assert_eq!(fired.collect::<Vec<_>>(), [500, 1020]);
        check(
            "0 +a\n 200 +a\n 400 +a\n 490 +a\n 499 ?\n 500 ?",
            expect![[r#"
                 499 -
                 500 a
            "#]],
        );
    }

    #[test]
    fn a_branch_switch_is_one_batch_of_at_most_a_second() {
        check(
            "0 +a\n 100 ?git\n 300 +b\n 600 ?git\n 999 ?git\n 1000 ?git",
            expect![[r#"
                100 -
                600 -
                999 -
                1000 a b
            "#]],
        );
        check(
            "0 +a\n 100 ?git\n 130 +b\n 140 ?\n 155 ?",
            expect![[r#"
                 100 -
                 140 -
                 155 a b
            "#]],
        );
    }

    #[test]
    fn lost_events_and_barriers() {
        check(
            "0 +a\n 1 +d/\n 2 *\n 3 +b\n 28 ?",
            expect![[r#"
                  28 *
            "#]],
        );
        check(
            "0 +a\n 1 cookie\n 1 ?git\n 9 ?",
            expect![[r#"
                   1 a c
                   9 -
            "#]],
        );
    }

    #[test]
    fn too_many_paths_become_everything() {
        let mut dirty = DirtySet::default();
        for n in 0..=PATHS_MAX {
            dirty.add(Dirt::Path(ProjectPath::parse(&format!("apps/a/{n}.js")).unwrap()));
        }
        assert_eq!(dirty, DirtySet::everything());
    }
}
