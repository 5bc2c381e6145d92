//! Systems: records that are scripts, run over the whole world at their phase of every tick.
//!
//! They run one after another, each with what those before it have written, so that the result depends
//! on nothing but the schedule. Each has a thread and an engine of its own; one that fails is stopped
//! and named, and the others go on. The definitions decide what runs: others start those systems again
//! that they change, which loses nothing, because what is to be kept is in components.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::Problem;
use bowline_schema::System;
use bowline_schema::system::{Language, Phase};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{InstanceState, Role, World, WorldEvent};
use crate::clock::{FIXED_SECONDS, TICK_SECONDS};
use crate::ecs::Ecs;
use crate::script::{
    Batch, Bundle, Compile, Compiler, Crew, Job, Language as Engine, Limits, Now, Outcome, Returned, Seat,
    Source, Sources, Wait, Work, column_layout,
};

/// One system, as one can ask for it between ticks.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemStatus {
    /// The name of its record.
    pub slug: String,
    /// The version of its record.
    pub version: u32,
    /// When in a tick it runs.
    pub phase: Phase,
    /// Where in its phase.
    pub order: i32,
    /// What it does.
    pub state: InstanceState,
}

/// A system has a worker of its own, which knows it by this.
const THE_ONLY_ONE: crate::script::Number = 1;

/// All systems, as the definitions schedule them.
pub(super) struct Systems {
    crew: Crew,
    compiler: Compiler,
    list: Vec<Scheduled>,
    /// What the world was told this tick, as JSON.
    heard: Vec<Value>,
}

struct Scheduled {
    record: Arc<System>,
    /// Once it has been started.
    bundle: Option<Arc<Bundle>>,
    /// The columns of what it reads and writes, as it is told when it starts.
    layouts: Map<String, Value>,
    state: InstanceState,
}

impl Systems {
    pub(super) fn new(limits: Limits) -> Systems {
        Systems {
            crew: Crew::new(limits),
            compiler: Compiler::default(),
            list: Vec::new(),
            heard: Vec::new(),
        }
    }
}

impl Scheduled {
    fn new(record: &System, ecs: &Ecs) -> Scheduled {
        let record = Arc::new(record.clone());
        let state = match record.language {
            Language::Js | Language::Ts | Language::Luau => InstanceState::Starting,
            other => {
                let message = format!("this world does not run systems in {} yet", other.name());
                let problem = Problem::file("unsupported_here", record.slug.clone(), message);
                InstanceState::Crashed { problem }
            }
        };
        let layouts = layouts(&record, ecs);
        Scheduled { record, bundle: None, layouts, state }
    }
}

impl World {
    /// Every system, in the order they run.
    #[must_use]
    pub fn systems(&self) -> Vec<SystemStatus> {
        let status = |it: &Scheduled| SystemStatus {
            slug: it.record.slug.clone(),
            version: it.record.version,
            phase: it.record.phase,
            order: it.record.order,
            state: it.state.clone(),
        };
        self.systems.list.iter().map(status).collect()
    }

    /// Starts what the definitions schedule, all of it.
    pub(super) fn start_systems(&mut self) {
        self.systems.list.clear();
        self.systems.crew.retain(|_| false);
        self.schedule_systems();
    }

    /// Starts what the definitions schedule; what runs already and is what it was goes on, because a
    /// tick has no time to start a hundred engines for a field that none of them reads.
    pub(super) fn schedule_systems(&mut self) {
        let before = std::mem::take(&mut self.systems.list);
        let mut running: BTreeMap<String, Scheduled> = before
            .into_iter()
            .filter(|it| it.state == InstanceState::Running)
            .map(|it| (it.record.slug.clone(), it))
            .collect();
        let mut list = Vec::new();
        // Systems are the server's: a client sees what they make of the world.
        let scheduled = match self.role() {
            Role::Server => self.definitions.schedule(),
            Role::Client(_) => Vec::new(),
        };
        for record in scheduled {
            let same = |it: &Scheduled| *it.record == *record && it.layouts == layouts(record, &self.ecs);
            let scheduled = running.remove(&record.slug).filter(same);
            list.push(scheduled.unwrap_or_else(|| Scheduled::new(record, &self.ecs)));
        }
        for it in &list {
            if let InstanceState::Crashed { .. } = it.state {
                let (slug, state) = (it.record.slug.clone(), it.state.clone());
                self.events.push(WorldEvent::System { slug, state });
            }
        }
        let known: Vec<String> = list.iter().map(|it| it.record.slug.clone()).collect();
        self.systems.crew.retain(|it| known.contains(&it.0));
        self.systems.list = list;
    }

    /// What systems hear in this tick: the events for everybody.
    pub(super) fn tell_systems(&mut self) {
        let heard = self.emitted.iter().map(|it| {
            let data: Value = serde_json::from_str(&it.data).unwrap_or(Value::Null);
            json!({ "name": it.name, "data": data })
        });
        self.systems.heard = heard.collect();
    }

    /// Runs the systems of a phase; those of `fixedUpdate` as often as physics steps.
    pub(super) fn run_systems(&mut self, phase: Phase) {
        let (steps, dt) = match phase {
            Phase::FixedUpdate => (self.clock.fixed_steps(), FIXED_SECONDS),
            Phase::Update | Phase::LateUpdate => (1, TICK_SECONDS),
        };
        for step in 0..steps {
            for index in 0..self.systems.list.len() {
                if self.systems.list[index].record.phase == phase {
                    self.run_system(index, step, dt);
                }
            }
        }
    }

    fn run_system(&mut self, index: usize, step: u64, dt: f64) {
        let scheduled = &self.systems.list[index];
        if scheduled.state == InstanceState::Starting {
            self.start_system(index);
            if self.systems.list[index].state != InstanceState::Starting {
                return;
            }
            self.system_is(index, InstanceState::Running);
        }
        let scheduled = &self.systems.list[index];
        if scheduled.state == InstanceState::Running {
            let input = json!({
                "tick": self.clock.0, "time": self.clock.seconds(), "dt": dt, "step": step,
                "events": self.systems.heard, "seed": self.system_seed(&scheduled.record.slug, step),
            });
            if let Some(outcome) = self.ask_system(index, Work::Run { input: input.to_string() }) {
                self.absorb_system(index, outcome);
            }
        }
    }

    fn start_system(&mut self, index: usize) {
        let record = Arc::clone(&self.systems.list[index].record);
        self.systems.compiler.ask(Sources::system(&record));
        match self.systems.compiler.done(Compile::Now, None).pop().map(|(_, it)| it) {
            Some(Ok(bundle)) => self.systems.list[index].bundle = Some(bundle),
            Some(Err(problem)) => return self.system_is(index, InstanceState::Crashed { problem }),
            None => return,
        }
        let facts = self.system_facts(&record);
        let bundle = self.systems.list[index].bundle.as_ref().map_or(0, |it| it.id);
        let work = Work::Build { bundle, entity: record.slug.clone(), facts };
        if let Some(outcome) = self.ask_system(index, work) {
            self.absorb_system(index, outcome);
        }
    }

    fn system_now(&self) -> Now {
        let (tick, time) = (self.clock.0, self.clock.seconds());
        Now { tick, time, delta: TICK_SECONDS, fixed_steps: 0 }
    }

    /// Sends a system one job and waits. Nothing came of it if its thread is lost; it is stopped then.
    fn ask_system(&mut self, index: usize, work: Work) -> Option<Outcome> {
        let scheduled = &self.systems.list[index];
        let slug = scheduled.record.slug.clone();
        let bundles = scheduled.bundle.iter().map(|it| (it.id, Arc::clone(it))).collect();
        let jobs = vec![Job { instance: THE_ONLY_ONE, work }];
        let engine = match scheduled.record.language {
            Language::Luau => Engine::Luau,
            Language::Js | Language::Ts | Language::Wasm => Engine::JavaScript,
        };
        let seat: Seat = (slug.clone(), engine);
        let batch = Batch { now: self.system_now(), bundles, jobs, ..Batch::default() };
        let world: Arc<dyn Source> = Arc::new(self.view());
        let returned = self.systems.crew.run(BTreeMap::from([(seat, batch)]), &world, Wait::ForAll);
        let returned = returned.into_iter().next();
        drop(world);
        let lost = match returned.map(|(_, it)| it) {
            // Without an outcome there is nothing to tell.
            Some(Returned::Done(reply)) => {
                return Some(reply.outcomes.into_iter().next().unwrap_or_default());
            }
            Some(Returned::Lost(lost)) => lost,
            Some(Returned::Missed) | None => return None,
        };
        let problem = Problem::file(lost.code, slug.clone(), self.words(&slug, &lost));
        self.system_is(index, InstanceState::Crashed { problem: problem.help("change the record") });
        None
    }

    fn absorb_system(&mut self, index: usize, outcome: Outcome) {
        let slug = self.systems.list[index].record.slug.clone();
        self.store_denied += outcome.said.denied;
        for (level, text) in outcome.said.lines {
            self.log(&slug, &slug, level, text);
        }
        if let Some(problem) = outcome.failure {
            return self.system_is(index, InstanceState::Crashed { problem });
        }
        for it in outcome.columns {
            self.ecs.put_cells(&it.table, (it.component, it.column), it.cells);
        }
        if let Err(it) = self.make_changes(outcome.changes) {
            let problem = Problem::file(it.code, slug, it.message);
            self.system_is(index, InstanceState::Crashed { problem });
        }
    }

    fn system_is(&mut self, index: usize, state: InstanceState) {
        let scheduled = &mut self.systems.list[index];
        scheduled.state = state.clone();
        self.events.push(WorldEvent::System { slug: scheduled.record.slug.clone(), state });
    }

    /// What a system is told when it starts.
    fn system_facts(&self, system: &System) -> String {
        json!({
            "seed": self.system_seed(&system.slug, 0),
            "writes": system.writes, "layouts": layouts(system, &self.ecs),
        })
        .to_string()
    }

    /// Four words of randomness for one run of one system: nothing else is in them.
    fn system_seed(&self, slug: &str, step: u64) -> Vec<u32> {
        let mut hasher = Sha256::new();
        for number in [self.seed.seed, self.clock.0, step] {
            hasher.update(number.to_le_bytes());
        }
        hasher.update(slug);
        let word = |it: &[u8]| it.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        hasher.finalize().chunks_exact(4).take(4).map(word).collect()
    }
}

/// The columns of every component that `system` declares, by its name.
fn layouts(system: &System, ecs: &Ecs) -> Map<String, Value> {
    let names = system.reads.iter().chain(&system.writes);
    let layout = |name: &String| {
        let layout = ecs.layout(ecs.component(name)?);
        Some((name.clone(), column_layout(&layout.component, &layout.columns)))
    };
    names.filter_map(layout).collect()
}
