//! The sample harbor beside scripts that want to hurt it, each app in a process of its own.
//!
//! The harbor runs alone first, as fast as it can; then again at 20 ticks a second, and after a second 200
//! hostile apps come. Every tick the harbor has to be what it was without them, and the tick no later than
//! the budget of a script. Fails otherwise.

mod harbor;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bowline_fixtures::hostile::JAVASCRIPT;
use bowline_model::{AssetName, Digest};
use bowline_runtime::{InstanceState, Isolation, Limits, Seed, Step, World, WorldEvent};
use serde_json::{Map, Value, json};

use crate::figures::{line, quantile};

/// A minute of the world's time.
const TICKS: usize = 1200;
const HOSTILE: usize = 200;
/// When they come.
const COME: usize = 20;
const TICK: Duration = Duration::from_millis(50);

/// Prints the figures; fails if the harbor is another, or late.
pub(crate) fn run() -> ExitCode {
    let limits = Limits { isolation: Isolation::Process, ..Limits::standard() };
    println!("the harbor in {} processes, {TICKS} ticks, {HOSTILE} hostile scripts\n", harbor::APPS);
    let mut alone = world(limits);
    let mut quiet = Vec::new();
    let expected: Vec<Digest> = (0..TICKS)
        .map(|_| {
            let began = Instant::now();
            let _events = alone.tick();
            quiet.push(began.elapsed());
            alone.hash_of(harbor::is_part)
        })
        .collect();
    drop(alone);
    let beside = beside(limits, &expected);
    line("tick of the harbor alone", &quiet);
    line("tick beside them", &beside.ticks);
    let late: Vec<Duration> = beside.ticks.iter().map(|it| it.saturating_sub(TICK)).collect();
    line("tick later than 50 ms by", &late);
    let budget = limits.tick_time + limits.grace;
    let worst = quantile(&late, 1.0);
    println!(
        "\nharbor other than alone in {} of {TICKS} ticks; {} stopped by the engine, {} killed, {} failed, {} still run",
        beside.other, beside.stopped, beside.killed, beside.failed, beside.running
    );
    println!("latest tick {} ms, budget {} ms", worst.as_millis(), budget.as_millis());
    let good = beside.other == 0 && worst <= budget && beside.failed == 0;
    ExitCode::from(u8::from(!good))
}

#[derive(Default)]
struct Beside {
    ticks: Vec<Duration>,
    other: usize,
    stopped: usize,
    killed: usize,
    failed: usize,
    running: usize,
}

fn world(limits: Limits) -> World {
    let (steps, texts) = harbor::steps();
    let source = move |name: &AssetName| texts.get(name).cloned();
    let mut world = World::new(Seed { seed: 1 }, limits, source, harbor::definitions());
    steps.into_iter().for_each(|it| world.apply(it));
    world
}

fn beside(limits: Limits, expected: &[Digest]) -> Beside {
    let mut world = world(limits);
    let mut found = Beside::default();
    let began = Instant::now();
    for (number, hash) in expected.iter().enumerate() {
        if number == COME {
            (0..HOSTILE).flat_map(attack).for_each(|it| world.apply(it));
        }
        let tick = Instant::now();
        let events = world.tick();
        found.ticks.push(tick.elapsed());
        events.iter().for_each(|it| count(it, &mut found));
        found.other += usize::from(world.hash_of(harbor::is_part) != *hash);
        // At the pace of a world: who is late does not make up for it.
        let due = TICK * u32::try_from(number + 1).unwrap_or(u32::MAX);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    let hostile = world.instances().into_iter().filter(|it| !harbor::is_part(&it.app));
    found.running = hostile.filter(|it| it.state == InstanceState::Running).count();
    found
}

fn count(event: &WorldEvent, found: &mut Beside) {
    let WorldEvent::Script { app, state: InstanceState::Crashed { problem }, .. } = event else { return };
    match problem.code {
        _ if harbor::is_part(app) => found.failed += 1,
        "script_killed" | "script_memory_killed" => found.killed += 1,
        "script_process_missing" | "script_hung" => found.failed += 1,
        _ => found.stopped += 1,
    }
}

/// A hostile app with one instance.
fn attack(number: usize) -> [Step; 3] {
    let line = JAVASCRIPT[number % JAVASCRIPT.len()].line;
    let id = format!("Hostile{number}");
    let text = format!("export default (world, app) => {{\n app.on('update', () => {{ {line} }})\n}}\n");
    let name = AssetName::new(Digest::of(text.as_bytes()), "index.js");
    let json = |it: Value| it.as_object().cloned().unwrap_or_else(Map::new);
    let blueprint = json(json!({
        "id": id, "version": 1, "script": name.url(), "scriptEntry": "index.js",
        "scriptFiles": { "index.js": name.url() }, "scriptFormat": "module", "props": {},
    }));
    let entity = json(json!({
        "id": id, "type": "app", "blueprint": id, "position": [0, 0, 0], "quaternion": [0, 0, 0, 1],
        "scale": [1, 1, 1], "props": {}, "state": {},
    }));
    let module = Step::PutModule { name, text: text.into() };
    [module, Step::PutBlueprint { json: blueprint }, Step::PutEntity { json: entity }]
}
