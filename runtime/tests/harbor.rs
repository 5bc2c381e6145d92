//! The sample harbor, run as a world runs it: seventeen apps, shared files, both formats, variants.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bowline_fixtures::hostile::JAVASCRIPT;
use bowline_model::blueprint::join_id;
use bowline_model::{AssetName, Digest, ProjectPath, layout};
use bowline_runtime::{
    Definitions, InstanceState, Isolation, Level, Limits, Seed, Step, World, WorldEvent, script_worker,
};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};
use bowline_script::graph::shared_closure;
use bowline_script::{Facts, facts};
use expect_test::expect;
use serde_json::{Map, Value, json};

type Texts = BTreeMap<AssetName, Arc<str>>;

/// What a daemon would deploy, as steps.
fn steps(texts: &mut Texts) -> Vec<Step> {
    let root = bowline_fixtures::project("harbor");
    let shared: BTreeMap<ProjectPath, String> = scripts(&root.join("shared"), "@shared/");
    let shared_facts = read_all(&shared);
    let mut steps = Vec::new();
    for app in names(&root.join("apps")) {
        let folder = root.join("apps").join(&app);
        let own = scripts(&folder, "");
        let mut files = own.clone();
        for key in shared_closure(&read_all(&own), &shared_facts).needed {
            files.insert(key.clone(), shared[&key].clone());
        }
        let entries = ["index.js", "index.ts", "index.luau"];
        let entry = entries.into_iter().find(|it| files.contains_key(*it)).unwrap();
        let mut urls = Map::new();
        for (key, text) in &files {
            let name = AssetName::new(Digest::of(text.as_bytes()), key.as_str());
            urls.insert(key.to_string(), json!(name.url()));
            texts.insert(name, text.as_str().into());
        }
        for file in names(&folder).iter().filter_map(|it| it.strip_suffix(".json")) {
            let mut json: Map<String, Value> =
                serde_json::from_str(&read(&folder.join(format!("{file}.json")))).unwrap();
            json.insert("id".to_owned(), json!(join_id(&app, file)));
            json.insert("version".to_owned(), json!(1));
            if file == app {
                json.insert("script".to_owned(), urls[entry].clone());
                json.insert("scriptEntry".to_owned(), json!(entry));
                json.insert("scriptFiles".to_owned(), Value::Object(urls.clone()));
            } else {
                json.insert("scriptRef".to_owned(), json!(app));
            }
            steps.push(Step::PutBlueprint { json });
        }
    }
    let world: Value = serde_json::from_str(&read(&root.join("world.json"))).unwrap();
    for entity in world["entities"].as_array().unwrap() {
        steps.push(Step::PutEntity { json: entity.as_object().unwrap().clone() });
    }
    steps
}

/// The project's own definitions, beside those every world has.
fn definitions() -> Arc<Definitions> {
    let root = bowline_fixtures::project("harbor");
    let mut entries = core::records();
    for (folder, kind, _) in layout::RECORDS.iter().filter(|it| root.join(it.0).is_dir()) {
        for file in names(&root.join(folder)) {
            let path = ProjectPath::parse(&format!("{folder}/{file}")).unwrap();
            let (slug, kind) = (layout::slug_of(&path).unwrap(), RecordKind::named(kind).unwrap());
            let payload = serde_json::from_str(&read(&root.join(folder).join(&file))).unwrap();
            entries.push(Entry { slug, kind, version: 1, payload });
        }
    }
    let asking = Asking { scopes: vec![layout::PROJECT_SCOPE.to_owned()], ..Asking::default() };
    let built = Snapshot::build(&entries, &asking);
    assert_eq!(built.problems, []);
    Definitions::compile(built.snapshot).unwrap()
}

fn world(seed: u64) -> World {
    // A debug build on a busy machine: what is slow here is not the sample.
    let second = Duration::from_secs(1);
    world_with(seed, Limits { tick_time: second, grace: second, ..Limits::standard() })
}

fn world_with(seed: u64, limits: Limits) -> World {
    let mut texts = Texts::new();
    let steps = steps(&mut texts);
    let mut world =
        World::new(Seed { seed }, limits, move |name: &AssetName| texts.get(name).cloned(), definitions());
    steps.into_iter().for_each(|it| world.apply(it));
    world
}

#[test]
fn every_app_of_the_harbor_runs_and_none_complains() {
    let mut world = world(1);
    let mut complaints = Vec::new();
    for _ in 0..200 {
        for event in world.tick() {
            match event {
                // The kiosk asks for a forecast, and a world without a list lets nobody fetch.
                WorldEvent::Log { text, .. } if text.starts_with("fetch_not_allowed") => (),
                WorldEvent::Log { level: Level::Error, app, text, .. } => {
                    complaints.push(format!("{app}: {text}"))
                }
                WorldEvent::Script { state: InstanceState::Crashed { problem }, .. } => {
                    complaints.push(problem.to_string())
                }
                _ => (),
            }
        }
    }
    assert_eq!(complaints, [""; 0]);
    let lines: Vec<String> = world.instances().iter().map(|it| it.app.clone()).collect();
    let apps: std::collections::BTreeSet<&String> = lines.iter().collect();
    expect![[r#"
        43 instances of {"$scene", "Beachball", "Bell", "Boat", "Buoy", "Crane", "Crate", "Door", "Ferry", "Fisher", "Gulls", "Kiosk", "LampPost", "Lighthouse", "ScoreBoard", "Skiff", "Windsock"}
    "#]].assert_eq(&format!("{} instances of {apps:?}\n", lines.len()));
    assert!(world.ecs().entities().count() > 277, "every app has made its nodes");
    let said = |app: &str| {
        world.logs(app).into_iter().map(|(tick, _, text)| format!("{tick}: {text}\n")).collect::<String>()
    };
    expect![[r#"
        1: bell: 3 strokes every 30 s
        1: score board: watching 4 events
    "#]]
    .assert_eq(&["Bell", "ScoreBoard", "Door"].map(said).concat());
}

/// A run long enough for every app to come round: 100 s of the world's time.
const TICKS: usize = 2_000;

/// Set for the copy of this program that only replays.
const REPLAY: &str = "BOWLINE_TEST_REPLAY";

/// One digest over the state hash of every tick.
fn replayed() -> String {
    let mut world = world(42);
    let mut hashes = Vec::new();
    for _ in 0..TICKS {
        let _events = world.tick();
        hashes.extend(world.state_hash().bytes());
    }
    Digest::of(&hashes).to_string()
}

#[test]
fn the_harbor_replays_tick_for_tick_here_and_in_another_process() {
    let here = replayed();
    if std::env::var_os(REPLAY).is_some() {
        println!("replayed {here}");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let name = "the_harbor_replays_tick_for_tick_here_and_in_another_process";
    let there =
        Command::new(program).args([name, "--exact", "--nocapture"]).env(REPLAY, "1").output().unwrap();
    let said = String::from_utf8_lossy(&there.stdout);
    assert!(said.contains(&format!("replayed {here}")), "here {here}, there {said}");
    assert_eq!(replayed(), here, "a second run in this process");
}

/// The arguments with which this program is a script's process.
const ARGUMENTS: &[&str] = &["script_worker", "--exact", "--nocapture", "--test-threads=1"];

/// Not a test: a world of these tests starts this program again, and only this one then.
#[test]
fn script_worker() {
    script_worker::started_with(ARGUMENTS);
    if script_worker::is_asked() {
        let served = script_worker::serve();
        std::process::exit(if served == std::process::ExitCode::SUCCESS { 0 } else { 1 });
    }
}

#[cfg(unix)]
#[test]
fn the_harbor_is_the_same_tick_for_tick_with_every_app_in_a_process() {
    script_worker::started_with(ARGUMENTS);
    let second = Duration::from_secs(1);
    let limits = Limits { tick_time: second, grace: second, ..Limits::standard() };
    let mut threads = world_with(7, limits);
    let mut processes = world_with(7, Limits { isolation: Isolation::Process, ..limits });
    for tick in 0..300 {
        assert_eq!(threads.tick(), processes.tick(), "in tick {tick}");
        assert_eq!(threads.state_hash(), processes.state_hash(), "in tick {tick}");
    }
}

/// The small form of `cargo xtask bench hostile`.
#[cfg(unix)]
#[test]
fn the_harbor_does_not_notice_hostile_neighbours() {
    script_worker::started_with(ARGUMENTS);
    let limits = Limits { isolation: Isolation::Process, memory: 16 << 20, ..Limits::standard() };
    // The harbor's own apps shall not be slow in a debug build on a busy machine.
    let limits = Limits { tick_time: Duration::from_millis(200), ..limits };
    let (mut alone, mut beside) = (world_with(3, limits), world_with(3, limits));
    let harbor = |app: &str| !app.starts_with("Hostile");
    let mut ended = 0;
    for tick in 0..60 {
        if tick == 10 {
            (0..JAVASCRIPT.len()).step_by(5).flat_map(hostile).for_each(|it| beside.apply(it));
        }
        let _events = alone.tick();
        for event in beside.tick() {
            if let WorldEvent::Script { app, state: InstanceState::Crashed { problem }, .. } = event {
                assert!(!harbor(&app), "{app}: {problem}");
                ended += 1;
            }
        }
        assert_eq!(alone.hash_of(harbor), beside.hash_of(harbor), "in tick {tick}");
    }
    assert!(ended >= 10, "{ended}");
}

/// An app with one instance that attacks in every tick.
fn hostile(number: usize) -> [Step; 3] {
    let (id, line) = (format!("Hostile{number}"), JAVASCRIPT[number].line);
    let text = format!("export default (world, app) => {{ app.on('update', () => {{ {line} }}) }}");
    let name = AssetName::new(Digest::of(text.as_bytes()), "index.js");
    let object = |it: Value| it.as_object().unwrap().clone();
    let json = object(json!({
        "id": id, "version": 1, "script": name.url(), "scriptEntry": "index.js",
        "scriptFiles": { "index.js": name.url() }, "scriptFormat": "module", "props": {},
    }));
    let blueprint = Step::PutBlueprint { json };
    let json = object(json!({ "id": id, "type": "app", "blueprint": id, "props": {}, "state": {} }));
    [Step::PutModule { name, text: text.into() }, blueprint, Step::PutEntity { json }]
}

fn read_all(files: &BTreeMap<ProjectPath, String>) -> BTreeMap<ProjectPath, Facts> {
    files.iter().map(|(key, text)| (key.clone(), facts(key, text))).collect()
}

/// Every script below `folder`, by key.
fn scripts(folder: &Path, prefix: &str) -> BTreeMap<ProjectPath, String> {
    let mut found = BTreeMap::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(scripts(&path, &format!("{prefix}{name}/")));
        } else {
            let key = ProjectPath::parse(&format!("{prefix}{name}")).unwrap();
            if layout::is_script(&key) && !layout::is_test(&key) {
                found.insert(key, read(&path));
            }
        }
    }
    found
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
