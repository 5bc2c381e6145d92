//! [`Part`]: one shape of a body, in measures that can be compared and kept, and how the engine
//! builds it.

use rapier3d::dynamics::MassProperties;
use rapier3d::geometry::{ActiveCollisionTypes, Collider, ColliderBuilder, SharedShape};
use rapier3d::math::{Pose, Vector};
use rapier3d::na::ComplexField;
use rapier3d::pipeline::{ActiveEvents, ActiveHooks};
use serde::{Deserialize, Serialize};

use super::layer::Layer;

/// A shape around its own middle, Y up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Measure {
    /// Half of its width, height and depth.
    Box([f32; 3]),
    Ball(f32),
    /// Half its height without the caps, and its radius.
    Capsule(f32, f32),
    /// Half its height, and its radius.
    Cylinder(f32, f32),
    /// Half its height, and its radius; the tip is above.
    Cone(f32, f32),
    /// What is wrapped around these points.
    Hull(Vec<[f32; 3]>),
}

/// One shape of a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) measure: Measure,
    /// Where it is in the body.
    pub(super) pose: Pose,
    pub(super) layer: Layer,
    /// It reports what comes in and stops nothing.
    pub(super) trigger: bool,
    pub(super) friction: f32,
    pub(super) restitution: f32,
}

/// Thinner than this, the engine has nothing to hold on to.
pub(super) const THIN: f32 = 0.005;

impl Measure {
    fn shape(&self) -> Option<SharedShape> {
        let thick = |it: f32| it.abs().max(THIN);
        Some(match self {
            Measure::Box(half) => {
                let [x, y, z] = half.map(thick);
                SharedShape::cuboid(x, y, z)
            }
            Measure::Ball(radius) => SharedShape::ball(thick(*radius)),
            Measure::Capsule(half, radius) => SharedShape::capsule_y(half.abs(), thick(*radius)),
            Measure::Cylinder(half, radius) => SharedShape::cylinder(thick(*half), thick(*radius)),
            Measure::Cone(half, radius) => SharedShape::cone(thick(*half), thick(*radius)),
            Measure::Hull(points) => {
                let points: Vec<Vector> = points.iter().map(|it| Vector::from_array(*it)).collect();
                SharedShape::convex_hull(&points)?
            }
        })
    }
}

/// How many points go around a round shape that has to be wrapped.
const AROUND: usize = 16;

/// Points of a circle of radius 1. The functions of the engine's own library: those of the system
/// differ between machines in the last bit.
fn circle(count: usize) -> impl Iterator<Item = (f32, f32)> {
    (0..count).map(move |at| {
        #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
        let angle = at as f32 / count as f32 * std::f32::consts::TAU;
        (ComplexField::sin(angle), ComplexField::cos(angle))
    })
}

/// A disc of `radius` at the height `y`, stretched by `scale`.
fn disc(radius: f32, y: f32, scale: [f32; 3]) -> impl Iterator<Item = [f32; 3]> {
    let [sx, sy, sz] = scale;
    circle(AROUND).map(move |(sin, cos)| [cos * radius * sx, y * sy, sin * radius * sz])
}

/// What a `prim` of that type and size is at that scale; `None` for a type there is not.
pub(super) fn prim(kind: &str, size: &[f32], scale: [f32; 3]) -> Option<Measure> {
    let usual = |at: usize, otherwise: f32| size.get(at).copied().unwrap_or(otherwise);
    let [sx, sy, sz] = scale.map(f32::abs);
    let even = sx == sy && sy == sz;
    Some(match kind {
        "box" => {
            Measure::Box([usual(0, 1.0) * sx, usual(1, 1.0) * sy, usual(2, 1.0) * sz].map(|it| it / 2.0))
        }
        // Flat: wrapped around four corners it would have no inside.
        "plane" => Measure::Box([usual(0, 1.0) * sx / 2.0, usual(1, 1.0) * sy / 2.0, THIN]),
        "sphere" if even => Measure::Ball(usual(0, 0.5) * sx),
        "sphere" => Measure::Hull(ball(usual(0, 0.5), scale)),
        "cylinder" => {
            let (top, bottom, half) = (usual(0, 0.5), usual(1, 0.5), usual(2, 1.0) / 2.0);
            if top == bottom && sx == sz {
                Measure::Cylinder(half * sy, top * sx)
            } else {
                Measure::Hull(disc(top, half, scale).chain(disc(bottom, -half, scale)).collect())
            }
        }
        "cone" => {
            let (radius, half) = (usual(0, 0.5), usual(1, 1.0) / 2.0);
            if sx == sz {
                Measure::Cone(half * sy, radius * sx)
            } else {
                let tip = [[0.0, half * scale[1], 0.0]];
                Measure::Hull(disc(radius, -half, scale).chain(tip).collect())
            }
        }
        "torus" => Measure::Hull(torus(usual(0, 0.4), usual(1, 0.1), scale)),
        _ => return None,
    })
}

fn ball(radius: f32, scale: [f32; 3]) -> Vec<[f32; 3]> {
    let rings = circle(AROUND).take(AROUND / 2 + 1);
    rings.flat_map(|(sin, cos)| disc(radius * sin, radius * cos, scale)).collect()
}

/// It lies around the Z axis. Without its hole: existing worlds wrap it too.
fn torus(radius: f32, tube: f32, [sx, sy, sz]: [f32; 3]) -> Vec<[f32; 3]> {
    let around = circle(AROUND).collect::<Vec<_>>();
    let tubes = circle(AROUND / 2);
    let point = |(sin, cos): (f32, f32), (up, out): (f32, f32)| {
        let reach = radius + tube * out;
        [cos * reach * sx, sin * reach * sy, tube * up * sz]
    };
    tubes.flat_map(|tube| around.iter().map(move |it| point(*it, tube)).collect::<Vec<_>>()).collect()
}

impl Part {
    /// For the engine; `None` if its points span nothing. It weighs nothing: the body has the mass.
    pub(super) fn collider(&self) -> Option<Collider> {
        // Triggers notice everything that moves, whoever moves it; only walls in walls are nobody's.
        let pairs = match self.trigger {
            true => ActiveCollisionTypes::all() - ActiveCollisionTypes::FIXED_FIXED,
            false => ActiveCollisionTypes::default(),
        };
        let built = ColliderBuilder::new(self.measure.shape()?)
            .position(self.pose)
            .density(0.0)
            .sensor(self.trigger)
            .friction(self.friction)
            .restitution(self.restitution)
            .collision_groups(self.layer.groups())
            .active_collision_types(pairs)
            .active_hooks(ActiveHooks::FILTER_CONTACT_PAIRS | ActiveHooks::FILTER_INTERSECTION_PAIR)
            .active_events(ActiveEvents::COLLISION_EVENTS);
        Some(built.build())
    }

    /// Of its volume, as if a cubic metre weighed a kilogram.
    pub(super) fn mass(&self) -> MassProperties {
        let shape = self.measure.shape().filter(|_| !self.trigger);
        shape.map(|it| it.mass_properties(1.0).transform_by(&self.pose)).unwrap_or_default()
    }
}
