//! [`Instance`]: what the world knows of one entity's script. The script itself is on its app's thread.

use std::collections::BTreeMap;

use bowline_model::blueprint::split_id;
use bowline_script::root::RootRule;

use super::fetches::Fetched;
use super::plan::{Plan, Run};
use super::{Heard, InstanceState, InstanceStatus};
use crate::ecs;

pub(super) struct Instance {
    pub(super) blueprint: String,
    pub(super) plan: Plan,
    pub(super) state: InstanceState,
    pub(super) starts: u64,
    /// Heard since its last tick.
    pub(super) heard: Vec<Heard>,
    /// Somebody moved it since its last tick.
    pub(super) moved: bool,
    /// Its app had no time for it in the last tick.
    pub(super) late: bool,
    /// Its nodes by its own numbers, without the root.
    pub(super) nodes: BTreeMap<u32, ecs::Entity>,
    /// What became of its spawns in its last tick, in its order.
    pub(super) spawned: Vec<ecs::Entity>,
    /// What its fetches came to since its last tick.
    pub(super) fetched: Vec<Fetched>,
    /// The version of its blueprint that it runs.
    pub(super) version: u64,
}

impl Instance {
    pub(super) fn new(blueprint: &str, plan: Plan) -> Instance {
        let mut instance = Instance {
            blueprint: blueprint.to_owned(),
            plan,
            state: InstanceState::Idle,
            starts: 0,
            heard: Vec::new(),
            moved: false,
            late: false,
            nodes: BTreeMap::new(),
            spawned: Vec::new(),
            fetched: Vec::new(),
            version: 0,
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
        // What the other side said is for whatever runs when it can be heard.
        self.heard.retain(|it| it.version.is_some());
        self.spawned.clear();
        self.fetched.clear();
        self.moved = false;
    }

    /// What it can hear now: nothing that a newer version of it is meant to hear.
    pub(super) fn hearing(&self) -> impl Iterator<Item = &Heard> {
        self.heard.iter().filter(|it| it.is_for(self.version))
    }

    /// It has heard all that.
    pub(super) fn has_heard(&mut self) {
        let version = self.version;
        self.heard.retain(|it| !it.is_for(version));
    }

    /// The app whose folder its script is in.
    pub(super) fn app(&self) -> &str {
        let root = self.plan.root.as_ref().map_or(&self.blueprint, |(root, _)| root);
        split_id(root).0
    }

    /// The thread it runs on: one per script root.
    pub(super) fn worker(&self) -> Option<&str> {
        match &self.plan.run {
            Ok(Run::Script(recipe)) => Some(&recipe.root.blueprint),
            _ => None,
        }
    }

    pub(super) fn status(&self, entity: &str) -> InstanceStatus {
        let root: Option<(String, RootRule)> = self.plan.root.clone();
        InstanceStatus {
            app: self.app().to_owned(),
            entity: entity.to_owned(),
            blueprint: self.blueprint.clone(),
            root,
            state: self.state.clone(),
            starts: self.starts,
        }
    }
}
