//! From news of the world to a look for the engine; and reaching the world in the first place.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bowline_link::{Link, LinkError, Lock, News};
use bowline_model::Digest;
use bowline_model::layout::STATE_FOLDER;
use bowline_sync::engine::{Blueprints, Event, Look, Scope};
use tokio::sync::mpsc;

use super::{Connection, Mirror, millis};
use crate::feed;
use crate::input::{Arrival, Input, Reached};
use crate::records::Records;
use crate::report::Report;
use crate::settings::Remote;
use crate::tell::{Told, WorldState};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl Mirror {
    /// Starts an attempt to reach the world, if one is due.
    pub(super) fn reach_if_due(&mut self, now: Instant) {
        let Connection::Away { retry, .. } = &mut self.connection else { return };
        if retry.is_some_and(|it| it <= now) {
            *retry = None;
            let (target, inbox) = (self.target.clone(), self.inbox());
            let state_folder = self.root.join(STATE_FOLDER);
            let left = self.state.locks().unwrap_or_default();
            tokio::spawn(async move {
                let reached = reach(&target, &state_folder).await;
                give_back(&reached, &left).await;
                // The mirror may have ended meanwhile; then nobody needs the connection.
                drop(inbox.send(Input::Reached(Box::new(reached))).await);
            });
        }
    }

    pub(super) fn take_reached(&mut self, reached: Reached) -> Result<(), Report> {
        match reached {
            Ok(arrival) => {
                self.say(Told::World { state: WorldState::Back, detail: String::new() });
                self.connect(arrival)
            }
            Err(error) => {
                self.pause_after(&error);
                Ok(())
            }
        }
    }

    /// Waits longer after each failure, up to a limit, and never in step with other clients.
    fn pause_after(&mut self, error: &LinkError) {
        let Connection::Away { why, retry, attempts } = &mut self.connection else { return };
        *attempts += 1;
        let pause = (FIRST_PAUSE * 2_u32.saturating_pow((*attempts).min(8))).min(LONGEST_PAUSE);
        *why = error.to_string();
        *retry = Some(Instant::now() + pause.mul_f64(0.75 + 0.5 * jitter()));
    }

    /// Takes a connection into use: everything is compared again, nothing is replayed.
    ///
    /// News that were waiting are taken in before the first look: some may be older than the
    /// snapshot, and only the last word on each thing counts.
    pub(super) fn connect(&mut self, arrival: Arrival) -> Result<(), Report> {
        let Arrival { link, snapshot, mut news, records } = arrival;
        for lock in self.state.locks()? {
            self.state.let_go(&lock.token)?;
        }
        self.world.reset(snapshot.blueprints, snapshot.entities, millis());
        let waiting: Vec<News> = std::iter::from_fn(|| news.try_recv().ok()).collect();
        self.connection = Connection::Up { link, news };
        for one in waiting {
            self.apply_news(Some(one))?;
        }
        self.know_records(records)?;
        self.follow();
        self.look_at_world()
    }

    /// Hears what the world's scripts and records do.
    fn follow(&mut self) {
        let inbox = self.inbox();
        let following = feed::follow(&self.target, move |feed| {
            let inbox = inbox.clone();
            async move {
                match inbox.send(Input::Feed(feed)).await {
                    Ok(()) => feed::Listening::Still,
                    Err(_) => feed::Listening::Over,
                }
            }
        });
        self.fetching.follow(Some(following));
    }

    pub(super) fn take_news(&mut self, news: Option<News>) -> Result<(), Report> {
        if self.apply_news(news)? {
            self.look_at_world()?;
        }
        Ok(())
    }

    /// Takes in all news that have already arrived.
    pub(super) fn drain_news(&mut self) -> Result<(), Report> {
        let mut changed = false;
        while let Connection::Up { news, .. } = &mut self.connection {
            match news.try_recv() {
                Ok(one) => changed |= self.apply_news(Some(one))?,
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => changed |= self.apply_news(None)?,
            }
        }
        if changed { self.look_at_world() } else { Ok(()) }
    }

    /// Whether the world is different now.
    fn apply_news(&mut self, news: Option<News>) -> Result<bool, Report> {
        let at = millis();
        match news {
            Some(News::BlueprintAdded(blueprint)) => self.world.add_blueprint(blueprint, at),
            Some(News::BlueprintModified(blueprint)) => self.world.modify_blueprint(blueprint, at),
            Some(News::BlueprintRemoved(id)) => self.world.remove_blueprint(&id),
            Some(News::EntityAdded(entity) | News::EntityModified(entity)) => {
                self.world.put_entity(entity, at)
            }
            Some(News::EntityRemoved(id)) => self.world.remove_entity(&id),
            // Not mirrored yet; they survive untouched on both sides.
            Some(News::Setting { .. } | News::Spawn(_)) => return Ok(false),
            Some(News::Closed(reason)) => return self.lose_world(reason.to_string()).map(|()| false),
            None => return self.lose_world("the connection ended".to_owned()).map(|()| false),
        }
        Ok(true)
    }

    fn lose_world(&mut self, why: String) -> Result<(), Report> {
        self.say(Told::World { state: WorldState::Away, detail: why.clone() });
        self.connection = Connection::Away { why, retry: Some(Instant::now() + FIRST_PAUSE), attempts: 0 };
        self.forget_records();
        let effects = self.engine.on(Event::WorldAway);
        self.perform(effects)
    }

    /// Tells the engine what the world holds now.
    pub(super) fn look_at_world(&mut self) -> Result<(), Report> {
        // What we remember of a world that is away is no look at it. The next connection begins
        // with one.
        if matches!(self.connection, Connection::Away { .. }) {
            return Ok(());
        }
        let as_of = self.engine.stamp();
        let remote = Arc::new(self.world.survey());
        let is_new = |it: &(&String, &u64)| self.remote.versions.get(it.0) != Some(it.1);
        let news = remote.versions.iter().filter(is_new).map(|(id, version)| (id.clone(), *version));
        self.state.saw_versions(&news.collect())?;
        for url in &remote.unnamed {
            self.learn_name(url.clone());
        }
        let hints_changed = self.remote.hints != remote.hints;
        self.remote = remote;
        if hints_changed {
            self.look_at_disk(as_of)?;
        }
        let mut sightings = self.remote.items.clone();
        self.doubt_records(&mut sightings);
        let blueprints = Blueprints {
            versions: self.remote.versions.iter().map(|(id, version)| (id.clone(), Some(*version))).collect(),
            roots: self.remote.roots.clone(),
        };
        let mut effects = self.engine.on(Event::Now(millis()));
        effects
            .extend(self.engine.on(Event::World(Look { sightings, scope: Scope::Whole, as_of }, blueprints)));
        self.perform(effects)?;
        self.tell_problems();
        Ok(())
    }

    /// Fetches an asset whose name does not tell its digest.
    fn learn_name(&mut self, url: String) {
        let Connection::Up { link, .. } = &self.connection else { return };
        if !self.naming.insert(url.clone()) {
            return;
        }
        let (link, inbox) = (link.clone(), self.inbox());
        tokio::spawn(async move {
            let name = url.strip_prefix(bowline_model::asset::SCHEME).unwrap_or(&url);
            let named = match link.download_built_in(name).await {
                Ok(bytes) => Ok(Digest::of(&bytes)),
                Err(error) => Err(error.to_string()),
            };
            drop(inbox.send(Input::Named(url, named)).await);
        });
    }

    pub(super) fn take_name(&mut self, url: &str, digest: Result<Digest, String>) -> Result<(), Report> {
        match digest {
            Ok(digest) => {
                self.world.name_asset(url, digest);
                self.look_at_world()
            }
            Err(error) => {
                tracing::warn!(url, error, "an asset of the world could not be fetched");
                Ok(())
            }
        }
    }
}

/// Connects, and fetches what the connection does not bring by itself.
pub(super) async fn reach(world: &Remote, state_folder: &Path) -> Reached {
    let (link, snapshot, news) = Link::open(&world.link_target()).await?;
    let records = super::records_side::fetch(world, state_folder, &Records::Unknown).await;
    Ok(Arrival { link, snapshot, news, records })
}

/// Gives back the deploy locks that whoever held them could not: the process was killed, or the
/// connection broke. Nobody has to wait for them to run out. If a shell is still at work under one
/// of them, the world refuses what it sends and it is planned again.
pub(super) async fn give_back(reached: &Reached, locks: &[Lock]) {
    let Ok(Arrival { link, .. }) = reached else { return };
    for lock in locks {
        if let Err(error) = link.unlock(lock).await {
            tracing::debug!(%error, scope = lock.scope, "a deploy lock was not given back");
        }
    }
}

/// Something between 0 and 1 that differs between processes and moments. Not for secrets.
fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0
}
