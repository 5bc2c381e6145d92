//! What nodes do for a script: properties and their checks, trees, transforms, play, copies.

use expect_test::{Expect, expect};

use super::*;

fn check(body: &str, ticks: usize, expect: Expect) {
    let mut stage = Stage::new();
    stage.app("A", body);
    expect.assert_eq(&stage.ticks(ticks).replace("A: info: ", "").replace("A: Running\n", ""));
}

/// What an app says that tries each of these.
fn tried(lines: &[&str]) -> String {
    let tries = lines.iter().map(|it| {
        format!("try {{ {it}; console.log('fine') }} catch (e) {{ console.log(e.code, e.message) }}\n")
    });
    tries.collect()
}

#[test]
fn what_a_property_does_not_take_is_said_in_words() {
    check(
        &tried(&[
            "app.create('mesh').width = '3'",
            "app.create('mesh', { type: 'cube' })",
            "app.create('prim').metalness = 2",
            "app.create('rigidbody').mass = -1",
            "app.create('controller').layer = 'player'",
            "app.create('image').color = null",
            "app.create('ui').padding = [1, 2]",
            "app.create('uitext').value = 5",
            "app.create('action', { label: { no: 1 } })",
            "app.create('prim').onContactStart = 1",
            "app.create('sky').sunDirection = new Vector3()",
            "app.create('sky').sunDirection = 'up'",
            "app.create('collider').geometry = app.create('mesh').geometry",
            "app.create('collider').geometry = {}",
            "app.create('mesh').width = undefined",
            "app.create('wall')",
            "app.position = new Vector3()",
            "app.create('mesh').id = 'x'",
            "app.create('mesh').material = {}",
            "app.create('joint').axis = new Vector3()",
            "app.add(app)",
            "app.add({})",
            "world.createLayerMask('prop', 'wall')",
            "world.raycast({}, {})",
        ]),
        1,
        expect![[r#"
            invalid_value invalid_value: [mesh] width takes a number, not "3"
            invalid_value invalid_value: [mesh] type takes one of "box", "sphere", "geometry", not "cube"
            invalid_value invalid_value: [prim] metalness takes a number from 0 to 1, not 2
            invalid_value invalid_value: [rigidbody] mass takes a number of at least 0, not -1
            invalid_value invalid_value: [controller] layer takes one of "environment", "prop", "tool", not "player"
            fine
            invalid_value invalid_value: [ui] padding takes a number or a list of 4, not a list of 2
            fine
            fine
            invalid_value invalid_value: [prim] onContactStart takes a function, not 1
            fine
            invalid_value invalid_value: [sky] sunDirection takes null or a Vector3, not "up"
            fine
            invalid_value invalid_value: [collider] geometry takes another node's geometry, not an object
            fine
            unknown_node_type unknown_node_type: there is no node type "wall"; there are action, anchor, audio, avatar, collider, controller, group, image, joint, lod, mesh, mirror, nametag, particles, prim, rigidbody, skinnedmesh, sky, snap, ui, uiimage, uiinput, uitext, uiview, video, water, webview
            read_only_property read_only_property: [group] position cannot be replaced: change it in place, with set or copy
            read_only_property read_only_property: [mesh] id is fixed once the node is made
            read_only_property read_only_property: [mesh] material cannot be replaced: change its members
            read_only_property read_only_property: [joint] axis cannot be replaced: change it in place, with set or copy
            node_cycle node_cycle: [group] a node cannot be added below itself
            invalid_value invalid_value: [group] add takes a node, not an object
            unknown_layer unknown_layer: [createLayerMask] there is no layer "wall"; there are camera, environment, player, prop, tool
            invalid_value invalid_value: [raycast] origin takes a Vector3, not an object
        "#]],
    );
}

#[test]
fn properties_keep_what_they_are_given_and_begin_with_what_the_table_says() {
    check(
        "const label = app.create('action', { label: 7, distance: 9 })
         const text = app.create('uitext')
         text.value = 12
         console.log(label.label, label.distance, label.duration, text.value, text.fontSize)
         const prim = app.create('prim', { type: 'sphere' })
         console.log(prim.size, prim.physics, prim.transparent)
         const body = app.create('rigidbody', { angularDamping: 3, tag: 5 })
         console.log(body.angularDamping, body.tag, body.type)
         const ui = app.create('ui', { offset: [1, 2], padding: [1, 2, 3, 4] })
         console.log(ui.offset.toArray(), ui.padding, ui.pivot)
         const joint = app.create('joint')
         joint.rotation0.y = 1
         console.log(joint.breakForce, joint.quaternion0.y.toFixed(3), joint.rotation0.order, joint.body0)
         const mesh = app.create('mesh')
         mesh.material.color = '#ff8800'
         console.log(mesh.material.color.getHexString(), mesh.material.textureX, mesh.active, mesh.castShadow)
         mesh.setSize(1, 2, 3)
         console.log(mesh.width, mesh.height, mesh.depth)
         mesh.anything = 'goes'
         console.log(mesh.anything)",
        1,
        expect![[r#"
            7 9 0.5 12 16
            [0.5] null undefined
            undefined 5 static
            [1,2,0] [1,2,3,4] center
            Infinity 0.479 YXZ null
            ff8800 0 true true
            1 2 3
            goes
        "#]],
    );
}

#[test]
fn a_transform_has_four_faces_that_agree_and_no_scale_is_zero() {
    check(
        "const a = app.create('group', { position: [1, 2, 3], rotation: [0, Math.PI / 2, 0] })
         const b = app.create('group', { position: new Vector3(0, 0, 1), scale: [2, 2, 2] })
         a.add(b)
         app.add(a)
         const near = list => list.map(it => +it.toFixed(3) || 0)
         console.log(near(a.quaternion.toArray()), a.rotation.order)
         a.quaternion.set(0, 0, 0, 1)
         console.log(near(a.rotation.toArray().slice(0, 3)))
         a.rotation.y = Math.PI
         console.log(near(a.quaternion.toArray()))
         app.position.x = 10
         console.log(near(new Vector3().setFromMatrixPosition(b.matrixWorld).toArray()))
         console.log(near(new Vector3().setFromMatrixScale(b.getWorldMatrix(new Matrix4())).toArray()))
         b.scale.set(0, 1, 0)
         console.log(b.scale.toArray())
         world.attach(b)
         console.log(near(b.position.toArray()), b.parent, a.children.length)
         const kept = b.matrixWorld
         console.log(kept === b.matrixWorld)",
        1,
        expect![[r#"
            [0,0.707,0,0.707] YXZ
            [0,0,0]
            [0,1,0,0]
            [11,2,2]
            [2,2,2]
            [1e-9,1,1e-9]
            [11,2,2] undefined 0
            true
        "#]],
    );
}

#[test]
fn trees_are_walked_copied_and_found_by_id() {
    check(
        "const a = app.create('group', { id: 'a' }), b = app.create('mesh', { id: 'b', radius: 2 }), c = app.create('uitext', { id: 'c', value: 'x' })
         a.add(b).add(c)
         app.add(a)
         const ids = []
         app.traverse(it => ids.push(it.id))
         console.log(ids, app.get('b') === b, a.get('nobody'), b.parent === a, a.children.length)
         const copy = a.clone(true)
         console.log(copy.id, copy.children.map(it => it.id + ' ' + it.name), copy.get('b').radius, copy.get('c').value, copy.parent, a.clone().children.length)
         copy.get('b').radius = 3
         console.log(b.radius)
         b.add(c)
         console.log(a.children.length, b.children.length)
         a.remove(b)
         console.log(a.children.length, b.parent, app.get('c'))
         app.add(null)
         world.add(b)
         world.remove(b)
         a.active = false
         console.log(a.active, JSON.stringify(a))
         const lod = app.create('lod')
         console.log(lod.insert(b, 10) === lod, lod.children.length)",
        1,
        expect![[r#"
            ["$root","a","b","c"] true null true 2
            a ["b mesh","c uitext"] 2 x undefined 0
            2
            1 1
            0 undefined null
            A: error: no node to add
            false {"id":"a","name":"group"}
            true 1
        "#]],
    );
}

#[test]
fn what_plays_plays_by_the_worlds_clock_and_particles_end() {
    check(
        "const audio = app.create('audio', { src: 'asset://a.mp3' }), video = app.create('video')
         app.add(audio).add(video)
         audio.play()
         audio.setPlaybackRate(2)
         const dust = app.create('particles', { loop: false, duration: 0.1, life: '0.05~0.1', onEnd: () => console.log('gone', world.getTime().toFixed(2)) })
         app.add(dust)
         const anchor = app.create('anchor', { id: 'seat' })
         console.log(anchor.anchorId)
         app.add(anchor)
         console.log(anchor.anchorId)
         let n = 0
         app.on('update', () => {
           n++
           if (n === 2) { console.log(audio.isPlaying, audio.currentTime.toFixed(2), video.playing); audio.pause(); video.time = 3; video.play() }
           if (n === 4) { console.log(audio.isPlaying, audio.currentTime.toFixed(2), video.isPlaying, video.currentTime.toFixed(2)); audio.stop(); video.play(true) }
           if (n === 5) console.log(audio.currentTime, video.time.toFixed(2))
         })",
        6,
        expect![[r#"
            null
            A:seat
            true 0.20 false
            gone 0.25
            false 0.20 true 3.10
            0 0.05
        "#]],
    );
}

#[test]
fn a_node_of_a_model_answers_to_the_members_of_every_type() {
    let mut stage = Stage::new();
    let text = "export default (world, app) => {
        const rig = app.get('Rig')
        rig.play({ name: 'walk' })
        rig.castShadow = false
        rig.linked = true
        rig.material.emissiveIntensity = 3
        rig.position.y = 2
        console.log(rig.castShadow, rig.material.emissiveIntensity, rig.anims.length, app.get('Rig') === rig, rig.getPosition(new Vector3()).x)
        app.add(rig.clone(true))
    }";
    let url = stage.asset("index.js", text);
    stage.put_blueprint(json!({"id": "A", "version": 1, "script": url, "scriptEntry": "index.js",
        "scriptFiles": {"index.js": url}, "scriptFormat": "module", "props": {}, "model": "asset://model.glb"}));
    stage.entity("A", "A", json!({}));
    expect![[r#"
        A: Running
        A: warn: unsupported_here: model.play
        A: warn: unsupported_here: skinnedmesh.anims
        A: warn: unsupported_here: model.getPosition
        A: info: false 3 0 true 0
    "#]]
    .assert_eq(&stage.ticks(2));
}

#[test]
fn assignments_to_what_the_world_owns_are_ignored_and_stay_with_the_instance() {
    let mut stage = Stage::new();
    let text = "export default (world, app) => {
        console.log(world.mine, app.mine)
        world.mine = 1; app.mine = 2; app.instanceId = 'x'; app.keepActive = true
        console.log(world.mine, app.mine, app.instanceId)
    }";
    stage.blueprint("A", "module", &[("index.js", text)]);
    stage.entity("1", "A", json!({}));
    stage.entity("2", "A", json!({}));
    expect![[r#"
        1: Running
        1: info: undefined undefined
        1: info: 1 2 1
        2: Running
        2: info: undefined undefined
        2: info: 1 2 2
    "#]]
    .assert_eq(&stage.ticks(1));
}

#[test]
fn fields_are_configured_and_their_initial_values_are_props() {
    check(
        "app.configure(() => [
           { key: 'title', type: 'text', initial: 'hello' },
           { key: 'picture', type: 'image' },
           { key: 'speed', type: 'range', min: 0, max: 2, initial: 1 },
           { type: 'section', key: 's', label: 'S' },
           null,
         ])
         console.log(props, app.props === props, app.config === props)",
        1,
        expect![[r#"
            {"title":"hello","speed":1} true true
        "#]],
    );
}

#[test]
fn timestamps_follow_the_tokens_and_numbers_are_the_same_everywhere() {
    check(
        "console.log(world.getTimestamp('YYYY-MM-DD [at] HH:mm:ss.SSS'), world.getTimestamp())
         const draw = prng(42)
         console.log([1, 2, 3, 4].map(() => draw(1, 100)), clamp(7, 1, 5), new URL('../b?x=1', 'https://a.b/c/d').href)
         const sum = [1, 2, 3].map(() => num(0, 10, 2)).every(it => it >= 0 && it <= 10 && Number(it.toFixed(2)) === it)
         console.log(sum, uuid().length, new Curve().deserialize('0,0,1,1|1,1,1,1').evaluate(0.5))",
        1,
        expect![[r#"
            2026-01-01 at 00:00:00.050 2026-01-01T00:00:00.050Z
            [69,39,61,51] 5 https://a.b/b?x=1
            true 10 0.5
        "#]],
    );
}

#[test]
fn bodies_fall_are_pushed_touch_and_are_met_by_rays() {
    check(
        "app.add(app.create('prim', { type: 'box', size: [20, 1, 20], position: [0, -0.5, 0], physics: 'static', tag: 'floor' }))
         const ball = app.create('prim', { type: 'sphere', size: [0.5], position: [0, 1, 0], physics: 'dynamic', tag: 'ball' })
         ball.onContactStart = e => console.log('touched', e.tag, e.contacts.length > 0 && e.contacts[0].position.isVector3)
         app.add(ball)
         const body = app.create('rigidbody', { type: 'dynamic', position: [5, 3, 0] })
         body.add(app.create('collider', { type: 'sphere', radius: 0.5 }))
         app.add(body)
         const gate = app.create('rigidbody', { type: 'static', position: [5, 2, 0] })
         gate.add(app.create('collider', { width: 1, height: 0.2, depth: 1, trigger: true }))
         gate.onTriggerEnter = e => console.log('in', e.tag, e.playerId)
         app.add(gate)
         const walker = app.create('controller', { position: [-5, 0, 0] })
         app.add(walker)
         const down = new Vector3(0, -1, 0)
         let n = 0
         app.on('update', () => {
           n++
           if (n === 3) {
             const hit = world.raycast(new Vector3(3, 5, 3), down, 10, world.createLayerMask('environment'))
             console.log(hit.tag, hit.distance.toFixed(2), hit.point.y.toFixed(2), hit.normal.y, world.raycast(new Vector3(3, 5, 3), down, 1))
             console.log(world.overlapSphere(1, new Vector3(3, 0, 3), 2).map(it => it.tag))
             body.setLinearVelocity(new Vector3(0, 2, 0))
             console.log(body.getLinearVelocity(new Vector3()).y)
             walker.move(new Vector3(0.1, -0.1, 0))
             console.log(walker.isGrounded, walker.position.x.toFixed(2))
             body.addForce(new Vector3(0, 1, 0), 'impulse')
           }
           if (n === 4) console.log(body.getLinearVelocity().y > 2, body.sleeping)
           if (n === 40) console.log(ball.position.y.toFixed(1), ball.matrixWorld.elements[13].toFixed(1))
         })",
        41,
        expect![[r#"
            floor 5.00 0.00 1 null
            ["floor"]
            2
            true -4.90
            true false
            touched floor true
            in null null
            0.5 0.5
        "#]],
    );
}

#[test]
fn who_listens_to_an_angle_hears_every_change_but_those_that_are_quiet() {
    check(
        "const turn = { rotation: new Euler(0, 0, 0, 'YXZ'), quaternion: new Quaternion(), at: new Vector3(1, 2, 3) }
         turn.rotation._onChange(() => turn.quaternion.setFromEuler(turn.rotation, false))
         turn.quaternion._onChange(() => turn.rotation.setFromQuaternion(turn.quaternion, undefined, false))
         turn.rotation.y = Math.PI / 2
         console.log(turn.quaternion.toArray().map(it => it.toFixed(2)), turn.rotation instanceof Euler, turn.rotation.isEuler)
         turn.quaternion.set(0, 0, 0, 1)
         console.log(turn.rotation.toArray())
         let heard = 0
         turn.at._onChange(() => heard++).add(new Vector3(1, 1, 1)).x = 7
         const box = app.create('mesh')
         app.add(box)
         box.position._onChange(() => heard++)
         box.position.set(4, 5, 6)
         console.log(heard, turn.at.toArray(), turn.at.clone().x, box.position.toArray())",
        1,
        expect![[r#"
            ["0.00","0.71","0.00","0.71"] true true
            [0,0,0,"YXZ"]
            3 [7,3,4] 7 [4,5,6]
        "#]],
    );
}

#[test]
fn a_place_that_is_a_word_is_said_and_moves_nothing() {
    check(
        "const text = app.create('uitext', { position: 'absolute', value: 'a' })
         app.create('uitext', { position: 'absolute' })
         console.log(text.position.toArray(), text.value)",
        1,
        expect![[r#"
            A: warn: invalid_value: [uitext] position takes a list or a vector, not "absolute"
            [0,0,0] a
        "#]],
    );
}

#[test]
fn what_is_looked_for_in_a_loaded_model_is_there() {
    check(
        "world.load('model', 'asset://a.glb').then(model => {
           const rig = model.get('Rig')
           rig.position.y = 2
           console.log(model.get('Rig') === rig, rig.parent === model, rig.get('Head').id, model.get('Head').position.y)
         })",
        1,
        expect![[r#"
            A: warn: unsupported_here: world.load
            true true Head 0
        "#]],
    );
}

#[test]
fn ten_thousand_nodes_are_made_at_once_in_their_order() {
    let mut stage = Stage::new();
    stage.app(
        "A",
        "const all = []
         for (let i = 0; i < 10000; i++) { const it = app.create('group', { position: [i, 0, 0] }); (all[i - 1] ?? app).add(it); if (i % 100 === 99) all.length = 0; else all[i] = it }
         app.on('update', () => { app.children[99].position.y = 5 })",
    );
    stage.alone();
    expect![[r#"
        A: Running
    "#]]
    .assert_eq(&stage.ticks(2));
    assert_eq!(stage.world.ecs().count(), 10_001);
}
