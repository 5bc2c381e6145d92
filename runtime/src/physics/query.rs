//! [`Ask`] and [`Answer`]: what scripts learn of bodies while they run.
//!
//! The answers are of the world as it was when the tick began, whatever was said since: nothing here
//! changes anything. A character that moves is a question too: where it may go; its node goes there.

use rapier3d::control::{
    CharacterAutostep, CharacterCollision, CharacterLength, KinematicCharacterController,
};
use rapier3d::geometry::{ColliderHandle, Ray, SharedShape};
use rapier3d::math::{Pose, Vector};
use rapier3d::pipeline::{QueryFilter, QueryPipeline};
use serde::{Deserialize, Serialize};

use super::layer::Layer;
use super::place::{doubles, pose, quaternion, single, vector};
use super::shape::THIN;
use super::space::{Space, Who};
use crate::clock::FIXED_SECONDS;
use crate::ecs::Entity;

/// A question. All of it in world space; nodes by the numbers of the script that asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Ask {
    /// What a ray meets first. A mask of 0 is every layer.
    Ray { origin: [f64; 3], direction: [f64; 3], most: f64, mask: u32 },
    /// Everything a sphere touches.
    Sphere { radius: f64, origin: [f64; 3], mask: u32 },
    /// What a sphere meets first on its way.
    Sweep { radius: f64, origin: [f64; 3], direction: [f64; 3], most: f64, mask: u32 },
    /// How a body moves.
    Body { node: u32 },
    /// Where a capsule that stands at `feet` comes to when it wants to go `by`.
    Walk { node: u32, radius: f64, height: f64, feet: [f64; 3], by: [f64; 3] },
}

/// What there is to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Nothing was hit; it is no body.
    Nothing,
    Hit(Hit),
    /// In the order of entities, then players.
    Overlaps(Vec<Overlap>),
    Body(Moving),
    Walked {
        feet: [f64; 3],
        grounded: bool,
        ceiling: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hit {
    pub(crate) point: [f64; 3],
    pub(crate) normal: [f64; 3],
    pub(crate) distance: f64,
    pub(crate) tag: Option<String>,
    pub(crate) player: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Overlap {
    pub(crate) tag: Option<String>,
    pub(crate) player: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moving {
    pub(crate) position: [f64; 3],
    pub(crate) rotation: [f64; 4],
    pub(crate) linear: [f64; 3],
    pub(crate) angular: [f64; 3],
    /// In the world.
    pub(crate) centre: [f64; 3],
    pub(crate) sleeping: bool,
}

/// How steep a character climbs, in degrees.
const SLOPE: f32 = 60.0;
/// How high it steps, in metres.
const STEP: f64 = 0.5;
/// How near it comes to a wall.
const SKIN: f32 = 0.02;
/// How far down a surface may face to be above.
const CEILING: f32 = -0.5;

impl Space {
    /// Answers. `entity` says which entity a node is.
    pub(crate) fn ask(&self, ask: &Ask, entity: impl Fn(u32) -> Option<Entity>) -> Answer {
        match ask {
            Ask::Ray { origin, direction, most, mask } => self.ray((*origin, *direction, *most), *mask),
            Ask::Sphere { radius, origin, mask } => self.sphere(*radius, *origin, *mask),
            Ask::Sweep { radius, origin, direction, most, mask } => {
                self.sweep(*radius, (*origin, *direction, *most), *mask)
            }
            Ask::Body { node } => {
                let found = entity(*node).and_then(|it| self.moving(&Who::Entity(it)));
                found.map_or(Answer::Nothing, Answer::Body)
            }
            Ask::Walk { node, radius, height, feet, by } => {
                self.walk(entity(*node), (*radius, *height), *feet, *by)
            }
        }
    }

    fn queries<'a>(&'a self, filter: QueryFilter<'a>) -> QueryPipeline<'a> {
        let dispatcher = self.narrow.query_dispatcher();
        self.broad.as_query_pipeline(dispatcher, &self.bodies, &self.colliders, filter.exclude_sensors())
    }

    fn in_mask(&self, collider: ColliderHandle, mask: u32) -> bool {
        let found = self.colliders.get(collider);
        found.is_some_and(|it| mask == 0 || it.collision_groups().memberships.bits() & mask != 0)
    }

    fn ray(&self, (origin, direction, most): ([f64; 3], [f64; 3], f64), mask: u32) -> Answer {
        let Some(towards) = vector(direction).try_normalize() else { return Answer::Nothing };
        let wanted = |it: ColliderHandle, _: &_| self.in_mask(it, mask);
        let filter = QueryFilter::default().predicate(&wanted);
        let ray = Ray::new(vector(origin), towards);
        let found = self.queries(filter).cast_ray_and_get_normal(&ray, farthest(most), true);
        let Some((collider, met)) = found else { return Answer::Nothing };
        let far = met.time_of_impact;
        self.hit(collider, ray.point_at(far), (met.normal, far)).map_or(Answer::Nothing, Answer::Hit)
    }

    fn sweep(&self, radius: f64, (origin, direction, most): ([f64; 3], [f64; 3], f64), mask: u32) -> Answer {
        let Some(towards) = vector(direction).try_normalize() else { return Answer::Nothing };
        let wanted = |it: ColliderHandle, _: &_| self.in_mask(it, mask);
        let filter = QueryFilter::default().predicate(&wanted);
        let options = rapier3d::parry::query::ShapeCastOptions {
            max_time_of_impact: farthest(most),
            target_distance: 0.0,
            stop_at_penetration: true,
            compute_impact_geometry_on_penetration: true,
        };
        let (shape, from) = (SharedShape::ball(single(radius).max(THIN)), vector(origin));
        let pose = Pose::from_translation(from);
        let Some((collider, met)) = self.queries(filter).cast_shape(&pose, towards, &*shape, options) else {
            return Answer::Nothing;
        };
        // The first shape of the cast is the world's: its point and normal are the surface's.
        let far = met.time_of_impact;
        let found = self.hit(collider, met.witness1, (met.normal1, far));
        found.map_or(Answer::Nothing, Answer::Hit)
    }

    fn hit(&self, collider: ColliderHandle, point: Vector, (normal, far): (Vector, f32)) -> Option<Hit> {
        let who = self.owner(collider)?;
        Some(Hit {
            point: doubles(point),
            normal: doubles(normal),
            distance: f64::from(far),
            tag: self.tag(who).map(str::to_owned),
            player: player(who),
        })
    }

    fn sphere(&self, radius: f64, origin: [f64; 3], mask: u32) -> Answer {
        let wanted = |it: ColliderHandle, _: &_| self.in_mask(it, mask);
        let filter = QueryFilter::default().predicate(&wanted);
        let shape = SharedShape::ball(single(radius).max(THIN));
        let queries = self.queries(filter);
        let touched = queries.intersect_shape(Pose::from_translation(vector(origin)), &*shape);
        let mut owners: Vec<&Who> = touched.filter_map(|(it, _)| self.owner(it)).collect();
        owners.sort_unstable();
        owners.dedup();
        let overlap = |who: &Who| Overlap { tag: self.tag(who).map(str::to_owned), player: player(who) };
        Answer::Overlaps(owners.into_iter().map(overlap).collect())
    }

    fn moving(&self, who: &Who) -> Option<Moving> {
        let body = self.body(who)?;
        Some(Moving {
            position: doubles(body.translation()),
            rotation: quaternion(*body.rotation()),
            linear: doubles(body.linvel()),
            angular: doubles(body.angvel()),
            centre: doubles(body.center_of_mass()),
            sleeping: body.is_sleeping(),
        })
    }

    fn walk(
        &self,
        body: Option<Entity>,
        (radius, height): (f64, f64),
        feet: [f64; 3],
        by: [f64; 3],
    ) -> Answer {
        let own = body.map(Who::Entity);
        let player = Layer::Player.groups();
        let wanted = |it: ColliderHandle, collider: &rapier3d::geometry::Collider| {
            self.owner(it) != own.as_ref() && collider.collision_groups().test(player)
        };
        let queries = self.queries(QueryFilter::default().predicate(&wanted));
        let (radius, half) = (single(radius).abs().max(THIN), single(height).abs() / 2.0);
        let middle = Vector::new(0.0, half + radius, 0.0);
        let from = Pose::from_translation(pose(feet, [0.0, 0.0, 0.0, 1.0]).translation + middle);
        let shape = SharedShape::capsule_y(half, radius);
        let mut ceiling = false;
        let mut go = |from: &Pose, by: Vector| {
            let touch = |met: CharacterCollision| ceiling |= met.hit.normal1.y < CEILING;
            character().move_shape(single(FIXED_SECONDS), &queries, &*shape, from, by, touch)
        };
        // First where it wants to go, then down: a step is climbed however strong it is pulled.
        let [x, y, z] = doubles(vector(by)).map(single);
        let mut moved = go(&from, Vector::new(x, y.max(0.0), z));
        if y < 0.0 {
            let above = Pose::from_translation(from.translation + moved.translation);
            let down = go(&above, Vector::new(0.0, y, 0.0));
            moved.translation += down.translation;
            moved.grounded = down.grounded;
        }
        let to = [0, 1, 2].map(|at| feet[at] + doubles(moved.translation)[at]);
        Answer::Walked { feet: to, grounded: moved.grounded, ceiling }
    }
}

/// As existing worlds move theirs.
fn character() -> KinematicCharacterController {
    KinematicCharacterController {
        offset: CharacterLength::Absolute(SKIN),
        autostep: Some(CharacterAutostep {
            max_height: CharacterLength::Absolute(single(STEP)),
            min_width: CharacterLength::Absolute(0.1),
            include_dynamic_bodies: false,
        }),
        max_slope_climb_angle: SLOPE.to_radians(),
        min_slope_slide_angle: SLOPE.to_radians(),
        snap_to_ground: None,
        ..KinematicCharacterController::default()
    }
}

fn player(who: &Who) -> Option<String> {
    match who {
        Who::Player(id) => Some(id.clone()),
        Who::Entity(_) => None,
    }
}

/// How far a ray goes: everywhere, unless somebody says how far.
fn farthest(most: f64) -> f32 {
    if most.is_nan() || most < 0.0 { 0.0 } else { single(most) }
}
