//! [`Saver`]: the thread that keeps the running world, so that a kill costs seconds of it and a stop
//! nothing. The tick thread only lends a fork at a boundary; encoding and writing happen here.
//!
//! A kept world is one record of kind `world` per name, `room/<room>/world/<name>`, in the form of
//! [`Kept`]. `autosave` is written every [`Options::autosave`], when the last client leaves, and when
//! the world stops; the others are checkpoints with a name of somebody's. What a world is made of often
//! stays the same while it ticks: then only the tick is written, as a row beside the record.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bowline_store::{BadSlug, Batch, Kind, Record, Slug, Store, StoreError, Table};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::boundary::{Boundary, Gone};
use crate::clock;
use crate::options::Options;
use crate::stage::Stage;

/// The name the world is kept under by itself.
pub(crate) const AUTOSAVE: &str = "autosave";

/// The form of [`Kept`].
const FORMAT: u64 = 1;

/// A running world as a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    /// How many ticks it had made.
    pub(crate) tick: u64,
    /// Why it was kept: `interval`, `last_client`, `stop`, a signal's name, or somebody's own words.
    pub(crate) reason: String,
    /// Of the world at that tick.
    pub(crate) state_hash: String,
    /// Of its definitions.
    pub(crate) schema_hash: String,
    /// Everything but the tick.
    pub(crate) world: Value,
}

/// A fork of a world between two ticks.
pub(crate) struct Fork {
    pub(crate) tick: u64,
    pub(crate) state_hash: String,
    pub(crate) schema_hash: String,
    /// Everything but the tick, as JSON. Takes its time.
    pub(crate) encode: Box<dyn FnOnce() -> Value + Send>,
}

/// What was kept, for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Saved {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) tick: u64,
    pub(crate) reason: String,
    pub(crate) state_hash: String,
    pub(crate) schema_hash: String,
    pub(crate) at: String,
    /// Whether it was the same world as the last one of this name, so that only the tick was written.
    pub(crate) same: bool,
}

/// Why a world was not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSaved {
    #[error(transparent)]
    Name(#[from] BadSlug),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the simulation failed: there is no world to keep")]
    Failed,
    #[error("the world stops")]
    Stopping,
}

/// Why a record is no world that can go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoWorld {
    #[error("`{0}` is missing or wrong")]
    Part(&'static str),
    #[error("it has the form {0}; a newer bowline is needed")]
    Newer(u64),
}

impl Kept {
    fn payload(&self) -> Value {
        json!({
            "format": FORMAT,
            "tick": self.tick,
            "reason": self.reason,
            "stateHash": self.state_hash,
            "schemaHash": self.schema_hash,
            "world": self.world,
        })
    }

    /// The world that `record` keeps, at the tick that `row` has if it is of the same world.
    pub(crate) fn read(record: &Record, row: Option<&Value>) -> Result<Kept, NoWorld> {
        let payload = &record.payload;
        match payload["format"].as_u64() {
            Some(FORMAT) => (),
            Some(newer) => return Err(NoWorld::Newer(newer)),
            None => return Err(NoWorld::Part("format")),
        }
        let same = row.filter(|it| it["checksum"] == record.checksum);
        let place = same.unwrap_or(payload);
        let text = |key: &'static str| place[key].as_str().map(str::to_owned).ok_or(NoWorld::Part(key));
        Ok(Kept {
            tick: place["tick"].as_u64().ok_or(NoWorld::Part("tick"))?,
            reason: text("reason")?,
            state_hash: text("stateHash")?,
            schema_hash: text("schemaHash")?,
            world: payload.get("world").cloned().ok_or(NoWorld::Part("world"))?,
        })
    }
}

/// The slug of the world kept as `name`.
pub(crate) fn slug(room: &str, name: &str) -> Result<Slug, BadSlug> {
    Slug::parse(&format!("room/{room}/world/{name}"))
}

/// The row of [`Table::Meta`] beside the record of a kept world.
pub(crate) fn row_id(slug: &Slug) -> String {
    format!("kept/{slug}")
}

type Answer = oneshot::Sender<Result<Saved, NotSaved>>;

enum Order {
    Save { name: String, reason: String, tell: Option<Answer> },
    Stop { reason: String },
}

/// The thread, from outside.
#[derive(Debug)]
pub(crate) struct Saver {
    orders: Sender<Order>,
    /// Closes when the thread has ended and let go of the store.
    ended: Mutex<Receiver<()>>,
}

/// Has the running world kept.
#[derive(Debug, Clone)]
pub(crate) struct Saves(Sender<Order>);

impl Saves {
    /// As `autosave`, soon. Nobody waits for it.
    pub(crate) fn soon(&self, reason: &str) {
        let order = Order::Save { name: AUTOSAVE.to_owned(), reason: reason.to_owned(), tell: None };
        // An error means that the world stops, which keeps it as well.
        self.0.send(order).unwrap_or_default();
    }

    /// Under a name of somebody's.
    pub(crate) async fn checkpoint(&self, name: String, reason: String) -> Result<Saved, NotSaved> {
        let (tell, told) = oneshot::channel();
        let order = Order::Save { name, reason, tell: Some(tell) };
        self.0.send(order).map_err(|_| NotSaved::Stopping)?;
        told.await.map_err(|_| NotSaved::Stopping)?
    }
}

impl Saver {
    pub(crate) fn start(
        options: &Options,
        boundary: Boundary,
        stage: Arc<Stage>,
        known: Vec<Record>,
    ) -> std::io::Result<Saver> {
        let (orders, ordered) = mpsc::channel();
        let (ending, ended) = mpsc::channel::<()>();
        let last = known.into_iter().map(|it| (it.slug.clone(), it)).collect();
        let every = (!options.safe_mode).then_some(options.autosave);
        let (store, room) = (options.store.clone(), options.room.clone());
        let worker = Worker { store, boundary, stage, room, every, last };
        std::thread::Builder::new().name("bowline-autosave".to_owned()).spawn(move || {
            worker.run(&ordered);
            drop(ending);
        })?;
        Ok(Saver { orders, ended: Mutex::new(ended) })
    }

    pub(crate) fn saves(&self) -> Saves {
        Saves(self.orders.clone())
    }

    /// Keeps the world for the last time, if a tick ends within `patience`.
    pub(crate) fn stop(&self, reason: &str, patience: Duration) {
        // An error means that it has ended.
        self.orders.send(Order::Stop { reason: reason.to_owned() }).unwrap_or_default();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the running world could not be kept: a tick does not end");
        }
    }
}

struct Worker {
    store: Arc<dyn Store>,
    boundary: Boundary,
    stage: Arc<Stage>,
    room: String,
    /// `None` in safe mode: a world without its scripts must not take the place of the real one.
    every: Option<Duration>,
    last: BTreeMap<Slug, Record>,
}

impl Worker {
    fn run(mut self, orders: &Receiver<Order>) {
        let far = Duration::from_secs(60 * 60 * 24);
        let mut due = Instant::now() + self.every.unwrap_or(far);
        loop {
            match orders.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Timeout) => {
                    if self.every.is_some() {
                        self.autosave("interval");
                    }
                    due = Instant::now() + self.every.unwrap_or(far);
                }
                Ok(Order::Save { name, reason, tell: None }) if name == AUTOSAVE => self.autosave(&reason),
                Ok(Order::Save { name, reason, tell }) => {
                    let saved = self.save(&name, &reason);
                    // Whoever asked may have hung up; it is kept either way.
                    if let Some(tell) = tell {
                        drop(tell.send(saved));
                    }
                }
                Ok(Order::Stop { reason }) => return self.autosave(&reason),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn autosave(&mut self, reason: &str) {
        if self.every.is_none() {
            return;
        }
        match self.save(AUTOSAVE, reason) {
            Ok(_) | Err(NotSaved::Failed | NotSaved::Stopping) => (),
            Err(error) => tracing::error!(%error, reason, "the running world was not kept"),
        }
    }

    fn save(&mut self, name: &str, reason: &str) -> Result<Saved, NotSaved> {
        let slug = slug(&self.room, name)?;
        let fork = self.boundary.ask(|world| world.fork()).map_err(|gone| match gone {
            Gone::Failed => NotSaved::Failed,
            Gone::Stopped => NotSaved::Stopping,
        })?;
        let now = clock::iso(clock::now_ms());
        let Fork { tick, state_hash, schema_hash, encode } = fork;
        let kept = Kept { tick, reason: reason.to_owned(), state_hash, schema_hash, world: encode() };
        let same = self.last.get(&slug).is_some_and(|it| is_same(it, &kept));
        if !same {
            self.replace(&slug, &kept, &now)?;
        } else if let Some(record) = self.last.get(&slug) {
            self.store.apply(Batch::new().put_row(
                Table::Meta,
                row_id(&slug),
                beside(record, &kept, &now),
            ))?;
        }
        let Kept { tick, reason, state_hash, schema_hash, .. } = kept;
        let (name, slug) = (name.to_owned(), slug.to_string());
        let saved = Saved { name, slug, tick, reason, state_hash, schema_hash, at: now, same };
        let mut event = json!({"type": "saved"});
        if let (Some(event), Value::Object(saved)) = (event.as_object_mut(), json!(saved)) {
            event.extend(saved);
        }
        self.stage.tell(&event);
        Ok(saved)
    }

    fn replace(&mut self, slug: &Slug, kept: &Kept, now: &str) -> Result<(), StoreError> {
        let made = match self.last.get(slug) {
            Some(known) => known.next(kept.payload(), now.max(known.updated_at.as_str())),
            None => Record::new(slug.clone(), Kind::World, kept.payload(), now),
        };
        let refused = |why| StoreError::Record { position: 0, slug: slug.to_string(), why };
        let record = made.map_err(refused)?;
        let batch = Batch::new().put_record(record.clone()).delete_row(Table::Meta, row_id(slug));
        self.store.apply(batch)?;
        self.last.insert(slug.clone(), record);
        Ok(())
    }
}

fn is_same(record: &Record, kept: &Kept) -> bool {
    record.payload["schemaHash"] == kept.schema_hash
        && record.payload["format"] == FORMAT
        && record.payload["world"] == kept.world
}

/// The row that says a later tick of the same world.
fn beside(record: &Record, kept: &Kept, now: &str) -> Value {
    json!({
        "checksum": record.checksum,
        "tick": kept.tick,
        "reason": kept.reason,
        "stateHash": kept.state_hash,
        "schemaHash": kept.schema_hash,
        "at": now,
    })
}
