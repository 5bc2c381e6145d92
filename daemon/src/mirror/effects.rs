//! Performs what the engine asks for, and takes in how it went.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bowline_model::{Group, ItemId, Problem};
use bowline_sync::engine::{Action, Effect, Event, Failure, Outcome, Retry};
use bowline_sync::plan::{Hold, Step};
use bowline_sync::sighting::{Direction, Side};
use serde_json::json;

use super::{Connection, Flight, Mirror, millis};
use crate::carry;
use crate::deploy::Deploy;
use crate::input::{Done, Input};
use crate::pull::Puller;
use crate::report::Report;
use crate::state::JournalRow;
use crate::tell::{Told, Way, Winner};

impl Mirror {
    pub(super) fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Report> {
        for effect in effects {
            match effect {
                Effect::Run(action) => self.launch(action),
                Effect::Agreed(rows) => self.state.agree(&rows)?,
                Effect::Conflict(conflict) => {
                    let winner = match conflict.winner {
                        Some(Side::Disk) => Winner::Disk,
                        Some(Side::World) => Winner::World,
                        None => Winner::Nobody,
                    };
                    self.conflicts.insert(conflict.item.clone(), winner);
                    if winner == Winner::Nobody {
                        self.tell_conflict(&conflict.item, winner, None);
                    }
                }
                Effect::Held { group, why } => self.hold(&group, &why),
                Effect::Freed { group } => drop(self.attempts.remove(&hold_key(&group))),
                Effect::Failed { group, why } => self.fail(&group, &why),
                Effect::WorldForgot { blueprint } => self.tell_forgotten(&blueprint),
                Effect::RetryAfter { ms, .. } => {
                    self.retries.insert(Instant::now() + Duration::from_millis(ms));
                }
                Effect::Look { side: Side::Disk, .. } => drop(self.looks.insert(Side::Disk)),
                Effect::Look { side: Side::World, group: Group::Records } => self.fetch_records(),
                Effect::Look { side: Side::World, .. } => drop(self.looks.insert(Side::World)),
            }
        }
        Ok(())
    }

    /// Takes the looks the engine asked for: they must begin after it asked.
    pub(super) fn look_again(&mut self) -> Result<(), Report> {
        // A look can ask for another one, but only once per action that ended meanwhile.
        while let Some(side) = self.looks.pop_first() {
            match side {
                Side::Disk => self.scan(bowline_disk::DirtySet::everything())?,
                Side::World => self.look_at_world()?,
            }
        }
        Ok(())
    }

    /// Time has passed: whatever waited for it may go.
    pub(super) fn on_time(&mut self) -> Result<(), Report> {
        if self.unsettled {
            self.scan(bowline_disk::DirtySet::default())?;
        }
        let effects = self.engine.on(Event::Now(millis()));
        self.perform(effects)
    }

    pub(super) fn launch(&mut self, action: Action) {
        let Connection::Up { link, .. } = &self.connection else { return self.give_up(action) };
        if !self.allowed.contains(&action.direction) {
            self.planned.push(action);
            return;
        }
        if action.direction == Direction::ToWorld && self.is_sending_before(&action.group) {
            self.deferred.push(action);
            return;
        }
        let load = carry::Load {
            action: action.clone(),
            folder: self.folder.clone(),
            link: link.clone(),
            inbox: self.inbox(),
            survey: self.survey.clone(),
            remote: self.remote.clone(),
            owner: self.owner.clone(),
        };
        match action.direction {
            Direction::ToWorld if action.group == Group::Records => {
                carry::records::start(load, self.world.records.clone(), self.target.clone());
            }
            Direction::ToWorld => {
                carry::send::start(load, self.deploy_of(&action), self.entities_of(&action))
            }
            Direction::ToDisk => {
                let puller = Puller {
                    project: &self.project,
                    survey: &self.survey,
                    world: &self.world,
                    remote: &self.remote,
                };
                carry::write::start(load, puller.pull(&action.steps));
            }
        }
        self.flights.insert(action.id, Flight { action, started: Instant::now() });
    }

    /// An action for a world that is away. Every action ends: one that was only forgotten would keep
    /// its group waiting for ever.
    fn give_up(&mut self, action: Action) {
        let why = Failure { message: "the world is away".to_owned(), retry: Retry::Soon };
        let failed = |it: &Step| (it.item.clone(), Outcome::Failed(why.clone()));
        let done = Done {
            action: action.id,
            outcomes: action.steps.iter().map(failed).collect(),
            versions: BTreeMap::new(),
            kept: Vec::new(),
            problems: Vec::new(),
            records: Vec::new(),
        };
        self.flights.insert(action.id, Flight { action, started: Instant::now() });
        let inbox = self.inbox();
        // From a task, because whoever calls this empties the inbox.
        tokio::spawn(async move { drop(inbox.send(Input::Done(done)).await) });
    }

    /// What a deploy of the action's app needs of both sides.
    fn deploy_of(&self, action: &Action) -> Option<Deploy> {
        let (Group::App(app), Some(deploy)) = (&action.group, &action.deploy) else { return None };
        let ids = deploy.versions.keys();
        let world =
            ids.clone().filter_map(|id| Some((id.clone(), self.world.blueprint(id)?.clone()))).collect();
        let seen = |id: &String| Some((id.clone(), self.state.version_seen(id).ok().flatten()?));
        Some(Deploy {
            root: deploy.root.clone(),
            files: self.survey.apps.get(app).cloned().unwrap_or_default(),
            world,
            versions_seen: ids.filter_map(seen).collect(),
        })
    }

    /// The entities of the action as the world has them.
    fn entities_of(&self, action: &Action) -> carry::Entities {
        let id = |item: &ItemId| match item {
            ItemId::Entity { id } => Some(id.clone()),
            _ => None,
        };
        let known = action.steps.iter().filter_map(|it| id(&it.item));
        known.filter_map(|id| Some((id.clone(), self.world.entity(&id)?.clone()))).collect()
    }

    /// Whether something is on its way to the world that `group` must come after. Scripts are written
    /// against records, and what stands in the world stands on blueprints: worlds do not build an
    /// entity again when its blueprint comes later.
    fn is_sending_before(&self, group: &Group) -> bool {
        let sends =
            |it: &Flight| it.action.direction == Direction::ToWorld && turn(&it.action.group) < turn(group);
        self.flights.values().any(sends)
    }

    /// What must still wait goes back to where it waited.
    fn launch_deferred(&mut self) {
        std::mem::take(&mut self.deferred).into_iter().for_each(|it| self.launch(it));
    }

    /// An action is over: the journal, the people and the engine hear of it.
    pub(super) fn land(&mut self, done: Done) -> Result<(), Report> {
        let Some(flight) = self.flights.remove(&done.action) else { return Ok(()) };
        for (item, kept) in &done.kept {
            let winner = self.conflicts.remove(item).unwrap_or(Winner::World);
            self.tell_conflict(item, winner, Some(self.kept_file(kept)));
        }
        self.tell_landing(&flight, &done)?;
        let group = flight.action.group.to_string();
        match done.problems.is_empty() {
            true => drop(self.attempts.remove(&group)),
            false => drop(self.attempts.insert(group, done.problems)),
        }
        let mut effects = self.engine.on(Event::Now(millis()));
        effects.extend(self.engine.on(Event::Finished {
            action: done.action,
            outcomes: done.outcomes,
            versions: done.versions,
        }));
        if flight.action.group == Group::Records {
            self.sent_records(done.records);
        }
        self.perform(effects)?;
        self.launch_deferred();
        self.tell_problems();
        Ok(())
    }

    fn tell_landing(&mut self, flight: &Flight, done: &Done) -> Result<(), Report> {
        let arrived: BTreeSet<&ItemId> =
            done.outcomes.iter().filter(|it| it.1 == Outcome::Done).map(|it| &it.0).collect();
        if arrived.is_empty() {
            return Ok(());
        }
        let way = if flight.action.direction == Direction::ToWorld { Way::ToWorld } else { Way::ToDisk };
        let version = self.version_of(&flight.action.group, done);
        let files: Vec<String> = arrived.iter().map(|it| shown(it)).collect();
        let steps = flight.action.steps.iter().filter(|it| arrived.contains(&it.item));
        let rows = steps.map(|it| {
            json!({"item": it.item.to_string(), "before": it.expect.map(|it| it.to_string()), "after": it.put.map(|it| it.to_string())})
        });
        self.state.journal(&JournalRow {
            op: 0,
            at: millis(),
            source: if way == Way::ToWorld { "disk" } else { "world" }.to_owned(),
            actor: self.owner.clone(),
            what: way.name().to_owned(),
            group: flight.action.group.to_string(),
            version,
            files: rows.collect(),
        })?;
        let ms = u64::try_from(flight.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.say(Told::Applied { direction: way, app: flight.action.group.to_string(), version, files, ms });
        Ok(())
    }

    fn version_of(&self, group: &Group, done: &Done) -> Option<u64> {
        let Group::App(app) = group else { return None };
        let root = self.remote.roots.get(app).unwrap_or(app);
        let sent = done.versions.get(root).copied().flatten();
        sent.or_else(|| self.remote.versions.get(root).copied())
    }

    /// Not a state that lasts, so no problem of the app: it is said once.
    fn tell_forgotten(&mut self, blueprint: &str) {
        let (app, _) = bowline_model::blueprint::split_id(blueprint);
        let message =
            format!("the world came back with an older {blueprint}: it forgot what it had not saved");
        let problem = Problem::file("world_forgot", "", message)
            .help("what differs is sent again; a copy of what the world holds now is kept");
        self.say(Told::Problem { app: app.to_owned(), problem });
    }

    fn tell_conflict(&self, item: &ItemId, winner: Winner, kept: Option<String>) {
        let app = match item {
            ItemId::Script { app, .. } | ItemId::Blueprint { app, .. } => app.clone(),
            ItemId::Entity { .. } | ItemId::Record { .. } => item.group().to_string(),
        };
        self.say(Told::Conflict { app, path: shown(item), winner, kept });
    }

    /// The loser itself in the folder where it was kept.
    fn kept_file(&self, folder: &str) -> String {
        let found = self.folder.conflicts().ok().into_iter().flat_map(|it| it.0);
        let mut mine = found.filter(|it| it.folder.as_str() == folder);
        mine.next().map_or_else(|| folder.to_owned(), |it| it.kept.to_string())
    }

    pub(super) fn wait_for_lock(&mut self, group: &str, holder: &str) {
        let message = format!("the deploy lock of {group} is held by {holder}");
        let problem = Problem::file("deploy_locked", "", message).help("it is tried again until it is free");
        self.attempts.insert(group.to_owned(), vec![problem]);
        self.tell_problems();
    }

    fn hold(&mut self, group: &Group, why: &[Hold]) {
        let problems = why.iter().filter_map(|it| hold_problem(group, it)).collect();
        self.attempts.insert(hold_key(group), problems);
        self.tell_problems();
    }

    fn fail(&mut self, group: &Group, why: &[(ItemId, bowline_sync::engine::Failure)]) {
        let known = self.attempts.entry(group.to_string()).or_default();
        for (item, failure) in why {
            if known.iter().all(|it| it.message != failure.message) {
                known.push(
                    Problem::file(FAILED, shown(item), failure.message.clone())
                        .help("it is tried again by itself"),
                );
            }
        }
        self.tell_problems();
    }
}

/// In which order groups go to the world.
fn turn(group: &Group) -> u8 {
    match group {
        Group::Records => 0,
        Group::App(_) => 1,
        Group::Layout => 2,
    }
}

/// The code of what was tried, did not work, and is tried again.
pub(super) const FAILED: &str = "failed";

/// Holds and failures of one group are kept apart: they come and go separately.
fn hold_key(group: &Group) -> String {
    format!("{group} ")
}

/// Why a group is held, in words. Blocked modules and unreadable files have problems of their own.
fn hold_problem(group: &Group, hold: &Hold) -> Option<Problem> {
    match hold {
        Hold::Unknown(..) | Hold::Blocked(_) => None,
        Hold::NeedsConfirmation { side, deletes, of } => {
            let (place, command) = match side {
                Side::Disk => ("on disk", "bowline pull --confirm"),
                Side::World => ("in the world", "bowline push --confirm"),
            };
            let message = format!("{deletes} of {of} items of {group} would be deleted {place}");
            Some(
                Problem::file("needs_confirmation", "", message)
                    .help(format!("bring them back, or run `{command}`")),
            )
        }
        Hold::Clash(one, other) => {
            let message = format!("{} and {} would be one file on many disks", shown(one), shown(other));
            Some(Problem::file("name_clash", shown(one), message).help("rename one of them"))
        }
        Hold::Ask(item) => {
            let message = format!("both sides changed {}", shown(item));
            Some(Problem::file("conflict", shown(item), message).help("bowline conflicts list"))
        }
    }
}

/// An item as people know it: by its file.
pub(crate) fn shown(item: &ItemId) -> String {
    match item {
        ItemId::Entity { id } => format!("world.json#{id}"),
        item => bowline_model::layout::file_of(item).map_or_else(|| item.to_string(), |it| it.to_string()),
    }
}
