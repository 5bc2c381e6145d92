//! [`Records`]: every definition a world has at one moment, and what they mean together. A value: a
//! change makes another one. What the change does to a world that runs is decided in
//! [`crate::queue`]; reading and writing the store is not here.
//!
//! The core records are compiled in ([`bowline_schema::core`]); a record of the same slug in the store
//! takes the place of one. A world belongs to one room; the groups and users that count are those
//! that the store has records of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_schema::scope::Level;
use bowline_schema::snapshot::Built;
use bowline_schema::{Asking, Entry, Order, RecordKind, Snapshot, core, scope};
use bowline_store::{BadRecord, Change, Kind, Record, Scope, Slug, checksum};
use serde_json::{Value, json};

use crate::queue::{Edit, Expect};

/// All records of a world, resolved.
#[derive(Debug, Clone)]
pub struct Records {
    room: String,
    core: Arc<[Entry]>,
    stored: BTreeMap<Slug, Arc<Record>>,
    built: Arc<Built>,
}

/// A core record that a world cannot do without, and why it has none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the core record `{slug}` cannot be used: {reason}")]
pub struct BadCore {
    /// Its slug.
    pub slug: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A record as it is after a mutation: what a mirror has to know to write the next one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Touched {
    /// Its slug.
    pub slug: Slug,
    /// `None`: there is no such record.
    pub version: Option<u32>,
    /// `None`: there is no such record.
    pub checksum: Option<String>,
}

/// What edits make of records.
#[derive(Debug, Clone)]
pub struct Edited {
    /// All of them, after.
    pub records: Records,
    /// What has to be written for it.
    pub changes: Vec<Change>,
    /// Each slug that was named, once.
    pub touched: Vec<Touched>,
}

impl Records {
    /// The records of a world in `room`: those that are compiled in, and those of its store. Worlds
    /// kept as records are none of its definitions and left out.
    #[must_use]
    pub fn new(stored: impl IntoIterator<Item = Record>, room: &str) -> Records {
        let definitions = stored.into_iter().filter(|it| it.kind != Kind::World);
        let stored = definitions.map(|it| (it.slug.clone(), Arc::new(it))).collect();
        Records::built(room.to_owned(), core::records().into(), stored)
    }

    fn built(room: String, core: Arc<[Entry]>, stored: BTreeMap<Slug, Arc<Record>>) -> Records {
        let mut records = Records { room, core, stored, built: Arc::new(Snapshot::build(&[], &asking(&[]))) };
        records.built = Arc::new(records.seen_from(&records.room));
        records
    }

    /// What they mean in another room.
    #[must_use]
    pub fn seen_from(&self, room: &str) -> Built {
        Snapshot::build(&self.entries(), &self.asking(room))
    }

    /// What they mean.
    #[must_use]
    pub fn meaning(&self) -> &Arc<Built> {
        &self.built
    }

    /// Whose records count in `room`.
    #[must_use]
    pub fn asking(&self, room: &str) -> Asking {
        let own = format!("room/{room}");
        let others = self.stored.keys().map(Slug::scope).filter(|it| !matches!(it, Scope::Room(_)));
        let others: BTreeSet<String> = others.map(|it| it.to_string()).filter(|it| it != "core").collect();
        asking(&others.into_iter().chain([own]).collect::<Vec<_>>())
    }

    /// The room the world is in.
    #[must_use]
    pub fn room(&self) -> &str {
        &self.room
    }

    fn entries(&self) -> Vec<Entry> {
        let stored = self.stored.values().filter_map(|it| {
            let kind = RecordKind::named(it.kind.name())?;
            let (slug, payload) = (it.slug.to_string(), it.payload.clone());
            Some(Entry { slug, kind, version: it.version, payload })
        });
        let compiled = self.core.iter().filter(|it| !self.has_stored(&it.slug)).cloned();
        compiled.chain(stored).collect()
    }

    fn has_stored(&self, slug: &str) -> bool {
        Slug::parse(slug).is_ok_and(|it| self.stored.contains_key(&it))
    }

    /// Whether everything a world cannot do without is there and good.
    ///
    /// # Errors
    /// The first core record that is not.
    pub fn check_core(&self) -> Result<(), BadCore> {
        for (slug, problem) in &self.built.problems {
            if slug.starts_with("core/") {
                let at = if problem.pointer.is_empty() { "" } else { " at " };
                let reason = format!("{}{at}{}", problem.message, problem.pointer);
                return Err(BadCore { slug: slug.clone(), reason });
            }
        }
        Ok(())
    }

    /// Those of `edits` that expected another record than there is, as the record is.
    #[must_use]
    pub fn mismatches(&self, edits: &[Edit]) -> Vec<Touched> {
        let met = |it: &&Edit| match (&it.expect, self.stored.get(&it.slug)) {
            (Expect::Anything, _) | (Expect::Nothing, None) => true,
            (Expect::Checksum(wanted), Some(record)) => record.checksum == *wanted,
            _ => false,
        };
        edits.iter().filter(|it| !met(it)).map(|it| self.touched(&it.slug)).collect()
    }

    /// The record called `slug`, as it is.
    #[must_use]
    pub fn touched(&self, slug: &Slug) -> Touched {
        let record = self.stored.get(slug);
        let (version, checksum) = (record.map(|it| it.version), record.map(|it| it.checksum.clone()));
        Touched { slug: slug.clone(), version, checksum }
    }

    /// The change that takes `change` back, as long as these are the records.
    #[must_use]
    pub fn undone(&self, change: &Change) -> Change {
        let slug = match change {
            Change::PutRecord(record) => &record.slug,
            Change::DeleteRecord(slug) => slug,
            other => return other.clone(),
        };
        let known = self.stored.get(slug);
        known.map_or_else(|| Change::DeleteRecord(slug.clone()), |it| Change::PutRecord((**it).clone()))
    }

    /// The records after `edits`, made at `now` (RFC 3339, UTC, milliseconds). A payload that is there
    /// already, and removing what is not there, change nothing.
    ///
    /// # Errors
    /// Why an edit is none, a sentence each.
    pub fn edited(&self, edits: &[Edit], now: &str) -> Result<Edited, Vec<String>> {
        let mut stored = self.stored.clone();
        let (mut changes, mut wrong) = (Vec::new(), Vec::new());
        for edit in edits {
            match edited(stored.get(&edit.slug), edit, now) {
                Ok(None) => (),
                Ok(Some(Change::PutRecord(record))) => {
                    stored.insert(edit.slug.clone(), Arc::new(record.clone()));
                    changes.push(Change::PutRecord(record));
                }
                Ok(Some(change)) => {
                    stored.remove(&edit.slug);
                    changes.push(change);
                }
                Err(reason) => wrong.push(format!("{}: {reason}", edit.slug)),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let records = if changes.is_empty() {
            self.clone()
        } else {
            Records::built(self.room.clone(), self.core.clone(), stored)
        };
        let slugs: BTreeSet<&Slug> = edits.iter().map(|it| &it.slug).collect();
        let touched = slugs.into_iter().map(|it| records.touched(it)).collect();
        Ok(Edited { records, changes, touched })
    }

    /// `{slug, name, kind, scope, version, checksum, createdAt, updatedAt, shadowed}` of each record of
    /// `built`; what is compiled in has no dates.
    #[must_use]
    pub fn list(&self, built: &Built) -> Vec<Value> {
        let records = built.snapshot.records();
        records.iter().map(|it| self.listed(it, built)).collect()
    }

    fn listed(&self, entry: &Entry, built: &Built) -> Value {
        let record = Slug::parse(&entry.slug).ok().and_then(|it| self.stored.get(&it));
        let compiled = || self.core.iter().find(|it| it.slug == entry.slug);
        let sum = match record {
            Some(record) => Some(record.checksum.clone()),
            None => compiled().and_then(|it| checksum(&it.payload).ok()),
        };
        let shadow = built.shadows.iter().find(|it| it.winner == entry.slug);
        let (_, scope, path) = scope::parts(&entry.slug).unwrap_or((Level::Core, "", &entry.slug));
        json!({
            "slug": entry.slug,
            "name": path.split_once('/').map_or(path, |(_, name)| name),
            "kind": entry.kind.name(),
            "scope": scope,
            "version": entry.version,
            "checksum": sum,
            "createdAt": record.map(|it| &it.created_at),
            "updatedAt": record.map(|it| &it.updated_at),
            "shadowed": shadow.map(|it| it.hidden.clone()).unwrap_or_default(),
        })
    }

    /// The slugs that `path` (`component/door`) could mean in `room`, nearest first, and of each the
    /// record that is there.
    #[must_use]
    pub fn chain(&self, path: &str, room: &str) -> Vec<(String, Option<Entry>)> {
        let asking = self.asking(room);
        let mut scopes: Vec<&str> = asking.scopes.iter().map(String::as_str).chain(["core"]).collect();
        let level = |it: &str| it.split('/').next().unwrap_or_default().to_owned();
        let place = |it: &str| asking.order.names().iter().position(|name| *name == level(it));
        scopes.sort_by_key(|it| (place(it), *it));
        let entries = self.entries();
        let found = |slug: &str| entries.iter().find(|it| it.slug == slug).cloned();
        let slugs = scopes.into_iter().map(|it| format!("{it}/{path}"));
        slugs.map(|slug| (slug.clone(), found(&slug))).collect()
    }
}

fn asking(scopes: &[String]) -> Asking {
    Asking { scopes: scopes.to_vec(), order: Order::default() }
}

/// What one edit does to the record that is there.
fn edited(known: Option<&Arc<Record>>, edit: &Edit, now: &str) -> Result<Option<Change>, String> {
    if edit.slug.scope() == Scope::Core && edit.payload.is_some() {
        return Err("core records come with the product; put yours in your room".to_owned());
    }
    let kind = edit.slug.path().split('/').next().unwrap_or_default();
    let Some(kind) = RecordKind::named(kind).and_then(|it| it.name().parse::<Kind>().ok()) else {
        return Err(format!("the path starts with `{kind}`, not with the kind of a definition"));
    };
    let words = |bad: BadRecord| bad.to_string();
    match (known, &edit.payload) {
        (None, None) => Ok(None),
        (Some(_), None) => Ok(Some(Change::DeleteRecord(edit.slug.clone()))),
        (Some(known), Some(payload)) => {
            if checksum(payload).is_ok_and(|it| it == known.checksum) {
                return Ok(None);
            }
            // A clock that was put back must not make a record unwritable.
            let now = now.max(known.updated_at.as_str());
            known.next(payload.clone(), now).map(Change::PutRecord).map(Some).map_err(words)
        }
        (None, Some(payload)) => Record::new(edit.slug.clone(), kind, payload.clone(), now)
            .map(Change::PutRecord)
            .map(Some)
            .map_err(words),
    }
}
