//! From items to moves: what must travel between the sides for one group, and what holds it back.
//! Pure: rows in, a plan out. It does not know what is under way or when to try again; that is
//! [`crate::engine`].

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Group, ItemId, Problem};

use crate::decide::{Decision, decide};
use crate::names::Names;
use crate::sighting::{Direction, Held, Millis, Seen, Side, Sighting};

/// What the two sides last agreed an item to be, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// The content. Agreed absence has no row at all: it means the same as never having met.
    pub held: bowline_model::Digest,
    /// When they agreed.
    pub at: Millis,
}

/// All that is known of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What both sides last agreed on.
    pub base: Option<Agreed>,
    /// The last look at the disk.
    pub disk: Sighting,
    /// The last look at the world.
    pub world: Sighting,
    /// Who wins should the two conflict; `None` asks.
    pub winner: Option<Side>,
    /// A person said that this side is right, conflict or not.
    pub forced: Option<Side>,
}

impl Row {
    /// The base as a content.
    #[must_use]
    pub fn base(&self) -> Held {
        self.base.map(|it| it.held)
    }

    /// The last look at `side`.
    #[must_use]
    pub fn at(&self, side: Side) -> Sighting {
        match side {
            Side::Disk => self.disk,
            Side::World => self.world,
        }
    }

    /// Both contents, if both are known.
    #[must_use]
    pub fn both(&self) -> Option<(Held, Held)> {
        self.disk.seen.held().zip(self.world.seen.held())
    }

    /// What must happen to the item, unless a side is unknown.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        let (disk, world) = self.both()?;
        Some(decide(self.base(), disk, world))
    }
}

/// What happens to the content that a step displaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keep {
    /// Both sides once agreed on it: the trash will do.
    Trash,
    /// Never agreed on: its author must find it under `.conflicts`.
    Conflict,
}

/// Make `item` hold `put` on the target side, provided it still holds `expect` there.
///
/// The precondition travels with the step because time passes between deciding and doing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// What moves.
    pub item: ItemId,
    /// What the target shall hold; `None` deletes.
    pub put: Held,
    /// What the target held when this was planned.
    pub expect: Held,
    /// What both sides last agreed on.
    pub base: Held,
    /// Where `expect` goes.
    pub keep: Keep,
}

/// Both sides changed an item to different contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The item.
    pub item: ItemId,
    /// Who wins; `None` waits for a person.
    pub winner: Option<Side>,
    /// What the disk holds.
    pub disk: Held,
    /// What the world holds.
    pub world: Held,
}

/// Why something does not move although the sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// An item cannot be read on one side. Holds it, and if it is an app's, pushes of its app.
    Unknown(Side, ItemId),
    /// The app's modules have problems. Holds its pushes.
    Blocked(Vec<Problem>),
    /// Too much would be deleted on `side`. Holds the group until somebody consents.
    NeedsConfirmation {
        /// Where the deletions would happen.
        side: Side,
        /// How many items would go.
        deletes: usize,
        /// Of how many that were agreed on.
        of: usize,
    },
    /// On a disk that folds case or normalises Unicode the two would be one file. Holds the first.
    Clash(ItemId, ItemId),
    /// A conflict waits for a person. Holds the app; of `world.json` and of records only the item.
    Ask(ItemId),
}

/// What must move for one group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Both sides hold this already: only the base moves.
    pub agree: Vec<(ItemId, Held)>,
    /// Pulls that may go now.
    pub to_disk: Vec<Step>,
    /// Pushes that may go now.
    pub to_world: Vec<Step>,
    /// What must move, but not now.
    pub waiting: Vec<(Direction, Step)>,
    /// The conflicts among all of these.
    pub conflicts: Vec<Conflict>,
    /// Why `waiting` waits.
    pub holds: Vec<Hold>,
}

impl Plan {
    /// Whether nothing is left to do or to learn.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.agree.is_empty()
            && self.to_disk.is_empty()
            && self.to_world.is_empty()
            && self.waiting.is_empty()
            && self.holds.is_empty()
    }

    /// The steps of one direction that may go now.
    #[must_use]
    pub fn ready(&self, direction: Direction) -> &[Step] {
        match direction {
            Direction::ToDisk => &self.to_disk,
            Direction::ToWorld => &self.to_world,
        }
    }

    /// Every planned deletion and where it would happen, waiting ones included.
    #[must_use]
    pub fn deletions(&self) -> BTreeSet<(Side, ItemId)> {
        let ready = |direction: Direction| self.ready(direction).iter().map(move |it| (direction, it));
        ready(Direction::ToDisk)
            .chain(ready(Direction::ToWorld))
            .chain(self.waiting.iter().map(|(direction, it)| (*direction, it)))
            .filter(|(_, it)| it.put.is_none())
            .map(|(direction, it)| (direction.target(), it.item.clone()))
            .collect()
    }
}

/// What is known about the group beyond its rows.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// Problems in the app's modules.
    pub blocked: &'a [Problem],
    /// Deletions that a person has agreed to.
    pub consented: &'a BTreeSet<(Side, ItemId)>,
    /// All items, to see which would be one file.
    pub names: &'a Names,
}

/// The rows of one group.
pub type Rows = BTreeMap<ItemId, Row>;

/// What must move between the sides for the group whose rows these are.
///
/// # Panics
/// Never; an empty group has an empty plan.
#[must_use]
pub fn plan(rows: &Rows, terms: Terms<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut imports_gone = Vec::new();
    for (item, row) in rows {
        sort(item, row, &mut plan, &mut imports_gone);
    }
    send_again(imports_gone, &mut plan);
    hold_clashes(rows, terms.names, &mut plan);
    hold_mass_deletion(rows, terms.consented, &mut plan);
    if rows.keys().next().is_some_and(|it| matches!(it.group(), Group::App(_))) {
        hold_app(terms.blocked, &mut plan);
    }
    plan
}

/// Puts one item where it belongs.
fn sort(item: &ItemId, row: &Row, plan: &mut Plan, imports_gone: &mut Vec<Step>) {
    let Some((disk, world)) = row.both() else {
        let blind = if row.disk.seen == Seen::Unknown { Side::Disk } else { Side::World };
        plan.holds.push(Hold::Unknown(blind, item.clone()));
        return;
    };
    let decision = decide(row.base(), disk, world);
    if decision == Decision::Conflict {
        let winner = row.forced.or(row.winner);
        plan.conflicts.push(Conflict { item: item.clone(), winner, disk, world });
    }
    let direction = match (decision, row.forced) {
        (Decision::Nothing, _) => return,
        (Decision::Agree, _) => return plan.agree.push((item.clone(), disk)),
        (_, Some(right)) => right.outward(),
        (Decision::ToDisk, None) => Direction::ToDisk,
        (Decision::ToWorld, None) => Direction::ToWorld,
        (Decision::Conflict, None) => match row.winner {
            Some(right) => right.outward(),
            None => return plan.holds.push(Hold::Ask(item.clone())),
        },
    };
    let step = step(item, row.base(), direction, (disk, world));
    match direction {
        // The file belongs to every app that imports it; one app's world cannot delete it.
        Direction::ToDisk if step.put.is_none() && item.is_shared() => imports_gone.push(step),
        Direction::ToDisk => plan.to_disk.push(step),
        Direction::ToWorld => plan.to_world.push(step),
    }
}

fn step(item: &ItemId, base: Held, direction: Direction, (disk, world): (Held, Held)) -> Step {
    let (put, expect) = match direction {
        Direction::ToDisk => (world, disk),
        Direction::ToWorld => (disk, world),
    };
    let keep = if expect == base || expect.is_none() { Keep::Trash } else { Keep::Conflict };
    Step { item: item.clone(), put, expect, base, keep }
}

/// Shared modules that the world dropped from an app while the app on disk still imports them.
/// A pull may be about to take the import away too; if none is, the world needs its copy back.
fn send_again(imports_gone: Vec<Step>, plan: &mut Plan) {
    for it in imports_gone {
        let again = Step { put: it.expect, expect: None, keep: Keep::Trash, ..it };
        if plan.to_disk.is_empty() {
            plan.to_world.push(again);
        } else {
            plan.waiting.push((Direction::ToWorld, again));
        }
    }
    plan.to_world.sort_by(|a, b| a.item.cmp(&b.item));
}

/// Holds the pulls that would create a file whose name a folding disk takes for another one's.
fn hold_clashes(rows: &Rows, names: &Names, plan: &mut Plan) {
    let after: BTreeMap<&ItemId, Held> = plan.to_disk.iter().map(|it| (&it.item, it.put)).collect();
    let stays = |item: &ItemId| match (after.get(item), rows.get(item)) {
        (Some(put), _) => put.is_some(),
        (None, Some(row)) => row.disk.seen != Seen::Absent,
        // Of another app: this group cannot tell what becomes of it, so it counts as there.
        (None, None) => true,
    };
    let clash = |step: &Step| names.rivals(&step.item).find(|it| stays(it)).cloned();
    let clashes: BTreeMap<ItemId, ItemId> = plan
        .to_disk
        .iter()
        .filter(|it| it.expect.is_none())
        .filter_map(|it| Some((it.item.clone(), clash(it)?)))
        .collect();
    let (held, free) =
        std::mem::take(&mut plan.to_disk).into_iter().partition(|it| clashes.contains_key(&it.item));
    plan.to_disk = free;
    wait(Direction::ToDisk, held, &mut plan.waiting);
    plan.holds.extend(clashes.into_iter().map(|(item, other)| Hold::Clash(item, other)));
}

/// Fewer deletions than this are everyday work, unless they are all there is.
const MASS: usize = 3;

fn hold_mass_deletion(rows: &Rows, consented: &BTreeSet<(Side, ItemId)>, plan: &mut Plan) {
    let deletions = plan.deletions();
    let known = rows.values().filter(|it| it.base.is_some()).count();
    let mut guard = |side: Side| {
        let deletes = deletions.iter().filter(|(at, _)| *at == side).count();
        let many = deletes >= known || (deletes >= MASS && deletes * 2 > known);
        let mass = deletes > 0 && (many || all_scripts_go(rows, &deletions, side));
        if mass {
            plan.holds.push(Hold::NeedsConfirmation { side, deletes, of: known });
        }
        mass
    };
    let mass = [guard(Side::Disk), guard(Side::World)].contains(&true);
    if !mass {
        return;
    }
    if deletions.is_subset(consented) {
        plan.holds.retain(|it| !matches!(it, Hold::NeedsConfirmation { .. }));
    } else {
        hold_all(plan);
    }
}

/// Whether an app would lose its last module. That is what a folder looks like while it is being
/// deleted slowly, file by file, and an app of one module has nothing else to notice it by.
fn all_scripts_go(rows: &Rows, deletions: &BTreeSet<(Side, ItemId)>, side: Side) -> bool {
    let source = if side == Side::Disk { Side::World } else { Side::Disk };
    let is_script = |item: &ItemId| matches!(item, ItemId::Script { .. }) && !item.is_shared();
    let mut scripts = rows.iter().filter(|(item, _)| is_script(item));
    let goes = |item: &ItemId| deletions.contains(&(side, item.clone()));
    let absent = |row: &Row, side: Side| row.at(side).seen == Seen::Absent;
    deletions.iter().any(|(at, item)| *at == side && is_script(item))
        && scripts.all(|(item, row)| absent(row, source) && (absent(row, side) || goes(item)))
}

/// An app goes into the world as a whole or not at all.
fn hold_app(blocked: &[Problem], plan: &mut Plan) {
    if !blocked.is_empty() && !plan.to_world.is_empty() {
        plan.holds.push(Hold::Blocked(blocked.to_vec()));
    }
    if plan.holds.iter().any(|it| matches!(it, Hold::Ask(_))) {
        hold_all(plan);
    }
    if plan.holds.iter().any(|it| matches!(it, Hold::Blocked(_) | Hold::Unknown(..))) {
        wait(Direction::ToWorld, std::mem::take(&mut plan.to_world), &mut plan.waiting);
    }
}

fn hold_all(plan: &mut Plan) {
    wait(Direction::ToDisk, std::mem::take(&mut plan.to_disk), &mut plan.waiting);
    wait(Direction::ToWorld, std::mem::take(&mut plan.to_world), &mut plan.waiting);
}

fn wait(direction: Direction, steps: Vec<Step>, waiting: &mut Vec<(Direction, Step)>) {
    waiting.extend(steps.into_iter().map(|it| (direction, it)));
}

#[cfg(test)]
mod tests;
