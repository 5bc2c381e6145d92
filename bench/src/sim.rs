//! The simulator at full length, and the ablations that show that it bites.

use std::process::ExitCode;
use std::time::Instant;

use bowline_sync::sim::{Ablation, Protocol, run as simulate};

/// Runs with all rules on, the same against worlds that are not ours, and with one rule off.
const SEEDS: u64 = 50_000;
const FOREIGN_SEEDS: u64 = 10_000;
const BROKEN_SEEDS: u64 = 2_000;

const BROKEN: [Ablation; 6] = [
    Ablation::CheckThenRename,
    Ablation::NoVersionCheck,
    Ablation::NoRecovery,
    Ablation::DeleteBlind,
    Ablation::DeleteStraightToTrash,
    Ablation::ApplyBlind,
];

/// Fails if a run with all rules on failed, or if a broken rule was not noticed.
pub(crate) fn run() -> ExitCode {
    let failed = whole(Protocol::Preconditions, SEEDS) + whole(Protocol::Versions, FOREIGN_SEEDS);
    let mut unnoticed = 0;
    for ablation in BROKEN {
        let report = simulate(0..BROKEN_SEEDS, Protocol::Preconditions, ablation);
        println!("{ablation:?}: {} of {} runs failed", report.failed, report.seeds);
        unnoticed += u32::from(report.failed == 0);
    }
    ExitCode::from(u8::from(failed > 0 || unnoticed > 0))
}

/// All rules on; how many runs failed. Against worlds of ours nothing may be lost at all.
fn whole(protocol: Protocol, seeds: u64) -> u64 {
    let started = Instant::now();
    let it = simulate(0..seeds, protocol, Ablation::None);
    let took = started.elapsed().as_secs_f64();
    println!("{protocol:?}, all rules on: {} of {} runs failed ({took:.0} s)", it.failed, it.seeds);
    println!("  {:?}", it.counts);
    println!("  cycles until both sides held the same: {:?}", it.cycles);
    for (seed, found) in &it.failures {
        println!("  seed {seed}: {}", found.join("; "));
    }
    let lost = if protocol == Protocol::Preconditions { it.counts.unprotected } else { 0 };
    it.failed + lost
}
