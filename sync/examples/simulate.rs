//! Runs many seeds of the simulator: `cargo run --release -p bowline-sync --features sim --example
//! simulate -- 50000 2000`. The second number is for the ablations. Prints one report per ablation; only the first must be clean.
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use bowline_sync::sim::{Ablation, run};

fn main() {
    let argument = |at: usize| std::env::args().nth(at).and_then(|it| it.parse().ok());
    let seeds: u64 = argument(1).unwrap_or(1_000);
    let broken = argument(2).unwrap_or(seeds);
    for ablation in [
        Ablation::None,
        Ablation::CheckThenRename,
        Ablation::NoVersionCheck,
        Ablation::NoRecovery,
        Ablation::DeleteBlind,
        Ablation::DeleteStraightToTrash,
    ] {
        let seeds = if ablation == Ablation::None { seeds } else { broken };
        let report = run(0..seeds, ablation);
        println!(
            "{ablation:?}: {} of {} runs failed, cycles {:?}",
            report.failed, report.seeds, report.cycles
        );
        println!("  {:?}", report.counts);
        for (seed, found) in report.failures.iter().take(3) {
            println!("  seed {seed}: {}", found.join("; "));
        }
    }
}
