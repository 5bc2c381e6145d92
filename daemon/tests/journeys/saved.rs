//! A file is saved and the world runs it; the world changes and the file follows.

use std::time::Duration;

use bowline_link::Order;
use serde_json::json;

use crate::dev::{Dev, project, run};
use crate::world::Client;

#[test]
fn a_saved_module_is_one_update_with_one_new_blob() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let mut client = Client::of(&dev);
    let before = client.blueprint("Hello");
    dev.save("apps/Hello/lib/greeting.js", "export const greeting = (name) => `Ahoy, ${name}!`\n");
    let after = client.wait(|it| it["id"] == "Hello");
    assert_eq!(after["version"].as_u64(), before["version"].as_u64().map(|it| it + 1));
    assert_eq!(after["scriptFiles"]["index.js"], before["scriptFiles"]["index.js"]);
    assert_ne!(after["scriptFiles"]["lib/greeting.js"], before["scriptFiles"]["lib/greeting.js"]);
    let applied = dev.wait("applied", |it| it["event"] == "applied" && it["version"] == after["version"]);
    assert_eq!(applied["files"], json!(["apps/Hello/lib/greeting.js"]));
    assert_eq!(applied["direction"], "to-world");
}

#[test]
fn a_change_in_the_world_is_on_disk_byte_for_byte_and_nothing_goes_back() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let mut client = Client::of(&dev);
    let text = "// CRLF\r\nexport const greeting = () => 'från världen' // no final newline";
    client.change("Hello", &[("lib/greeting.js", Some(text)), ("lib/deep/new.js", Some("export {}\n"))]);
    dev.wait("applied", |it| it["event"] == "applied" && it["direction"] == "to-disk");
    assert_eq!(dev.read("apps/Hello/lib/greeting.js"), text);
    assert_eq!(dev.read("apps/Hello/lib/deep/new.js"), "export {}\n");
    dev.flush();
    let journal = |dev: &Dev| dev.ask(&["journal"]).ok();
    let before = (journal(&dev), client.blueprint("Hello"));
    assert!(client.silent_for(Duration::from_secs(5)), "an echo went back");
    assert_eq!((journal(&dev), client.blueprint("Hello")), before);
    assert!(dev.heard().iter().all(|it| it["event"] != "applied"), "an echo was applied");
}

#[test]
fn a_module_removed_in_the_world_goes_to_the_trash_and_can_be_restored() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let client = Client::of(&dev);
    client.change("Hello", &[("index.js", Some("export default () => {}\n")), ("lib/greeting.js", None)]);
    dev.wait("applied", |it| it["event"] == "applied" && it["direction"] == "to-disk");
    assert!(!dev.path("apps/Hello/lib/greeting.js").exists());
    let trash = dev.ask(&["trash", "list"]).ok();
    let entry =
        trash["trash"].as_array().unwrap().iter().find(|it| it["path"] == "apps/Hello/lib/greeting.js");
    let id = entry.unwrap_or_else(|| panic!("{trash}"))["id"].as_str().unwrap();
    dev.ask(&["trash", "restore", id]).ok();
    dev.flush();
    assert!(client.module("Hello", "lib/greeting.js").contains("Hello, "));
}

#[test]
fn blueprint_defaults_and_placed_entities_follow_both_ways() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let client = Client::of(&dev);
    let text = dev.read("apps/Spinner/Spinner.json").replace("\"height\": 1", "\"height\": 2.5");
    dev.save("apps/Spinner/Spinner.json", &text);
    let world = dev.read("world.json").replace("\"position\": [0, 0, -5]", "\"position\": [0, 7, -5]");
    dev.save("world.json", &world);
    dev.flush();
    assert_eq!(client.blueprint("Spinner")["props"]["height"], json!(2.5));
    assert_eq!(client.entities(&dev)["spinner001"]["position"], json!([0, 7, -5]));

    let version = client.blueprint("Spinner")["version"].as_u64().unwrap() + 1;
    let change = json!({"id": "Spinner", "version": version, "props": {"height": 3, "turnsPerSecond": 1}});
    client.order(Order::BlueprintModify {
        change: (&change).into(),
        lock_token: bowline_wire::Value::Undefined,
    });
    let change = json!({"id": "hello00001", "position": [1, 2, 3]});
    client.order(Order::EntityModify { change: (&change).into() });
    dev.wait("defaults", |it| {
        it["event"] == "applied" && it["direction"] == "to-disk" && it["app"] == "Spinner"
    });
    let defaults: serde_json::Value = serde_json::from_str(&dev.read("apps/Spinner/Spinner.json")).unwrap();
    assert_eq!(defaults["props"], json!({"height": 3, "turnsPerSecond": 1}));
    dev.flush();
    let world: serde_json::Value = serde_json::from_str(&dev.read("world.json")).unwrap();
    assert_eq!(world["entities"][0]["position"], json!([1, 2, 3]));
    assert_eq!(world["settings"]["title"], "My world");
}

#[test]
fn a_second_mirror_of_the_same_folder_is_refused_with_the_first_ones_name() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    let second = run(&["dev", dir.path().to_str().unwrap()]);
    assert_eq!(second.code(), 1);
    let pid = dev.ready["pid"].to_string();
    assert!(second.all().contains(&format!("pid {pid}")), "{}", second.all());
    dev.stop();
    Dev::start(dir.path(), &[]).stop();
}
