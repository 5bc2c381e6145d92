//! What one can ask of a world between ticks.

use bowline_model::Problem;
use bowline_script::root::RootRule;

use super::instance::Instance;
use super::plan::Run;
use super::program::Program;
use super::{Level, World};
use crate::ecs::Value;

/// What an instance does.
#[derive(Debug, Clone, PartialEq)]
pub enum InstanceState {
    /// Its script is to be started in the next tick.
    Starting,
    /// Its handlers are called every tick.
    Running,
    /// It was stopped, until its script, its props or its blueprint change.
    Crashed {
        /// Why, and where in the project.
        problem: Problem,
    },
    /// It has no script, or its blueprint is disabled.
    Idle,
}

/// One entity's script.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceStatus {
    /// The app's folder.
    pub app: String,
    /// The entity.
    pub entity: String,
    /// Its blueprint.
    pub blueprint: String,
    /// The blueprint whose script it runs, and the rule that found it; `None` if it could not be found.
    pub root: Option<(String, RootRule)>,
    /// What it does.
    pub state: InstanceState,
    /// How often it was started.
    pub starts: u64,
    /// While it runs: why what was saved last does not, and the version before it goes on.
    pub problem: Option<Problem>,
}

/// What one app uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The app's folder.
    pub app: String,
    /// Its entities whose script is alive.
    pub instances: usize,
    /// Microseconds of processor time its scripts took in the last tick.
    pub last: u64,
    /// In an average tick since it runs.
    pub mean: u64,
    /// In an average tick of about the last second.
    pub recent: u64,
    /// In all ticks.
    pub total: u64,
    /// In the longest.
    pub max: u64,
    /// Bytes its script engines hold; looked at every few seconds.
    pub memory: u64,
    /// Versions of its script that somebody still runs: one, and two for as long as one takes over.
    pub realms: u32,
    /// Ticks in which not all of its instances had their turn: what they take together is more than an
    /// app may take of a tick.
    pub late: u64,
}

/// Where an entity is.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityPose {
    /// The entity.
    pub entity: String,
    /// Its blueprint.
    pub blueprint: String,
    /// Metres.
    pub position: [f64; 3],
    /// x, y, z, w.
    pub quaternion: [f64; 4],
    /// Factors.
    pub scale: [f64; 3],
}

impl World {
    /// Every instance, by entity.
    #[must_use]
    pub fn instances(&self) -> Vec<InstanceStatus> {
        let status = |(entity, it): (&String, &Instance)| {
            let seat = match &it.plan.run {
                Ok(Run::Script(recipe)) => Some(World::seat(recipe)),
                _ => None,
            };
            let program = seat.and_then(|it| self.programs.get(&it));
            let problem = program.and_then(Program::problem).filter(|_| it.state == InstanceState::Running);
            it.status(entity, problem)
        };
        self.instances.iter().map(status).collect()
    }

    /// What every app with a script uses, by script root.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        let account = |it: &Program| Account {
            app: it.app(),
            instances: it.lives.len(),
            last: it.account.last,
            mean: it.account.total / it.account.ticks.max(1),
            recent: it.account.recent / 16,
            total: it.account.total,
            max: it.account.longest,
            memory: it.account.memory,
            realms: it.account.realms,
            late: it.account.late,
        };
        self.programs.values().map(account).collect()
    }

    /// The instances of one app.
    #[must_use]
    pub fn describe(&self, app: &str) -> Vec<InstanceStatus> {
        self.instances().into_iter().filter(|it| it.app == app).collect()
    }

    /// The last lines of an app, oldest first, each with its tick.
    #[must_use]
    pub fn logs(&self, app: &str) -> Vec<(u64, Level, String)> {
        self.logs.get(app).map(|it| it.iter().cloned().collect()).unwrap_or_default()
    }

    /// Where every entity is, by id.
    #[must_use]
    pub fn snapshot_entities(&self) -> Vec<EntityPose> {
        let pose = |(id, placed): (&String, &super::Placed)| EntityPose {
            entity: id.clone(),
            blueprint: placed.blueprint().to_owned(),
            position: self.numbers(placed.root, "position"),
            quaternion: self.numbers(placed.root, "quaternion"),
            scale: self.numbers(placed.root, "scale"),
        };
        self.entities.iter().map(pose).collect()
    }

    pub(super) fn numbers<const N: usize>(&self, entity: crate::ecs::Entity, field: &str) -> [f64; N] {
        match self.ecs.get(entity, self.parts.transform, field) {
            Some(Value::Numbers(list)) => list.try_into().unwrap_or([0.0; N]),
            _ => [0.0; N],
        }
    }
}
