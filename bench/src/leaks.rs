//! A hundred apps in two languages, each saved a hundred times: what is held after the last save is what
//! was held after the tenth, on threads and in processes; and nothing when the apps are gone.
//!
//! Two figures of two kinds: what the engines say they hold, to the byte, and what the system says this
//! process and its scripts' processes hold, which allocators round and keep a part of.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bowline_model::{AssetName, Digest};
use bowline_runtime::{Definitions, Isolation, Limits, Seed, Step, World, WorldEvent};
use serde_json::{Map, Value, json};

use crate::figures::line;

const APPS: usize = 100;
const SAVES: usize = 100;
/// By then allocators and lists have their size.
const SETTLED: usize = 10;
const LOOK: usize = 101;
/// What may be held more at the end than when it had settled, in hundredths: of the engines, of the system.
const MORE: [u64; 2] = [5, 15];

/// Everything that could be left behind: a module's memory, a node, listeners, a timer, a promise, a state.
const JAVASCRIPT: &str = "const kept = new Uint8Array(100000)
export default (world, app, fetch, props, setTimeout) => {
  app.add(app.create('mesh'))
  world.on('x', () => kept.length)
  app.on('update', () => kept.length)
  setTimeout(() => kept.length, 1e9)
  new Promise(() => {}).then(() => kept.length)
  app.state.save = SAVE
}
";
const LUAU: &str = "local kept = buffer.create(100000)
return function(world, app)
  app:add(app:create('mesh'))
  world:on('x', function() return kept end)
  app:on('update', function() return kept end)
  task.delay(1e9, function() return kept end)
  app.state.save = SAVE
end
";

/// Measures both rings, and fails if either holds more than it may.
pub(crate) fn run() -> ExitCode {
    println!("{APPS} apps, each saved {SAVES} times, half in JavaScript and half in Luau\n");
    let good = [Isolation::Thread, Isolation::Process].map(ring);
    ExitCode::from(u8::from(good.contains(&false)))
}

/// What the newest version of each app says.
type Texts = Arc<Mutex<BTreeMap<AssetName, Arc<str>>>>;

/// What is held: by the engines as they say, by the processes as the system says, in bytes.
#[derive(Clone, Copy, Default)]
struct Held {
    engines: u64,
    system: u64,
}

fn ring(isolation: Isolation) -> bool {
    let limits = Limits { isolation, start_time: Duration::from_secs(20), ..Limits::standard() };
    let texts = Texts::default();
    let source = Arc::clone(&texts);
    let text = move |name: &AssetName| source.lock().ok()?.get(name).cloned();
    let mut world = World::new(Seed { seed: 1 }, limits, text, Definitions::core());
    let (mut settled, mut times) = (Held::default(), Vec::new());
    for save in 1..=SAVES {
        texts.lock().expect("nobody panics with it").clear();
        (0..APPS).flat_map(|app| saved(app, save, &texts)).for_each(|it| world.apply(it));
        let began = Instant::now();
        tick(&mut world);
        times.push(began.elapsed() / u32::try_from(APPS).unwrap_or(1));
        tick(&mut world);
        assert!(world.accounts().iter().all(|it| it.instances == 1 && it.realms == 1), "one life each");
        if save == SETTLED {
            settled = held(&mut world);
        }
    }
    let name = isolation.name();
    line(&format!("one save, {name}"), &times);
    let good = compared(name, settled, held(&mut world));
    (0..APPS).for_each(|it| world.apply(Step::RemoveEntity { id: format!("App{it}") }));
    tick(&mut world);
    tick(&mut world);
    let left = (world.accounts().len(), children().len());
    println!("{name}: when all are removed, {} accounts and {} processes are left\n", left.0, left.1);
    good && left.0 == 0
}

fn compared(name: &str, settled: Held, last: Held) -> bool {
    let parts = [("engines", settled.engines, last.engines), ("system", settled.system, last.system)];
    let mut good = true;
    for ((what, before, after), most) in parts.into_iter().zip(MORE) {
        let kib = |it: u64| it >> 10;
        println!(
            "{name}, {what}: {} KiB after {SETTLED} saves, {} KiB after {SAVES}",
            kib(before),
            kib(after)
        );
        good &= after <= before + before / 100 * most;
    }
    good
}

fn tick(world: &mut World) {
    for event in world.tick() {
        if let WorldEvent::NotReloaded { problem, .. } = event {
            panic!("{problem}");
        }
    }
}

/// The next version of an app; with the first, its entity.
fn saved(app: usize, save: usize, texts: &Texts) -> Vec<Step> {
    let (id, [text, entry]) =
        (format!("App{app}"), [[JAVASCRIPT, "index.js"], [LUAU, "index.luau"]][app % 2]);
    let text = text.replace("SAVE", &save.to_string());
    let name = AssetName::new(Digest::of(text.as_bytes()), entry);
    let object = |it: Value| it.as_object().cloned().unwrap_or_else(Map::new);
    let blueprint = object(json!({
        "id": id, "version": save, "script": name.url(), "scriptEntry": entry,
        "scriptFiles": { entry: name.url() }, "scriptFormat": "module", "props": {},
    }));
    let entity = object(json!({
        "id": id, "type": "app", "blueprint": id, "position": [0, 0, 0], "quaternion": [0, 0, 0, 1],
        "scale": [1, 1, 1], "props": {}, "state": {},
    }));
    texts.lock().expect("nobody panics with it").insert(name, text.into());
    let place = (save == 1).then_some(Step::PutEntity { json: entity });
    [Step::PutBlueprint { json: blueprint }].into_iter().chain(place).collect()
}

fn held(world: &mut World) -> Held {
    // Accounts look at what engines hold every hundred ticks.
    (0..LOOK).for_each(|_| tick(world));
    let engines = world.accounts().iter().map(|it| it.memory).sum();
    let system = children().into_iter().chain([std::process::id()]).filter_map(resident).sum();
    Held { engines, system }
}

/// What a process holds, where the system says.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let of = |name: &str| {
        let line = status.lines().find_map(|it| it.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    // What it shares with the others is counted once, here.
    Some((of("RssAnon:")? + of("RssShmem:").unwrap_or(0)) << 10)
}

/// The processes this one has started.
fn children() -> Vec<u32> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|it| std::fs::read_to_string(it.path().join("children")).ok());
    lists.flat_map(|it| it.split_whitespace().filter_map(|it| it.parse().ok()).collect::<Vec<_>>()).collect()
}
