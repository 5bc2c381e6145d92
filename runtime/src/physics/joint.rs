//! Joints: an entity with `joint` holds two bodies together, or one against the world.

use std::collections::BTreeMap;

use rapier3d::dynamics::{
    GenericJoint, GenericJointBuilder, ImpulseJointHandle, JointAxesMask, JointAxis, RigidBodyBuilder,
    RigidBodyHandle,
};
use rapier3d::math::{Pose, Real, Rotation, Vector};
use serde::{Deserialize, Serialize};

use super::place::{pose, single};
use super::space::{Space, Who};
use crate::ecs::{ComponentId, Ecs, Entity, Value};

/// A joint as its component says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Joint {
    kind: String,
    bodies: [Option<Entity>; 2],
    frames: [Pose; 2],
    axis: [f32; 3],
    /// Degrees around Y and Z of a socket.
    cone: [Option<f32>; 2],
    /// Degrees of a hinge, metres of a distance.
    limits: [Option<f32>; 2],
    stiffness: Option<f32>,
    damping: Option<f32>,
    /// Newtons, and newton metres; infinite for one that holds.
    breaks: [f32; 2],
    collide: bool,
}

/// A joint there is, or was before it broke.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Joined {
    joint: Joint,
    /// `None`: it broke, and stays so until it is made anew.
    handle: Option<ImpulseJointHandle>,
}

/// Everybody who is a joint and active, in order.
pub(super) fn joints(ecs: &Ecs, active: impl Fn(Entity) -> bool) -> BTreeMap<Entity, Joint> {
    let Some(component) = ecs.component("joint") else { return BTreeMap::new() };
    let tables = ecs.tables().filter(|it| it.binary_search(&component).is_ok());
    let all = tables.flat_map(|it| ecs.members(it)).filter(|it| active(*it));
    all.map(|entity| (entity, Joint::of(ecs, entity, component))).collect()
}

impl Joint {
    fn of(ecs: &Ecs, entity: Entity, component: ComponentId) -> Joint {
        let value = |field: &str| ecs.get(entity, component, field).unwrap_or_default();
        let number = |field: &str| match value(field) {
            Value::Number(it) => Some(it),
            _ => None,
        };
        let numbers = |field: &str| match value(field) {
            Value::Numbers(it) => it,
            _ => Vec::new(),
        };
        let three = |field: &str| <[f64; 3]>::try_from(numbers(field)).unwrap_or_default();
        let four = |field: &str| <[f64; 4]>::try_from(numbers(field)).unwrap_or([0.0, 0.0, 0.0, 1.0]);
        let body = |field: &str| match value(field) {
            Value::Text(it) => it.parse().ok(),
            _ => None,
        };
        let kind = match value("type") {
            Value::Text(it) => it,
            _ => String::new(),
        };
        let strength = |field: &str| number(field).filter(|it| it.is_finite()).map_or(f32::INFINITY, single);
        Joint {
            kind,
            bodies: [body("body0"), body("body1")],
            frames: [
                pose(three("offset0"), four("quaternion0")),
                pose(three("offset1"), four("quaternion1")),
            ],
            axis: three("axis").map(single),
            cone: [number("limitY"), number("limitZ")].map(|it| it.map(single)),
            limits: [number("limitMin"), number("limitMax")].map(|it| it.map(single)),
            stiffness: number("limitStiffness").map(single),
            damping: number("limitDamping").map(single),
            breaks: [strength("breakForce"), strength("breakTorque")],
            collide: value("collide") == Value::Bool(true),
        }
    }

    /// Its frames with X along the axis: what hinges and sockets turn around.
    fn aligned(&self) -> [Pose; 2] {
        let axis = Vector::from_array(self.axis).try_normalize().unwrap_or(Vector::Y);
        let align = Pose::from_rotation(Rotation::from_rotation_arc(Vector::X, axis));
        self.frames.map(|it| it * align)
    }

    fn built(&self) -> GenericJoint {
        let ([one, two], limits) = (self.aligned(), self.limits);
        let builder = match self.kind.as_str() {
            "socket" => {
                let free = GenericJointBuilder::new(JointAxesMask::LOCKED_SPHERICAL_AXES);
                let bent = [(JointAxis::AngY, self.cone[0]), (JointAxis::AngZ, self.cone[1])];
                // As in existing worlds: a cone takes both.
                match self.cone {
                    [Some(_), Some(_)] => bent.into_iter().fold(free, |it, (axis, degrees)| {
                        let most = degrees.unwrap_or_default().to_radians();
                        it.limits(axis, [-most, most])
                    }),
                    _ => free,
                }
            }
            "hinge" => {
                let free = GenericJointBuilder::new(JointAxesMask::LOCKED_REVOLUTE_AXES);
                match limits {
                    [Some(least), Some(most)] => {
                        free.limits(JointAxis::AngX, [least.to_radians(), most.to_radians()])
                    }
                    _ => free,
                }
            }
            "distance" => self.distance(),
            _ => GenericJointBuilder::new(JointAxesMask::LOCKED_FIXED_AXES),
        };
        builder.local_frame1(one).local_frame2(two).contacts_enabled(self.collide).build()
    }

    fn distance(&self) -> GenericJointBuilder {
        let free = GenericJointBuilder::new(JointAxesMask::empty()).coupled_axes(JointAxesMask::LIN_AXES);
        let least = self.limits[0].unwrap_or(0.0).max(0.0);
        match (self.stiffness, self.damping) {
            (Some(stiffness), Some(damping)) => {
                let rest = self.limits[1].map_or(least, |most| f32::midpoint(least, most));
                free.motor_position(JointAxis::LinX, rest, stiffness, damping)
            }
            _ => free.limits(JointAxis::LinX, [least, self.limits[1].unwrap_or(Real::MAX).max(least)]),
        }
    }
}

impl Space {
    /// Makes the joints what they shall be. Of those whose body is gone the engine has lost hold. False
    /// if they were so already.
    pub(super) fn join(&mut self, wanted: BTreeMap<Entity, Joint>) -> bool {
        let mut changed = false;
        let gone: Vec<Entity> = self.joined.keys().filter(|it| !wanted.contains_key(it)).copied().collect();
        for entity in gone {
            changed = true;
            if let Some(handle) = self.joined.remove(&entity).and_then(|it| it.handle) {
                self.joints.remove(handle, true);
            }
        }
        for (entity, joint) in wanted {
            if let Some(known) = self.joined.get(&entity) {
                let holds = known.handle.is_none_or(|it| self.joints.contains(it));
                if known.joint == joint && holds {
                    continue;
                }
                if let Some(handle) = self.joined.remove(&entity).and_then(|it| it.handle) {
                    self.joints.remove(handle, true);
                }
            }
            changed |= self.hold(entity, joint);
        }
        changed
    }

    fn hold(&mut self, entity: Entity, joint: Joint) -> bool {
        let body = |it: Option<Entity>| Some(self.known.get(&Who::Entity(it?))?.handle);
        let (one, two) = match joint.bodies.map(body) {
            [None, None] => return false,
            [Some(one), Some(two)] => (one, two),
            [Some(one), None] => (one, self.ground()),
            [None, Some(two)] => (self.ground(), two),
        };
        let handle = Some(self.joints.insert(one, two, joint.built(), true));
        self.joined.insert(entity, Joined { joint, handle });
        true
    }

    fn ground(&mut self) -> RigidBodyHandle {
        *self.ground.get_or_insert_with(|| self.bodies.insert(RigidBodyBuilder::fixed()))
    }

    /// Breaks the joints that had to hold more than they can at the end of the last step. The engine
    /// counts impulses over `seconds`.
    pub(super) fn tear(&mut self, seconds: f32) {
        for joined in self.joined.values_mut() {
            let Some(known) = joined.handle.and_then(|it| self.joints.get(it)) else { continue };
            let impulse = known.impulses;
            let length = |numbers: [f32; 3]| numbers.iter().map(|it| it * it).sum::<f32>().sqrt();
            let [force, torque] = [
                length([impulse[0], impulse[1], impulse[2]]) / seconds,
                length([impulse[3], impulse[4], impulse[5]]) / seconds,
            ];
            if (force > joined.joint.breaks[0] || torque > joined.joint.breaks[1])
                && let Some(handle) = joined.handle.take()
            {
                self.joints.remove(handle, true);
            }
        }
    }
}
