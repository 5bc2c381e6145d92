//! What people feel, measured with the real binary: medians and ratios side by side in one run.
//!
//! `cargo xtask bench sync` measures a save on its way to the world and back, next to what the
//! protocol itself costs; `cargo xtask bench reload`, an edit on its way to being run. `cargo xtask
//! bench sim` runs the simulator at full length. `cargo xtask bench world` measures the store of
//! entities beside bevy_ecs, bitECS and flat arrays. Figures are for comparing with each other on one
//! machine, never with a number from another one.

#![expect(clippy::print_stdout, reason = "a tool for the terminal: its output is its result")]

mod dev;
mod figures;
mod reload;
mod sim;
mod sync;
mod world;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask bench <sync|reload|sim|world>";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sync", binary] => sync::run(binary.as_ref()),
        ["reload", binary] if reload::run(binary.as_ref()) => (),
        ["reload", _] => return ExitCode::FAILURE,
        ["sim", _] => return sim::run(),
        ["world", _] => return world::run(),
        _ => {
            println!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
