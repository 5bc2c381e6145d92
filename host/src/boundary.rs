//! [`Boundary`]: what others want done between two ticks. They leave a job and wait for its answer; the
//! tick thread does all that are there before its next tick, and waits for nobody.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use crate::ticker::Simulation;

type Job = Box<dyn FnOnce(&mut dyn Simulation) + Send>;

/// Where jobs wait.
#[derive(Clone)]
pub(crate) struct Boundary(Arc<Mutex<State>>);

enum State {
    Open(Vec<Job>),
    Closed(Gone),
}

/// Why nothing is done between ticks any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// The simulation panicked: what it held is lost, the port goes on.
    Failed,
    /// The world stops.
    Stopped,
}

impl Boundary {
    pub(crate) fn new() -> Boundary {
        Boundary(Arc::new(Mutex::new(State::Open(Vec::new()))))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `job` done between this tick and the next, and waits for it.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Simulation) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let (tell, told) = mpsc::channel();
        match &mut *self.lock() {
            State::Closed(gone) => return Err(*gone),
            // Whoever asked may have given up meanwhile.
            State::Open(jobs) => jobs.push(Box::new(move |it| tell.send(job(it)).unwrap_or_default())),
        }
        told.recv().map_err(|_| self.gone())
    }

    fn gone(&self) -> Gone {
        match &*self.lock() {
            State::Closed(gone) => *gone,
            // The job panicked, and the simulation with it.
            State::Open(_) => Gone::Failed,
        }
    }

    /// Does all that wait; how many there were.
    pub(crate) fn pass(&self, simulation: &mut dyn Simulation) -> usize {
        let jobs = match &mut *self.lock() {
            State::Open(jobs) => std::mem::take(jobs),
            State::Closed(_) => Vec::new(),
        };
        let count = jobs.len();
        jobs.into_iter().for_each(|job| job(simulation));
        count
    }

    /// No tick will come: those who wait are told, and those who come.
    pub(crate) fn close(&self, why: Gone) {
        let mut state = self.lock();
        if let State::Open(_) = *state {
            *state = State::Closed(why);
        }
    }
}
