//! Scripts and the entities of a world: what they read, what they change, and what they may not.

use bowline_schema::{Asking, Entry, RecordKind, Snapshot, scope};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

/// The core records and these, by `room/project/KIND/name`.
pub(super) fn defined(records: &[(&str, Value)]) -> Arc<Definitions> {
    let entry = |(slug, payload): &(&str, Value)| Entry {
        slug: (*slug).to_owned(),
        kind: scope::parts(slug)
            .and_then(|it| RecordKind::named(slug.strip_prefix(it.1)?.split('/').nth(1)?))
            .unwrap(),
        version: 1,
        payload: payload.clone(),
    };
    let records: Vec<Entry> =
        bowline_schema::core::records().into_iter().chain(records.iter().map(entry)).collect();
    let asking = Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() };
    let built = Snapshot::build(&records, &asking);
    assert_eq!(built.problems, []);
    Definitions::compile(built.snapshot).unwrap()
}

fn door(more: &[Value]) -> (&'static str, Value) {
    let mut fields = vec![
        json!({"name": "angle", "kind": "f64", "default": 1, "range": {"min": 0, "max": 90}}),
        json!({"name": "axis", "kind": "vec3", "default": [0, 1, 0]}),
        json!({"name": "open", "kind": "bool"}),
    ];
    fields.extend_from_slice(more);
    ("room/project/component/door", json!({ "fields": fields }))
}

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.world.apply(Step::Define(defined(&[
        door(&[]),
        ("room/project/prefab/gate", json!({"components": {"door": {"angle": 5}}})),
        ("room/project/prefab/arch", json!({"composes": ["gate"], "components": {"door": {"open": true}}, "children": [{"name": "leaf", "prefab": "gate"}]})),
    ])));
    assert_eq!(stage.tick(), "defined\n");
    stage
}

/// The lines of a script that runs `body` once.
fn said(body: &str, expect: Expect) {
    let mut stage = stage();
    stage.app("A", body);
    let lines = stage.ticks(2).replace("A: info: ", "").replace("A: Running\n", "");
    expect.assert_eq(&lines);
}

#[test]
fn a_script_reads_and_writes_the_components_of_its_entity() {
    said(
        "const it = app.entity
        console.log(it.id, it.has('door'), it.get('door'))
        const door = it.add('door', { angle: 30 })
        console.log(door.angle, door.axis, door.open, 'open' in door, Object.keys(door))
        door.open = true
        door.axis = new Vector3(1, 0, 0)
        console.log(door.open, door)
        let tick = 0
        app.on('update', () => {
            if (++tick > 1) return
            const { angle, axis } = it.get('door')
            console.log(angle, axis, it.get('transform').scale)
            it.remove('door')
            console.log(it.has('door'), it.get('door'))
        })",
        expect![[r#"
            A false null
            30 [0,1,0] false true ["angle","axis","open"]
            true {"angle":30,"axis":[1,0,0],"open":true}
            30 [1,0,0] [1,1,1]
            false null
        "#]],
    );
}

#[test]
fn mistakes_are_thrown_where_they_are_made_with_a_name_and_the_nearest_known() {
    said(
        "const attempt = work => { try { work(); console.log('fine') } catch (e) { console.log(e.code, '|', e.message) } }
        const it = app.entity
        const door = it.add('door')
        attempt(() => it.get('dor'))
        attempt(() => world.query('door', 'transfrom'))
        attempt(() => door.angel)
        attempt(() => { door.angel = 1 })
        attempt(() => { door.angle = 'wide' })
        attempt(() => { door.angle = 91 })
        attempt(() => { door.angle = NaN })
        attempt(() => { door.axis[0] = 7 })
        attempt(() => { delete door.angle })
        attempt(() => it.add('door', { axis: [1, 2] }))
        attempt(() => world.spawn('gat'))
        attempt(() => world.spawn('gate', { door: { wide: 1 } }))
        attempt(() => world.spawn('gate', { dor: {} }))
        attempt(() => it.remove('transform'))
        attempt(() => world.despawn(it))
        attempt(() => it.add('SchemaEntity', {}))
        const schema = world.schema('door')
        attempt(() => { schema.version = 2 })
        attempt(() => { schema.fields[0].default = 2 })
        attempt(() => { schema.fields.push(1) })
        attempt(() => Object.setPrototypeOf(schema, null))
        attempt(() => world.schema('doors'))
        attempt(() => world.schema('nobody'))
        it.remove('door')
        attempt(() => door.angle)
        console.log(world.entity('nobody'), world.entity('e999'), world.entity('A').id)",
        expect![[r#"
            unknown_component | unknown_component: there is no component `dor`; did you mean `door`?
            unknown_component | unknown_component: there is no component `transfrom`; did you mean `transform`?
            unknown_field | unknown_field: `door` has no field `angel`; did you mean `angle`?
            unknown_field | unknown_field: `door` has no field `angel`; did you mean `angle`?
            wrong_type | wrong_type: this is "wide" at /door/angle; expected a number, or "Infinity" or "-Infinity"
            out_of_range | out_of_range: 91 is out of range at /door/angle; expected from 0 to 90
            wrong_type | wrong_type: this is "NaN" at /door/angle; expected a number, or "Infinity" or "-Infinity"
            undefined | '0' is read-only
            undefined | fields are defined by the schema
            wrong_type | wrong_type: this is [1,2] at /door/axis; expected a list of 3 numbers
            unknown_prefab | unknown_prefab: there is no prefab `gat`; did you mean `gate`?
            unknown_field | unknown_field: `door` has no field `wide` at /door/wide
            unknown_component | unknown_component: there is no component `dor`; did you mean `door`?
            component_in_use | component_in_use: an app's node cannot be without `transform`
            entity_in_use | entity_in_use: `A` belongs to an app; scripts despawn what was spawned from a prefab
            meta_read_only | meta_read_only: `SchemaEntity` describes the world's schemas, which scripts only read; world.schema(name) reads them
            meta_read_only | meta_read_only: what describes the world's schemas is only read by scripts
            meta_read_only | meta_read_only: what describes the world's schemas is only read by scripts
            meta_read_only | meta_read_only: what describes the world's schemas is only read by scripts
            meta_read_only | meta_read_only: what describes the world's schemas is only read by scripts
            unknown_component | unknown_component: there is no component `doors`; did you mean `door`?
            unknown_component | unknown_component: there is no component `nobody`
            component_missing | component_missing: `A` has no `door`
            null null A
        "#]],
    );
}

#[test]
fn what_is_spawned_is_there_at_once_for_its_script_and_after_the_tick_for_all() {
    let mut stage = stage();
    let watch = "app.on('update', () => {
        const gates = world.query('door')
        if (gates.length) console.log(gates.map(it => it.id + ' ' + it.get('door').angle + ' ' + it.get('door').open).join(', '))
    })";
    stage.app("A", watch);
    stage.app("Z", watch);
    stage.tick();
    stage.app(
        "M",
        "
        let made
        let tick = 0
        app.on('update', () => {
            tick++
            if (tick === 1) {
                made = world.spawn('arch', { door: { angle: 9 } })
                console.log('new', made.id, made.get('door'), world.query('door').length)
                made.get('door').angle = 10
            } else if (tick === 2) {
                console.log('now', made.id)
                made.get('door').angle += 1
                console.log('own', made.get('door').angle)
            } else if (tick === 3) {
                world.despawn(made)
                console.log('gone', made.has('door'), world.entity(made.id))
            }
        })
    ",
    );
    expect![[r#"
        M: Running
        M: info: new +0 {"angle":9,"axis":[0,1,0],"open":true} 1
        A: info: e3 10 true, e4 5 false
        M: info: now e3
        M: info: own 11
        Z: info: e3 10 true, e4 5 false
        A: info: e3 11 true, e4 5 false
        M: info: gone false null
        Z: info: e3 11 true, e4 5 false
    "#]]
    .assert_eq(&stage.ticks(5));
}

#[test]
fn a_field_that_comes_later_is_read_through_the_handle_a_script_already_has() {
    let mut stage = stage();
    stage.app("A", "
        const door = app.entity.add('door')
        app.on('update', () => console.log('speed' in door ? door.speed : 'none', world.schema('door').fields.length))
    ");
    stage.ticks(2);
    stage.world.apply(Step::Define(defined(&[
        door(&[json!({"name": "speed", "kind": "f32", "default": 2})]),
        ("room/project/prefab/gate", json!({"components": {"door": {"angle": 5}}})),
        ("room/project/prefab/arch", json!({"composes": ["gate"], "components": {"door": {"open": true}}, "children": [{"name": "leaf", "prefab": "gate"}]})),
    ])));
    expect![[r#"
        defined
        A: info: 2 4
        A: info: 2 4
    "#]]
    .assert_eq(&stage.ticks(2));
    assert_eq!(stage.world.describe("A")[0].starts, 1);
}

#[test]
fn writes_of_several_apps_come_in_the_order_of_apps_and_what_became_impossible_is_left_out() {
    let mut stage = stage();
    let script = |more: &str| {
        format!(
            "
        app.on('update', () => {{
            const [gate] = world.query('door')
            if (gate) {{ {more} }}
        }})"
        )
    };
    stage.app("B", &script("gate.get('door').angle = 20"));
    stage.app("A", &script("gate.get('door').angle = 10"));
    stage.app("C", &script("console.log(gate.get('door').angle); world.despawn(gate)"));
    stage.app("D", &script("gate.get('door').angle = 40; gate.add('group')"));
    stage.tick();
    let door = stage.world.ecs.component("door").unwrap();
    let gate = stage.world.spawn("gate", &Map::new()).unwrap();
    assert_eq!(stage.tick(), "C: info: 5\n");
    assert!(!stage.world.ecs.alive(gate));
    let gate = stage.world.spawn("gate", &Map::new()).unwrap();
    stage.world.apply(Step::RemoveEntity { id: "C".to_owned() });
    stage.world.apply(Step::RemoveEntity { id: "D".to_owned() });
    stage.tick();
    assert_eq!(stage.world.ecs.get(gate, door, "angle"), Some(ecs::Value::Number(20.0)));
}

#[test]
fn a_full_world_stops_the_script_that_spawns_more() {
    let mut stage = Stage::with(Limits { entities: 10, ..Limits::standard() });
    stage.world.apply(Step::Define(defined(&[("room/project/prefab/gate", json!({}))])));
    stage.tick();
    stage.app("A", "for (let i = 0; i < 20; i++) world.spawn('gate')");
    expect![[r#"
        A: Running
        A: crashed: error[entity_budget]: there are 10 entities in the world already
          at apps/A/index.js
    "#]]
    .assert_eq(&stage.tick());
}

#[test]
fn an_app_learns_that_another_moved_it() {
    let mut stage = stage();
    stage.app("A", "app.on('update', () => console.log(app.position.x))");
    stage.app("B", "let done; app.on('update', () => { if (!done) world.entity('A').get('transform').position = [7, 0, 0]; done = true })");
    expect![[r#"
        A: Running
        B: Running
        A: info: 0
        A: info: 7
    "#]]
    .assert_eq(&stage.ticks(3));
}

#[test]
fn a_tick_waits_for_no_store_and_says_so() {
    let mut stage = stage();
    stage.app(
        "A",
        "try { store.get('a') } catch (e) { console.log(e.code) }
        app.on('update', () => store.put('a', 1))",
    );
    expect![[r#"
        A: Running
        A: info: store_access_in_tick
        A: crashed: error[store_access_in_tick]: `store.put`: a tick waits for no store; keep what outlives a tick in components
          at apps/A/index.js:3:38
    "#]]
    .assert_eq(&stage.ticks(2));
    assert_eq!(stage.world.store_denied(), 2);
}

#[test]
fn what_belongs_to_the_host_is_used_and_not_replaced() {
    let mut stage = stage();
    let owned: Vec<&str> = crate::host_contract()
        .iter()
        .flat_map(|it| it.names)
        // Parameters are the script's own names, and `ctx` is a system's.
        .filter(|it| !it.starts_with("ctx.") && !["setTimeout", "fetch"].contains(it))
        .copied()
        .collect();
    let attempts: String = owned
        .iter()
        .map(|it| format!("try {{ {it} = 1; console.log('{it}') }} catch (e) {{ codes.add(e.code) }}\n"))
        .collect();
    stage.app("A", &format!("const codes = new Set()\n{attempts}\nconsole.log([...codes], typeof Math.random(), num(1, 1), world.getTime())\nMath.random = () => 4"));
    expect![[r#"
        A: info: ["host_primitive"] number 1 0.1
        A: crashed: error[host_primitive]: `Math.random` belongs to the host: scripts use it and do not replace it
          at apps/A/index.js:16:1
    "#]].assert_eq(&stage.tick());
    stage.world.apply(Step::Define(defined(&[(
        "room/project/system/s",
        json!({"language": "js", "phase": "update", "source": "export default ctx => {\n  const codes = []\n  for (const key of ['tick', 'time', 'dt', 'step', 'input', 'random']) try { ctx[key] = 1 } catch (e) { codes.push(e.code) }\n  console.log(codes)\n  fetch = 1\n}"}),
    ), door(&[]), ("room/project/prefab/gate", json!({"components": {"door": {"angle": 5}}})), ("room/project/prefab/arch", json!({"composes": ["gate"], "components": {"door": {"open": true}}, "children": [{"name": "leaf", "prefab": "gate"}]}))])));
    expect![[r#"
        defined
        room/project/system/s: Running
        room/project/system/s: info: ["host_primitive","host_primitive","host_primitive","host_primitive","host_primitive","host_primitive"]
        room/project/system/s: crashed: error[host_primitive]: `fetch` belongs to the host: scripts use it and do not replace it
          at room/project/system/s:5:3
    "#]].assert_eq(&stage.tick());
}
