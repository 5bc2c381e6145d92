//! The worlds of the projects: made anew in the background whenever a definition is another one.
//!
//! A definition that is half typed keeps the one that stood there: completion must not lose a component
//! because somebody edits it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bowline_analysis::project::Project;
use bowline_analysis::world::World;
use bowline_model::layout::{PROJECT_SCOPE, slug_of};
use bowline_model::{Problem, ProjectPath, format};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};

use crate::server::Shared;

/// The records of a project by their files.
pub(crate) type Records = BTreeMap<ProjectPath, Entry>;

/// A world that was made, or why there is none.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) root: PathBuf,
    /// What it is made of.
    pub(crate) records: Arc<Records>,
    /// What is wrong with that.
    pub(crate) problems: Arc<Vec<Problem>>,
    /// Nothing if it is the world that was.
    pub(crate) world: Option<Arc<World>>,
}

/// Whether a world is made of a file. Systems are records too; what scripts see does not depend on them.
pub(crate) fn is_definition(path: &ProjectPath) -> bool {
    path.extension() == Some("json") && slug_of(path).is_some()
}

/// Makes worlds as they are needed, for ever.
pub(crate) async fn keep_making(shared: Arc<Shared>) {
    loop {
        shared.worlds.notified().await;
        let all = shared.state.look(|now| {
            let all = now.workspaces.iter().filter(|it| it.is_read);
            all.map(|it| (it.root.clone(), Arc::clone(&it.project), Arc::clone(&it.records)))
                .collect::<Vec<_>>()
        });
        for (root, project, before) in all {
            let made = tokio::task::spawn_blocking(move || make(root, &project, &before)).await;
            if let Ok(made) = made {
                shared.state.change(|it| it.made(made));
            }
        }
        shared.checks.notify_one();
    }
}

/// The world of the project as it is now.
pub(crate) fn make(root: PathBuf, project: &Project, before: &Arc<Records>) -> Made {
    let (records, mut problems) = records(project, before);
    let mut entries = core::records();
    entries.extend(records.values().cloned());
    let asking = Asking { scopes: vec![PROJECT_SCOPE.to_owned()], ..Asking::default() };
    let built = Snapshot::build(&entries, &asking);
    let file = |slug: &str| records.iter().find(|it| it.1.slug == slug).map(|it| it.0);
    problems.extend(built.problems.iter().filter_map(|(slug, it)| Some(it.in_file(file(slug)?.as_str()))));
    let world = (records != **before).then(|| Arc::new(World::new(Arc::new(built.snapshot))));
    Made { root, records: Arc::new(records), problems: Arc::new(problems), world }
}

fn records(project: &Project, before: &Records) -> (Records, Vec<Problem>) {
    let (mut records, mut problems) = (Records::new(), Vec::new());
    for (_, file) in project.all().filter(|it| is_definition(&it.1.path)) {
        match record(&file.path, file.text.as_str()) {
            Ok(Some(entry)) => drop(records.insert(file.path.clone(), entry)),
            Ok(None) => (),
            Err(problem) => {
                problems.push(problem);
                records.extend(before.get_key_value(&file.path).map(|(path, it)| (path.clone(), it.clone())));
            }
        }
    }
    (records, problems)
}

/// The record in a file of JSON.
fn record(path: &ProjectPath, text: &str) -> Result<Option<Entry>, Problem> {
    let Some(slug) = slug_of(path) else { return Ok(None) };
    let kind = slug.strip_prefix(PROJECT_SCOPE).and_then(|it| it.split('/').nth(1));
    let Some(kind) = kind.and_then(RecordKind::named) else { return Ok(None) };
    let payload = format::parse_json(path.as_str(), text)?;
    if !payload.is_object() {
        return Err(Problem::file("bad_record", path.as_str(), "a record is a JSON object")
            .help("fix the file; until then the world keeps what it has"));
    }
    Ok(Some(Entry { slug, kind, version: 1, payload }))
}
