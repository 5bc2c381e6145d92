//! `bowline run`: a project's world for a number of ticks, without a port: what its scripts say, what goes
//! wrong, and how it ends.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use bowline_model::Problem;
use bowline_runtime::player::Player;
use bowline_runtime::{Context, Level, RoomEvent, Step, World, WorldEvent};
use clap::Args;
use serde_json::{Value, json};

use super::Isolated;
use super::replay::no_scene;
use crate::ask::Answer;
use crate::print::{self, Format, Paint};
use crate::replay::{Scene, Stopped, stop};
use crate::report::{Blame, Report};
use crate::request::logs::line;
use crate::settings::script_settings;

/// What is run.
#[derive(Args)]
pub(crate) struct RunArgs {
    /// The project's folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// How many ticks; 20 are a second of the world.
    #[arg(long, default_value_t = 600)]
    ticks: u64,
    /// Where the random numbers of scripts start.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Somebody of this name is there from the first tick, and their client runs too. Can be said again.
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    #[command(flatten)]
    isolation: Isolated,
}

/// Runs it. Exit 1 if something is wrong, or was stopped by an error.
pub(crate) async fn run(args: RunArgs, format: Format) -> Result<ExitCode, Report> {
    let ran = tokio::task::spawn_blocking(move || headless(&args, format));
    let answer = ran.await.map_err(|error| Report::new(Blame::Us, "run", error))??;
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

fn headless(args: &RunArgs, format: Format) -> Result<Answer, Report> {
    let root = super::local::root(&args.dir)?;
    let settings = script_settings(&root)?.with(args.isolation.isolation);
    let scene = Scene::of_folder(&root).map_err(|error| no_scene(&error))?;
    let mut room = scene.room(args.seed, settings.limits);
    for name in &args.client {
        room.apply(Step::Join { player: Player::new(name.to_lowercase(), name.as_str()) });
    }
    let mut heard = Heard { format, paint: Paint::of_terminal(), lines: Vec::new(), stopped: Vec::new() };
    for _ in 0..args.ticks {
        for event in room.tick() {
            heard.take(room.server().now(), event);
        }
    }
    Ok(heard.answer(args, room.server(), &scene.problems))
}

/// What came out of the world.
struct Heard {
    format: Format,
    paint: Paint,
    /// For programs; people have read them already.
    lines: Vec<Value>,
    stopped: Vec<Stopped>,
}

impl Heard {
    fn take(&mut self, tick: u64, event: RoomEvent) {
        if let WorldEvent::Log { app, entity, level, text } = &event.event {
            let context = match &event.context {
                Context::Server => "server".to_owned(),
                Context::Client(player) => format!("client {player}"),
            };
            let level = if *level == Level::Info { "log".to_owned() } else { level.to_string() };
            let said = json!({"tick": tick, "context": context, "app": app, "entity": entity, "level": level, "text": text});
            match self.format {
                Format::Json => self.lines.push(said),
                Format::Text => {
                    let (ink, text) = line(&said, true);
                    print::line(&self.paint.on(ink, &format!("{tick}: {text}")));
                }
            }
        }
        self.stopped.extend(stop(tick, event));
    }

    fn answer(self, args: &RunArgs, world: &World, problems: &[Problem]) -> Answer {
        let hash = world.state_hash().to_string();
        let instances = world.instances();
        let apps: BTreeSet<&str> = instances.iter().map(|it| it.app.as_str()).collect();
        let mut text: String = problems.iter().map(|it| format!("{it}\n")).collect();
        for it in &self.stopped {
            text += &format!("tick {}: {} stopped\n{}\n", it.tick, it.who, it.problem);
        }
        let crashed = match self.stopped.len() {
            0 => String::new(),
            1 => ", 1 stopped by an error".to_owned(),
            many => format!(", {many} stopped by errors"),
        };
        text += &format!(
            "{} ticks of {} apps and {} instances{crashed}\nhash {hash} (seed {})",
            args.ticks,
            apps.len(),
            instances.len(),
            args.seed
        );
        let stopped: Vec<Value> = self.stopped.iter().map(stopped_json).collect();
        let problems: Vec<Value> = problems.iter().map(problem_json).collect();
        let exit = u8::from(!stopped.is_empty() || !problems.is_empty());
        let json = json!({"seed": args.seed, "ticks": args.ticks, "hash": hash, "apps": apps,
            "instances": instances.len(), "lines": self.lines, "stopped": stopped, "problems": problems});
        Answer { exit, json, text }
    }
}

fn stopped_json(it: &Stopped) -> Value {
    let mut json = problem_json(&it.problem);
    json["tick"] = json!(it.tick);
    json["who"] = json!(it.who);
    json
}

/// A problem for programs.
pub(super) fn problem_json(it: &Problem) -> Value {
    json!({"code": it.code, "path": it.path, "line": it.line, "column": it.column, "message": it.message,
        "help": it.help})
}
