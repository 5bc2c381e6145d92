//! World → disk: puts the files of one action in place and never loses what was there.
//!
//! A file is replaced by *exchanging* it with a staged one, which is atomic, and only then is what
//! was displaced looked at. Checking first and renaming then would leave a moment in which a save
//! is destroyed unseen; here such a save comes out of the exchange into our hand, and goes back.
//!
//! Start at [`Call`]; [`WriteJob::next`] is the machine.

use std::collections::VecDeque;

use bowline_model::{Digest, ProjectPath};

use crate::engine::{Failure, Outcome, Retry};
use crate::job::FileStep;
use crate::plan::Keep;
use crate::sighting::{Held, Seen};

/// The micro-operations of a folder. "Its staged file" is the one file the shell keeps for a path
/// from [`Call::Stage`] or [`Call::Capture`] until one of the `Keep…`, `PutBack` or `DropStaged`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Call {
    /// Download these, check each against its name, and park them in the object store.
    Fetch(Vec<Digest>),
    /// Write `put` of each step to a temporary file beside its target, and to the journal, with
    /// everything the recovery needs. All of the action, before the first target is touched.
    Stage(Vec<FileStep>),
    /// Swap the target and its staged file in one atomic step, and say what came out.
    Exchange(ProjectPath),
    /// Rename the staged file to the target, unless there is one.
    Create(ProjectPath),
    /// Rename the target to a staged file, with a journal entry, and say what it holds.
    Capture(FileStep),
    /// Rename the staged file to the target, unless there is one.
    PutBack(ProjectPath),
    /// Move the staged file to the trash.
    KeepInTrash(ProjectPath),
    /// Move the staged file to `.conflicts`, with a note of who won.
    KeepInConflicts(ProjectPath, Note),
    /// Delete the staged file, if there is one. It holds what we put there, which is parked.
    DropStaged(ProjectPath),
    /// Over; these are the outcomes.
    Finish(Vec<(ProjectPath, Outcome)>),
}

/// What is written beside a file in `.conflicts`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Note {
    /// The content that lost and is kept here.
    pub lost: Held,
    /// The content that took its place.
    pub won: Held,
    /// What both sides had last agreed on, or what was expected.
    pub expected: Held,
}

/// How a micro-operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reply {
    /// Nothing was called yet.
    Start,
    /// It went through.
    Ok,
    /// What came out of [`Call::Exchange`] or [`Call::Capture`] and is staged now.
    Displaced(Digest),
    /// [`Call::Exchange`], [`Call::Capture`]: there is no target. Nothing was changed.
    Missing,
    /// [`Call::Create`], [`Call::PutBack`]: there is a target, and it holds this (unknown if it
    /// cannot be read). Nothing was changed.
    Exists(Seen),
    /// It did not work. Nothing was changed.
    Failed(Failure),
}

/// How often an exchange is taken back before the newest content is filed instead: each round needs
/// another save within microseconds.
const ROUNDS: u32 = 8;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum State {
    Start,
    Fetching,
    Staging,
    Creating,
    Exchanging,
    /// The exchange is being taken back: `hand` was staged and goes in, `placed` should come out.
    TakingBack {
        hand: Digest,
        placed: Digest,
        rounds: u32,
    },
    Capturing,
    /// The staged file, which holds this, goes back to a target that should be free.
    PuttingBack(Digest),
    /// The last call of a step; its outcome is already known.
    Filing,
    /// The rest is given up; staged files are being dropped.
    GivingUp,
    Over,
}

/// Carries out one pull.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WriteJob {
    todo: VecDeque<FileStep>,
    state: State,
    outcomes: Vec<(ProjectPath, Outcome)>,
}

impl WriteJob {
    /// A job for all files of one action.
    #[must_use]
    pub fn new(steps: Vec<FileStep>) -> WriteJob {
        WriteJob { todo: in_order(steps), state: State::Start, outcomes: Vec::new() }
    }

    /// Takes in how the last call ended and names the next one.
    pub fn next(&mut self, reply: Reply) -> Call {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Start => self.fetch(),
            State::Fetching => match reply {
                Reply::Failed(why) => {
                    self.fail_all(&why);
                    self.finish()
                }
                _ => self.stage(),
            },
            State::Staging => match reply {
                Reply::Failed(why) => {
                    self.fail_all(&why);
                    self.give_up()
                }
                _ => self.begin(),
            },
            State::Creating => self.created(reply),
            State::Exchanging => self.exchanged(reply),
            State::TakingBack { hand, placed, rounds } => self.taken_back(reply, (hand, placed), rounds),
            State::Capturing => self.captured(reply),
            State::PuttingBack(hand) => self.put_back(reply, hand),
            // What could not be filed stays staged, and the recovery at the next start files it.
            State::Filing => self.begin(),
            State::GivingUp => self.give_up(),
            State::Over => self.finish(),
        }
    }

    fn finish(&mut self) -> Call {
        Call::Finish(std::mem::take(&mut self.outcomes))
    }

    fn fetch(&mut self) -> Call {
        let wanted: Vec<Digest> = self.todo.iter().filter_map(FileStep::digest).collect();
        if wanted.is_empty() {
            return self.begin();
        }
        self.state = State::Fetching;
        Call::Fetch(wanted)
    }

    fn stage(&mut self) -> Call {
        self.state = State::Staging;
        Call::Stage(self.todo.iter().filter(|it| it.put.is_some()).cloned().collect())
    }

    fn fail_all(&mut self, why: &Failure) {
        self.outcomes.extend(self.todo.iter().map(|it| (it.path.clone(), Outcome::Failed(why.clone()))));
    }

    fn give_up(&mut self) -> Call {
        while let Some(step) = self.todo.pop_front() {
            if step.put.is_some() {
                self.state = State::GivingUp;
                return Call::DropStaged(step.path);
            }
        }
        self.finish()
    }

    /// The first call of the next step.
    fn begin(&mut self) -> Call {
        let Some(step) = self.todo.front() else { return self.finish() };
        let path = step.path.clone();
        let (state, call) = match (step.put, step.expect) {
            (Some(_), None) => (State::Creating, Call::Create(path)),
            (Some(_), Some(_)) => (State::Exchanging, Call::Exchange(path)),
            (None, _) => (State::Capturing, Call::Capture(step.clone())),
        };
        self.state = state;
        call
    }

    /// The step is decided; `call` tidies up after it.
    fn close(&mut self, outcome: Outcome, call: impl FnOnce(&FileStep) -> Call) -> Call {
        let Some(step) = self.todo.pop_front() else { return self.finish() };
        self.outcomes.push((step.path.clone(), outcome));
        self.state = State::Filing;
        call(&step)
    }

    /// The step is decided and left nothing behind.
    fn skip(&mut self, outcome: Outcome) -> Call {
        if let Some(step) = self.todo.pop_front() {
            self.outcomes.push((step.path, outcome));
        }
        self.begin()
    }

    fn step(&self) -> Option<&FileStep> {
        self.todo.front()
    }

    fn created(&mut self, reply: Reply) -> Call {
        let put = self.step().and_then(|it| it.put);
        match reply {
            Reply::Exists(found) if put.is_some() && found.held() == Some(put) => {
                self.close(Outcome::Done, drop_staged)
            }
            Reply::Exists(found) => self.close(Outcome::Refused(found), drop_staged),
            Reply::Failed(why) => self.close(Outcome::Failed(why), drop_staged),
            _ => self.skip(Outcome::Done),
        }
    }

    fn exchanged(&mut self, reply: Reply) -> Call {
        let Some((put, expect)) = self.step().map(|it| (it.put, it.expect)) else { return self.finish() };
        match (reply, put) {
            (Reply::Displaced(found), _) if Some(found) == expect => self.close(Outcome::Done, file),
            // Somebody wrote the very same thing.
            (Reply::Displaced(found), Some(put)) if found == put => self.close(Outcome::Done, drop_staged),
            (Reply::Displaced(found), Some(put)) => self.take_back((found, put), 0),
            (Reply::Missing, _) => self.close(Outcome::Refused(Seen::Absent), drop_staged),
            (Reply::Failed(why), _) => self.close(Outcome::Failed(why), drop_staged),
            (other, _) => self.close(Outcome::Failed(unexpected(&other)), drop_staged),
        }
    }

    /// `hand` was not what we were to replace: somebody saved since. It goes back in, and what
    /// comes out must be what was `placed`; if not, somebody saved again, and that is newer still.
    fn take_back(&mut self, (hand, placed): (Digest, Digest), rounds: u32) -> Call {
        let Some(path) = self.step().map(|it| it.path.clone()) else { return self.finish() };
        self.state = State::TakingBack { hand, placed, rounds };
        Call::Exchange(path)
    }

    fn taken_back(&mut self, reply: Reply, (hand, placed): (Digest, Digest), rounds: u32) -> Call {
        let ours = self.step().and_then(|it| it.put) == Some(placed);
        match reply {
            Reply::Displaced(out) if out == placed && ours => {
                self.close(Outcome::Refused(Seen::Present(hand)), drop_staged)
            }
            Reply::Displaced(out) if out == placed => {
                self.close(Outcome::Refused(Seen::Present(hand)), |it| to_conflicts(it, placed, Some(hand)))
            }
            Reply::Displaced(out) if rounds < ROUNDS => self.take_back((out, hand), rounds + 1),
            Reply::Displaced(out) => {
                self.close(Outcome::Refused(Seen::Unknown), |it| to_conflicts(it, out, Some(hand)))
            }
            // The target was deleted while the newer save was in our hand: it must not go with it.
            Reply::Missing => {
                self.state = State::PuttingBack(hand);
                self.step().map_or(Call::Finish(Vec::new()), |it| Call::PutBack(it.path.clone()))
            }
            _ => self.close(Outcome::Refused(Seen::Unknown), |it| to_conflicts(it, hand, Some(placed))),
        }
    }

    fn captured(&mut self, reply: Reply) -> Call {
        let expect = self.step().and_then(|it| it.expect);
        match reply {
            Reply::Displaced(found) if Some(found) == expect => self.close(Outcome::Done, file),
            Reply::Displaced(found) => {
                self.state = State::PuttingBack(found);
                self.step().map_or(Call::Finish(Vec::new()), |it| Call::PutBack(it.path.clone()))
            }
            Reply::Missing => self.skip(Outcome::Done),
            Reply::Failed(why) => self.skip(Outcome::Failed(why)),
            other => self.skip(Outcome::Failed(unexpected(&other))),
        }
    }

    fn put_back(&mut self, reply: Reply, hand: Digest) -> Call {
        match reply {
            Reply::Ok => self.skip(Outcome::Refused(Seen::Present(hand))),
            Reply::Exists(found) => {
                self.close(Outcome::Refused(found), |it| to_conflicts(it, hand, found.held().flatten()))
            }
            _ => self.close(Outcome::Refused(Seen::Unknown), |it| to_conflicts(it, hand, None)),
        }
    }
}

fn file(step: &FileStep) -> Call {
    match (step.keep, step.expect) {
        (Keep::Conflict, Some(lost)) => to_conflicts(step, lost, step.put),
        _ => Call::KeepInTrash(step.path.clone()),
    }
}

fn to_conflicts(step: &FileStep, lost: Digest, won: Held) -> Call {
    Call::KeepInConflicts(step.path.clone(), Note { lost: Some(lost), won, expected: step.expect })
}

fn drop_staged(step: &FileStep) -> Call {
    Call::DropStaged(step.path.clone())
}

fn unexpected(reply: &Reply) -> Failure {
    Failure { message: format!("the disk answered {reply:?} out of turn"), retry: Retry::Soon }
}

/// New modules before those that import them, deletions last; but a name that must be free for
/// another file (`Lib.js` for `lib.js`, `a` for `a/b.js`) is freed first.
fn in_order(mut steps: Vec<FileStep>) -> VecDeque<FileStep> {
    let created: Vec<(String, ProjectPath)> =
        steps.iter().filter(|it| it.put.is_some()).map(|it| (it.path.fold_key(), it.path.clone())).collect();
    let in_the_way = |gone: &FileStep| {
        let key = gone.path.fold_key();
        let meets = |(it, path): &(String, ProjectPath)| {
            *it == key || path.below(gone.path.as_str()).is_some() || gone.path.below(path.as_str()).is_some()
        };
        created.iter().any(meets)
    };
    let rank = |it: &FileStep| match (it.put, it.expect) {
        (None, _) if in_the_way(it) => 0,
        (Some(_), None) => 1,
        (Some(_), Some(_)) => 2,
        (None, _) => 3,
    };
    steps.sort_by_cached_key(|it| (rank(it), it.path.clone()));
    steps.into()
}

#[cfg(test)]
mod tests;
