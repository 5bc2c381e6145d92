//! The `bowline` command: arguments in, exit code out.

mod carry;
mod cli;
mod control;
mod deploy;
mod feed;
mod local_world;
mod mirror;
mod project;
mod pull;
mod remote;
mod report;
mod request;
mod settings;
mod state;
mod tell;

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    // Only fails if one was installed before, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let cli = cli::Cli::parse();
    let format = cli.format();
    match cli::run(cli).await {
        Ok(code) => code,
        Err(report) => {
            cli::print::report(&report, format);
            report.exit()
        }
    }
}
