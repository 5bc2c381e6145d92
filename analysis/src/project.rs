//! [`Project`]: the texts of a project and what each says, for one moment. Cheap to clone, never changed:
//! an edit makes another.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bowline_model::ProjectPath;
use bowline_script::resolve::{Keys, Root, resolve};

use crate::summary::Summary;
use crate::syntax;
use crate::text::Text;
use crate::world::World;

/// A file of a [`Project`]; [`WORLD`] is the world's declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// What the world gives every script, as if it were a file.
pub const WORLD: FileId = FileId(0);

/// A file at one moment. What it says is found out when somebody asks, once.
#[derive(Debug)]
pub struct File {
    /// Where it is.
    pub path: ProjectPath,
    /// What stands in it.
    pub text: Text,
    /// What it said when it could last be read.
    before: Option<Arc<Summary>>,
    summary: OnceLock<Arc<Summary>>,
}

impl File {
    /// A file nothing was known of before.
    #[must_use]
    pub fn new(path: ProjectPath, text: Text) -> File {
        File { path, text, before: None, summary: OnceLock::new() }
    }

    /// A file of which is said what it says.
    #[must_use]
    pub(crate) fn told(path: ProjectPath, text: Text, summary: Summary) -> File {
        File { path, text, before: None, summary: OnceLock::from(Arc::new(summary)) }
    }

    /// The same file with another text.
    #[must_use]
    pub fn edited(&self, text: Text) -> File {
        let before = self.summary.get().or(self.before.as_ref()).cloned();
        File { path: self.path.clone(), text, before, summary: OnceLock::new() }
    }

    /// What it says; while it cannot be read, what it said before.
    pub fn summary(&self) -> &Arc<Summary> {
        self.summary.get_or_init(|| {
            let read = syntax::summary(&self.path, self.text.as_str());
            read.map(Arc::new).or_else(|| self.before.clone()).unwrap_or_default()
        })
    }
}

/// All files, and the world they run in.
#[derive(Debug, Clone)]
pub struct Project {
    /// The world.
    pub world: Arc<World>,
    files: BTreeMap<ProjectPath, Arc<File>>,
    /// In the order of the paths.
    order: Arc<OnceLock<Vec<Arc<File>>>>,
}

impl Project {
    /// One without files.
    #[must_use]
    pub fn new(world: Arc<World>) -> Project {
        Project { world, files: BTreeMap::new(), order: Arc::default() }
    }

    /// With a file that is new or has another text.
    #[must_use]
    pub fn with(mut self, path: &ProjectPath, text: Text) -> Project {
        let file = match self.files.get(path) {
            Some(before) => before.edited(text),
            None => File::new(path.clone(), text),
        };
        self.files.insert(path.clone(), Arc::new(file));
        self.order = Arc::default();
        self
    }

    /// With a file that says `summary`, whatever stands in it.
    #[must_use]
    pub(crate) fn told(mut self, path: &ProjectPath, summary: Summary) -> Project {
        let text = self.files.get(path).map_or_else(|| Text::new(""), |it| it.text.clone());
        self.files.insert(path.clone(), Arc::new(File::told(path.clone(), text, summary)));
        self.order = Arc::default();
        self
    }

    /// Without a file.
    #[must_use]
    pub fn without(mut self, path: &ProjectPath) -> Project {
        self.files.remove(path);
        self.order = Arc::default();
        self
    }

    /// In another world.
    #[must_use]
    pub fn within(mut self, world: Arc<World>) -> Project {
        self.world = world;
        self
    }

    fn order(&self) -> &[Arc<File>] {
        self.order.get_or_init(|| self.files.values().cloned().collect())
    }

    /// The number of a file.
    #[must_use]
    pub fn id(&self, path: &ProjectPath) -> Option<FileId> {
        let at = self.order().binary_search_by(|it| it.path.cmp(path)).ok()?;
        u32::try_from(at + 1).ok().map(FileId)
    }

    /// Every file, without the world.
    pub fn all(&self) -> impl Iterator<Item = (FileId, &File)> {
        (1..).map(FileId).zip(self.order().iter().map(|it| &**it))
    }

    /// A file; the world is none.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&File> {
        self.order().get(usize::try_from(id.0).ok()?.checked_sub(1)?).map(|it| &**it)
    }

    /// What a file says.
    #[must_use]
    pub fn summary(&self, id: FileId) -> &Summary {
        self.file(id).map_or(&self.world.summary, |it| it.summary())
    }

    /// The file an import means.
    #[must_use]
    pub fn imported(&self, importer: FileId, specifier: &str) -> Option<FileId> {
        let path = &self.file(importer)?.path;
        let owner = Owner::of(path)?;
        let root = Root { blueprint: owner.app.to_owned(), version: 0 };
        let key = ProjectPath::parse(&owner.key).ok()?;
        let keys = AppKeys { project: self, app: owner.app };
        let found = resolve(&key, specifier, &root, &keys).ok()?;
        self.id(&keys.path(found.as_str())?)
    }
}

/// Where a script is: whose it is, and what it is called there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The app's folder; empty for what all share.
    pub app: &'a str,
    /// As imports call it.
    pub key: String,
}

impl Owner<'_> {
    /// Of a file below `apps/` or `shared/`.
    #[must_use]
    pub fn of(path: &ProjectPath) -> Option<Owner<'_>> {
        let text = path.as_str();
        if let Some(rest) = text.strip_prefix("shared/") {
            return Some(Owner { app: "", key: format!("@shared/{rest}") });
        }
        let (app, key) = text.strip_prefix("apps/")?.split_once('/')?;
        Some(Owner { app, key: key.to_owned() })
    }
}

/// What the modules of an app can import.
pub(crate) struct AppKeys<'a> {
    pub(crate) project: &'a Project,
    pub(crate) app: &'a str,
}

impl AppKeys<'_> {
    /// Where a key is in the project.
    pub(crate) fn path(&self, key: &str) -> Option<ProjectPath> {
        let text = match key.strip_prefix("@shared/") {
            Some(rest) => format!("shared/{rest}"),
            None => format!("apps/{}/{key}", self.app),
        };
        ProjectPath::parse(&text).ok()
    }
}

impl Keys for AppKeys<'_> {
    fn has(&self, key: &str) -> bool {
        self.path(key).is_some_and(|it| self.project.files.contains_key(&it))
    }

    fn keys(&self) -> Vec<&ProjectPath> {
        let prefix = format!("apps/{}/", self.app);
        self.project.files.keys().filter(|it| it.as_str().starts_with(&prefix)).collect()
    }
}
