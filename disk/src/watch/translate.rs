//! One path of one event, in our words. The only question asked of the disk is whether a name is a
//! folder now; events of different systems do not say.

use std::fs;
use std::path::{Component, Path};

use bowline_model::ProjectPath;
use bowline_model::layout::{ROOTS, STATE_FOLDER, TOP_FILES, is_skipped};
use notify::EventKind;
use notify::event::{AccessKind, AccessMode, MetadataKind, ModifyKind, RemoveKind};

/// What an event means for one path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing we care for.
    Nothing,
    /// The project's own folder was moved or removed.
    Everything,
    /// A barrier has come back.
    Cookie(String),
    /// Something that is no folder now.
    Path(ProjectPath),
    /// A folder that is there and may be new to us.
    Folder(ProjectPath),
    /// A folder that is no more, or a name that we cannot spell inside this folder.
    Gone(ProjectPath),
}

pub(super) fn meaning(root: &Path, kind: &EventKind, path: &Path) -> Meaning {
    if is_mere_access(kind) {
        return Meaning::Nothing;
    }
    let Ok(below) = path.strip_prefix(root) else { return Meaning::Nothing };
    let names: Vec<_> = below.components().filter_map(as_name).collect();
    match names[..] {
        [] if matches!(kind, EventKind::Modify(ModifyKind::Metadata(_) | ModifyKind::Data(_))) => {
            return Meaning::Nothing;
        }
        [] => return Meaning::Everything,
        [Some(STATE_FOLDER), Some("cookies"), Some(name)] => {
            return match kind {
                EventKind::Remove(_) => Meaning::Nothing,
                // Once: its creation. Later events of the same file find it gone.
                _ if fs::symlink_metadata(path).is_ok() => Meaning::Cookie(name.to_owned()),
                _ => Meaning::Nothing,
            };
        }
        _ => (),
    }
    let is_ours = |name: &&str| ROOTS.contains(name) || TOP_FILES.contains(name);
    let first = names[0].filter(is_ours).and_then(|name| ProjectPath::parse(name).ok());
    let Some(first) = first else { return Meaning::Nothing };
    if names.iter().flatten().any(|name| is_skipped(name)) {
        return Meaning::Nothing;
    }
    match spell(first, &names[1..]) {
        Err(folder) => Meaning::Gone(folder),
        Ok(path_in_project) if *kind == EventKind::Remove(RemoveKind::Folder) => {
            Meaning::Gone(path_in_project)
        }
        Ok(path_in_project) => match fs::symlink_metadata(path) {
            Ok(stat) if stat.is_dir() && matters_to_a_folder(kind) => Meaning::Folder(path_in_project),
            Ok(stat) if stat.is_dir() => Meaning::Nothing,
            _ => Meaning::Path(path_in_project),
        },
    }
}

fn is_mere_access(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if *access != AccessKind::Close(AccessMode::Write))
}

/// The time of a folder changes with its entries, which have events of their own.
fn matters_to_a_folder(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime | MetadataKind::WriteTime))
            | EventKind::Modify(ModifyKind::Data(_))
    )
}

fn as_name(component: Component<'_>) -> Option<Option<&str>> {
    match component {
        Component::Normal(name) => Some(name.to_str()),
        _ => None,
    }
}

/// The path with these names; else the nearest folder above it that can be spelled.
fn spell(first: ProjectPath, rest: &[Option<&str>]) -> Result<ProjectPath, ProjectPath> {
    rest.iter().try_fold(first, |folder, name| match name.map(|name| folder.join(name)) {
        Some(Ok(longer)) => Ok(longer),
        _ => Err(folder),
    })
}
