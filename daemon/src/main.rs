//! The `bowline` command: arguments in, exit code out.

mod ask;
mod carry;
mod cli;
mod control;
mod deploy;
mod feed;
mod http;
mod input;
mod local_world;
mod log;
mod mirror;
mod print;
mod project;
mod pull;
mod records;
mod remote;
mod replay;
mod report;
mod request;
mod schemas;
mod settings;
mod state;
mod tell;
mod verdict;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser as _;
use report::{Blame, Report};

fn main() -> ExitCode {
    // Before anything else: a script's process is given up to its jail as it is.
    if bowline_runtime::script_worker::is_asked() {
        return bowline_runtime::script_worker::serve();
    }
    // Only fails if one was installed before, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let cli = cli::Cli::parse();
    let format = cli.format();
    // What ran is thrown away after a panic; nothing half-changed is looked at again.
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run(cli)));
    match ended.unwrap_or_else(|_| Err(bug())) {
        Ok(code) => code,
        Err(report) => {
            print::report(&report, format);
            report.exit()
        }
    }
}

fn run(cli: cli::Cli) -> Result<ExitCode, Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Report::new(Blame::Us, "no_threads", error))?;
    let ended = runtime.block_on(cli::run(cli));
    // What still runs (a name being looked up, a read of a slow disk) is not waited for: every step
    // is safe to be cut off after.
    runtime.shutdown_background();
    ended
}

fn bug() -> Report {
    Report::new(Blame::Us, "bug", "bowline has a bug and had to stop; your files are as they were")
        .help("run it again; please report the lines above and .bowline/bowline.log")
}
