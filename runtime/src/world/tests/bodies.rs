//! Scripts and their bodies.

use serde_json::json;

use super::*;

#[test]
fn worlds_with_bodies_can_be_sent_to_another_thread() {
    fn send<T: Send>() {}
    fn read<T: Send + Sync>() {}
    send::<World>();
    read::<crate::physics::Space>();
}

/// A world whose bodies nobody's script holds: spawned from prefabs.
fn heap() -> Stage {
    let mut stage = Stage::new();
    let part = |value: Value| value.as_object().unwrap().clone();
    for (motion, at, size) in [
        ("static", [0.0, -0.5, 0.0], 50.0),
        ("dynamic", [0.0, 2.0, 0.1], 1.0),
        ("dynamic", [0.4, 4.0, 0.0], 1.0),
    ] {
        let height = if motion == "static" { 1.0 } else { size };
        let components = json!({
            "transform": { "position": at }, "rigidbody": { "type": motion },
            "collider": { "width": size, "height": height, "depth": size },
        });
        let ids: Vec<_> =
            components.as_object().unwrap().keys().map(|it| stage.world.ecs.component(it).unwrap()).collect();
        let entity = stage.world.ecs.spawn_with(None, &ids);
        for (component, fields) in components.as_object().unwrap() {
            let component = stage.world.ecs.component(component).unwrap();
            for (field, value) in part(fields.clone()) {
                assert!(stage.world.ecs.set(entity, component, &field, &ecs::Value::from_json(&value)));
            }
        }
    }
    stage
}

#[test]
fn a_world_with_bodies_goes_on_from_an_image_to_the_bit() {
    let mut one = heap();
    one.ticks(25);
    let image = one.world.save();
    assert_eq!(image.state_hash(), one.world.state_hash());
    let mut two = Stage::new();
    two.world.restore(&Image::decode(&image.encode()).unwrap()).unwrap();
    let mut three = Stage::new();
    three.world.restore(&image).unwrap();
    for tick in 0..100 {
        let expected = one.world.state_hash();
        assert_eq!(two.world.state_hash(), expected, "from its encoding: {tick}");
        assert_eq!(three.world.state_hash(), expected, "as it was: {tick}");
        one.ticks(1);
        two.ticks(1);
        three.ticks(1);
    }
    assert_ne!(image.state_hash(), one.world.state_hash());
}
