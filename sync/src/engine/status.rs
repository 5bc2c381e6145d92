//! Questions about the mirror. They change nothing and see no more than the engine does.

use bowline_model::{Group, ItemId};

use crate::decide::Decision;
use crate::engine::Engine;
use crate::plan::{Hold, Row, Step};
use crate::sighting::Direction;

/// Where a group stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// A side has not been seen whole yet, or the world is away.
    Unseen,
    /// Both sides hold what they agreed on.
    InSync,
    /// An action is under way.
    Moving(Direction),
    /// Something must move and pauses after a failure.
    Pausing(Direction),
    /// A conflict waits for a person.
    Conflict,
    /// Held for another reason, or refused for good.
    Held,
}

/// One group, for a status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// What holds it, or part of it, back.
    pub holds: Vec<Hold>,
    /// Steps towards the disk that are not done.
    pub to_disk: usize,
    /// Steps towards the world that are not done.
    pub to_world: usize,
}

/// All there is to say of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What is known of it.
    pub row: Row,
    /// What must happen, unless a side is unknown.
    pub decision: Option<Decision>,
    /// The step that would do it, if one is planned.
    pub step: Option<(Direction, Step)>,
    /// What holds its group.
    pub holds: Vec<Hold>,
}

impl Engine {
    /// Every group and where it stands.
    pub fn status(&self) -> impl Iterator<Item = (&Group, Status)> {
        self.bays.iter().map(|(group, bay)| {
            let moves = |way: Direction| self.pending_of(group).filter(|it| it.0 == way).count();
            let (to_disk, to_world) = (moves(Direction::ToDisk), moves(Direction::ToWorld));
            (group, Status { state: self.state(group), holds: bay.plan.holds.clone(), to_disk, to_world })
        })
    }

    fn state(&self, group: &Group) -> State {
        let Some(bay) = self.bays.get(group) else { return State::InSync };
        let ready = |it: &Direction| {
            let steps = bay.plan.ready(*it);
            !steps.is_empty() && !bay.pace[*it as usize].is_hopeless(steps)
        };
        if let Some(flight) = &bay.flight {
            State::Moving(flight.direction)
        } else if !self.both_seen() {
            State::Unseen
        } else if bay.plan.holds.iter().any(|it| matches!(it, Hold::Ask(_))) {
            State::Conflict
        } else if let Some(way) = [Direction::ToDisk, Direction::ToWorld].into_iter().find(ready) {
            State::Pausing(way)
        } else if bay.plan.is_settled() {
            State::InSync
        } else {
            State::Held
        }
    }

    /// Whether both sides are known to hold the same and nothing is under way.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.both_seen() && self.bays.values().all(|it| it.flight.is_none() && it.plan.is_settled())
    }

    /// Everything that must move, held or not.
    pub fn pending(&self) -> impl Iterator<Item = (Direction, &Step)> {
        self.bays.keys().flat_map(|it| self.pending_of(it))
    }

    fn pending_of(&self, group: &Group) -> impl Iterator<Item = (Direction, &Step)> {
        let plan = self.bays.get(group).map(|it| &it.plan);
        plan.into_iter().flat_map(|it| {
            let ready = |way: Direction| it.ready(way).iter().map(move |step| (way, step));
            let waiting = it.waiting.iter().map(|(way, step)| (*way, step));
            ready(Direction::ToDisk).chain(ready(Direction::ToWorld)).chain(waiting)
        })
    }

    /// Why an item is where it is.
    #[must_use]
    pub fn explain(&self, item: &ItemId) -> Option<Explanation> {
        let group = item.group();
        let bay = self.bays.get(&group)?;
        let row = *bay.rows.get(item)?;
        let step = self.pending_of(&group).find(|it| it.1.item == *item).map(|(way, it)| (way, it.clone()));
        Some(Explanation { row, decision: row.decision(), step, holds: bay.plan.holds.clone() })
    }
}
