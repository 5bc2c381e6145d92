//! The command line: what was typed, as values. One file per command under `cli/`.

pub(crate) mod dev;
mod init;
pub(crate) mod local;
pub(crate) mod print;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::report::Report;
use crate::request::{Request, Side};

/// Ties a folder of scripts to a running world.
#[derive(Parser)]
#[command(name = "bowline", version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Print JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Make a project that runs.
    Init {
        /// The folder to make it in; must be empty or new.
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// Mirror a project to its world, both ways, and run that world unless it runs elsewhere.
    Dev(Project),
    /// A world on its own port.
    World {
        #[command(subcommand)]
        verb: WorldVerb,
    },
    /// One screen of truth. Exit 1 if anything needs a person.
    Status(Project),
    /// What would move, and nothing moves. Exit 2 if anything would.
    Plan(Project),
    /// Send what the folder has and the world lacks.
    Push {
        #[command(flatten)]
        project: Project,
        /// Go ahead with deletions that were held for a confirmation.
        #[arg(long)]
        confirm: bool,
    },
    /// Fetch what the world has and the folder lacks.
    Pull {
        #[command(flatten)]
        project: Project,
        /// Go ahead with deletions that were held for a confirmation.
        #[arg(long)]
        confirm: bool,
    },
    /// Wait until everything saved before now has arrived.
    Flush {
        #[command(flatten)]
        project: Project,
        /// Seconds to wait.
        #[arg(long, default_value_t = 30.0)]
        timeout: f64,
    },
    /// The losing sides of conflicts: nothing is ever gone.
    Conflicts {
        #[command(subcommand)]
        verb: ConflictsVerb,
    },
    /// What was deleted or replaced on disk by us.
    Trash {
        #[command(subcommand)]
        verb: TrashVerb,
    },
    /// What the scripts of an app printed.
    Logs {
        /// The app; all of them when left out.
        app: Option<String>,
        #[command(flatten)]
        project: Project,
        /// Only lines after this number.
        #[arg(long, default_value_t = 0)]
        since: u64,
    },
    /// Look at an app as the world has it.
    App {
        #[command(subcommand)]
        verb: AppVerb,
    },
    /// What this disk, watcher and world can do.
    Doctor(Project),
}

#[derive(Subcommand)]
enum WorldVerb {
    /// Serve a world until told to stop.
    Serve(ServeArgs),
}

/// How a world is served.
#[derive(Args)]
pub(crate) struct ServeArgs {
    /// Where the world keeps its data.
    #[arg(long, default_value = ".bowline/world")]
    pub(crate) data: PathBuf,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// The address; other machines can reach anything but a loopback address.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) bind: std::net::IpAddr,
    /// The admin code; one is made and kept in the data folder when left out.
    #[arg(long, env = "ADMIN_CODE", hide_env_values = true)]
    pub(crate) admin_code: Option<String>,
}

#[derive(Subcommand)]
enum ConflictsVerb {
    /// Every kept loser.
    List(Project),
    /// Both sides of one, as a diff.
    Show {
        /// Its number in the list.
        id: String,
        #[command(flatten)]
        project: Project,
    },
    /// Settle one: keep the winner, or bring the loser back.
    Take {
        /// Its number in the list.
        id: String,
        /// `winner` files the loser in the trash; `loser` puts it back into the project.
        side: Side,
        #[command(flatten)]
        project: Project,
    },
}

#[derive(Subcommand)]
enum TrashVerb {
    /// Everything in it.
    List(Project),
    /// Put one back.
    Restore {
        /// Its name in the list.
        id: String,
        #[command(flatten)]
        project: Project,
    },
}

#[derive(Subcommand)]
enum AppVerb {
    /// Its blueprint and its instances.
    Show {
        /// The app, or one of its blueprints.
        app: String,
        #[command(flatten)]
        project: Project,
    },
}

/// Which project, and which of its worlds.
#[derive(Args, Clone)]
pub(crate) struct Project {
    /// The project's folder.
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// A world named in bowline.toml or .lobby/targets.json.
    #[arg(long)]
    pub(crate) target: Option<String>,
}

impl Cli {
    /// Who reads what is printed.
    pub(crate) fn format(&self) -> print::Format {
        if self.json { print::Format::Json } else { print::Format::Text }
    }
}

/// Runs what was typed.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Report> {
    let format = cli.format();
    let ask = |project: Project, request: Request| async move { local::ask(project, request, format).await };
    match cli.verb {
        Verb::Init { dir } => init::run(&dir, format),
        Verb::Dev(project) => dev::run(project, format).await,
        Verb::World { verb: WorldVerb::Serve(args) } => serve::run(args, format).await,
        Verb::Status(project) => ask(project, Request::Status).await,
        Verb::Plan(project) => ask(project, Request::Plan).await,
        Verb::Push { project, confirm } => ask(project, Request::Push { confirm }).await,
        Verb::Pull { project, confirm } => ask(project, Request::Pull { confirm }).await,
        Verb::Flush { project, timeout } => {
            ask(project, Request::Flush { timeout_ms: (timeout * 1000.0) as u64 }).await
        }
        Verb::Conflicts { verb: ConflictsVerb::List(project) } => ask(project, Request::ConflictsList).await,
        Verb::Conflicts { verb: ConflictsVerb::Show { id, project } } => {
            ask(project, Request::ConflictsShow { id }).await
        }
        Verb::Conflicts { verb: ConflictsVerb::Take { id, side, project } } => {
            ask(project, Request::ConflictsTake { id, side }).await
        }
        Verb::Trash { verb: TrashVerb::List(project) } => ask(project, Request::TrashList).await,
        Verb::Trash { verb: TrashVerb::Restore { id, project } } => {
            ask(project, Request::TrashRestore { id }).await
        }
        Verb::Logs { app, project, since } => ask(project, Request::Logs { app, since }).await,
        Verb::App { verb: AppVerb::Show { app, project } } => ask(project, Request::AppShow { app }).await,
        Verb::Doctor(project) => ask(project, Request::Doctor).await,
    }
}

/// Comes when somebody wants us to end.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut hangup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => (),
                _ = term.recv() => (),
                _ = hangup.recv() => (),
            }
            return;
        }
    }
    // Without signals there is nothing to wait for; the process is ended from outside.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
