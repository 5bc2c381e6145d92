//! `bowline replay`: a project's world, tick by tick, without a port.

use std::path::PathBuf;
use std::process::ExitCode;

use bowline_store::StoreError;
use clap::Args;
use serde_json::{Value, json};

use crate::ask::Answer;
use crate::print::{self, Format};
use crate::replay::{NoScene, Scene};
use crate::report::{Blame, Report};

/// What is replayed.
#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// The project's folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Where the random numbers of scripts start.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many ticks.
    #[arg(long, default_value_t = 100)]
    ticks: u64,
    /// The data of a world that does not run, in place of the folder's files.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Prints the hash after each tick. Exit 1 if something is wrong, or was stopped by an error.
pub(crate) async fn run(args: ReplayArgs, format: Format) -> Result<ExitCode, Report> {
    let answer = tokio::task::spawn_blocking(move || replay(&args));
    let answer = answer.await.map_err(|error| Report::new(Blame::Us, "replay", error))??;
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

fn replay(args: &ReplayArgs) -> Result<Answer, Report> {
    let scene = match &args.data {
        Some(data) if !data.is_dir() => {
            let what = format!("there is no world in `{}`", data.display());
            return Err(
                Report::new(Blame::Usage, "no_world", what).help("name the folder of one with --data")
            );
        }
        Some(data) => Scene::of_store(data).map_err(|error| no_scene(&error)),
        None => Scene::of_folder(&super::local::root(&args.dir)?).map_err(|error| no_scene(&error)),
    }?;
    let problems: Vec<String> = scene.problems.iter().map(|it| format!("{it}\n")).collect();
    let (hashes, stopped) = scene.run(args.seed, args.ticks);
    let mut text = problems.concat();
    text += &hashes.iter().enumerate().map(|(at, it)| format!("{} {it}\n", at + 1)).collect::<String>();
    for it in &stopped {
        text += &format!("tick {}: {} stopped\n{}\n", it.tick, it.who, it.problem);
    }
    let hashes: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    let row = |it: &crate::replay::Stopped| {
        json!({"tick": it.tick, "who": it.who, "code": it.problem.code, "path": it.problem.path,
            "line": it.problem.line, "message": it.problem.message})
    };
    let rows: Vec<Value> = stopped.iter().map(row).collect();
    let json = json!({"seed": args.seed, "ticks": args.ticks, "hashes": hashes, "stopped": rows, "problems": problems});
    Ok(Answer { exit: u8::from(!stopped.is_empty() || !problems.is_empty()), json, text })
}

pub(super) fn no_scene(error: &NoScene) -> Report {
    let help = match error {
        NoScene::Definitions(_) => "bowline schema check says what is wrong with them",
        NoScene::Store(StoreError::Locked { .. }) => "stop the world first, or replay the folder",
        _ => "look at the folder and try again",
    };
    Report::new(Blame::User, "no_scene", error).help(help)
}
