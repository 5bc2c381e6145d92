//! [`Instance`]: what the world knows of one entity's script. The script itself is on its app's thread.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::Problem;
use bowline_model::blueprint::split_id;
use bowline_script::root::RootRule;

use super::plan::{Plan, Run};
use super::{InstanceState, InstanceStatus};
use crate::ecs;
use crate::script::{Event, Fetched, Number, Touched};

/// A message for one script.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) event: Event,
    /// The version of the sender's blueprint: what is older hears it when it has caught up.
    pub(super) version: Option<u64>,
}

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
    pub(super) heard: Vec<Heard>,
    /// Actions of its nodes that were triggered since it was told last.
    pub(super) actions: Vec<Event>,
    /// Somebody moved it since it was told last.
    pub(super) moved: bool,
    /// Its nodes that somebody else moved since.
    pub(super) moved_nodes: BTreeSet<u32>,
    /// What its bodies touched since.
    pub(super) touched: Vec<Touched>,
    /// Its nodes by its own numbers, without the root.
    pub(super) nodes: BTreeMap<u32, ecs::Entity>,
    /// What became of its spawns in its last tick, in its order.
    pub(super) spawned: Vec<ecs::Entity>,
    /// What its fetches came to since its last tick.
    pub(super) fetched: Vec<Fetched>,
    /// The version of its blueprint that it runs, and the one it shall run when it has started.
    pub(super) version: u64,
    pub(super) next_version: u64,
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
            actions: Vec::new(),
            moved: false,
            moved_nodes: BTreeSet::new(),
            touched: Vec::new(),
            nodes: BTreeMap::new(),
            spawned: Vec::new(),
            fetched: Vec::new(),
            version: 0,
            next_version: 0,
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
        // What it was sent is for whatever runs when it can be heard.
        self.actions.clear();
        self.spawned.clear();
        self.fetched.clear();
        self.moved = false;
        self.moved_nodes.clear();
        self.touched.clear();
    }

    /// What it is to hear now. What a newer version of it is meant to hear waits for that.
    pub(super) fn hearing(&mut self) -> Vec<Event> {
        let version = self.version;
        let now = |it: &mut Heard| it.version.is_none_or(|it| it <= version);
        self.heard.extract_if(.., now).map(|it| it.event).collect()
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
