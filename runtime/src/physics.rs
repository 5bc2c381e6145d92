//! [`Physics`]: rigid bodies of the world, stepped between the scripts of one tick and of the next.
//!
//! Bodies are what the store says: an entity with `rigidbody` and colliders on it or right below it, a
//! `prim` with `physics`, a `controller`; each where its `transform` and its parents' put it. Once per
//! tick, after all scripts, [`Physics::step`] reads what changed there, does what scripts wished for,
//! steps, and writes back where dynamic bodies came to. Nothing here knows a script, a clock or a
//! thread: the same store and the same wishes give the same bits on every machine.
//!
//! What it does not do: meshes of models (a collider of type `geometry` has no shape here), continuous
//! collision of fast bodies, soft bodies. A second coefficient of friction: `dynamicFriction` counts.
//!
//! Read in this order: [`describe`] (components in, a body's description out), [`space`] (all bodies,
//! which are state), [`touch`] (who hears of what), [`query`] (what scripts ask), [`command`] (what
//! they wish), [`keep`] (hash and bytes).

mod bounds;
mod command;
mod crowd;
mod describe;
mod held;
mod joint;
mod keep;
mod layer;
mod place;
mod query;
mod shape;
mod space;
mod touch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bowline_model::Digest;
use rapier3d::dynamics::{CCDSolver, IntegrationParameters, MultibodyJointSet, SoftBodySet};
use rapier3d::math::Vector;
use rapier3d::pipeline::PhysicsPipeline;

pub(crate) use bounds::Bounds;
pub(crate) use command::Command;
pub(crate) use held::Held;
pub(crate) use query::{Answer, Ask};
pub(crate) use space::{Space, Who};
pub(crate) use touch::{Point, Touch, What};

use crate::clock::FIXED_SECONDS;
use crate::ecs::{Ecs, Entity};
use crowd::Crowd;
use describe::{Columns, Described, Motion, capsule};
use layer::Layer;
use place::{Place, doubles, quaternion};
use touch::Ear;

/// Metres per second squared, downwards.
const GRAVITY: f32 = 9.81;

/// Radius of a player, and the height between the caps, in metres.
const PLAYER: (f32, f32) = (0.3, 1.2);

/// The bodies of one world.
pub(crate) struct Physics {
    space: Arc<Space>,
    engine: Engine,
    /// Under which definitions; `None` inside: they have no bodies.
    columns: Option<(Digest, Option<Columns>)>,
    /// Of the store when bodies and nodes last agreed.
    seen: Option<(u128, u128)>,
    held: Arc<Held>,
    bounds: Bounds,
    wishes: Vec<(Who, Command)>,
    /// Where players stand and look.
    players: BTreeMap<String, Place>,
    /// Colliders without a shape that were told of.
    shapeless: BTreeSet<Entity>,
}

/// What the engine works with, and keeps nothing in from step to step.
struct Engine {
    parameters: IntegrationParameters,
    pipeline: PhysicsPipeline,
    multibodies: MultibodyJointSet,
    soft: SoftBodySet,
    continuous: CCDSolver,
}

/// What came of a tick.
#[derive(Debug, Default)]
pub(crate) struct Stepped {
    /// What bodies hear, in order.
    pub(crate) touches: Vec<Touch>,
    /// Entities whose transform physics has written, in order.
    pub(crate) moved: Vec<Entity>,
    /// Bodies with a collider whose shape only a model knows, told once each.
    pub(crate) shapeless: Vec<Entity>,
    /// Apps that asked for more than there may be, and have no bodies now; `None` are entities of no
    /// app.
    pub(crate) overfull: Vec<Option<String>>,
}

impl Default for Physics {
    fn default() -> Physics {
        Physics {
            space: Arc::default(),
            engine: Engine::new(),
            columns: None,
            seen: None,
            held: Arc::default(),
            bounds: Bounds::STANDARD,
            wishes: Vec::new(),
            players: BTreeMap::new(),
            shapeless: BTreeSet::new(),
        }
    }
}

impl Engine {
    fn new() -> Engine {
        let parameters =
            IntegrationParameters { dt: place::single(FIXED_SECONDS), ..IntegrationParameters::default() };
        Engine {
            parameters,
            pipeline: PhysicsPipeline::new(),
            multibodies: MultibodyJointSet::new(),
            soft: SoftBodySet::new(),
            continuous: CCDSolver::new(),
        }
    }

    /// The time the solver takes at once: a part of a step.
    fn least(&self) -> f32 {
        let parts = u16::try_from(self.parameters.num_solver_iterations).unwrap_or(u16::MAX);
        self.parameters.dt / f32::from(parts.max(1))
    }

    fn step(&mut self, space: &mut Space, ear: &Ear) {
        let crowd = Crowd::of(space);
        self.pipeline.step(
            Vector::new(0.0, -GRAVITY, 0.0),
            &self.parameters,
            &mut space.islands,
            &mut space.broad,
            &mut space.narrow,
            &mut space.bodies,
            &mut space.colliders,
            &mut space.joints,
            &mut self.multibodies,
            &mut self.soft,
            &mut self.continuous,
            &crowd,
            &ear.collector,
        );
    }
}

impl Physics {
    /// All bodies as they are, for those who only read, and to be kept.
    pub(crate) fn space(&self) -> &Arc<Space> {
        &self.space
    }

    /// Whose nodes are bodies.
    pub(crate) fn held(&self) -> &Arc<Held> {
        &self.held
    }

    /// The node `number` of the instance at `app` is this entity.
    pub(crate) fn hold(&mut self, ecs: &Ecs, node: (&str, u32), entity: Entity) {
        Arc::make_mut(&mut self.held).hold(ecs, node, entity);
    }

    /// Goes on from bodies that were kept. Whose they are is to be said again.
    pub(crate) fn restore(&mut self, space: &Arc<Space>) {
        *self = Physics { space: Arc::clone(space), bounds: self.bounds, ..Physics::default() };
    }

    /// A wish for the next [`Physics::step`].
    pub(crate) fn wish(&mut self, entity: Entity, command: Command) {
        self.wishes.push((Who::Entity(entity), command));
    }

    /// Who stands where, by id, from now on: position of the feet, and rotation.
    pub(crate) fn stand<'a>(&mut self, players: impl Iterator<Item = (&'a str, [f64; 3], [f64; 4])>) {
        let place = |position, rotation| Place { position, rotation, ..Place::ORIGIN };
        self.players = players.map(|(id, at, turn)| (id.to_owned(), place(at, turn))).collect();
    }

    /// One tick of `steps` physics steps. `definitions` are those of `ecs`.
    pub(crate) fn step(&mut self, ecs: &mut Ecs, definitions: Digest, steps: u64) -> Stepped {
        let mut stepped = Stepped::default();
        if self.columns.as_ref().is_none_or(|it| it.0 != definitions) {
            (self.columns, self.seen) = (Some((definitions, Columns::of(ecs))), None);
        }
        let changed = self.read(ecs, &mut stepped);
        let wishes = std::mem::take(&mut self.wishes);
        if self.space.empty() || !(changed || !wishes.is_empty() || self.space.awake()) {
            return stepped;
        }
        let space = Arc::make_mut(&mut self.space);
        for (who, command) in &wishes {
            space.obey(who, command);
        }
        stepped.overfull.extend(space.turn_away(&self.held, self.bounds));
        for done in 0..steps {
            space.advance_targets(done, steps);
            let ear = Ear::default();
            self.engine.step(space, &ear);
            space.forget_forces();
            space.tear(self.engine.least());
            stepped.touches.extend(space.told(ear));
            stepped.overfull.extend(space.disperse(&self.held, self.bounds));
        }
        self.write(ecs, steps, &mut stepped);
        stepped
    }

    /// Makes the bodies what the store says. False if they were that already.
    fn read(&mut self, ecs: &Ecs, stepped: &mut Stepped) -> bool {
        let Some((_, Some(columns))) = &self.columns else { return false };
        let mut changed = read_players(&mut self.space, &self.players, stepped);
        let nobody = columns.nobody(ecs) && !self.space.known.keys().any(|it| matches!(it, Who::Entity(_)));
        if nobody {
            return changed;
        }
        let seen = Some((columns.stamp(ecs), columns.moved(ecs)));
        if self.seen == seen {
            return changed;
        }
        self.seen = seen;
        let (mut wanted, shapeless) = described(columns, ecs);
        stepped.overfull.extend(bounds::limit(&mut wanted, &self.held, self.bounds));
        stepped.shapeless.extend(shapeless.into_iter().filter(|it| self.shapeless.insert(*it)));
        let joints = joint::joints(ecs, |it| above(columns, ecs, it, &mut BTreeMap::new()).is_some());
        let space = Arc::make_mut(&mut self.space);
        space.refused.retain(|who| matches!(who, Who::Entity(it) if wanted.contains_key(it)));
        wanted.retain(|it, _| !space.refused.contains(&Who::Entity(*it)));
        let gone = |who: &&Who| matches!(who, Who::Entity(it) if !wanted.contains_key(it));
        let gone: Vec<Who> = space.known.keys().filter(gone).cloned().collect();
        for who in gone {
            stepped.touches.extend(space.farewell(&who));
            space.remove(&who);
            changed = true;
        }
        for (entity, (described, local, above)) in wanted {
            changed |= space.put(&Who::Entity(entity), described, (local, above));
        }
        changed | space.join(joints)
    }

    /// Writes where bodies came to into the store.
    fn write(&mut self, ecs: &mut Ecs, steps: u64, stepped: &mut Stepped) {
        let Some((_, Some(columns))) = &self.columns else { return };
        let space = Arc::make_mut(&mut self.space);
        for (who, known) in &mut space.known {
            let Some(body) = space.bodies.get(known.handle) else { continue };
            let now = *body.position();
            if known.arrive(steps) {
                known.at = now;
            }
            let Who::Entity(entity) = who else { continue };
            if known.at == now {
                continue;
            }
            known.at = now;
            let (position, rotation) = known.above.inside(doubles(now.translation), quaternion(now.rotation));
            let [x, y, z] = position;
            let [qx, qy, qz, qw] = rotation;
            ecs.put_doubles(*entity, (columns.transform, 0), [x, y, z, qx, qy, qz, qw]);
            // As it will be read: a difference in the last bit would be taken for somebody's move.
            known.local = Place::local(ecs, *entity, columns.transform);
            stepped.moved.push(*entity);
        }
        if !stepped.moved.is_empty() {
            self.seen = Some((columns.stamp(ecs), columns.moved(ecs)));
        }
    }
}

impl Space {
    /// Whether anything moves, or is about to.
    fn awake(&self) -> bool {
        self.known.values().any(|it| {
            let moves = it.described.motion == Motion::Dynamic
                && self.bodies.get(it.handle).is_some_and(|body| !body.is_sleeping());
            moves || it.target.is_some()
        })
    }
}

type Wanted = BTreeMap<Entity, (Described, Place, Place)>;

/// Everybody who is a body now, with the place against its parent and the parent's; and the bodies
/// that have a collider without a shape.
fn described(columns: &Columns, ecs: &Ecs) -> (Wanted, Vec<Entity>) {
    let (mut wanted, mut shapeless, mut parents) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
    for entity in columns.candidates(ecs) {
        let Some(above) = above(columns, ecs, entity, &mut parents) else { continue };
        let local = Place::local(ecs, entity, columns.transform);
        let Some((described, unknown)) = columns.describe(ecs, entity, &local.below(&above)) else {
            continue;
        };
        if unknown > 0 {
            shapeless.push(entity);
        }
        wanted.insert(entity, (described, local, above));
    }
    (wanted, shapeless)
}

/// Where the parent of an entity is in the world; `None` if it or one above takes no part in it.
/// `known` is of parents seen before.
fn above(
    columns: &Columns,
    ecs: &Ecs,
    entity: Entity,
    known: &mut BTreeMap<Entity, Option<Place>>,
) -> Option<Place> {
    if !columns.active(ecs, entity) {
        return None;
    }
    let Some(parent) = ecs.parent(entity) else { return Some(Place::ORIGIN) };
    if let Some(place) = known.get(&parent) {
        return *place;
    }
    let place = above(columns, ecs, parent, known)
        .map(|above| Place::local(ecs, parent, columns.transform).below(&above));
    known.insert(parent, place);
    place
}

/// Makes the bodies of players what they shall be. False if they were that already.
fn read_players(space: &mut Arc<Space>, players: &BTreeMap<String, Place>, stepped: &mut Stepped) -> bool {
    let known = space.known.iter().filter_map(|(who, it)| match who {
        Who::Player(id) => Some((id, it.local)),
        Who::Entity(_) => None,
    });
    if known.eq(players.iter().map(|(id, it)| (id, *it))) {
        return false;
    }
    let space = Arc::make_mut(space);
    let gone = |who: &&Who| matches!(who, Who::Player(id) if !players.contains_key(id));
    let gone: Vec<Who> = space.known.keys().filter(gone).cloned().collect();
    for who in gone {
        stepped.touches.extend(space.farewell(&who));
        space.remove(&who);
    }
    for (id, place) in players {
        space.put(&Who::Player(id.clone()), capsule(PLAYER, Layer::Player, None), (*place, Place::ORIGIN));
    }
    true
}

#[cfg(test)]
mod tests;
