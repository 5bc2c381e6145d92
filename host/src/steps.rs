//! [`Steps`]: what players and the network have for the simulated world, on its way to the next tick.
//! Whoever writes never waits for a tick; what bounds it is said at each writer.

use std::sync::{Mutex, PoisonError};

use bowline_runtime::{Context, Step};
use tokio::sync::OwnedSemaphorePermit;

/// One step on its way.
pub(crate) struct Waiting {
    pub(crate) context: Context,
    pub(crate) step: Step,
    /// Given back when the tick has taken it: bounds what one connection has waiting.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

#[derive(Default)]
pub(crate) struct Steps(Mutex<Vec<Waiting>>);

impl Steps {
    /// Of a connection, which has as many permits as it may have steps waiting.
    pub(crate) fn push(&self, step: Step, permit: OwnedSemaphorePermit) {
        self.add(Waiting { context: Context::Server, step, permit: Some(permit) });
    }

    /// What must not be lost: that somebody is gone, and answers, of which there are never more than the
    /// world has asked for.
    pub(crate) fn must(&self, context: Context, step: Step) {
        self.add(Waiting { context, step, permit: None });
    }

    fn add(&self, waiting: Waiting) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    /// All of them, in the order they came.
    pub(crate) fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
