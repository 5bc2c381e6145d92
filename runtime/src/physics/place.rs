//! [`Place`]: where something is, how it is turned and how large, in doubles as scripts write them.
//!
//! The engine of the bodies counts in 32 bits; what is above a body is composed here first, so that a
//! world of nested nodes does not lose more than that once.

use rapier3d::math::{Pose, Rotation, Vector};
use serde::{Deserialize, Serialize};

use crate::ecs::{ComponentId, Ecs, Entity};

/// A node's transform: against its parent's, or against the world.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) position: [f64; 3],
    pub(super) rotation: [f64; 4],
    pub(super) scale: [f64; 3],
}

/// Smaller than this, a scale has no inverse.
const SCALE_LEAST: f64 = 1e-9;

impl Place {
    /// The middle of the world.
    pub(super) const ORIGIN: Place =
        Place { position: [0.0; 3], rotation: [0.0, 0.0, 0.0, 1.0], scale: [1.0; 3] };

    /// The `transform` of an entity; what has none is where its parent is.
    pub(super) fn local(ecs: &Ecs, entity: Entity, transform: ComponentId) -> Place {
        let Some(cells) = ecs.doubles::<10>(entity, transform, 0) else { return Place::ORIGIN };
        let [x, y, z, qx, qy, qz, qw, sx, sy, sz] = cells;
        Place { position: [x, y, z], rotation: unit([qx, qy, qz, qw]), scale: [sx, sy, sz] }
    }

    /// Where `self`, given against this parent, is in the world.
    pub(super) fn below(&self, parent: &Place) -> Place {
        let reach = turned(parent.rotation, times(parent.scale, self.position));
        Place {
            position: plus(parent.position, reach),
            rotation: product(parent.rotation, self.rotation),
            scale: times(parent.scale, self.scale),
        }
    }

    /// What a node at `pose` in the world has as its position and rotation against this parent.
    pub(super) fn inside(&self, position: [f64; 3], rotation: [f64; 4]) -> ([f64; 3], [f64; 4]) {
        let back = [-self.rotation[0], -self.rotation[1], -self.rotation[2], self.rotation[3]];
        let away = [0, 1, 2].map(|at| position[at] - self.position[at]);
        let away = turned(back, away);
        let scaled = |at: usize| match self.scale[at] {
            scale if scale.abs() < SCALE_LEAST => away[at],
            scale => away[at] / scale,
        };
        ([0, 1, 2].map(scaled), product(back, rotation))
    }

    /// Position and rotation for the engine. What is no number is at the origin: a script's NaN must
    /// not spread to the bodies of others.
    pub(super) fn pose(&self) -> Pose {
        pose(self.position, self.rotation)
    }
}

/// For the engine; see [`Place::pose`].
pub(super) fn pose(position: [f64; 3], rotation: [f64; 4]) -> Pose {
    let [x, y, z, w] = unit(rotation).map(single);
    Pose::from_parts(vector(position), Rotation::from_xyzw(x, y, z, w))
}

/// For the engine.
pub(super) fn vector(numbers: [f64; 3]) -> Vector {
    let [x, y, z] = numbers.map(single);
    Vector::new(x, y, z)
}

/// From the engine.
pub(super) fn doubles(vector: Vector) -> [f64; 3] {
    [vector.x, vector.y, vector.z].map(f64::from)
}

/// From the engine.
pub(super) fn quaternion(rotation: Rotation) -> [f64; 4] {
    [rotation.x, rotation.y, rotation.z, rotation.w].map(f64::from)
}

/// As far away as bodies can be: beyond, 32 bits no longer tell one metre from the next.
const FAR: f64 = 1e6;

/// A number the engine can live with.
pub(super) fn single(number: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "the engine counts in 32 bits")]
    let single = number.clamp(-FAR, FAR) as f32;
    if single.is_nan() { 0.0 } else { single }
}

fn unit(q: [f64; 4]) -> [f64; 4] {
    let length = q.iter().map(|it| it * it).sum::<f64>().sqrt();
    if length.is_finite() && length > SCALE_LEAST { q.map(|it| it / length) } else { [0.0, 0.0, 0.0, 1.0] }
}

fn plus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|at| a[at] + b[at])
}

fn times(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|at| a[at] * b[at])
}

fn product(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    let ([ax, ay, az, aw], [bx, by, bz, bw]) = (a, b);
    [
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    ]
}

fn turned(q: [f64; 4], v: [f64; 3]) -> [f64; 3] {
    let ([x, y, z, w], [vx, vy, vz]) = (q, v);
    // Twice the cross product of the axis with the vector, as three.js has it: the same roundings.
    let (tx, ty, tz) = (2.0 * (y * vz - z * vy), 2.0 * (z * vx - x * vz), 2.0 * (x * vy - y * vx));
    [vx + w * tx + y * tz - z * ty, vy + w * ty + z * tx - x * tz, vz + w * tz + x * ty - y * tx]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn anywhere() -> impl Strategy<Value = Place> {
        let numbers = || prop::array::uniform3(-50.0..50.0_f64);
        (numbers(), prop::array::uniform4(-1.0..1.0_f64), prop::array::uniform3(0.1..4.0_f64))
            .prop_map(|(position, rotation, scale)| Place { position, rotation: unit(rotation), scale })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn what_goes_out_of_a_parent_comes_back_in(parent in anywhere(), node in anywhere()) {
            let world = node.below(&parent);
            let (position, rotation) = parent.inside(world.position, world.rotation);
            for (a, b) in position.iter().zip(node.position) {
                prop_assert!((a - b).abs() < 1e-9, "{position:?} {node:?}");
            }
            for (a, b) in rotation.iter().zip(node.rotation) {
                prop_assert!((a - b).abs() < 1e-9, "{rotation:?} {node:?}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_at_the_origin() {
        let pose = pose([f64::NAN, f64::INFINITY, -1.0], [0.0; 4]);
        assert_eq!(doubles(pose.translation), [0.0, 1e6, -1.0]);
        assert_eq!(quaternion(pose.rotation), [0.0, 0.0, 0.0, 1.0]);
    }
}
