//! The same app in both languages, with one seed and one name: what it draws, measures and says is the same
//! text, number for number. (Sums alone are compared in `script/maths.rs`.)

use std::collections::BTreeSet;

use super::*;

/// Of each case: what it is about, its value in JavaScript, its value in Luau.
const CASES: [(&str, &str, &str); 22] = [
    ("Math.random", "Math.random()", "math.random()"),
    (
        "num",
        "[num(0, 10), num(-1, 1, 3), num(0, 1, 9), num(5, 5)]",
        "{ num(0, 10), num(-1, 1, 3), num(0, 1, 9), num(5, 5) }",
    ),
    (
        "many of num",
        "Array.from({ length: 300 }, (_, i) => num(-5, i, i % 4))",
        "(function() local t = {} for i = 0, 299 do t[i + 1] = num(-5, i, i % 4) end return t end)()",
    ),
    ("uuid", "[uuid(), uuid()]", "{ uuid(), uuid() }"),
    (
        "random vectors",
        "[new Vector3().random().toArray(), new Vector3().randomDirection().toArray()]",
        "{ Vector3.new():random():toArray(), Vector3.new():randomDirection():toArray() }",
    ),
    ("random turns", "new Quaternion().random().toArray()", "Quaternion.new():random():toArray()"),
    (
        "ids of objects",
        "[new Object3D().uuid, new Object3D().id]",
        "{ Object3D.new().uuid, Object3D.new().id }",
    ),
    (
        "prng",
        "(r => Array.from({ length: 100 }, (_, i) => r(-i, 1000, i % 3)))(prng(20261120))",
        "(function(r) local t = {} for i = 0, 99 do t[i + 1] = r(-i, 1000, i % 3) end return t end)(prng(20261120))",
    ),
    (
        "prng of any seed",
        "[prng()(1, 1e6), prng(-1)(9), prng(2.75)(9), prng(1e300)(9)]",
        "{ prng()(1, 1e6), prng(-1)(9), prng(2.75)(9), prng(1e300)(9) }",
    ),
    (
        "clocks",
        "[Date.now(), world.getTime(), world.getTimestamp()]",
        "{ Date.now(), world:getTime(), world:getTimestamp() }",
    ),
    (
        "moments in words",
        "['YYYY-MM-DD HH:mm:ss.SSS', 'dddd, MMMM Do YYYY, h:mm:ss a', '[week] W E', 'LLLL', '\\\\Y x'].map(it => world.getTimestamp(it))",
        "(function() local t = {} for i, it in { 'YYYY-MM-DD HH:mm:ss.SSS', 'dddd, MMMM Do YYYY, h:mm:ss a', '[week] W E', 'LLLL', '\\\\Y x' } do t[i] = world:getTimestamp(it) end return t end)()",
    ),
    (
        "the faces of a turn",
        "(n => { n.rotation.set(0.1, 0.2, 0.3); const a = n.quaternion.toArray(); n.quaternion.multiply(new Quaternion(0, 0.6, 0, 0.8)); return [a, n.rotation.toArray()] })(app.create('group'))",
        "(function(n) n.rotation:set(0.1, 0.2, 0.3) local a = n.quaternion:toArray() n.quaternion:multiply(Quaternion.new(0, 0.6, 0, 0.8)) return { a, n.rotation:toArray() } end)(app:create('group'))",
    ),
    (
        "where a node is",
        "((a, b) => { a.position.set(1, 2, 3); a.rotation.y = 1; a.scale.set(2, 0, 4); b.position.set(0, 1, 0.3); a.add(b); return [b.getWorldPosition().toArray(), b.matrixWorld.toArray()] })(app.create('group'), app.create('mesh'))",
        "(function(a, b) a.position:set(1, 2, 3) a.rotation.y = 1 a.scale:set(2, 0, 4) b.position:set(0, 1, 0.3) a:add(b) return { b:getWorldPosition():toArray(), b.matrixWorld:toArray() } end)(app:create('group'), app:create('mesh'))",
    ),
    (
        "colours",
        "(c => ['#ff8040', 'tomato', '#abc', 'rgb(1, 20, 255)', 0x123456, 'nonsense'].map(it => [c.set(it).toArray(), c.getStyle(), c.getHexString(), c.getHex()]))(app.create('mesh').material.color)",
        "(function(c) local t = {} for i, it in { '#ff8040', 'tomato', '#abc', 'rgb(1, 20, 255)', 0x123456, 'nonsense' } do t[i] = { c:set(it):toArray(), c:getStyle(), c:getHexString(), c:getHex() } end return t end)(app:create('mesh').material.color)",
    ),
    (
        "a joint's frame",
        "(j => { j.rotation0.set(0.3, 0.2, 0.1); return [j.quaternion0.toArray(), j.rotation1.toArray()] })(app.create('joint'))",
        "(function(j) j.rotation0:set(0.3, 0.2, 0.1) return { j.quaternion0:toArray(), j.rotation1:toArray() } end)(app:create('joint'))",
    ),
    (
        "what prims are",
        "['box', 'sphere', 'torus', 'cone'].map(type => app.create('prim', { type }).size)",
        "(function() local t = {} for i, it in { 'box', 'sphere', 'torus', 'cone' } do t[i] = app:create('prim', { type = it }).size end return t end)()",
    ),
    (
        "what plays",
        "(a => { a.play(); a.setPlaybackRate(2); const was = a.isPlaying; a.currentTime = 1.5; a.pause(); return [was, a.isPlaying, a.currentTime] })(app.create('audio'))",
        "(function(a) a:play() a:setPlaybackRate(2) local was = a.isPlaying a.currentTime = 1.5 a:pause() return { was, a.isPlaying, a.currentTime } end)(app:create('audio'))",
    ),
    (
        "layers",
        "[world.createLayerMask('prop', 'player'), world.createLayerMask()]",
        "{ world:createLayerMask('prop', 'player'), world:createLayerMask() }",
    ),
    (
        "percent signs",
        "[encodeURIComponent(\"a b/é&'(~)\"), encodeURI('http://x/é?a=b c#d'), decodeURIComponent('%C3%A9%2F'), decodeURI('%C3%A9%2F')]",
        "{ encodeURIComponent(\"a b/é&'(~)\"), encodeURI('http://x/é?a=b c#d'), decodeURIComponent('%C3%A9%2F'), decodeURI('%C3%A9%2F') }",
    ),
    (
        "curves",
        "new Curve().add({ time: 0.0625, value: -0.0625, inTangent: 2.5, outTangent: 0.1875 }).serialize()",
        "Curve.new():add({ time = 0.0625, value = -0.0625, inTangent = 2.5, outTangent = 0.1875 }):serialize()",
    ),
    (
        "names of nodes",
        "[app.create('group').id.startsWith('node-'), app.create('mesh').name]",
        "{ string.find(app:create('group').id, '^node%-') ~= nil, app:create('mesh').name }",
    ),
    ("Math.random again", "Math.random()", "math.random()"),
];

fn said(file: &str, text: &str) -> Vec<String> {
    let mut stage = Stage::new();
    let url = stage.asset(file, text);
    stage.put_blueprint(json!({
        "id": "A", "version": 1, "script": url, "scriptEntry": file, "scriptFiles": {file: url},
        "scriptFormat": "module", "props": {}, "model": "asset://model.glb",
    }));
    stage.entity("A", "A", json!({}));
    let said = stage.ticks(3);
    assert!(said.contains("A: Running"), "{said}");
    said.lines().filter_map(|it| it.strip_prefix("A: info: ")).map(str::to_owned).collect()
}

#[test]
fn an_app_draws_and_measures_the_same_in_both_languages() {
    let (mut js, mut luau) = (String::new(), String::new());
    for (_, in_js, in_luau) in CASES {
        writeln!(js, "console.log(JSON.stringify({in_js}))").unwrap();
        writeln!(luau, "print(JSON.stringify({in_luau}))").unwrap();
    }
    // At once, and in the next tick: time has passed, and the generator has gone on.
    let js = format!(
        "export default (world, app, fetch, props, setTimeout) => {{\nconst all = () => {{\n{js}}}\nall()\nsetTimeout(all, 70)\n}}\n"
    );
    let luau = format!(
        "return function(world, app)\nlocal function all()\n{luau}end\nall()\nsetTimeout(all, 70)\nend\n"
    );
    let (js, luau) = (said("index.js", &js), said("index.luau", &luau));
    assert_eq!((js.len(), luau.len()), (2 * CASES.len(), 2 * CASES.len()), "{js:?} {luau:?}");
    for (index, (js, luau)) in js.iter().zip(&luau).enumerate() {
        assert_eq!(js, luau, "{}", CASES[index % CASES.len()].0);
    }
    assert_eq!(
        js.iter().filter(|it| it.starts_with("0.")).collect::<BTreeSet<_>>().len(),
        4,
        "they are drawn"
    );
}

#[test]
fn every_global_that_the_definitions_declare_is_there() {
    let snapshot =
        bowline_schema::Snapshot::build(&bowline_schema::core::records(), &bowline_schema::Asking::default());
    let text =
        bowline_schema::emit::emit(&snapshot.snapshot, bowline_schema::emit::Language::LuauDefinitions);
    let names: Vec<&str> =
        text.lines().filter_map(|it| it.strip_prefix("declare ")?.split_once(':')).map(|it| it.0).collect();
    assert!(names.len() > 30, "{names:?}");
    let list = names.iter().map(|it| format!("{it} = {it} ~= nil")).collect::<Vec<_>>().join(", ");
    let found = said(
        "index.luau",
        &format!("for name, there in {{ {list} }} do if not there then print(name) end end return {{}}"),
    );
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn nodes_of_a_model_that_is_not_read_answer_to_every_member_in_both_languages() {
    let js = "export default (world, app) => {
        const hull = app.get('Hull'), mast = hull.get('Mast')
        mast.castShadow = true
        mast.position.set(1, 2, 3)
        hull.material.color.set('#ff0000')
        hull.play({ name: 'sway' })
        console.log(JSON.stringify([mast.castShadow, hull.material.color.toArray(), hull.get('Mast') === mast, mast.name, hull.getBone('x').name, mast.getWorldPosition(new Vector3()).toArray()]))
    }";
    let luau = "return function(world, app)
        local hull = app:get('Hull')
        local mast = hull:get('Mast')
        mast.castShadow = true
        mast.position:set(1, 2, 3)
        hull.material.color:set('#ff0000')
        hull:play({ name = 'sway' })
        print(JSON.stringify({ mast.castShadow, hull.material.color:toArray(), hull:get('Mast') == mast, mast.name, hull:getBone('x').name, mast:getWorldPosition(Vector3.new()):toArray() }))
    end";
    let js = said("index.js", js);
    assert_eq!(js, said("index.luau", luau));
    expect_test::expect![[r#"[true,[1,0,0],true,"group","x",[1,2,3]]"#]].assert_eq(&js.join("\n"));
}
