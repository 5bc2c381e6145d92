//! A world that runs: what a thousand other schemas and an autosave cost its ticks.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bowline_model::AssetName;
use bowline_runtime::{Definitions, Limits, Seed, Step, World};
use bowline_schema::{RecordKind, Snapshot};
use serde_json::{Map, Value, json};

use super::{Board, Target, components, milliseconds, snapshot, timed};
use crate::figures::quantile;

/// Entities of the world; schemas that are compiled anew; ticks between two autosaves (5 s).
const MOVERS: usize = 10_000;
const SCHEMAS: usize = 1_000;
const AUTOSAVE_TICKS: usize = 100;

const SYSTEM: &str = "export default ctx => {
  for (const table of ctx.tables) {
    for (const axis of ['x', 'y', 'z']) {
      const p = table.column('position.' + axis), v = table.column('velocity.' + axis)
      for (let i = 0; i < table.count; i++) p[i] += v[i] * ctx.dt
    }
  }
}";

pub(super) fn run(board: &mut Board) {
    println!("\nrunning: {MOVERS} entities moved by a system in JavaScript");
    let mut world = world(&records());
    let ticks: Vec<Duration> = (0..1000).map(|_| tick(&mut world)).collect();
    board.line("  tick", (milliseconds(&ticks), "ms"), &Target::None);
    let slow = quantile(&ticks, 0.99);
    board.line("  tick, 99th percentile", (slow.as_secs_f64() * 1e3, "ms"), &Target::None);
    autosave(board, &mut world, slow);
    rebuild(board, &mut world, &records());
    let still: Vec<Record> = records().into_iter().filter(|it| it.0 != RecordKind::System).collect();
    println!("\nthe same without the system, which starts again with its definitions");
    rebuild(board, &mut self::world(&still), &still);
}

/// What the tick's thread pays: taking the image, and copying columns when the next tick writes.
fn autosave(board: &mut Board, world: &mut World, slow: Duration) {
    let (mut take, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..20 {
        let mut image = None;
        take.push(timed(|| image = Some(world.save())));
        with.push(tick(world));
        drop(image);
        without.extend((1..AUTOSAVE_TICKS).map(|_| tick(world)));
    }
    let added = (milliseconds(&with) - milliseconds(&without)).max(0.0);
    let cost = milliseconds(&take) + added;
    board.line("  autosave: taking the image", (milliseconds(&take), "ms"), &Target::None);
    board.line("  autosave: what the tick after it takes more", (added, "ms"), &Target::None);
    let share = cost / (slow.as_secs_f64() * 1e3) * 100.0;
    board.line("  autosave, of the 99th percentile", (share, "%"), &Target::AtMost(5.0));
    let image = world.save();
    let mut text = String::new();
    let encode = timed(|| text = image.encode().to_string());
    board.line("  its encoding, off the tick", (encode.as_secs_f64() * 1e3, "ms"), &Target::None);
    board.line("  its size", (text.len() as f64 / 1e6, "MB"), &Target::None);
}

/// Every schema gets a field: compiled beside the ticking world, taken over between two ticks.
fn rebuild(board: &mut Board, world: &mut World, records: &[Record]) {
    define(world, Definitions::compile(many(records, &[])).expect("the core records are there"));
    let (mut compile, mut swaps, mut meanwhile, mut alone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..10 {
        let fields: Vec<Value> =
            (0..=round).map(|it| json!({"name": format!("f{it}"), "kind": "f64", "default": it})).collect();
        alone.extend((0..100).map(|_| tick(world)));
        let before = Arc::clone(world.definitions());
        let next = many(records, &fields);
        let compiling = thread::spawn(move || {
            let mut compiled = None;
            let took = timed(|| compiled = Definitions::compile_after(next, &before).ok());
            (compiled, took, before)
        });
        while !compiling.is_finished() {
            meanwhile.push(tick(world));
        }
        let Ok((Some(compiled), took, _before)) = compiling.join() else { panic!("it compiles") };
        compile.push(took);
        world.apply(Step::Define(compiled));
        swaps.push(tick(world));
    }
    board.line("  1000 schemas compiled, beside the ticks", (milliseconds(&compile), "ms"), &Target::None);
    let usual = milliseconds(&alone);
    board.line("  tick meanwhile, median", (milliseconds(&meanwhile), "ms"), &Target::None);
    let added = (milliseconds(&swaps) - usual).max(0.0);
    board.line("  what the tick that takes them over takes more", (added, "ms"), &Target::AtMost(1.0));
}

fn tick(world: &mut World) -> Duration {
    timed(|| world.tick())
}

fn define(world: &mut World, definitions: Arc<Definitions>) {
    let hash = definitions.hash();
    world.apply(Step::Define(definitions));
    let _events = world.tick();
    assert_eq!(world.definitions().hash(), hash, "they were refused");
}

type Record = (RecordKind, String, Value);

fn records() -> Vec<Record> {
    let mover = json!({"components": {"position": {}, "velocity": {"x": 1, "y": -1}}});
    let system = json!({"language": "js", "phase": "update", "reads": ["velocity"], "writes": ["position"], "source": SYSTEM});
    let mut records = components(&[]);
    records.push((RecordKind::Prefab, "mover".to_owned(), mover));
    records.push((RecordKind::System, "move".to_owned(), system));
    records
}

fn many(records: &[Record], fields: &[Value]) -> Snapshot {
    let mut records = records.to_vec();
    let first = json!({"name": "kept", "kind": "f32"});
    let fields: Vec<Value> = std::iter::once(first).chain(fields.iter().cloned()).collect();
    let one = |at| (RecordKind::Component, format!("many{at:04}"), json!({ "fields": fields }));
    records.extend((0..SCHEMAS).map(one));
    snapshot(&records)
}

fn world(records: &[Record]) -> World {
    let definitions = Definitions::compile(snapshot(records)).expect("the core records are there");
    let limits = Limits { entities: MOVERS, ..Limits::standard() };
    let mut world = World::new(Seed { seed: 1 }, limits, |_: &AssetName| None, definitions);
    for at in 0..MOVERS {
        let Value::Object(overrides) = json!({"position": {"x": at}}) else { continue };
        let overrides: Map<String, Value> = overrides;
        world.spawn("mover", &overrides).expect("there is room");
    }
    world
}
