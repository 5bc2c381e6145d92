//! Who hears of whom.

use expect_test::expect;
use serde_json::json;

use super::*;

#[test]
fn what_falls_through_a_trigger_enters_and_leaves_it() {
    let mut yard = Yard::new();
    yard.ground();
    let zone = json!({
        "transform": { "position": [0, 3, 0] },
        "rigidbody": { "type": "static", "tag": "zone" },
        "collider": { "width": 4, "depth": 4, "trigger": true },
    });
    yard.put("zone", None, zone);
    yard.block("one", "dynamic", [-1.0, 5.0, 0.0], [1.0, 1.0, 1.0]);
    yard.block("two", "dynamic", [1.0, 6.0, 0.0], [1.0, 1.0, 1.0]);
    let heard = yard.ticks(60);
    expect![[r#"
        10 zone TriggerEnter one
        14 zone TriggerEnter two
        16 zone TriggerLeave one
        19 zone TriggerLeave two
        20 ground ContactStart one at 4 points
        20 one ContactStart ground at 4 points
        22 ground ContactStart two at 4 points
        22 two ContactStart ground at 4 points
    "#]]
    .assert_eq(&heard);
}

#[test]
fn contacts_begin_and_end_once_for_both_sides() {
    let mut yard = Yard::new();
    yard.ground();
    // Two shapes, one body: still one contact.
    let body =
        json!({ "transform": { "position": [0, 1, 0] }, "rigidbody": { "type": "dynamic", "tag": "pair" } });
    let body = yard.put("pair", None, body);
    for x in [-1.0, 1.0] {
        let collider = json!({ "transform": { "position": [x, 0, 0] }, "collider": {} });
        yard.put("shape", Some(body), collider);
    }
    let first = yard.ticks(40);
    yard.physics.wish(body, Command::LinearVelocity([0.0, 4.0, 0.0]));
    let second = yard.ticks(10);
    expect![[r#"
        7 ground ContactStart pair at 4 points
        7 pair ContactStart ground at 4 points
        --
        41 ground ContactEnd pair
        41 pair ContactEnd ground
    "#]]
    .assert_eq(&format!("{first}--\n{second}"));
}

#[test]
fn whoever_goes_takes_leave() {
    let mut yard = Yard::new();
    let ground = yard.ground();
    let zone = json!({
        "transform": { "position": [0, 1, 0] },
        "rigidbody": { "type": "static", "tag": "zone" },
        "collider": { "width": 4, "height": 2, "depth": 4, "trigger": true },
    });
    let zone = yard.put("zone", None, zone);
    let guest = yard.block("guest", "dynamic", [0.0, 0.5, 0.0], [1.0, 1.0, 1.0]);
    yard.block("stays", "dynamic", [1.5, 0.5, 0.0], [1.0, 1.0, 1.0]);
    let mut heard = yard.ticks(5);
    yard.ecs.despawn(guest);
    heard.push_str("the guest goes\n");
    heard.push_str(&yard.ticks(5));
    yard.ecs.despawn(zone);
    heard.push_str("the zone goes\n");
    heard.push_str(&yard.ticks(5));
    yard.ecs.despawn(ground);
    heard.push_str("the ground goes\n");
    heard.push_str(&yard.ticks(5));
    expect![[r#"
        1 ground ContactStart guest at 4 points
        1 ground ContactStart stays at 4 points
        1 guest ContactStart ground at 4 points
        1 stays ContactStart ground at 4 points
        1 zone TriggerEnter guest
        1 zone TriggerEnter stays
        the guest goes
        6 ground ContactEnd guest
        6 zone TriggerLeave guest
        the zone goes
        the ground goes
        16 stays ContactEnd ground
    "#]]
    .assert_eq(&heard);
}

#[test]
fn a_body_that_gets_another_shape_is_not_told_again_of_what_it_touches() {
    let mut yard = Yard::new();
    yard.ground();
    let body = yard.block("box", "dynamic", [0.0, 0.5, 0.0], [1.0, 1.0, 1.0]);
    let mut heard = yard.ticks(5);
    yard.set(body, "collider", "width", json!(2));
    heard.push_str("wider\n");
    heard.push_str(&yard.ticks(5));
    yard.set(body, "collider", "trigger", json!(true));
    heard.push_str("a trigger\n");
    heard.push_str(&yard.ticks(5));
    expect![[r#"
        1 ground ContactStart box at 4 points
        1 box ContactStart ground at 4 points
        wider
        a trigger
        11 ground ContactEnd box
        11 box ContactEnd ground
        11 box TriggerEnter ground
    "#]]
    .assert_eq(&heard);
}

#[test]
fn layers_that_do_not_meet_pass_through_each_other() {
    let mut yard = Yard::new();
    yard.ground();
    let mut out = String::new();
    for (at, (below, above)) in
        [("prop", "prop"), ("prop", "tool"), ("tool", "tool"), ("environment", "tool")]
            .into_iter()
            .enumerate()
    {
        let x = 10.0 * at as f64;
        let shelf = yard.block("shelf", "static", [x, 2.0, 0.0], [4.0, 0.2, 4.0]);
        yard.set(shelf, "collider", "layer", json!(below));
        let body = yard.block("body", "dynamic", [x, 4.0, 0.0], [1.0, 1.0, 1.0]);
        yard.set(body, "collider", "layer", json!(above));
        yard.ticks(50);
        let rests = if yard.at(body)[1] > 2.0 { "rests on" } else { "falls through" };
        writeln!(out, "{above} {rests} {below}").unwrap();
    }
    expect![[r#"
        prop rests on prop
        tool rests on prop
        tool falls through tool
        tool rests on environment
    "#]]
    .assert_eq(&out);
}

#[test]
fn players_are_capsules_that_triggers_and_bodies_notice() {
    let mut yard = Yard::new();
    yard.ground();
    let zone = json!({
        "transform": { "position": [0, 1, 0] },
        "rigidbody": { "type": "static", "tag": "zone" },
        "collider": { "width": 2, "height": 2, "depth": 2, "trigger": true },
    });
    yard.put("zone", None, zone);
    yard.block("ball", "dynamic", [2.5, 0.5, 0.0], [1.0, 1.0, 1.0]);
    let mut heard = String::new();
    let upright = [0.0, 0.0, 0.0, 1.0];
    for tick in 0..40 {
        let x = -2.0 + 0.1 * f64::from(tick);
        yard.physics.stand([("anna", [x, 0.0, 0.0], upright)].into_iter());
        heard.push_str(&yard.ticks(1));
    }
    let ray = Ask::Ray { origin: [1.9, 1.0, -5.0], direction: [0.0, 0.0, 1.0], most: 10.0, mask: 0 };
    let Answer::Hit(hit) = yard.ask(&ray) else { panic!("nothing") };
    writeln!(heard, "the ray meets {:?} at {:.1}", hit.player, hit.distance).unwrap();
    yard.physics.stand([].into_iter());
    heard.push_str(&yard.ticks(2));
    heard.push_str(&yard.places());
    expect![[r#"
        1 ground ContactStart ball at 4 points
        1 ball ContactStart ground at 4 points
        9 zone TriggerEnter player anna
        35 zone TriggerLeave player anna
        39 ball ContactStart player anna at 4 points
        39 anna ContactStart ball at 4 points
        the ray meets Some("anna") at 4.7
        41 ball ContactEnd player anna
        ground 0 -0.5 0
        zone 0 1 0
        ball 2.85 0.5 0
    "#]]
    .assert_eq(&heard);
}
