//! The frames of all instances of a realm. The engine goes through them by itself; it comes back when one
//! has left something behind that the world has to know of, when one failed, and when the time is over.
//!
//! Ten thousand instances that do next to nothing are the reason: a way into the engine and back costs
//! more than such an instance. So the prelude asks `host.next` before each, which is cheap, and ends what
//! was before.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;
use std::sync::Arc;

use bowline_model::Problem;
use rquickjs::{Array, CatchResultExt as _, Ctx, Object, Persistent};

use super::console::Console;
use super::home::Key;
use super::reach_host::set;
use super::realm::{Inbox, Realm};
use super::worker::Pulse;
use super::{Number, Outcome};

/// All instances in the order they run, on both sides.
pub(super) struct Lineup {
    keys: Rc<[Key]>,
    records: Persistent<Array<'static>>,
}

/// Where the engine is in a round through the instances.
#[derive(Default)]
pub(super) struct Round {
    /// Who is at which place.
    numbers: RefCell<Vec<Number>>,
    /// The place of the one that runs, or ran last.
    at: Cell<Option<usize>>,
    /// It left something behind: the next has not begun.
    left: Cell<bool>,
    /// The place of the one there was no time for.
    late: Cell<Option<usize>>,
    /// A promise was made or settled in this hook, so there may be jobs.
    pub(super) promised: Cell<bool>,
    /// What instances were told and have not heard.
    pub(super) inboxes: RefCell<BTreeMap<Number, Inbox>>,
}

impl Round {
    fn begin(&self) {
        self.at.set(None);
        self.left.set(false);
        self.late.set(None);
    }

    /// Adds what the prelude needs to go through instances.
    pub(super) fn install<'js>(
        self: &Rc<Self>,
        (console, pulse): (&Rc<Console>, &Arc<Pulse>),
        ctx: &Ctx<'js>,
        host: &Object<'js>,
    ) -> rquickjs::Result<()> {
        let (round, it, pulse) = (Rc::clone(self), Rc::clone(console), Arc::clone(pulse));
        let next = move |ctx: Ctx<'js>, place: u32| round.next(place as usize, (&it, &pulse), &ctx);
        set(ctx, host, "next", next)?;
        let round = Rc::clone(self);
        let inbox = move |number: Number| round.inboxes.borrow_mut().remove(&number).map(|it| it.json());
        set(ctx, host, "inbox", inbox)
    }

    /// Ends the hook of the one before and begins that of the one at `place`, if the first left nothing
    /// and there is time for the second.
    fn next(&self, place: usize, (console, pulse): (&Console, &Pulse), ctx: &Ctx<'_>) -> bool {
        if self.at.get().is_some() {
            console.notice_lost(ctx);
            if self.promised.get() || console.has_left() {
                self.left.set(true);
                return false;
            }
        }
        let number = self.numbers.borrow().get(place).copied();
        let Some(number) = number.filter(|_| console.budget.start_in_time()) else {
            self.late.set(Some(place));
            return false;
        };
        self.at.set(Some(place));
        pulse.begin(number);
        true
    }
}

impl Realm {
    /// As [`super::home::Home::frames`].
    pub(super) fn round(&mut self, from: Option<&Key>, tick: u64, into: &mut Vec<Outcome>) -> Option<Key> {
        let keys = match self.line_up() {
            Ok(it) => it,
            // There is no memory even for a list of them; one has to go for it to get better.
            Err(problem) => return self.give_up_first(problem, into),
        };
        let first = from.map_or(0, |from| keys.partition_point(|it| it < from));
        let (mut place, mut failed, mut late) = (first, Vec::new(), None);
        while place < keys.len() && late.is_none() {
            let text = self.stretch(place);
            let (ran, left) = (self.round.at.take(), self.round.left.get());
            late = self.round.late.get().and_then(|it| keys.get(it).cloned());
            let ended = matches!(text, Ok(None)) && !left;
            let Some((ran, key)) =
                ran.or(text.is_err().then_some(place)).and_then(|it| Some((it, keys.get(it)?)))
            else {
                break;
            };
            if let Some(outcome) = self.finish(key.1, text) {
                failed.extend(outcome.failure.is_some().then(|| key.clone()));
                into.push(outcome);
            }
            if ended {
                break;
            }
            place = ran + 1;
        }
        let from = keys.get(first).map_or(Bound::Unbounded, Bound::Included);
        let turns = self.instances.range_mut::<Key, _>((from, Bound::Unbounded));
        let had = turns.take_while(|(key, _)| late.as_ref() != Some(key));
        had.for_each(|(_, it)| it.turn = tick);
        failed.iter().for_each(|it| self.dismiss(it));
        late
    }

    /// Goes through the instances from `place` on, as far as it gets: what the last of them changed.
    fn stretch(&self, place: usize) -> Result<Option<String>, Problem> {
        self.round.begin();
        let Some(lineup) = &self.lineup else { return Ok(None) };
        self.within(|ctx| {
            let records = lineup.records.clone().restore(ctx).catch(ctx)?;
            self.text(ctx, |it| &it.frames, (records, place))
        })
    }

    /// The instances in order. Made again when somebody has come or gone.
    fn line_up(&mut self) -> Result<Rc<[Key]>, Problem> {
        if let Some(lineup) = &self.lineup {
            return Ok(Rc::clone(&lineup.keys));
        }
        let records = self.within(|ctx| {
            let list = Array::new(ctx.clone()).catch(ctx)?;
            for (place, instance) in self.instances.values().enumerate() {
                let record = instance.record.clone().restore(ctx).catch(ctx)?;
                list.set(place, record).catch(ctx)?;
            }
            Ok(Persistent::save(ctx, list))
        })?;
        let keys: Rc<[Key]> = self.instances.keys().cloned().collect();
        self.round.numbers.replace(keys.iter().map(|it| it.1).collect());
        self.lineup = Some(Lineup { keys: Rc::clone(&keys), records });
        Ok(keys)
    }

    fn give_up_first(&mut self, problem: Problem, into: &mut Vec<Outcome>) -> Option<Key> {
        let key = self.instances.keys().next()?.clone();
        into.push(Outcome { instance: key.1, failure: Some(problem), ..Outcome::default() });
        self.dismiss(&key);
        None
    }
}
