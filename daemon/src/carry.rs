//! The shells that carry an action out: they perform the calls of a `bowline_sync::job`, one after
//! the other, and decide nothing. `send` and `records` go to the world, `write` to the disk.

pub(crate) mod records;
pub(crate) mod send;
pub(crate) mod write;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use bowline_disk::{ConflictNote, DiskError, Folder, Side};
use bowline_link::{Link, LinkError};
use bowline_model::{ItemId, ProjectPath};
use bowline_sync::engine::{Action, Failure, Retry};
use bowline_sync::sighting::Held;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::input::{Done, Input};
use crate::project::Survey;
use crate::remote::WorldSurvey;

/// Losers that are entities are kept below this name: `world.json` is not theirs alone.
pub(crate) const ENTITY_FOLDER: &str = "entities";

/// Entities by id, as the world has them.
pub(crate) type Entities = BTreeMap<String, Map<String, Value>>;

/// What both shells need.
pub(crate) struct Load {
    pub(crate) action: Action,
    pub(crate) folder: Arc<Folder>,
    pub(crate) link: Link,
    pub(crate) inbox: mpsc::Sender<Input>,
    /// Both sides as they were when the action was planned.
    pub(crate) survey: Arc<Survey>,
    pub(crate) remote: Arc<WorldSurvey>,
    /// What we call ourselves.
    pub(crate) owner: String,
}

impl Load {
    /// Runs something that blocks on the disk.
    async fn disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, DiskError> + Send + 'static,
    ) -> Result<T, DiskError> {
        let folder = self.folder.clone();
        match tokio::task::spawn_blocking(move || work(&folder)).await {
            Ok(result) => result,
            // The work panicked: our bug, and for the job a disk that does not answer.
            Err(error) => Err(DiskError::Io {
                doing: "finish working on",
                path: self.folder.root().to_owned(),
                source: std::io::Error::other(error),
            }),
        }
    }

    /// An action is over, however it ended.
    async fn report(&self, done: Done) {
        // The mirror may have ended meanwhile; then nobody needs to know.
        drop(self.inbox.send(Input::Done(done)).await);
    }

    fn base_of(&self, item: &ItemId) -> Held {
        self.action.steps.iter().find(|it| it.item == *item).and_then(|it| it.base)
    }
}

/// The note beside a loser.
fn note(base: Held, (local, remote): (Held, Held), winner: Side) -> ConflictNote {
    ConflictNote { base, local, remote, winner, who: None, when: SystemTime::now() }
}

/// The file that stands for an item in `.conflicts`.
fn conflict_path(item: &ItemId) -> Option<ProjectPath> {
    match item {
        ItemId::Entity { id } => {
            let plain: String = id.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
            ProjectPath::parse(&format!("{ENTITY_FOLDER}/{plain}.json")).ok()
        }
        item => bowline_model::layout::file_of(item),
    }
}

fn disk_failure(error: &DiskError) -> Failure {
    // Without the names of temporary files: they say nothing, and a new one for each attempt would
    // make each attempt news.
    let message = match error {
        DiskError::Full(_) => "the disk is full: make room".to_owned(),
        DiskError::Denied(_) => "the system does not permit writing here".to_owned(),
        DiskError::Io { doing, source, .. } => {
            let why = source.to_string();
            format!("cannot {doing} this on disk: {}", why.split(" at path ").next().unwrap_or(&why))
        }
        error => error.to_string(),
    };
    Failure { message, retry: Retry::Soon }
}

fn link_failure(error: &LinkError) -> Failure {
    let retry = match error.blame() {
        bowline_link::Blame::World => Retry::Soon,
        bowline_link::Blame::User | bowline_link::Blame::Us => Retry::WhenChanged,
    };
    Failure { message: error.to_string(), retry }
}

/// The bytes of an asset, which must be `digest`.
async fn download(link: &Link, url: &str, digest: bowline_model::Digest) -> Result<Vec<u8>, LinkError> {
    let name = url.strip_prefix(bowline_model::asset::SCHEME).unwrap_or(url);
    match name.parse::<bowline_model::AssetName>() {
        Ok(name) => link.download(&name).await,
        Err(_) => {
            let bytes = link.download_built_in(name).await?;
            let found = bowline_model::Digest::of(&bytes);
            if found == digest {
                return Ok(bytes);
            }
            Err(LinkError::WrongBytes { name: bowline_model::AssetName::new(digest, name), found })
        }
    }
}
