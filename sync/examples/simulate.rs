//! Runs many seeds of the simulator: `cargo run --release -p bowline-sync --features sim --example
//! simulate -- 50000 2000`. Prints one report per ablation; only the first must be clean. The second
//! number is for the ablations. `-- seed 7` prints every step of one run instead.
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use bowline_sync::sim::{Ablation, Trace, run, run_one};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|it| it.parse().ok());
    if arguments.first().is_some_and(|it| it == "seed") {
        let outcome = run_one(number(1).unwrap_or(0), Ablation::None, Trace::On);
        println!("{}\n{:#?}", outcome.trace.join("\n"), outcome.found);
        return;
    }
    let seeds: u64 = number(0).unwrap_or(1_000);
    for ablation in [
        Ablation::None,
        Ablation::CheckThenRename,
        Ablation::NoVersionCheck,
        Ablation::NoRecovery,
        Ablation::DeleteBlind,
        Ablation::DeleteStraightToTrash,
    ] {
        let seeds = if ablation == Ablation::None { seeds } else { number(1).unwrap_or(seeds) };
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
