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
    state: Mutex<State>,
    bell: Mutex<Option<Sender<Wake>>>,
}

#[derive(Debug)]
struct State {
    edits: Edits,
    /// The world has been woken for them.
    rung: bool,
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
    /// There is code to take over.
    Edited,
    /// The world ends.
    Stop,
}

impl Pending {
    pub(crate) fn new() -> Pending {
        Pending { state: Mutex::new(State { edits: Edits::Everything, rung: false }), bell: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is woken when there is something that should not wait for the tick.
    pub(crate) fn wakes(&self, bell: Sender<Wake>) {
        *self.bell.lock().unwrap_or_else(PoisonError::into_inner) = Some(bell);
    }

    pub(crate) fn push(&self, edit: &FromServer) {
        let mut state = self.lock();
        match &mut state.edits {
            Edits::Everything => return,
            Edits::These(these) if these.len() < EDITS_MAX => these.push(edit.clone()),
            these @ Edits::These(_) => *these = Edits::Everything,
        }
        // What an entity is may change sixty times in a second while somebody drags it; code does not.
        let code = matches!(edit, FromServer::BlueprintAdded(_) | FromServer::BlueprintModified(_));
        if code && !std::mem::replace(&mut state.rung, true) {
            drop(state);
            // Without anybody to wake they wait for who comes.
            let bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
            bell.iter().for_each(|it| it.send(Wake::Edited).unwrap_or_default());
        }
    }

    /// What the simulation knows is void: it reads the store again.
    pub(crate) fn read_everything(&self) {
        self.lock().edits = Edits::Everything;
    }

    pub(crate) fn take(&self) -> Edits {
        let mut state = self.lock();
        state.rung = false;
        std::mem::replace(&mut state.edits, Edits::These(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use bowline_wire::JsonObject;

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
    fn the_first_edit_of_code_rings_and_what_moves_does_not() {
        let pending = Pending::new();
        let (bell, rung) = std::sync::mpsc::channel();
        pending.wakes(bell);
        let saved = || FromServer::BlueprintModified(JsonObject::new());
        pending.push(&saved());
        assert_eq!(rung.try_iter().count(), 0, "all is to be read anyway");
        for _ in 0..2 {
            pending.take();
            pending.push(&removed());
            assert_eq!(rung.try_iter().count(), 0);
            (0..3).for_each(|_| pending.push(&saved()));
            assert_eq!(rung.try_iter().collect::<Vec<_>>(), [Wake::Edited]);
        }
    }
}
