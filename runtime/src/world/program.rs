//! [`Program`]: what runs a script root: the version that runs, the one that is to run, and who runs it.
//!
//! A new version is compiled while the old one runs. Only when it is whole does it take over, in all
//! instances at once; what does not compile changes nothing and is told beside the state `running`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use bowline_model::{Problem, ProjectPath};
use serde_json::{Map, Value};

use super::apply::version_of;
use super::instance::Instance;
use super::plan::{Recipe, Run};
use super::{InstanceState, Parts, World, WorldEvent};
use crate::script::{
    Batch, Bundle, Compiled, Job, Language, Number, Renewal, Seat, Sources, Strategy, Usage, Work,
};

/// One script root as the world runs it.
#[derive(Debug)]
pub(super) struct Program {
    /// What shall run.
    recipe: Arc<Recipe>,
    wanted: Wanted,
    /// What runs, and what it was made of.
    running: Option<Version>,
    /// What ran before, until it is known that the new version has taken over.
    before: Option<Version>,
    /// Why what shall run does not, while something else does.
    problem: Option<Problem>,
    /// Whose script it is, whether it runs or not.
    pub(super) entities: BTreeSet<String>,
    /// Who is alive on its worker.
    pub(super) lives: BTreeSet<Number>,
    /// Who is to be started.
    starting: BTreeSet<String>,
    /// A version is ready and has not taken over yet.
    swap: bool,
    /// The bundle that is taking over, until its worker has said whether it has.
    reloading: Option<u64>,
    /// What entities were before they were reset, until it is known that they stay so.
    memories: Vec<Memory>,
    pub(super) account: Account,
}

type Version = (Arc<Recipe>, Arc<Bundle>);

/// What a reset takes from an entity.
#[derive(Debug, Clone)]
struct Memory {
    entity: String,
    state: Option<Value>,
    /// What it was reset to.
    stored: Value,
    /// Each with its fields.
    components: Vec<(String, Map<String, Value>)>,
}

/// Where the version that shall run is.
#[derive(Debug)]
enum Wanted {
    /// Nobody has compiled it.
    New,
    Compiling(u64),
    Compiled(Arc<Bundle>),
    Refused(Problem),
}

/// What an app has used, as its workers count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Account {
    pub(super) ticks: u64,
    /// Microseconds of processor time: in the last tick, in all, in the longest.
    pub(super) last: u64,
    pub(super) total: u64,
    pub(super) longest: u64,
    /// Sixteen times the average that forgets a sixteenth of itself in a tick.
    pub(super) recent: u64,
    pub(super) memory: u64,
    pub(super) realms: u32,
    /// Ticks in which somebody had no turn.
    pub(super) late: u64,
}

impl Account {
    pub(super) fn add(&mut self, usage: Usage) {
        self.ticks += 1;
        self.last = usage.time;
        self.total += usage.time;
        self.longest = self.longest.max(usage.time);
        self.recent =
            if self.ticks == 1 { usage.time * 16 } else { self.recent - self.recent / 16 + usage.time };
        self.late += u64::from(usage.late);
        (self.memory, self.realms) = (usage.memory, usage.realms);
    }
}

impl Program {
    pub(super) fn new(recipe: Arc<Recipe>) -> Program {
        Program {
            recipe,
            wanted: Wanted::New,
            running: None,
            before: None,
            problem: None,
            entities: BTreeSet::new(),
            lives: BTreeSet::new(),
            starting: BTreeSet::new(),
            swap: false,
            reloading: None,
            memories: Vec::new(),
            account: Account::default(),
        }
    }

    /// Another version shall run. What runs already, or did not compile as it is, is not compiled again.
    pub(super) fn want(&mut self, recipe: &Arc<Recipe>) {
        if *self.recipe == **recipe {
            return;
        }
        self.recipe = Arc::clone(recipe);
        self.wanted = Wanted::New;
        if let Some((running, bundle)) = &self.running
            && *running == *recipe
        {
            self.wanted = Wanted::Compiled(Arc::clone(bundle));
            self.problem = None;
        }
    }

    /// A text came, or somebody asked to try again.
    pub(super) fn try_again(&mut self) {
        if matches!(self.wanted, Wanted::Refused(_)) {
            self.wanted = Wanted::New;
        }
    }

    pub(super) fn start(&mut self, entity: &str) {
        self.entities.insert(entity.to_owned());
        self.starting.insert(entity.to_owned());
    }

    pub(super) fn leave(&mut self, entity: &str) {
        self.entities.remove(entity);
        self.starting.remove(entity);
    }

    /// Nobody has this script any more.
    pub(super) fn empty(&mut self) {
        self.entities.clear();
        self.starting.clear();
        self.memories.clear();
    }

    /// Whether its worker has not said yet if a version has taken over.
    pub(super) fn is_reloading(&self) -> bool {
        self.reloading.is_some()
    }

    pub(super) fn app(&self) -> String {
        bowline_model::blueprint::split_id(&self.recipe.root.blueprint).0.to_owned()
    }

    /// Why the saved version does not run although another does.
    pub(super) fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Whether what runs is not what was saved last.
    pub(super) fn is_behind(&self) -> bool {
        self.swap || !matches!(self.wanted, Wanted::Compiled(_))
    }

    pub(super) fn is_over(&self) -> bool {
        self.entities.is_empty() && self.lives.is_empty()
    }
}

impl World {
    /// Has compiled what shall run and is not, and takes what is done; or waits for it, `until` then.
    pub(super) fn compile(&mut self, until: Option<Instant>) {
        let new: Vec<Seat> = self
            .programs
            .iter()
            .filter(|(_, it)| matches!(it.wanted, Wanted::New))
            .map(|(seat, _)| seat.clone())
            .collect();
        for seat in new {
            let Some(recipe) = self.programs.get(&seat).map(|it| Arc::clone(&it.recipe)) else { continue };
            let wanted = match self.sources(&recipe) {
                Ok(sources) => Wanted::Compiling(self.compiler.ask(sources)),
                Err(problem) => Wanted::Refused(problem),
            };
            let refused = matches!(wanted, Wanted::Refused(_));
            if let Some(program) = self.programs.get_mut(&seat) {
                program.wanted = wanted;
            }
            if refused {
                self.refused(&seat);
            }
        }
        for (id, result) in self.compiler.done(self.compile, until) {
            self.compiled((id, result));
        }
    }

    fn compiled(&mut self, (id, result): Compiled) {
        let whose = |it: &&mut Program| matches!(it.wanted, Wanted::Compiling(asked) if asked == id);
        let found = self.programs.iter_mut().map(|(seat, it)| (seat.clone(), it)).find(|(_, it)| whose(it));
        // Nobody's: it was edited again meanwhile.
        let Some((seat, program)) = found else { return };
        match result {
            Ok(bundle) => {
                program.wanted = Wanted::Compiled(bundle);
                program.problem = None;
                program.swap = true;
            }
            Err(problem) => {
                program.wanted = Wanted::Refused(problem);
                self.refused(&seat);
            }
        }
    }

    /// What shall run cannot: what runs goes on, and what does not run has crashed.
    fn refused(&mut self, seat: &Seat) {
        let Some(program) = self.programs.get_mut(seat) else { return };
        let Wanted::Refused(problem) = &program.wanted else { return };
        let problem = problem.clone();
        if !program.lives.is_empty() {
            program.problem = Some(problem.clone());
            let app = program.app();
            return self.events.push(WorldEvent::NotReloaded { app, problem });
        }
        for entity in std::mem::take(&mut program.starting) {
            self.crash(&entity, problem.clone());
        }
    }

    /// The texts of a script root.
    fn sources(&self, recipe: &Recipe) -> Result<Sources, Problem> {
        let mut files = BTreeMap::new();
        let mut absent: Option<&ProjectPath> = None;
        for (key, name) in &recipe.files {
            match self.modules.get(name).cloned().or_else(|| self.source.text(name)) {
                Some(text) => {
                    files.insert(key.clone(), text);
                }
                None => absent = absent.or(Some(key)),
            }
        }
        let sources = Sources::new(recipe.root.clone(), recipe.entry.clone(), recipe.format, files);
        match absent {
            None => Ok(sources),
            Some(key) => {
                let message = format!("the world does not have the text of `{key}`");
                Err(Problem::file("asset_missing", sources.disk_path(key), message))
            }
        }
    }

    /// Starts who is to be started, and lets a version that is ready take over from the one that runs.
    pub(super) fn births(&mut self, seat: &Seat, batch: &mut Batch) {
        // Or the dead would be behind for ever, and nobody could be born.
        if self.programs.get(seat).is_some_and(|it| it.lives.is_empty()) {
            self.crew.owe_nothing(seat);
        }
        // What a worker that is behind is in has nothing to do with what comes next.
        if self.crew.is_behind(seat) {
            return;
        }
        let Some(program) = self.programs.get_mut(seat) else { return };
        // Who comes while one version takes over from another runs what has won.
        if program.is_reloading() || (program.starting.is_empty() && !program.swap) {
            return;
        }
        let bundle = match (&program.wanted, &program.running) {
            (Wanted::Compiled(bundle), _) => Arc::clone(bundle),
            // Who comes while what was saved last does not compile runs what the others run.
            (Wanted::Refused(_), Some((_, bundle))) => Arc::clone(bundle),
            _ => return,
        };
        let mut starting = std::mem::take(&mut program.starting);
        if program.swap {
            starting.extend(self.fallen(seat));
        }
        let Some(program) = self.programs.get_mut(seat) else { return };
        if std::mem::take(&mut program.swap) {
            let now = (Arc::clone(&program.recipe), Arc::clone(&bundle));
            program.before = program.running.replace(now);
            let before = program.before.as_ref().map(|(_, it)| Arc::clone(it));
            let olds: Vec<String> = program.entities.difference(&starting).cloned().collect();
            if let Some(before) = before.filter(|it| it.id != bundle.id) {
                self.renewals((&before, &bundle), olds, batch);
            }
        }
        for entity in starting {
            // After a restore it has nodes of its life before.
            self.clear_nodes(&entity);
            let Some(facts) = self.facts(&entity) else { continue };
            let number = self.number(seat, &entity);
            batch.bundles.insert(bundle.id, Arc::clone(&bundle));
            let work = Work::Build { bundle: bundle.id, entity, facts };
            batch.jobs.push(Job { instance: number, work });
        }
    }

    /// Who has crashed since the version that is ready was saved: it is what they were waiting for.
    fn fallen(&mut self, seat: &Seat) -> Vec<String> {
        let entities = self.programs.get(seat).map(|it| it.entities.clone()).unwrap_or_default();
        let mut fallen = Vec::new();
        for entity in entities {
            let Some(instance) = self.instances.get_mut(&entity) else { continue };
            if matches!(instance.state, InstanceState::Crashed { .. }) {
                instance.begin();
                self.revivals.forget(&entity);
                fallen.push(entity);
            }
        }
        fallen
    }

    /// Has an entity that is to be started started, by the program of its script.
    pub(super) fn enlist(&mut self, entity: &str) {
        let Some(instance) = self.instances.get(entity) else { return };
        let Ok(Run::Script(recipe)) = &instance.plan.run else { return };
        let recipe = Arc::clone(recipe);
        let program =
            self.programs.entry(World::seat(&recipe)).or_insert_with(|| Program::new(Arc::clone(&recipe)));
        program.want(&recipe);
        program.start(entity);
    }

    /// What a running entity's program shall run has changed.
    pub(super) fn want(&mut self, entity: &str) {
        let Some(instance) = self.instances.get(entity) else { return };
        let Ok(Run::Script(recipe)) = &instance.plan.run else { return };
        let recipe = Arc::clone(recipe);
        if let Some(program) = self.programs.get_mut(&World::seat(&recipe)) {
            program.want(&recipe);
        }
    }

    /// The new version runs, and nobody runs the old one any more.
    pub(super) fn taken_over(&mut self, seat: &Seat) {
        let Some(program) = self.programs.get_mut(seat) else { return };
        (program.before, program.reloading) = (None, None);
        for Memory { entity, state, .. } in std::mem::take(&mut program.memories) {
            let now = self.entities.state(&entity).cloned();
            if let Some(now) = now.filter(|it| Some(it) != state.as_ref()) {
                self.events.push(WorldEvent::State { entity, state: now });
            }
        }
    }

    /// Makes an app's entity what it was before its script did anything: its state as it is stored, and
    /// no components but those every entity has. What it was until now.
    fn reset(&mut self, entity: &str) -> Option<Memory> {
        let root = self.entities.get(entity)?.root;
        let Parts { transform, node, root: group } = self.parts;
        let all = self.ecs.place(root).map(|(components, _)| components.to_vec()).unwrap_or_default();
        let mut components = Vec::new();
        for component in all.into_iter().filter(|it| ![transform, node, group].contains(it)) {
            let name = self.ecs.layout(component).component.name().to_owned();
            components.push((name, self.ecs.row(root, component).unwrap_or_default()));
            self.ecs.remove(root, component);
        }
        let state = self.entities.state(entity).cloned();
        let stored = self.entities.stored(entity).cloned().unwrap_or_else(|| Value::Object(Map::new()));
        Arc::make_mut(&mut self.entities).set_state(entity, stored.clone());
        Some(Memory { entity: entity.to_owned(), state, stored, components })
    }

    /// Undoes a reset. A state that came from outside meanwhile stays.
    fn remember(&mut self, memory: Memory) {
        let Memory { entity, state, stored, components } = memory;
        if self.entities.state(&entity) == Some(&stored) {
            Arc::make_mut(&mut self.entities).set_state(&entity, state.unwrap_or_default());
        }
        let Some(root) = self.entities.get(&entity).map(|it| it.root) else { return };
        for (component, values) in components {
            self.give(root, &component, &values);
        }
    }

    /// A new life for `entity`, as its worker will know it.
    fn number(&mut self, seat: &Seat, entity: &str) -> Number {
        self.lives += 1;
        let number = self.lives;
        self.numbers.insert(number, entity.to_owned());
        if let Some(program) = self.programs.get_mut(seat) {
            program.lives.insert(number);
        }
        if let Some(instance) = self.instances.get_mut(entity) {
            instance.next_version = version_of(&self.blueprints, &instance.blueprint);
            instance.number.get_or_insert(number);
        }
        number
    }

    /// New lives for those who run the old version.
    fn renewals(
        &mut self,
        (before, bundle): (&Arc<Bundle>, &Arc<Bundle>),
        olds: Vec<String>,
        batch: &mut Batch,
    ) {
        let seat = (bundle.root.blueprint.clone(), Language::of(&bundle.entry));
        let mut renewals = Vec::new();
        for entity in olds {
            let Some(instance) = self.instances.get(&entity) else { continue };
            let Some(old) = instance.number.filter(|_| instance.state == InstanceState::Running) else {
                continue;
            };
            if bundle.reload == Strategy::Reset {
                let memory = self.reset(&entity);
                let program = self.programs.get_mut(&seat);
                program.into_iter().for_each(|it| it.memories.extend(memory.clone()));
            }
            let Some(facts) = self.facts(&entity) else { continue };
            let new = self.number(&seat, &entity);
            if let Some(instance) = self.instances.get_mut(&entity) {
                instance.renewing = Some(new);
            }
            renewals.push(Renewal { old, new, entity, facts });
        }
        if let Some(program) = self.programs.get_mut(&seat) {
            program.reloading = (!renewals.is_empty()).then_some(bundle.id);
        }
        if let Some(first) = renewals.first() {
            let instance = first.new;
            batch.bundles.insert(bundle.id, Arc::clone(bundle));
            let work = Work::Reload { bundle: bundle.id, from: before.root.version, renewals };
            batch.jobs.push(Job { instance, work });
        }
    }

    /// A version did not take over after all: one of its hooks refused. If another has been saved since,
    /// that has its turn next.
    pub(super) fn undo(&mut self, seat: &Seat, problem: Problem) {
        let Some(program) = self.programs.get_mut(seat) else { return };
        let message = format!("the old version goes on: {}", problem.message);
        let problem = Problem { code: "reload_rolled_back", message, ..problem };
        program.running = program.before.take().or(program.running.take());
        let undone = program.reloading.take();
        if matches!(&program.wanted, Wanted::Compiled(it) if undone.is_none_or(|undone| undone == it.id)) {
            program.problem = Some(problem.clone());
            program.wanted = Wanted::Refused(problem.clone());
        }
        let memories = std::mem::take(&mut program.memories);
        let app = program.app();
        self.events.push(WorldEvent::NotReloaded { app, problem });
        memories.into_iter().for_each(|it| self.remember(it));
    }

    /// Which worker runs a recipe.
    pub(super) fn seat(recipe: &Recipe) -> Seat {
        (recipe.root.blueprint.clone(), Language::of(&recipe.entry))
    }

    /// The worker of an instance that has a script.
    pub(super) fn seat_of(&self, entity: &str) -> Option<Seat> {
        seat_of(self.instances.get(entity)?)
    }
}

/// The worker of an instance that has a script.
pub(super) fn seat_of(instance: &Instance) -> Option<Seat> {
    match &instance.plan.run {
        Ok(Run::Script(recipe)) => Some(World::seat(recipe)),
        _ => None,
    }
}
