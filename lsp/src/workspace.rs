//! [`Workspace`]: one project that the editor has files of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bowline_analysis::project::Project;
use bowline_analysis::text::Text;
use bowline_analysis::world::World;
use bowline_model::layout::{ROOTS, SCRIPTS, WORLD_FILE, is_skipped};
use bowline_model::{Problem, ProjectPath};
use bowline_schema::{Asking, Snapshot, core};

use crate::worlds::Records;

/// A project and its folder.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder.
    pub(crate) root: PathBuf,
    /// Every file as it is: in the editor if it is open there, else on disk.
    pub(crate) project: Arc<Project>,
    /// Whether the disk was read once. Before, answers know only what is open.
    pub(crate) is_read: bool,
    /// Files that are there and whose text is not known: assets, and what could not be read.
    pub(crate) unread: Arc<BTreeSet<ProjectPath>>,
    /// The records its world is made of.
    pub(crate) records: Arc<Records>,
    /// What is wrong with them.
    pub(crate) problems: Arc<Vec<Problem>>,
}

impl Workspace {
    /// The project in `root`, of which nothing is read yet.
    pub(crate) fn new(root: PathBuf) -> Workspace {
        let project = Arc::new(Project::new(core_world()));
        Workspace {
            root,
            project,
            is_read: false,
            unread: Arc::default(),
            records: Arc::default(),
            problems: Arc::default(),
        }
    }

    /// All its files at this moment.
    pub(crate) fn files(&self) -> Files {
        Files {
            root: self.root.clone(),
            project: Arc::clone(&self.project),
            unread: Arc::clone(&self.unread),
            problems: Arc::clone(&self.problems),
            is_read: self.is_read,
        }
    }

    /// Makes its project another. Whoever holds the one before keeps it.
    pub(crate) fn change(&mut self, change: impl FnOnce(Project) -> Project) {
        let world = Arc::clone(&self.project.world);
        let before = std::mem::replace(Arc::make_mut(&mut self.project), Project::new(world));
        self.project = Arc::new(change(before));
    }

    /// Takes in what a file is now; whether that is anything new.
    pub(crate) fn put(&mut self, path: &ProjectPath, text: &Text) -> bool {
        let known = self.project.id(path).and_then(|it| self.project.file(it));
        if known.is_some_and(|it| it.text.as_str() == text.as_str()) {
            return false;
        }
        self.change(|it| it.with(path, text.clone()));
        true
    }
}

/// All files of a project at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// The folder.
    pub(crate) root: PathBuf,
    /// Those with a text.
    pub(crate) project: Arc<Project>,
    /// Those without.
    pub(crate) unread: Arc<BTreeSet<ProjectPath>>,
    /// What is wrong with the records.
    pub(crate) problems: Arc<Vec<Problem>>,
    /// Whether that is all of them.
    pub(crate) is_read: bool,
}

/// A world with nothing but what every world has.
pub(crate) fn core_world() -> Arc<World> {
    static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| {
        let snapshot = Snapshot::build(&core::records(), &Asking::default()).snapshot;
        Arc::new(World::new(Arc::new(snapshot)))
    });
    Arc::clone(&WORLD)
}

/// Whether a folder holds a project.
pub(crate) fn is_root(folder: &Path) -> bool {
    folder.join("apps").is_dir() || folder.join("bowline.toml").is_file()
}

/// Whether answers are made of a file: scripts, their tests and types, and JSON.
pub(crate) fn belongs(path: &ProjectPath) -> bool {
    if path.as_str() == WORLD_FILE {
        return true;
    }
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let is_text = ending == "json" || SCRIPTS.contains(&ending.as_str());
    let folder = path.as_str().split('/').next().unwrap_or_default();
    is_text && ROOTS.contains(&folder) && folder != "assets" && !path.as_str().split('/').any(is_skipped)
}
