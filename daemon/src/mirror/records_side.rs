//! The world's records: fetched when it says that they changed, because it sends only their names.
//!
//! A fetch takes time, and our own pushes go on meanwhile. So a fetch that began before one of them
//! ended does not count, and is made again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use bowline_model::layout::{PROJECT_SCOPE, STATE_FOLDER};
use bowline_model::{Group, ItemId, Problem};
use bowline_schema::RecordKind;
use bowline_sync::engine::Stamp;
use bowline_sync::sighting::{Seen, Sighting};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::task::AbortHandle;

use super::{Connection, Mirror};
use crate::http::{self, V1};
use crate::input::{Fetched, Input};
use crate::records::{Records, WorldRecord};
use crate::report::Report;
use crate::settings::Remote;
use crate::tell::Told;

/// Where editors find the definitions of the world, below the state folder.
const SNAPSHOT_FILE: &str = "schema.json";

/// How long to wait after a fetch that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How the world's records are being fetched.
#[derive(Default)]
pub(super) struct Fetching {
    is_under_way: bool,
    /// Something changed since the fetch under way began.
    again: bool,
    retry: Option<Instant>,
    /// Fetches that began earlier do not count.
    since: Stamp,
    /// Every record this mirror has heard of: while the world's are not known, they are not absent.
    items: BTreeSet<ItemId>,
    /// People were not told yet that the world takes none.
    is_news: bool,
    /// Who listens to what the world's scripts and records do.
    following: Option<AbortHandle>,
}

impl Fetching {
    /// Nothing was fetched yet; these items were agreed on before.
    pub(super) fn of<'a>(base: impl Iterator<Item = &'a ItemId>) -> Fetching {
        let items = base.filter(|it| it.group() == Group::Records).cloned().collect();
        Fetching { items, ..Fetching::default() }
    }

    /// Listens by this task from now on, and not by the one before.
    pub(super) fn follow(&mut self, following: Option<AbortHandle>) {
        if let Some(old) = std::mem::replace(&mut self.following, following) {
            old.abort();
        }
    }

    /// Whether what the world has will be known soon.
    pub(super) fn is_on(&self) -> bool {
        self.is_under_way || self.retry.is_some()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.retry
    }
}

impl Mirror {
    /// Fetches them, once at a time.
    pub(super) fn fetch_records(&mut self) {
        let Connection::Up { .. } = self.connection else { return };
        self.fetching.retry = None;
        if std::mem::replace(&mut self.fetching.is_under_way, true) {
            self.fetching.again = true;
            return;
        }
        self.fetching.again = false;
        let (world, inbox, as_of) = (self.target.clone(), self.inbox(), self.engine.stamp());
        let (state_folder, known) = (self.root.join(STATE_FOLDER), self.world.records.clone());
        tokio::spawn(async move {
            let fetched = fetch(&world, &state_folder, &known).await;
            // The mirror may have ended meanwhile; then nobody needs them.
            drop(inbox.send(Input::Records(as_of, fetched)).await);
        });
    }

    pub(super) fn fetch_if_due(&mut self, now: Instant) {
        if self.fetching.retry.is_some_and(|it| it <= now) {
            self.fetch_records();
        }
    }

    pub(super) fn take_records(
        &mut self,
        as_of: Stamp,
        fetched: Result<Fetched, Report>,
    ) -> Result<(), Report> {
        self.fetching.is_under_way = false;
        if as_of < self.fetching.since || std::mem::take(&mut self.fetching.again) {
            self.fetch_records();
            return Ok(());
        }
        self.know_records(fetched)?;
        self.look_at_world()
    }

    /// Takes in what was fetched. In a world that takes none, the folder's are nothing to mirror.
    pub(super) fn know_records(&mut self, fetched: Result<Fetched, Report>) -> Result<(), Report> {
        let was_offered = self.world.records != Records::NotOffered;
        self.world.records = match fetched {
            Ok(Fetched::Records(records)) => {
                Records::Known(records.into_iter().map(|it| (it.slug.clone(), it)).collect())
            }
            Ok(Fetched::NotOffered) => Records::NotOffered,
            Err(report) => {
                tracing::debug!(%report, "the world's records could not be fetched");
                self.fetching.retry = Some(Instant::now() + PAUSE);
                Records::Unknown
            }
        };
        let is_offered = self.world.records != Records::NotOffered;
        self.fetching.is_news = was_offered && !is_offered;
        if was_offered == is_offered { Ok(()) } else { self.look_at_disk(self.engine.stamp()) }
    }

    /// Not a state that a person must end, so no problem of the project: it is said once, and not
    /// before the mirror has said that it is ready.
    pub(super) fn tell_not_offered(&mut self) {
        let is_news = std::mem::take(&mut self.fetching.is_news);
        let files = self.survey.items.keys().filter(|it| it.group() == Group::Records).count();
        if !is_news || files == 0 {
            return;
        }
        let files = if files == 1 { "1 file stays".to_owned() } else { format!("{files} files stay") };
        let message = format!("this world takes no definitions: {files} on disk only");
        let problem = Problem::file("records_not_offered", "", message)
            .help("worlds that bowline serves take schemas, prefabs, strings, profiles and systems");
        self.say(Told::Problem { app: Group::Records.to_string(), problem });
    }

    /// The world is away: what it holds may change unseen.
    pub(super) fn forget_records(&mut self) {
        if let Records::Known(_) = self.world.records {
            self.world.records = Records::Unknown;
        }
        self.fetching.follow(None);
    }

    /// A push of records is over, and this is what the world said of them. What it did not say is
    /// asked for by the engine.
    pub(super) fn sent_records(&mut self, records: Vec<(String, Option<WorldRecord>)>) {
        self.fetching.since = self.engine.stamp();
        for (slug, record) in records {
            self.world.records.put(&slug, record);
        }
    }

    /// While the world's records are not known, none of them is absent.
    pub(super) fn doubt_records(&mut self, sightings: &mut BTreeMap<ItemId, Sighting>) {
        let is_record = |it: &&ItemId| it.group() == Group::Records;
        self.fetching.items.extend(sightings.keys().filter(is_record).cloned());
        if self.world.records != Records::Unknown {
            return;
        }
        for item in self.fetching.items.iter().chain(self.survey.items.keys().filter(is_record)) {
            sightings.insert(item.clone(), Sighting::of(Seen::Unknown));
        }
    }
}

/// The world's records of the project's scope; writes down what all definitions are, for editors. The
/// payloads of those that are still as they are `known` are not asked for.
pub(super) async fn fetch(world: &Remote, state_folder: &Path, known: &Records) -> Result<Fetched, Report> {
    let Some(listed) = list(world).await? else { return Ok(Fetched::NotOffered) };
    if let Some(snapshot) = http::get(world, &format!("{V1}/schema/snapshot")).await? {
        write_snapshot(&state_folder.join(SNAPSHOT_FILE), &snapshot);
    }
    let mut fetching =
        futures_util::stream::iter(listed).map(|it| fetch_one(world, it, known)).buffer_unordered(AT_ONCE);
    let mut records = Vec::new();
    while let Some(record) = fetching.next().await {
        records.extend(record?);
    }
    Ok(Fetched::Records(records))
}

/// The world's records that files hold, without payloads; nothing if it takes none. Kind by kind: the
/// whole worlds that it keeps are records too, and megabytes that it would read to list them.
async fn list(world: &Remote) -> Result<Option<Vec<Value>>, Report> {
    let scope = http::segment(PROJECT_SCOPE);
    let paths = RecordKind::ALL.map(|it| format!("{V1}/store/records?kind={}&scope={scope}", it.name()));
    let answers = futures_util::future::try_join_all(paths.iter().map(|it| http::get(world, it))).await?;
    let records = |answer: Value| answer.get("records").and_then(Value::as_array).cloned();
    let listed: Option<Vec<Value>> = answers.into_iter().collect();
    Ok(listed.map(|it| it.into_iter().filter_map(records).flatten().collect()))
}

/// Payloads fetched at once.
const AT_ONCE: usize = 8;

/// The record that was listed; nothing if it is none of the project's, or has gone meanwhile.
async fn fetch_one(world: &Remote, listed: Value, known: &Records) -> Result<Option<WorldRecord>, Report> {
    let text = |key: &str| listed.get(key).and_then(Value::as_str).unwrap_or_default();
    let slug = text("slug");
    if let Records::Known(known) = known
        && let Some(record) = known.get(slug).filter(|it| it.checksum == text("checksum"))
    {
        return Ok(Some(record.clone()));
    }
    let path = format!("{V1}/store/record?slug={}", http::segment(slug));
    match http::get(world, &path).await {
        Ok(record) => Ok(record.as_ref().and_then(WorldRecord::read)),
        Err(report) if report.code == "not_found" => Ok(None),
        Err(report) => Err(report),
    }
}

/// Nothing depends on it but what editors show, so a disk that refuses it stops nothing.
fn write_snapshot(path: &Path, snapshot: &Value) {
    let hash = |it: &Value| it.get("hash").cloned();
    let old: Option<Value> = std::fs::read(path).ok().and_then(|it| serde_json::from_slice(&it).ok());
    if old.is_some_and(|it| hash(&it) == hash(snapshot)) {
        return;
    }
    let text = bowline_model::format::print_json(snapshot);
    let temporary = path.with_extension("json.new");
    let written = std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, path));
    if let Err(error) = written {
        tracing::warn!(%error, "the definitions could not be written for editors");
    }
}
