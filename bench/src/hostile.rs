//! The sample harbor beside scripts that want to hurt it, each app in a process of its own.
//!
//! The harbor runs alone first, and then again beside 200 hostile apps, both times at 20 ticks a second,
//! where ticks wait for nobody's start. They come after two seconds. After every tick each of the harbor's
//! apps has to be what it was after the same tick without them, and no tick is later by more than the
//! budget of a script than the latest without them. Fails otherwise.

mod harbor;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bowline_fixtures::hostile::JAVASCRIPT;
use bowline_model::{AssetName, Digest};
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
    let alone = watch(limits, &[], 0);
    let beside = watch(limits, &alone.hashes, HOSTILE);
    for (name, run) in [("alone", &alone), ("beside them", &beside)] {
        line(&format!("tick of the harbor {name}"), &run.ticks[COME..]);
        let late = run.late();
        line("  longer than 50 ms by", &late);
        let slow = late.iter().filter(|it| !it.is_zero()).count();
        println!("  {slow} of {} took longer than 50 ms", late.len());
    }
    // Of what the machine is late with anyway nobody here is guilty.
    let (before, worst) = (quantile(&alone.late(), 1.0), quantile(&beside.late(), 1.0));
    let budget = limits.tick_time + limits.grace;
    println!();
    alone.broken.iter().for_each(|it| println!("alone: {it}"));
    beside.broken.iter().for_each(|it| println!("{it}"));
    beside.differs.iter().for_each(|(app, tick)| println!("{app} is another from tick {tick} on"));
    println!(
        "harbor other than alone after {} of {TICKS} ticks; {} stopped by the engine, {} killed, {} failed, {} still run",
        beside.other, beside.stopped, beside.killed, beside.failed, beside.running
    );
    let ms = |it: Duration| it.as_millis();
    println!("latest tick: alone {} ms, beside them {} ms; budget {} ms", ms(before), ms(worst), ms(budget));
    let good = beside.other == 0 && worst <= before + budget && alone.failed + beside.failed == 0;
    ExitCode::from(u8::from(!good))
}

/// One run of the harbor.
#[derive(Default)]
struct Run {
    ticks: Vec<Duration>,
    hashes: Vec<Hashes>,
    /// Ticks after which it is another than expected.
    other: usize,
    /// When an app of the harbor was another for the first time.
    differs: BTreeMap<String, usize>,
    /// What should not have failed, and did.
    broken: Vec<String>,
    failed: usize,
    stopped: usize,
    killed: usize,
    running: usize,
}

impl Run {
    /// How late each tick is since they came: what comes before is the harbor's own start.
    fn late(&self) -> Vec<Duration> {
        self.ticks[COME..].iter().map(|it| it.saturating_sub(TICK)).collect()
    }

    fn compare(&mut self, number: usize, now: Hashes, expected: &[Hashes]) {
        if let Some(expected) = expected.get(number) {
            self.other += usize::from(now != *expected);
            for (app, _) in now.iter().filter(|(app, now)| expected.get(*app) != Some(now)) {
                self.differs.entry(app.clone()).or_insert(number);
            }
        }
        self.hashes.push(now);
    }

    fn count(&mut self, event: &WorldEvent) {
        let WorldEvent::Script { app, state: InstanceState::Crashed { problem }, .. } = event else { return };
        match problem.code {
            "script_killed" | "script_memory_killed" if !harbor::is_part(app) => self.killed += 1,
            code if harbor::is_part(app) || ["script_process_missing", "script_hung"].contains(&code) => {
                self.failed += 1;
                self.broken.push(format!("{app}: {problem}"));
            }
            _ => self.stopped += 1,
        }
    }
}

/// Each of the harbor's apps.
type Hashes = BTreeMap<String, Digest>;

fn hashes(world: &World) -> Hashes {
    let apps: BTreeSet<String> = world.instances().into_iter().map(|it| it.app).collect();
    let hash = |app: String| (app.clone(), world.hash_of(|it| it == app));
    apps.into_iter().filter(|it| harbor::is_part(it)).map(hash).collect()
}

fn world(limits: Limits) -> World {
    let (steps, texts) = harbor::steps();
    let source = move |name: &AssetName| texts.get(name).cloned();
    let mut world = World::new(Seed { seed: 1 }, limits, source, harbor::definitions());
    steps.into_iter().for_each(|it| world.apply(it));
    world
}

/// The harbor at its pace, and so many who come to it.
fn watch(limits: Limits, expected: &[Hashes], hostile: usize) -> Run {
    let mut world = world(limits);
    let mut run = Run::default();
    let began = Instant::now();
    for number in 0..TICKS {
        if number == COME {
            // The harbor is there to the tick; from now on the pace is what counts.
            world.compiling(Compile::Behind);
            (0..hostile).flat_map(attack).for_each(|it| world.apply(it));
        }
        let tick = Instant::now();
        let events = world.tick();
        run.ticks.push(tick.elapsed());
        events.iter().for_each(|it| run.count(it));
        run.compare(number, hashes(&world), expected);
        // At the pace of a world: who is late does not make up for it.
        let due = TICK * u32::try_from(number + 1).unwrap_or(u32::MAX);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    let hostile = world.instances().into_iter().filter(|it| !harbor::is_part(&it.app));
    run.running = hostile.filter(|it| it.state == InstanceState::Running).count();
    run
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
