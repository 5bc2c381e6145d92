//! [`ItemId`]: the unit of sync. Smaller than a file: `world.json` holds many entities, and a module
//! under `shared/` is one item in every app that imports it, because each app carries its own copy
//! in the world.

use std::fmt;

use crate::ProjectPath;

/// What can change on its own, and be agreed on by both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemId {
    /// A script module of an app. `path` is its key in the world's `scriptFiles`: relative to the
    /// app's folder, or `@shared/…` for a file below `shared/`.
    Script {
        /// The app's folder name.
        app: String,
        /// The key in `scriptFiles`.
        path: ProjectPath,
    },
    /// The defaults of a blueprint: everything of it that a file holds, scripts excepted.
    Blueprint {
        /// The app's folder name.
        app: String,
        /// The blueprint's id in the world.
        id: String,
    },
    /// One placed entity of `world.json`.
    Entity {
        /// The entity's id in the world.
        id: String,
    },
    /// A record of the project's own scope: a component, a prefab, a catalog, a profile, a system. It is
    /// known by its file, which says its slug ([`crate::layout::slug_of`]) and what it is written in.
    Record {
        /// Its file: `schemas/door.json`, `systems/swing.ts`.
        file: ProjectPath,
    },
}

/// What must change together: all items of an app travel in one locked update.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The project's records. First, because apps are written against them.
    Records,
    /// An app: its scripts and blueprints.
    App(String),
    /// The entities of `world.json`.
    Layout,
}

impl ItemId {
    /// The group it travels with.
    #[must_use]
    pub fn group(&self) -> Group {
        match self {
            ItemId::Script { app, .. } | ItemId::Blueprint { app, .. } => Group::App(app.clone()),
            ItemId::Entity { .. } => Group::Layout,
            ItemId::Record { .. } => Group::Records,
        }
    }

    /// Whether it is an app's copy of a module below `shared/`. Such an item is on disk for an app
    /// exactly while that app imports it; the file itself belongs to everybody.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, ItemId::Script { path, .. } if path.below("@shared").is_some())
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ItemId::Script { app, path } => write!(f, "{app}/{path}"),
            ItemId::Blueprint { id, .. } => write!(f, "blueprint {id}"),
            ItemId::Entity { id } => write!(f, "entity {id}"),
            ItemId::Record { file } => write!(f, "{file}"),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // No app can be called like this: it has a slash.
            Group::Records => f.write_str(crate::layout::PROJECT_SCOPE),
            Group::App(app) => f.write_str(app),
            Group::Layout => f.write_str("world.json"),
        }
    }
}
