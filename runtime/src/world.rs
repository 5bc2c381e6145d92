//! [`World`]: steps go in, ticks happen, events come out.
//!
//! Steps wait until the next tick begins and are applied in the order they came. Then each app runs
//! its part of the tick on its own thread, and what the apps want changed is applied in the order of
//! app and entity: how the threads were scheduled leaves no trace.

mod abandon;
mod apply;
mod bodies;
mod changes;
mod define;
mod entities;
mod event;
mod fetches;
mod hear;
mod image;
mod instance;
mod look;
mod part;
mod plan;
mod players;
mod program;
mod rate;
mod revive;
mod status;
mod systems;
mod take_over;
mod tick;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bowline_model::{AssetName, Digest};
use serde_json::{Map, Value};

pub use event::{Level, WorldEvent};
pub use image::Image;
pub use players::{PLAYERS_MAX, Role};
pub use status::{Account, EntityPose, InstanceState, InstanceStatus};
pub use systems::SystemStatus;

use crate::clock::Clock;
use crate::definitions::Definitions;
use crate::ecs::{ComponentId, Ecs};
use crate::fetch::FetchResponse;
use crate::physics::Physics;
use crate::player::{Act, Player, Players};
use crate::script::{Compile, Compiler, Crew, Event, Limits, Number, Roots, Seat, Storage};
use entities::{Entities, Placed};
use fetches::Fetches;
use image::Hashed;
use instance::Instance;
use players::People;
use program::Program;
use rate::Rates;
use revive::Revivals;
use systems::Systems;

/// How long a tick of a world that keeps its pace waits for what is started in it, altogether: half of
/// the time it has.
const PATIENCE: Duration = Duration::from_millis(25);

/// What a world's randomness comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seed {
    /// Any number.
    pub seed: u64,
}

/// Where the texts of scripts are. Asked between ticks, once per file of a script that is built.
pub trait ModuleSource: Send {
    /// The text of an asset, if it is there and is text.
    fn text(&self, name: &AssetName) -> Option<Arc<str>>;
}

impl<F: Fn(&AssetName) -> Option<Arc<str>> + Send> ModuleSource for F {
    fn text(&self, name: &AssetName) -> Option<Arc<str>> {
        self(name)
    }
}

/// One change from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A blueprint as the world stores it, whole, with its `id`.
    PutBlueprint {
        /// The blueprint.
        json: Map<String, Value>,
    },
    /// A blueprint is gone.
    RemoveBlueprint {
        /// Its id.
        id: String,
    },
    /// An entity as the world stores it, whole, with its `id`. What is no app is ignored.
    PutEntity {
        /// The entity.
        json: Map<String, Value>,
    },
    /// An entity is gone.
    RemoveEntity {
        /// Its id.
        id: String,
    },
    /// Text for an asset the [`ModuleSource`] may not have.
    PutModule {
        /// Its name.
        name: AssetName,
        /// The text.
        text: Arc<str>,
    },
    /// An event for the scripts.
    Message {
        /// The entity whose `app.on` hears it; `None` is everybody's `world.on`.
        to: Option<String>,
        /// The event.
        name: String,
        /// JSON.
        data: Value,
        /// The network id of the sender, for `app.on`.
        from: Option<String>,
        /// The version of the sender's blueprint: a script that is older hears it when it has caught up.
        version: Option<u64>,
    },
    /// Somebody comes. Refused, with an event, if somebody of this id is here.
    Join {
        /// Who.
        player: Player,
    },
    /// Somebody goes.
    Leave {
        /// Who.
        id: String,
    },
    /// Where a player's client says it is.
    Move {
        /// Who.
        id: String,
        /// Metres.
        position: [f64; 3],
        /// x, y, z, w.
        quaternion: [f64; 4],
    },
    /// Something is done to a player.
    Act {
        /// To whom.
        id: String,
        /// What.
        act: Act,
    },
    /// Something is said in the chat: `{from, fromId, body}` and what else scripts make of it.
    Chat {
        /// The message.
        message: Map<String, Value>,
        /// The player who said it.
        from: Option<String>,
    },
    /// A player typed a line that begins with a slash.
    Command {
        /// Who.
        id: String,
        /// The line.
        text: String,
    },
    /// What a player does with keys, mouse and stick; for the controls of its own client.
    Input {
        /// Who.
        id: String,
        /// As controls read it.
        input: Value,
    },
    /// A player triggers an action node; heard by the script of its own client.
    Action {
        /// Who.
        id: String,
        /// The entity of the node.
        entity: String,
        /// The node's id.
        node: String,
    },
    /// Of a client: who is in the world, as the server knows it.
    Follow(Arc<Players>),
    /// What came of a [`WorldEvent::Fetch`], or why nothing did.
    Fetched {
        /// Which.
        ticket: u64,
        /// The answer.
        answer: Result<Arc<FetchResponse>, String>,
    },
    /// Other definitions. Refused, with an event, unless nothing that exists is lost by it.
    Define(Arc<Definitions>),
    /// Starts an entity's script again though nothing has changed.
    Restart {
        /// The entity.
        id: String,
    },
}

/// A running world. `Send`, not `Sync`: one thread ticks it.
pub struct World {
    seed: Seed,
    limits: Limits,
    source: Box<dyn ModuleSource>,
    clock: Clock,
    queue: Vec<Step>,
    blueprints: Arc<BTreeMap<String, Map<String, Value>>>,
    entities: Arc<Entities>,
    instances: BTreeMap<String, Instance>,
    /// What runs each script root.
    programs: BTreeMap<Seat, Program>,
    compiler: Compiler,
    compile: Compile,
    /// How long a tick waits for those whose answers can come later.
    patience: Duration,
    /// How many lives scripts have had, and whose those are that workers still know.
    lives: Number,
    numbers: BTreeMap<Number, String>,
    /// Who alone has to be told something.
    told: BTreeSet<String>,
    /// Texts that came as steps.
    modules: BTreeMap<AssetName, Arc<str>>,
    definitions: Arc<Definitions>,
    ecs: Ecs,
    roots: Arc<Roots>,
    store_denied: u64,
    parts: Parts,
    crew: Crew,
    physics: Physics,
    systems: Systems,
    storage: Arc<Storage>,
    people: People,
    fetches: Fetches,
    /// `app.emit`s of this tick, heard in the next.
    emitted: Vec<Event>,
    logs: BTreeMap<String, VecDeque<(u64, Level, String)>>,
    events: Vec<WorldEvent>,
    /// Stops to send.
    stopping: Vec<(Seat, Number)>,
    /// Entities whose script shall be looked at again, even if nothing it is made of changed.
    touched: BTreeSet<String>,
    revivals: Revivals,
    rates: Rates,
    /// When the engine of an app ended last and nobody knew why.
    unexplained: BTreeMap<Seat, u64>,
}

/// The components every node may have.
#[derive(Debug, Clone, Copy)]
struct Parts {
    transform: ComponentId,
    node: ComponentId,
    root: ComponentId,
}

impl Parts {
    fn of(ecs: &Ecs) -> Parts {
        let known = |name| ecs.component(name).expect("definitions are compiled only if they have it");
        Parts { transform: known("transform"), node: known("node"), root: known("group") }
    }
}

impl World {
    /// An empty world of what `definitions` say.
    #[must_use]
    pub fn new(
        seed: Seed,
        limits: Limits,
        source: impl ModuleSource + 'static,
        definitions: Arc<Definitions>,
    ) -> World {
        crate::script::prepare();
        let ecs = Ecs::new(&definitions);
        let parts = Parts::of(&ecs);
        let mut world = World {
            seed,
            limits,
            source: Box::new(source),
            clock: Clock::default(),
            queue: Vec::new(),
            blueprints: Arc::default(),
            entities: Arc::default(),
            instances: BTreeMap::new(),
            programs: BTreeMap::new(),
            compiler: Compiler::default(),
            compile: Compile::Now,
            patience: PATIENCE,
            lives: 0,
            numbers: BTreeMap::new(),
            told: BTreeSet::new(),
            modules: BTreeMap::new(),
            definitions,
            ecs,
            roots: Arc::default(),
            store_denied: 0,
            parts,
            crew: Crew::new(limits),
            physics: Physics::default(),
            systems: Systems::new(limits),
            storage: Arc::default(),
            people: People::default(),
            fetches: Fetches::default(),
            emitted: Vec::new(),
            logs: BTreeMap::new(),
            events: Vec::new(),
            stopping: Vec::new(),
            touched: BTreeSet::new(),
            revivals: Revivals::default(),
            rates: Rates::default(),
            unexplained: BTreeMap::new(),
        };
        world.schedule_systems();
        world
    }

    /// Whether a tick waits until the scripts it was given are compiled and started. At first it does.
    pub fn compiling(&mut self, when: Compile) {
        self.compile = when;
    }

    /// What it has of the time that all worlds of a room may wait for those whose answers can come later.
    pub(crate) fn share_patience(&mut self, worlds: usize) {
        self.patience = PATIENCE / u32::try_from(worlds.max(1)).unwrap_or(u32::MAX);
    }

    /// Queues a change for the beginning of the next tick.
    pub fn apply(&mut self, step: Step) {
        self.queue.push(step);
    }

    /// How many ticks have been.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock.0
    }

    /// What can be in this world now.
    #[must_use]
    pub fn definitions(&self) -> &Arc<Definitions> {
        &self.definitions
    }

    /// How often a script asked for a store inside a tick and was refused.
    #[must_use]
    pub fn store_denied(&self) -> u64 {
        self.store_denied
    }

    /// The store of everything visible.
    #[must_use]
    pub fn ecs(&self) -> &Ecs {
        &self.ecs
    }

    /// The digest of everything that is kept: the tick, the definitions, entities and components, the
    /// apps' states, and what they store.
    #[must_use]
    pub fn state_hash(&self) -> Digest {
        let (tick, definitions) = (self.clock.0, self.definitions.hash());
        let World { ecs, entities, storage, people, physics, .. } = self;
        let (players, space) = (&*people.players, &**physics.space());
        Hashed { tick, definitions, ecs, entities, storage, players, space }.digest()
    }
}

#[cfg(test)]
pub(crate) mod tests;
