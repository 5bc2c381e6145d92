//! What one can ask of a world between ticks.

use bowline_model::Problem;
use bowline_script::root::RootRule;

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
        self.instances.iter().map(|(entity, it)| it.status(entity)).collect()
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
