//! Scripts in a world, each figure beside its floor (the same loop in the same engine, without the
//! world) and beside the same work in Node: one run, medians.
//!
//! A world's tick is held against what the family gives a frame: 16 ms for ten thousand instances.

use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use bowline_model::{AssetName, Digest};
use bowline_runtime::{Definitions, InstanceState, Limits, Seed, Step, World, WorldEvent};
use bowline_schema::RecordKind;
use serde_json::{Map, Value, json};

use crate::figures::quantile;
use crate::world::{Board, Target, components, milliseconds, snapshot, timed};

/// Entities a system moves, and instances that do next to nothing.
const MANY: usize = 10_000;
const ROUNDS: usize = 200;
/// Calls into the world in one hook: half of what one may have.
const CALLS: usize = 5_000;
/// What a frame has.
const FRAME_MS: f64 = 16.0;

/// One language as the bench speaks it.
struct Speech {
    name: &'static str,
    entry: &'static str,
    /// Moves every entity.
    system: &'static str,
    /// The same over arrays of its own.
    system_floor: &'static str,
    /// An app with an empty update hook.
    idle: &'static str,
    /// One instance that calls as many empty functions as there are instances.
    idle_floor: &'static str,
    /// One instance that asks the world for something, `CALLS` times.
    calls: &'static str,
    /// The same loop over a function of its own.
    calls_floor: &'static str,
}

const SPEECHES: [Speech; 2] = [
    Speech {
        name: "JavaScript",
        entry: "index.js",
        system: include_str!("scripts/move.js"),
        system_floor: include_str!("scripts/move_floor.js"),
        idle: "export default (world, app) => { app.on('update', () => {}) }",
        idle_floor: include_str!("scripts/idle_floor.js"),
        calls: include_str!("scripts/calls.js"),
        calls_floor: include_str!("scripts/calls_floor.js"),
    },
    Speech {
        name: "Luau",
        entry: "index.luau",
        system: include_str!("scripts/move.luau"),
        system_floor: include_str!("scripts/move_floor.luau"),
        idle: "return { on_update = function() end }",
        idle_floor: include_str!("scripts/idle_floor.luau"),
        calls: include_str!("scripts/calls.luau"),
        calls_floor: include_str!("scripts/calls_floor.luau"),
    },
];

/// Prints the figures; fails if one is worse than its target.
pub(crate) fn run() -> ExitCode {
    println!("{MANY} entities and instances, {ROUNDS} rounds, medians\n");
    let mut board = Board::new();
    let node = node();
    if let Err(why) = &node {
        println!("Node is not measured: {why}\n");
    }
    let node = node.unwrap_or_default();
    for speech in &SPEECHES {
        println!("{}", speech.name);
        systems(&mut board, speech, &node);
        idle(&mut board, speech, &node);
        calls(&mut board, speech, &node);
        starts(&mut board, speech);
        reloads(&mut board, speech);
        println!();
    }
    board.finish()
}

fn node() -> Result<Value, String> {
    let output = Command::new("node")
        .args(["bench/scripts/floor.mjs", &MANY.to_string(), &ROUNDS.to_string()])
        .output();
    let output = output.map_err(|it| format!("node could not be started: {it}"))?;
    serde_json::from_slice(&output.stdout).map_err(|it| format!("node said {:?}: {it}", output.stdout))
}

fn of_node(board: &mut Board, node: &Value, key: &str, unit: &str) {
    if let Some(figure) = node[key].as_f64() {
        board.line("    in Node", (figure, unit), &Target::None);
    }
}

fn limits() -> Limits {
    Limits {
        tick_time: Duration::from_secs(5),
        grace: Duration::from_secs(5),
        memory: 1 << 30,
        ..Limits::standard()
    }
}

/// A world with one script, which may have instances.
struct Stage {
    world: World,
    entry: &'static str,
    version: u64,
    complaint: Option<String>,
}

impl Stage {
    fn new(definitions: Arc<Definitions>, entry: &'static str) -> Stage {
        let world = World::new(Seed { seed: 1 }, limits(), |_: &AssetName| None, definitions);
        Stage { world, entry, version: 0, complaint: None }
    }

    fn script(&mut self, text: &str) {
        self.version += 1;
        let name = AssetName::new(Digest::of(text.as_bytes()), self.entry);
        let (url, entry) = (name.url(), self.entry);
        let json = json!({
            "id": "App", "version": self.version, "script": url, "scriptEntry": entry, "scriptFormat": "module",
            "scriptFiles": { entry: url }, "props": {}, "model": "asset://empty.glb",
        });
        self.world.apply(Step::PutModule { name, text: text.into() });
        self.world.apply(Step::PutBlueprint { json: object(json) });
    }

    fn instance(&mut self, id: usize) {
        let json = json!({
            "id": format!("entity{id:05}"), "type": "app", "blueprint": "App", "position": [0, 0, 0],
            "quaternion": [0, 0, 0, 1], "scale": [1, 1, 1], "props": {}, "state": {},
        });
        self.world.apply(Step::PutEntity { json: object(json) });
    }

    fn tick(&mut self) -> Duration {
        let mut events = Vec::new();
        let took = timed(|| events = self.world.tick());
        for event in events {
            if let WorldEvent::Script { state: InstanceState::Crashed { problem }, .. }
            | WorldEvent::System { state: InstanceState::Crashed { problem }, .. } = event
            {
                self.complaint.get_or_insert(problem.to_string());
            }
        }
        took
    }

    fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.tick();
        }
    }

    /// The median tick, or why there is none.
    fn median(&mut self) -> Result<f64, String> {
        self.ticks(ROUNDS / 4);
        let times: Vec<Duration> = (0..ROUNDS).map(|_| self.tick()).collect();
        self.complaint.take().map_or_else(|| Ok(milliseconds(&times)), Err)
    }
}

fn object(json: Value) -> Map<String, Value> {
    match json {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A line, or in its place why there is no figure.
fn line(board: &mut Board, what: &str, figure: &Result<f64, String>, (unit, target): (&str, &Target)) {
    match figure {
        Ok(figure) => board.line(what, (*figure, unit), target),
        Err(why) => println!("{what}: not measured, {}", why.lines().next().unwrap_or_default()),
    }
}

fn moved(speech: &Speech, source: &str) -> Result<f64, String> {
    let language = speech.entry.rsplit('.').next().unwrap_or_default();
    let mut records = components(&[]);
    let mover = json!({"components": {"position": {}, "velocity": {"x": 1, "y": -1}}});
    let system = json!({
        "language": language, "phase": "update", "reads": ["velocity"], "writes": ["position"], "source": source,
    });
    records.push((RecordKind::Prefab, "mover".to_owned(), mover));
    records.push((RecordKind::System, "move".to_owned(), system));
    let definitions = Definitions::compile(snapshot(&records)).map_err(|it| it.to_string())?;
    let mut stage = Stage::new(definitions, speech.entry);
    for at in 0..MANY {
        let overrides = object(json!({"position": {"x": at}}));
        stage.world.spawn("mover", &overrides).map_err(|it| it.to_string())?;
    }
    stage.median()
}

fn systems(board: &mut Board, speech: &Speech, node: &Value) {
    println!("  {MANY} entities moved by a system");
    let target = Target::AtMost(FRAME_MS);
    line(board, "    tick", &moved(speech, speech.system), ("ms", &target));
    line(board, "    floor: arrays of its own", &moved(speech, speech.system_floor), ("ms", &Target::None));
    of_node(board, node, "move", "ms");
}

fn running(speech: &Speech, source: &str, instances: usize) -> Result<Stage, String> {
    let mut stage = Stage::new(Definitions::core(), speech.entry);
    stage.script(source);
    (0..instances).for_each(|it| stage.instance(it));
    for _ in 0..200 {
        stage.tick();
        let ready = |it: &bowline_runtime::InstanceStatus| it.state == InstanceState::Running;
        if stage.complaint.is_some() || stage.world.instances().iter().all(ready) {
            break;
        }
    }
    match stage.complaint.take() {
        Some(why) => Err(why),
        None => Ok(stage),
    }
}

fn idle(board: &mut Board, speech: &Speech, node: &Value) {
    println!("  {MANY} instances with an empty update hook");
    let stage = running(speech, speech.idle, MANY);
    let one = running(speech, speech.idle, 1).map(|it| memory(&it));
    match stage {
        Ok(mut stage) => {
            // Memory is looked at now and then.
            stage.ticks(200);
            let held = one.map(|one| memory(&stage).saturating_sub(one) as f64 / (MANY - 1) as f64);
            line(board, "    tick", &stage.median(), ("ms", &Target::AtMost(FRAME_MS)));
            let hash = timed(|| stage.world.state_hash()).as_secs_f64() * 1e3;
            board.line("    state hash after it", (hash, "ms"), &Target::None);
            line(board, "    memory of an idle instance", &held, ("bytes", &Target::None));
            of_node(board, node, "bytes", "bytes");
        }
        Err(why) => line(board, "    tick", &Err(why), ("ms", &Target::None)),
    }
    let floor = running(speech, speech.idle_floor, 1).and_then(|mut it| it.median());
    line(board, "    floor: as many calls in one instance", &floor, ("ms", &Target::None));
    of_node(board, node, "frames", "ms");
}

fn memory(stage: &Stage) -> u64 {
    stage.world.accounts().iter().map(|it| it.memory).sum()
}

fn calls(board: &mut Board, speech: &Speech, node: &Value) {
    let per_call = |source: &str| {
        let empty = running(speech, speech.idle, 1)?.median()?;
        let asked = running(speech, source, 1)?.median()?;
        Ok((asked - empty).max(0.0) * 1e6 / CALLS as f64)
    };
    println!("  a call into the world: what is stored under a key");
    line(board, "    call", &per_call(speech.calls), ("ns", &Target::None));
    line(board, "    floor: a function of its own", &per_call(speech.calls_floor), ("ns", &Target::None));
    if let Some(figure) = node["calls"].as_f64() {
        board.line("    in Node, a map", (figure * 1e6 / MANY as f64, "ns"), &Target::None);
    }
}

fn starts(board: &mut Board, speech: &Speech) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let Ok(mut stage) = running(speech, speech.idle, 1) else { return };
        (1..=1000).for_each(|it| stage.instance(it));
        times.push(stage.tick());
    }
    let each = milliseconds(&times);
    board.line("  start of an instance, its entity and all", (each, "us"), &Target::None);
}

/// From the moment the world is told of a new text to the end of the tick in which it runs; all of
/// compiling is in it.
fn reloads(board: &mut Board, speech: &Speech) {
    let comment = if speech.name == "Luau" { "--" } else { "//" };
    let text = |version: usize| format!("{comment} {version}\n{}{}", filler(comment), speech.idle);
    let Ok(mut stage) = running(speech, &text(0), 1) else { return };
    let mut times = Vec::new();
    for version in 1..=50 {
        let text = text(version);
        times.push(timed(|| {
            stage.script(&text);
            stage.tick();
        }));
    }
    if let Some(why) = stage.complaint.take() {
        println!("  reload: not measured, {why}");
        return;
    }
    let usual = (quantile(&times, 0.5).as_secs_f64() * 1e3, "ms");
    board.line("  reload of a script of 200 lines, compiling and all", usual, &Target::AtMost(FRAME_MS));
}

fn filler(comment: &str) -> String {
    (0..200)
        .map(|it| {
            if comment == "--" {
                format!("local v{} = {it} + 1\n", it % 100)
            } else {
                format!("let v{it} = {it} + 1\n")
            }
        })
        .collect()
}
