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
fn ids_split_at_the_first_double_underscore() {
    let table = [
        ("A", "A", "A"),
        ("A__B", "A", "B"),
        ("A__B__C", "A", "B__C"),
        ("$scene", "$scene", "$scene"),
        ("__x", "", "x"),
        ("A_B", "A_B", "A_B"),
    ];
    for (id, app, file) in table {
        assert_eq!(split_id(id), (app, file));
        assert_eq!(join_id(app, file), id);
    }
}

#[test]
fn lock_scopes_follow_the_change_as_sent() {
    let table = [
        (json!({"id": "A"}), "A"),
        (json!({"id": "A__B"}), "A"),
        (json!({"id": "A__B", "scriptRef": "C__D"}), "C"),
        (json!({"id": "A", "scriptRef": null}), "A"),
        (json!({"id": "A", "scriptRef": " "}), "A"),
        (json!({"id": "$scene"}), "$scene"),
        (json!({"id": "__x"}), "global"),
        (json!({"id": " "}), "global"),
        (json!({"id": 5}), "global"),
        (json!({}), "global"),
    ];
    for (change, expected) in table {
        assert_eq!(lock_scope(change.as_object().unwrap()), expected, "{change}");
    }
}

#[test]
fn a_script_field_counts_even_when_it_is_null() {
    let table = [
        (json!({"id": "A", "props": {}}), false),
        (json!({"script": ""}), false),
        (json!({"script": "asset://x"}), true),
        (json!({"script": null}), true),
        (json!({"scriptRef": null}), true),
    ];
    for (change, expected) in table {
        assert_eq!(touches_script(change.as_object().unwrap()), expected, "{change}");
    }
}

#[test]
fn keys_have_a_place_on_disk() {
    let path = |key: &str| disk_path("A", &ProjectPath::parse(key).unwrap());
    assert_eq!(path("lib/x.js"), "apps/A/lib/x.js");
    assert_eq!(path("@shared/lib/x.js"), "shared/lib/x.js");
}
