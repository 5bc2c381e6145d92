//! Which file of a project holds what.
//!
//! The layout is the one existing worlds use: `apps/<App>/…`, `shared/…`, `assets/…`, `world.json`.

use crate::{ItemId, ProjectPath, blueprint};

/// The file that places entities in the world.
pub const WORLD_FILE: &str = "world.json";

/// The folders of a project that are scanned, watched and written.
pub const ROOTS: [&str; 6] = ["apps", "assets", "prefabs", "schemas", "shared", "strings"];

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
    /// A file blueprints and props refer to.
    Asset,
    /// `world.json`.
    World,
    /// Nothing the mirror carries. It is never touched.
    Other,
}

/// Folders that belong to tools, to us, or to nobody: never scanned, never written.
pub const SKIPPED: [&str; 4] = [".git", "node_modules", CONFLICTS_FOLDER, STATE_FOLDER];

/// What every temporary name beside a target starts with.
pub const TEMPORARY_PREFIX: &str = ".bowline-tmp-";

/// Whether the mirror never looks at files or folders of this name.
#[must_use]
pub fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name) || name.starts_with(TEMPORARY_PREFIX)
}

/// What `path` is to the mirror.
#[must_use]
pub fn place(path: &ProjectPath) -> Place {
    if path.as_str().split('/').any(is_skipped) {
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

/// Whether a path names a script: `.js` or `.ts`, in any case.
#[must_use]
pub fn is_script(path: &ProjectPath) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case("js") || it.eq_ignore_ascii_case("ts"))
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
            "apps/Buoy/Buoy.json",
            "apps/Buoy/Red.json",
            "apps/Buoy/lib/data.json",
            "apps/Buoy/node_modules/x.js",
            "apps/Buoy/package.json",
            "apps/Buoy/readme.md",
            "apps/loose.js",
            "bowline.toml",
            "apps/$scene/$scene.json",
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
            apps/Buoy/Buoy.json: Blueprint { app: "Buoy", id: "Buoy" }
            apps/Buoy/Red.json: Blueprint { app: "Buoy", id: "Buoy__Red" }
            apps/Buoy/lib/data.json: Other
            apps/Buoy/node_modules/x.js: Other
            apps/Buoy/package.json: Other
            apps/Buoy/readme.md: Other
            apps/loose.js: Other
            bowline.toml: Other
            apps/$scene/$scene.json: Blueprint { app: "$scene", id: "$scene" }
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
        let hostile = ItemId::Blueprint { app: "..".to_owned(), id: "../../victim__x".to_owned() };
        assert_eq!(file_of(&hostile), None);
    }
}
