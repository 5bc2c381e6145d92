//! Systems: when they run, what they are given, and what stops them.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::components::defined;
use super::*;

/// A system in the project's scope.
fn system(name: &str, header: Value, source: &str) -> (String, Value) {
    let mut payload = json!({ "language": "js", "phase": "update", "source": source });
    payload.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
    (format!("room/project/system/{name}"), payload)
}

/// Components and prefabs for all of these tests, with `systems`.
fn definitions(systems: &[(String, Value)]) -> Arc<Definitions> {
    let xy = |more: &[Value]| {
        let mut fields = vec![json!({"name": "x", "kind": "f32"}), json!({"name": "y", "kind": "f32"})];
        fields.extend_from_slice(more);
        json!({ "fields": fields })
    };
    let mut records = vec![
        ("room/project/component/at", xy(&[])),
        ("room/project/component/speed", xy(&[])),
        (
            "room/project/component/bot",
            json!({"fields": [
                {"name": "mood", "kind": {"enum": ["calm", "hungry"]}},
                {"name": "energy", "kind": "f64", "default": 1, "range": {"min": 0, "max": 1}},
                {"name": "goal", "kind": "entity"},
                {"name": "since", "kind": "i32", "optional": true},
                {"name": "home", "kind": {"struct": [{"name": "at", "kind": "vec3"}, {"name": "own", "kind": "bool"}]}},
                {"name": "visited", "kind": {"list": "i32"}},
                {"name": "steps", "kind": "i64"},
            ]}),
        ),
        ("room/project/prefab/thing", json!({"components": {"at": {"x": 1}, "speed": {"x": 2, "y": -1}}})),
        ("room/project/prefab/bot", json!({"composes": ["thing"], "components": {"bot": {}}})),
        ("room/project/prefab/rock", json!({"components": {"at": {"x": 100}}})),
    ];
    records.extend(systems.iter().map(|(slug, payload)| (slug.as_str(), payload.clone())));
    defined(&records)
}

fn stage(systems: &[(String, Value)]) -> Stage {
    let mut stage = Stage::new();
    stage.world.apply(Step::Define(definitions(systems)));
    stage
}

fn spawned(stage: &mut Stage, prefab: &str) -> ecs::Entity {
    stage.world.spawn(prefab, &Map::new()).unwrap()
}

fn of(stage: &Stage, entity: ecs::Entity, component: &str) -> Value {
    let ecs = stage.world.ecs();
    ecs.row(entity, ecs.component(component).unwrap()).map_or(Value::Null, Value::Object)
}

/// What one system says and does in two ticks with a thing, a bot and a rock.
fn run(header: Value, source: &str, expect: Expect) {
    let mut stage = stage(&[system("s", header, source)]);
    let mut said = stage.tick();
    let all = ["thing", "bot", "rock"].map(|it| spawned(&mut stage, it));
    said += &stage.ticks(2);
    let said = said.replace("room/project/system/s: ", "").replace("info: ", "");
    let state: Vec<String> =
        all.iter().map(|it| format!("{it} {} {}", of(&stage, *it, "at"), of(&stage, *it, "bot"))).collect();
    expect.assert_eq(&format!("{said}{}\n", state.join("\n")));
}

#[test]
fn a_system_gets_columns_and_what_it_writes_into_them_stays() {
    run(
        json!({"reads": ["speed"], "writes": ["at"]}),
        "export default ctx => {
          for (const table of ctx.tables) {
            const x = table.column('at.x'), y = table.column('at.y')
            const vx = table.column('speed.x'), vy = table.column('speed.y')
            console.log(table.count, table.components, x.constructor.name, [...table.entities].map(ctx.id))
            for (let i = 0; i < table.count; i++) {
              x[i] += vx[i] * ctx.dt
              y[i] += vy[i] * ctx.dt
              vx[i] = 1000
            }
          }
        }",
        expect![[r#"
            defined
            Running
            1 ["at","speed"] Float32Array ["e1"]
            1 ["at","speed"] Float32Array ["e0"]
            1 ["at","speed"] Float32Array ["e1"]
            1 ["at","speed"] Float32Array ["e0"]
            e0 {"x":1.2,"y":-0.1} null
            e1 {"x":1.2,"y":-0.1} {"mood":"calm","energy":1,"goal":null,"since":null,"home":{"at":[0,0,0],"own":false},"visited":[],"steps":0}
            e2 {"x":100,"y":0} null
        "#]],
    );
}

#[test]
fn rows_are_read_and_written_like_objects_whatever_a_field_is() {
    run(
        json!({"writes": ["bot", "at"]}),
        "export default ctx => {
          for (const it of ctx.each('bot')) {
            const { bot, at } = it
            console.log(bot.mood, bot.energy, bot.goal, bot.since, bot.home.at.x, bot.home.own, bot.visited, bot.steps)
            bot.mood = bot.mood === 'calm' ? 'hungry' : 'calm'
            bot.energy -= 0.25
            bot.since = bot.since === null ? ctx.tick : null
            bot.home.at.x = at.x + 1
            bot.home.own = true
            bot.visited = [...bot.visited, ctx.tick]
            bot.steps += 5
            const [rock] = ctx.query('at').filter(it => !it.has('bot')).flatMap(it => [...it.entities]).reverse()
            bot.goal = ctx.id(rock)
            ctx.at(bot.goal).at.y = 7
          }
        }",
        expect![[r#"
            defined
            Running
            calm 1 null null 0 false [] 0
            hungry 0.75 e0 2 2 true [2] 5
            e0 {"x":1,"y":7} null
            e1 {"x":1,"y":0} {"mood":"calm","energy":0.5,"goal":"e0","since":null,"home":{"at":[2,0,0],"own":true},"visited":[2,3],"steps":10}
            e2 {"x":100,"y":0} null
        "#]],
    );
}

#[test]
fn entities_come_and_go_at_the_end_of_a_system_in_the_order_it_said_so() {
    run(
        json!({"reads": ["bot"], "writes": ["at"]}),
        "export default ctx => {
          for (const it of ctx.each('bot')) {
            const made = ctx.spawn('rock', { at: { y: ctx.tick } })
            ctx.add(made, 'speed', { x: 3 })
            ctx.remove(it.entity, 'bot')
            it.at.x = 50
          }
          for (const table of ctx.query('at')) {
            for (let i = 0; i < table.count; i++) if (table.column('at.x')[i] === 1) ctx.despawn(table.entities[i])
          }
          console.log(ctx.query('at').map(it => [...it.column('at.x')]), ctx.at('e999'))
        }",
        expect![[r#"
            defined
            Running
            [] null
            [[100],[50],[1]] null
            [[100],[50,100]] null
            e0 null null
            e1 {"x":50,"y":0} null
            e2 {"x":100,"y":0} null
        "#]],
    );
}

/// A system in TypeScript that fails in its third line.
const FAILS: &str = "interface Row { a: number }
export default (ctx: { tick: number }): void => {
  if (ctx.tick > 1) throw new Error('no' as string)
}";

#[test]
fn a_system_that_fails_is_named_by_its_record_and_the_others_go_on() {
    let mut stage = stage(&[
        system("a", json!({"language": "ts"}), FAILS),
        system("b", json!({}), "export default ctx => console.log('b', ctx.tick)"),
        system("c", json!({}), "export const nothing = 1"),
        system("d", json!({}), "export default ctx => {"),
        system("e", json!({}), "export default async ctx => {}"),
        system("f", json!({"language": "luau"}), "return 1"),
        system("g", json!({}), "import './other.js'\nexport default ctx => {}"),
    ]);
    expect![[r#"
        defined
        room/project/system/a: Running
        room/project/system/b: Running
        room/project/system/b: info: b 1
        room/project/system/c: crashed: error[module_entry_missing_default_export]: the entry has no default export to call
          at room/project/system/c
          help: write `export default (world, app, fetch, props, setTimeout) => { … }`
        room/project/system/d: crashed: error[syntax_error]: expected '}', got '<eof>'
          at room/project/system/d:1:24
        room/project/system/e: Running
        room/project/system/e: crashed: error[async_system]: a system cannot wait: the tick would wait for it
          at room/project/system/e
        room/project/system/f: crashed: error[module_entry_missing_default_export]: the entry returns neither a function nor a table of hooks
          at room/project/system/f
          help: end it with `return function(ctx) … end`
        room/project/system/g: crashed: error[module_not_found]: there is no file `other.js`
          at room/project/system/g:1:8
        room/project/system/a: crashed: error[script_error]: Error: no
          at room/project/system/a:3:31
        room/project/system/b: info: b 2
        room/project/system/b: info: b 3
    "#]].assert_eq(&stage.ticks(3));
    let states: Vec<String> = stage
        .world
        .systems()
        .iter()
        .map(|it| format!("{} {}", it.slug, matches!(it.state, InstanceState::Running)))
        .collect();
    expect![[r#"
        room/project/system/a false
        room/project/system/b true
        room/project/system/c false
        room/project/system/d false
        room/project/system/e false
        room/project/system/f false
        room/project/system/g false"#]]
    .assert_eq(&states.join("\n"));
}

#[test]
fn mistakes_in_a_system_have_the_codes_of_scripts() {
    let table = [
        "ctx.query('rock')",
        "ctx.tables[0].column('speed.x')",
        "ctx.tables[0].column('at.z')",
        "ctx.query('at').find(it => !it.has('bot')).column('bot.energy')",
        "for (const it of ctx.each('bot')) it.bot.mood = 'sad'",
        "for (const it of ctx.each('bot')) it.at.x = 1",
        "for (const it of ctx.each('bot')) it.bot.energy = 2",
        "for (const it of ctx.query('bot')) it.column('bot.mood')[0] = 9",
        "for (const it of ctx.each('bot')) it.bot.visited = ['a']",
        "ctx.spawn('nobody')",
        "ctx.add('e77', 'bots')",
        "fetch('https://example.org')",
        "store.put('a', 1)",
        "while (true) {}",
        "ctx.input.events.push(1)",
    ];
    let mut said = String::new();
    for body in table {
        let limits = Limits { tick_time: Duration::from_millis(250), ..Limits::standard() };
        let mut stage = Stage::with(limits);
        let source = format!("export default ctx => {{\n  {body}\n}}");
        stage.world.apply(Step::Define(definitions(&[system(
            "s",
            json!({"reads": ["at"], "writes": ["bot"]}),
            &source,
        )])));
        spawned_first(&mut stage);
        let events = stage.ticks(2);
        let crash = events.lines().skip_while(|it| !it.contains("crashed")).collect::<Vec<_>>().join("\n");
        said += &format!("{body}\n  {}\n", crash.replace("room/project/system/s: crashed: ", ""));
    }
    expect![[r#"
        ctx.query('rock')
          error[undeclared_component]: `rock` is in neither `reads` nor `writes` of this system
          at room/project/system/s:2:7
        ctx.tables[0].column('speed.x')
          error[undeclared_component]: `speed` is in neither `reads` nor `writes` of this system
          at room/project/system/s:2:17
        ctx.tables[0].column('at.z')
          error[unknown_field]: `at` has no column `z`
          at room/project/system/s:2:17
        ctx.query('at').find(it => !it.has('bot')).column('bot.energy')
          error[component_missing]: this table has no `bot`; ask table.has(name), or ctx.query(name) for tables
          at room/project/system/s:2:46
        for (const it of ctx.each('bot')) it.bot.mood = 'sad'
          error[unknown_variant]: bot.mood is one of `calm`, `hungry`
          at room/project/system/s:2:37
        for (const it of ctx.each('bot')) it.at.x = 1
          error[read_only_component]: `at` is not in `writes`
          at room/project/system/s:2:37
        for (const it of ctx.each('bot')) it.bot.energy = 2
          error[out_of_range]: 2 is out of range in `bot.energy` of e0
          at room/project/system/s
        for (const it of ctx.query('bot')) it.column('bot.mood')[0] = 9
          error[unknown_variant]: 9 is no variant: there are 2 in `bot.mood` of e0
          at room/project/system/s
        for (const it of ctx.each('bot')) it.bot.visited = ['a']
          error[wrong_type]: this is "a" in `bot.visited` of e0; expected a whole number of 32 bits
          at room/project/system/s
        ctx.spawn('nobody')
          error[unknown_prefab]: there is no prefab `nobody`
          at room/project/system/s:2:7
        ctx.add('e77', 'bots')
          error[entity_gone]: `e77` is gone, or never was
          at room/project/system/s:2:7
        fetch('https://example.org')
          error[store_access_in_tick]: `fetch`: a tick waits for no store; keep what outlives a tick in components
          at room/project/system/s:2:3
        store.put('a', 1)
          error[store_access_in_tick]: `store.put`: a tick waits for no store; keep what outlives a tick in components
          at room/project/system/s:2:9
        while (true) {}
          error[script_time_budget]: room/project/system/s ran longer than its 250 ms of a tick
          at room/project/system/s:1:1
          help: raise `tick_ms` in [script] of bowline.toml if that is what it needs
        ctx.input.events.push(1)
          error[script_error]: TypeError: object is not extensible
          at room/project/system/s:2:20
    "#]].assert_eq(&said);
}

/// A bot and a rock that are there when the systems first run.
fn spawned_first(stage: &mut Stage) {
    let with_systems = std::mem::take(&mut stage.world.queue);
    stage.world.apply(Step::Define(definitions(&[])));
    stage.tick();
    spawned(stage, "bot");
    spawned(stage, "rock");
    with_systems.into_iter().for_each(|it| stage.world.apply(it));
}

#[test]
fn systems_run_by_phase_then_order_then_name_around_the_scripts_of_apps() {
    let say = |name: &str, phase: &str, order: i32| {
        let source =
            format!("export default ctx => console.log('{name}', ctx.tick, ctx.step, ctx.dt, ctx.time)");
        system(name, json!({"phase": phase, "order": order}), &source)
    };
    let mut stage = stage(&[
        say("late", "lateUpdate", 0),
        say("b", "update", 0),
        say("a", "update", 0),
        say("first", "update", -1),
        say("fixed", "fixedUpdate", 5),
    ]);
    stage.app("App", "console.log('app'); app.on('update', () => console.log('app'))");
    let said = stage.ticks(2).replace("room/project/system/", "");
    expect![[r#"
        defined
        fixed: Running
        fixed: info: fixed 1 0 0.02 0.05
        fixed: info: fixed 1 1 0.02 0.05
        first: Running
        first: info: first 1 0 0.05 0.05
        a: Running
        a: info: a 1 0 0.05 0.05
        b: Running
        b: info: b 1 0 0.05 0.05
        App: Running
        App: info: app
        late: Running
        late: info: late 1 0 0.05 0.05
        fixed: info: fixed 2 0 0.02 0.1
        fixed: info: fixed 2 1 0.02 0.1
        fixed: info: fixed 2 2 0.02 0.1
        first: info: first 2 0 0.05 0.1
        a: info: a 2 0 0.05 0.1
        b: info: b 2 0 0.05 0.1
        App: info: app
        late: info: late 2 0 0.05 0.1
    "#]]
    .assert_eq(&said);
}

#[test]
fn what_one_system_writes_the_next_one_and_then_the_apps_read() {
    let add = |name: &str| {
        let source = format!(
            "export default ctx => {{ for (const it of ctx.each()) {{ it.at.x = it.at.x * 2 + {name}; console.log(it.at.x) }} }}"
        );
        system(&format!("s{name}"), json!({"writes": ["at"]}), &source)
    };
    let mut stage = stage(&[add("1"), add("2")]);
    stage.app("App", "app.on('update', () => console.log(world.query('at')[0].get('at').x))");
    stage.tick();
    spawned(&mut stage, "thing");
    let said = stage.tick().replace("room/project/system/", "");
    expect![[r#"
        s1: info: 3
        s2: info: 8
        App: info: 8
    "#]]
    .assert_eq(&said);
}

#[test]
fn randomness_is_of_the_seed_the_tick_and_the_system_and_of_nothing_that_was_before() {
    let source = "export default ctx => console.log(ctx.tick, ctx.random(), Math.random(), num(0, 1, 3))";
    let systems = [system("a", json!({}), source), system("b", json!({}), source)];
    let mut one = stage(&systems);
    let first = one.ticks(3);
    expect![[r#"
        defined
        a: Running
        a: info: 1 0.974559172289446 0.673492977861315 0.4
        b: Running
        b: info: 1 0.21543691726401448 0.6703991668764502 0.155
        a: info: 2 0.2630514553748071 0.11400648346170783 0.389
        b: info: 2 0.3781546044629067 0.7641464343760163 0.68
        a: info: 3 0.2938590708654374 0.20087375468574464 0.517
        b: info: 3 0.10576101555489004 0.11088622524403036 0.572
    "#]]
    .assert_eq(&first.replace("room/project/system/", ""));
    // Another world that got these systems only later.
    let mut other = stage(&[]);
    other.ticks(2);
    other.world.apply(Step::Define(definitions(&systems)));
    let third: String = first.lines().filter(|it| it.contains(" 3 ")).map(|it| format!("{it}\n")).collect();
    assert_eq!(
        other.tick().lines().filter(|it| it.contains("info")).map(|it| format!("{it}\n")).collect::<String>(),
        third
    );
}

#[test]
fn a_system_hears_the_events_for_everybody() {
    let mut stage = stage(&[system(
        "s",
        json!({}),
        "export default ctx => ctx.input.events.forEach(it => console.log(it.name, it.data))",
    )]);
    stage.app("App", "app.on('update', () => app.emit('pointed', { x: 1 }))");
    stage.world.apply(Step::Message {
        to: None,
        name: "hello".to_owned(),
        data: json!([1]),
        from: None,
        version: None,
    });
    let said = stage.ticks(3).replace("room/project/system/", "");
    expect![[r#"
        defined
        s: Running
        s: info: hello [1]
        App: Running
        s: info: pointed {"x":1}
    "#]]
    .assert_eq(&said);
}

#[test]
fn other_definitions_start_those_systems_again_that_see_the_new_fields() {
    let source = "let runs = 0\nexport default ctx => { runs++; for (const it of ctx.each('at')) console.log(runs, Object.keys(Object.getPrototypeOf(it.at)), it.at.x) }";
    let first = system("s", json!({"writes": ["at"]}), source);
    let counts = "let runs = 0\nexport default ctx => { console.log('run', ++runs) }";
    let other = system("t", json!({"reads": ["speed"]}), counts);
    let mut stage = stage(&[first.clone(), other.clone()]);
    stage.tick();
    spawned(&mut stage, "rock");
    let mut said = stage.ticks(2);
    let snapshot = definitions(&[first, other]);
    let mut records = snapshot.snapshot().records();
    let at = records.iter_mut().find(|it| it.slug.ends_with("/component/at")).unwrap();
    at.payload["fields"].as_array_mut().unwrap().push(json!({"name": "z", "kind": "f32", "default": 9}));
    let asking = bowline_schema::Asking { scopes: vec!["room/project".to_owned()], ..Default::default() };
    let built = bowline_schema::Snapshot::build(&records, &asking);
    stage.world.apply(Step::Define(Definitions::compile(built.snapshot).unwrap()));
    said += &stage.ticks(2);
    expect![[r#"
        s: info: 2 ["x","y"] 100
        t: info: run 2
        s: info: 3 ["x","y"] 100
        t: info: run 3
        defined
        s: Running
        s: info: 1 ["x","y","z"] 100
        t: info: run 4
        s: info: 2 ["x","y","z"] 100
        t: info: run 5
    "#]]
    .assert_eq(&said.replace("room/project/system/", ""));
}

#[test]
fn a_system_in_a_loop_nothing_can_stop_is_left_behind_and_the_world_goes_on() {
    let hangs = "export default ctx => {
      let n = 0
      if (ctx.tick > 1) Array.prototype.reverse.call({ get length() { return n++ ? 2 ** 53 - 1 : 1 } })
    }";
    let systems = [
        system("hangs", json!({}), hangs),
        system("says", json!({}), "export default ctx => console.log(ctx.tick)"),
    ];
    let limits = Limits {
        tick_time: Duration::from_millis(200),
        grace: Duration::from_millis(200),
        ..Limits::standard()
    };
    let mut stage = Stage::with(limits);
    stage.world.apply(Step::Define(definitions(&systems)));
    let said = stage.ticks(3).replace("room/project/system/", "");
    expect![[r#"
        defined
        hangs: Running
        says: Running
        says: info: 1
        hangs: crashed: error[script_hung]: hangs is in a loop that nothing in this process can stop
          at hangs
          help: change the record
        says: info: 2
        says: info: 3
    "#]]
    .assert_eq(&said);
}

/// The same in Luau: its header is the record's.
fn luau(name: &str, header: Value, source: &str) -> (String, Value) {
    let (slug, mut payload) = system(name, header, source);
    payload["language"] = json!("luau");
    (slug, payload)
}

#[test]
fn a_system_in_luau_moves_what_it_declares_by_buffers_and_by_rows() {
    let mut stage = stage(&[
        luau("move", json!({"reads": ["speed"], "writes": ["at"]}), "return function(ctx)
            for _, t in ctx:query('at', 'speed') do
                local x, vx = t:column('at.x'), t:column('speed.x')
                for i = 0, t.count - 1 do
                    buffer.writef32(x, i * 4, buffer.readf32(x, i * 4) + buffer.readf32(vx, i * 4) * ctx.dt)
                end
            end
            for row in ctx:each('at', 'speed') do row.at.y += row.speed.y * ctx.dt end
        end"),
        luau("think", json!({"writes": ["bot"], "order": 2}), "return function(ctx)
            for row in ctx:each() do
                local bot = row.bot
                bot.mood = if bot.mood == 'calm' then 'hungry' else 'calm'
                bot.energy -= 0.25
                bot.since = if bot.since then bot.since + 1 else 0
                bot.home.own = not bot.home.own
                bot.steps += 2
                bot.visited = { ctx.tick }
                if ctx.tick == 2 then print(ctx:id(row.entity), ctx:at(row.entity).bot.mood, ctx:random() < 1, #ctx.input.events) end
            end
        end"),
        luau("wrong", json!({"reads": ["at"], "order": 3}), "return function(ctx)\n  for row in ctx:each() do row.at.x = 1 end\nend"),
        luau("typo", json!({"reads": ["at"], "order": 4}), "return function(ctx)\n  local t = ctx:query('speed')\nend"),
        luau("range", json!({"writes": ["bot"], "order": 5}), "return function(ctx)\n  for row in ctx:each() do row.bot.energy = 5 end\nend"),
        luau("loop", json!({"reads": ["at"], "order": 6}), "return function(ctx)\n  while true do end\nend"),
        luau("none", json!({"reads": ["at"], "order": 7}), "return 5"),
        luau("spawn", json!({"reads": ["at"], "order": 8}), "return function(ctx) if ctx.tick == 1 then ctx:spawn('rock') end end"),
    ]);
    let began = stage.tick();
    let (thing, bot) = (spawned(&mut stage, "thing"), spawned(&mut stage, "bot"));
    expect![[r#"
        defined
        room/project/system/move: Running
        room/project/system/think: Running
        room/project/system/wrong: Running
        room/project/system/typo: Running
        room/project/system/typo: crashed: error[undeclared_component]: `speed` is in neither `reads` nor `writes` of this system
          at room/project/system/typo:2
        room/project/system/range: Running
        room/project/system/loop: Running
        room/project/system/loop: crashed: error[script_time_budget]: room/project/system/loop ran longer than its 2000 ms of a tick
          at room/project/system/loop:2
          help: raise `tick_ms` in [script] of bowline.toml if that is what it needs
        room/project/system/none: crashed: error[module_entry_missing_default_export]: the entry returns neither a function nor a table of hooks
          at room/project/system/none
          help: end it with `return function(ctx) … end`
        room/project/system/spawn: Running
        room/project/system/think: info: e2 hungry true 0
        room/project/system/wrong: crashed: error[read_only_component]: `at` is not in `writes`
          at room/project/system/wrong:2
        room/project/system/range: crashed: error[out_of_range]: 5 is out of range in `bot.energy` of e2
          at room/project/system/range
    "#]].assert_eq(&(began + &stage.ticks(2)));
    expect![[r#"
        {"x":1.2,"y":-0.1}
        {"x":1.2,"y":-0.1}
        {"mood":"calm","energy":0.5,"goal":null,"since":1,"home":{"at":[0,0,0],"own":false},"visited":[3],"steps":4}
        3 rows
    "#]].assert_eq(&format!(
        "{}\n{}\n{}\n{} rows\n",
        of(&stage, thing, "at"),
        of(&stage, bot, "at"),
        of(&stage, bot, "bot"),
        stage.world.ecs().entities().count()
    ));
}
