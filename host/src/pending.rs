//! [`Pending`]: accepted edits on their way to the simulated world, and the bell that wakes it.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bowline_wire::FromServer;

/// Edits that may wait for the world. When there are more, they are dropped and the world is read anew:
/// it is a copy of what the store has.
const EDITS_MAX: usize = 65_536;

/// What changed since the world looked last. Written by the actor, which never waits for a tick.
#[derive(Debug)]
pub(crate) struct Pending {
    edits: Mutex<Edits>,
    bell: Mutex<Option<Sender<Wake>>>,
}

/// What the simulation is to be told.
#[derive(Debug)]
pub(crate) enum Edits {
    /// Read the store: it does not know anything yet, or missed something.
    Everything,
    /// These, in this order.
    These(Vec<FromServer>),
}

/// Why the thread that ticks is woken before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wake {
    /// There are edits.
    Edited,
    /// The world ends.
    Stop,
}

impl Pending {
    pub(crate) fn new() -> Pending {
        Pending { edits: Mutex::new(Edits::Everything), bell: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Edits> {
        self.edits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is woken when there are edits.
    pub(crate) fn wakes(&self, bell: Sender<Wake>) {
        *self.bell.lock().unwrap_or_else(PoisonError::into_inner) = Some(bell);
    }

    pub(crate) fn push(&self, edit: &FromServer) {
        let mut edits = self.lock();
        let first = matches!(&*edits, Edits::These(these) if these.is_empty());
        match &mut *edits {
            Edits::Everything => (),
            Edits::These(these) if these.len() < EDITS_MAX => these.push(edit.clone()),
            Edits::These(_) => *edits = Edits::Everything,
        }
        drop(edits);
        if first {
            // Without anybody to wake they wait for who comes.
            let bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
            bell.iter().for_each(|it| it.send(Wake::Edited).unwrap_or_default());
        }
    }

    /// What the simulation knows is void: it reads the store again.
    pub(crate) fn read_everything(&self) {
        *self.lock() = Edits::Everything;
    }

    pub(crate) fn take(&self) -> Edits {
        std::mem::replace(&mut *self.lock(), Edits::These(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed() -> FromServer {
        FromServer::EntityRemoved("e".to_owned())
    }

    #[test]
    fn too_many_edits_are_replaced_by_reading_everything() {
        let pending = Pending::new();
        pending.take();
        (0..=EDITS_MAX).for_each(|_| pending.push(&removed()));
        assert!(matches!(pending.take(), Edits::Everything));
        assert!(matches!(pending.take(), Edits::These(edits) if edits.is_empty()));
    }

    #[test]
    fn the_first_of_several_edits_rings_once() {
        let pending = Pending::new();
        let (bell, rung) = std::sync::mpsc::channel();
        pending.wakes(bell);
        pending.push(&removed());
        assert_eq!(rung.try_iter().count(), 0, "all is to be read anyway");
        pending.take();
        (0..3).for_each(|_| pending.push(&removed()));
        assert_eq!(rung.try_iter().collect::<Vec<_>>(), [Wake::Edited]);
    }
}
