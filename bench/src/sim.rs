//! The simulator at full length, and the ablations that show that it bites.

use std::process::ExitCode;
use std::time::Instant;

use bowline_sync::sim::{Ablation, run as simulate};

/// Runs with all rules on, and with one rule off.
const SEEDS: u64 = 50_000;
const BROKEN_SEEDS: u64 = 2_000;

const BROKEN: [Ablation; 5] = [
    Ablation::CheckThenRename,
    Ablation::NoVersionCheck,
    Ablation::NoRecovery,
    Ablation::DeleteBlind,
    Ablation::DeleteStraightToTrash,
];

/// Fails if a run with all rules on failed, or if a broken rule was not noticed.
pub(crate) fn run() -> ExitCode {
    let started = Instant::now();
    let whole = simulate(0..SEEDS, Ablation::None);
    println!(
        "all rules on: {} of {} runs failed ({:.0} s)",
        whole.failed,
        whole.seeds,
        started.elapsed().as_secs_f64()
    );
    println!("  {:?}", whole.counts);
    println!("  cycles until both sides held the same: {:?}", whole.cycles);
    for (seed, found) in &whole.failures {
        println!("  seed {seed}: {}", found.join("; "));
    }
    let mut unnoticed = 0;
    for ablation in BROKEN {
        let report = simulate(0..BROKEN_SEEDS, ablation);
        println!("{ablation:?}: {} of {} runs failed", report.failed, report.seeds);
        unnoticed += u32::from(report.failed == 0);
    }
    ExitCode::from(u8::from(whole.failed > 0 || unnoticed > 0))
}
