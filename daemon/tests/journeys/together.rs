//! Two people, two folders, one world: what one does arrives at the other, and what both do at once
//! is never lost.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bowline_link::{CommandReply, Order};
use serde_json::json;

use crate::dev::{Dev, contents, empty_project, project};
use crate::world::Client;

const GREETING: &str = "apps/Hello/lib/greeting.js";

/// A world on a port of its own.
fn served() -> (tempfile::TempDir, Dev) {
    let data = tempfile::tempdir().expect("there is room for a folder");
    let world = Dev::serve(data.path(), 0);
    (data, world)
}

fn greeting(text: &str) -> String {
    format!("export function greeting(name) {{\n  return `{text}, ${{name}}!`\n}}\n")
}

#[test]
fn edits_in_either_of_two_folders_arrive_in_the_other_byte_for_byte() {
    let (_data, world) = served();
    let (one, two) = (project(), empty_project());
    let one = Dev::mirror(one.path(), &world);
    one.flush();
    let two = Dev::mirror(two.path(), &world);
    two.follow(&one);

    let odd = "// CRLF\r\nexport const greeting = () => 'från ett'";
    one.save(GREETING, odd);
    one.save("apps/Hello/lib/deep/new.ts", "export const n: number = 1\n");
    fs::remove_file(one.path("shared/wave.js")).unwrap();
    one.save("apps/Spinner/index.ts", "export default (world: any, app: any) => { app.state.on = true }\n");
    one.flush();
    two.wait_for(GREETING, odd);
    // Nothing imports it any more, so it is in no app of the world; it stays where it is.
    fs::remove_file(two.path("shared/wave.js")).ok();
    two.follow(&one);

    two.save(GREETING, &greeting("Hej"));
    fs::remove_file(two.path("apps/Hello/lib/deep/new.ts")).unwrap();
    let defaults = two.read("apps/Spinner/Spinner.json").replace("\"height\": 1", "\"height\": 2.5");
    two.save("apps/Spinner/Spinner.json", &defaults);
    let layout = two.read("world.json").replace("\"blueprint\": \"Spinner\",", "\"blueprint\": \"Hello\",");
    two.save("world.json", &layout);
    two.flush();
    one.follow(&two);
    assert!(!one.path("apps/Hello/lib/deep/new.ts").exists());
    assert!(one.read("world.json").matches("\"Hello\"").count() == 2, "{}", one.read("world.json"));
    assert_eq!(one.read(GREETING), greeting("Hej"));
    assert_eq!((one.conflicts(), two.conflicts()), (vec![], vec![]));
}

/// Both change the same line while the mirror of `two` is stopped.
fn edit_apart(one: &Dev, two: Dev, world: &Dev, texts: (&str, &str)) -> Dev {
    let dir = two.dir.clone();
    two.stop();
    one.save(GREETING, texts.0);
    one.flush();
    fs::write(dir.join(GREETING), texts.1).expect("it can be written");
    let two = Dev::mirror(&dir, world);
    let conflict = two.wait("conflict", |it| it["event"] == "conflict" && !it["kept"].is_null());
    assert_eq!(conflict["path"], GREETING);
    two.flush();
    two
}

#[test]
fn edits_of_one_line_made_apart_leave_both_folders_equal_and_the_loser_within_reach() {
    let (_data, world) = served();
    let (dir_one, dir_two) = (project(), empty_project());
    let one = Dev::mirror(dir_one.path(), &world);
    one.flush();
    let two = Dev::mirror(dir_two.path(), &world);
    two.follow(&one);

    let (ours, theirs) = (greeting("Ahoy"), "export const greeting = () => 'Servus' // no newline");
    let two = edit_apart(&one, two, &world, (&ours, theirs));
    two.follow(&one);
    assert_eq!(two.read(GREETING), ours);
    assert_eq!(Client::of(&world).modules("Hello")["lib/greeting.js"], ours);
    let conflicts = two.conflicts();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    let kept = conflicts[0]["kept"].as_str().unwrap();
    assert!(kept.starts_with("apps/Hello/.conflicts/"), "{kept}");
    assert_eq!(two.read(kept), theirs);
    let note = format!("{}/conflict.json", conflicts[0]["folder"].as_str().unwrap());
    let note: serde_json::Value = serde_json::from_str(&two.read(&note)).unwrap();
    assert_eq!((&note["path"], &note["winner"]), (&json!(GREETING), &json!("world")));
    assert_eq!(one.conflicts(), Vec::<serde_json::Value>::new());

    let shown = two.ask(&["conflicts", "show", "1"]).ok();
    let diff = shown["diff"].as_str().unwrap();
    assert!(diff.contains("Servus") && diff.contains("Ahoy"), "{diff}");
    two.ask(&["conflicts", "take", "1", "disk"]).ok();
    two.flush();
    one.wait_for(GREETING, theirs);
    assert_eq!(two.read(GREETING), theirs);
    assert_eq!(two.conflicts(), Vec::<serde_json::Value>::new());

    let two = edit_apart(&one, two, &world, (&ours, &greeting("Grüezi")));
    two.ask(&["conflicts", "take", "1", "world"]).ok();
    two.flush();
    two.follow(&one);
    assert_eq!((two.read(GREETING), two.conflicts()), (ours, vec![]));
}

#[test]
fn a_later_save_wins_over_an_earlier_edit_in_the_world_which_is_kept_first() {
    let (_data, world) = served();
    let dir = project();
    fs::create_dir(dir.path().join("apps/Extra")).unwrap();
    let parts = ["a.js", "b.js", "c.js", "d.js"].map(|it| dir.path().join("apps/Extra").join(it));
    let write_parts = || parts.iter().for_each(|it| fs::write(it, "export {}\n").unwrap());
    write_parts();
    fs::write(dir.path().join("apps/Extra/index.js"), "export default () => 0\n").unwrap();
    let dev = Dev::mirror(dir.path(), &world);
    dev.flush();
    let mut client = Client::of(&world);
    // A deletion that waits for somebody: while it does, nothing of the app moves, so that both
    // sides have the time to change.
    parts.iter().for_each(|it| fs::remove_file(it).unwrap());
    dev.wait("hold", |it| it["event"] == "problem" && it["code"] == "needs_confirmation");
    let (theirs, ours) = ("export default () => 'world'\n", "export default () => 'disk'\n");
    client.change("Extra", &[("index.js", Some(theirs))]);
    // Closer together than two clocks may be apart, the world would win.
    client.wait(|it| it["id"] == "Extra" && it["version"] == json!(1));
    assert!(client.silent_for(Duration::from_millis(2200)), "something moved");
    dev.save("apps/Extra/index.js", ours);
    write_parts();
    let conflict = dev.wait("conflict", |it| it["event"] == "conflict" && !it["kept"].is_null());
    assert_eq!((&conflict["path"], &conflict["winner"]), (&json!("apps/Extra/index.js"), &json!("disk")));
    dev.flush();
    assert_eq!(client.module("Extra", "index.js"), ours);
    let conflicts = dev.conflicts();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!(dev.read(conflicts[0]["kept"].as_str().unwrap()), theirs);
    dev.ask(&["conflicts", "take", "1", "world"]).ok();
    dev.flush();
    assert_eq!(client.module("Extra", "index.js"), theirs);
}

#[test]
fn a_full_folder_and_a_full_world_that_meet_for_the_first_time_both_keep_everything() {
    let (_data, world) = served();
    let (dir_one, dir_two) = (project(), project());
    let one = Dev::mirror(dir_one.path(), &world);
    one.flush();
    let before = contents(&one.dir);
    let mine = greeting("Mine");
    fs::write(dir_two.path().join(GREETING), &mine).unwrap();
    fs::remove_dir_all(dir_two.path().join("apps/Spinner")).unwrap();
    fs::create_dir(dir_two.path().join("apps/Extra")).unwrap();
    fs::write(dir_two.path().join("apps/Extra/index.js"), "export default () => {}\n").unwrap();
    fs::write(dir_two.path().join("apps/Extra/Extra.json"), "{\"scriptFormat\": \"module\"}\n").unwrap();
    let two = Dev::mirror(dir_two.path(), &world);
    two.flush();
    one.follow(&two);
    let after = contents(&one.dir);
    assert!(before.iter().all(|(key, it)| after.get(key) == Some(it)), "{before:#?} {after:#?}");
    assert!(after.contains_key("apps/Extra/index.js"));
    let conflicts = two.conflicts();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!(two.read(conflicts[0]["kept"].as_str().unwrap()), mine);
}

#[test]
fn a_deleted_app_folder_deletes_nothing_in_the_world_until_somebody_confirms() {
    let (_data, world) = served();
    let dir = project();
    fs::create_dir(dir.path().join("apps/Extra")).unwrap();
    fs::write(dir.path().join("apps/Extra/index.js"), "export default () => {}\n").unwrap();
    fs::write(dir.path().join("apps/Extra/Extra.json"), "{\"scriptFormat\": \"module\"}\n").unwrap();
    let dev = Dev::mirror(dir.path(), &world);
    dev.flush();
    let client = Client::of(&world);
    let before = client.blueprint("Extra");
    // As slowly as some file managers do it: what is seen in between is an app without a script.
    fs::remove_file(dir.path().join("apps/Extra/index.js")).unwrap();
    assert!(dev.cannot_flush().contains("needs_confirmation"));
    fs::remove_dir_all(dir.path().join("apps/Extra")).unwrap();
    dev.cannot_flush();
    let problem = dev.wait("hold", |it| it["event"] == "problem" && it["code"] == "needs_confirmation");
    assert_eq!(problem["app"], "Extra");
    let said = dev.cannot_flush();
    assert!(said.contains("push --confirm"), "{said}");
    assert_eq!(client.blueprint("Extra"), before);
    assert_eq!(dev.ask(&["push", "--confirm"]).code(), 0);
    assert!(!client.has("Extra"));
    dev.flush();
    assert_eq!(dev.problems(), Vec::<serde_json::Value>::new());
}

#[test]
fn an_app_folder_that_goes_away_and_comes_back_changes_nothing() {
    let (_data, world) = served();
    let dir = project();
    let away = tempfile::tempdir().unwrap();
    let dev = Dev::mirror(dir.path(), &world);
    dev.flush();
    let mut client = Client::of(&world);
    let before = (client.blueprint("Hello"), client.entities(&world), contents(&dev.dir));
    fs::rename(dir.path().join("apps/Hello"), away.path().join("Hello")).unwrap();
    dev.wait("hold", |it| it["event"] == "problem" && it["code"] == "needs_confirmation");
    fs::rename(away.path().join("Hello"), dir.path().join("apps/Hello")).unwrap();
    dev.flush();
    assert_eq!((client.blueprint("Hello"), client.entities(&world), contents(&dev.dir)), before);
    assert_eq!(dev.problems(), Vec::<serde_json::Value>::new());

    fs::rename(dir.path().join("apps/Hello"), dir.path().join("apps/Renamed")).unwrap();
    client.wait(|it| it["id"] == "Renamed");
    let said = dev.cannot_flush();
    assert!(said.contains("needs_confirmation"), "{said}");
    fs::rename(dir.path().join("apps/Renamed"), dir.path().join("apps/Hello")).unwrap();
    dev.cannot_flush();
    assert_eq!((client.blueprint("Hello"), client.entities(&world)), (before.0, before.1));
    // It was an app of its own for a moment, and the world has it now.
    assert!(client.has("Renamed"));
    dev.save(GREETING, &greeting("Back"));
    client.wait(|it| it["id"] == "Hello");
}

#[test]
fn without_its_memory_of_what_was_agreed_a_mirror_loses_nothing() {
    let (_data, world) = served();
    let (dir_one, dir_two) = (project(), empty_project());
    let one = Dev::mirror(dir_one.path(), &world);
    one.flush();
    let two = Dev::mirror(dir_two.path(), &world);
    two.follow(&one);
    two.stop();
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
        fs::remove_file(dir_two.path().join(".bowline").join(name)).ok();
    }
    one.save(GREETING, &greeting("One"));
    one.flush();
    fs::write(dir_two.path().join(GREETING), greeting("Two")).unwrap();
    fs::write(dir_two.path().join("apps/Hello/lib/new.js"), "export {}\n").unwrap();
    fs::remove_file(dir_two.path().join("apps/Spinner/index.ts")).unwrap();
    let two = Dev::mirror(dir_two.path(), &world);
    two.flush();
    one.follow(&two);
    assert!(one.path("apps/Hello/lib/new.js").exists());
    assert!(two.path("apps/Spinner/index.ts").exists(), "nobody can tell that it was deleted");
    assert_eq!(two.read(GREETING), greeting("One"));
    let conflicts = two.conflicts();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert_eq!(two.read(conflicts[0]["kept"].as_str().unwrap()), greeting("Two"));
}

#[test]
fn nothing_a_world_calls_its_things_is_ever_written_outside_of_the_project() {
    let (_data, world) = served();
    let outer = tempfile::tempdir().unwrap();
    let victim = outer.path().join("victim");
    fs::create_dir(&victim).unwrap();
    fs::write(victim.join("mine.js"), "// mine").unwrap();
    let dir = outer.path().join("one/two");
    fs::create_dir_all(dir.join("apps")).unwrap();
    let dev = Dev::mirror(&dir, &world);
    let mut client = Client::of(&world);
    let evil = client.upload("evil.js", "// evil").url();
    let mut taken = 0;
    for id in [
        "../../victim__x",
        "../../../victim",
        "..",
        "a/../../../victim",
        "/etc/victim",
        "C:\\victim",
        "@shared",
    ] {
        taken += usize::from(add(&client, id, &json!({"index.js": evil, "evil.js": evil})));
    }
    for key in
        ["../../../../victim/evil.js", "/victim/evil.js", "@shared/../../../victim/evil.js", "a\\..\\b.js"]
    {
        taken += usize::from(add(&client, "Plain", &json!({"index.js": evil, key: evil})));
    }
    assert!(add(&client, "Good", &json!({"index.js": evil})), "a plain blueprint is taken");
    dev.wait_for("apps/Good/index.js", "// evil");
    dev.ask(&["flush", "--timeout", "5"]).text();
    let outside: Vec<String> =
        everything(outer.path()).into_iter().filter(|it| !it.starts_with("one/two/")).collect();
    assert_eq!(outside, ["victim/mine.js"], "{taken} hostile things were taken by the world");
    assert!(client.silent_for(Duration::from_millis(200)), "the mirror answered a hostile thing");
}

fn add(client: &Client, id: &str, files: &serde_json::Value) -> bool {
    let body = json!({"id": id, "version": 0, "name": "x", "model": "asset://empty.glb", "script": files["index.js"],
        "scriptEntry": "index.js", "scriptFiles": files, "scriptFormat": "module", "scriptRef": null});
    let mut reply = None;
    client.locked(id, |lock| {
        reply = Some(client.try_order(Order::BlueprintAdd {
            blueprint: (&body).into(),
            lock_token: lock.token.as_str().into(),
        }));
        // What `locked` sends must be accepted; this changes nothing.
        Order::EntityRemove { id: "nobody".into() }
    });
    reply == Some(CommandReply::Done)
}

/// Every file below `dir`, by its path there.
fn everything(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it can be listed").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(dir).expect("it is below").display().to_string());
            }
        }
    }
    found.sort();
    found
}
