//! Apps in Luau, as `scripts.rs` has them in JavaScript.

use expect_test::{Expect, expect};

use super::*;

fn check(body: &str, ticks: usize, expect: Expect) {
    let mut stage = Stage::new();
    stage.luau("A", body);
    expect.assert_eq(&stage.ticks(ticks));
}

#[test]
fn a_script_starts_and_its_frames_run() {
    check(
        r#"print("hello", { a = 1 }, { 1 }, nil, world.isServer, world:getTime())
        local frames, fixed = 0, 0
        app:on("fixedUpdate", function(dt) fixed += dt end)
        app:on("update", function(dt)
            frames += 1
            if frames == 2 then warn(dt, string.format("%.2f", fixed), world:getTime()) end
        end)"#,
        3,
        expect![[r#""#]],
    );
}

#[test]
fn hooks_are_a_table_and_timers_follow_the_virtual_clock() {
    check(
        r#"local hooks = {}
        local start = Date.now()
        function hooks.on_start(world, app, props)
            print("start", app.instanceId, props.speed)
            task.delay(0.06, function() print("a") end)
            setTimeout(function() print("b", Date.now() - start, world:getTimestamp(), os.clock()) end, 120)
            task.delay(0.06, function() error("a timer") end)
            print("waited", task.wait(0.1))
        end
        function hooks.on_update(dt) if world:getTime() < 0.12 then print("update", dt) end end
        function hooks.on_fixed_update(dt) if world:getTime() < 0.06 then print("fixed", dt) end end
        function hooks.on_destroy() print("bye") end
        return hooks"#,
        5,
        expect![[r#""#]],
    );
}

#[test]
fn nodes_become_entities_and_changes_reach_their_columns() {
    let mut stage = Stage::new();
    stage.luau(
        "A",
        r#"local box = app:create("mesh", { type = "sphere", radius = 2, position = { 1, 2, 3 } })
        app:add(box)
        box:add(app:create("prim", { color = "red" }))
        app:on("update", function(dt)
            box.rotation.y += math.pi / 2
            app.position.x += 1
            box.position = vector.create(1, 2, 3)
        end)
        app:on("done", function() app:remove(box) end)"#,
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
    expect![[r#""#]].assert_eq(&out);
    stage.world.apply(Step::Message {
        to: Some("A".into()),
        name: "done".into(),
        data: Value::Null,
        from: None,
    });
    stage.tick();
    assert_eq!(stage.world.ecs().entities().count(), 1);
}

#[test]
fn the_two_languages_hear_each_other() {
    let mut stage = Stage::new();
    stage.app("A", "let n = 0; app.on('update', () => { if (n++ === 0) app.emit('ping', { n, list: [1, 'x'] }) })
        world.on('pong', (data, from) => console.log('js heard', data))");
    stage.luau(
        "B",
        r#"world:on("ping", function(data)
            print("luau heard", data, data.list[2])
            app.state.heard = data.n
            app:emit("pong", { x = Vector3.new(1, 2, 3), v = vector.create(1, 2, 3) })
            app:send("x", { 1, 2 })
            app:sendTo("p", "y")
            app:emit("enter")
        end)"#,
    );
    stage.luau(
        "C",
        r#"app:on("hi", function(data, from) print(data, from) end)
        return { on_message = function(name, data, from) print("message", name, data, from) end }"#,
    );
    stage.tick();
    stage.world.apply(Step::Message {
        to: Some("C".into()),
        name: "hi".into(),
        data: json!([1]),
        from: Some("p".into()),
    });
    expect![[r#""#]].assert_eq(&stage.ticks(3));
}

#[test]
fn modules_are_required_once_per_instance_and_what_cannot_load_is_named() {
    let mut stage = Stage::new();
    stage.blueprint("Door", "module", &[
        ("index.luau", "local say = require('./lib/say')\nlocal again = require('./lib/say.luau')\nprint(say == again, require('@shared/s').n)\nn = (n or 0) + 1\nreturn function(world, app, props) say(app.instanceId, props.color, n) end"),
        ("lib/say.luau", "local s = require('@shared/s')\ns.n += 1\nreturn function(...) print(...) end"),
        ("@shared/s.luau", "return { n = 1 }"),
    ]);
    stage.entity("1", "Door", json!({"props": {"color": "red"}}));
    stage.entity("2", "Door", json!({}));
    expect![[r#""#]].assert_eq(&stage.ticks(2));
    let mut fails = |files: &[(&str, &str)]| {
        stage.blueprint("Door", "module", files);
        stage.ticks(2).lines().filter(|it| !it.starts_with('2')).collect::<Vec<_>>().join("\n") + "\n"
    };
    let mut out = String::new();
    for files in [
        &[("index.luau", "local x =\nreturn 1")][..],
        &[("index.luau", "local x = require('react')\nreturn {}")],
        &[("index.luau", "return function()\n  local x = nil\n  x.y = 1\nend")],
        &[("index.luau", "local f = require('./a')\nreturn { on_start = f }"), ("a.luau", "\n\nerror('at load')\nreturn 1")],
        &[("index.luau", "return 5")],
        &[("index.luau", "local a = require('./a')\nreturn {}"), ("a.luau", "local i = require('./index')\nreturn i")],
        &[("index.luau", "return { on_update = 5 }")],
        &[("index.luau", "local inner = require('./a')\nlocal function outer() inner() end\nreturn { on_update = function()\n  outer()\nend }"), ("a.luau", "return function()\n  app:create('mash')\nend")],
        &[("index.luau", "return { on_update = function() error({ code = 1 }) end }")],
        &[("index.luau", "return { on_start = function() task.wait(0) local x = nil + 1 end, on_update = function() task.wait(1) end }")],
    ] {
        out += &fails(files);
    }
    expect![[r#""#]].assert_eq(&out);
}

#[test]
fn storage_is_copied_and_state_is_kept() {
    let mut stage = Stage::new();
    stage.luau("A", "local value = { n = 1 } world:set('k', value) value.n = 2 print(world:get('k'), world:get('none'))\nlocal s = app.state\nreturn { on_update = function() s.count = (s.count or 0) + 1 end }");
    stage.app("B", "app.on('update', () => console.log(world.get('k')))");
    expect![[r#""#]].assert_eq(&stage.ticks(2));
}

#[test]
fn entities_and_components_are_handles() {
    check(
        r#"local me = world:entity(app.instanceId)
        local t = me:get("transform")
        t.position.x = 5
        t.position:add(Vector3.new(1, 1, 1))
        print(t.position, t.position[1], #t.position, me:has("mesh"), me:get("mesh"))
        t.scale = vector.create(2, 2, 2)
        print(t.scale, #world:query("transform"), world:schema("transform").name, schema.transform.slug)
        for _, attempt in {
            function() return t.postion end,
            function() t.position = "x" end,
            function() return me:get("dor") end,
            function() me.x = 1 end,
            function() world:spawn("nothing") end,
            function() world.on("x", print) end,
            function() world.x = 1 end,
            function() return schema.dor end,
            function() app:create("mesh", { width = "wide" }) end,
            function() world:raycast(1, 2) end,
            function() store.get("x") end,
        } do
            print(select(2, pcall(attempt)))
        end
        for field, value in t do print(field, value) end"#,
        1,
        expect![[r#""#]],
    );
}

#[test]
fn vectors_and_angles_agree_with_each_other() {
    check(
        r#"local function near(a, b) return math.abs(a - b) < 1e-9 end
        local bad = 0
        for _, order in { "XYZ", "YXZ", "ZXY", "ZYX", "YZX", "XZY" } do
            for _ = 1, 50 do
                local e = Euler.new(num(-1, 1, 6), num(-1, 1, 6), num(-1, 1, 6), order)
                local back = Euler.new():setFromQuaternion(Quaternion.new():setFromEuler(e), order)
                if not near(e.x, back.x) or not near(e.y, back.y) or not near(e.z, back.z) then bad += 1 end
            end
        end
        local up = Vector3(0, 1, 0)
        local turn = Quaternion.new():setFromAxisAngle(up, math.pi / 2)
        local v = Vector3.new(1, 0, 0):applyQuaternion(turn)
        print(bad, near(v.z, -1), Vector3.new(3, 4, 0):length(), Vector3.new(1, 2, 3):add(vector.create(1, 1, 1)))
        print(Vector3.new(1, 2, 3) + 1, 2 * Vector3.new(1, 2, 3), -Vector3.new(1, 0, 0), Vector3.new(1, 2, 3) == Vector3.new(1, 2, 3))
        local half = Quaternion.new():slerp(turn, 0.5)
        print(string.format("%.6f", half:angleTo(turn)), up:clone():cross(Vector3.new(1, 0, 0)), up:angleTo(Vector3.new(0, 0, 1)) * RAD2DEG)
        local m = Matrix4.new():compose(Vector3.new(1, 2, 3), turn, Vector3.new(2, 2, 2))
        local p, q, s = Vector3.new(), Quaternion.new(), Vector3.new()
        m:decompose(p, q, s)
        print(p, near(q:angleTo(turn), 0) or q:angleTo(turn), near(s.x, 2), m:clone():multiply(m:clone():invert()):equals(Matrix4.new()))
        local node = app:create("group")
        node.rotation:set(0, math.pi / 2, 0)
        print(string.format("%.4f", node.quaternion.y))
        node.quaternion:identity()
        print(node.rotation.y, node.position, pcall(function() node.position = 5 end))"#,
        1,
        expect![[r#""#]],
    );
}

#[test]
fn the_same_steps_give_the_same_hashes() {
    let run = |seed: u64| {
        let mut stage = Stage::new();
        stage.world.seed = Seed { seed };
        for number in 0..6 {
            stage.luau(&format!("App{number}"), "local node = app:create('prim') app:add(node)
                app:on('update', function(dt) node.position.x += math.random() * dt node.color = uuid() app:emit('r', num(0, 9, 3)) end)
                world:on('r', function(n) app.position.y += n app.state.n = n world:set('last', n)
                    local t, list = {}, {} t[node] = 1 t[app] = 2 for k in t do list[#list + 1] = k.id end app.state.list = list end)");
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
