//! What people feel, measured with the real binary: medians and ratios side by side in one run.
//!
//! `cargo xtask bench sync` measures a save on its way to the world and back, next to what the
//! protocol itself costs; `bench reload` an edit on its way to being run; `bench scripts` what scripts
//! in a world cost beside their floors and Node; `bench hostile` runs the sample harbor beside scripts
//! that want to hurt it; `bench leaks` saves a hundred apps a hundred times and looks at what is still
//! held; `bench sim` the simulator at full length; `bench world` the store of entities
//! beside bevy_ecs, bitECS and flat arrays. Figures are for comparing with each other on one machine,
//! never with a number from another one.

#![expect(clippy::print_stdout, reason = "a tool for the terminal: its output is its result")]

mod dev;
mod figures;
mod hostile;
mod leaks;
mod reload;
mod scripts;
mod sim;
mod sync;
mod world;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask bench <hostile|leaks|reload|scripts|sim|sync|world>";

fn main() -> ExitCode {
    if bowline_runtime::script_worker::is_asked() {
        return bowline_runtime::script_worker::serve();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["hostile", _] => return hostile::run(),
        ["leaks", _] => return leaks::run(),
        ["reload", binary] if reload::run(binary.as_ref()) => (),
        ["reload", _] => return ExitCode::FAILURE,
        ["scripts", _] => return scripts::run(),
        ["sim", _] => return sim::run(),
        ["sync", binary] => sync::run(binary.as_ref()),
        ["world", _] => return world::run(),
        _ => {
            println!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
