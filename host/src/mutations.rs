//! [`Mutations`]: the thread that carries out the [`Queue`], and what everybody may see of the
//! definitions meanwhile.
//!
//! Each batch goes through the same steps: the world lends its facts at a boundary; the batch is judged
//! and compiled here, off the tick; the records and one journal row are made durable; the world takes
//! the new definitions over at one boundary; the journal row is stamped with its tick; and only then
//! anybody is told. A kill between the writing and the taking over leaves a world that starts with what
//! was written. A tick never waits for any of it.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bowline_runtime::Definitions;
use bowline_schema::change::Verdict;
use bowline_store::{Batch, Change, Row, Store, StoreError, Table};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::boundary::{Boundary, Gone};
use crate::clock;
use crate::queue::{self, Edit, Facts, Full, Judged, Nobody, Outcome, Queue, Settled, Waiting};
use crate::records::Records;
use crate::stage::Stage;
use crate::uses;

/// Batches the journal keeps.
const JOURNAL_MAX: u64 = 1000;

/// The definitions as they are: replaced as a whole, read by anybody at any time.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) records: Records,
    /// What the world runs: of these records, or, in safe mode, of the core alone.
    pub(crate) definitions: Arc<Definitions>,
    /// The boundary since which it does.
    pub(crate) tick: u64,
    pub(crate) safe_mode: bool,
}

/// What requests have of it.
pub(crate) struct Mutations {
    shown: RwLock<Arc<Shown>>,
    state: Mutex<State>,
    wake: Sender<Wake>,
    boundary: Boundary,
    store: Arc<dyn Store>,
}

struct State {
    queue: Queue,
    /// Who waits for which ticket; `None` when the thread has ended and nobody will be told.
    waiters: Option<BTreeMap<u64, oneshot::Sender<Settled>>>,
}

enum Wake {
    Posted,
    Stop,
}

/// The thread's own.
pub(crate) struct Worker {
    mutations: Arc<Mutations>,
    woken: Receiver<Wake>,
    store: Arc<dyn Store>,
    stage: Arc<Stage>,
    /// The number of the last batch in the journal.
    batch: u64,
}

/// Why a question about definitions has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the world stops")]
pub(crate) struct Stopping;

impl Mutations {
    /// Starts the thread.
    pub(crate) fn start(
        shown: Shown,
        boundary: Boundary,
        store: Arc<dyn Store>,
        stage: Arc<Stage>,
    ) -> Result<(Arc<Mutations>, std::thread::JoinHandle<()>), StartError> {
        let (wake, woken) = mpsc::channel();
        let shown = RwLock::new(Arc::new(shown));
        let state = Mutex::new(State { queue: Queue::default(), waiters: Some(BTreeMap::new()) });
        let mutations = Arc::new(Mutations { shown, state, wake, boundary, store: store.clone() });
        let batch = last_batch(&*store)?;
        let worker = Worker { mutations: mutations.clone(), woken, store, stage, batch };
        let thread = std::thread::Builder::new().name("bowline-schemas".to_owned());
        Ok((mutations, thread.spawn(move || worker.run())?))
    }

    pub(crate) fn shown(&self) -> Arc<Shown> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads or empties the queue's lists.
    pub(crate) fn queue<T>(&self, look: impl FnOnce(&mut Queue) -> T) -> T {
        look(&mut self.state().queue)
    }

    /// A ticket for a mutation, and its answer to come. It does not come when the world stops first.
    pub(crate) fn post(&self, edits: Vec<Edit>) -> Result<(u64, oneshot::Receiver<Settled>), Full> {
        let (tell, told) = oneshot::channel();
        let mut state = self.state();
        let ticket = state.queue.post(edits)?;
        state.waiters.as_mut().map(|it| it.insert(ticket, tell));
        // An error means that the thread has ended: then nobody is told.
        self.wake.send(Wake::Posted).unwrap_or_default();
        Ok((ticket, told))
    }

    /// What a mutation would come to. Blocks until the next boundary, changes nothing.
    pub(crate) fn check(&self, edits: Vec<Edit>) -> Result<Settled, Stopping> {
        let (tick, facts) = self.facts()?;
        let shown = self.shown();
        let batch = [Waiting { ticket: 0, edits }];
        let judged = queue::judge(&shown.records, &batch, &*facts, &clock::iso(clock::now_ms()));
        let answer = judged.answers.into_iter().next().ok_or(Stopping)?;
        Ok(self.with_scripts(Settled { tick, ..answer }, &shown))
    }

    /// The answer, with the lines of scripts that would break. Without them it is worth as much.
    fn with_scripts(&self, mut answer: Settled, shown: &Shown) -> Settled {
        let snapshot = &shown.records.meaning().snapshot;
        match uses::broken(&*self.store, snapshot, &answer.broken) {
            Ok(scripts) => answer.affected.scripts = scripts,
            Err(error) => tracing::warn!(%error, "which scripts would break is not known"),
        }
        answer
    }

    /// What lives in the world, at the next boundary. In one that failed nothing does.
    fn facts(&self) -> Result<(u64, Box<dyn Facts + Send>), Stopping> {
        match self.boundary.ask(|world| (world.now(), world.entities())) {
            Ok((tick, entities)) => Ok((tick, Box::new(entities))),
            Err(Gone::Failed) => Ok((self.shown().tick, Box::new(Nobody))),
            Err(Gone::Stopped) => Err(Stopping),
        }
    }

    pub(crate) fn stop(&self) {
        // An error means that it has ended.
        self.wake.send(Wake::Stop).unwrap_or_default();
    }
}

/// Why the thread could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Thread(#[from] std::io::Error),
}

pub(crate) fn last_batch(store: &dyn Store) -> Result<u64, StoreError> {
    let rows = store.rows(Table::Journal)?;
    Ok(rows.last().and_then(|it| it.json["batch"].as_u64()).unwrap_or_default())
}

impl Worker {
    fn run(mut self) {
        while let Ok(Wake::Posted) = self.woken.recv() {
            let batch = self.mutations.state().queue.batch();
            if !batch.is_empty() && self.carry_out(&batch).is_err() {
                break;
            }
        }
        self.mutations.state().waiters = None;
    }

    /// All steps of one batch. An error: the world stops, and who waits is not told anything.
    fn carry_out(&mut self, batch: &[Waiting]) -> Result<(), Stopping> {
        let (tick, facts) = self.mutations.facts()?;
        let shown = self.mutations.shown();
        let now = clock::iso(clock::now_ms());
        let mut judged = queue::judge(&shown.records, batch, &*facts, &now);
        drop(facts);
        let mut at = tick;
        if !judged.changes.is_empty() {
            match self.adopt(&shown, &mut judged, &now)? {
                Ok(tick) => at = tick,
                Err(why) => refuse(&mut judged, &shown, &why),
            }
        }
        self.settle(judged, at);
        Ok(())
    }

    /// Makes what was judged durable, then true. Inside, the boundary's tick, or why nothing happened.
    fn adopt(
        &mut self,
        shown: &Shown,
        judged: &mut Judged,
        now: &str,
    ) -> Result<Result<u64, String>, Stopping> {
        let definitions = if shown.safe_mode {
            shown.definitions.clone()
        } else {
            let snapshot = judged.records.meaning().snapshot.clone();
            match Definitions::compile_after(snapshot, &shown.definitions) {
                Ok(definitions) => definitions,
                Err(why) => return Ok(Err(why.to_string())),
            }
        };
        let mut entry = json!({
            "batch": self.batch + 1,
            "tick": null,
            "at": now,
            "hash": judged.records.meaning().snapshot.hash().to_string(),
            "records": judged.touched,
        });
        if let Err(error) = self.store.apply(self.written(judged, entry.clone())) {
            tracing::error!(%error, "a batch of records was not written");
            return Ok(Err(format!("the store failed: {error}")));
        }
        self.batch += 1;
        let tick = match self.take_over(shown, &definitions)? {
            Ok(tick) => tick,
            Err(verdict) => {
                self.take_back(shown, judged);
                return Ok(Err(verdict.reasons.join("; ")));
            }
        };
        entry["tick"] = json!(tick);
        if let Err(error) = self.store.apply(journal(self.batch, entry)) {
            tracing::warn!(%error, "the journal does not say the tick of a batch");
        }
        let shown = Shown { records: judged.records.clone(), definitions, tick, ..shown.clone() };
        *self.mutations.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shown);
        Ok(Ok(tick))
    }

    fn written(&self, judged: &Judged, entry: Value) -> Batch {
        let batch = judged.changes.iter().cloned().fold(journal(self.batch + 1, entry), Batch::change);
        match (self.batch + 1).checked_sub(JOURNAL_MAX) {
            Some(old) => batch.delete_row(Table::Journal, row_id(old)),
            None => batch,
        }
    }

    /// A script came in between: what was measured is no longer so, and the records are put back.
    fn take_back(&self, shown: &Shown, judged: &Judged) {
        let old = judged.changes.iter().map(|change| shown.records.undone(change));
        let batch = old.fold(Batch::new().delete_row(Table::Journal, row_id(self.batch)), Batch::change);
        if let Err(error) = self.store.apply(batch) {
            tracing::error!(%error, "records that the world refused are still in the store");
        }
    }

    /// The boundary at which the world took `definitions` over, or what it would have lost.
    fn take_over(
        &self,
        shown: &Shown,
        definitions: &Arc<Definitions>,
    ) -> Result<Result<u64, Box<Verdict>>, Stopping> {
        let (old, definitions) = (shown.definitions.hash(), definitions.clone());
        let taken = self.mutations.boundary.ask(move |world| {
            if definitions.hash() != old {
                world.define(definitions)?;
            }
            Ok(world.now())
        });
        match taken {
            Ok(taken) => Ok(taken),
            // The next start has them.
            Err(Gone::Failed) => Ok(Ok(shown.tick)),
            Err(Gone::Stopped) => Err(Stopping),
        }
    }

    /// Tells everybody what became of a batch.
    fn settle(&self, judged: Judged, tick: u64) {
        let shown = self.mutations.shown();
        let hash = shown.records.meaning().snapshot.hash().to_string();
        let answers = judged.answers.into_iter();
        let answers = answers.map(|it| Settled { tick, hash: hash.clone(), ..it });
        let answers: Vec<Settled> = answers.map(|it| self.mutations.with_scripts(it, &shown)).collect();
        let mut state = self.mutations.state();
        answers.iter().for_each(|it| state.queue.settle(it.clone()));
        let mut waiter = |ticket| state.waiters.as_mut().and_then(|it| it.remove(&ticket));
        let waiters: Vec<_> = answers.iter().map(|it| waiter(it.ticket)).collect();
        drop(state);
        if !judged.touched.is_empty() {
            let event = json!({"type": "schema", "tick": tick, "hash": hash, "records": judged.touched});
            self.stage.tell(&event);
        }
        for (waiter, answer) in waiters.into_iter().zip(answers) {
            // Whoever asked may have hung up; it stands either way.
            waiter.into_iter().for_each(|it| drop(it.send(answer.clone())));
        }
    }
}

/// What was judged good is not done after all, for a reason that is nobody's in particular.
fn refuse(judged: &mut Judged, shown: &Shown, why: &str) {
    judged.records = shown.records.clone();
    judged.changes.clear();
    judged.touched.clear();
    for answer in judged.answers.iter_mut().filter(|it| it.outcome == Outcome::Applied) {
        answer.outcome = Outcome::Rejected;
        answer.reasons.push(why.to_owned());
        answer.records = answer.records.iter().map(|it| shown.records.touched(&it.slug)).collect();
    }
}

pub(crate) fn journal(number: u64, entry: Value) -> Batch {
    Batch::new().change(Change::PutRow(Table::Journal, Row { id: row_id(number), json: entry }))
}

/// So that ids sort as batches do.
fn row_id(batch: u64) -> String {
    format!("{batch:010}")
}

#[cfg(test)]
mod tests;
