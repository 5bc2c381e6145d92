//! The command line: what was typed, as values. One file per command under `cli/`.

mod check;
pub(crate) mod dev;
mod edits;
mod gc;
mod init;
pub(crate) mod local;
mod logs;
mod lsp;
mod questions;
mod replay;
mod reset;
mod run;
mod schema;
mod serve;
mod test;
mod top;

use std::path::PathBuf;
use std::process::ExitCode;

use bowline_runtime::Isolation;
use clap::{Args, Parser, Subcommand};
use questions::{PrefabVerb, StoreVerb, StringsVerb};

use crate::ask::{Question, Request, Side};
use crate::report::Report;

/// Ties a folder of scripts to a running world: save a file and the world runs it, change the world
/// and the file follows. Nothing you wrote is ever lost.
#[derive(Parser)]
#[command(name = "bowline", version, propagate_version = true, disable_help_subcommand = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    json: bool,
}

const AFTER_HELP: &str = "\
Begin:       bowline init my-world && bowline dev my-world
Which world: its own on this machine, unless --target, WORLD_URL or .env name another
Exit codes:  0 done, 1 refused or problems found, 2 bad usage, 3 world or network away, 70 our bug
Log:         .bowline/bowline.log; BOWLINE_LOG=debug says more";

#[derive(Subcommand)]
enum Verb {
    /// Make a new project.
    ///
    /// The folder is made if it is not there. A folder that already holds a project is left exactly as
    /// it is.
    Init {
        /// Where to make it.
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// What it is made of.
        #[arg(long, value_enum, default_value_t)]
        template: init::Template,
        /// Write its first app the older way, as the body of a function.
        #[arg(long, conflicts_with = "template")]
        legacy: bool,
    },
    /// Mirror a project to its world, both ways, until Ctrl-C.
    ///
    /// Starts the project's own world on this machine, unless --target, WORLD_URL or .env name a world
    /// that runs elsewhere. With --json, each event is one line; the first says `ready`.
    Dev(DevArgs),
    /// Show where everything stands.
    ///
    /// Exit code 1 if anything needs a person: a problem, a conflict, a crashed script, a world that
    /// is away.
    Status(Project),
    /// Show what would move, and move nothing.
    ///
    /// Exit code 2 if anything would move, 0 if nothing would, 1 if problems keep something from moving.
    Plan(Project),
    /// Send what the folder has and the world lacks.
    ///
    /// What changed on both sides is settled as `bowline dev` does it: the last writer wins, the other
    /// side is kept in `.conflicts`.
    Push {
        #[command(flatten)]
        project: Project,
        /// Also delete in the world what was deleted in the folder and held back for this question.
        #[arg(long)]
        confirm: bool,
    },
    /// Fetch what the world has and the folder lacks.
    ///
    /// What changed on both sides is settled as `bowline dev` does it: the last writer wins, the other
    /// side is kept in `.conflicts`.
    Pull {
        #[command(flatten)]
        project: Project,
        /// Also delete in the folder what was deleted in the world and held back for this question.
        #[arg(long)]
        confirm: bool,
    },
    /// Wait until everything saved before now has arrived, both ways.
    ///
    /// Exit code 1 with the reasons if something cannot arrive, or has not within the timeout.
    Flush {
        #[command(flatten)]
        project: Project,
        /// How long to wait, in seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
        timeout: f64,
    },
    /// List, compare and settle conflicts.
    ///
    /// When both sides changed the same thing, the last writer won and the other side was kept, byte
    /// for byte, in `.conflicts`.
    Conflicts {
        #[command(subcommand)]
        verb: ConflictsVerb,
    },
    /// List and restore files that were deleted or replaced here.
    Trash {
        #[command(subcommand)]
        verb: TrashVerb,
    },
    /// Show what scripts printed.
    Logs {
        /// Only this app; all of them when left out, or when this is the project's folder.
        app: Option<String>,
        #[command(flatten)]
        project: Project,
        /// Only lines after this number; --json shows each line's number as `seq`.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        since: u64,
        /// Go on with every line as it comes, also when the world is started again, until Ctrl-C.
        #[arg(long, short)]
        follow: bool,
        /// Only this app; the same as naming it first.
        #[arg(long = "app", value_name = "APP")]
        only: Option<String>,
    },
    /// Show what the scripts of each app cost, every second, until Ctrl-C.
    ///
    /// With --json, one line with everything, and an end.
    Top {
        /// Once, and an end; so too when nobody looks at a terminal.
        #[arg(long)]
        once: bool,
        #[command(flatten)]
        project: Project,
    },
    /// Show what was carried, line by line: which way, whose change, what each file held before.
    Journal {
        #[command(flatten)]
        project: Project,
        /// Only lines after this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        since: i64,
    },
    /// Look at an app as the world has it.
    App {
        #[command(subcommand)]
        verb: AppVerb,
    },
    /// Check what this disk, this system and the world can do, and say what to mend.
    Doctor(Project),
    /// Look at the definitions of a world, check and apply changes, write them for other languages.
    Schema {
        #[command(subcommand)]
        verb: schema::SchemaVerb,
    },
    /// Look at prefabs, and make entities of them.
    Prefab {
        #[command(subcommand)]
        verb: PrefabVerb,
    },
    /// Look up texts for people.
    Strings {
        #[command(subcommand)]
        verb: StringsVerb,
    },
    /// Find entities of the running world.
    ///
    /// EXPR names components an entity must have, or with `!` must not have; in brackets, what their
    /// fields must be: `position, velocity, !dead`, `door(angle > 10, hinge.axis.y = 1)`.
    Query {
        /// What they must have.
        expr: String,
        /// `meta` looks at the definitions instead of the game.
        #[arg(long, value_name = "LANE")]
        lane: Option<String>,
        /// Also show the prefab each was made of.
        #[arg(long)]
        lineage: bool,
        #[command(flatten)]
        project: Project,
    },
    /// Look at what the world's store keeps, and put records into it.
    Store {
        #[command(subcommand)]
        verb: StoreVerb,
    },
    /// Show what scripts can call on this host.
    HostContract(Project),
    /// Run a project's world without a port, as fast as it can: what its scripts say, and what goes wrong.
    ///
    /// Nothing is written and nobody is called. The same folder and seed end with the same hash
    /// everywhere. Exit 1 if a file is wrong, or a script or a system was stopped by an error.
    Run(run::RunArgs),
    /// Say what is wrong with a project, as an editor would: syntax, imports, blueprints, definitions, and
    /// components and fields that scripts name. Exit 1 if anything is.
    Check(check::CheckArgs),
    /// Run the tests of a project: its files `*.test.js`, `*.test.ts` and `*.test.luau`.
    ///
    /// Each test has a world of its own, made from the folder. Exit 1 if one fails, or if there are none.
    Test(test::TestArgs),
    /// Run a project's world without a port, as fast as it can, and print its hash after each tick.
    ///
    /// The same folder and seed give the same hashes everywhere. Exit 1 if a file is wrong, or a
    /// script or a system was stopped by an error.
    Replay(replay::ReplayArgs),
    /// Answer an editor: what may be written here, what is wrong, in scripts and definitions. The editor
    /// starts it.
    Lsp(lsp::LspArgs),
    /// Run a world on a port of its own; keep one as it is, and go back to that.
    World {
        #[command(subcommand)]
        verb: WorldVerb,
    },
}

#[derive(Subcommand)]
enum WorldVerb {
    /// Serve a world until Ctrl-C.
    Serve(ServeArgs),
    /// Show what a world is.
    Info(Project),
    /// Keep the running world as it is now, by a name.
    Checkpoint {
        /// The name.
        name: String,
        #[command(flatten)]
        project: Project,
    },
    /// List what was kept.
    Checkpoints(Project),
    /// Make the running world what it was when it was kept.
    Restore {
        /// The name.
        name: String,
        #[command(flatten)]
        project: Project,
    },
    /// Remove uploads that nothing refers to any more. A world never does this by itself.
    Gc(GcArgs),
}

/// Which world is cleaned, and whether it only looks.
#[derive(Args)]
pub(crate) struct GcArgs {
    /// The folder with the world's data.
    #[arg(long, value_name = "DIR", default_value = ".bowline/world")]
    pub(crate) data: PathBuf,
    /// Only list what would be removed.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How a world is served.
#[derive(Args)]
pub(crate) struct ServeArgs {
    /// The folder with the world's data; it is made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".bowline/world")]
    pub(crate) data: PathBuf,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// The address to listen on; anything but a loopback address can be reached by other machines.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) bind: std::net::IpAddr,
    /// The code clients must show; without one, a code is made and kept in the data folder.
    #[arg(long, value_name = "CODE", env = "ADMIN_CODE", hide_env_values = true)]
    pub(crate) admin_code: Option<String>,
    /// Start with the core definitions alone and without scripts, to mend what keeps the world from
    /// starting.
    #[arg(long)]
    pub(crate) safe_mode: bool,
    #[command(flatten)]
    pub(crate) isolation: Isolated,
}

/// What is mirrored, and how its own world runs.
#[derive(Args)]
pub(crate) struct DevArgs {
    #[command(flatten)]
    pub(crate) project: Project,
    #[command(flatten)]
    pub(crate) isolation: Isolated,
}

/// Where scripts run.
#[derive(Args, Clone, Copy)]
pub(crate) struct Isolated {
    /// Where scripts run, `thread` or `process`, whatever `isolation` of [script] in bowline.toml says.
    #[arg(long, value_name = "WHERE", value_parser = isolation)]
    pub(crate) isolation: Option<Isolation>,
}

fn isolation(name: &str) -> Result<Isolation, String> {
    Isolation::named(name).ok_or_else(|| "there are `thread` and `process`".to_owned())
}

#[derive(Subcommand)]
enum ConflictsVerb {
    /// List every kept side, with its number.
    List(Project),
    /// Show both sides of one, as a diff from the kept side to the file in place.
    Show {
        /// Its number in the list.
        id: String,
        #[command(flatten)]
        project: Project,
    },
    /// Settle one by saying which side shall be the file. The kept copy goes to the trash.
    Take {
        /// Its number in the list.
        id: String,
        /// Whose version shall be in place.
        side: Side,
        #[command(flatten)]
        project: Project,
    },
}

#[derive(Subcommand)]
enum TrashVerb {
    /// List everything in it, with the name to restore it by.
    List(Project),
    /// Put one back where it was. A file that is there meanwhile is not replaced.
    Restore {
        /// Its name in the list.
        id: String,
        #[command(flatten)]
        project: Project,
    },
}

#[derive(Subcommand)]
enum AppVerb {
    /// Show its blueprint, its modules and how each of its instances is.
    Show {
        /// The app, or one of its blueprints.
        app: String,
        #[command(flatten)]
        project: Project,
    },
    /// Show its modules: their sizes and digests, and which imports which.
    Modules {
        /// The app, or one of its blueprints.
        app: String,
        #[command(flatten)]
        project: Project,
    },
    /// Show why it runs what it runs: whose script, which props from where, and what went wrong.
    Explain {
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
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
}

impl Cli {
    /// Who reads what is printed.
    pub(crate) fn format(&self) -> crate::print::Format {
        if self.json { crate::print::Format::Json } else { crate::print::Format::Text }
    }
}

/// Runs what was typed.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Report> {
    let format = cli.format();
    let ask = |project: Project, request: Request| async move { local::ask(project, request, format).await };
    match cli.verb {
        Verb::Init { dir, template, legacy } => {
            let script = if legacy { init::Script::LegacyBody } else { init::Script::Module };
            init::run(&dir, template, script, format)
        }
        Verb::Replay(args) => replay::run(args, format).await,
        Verb::Run(args) => run::run(args, format).await,
        Verb::Test(args) => test::run(args, format).await,
        Verb::Check(args) => check::run(args, format).await,
        Verb::Lsp(args) => lsp::run(args).await,
        Verb::Dev(args) => dev::run(args, format).await,
        Verb::World { verb } => about_world(verb, format).await,
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
        Verb::Logs { app, project, since, follow, only } => {
            let (app, project) = app_or_folder(app, project);
            let wanted = logs::Wanted { app: app.or(only), since };
            if follow {
                logs::follow(project, wanted, format).await
            } else {
                logs::show(project, wanted, format).await
            }
        }
        Verb::Top { once, project } => top::run(project, once, format).await,
        Verb::Journal { project, since } => ask(project, Request::Journal { since }).await,
        Verb::App { verb } => {
            let (project, request) = about_app(verb);
            ask(project, request).await
        }
        Verb::Doctor(project) => ask(project, Request::Doctor).await,
        Verb::Schema { verb } => schema::run(verb, format).await,
        Verb::Prefab { verb } => questions::prefab(verb, format).await,
        Verb::Strings { verb } => questions::strings(verb, format).await,
        Verb::Store { verb } => questions::store(verb, format).await,
        Verb::Query { expr, lane, lineage, project } => {
            ask(project, questions::world(Question::Query { expr, lane, lineage })).await
        }
        Verb::HostContract(project) => ask(project, questions::world(Question::HostContract)).await,
    }
}

async fn about_world(verb: WorldVerb, format: crate::print::Format) -> Result<ExitCode, Report> {
    let (project, question) = match verb {
        WorldVerb::Serve(args) => return serve::run(args, format).await,
        WorldVerb::Gc(args) => return gc::run(&args, format),
        WorldVerb::Info(project) => (project, Question::Info),
        WorldVerb::Checkpoints(project) => (project, Question::Checkpoints),
        WorldVerb::Checkpoint { name, project } => (project, Question::Checkpoint { name }),
        WorldVerb::Restore { name, project } => (project, Question::Restore { name }),
    };
    local::ask(project, questions::world(question), format).await
}

fn about_app(verb: AppVerb) -> (Project, Request) {
    match verb {
        AppVerb::Show { app, project } => (project, Request::AppShow { app }),
        AppVerb::Modules { app, project } => (project, questions::world(Question::AppModules { app })),
        AppVerb::Explain { app, project } => (project, questions::world(Question::AppExplain { app })),
    }
}

/// `bowline logs my-world`: a single word that is a project is the folder, not an app.
fn app_or_folder(app: Option<String>, project: Project) -> (Option<String>, Project) {
    let alone = app.as_ref().filter(|_| project.dir.as_os_str() == ".").map(PathBuf::from);
    match alone.filter(|it| crate::settings::check_project(it).is_ok()) {
        Some(dir) => (None, Project { dir, ..project }),
        None => (app, project),
    }
}

/// Comes when somebody wants us to end, with the name of the signal.
async fn stop_signal() -> &'static str {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut hangup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        {
            return tokio::select! {
                _ = tokio::signal::ctrl_c() => "SIGINT",
                _ = term.recv() => "SIGTERM",
                _ = hangup.recv() => "SIGHUP",
            };
        }
    }
    // Without signals there is nothing to wait for; the process is ended from outside.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    "SIGINT"
}
