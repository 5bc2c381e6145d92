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
        expect![[""]],
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
        expect![[""]],
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
        expect![[""]],
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
        expect![[""]],
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
        expect![[""]],
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
    expect![[""]].assert_eq(&stage.ticks(2));
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
    expect![[""]].assert_eq(&stage.ticks(1));
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
        expect![[""]],
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
        expect![[""]],
    );
}
