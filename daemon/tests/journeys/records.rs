//! Records: definitions that live in files and in the world at once, and the commands that change them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;

use bowline_store::{Batch, DiskStore, Kind, Record, Slug, Store as _};
use expect_test::expect;
use serde_json::{Value, json};

use crate::dev::{Dev, bowline, empty_project, project, run};
use crate::screen::see;
use crate::world::Client;

const DOOR: &str = r#"{"fields": [{"name": "angle", "kind": "f32", "default": 0, "unit": "deg"}]}"#;
const OPEN: &str = r#"{"fields": [{"name": "angle", "kind": "f32", "default": 0, "unit": "deg"}, {"name": "open", "kind": "bool", "default": false}]}"#;
const RENAMED: &str = r#"{"fields": [{"name": "swing", "kind": "f32", "default": 0, "unit": "deg"}]}"#;

impl Dev {
    /// The project's own records as the world lists them: kind, name and version.
    #[track_caller]
    fn records(&self) -> Vec<String> {
        let listed = self.ask(&["schema", "list"]).json();
        let own = listed["records"].as_array().unwrap_or_else(|| panic!("{listed}")).iter();
        let own = own.filter(|it| it["scope"] == "room/project");
        let word = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        own.map(|it| format!("{} {} v{}", word(it, "kind"), word(it, "name"), it["version"])).collect()
    }

    /// Waits until the file means this, as JSON.
    #[track_caller]
    fn wait_for_json(&self, path: &str, text: &str) {
        let wanted: Value = serde_json::from_str(text).expect("it is JSON");
        let holds = || {
            let text = std::fs::read_to_string(self.path(path)).unwrap_or_default();
            serde_json::from_str::<Value>(&text).ok().as_ref() == Some(&wanted)
        };
        while !holds() {
            self.wait(&format!("{path} with {text}"), |it| it["event"] == "applied");
        }
    }
}

fn write(dir: &Path, path: &str, text: &str) -> String {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
    std::fs::write(&path, text).expect("it can be written");
    path.to_str().expect("test folders are UTF-8").to_owned()
}

#[test]
fn a_definition_that_is_saved_is_one_of_the_world_and_survives_a_restart() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("schemas/door.json", DOOR);
    dev.save("prefabs/gate.json", r#"{"components": {"door": {"angle": 30}}}"#);
    dev.save("strings/ui.json", r#"{"locale": "en", "strings": [{"id": 7, "text": "Door"}]}"#);
    dev.save("profiles/render.json", r#"{"components": ["door"]}"#);
    dev.save(
        "systems/swing.ts",
        "export const system = { order: 3, writes: ['door'] } as const\nexport default (): void => {}\n",
    );
    dev.flush();
    let all =
        ["component door v1", "prefab gate v1", "profile render v1", "strings ui v1", "system swing v1"];
    assert_eq!(dev.records(), all);
    let snapshot: Value = serde_json::from_str(&dev.read(".bowline/schema.json")).expect("it is JSON");
    let slugs: Vec<&Value> =
        snapshot["records"].as_array().expect("records").iter().map(|it| &it["slug"]).collect();
    assert!(slugs.contains(&&json!("room/project/component/door")), "{slugs:?}");
    assert_eq!(dev.ask(&["strings", "get", "7"]).json()["text"], "Door");
    let system = dev.ask(&["store", "get", "room/project/system/swing"]).ok();
    assert_eq!((&system["payload"]["language"], &system["payload"]["order"]), (&json!("ts"), &json!(3)));
    dev.stop();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    assert_eq!(dev.records(), all);
    assert_eq!(dev.problems(), Vec::<Value>::new());
}

#[test]
fn two_folders_of_one_world_follow_each_other() {
    let (one, two) = (project(), empty_project());
    let dev = Dev::start(one.path(), &[]);
    dev.save("schemas/ui/door.json", DOOR);
    dev.flush();
    let other = Dev::mirror(two.path(), &dev);
    other.wait_for_json("schemas/ui/door.json", DOOR);
    other.save("schemas/ui/door.json", OPEN);
    dev.wait_for_json("schemas/ui/door.json", OPEN);
    dev.save("systems/swing.ts", "export const system = { order: 3 }\nexport default () => {}\n");
    other.wait_for("systems/swing.ts", &dev.read("systems/swing.ts"));
    // The same record, written in another language from now on.
    std::fs::rename(dev.path("systems/swing.ts"), dev.path("systems/swing.js")).expect("it can be renamed");
    other.wait_for("systems/swing.js", &dev.read("systems/swing.js"));
    other.flush();
    assert!(!other.path("systems/swing.ts").exists());
    assert_eq!(dev.records(), ["component ui/door v2", "system swing v2"]);
    assert_eq!((dev.conflicts(), other.conflicts()), (Vec::new(), Vec::new()));
}

#[test]
fn a_definition_that_both_sides_changed_is_kept_on_both() {
    let (world, folder, theirs) = (tempfile::tempdir().expect("room"), empty_project(), empty_project());
    let world = Dev::serve(world.path(), 0);
    let dev = Dev::mirror(folder.path(), &world);
    dev.save("schemas/door.json", DOOR);
    dev.flush();
    dev.stop();
    let mine =
        r#"{"doc": "Mine.", "fields": [{"name": "angle", "kind": "f32", "default": 0, "unit": "deg"}]}"#;
    write(folder.path(), "schemas/door.json", mine);
    let other = Dev::mirror(theirs.path(), &world);
    other.wait_for_json("schemas/door.json", DOOR);
    other.save("schemas/door.json", OPEN);
    other.flush();
    other.stop();
    let dev = Dev::mirror(folder.path(), &world);
    dev.wait_for_json("schemas/door.json", OPEN);
    dev.flush();
    let conflicts = dev.conflicts();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!(conflicts[0]["path"], "schemas/door.json");
    assert_eq!(dev.read(conflicts[0]["kept"].as_str().expect("a path")), mine);
}

/// A record of long ago, in the data of a world that does not run.
fn keep(data: &Path, slug: &str, kind: Kind, payload: Value) {
    let slug = Slug::parse(slug).expect("a slug");
    let record = Record::new(slug, kind, payload, "2026-01-31T09:30:00.000Z").expect("a record");
    let store = DiskStore::open(data).expect("nobody else has it open");
    store.apply(Batch::new().put_record(record)).expect("the disk has room");
}

#[test]
fn a_definition_that_was_saved_later_than_the_worlds_wins_and_the_worlds_is_kept() {
    let (data, folder) = (tempfile::tempdir().expect("room"), empty_project());
    let theirs: Value = serde_json::from_str(DOOR).expect("it is JSON");
    keep(data.path(), "room/project/component/door", Kind::Component, theirs.clone());
    write(folder.path(), "schemas/door.json", OPEN);
    let world = Dev::serve(data.path(), 0);
    let dev = Dev::mirror(folder.path(), &world);
    dev.flush();
    assert_eq!(dev.read("schemas/door.json"), OPEN);
    assert_eq!(dev.records(), ["component door v2"]);
    let conflicts = dev.conflicts();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!(conflicts[0]["winner"], "disk", "{conflicts:?}");
    let kept = dev.read(conflicts[0]["kept"].as_str().expect("a path"));
    assert_eq!(serde_json::from_str::<Value>(&kept).expect("it is JSON"), theirs);
}

#[test]
fn a_world_whose_core_is_broken_does_not_start_and_says_how_to_mend_it() {
    let data = tempfile::tempdir().expect("room");
    keep(data.path(), "core/component/transform", Kind::Component, json!({"fields": 7}));
    let said = see(&["world", "serve", "--data"], data.path());
    expect![[r#"
        exit 3
        error: the core record `core/component/transform` cannot be used: this is 7 at /fields; the world can be started in safe mode without it
          at <dir>
          help: bowline world serve --safe-mode --data <dir> starts it with the core definitions alone
    "#]].assert_eq(&said);
    let safe = Dev::spawn(data.path(), {
        let mut command = bowline(&["world", "serve", "--json", "--safe-mode", "--data"]);
        command.arg(data.path());
        command
    });
    let folder = empty_project();
    let dev = Dev::mirror(folder.path(), &safe);
    dev.flush();
    let mend = write(data.path(), "mend.json", r#"{"core/component/transform": null}"#);
    let mended = dev.ask(&["schema", "apply", &mend]);
    assert_eq!(mended.code(), 0, "{}", mended.all());
    dev.stop();
    safe.stop();
    Dev::serve(data.path(), 0).stop();
}

#[test]
fn what_adds_is_applied_and_what_would_lose_something_changes_nothing() {
    let dir = empty_project();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("schemas/door.json", DOOR);
    dev.flush();
    let add = write(dir.path(), "add-field.json", &format!(r#"{{"component/door": {OPEN}}}"#));
    let applied = dev.ask(&["schema", "apply", &add]);
    assert_eq!((applied.code(), &applied.json()["outcome"]), (0, &json!("applied")), "{}", applied.all());
    dev.wait_for_json("schemas/door.json", OPEN);
    dev.flush();
    let rename = write(dir.path(), "rename.json", &format!(r#"{{"component/door": {RENAMED}}}"#));
    let before = dev.read("schemas/door.json");
    for verb in ["check", "apply"] {
        let refused = run(&["schema", verb, &rename, dir.path().to_str().expect("UTF-8")]);
        assert_eq!(refused.code(), 1);
        expect![[r#"
            requires_reset
            ! door.angle [rename_field] looks like a rename to `swing`; keep `angle` with "deprecated": "use swing" and give `swing` "aliasOf": "angle": that can be applied
            ! door.open [remove_field] removed, with its values (entities: 0); deprecate it first
            next: bowline schema migrate --plan
        "#]]
        .assert_eq(&refused.text());
    }
    assert_eq!(
        (dev.records(), dev.read("schemas/door.json")),
        (vec!["component door v2".to_owned()], before)
    );
}

#[test]
fn a_save_that_would_lose_something_is_held_and_holds_nothing_else() {
    let dir = empty_project();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("schemas/door.json", DOOR);
    dev.flush();
    dev.save("schemas/door.json", RENAMED);
    dev.save("schemas/lock.json", r#"{"fields": []}"#);
    let problem = dev.wait("a problem", |it| it["event"] == "problem");
    assert_eq!((&problem["code"], &problem["path"]), (&json!("requires_reset"), &json!("schemas/door.json")));
    let said = dev.cannot_flush();
    assert!(said.contains("looks like a rename"), "{said}");
    assert_eq!(dev.read("schemas/door.json"), RENAMED);
    assert_eq!(dev.records(), ["component door v1", "component lock v1"]);
    dev.save("schemas/door.json", "{\"fields\": [");
    dev.wait("the broken file", |it| it["event"] == "problem" && it["code"] == "bad_json");
    dev.save("schemas/door.json", OPEN);
    dev.flush();
    assert_eq!(dev.records(), ["component door v2", "component lock v1"]);
    assert_eq!(dev.problems(), Vec::<Value>::new());
    assert_eq!(dev.conflicts(), Vec::<Value>::new());
}

#[test]
fn a_file_that_is_removed_takes_its_record_with_it_and_the_last_one_is_asked_for() {
    let dir = empty_project();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("strings/ui.json", r#"{"locale": "en", "strings": []}"#);
    dev.save("strings/errors.json", r#"{"locale": "en", "strings": []}"#);
    dev.flush();
    std::fs::remove_file(dev.path("strings/errors.json")).expect("it can be removed");
    dev.flush();
    assert_eq!(dev.records(), ["strings ui v1"]);
    std::fs::remove_file(dev.path("strings/ui.json")).expect("it can be removed");
    let said = dev.cannot_flush();
    assert!(said.contains("needs_confirmation"), "{said}");
    assert_eq!(dev.records(), ["strings ui v1"]);
    assert_eq!(dev.ask(&["push", "--confirm"]).code(), 0);
    assert_eq!(dev.records(), Vec::<String>::new());
}

#[test]
fn commands_about_records_work_without_a_running_mirror() {
    let dir = empty_project();
    let door = write(dir.path(), "schemas/door.json", DOOR);
    let at = dir.path().to_str().expect("UTF-8").to_owned();
    let text = |args: &[&str]| run(&[args, &[at.as_str()]].concat()).text();
    assert!(text(&["schema", "list"]).contains("component  door"), "{}", text(&["schema", "list"]));
    let rename = write(dir.path(), "rename.json", &format!(r#"{{"component/door": {RENAMED}}}"#));
    let checked = run(&["schema", "check", &rename, &at]);
    assert_eq!(checked.code(), 1);
    assert!(checked.text().contains("by the files alone"), "{}", checked.text());
    // These ask a world: the project's own is started for the question.
    let applied = run(&["schema", "apply", &door, &at]);
    assert_eq!(applied.code(), 0, "{}", applied.all());
    expect![[r#"
        wins    room/project/component/door  v1
        absent  core/component/door
    "#]]
    .assert_eq(&text(&["schema", "which", "door"]));
    assert_eq!(text(&["store", "verify"]), "All is well.\n");
    assert_eq!(run(&["store", "get", "nobody", &at]).code(), 1);
    assert_eq!(run(&["store", "get", "core/component/mesh", &at, "--json"]).ok()["kind"], "component");
    let data = dir.path().join(".bowline/world");
    let stored = run(&["schema", "snapshot", "--data", data.to_str().expect("UTF-8"), &at, "--json"]).ok();
    let slugs = stored["records"].as_array().expect("records").iter().map(|it| it["slug"].clone());
    assert!(slugs.collect::<Vec<_>>().contains(&json!("room/project/component/door")));
}

#[test]
fn a_replay_is_the_same_every_time() {
    let dir = project();
    let at = dir.path().to_str().expect("UTF-8").to_owned();
    write(dir.path(), "schemas/door.json", DOOR);
    let replay = |extra: &[&str]| run(&[&["replay", &at, "--ticks", "5", "--json"], extra].concat()).ok();
    let hashes = replay(&[])["hashes"].clone();
    assert_eq!(hashes.as_array().map(Vec::len), Some(5));
    assert_eq!(replay(&[])["hashes"], hashes);
    assert_eq!(run(&["push", &at]).code(), 0);
    let data = dir.path().join(".bowline/world");
    let stored = replay(&["--data", data.to_str().expect("UTF-8")])["hashes"].clone();
    assert_eq!(replay(&["--data", data.to_str().expect("UTF-8")])["hashes"], stored);
    write(dir.path(), "apps/Hello/index.js", "export default () => { throw new Error('no') }\n");
    let crashed = run(&["replay", &at, "--ticks", "2"]);
    assert_eq!(crashed.code(), 1, "{}", crashed.all());
    assert!(crashed.text().contains("Hello stopped"), "{}", crashed.text());
}

#[test]
fn safe_mode_serves_the_core_alone() {
    let dir = empty_project();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("schemas/door.json", DOOR);
    dev.flush();
    dev.stop();
    let data = dir.path().join(".bowline/world");
    let mut command = bowline(&["world", "serve", "--json", "--safe-mode", "--data"]);
    command.arg(&data);
    let world = Dev::spawn(&data, command);
    let folder = empty_project();
    let dev = Dev::mirror(folder.path(), &world);
    dev.flush();
    // It is still there, and can be mended; it is only not in use.
    dev.wait_for_json("schemas/door.json", DOOR);
    let listed = dev.ask(&["schema", "list"]).json();
    assert_eq!(listed["safeMode"], true);
}

/// In front of a world of ours: a world that has none of what only ours have.
fn as_a_real_world(world: &Dev) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("it has one"));
    let behind = world.url().trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let behind = behind.clone();
            std::thread::spawn(move || pass_on(client, &behind));
        }
    });
    address
}

/// Whoever asks for ours once, on a connection, asks for nothing else on it.
fn pass_on(mut client: TcpStream, behind: &str) -> Option<()> {
    const NOT_FOUND: &str = r#"{"message":"Route not found","error":"Not Found","statusCode":404}"#;
    let mut start = [0; 16];
    while client.peek(&mut start).ok()? < start.len() {
        std::thread::yield_now();
    }
    if start.windows(9).any(|it| it == b" /bowline") {
        let head = format!(
            "HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            NOT_FOUND.len()
        );
        // A head of a request is short and comes in one piece.
        let mut request = [0; 4096];
        let _length = client.read(&mut request).ok()?;
        return client.write_all(format!("{head}{NOT_FOUND}").as_bytes()).ok();
    }
    let mut world = TcpStream::connect(behind).ok()?;
    let (mut from, mut to) = (client.try_clone().ok()?, world.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to).and_then(|_| to.shutdown(Shutdown::Write)));
    std::io::copy(&mut world, &mut client).ok()?;
    client.shutdown(Shutdown::Both).ok()
}

#[test]
fn in_a_world_that_takes_no_records_they_stay_on_disk_and_all_else_travels() {
    let (data, dir) = (tempfile::tempdir().expect("room"), project());
    let world = Dev::serve(data.path(), 0);
    write(dir.path(), "schemas/door.json", DOOR);
    let (url, id, code) = (as_a_real_world(&world), world.world_id(), world.code());
    let dev = Dev::start(dir.path(), &[("WORLD_URL", &url), ("WORLD_ID", &id), ("ADMIN_CODE", &code)]);
    dev.wait("a word about it", |it| it["code"] == "records_not_offered");
    dev.flush();
    assert_eq!(dev.ask(&["status"]).code(), 0);
    assert!(Client::of(&world).has("Hello"));
    assert_eq!(dev.read("schemas/door.json"), DOOR);
    assert_eq!(dev.ask(&["schema", "queue"]).code(), 3);
    std::fs::remove_file(dev.path("schemas/door.json")).expect("it can be removed");
    dev.flush();
    assert_eq!(dev.problems(), Vec::<Value>::new());
}

#[test]
fn a_change_that_would_break_scripts_names_every_line_of_them() {
    let folder = tempfile::tempdir().expect("room");
    let dir = bowline_fixtures::copy_project("harbor", folder.path());
    let dev = Dev::start(&dir, &[]);
    dev.flush();
    let renamed = dev.read("schemas/tide.json").replace("\"level\"", "\"height\"");
    let file = write(folder.path(), "tide.json", &renamed);
    let refused = run(&["schema", "apply", &file, dir.to_str().expect("UTF-8")]);
    assert_eq!(refused.code(), 1);
    expect![[r#"
        requires_reset
        ! tide.level [rename_field] looks like a rename to `height`; keep `level` with "deprecated": "use height" and give `height` "aliasOf": "level": that can be applied
        scripts that use it:
          apps/$scene/parts/tide.js:12:35  tide.rising = level >= tide.level
          apps/$scene/parts/tide.js:13:12  tide.level = level
          apps/Windsock/index.luau:38:40  local level = sea and sea:get("tide").level
          shared/tide.ts:9:28  return sea?.get('tide')?.level ?? 0
        profile: inspector
        next: bowline schema migrate --plan
    "#]].assert_eq(&refused.text());
    let planned = run(&["schema", "migrate", "--plan", &file, dir.to_str().expect("UTF-8")]);
    assert_eq!(planned.code(), 1);
    expect![[r#"
        1. rename tide.level to height [lossless] a rename, perhaps: both are f32
        scripts to change with it:
          apps/$scene/parts/tide.js:12:35  tide.rising = level >= tide.level
          apps/$scene/parts/tide.js:13:12  tide.level = level
          apps/Windsock/index.luau:38:40  local level = sea and sea:get("tide").level
          shared/tide.ts:9:28  return sea?.get('tide')?.level ?? 0
        Nothing was changed; until it is made, the world keeps what it has. To make it: stop the world and `bowline schema apply FILE --reset`; what a step would carry over is dropped by that.
    "#]].assert_eq(&planned.text());
    dev.save("schemas/tide.json", &renamed);
    let said = dev.cannot_flush();
    assert!(said.contains("apps/$scene/parts/tide.js:12"), "{said}");
    assert_eq!(dev.read("schemas/tide.json"), renamed);
}

#[test]
fn a_world_is_kept_by_name_and_what_was_simulated_comes_back() {
    let dir = empty_project();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("schemas/door.json", DOOR);
    dev.save("prefabs/gate.json", r#"{"components": {"door": {"angle": 30}}}"#);
    dev.flush();
    let spawned = dev.ask(&["prefab", "spawn", "gate", "--with", r#"{"door": {"angle": 45}}"#]);
    assert!(spawned.ok()["entity"].is_string(), "an entity has a name");
    assert_eq!(dev.ask(&["prefab", "spawn", "gat"]).code(), 1);
    let kept = dev.ask(&["world", "checkpoint", "before"]).ok();
    let listed = dev.ask(&["world", "checkpoints"]).ok();
    let names = listed["checkpoints"].as_array().expect("a list").iter().map(|it| it["name"].clone());
    assert!(names.collect::<Vec<_>>().contains(&json!("before")), "{listed}");
    let restored = dev.ask(&["world", "restore", "before"]).ok();
    assert_eq!(restored["stateHash"], kept["stateHash"]);
    assert_eq!(dev.ask(&["world", "restore", "never"]).code(), 1);
    dev.flush();
    assert_eq!(dev.problems(), Vec::<Value>::new());
}

#[test]
fn the_simulation_that_init_makes_runs() {
    let dir = tempfile::tempdir().expect("room");
    let at = dir.path().to_str().expect("UTF-8").to_owned();
    assert_eq!(run(&["init", "--template", "sim", &at]).code(), 0);
    assert_eq!(run(&["schema", "check", &at]).code(), 0);
    let replay = || run(&["replay", &at, "--ticks", "20", "--json"]).ok();
    assert_eq!(replay()["hashes"], replay()["hashes"]);
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    assert_eq!(dev.problems(), Vec::<Value>::new());
    assert!(dev.records().contains(&"system path-following v1".to_owned()), "{:?}", dev.records());
}
