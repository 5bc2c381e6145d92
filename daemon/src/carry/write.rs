//! World → disk: performs the calls of a [`WriteJob`].

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bowline_disk::{DiskError, Folder, Side, Staged, TrashNote};
use bowline_link::LinkError;
use bowline_model::{Digest, ItemId, ProjectPath, layout};
use bowline_sync::engine::{Failure, Outcome, Retry};
use bowline_sync::job::FileStep;
use bowline_sync::job::write::{Call, Note, Reply, WriteJob};
use bowline_sync::plan::Step;
use bowline_sync::sighting::{Held, Seen};

use super::{Load, disk_failure, link_failure, note};
use crate::input::Done;
use crate::pull::{FileChange, Pull, Source};

/// Starts carrying the action out.
pub(crate) fn start(load: Load, pull: Pull) {
    let writer = Writer { load, staged: BTreeMap::new(), urls: BTreeMap::new(), kept: Vec::new() };
    tokio::spawn(writer.run(pull));
}

struct Writer {
    load: Load,
    staged: BTreeMap<ProjectPath, Staged>,
    /// Where each content comes from.
    urls: BTreeMap<Digest, String>,
    kept: Vec<(ProjectPath, String)>,
}

impl Writer {
    async fn run(mut self, pull: Pull) {
        let mut outcomes: Vec<(ItemId, Outcome)> =
            pull.stale.iter().map(|it| (it.clone(), Outcome::Stale(Seen::Unknown))).collect();
        // Assets that blueprints name come first, as a job of their own: a file that names an asset
        // which is not there means something else than the world does.
        let (assets, files): (Vec<_>, Vec<_>) = pull.files.into_iter().partition(|it| it.items.is_empty());
        let assets_arrived = self.carry(&assets).await.into_iter().all(|(_, it)| it == Outcome::Done);
        let ended = match assets_arrived {
            true => self.carry(&files).await,
            false => files.iter().map(|it| (it.path.clone(), Outcome::Failed(asset_missing()))).collect(),
        };
        for change in &files {
            let outcome = ended.iter().find(|it| it.0 == change.path).map(|it| &it.1);
            let outcome = outcome.cloned().unwrap_or(Outcome::Skipped);
            outcomes.extend(change.items.iter().map(|item| (item.clone(), of_item(item, outcome.clone()))));
        }
        self.finish(outcomes, &files).await;
    }

    async fn finish(self, outcomes: Vec<(ItemId, Outcome)>, files: &[FileChange]) {
        let item_of = |path: &ProjectPath| files.iter().find(|it| it.path == *path)?.items.first().cloned();
        let kept = self.kept.iter().filter_map(|(path, kept)| Some((item_of(path)?, kept.clone()))).collect();
        let action = self.load.action.id;
        self.load
            .report(Done {
                action,
                outcomes,
                versions: BTreeMap::new(),
                kept,
                problems: Vec::new(),
                records: Vec::new(),
            })
            .await;
        // Off the path people wait for: until it is durable, the old content is in the graveyard.
        if let Err(error) = self.load.disk(|folder| folder.sync_batch().map(|_| ())).await {
            tracing::warn!(%error, "the disk could not be flushed");
        }
    }

    async fn carry(&mut self, changes: &[FileChange]) -> Vec<(ProjectPath, Outcome)> {
        let steps = match self.prepare(changes).await {
            Ok(steps) => steps,
            Err(error) => {
                let failed = Outcome::Failed(disk_failure(&error));
                return changes.iter().map(|it| (it.path.clone(), failed.clone())).collect();
            }
        };
        let mut job = WriteJob::new(steps);
        let mut reply = Reply::Start;
        loop {
            reply = match job.next(reply) {
                Call::Finish(outcomes) => return outcomes,
                call => self.perform(call).await,
            };
        }
    }

    /// Parks the texts made here, so that every content is known by its digest.
    async fn prepare(&mut self, changes: &[FileChange]) -> Result<Vec<FileStep>, DiskError> {
        let mut steps = Vec::new();
        for change in changes {
            let put = match &change.put {
                None => None,
                Some(Source::Text(text)) => {
                    let bytes = text.clone().into_bytes();
                    Some(self.load.disk(move |folder| folder.park(&bytes)).await?)
                }
                Some(Source::Asset(url, digest)) => {
                    self.urls.insert(*digest, url.clone());
                    Some(*digest)
                }
            };
            steps.push(FileStep { path: change.path.clone(), put, expect: change.expect, keep: change.keep });
        }
        Ok(steps)
    }

    async fn perform(&mut self, call: Call) -> Reply {
        match call {
            Call::Fetch(digests) => self.fetch(digests).await,
            Call::Stage(steps) => self.stage(steps).await,
            Call::Exchange(path) => {
                self.with(&path, |folder, staged| match folder.exchange(&staged) {
                    Ok(digest) => Ok(Reply::Displaced(digest)),
                    Err(error) => Err(error),
                })
                .await
            }
            Call::Create(path) | Call::PutBack(path) => {
                let reply =
                    self.with(&path, |folder, staged| folder.create(&staged).map(|()| Reply::Ok)).await;
                if reply == Reply::Ok {
                    self.staged.remove(&path);
                }
                reply
            }
            Call::Capture(step) => self.capture(step).await,
            Call::KeepInTrash(path) => self.keep_in_trash(path).await,
            Call::KeepInConflicts(path, lost) => self.keep_in_conflicts(path, lost).await,
            Call::DropStaged(path) => {
                let reply = self
                    .with(&path, |folder, staged| {
                        folder.drop_staged(&staged, SystemTime::now()).map(|()| Reply::Ok)
                    })
                    .await;
                self.staged.remove(&path);
                reply
            }
            Call::Finish(_) => Reply::Ok,
        }
    }

    /// Every content, checked against its name and parked, before any file is touched.
    async fn fetch(&mut self, digests: Vec<Digest>) -> Reply {
        use futures_util::StreamExt as _;
        /// Downloads at once.
        const AT_ONCE: usize = 8;
        let this = &*self;
        let mut fetched =
            futures_util::stream::iter(digests).map(|it| this.fetch_one(it)).buffer_unordered(AT_ONCE);
        while let Some(result) = fetched.next().await {
            if let Err(failure) = result {
                return Reply::Failed(failure);
            }
        }
        Reply::Ok
    }

    async fn fetch_one(&self, digest: Digest) -> Result<(), Failure> {
        let known =
            self.load.disk(move |folder| folder.object(digest)).await.map_err(|it| disk_failure(&it))?;
        if known.is_some() {
            return Ok(());
        }
        let url = self.urls.get(&digest).cloned().unwrap_or_default();
        let bytes = self.download(&url, digest).await.map_err(|it| link_failure(&it))?;
        self.load.disk(move |folder| folder.park(&bytes)).await.map(|_| ()).map_err(|it| disk_failure(&it))
    }

    /// Others may announce an asset a moment before they upload it.
    async fn download(&self, url: &str, digest: Digest) -> Result<Vec<u8>, LinkError> {
        const PAUSES_MS: [u64; 4] = [100, 250, 500, 750];
        for pause in PAUSES_MS {
            match super::download(&self.load.link, url, digest).await {
                Err(LinkError::NotFound { .. } | LinkError::WrongBytes { .. }) => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                other => return other,
            }
        }
        super::download(&self.load.link, url, digest).await
    }

    async fn stage(&mut self, steps: Vec<FileStep>) -> Reply {
        let wanted: Vec<(ProjectPath, Digest)> =
            steps.into_iter().filter_map(|it| Some((it.path, it.put?))).collect();
        let staged = self.load.disk(move |folder| {
            let mut staged = Vec::new();
            for (path, digest) in wanted {
                match folder.stage(&path, digest) {
                    Ok(one) => staged.push((path, one)),
                    Err(error) => return Ok((staged, Some(error))),
                }
            }
            Ok((staged, None))
        });
        match staged.await {
            Ok((staged, error)) => {
                self.staged.extend(staged);
                error.map_or(Reply::Ok, |it| Reply::Failed(disk_failure(&it)))
            }
            Err(error) => Reply::Failed(disk_failure(&error)),
        }
    }

    async fn capture(&mut self, step: FileStep) -> Reply {
        let path = step.path.clone();
        match self.load.disk(move |folder| folder.capture(&step.path)).await {
            Ok((staged, digest)) => {
                self.staged.insert(path, staged);
                Reply::Displaced(digest)
            }
            Err(error) => self.refusal(&path, error).await,
        }
    }

    async fn keep_in_trash(&mut self, path: ProjectPath) -> Reply {
        let note = TrashNote { why: "replaced or deleted by the world".to_owned(), when: SystemTime::now() };
        let reply = self
            .with(&path, move |folder, staged| {
                folder.keep_in_trash(&staged, &note)?;
                folder.prune(staged.target());
                Ok(Reply::Ok)
            })
            .await;
        self.staged.remove(&path);
        reply
    }

    async fn keep_in_conflicts(&mut self, path: ProjectPath, lost: Note) -> Reply {
        let note = note(self.agreed(&path), (lost.lost, lost.won), Side::World);
        let Some(staged) = self.staged.remove(&path) else { return Reply::Ok };
        match self.load.disk(move |folder| folder.keep_in_conflicts(&staged, &note)).await {
            Ok(folder) => {
                self.kept.push((path, folder.to_string()));
                Reply::Ok
            }
            Err(error) => Reply::Failed(disk_failure(&error)),
        }
    }

    /// What both sides last agreed a file to be. JSON files are agreed on item by item, so of them
    /// as a whole nothing is known.
    fn agreed(&self, path: &ProjectPath) -> Held {
        let of_file = |it: &&Step| {
            matches!(it.item, ItemId::Script { .. }) && layout::file_of(&it.item).as_ref() == Some(path)
        };
        self.load.action.steps.iter().find(of_file).and_then(|it| it.base)
    }

    async fn with(
        &self,
        path: &ProjectPath,
        work: impl FnOnce(&Folder, Staged) -> Result<Reply, DiskError> + Send + 'static,
    ) -> Reply {
        let Some(staged) = self.staged.get(path).cloned() else {
            let message = format!("{path} was not staged");
            return Reply::Failed(Failure { message, retry: Retry::Soon });
        };
        match self.load.disk(move |folder| work(folder, staged)).await {
            Ok(reply) => reply,
            Err(error) => self.refusal(path, error).await,
        }
    }

    async fn refusal(&self, path: &ProjectPath, error: DiskError) -> Reply {
        match error {
            DiskError::Missing(_) => Reply::Missing,
            DiskError::Exists(_) => {
                let path = path.clone();
                let found = self.load.disk(move |folder| folder.park_file(&path)).await;
                Reply::Exists(found.map_or(Seen::Unknown, Seen::Present))
            }
            error => Reply::Failed(disk_failure(&error)),
        }
    }
}

/// What a file held says nothing about the items it is made of, unless it is the item.
fn of_item(item: &ItemId, outcome: Outcome) -> Outcome {
    match (item, outcome) {
        (ItemId::Script { .. }, outcome) => outcome,
        (_, Outcome::Refused(Seen::Present(_))) => Outcome::Refused(Seen::Unknown),
        (_, outcome) => outcome,
    }
}

fn asset_missing() -> Failure {
    Failure { message: "an asset it names did not arrive".to_owned(), retry: Retry::Soon }
}
