//! Users, faults and crashes at random, the engine and the jobs unchanged in the middle, and
//! checkers that watch. One seed is one run; the same seed is the same run, step for step.
//!
//! The folders and the world are in memory ([`folder`], [`world`]); [`daemon`] is the shell that
//! a real daemon has around this crate; [`users`] edits on both sides; [`check`] knows what must
//! hold. [`Ablation`] breaks one rule of a shell on purpose, to show that the checkers bite.
//!
//! Start at [`run`].

use std::collections::BTreeMap;
use std::ops::Range;

mod check;
mod content;
mod daemon;
mod folder;
mod random;
mod scene;
mod users;
mod world;

use scene::Scene;

/// A rule that the simulated shells break on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ablation {
    /// All rules hold.
    None,
    /// Look at the target, then rename over it, instead of exchanging and looking then.
    CheckThenRename,
    /// Change the world whatever its version is.
    NoVersionCheck,
    /// Leave staged and displaced files alone after a crash.
    NoRecovery,
    /// Take what a deletion captured for what was expected.
    DeleteBlind,
    /// Capture straight into the trash.
    DeleteStraightToTrash,
    /// Change the world's records whatever they are by now.
    ApplyBlind,
}

/// What a world looks at before it carries out a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Whether the target is what the client says it is: worlds of ours.
    Preconditions,
    /// The version of a blueprint that is modified, and nothing else: all others. What somebody puts
    /// there just before an entity is changed, or a blueprint added or removed, is displaced
    /// unseen, and lost if the connection breaks before the world has told.
    Versions,
}

/// What happened in a range of seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Runs.
    pub seeds: u64,
    /// Runs in which a checker found something.
    pub failed: u64,
    /// Up to ten of these: the seed and what was found.
    pub failures: Vec<(u64, Vec<String>)>,
    /// How often things happened.
    pub counts: Counts,
    /// Cycles until both sides held the same → runs.
    pub cycles: BTreeMap<u32, u64>,
}

/// How often things happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Edits by users of the folders.
    pub disk_edits: u64,
    /// Edits by others in the world.
    pub world_edits: u64,
    /// Micro-operations of jobs.
    pub calls: u64,
    /// Actions that ended.
    pub actions: u64,
    /// Steps refused by their target or stale at their source.
    pub refused: u64,
    /// Exchanges taken back because somebody saved in between.
    pub taken_back: u64,
    /// Conflicts reported.
    pub conflicts: u64,
    /// Daemons killed, between any two micro-operations.
    pub crashes: u64,
    /// Of these, restarts with an older base.
    pub old_bases: u64,
    /// Of these, restarts without any base.
    pub lost_bases: u64,
    /// Connections lost, also with an answer under way.
    pub disconnects: u64,
    /// Worlds killed, and back as they were last saved.
    pub world_crashes: u64,
    /// Sets of records that the world would not take.
    pub verdicts: u64,
    /// Changes of records that were not made because one of them was another by then.
    pub mismatches: u64,
    /// Looks that came too late to count.
    pub late_looks: u64,
    /// Contents lost to the hole of [`Protocol::Versions`]: the daemon died or lost the connection
    /// before it could file what it displaced.
    pub unprotected: u64,
}

impl Report {
    fn add(&mut self, seed: u64, run: Outcome) {
        self.seeds += 1;
        self.counts = self.counts + run.counts;
        *self.cycles.entry(run.cycles).or_default() += 1;
        if !run.found.is_empty() {
            self.failed += 1;
            if self.failures.len() < 10 {
                self.failures.push((seed, run.found));
            }
        }
    }
}

impl std::ops::Add for Counts {
    type Output = Counts;

    fn add(self, it: Counts) -> Counts {
        Counts {
            disk_edits: self.disk_edits + it.disk_edits,
            world_edits: self.world_edits + it.world_edits,
            calls: self.calls + it.calls,
            actions: self.actions + it.actions,
            refused: self.refused + it.refused,
            taken_back: self.taken_back + it.taken_back,
            conflicts: self.conflicts + it.conflicts,
            crashes: self.crashes + it.crashes,
            old_bases: self.old_bases + it.old_bases,
            lost_bases: self.lost_bases + it.lost_bases,
            disconnects: self.disconnects + it.disconnects,
            world_crashes: self.world_crashes + it.world_crashes,
            verdicts: self.verdicts + it.verdicts,
            mismatches: self.mismatches + it.mismatches,
            late_looks: self.late_looks + it.late_looks,
            unprotected: self.unprotected + it.unprotected,
        }
    }
}

/// What one run showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the checkers found.
    pub found: Vec<String>,
    /// How often things happened.
    pub counts: Counts,
    /// Cycles until both sides held the same.
    pub cycles: u32,
    /// Every step, if it was asked for.
    pub trace: Vec<String>,
}

/// Whether a run writes down its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// It does not.
    Off,
    /// It does.
    On,
}

/// Runs all seeds of a range.
#[must_use]
pub fn run(seeds: Range<u64>, protocol: Protocol, ablation: Ablation) -> Report {
    let mut report = Report::default();
    for seed in seeds {
        report.add(seed, run_one(seed, (protocol, ablation), Trace::Off));
    }
    report
}

/// Runs one seed.
#[must_use]
pub fn run_one(seed: u64, rules: (Protocol, Ablation), trace: Trace) -> Outcome {
    Scene::new(seed, rules, trace).play()
}

#[cfg(test)]
mod tests;
