//! Disk → world: performs the calls of a [`SendJob`].

mod lock;
pub(super) mod source;

use std::collections::BTreeMap;
use std::time::Duration;

use bowline_disk::{DiskError, Side};
use bowline_link::{Acquired, Blob, CommandReply, Deletion, LinkError, Order, Precondition};
use bowline_model::blueprint::{self as world_blueprint, Blueprint, needs_lock, version};
use bowline_model::format::blueprint::{self, Defaults};
use bowline_model::format::world::Placement;
use bowline_model::{AssetName, Digest, ItemId, ProjectPath};
use bowline_sync::engine::{Failure, Retry};
use bowline_sync::job::send::{Call, Loser, Reply, SendJob};
use bowline_sync::plan::Keep;
use bowline_sync::sighting::{Held, Seen};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::{Entities, Load, conflict_path, disk_failure, link_failure, note};
use crate::deploy::{Deploy, Put};
use crate::input::{Done, Input};
use crate::remote::format_of;
use lock::{FIRST_TTL, HeldLock};
use source::{Source, unsurveyed};

/// Starts carrying the action out. `deploy` is there for apps, `entities` for `world.json`.
pub(crate) fn start(load: Load, deploy: Option<Deploy>, entities: Entities) {
    let mut sender = Sender { load, deploy, entities, lock: None, kept: Vec::new() };
    tokio::spawn(async move { sender.run().await });
}

struct Sender {
    load: Load,
    deploy: Option<Deploy>,
    entities: Entities,
    lock: Option<HeldLock>,
    kept: Vec<(ItemId, String)>,
}

impl Sender {
    async fn run(&mut self) {
        // Spreads the waiting of many clients; not a secret.
        let seed = uuid::Uuid::new_v4().as_u64_pair().0;
        let mut job = SendJob::new(self.load.action.clone(), seed);
        let mut reply = Reply::Start;
        loop {
            reply = match job.next(reply) {
                Call::Finish(outcomes, versions) => {
                    let kept = std::mem::take(&mut self.kept);
                    let action = self.load.action.id;
                    return self
                        .load
                        .report(Done {
                            action,
                            outcomes,
                            versions,
                            kept,
                            problems: Vec::new(),
                            records: Vec::new(),
                        })
                        .await;
                }
                call => self.perform(call).await,
            };
        }
    }

    async fn perform(&mut self, call: Call) -> Reply {
        match call {
            Call::Park(items) => self.park(items).await,
            Call::Keep(losers) => self.keep(losers).await,
            Call::PutBlobs(_) => self.upload().await,
            Call::Lock(scope) => self.take_lock(&scope).await,
            Call::Wait { ms, holder } => self.wait(ms, holder).await,
            Call::Read(ids) => self.read(ids).await,
            Call::Modify { blueprint, version, items } => self.modify(&blueprint, version, &items).await,
            Call::Add { blueprint, items } => self.add(&blueprint, &items).await,
            Call::Remove(id) => self.remove(&id).await,
            Call::Entity { item, put, expect } => self.entity(&item, put, expect).await,
            Call::Unlock => self.unlock().await,
            Call::Finish(..) => Reply::Ok,
        }
    }

    /// Reads everything from the disk again: what changed since it was planned is not sent.
    async fn park(&mut self, items: Vec<(ItemId, Held)>) -> Reply {
        let sources: Vec<(ItemId, Held, Source)> =
            items.into_iter().map(|(item, put)| (item.clone(), put, self.source(&item, put))).collect();
        let parked = self.load.disk(move |folder| {
            let mut stale = Vec::new();
            for (item, put, source) in sources {
                stale.extend(source.park(folder, put)?.map(|seen| (item, seen)));
            }
            Ok(stale)
        });
        let unseen = |(item, seen): (ItemId, Seen)| {
            let seen = if item.is_shared() && seen == Seen::Absent { seen } else { unsurveyed(&item, seen) };
            (item, seen)
        };
        let reply = |stale: Vec<_>| Reply::Parked(stale.into_iter().map(unseen).collect());
        parked.await.map_or_else(|error| Reply::Failed(disk_failure(&error)), reply)
    }

    fn source(&self, item: &ItemId, put: Held) -> Source {
        let files = self.deploy.as_ref().map(|it| &it.files);
        match item {
            ItemId::Script { path, .. } => match (put, files.and_then(|it| it.modules.get(path))) {
                (Some(_), Some((file, _))) => Source::File(file.clone()),
                (Some(_), None) => Source::Stale,
                (None, _) if item.is_shared() => Source::Nothing,
                (None, _) => bowline_model::layout::file_of(item).map_or(Source::Stale, Source::NoFile),
            },
            ItemId::Blueprint { id, .. } => match (put, files.and_then(|it| it.sources.get(id))) {
                (Some(_), Some((file, digest))) => {
                    Source::Text(file.clone(), *digest, self.defaults_text(id))
                }
                (Some(_), None) => Source::Stale,
                (None, _) => bowline_model::layout::file_of(item).map_or(Source::Stale, Source::NoFile),
            },
            ItemId::Entity { id } => {
                self.placement(id).map_or(Source::Nothing, |it| Source::Parked(it.text()))
            }
            // They travel by `records.rs`.
            ItemId::Record { .. } => Source::Stale,
        }
    }

    fn defaults_text(&self, id: &str) -> String {
        let Some(deploy) = &self.deploy else { return String::new() };
        let format = (id == deploy.root).then(|| deploy.files.format.map(|it| it.name())).flatten();
        deploy.files.blueprints.get(id).map(|it| it.with_format(format).text()).unwrap_or_default()
    }

    fn placement(&self, id: &str) -> Option<&Placement> {
        self.load.survey.layout.entities.iter().find(|(it, _)| it == id).map(|it| &it.1)
    }

    /// Makes sure that what the world is about to forget is kept here.
    async fn keep(&mut self, losers: Vec<Loser>) -> Reply {
        for loser in losers {
            match self.keep_one(&loser).await {
                Ok(kept) => self.kept.extend(kept.map(|it| (loser.item, it))),
                Err(failure) => return Reply::Failed(failure),
            }
        }
        Reply::Ok
    }

    async fn keep_one(&self, loser: &Loser) -> Result<Option<String>, Failure> {
        let held = loser.held;
        let known =
            self.load.disk(move |folder| folder.object(held)).await.map_err(|it| disk_failure(&it))?;
        if known.is_none() {
            match self.world_bytes(&loser.item, held).await {
                Ok(bytes) => drop(self.park_bytes(bytes).await?),
                // Both sides had agreed on it, and the world has lost the bytes since: there is nothing
                // to keep, and the app must not wait for it for ever.
                Err(LinkError::NotFound { .. }) if loser.keep == Keep::Trash => return Ok(None),
                Err(error) => return Err(link_failure(&error)),
            }
        }
        if loser.keep == Keep::Trash {
            return Ok(None);
        }
        let shown = match self.shown_text(&loser.item) {
            Some(text) => self.park_bytes(text.into_bytes()).await?,
            None => held,
        };
        let Some(path) = conflict_path(&loser.item) else { return Ok(None) };
        let note = note(self.load.base_of(&loser.item), (loser.won, Some(held)), Side::Local);
        let filed = self.load.disk(move |folder| folder.file_loser(&path, shown, &note)).await;
        filed.map(|folder| Some(folder.to_string())).map_err(|it| disk_failure(&it))
    }

    async fn park_bytes(&self, bytes: Vec<u8>) -> Result<Digest, Failure> {
        self.load.disk(move |folder| folder.park(&bytes)).await.map_err(|it| disk_failure(&it))
    }

    /// The content the world holds of an item.
    async fn world_bytes(&self, item: &ItemId, held: Digest) -> Result<Vec<u8>, LinkError> {
        match item {
            ItemId::Script { .. } => {
                let url = self.load.remote.assets.get(item).cloned().unwrap_or_default();
                super::download(&self.load.link, &url, held).await
            }
            ItemId::Blueprint { id, .. } => Ok(self.world_defaults(id).text().into_bytes()),
            ItemId::Entity { id } => {
                Ok(self.entities.get(id).map(|it| Placement::of(it).text()).unwrap_or_default().into_bytes())
            }
            ItemId::Record { file } => Err(LinkError::NotFound { what: file.to_string() }),
        }
    }

    /// The form in which people keep a loser that is no file in the world.
    fn shown_text(&self, item: &ItemId) -> Option<String> {
        match item {
            ItemId::Script { .. } | ItemId::Record { .. } => None,
            ItemId::Blueprint { id, .. } => {
                Some(blueprint::write(None, &self.world_defaults(id), &|_, _| None))
            }
            ItemId::Entity { id } => {
                let mut entity = Map::from_iter([("id".to_owned(), json!(id))]);
                entity.extend(self.entities.get(id).map(|it| Placement::of(it).0).unwrap_or_default());
                Some(bowline_model::format::print_json(&Value::Object(entity)))
            }
        }
    }

    fn world_defaults(&self, id: &str) -> Defaults {
        let blueprint = self.deploy.as_ref().and_then(|it| it.world.get(id));
        blueprint.map(|it| Defaults::of_world(it, format_of(it))).unwrap_or_default()
    }

    /// Everything the action needs, modules from the parked copies and assets from their files.
    async fn upload(&self) -> Reply {
        let Some(deploy) = &self.deploy else { return Reply::Ok };
        let puts: Vec<Put> = self.load.action.steps.iter().map(|it| (it.item.clone(), it.put)).collect();
        let uploads = deploy.uploads(&puts);
        self.put_missing(uploads).await
    }

    async fn put_missing(&self, uploads: BTreeMap<AssetName, ProjectPath>) -> Reply {
        let names: Vec<AssetName> = uploads.keys().cloned().collect();
        let root = self.load.folder.root().to_owned();
        let parked = self.load.disk(move |folder| {
            names
                .into_iter()
                .map(|it| Ok((it.digest, folder.object(it.digest)?)))
                .collect::<Result<BTreeMap<_, _>, DiskError>>()
        });
        let mut parked = match parked.await {
            Ok(parked) => parked,
            Err(error) => return Reply::Failed(disk_failure(&error)),
        };
        let blob = |(name, file): (AssetName, ProjectPath)| {
            let bytes = parked.remove(&name.digest).flatten();
            (name, bytes.map_or_else(|| Blob::File(root.join(file.as_str())), Blob::Bytes))
        };
        let blobs = uploads.into_iter().map(blob).collect();
        match self.load.link.put_missing(blobs).await {
            Ok(_) => Reply::Ok,
            Err(error) => failed(&error),
        }
    }

    async fn take_lock(&mut self, scope: &str) -> Reply {
        match self.load.link.lock(scope, &self.load.owner, FIRST_TTL).await {
            Ok(Acquired::Granted(lock)) => {
                // The mirror may have ended meanwhile; then the lock runs out by itself.
                drop(self.load.inbox.send(Input::Locked(scope.to_owned(), lock.token.clone())).await);
                self.lock = Some(HeldLock::keep(self.load.link.clone(), lock));
                Reply::Ok
            }
            Ok(Acquired::Busy(holder)) => Reply::Busy(holder.owner),
            Err(error) => failed(&error),
        }
    }

    async fn wait(&self, ms: u64, holder: String) -> Reply {
        let group = self.load.action.group.to_string();
        // The mirror may have ended meanwhile; then nobody needs to know.
        drop(self.load.inbox.send(Input::Waiting(group, holder)).await);
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Reply::Ok
    }

    async fn read(&self, ids: Vec<String>) -> Reply {
        let mut versions = BTreeMap::new();
        for id in ids {
            match self.load.link.get_blueprint(&id).await {
                Ok(blueprint) => versions.insert(id, blueprint.as_ref().and_then(version)),
                Err(error) => return failed(&error),
            };
        }
        Reply::Versions(versions)
    }

    async fn modify(&self, id: &str, from: u64, items: &[Put]) -> Reply {
        let Some(deploy) = self.deploy.as_ref().filter(|it| it.is_at(id, from)) else {
            return Reply::Mismatch;
        };
        let Ok(change) = deploy.modify(id, from, items) else { return Reply::Mismatch };
        let Some(lock_token) = self.token(&change) else { return Reply::LockLost };
        let order = Order::BlueprintModify { change: (&change).into(), lock_token };
        match self.load.link.command_if(order, self.as_planned(id)).await {
            Ok(CommandReply::Done) => Reply::Wrote { version: Some(from + 1), displaced: Vec::new() },
            other => refused(other),
        }
    }

    async fn add(&self, id: &str, items: &[Put]) -> Reply {
        let Some(Ok(body)) = self.deploy.as_ref().map(|it| it.add(id, items)) else { return Reply::Mismatch };
        let Some(lock_token) = self.token(&body) else { return Reply::LockLost };
        let order = Order::BlueprintAdd { blueprint: (&body).into(), lock_token };
        match self.load.link.command_if(order, self.as_planned(id)).await {
            Ok(CommandReply::Done) => Reply::Wrote { version: version(&body), displaced: Vec::new() },
            other => refused(other),
        }
    }

    /// The blueprint as it was when this was planned: the version alone does not say it all, because a
    /// blueprint that was removed and added again counts from the beginning.
    fn as_planned(&self, id: &str) -> Precondition {
        let blueprint = self.deploy.as_ref().and_then(|it| it.world.get(id));
        Precondition::from(blueprint.map(world_blueprint::digest))
    }

    /// The token for a change, or nothing if our lock is gone. One that needs no lock needs none.
    fn token(&self, change: &Blueprint) -> Option<bowline_wire::Value> {
        match &self.lock {
            Some(held) if held.is_ours() => Some(held.lock.token.as_str().into()),
            _ if needs_lock(change) => None,
            _ => Some(bowline_wire::Value::Undefined),
        }
    }

    async fn remove(&self, id: &str) -> Reply {
        match self.load.link.delete_blueprint_if(id, self.as_planned(id)).await {
            Ok(Deletion::Done | Deletion::AlreadyGone) => {
                Reply::Wrote { version: None, displaced: Vec::new() }
            }
            Ok(Deletion::PreconditionFailed) => Reply::Mismatch,
            Ok(Deletion::InUse) => {
                let message =
                    format!("entities in the world still stand on {id}; remove them from world.json first");
                Reply::Failed(Failure { message, retry: Retry::WhenChanged })
            }
            Err(error) => failed(&error),
        }
    }

    /// Worlds have no version to check an entity against. Ours look at `expect`; for the others, what
    /// they last said is asked for as late as possible.
    async fn entity(&mut self, item: &ItemId, put: Held, expect: Held) -> Reply {
        let ItemId::Entity { id } = item else { return Reply::Mismatch };
        let (answer, answered) = oneshot::channel();
        if self.load.inbox.send(Input::Holds(id.clone(), answer)).await.is_err() {
            return Reply::Gone;
        }
        match answered.await {
            Ok(seen) if seen == Seen::from(expect) => (),
            Ok(seen) => return Reply::Refused(seen),
            Err(_) => return Reply::Gone,
        }
        let placement = self.placement(id);
        if placement.map(Placement::digest) != put {
            return Reply::Refused(Seen::Unknown);
        }
        if let Some(placement) = placement {
            let reply = self.put_missing(self.prop_uploads(placement)).await;
            if reply != Reply::Ok {
                return reply;
            }
        }
        match self.load.link.command_if(self.entity_order(id, placement), expect.into()).await {
            Ok(CommandReply::Done) => self.displaced(item, id).await,
            Ok(CommandReply::PreconditionFailed) => Reply::Refused(Seen::Unknown),
            other => refused(other),
        }
    }

    /// What our change of an entity replaced: the news of everything before it has come by now.
    async fn displaced(&mut self, item: &ItemId, id: &str) -> Reply {
        let (answer, answered) = oneshot::channel();
        if self.load.inbox.send(Input::Displaced(id.to_owned(), answer)).await.is_err() {
            return Reply::Gone;
        }
        let displaced = match answered.await.ok().flatten() {
            Some(entity) => {
                let digest = Placement::of(&entity).digest();
                self.entities.insert(id.to_owned(), entity);
                vec![(item.clone(), digest)]
            }
            None => Vec::new(),
        };
        Reply::Wrote { version: None, displaced }
    }

    fn prop_uploads(&self, placement: &Placement) -> BTreeMap<AssetName, ProjectPath> {
        let named: Vec<AssetName> = placement.assets().into_iter().map(|it| it.1).collect();
        let held = self.load.survey.layout.assets.iter().filter(|(_, name)| named.contains(name));
        held.map(|(path, name)| (name.clone(), path.clone())).collect()
    }

    fn entity_order(&self, id: &str, placement: Option<&Placement>) -> Order {
        match (placement, self.entities.get(id)) {
            (None, _) => Order::EntityRemove { id: id.into() },
            (Some(placement), Some(now)) => {
                let mut change = Map::from_iter([("id".to_owned(), json!(id))]);
                change.extend(placement.change_from(&Placement::of(now)));
                Order::EntityModify { change: (&change).into() }
            }
            (Some(placement), None) => {
                let mut entity =
                    Map::from_iter([("id".to_owned(), json!(id)), ("type".to_owned(), json!("app"))]);
                entity.extend(placement.0.clone());
                for field in ["mover", "uploader"] {
                    entity.insert(field.to_owned(), Value::Null);
                }
                entity.insert("state".to_owned(), json!({}));
                Order::EntityAdd { entity: (&entity).into() }
            }
        }
    }

    async fn unlock(&mut self) -> Reply {
        let Some(held) = self.lock.take() else { return Reply::Ok };
        match self.load.link.unlock(&held.lock).await {
            // The mirror may have ended meanwhile; then it is given back a second time.
            Ok(_) => drop(self.load.inbox.send(Input::Unlocked(held.lock.token.clone())).await),
            // It is tried again with the next connection, and else it runs out by itself.
            Err(error) => tracing::debug!(%error, "the deploy lock was not given back"),
        }
        Reply::Ok
    }
}

fn failed(error: &LinkError) -> Reply {
    match error {
        LinkError::Closed(_) | LinkError::Timeout { .. } | LinkError::Unreachable { .. } => Reply::Gone,
        error => Reply::Failed(link_failure(error)),
    }
}

fn refused(reply: Result<CommandReply, LinkError>) -> Reply {
    match reply {
        Ok(CommandReply::Done) => Reply::Ok,
        Ok(CommandReply::VersionMismatch { .. } | CommandReply::PreconditionFailed) => Reply::Mismatch,
        Ok(CommandReply::LockRequired | CommandReply::Locked { .. }) => Reply::LockLost,
        Ok(CommandReply::Refused { error }) => {
            let message = format!("the world refused it: {error}");
            Reply::Failed(Failure { message, retry: Retry::WhenChanged })
        }
        Err(error) => failed(&error),
    }
}
