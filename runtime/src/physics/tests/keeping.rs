//! The same bits again, and after bytes.

use serde_json::json;

use super::*;
use crate::physics::keep::NoSpace;

/// A heap of everything: boxes, balls, a joint, a platform that goes to and fro, a trigger.
fn heap() -> (Yard, Entity) {
    let mut yard = Yard::new();
    yard.ground();
    for at in 0..12_u32 {
        let (x, y) = (f64::from(at % 3) * 0.9, 1.0 + f64::from(at / 3) * 1.2);
        yard.block(&format!("box{at}"), "dynamic", [x, y, 0.1 * f64::from(at % 2)], [1.0, 1.0, 1.0]);
    }
    for at in 0..6_u32 {
        let ball = json!({
            "transform": { "position": [0.3 * f64::from(at), 8, 0.2] },
            "prim": { "type": "sphere", "size": [0.4], "physics": "dynamic", "restitution": 0.5, "tag": "ball" },
        });
        yard.put(&format!("ball{at}"), None, ball);
    }
    let bob = yard.block("bob", "dynamic", [4.0, 6.0, 0.0], [0.5, 0.5, 0.5]);
    let rope = json!({ "type": "distance", "body1": bob.to_string(), "offset0": [3, 9, 0], "limitMax": 3.2 });
    yard.put("rope", None, json!({ "joint": rope }));
    let zone = yard.block("zone", "static", [1.0, 1.0, 0.0], [3.0, 0.5, 3.0]);
    yard.set(zone, "collider", "trigger", json!(true));
    let lift = yard.block("lift", "kinematic", [-2.0, 0.2, 0.0], [2.0, 0.4, 2.0]);
    (yard, lift)
}

/// One tick, and the hash after it.
fn go(yard: &mut Yard, lift: Entity) -> (u128, String) {
    let x = -2.0 + f64::from(u32::try_from(yard.clock.0 % 20).unwrap()) * 0.05;
    yard.set(lift, "transform", "position", json!([x, 0.2, 0]));
    let heard = yard.ticks(1);
    (yard.physics.space().hash().unwrap(), format!("{heard}{:?}", yard.ecs.state_hash()))
}

#[test]
fn two_worlds_of_the_same_steps_are_the_same_after_every_tick() {
    let ((mut one, lift), (mut two, _)) = (heap(), heap());
    for tick in 0..80 {
        assert_eq!(go(&mut one, lift), go(&mut two, lift), "{tick}");
    }
}

#[test]
fn a_world_that_was_kept_goes_on_as_if_it_had_not_been() {
    let (mut one, lift) = heap();
    for _ in 0..60 {
        go(&mut one, lift);
    }
    let bytes = one.physics.space().encode();
    let kept = Arc::new(Space::decode(&bytes).unwrap());
    assert_eq!(kept.hash(), one.physics.space().hash());
    let (mut two, _) = heap();
    (two.ecs, two.clock) = (one.ecs.clone(), one.clock);
    two.physics.restore(&kept);
    // And one without bytes in between, from the fork an image holds.
    let (mut three, _) = heap();
    (three.ecs, three.clock) = (one.ecs.clone(), one.clock);
    three.physics.restore(one.physics.space());
    for tick in 0..100 {
        let expected = go(&mut one, lift);
        assert_eq!(go(&mut two, lift), expected, "from bytes: {tick}");
        assert_eq!(go(&mut three, lift), expected, "from a fork: {tick}");
    }
}

#[test]
fn bytes_that_are_not_what_was_written_are_refused() {
    let (mut yard, lift) = heap();
    go(&mut yard, lift);
    let bytes = yard.physics.space().encode();
    for at in [0, 20, bytes.len() / 2, bytes.len() - 1] {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1;
        assert_eq!(Space::decode(&wrong).err(), Some(NoSpace), "{at}");
    }
    for short in [0, 15, 16, bytes.len() - 1] {
        assert_eq!(Space::decode(&bytes[..short]).err(), Some(NoSpace), "{short}");
    }
}
