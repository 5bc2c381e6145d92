//! [`Instance`]: what the world knows of one entity's script. The script itself is on its app's thread.

use std::collections::BTreeMap;

use bowline_model::Problem;
use bowline_model::blueprint::split_id;
use bowline_script::root::RootRule;

use super::plan::{Plan, Run};
use super::{InstanceState, InstanceStatus};
use crate::ecs;
use crate::script::{Event, Number};

pub(super) struct Instance {
    pub(super) blueprint: String,
    pub(super) plan: Plan,
    pub(super) state: InstanceState,
    pub(super) starts: u64,
    /// As its worker knows it, from when it is sent until it is stopped.
    pub(super) number: Option<Number>,
    /// As its worker shall know it, while another version takes over.
    pub(super) renewing: Option<Number>,
    /// What it alone has to be told.
    pub(super) heard: Vec<Event>,
    /// Somebody moved it since it was told last.
    pub(super) moved: bool,
    /// Its nodes by its own numbers, without the root.
    pub(super) nodes: BTreeMap<u32, ecs::Entity>,
    /// What became of its spawns in its last tick, in its order.
    pub(super) spawned: Vec<ecs::Entity>,
}

impl Instance {
    pub(super) fn new(blueprint: &str, plan: Plan) -> Instance {
        let mut instance = Instance {
            blueprint: blueprint.to_owned(),
            plan,
            state: InstanceState::Idle,
            starts: 0,
            number: None,
            renewing: None,
            heard: Vec::new(),
            moved: false,
            nodes: BTreeMap::new(),
            spawned: Vec::new(),
        };
        instance.begin();
        instance
    }

    /// What its plan asks for, from scratch.
    pub(super) fn begin(&mut self) {
        self.state = match &self.plan.run {
            Ok(Run::Script(_)) => InstanceState::Starting,
            Ok(Run::Nothing) => InstanceState::Idle,
            Err(problem) => InstanceState::Crashed { problem: problem.clone() },
        };
        self.heard.clear();
        self.spawned.clear();
        self.moved = false;
    }

    /// The app whose folder its script is in.
    pub(super) fn app(&self) -> &str {
        let root = self.plan.root.as_ref().map_or(&self.blueprint, |(root, _)| root);
        split_id(root).0
    }

    /// `problem`: why what was saved last does not run, although this does.
    pub(super) fn status(&self, entity: &str, problem: Option<&Problem>) -> InstanceStatus {
        let root: Option<(String, RootRule)> = self.plan.root.clone();
        InstanceStatus {
            app: self.app().to_owned(),
            entity: entity.to_owned(),
            blueprint: self.blueprint.clone(),
            root,
            state: self.state.clone(),
            starts: self.starts,
            problem: problem.cloned(),
        }
    }
}
