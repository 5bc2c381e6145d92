//! The sample harbor beside scripts that want to hurt it, each app in a process of its own.
//!
//! The harbor runs alone first, as fast as it can; then again at 20 ticks a second, where ticks wait for
//! nobody's start, and after two seconds 200 hostile apps come. After every tick each of the harbor's apps
//! has to be what it was after the same tick without them, and no tick is later than the budget of a
//! script. Fails otherwise.

mod harbor;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bowline_fixtures::hostile::JAVASCRIPT;
use bowline_model::{AssetName, Digest, Problem};
use bowline_runtime::{Compile, InstanceState, Isolation, Limits, Seed, Step, World, WorldEvent};
use serde_json::{Map, Value, json};

use crate::figures::{line, quantile};

/// A minute of the world's time.
const TICKS: usize = 1200;
const HOSTILE: usize = 200;
/// When they come.
const COME: usize = 40;
const TICK: Duration = Duration::from_millis(50);

/// Prints the figures; fails if the harbor is another, or late.
pub(crate) fn run() -> ExitCode {
    let limits = Limits { isolation: Isolation::Process, ..Limits::standard() };
    println!("the harbor in {} processes, {TICKS} ticks, {HOSTILE} hostile scripts\n", harbor::APPS);
    let mut alone = world(limits);
    let mut quiet = Vec::new();
    let expected: Vec<Hashes> = (0..TICKS)
        .map(|number| {
            let began = Instant::now();
            let events = alone.tick();
            quiet.push(began.elapsed());
            events
                .iter()
                .filter_map(crash)
                .for_each(|(app, problem)| println!("{number} {app} alone: {problem}"));
            hashes(&alone)
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
    let slow = late.iter().filter(|it| !it.is_zero()).count();
    println!("\n{slow} of {TICKS} ticks took longer than 50 ms");
    for (app, tick) in &beside.differs {
        println!("{app} is another from tick {tick} on");
    }
    beside.broken.iter().for_each(|it| println!("{it}"));
    println!(
        "harbor other than alone in {} of {TICKS} ticks; {} stopped by the engine, {} killed, {} failed, {} still run",
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
    /// When an app of the harbor was another for the first time.
    differs: BTreeMap<String, usize>,
    /// What the harbor's own apps failed with.
    broken: Vec<String>,
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

/// Each of the harbor's apps.
type Hashes = BTreeMap<String, Digest>;

fn hashes(world: &World) -> Hashes {
    let apps: BTreeSet<String> = world.instances().into_iter().map(|it| it.app).collect();
    let hash = |app: String| (app.clone(), world.hash_of(|it| it == app));
    apps.into_iter().filter(|it| harbor::is_part(it)).map(hash).collect()
}

fn beside(limits: Limits, expected: &[Hashes]) -> Beside {
    let mut world = world(limits);
    let mut found = Beside::default();
    let began = Instant::now();
    for (number, hash) in expected.iter().enumerate() {
        if number == COME {
            // The harbor is there to the tick; from now on the pace is what counts.
            world.compiling(Compile::Behind);
            (0..HOSTILE).flat_map(attack).for_each(|it| world.apply(it));
        }
        let tick = Instant::now();
        let events = world.tick();
        found.ticks.push(tick.elapsed());
        events.iter().for_each(|it| count(it, &mut found));
        let now = hashes(&world);
        found.other += usize::from(now != *hash);
        for (app, _) in now.iter().filter(|(app, now)| hash.get(*app) != Some(now)) {
            found.differs.entry(app.clone()).or_insert(number);
        }
        // At the pace of a world: who is late does not make up for it.
        let due = TICK * u32::try_from(number + 1).unwrap_or(u32::MAX);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    let hostile = world.instances().into_iter().filter(|it| !harbor::is_part(&it.app));
    found.running = hostile.filter(|it| it.state == InstanceState::Running).count();
    found
}

fn crash(event: &WorldEvent) -> Option<(&str, &Problem)> {
    match event {
        WorldEvent::Script { app, state: InstanceState::Crashed { problem }, .. } => Some((app, problem)),
        _ => None,
    }
}

fn count(event: &WorldEvent, found: &mut Beside) {
    let Some((app, problem)) = crash(event) else { return };
    match problem.code {
        _ if harbor::is_part(app) => {
            found.failed += 1;
            found.broken.push(format!("{app}: {problem}"));
        }
        "script_killed" | "script_memory_killed" => found.killed += 1,
        "script_process_missing" | "script_hung" => {
            found.failed += 1;
            found.broken.push(format!("{app}: {problem}"));
        }
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
