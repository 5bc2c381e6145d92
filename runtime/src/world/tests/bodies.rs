//! Scripts and their bodies.

use expect_test::expect;
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
    // Its entities are put into the store by hand, in this world only.
    stage.alone();
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
    two.alone();
    two.world.restore(&Image::decode(&image.encode()).unwrap()).unwrap();
    let mut three = Stage::new();
    three.alone();
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

const GROUND: &str = "
    const box = (type, tag, position, size, more) => {
        const body = app.create('rigidbody', { type, tag, position })
        const [width, height, depth] = size
        body.add(app.create('collider', { type: 'box', width, height, depth, ...more }))
        world.add(body)
        return body
    }
    const say = v => v.toArray().map(it => Math.round(it * 10) / 10 + 0).join(' ')
    const ground = box('static', 'ground', [0, -0.5, 0], [50, 1, 50])
";

#[test]
fn a_script_sees_its_body_fall_through_a_trigger_and_land() {
    let mut stage = Stage::new();
    let body = "
        const zone = box('static', 'zone', [0, 2, 0], [4, 1, 4], { trigger: true })
        zone.onTriggerEnter = e => console.log('enters', e.tag, e.playerId, e.isLocalPlayer)
        zone.onTriggerLeave = e => console.log('leaves', e.tag)
        const crate = box('dynamic', 'crate', [0, 4, 0], [1, 1, 1])
        crate.onContactStart = e => console.log('lands on', e.tag, e.contacts.length, say(e.contacts[0].position))
        crate.onContactEnd = e => console.log('leaves', e.tag, 'behind')
        let ticks = 0
        app.on('update', () => {
            if (++ticks === 10) console.log('at', say(crate.position), 'falls', say(crate.getLinearVelocity()))
            if (ticks === 40) {
                console.log('rests at', say(crate.position), crate.sleeping)
                crate.addForce(new Vector3(0, 5, 0), 'impulse')
            }
            if (ticks === 42) console.log('rises', say(crate.getLinearVelocity()))
            if (ticks === 60) crate.setPosition(new Vector3(9, 0.5, 0))
            if (ticks === 62) console.log('is put at', say(crate.getPosition()))
        })
    ";
    stage.app("A", &format!("{GROUND}{body}"));
    expect![[r#"
        A: Running
        A: info: enters crate null false
        A: info: at 0 2.8 0 falls 0 -4.9 0
        A: info: leaves crate
        A: info: lands on ground 4 -0.5 0 0.5
        A: info: rests at 0 0.5 0 true
        A: info: leaves ground behind
        A: info: rises 0 4 0
        A: info: enters crate null false
        A: info: leaves crate
        A: info: lands on ground 4 8.5 0 -0.5
        A: info: is put at 9 0.5 0
    "#]]
    .assert_eq(&stage.ticks(65));
}

#[test]
fn a_script_looks_around_with_rays_and_walks() {
    let mut stage = Stage::new();
    let body = "
        box('static', 'wall', [5, 1, 0], [1, 2, 10])
        const prop = box('dynamic', 'prop', [0, 0.5, 5], [1, 1, 1], { layer: 'prop' })
        const hero = app.create('controller', { position: [0, 0.5, -2] })
        world.add(hero)
        let ticks = 0
        const down = new Vector3()
        app.on('fixedUpdate', delta => {
            if (ticks > 4) hero.move(down.set(5 * delta, -9.81 * delta, 0))
        })
        app.on('update', () => {
            if (++ticks === 3) {
                const from = new Vector3(0, 0.5, 0)
                const hit = world.raycast(from, new Vector3(0, 0, 1))
                console.log('ray', hit.tag, hit.distance, say(hit.point), say(hit.normal), hit.playerId)
                const mask = world.createLayerMask('environment')
                console.log('masked', world.raycast(from, new Vector3(0, 0, 1), 20, mask))
                console.log('short', world.raycast(from, new Vector3(0, 0, 1), 2))
                console.log('near', world.overlapSphere(1, new Vector3(0, 1, 5), world.createLayerMask('prop')).map(it => it.tag))
            }
            if (ticks === 10 || ticks === 30) console.log('hero', say(hero.position), hero.isGrounded, hero.isCeiling)
        })
    ";
    stage.app("A", &format!("{GROUND}{body}"));
    expect![[r#"
        A: Running
        A: info: ray prop 4.500020503997803 0 0.5 4.5 0 0 -1 null
        A: info: masked null
        A: info: short null
        A: info: near ["prop"]
        A: info: hero 1.2 0 -2 true false
        A: info: hero 4.1 0 -2 true false
    "#]]
    .assert_eq(&stage.ticks(31));
}

#[test]
fn a_script_hangs_a_body_on_another() {
    let mut stage = Stage::new();
    let body = "
        const hook = box('static', null, [0, 8, 0], [0.2, 0.2, 0.2])
        const bob = box('dynamic', null, [2, 8, 0], [0.5, 0.5, 0.5])
        const joint = app.create('joint', { type: 'distance', limitMax: 2 })
        joint.body0 = hook
        joint.body1 = bob
        app.add(joint)
        let lowest = 8
        let ticks = 0
        app.on('update', () => {
            lowest = Math.min(lowest, bob.position.y)
            if (++ticks === 40) console.log('lowest', Math.round(lowest * 10) / 10)
        })
    ";
    stage.app("A", &format!("{GROUND}{body}"));
    expect![[r#"
        A: Running
        A: info: lowest 6
    "#]]
    .assert_eq(&stage.ticks(41));
}

#[test]
fn prims_are_bodies_once_they_say_so_and_kinematic_ones_push() {
    let mut stage = Stage::new();
    let body = "
        const ball = app.create('prim', { type: 'sphere', size: [0.5], position: [3, 0.5, 0], tag: 'ball' })
        const pusher = app.create('prim', { type: 'box', position: [0, 0.5, 0], physics: 'kinematic', tag: 'pusher' })
        app.add(ball)
        app.add(pusher)
        let ticks = 0
        ball.onContactStart = e => console.log('ball meets', e.tag, 'at tick', ticks)
        app.on('update', () => {
            ticks++
            if (ticks === 2) ball.physics = 'dynamic'
            if (ticks > 5 && ticks < 30) pusher.position.x += 0.1
            if (ticks === 30) console.log('ball', say(ball.position), 'pusher', say(pusher.position))
        })
    ";
    stage.app("A", &format!("{GROUND}{body}"));
    expect![[r#"
        A: Running
        A: info: ball meets ground at tick 2
        A: info: ball meets pusher at tick 26
        A: info: ball 3.4 0.5 0 pusher 2.4 0.5 0
    "#]]
    .assert_eq(&stage.ticks(31));
}

#[test]
fn who_heaps_up_bodies_is_stopped_and_the_others_are_not() {
    let mut stage = Stage::new();
    stage.app("Fine", &format!("{GROUND} box('dynamic', 'fine', [20, 0.5, 0], [1, 1, 1])"));
    let heap = "for (let i = 0; i < 1100; i++) box('dynamic', 'heap', [0, 5, 0], [1, 1, 1])";
    stage.app("Heap", &format!("{GROUND}{heap}"));
    stage.app("Model", "const b = app.create('rigidbody'); b.add(app.create('collider', { type: 'geometry' })); world.add(b)");
    expect![[r#"
        Fine: Running
        Heap: Running
        Model: Running
        Model: warn: collider_without_shape: the shapes of models are not known here
        Heap: crashed: error[physics_budget]: Heap has more bodies that move, or more in one place, than a world can bear
          at apps/Heap/index.js
          help: fewer bodies with `kinematic`, `dynamic` or `trigger`, or farther from each other
    "#]].assert_eq(&stage.ticks(5));
}

#[test]
fn the_same_scripts_with_bodies_are_the_same_world_twice() {
    let hashes = || {
        let mut stage = Stage::new();
        let body = "
            for (let i = 0; i < 8; i++) box('dynamic', 'b' + i, [num(0, 2, 2), 1 + i, num(0, 2, 2)], [1, 1, 1])
            app.on('update', () => { if (num(0, 10) === 0) box('dynamic', 'new', [0, 9, 0], [0.5, 0.5, 0.5]) })
        ";
        stage.app("A", &format!("{GROUND}{body}"));
        let hash = |_| {
            stage.tick();
            stage.world.state_hash().to_string()
        };
        (0..60).map(hash).collect::<Vec<_>>()
    };
    assert_eq!(hashes(), hashes());
}

#[test]
fn players_walk_into_triggers_and_are_named() {
    let mut stage = Stage::new();
    let body = "
        const gate = box('static', 'gate', [0, 1, 0], [2, 2, 2], { trigger: true })
        gate.onTriggerEnter = e => console.log('enters', e.playerId, e.tag, e.isLocalPlayer)
        gate.onTriggerLeave = e => console.log('leaves', e.playerId)
        let ticks = 0
        app.on('update', () => {
            if (++ticks !== 6) return
            const hit = world.raycast(new Vector3(0, 1, -5), new Vector3(0, 0, 1))
            console.log('ray', hit.playerId, world.overlapSphere(1, new Vector3(), world.createLayerMask('player')))
        })
    ";
    stage.app("A", &format!("{GROUND}{body}"));
    let player = Player { position: [-3.0, 0.0, 0.0], ..Player::new("anna", "Anna") };
    stage.world.apply(Step::Join { player });
    let mut said = stage.ticks(2);
    for x in [0.0, 0.0, 0.0, 0.0, 3.0, 3.0] {
        let (position, quaternion) = ([x, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]);
        stage.world.apply(Step::Move { id: "anna".to_owned(), position, quaternion });
        said.push_str(&stage.tick());
    }
    expect![[r#"
        anna is here
        A: Running
        A: info: enters anna null false
        A: info: ray anna [{"tag":null,"playerId":"anna"}]
        A: info: leaves anna
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_script_in_luau_has_bodies_too() {
    let mut stage = Stage::new();
    let text = "
        return function(world, app)
            local function box(kind, tag, position, size, trigger)
                local body = app:create('rigidbody', { type = kind, tag = tag, position = position })
                body:add(app:create('collider', {
                    type = 'box', width = size[1], height = size[2], depth = size[3], trigger = trigger,
                }))
                world:add(body)
                return body
            end
            box('static', 'ground', { 0, -0.5, 0 }, { 50, 1, 50 }, false)
            local zone = box('static', 'zone', { 0, 2, 0 }, { 4, 1, 4 }, true)
            zone.onTriggerEnter = function(event) print('enters', event.tag) end
            local crate = box('dynamic', 'crate', { 0, 4, 0 }, { 1, 1, 1 }, false)
            crate.onContactStart = function(event)
                print('lands on', event.tag, #event.contacts, event.contacts[1].position.y)
            end
            local ticks = 0
            app:on('update', function()
                ticks += 1
                if ticks == 40 then
                    print('rests at', math.round(crate.position.y * 10) / 10, crate.sleeping)
                    crate:addForce(Vector3.new(0, 5, 0), 'impulse')
                    local hit = world:raycast(Vector3.new(0, 9, 0), Vector3.new(0, -1, 0))
                    print('ray', hit.tag, math.round(hit.distance * 10) / 10)
                end
                if ticks == 42 then print('rises', crate:getLinearVelocity().y > 3) end
            end)
        end
    ";
    stage.blueprint("A", "module", &[("index.luau", text)]);
    stage.entity("A", "A", json!({}));
    expect![[r#"
        A: Running
        A: info: enters crate
        A: info: lands on ground 4 0.000016435980796813965
        A: info: rests at 0.5 true
        A: info: ray crate 8
        A: info: rises true
    "#]]
    .assert_eq(&stage.ticks(43));
}
