//! A world without a port, a clock or a socket: what a folder or a store says is put into it, and it
//! ticks as fast as it can. The same folder and seed give the same hashes on every machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bowline_disk::{DirtySet, Limits as FileLimits, Scanner};
use bowline_model::format::world::Placement;
use bowline_model::layout::PROJECT_SCOPE;
use bowline_model::{AssetName, Digest, ItemId, Problem, ProjectPath};
use bowline_runtime::{
    Context, Definitions, InstanceState, Limits, Room, RoomEvent, Seed, Step, Undefined, WorldEvent,
};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};
use bowline_store::{Contents, DiskStore, Record, Store as _, StoreError, Table};
use serde_json::{Map, Value, json};

use crate::deploy::{Deploy, Put};
use crate::project::{AppFiles, Project, Survey};

/// Where the texts of modules come from.
type Texts = Arc<dyn Fn(&AssetName) -> Option<Arc<str>> + Send + Sync>;

/// What a world is made of at its first tick.
pub(crate) struct Scene {
    definitions: Arc<Definitions>,
    steps: Vec<Step>,
    texts: Texts,
    /// What the folder has that is not in it.
    pub(crate) problems: Vec<Problem>,
}

/// Why there is no scene.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoScene {
    #[error("the folder cannot be read: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the folder cannot be read: {0}")]
    Disk(#[from] bowline_disk::DiskError),
    #[error("the store cannot be read: {0}")]
    Store(#[from] StoreError),
    #[error("the definitions make no world: {0}")]
    Definitions(#[from] Undefined),
}

impl Scene {
    /// As `bowline dev` would deploy the project at `root` into an empty world.
    pub(crate) fn of_folder(root: &Path) -> Result<Scene, NoScene> {
        let survey = survey(root)?;
        let mut entries = core::records();
        entries.extend(survey.records.values().map(crate::records::FileRecord::entry));
        let files: BTreeMap<Digest, ProjectPath> = survey
            .apps
            .values()
            .flat_map(|it| it.modules.values())
            .map(|(path, it)| (*it, path.clone()))
            .collect();
        let mut steps: Vec<Step> = survey.apps.values().flat_map(blueprints).collect();
        steps.extend(survey.layout.entities.iter().map(|(id, it)| placed(id, it)));
        let root = root.to_owned();
        let texts = move |name: &AssetName| {
            let text = std::fs::read_to_string(root.join(files.get(&name.digest)?.as_str())).ok()?;
            (Digest::of(text.as_bytes()) == name.digest).then(|| Arc::from(text))
        };
        let (definitions, said) = definitions(&entries)?;
        let problems = survey.problems.into_values().flatten().chain(said).collect();
        Ok(Scene { definitions, steps, texts: Arc::new(texts), problems })
    }

    /// As a host would serve the world whose data is in `data`.
    pub(crate) fn of_store(data: &Path) -> Result<Scene, NoScene> {
        let store = DiskStore::open(data)?;
        let contents = store.contents()?;
        let texts = move |name: &AssetName| {
            let bytes = store.blob(&name.digest).ok().flatten()?;
            String::from_utf8(bytes).ok().map(Arc::from)
        };
        let entries = kept(&contents.records);
        let steps = rows(&contents);
        let (definitions, problems) = definitions(&entries)?;
        Ok(Scene { definitions, steps, texts: Arc::new(texts), problems })
    }

    /// A new room of it, before its first tick. Nobody answers its fetches. Scripts have a second of processor time for a tick at the
    /// least: what comes of a run must not hang on how quick the machine is.
    pub(crate) fn room(&self, seed: u64, limits: Limits) -> Room {
        let second = Duration::from_secs(1);
        let (tick_time, grace) = (limits.tick_time.max(second), limits.grace.max(second));
        let texts = Arc::clone(&self.texts);
        let source = move |name: &AssetName| texts(name);
        let limits = Limits { tick_time, grace, ..limits };
        let mut room = Room::new(Seed { seed }, limits, source, Arc::clone(&self.definitions));
        self.steps.iter().for_each(|it| room.apply(it.clone()));
        room
    }

    /// The hash after each tick, and what stopped on the way.
    pub(crate) fn run(self, seed: u64, ticks: u64) -> (Vec<Digest>, Vec<Stopped>) {
        let mut room = self.room(seed, Limits::standard());
        let (mut hashes, mut stopped) = (Vec::new(), Vec::new());
        for tick in 1..=ticks {
            stopped.extend(room.tick().into_iter().filter_map(|it| stop(tick, it)));
            hashes.push(room.server().state_hash());
        }
        (hashes, stopped)
    }
}

/// A script or system that an error ended.
pub(crate) struct Stopped {
    pub(crate) tick: u64,
    /// The app, or the slug of the system.
    pub(crate) who: String,
    pub(crate) problem: Problem,
}

pub(crate) fn stop(tick: u64, RoomEvent { context, event }: RoomEvent) -> Option<Stopped> {
    let who = |who: String| match &context {
        Context::Server => who,
        Context::Client(player) => format!("{who} of client {player}"),
    };
    match event {
        WorldEvent::Script { app, state: InstanceState::Crashed { problem }, .. } => {
            Some(Stopped { tick, who: who(app), problem })
        }
        WorldEvent::System { slug, state: InstanceState::Crashed { problem } } => {
            Some(Stopped { tick, who: who(slug), problem })
        }
        _ => None,
    }
}

/// What the good ones mean, and what is wrong with the others.
fn definitions(entries: &[Entry]) -> Result<(Arc<Definitions>, Vec<Problem>), Undefined> {
    let asking = Asking { scopes: vec![PROJECT_SCOPE.to_owned()], ..Asking::default() };
    let built = Snapshot::build(entries, &asking);
    let problem = |(slug, it): &(String, bowline_schema::Problem)| it.in_file(slug);
    let problems = built.problems.iter().map(problem).collect();
    Ok((Definitions::compile(built.snapshot)?, problems))
}

/// What a store keeps, and what is compiled in where it keeps nothing.
pub(crate) fn kept(records: &[Record]) -> Vec<Entry> {
    let mut entries = core::records();
    for record in records {
        let Some(kind) = RecordKind::named(record.kind.name()) else { continue };
        let (slug, version) = (record.slug.to_string(), record.version);
        entries.retain(|it| it.slug != slug);
        entries.push(Entry { slug, kind, version, payload: record.payload.clone() });
    }
    entries
}

fn rows(contents: &Contents) -> Vec<Step> {
    let object = |json: &Value| json.as_object().cloned();
    let blueprints = contents.rows(Table::Blueprint).iter().filter_map(|it| object(&it.json));
    let entities = contents.rows(Table::Entity).iter().filter_map(|it| object(&it.json));
    blueprints
        .map(|json| Step::PutBlueprint { json })
        .chain(entities.map(|json| Step::PutEntity { json }))
        .collect()
}

/// The folder as the mirror sees it.
fn survey(root: &Path) -> Result<Survey, NoScene> {
    let mut scanner = Scanner::new(root, FileLimits::OF_WORLDS)?;
    let mut project = Project::default();
    let mut dirty = DirtySet::everything();
    loop {
        let scan = scanner.rescan(&dirty, SystemTime::now());
        project.saw(scan.changes, scan.unnameable);
        if scan.again_at.is_none() {
            break;
        }
        // A file was saved a moment ago: it counts once it has been still for that moment.
        std::thread::sleep(bowline_disk::scan::QUIET);
        dirty = DirtySet::default();
    }
    for (path, _) in project.unread() {
        project.learn(&path, &std::fs::read(root.join(path.as_str()))?);
    }
    Ok(project.survey())
}

/// The blueprints of an app as its first deploy would add them, the one with the scripts first.
fn blueprints(files: &Arc<AppFiles>) -> Vec<Step> {
    let deploy = Deploy {
        root: files.root.clone(),
        files: files.clone(),
        world: BTreeMap::new(),
        versions_seen: BTreeMap::new(),
    };
    let others = files.blueprints.keys().filter(|it| **it != files.root);
    let ids = std::iter::once(&files.root).chain(others);
    ids.filter_map(|id| deploy.add(id, &puts(id, files)).ok())
        .map(|json| Step::PutBlueprint { json })
        .collect()
}

fn puts(id: &str, files: &AppFiles) -> Vec<Put> {
    let app = bowline_model::blueprint::split_id(id).0;
    let is_root = id == files.root;
    let scripts = files.modules.iter().filter(|_| is_root);
    let mut puts: Vec<Put> = scripts
        .map(|(path, (_, digest))| {
            (ItemId::Script { app: app.to_owned(), path: path.clone() }, Some(*digest))
        })
        .collect();
    if let Some(file) = files.blueprints.get(id) {
        let format = files.format.map(|it| it.name()).filter(|_| is_root);
        let item = ItemId::Blueprint { app: app.to_owned(), id: id.to_owned() };
        puts.push((item, Some(file.with_format(format).digest())));
    }
    puts
}

fn placed(id: &str, placement: &Placement) -> Step {
    let mut json = Map::from_iter([("id".to_owned(), json!(id)), ("type".to_owned(), json!("app"))]);
    json.extend(placement.0.clone());
    json.insert("state".to_owned(), json!({}));
    Step::PutEntity { json }
}
