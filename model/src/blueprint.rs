//! What entities are stamped from: blueprint ids, the folders and files they name, and the scope a
//! deploy must lock to change them.

use serde_json::{Map, Value};

use crate::ProjectPath;

/// A blueprint as a world keeps it: free JSON, of which we know some keys.
pub type Blueprint = Map<String, Value>;

/// The fields that carry an app's script. Their *presence* in a change, even as null, is what makes
/// a world ask for the deploy lock; the one exemption is `script: ""`.
pub const SCRIPT_FIELDS: [&str; 5] = ["script", "scriptEntry", "scriptFiles", "scriptFormat", "scriptRef"];

/// The world's scene blueprint: its own app, its own lock scope.
pub const SCENE: &str = "$scene";

/// The app a blueprint belongs to and the name of its file: `Buoy__Red` is `Red.json` of `Buoy`,
/// `Buoy` is `Buoy.json` of `Buoy`. Splits at the *first* `__`, as worlds do.
#[must_use]
pub fn split_id(id: &str) -> (&str, &str) {
    match id.split_once("__") {
        Some((app, file)) if !app.is_empty() && !file.is_empty() => (app, file),
        _ => (id, id),
    }
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

/// The scope whose deploy lock a change of script fields needs, derived the way the world derives
/// it: `scriptRef` first, else the id; up to the first `__`; `$scene` and plain ids are themselves.
#[must_use]
pub fn lock_scope(change: &Blueprint) -> String {
    let text = |key: &str| change.get(key).and_then(Value::as_str).filter(|it| !it.trim().is_empty());
    let Some(id) = text("scriptRef").or_else(|| text("id")) else { return "global".to_owned() };
    match id.split_once("__") {
        _ if id == SCENE => SCENE.to_owned(),
        Some(("", _)) => "global".to_owned(),
        Some((app, _)) => app.to_owned(),
        None => id.to_owned(),
    }
}

/// Whether `change` touches script fields and so needs the deploy lock.
#[must_use]
pub fn needs_lock(change: &Blueprint) -> bool {
    SCRIPT_FIELDS
        .iter()
        .any(|key| change.get(*key).is_some_and(|value| !(*key == "script" && value.as_str() == Some(""))))
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

    #[test]
    fn the_lock_scope_is_the_worlds_own_rule() {
        let scope = |change: Value| lock_scope(change.as_object().unwrap());
        assert_eq!(scope(json!({"id": "Buoy__Red"})), "Buoy");
        assert_eq!(scope(json!({"id": "x", "scriptRef": "Buoy"})), "Buoy");
        assert_eq!(scope(json!({"id": "x", "scriptRef": "  "})), "x");
        assert_eq!(scope(json!({"id": "$scene"})), "$scene");
        assert_eq!(scope(json!({"id": "__x"})), "global");
        assert_eq!(scope(json!({"id": 7})), "global");
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
