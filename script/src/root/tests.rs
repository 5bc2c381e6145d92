use std::collections::BTreeMap;

use serde_json::json;

use super::*;

#[test]
fn a_script_is_found_in_four_steps() {
    let files = json!({"index.js": "asset://x"});
    let world: BTreeMap<&str, Value> = [
        ("A", json!({"scriptFiles": files, "script": "asset://x"})),
        ("A__Red", json!({"scriptRef": "A", "scriptFiles": files})),
        ("A__Blue", json!({"script": "asset://x"})),
        ("A__Own", json!({"scriptFiles": files, "scriptRef": " "})),
        ("A__", json!({"script": "asset://x"})),
        ("", json!({"scriptFiles": files})),
        ("__A", json!({"script": "asset://x"})),
        ("Old", json!({"script": "asset://old.js"})),
        ("Old__X", json!({"script": "asset://old.js"})),
        ("Plain", json!({"script": "", "scriptFiles": null})),
        ("Lost", json!({"scriptRef": " Gone "})),
        ("Chain", json!({"scriptRef": "A__Blue"})),
    ]
    .into();
    let find = |id: &str| match script_root(id, |it| world.get(it).and_then(Value::as_object)) {
        Ok(it) => format!("{} {:?}", it.blueprint, it.rule),
        Err(error) => error.to_string(),
    };
    let table = [
        ("A", "A Own"),
        ("A__Red", "A ScriptRef"),
        ("A__Blue", "A AppBase"),
        ("A__Own", "A__Own Own"),
        // A prefix needs nothing after it, but it must be something itself.
        ("A__", "A AppBase"),
        ("__A", "__A SingleFile"),
        ("Old", "Old SingleFile"),
        ("Old__X", "Old__X SingleFile"),
        ("Plain", "Plain NoScript"),
        ("Nobody", "Nobody NoScript"),
        ("Lost", "script_ref_not_found:Gone"),
        // One level only: what it points at is not asked for *its* root.
        ("Chain", "A__Blue ScriptRef"),
    ];
    for (id, expected) in table {
        assert_eq!(find(id), expected, "{id}");
    }
}

#[test]
fn keys_have_a_place_on_disk() {
    let path = |key: &str| disk_path("A", &ProjectPath::parse(key).unwrap());
    assert_eq!(path("lib/x.js"), "apps/A/lib/x.js");
    assert_eq!(path("@shared/lib/x.js"), "shared/lib/x.js");
}
