//! [`Seats`]: who is connected as a player, and the bounded queue of what each is still to be told. A
//! connection whose queue is full is dropped; the world waits for nobody.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bowline_runtime::player::Player;
use serde_json::Value;
use tokio::sync::mpsc;

/// Messages that may wait for one connection.
pub(crate) const MESSAGES_MAX: usize = 1024;

/// Connections at once.
const SEATS_MAX: usize = 256;

struct Seat {
    /// As it came in, to bring it back into a world that was restored around it.
    player: Player,
    messages: mpsc::Sender<String>,
    /// Whether the world has let it in.
    is_in: bool,
}

#[derive(Default)]
pub(crate) struct Seats(Mutex<BTreeMap<String, Seat>>);

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSeat {
    /// Somebody of this id is connected.
    Taken,
    Full,
}

impl Seats {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Seat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take(&self, player: Player) -> Result<mpsc::Receiver<String>, NoSeat> {
        let mut seats = self.lock();
        if seats.contains_key(&player.id) {
            return Err(NoSeat::Taken);
        }
        if seats.len() >= SEATS_MAX {
            return Err(NoSeat::Full);
        }
        let (messages, queued) = mpsc::channel(MESSAGES_MAX);
        seats.insert(player.id.clone(), Seat { player, messages, is_in: false });
        Ok(queued)
    }

    pub(crate) fn leave(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Whether somebody of this id is connected.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.lock().contains_key(id)
    }

    /// Tells one of them; one that is too slow loses its seat, which ends its connection.
    pub(crate) fn tell(&self, id: &str, message: &Value) {
        let mut seats = self.lock();
        let Some(seat) = seats.get_mut(id) else { return };
        match message["type"].as_str() {
            Some("welcome") => seat.is_in = true,
            // Nobody sits in a world that does not have them: what is queued is told, then it ends.
            Some("refused") => {
                drop(seat.messages.try_send(message.to_string()));
                seats.remove(id);
                return;
            }
            _ => (),
        }
        if seat.messages.try_send(message.to_string()).is_err() {
            tracing::info!(player = id, "a player's connection is too slow");
            seats.remove(id);
        }
    }

    /// Tells all who are in.
    pub(crate) fn tell_all(&self, message: &Value) {
        let ids: Vec<String> =
            self.lock().iter().filter(|(_, it)| it.is_in).map(|(id, _)| id.clone()).collect();
        ids.iter().for_each(|id| self.tell(id, message));
    }

    /// Those the world has let in, and does not have any more: it was restored from before they came.
    pub(crate) fn lost(&self, is_here: impl Fn(&str) -> bool) -> Vec<Player> {
        let mut seats = self.lock();
        let lost = seats.values_mut().filter(|it| it.is_in && !is_here(&it.player.id));
        lost.map(|it| {
            it.is_in = false;
            it.player.clone()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_connection_that_does_not_read_loses_its_seat_and_the_others_go_on() {
        let seats = Seats::default();
        let slow = seats.take(Player::new("slow", "Slow")).unwrap();
        let mut quick = seats.take(Player::new("quick", "Quick")).unwrap();
        assert_eq!(seats.take(Player::new("slow", "Again")).unwrap_err(), NoSeat::Taken);
        for id in ["slow", "quick"] {
            seats.tell(id, &json!({"type": "welcome"}));
        }
        for _ in 0..MESSAGES_MAX {
            seats.tell_all(&json!({"type": "chat"}));
            quick.try_recv().unwrap();
        }
        assert!(!seats.has("slow") && seats.has("quick"));
        drop(slow);
    }

    #[test]
    fn who_is_not_in_the_world_any_more_is_brought_back_once() {
        let seats = Seats::default();
        let _ann = seats.take(Player::new("ann", "Ann")).unwrap();
        assert!(seats.lost(|_| false).is_empty(), "it never was in");
        seats.tell("ann", &json!({"type": "welcome"}));
        assert_eq!(seats.lost(|_| false).len(), 1);
        assert!(seats.lost(|_| false).is_empty(), "it is on its way");
    }
}
