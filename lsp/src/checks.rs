//! Problems, told without being asked: a moment after the last edit, for every file that has some or had.
//!
//! To editors that ask for the problems of open files themselves, only those of other files are told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bowline_model::ProjectPath;
use tower_lsp::ls_types::{Diagnostic, Uri};

use crate::abilities::Abilities;
use crate::features::diagnostics::{diagnostic, findings};
use crate::outbox::Letter;
use crate::place::below;
use crate::problems::{Known, Problems};
use crate::server::Shared;
use crate::state::Now;
use crate::workspace::Files;

/// Nobody wants to hear about a word that is half typed.
const REST: Duration = Duration::from_millis(150);

/// Whoever types without rest hears of it this often.
const RESTLESS: u32 = 10;

/// What is wrong now, by file.
type Told = BTreeMap<PathBuf, (Uri, Vec<Diagnostic>, Option<i32>)>;

/// Tells problems, for ever. Changes during a look ask for one more look, not for many.
pub(crate) async fn keep_checking(shared: Arc<Shared>) {
    let mut told = Told::new();
    loop {
        shared.checks.notified().await;
        for _ in 0..RESTLESS {
            if tokio::time::timeout(REST, shared.checks.notified()).await.is_err() {
                break;
            }
        }
        let all = shared.state.look(Moment::of);
        let (asks, known) = (all.abilities, Arc::clone(&shared.known));
        let Ok(now) = tokio::task::spawn_blocking(move || all.problems(&known)).await else { continue };
        tell(&shared, &mut told, now).await;
        if asks.pulls_problems && asks.refreshes_problems {
            shared.outbox.put(Letter::AskForProblems);
        }
    }
}

/// Tells what is other than what was told.
async fn tell(shared: &Shared, told: &mut Told, now: Told) {
    for (file, (uri, ..)) in told.iter().filter(|it| !now.contains_key(it.0)) {
        tracing::debug!(file = %file.display(), "nothing is wrong any more");
        shared.outbox.put_when_there_is_room(Letter::Problems(uri.clone(), Vec::new(), None)).await;
    }
    for (file, (uri, all, version)) in &now {
        if told.get(file).is_none_or(|it| it.1 != *all) {
            shared.outbox.put_when_there_is_room(Letter::Problems(uri.clone(), all.clone(), *version)).await;
        }
    }
    *told = now;
}

/// All projects at one moment.
struct Moment {
    abilities: Abilities,
    workspaces: Vec<Files>,
    open: BTreeMap<PathBuf, (Uri, i32)>,
}

impl Moment {
    fn of(now: &Now) -> Moment {
        Moment {
            abilities: now.abilities,
            workspaces: now.workspaces.iter().map(crate::workspace::Workspace::files).collect(),
            open: now
                .documents
                .iter()
                .map(|(file, it)| (file.clone(), (it.uri.clone(), it.version)))
                .collect(),
        }
    }

    fn problems(&self, known: &Known) -> Told {
        let mut told = Told::new();
        for files in &self.workspaces {
            let problems = known.all(files);
            for (path, diagnostics) in self.diagnostics(files, problems) {
                let place = files.root.join(path.as_str());
                let open = self.open.get(&place);
                if open.is_some() && self.abilities.pulls_problems {
                    continue;
                }
                let uri = open.map(|it| it.0.clone()).or_else(|| Uri::from_file_path(&place));
                let Some(uri) = uri else { continue };
                told.insert(place, (uri, diagnostics, open.map(|it| it.1)));
            }
        }
        told
    }

    /// What is wrong by file: with every file what a deploy would say, and with those that are open also
    /// what can be said of each name in them.
    fn diagnostics(&self, files: &Files, problems: Problems) -> BTreeMap<ProjectPath, Vec<Diagnostic>> {
        let (project, encoding) = (&files.project, self.abilities.encoding);
        let text = |path: &ProjectPath| project.id(path).and_then(|it| project.file(it)).map(|it| &it.text);
        let mut all: BTreeMap<ProjectPath, Vec<Diagnostic>> = BTreeMap::new();
        for (path, of_file) in problems {
            let told = of_file.iter().map(|it| diagnostic(it, text(&path), encoding)).collect();
            all.insert(path, told);
        }
        for path in self.open.keys().filter_map(|it| below(&files.root, it)) {
            let found = findings(project, &path, encoding);
            if !found.is_empty() {
                all.entry(path).or_default().extend(found);
            }
        }
        all
    }
}
