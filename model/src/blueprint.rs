//! What entities are stamped from: blueprint ids, the folders and files they name, and the scope a
//! deploy must lock to change them.

use serde_json::{Map, Value};

use crate::{Digest, ProjectPath, canonical};

/// A blueprint as a world keeps it: free JSON, of which we know some keys.
pub type Blueprint = Map<String, Value>;

/// The fields that carry an app's script. Their *presence* in a change, even as null, is what makes
/// a world ask for the deploy lock; the one exemption is `script: ""`.
pub const SCRIPT_FIELDS: [&str; 5] = ["script", "scriptEntry", "scriptFiles", "scriptFormat", "scriptRef"];

/// The world's scene blueprint: its own app, its own lock scope.
pub const SCENE: &str = "$scene";

/// The lock scope that covers everything.
pub const GLOBAL_SCOPE: &str = "global";

/// The app whose folder a blueprint is in and the name of its file: `Buoy__Red` is `Red.json` of
/// `Buoy`, `Buoy` is `Buoy.json` of `Buoy`. Splits at the *first* `__`, as worlds do, but only where
/// both halves can be names on disk: `a__` is a folder of its own. For what a *world* takes to be
/// the app of such an id, which is not the same, see [`app_prefix`].
#[must_use]
pub fn split_id(id: &str) -> (&str, &str) {
    match id.split_once("__") {
        Some((app, file)) if !app.is_empty() && !file.is_empty() => (app, file),
        _ => (id, id),
    }
}

/// The app a world takes an id to belong to, when it looks for a lock or for the scripts of a
/// variant: all up to the first `__`, which is nothing for `__x` and `a` for `a__`.
#[must_use]
pub fn app_prefix(id: &str) -> &str {
    id.split_once("__").map_or(id, |(app, _)| app)
}

/// The id of the blueprint in `apps/<app>/<file>.json`. The inverse of [`split_id`] except for
/// folders whose own name has a `__`: those cannot be told from variants by any client.
#[must_use]
pub fn join_id(app: &str, file: &str) -> String {
    if app == file { app.to_owned() } else { format!("{app}__{file}") }
}

/// Whether `id` can be a folder and a file on disk. Ids come from worlds and are not to be trusted:
/// one that cannot is reported and never written.
#[must_use]
pub fn is_storable(id: &str) -> bool {
    let (app, file) = split_id(id);
    let single =
        |name: &str| !name.contains('/') && !name.starts_with('.') && ProjectPath::parse(name).is_ok();
    single(app) && single(file) && join_id(app, file) == id
}

/// The scope whose deploy lock covers the blueprint `id`, by the world's own rule: its
/// [`app_prefix`], and everything where that is blank.
#[must_use]
pub fn scope_of(id: &str) -> &str {
    if id.trim().is_empty() {
        return GLOBAL_SCOPE;
    }
    match app_prefix(id) {
        "" => GLOBAL_SCOPE,
        app => app,
    }
}

/// The scope whose deploy lock a change of script fields needs, from the change as sent: that of
/// its `scriptRef`, untrimmed, unless that is blank; else that of its `id`.
#[must_use]
pub fn lock_scope(change: &Blueprint) -> &str {
    let text = |key: &str| change.get(key).and_then(Value::as_str).filter(|it| !it.trim().is_empty());
    text("scriptRef").or_else(|| text("id")).map_or(GLOBAL_SCOPE, scope_of)
}

/// Whether `change` touches script fields and so needs the deploy lock.
#[must_use]
pub fn needs_lock(change: &Blueprint) -> bool {
    SCRIPT_FIELDS
        .iter()
        .any(|key| change.get(*key).is_some_and(|value| !(*key == "script" && value.as_str() == Some(""))))
}

/// The digest of all of it: the same on both ends of a wire, however numbers and keys were spelled.
#[must_use]
pub fn digest(blueprint: &Blueprint) -> Digest {
    Digest::of(canonical::object_text(blueprint).as_bytes())
}

/// The blueprint's version; a world refuses changes to one that has none.
#[must_use]
pub fn version(blueprint: &Blueprint) -> Option<u64> {
    let version = blueprint.get("version")?;
    version.as_u64().or_else(|| version.as_f64().filter(|it| *it >= 0.0).map(|it| it as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn ids_name_folders_and_files() {
        let mut table = String::new();
        for id in
            ["Buoy", "Buoy__Red", "Buoy__Red__2", "$scene", "__x", "a__", "../x", "a/b", "con", ".git", "A B"]
        {
            let (app, file) = split_id(id);
            table += &format!("{id} = {app} + {file}, storable {}\n", is_storable(id));
        }
        expect![[r#"
            Buoy = Buoy + Buoy, storable true
            Buoy__Red = Buoy + Red, storable true
            Buoy__Red__2 = Buoy + Red__2, storable true
            $scene = $scene + $scene, storable true
            __x = __x + __x, storable true
            a__ = a__ + a__, storable true
            ../x = ../x + ../x, storable false
            a/b = a/b + a/b, storable false
            con = con + con, storable false
            .git = .git + .git, storable false
            A B = A B + A B, storable true
        "#]]
        .assert_eq(&table);
    }

    /// Where the folder on disk and the world's idea of an id part ways.
    #[test]
    fn ids_have_a_folder_a_prefix_and_a_scope() {
        let mut table = String::new();
        for id in ["A", "A__B", "A__B__C", "A_B", "A___B", "$scene", "$scene__x", "__x", "a__", "__", "", " "]
        {
            let (app, file) = split_id(id);
            assert_eq!(join_id(app, file), id);
            let (prefix, scope) = (app_prefix(id), scope_of(id));
            table += &format!("`{id}`: {app}/{file}.json, prefix `{prefix}`, scope {scope}\n");
        }
        expect![[r#"
            `A`: A/A.json, prefix `A`, scope A
            `A__B`: A/B.json, prefix `A`, scope A
            `A__B__C`: A/B__C.json, prefix `A`, scope A
            `A_B`: A_B/A_B.json, prefix `A_B`, scope A_B
            `A___B`: A/_B.json, prefix `A`, scope A
            `$scene`: $scene/$scene.json, prefix `$scene`, scope $scene
            `$scene__x`: $scene/x.json, prefix `$scene`, scope $scene
            `__x`: __x/__x.json, prefix ``, scope global
            `a__`: a__/a__.json, prefix `a`, scope a
            `__`: __/__.json, prefix ``, scope global
            ``: /.json, prefix ``, scope global
            ` `:  / .json, prefix ` `, scope global
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn the_lock_scope_is_the_worlds_own_rule() {
        let table = [
            (json!({"id": "A"}), "A"),
            (json!({"id": "A__B"}), "A"),
            (json!({"id": "A__B", "scriptRef": "C__D"}), "C"),
            (json!({"id": "A", "scriptRef": null}), "A"),
            (json!({"id": "A", "scriptRef": 7}), "A"),
            (json!({"id": "A", "scriptRef": " "}), "A"),
            // Looked up trimmed, locked untrimmed: so does the world.
            (json!({"id": "A", "scriptRef": " B__C"}), " B"),
            (json!({"id": "$scene"}), "$scene"),
            (json!({"id": "A", "scriptRef": "$scene"}), "$scene"),
            (json!({"id": "__x"}), "global"),
            (json!({"id": "a__"}), "a"),
            (json!({"id": " "}), "global"),
            (json!({"id": 5}), "global"),
            (json!({}), "global"),
        ];
        for (change, expected) in table {
            assert_eq!(lock_scope(change.as_object().unwrap()), expected, "{change}");
        }
    }

    #[test]
    fn presence_of_a_script_field_needs_the_lock() {
        let needs = |change: Value| needs_lock(change.as_object().unwrap());
        assert!(needs(json!({"scriptRef": null})));
        assert!(needs(json!({"script": null})));
        assert!(!needs(json!({"script": ""})));
        assert!(!needs(json!({"props": {}, "model": "asset://x.glb"})));
    }
}
