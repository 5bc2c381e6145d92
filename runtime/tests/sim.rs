//! The sample simulation, run as a world runs it: bots that get hungry, find food and eat it.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bowline_model::{AssetName, Digest, ProjectPath};
use bowline_runtime::ecs::{Ecs, Query};
use bowline_runtime::{Definitions, InstanceState, Limits, Seed, Step, World, WorldEvent};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};
use expect_test::{expect, expect_file};
use serde_json::{Map, Value, json};

/// 100 s of the world's time.
const TICKS: u64 = 2_000;

/// The records of the sample, as a mirror reads them from its folders.
fn records() -> Vec<Entry> {
    let root = bowline_fixtures::project("sim");
    let mut records = Vec::new();
    for (folder, kind) in
        [("schemas", RecordKind::Component), ("prefabs", RecordKind::Prefab), ("systems", RecordKind::System)]
    {
        for file in names(&root.join(folder)) {
            let (name, ending) = file.rsplit_once('.').unwrap();
            let text = read(&root.join(folder).join(&file));
            let payload = match kind {
                RecordKind::System => {
                    let path = ProjectPath::parse(&format!("{folder}/{file}")).unwrap();
                    let mut said = bowline_script::system::schedule(&path, &text).unwrap();
                    said.insert("language".to_owned(), ending.into());
                    said.insert("source".to_owned(), text.into());
                    Value::Object(said)
                }
                _ => serde_json::from_str(&text).unwrap(),
            };
            let slug = format!("room/project/{}/{name}", kind.name());
            records.push(Entry { slug, kind, version: 1, payload });
        }
    }
    records
}

fn world() -> World {
    let records: Vec<Entry> = core::records().into_iter().chain(records()).collect();
    let asking = Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() };
    let built = Snapshot::build(&records, &asking);
    assert_eq!(built.problems, []);
    let definitions = Definitions::compile(built.snapshot).unwrap();
    // A debug build on a busy machine: what is slow here is not the sample.
    let second = Duration::from_secs(1);
    let limits = Limits { tick_time: second, grace: second, ..Limits::standard() };
    let script = read(&bowline_fixtures::project("sim").join("apps/Arena/index.js"));
    let name = AssetName::new(Digest::of(script.as_bytes()), "index.js");
    let texts: BTreeMap<AssetName, Arc<str>> = BTreeMap::from([(name, script.as_str().into())]);
    World::new(Seed { seed: 42 }, limits, move |name: &AssetName| texts.get(name).cloned(), definitions)
}

/// What went wrong, if anything did.
fn complaints(events: Vec<WorldEvent>) -> Vec<String> {
    let complaint = |event| match event {
        WorldEvent::Log { app, text, .. } => Some(format!("{app}: {text}")),
        WorldEvent::Script { state: InstanceState::Crashed { problem }, .. }
        | WorldEvent::System { state: InstanceState::Crashed { problem }, .. } => Some(problem.to_string()),
        _ => None,
    };
    events.into_iter().filter_map(complaint).collect()
}

fn sum(ecs: &Ecs, component: &str, field: &str) -> f64 {
    let id = ecs.component(component).unwrap();
    let rows = Query::new().with(id).entities(ecs);
    rows.iter().filter_map(|it| ecs.row(*it, id)?.get(field)?.as_f64()).sum()
}

/// All that is in the simulation's own components, as a digest that nothing else in a world changes.
fn content(ecs: &Ecs) -> String {
    let mut text = String::new();
    for name in ["arena", "bot", "food", "pace", "path", "pointer", "position", "urge", "velocity"] {
        let id = ecs.component(name).unwrap();
        for entity in Query::new().with(id).entities(ecs) {
            writeln!(text, "{entity} {name} {}", Value::Object(ecs.row(entity, id).unwrap())).unwrap();
        }
    }
    Digest::of(text.as_bytes()).to_string()[..16].to_owned()
}

/// Set for the copy of this program that only replays.
const REPLAY: &str = "BOWLINE_TEST_REPLAY_SIM";

/// The state hash of every tick as one digest, and what is worth seeing of every hundredth.
fn replayed() -> (String, String) {
    let mut world = world();
    let (mut hashes, mut trace) = (Vec::new(), String::new());
    for tick in 1..=TICKS {
        assert_eq!(complaints(world.tick()), [""; 0], "tick {tick}");
        hashes.extend(world.state_hash().bytes());
        if tick == 1 || tick % 100 == 0 {
            let ecs = world.ecs();
            let (meals, hunger) = (sum(ecs, "bot", "eaten"), sum(ecs, "urge", "hunger") / 32.0);
            writeln!(trace, "{tick:>4} {} {meals:>3} meals, hunger {hunger:.3}", content(ecs)).unwrap();
        }
    }
    (Digest::of(&hashes).to_string(), trace)
}

#[test]
fn two_thousand_ticks_are_the_recorded_ones_here_and_in_another_process() {
    let (here, trace) = replayed();
    if std::env::var_os(REPLAY).is_some() {
        println!("replayed {here}");
        return;
    }
    expect_file!["sim.trace"].assert_eq(&trace);
    let program = std::env::current_exe().unwrap();
    let name = "two_thousand_ticks_are_the_recorded_ones_here_and_in_another_process";
    let there =
        Command::new(program).args([name, "--exact", "--nocapture"]).env(REPLAY, "1").output().unwrap();
    let said = String::from_utf8_lossy(&there.stdout);
    assert!(said.contains(&format!("replayed {here}")), "here {here}, there {said}");
}

#[test]
fn a_world_restored_in_the_middle_goes_on_as_if_nothing_had_been() {
    let mut whole = world();
    (0..60).for_each(|_| drop(whole.tick()));
    let image = whole.save();
    let saved = whole.state_hash();
    let rest = |world: &mut World| -> Vec<Digest> {
        let tick = |_| {
            assert_eq!(complaints(world.tick()), [""; 0]);
            world.state_hash()
        };
        (0..60).map(tick).collect()
    };
    let hashes = rest(&mut whole);
    let mut other = world();
    // It has been elsewhere meanwhile, with systems that have run.
    (0..7).for_each(|_| drop(other.tick()));
    other.restore(&image).unwrap();
    assert_eq!(other.state_hash(), saved);
    assert_eq!(rest(&mut other), hashes);
}

#[test]
fn the_world_is_filled_once_and_every_bot_comes_from_its_prefab() {
    let mut world = world();
    let count = |world: &World, name: &str| world.ecs().count_of(world.ecs().component(name).unwrap());
    let _events = world.tick();
    assert_eq!((count(&world, "bot"), count(&world, "food"), count(&world, "arena")), (32, 64, 1));
    let _events = world.tick();
    assert_eq!((count(&world, "bot"), count(&world, "food"), count(&world, "arena")), (32, 64, 1));
    let ecs = world.ecs();
    let bot = Query::new().with(ecs.component("bot").unwrap()).entities(ecs)[0];
    expect![[r#"
        Lineage {
            prefab: "room/project/prefab/bot",
            version: 1,
            parents: [
                "room/project/prefab/placed@1",
                "room/project/prefab/walker@1",
                "room/project/prefab/bot@1",
            ],
        }"#]]
    .assert_eq(&format!("{:#?}", ecs.lineage(bot).unwrap()));
}

#[test]
fn the_app_that_shows_it_has_a_node_for_everybody_where_they_are() {
    let mut world = world();
    let mut blueprint: Map<String, Value> =
        serde_json::from_str(&read(&bowline_fixtures::project("sim").join("apps/Arena/Arena.json"))).unwrap();
    let script = read(&bowline_fixtures::project("sim").join("apps/Arena/index.js"));
    let url = AssetName::new(Digest::of(script.as_bytes()), "index.js").url();
    blueprint.extend(
        json!({"id": "Arena", "version": 1, "script": url, "scriptEntry": "index.js", "scriptFiles": {"index.js": url}})
            .as_object()
            .unwrap()
            .clone(),
    );
    world.apply(Step::PutBlueprint { json: blueprint });
    let json: Value =
        serde_json::from_str(&read(&bowline_fixtures::project("sim").join("world.json"))).unwrap();
    world.apply(Step::PutEntity { json: json["entities"][0].as_object().unwrap().clone() });
    for _ in 0..5 {
        assert_eq!(complaints(world.tick()), [""; 0]);
    }
    assert_eq!(world.ecs().count_of(world.ecs().component("prim").unwrap()), 96);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[expect(clippy::disallowed_methods, reason = "the crate is pure, its test reads a fixture")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
