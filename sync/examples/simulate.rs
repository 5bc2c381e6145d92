//! Prints every step of one run of the simulator: `cargo run -p bowline-sync --features sim --example
//! simulate -- 7`, with `versions` behind it for a world without preconditions. Many runs:
//! `cargo xtask bench sim`.
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use bowline_sync::sim::{Ablation, Protocol, Trace, run_one};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seed = arguments.first().and_then(|it| it.parse().ok()).unwrap_or(0);
    let foreign = arguments.get(1).is_some_and(|it| it == "versions");
    let protocol = if foreign { Protocol::Versions } else { Protocol::Preconditions };
    let outcome = run_one(seed, (protocol, Ablation::None), Trace::On);
    println!("{}\n{:#?}", outcome.trace.join("\n"), outcome.found);
}
