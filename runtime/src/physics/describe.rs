//! [`Columns`]: where the store has what the physics is about, and what it says of one body there.
//!
//! Nothing is kept here: an entity's components in, a [`Described`] out, to be compared with the body
//! there is.

use std::ops::Range;

use rapier3d::math::{Pose, Vector};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::layer::Layer;
use super::place::{Place, pose, single};
use super::shape::{Measure, Part, prim};
use crate::ecs::{ComponentId, Ecs, Entity, Scalar, Value};

/// How a body moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Motion {
    /// Not.
    Static,
    /// By script.
    Kinematic,
    /// By physics.
    Dynamic,
}

/// A body as its components say it, without its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Described {
    pub(super) motion: Motion,
    pub(super) mass: f32,
    pub(super) linear_damping: f32,
    pub(super) angular_damping: f32,
    pub(super) tag: Option<String>,
    pub(super) parts: Vec<Part>,
}

/// A component and the columns of some of its fields, in the order they were asked for.
#[derive(Debug)]
struct Fields {
    component: ComponentId,
    columns: Vec<Range<usize>>,
    all: Vec<usize>,
    variants: Vec<Vec<String>>,
}

impl Fields {
    /// `None` if the definitions lack one of them.
    fn of(ecs: &Ecs, component: &str, fields: &[&str]) -> Option<Fields> {
        let component = ecs.component(component)?;
        let layout = ecs.layout(component);
        let places: Option<Vec<usize>> = fields.iter().map(|it| layout.field(it)).collect();
        let places = places?;
        let columns: Vec<Range<usize>> = places.iter().map(|it| layout.columns_of(*it)).collect();
        let all = columns.iter().cloned().flatten().collect();
        let variants = places.iter().map(|it| match &layout.component.fields[*it].kind {
            bowline_schema::Kind::Enum { variants } => variants.clone(),
            _ => Vec::new(),
        });
        let variants = variants.collect();
        Some(Fields { component, columns, all, variants })
    }

    fn row<'a>(&'a self, ecs: &'a Ecs, entity: Entity) -> Row<'a> {
        Row { fields: self, ecs, entity }
    }
}

/// The fields of one entity.
struct Row<'a> {
    fields: &'a Fields,
    ecs: &'a Ecs,
    entity: Entity,
}

impl Row<'_> {
    /// The cell of a field; `None` where an optional one is not set.
    fn cell(&self, field: usize) -> Option<Scalar> {
        let Range { start, end } = self.fields.columns[field];
        let first = self.ecs.cell(self.entity, self.fields.component, start)?;
        if end - start == 1 {
            return Some(first);
        }
        match first {
            Scalar::Bool(false) => None,
            _ => self.ecs.cell(self.entity, self.fields.component, start + 1),
        }
    }

    fn number(&self, field: usize) -> f32 {
        match self.cell(field) {
            Some(Scalar::F64(it)) => single(it),
            Some(Scalar::F32(it)) => single(f64::from(it)),
            _ => 0.0,
        }
    }

    fn flag(&self, field: usize) -> bool {
        matches!(self.cell(field), Some(Scalar::Bool(true)))
    }

    fn text(&self, field: usize) -> Option<String> {
        match self.cell(field)? {
            Scalar::Value(Value::Text(it)) => Some(it),
            Scalar::Value(Value::Number(it)) => Some(it.to_string()),
            _ => None,
        }
    }

    fn variant(&self, field: usize) -> &str {
        match self.cell(field) {
            Some(Scalar::U32(at)) => self.fields.variants[field].get(at as usize).map_or("", String::as_str),
            _ => "",
        }
    }

    fn numbers(&self, field: usize) -> Vec<f32> {
        match self.cell(field) {
            Some(Scalar::Value(Value::Numbers(it))) => it.into_iter().map(single).collect(),
            _ => Vec::new(),
        }
    }
}

/// Where the store has it all. Good for one set of definitions.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) transform: ComponentId,
    node: Fields,
    body: Fields,
    collider: Fields,
    prim: Fields,
    controller: Fields,
    joint: Fields,
}

const BODY: [&str; 5] = ["type", "mass", "linearDamping", "angularDamping", "tag"];
const COLLIDER: [&str; 9] =
    ["type", "width", "height", "depth", "radius", "trigger", "layer", "dynamicFriction", "restitution"];
const PRIM: [&str; 11] = [
    "physics",
    "mass",
    "linearDamping",
    "angularDamping",
    "tag",
    "type",
    "size",
    "trigger",
    "layer",
    "dynamicFriction",
    "restitution",
];
const CONTROLLER: [&str; 4] = ["radius", "height", "layer", "tag"];
const JOINT: [&str; 17] = [
    "type",
    "body0",
    "offset0",
    "quaternion0",
    "body1",
    "offset1",
    "quaternion1",
    "breakForce",
    "breakTorque",
    "limitY",
    "axis",
    "limitZ",
    "limitMin",
    "limitMax",
    "limitStiffness",
    "limitDamping",
    "collide",
];

impl Columns {
    /// `None` if the definitions lack one of the components: then there are no bodies.
    pub(super) fn of(ecs: &Ecs) -> Option<Columns> {
        Some(Columns {
            transform: ecs.component("transform")?,
            node: Fields::of(ecs, "node", &["active"])?,
            body: Fields::of(ecs, "rigidbody", &BODY)?,
            collider: Fields::of(ecs, "collider", &COLLIDER)?,
            prim: Fields::of(ecs, "prim", &PRIM)?,
            controller: Fields::of(ecs, "controller", &CONTROLLER)?,
            joint: Fields::of(ecs, "joint", &JOINT)?,
        })
    }

    /// Whether nothing in the world is a body. Costs a look at every table.
    pub(super) fn nobody(&self, ecs: &Ecs) -> bool {
        let none = |fields: &Fields| ecs.count_of(fields.component) == 0;
        none(&self.body)
            && none(&self.controller)
            && ecs.all_false(self.prim.component, self.prim.columns[0].start)
    }

    /// The same number as long as nothing changed that bodies are made of.
    pub(super) fn stamp(&self, ecs: &Ecs) -> u128 {
        let mut hasher = Xxh3::new();
        for fields in [&self.body, &self.collider, &self.prim, &self.controller, &self.joint, &self.node] {
            ecs.stamp(fields.component, &fields.all, &mut hasher);
        }
        hasher.digest128()
    }

    /// The same number as long as nothing has moved.
    pub(super) fn moved(&self, ecs: &Ecs) -> u128 {
        let mut hasher = Xxh3::new();
        let numbers: Vec<usize> = (0..10).collect();
        ecs.stamp(self.transform, &numbers, &mut hasher);
        hasher.digest128()
    }

    /// Everybody who may be a body, each once, in the order of entities.
    pub(super) fn candidates(&self, ecs: &Ecs) -> Vec<Entity> {
        let components = [&self.body, &self.prim, &self.controller].map(|it| it.component);
        let has = |table: &&[ComponentId]| components.iter().any(|it| table.binary_search(it).is_ok());
        let mut found: Vec<Entity> = ecs.tables().filter(has).flat_map(|it| ecs.members(it)).collect();
        found.sort_unstable();
        found
    }

    /// Whether a node takes part in the world. What is no node always does.
    pub(super) fn active(&self, ecs: &Ecs, entity: Entity) -> bool {
        !matches!(self.node.row(ecs, entity).cell(0), Some(Scalar::Bool(false)))
    }

    /// The body of an entity that is at `place` in the world, if it is one; and how many of its
    /// colliders have a shape that only a model knows.
    pub(super) fn describe(&self, ecs: &Ecs, entity: Entity, place: &Place) -> Option<(Described, usize)> {
        if ecs.has(entity, self.body.component) {
            return Some(self.body(ecs, entity, place));
        }
        if ecs.has(entity, self.controller.component) {
            return Some((self.controller(ecs, entity), 0));
        }
        self.prim(ecs, entity, place).map(|it| (it, 0))
    }

    fn body(&self, ecs: &Ecs, entity: Entity, place: &Place) -> (Described, usize) {
        let row = self.body.row(ecs, entity);
        let mut unknown = 0;
        let mut parts = Vec::new();
        // A collider belongs to the body it is on, or right below of.
        let own = ecs.has(entity, self.collider.component).then_some((entity, Pose::IDENTITY));
        let below = ecs.children(entity).filter(|it| ecs.has(*it, self.collider.component));
        let below = below.filter(|it| self.active(ecs, *it) && !ecs.has(*it, self.body.component));
        let below = below.map(|it| (it, self.held(ecs, it, place)));
        for (collider, pose) in own.into_iter().chain(below) {
            match self.part(ecs, collider, pose) {
                Some(part) => parts.push(part),
                None => unknown += 1,
            }
        }
        let described = Described {
            motion: motion(row.variant(0)),
            mass: row.number(1).max(0.0),
            linear_damping: row.number(2).max(0.0),
            angular_damping: row.number(3).max(0.0),
            tag: row.text(4),
            parts,
        };
        (described, unknown)
    }

    /// Where a collider is in its body: the body's scale moves it, and does not stretch it.
    fn held(&self, ecs: &Ecs, collider: Entity, body: &Place) -> Pose {
        let local = Place::local(ecs, collider, self.transform);
        pose([0, 1, 2].map(|at| local.position[at] * body.scale[at]), local.rotation)
    }

    fn part(&self, ecs: &Ecs, collider: Entity, pose: Pose) -> Option<Part> {
        let row = self.collider.row(ecs, collider);
        let measure = match row.variant(0) {
            "box" => Measure::Box([1, 2, 3].map(|at| row.number(at) / 2.0)),
            "sphere" => Measure::Ball(row.number(4)),
            _ => return None,
        };
        Some(Part {
            measure,
            pose,
            layer: Layer::named(row.variant(6)).unwrap_or(Layer::Environment),
            trigger: row.flag(5),
            friction: row.number(7).max(0.0),
            restitution: row.number(8).max(0.0),
        })
    }

    fn prim(&self, ecs: &Ecs, entity: Entity, place: &Place) -> Option<Described> {
        let row = self.prim.row(ecs, entity);
        let motion = match row.variant(0) {
            "" => return None,
            other => motion(other),
        };
        let measure = prim(row.variant(5), &row.numbers(6), place.scale.map(single))?;
        let part = Part {
            measure,
            pose: Pose::IDENTITY,
            layer: Layer::named(row.variant(8)).unwrap_or(Layer::Environment),
            trigger: row.flag(7),
            friction: row.number(9).max(0.0),
            restitution: row.number(10).max(0.0),
        };
        Some(Described {
            motion,
            mass: row.number(1).max(0.0),
            linear_damping: row.number(2).max(0.0),
            angular_damping: row.number(3).max(0.0),
            tag: row.text(4),
            parts: vec![part],
        })
    }

    /// A capsule that stands on its position.
    fn controller(&self, ecs: &Ecs, entity: Entity) -> Described {
        let row = self.controller.row(ecs, entity);
        let (radius, height) = (row.number(0), row.number(1));
        capsule((radius, height), Layer::named(row.variant(2)).unwrap_or(Layer::Environment), row.text(3))
    }
}

/// A capsule that stands on its position and is moved by others.
pub(super) fn capsule((radius, height): (f32, f32), layer: Layer, tag: Option<String>) -> Described {
    let part = Part {
        measure: Measure::Capsule(height / 2.0, radius),
        pose: Pose::from_translation(Vector::new(0.0, height / 2.0 + radius, 0.0)),
        layer,
        trigger: false,
        friction: 0.2,
        restitution: 0.2,
    };
    Described {
        motion: Motion::Kinematic,
        mass: 1.0,
        linear_damping: 0.0,
        angular_damping: 0.0,
        tag,
        parts: vec![part],
    }
}

fn motion(name: &str) -> Motion {
    match name {
        "dynamic" => Motion::Dynamic,
        "kinematic" => Motion::Kinematic,
        _ => Motion::Static,
    }
}
