//! [`Waiting`]: the commands without an answer, shared by their callers and the reader.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bowline_wire::Refusal;
use tokio::sync::oneshot;

use crate::{Closed, LinkError};

pub(super) type Answer = Result<(), Refusal>;

/// The commands without an answer, until the socket ends.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Table>);

#[derive(Default)]
struct Table {
    answers: HashMap<String, oneshot::Sender<Answer>>,
    ended: Option<Closed>,
}

/// One command's entry; gone when its caller is, for whatever reason.
pub(super) struct Place<'a> {
    waiting: &'a Waiting,
    id: String,
    pub(super) answer: oneshot::Receiver<Answer>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.waiting.table().answers.remove(&self.id);
    }
}

impl Waiting {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while holding it, and the table would be whole if something did.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, id: String) -> Result<Place<'_>, LinkError> {
        let (send, answer) = oneshot::channel();
        let mut table = self.table();
        if let Some(reason) = &table.ended {
            return Err(LinkError::Closed(reason.clone()));
        }
        table.answers.insert(id.clone(), send);
        drop(table);
        Ok(Place { waiting: self, id, answer })
    }

    pub(super) fn leave(&self, id: &str, answer: Answer) {
        let entry = self.table().answers.remove(id);
        match entry {
            // Its caller may have given up in this very moment.
            Some(caller) => drop(caller.send(answer)),
            None => tracing::debug!(id, "an answer nobody waits for"),
        }
    }

    pub(super) fn end(&self, reason: Closed) {
        let mut table = self.table();
        table.ended.get_or_insert(reason);
        table.answers.clear();
    }

    pub(super) fn reason(&self) -> Closed {
        self.table().ended.clone().unwrap_or(Closed::ByWorld)
    }
}
