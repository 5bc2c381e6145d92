//! What people feel, measured with the real binary: medians and ratios side by side in one run.
//!
//! `cargo xtask bench sync` measures a save on its way to the world and back, next to what the
//! protocol itself costs. `cargo xtask bench sim` runs the simulator at full length. `cargo
//! xtask bench world` measures the store of entities beside bevy_ecs, bitECS and flat arrays, `cargo xtask
//! bench scripts` what scripts in a world cost beside their floors and Node; `cargo xtask bench hostile`
//! runs the sample harbor beside scripts that want to hurt it. Figures are for
//! comparing with each other on one machine, never with a number from another one.

#![expect(clippy::print_stdout, reason = "a tool for the terminal: its output is its result")]

mod dev;
mod figures;
mod hostile;
mod scripts;
mod sim;
mod sync;
mod world;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask bench <scripts|sync|sim|world|hostile>";

fn main() -> ExitCode {
    if bowline_runtime::script_worker::is_asked() {
        return bowline_runtime::script_worker::serve();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sync", binary] => sync::run(binary.as_ref()),
        ["sim", _] => return sim::run(),
        ["world", _] => return world::run(),
        ["scripts", _] => return scripts::run(),
        ["hostile", _] => return hostile::run(),
        _ => {
            println!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
