//! [`State`]: all that is known now, behind one lock.
//!
//! Every change is a plain function of [`Now`] that says what follows of it ([`Todo`]); none waits for
//! anything. The lock is a `std` one on purpose: it cannot be held across an `.await`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bowline_analysis::text::Text;
use bowline_model::ProjectPath;
use bowline_model::layout::{ROOTS, WORLD_FILE};
use tower_lsp::ls_types::{Position, TextDocumentContentChangeEvent, TextDocumentItem, Uri};

use crate::abilities::Abilities;
use crate::disk::{Asked, Reading};
use crate::document::{Document, Revision, edited};
use crate::place;
use crate::workspace::{Files, Workspace, is_root};
use crate::worlds::Made;

/// All that is known, for everybody.
#[derive(Debug, Default)]
pub(crate) struct State(Mutex<Now>);

impl State {
    /// A change, and what follows of it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        change(&mut self.lock())
    }

    /// A look.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Now) -> T) -> T {
        look(&self.lock())
    }

    /// After a panic what is there is still whole: texts and projects are replaced, never half-changed.
    fn lock(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that is known at one moment.
#[derive(Debug, Default)]
pub(crate) struct Now {
    /// What the editor can do.
    pub(crate) abilities: Abilities,
    /// What is open, by where it is.
    pub(crate) documents: BTreeMap<PathBuf, Document>,
    /// The projects.
    pub(crate) workspaces: Vec<Workspace>,
    /// Folders the editor named before it was ready.
    begun_with: Vec<PathBuf>,
    /// How often anything changed.
    revision: u64,
}

/// What follows of a change.
#[derive(Debug, Default)]
pub(crate) struct Todo {
    /// What is to be read from disk.
    pub(crate) read: Vec<Asked>,
    /// Whether a world may be another.
    pub(crate) worlds: bool,
}

/// What a question about one place is answered from.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// The project.
    pub(crate) files: Files,
    /// As the editor spells the file.
    pub(crate) uri: Uri,
    /// The file that is asked about.
    pub(crate) path: ProjectPath,
    /// What stands in it.
    pub(crate) text: Text,
    /// What the editor can do.
    pub(crate) abilities: Abilities,
    /// Which change of the document it is of.
    at: u64,
    revision: Revision,
}

impl Snapshot {
    /// Where `position` is in the text.
    pub(crate) fn offset(&self, position: Position) -> u32 {
        self.text.offset(place::at(position), self.abilities.encoding)
    }

    /// Whether the document was edited since.
    pub(crate) fn is_stale(&self) -> bool {
        self.revision.now() != self.at
    }
}

impl Now {
    /// The editor introduced itself, with these folders.
    pub(crate) fn begin_with(&mut self, folders: Vec<PathBuf>) {
        self.begun_with = folders;
    }

    /// The editor is ready.
    pub(crate) fn begin(&mut self) -> Todo {
        let folders = std::mem::take(&mut self.begun_with);
        self.folders(&folders, &[])
    }

    /// A file was opened.
    pub(crate) fn open(&mut self, item: TextDocumentItem) -> Todo {
        let Some(file) = place::file(&item.uri) else { return Todo::default() };
        let text = Text::new(&item.text);
        let mut todo = self.find_workspace(&file);
        let document = Document {
            uri: item.uri,
            version: item.version,
            text: text.clone(),
            revision: Revision::default(),
        };
        document.revision.set(self.next());
        if let Some(before) = self.documents.insert(file.clone(), document) {
            // An editor that opens twice: who computes on the first is late.
            before.revision.set(self.revision);
        }
        todo.worlds |= self.put(&file, &text);
        todo
    }

    /// A file that is open was edited.
    pub(crate) fn edit(&mut self, uri: &Uri, version: i32, edits: &[TextDocumentContentChangeEvent]) -> Todo {
        let Some(file) = place::file(uri) else { return Todo::default() };
        let (encoding, revision) = (self.abilities.encoding, self.next());
        let Some(document) = self.documents.get_mut(&file) else { return Todo::default() };
        document.text = edited(&document.text, edits, encoding);
        document.version = version;
        document.revision.set(revision);
        let text = document.text.clone();
        Todo { worlds: self.put(&file, &text), ..Todo::default() }
    }

    /// A file was closed: what is on disk is the truth again. Until it is read, the last text stands.
    pub(crate) fn close(&mut self, uri: &Uri) -> Todo {
        let Some(file) = place::file(uri) else { return Todo::default() };
        let revision = self.next();
        if let Some(document) = self.documents.remove(&file) {
            document.revision.set(revision);
        }
        self.touched(&[file])
    }

    /// Something happened to files or folders on disk.
    pub(crate) fn touched(&mut self, files: &[PathBuf]) -> Todo {
        let asked = files.iter().filter_map(|it| {
            let workspace = self.workspace_of(it)?;
            let below = place::below(&workspace.root, it);
            let top = below.as_ref().and_then(|it| it.as_str().split('/').next());
            let is_ours = top.is_none_or(|it| it == WORLD_FILE || ROOTS.contains(&it));
            is_ours.then(|| Asked { root: workspace.root.clone(), below })
        });
        Todo { read: asked.collect(), worlds: false }
    }

    /// Folders were opened and closed in the editor.
    pub(crate) fn folders(&mut self, opened: &[PathBuf], closed: &[PathBuf]) -> Todo {
        let gone = |it: &Workspace| closed.iter().any(|folder| it.root.starts_with(folder));
        self.workspaces.retain(|it| !gone(it));
        let mut todo = Todo::default();
        // A file that is still open keeps its project.
        let open = self.documents.keys().cloned().collect::<Vec<_>>();
        for folder in opened.iter().chain(&open) {
            todo.read.extend(self.find_workspace(&folder.join("x")).read);
        }
        let texts: Vec<(PathBuf, Text)> =
            self.documents.iter().map(|(file, it)| (file.clone(), it.text.clone())).collect();
        for (file, text) in texts {
            todo.worlds |= self.put(&file, &text);
        }
        self.next();
        todo
    }

    /// Takes in what the disk says; what is open stays as it is.
    pub(crate) fn read(&mut self, reading: &Reading) -> Todo {
        self.next();
        let documents = &self.documents;
        let Some(workspace) = self.workspaces.iter_mut().find(|it| it.root == reading.asked.root) else {
            return Todo::default();
        };
        let is_open = |path: &ProjectPath| documents.contains_key(&workspace.root.join(path.as_str()));
        let gone: Vec<ProjectPath> = workspace
            .project
            .all()
            .map(|it| it.1.path.clone())
            .filter(|it| reading.asked.covers(it) && !reading.found.contains_key(it) && !is_open(it))
            .collect();
        let found: Vec<(&ProjectPath, &Text)> = reading
            .found
            .iter()
            .filter_map(|(path, text)| Some((path, text.as_ref()?)))
            .filter(|it| !is_open(it.0))
            .collect();
        let mut unread = (*workspace.unread).clone();
        unread.retain(|it| !reading.asked.covers(it));
        unread.extend(reading.found.iter().filter(|it| it.1.is_none()).map(|it| it.0.clone()));
        workspace.unread = Arc::new(unread);
        for path in &gone {
            workspace.change(|it| it.without(path));
        }
        for (path, text) in found {
            workspace.put(path, text);
        }
        workspace.is_read |= reading.asked.below.is_none();
        Todo { read: Vec::new(), worlds: true }
    }

    /// Takes in a world that was made of a project's records.
    pub(crate) fn made(&mut self, made: Made) {
        self.next();
        if let Some(workspace) = self.workspaces.iter_mut().find(|it| it.root == made.root) {
            workspace.records = made.records;
            workspace.problems = made.problems;
            if let Some(world) = made.world {
                workspace.change(|it| it.within(world));
            }
        }
    }

    /// What a question about `uri` is answered from.
    pub(crate) fn snapshot(&self, uri: &Uri) -> Option<Snapshot> {
        let file = place::file(uri)?;
        let document = self.documents.get(&file)?;
        let workspace = self.workspace_of(&file)?;
        let path = place::below(&workspace.root, &file)?;
        Some(Snapshot {
            files: workspace.files(),
            uri: document.uri.clone(),
            path,
            text: document.text.clone(),
            abilities: self.abilities,
            at: document.revision.now(),
            revision: document.revision.clone(),
        })
    }

    /// The project a file is of: the innermost.
    pub(crate) fn workspace_of(&self, file: &Path) -> Option<&Workspace> {
        let around = self.workspaces.iter().filter(|it| file.starts_with(&it.root));
        around.max_by_key(|it| it.root.components().count())
    }

    /// Makes sure the project around `file` is known, if it is in one. Looks at the disk, a few names: an
    /// answer to the next question needs it.
    fn find_workspace(&mut self, file: &Path) -> Todo {
        if self.workspace_of(file).is_some() {
            return Todo::default();
        }
        let Some(root) = file.ancestors().skip(1).find(|it| is_root(it)) else { return Todo::default() };
        self.workspaces.push(Workspace::new(root.to_owned()));
        Todo { read: vec![Asked { root: root.to_owned(), below: None }], worlds: false }
    }

    /// Takes in what a file is now; whether that may make another world.
    fn put(&mut self, file: &Path, text: &Text) -> bool {
        let mut around: Vec<&mut Workspace> =
            self.workspaces.iter_mut().filter(|it| file.starts_with(&it.root)).collect();
        around.sort_by_key(|it| it.root.components().count());
        let Some(workspace) = around.pop() else { return false };
        let Some(path) = place::below(&workspace.root, file) else { return false };
        workspace.put(&path, text) && crate::worlds::is_definition(&path)
    }

    fn next(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }
}
