use expect_test::{Expect, expect};

use super::*;

fn check(body: &str, ticks: usize, expect: Expect) {
    let mut stage = Stage::new();
    stage.app("A", body);
    expect.assert_eq(&stage.ticks(ticks));
}

#[test]
fn a_script_starts_and_its_frames_run() {
    check(
        "console.log('hello', { a: 1 }, [1], undefined, world.isServer, world.getTime())
         let frames = 0, fixed = 0
         app.on('fixedUpdate', dt => { fixed += dt })
         app.on('update', dt => { if (++frames === 2) console.warn(dt, fixed.toFixed(2), world.getTime()) })",
        3,
        expect![[r#"
            A: Running
            A: info: hello {"a":1} [1] undefined true 0.05
            A: warn: 0.05 0.10 0.15
        "#]],
    );
}

#[test]
fn timers_and_dates_follow_the_virtual_clock() {
    check(
        "const start = Date.now()
         setTimeout(() => console.log('b', Date.now() - start, world.getTimestamp()), 120)
         setTimeout(() => console.log('a'), 60)
         setTimeout(() => { throw new Error('a timer') }, 60)",
        5,
        expect![[r#"
            A: Running
            A: info: a
            A: error: a timer: Error: a timer (apps/A/index.js:5:39)
            A: info: b 150 2026-01-01T00:00:00.200Z
        "#]],
    );
}

#[test]
fn nodes_become_entities_and_changes_reach_their_columns() {
    let mut stage = Stage::new();
    stage.app(
        "A",
        "const box = app.create('mesh', { type: 'sphere', radius: 2, position: [1, 2, 3] })
         app.add(box)
         box.add(app.create('prim', { color: 'red' }))
         app.on('update', dt => { box.rotation.y += Math.PI / 2; app.position.x += 1; box.width = NaN })
         app.on('done', () => app.remove(box))",
    );
    stage.ticks(3);
    let mut out = String::new();
    let ecs = stage.world.ecs();
    for entity in ecs.entities() {
        for part in ["transform", "mesh", "prim"] {
            let part = ecs.component(part).unwrap();
            for field in &ecs.layout(part).component.fields {
                let Some(value) = ecs.get(entity, part, &field.name) else { continue };
                if value != ecs::Value::from_json(&field.initial()) {
                    writeln!(out, "{:?} {} {value:?}", ecs.parent(entity).is_some(), field.name).unwrap();
                }
            }
        }
    }
    expect![[r#"
        false position Numbers([2.0, 0.0, 0.0])
        true position Numbers([1.0, 2.0, 3.0])
        true quaternion Numbers([0.0, 1.0, 0.0, 6.123233995736766e-17])
        true type Text("sphere")
        true width Null
        true radius Number(2.0)
        true color Text("red")
    "#]]
    .assert_eq(&out);
    stage.world.apply(Step::Message {
        to: Some("A".into()),
        name: "done".into(),
        data: Value::Null,
        from: None,
        version: None,
    });
    stage.tick();
    assert_eq!(stage.world.ecs().entities().count(), 1);
}

#[test]
fn apps_hear_each_other_a_tick_later_and_the_world_tells_players_nothing_yet() {
    let mut stage = Stage::new();
    stage.app("A", "let n = 0; app.on('update', () => { if (n++ === 0) app.emit('ping', { n }); if (n === 2) app.send('x', [n]) })");
    stage.app("B", "world.on('ping', data => { console.log('heard', data); app.state.heard = data.n })");
    stage.app("C", "app.on('hi', (data, from) => console.log(data, from)); app.emit('update-not-reserved'); app.emit('enter')");
    stage.tick();
    stage.world.apply(Step::Message {
        to: Some("C".into()),
        name: "hi".into(),
        data: json!([1]),
        from: Some("p".into()),
        version: None,
    });
    expect![[r#"
        C: info: [1] p
        A: send x [2] to None except None
        B: info: heard {"n":1}
        B: state {"heard":1}
    "#]]
    .assert_eq(&stage.ticks(3));
}

#[test]
fn an_edit_that_is_no_script_edit_leaves_the_script_running() {
    let mut stage = Stage::new();
    stage.app("A", "let n = 0; app.on('update', () => { n++; console.log(n, app.position.x, props.a) })");
    stage.ticks(2);
    stage.entity("A", "A", json!({"position": [5, 0, 0], "pinned": true}));
    expect![[r#"
        A: info: 2 5 undefined
    "#]]
    .assert_eq(&stage.tick());
    let text = "export default (world, app, fetch, props, setTimeout) => {\nlet n = 0; app.on('update', () => { n++; console.log(n, app.position.x, props.a) })\n}\n";
    let url = stage.asset("index.js", text);
    let blueprint = |more: Value| {
        let mut json = json!({"id": "A", "version": 9, "script": url, "scriptEntry": "index.js",
            "scriptFiles": {"index.js": url}, "scriptFormat": "module", "props": {}, "model": "asset://empty.glb"});
        json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json
    };
    stage.put_blueprint(blueprint(json!({"desc": "new words"})));
    expect![[r#"
        A: info: 3 5 undefined
    "#]]
    .assert_eq(&stage.tick());
    stage.put_blueprint(blueprint(json!({"props": {"a": 7}})));
    expect![[r#"
        A: Running
        A: info: 1 5 7
    "#]]
    .assert_eq(&stage.ticks(2));
    stage.put_blueprint(blueprint(json!({"disabled": true})));
    expect![[r#"
        A: Idle
    "#]]
    .assert_eq(&stage.ticks(2));
}

#[test]
fn variants_run_the_roots_files_with_their_own_props_and_change_with_it() {
    let mut stage = Stage::new();
    stage.blueprint("Door", "legacy-body", &[
        ("index.js", "import { say } from './lib/say.ts'\nshared.n = 1\nsay(app.instanceId, config.color, import.meta.url)\n"),
        ("lib/say.ts", "export const say = (...words: unknown[]): void => console.log(...words, import.meta.url)\n"),
    ]);
    stage.put_blueprint(
        json!({"id": "Door__Red", "version": 1, "scriptRef": "Door", "props": {"color": "red"}}),
    );
    stage.put_blueprint(json!({"id": "Door__Blue", "version": 1, "props": {"color": "blue"}}));
    stage.put_blueprint(json!({"id": "Lost", "version": 1, "scriptRef": "Nobody"}));
    for (entity, blueprint) in
        [("1", "Door"), ("2", "Door__Red"), ("3", "Door__Blue"), ("4", "Lost"), ("5", "Nothing")]
    {
        stage.entity(entity, blueprint, json!({}));
    }
    stage.entity("6", "Door__Red", json!({"props": {"color": "own"}}));
    expect![[r#"
        4: crashed: error[script_ref_not_found]: scriptRef names `Nobody`, which the world does not have
          at apps/Lost/Lost.json
        5: crashed: error[blueprint_not_found]: the world has no blueprint `Nothing`
          at apps/Nothing/Nothing.json
        1: Running
        1: info: 1 undefined app://Door@1/index.js app://Door@1/lib/say.ts
        2: Running
        2: info: 2 red app://Door@1/index.js app://Door@1/lib/say.ts
        3: Running
        3: info: 3 blue app://Door@1/index.js app://Door@1/lib/say.ts
        6: Running
        6: info: 6 own app://Door@1/index.js app://Door@1/lib/say.ts
    "#]]
    .assert_eq(&stage.tick());
    stage.blueprint("Door", "legacy-body", &[("index.js", "console.log('new', props.color)")]);
    expect![[r#"
        1: Running
        1: info: new undefined
        2: Running
        2: info: new red
        3: Running
        3: info: new blue
        6: Running
        6: info: new own
    "#]]
    .assert_eq(&stage.tick());
    let lines: String = stage.world.instances().iter().map(|it| format!("{it:?}\n")).collect();
    expect![[r#"
        InstanceStatus { app: "Door", entity: "1", blueprint: "Door", root: Some(("Door", Own)), state: Running, starts: 2, problem: None }
        InstanceStatus { app: "Door", entity: "2", blueprint: "Door__Red", root: Some(("Door", ScriptRef)), state: Running, starts: 2, problem: None }
        InstanceStatus { app: "Door", entity: "3", blueprint: "Door__Blue", root: Some(("Door", AppBase)), state: Running, starts: 2, problem: None }
        InstanceStatus { app: "Lost", entity: "4", blueprint: "Lost", root: None, state: Crashed { problem: Problem { code: "script_ref_not_found", path: "apps/Lost/Lost.json", line: 0, column: 0, message: "scriptRef names `Nobody`, which the world does not have", help: None, chain: [] } }, starts: 0, problem: None }
        InstanceStatus { app: "Nothing", entity: "5", blueprint: "Nothing", root: None, state: Crashed { problem: Problem { code: "blueprint_not_found", path: "apps/Nothing/Nothing.json", line: 0, column: 0, message: "the world has no blueprint `Nothing`", help: None, chain: [] } }, starts: 0, problem: None }
        InstanceStatus { app: "Door", entity: "6", blueprint: "Door__Red", root: Some(("Door", ScriptRef)), state: Running, starts: 2, problem: None }
    "#]].assert_eq(&lines);
}

#[test]
fn what_cannot_load_is_named_with_its_path_on_disk_and_a_fixed_file_revives_it() {
    let mut stage = Stage::new();
    stage.blueprint(
        "A",
        "module",
        &[
            ("index.js", "import { x } from './lib/x.js'\nexport default () => console.log(x)\n"),
            ("lib/x.js", "export const x =\n"),
        ],
    );
    stage.entity("A", "A", json!({}));
    stage.app("B", "app.on('update', () => console.log('still here'))");
    expect![[r#"
        A: crashed: error[syntax_error]: expression expected
          at apps/A/lib/x.js:2:1
        B: Running
        B: info: still here
    "#]]
    .assert_eq(&stage.ticks(2));
    let mut fails = |files: &[(&str, &str)], format: &str| {
        stage.blueprint("A", format, files);
        stage.ticks(2).lines().filter(|it| !it.starts_with('B')).collect::<Vec<_>>().join("\n") + "\n"
    };
    expect![[r#"
        A: crashed: error[unsupported_import]: `react` cannot be imported in a world
          at apps/A/index.js:1:19
          help: only `./…`, `../…` and `@shared/…` can; copy the code into the project
    "#]]
    .assert_eq(&fails(&[("index.js", "import react from 'react'\nexport default () => {}")], "module"));
    expect![[r#"
        A: crashed: error[script_error]: TypeError: cannot read property 'x' of null
          at apps/A/index.js:2:3
    "#]]
    .assert_eq(&fails(&[("index.js", "export default () => {\n  null.x\n}")], "module"));
    expect![[r#"
        A: crashed: error[script_error]: TypeError: at load
          at apps/A/a.js:3:11
    "#]]
    .assert_eq(&fails(
        &[
            ("index.js", "import './a.js'\nexport default () => {}"),
            ("a.js", "\n\nthrow new TypeError('at load')"),
        ],
        "module",
    ));
    expect![[r#"
        A: crashed: error[module_entry_missing_default_export]: the entry has no default export to call
          at apps/A/index.js
          help: write `export default (world, app, fetch, props, setTimeout) => { … }`
    "#]]
    .assert_eq(&fails(&[("index.js", "export default 5")], "module"));
    expect![[r#"
        A: Running
        A: warn: `index.js` imports `y`, which `a.js` does not export: it is undefined
    "#]]
    .assert_eq(&fails(
        &[
            ("index.js", "import { y } from './a.js'\nexport default () => {}"),
            ("a.js", "export const x = 1"),
        ],
        "module",
    ));
    expect![[r#"
        A: not reloaded: error[legacy_body_imports_must_be_at_top]: imports come before everything else
          at apps/A/index.js:2:1
    "#]]
    .assert_eq(&fails(&[("index.js", "a()\nimport './a.js'"), ("a.js", "")], "legacy-body"));
    expect![[r#"
        A: Running
        A: info: a cycle
    "#]]
    .assert_eq(&fails(
        &[
            ("index.js", "import './a.js'\nexport default () => {}"),
            ("a.js", "import './index.js'\nconsole.log('a cycle')"),
        ],
        "module",
    ));
    expect![[r#"
        A: Running
        A: crashed: error[script_error]: threw words
          at apps/A/index.js
    "#]]
    .assert_eq(&fails(&[("index.js", "app.on('update', () => {\n\n  throw 'words'\n})")], "legacy-body"));
}

#[test]
fn a_missing_text_is_a_problem_until_it_comes() {
    let mut stage = Stage::new();
    let name = AssetName::new(Digest::of(b"console.log(1)"), "index.js");
    stage.put_blueprint(json!({"id": "A", "version": 1, "script": name.url()}));
    stage.entity("A", "A", json!({}));
    expect![[r#"
        A: crashed: error[asset_missing]: the world does not have the text of `index.js`
          at apps/A/index.js
    "#]]
    .assert_eq(&stage.tick());
    stage.world.apply(Step::PutModule { name, text: "console.log(1)".into() });
    expect![[r#"
        A: Running
        A: info: 1
    "#]]
    .assert_eq(&stage.tick());
}

#[test]
fn failures_that_are_not_the_scripts_end_are_lines_of_its_log() {
    check(
        "Promise.reject(new Error('nobody cares'))
         Promise.reject(new Error('somebody does')).catch(() => {})
         app.on('go', () => { throw new RangeError('in a listener') })
         import('rea' + 'ct').catch(error => console.error(error.message))
         ;(async () => { await null; null.x })()
         const state = {}; state.self = state; app.state.loop = state",
        1,
        expect![[r#"
            A: Running
            A: error: app.state: TypeError: circular reference (apps/A/index.js)
            A: error: Error resolving module 'react' from 'app://A@1/index.js': unsupported_import:react
            A: error: unhandled rejection: TypeError: cannot read property 'x' of null (apps/A/index.js:6:38)
        "#]],
    );
}

#[test]
fn unknown_members_say_so_once_and_do_nothing() {
    check(
        "app.create('audio', { src: 'x' }).play()
         app.create('audio').play()
         world.chat('hi'); app.control(); fetch('x'); world.open('x'); world.open('y'); world.load('model', 'x')
         console.log(world.getPlayers(), world.getPlayer(), new Matrix4() instanceof Matrix4)
         app.configure([{ key: 'speed', type: 'number', initial: 3 }, { type: 'section' }])
         console.log(props.speed, typeof app.resetOnMove, app.get('Wheel'))",
        1,
        expect![[r#"
            A: Running
            A: warn: unsupported_here: app.control on the server
            A: warn: unsupported_here: world.open
            A: warn: unsupported_here: world.load
            A: info: [] null true
            A: info: 3 undefined null
            chat {"from":null,"fromId":null,"body":"hi","id":"aed7e7216f","createdAt":"2026-01-01T00:00:00.050Z"} from None broadcast false
            A: error: fetch_not_allowed: `x` is no absolute url
        "#]],
    );
}

#[test]
fn storage_outlives_a_script_and_is_copied() {
    let mut stage = Stage::new();
    stage.app("A", "const value = { n: 1 }; world.set('k', value); value.n = 2; console.log(world.get('k'), world.get('none'))");
    stage.app("B", "app.on('update', () => console.log(world.get('k')))");
    expect![[r#"
        A: Running
        A: info: {"n":1} undefined
        B: Running
        B: info: {"n":1}
    "#]]
    .assert_eq(&stage.ticks(2));
}

#[test]
fn the_language_cannot_be_changed_and_nothing_else_is_reachable() {
    check(
        "const attempts = {
           proto() { Object.prototype.x = 1 }, push() { Array.prototype.push = 1 }, json() { JSON = {} }, random() { Math.random = 1 },
           eval() { return eval('1') }, make() { return new Function('return 1')() }, hidden() { return (() => {}).constructor('return 1')() },
           async() { return (async () => {}).constructor('return 1') }, date() { return new Date() }, iterator() { [][Symbol.iterator]().__proto__.next = 1 },
           vector() { Vector3.prototype.add = 1 }, process() { return process.env }, world() { world.on = 1 },
         }
         for (const [name, attempt] of Object.entries(attempts)) {
           try { console.log(name, 'WORKED', attempt()) } catch (error) { console.log(name, error.name) }
         }
         class Mine { toString() { return 'mine' } }
         const old = Object.create({}); old.toString = () => 'own'; old.constructor = Mine
         class Failure extends Error { constructor(m) { super(m); this.name = 'Failure' } }
         console.log(String(new Mine()), String(old), new Failure('x').name, [3, 1, 2].sort().join(), 'ab'.padEnd(4, '.'))
         globalThis.mine = 1
         console.log(Object.getOwnPropertyNames(globalThis).sort().join(' '))",
        1,
        expect![[r#"
            A: Running
            A: info: proto TypeError
            A: info: push TypeError
            A: info: json TypeError
            A: info: random Error
            A: warn: undeclared_name: `eval` is not declared and reads undefined
            A: info: eval TypeError
            A: info: make EvalError
            A: info: hidden EvalError
            A: info: async EvalError
            A: info: date TypeError
            A: info: iterator TypeError
            A: info: vector TypeError
            A: info: process TypeError
            A: info: world TypeError
            A: info: mine own Failure 1,2,3 ab..
            A: info: AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean BufferedLerpQuaternion BufferedLerpVector3 Compartment Curve DEG2RAD DataView Date Error Euler EvalError Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array JSON LerpQuaternion LerpVector3 Map Math Matrix4 NaN Number Object Object3D Promise Proxy Quaternion RAD2DEG RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError URL Uint16Array Uint32Array Uint8Array Uint8ClampedArray Vector3 WeakMap WeakSet clamp console decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN mine num parseFloat parseInt prng store undefined unescape uuid
        "#]],
    );
}

#[test]
fn vectors_and_angles_agree_with_each_other() {
    check(
        "const near = (a, b) => Math.abs(a - b) < 1e-9
         const orders = ['XYZ', 'YXZ', 'ZXY', 'ZYX', 'YZX', 'XZY']
         let bad = 0
         for (const order of orders) for (let i = 0; i < 50; i++) {
           const e = new Euler(num(-1, 1, 6), num(-1, 1, 6), num(-1, 1, 6), order)
           const back = new Euler().setFromQuaternion(new Quaternion().setFromEuler(e), order)
           if (!near(e.x, back.x) || !near(e.y, back.y) || !near(e.z, back.z)) bad++
         }
         const up = new Vector3(0, 1, 0), turn = new Quaternion().setFromAxisAngle(up, Math.PI / 2)
         const v = new Vector3(1, 0, 0).applyQuaternion(turn)
         console.log(bad, near(v.z, -1), new Vector3(3, 4, 0).length(), new Vector3(1, 2, 3).add({ x: 1, y: 1, z: 1 }), [...v.set(1, 2, 3)])
         const half = new Quaternion().slerp(turn, 0.5)
         console.log(half.angleTo(turn).toFixed(6), up.clone().cross(new Vector3(1, 0, 0)).toArray(), up.angleTo(new Vector3(0, 0, 1)) * RAD2DEG)
         const from = new Vector3(1, 2, 2).normalize(), to = new Vector3(-2, 1, 2).normalize()
         console.log(from.applyQuaternion(new Quaternion().setFromUnitVectors(from.clone(), to)).distanceTo(to) < 1e-9)
         const node = app.create('group'); node.rotation.set(0, Math.PI / 2, 0)
         console.log(node.quaternion.y.toFixed(4)); node.quaternion.identity(); console.log(node.rotation.y)
         try { node.position = 5 } catch (error) { console.log(error.name) }",
        1,
        expect![[r#"
            A: Running
            A: info: 0 true 5 {"x":2,"y":3,"z":4} [1,2,3]
            A: info: 0.785398 [0,0,-1] 90
            A: info: true
            A: info: 0.7071
            A: info: 0
            A: info: Error
        "#]],
    );
}

#[test]
fn the_same_steps_give_the_same_hashes() {
    let run = |seed: u64| {
        let mut stage = Stage::new();
        stage.world.seed = Seed { seed };
        for number in 0..6 {
            stage.app(&format!("App{number}"), "const node = app.create('prim'); app.add(node)
                app.on('update', dt => { node.position.x += Math.random() * dt; node.color = uuid(); app.emit('r', num(0, 9, 3)) })
                world.on('r', n => { app.position.y += n; app.state.n = n; world.set('last', n) })");
        }
        let mut hashes = Vec::new();
        for tick in 0..40 {
            match tick {
                10 => stage.entity("App2", "App2", json!({"position": [9, 9, 9]})),
                20 => stage.world.apply(Step::RemoveEntity { id: "App3".to_owned() }),
                30 => stage.world.apply(Step::Restart { id: "App1".to_owned() }),
                _ => (),
            }
            stage.tick();
            hashes.push(stage.world.state_hash());
        }
        hashes
    };
    let first = run(1);
    assert_eq!(first, run(1));
    assert_ne!(first.last(), run(2).last());
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len());
}

#[test]
fn a_name_the_other_file_does_not_export_is_undefined_as_in_every_world() {
    let mut stage = Stage::new();
    stage.blueprint(
        "A",
        "module",
        &[
            (
                "index.js",
                "import gone, { x, hidden, Shape } from './lib/x.ts'\nimport { lost } from './mid.js'\n\
                 export default () => {\n  console.log(gone, x, hidden, Shape, lost)\n  null.y\n}\n",
            ),
            ("lib/x.ts", "const hidden = 2\nexport interface Shape { a: number }\nexport const x: number = hidden // last"),
            ("mid.js", "export { lost } from './lib/x.ts'\n"),
        ],
    );
    stage.entity("A", "A", json!({}));
    expect![[r#"
        A: warn: `index.js` imports `default`, which `lib/x.ts` does not export: it is undefined
        A: warn: `index.js` imports `hidden`, which `lib/x.ts` does not export: it is undefined
        A: warn: `mid.js` imports `lost`, which `lib/x.ts` does not export: it is undefined
        A: info: undefined 2 undefined undefined undefined
        A: crashed: error[script_error]: TypeError: cannot read property 'y' of null
          at apps/A/index.js:5:3
    "#]]
    .assert_eq(&stage.ticks(2));
}

#[test]
fn a_name_nobody_declared_reads_undefined_and_is_told_once() {
    check(
        "const missing = clearTimeout ? 'there' : 'not there'
         console.log(missing, typeof window, typeof clearTimeout, 'toString' in globalThis, String(globalThis))
         try { clearTimeout(1) } catch (error) { console.log(error.name) }
         try { undeclared = 1 } catch (error) { console.log(error.name) }
         globalThis.mine = 1
         mine += 1
         console.log(mine, Object.keys(globalThis), Object.create(globalThis).gone)
         try { Object.getPrototypeOf(globalThis).stained = 1 } catch (error) { console.log(error.name) }
         console.log(({}).stained)",
        1,
        expect![[r#"
            A: Running
            A: warn: undeclared_name: `clearTimeout` is not declared and reads undefined
            A: info: not there undefined undefined true [object Object]
            A: info: TypeError
            A: info: ReferenceError
            A: warn: undeclared_name: `gone` is not declared and reads undefined
            A: info: 2 ["mine"] undefined
            A: info: TypeError
            A: info: undefined
        "#]],
    );
}

#[test]
fn maps_sets_and_bytes_stay_what_they_are_in_state_messages_and_storage() {
    let mut stage = Stage::new();
    stage.app(
        "A",
        "const { state } = app
         state.actors = new Map([['p', { energy: 1 }]])
         state.ready = new Set(['a'])
         state.cells = Float32Array.of(0.5, NaN)
         world.set('kept', state)
         app.on('update', () => {
           state.actors.get('p').energy++
           if (state.actors.get('p').energy < 4) app.emit('state', state)
         })
         console.log(JSON.stringify(state), state.actors.toJSON)",
    );
    stage.app(
        "B",
        "world.on('state', ({ actors, ready, cells }) => console.log(actors.get('p').energy, [...ready], cells instanceof Float32Array, cells[0], cells[1]))
         app.on('update', () => { const kept = world.get('kept'); if (kept) console.log(kept.actors.size) })",
    );
    expect![[r#"
        A: Running
        A: info: {"actors":{},"ready":{},"cells":{"0":0.5,"1":null}} undefined
        A: state {"actors":{"$bowline":"Map","of":[["p",{"energy":1}]]},"ready":{"$bowline":"Set","of":["a"]},"cells":{"$bowline":"Float32Array","of":[0.5,"NaN"]}}
        B: Running
        A: state {"actors":{"$bowline":"Map","of":[["p",{"energy":2}]]},"ready":{"$bowline":"Set","of":["a"]},"cells":{"$bowline":"Float32Array","of":[0.5,"NaN"]}}
        B: info: 1
    "#]]
    .assert_eq(&stage.ticks(2));
    let after = "export default (world, app) => console.log([...app.state.actors], app.state.ready.has('a'))";
    stage.blueprint("A", "module", &[("index.js", after)]);
    expect![[r#"
        A: Running
        A: info: [["p",{"energy":2}]] true
        B: info: 2 ["a"] true 0.5 NaN
        B: info: 1
    "#]]
    .assert_eq(&stage.ticks(1));
}

#[test]
fn what_a_state_cannot_keep_is_said_once_and_lives_as_long_as_the_script() {
    let mut stage = Stage::new();
    stage.app(
        "A",
        "let n = 0
         app.state.speak = () => 'spoken'
         app.on('update', () => { app.state.n = ++n; if (n === 2) console.log(app.state.speak()) })",
    );
    expect![[r#"
        A: Running
        A: warn: state_not_kept: `app.state` holds a function, `speak`: it is there as long as this script runs, and not after
        A: state {"n":1}
        A: info: spoken
        A: state {"n":2}
    "#]]
    .assert_eq(&stage.ticks(3));
    let after = "export default (world, app) => console.log(typeof app.state.speak, app.state.n)";
    stage.blueprint("A", "module", &[("index.js", after)]);
    expect![[r#"
        A: Running
        A: info: undefined 2
    "#]]
    .assert_eq(&stage.ticks(1));
}

#[test]
fn a_script_may_change_its_own_console_and_nobody_elses() {
    let mut stage = Stage::new();
    let text = "export default (world, app) => {
        if (app.instanceId === 'A') { const log = console.log; console.log = (...words) => log('heard', ...words) }
        app.on('update', () => console.log(app.instanceId))
    }";
    stage.blueprint("App", "module", &[("index.js", text)]);
    for id in ["A", "B"] {
        stage.entity(id, "App", json!({}));
    }
    expect![[r#"
        A: Running
        B: Running
        A: info: heard A
        B: info: B
    "#]]
    .assert_eq(&stage.ticks(2));
}
