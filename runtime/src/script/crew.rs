//! [`Crew`]: the threads of all apps; a tick's batches go out together and come back in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::worker::{Silence, Worker};
use super::{Batch, Language, Limits, Number, Reply, Source};

/// What came back for one app.
pub(crate) enum Returned {
    /// An answer.
    Done(Reply),
    /// No answer: the thread is abandoned. Every instance it had is lost; this one was the culprit.
    Hung { culprit: Number },
    /// The thread ended by itself, which only a bug makes it do.
    Gone { culprit: Number },
}

/// Which thread: one per script root, and another if its language changes.
pub(crate) type Seat = (String, Language);

pub(crate) struct Crew {
    limits: Limits,
    workers: BTreeMap<Seat, Worker>,
}

impl Crew {
    pub(crate) fn new(limits: Limits) -> Crew {
        Crew { limits, workers: BTreeMap::new() }
    }

    /// Runs the batches of all apps side by side. Answers come in the order of `batches`, whichever
    /// thread was first.
    pub(crate) fn run(
        &mut self,
        batches: BTreeMap<Seat, Batch>,
        world: &Arc<dyn Source>,
    ) -> Vec<(Seat, Returned)> {
        for seat in batches.keys() {
            if !self.workers.contains_key(seat)
                && let Some(worker) = Worker::start(&seat.0, seat.1, self.limits)
            {
                self.workers.insert(seat.clone(), worker);
            }
        }
        let seats: Vec<Seat> = batches.keys().cloned().collect();
        for (seat, batch) in batches {
            if let Some(worker) = self.workers.get(&seat) {
                worker.send(&Arc::new(batch), world);
            }
        }
        let answer = |it: Seat| (it.clone(), self.await_one(&it));
        seats.into_iter().map(answer).collect()
    }

    fn await_one(&mut self, seat: &Seat) -> Returned {
        let Some(worker) = self.workers.get(seat) else { return Returned::Gone { culprit: 0 } };
        match worker.answer(self.limits) {
            Ok(reply) => Returned::Done(reply),
            Err(silence) => {
                self.workers.remove(seat);
                match silence {
                    Silence::Hung(culprit) => Returned::Hung { culprit },
                    Silence::Gone(culprit) => Returned::Gone { culprit },
                }
            }
        }
    }

    /// Lets the threads go of apps that have no instance any more.
    pub(crate) fn retain(&mut self, used: impl Fn(&Seat) -> bool) {
        self.workers.retain(|seat, _| used(seat));
    }
}
