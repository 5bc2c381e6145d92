//! Disk → world, for records: performs the calls of an [`ApplyJob`].

use std::collections::BTreeMap;
use std::time::SystemTime;

use bowline_disk::Side;
use bowline_model::layout::slug_of;
use bowline_model::{ItemId, Problem, ProjectPath};
use bowline_sync::engine::{Failure, Outcome, Retry};
use bowline_sync::job::apply::{ApplyJob, Call, Reply};
use bowline_sync::job::send::Loser;
use bowline_sync::plan::{Keep, Step};
use bowline_sync::sighting::{Held, Seen};
use serde_json::{Map, Value, json};

use super::send::source::Source;
use super::{Load, disk_failure, note};
use crate::http::{self, V1};
use crate::input::Done;
use crate::records::{Records, WorldRecord};
use crate::settings::Remote;
use crate::verdict::Verdict;

/// Starts carrying the action out. `known` are the world's records as it was planned.
pub(crate) fn start(load: Load, known: Records, world: Remote) {
    let applier =
        Applier { load, known, world, kept: Vec::new(), refusals: BTreeMap::new(), now: Vec::new() };
    tokio::spawn(applier.run());
}

struct Applier {
    load: Load,
    known: Records,
    world: Remote,
    kept: Vec<(ItemId, ProjectPath)>,
    /// What the world had against something, by the sentence that says it.
    refusals: BTreeMap<String, Verdict>,
    /// What the world's records are now, as far as it said.
    now: Vec<(String, Option<WorldRecord>)>,
}

impl Applier {
    async fn run(mut self) {
        let mut job = ApplyJob::new(self.load.action.clone());
        let mut reply = Reply::Start;
        loop {
            reply = match job.next(reply) {
                Call::Park(items) => self.park(items).await,
                Call::Check(steps) => self.check(&steps).await,
                Call::Keep(losers) => self.keep(losers).await,
                Call::Apply(steps) => self.apply(&steps).await,
                Call::Withdraw => self.withdraw().await,
                Call::Finish(outcomes) => return self.finish(outcomes).await,
            };
        }
    }

    async fn finish(self, outcomes: Vec<(ItemId, Outcome)>) {
        let problems = outcomes.iter().flat_map(|(item, outcome)| self.problems(item, outcome)).collect();
        let kept = self.kept.into_iter().map(|(item, folder)| (item, folder.to_string())).collect();
        let (action, versions) = (self.load.action.id, BTreeMap::new());
        self.load.report(Done { action, outcomes, versions, kept, problems, records: self.now }).await;
    }

    /// What a person must know of a record the world would not take.
    fn problems(&self, item: &ItemId, outcome: &Outcome) -> Vec<Problem> {
        let Outcome::Failed(why) = outcome else { return Vec::new() };
        let verdict = self.refusals.get(&why.message);
        verdict.map(|it| it.problems(&item.to_string())).unwrap_or_default()
    }

    /// Reads everything from the disk again: what changed since it was planned is not sent.
    async fn park(&self, items: Vec<(ItemId, Held)>) -> Reply {
        let sources: Vec<(ItemId, Held, Source)> =
            items.into_iter().map(|(item, put)| (item.clone(), put, self.source(&item, put))).collect();
        let parked = self.load.disk(move |folder| {
            let mut stale = Vec::new();
            for (item, put, source) in sources {
                stale.extend(source.park(folder, put)?.map(|seen| (item, seen)));
            }
            Ok(stale)
        });
        parked.await.map_or_else(|error| Reply::Failed(disk_failure(&error)), Reply::Parked)
    }

    fn source(&self, item: &ItemId, put: Held) -> Source {
        let ItemId::Record { file } = item else { return Source::Stale };
        match (put, self.load.survey.records.get(file)) {
            (Some(put), Some(record)) if record.digest == put => {
                Source::Text(file.clone(), record.file, record.content())
            }
            (Some(_), _) => Source::Stale,
            (None, _) => Source::NoFile(file.clone()),
        }
    }

    /// What the world shall hold, by slug: `None` removes. A script that is written in another
    /// language from now on is another file of the same record.
    fn wanted(&self, steps: &[Step]) -> BTreeMap<String, Option<Value>> {
        let mut wanted = BTreeMap::new();
        for step in steps {
            let ItemId::Record { file } = &step.item else { continue };
            let payload = self.load.survey.records.get(file).filter(|_| step.put.is_some());
            let entry = wanted.entry(slug_of(file).unwrap_or_default()).or_insert(None);
            *entry = payload.map(|it| it.payload.clone()).or(entry.take());
        }
        wanted
    }

    async fn check(&mut self, steps: &[Step]) -> Reply {
        let wanted = self.wanted(steps);
        let records: Vec<Value> =
            wanted.iter().map(|(slug, payload)| json!({"slug": slug, "payload": payload})).collect();
        match self.ask("schema/check", &json!({ "records": records })).await {
            Err(failure) => Reply::Failed(failure),
            Ok(verdict) if verdict.is_applied() => Reply::Ok,
            Ok(verdict) => self.refused(verdict),
        }
    }

    fn refused(&mut self, verdict: Verdict) -> Reply {
        let message = verdict.sentence();
        self.refusals.insert(message.clone(), verdict);
        Reply::Refused(Failure { message, retry: Retry::WhenChanged })
    }

    async fn ask(&self, path: &str, body: &Value) -> Result<Verdict, Failure> {
        let answer = http::post(&self.world, &format!("{V1}/{path}"), body).await;
        let failure = |message: String, retry: Retry| Failure { message, retry };
        match answer {
            Ok(Some(json)) => Ok(Verdict::read(json)),
            Ok(None) => Err(failure("this world takes no records".to_owned(), Retry::Soon)),
            // An answer that is no verdict refuses the request itself.
            Err(report) if report.blame == crate::report::Blame::User => {
                Err(failure(report.what, Retry::WhenChanged))
            }
            Err(report) => Err(failure(report.what, Retry::Soon)),
        }
    }

    async fn keep(&mut self, losers: Vec<Loser>) -> Reply {
        for loser in losers {
            match self.keep_one(&loser).await {
                Ok(kept) => self.kept.extend(kept.map(|it| (loser.item, it))),
                Err(failure) => return Reply::Failed(failure),
            }
        }
        Reply::Ok
    }

    async fn keep_one(&self, loser: &Loser) -> Result<Option<ProjectPath>, Failure> {
        let ItemId::Record { file } = &loser.item else { return Ok(None) };
        // What is not known any more is not what was planned against: the world will say so.
        let Some(record) = self.known.in_file(file).filter(|it| it.digest() == loser.held) else {
            return Ok(None);
        };
        let (content, shown) = (record.content(), record.text(None));
        let (path, keep) = (file.clone(), loser.keep);
        let note = note(self.load.base_of(&loser.item), (loser.won, Some(loser.held)), Side::Local);
        let kept = self.load.disk(move |folder| {
            folder.park(content.as_bytes())?;
            if keep == Keep::Trash {
                return Ok(None);
            }
            let shown = folder.park(shown.as_bytes())?;
            folder.file_loser(&path, shown, &note).map(Some)
        });
        kept.await.map_err(|error| disk_failure(&error))
    }

    /// The world is as it was, so what was kept of it is a copy of what everybody still has.
    async fn withdraw(&mut self) -> Reply {
        for (_, kept) in std::mem::take(&mut self.kept) {
            let withdrawn =
                self.load.disk(move |folder| folder.remove_conflict(&kept, SystemTime::now())).await;
            if let Err(error) = withdrawn {
                tracing::warn!(%error, "a copy that is not needed could not be put away");
            }
        }
        Reply::Ok
    }

    async fn apply(&mut self, steps: &[Step]) -> Reply {
        let wanted = self.wanted(steps);
        let stale = self.stale(steps);
        if !stale.is_empty() {
            return Reply::Mismatch(stale);
        }
        let record = |(slug, payload): (&String, &Option<Value>)| json!({"slug": slug, "payload": payload, "expect": self.checksum(slug)});
        let records: Vec<Value> = wanted.iter().map(record).collect();
        let verdict = match self.ask("schema/apply", &json!({"records": records, "wait": true})).await {
            Ok(verdict) => verdict,
            Err(Failure { retry: Retry::Soon, .. }) => return Reply::Gone,
            Err(failure) => return Reply::Failed(failure),
        };
        match verdict.outcome() {
            "applied" => {
                self.now = applied(&wanted, &verdict);
                Reply::Ok
            }
            "mismatch" => Reply::Mismatch(self.mismatch(steps, &verdict)),
            "requires_reset" | "rejected" => self.refused(verdict),
            // Still in the queue: whether it goes through will be seen.
            _ => Reply::Gone,
        }
    }

    /// Steps whose precondition cannot be said in the world's terms any more.
    fn stale(&self, steps: &[Step]) -> Vec<(ItemId, Seen)> {
        let holds = |step: &&Step| match &step.item {
            ItemId::Record { file } => self.known.in_file(file).map(WorldRecord::digest) == step.expect,
            _ => false,
        };
        steps.iter().filter(|it| !holds(it)).map(|it| (it.item.clone(), Seen::Unknown)).collect()
    }

    fn checksum(&self, slug: &str) -> Option<&str> {
        let Records::Known(records) = &self.known else { return None };
        records.get(slug).map(|it| it.checksum.as_str())
    }

    /// What each record of the change is instead.
    fn mismatch(&mut self, steps: &[Step], verdict: &Verdict) -> Vec<(ItemId, Seen)> {
        let mut known = self.known.clone();
        let mut wrong = Vec::new();
        for record in verdict.records() {
            let Some(slug) = record.get("slug").and_then(Value::as_str) else { continue };
            let now = WorldRecord::read(record);
            known.put(slug, now.clone());
            self.now.push((slug.to_owned(), now));
        }
        for step in steps {
            let ItemId::Record { file } = &step.item else { continue };
            let held = known.in_file(file).map(WorldRecord::digest);
            // A record that is not said is left to a new look.
            let said = self.now.iter().any(|(slug, _)| Some(slug) == slug_of(file).as_ref());
            if said && held != step.expect {
                wrong.push((step.item.clone(), Seen::from(held)));
            }
        }
        match wrong.is_empty() {
            true => steps.iter().map(|it| (it.item.clone(), Seen::Unknown)).collect(),
            false => wrong,
        }
    }
}

/// What the world's records are after a change that it has made.
fn applied(
    wanted: &BTreeMap<String, Option<Value>>,
    verdict: &Verdict,
) -> Vec<(String, Option<WorldRecord>)> {
    let now = |(slug, payload): (&String, &Option<Value>)| {
        let said = verdict.records().find(|it| it.get("slug").and_then(Value::as_str) == Some(slug));
        let record = payload.as_ref().and_then(|payload| {
            let mut record: Map<String, Value> = said.and_then(Value::as_object).cloned()?;
            record.insert("payload".to_owned(), payload.clone());
            WorldRecord::read(&Value::Object(record))
        });
        (slug.clone(), record)
    };
    wanted.iter().map(now).collect()
}
