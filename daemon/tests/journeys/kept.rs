//! What the world kept of itself when it was told to end is what the next start goes on with.

use serde_json::json;

use crate::dev::{Dev, empty_project};

#[test]
fn a_world_that_was_told_to_end_goes_on_where_it_was_and_says_why_it_had_ended() {
    let dir = empty_project();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("schemas/door.json", r#"{"fields": [{"name": "angle", "kind": "f32", "default": 0}]}"#);
    dev.save("prefabs/gate.json", r#"{"components": {"door": {"angle": 30}}}"#);
    dev.flush();
    dev.ask(&["prefab", "spawn", "gate", "--with", r#"{"door": {"angle": 45}}"#]).ok();
    let before = dev.ask(&["query", "door"]).ok();
    assert_eq!(before["rows"][0]["components"]["door"]["angle"], json!(45), "{before}");
    dev.stop();

    let dev = Dev::start(dir.path(), &[]);
    let start = dev.ask(&["world", "info"]).ok()["start"].clone();
    assert_eq!(start["reason"], json!("SIGTERM"), "{start}");
    assert!(start["restoredTick"].as_u64() >= before["tick"].as_u64(), "{start}");
    assert_eq!(dev.ask(&["query", "door"]).ok()["rows"], before["rows"]);
}
