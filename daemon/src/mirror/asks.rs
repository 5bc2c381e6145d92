//! Questions, and the waiting some of them need.

use std::time::{Duration, Instant};

use bowline_model::Group;
use bowline_sync::engine::{Event, State as GroupState};
use bowline_sync::plan::Hold;
use bowline_sync::sighting::{Direction, Side};
use serde_json::json;
use tokio::sync::oneshot;

use super::{Connection, Mirror};
use crate::ask::Answer;
use crate::feed::{Feed, ScriptNews, ScriptStatus};
use crate::report::{Blame, Report};
use crate::tell::{ScriptState, Told};

/// Somebody who waits until everything saved so far has arrived.
pub(super) struct Flush {
    /// The barrier: everything saved before it has been reported once it comes back.
    cookie: Option<String>,
    /// When we stop believing in the barrier and look at everything instead.
    doubt: Instant,
    deadline: Instant,
    answer: oneshot::Sender<Result<Answer, Report>>,
}

/// A barrier that is not back by then was lost, or there are no events here.
const COOKIE_WITHIN: Duration = Duration::from_millis(250);

impl Flush {
    pub(super) fn wake(&self) -> Instant {
        if self.cookie.is_some() { self.doubt.min(self.deadline) } else { self.deadline }
    }
}

impl Mirror {
    /// Why the world cannot be reached, if it cannot.
    pub(crate) fn away(&self) -> Option<&str> {
        match &self.connection {
            Connection::Up { .. } => None,
            Connection::Away { why, .. } => Some(why),
        }
    }

    pub(crate) fn away_report(&self) -> Report {
        let why = self.away().unwrap_or_default();
        Report::new(Blame::World, "world_away", format!("nothing was moved, the world is away: {why}"))
            .help("bowline dev connects by itself when the world is back, and moves everything then")
    }

    /// Answers once everything saved before now has arrived, or cannot, or it takes too long.
    pub(crate) fn begin_flush(
        &mut self,
        within: Duration,
        answer: oneshot::Sender<Result<Answer, Report>>,
    ) -> Result<(), Report> {
        let cookie = self.watcher.as_ref().and_then(|it| it.cookie().ok());
        if cookie.is_none() {
            self.scan(bowline_disk::DirtySet::everything())?;
        }
        let now = Instant::now();
        self.flushes.push(Flush { cookie, doubt: now + COOKIE_WITHIN, deadline: now + within, answer });
        Ok(())
    }

    /// These barriers came back, and what was before them has been looked at.
    pub(super) fn reach_cookies(&mut self, cookies: &[String]) {
        for flush in &mut self.flushes {
            if flush.cookie.as_ref().is_some_and(|it| cookies.contains(it)) {
                flush.cookie = None;
            }
        }
    }

    /// Barriers that are overdue are replaced by a look at everything.
    pub(super) fn doubt_cookies(&mut self) -> Result<(), Report> {
        let now = Instant::now();
        let overdue = |it: &Flush| it.cookie.is_some() && it.doubt <= now;
        if self.flushes.iter().any(overdue) {
            self.scan(bowline_disk::DirtySet::everything())?;
            self.flushes.iter_mut().filter(|it| overdue(it)).for_each(|it| it.cookie = None);
        }
        Ok(())
    }

    /// Answers everybody whose wait is over, one way or the other.
    pub(super) fn answer_flushes(&mut self) {
        let now = Instant::now();
        let quiet = !self.unsettled && self.coalescer.due(self.folder.git_index()).is_none();
        let arrived = quiet && self.has_arrived();
        let stuck = quiet && self.is_stuck();
        let flushes = std::mem::take(&mut self.flushes);
        for flush in flushes {
            let over = flush.cookie.is_none() && (arrived || stuck);
            if over || flush.deadline <= now {
                let answer = self.flush_answer(over && arrived);
                drop(flush.answer.send(Ok(answer)));
            } else {
                self.flushes.push(flush);
            }
        }
    }

    /// Whether nothing is left to move.
    fn has_arrived(&self) -> bool {
        matches!(self.connection, Connection::Up { .. }) && self.engine.settled()
    }

    /// Whether what is left cannot move without a person.
    fn is_stuck(&self) -> bool {
        let waits = |state: GroupState| {
            !matches!(state, GroupState::Moving(_) | GroupState::Pausing(_) | GroupState::Unseen)
        };
        matches!(self.connection, Connection::Up { .. })
            && self.flights.is_empty()
            && !self.fetching.is_on()
            && self.engine.status().all(|(_, status)| waits(status.state))
    }

    fn flush_answer(&self, arrived: bool) -> Answer {
        let problems = self.problems();
        // What is blocked may hold nothing that would travel, as a format no world knows; it was saved
        // all the same and means nothing yet.
        if arrived && self.survey.blocked.is_empty() {
            return Answer {
                exit: 0,
                json: json!({"flushed": true}),
                text: "Everything has arrived.".to_owned(),
            };
        }
        let mut reasons: Vec<String> = problems.iter().map(|(_, it)| it.to_string()).collect();
        if let Some(why) = self.away() {
            reasons.push(format!(
                "error[world_away]: the world is away: {why}\n  help: it is tried again by itself"
            ));
        }
        let pending: Vec<String> =
            self.engine.pending().map(|(_, step)| super::effects::shown(&step.item)).collect();
        if reasons.is_empty() {
            reasons.push(format!("still under way: {}", pending.join(", ")));
        }
        Answer {
            exit: 1,
            json: json!({"flushed": false, "reasons": reasons, "pending": pending}),
            text: reasons.join("\n"),
        }
    }

    /// A person agrees to the deletions that are held on `side`.
    pub(crate) fn consent(&mut self, side: Side) -> Result<(), Report> {
        let held = |holds: &[Hold]| {
            holds.iter().any(|it| matches!(it, Hold::NeedsConfirmation { side: it, .. } if *it == side))
        };
        let groups: Vec<Group> =
            self.engine.status().filter(|(_, it)| held(&it.holds)).map(|(group, _)| group.clone()).collect();
        for group in groups {
            let effects = self.engine.on(Event::Consent { group });
            self.perform(effects)?;
        }
        Ok(())
    }

    /// Carries what must move in these directions, and nothing else, to its end.
    pub(crate) async fn carry_once(
        &mut self,
        directions: &[Direction],
        within: Duration,
    ) -> Result<Answer, Report> {
        self.allowed.extend(directions);
        for action in std::mem::take(&mut self.planned) {
            self.launch(action);
        }
        let deadline = Instant::now() + within;
        let mut failing = None;
        while !self.rests(directions) && Instant::now() < deadline {
            self.retries.insert(deadline);
            self.turn().await?;
            failing = self.is_failing().then(|| failing.unwrap_or_else(Instant::now));
            if failing.is_some_and(|since| since.elapsed() > FAILING_WITHIN) {
                break;
            }
        }
        let left = self.engine.pending().any(|(way, _)| directions.contains(&way));
        Ok(self.flush_answer(!left))
    }

    /// Whether something was tried and did not work.
    fn is_failing(&self) -> bool {
        self.attempts.values().flatten().any(|it| it.code == super::effects::FAILED)
    }

    /// Whether nothing in these directions will move by itself any more.
    fn rests(&self, directions: &[Direction]) -> bool {
        let moves = |state: GroupState| match state {
            GroupState::Pausing(way) => directions.contains(&way),
            GroupState::Unseen => true,
            // Planned in the other direction only, and so not under way at all.
            GroupState::Moving(way) => directions.contains(&way),
            _ => false,
        };
        let is_up = matches!(self.connection, Connection::Up { .. });
        let moves = is_up && (self.fetching.is_on() || self.engine.status().any(|(_, it)| moves(it.state)));
        self.flights.is_empty() && !moves
    }

    /// Whether the only thing wrong is that the app has not arrived: what is placed may get there
    /// before it.
    fn is_on_its_way(&self, feed: &ScriptNews) -> bool {
        let is_missing =
            matches!(&feed.status, ScriptStatus::Crashed { code, .. } if code == super::status::NO_BLUEPRINT);
        let app = Group::App(feed.app.clone());
        // Said a moment ago by a world that has it by now, or will in a moment.
        is_missing
            && (self.world.blueprint(&feed.app).is_some()
                || self.engine.pending().any(|(_, step)| step.item.group() == app))
    }

    /// The scripts or records of the world did something.
    pub(super) fn take_feed(&mut self, feed: Feed) {
        match feed {
            Feed::Opened | Feed::Schema => self.fetch_records(),
            Feed::Script(news) => self.take_script_news(news),
        }
    }

    fn take_script_news(&mut self, feed: ScriptNews) {
        let told = match &feed.status {
            ScriptStatus::Running => Told::Script {
                app: feed.app.clone(),
                state: ScriptState::Running,
                path: String::new(),
                line: 0,
                message: String::new(),
            },
            ScriptStatus::Crashed { path, line, message, .. } => Told::Script {
                app: feed.app.clone(),
                state: ScriptState::Crashed,
                path: path.clone(),
                line: *line,
                message: message.clone(),
            },
        };
        let is_on_its_way = self.is_on_its_way(&feed);
        let old = self.scripts.entry(feed.app.clone()).or_default().insert(feed.entity, feed.status.clone());
        // Thirty buoys that start say one thing, not thirty: only the first of an app is news.
        let same = self.scripts[&feed.app].values().filter(|it| **it == feed.status).count();
        if old.as_ref() != Some(&feed.status) && same == 1 && !is_on_its_way {
            self.say(told);
        }
    }
}

/// A command gives up on what keeps failing for so long; `bowline dev` never does.
const FAILING_WITHIN: Duration = Duration::from_secs(3);
