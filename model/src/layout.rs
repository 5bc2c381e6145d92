//! Which file of a project holds what.
//!
//! The layout is the one existing worlds use: `apps/<App>/…`, `shared/…`, `assets/…`, `world.json`; and
//! one folder for each kind of record a project can have of its own ([`RECORDS`]).

use crate::{ItemId, ProjectPath, blueprint};

/// The file that places entities in the world.
pub const WORLD_FILE: &str = "world.json";

/// The folders of a project that are scanned, watched and written.
pub const ROOTS: [&str; 8] =
    ["apps", "assets", "prefabs", "profiles", "schemas", "shared", "strings", "systems"];

/// The folders of records: the kind each holds, by the name it has in a slug, and the endings its files
/// have. What a script is written in is its ending.
pub const RECORDS: [(&str, &str, &[&str]); 5] = [
    ("schemas", "component", &["json"]),
    ("prefabs", "prefab", &["json"]),
    ("strings", "strings", &["json"]),
    ("profiles", "profile", &["json"]),
    ("systems", "system", &SCRIPTS),
];

/// Whose the records in a project's folder are.
pub const PROJECT_SCOPE: &str = "room/project";

/// The files at the top of a project that are.
pub const TOP_FILES: [&str; 2] = ["bowline.toml", WORLD_FILE];

/// Where we keep what a project needs to remember. Never scanned, synced or deployed.
pub const STATE_FOLDER: &str = ".bowline";

/// Where losing sides of conflicts are kept. Never scanned, synced or deployed.
pub const CONFLICTS_FOLDER: &str = ".conflicts";

/// Tools keep these beside scripts; they are no blueprints.
const NO_BLUEPRINTS: [&str; 3] = ["package.json", "tsconfig.json", "jsconfig.json"];

/// What a file of the project is to the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A script module of one app; `key` is its name in `scriptFiles`.
    AppScript {
        /// The app's folder.
        app: String,
        /// Its path below that folder.
        key: ProjectPath,
    },
    /// A module below `shared/`; `key` starts with `@shared/`.
    SharedScript {
        /// Its name in the `scriptFiles` of every app that imports it.
        key: ProjectPath,
    },
    /// The defaults of a blueprint.
    Blueprint {
        /// The app's folder.
        app: String,
        /// The blueprint's id.
        id: String,
    },
    /// A record of the project.
    Record {
        /// Its name in the world, as the file's path spells it; whether that is one, the world says.
        slug: String,
    },
    /// A file blueprints and props refer to.
    Asset,
    /// `world.json`.
    World,
    /// Nothing the mirror carries. It is never touched.
    Other,
}

/// Folders that belong to tools, to us, or to nobody: never scanned, never written.
pub const SKIPPED: [&str; 4] = [".git", "node_modules", CONFLICTS_FOLDER, STATE_FOLDER];

/// What scripts are written in, by the ending of their files.
pub const SCRIPTS: [&str; 3] = ["js", "ts", "luau"];

/// What every temporary name beside a target starts with.
pub const TEMPORARY_PREFIX: &str = ".bowline-tmp-";

/// Whether the mirror never looks at files or folders of this name.
#[must_use]
pub fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name) || name.starts_with(TEMPORARY_PREFIX)
}

/// Whether a path names a file of tests: `door.test.js`, `door.test.ts`, `door.test.luau`. Tests lie
/// beside what they test, are run by `bowline test`, and never go to a world.
#[must_use]
pub fn is_test(path: &ProjectPath) -> bool {
    let name = path.as_str().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = ["js", "ts", "luau"].iter().find_map(|it| name.strip_suffix(it)?.strip_suffix('.'));
    stem.is_some_and(|it| it.ends_with(".test"))
}

/// What `path` is to the mirror.
#[must_use]
pub fn place(path: &ProjectPath) -> Place {
    if path.as_str().split('/').any(is_skipped) || is_test(path) {
        return Place::Other;
    }
    if path.as_str() == WORLD_FILE {
        return Place::World;
    }
    if path.below("assets").is_some() {
        return Place::Asset;
    }
    if let Some(rest) = path.below("shared") {
        return match ProjectPath::parse(&format!("@shared/{rest}")) {
            Ok(key) if is_script(&key) => Place::SharedScript { key },
            _ => Place::Other,
        };
    }
    if let Some(slug) = slug_of(path) {
        return Place::Record { slug };
    }
    match path.below("apps").and_then(|rest| rest.split_once('/')) {
        Some((app, rest)) => place_in_app(app, rest),
        None => Place::Other,
    }
}

fn place_in_app(app: &str, rest: &str) -> Place {
    let Ok(key) = ProjectPath::parse(rest) else { return Place::Other };
    let app = app.to_owned();
    match rest.strip_suffix(".json") {
        _ if is_script(&key) => Place::AppScript { app, key },
        Some(file) if !rest.contains('/') && !NO_BLUEPRINTS.contains(&rest) => {
            Place::Blueprint { id: blueprint::join_id(&app, file), app }
        }
        _ => Place::Other,
    }
}

/// The slug of the record in `file`: `room/project/component/ui/label` for `schemas/ui/label.json`; `None`
/// for a file that holds no record.
#[must_use]
pub fn slug_of(file: &ProjectPath) -> Option<String> {
    let (folder, kind, endings) = RECORDS.iter().find(|it| file.below(it.0).is_some())?;
    let (name, ending) = file.below(folder)?.rsplit_once('.')?;
    // Types of a system are there for editors.
    let is_record = endings.contains(&ending) && !name.ends_with(".d");
    is_record.then(|| format!("{PROJECT_SCOPE}/{kind}/{name}"))
}

/// The file of the project's record `slug`, which is written in `ending`; `None` for a record of
/// another scope, or one that no file can hold.
#[must_use]
pub fn record_file(slug: &str, ending: &str) -> Option<ProjectPath> {
    let (kind, name) = slug.strip_prefix(PROJECT_SCOPE)?.strip_prefix('/')?.split_once('/')?;
    let (folder, ..) = RECORDS.iter().find(|it| it.1 == kind && it.2.contains(&ending))?;
    let file = ProjectPath::parse(&format!("{folder}/{name}.{ending}")).ok()?;
    (slug_of(&file).as_deref() == Some(slug) && !file.as_str().split('/').any(is_skipped)).then_some(file)
}

/// Whether a path names a script: `.js`, `.ts` or `.luau`, in any case.
#[must_use]
pub fn is_script(path: &ProjectPath) -> bool {
    path.extension().is_some_and(|it| SCRIPTS.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
}

/// The file that holds `item`, or `None` for an id that no file can hold.
#[must_use]
pub fn file_of(item: &ItemId) -> Option<ProjectPath> {
    let text = match item {
        ItemId::Script { app, path } => match path.below("@shared") {
            Some(rest) => format!("shared/{rest}"),
            None => format!("apps/{app}/{path}"),
        },
        ItemId::Blueprint { app, id } => {
            if !blueprint::is_storable(id) {
                return None;
            }
            format!("apps/{app}/{}.json", blueprint::split_id(id).1)
        }
        ItemId::Entity { .. } => WORLD_FILE.to_owned(),
        ItemId::Record { file } => return Some(file.clone()),
    };
    ProjectPath::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn every_kind_of_file_has_its_place() {
        let mut table = String::new();
        for path in [
            "world.json",
            "assets/a/b.glb",
            "shared/lib/x.ts",
            "shared/notes.md",
            "apps/Buoy/index.js",
            "apps/Buoy/lib/Wave.TS",
            "apps/Buoy/lib/Wave.Luau",
            "shared/lib/x.luau",
            "apps/Buoy/Buoy.json",
            "apps/Buoy/Red.json",
            "apps/Buoy/lib/data.json",
            "apps/Buoy/node_modules/x.js",
            "apps/Buoy/package.json",
            "apps/Buoy/readme.md",
            "apps/loose.js",
            "apps/Buoy/blink.test.ts",
            "apps/Buoy/parts/Mark.Test.luau",
            "apps/Buoy/contest.js",
            "shared/x.test.js",
            "bowline.toml",
            "apps/$scene/$scene.json",
            "schemas/ui/label.json",
            "schemas/.conflicts/x/label.json",
            "schemas/notes.md",
            "systems/swing.ts",
            "systems/swing.d.ts",
            "prefabs/gate.json",
        ] {
            table += &format!("{path}: {:?}\n", place(&ProjectPath::parse(path).unwrap()));
        }
        expect![[r#"
            world.json: World
            assets/a/b.glb: Asset
            shared/lib/x.ts: SharedScript { key: @shared/lib/x.ts }
            shared/notes.md: Other
            apps/Buoy/index.js: AppScript { app: "Buoy", key: index.js }
            apps/Buoy/lib/Wave.TS: AppScript { app: "Buoy", key: lib/Wave.TS }
            apps/Buoy/lib/Wave.Luau: AppScript { app: "Buoy", key: lib/Wave.Luau }
            shared/lib/x.luau: SharedScript { key: @shared/lib/x.luau }
            apps/Buoy/Buoy.json: Blueprint { app: "Buoy", id: "Buoy" }
            apps/Buoy/Red.json: Blueprint { app: "Buoy", id: "Buoy__Red" }
            apps/Buoy/lib/data.json: Other
            apps/Buoy/node_modules/x.js: Other
            apps/Buoy/package.json: Other
            apps/Buoy/readme.md: Other
            apps/loose.js: Other
            apps/Buoy/blink.test.ts: Other
            apps/Buoy/parts/Mark.Test.luau: Other
            apps/Buoy/contest.js: AppScript { app: "Buoy", key: contest.js }
            shared/x.test.js: Other
            bowline.toml: Other
            apps/$scene/$scene.json: Blueprint { app: "$scene", id: "$scene" }
            schemas/ui/label.json: Record { slug: "room/project/component/ui/label" }
            schemas/.conflicts/x/label.json: Other
            schemas/notes.md: Other
            systems/swing.ts: Record { slug: "room/project/system/swing" }
            systems/swing.d.ts: Other
            prefabs/gate.json: Record { slug: "room/project/prefab/gate" }
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn an_item_goes_back_to_the_file_it_came_from() {
        for path in ["apps/Buoy/lib/x.ts", "shared/y.js", "apps/Buoy/Red.json", "apps/Buoy/Buoy.json"] {
            let path = ProjectPath::parse(path).unwrap();
            let item = match place(&path) {
                Place::AppScript { app, key } => ItemId::Script { app, path: key },
                Place::SharedScript { key } => ItemId::Script { app: "Any".to_owned(), path: key },
                Place::Blueprint { app, id } => ItemId::Blueprint { app, id },
                other => panic!("{other:?}"),
            };
            assert_eq!(file_of(&item), Some(path));
        }
        for path in ["schemas/ui/label.json", "systems/swing.luau"] {
            let path = ProjectPath::parse(path).unwrap();
            let ending = path.extension().unwrap();
            assert_eq!(record_file(&slug_of(&path).unwrap(), ending), Some(path));
        }
        for slug in [
            "core/component/mesh",
            "room/project/component/../x",
            "room/project/world/x",
            "room/project/component",
            "room/project/system/x.d",
        ] {
            assert_eq!((record_file(slug, "json"), record_file(slug, "ts")), (None, None), "{slug}");
        }
        let hostile = ItemId::Blueprint { app: "..".to_owned(), id: "../../victim__x".to_owned() };
        assert_eq!(file_of(&hostile), None);
    }
}
