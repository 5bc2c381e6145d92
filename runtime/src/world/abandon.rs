//! Apps whose engine is gone: who is blamed, who starts again, and when.

use bowline_model::Problem;
use bowline_model::blueprint::split_id;

use super::program::Program;
use super::{InstanceState, Level, World};
use crate::clock::TICK_SECONDS;
use crate::limits::Isolation;
use crate::script::{Lost, Seat};

/// An engine that ends twice in this time, and nobody knows which script it was, blames all of the app.
const UNEXPLAINED_TICKS: u64 = 1200;

impl World {
    /// The worker of an app gave no answer: the instance it was in is stopped, the others lost their
    /// engine with it and start again on a new one.
    pub(super) fn abandon(&mut self, seat: &Seat, lost: &Lost) {
        if self.programs.get(seat).is_some_and(Program::is_reloading) {
            return self.abandon_reload(seat, lost);
        }
        let culprit = lost.culprit.and_then(|it| self.numbers.get(&it).cloned());
        let all = culprit.is_none() && self.blames_all(seat, lost);
        if culprit.is_none() && !all {
            let app = split_id(&seat.0).0.to_owned();
            let text = format!("{}: {}; all of it starts again", lost.code, self.words(&app, lost));
            self.log(&app, "", Level::Error, text);
        }
        let lives = self.programs.get(seat).map(|it| it.lives.clone()).unwrap_or_default();
        for number in lives {
            let Some(entity) = self.end_of_life(seat, number) else { continue };
            if self.instances.get(&entity).is_none_or(|it| it.number != Some(number)) {
                continue;
            }
            if all || Some(&entity) == culprit.as_ref() {
                self.lose(&entity, lost);
            } else {
                self.start_again(&entity);
            }
        }
    }

    /// It was lost while another version took over: the one before is known to run.
    fn abandon_reload(&mut self, seat: &Seat, lost: &Lost) {
        let lives = self.programs.get(seat).map(|it| it.lives.clone()).unwrap_or_default();
        let mut path = String::new();
        for number in lives {
            let Some(entity) = self.end_of_life(seat, number) else { continue };
            if self.instances.get(&entity).is_some_and(|it| it.number == Some(number)) {
                path = self.entry_path(&entity);
                self.start_again(&entity);
            }
        }
        let words = self.words(split_id(&seat.0).0, lost);
        let help = "change the script: its app gets a new thread then";
        self.undo(seat, Problem::file(lost.code, path, words).help(help));
    }

    /// Whether there is no sense in trying the others at once.
    fn blames_all(&mut self, seat: &Seat, lost: &Lost) -> bool {
        let now = self.clock.0;
        let before = self.unexplained.insert(seat.clone(), now);
        lost.code == "script_process_missing"
            || before.is_some_and(|it| now.saturating_sub(it) < UNEXPLAINED_TICKS)
    }

    /// Stops an instance that took its engine with it, or could have none.
    fn lose(&mut self, entity: &str, lost: &Lost) {
        let app = self.instances.get(entity).map(|it| it.app().to_owned()).unwrap_or_default();
        let problem = Problem::file(lost.code, self.entry_path(entity), self.words(&app, lost));
        let again = match self.limits.isolation {
            Isolation::Process => self.revivals.lost(entity, self.clock.0),
            // Its thread may spin for ever: one is enough.
            Isolation::Thread => None,
        };
        let help = match (again, self.limits.isolation) {
            (Some(ticks), _) => {
                format!("it is tried again in {:.0} s, and as soon as it is saved", seconds(ticks))
            }
            (None, Isolation::Process) => "it was tried again often enough: change the script".to_owned(),
            (None, Isolation::Thread) => "change the script: its app gets a new thread then".to_owned(),
        };
        self.crash(entity, problem.help(help));
    }

    pub(super) fn words(&self, app: &str, lost: &Lost) -> String {
        let ms = (self.limits.tick_time + self.limits.grace).as_millis();
        let more = if lost.detail.is_empty() { String::new() } else { format!(" ({})", lost.detail) };
        match lost.code {
            "script_hung" => format!("{app} is in a loop that nothing in this process can stop"),
            "script_killed" => format!("{app} did not stop by itself and was killed within {ms} ms"),
            "script_memory_killed" => {
                format!("{app} took more memory than its process may have and was killed")
            }
            "script_process_missing" => format!("{app} could not be given a process of its own{more}"),
            _ => format!("the script engine of {app} failed{more}"),
        }
    }

    /// Tries those again that lost their engine some time ago.
    pub(super) fn revive(&mut self) {
        for entity in self.revivals.due(self.clock.0) {
            let crashed = |it: &super::Instance| matches!(it.state, InstanceState::Crashed { .. });
            if self.instances.get(&entity).is_some_and(crashed) {
                self.start_again(&entity);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a wait of some minutes at most")]
fn seconds(ticks: u64) -> f64 {
    ticks as f64 * TICK_SECONDS
}
