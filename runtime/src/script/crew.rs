//! [`Crew`]: the threads of all apps; a tick's batches go out together and come back in order.

use std::collections::BTreeMap;

use super::worker::{Silence, Worker};
use super::{Batch, Limits, Reply};

/// What came back for one app.
pub(crate) enum Returned {
    /// An answer.
    Done(Reply),
    /// No answer: the thread is abandoned. Every instance it had is lost; this job was the culprit.
    Hung { culprit: usize },
    /// The thread ended by itself, which only a bug makes it do.
    Gone { culprit: usize },
}

pub(crate) struct Crew {
    limits: Limits,
    workers: BTreeMap<String, Worker>,
}

impl Crew {
    pub(crate) fn new(limits: Limits) -> Crew {
        Crew { limits, workers: BTreeMap::new() }
    }

    /// Runs the batches of all apps side by side. Answers come in the order of `batches`, whichever
    /// thread was first.
    pub(crate) fn run(&mut self, batches: &BTreeMap<String, Batch>) -> Vec<(String, Returned)> {
        for (app, batch) in batches {
            if !self.workers.contains_key(app)
                && let Some(worker) = Worker::start(app, self.limits)
            {
                self.workers.insert(app.clone(), worker);
            }
            if let Some(worker) = self.workers.get(app) {
                worker.send(batch.clone());
            }
        }
        batches.keys().map(|app| (app.clone(), self.await_one(app))).collect()
    }

    fn await_one(&mut self, app: &str) -> Returned {
        let Some(worker) = self.workers.get(app) else { return Returned::Gone { culprit: 0 } };
        match worker.answer(self.limits) {
            Ok(reply) => Returned::Done(reply),
            Err(silence) => {
                self.workers.remove(app);
                match silence {
                    Silence::Hung(culprit) => Returned::Hung { culprit },
                    Silence::Gone(culprit) => Returned::Gone { culprit },
                }
            }
        }
    }

    /// Lets the threads go of apps that have no instance any more.
    pub(crate) fn retain(&mut self, used: impl Fn(&str) -> bool) {
        self.workers.retain(|app, _| used(app));
    }
}
