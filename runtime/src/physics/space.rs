//! [`Space`]: the engine's bodies and what is known of each, all of it state.
//!
//! A clone is a fork, and deep: it is made only where somebody else still reads the old one. Written
//! down and read back it goes on as if nothing had happened, to the bit. What the engine only works
//! with (its pipeline) is not here.

use std::collections::{BTreeMap, BTreeSet};

use rapier3d::dynamics::{
    ImpulseJointSet, IslandManager, MassProperties, MultibodyJointSet, RigidBody, RigidBodyBuilder,
    RigidBodyHandle, RigidBodySet, RigidBodyType, SoftBodySet,
};
use rapier3d::geometry::{BroadPhaseBvh, ColliderHandle, ColliderSet, NarrowPhase};
use rapier3d::math::{Pose, Vector};
use serde::{Deserialize, Serialize};

use super::describe::{Described, Motion};
use super::joint::Joined;
use super::place::{Place, pose, vector};
use super::touch::Touching;
use crate::ecs::Entity;

/// Whose body it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Who {
    /// A node's, or a spawned entity's.
    Entity(Entity),
    /// A player's, by id.
    Player(String),
}

/// All bodies.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Space {
    pub(super) bodies: RigidBodySet,
    pub(super) colliders: ColliderSet,
    pub(super) islands: IslandManager,
    pub(super) broad: BroadPhaseBvh,
    pub(super) narrow: NarrowPhase,
    pub(super) joints: ImpulseJointSet,
    pub(super) known: BTreeMap<Who, Known>,
    pub(super) joined: BTreeMap<Entity, Joined>,
    /// What joints hold that hold only one body.
    pub(super) ground: Option<RigidBodyHandle>,
    /// Whose a collider is.
    pub(super) owners: BTreeMap<(u32, u32), Who>,
    pub(super) touching: Touching,
    /// How many bodies were put somewhere since the last step.
    #[serde(skip)]
    pub(super) newcomers: usize,
    /// Those who were too much, as long as they are there.
    pub(super) refused: BTreeSet<Who>,
}

/// A body and what it was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) handle: RigidBodyHandle,
    pub(super) colliders: Vec<ColliderHandle>,
    pub(super) described: Described,
    /// Where its node was when it was last read or written, against `above`.
    pub(super) local: Place,
    /// Where what it is below was then.
    pub(super) above: Place,
    /// Where a script has put its centre of mass.
    pub(super) centre: Option<[f64; 3]>,
    /// Where the body was when its node and it last agreed: as long as it is there, nothing has to be
    /// written, and the 32 bits of the engine take nothing from what a script wrote.
    pub(super) at: Pose,
    /// Where a kinematic body was sent last.
    pub(super) aim: Pose,
    /// It is on its way.
    pub(super) target: Option<Target>,
}

/// The way of a kinematic body in a tick.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) from: Pose,
    pub(super) to: Pose,
    /// Its node does not know, and is told.
    pub(super) ahead: bool,
}

/// Farther than this in one tick, a kinematic body has not moved there: it was put there, and pushes
/// nothing.
const LEAP: f64 = 1.0;

impl Default for Space {
    fn default() -> Space {
        Space {
            bodies: RigidBodySet::new(),
            colliders: ColliderSet::new(),
            islands: IslandManager::new(),
            broad: BroadPhaseBvh::new(),
            narrow: NarrowPhase::new(),
            joints: ImpulseJointSet::new(),
            known: BTreeMap::new(),
            joined: BTreeMap::new(),
            ground: None,
            owners: BTreeMap::new(),
            touching: Touching::default(),
            newcomers: 0,
            refused: BTreeSet::new(),
        }
    }
}

impl std::fmt::Debug for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Space").field("known", &self.known).finish_non_exhaustive()
    }
}

impl Space {
    /// Whether there is nothing to simulate.
    pub(super) fn empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whose a collider is; `None` if it is gone.
    pub(super) fn owner(&self, collider: ColliderHandle) -> Option<&Who> {
        self.owners.get(&collider.into_raw_parts())
    }

    pub(super) fn body(&self, who: &Who) -> Option<&RigidBody> {
        self.bodies.get(self.known.get(who)?.handle)
    }

    pub(super) fn body_mut(&mut self, who: &Who) -> Option<&mut RigidBody> {
        self.bodies.get_mut(self.known.get(who)?.handle)
    }

    /// What the other side of a contact or a ray is told about it.
    pub(super) fn tag(&self, who: &Who) -> Option<&str> {
        self.known.get(who)?.described.tag.as_deref()
    }

    /// Makes a body, or changes the one there is into this, and puts it where it is now. False if it
    /// was all that already.
    pub(super) fn put(&mut self, who: &Who, described: Described, (local, above): (Place, Place)) -> bool {
        match self.known.get(who) {
            None => self.add(who, described, (local, above)),
            Some(known) => {
                if (&known.described, known.local, known.above) == (&described, local, above) {
                    return false;
                }
                let moved = known.above != above
                    || known.local.position != local.position
                    || known.local.rotation != local.rotation;
                if known.described != described {
                    self.change(who, described);
                }
                if let Some(known) = self.known.get_mut(who) {
                    (known.local, known.above) = (local, above);
                }
                if moved {
                    self.follow(who);
                }
            }
        }
        true
    }

    fn add(&mut self, who: &Who, described: Described, (local, above): (Place, Place)) {
        self.newcomers += 1;
        let place = local.below(&above);
        let kind = match described.motion {
            Motion::Static => RigidBodyType::Fixed,
            Motion::Kinematic => RigidBodyType::KinematicPositionBased,
            Motion::Dynamic => RigidBodyType::Dynamic,
        };
        let built = RigidBodyBuilder::new(kind)
            .pose(place.pose())
            .linear_damping(described.linear_damping)
            .angular_damping(described.angular_damping)
            .additional_mass_properties(mass(&described, None));
        let handle = self.bodies.insert(built);
        let (colliders, at) = (Vec::new(), place.pose());
        let (centre, target) = (None, None);
        let known = Known { handle, colliders, described, local, above, centre, at, aim: at, target };
        self.known.insert(who.clone(), known);
        self.attach(who);
    }

    /// Gives a body the colliders it is described with.
    fn attach(&mut self, who: &Who) {
        let Some(known) = self.known.get_mut(who) else { return };
        for part in &known.described.parts {
            let Some(collider) = part.collider() else { continue };
            let collider = self.colliders.insert_with_parent(collider, known.handle, &mut self.bodies);
            known.colliders.push(collider);
            self.owners.insert(collider.into_raw_parts(), who.clone());
        }
        self.weigh(who);
    }

    /// Tells the engine the mass of a body now: it would find out in the next step, after impulses.
    fn weigh(&mut self, who: &Who) {
        if let Some(body) = self.known.get(who).and_then(|it| self.bodies.get_mut(it.handle)) {
            body.recompute_mass_properties_from_colliders(&self.colliders);
        }
    }

    fn detach(&mut self, who: &Who) {
        let Some(known) = self.known.get_mut(who) else { return };
        for collider in std::mem::take(&mut known.colliders) {
            self.owners.remove(&collider.into_raw_parts());
            let (islands, bodies) = (&mut self.islands, &mut self.bodies);
            self.colliders.remove(collider, islands, bodies, &mut SoftBodySet::new(), true);
        }
    }

    fn change(&mut self, who: &Who, described: Described) {
        let Some(known) = self.known.get_mut(who) else { return };
        let old = std::mem::replace(&mut known.described, described);
        let new = known.described.clone();
        let (handle, centre) = (known.handle, known.centre);
        if old.parts != new.parts {
            self.detach(who);
            self.attach(who);
            self.touching.rebuilt(who);
        }
        let Some(body) = self.bodies.get_mut(handle) else { return };
        if old.motion != new.motion {
            let kind = match new.motion {
                Motion::Static => RigidBodyType::Fixed,
                Motion::Kinematic => RigidBodyType::KinematicPositionBased,
                Motion::Dynamic => RigidBodyType::Dynamic,
            };
            body.set_body_type(kind, true);
        }
        if (old.mass, &old.parts) != (new.mass, &new.parts) {
            body.set_additional_mass_properties(mass(&new, centre), true);
        }
        body.set_linear_damping(new.linear_damping);
        body.set_angular_damping(new.angular_damping);
        self.weigh(who);
    }

    /// Puts a body where its node is. A kinematic one goes there in the steps of this tick, so that it
    /// carries and pushes what is in its way.
    fn follow(&mut self, who: &Who) {
        let Some(known) = self.known.get_mut(who) else { return };
        let place = known.local.below(&known.above);
        let Some(body) = self.bodies.get_mut(known.handle) else { return };
        let far = (vector(place.position) - body.translation()).length();
        if known.described.motion == Motion::Kinematic && f64::from(far) < LEAP {
            known.send(place.pose(), false);
        } else {
            self.newcomers += 1;
            (known.target, known.at, known.aim) = (None, place.pose(), place.pose());
            body.set_position(place.pose(), true);
        }
    }

    /// Sends a kinematic body to a pose in the world, by the end of this tick.
    pub(super) fn send(&mut self, who: &Who, position: [f64; 3], rotation: [f64; 4]) {
        if let Some(known) = self.known.get_mut(who)
            && known.described.motion == Motion::Kinematic
        {
            known.send(pose(position, rotation), true);
        }
    }

    /// Puts the centre of mass of a body elsewhere.
    pub(super) fn centre(&mut self, who: &Who, at: [f64; 3]) {
        let Some(known) = self.known.get_mut(who) else { return };
        known.centre = Some(at);
        let props = mass(&known.described, known.centre);
        if let Some(body) = self.bodies.get_mut(known.handle) {
            body.set_additional_mass_properties(props, true);
        }
        self.weigh(who);
    }

    /// Takes a body away, with its joints.
    pub(super) fn remove(&mut self, who: &Who) {
        self.detach(who);
        let Some(known) = self.known.remove(who) else { return };
        self.bodies.remove(
            known.handle,
            &mut self.islands,
            &mut self.colliders,
            &mut self.joints,
            &mut MultibodyJointSet::new(),
            &mut SoftBodySet::new(),
            true,
        );
    }

    /// Sets the next pose of every kinematic body under way: `done` of the `steps` of this tick are
    /// over. The way is divided by time and not by steps: with two steps in one tick and three in the
    /// next it would go by jerks, and throw off what stands on it. After two steps it is therefore a
    /// little behind.
    pub(super) fn advance_targets(&mut self, done: u64, steps: u64) {
        #[expect(clippy::cast_precision_loss, reason = "two or three")]
        let left =
            (steps - done - 1) as f32 * STEP_PART + f32::from(u8::from(behind(steps))) * STEP_PART / 2.0;
        for known in self.known.values() {
            let (Some(Target { from, to, .. }), Some(body)) =
                (known.target, self.bodies.get_mut(known.handle))
            else {
                continue;
            };
            body.set_next_kinematic_position(if left == 0.0 { to } else { from.lerp(&to, 1.0 - left) });
        }
    }
}

/// How much of a tick a step is.
const STEP_PART: f32 = 0.4;

/// Whether the tick ends half a step after its last step.
fn behind(steps: u64) -> bool {
    steps == 2
}

impl Known {
    fn send(&mut self, to: Pose, ahead: bool) {
        self.target = Some(Target { from: self.aim, to, ahead });
        self.aim = to;
    }

    /// The steps of the tick are over. True if the node of a kinematic body has been where the body is
    /// all the time.
    pub(super) fn arrive(&mut self, steps: u64) -> bool {
        let Some(target) = self.target.take() else { return false };
        if behind(steps) {
            self.target = Some(Target { from: target.to, ..target });
        }
        !target.ahead
    }
}

/// The mass of a body as its shapes spread it. What has no shape is a ball of half a metre.
fn mass(described: &Described, centre: Option<[f64; 3]>) -> MassProperties {
    let mut whole: MassProperties = described.parts.iter().map(super::shape::Part::mass).sum();
    if whole.mass() <= 0.0 {
        whole = MassProperties::from_ball(1.0, 0.5);
        whole.local_com = Vector::ZERO;
    }
    whole.set_mass(described.mass, true);
    if let Some(at) = centre {
        whole.local_com = vector(at);
    }
    whole
}
