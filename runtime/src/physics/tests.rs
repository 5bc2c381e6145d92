//! Bodies without scripts: entities in, ticks, and what became of them as text.

mod keeping;
mod touching;
mod walking;

use std::fmt::Write as _;

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::command::{At, Mode};
use super::*;
use crate::clock::Clock;
use crate::definitions::Definitions;
use crate::ecs::Value;

/// A world of nothing but bodies.
pub(super) struct Yard {
    pub(super) ecs: Ecs,
    pub(super) physics: Physics,
    definitions: Digest,
    clock: Clock,
    names: BTreeMap<Entity, String>,
}

impl Yard {
    pub(super) fn new() -> Yard {
        let definitions = Definitions::core();
        Yard {
            ecs: Ecs::new(&definitions),
            physics: Physics::default(),
            definitions: definitions.hash(),
            clock: Clock(0),
            names: BTreeMap::new(),
        }
    }

    /// An entity with these components: `{"rigidbody": {"type": "dynamic"}}`.
    pub(super) fn put(&mut self, name: &str, parent: Option<Entity>, components: Json) -> Entity {
        let map = components.as_object().unwrap().clone();
        let known = |it: &str| self.ecs.component(it).unwrap();
        let mut ids: Vec<_> = map.keys().map(|it| known(it)).collect();
        ids.push(known("transform"));
        let entity = self.ecs.spawn_with(parent, &ids);
        for (component, fields) in &map {
            for (field, value) in fields.as_object().unwrap() {
                self.set(entity, component, field, value.clone());
            }
        }
        self.names.insert(entity, name.to_owned());
        entity
    }

    pub(super) fn set(&mut self, entity: Entity, component: &str, field: &str, value: Json) {
        let id = self.ecs.component(component).unwrap();
        assert!(self.ecs.set(entity, id, field, &Value::from_json(&value)), "{component}.{field}");
    }

    /// A box of that size with its middle there.
    pub(super) fn block(&mut self, name: &str, motion: &str, at: [f64; 3], size: [f64; 3]) -> Entity {
        let [width, height, depth] = size;
        let body = json!({
            "transform": { "position": at },
            "rigidbody": { "type": motion, "tag": name },
            "collider": { "type": "box", "width": width, "height": height, "depth": depth },
        });
        self.put(name, None, body)
    }

    /// Flat ground with its surface at 0.
    pub(super) fn ground(&mut self) -> Entity {
        self.block("ground", "static", [0.0, -0.5, 0.0], [100.0, 1.0, 100.0])
    }

    pub(super) fn tick(&mut self) -> Stepped {
        self.clock.advance();
        self.physics.step(&mut self.ecs, self.definitions, self.clock.fixed_steps())
    }

    /// Ticks, and what bodies heard meanwhile.
    pub(super) fn ticks(&mut self, count: u64) -> String {
        let mut out = String::new();
        for _ in 0..count {
            for touch in self.tick().touches {
                let who = self.name(&touch.who);
                let (tag, player) = (touch.tag.unwrap_or_default(), touch.player.unwrap_or_default());
                let points = touch.points.len();
                write!(out, "{} {who} {:?}", self.clock.0, touch.what).unwrap();
                for (what, text) in [("", tag), ("player ", player)] {
                    if !text.is_empty() {
                        write!(out, " {what}{text}").unwrap();
                    }
                }
                if points > 0 {
                    write!(out, " at {points} points").unwrap();
                }
                out.push('\n');
            }
        }
        out
    }

    fn name(&self, who: &Who) -> String {
        match who {
            Who::Entity(it) => self.names[it].clone(),
            Who::Player(id) => id.clone(),
        }
    }

    pub(super) fn at(&self, entity: Entity) -> [f64; 3] {
        let transform = self.ecs.component("transform").unwrap();
        self.ecs.doubles::<3>(entity, transform, 0).unwrap()
    }

    /// Where everybody is, to the centimetre.
    pub(super) fn places(&self) -> String {
        let mut out = String::new();
        for (entity, name) in &self.names {
            let [x, y, z] = self.at(*entity).map(|it| (it * 100.0).round() / 100.0 + 0.0);
            let asleep = self.physics.space().body(&Who::Entity(*entity));
            let asleep =
                if asleep.is_some_and(|it| it.is_dynamic() && it.is_sleeping()) { " asleep" } else { "" };
            writeln!(out, "{name} {x} {y} {z}{asleep}").unwrap();
        }
        out
    }

    pub(super) fn ask(&self, ask: &Ask) -> Answer {
        self.physics.space().ask(ask, |node| self.names.keys().copied().find(|it| number(*it) == node))
    }
}

/// What a script would call it.
pub(super) fn number(entity: Entity) -> u32 {
    entity.to_string()[1..].parse().unwrap()
}

#[test]
fn a_ball_falls_bounces_and_rests() {
    let mut yard = Yard::new();
    yard.ground();
    let ball = json!({
        "transform": { "position": [0, 5, 0] },
        "rigidbody": { "type": "dynamic" },
        "collider": { "type": "sphere", "radius": 0.5, "restitution": 1 },
    });
    let ball = yard.put("ball", None, ball);
    let mut heights = String::new();
    for _ in 0..8 {
        yard.ticks(5);
        write!(heights, "{:.2} ", yard.at(ball)[1]).unwrap();
    }
    expect!["4.71 3.76 2.30 0.56 1.35 1.58 1.20 0.55 "].assert_eq(&heights);
    yard.ticks(160);
    expect![[r#"
        ground 0 -0.5 0
        ball 0 0.5 0 asleep
    "#]]
    .assert_eq(&yard.places());
}

#[test]
fn a_stack_of_boxes_stands_and_sleeps() {
    let mut yard = Yard::new();
    yard.ground();
    for level in 0..5 {
        let name = format!("box{level}");
        yard.block(&name, "dynamic", [0.0, 0.55 + 1.1 * f64::from(level), 0.0], [1.0, 1.0, 1.0]);
    }
    yard.ticks(120);
    expect![[r#"
        ground 0 -0.5 0
        box0 0 0.5 0 asleep
        box1 0 1.5 0 asleep
        box2 0 2.5 0 asleep
        box3 0 3.49 0 asleep
        box4 0.01 4.49 0 asleep
    "#]]
    .assert_eq(&yard.places());
}

#[test]
fn every_kind_of_prim_is_a_body_with_its_size_and_scale() {
    let mut yard = Yard::new();
    yard.ground();
    let prims = [
        ("box", json!([2, 1, 2]), json!([1, 1, 1])),
        ("sphere", json!([1]), json!([1, 1, 1])),
        ("sphere", json!([1]), json!([1, 0.5, 1])),
        ("cylinder", json!([0.5, 0.5, 2]), json!([1, 1, 1])),
        ("cylinder", json!([0.2, 0.5, 2]), json!([1, 1, 1])),
        ("cone", json!([1, 2]), json!([1, 1, 1])),
        ("torus", json!([1, 0.25]), json!([1, 1, 1])),
        ("plane", json!([2, 2]), json!([1, 1, 1])),
    ];
    for (at, (kind, size, scale)) in prims.into_iter().enumerate() {
        // Those that are round lie down, so that nothing balances on an edge.
        let flat = matches!(kind, "torus" | "plane");
        let turn = if flat { json!([1, 0, 0, 1]) } else { json!([0, 0, 0, 1]) };
        let body = json!({
            "transform": { "position": [at * 5, 1.2, 0], "quaternion": turn, "scale": scale },
            "prim": { "type": kind, "size": size, "physics": "dynamic", "angularDamping": 3 },
        });
        yard.put(&format!("{kind}{at}"), None, body);
    }
    yard.ticks(150);
    expect![[r#"
        ground 0 -0.5 0
        box0 0 0.5 0 asleep
        sphere1 5 1 0 asleep
        sphere2 10 0.5 0 asleep
        cylinder3 14.99 1 0 asleep
        cylinder4 20.03 1 0 asleep
        cone5 25 1 0 asleep
        torus6 30.02 0.25 -0.02 asleep
        plane7 35 0 0 asleep
    "#]]
    .assert_eq(&yard.places());
}

#[test]
fn a_body_below_others_falls_in_its_parents_measure() {
    let mut yard = Yard::new();
    yard.ground();
    let turned = json!({ "transform": {
        "position": [10, 2, 0], "quaternion": [0, 0, 1, 0], "scale": [2, 2, 2],
    } });
    let parent = yard.put("parent", None, turned);
    let body = json!({
        "transform": { "position": [1, -1, 0] },
        "rigidbody": { "type": "dynamic" },
        "collider": {},
    });
    // Upside down and twice as large: it is at 8, 4 in the world and falls to 8, 0.5.
    let body = yard.put("body", Some(parent), body);
    yard.ticks(60);
    expect![[r#"
        ground 0 -0.5 0
        parent 10 2 0
        body 1 0.75 0 asleep
    "#]]
    .assert_eq(&yard.places());
    // Whoever moves the parent moves it.
    yard.set(parent, "transform", "position", json!([20, 5, 0]));
    yard.ticks(60);
    expect![[r#"
        ground 0 -0.5 0
        parent 20 5 0
        body 1 2.25 0 asleep
    "#]]
    .assert_eq(&yard.places());
    // What is inactive, with all below it, is no body.
    assert_eq!(yard.physics.space().known.len(), 2);
    let node = yard.ecs.component("node").unwrap();
    yard.ecs.insert(parent, node);
    yard.set(parent, "node", "active", json!(false));
    yard.ticks(2);
    assert_eq!(yard.physics.space().known.len(), 1);
    let _ = body;
}

#[test]
fn pushes_are_meant_as_their_modes_say() {
    let mut yard = Yard::new();
    let modes = ["force", "impulse", "acceleration", "velocityChange"];
    for (at, mode) in modes.into_iter().enumerate() {
        let body = yard.block(mode, "dynamic", [10.0 * at as f64, 100.0, 0.0], [1.0, 1.0, 1.0]);
        yard.set(body, "rigidbody", "mass", json!(2));
        let push = Command::read("addForce", &[json!([10, 0, 0]), json!(mode)]).unwrap();
        yard.physics.wish(body, push);
    }
    let ball = yard.block("set", "dynamic", [50.0, 100.0, 0.0], [1.0, 1.0, 1.0]);
    yard.physics.wish(ball, Command::read("setLinearVelocity", &[json!([0, 0, 3])]).unwrap());
    yard.physics.wish(ball, Command::read("setAngularVelocity", &[json!([0, 1, 0])]).unwrap());
    yard.ticks(1);
    let mut out = String::new();
    for (entity, name) in &yard.names {
        let Answer::Body(it) = yard.ask(&Ask::Body { node: number(*entity) }) else { panic!("no body") };
        let [x, _, z] = it.linear;
        writeln!(out, "{name}: {x:.2} {z:.2} spins {:.2}", it.angular[1]).unwrap();
    }
    expect![[r#"
        force: 0.10 0.00 spins 0.00
        impulse: 5.00 0.00 spins 0.00
        acceleration: 0.20 0.00 spins 0.00
        velocityChange: 10.00 0.00 spins 0.00
        set: 0.00 3.00 spins 1.00
    "#]]
    .assert_eq(&out);
    assert_eq!(Command::read("dance", &[]), None);
    assert_eq!(Command::read("addForce", &[json!("up")]), None);
}

#[test]
fn a_platform_that_moves_carries_and_pushes() {
    let mut yard = Yard::new();
    yard.ground();
    let lift = yard.block("lift", "kinematic", [0.0, 0.1, 0.0], [4.0, 0.2, 4.0]);
    yard.block("rider", "dynamic", [0.0, 0.7, 0.0], [1.0, 1.0, 1.0]);
    let wall = yard.block("wall", "kinematic", [10.0, 1.0, 0.0], [1.0, 2.0, 4.0]);
    yard.block("crate", "dynamic", [11.2, 0.5, 0.0], [1.0, 1.0, 1.0]);
    yard.ticks(10);
    for tick in 1..=40 {
        let part = f64::from(tick) / 40.0;
        yard.set(lift, "transform", "position", json!([3.0 * part, 0.1 + 2.0 * part, 0]));
        let to = Command::KinematicTarget([10.0 + 2.0 * part, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]);
        yard.physics.wish(wall, to);
        yard.ticks(1);
    }
    expect![[r#"
        ground 0 -0.5 0
        lift 3 2.1 0
        rider 3 2.7 0.01
        wall 12 1 0
        crate 13 0.5 0
    "#]]
    .assert_eq(&yard.places());
}

#[test]
fn joints_hold_turn_and_break() {
    let mut yard = Yard::new();
    let hook = yard.block("hook", "static", [0.0, 10.0, 0.0], [0.2, 0.2, 0.2]);
    let bob = yard.block("bob", "dynamic", [0.0, 7.0, 0.0], [0.5, 0.5, 0.5]);
    let rope =
        json!({ "type": "distance", "body0": hook.to_string(), "body1": bob.to_string(), "limitMax": 3 });
    yard.put("rope", None, json!({ "joint": rope }));
    let door = yard.block("door", "dynamic", [21.0, 5.0, 0.0], [2.0, 2.0, 0.1]);
    let hinge = json!({
        "type": "hinge", "body1": door.to_string(),
        "offset0": [20, 5, 0], "offset1": [-1, 0, 0], "axis": [0, 1, 0],
    });
    yard.put("hinge", None, json!({ "joint": hinge }));
    yard.physics.wish(door, Command::Force(Mode::Impulse, [0.0, 0.0, 2.0], At::Centre));
    let load = yard.block("load", "dynamic", [40.0, 5.0, 0.0], [1.0, 1.0, 1.0]);
    let weak = json!({ "type": "fixed", "body1": load.to_string(), "offset0": [40, 5, 0], "breakForce": 5 });
    yard.put("weak", None, json!({ "joint": weak }));
    yard.ticks(30);
    let [x, y, z] = yard.at(door);
    let radius = ((x - 20.0).powi(2) + z.powi(2)).sqrt();
    let [bob_y, load_y] = [yard.at(bob)[1], yard.at(load)[1]];
    let swung = z.abs() > 0.2;
    expect!["bob 7.0, door 1.0 from its hinge at 5.0, swung true, load fell true"].assert_eq(&format!(
        "bob {bob_y:.1}, door {radius:.1} from its hinge at {y:.1}, swung {swung}, load fell {}",
        load_y < 0.0
    ));
}

#[test]
fn a_world_without_bodies_builds_nothing_and_one_that_rests_steps_nothing() {
    let mut yard = Yard::new();
    for at in 0..10 {
        yard.put(&format!("prim{at}"), None, json!({ "prim": { "type": "box" } }));
    }
    yard.ticks(3);
    assert!(yard.physics.space().empty());
    assert_eq!(yard.physics.space().hash(), None);
    yard.ground();
    yard.block("box", "dynamic", [0.0, 0.5, 0.0], [1.0, 1.0, 1.0]);
    yard.ticks(100);
    let before = Arc::as_ptr(yard.physics.space());
    // Somebody else reads it: a step would have to copy.
    let held = Arc::clone(yard.physics.space());
    yard.ticks(20);
    assert_eq!(Arc::as_ptr(yard.physics.space()), before);
    drop(held);
}

#[test]
fn a_script_that_writes_no_numbers_spoils_its_own_body_only() {
    let mut yard = Yard::new();
    yard.ground();
    let odd = yard.block("odd", "dynamic", [5.0, 1.0, 0.0], [1.0, 1.0, 1.0]);
    yard.block("fine", "dynamic", [0.0, 0.5, 0.0], [1.0, 1.0, 1.0]);
    yard.ticks(10);
    let transform = yard.ecs.component("transform").unwrap();
    yard.ecs.put_doubles(odd, (transform, 0), [f64::NAN, f64::INFINITY, 0.0]);
    yard.physics.wish(odd, Command::LinearVelocity([f64::MAX, f64::NAN, 0.0]));
    yard.physics.wish(odd, Command::Force(Mode::Impulse, [1e300, 0.0, 0.0], At::Centre));
    yard.ticks(30);
    let places = yard.places();
    let fine = places.lines().find(|it| it.starts_with("fine")).unwrap();
    expect!["fine 1.6 0.54 0.01"].assert_eq(fine);
}

#[test]
fn whoever_asks_for_too_much_has_nothing_and_the_others_go_on() {
    let mut yard = Yard::new();
    yard.physics.bounds = Bounds { moving: 30, pairs: (20, 4) };
    yard.ground();
    let fine = yard.block("fine", "dynamic", [20.0, 0.5, 0.0], [1.0, 1.0, 1.0]);
    yard.physics.hold(&yard.ecs, ("Fine", 1), fine);
    // Few enough, but all in one place.
    for node in 0..20 {
        let heap = yard.block("heap", "dynamic", [0.0, 5.0, 0.0], [1.0, 1.0, 1.0]);
        yard.physics.hold(&yard.ecs, ("Heap", node), heap);
    }
    let heap = yard.tick().overfull;
    for node in 0..31 {
        let crowd = yard.block("crowd", "dynamic", [5.0 * f64::from(node), 50.0, 0.0], [1.0, 1.0, 1.0]);
        yard.physics.hold(&yard.ecs, ("Crowd", node), crowd);
    }
    let crowd = yard.tick().overfull;
    let left = yard.physics.space().known.len();
    expect![[r#"[Some("Heap")] [Some("Crowd")], left 2"#]]
        .assert_eq(&format!("{heap:?} {crowd:?}, left {left}"));
}

#[test]
fn nobody_is_disturbed_by_what_others_do() {
    let mut yard = Yard::new();
    yard.ground();
    let turned = json!({ "transform": {
        "position": [3, 0.1, 0], "quaternion": [0.1, 0.7, 0.1, 0.7], "scale": [1.1, 0.9, 1.3],
    } });
    let parent = yard.put("parent", None, turned);
    let below = json!({
        "transform": { "position": [0.3, 3, 0.7] }, "rigidbody": { "type": "dynamic" }, "collider": {},
    });
    yard.put("below", Some(parent), below);
    for at in 0..3 {
        yard.block("box", "dynamic", [0.1 + f64::from(at) * 0.2, 1.0 + f64::from(at), 0.3], [1.0, 1.0, 1.0]);
    }
    let idle = yard.put("idle", None, json!({ "node": {} }));
    yard.ticks(200);
    let (hash, places) = (yard.physics.space().hash(), yard.places());
    for tick in 0..20 {
        yard.set(idle, "transform", "position", json!([tick, 0, 0]));
        let spawned = yard.put("new", None, json!({ "node": {} }));
        yard.ticks(1);
        yard.ecs.despawn(spawned);
        yard.names.remove(&spawned);
    }
    yard.set(idle, "transform", "position", json!([0, 0, 0]));
    assert_eq!((yard.physics.space().hash(), yard.places()), (hash, places));
}
