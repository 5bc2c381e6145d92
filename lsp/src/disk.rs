//! What is on disk, read in the background: whole projects when they are opened, single files when the
//! editor says that something happened to them.
//!
//! One task reads, so what was read last is what is there. What is asked for meanwhile is a set: asking
//! twice is asking once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bowline_analysis::text::Text;
use bowline_model::ProjectPath;
use bowline_model::layout::{ROOTS, WORLD_FILE, is_skipped};
use tokio::sync::Notify;

use crate::server::Shared;
use crate::workspace::belongs;

/// Longer files are left out, and it is said.
const BYTES_MAX: u64 = 512 * 1024;

/// Further files are left out, and it is said.
const FILES_MAX: usize = 20_000;

/// What is to be read: all of a project, or what is at and below one path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// The project's folder.
    pub(crate) root: PathBuf,
    /// What is read of it; nothing is all.
    pub(crate) below: Option<ProjectPath>,
}

impl Asked {
    /// Whether `path` is part of what is asked.
    pub(crate) fn covers(&self, path: &ProjectPath) -> bool {
        self.below.as_ref().is_none_or(|it| it == path || path.below(it.as_str()).is_some())
    }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Reading {
    /// What was asked.
    pub(crate) asked: Asked,
    /// Each file that is there; without a text if it could not be read, for then it is not gone.
    pub(crate) found: BTreeMap<ProjectPath, Option<Text>>,
    /// What people should know.
    pub(crate) notices: Vec<String>,
}

/// What waits to be read.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    asked: Mutex<BTreeSet<Asked>>,
    some: Notify,
}

impl Waiting {
    /// Asks for more.
    pub(crate) fn add(&self, asked: Vec<Asked>) {
        if !asked.is_empty() {
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).extend(asked);
            self.some.notify_one();
        }
    }

    /// All that is asked for, as soon as there is any.
    async fn take(&self) -> BTreeSet<Asked> {
        self.some.notified().await;
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        let whole: BTreeSet<PathBuf> =
            asked.iter().filter(|it| it.below.is_none()).map(|it| it.root.clone()).collect();
        asked.retain(|it| it.below.is_none() || !whole.contains(&it.root));
        asked
    }
}

/// Reads whatever is asked for, for ever.
pub(crate) async fn keep_reading(shared: Arc<Shared>) {
    loop {
        for asked in shared.disk.take().await {
            let Ok(reading) = tokio::task::spawn_blocking(move || read(asked)).await else { continue };
            let todo = shared.state.change(|it| it.read(&reading));
            shared.schedule(todo);
            for notice in reading.notices {
                shared.outbox.notice(notice);
            }
        }
    }
}

/// Reads what is asked.
pub(crate) fn read(asked: Asked) -> Reading {
    let mut reading = Reading { asked, found: BTreeMap::new(), notices: Vec::new() };
    let mut open: Vec<ProjectPath> = match &reading.asked.below {
        Some(path) => vec![path.clone()],
        None => ROOTS.iter().chain([&WORLD_FILE]).filter_map(|it| ProjectPath::parse(it).ok()).collect(),
    };
    let root = reading.asked.root.clone();
    while let Some(path) = open.pop() {
        if path.as_str().split('/').any(is_skipped) {
            continue;
        }
        let place = root.join(path.as_str());
        match fs::metadata(&place) {
            Ok(it) if it.is_dir() => open.extend(entries(&place, &path)),
            Ok(it) if it.is_file() && belongs(&path) => reading.file(&path, &place, it.len()),
            // Of assets only that they are there.
            Ok(it) if it.is_file() && path.below("assets").is_some() => {
                drop(reading.found.insert(path, None))
            }
            _ => (),
        }
    }
    reading
}

impl Reading {
    fn file(&mut self, path: &ProjectPath, place: &Path, bytes: u64) {
        if bytes > BYTES_MAX {
            self.notices.push(format!(
                "{path} is longer than {} kB: the editor gets no help from it",
                BYTES_MAX / 1024
            ));
            self.found.insert(path.clone(), None);
        } else if self.found.len() == FILES_MAX {
            self.notices.push(format!(
                "{} holds more than {FILES_MAX} files: the editor gets no help from the rest",
                self.asked.root.display()
            ));
            self.found.insert(path.clone(), None);
        } else if self.found.len() < FILES_MAX {
            self.found.insert(path.clone(), text(place).ok());
        }
    }
}

fn text(place: &Path) -> io::Result<Text> {
    Ok(Text::new(&String::from_utf8_lossy(&fs::read(place)?)))
}

/// What is in a folder; links to folders are not followed, they may lead in a circle.
fn entries(place: &Path, path: &ProjectPath) -> Vec<ProjectPath> {
    let Ok(listing) = fs::read_dir(place) else { return Vec::new() };
    let entry = |it: fs::DirEntry| {
        let is_link = it.file_type().ok()?.is_symlink();
        if is_link && it.path().is_dir() {
            return None;
        }
        path.join(it.file_name().to_str()?).ok()
    };
    listing.flatten().filter_map(entry).collect()
}
