//! `bowline lsp`: the language server, for one editor.

use std::net::Ipv4Addr;
use std::process::ExitCode;

use bowline_lsp::Ended;
use clap::Args;
use tracing_subscriber::EnvFilter;

use crate::report::{Blame, Report};

/// How the editor is met.
#[derive(Args)]
pub(crate) struct LspArgs {
    /// Over standard input and output. It is so without saying, too; some editors say it.
    #[arg(long)]
    stdio: bool,
    /// Over a port of this machine on which the editor waits for us.
    #[arg(long, value_name = "PORT", conflicts_with = "stdio")]
    socket: Option<u16>,
}

/// Answers until the editor says `exit` or goes away.
pub(crate) async fn run(args: LspArgs) -> Result<ExitCode, Report> {
    log();
    let ended = match args.socket {
        Some(port) => {
            let stream = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
            let stream = stream.map_err(|error| {
                let what = format!("no editor waits on port {port}: {error}");
                Report::new(Blame::User, "no_editor", what).help("start it from your editor")
            })?;
            let (input, output) = stream.into_split();
            bowline_lsp::serve(input, output).await
        }
        None => bowline_lsp::serve(tokio::io::stdin(), tokio::io::stdout()).await,
    };
    Ok(match ended {
        Ended::AsAgreed => ExitCode::SUCCESS,
        // What the protocol asks for.
        Ended::Abruptly => ExitCode::FAILURE,
    })
}

/// To standard error, which editors keep as the server's log: there may be no project, or several.
fn log() {
    let filter = EnvFilter::try_from_env("BOWLINE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr);
    // Only fails if there is a log already.
    log.try_init().ok();
}
