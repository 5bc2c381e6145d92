//! What was seen last, as a tree like the one on disk, and how a look at a part of the disk brings
//! that part up to date. A folder is listed once per scan; a known file costs one `lstat`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, FileType};
use std::io;
use std::time::SystemTime;

use bowline_model::layout::{ROOTS, TOP_FILES, is_skipped};
use bowline_model::{Problem, ProjectPath};

use super::look::{self, Memory};
use super::{QUIET, RootState, Sighting, Unseen, Walk};
use crate::folder;

/// The roots and top files that exist, by name.
#[derive(Debug, Default)]
pub(super) struct Tree {
    top: BTreeMap<&'static str, Node>,
}

/// One name on disk.
#[derive(Debug)]
struct Node {
    path: ProjectPath,
    /// What was said about exactly this path last. A folder in good order is "absent": no file.
    said: Sighting,
    memory: Memory,
    /// When it was first found missing, while it is.
    missing_since: Option<SystemTime>,
    /// Its entries, if it is a folder.
    entries: Option<BTreeMap<OsString, Node>>,
}

/// How far below a folder to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Its own entries; folders among them only if they are new or could not be seen before.
    Entries,
    /// Everything.
    All,
}

/// Whether something that is missing has been missing for long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gone {
    Surely,
    Perhaps,
}

/// What became of listing a folder.
enum Listed {
    Yes,
    NoFolder,
    Unreadable(String),
}

impl Tree {
    pub(super) fn rescan_all(&mut self, walk: &mut Walk<'_>) {
        ROOTS.iter().for_each(|root| self.rescan_root(root, walk));
        TOP_FILES.iter().for_each(|name| self.look_at_top_file(name, walk));
    }

    /// Looks at `path` and, if it is a folder, at everything below it.
    pub(super) fn rescan(&mut self, path: &ProjectPath, walk: &mut Walk<'_>) {
        if path.as_str().split('/').any(is_skipped) {
            return;
        }
        let first = path.as_str().split('/').next().unwrap_or_default();
        if let Some(name) = TOP_FILES.iter().find(|it| **it == path.as_str()) {
            return self.look_at_top_file(name, walk);
        }
        let Some(root) = ROOTS.iter().find(|it| **it == first) else { return };
        let known = self.top.get_mut(root).filter(|it| it.is_seen_folder());
        match (path.parent(), known) {
            (Some(_), Some(node)) if folder::blocked(walk.root, path).is_none() => {
                if let Listed::NoFolder = node.rescan(path, walk) {
                    self.rescan_parent(path, walk);
                }
            }
            // Something on the way has become a link, or a file: look at the folder that holds it.
            (Some(_), Some(_)) => self.rescan_parent(path, walk),
            _ => self.rescan_root(root, walk),
        }
    }

    fn rescan_parent(&mut self, path: &ProjectPath, walk: &mut Walk<'_>) {
        if let Some(parent) = path.parent() {
            self.rescan(&parent, walk);
        }
    }

    fn rescan_root(&mut self, root: &'static str, walk: &mut Walk<'_>) {
        let stat = fs::symlink_metadata(walk.root.join(root));
        let state = match stat {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(node) = self.top.get_mut(root) {
                    node.shade(&Unseen::RootVanished, walk);
                }
                RootState::Missing
            }
            Err(error) => self.shade_root(root, Unseen::Unreadable(error.to_string()), walk),
            Ok(stat) if stat.is_symlink() => self.shade_root(root, Unseen::Link, walk),
            Ok(stat) if !stat.is_dir() => self.shade_root(root, Unseen::NotAFile, walk),
            Ok(_) => {
                let node = self.top.entry(root).or_insert_with(|| Node::new(top_path(root)));
                node.entries.get_or_insert_default();
                match node.list(Depth::All, walk) {
                    Listed::Yes => RootState::Present,
                    Listed::NoFolder => RootState::Missing,
                    Listed::Unreadable(why) => RootState::Unreadable(why),
                }
            }
        };
        walk.scan.roots.insert(root, state);
    }

    fn shade_root(&mut self, root: &'static str, reason: Unseen, walk: &mut Walk<'_>) -> RootState {
        let node = self.top.entry(root).or_insert_with(|| Node::new(top_path(root)));
        node.shade(&reason, walk);
        RootState::Unreadable(match reason {
            Unseen::Unreadable(why) => why,
            Unseen::Link => "it is a symbolic link".to_owned(),
            _ => "it is not a folder".to_owned(),
        })
    }

    pub(super) fn concede_root(&mut self, root: &str, walk: &mut Walk<'_>) {
        let vanished = Sighting::Unknown { reason: Unseen::RootVanished };
        if self.top.get(root).is_some_and(|it| it.said == vanished)
            && let Some(mut node) = self.top.remove(root)
        {
            node.vanish(Gone::Surely, walk);
        }
    }

    fn look_at_top_file(&mut self, name: &'static str, walk: &mut Walk<'_>) {
        let folder = fs::symlink_metadata(walk.root);
        let gone = match &folder {
            Ok(stat) if look::entries_are_still(stat, walk.now) => Gone::Surely,
            _ => Gone::Perhaps,
        };
        match fs::symlink_metadata(walk.root.join(name)) {
            Ok(stat) => {
                let node = self.top.entry(name).or_insert_with(|| Node::new(top_path(name)));
                node.missing_since = None;
                node.look(stat.file_type(), || Ok(stat), walk);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(node) = self.top.get_mut(name) {
                    match folder {
                        Ok(_) => node.miss(gone, walk),
                        // The whole project is away: then nothing can be said.
                        Err(_) => node.shade(&Unseen::RootVanished, walk),
                    }
                    if node.said == Sighting::Absent {
                        self.top.remove(name);
                    }
                }
            }
            Err(error) => {
                let node = self.top.entry(name).or_insert_with(|| Node::new(top_path(name)));
                node.shade(&Unseen::Unreadable(error.to_string()), walk);
            }
        }
    }

    pub(super) fn distrust(&mut self, after: Option<&ProjectPath>, count: usize) -> Option<ProjectPath> {
        let mut files = Vec::new();
        self.top.values_mut().for_each(|node| node.collect_files(after, &mut files));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let more = files.len() > count;
        let mut last = None;
        for node in files.into_iter().take(count) {
            node.memory.distrust();
            last = Some(node.path.clone());
        }
        last.filter(|_| more)
    }
}

impl Node {
    fn new(path: ProjectPath) -> Node {
        Node { path, said: Sighting::Absent, memory: Memory::default(), missing_since: None, entries: None }
    }

    fn is_seen_folder(&self) -> bool {
        self.entries.is_some() && self.said == Sighting::Absent
    }

    fn say(&mut self, sighting: Sighting, walk: &mut Walk<'_>) {
        if self.said != sighting {
            walk.scan.changes.insert(self.path.clone(), sighting.clone());
            self.said = sighting;
        }
    }

    /// Everything from here on is unknown, for one reason.
    fn shade(&mut self, reason: &Unseen, walk: &mut Walk<'_>) {
        self.say(Sighting::Unknown { reason: reason.clone() }, walk);
        self.entries.iter_mut().flat_map(BTreeMap::values_mut).for_each(|it| it.shade(reason, walk));
    }

    /// It is not where it was. If its folder cannot vouch for that, because other entries come and
    /// go, two looks have to.
    fn miss(&mut self, gone: Gone, walk: &mut Walk<'_>) {
        let since = *self.missing_since.get_or_insert(walk.now);
        let is_still_missing = walk.now.duration_since(since).is_ok_and(|it| it >= QUIET);
        self.vanish(if is_still_missing { Gone::Surely } else { gone }, walk);
    }

    /// Everything from here on is no longer there.
    fn vanish(&mut self, gone: Gone, walk: &mut Walk<'_>) {
        if gone == Gone::Perhaps {
            walk.unsettled.insert(self.path.clone());
            return self.shade(&Unseen::Unsettled, walk);
        }
        self.entries.iter_mut().flat_map(BTreeMap::values_mut).for_each(|it| it.vanish(gone, walk));
        self.say(Sighting::Absent, walk);
    }

    /// Looks at `path`, somewhere below this folder that can be seen.
    fn rescan(&mut self, path: &ProjectPath, walk: &mut Walk<'_>) -> Listed {
        let rest = path.below(self.path.as_str()).unwrap_or_default();
        let (name, deeper) = rest.split_once('/').map_or((rest, false), |(name, _)| (name, true));
        let Some(entry) = self.entries.as_mut().and_then(|it| it.get_mut(OsStr::new(name))) else {
            // Not known: most often the temporary file of an editor, which is gone already.
            let is_gone = fs::symlink_metadata(walk.place(path)).is_err();
            return if is_gone && !deeper { Listed::Yes } else { self.list(Depth::Entries, walk) };
        };
        if deeper {
            return match entry.is_seen_folder() {
                true => entry.rescan(path, walk),
                false => self.list(Depth::Entries, walk),
            };
        }
        match fs::symlink_metadata(walk.place(path)) {
            Ok(stat) if stat.is_file() && entry.entries.is_none() && !entry.is_clashing() => {
                entry.look(stat.file_type(), || Ok(stat), walk);
                Listed::Yes
            }
            Ok(stat) if stat.is_dir() && entry.is_seen_folder() => entry.list(Depth::All, walk),
            _ => self.list(Depth::Entries, walk),
        }
    }

    fn is_clashing(&self) -> bool {
        matches!(self.said, Sighting::Unknown { reason: Unseen::Clash { .. } })
    }

    /// Lists this folder and looks at what it holds.
    fn list(&mut self, depth: Depth, walk: &mut Walk<'_>) -> Listed {
        if depth == Depth::Entries && !walk.listed.insert(self.path.clone()) {
            return Listed::Yes;
        }
        let place = walk.place(&self.path);
        // Before the listing: what vanishes after this look will be seen by the next.
        let stat = fs::symlink_metadata(&place);
        let listing = fs::read_dir(&place).and_then(Iterator::collect::<io::Result<Vec<DirEntry>>>);
        let (stat, listing) = match (stat, listing) {
            (Ok(stat), Ok(listing)) => (stat, listing),
            (Err(error), _) | (_, Err(error)) if is_no_folder(&error) => return Listed::NoFolder,
            (Err(error), _) | (_, Err(error)) => {
                self.shade(&Unseen::Unreadable(error.to_string()), walk);
                return Listed::Unreadable(error.to_string());
            }
        };
        walk.listed.insert(self.path.clone());
        self.say(Sighting::Absent, walk);
        let gone = if look::entries_are_still(&stat, walk.now) { Gone::Surely } else { Gone::Perhaps };
        self.take_listing(listing, depth, gone, walk);
        Listed::Yes
    }

    fn take_listing(&mut self, listing: Vec<DirEntry>, depth: Depth, gone: Gone, walk: &mut Walk<'_>) {
        let mut entries = self.entries.take().unwrap_or_default();
        let mut present = BTreeMap::new();
        let mut is_new = false;
        for entry in listing {
            let name = entry.file_name();
            if name.to_str().is_some_and(is_skipped) {
                continue;
            }
            if !entries.contains_key(&name) {
                let Some(path) = self.name_entry(&name, walk) else { continue };
                entries.insert(name.clone(), Node::new(path));
                is_new = true;
            }
            present.insert(name, entry);
        }
        let is_same = !is_new && present.len() == entries.len();
        let clashes = if is_same && !entries.values().any(Node::is_clashing) {
            HashMap::new()
        } else {
            clashes(present.keys())
        };
        entries.retain(|name, node| match present.remove(name) {
            None => {
                node.miss(gone, walk);
                node.said != Sighting::Absent
            }
            Some(entry) => {
                node.missing_since = None;
                match clashes.get(name) {
                    Some(with) => node.shade(&Unseen::Clash { with: with.clone() }, walk),
                    None => node.take_entry(&entry, depth, walk),
                }
                true
            }
        });
        self.entries = Some(entries);
    }

    fn take_entry(&mut self, entry: &DirEntry, depth: Depth, walk: &mut Walk<'_>) {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                let is_known = self.is_seen_folder();
                self.entries.get_or_insert_default();
                if (depth == Depth::All || !is_known)
                    && let Listed::NoFolder = self.list(Depth::All, walk)
                {
                    // It vanished between the two listings; whatever replaces it has not settled.
                    self.vanish(Gone::Perhaps, walk);
                }
            }
            Ok(kind) => self.look(kind, || entry.metadata(), walk),
            Err(error) => self.shade(&Unseen::Unreadable(error.to_string()), walk),
        }
    }

    /// Looks at what is no folder (any more).
    fn look(&mut self, kind: FileType, stat: impl FnOnce() -> io::Result<fs::Metadata>, walk: &mut Walk<'_>) {
        if kind.is_symlink() {
            return self.shade(&Unseen::Link, walk);
        }
        if !kind.is_file() {
            return self.shade(&Unseen::NotAFile, walk);
        }
        if let Some(mut entries) = self.entries.take() {
            // Where the folder was there is a file, so what was in the folder is really gone.
            entries.values_mut().for_each(|it| it.vanish(Gone::Surely, walk));
        }
        match stat() {
            Ok(stat) => {
                let sighting = look::look(&self.path, &stat, &mut self.memory, walk);
                self.say(sighting, walk);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.vanish(Gone::Perhaps, walk),
            Err(error) => self.shade(&Unseen::Unreadable(error.to_string()), walk),
        }
    }

    /// The path of an entry; a problem if it cannot have one.
    fn name_entry(&self, name: &OsStr, walk: &mut Walk<'_>) -> Option<ProjectPath> {
        let why = match name.to_str().map(|name| self.path.join(name)) {
            Some(Ok(path)) => return Some(path),
            Some(Err(bad)) => bad.to_string(),
            None => format!("`{}` is not UTF-8", name.to_string_lossy()),
        };
        let problem = Problem::file("unstorable_name", self.path.as_str(), why);
        walk.scan.unnameable.push(problem.help("rename it; until then it is not mirrored"));
        None
    }

    fn collect_files<'a>(&'a mut self, after: Option<&ProjectPath>, files: &mut Vec<&'a mut Node>) {
        if self.entries.is_none() {
            if after.is_none_or(|after| self.path > *after) {
                files.push(self);
            }
            return;
        }
        self.entries.iter_mut().flat_map(BTreeMap::values_mut).for_each(|it| it.collect_files(after, files));
    }
}

/// Which of these names are one name on a disk that folds case or normalises Unicode, each with
/// another it clashes with.
fn clashes<'a>(names: impl Iterator<Item = &'a OsString>) -> HashMap<OsString, String> {
    let mut by_key: HashMap<String, BTreeSet<&str>> = HashMap::new();
    for name in names.filter_map(|it| it.to_str()) {
        by_key.entry(fold_key(name)).or_default().insert(name);
    }
    let clashing = by_key.into_values().filter(|it| it.len() > 1);
    let with_another = clashing.flat_map(|names| {
        let list: Vec<&str> = names.into_iter().collect();
        let count = list.len();
        (0..count)
            .map(move |n| (OsString::from(list[n]), list[(n + 1) % count].to_owned()))
            .collect::<Vec<_>>()
    });
    with_another.collect()
}

fn fold_key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    ProjectPath::parse(name).map_or_else(|_| name.to_owned(), |it| it.fold_key())
}

fn is_no_folder(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn top_path(name: &str) -> ProjectPath {
    ProjectPath::parse(name).expect("our own folder names are paths")
}
