//! What scripts ask: rays, spheres, sweeps, and where a character may go.

use expect_test::expect;
use serde_json::json;

use super::*;

fn shown(answer: &Answer) -> String {
    let three = |it: &[f64; 3]| it.map(|it| format!("{:.2}", it + 0.0)).join(" ");
    match answer {
        Answer::Nothing => "nothing".to_owned(),
        Answer::Hit(it) => format!(
            "{} at {:.2}: {} facing {}",
            it.tag.as_deref().unwrap_or("?"),
            it.distance,
            three(&it.point),
            three(&it.normal)
        ),
        Answer::Overlaps(all) => {
            let tags: Vec<&str> = all.iter().filter_map(|it| it.tag.as_deref()).collect();
            format!("{tags:?}")
        }
        Answer::Body(it) => format!("{} {}", three(&it.position), it.sleeping),
        Answer::Walked { feet, grounded, ceiling } => format!("{} {grounded} {ceiling}", three(feet)),
    }
}

#[test]
fn rays_spheres_and_sweeps_meet_bodies_and_no_triggers() {
    let mut yard = Yard::new();
    yard.ground();
    yard.block("near", "static", [0.0, 1.0, 5.0], [1.0, 1.0, 1.0]);
    let far = yard.block("far", "dynamic", [0.0, 0.5, 10.0], [1.0, 1.0, 1.0]);
    yard.set(far, "collider", "layer", json!("prop"));
    let zone = yard.block("zone", "static", [0.0, 1.0, 2.0], [1.0, 1.0, 1.0]);
    yard.set(zone, "collider", "trigger", json!(true));
    yard.ticks(2);
    let ray = |mask, most| Ask::Ray { origin: [0.0, 0.8, 0.0], direction: [0.0, 0.0, 2.0], most, mask };
    let down =
        Ask::Ray { origin: [3.0, 7.0, 3.0], direction: [0.0, -1.0, 0.0], most: f64::INFINITY, mask: 0 };
    let none = Ask::Ray { origin: [0.0; 3], direction: [0.0; 3], most: 1.0, mask: 0 };
    let sphere = |radius, mask| Ask::Sphere { radius, origin: [0.0, 1.0, 7.0], mask };
    let sweep =
        Ask::Sweep { radius: 0.25, origin: [0.7, 1.0, 0.0], direction: [0.0, 0.0, 1.0], most: 50.0, mask: 0 };
    let prop = Layer::Prop.bit();
    let asked = [
        ray(0, f64::INFINITY),
        ray(prop, f64::INFINITY),
        ray(0, 4.0),
        down,
        none,
        sphere(0.5, 0),
        sphere(3.0, 0),
        sphere(3.0, prop),
        sweep,
    ];
    let out: String = asked.iter().map(|it| shown(&yard.ask(it)) + "\n").collect();
    expect![[r#"
        near at 4.50: 0.00 0.80 4.50 facing 0.00 0.00 -1.00
        far at 9.50: 0.00 0.80 9.50 facing 0.00 -0.00 -1.00
        nothing
        ground at 7.00: 3.00 0.00 3.00 facing 0.00 1.00 0.00
        nothing
        []
        ["ground", "near", "far"]
        ["far"]
        near at 4.35: 0.50 1.00 4.50 facing 0.80 0.00 -0.59
    "#]]
    .assert_eq(&out);
}

/// Walks for so many ticks of two and a half steps, falling all the time.
fn walk(yard: &mut Yard, character: Entity, by: [f64; 2], ticks: u64) -> (bool, bool) {
    let (mut stood, mut bumped) = (false, false);
    for _ in 0..ticks {
        let feet = yard.at(character);
        let by = [by[0], -0.2, by[1]];
        let ask = Ask::Walk { node: number(character), radius: 0.4, height: 1.0, feet, by };
        let Answer::Walked { feet, grounded, ceiling } = yard.ask(&ask) else { panic!("nowhere") };
        yard.set(character, "transform", "position", json!(feet));
        (stood, bumped) = (grounded, bumped | ceiling);
        yard.tick();
    }
    (stood, bumped)
}

#[test]
fn a_character_walks_steps_up_slides_along_and_stops() {
    let mut yard = Yard::new();
    yard.ground();
    yard.block("step", "static", [3.0, 0.15, 0.0], [2.0, 0.3, 4.0]);
    yard.block("wall", "static", [6.0, 1.0, 0.0], [1.0, 4.0, 20.0]);
    let hero = yard.put("hero", None, json!({ "transform": { "position": [0, 0.5, 0] }, "controller": {} }));
    let mut out = String::new();
    let mut say = |yard: &mut Yard, what: &str, (stood, bumped): (bool, bool)| {
        let [x, y, z] = yard.at(hero).map(|it| (it * 10.0).round() / 10.0 + 0.0);
        writeln!(out, "{what}: {x} {y} {z} grounded {stood} ceiling {bumped}").unwrap();
    };
    yard.ticks(1);
    let fell = walk(&mut yard, hero, [0.0, 0.0], 10);
    say(&mut yard, "falls", fell);
    let stepped = walk(&mut yard, hero, [0.1, 0.0], 30);
    say(&mut yard, "steps up", stepped);
    let stopped = walk(&mut yard, hero, [0.1, 0.0], 60);
    say(&mut yard, "stops at the wall", stopped);
    let slid = walk(&mut yard, hero, [0.1, 0.1], 20);
    say(&mut yard, "slides along it", slid);
    expect![[r#"
        falls: 0 0 0 grounded true ceiling false
        steps up: 2.9 0.3 0 grounded true ceiling false
        stops at the wall: 5.1 0 0 grounded true ceiling false
        slides along it: 5.1 0 2 grounded true ceiling false
    "#]]
    .assert_eq(&out);
}

#[test]
fn a_character_pushes_what_moves_and_hears_of_it() {
    let mut yard = Yard::new();
    yard.ground();
    let hero = json!({ "transform": { "position": [0, 0.1, 0] }, "controller": { "tag": "hero" } });
    let hero = yard.put("hero", None, hero);
    yard.block("crate", "dynamic", [2.0, 0.5, 0.0], [1.0, 1.0, 1.0]);
    let mut heard = yard.ticks(2);
    for tick in 0..30 {
        yard.set(hero, "transform", "position", json!([0.1 * f64::from(tick), 0.1, 0]));
        heard.push_str(&yard.ticks(1));
    }
    expect![[r#"
        1 ground ContactStart crate at 4 points
        1 crate ContactStart ground at 4 points
        15 hero ContactStart crate at 4 points
        15 crate ContactStart hero at 4 points
        ground 0 -0.5 0
        hero 2.9 0.1 0
        crate 3.8 0.5 0
    "#]]
    .assert_eq(&(heard + &yard.places()));
}
