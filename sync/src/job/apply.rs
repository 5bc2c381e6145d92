//! Disk → world, for records: all that can go, in one change that the world makes as a whole.
//!
//! A world judges records together: a prefab may need a component that arrives with it, and one bad
//! record must not hold the others. So it is asked first, which changes nothing, until the largest set
//! is found that it would take; what it would not take fails with its reasons. Only then is what is
//! displaced kept, and the change made, with the content each record must still have.
//!
//! Start at [`Call`]; [`ApplyJob::next`] is the machine.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::ItemId;

use crate::engine::{Action, Failure, Outcome, Retry};
use crate::job::send::Loser;
use crate::plan::Step;
use crate::sighting::{Held, Seen};

/// The micro-operations of a world's records.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// Read these from the disk again; for `None` make sure they are gone.
    Park(Vec<(ItemId, Held)>),
    /// Ask what would happen to all of these at once. Changes nothing.
    Check(Vec<Step>),
    /// Make sure these contents, which the world holds, are kept.
    Keep(Vec<Loser>),
    /// Make this change, all or nothing, provided each record is still what its step expects.
    Apply(Vec<Step>),
    /// The change was not made: the copies under `.conflicts` that [`Call::Keep`] made are of what is
    /// still in the world, and must go.
    Withdraw,
    /// Over; these are the outcomes.
    Finish(Vec<(ItemId, Outcome)>),
}

/// How a micro-operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reply {
    /// Nothing was called yet.
    Start,
    /// It went through; of [`Call::Check`]: it would.
    Ok,
    /// [`Call::Park`]: these are not what they were; empty if all are.
    Parked(Vec<(ItemId, Seen)>),
    /// [`Call::Check`], [`Call::Apply`]: the world would not, or did not, take these together.
    Refused(Failure),
    /// [`Call::Apply`]: these are something else by now. Nothing was changed.
    Mismatch(Vec<(ItemId, Seen)>),
    /// The connection broke. Whether it went through is not known.
    Gone,
    /// It did not work. Nothing was changed.
    Failed(Failure),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum State {
    Start,
    Parking,
    /// The world is asked about `good` and this.
    Checking(Vec<Step>),
    Keeping,
    Applying,
    Withdrawing,
    Over,
}

/// Carries out one push of records.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApplyJob {
    steps: Vec<Step>,
    state: State,
    /// What the world would take together.
    good: Vec<Step>,
    /// Sets it was not asked about yet, the next one last.
    todo: Vec<Vec<Step>>,
    refused: Vec<(Step, Failure)>,
    /// Whether something was found good since `refused` was last tried: it may be what they lack.
    progress: bool,
    outcomes: BTreeMap<ItemId, Outcome>,
}

impl ApplyJob {
    /// A job for one push.
    #[must_use]
    pub fn new(action: Action) -> ApplyJob {
        ApplyJob {
            steps: action.steps,
            state: State::Start,
            good: Vec::new(),
            todo: Vec::new(),
            refused: Vec::new(),
            progress: false,
            outcomes: BTreeMap::new(),
        }
    }

    /// Takes in how the last call ended and names the next one.
    pub fn next(&mut self, reply: Reply) -> Call {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Start => {
                self.state = State::Parking;
                Call::Park(self.steps.iter().map(|it| (it.item.clone(), it.put)).collect())
            }
            State::Parking => self.parked(reply),
            State::Checking(trial) => self.checked(trial, reply),
            State::Keeping => match reply {
                Reply::Ok => self.apply(),
                other => self.end(&Outcome::Failed(failure(&other))),
            },
            State::Applying => self.applied(reply),
            State::Withdrawing | State::Over => self.finish(),
        }
    }

    fn finish(&mut self) -> Call {
        let outcome = |it: &Step| {
            let outcome = self.outcomes.get(&it.item).cloned().unwrap_or(Outcome::Skipped);
            (it.item.clone(), outcome)
        };
        Call::Finish(self.steps.iter().map(outcome).collect())
    }

    /// Nothing further is done: what has no outcome yet ends like this.
    fn end(&mut self, rest: &Outcome) -> Call {
        for step in &self.steps {
            self.outcomes.entry(step.item.clone()).or_insert_with(|| rest.clone());
        }
        self.finish()
    }

    fn parked(&mut self, reply: Reply) -> Call {
        let Reply::Parked(stale) = reply else { return self.end(&Outcome::Failed(failure(&reply))) };
        self.outcomes.extend(stale.into_iter().map(|(item, seen)| (item, Outcome::Stale(seen))));
        let live: Vec<Step> =
            self.steps.iter().filter(|it| !self.outcomes.contains_key(&it.item)).cloned().collect();
        self.todo.push(live);
        self.check()
    }

    /// Asks about the next set, or goes on with what was found good.
    fn check(&mut self) -> Call {
        loop {
            match self.todo.pop() {
                Some(set) if set.is_empty() => (),
                Some(set) => {
                    let together = self.good.iter().chain(&set).cloned().collect();
                    self.state = State::Checking(set);
                    return Call::Check(together);
                }
                None if self.progress && !self.refused.is_empty() => {
                    self.progress = false;
                    self.todo.push(std::mem::take(&mut self.refused).into_iter().map(|it| it.0).collect());
                }
                None => return self.keep(),
            }
        }
    }

    fn checked(&mut self, mut trial: Vec<Step>, reply: Reply) -> Call {
        match reply {
            Reply::Ok => {
                self.good.append(&mut trial);
                self.progress = true;
            }
            Reply::Refused(why) if trial.len() == 1 => {
                self.refused.extend(trial.pop().map(|it| (it, why)));
            }
            Reply::Refused(_) => {
                let second = trial.split_off(trial.len() / 2);
                self.todo.extend([second, trial]);
            }
            other => return self.end(&Outcome::Failed(failure(&other))),
        }
        self.check()
    }

    fn keep(&mut self) -> Call {
        let refused = std::mem::take(&mut self.refused);
        self.outcomes.extend(refused.into_iter().map(|(step, why)| (step.item, Outcome::Failed(why))));
        let loser = |it: &Step| {
            let held = it.expect?;
            Some(Loser { item: it.item.clone(), held, keep: it.keep, won: it.put })
        };
        let losers: Vec<Loser> = self.good.iter().filter_map(loser).collect();
        if losers.is_empty() {
            return self.apply();
        }
        self.state = State::Keeping;
        Call::Keep(losers)
    }

    fn apply(&mut self) -> Call {
        if self.good.is_empty() {
            return self.finish();
        }
        self.state = State::Applying;
        Call::Apply(self.good.clone())
    }

    fn applied(&mut self, reply: Reply) -> Call {
        let arrived = match &reply {
            Reply::Ok => Outcome::Done,
            Reply::Mismatch(_) => Outcome::Skipped,
            // It was good a moment ago: the world is another by now, and is asked again.
            Reply::Refused(why) => Outcome::Failed(Failure { retry: Retry::Soon, ..why.clone() }),
            other => Outcome::Failed(failure(other)),
        };
        let good: BTreeSet<ItemId> = self.good.iter().map(|it| it.item.clone()).collect();
        self.outcomes.extend(good.into_iter().map(|it| (it, arrived.clone())));
        let is_made = matches!(reply, Reply::Ok | Reply::Gone);
        if let Reply::Mismatch(found) = reply {
            self.outcomes.extend(found.into_iter().map(|(item, seen)| (item, Outcome::Refused(seen))));
        }
        if is_made {
            return self.finish();
        }
        self.state = State::Withdrawing;
        Call::Withdraw
    }
}

fn failure(reply: &Reply) -> Failure {
    let message = match reply {
        Reply::Failed(why) => return why.clone(),
        Reply::Gone => "the world went away".to_owned(),
        other => format!("the world answered {other:?} out of turn"),
    };
    Failure { message, retry: Retry::Soon }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Keep;
    use crate::sighting::Direction;
    use bowline_model::{Digest, Group, ProjectPath};
    use expect_test::expect;

    fn item(name: &str) -> ItemId {
        ItemId::Record { file: ProjectPath::parse(&format!("schemas/{name}.json")).unwrap() }
    }

    fn job(names: &[&str]) -> ApplyJob {
        let content = |text: &str| Some(Digest::of(text.as_bytes()));
        let step = |name: &&str| Step {
            item: item(name),
            put: content("new"),
            expect: content("old"),
            base: None,
            keep: Keep::Conflict,
        };
        let steps = names.iter().map(step).collect();
        let direction = Direction::ToWorld;
        ApplyJob::new(Action { id: 1, group: Group::Records, direction, steps, deploy: None })
    }

    fn names<'a>(items: impl IntoIterator<Item = &'a ItemId>) -> String {
        let name = |it: &ItemId| it.to_string().replace("schemas/", "").replace(".json", "");
        items.into_iter().map(name).collect::<Vec<_>>().join(" ")
    }

    /// What is called, and how it ends, in a world that answers like this.
    fn story(mut job: ApplyJob, mut world: impl FnMut(&Call) -> Reply) -> String {
        let mut told = String::new();
        let mut reply = Reply::Start;
        loop {
            let call = job.next(reply);
            told += &match &call {
                Call::Park(items) => format!("park {}\n", names(items.iter().map(|it| &it.0))),
                Call::Check(steps) => format!("check {}\n", names(steps.iter().map(|it| &it.item))),
                Call::Keep(losers) => format!("keep {}\n", names(losers.iter().map(|it| &it.item))),
                Call::Apply(steps) => format!("apply {}\n", names(steps.iter().map(|it| &it.item))),
                Call::Withdraw => "withdraw\n".to_owned(),
                Call::Finish(outcomes) => {
                    let line = |(item, it): &(ItemId, Outcome)| match it {
                        Outcome::Failed(why) => format!("{}: {}\n", names([item]), why.message),
                        other => format!("{}: {other:?}\n", names([item])),
                    };
                    return told + &outcomes.iter().map(line).collect::<String>();
                }
            };
            reply = world(&call);
        }
    }

    fn refused(why: &str) -> Reply {
        Reply::Refused(Failure { message: why.to_owned(), retry: Retry::WhenChanged })
    }

    /// A world that refuses every set `is_bad` says.
    fn judging(is_bad: impl Fn(&str) -> bool) -> impl FnMut(&Call) -> Reply {
        move |call| match call {
            Call::Park(_) => Reply::Parked(Vec::new()),
            Call::Check(steps) if is_bad(&names(steps.iter().map(|it| &it.item))) => refused("no"),
            _ => Reply::Ok,
        }
    }

    #[test]
    fn what_goes_together_goes_in_one_change() {
        expect![[r#"
            park a b c
            check a b c
            keep a b c
            apply a b c
            a: Done
            b: Done
            c: Done
        "#]]
        .assert_eq(&story(job(&["a", "b", "c"]), judging(|_| false)));
    }

    #[test]
    fn a_bad_record_holds_no_other_and_is_not_kept_a_copy_of() {
        expect![[r#"
            park a b c d
            check a b c d
            check a b
            check a b c d
            check a b c
            check a b d
            check a b d c
            keep a b d
            apply a b d
            a: Done
            b: Done
            c: no
            d: Done
        "#]]
        .assert_eq(&story(job(&["a", "b", "c", "d"]), judging(|set| set.contains('c'))));
    }

    #[test]
    fn a_record_that_needs_a_later_one_is_tried_again_with_it() {
        let needs = |set: &str| set.contains('x') || (set.contains('a') && !set.contains('b'));
        expect![[r#"
            park a b x
            check a b x
            check a
            check b x
            check b
            check b x
            check b a x
            check b a
            check b a x
            check b a x
            keep b a
            apply b a
            a: Done
            b: Done
            x: no
        "#]]
        .assert_eq(&story(job(&["a", "b", "x"]), judging(needs)));
    }

    #[test]
    fn what_the_world_changed_meanwhile_is_named_and_no_copy_of_it_stays() {
        let world = |call: &Call| match call {
            Call::Park(_) => Reply::Parked(vec![(item("c"), Seen::Unknown)]),
            Call::Apply(_) => Reply::Mismatch(vec![(item("a"), Seen::Absent)]),
            _ => Reply::Ok,
        };
        expect![[r#"
            park a b c
            check a b
            keep a b
            apply a b
            withdraw
            a: Refused(Absent)
            b: Skipped
            c: Stale(Unknown)
        "#]]
        .assert_eq(&story(job(&["a", "b", "c"]), world));
    }

    #[test]
    fn a_lost_answer_keeps_the_copies() {
        let world = |call: &Call| match call {
            Call::Park(_) => Reply::Parked(Vec::new()),
            Call::Apply(_) => Reply::Gone,
            _ => Reply::Ok,
        };
        expect![[r#"
            park a
            check a
            keep a
            apply a
            a: the world went away
        "#]]
        .assert_eq(&story(job(&["a"]), world));
    }
}
