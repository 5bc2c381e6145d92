//! Where everything stands, for `status`, `plan` and `doctor`; and the few things a request may do.

use std::collections::BTreeMap;

use bowline_disk::{WatchProblem, Watcher};
use bowline_model::{Group, Problem, ProjectPath};
use bowline_sync::engine::State as GroupState;
use bowline_sync::plan::Step;
use bowline_sync::sighting::Direction;

use super::{Connection, Mirror, Mode};
use crate::feed::ScriptStatus;
use crate::report::Report;
use crate::state::JournalRow;

/// One screen of truth.
pub(crate) struct MirrorStatus {
    pub(crate) world: WorldLine,
    pub(crate) apps: Vec<AppStatus>,
    pub(crate) conflicts: usize,
    /// `native` or `poll`.
    pub(crate) watch: &'static str,
    /// Why changes are noticed late, if they are.
    pub(crate) watch_problem: Option<WatchProblem>,
}

/// The world, and why it cannot be reached if it cannot.
pub(crate) struct WorldLine {
    pub(crate) url: String,
    pub(crate) id: String,
    pub(crate) error: Option<String>,
    /// Whether we run it.
    pub(crate) is_ours: bool,
    /// Whether it looks at what a change expects to replace; unknown while it is away.
    pub(crate) preconditions: Option<bool>,
}

/// One app.
pub(crate) struct AppStatus {
    pub(crate) app: String,
    pub(crate) state: &'static str,
    pub(crate) version: Option<u64>,
    pub(crate) problems: Vec<Problem>,
}

impl Mirror {
    pub(crate) fn status(&self) -> MirrorStatus {
        let (error, preconditions) = match &self.connection {
            Connection::Up { link, .. } => (None, Some(link.has_preconditions())),
            Connection::Away { why, .. } => (Some(why.clone()), None),
        };
        let world = WorldLine {
            url: self.target.url.clone(),
            id: self.target.world_id.clone().unwrap_or_default(),
            error,
            is_ours: self.host.is_some(),
            preconditions,
        };
        let conflicts = self.folder.conflicts().map_or(0, |(found, _)| found.len());
        let (watch, watch_problem) = self.watching();
        MirrorStatus { world, apps: self.app_statuses(), conflicts, watch, watch_problem }
    }

    fn app_statuses(&self) -> Vec<AppStatus> {
        let mut problems: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
        for (app, problem) in self.problems() {
            problems.entry(app).or_default().push(problem);
        }
        let mut apps: BTreeMap<String, &'static str> = BTreeMap::new();
        for app in self.survey.apps.keys().chain(self.remote.roots.keys()) {
            apps.insert(app.clone(), state_name(GroupState::InSync));
        }
        for (group, status) in self.engine.status() {
            let waiting = status.to_disk + status.to_world > 0 || !status.holds.is_empty();
            if waiting || matches!(group, Group::App(app) if apps.contains_key(app)) {
                apps.insert(group.to_string(), state_name(status.state));
            }
        }
        apps.extend(self.survey.blocked.keys().map(|app| (app.clone(), "held")));
        for app in problems.keys() {
            apps.entry(app.clone()).or_insert("held");
        }
        // Nobody knows what a world that is away holds now.
        let is_away = matches!(self.connection, Connection::Away { .. });
        for state in apps.values_mut().filter(|it| is_away && **it == state_name(GroupState::InSync)) {
            *state = "unknown";
        }
        let status = |(app, state): (String, &'static str)| AppStatus {
            state: self.with_scripts(&app, state),
            version: self.remote.roots.get(&app).and_then(|root| self.remote.versions.get(root)).copied(),
            problems: problems.remove(&app).unwrap_or_default(),
            app,
        };
        apps.into_iter().map(status).collect()
    }

    /// What runs is worth more than what is mirrored: a crash is said first.
    fn with_scripts(&self, app: &str, state: &'static str) -> &'static str {
        if matches!(self.connection, Connection::Away { .. }) {
            return state;
        }
        // What was removed from the world since says nothing any more, and what waited for its
        // blueprint has it by now.
        let is_crashed = |(entity, status): (&String, &ScriptStatus)| match status {
            ScriptStatus::Running => false,
            ScriptStatus::Crashed { code, .. } if code == NO_BLUEPRINT => false,
            ScriptStatus::Crashed { .. } => self.world.entity(entity).is_some(),
        };
        match self.scripts.get(app).is_some_and(|it| it.iter().any(is_crashed)) {
            true => "crashed",
            false => state,
        }
    }

    fn watching(&self) -> (&'static str, Option<WatchProblem>) {
        let say = |watcher: &Watcher| match watcher.mode() {
            bowline_disk::Mode::Native => ("native", None),
            bowline_disk::Mode::Poll => ("poll", watcher.problem()),
        };
        match &self.watcher {
            Some(watcher) => say(watcher),
            // One question watches nothing; it says what `bowline dev` would do here.
            None if self.mode == Mode::Once => {
                Watcher::start(&self.root, |_| ()).map_or(("poll", None), |it| say(&it))
            }
            None => ("poll", None),
        }
    }

    /// Whether nothing of this group moves until a person has done something.
    pub(crate) fn is_held(&self, group: &Group) -> bool {
        let stands = |state: GroupState| matches!(state, GroupState::Held | GroupState::Conflict);
        self.engine.status().any(|(it, status)| it == group && stands(status.state))
    }

    /// Everything that must move, held or not.
    pub(crate) fn pending(&self) -> Vec<(Direction, Step)> {
        self.engine.pending().map(|(direction, step)| (direction, step.clone())).collect()
    }

    pub(crate) fn journal_since(&self, op: i64) -> Result<Vec<JournalRow>, Report> {
        Ok(self.state.journal_since(op)?)
    }

    /// Writes a file as a person would; the mirror sees it like any other save. What it held goes to
    /// the trash.
    pub(crate) fn save(&mut self, path: &ProjectPath, bytes: &[u8]) -> Result<(), Report> {
        let folder = &self.folder;
        let staged = folder.stage(path, folder.park(bytes)?)?;
        let why = bowline_disk::TrashNote {
            why: "replaced by the other side of a conflict".to_owned(),
            when: std::time::SystemTime::now(),
        };
        match folder.exchange(&staged) {
            Ok(_) => folder.keep_in_trash(&staged, &why)?,
            Err(bowline_disk::DiskError::Missing(_)) => folder.create(&staged)?,
            Err(error) => {
                folder.drop_staged(&staged, std::time::SystemTime::now())?;
                return Err(error.into());
            }
        }
        self.coalescer.feed(bowline_disk::Dirt::Path(path.clone()), std::time::Instant::now());
        Ok(())
    }
}

/// The code of an instance whose app is not in the world: what is placed may get there first.
pub(super) const NO_BLUEPRINT: &str = "blueprint_not_found";

fn state_name(state: GroupState) -> &'static str {
    match state {
        GroupState::InSync | GroupState::Unseen => "in-sync",
        GroupState::Moving(Direction::ToWorld) | GroupState::Pausing(Direction::ToWorld) => "to-world",
        GroupState::Moving(Direction::ToDisk) | GroupState::Pausing(Direction::ToDisk) => "to-disk",
        GroupState::Conflict => "conflict",
        GroupState::Held => "held",
    }
}
