//! The store of a world beside what others do with as many entities: one process, medians, ratios.
//!
//! `position += velocity * dt` over entities whose components come from JSON, next to a flat loop, to
//! bevy_ecs and to bitECS; then what a world is asked for beside moving: spawn, fork, hash, a new field,
//! other definitions, autosave. Where a figure cannot be had the reason is printed, and no figure.

mod others;
mod running;

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bowline_runtime::Definitions;
use bowline_runtime::ecs::{ComponentId, Ecs, Query, Scalar};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot};
use serde_json::{Value, json};

use crate::figures::quantile;

/// Entities, and how often everything is measured.
const ENTITIES: usize = 100_000;
const ROUNDS: usize = 200;
/// How often those take turns that are held against each other.
const TURNS: usize = 20;
const DT: f32 = 0.05;

/// Prints the figures; fails if one is worse than its target.
pub(crate) fn run() -> ExitCode {
    println!("{ENTITIES} entities, {ROUNDS} rounds, medians\n");
    let mut board = Board::new();
    moving(&mut board);
    keeping(&mut board);
    running::run(&mut board);
    board.finish()
}

/// Where figures are printed and held against their targets.
pub(crate) struct Board {
    missed: usize,
}

/// A figure, and what it should be.
pub(crate) enum Target {
    /// Only to compare with.
    None,
    AtMost(f64),
    AtLeast(f64),
}

impl Board {
    pub(crate) fn new() -> Board {
        Board { missed: 0 }
    }

    /// Says how many targets were missed; fails if one was.
    pub(crate) fn finish(self) -> ExitCode {
        let missed = if self.missed == 0 { "no target".to_owned() } else { self.missed.to_string() };
        println!("\n{missed} missed");
        ExitCode::from(u8::from(self.missed > 0))
    }

    pub(crate) fn line(&mut self, what: &str, (figure, unit): (f64, &str), target: &Target) {
        let (said, met) = match target {
            Target::None => (String::new(), true),
            Target::AtMost(most) => (format!("at most {most}"), figure <= *most),
            Target::AtLeast(least) => (format!("at least {least}"), figure >= *least),
        };
        self.missed += usize::from(!met);
        println!("{what:<58} {figure:>9.3} {unit:<10} {said}{}", if met { "" } else { "  MISSED" });
    }
}

/// How long `work` takes, after as many rounds that do not count.
pub(crate) fn times(rounds: usize, mut work: impl FnMut() -> Duration) -> Vec<Duration> {
    (0..rounds / 4).for_each(|_| {
        work();
    });
    (0..rounds).map(|_| work()).collect()
}

pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    black_box(work());
    started.elapsed()
}

pub(crate) fn nanoseconds(times: &[Duration], parts: usize) -> f64 {
    quantile(times, 0.5).as_secs_f64() * 1e9 / parts as f64
}

pub(crate) fn milliseconds(times: &[Duration]) -> f64 {
    quantile(times, 0.5).as_secs_f64() * 1e3
}

/// The core records and these of the project, by kind and name.
pub(crate) fn snapshot(records: &[(RecordKind, String, Value)]) -> Snapshot {
    let entry = |(kind, name, payload): &(RecordKind, String, Value)| Entry {
        slug: format!("room/project/{}/{name}", kind.name()),
        kind: *kind,
        version: 1,
        payload: payload.clone(),
    };
    let all: Vec<Entry> =
        bowline_schema::core::records().into_iter().chain(records.iter().map(entry)).collect();
    let built =
        Snapshot::build(&all, &Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() });
    assert!(built.problems.is_empty(), "{:?}", built.problems);
    built.snapshot
}

/// `position` and `velocity`, of three numbers each and what is `more`.
pub(crate) fn components(more: &[Value]) -> Vec<(RecordKind, String, Value)> {
    let fields: Vec<Value> = ["x", "y", "z"].iter().map(|it| json!({"name": it, "kind": "f32"})).collect();
    let position: Vec<Value> = fields.iter().chain(more).cloned().collect();
    vec![
        (RecordKind::Component, "position".to_owned(), json!({ "fields": position })),
        (RecordKind::Component, "velocity".to_owned(), json!({ "fields": fields })),
    ]
}

fn definitions(more: &[Value]) -> Arc<Definitions> {
    Definitions::compile(snapshot(&components(more))).expect("the core records are there")
}

fn ids(ecs: &Ecs) -> [ComponentId; 2] {
    ["position", "velocity"].map(|it| ecs.component(it).expect("it is defined"))
}

fn cells(at: usize) -> [Scalar; 6] {
    [at as f32, 1.0, 2.0, (at % 7) as f32, 1.0, -1.0].map(Scalar::F32)
}

fn filled(definitions: &Definitions) -> Ecs {
    let mut ecs = Ecs::new(definitions);
    let ids = ids(&ecs);
    for at in 0..ENTITIES {
        ecs.spawn_row(&ids, &cells(at)).expect("the cells are those of the fields");
    }
    ecs
}

fn add(x: &mut [f32], v: &[f32]) {
    x.iter_mut().zip(v).for_each(|(x, v)| *x += v * DT);
}

/// All that is done between two ticks of the least game there is.
fn step(query: &Query, ecs: &mut Ecs) {
    query.each(ecs, |_, slices| {
        let [x, y, z, vx, vy, vz] = slices else { return };
        for (to, by) in [(x, vx), (y, vy), (z, vz)] {
            if let (Some(to), Some(by)) = (to.f32_mut(), by.f32()) {
                add(to, by);
            }
        }
    });
}

fn query(ecs: &Ecs) -> Query {
    let [position, velocity] = ids(ecs);
    let written = (0..3).fold(Query::new(), |query, column| query.write(position, column));
    (0..3).fold(written, |query, column| query.read(velocity, column))
}

fn moving(board: &mut Board) {
    let mut ecs = filled(&definitions(&[]));
    let query = query(&ecs);
    let mut flat: [Vec<f32>; 6] = std::array::from_fn(|_| vec![1.0; ENTITIES]);
    let mut arrays = || {
        let [x, y, z, vx, vy, vz] = &mut flat;
        for (to, by) in [(x, vx), (y, vy), (z, vz)] {
            add(black_box(to), black_box(by));
        }
    };
    // By turns: what the machine does beside touches both alike. In turns of some length: step by step
    // each would find the other's entities in the cache, which happens to nobody who is measured alone.
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.extend(times(ROUNDS / 4, || timed(|| step(&query, &mut ecs))));
        floor.extend(times(ROUNDS / 4, || timed(&mut arrays)));
    }
    let (ours, floor) = (nanoseconds(&ours, ENTITIES), nanoseconds(&floor, ENTITIES));
    println!("position += velocity * dt");
    board.line("  flat arrays in Rust", (floor, "ns/entity"), &Target::None);
    board.line("  Bowline, components from JSON", (ours, "ns/entity"), &Target::None);
    board.line("  Bowline / flat arrays", (ours / floor, "x"), &Target::AtMost(1.3));
    others::bevy(board, ours);
    others::bitecs(board, ours);
}

fn keeping(board: &mut Board) {
    println!("\nkeeping");
    let definitions = definitions(&[]);
    let spawn = times(40, || {
        let mut ecs = Ecs::new(&definitions);
        let ids = ids(&ecs);
        timed(|| {
            for at in 0..ENTITIES {
                ecs.spawn_row(&ids, black_box(&cells(at)));
            }
        })
    });
    board.line(
        "  spawn, two components with values",
        (nanoseconds(&spawn, ENTITIES), "ns"),
        &Target::AtMost(150.0),
    );
    let mut ecs = filled(&definitions);
    let query = query(&ecs);
    let fork = times(ROUNDS, || timed(|| ecs.clone()));
    board.line("  fork", (milliseconds(&fork), "ms"), &Target::AtMost(0.3));
    let after = times(ROUNDS, || {
        let _fork = ecs.clone();
        timed(|| step(&query, &mut ecs))
    });
    board.line(
        "  first step after a fork (copies what it writes)",
        (milliseconds(&after), "ms"),
        &Target::None,
    );
    let hash = times(ROUNDS, || {
        step(&query, &mut ecs);
        timed(|| ecs.state_hash())
    });
    board.line("  state hash after a step", (milliseconds(&hash), "ms"), &Target::AtMost(1.0));
    let whole = times(40, || {
        let fresh = filled(&definitions);
        timed(|| fresh.state_hash())
    });
    board.line("  state hash of what was never hashed", (milliseconds(&whole), "ms"), &Target::AtMost(1.0));
    let field = json!({"name": "w", "kind": "f32", "default": 1});
    let wider = self::definitions(&[field]);
    let define = times(ROUNDS, || {
        let mut fork = ecs.clone();
        timed(|| fork.define(&wider).expect("nothing is lost"))
    });
    board.line("  one more field for all", (milliseconds(&define), "ms"), &Target::AtMost(0.1));
}
