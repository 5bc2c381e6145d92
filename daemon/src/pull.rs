//! Which files must change so that the folder holds what the world holds. Pure; `carry` writes them.
//!
//! Items are not files: all placed entities share `world.json`, and a blueprint brings the assets it
//! names. Each file carries the content it is expected to replace; if the file no longer holds that,
//! nothing is written and the folder is looked at again.

use std::collections::BTreeMap;

use bowline_model::blueprint::split_id;
use bowline_model::format::world::{Edit, Placement};
use bowline_model::format::{blueprint, world};
use bowline_model::layout::{self, WORLD_FILE};
use bowline_model::{AssetName, Digest, ItemId, ProjectPath};
use bowline_sync::plan::{Keep, Step};
use bowline_sync::sighting::Held;

use crate::project::{Project, Survey};
use crate::remote::{World, WorldSurvey};

/// Where a file's new content comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    /// An asset of the world, by its reference, and the digest it must have.
    Asset(String, Digest),
    /// Text made here.
    Text(String),
}

/// One file to change, and the items that arrive with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileChange {
    pub(crate) path: ProjectPath,
    /// `None` deletes.
    pub(crate) put: Option<Source>,
    /// What the file held when this was planned.
    pub(crate) expect: Held,
    pub(crate) keep: Keep,
    pub(crate) items: Vec<ItemId>,
}

/// The pull of one group.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Pull {
    /// Assets first, then what names them.
    pub(crate) files: Vec<FileChange>,
    /// Items that cannot travel now: what they were planned from is no longer so.
    pub(crate) stale: Vec<ItemId>,
}

/// How a group is pulled.
pub(crate) struct Puller<'a> {
    pub(crate) project: &'a Project,
    pub(crate) survey: &'a Survey,
    pub(crate) world: &'a World,
    pub(crate) remote: &'a WorldSurvey,
}

impl Puller<'_> {
    /// The pull that carries `steps`.
    pub(crate) fn pull(&self, steps: &[Step]) -> Pull {
        let mut pull = Pull::default();
        let mut entities = Vec::new();
        for step in steps {
            match &step.item {
                ItemId::Script { .. } => self.script(step, &mut pull),
                ItemId::Blueprint { app, id } => self.blueprint(app, id, step, &mut pull),
                ItemId::Entity { id } => entities.push((id.as_str(), step)),
                ItemId::Record { file } => self.record(file, step, &mut pull),
            }
        }
        if !entities.is_empty() {
            self.layout(&entities, &mut pull);
        }
        pull
    }

    fn script(&self, step: &Step, pull: &mut Pull) {
        let stale = |pull: &mut Pull| pull.stale.push(step.item.clone());
        let Some(path) = layout::file_of(&step.item) else { return stale(pull) };
        let put = match (step.put, self.remote.assets.get(&step.item)) {
            (None, _) => None,
            (Some(digest), Some(url)) => Some(Source::Asset(url.clone(), digest)),
            (Some(_), None) => return stale(pull),
        };
        // A module below `shared/` may be there although this app did not import it until now.
        let expect = if step.item.is_shared() { self.project.digest(&path) } else { step.expect };
        let items = vec![step.item.clone()];
        pull.files.push(FileChange { path, put, expect, keep: step.keep, items });
    }

    fn blueprint(&self, app: &str, id: &str, step: &Step, pull: &mut Pull) {
        let held = self.survey.items.get(&step.item).and_then(|it| it.seen.held()).flatten();
        let path = layout::file_of(&step.item).filter(|_| held == step.expect);
        let Some(path) = path else { return pull.stale.push(step.item.clone()) };
        let expect = self.project.digest(&path);
        let put = match step.put {
            None => None,
            Some(digest) => {
                let Some(defaults) = self.world.defaults(id).filter(|it| it.digest() == digest) else {
                    return pull.stale.push(step.item.clone());
                };
                let places =
                    self.places(defaults.assets(), |field, name| suggest(app, id, field, name), pull);
                let text = blueprint::write(self.project.text(&path), &defaults, &|_, name| {
                    places.get(name).cloned()
                });
                Some(Source::Text(text))
            }
        };
        let items = vec![step.item.clone()];
        let keep = keep(put.as_ref(), expect, step.keep);
        pull.files.push(FileChange { path, put, expect, keep, items });
    }

    fn record(&self, file: &ProjectPath, step: &Step, pull: &mut Pull) {
        let held = self.survey.items.get(&step.item).and_then(|it| it.seen.held()).flatten();
        let record = self.world.records.in_file(file).filter(|it| Some(it.digest()) == step.put);
        if held != step.expect || record.is_some() != step.put.is_some() {
            return pull.stale.push(step.item.clone());
        }
        let put = record.map(|it| Source::Text(it.text(self.project.text(file))));
        let expect = self.project.digest(file);
        let keep = keep(put.as_ref(), expect, step.keep);
        let items = vec![step.item.clone()];
        pull.files.push(FileChange { path: file.clone(), put, expect, keep, items });
    }

    fn layout(&self, steps: &[(&str, &Step)], pull: &mut Pull) {
        let Ok(path) = ProjectPath::parse(WORLD_FILE) else { return };
        let mut edits: Vec<Edit> = Vec::new();
        let mut places = BTreeMap::new();
        let mut keep = Keep::Trash;
        let mut items = Vec::new();
        for (id, step) in steps {
            let placement = self.world.entity(id).map(Placement::of);
            let held = self.survey.items.get(&step.item).and_then(|it| it.seen.held()).flatten();
            if placement.as_ref().map(Placement::digest) != step.put || held != step.expect {
                pull.stale.push(step.item.clone());
                continue;
            }
            let assets = placement.iter().flat_map(Placement::assets).collect();
            places.extend(self.places(assets, |field, name| suggest_prop(id, field, name), pull));
            if step.keep == Keep::Conflict {
                keep = Keep::Conflict;
            }
            items.push(step.item.clone());
            edits.push(((*id).to_owned(), placement));
        }
        let text = world::write(self.project.text(&path), &edits, &|_, name| places.get(name).cloned());
        match text {
            Ok(text) if !items.is_empty() => {
                let (expect, put) = (self.project.digest(&path), Some(Source::Text(text)));
                let keep = self::keep(put.as_ref(), expect, keep);
                pull.files.push(FileChange { path, put, expect, keep, items });
            }
            Ok(_) => (),
            Err(_) => pull.stale.extend(items),
        }
    }

    /// Where each asset is on disk. One that is nowhere yet is fetched to the place `suggest` says,
    /// or beside it if that name is taken by something else.
    fn places(
        &self,
        assets: Vec<(String, AssetName)>,
        suggest: impl Fn(&str, &AssetName) -> String,
        pull: &mut Pull,
    ) -> BTreeMap<AssetName, ProjectPath> {
        let mut places = BTreeMap::new();
        for (field, name) in assets {
            if places.contains_key(&name) {
                continue;
            }
            let wanted = suggest(&field, &name);
            let path = self.held_asset(&name, &wanted).or_else(|| {
                let path = self.free_name(&wanted, &name, pull)?;
                let put = Some(Source::Asset(name.url(), name.digest));
                pull.files.push(FileChange {
                    path: path.clone(),
                    put,
                    expect: None,
                    keep: Keep::Trash,
                    items: vec![],
                });
                Some(path)
            });
            places.extend(path.map(|it| (name, it)));
        }
        places
    }

    /// A file that already has these bytes: the one called as suggested, or the first.
    fn held_asset(&self, name: &AssetName, wanted: &str) -> Option<ProjectPath> {
        let holders = self.project.holders(name.digest);
        holders.iter().find(|it| it.as_str() == wanted).or(holders.first()).cloned()
    }

    fn free_name(&self, wanted: &str, name: &AssetName, pull: &Pull) -> Option<ProjectPath> {
        let (stem, extension) = wanted.rsplit_once('.')?;
        let spellings =
            std::iter::once(wanted.to_owned()).chain((1..100).map(|n| format!("{stem}_{n}.{extension}")));
        let free = |path: &ProjectPath| {
            let planned = pull.files.iter().find(|it| it.path == *path);
            match planned {
                Some(other) => other.put == Some(Source::Asset(name.url(), name.digest)),
                None => self.project.file(path).is_none(),
            }
        };
        spellings.filter_map(|it| ProjectPath::parse(&it).ok()).find(free)
    }
}

/// A file that stays byte for byte what it was has no loser to show, whatever its items went through.
fn keep(put: Option<&Source>, expect: Held, keep: Keep) -> Keep {
    match put {
        Some(Source::Text(text)) if Some(Digest::of(text.as_bytes())) == expect => Keep::Trash,
        _ => keep,
    }
}

fn suggest(app: &str, id: &str, field: &str, name: &AssetName) -> String {
    let file = split_id(id).1;
    let base = if file == app { app.to_owned() } else { format!("{app}__{file}") };
    let stem = match field {
        "model" => base,
        "image" => format!("{base}__image"),
        prop => format!("{base}__{}", prop.trim_start_matches("props.")),
    };
    format!("assets/{}.{}", safe(&stem), name.extension)
}

fn suggest_prop(entity: &str, field: &str, name: &AssetName) -> String {
    let stem = format!("{entity}__{}", field.trim_start_matches("props."));
    format!("assets/{}.{}", safe(&stem), name.extension)
}

/// Names from a world are not to be trusted as file names.
fn safe(stem: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ' | '$');
    stem.chars().map(|c| if plain(c) { c } else { '-' }).collect()
}
