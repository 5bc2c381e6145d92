//! Tests of tests: what they can see and do, and how they fail.

use std::time::Duration;

use bowline_model::{AssetName, Digest};
use expect_test::{Expect, expect};
use serde_json::json;

use super::*;
use crate::{Definitions, Limits, Seed, Step};

const LAMP: &str = "\
export default (world, app, fetch, props) => {
  const light = app.create('mesh')
  app.add(light)
  app.state = { on: false }
  let ticks = 0
  app.on('switch', data => { app.state = { on: data.on }; console.log('switched', data.on) })
  let struck = false
  const side = world.isServer ? 'server' : 'client'
  world.on('enter', e => console.log(side, 'met', e.playerId))
  world.on('chat', message => console.log(side, 'heard', message.body))
  world.on('storm', () => { struck = true })
  app.on('update', () => {
    light.position.y = ++ticks
    if (struck) throw new Error('struck')
  })
  app.send('ready', props.watts)
}
";

/// A world with a lamp in it.
fn world() -> Room {
    let name = AssetName::new(Digest::of(LAMP.as_bytes()), "index.js");
    let url = json!(name.url());
    let second = Duration::from_secs(1);
    let limits = Limits { tick_time: second, grace: second, ..Limits::standard() };
    let text = move |it: &AssetName| (*it == name).then(|| Arc::from(LAMP));
    let mut world = Room::new(Seed { seed: 1 }, limits, text, Definitions::core());
    let json = json!({"id": "Lamp", "version": 1, "script": url, "scriptEntry": "index.js", "scriptFormat": "module",
        "scriptFiles": {"index.js": url}, "props": {"watts": 40}});
    world.apply(Step::PutBlueprint { json: json.as_object().unwrap().clone() });
    let json = json!({"id": "one", "blueprint": "Lamp", "position": [1, 2, 3], "quaternion": [0, 0, 0, 1],
        "scale": [1, 1, 1], "props": {}, "state": {}});
    world.apply(Step::PutEntity { json: json.as_object().unwrap().clone() });
    world
}

/// What a file of tests comes to, a line a test.
fn ran(entry: &str, text: &str, filter: Option<&str>) -> String {
    let files = [
        (entry, text),
        ("lib/sum.js", "export const sum = (a, b) => a + b\n"),
        ("lib/twice.ts", "export const twice = (it: number): number => it * 2\n"),
        ("lib/sum.luau", "return { sum = function(a, b) return a + b end }\n"),
    ];
    let file = |(key, text): (&str, &str)| {
        let key = ProjectPath::parse(key).unwrap();
        (key.clone(), (format!("apps/Lamp/{key}"), Arc::from(text)))
    };
    let file = TestFile {
        app: "Lamp".to_owned(),
        entry: ProjectPath::parse(entry).unwrap(),
        files: files.into_iter().map(file).collect(),
    };
    let mut said = String::new();
    let mut told = |it: Tested| {
        let how = match it.outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Skipped => "skipped".to_owned(),
            Outcome::Failed(problem) => problem.to_string(),
        };
        said += &format!("{} ({}): {how}\n", it.name, it.ticks);
    };
    let ended = run(&file, Trial { filter, fresh: &world, told: &mut told });
    if let Err(problem) = ended {
        said += &problem.to_string();
    }
    said
}

#[track_caller]
fn check(entry: &str, text: &str, expected: Expect) {
    expected.assert_eq(&ran(entry, text, None));
}

#[test]
fn a_test_sees_and_moves_the_world() {
    check(
        "lamp.test.ts",
        "\
import { sum } from './lib/sum.js'
import { twice } from './lib/twice.ts'

test('maths', t => {
  t.equal(sum(2, twice(3)), 8)
  t.near(new Vector3(1, 2, 3).add(new Vector3(1, 0, 0)), [2, 2, 3])
  t.equal([clamp(5, 0, 1), Math.random() < 1, num(1, 1)], [1, true, 1])
})

test('the lamp is switched', async t => {
  await t.tick()
  const lamp = t.entity('one')
  t.equal(lamp.state, { on: false })
  t.near(lamp.position, [1, 2, 3])
  t.equal(t.app('Lamp').sent.map((it: any) => [it.name, it.data]), [['ready', 40]])
  lamp.send('switch', { on: true })
  await t.until(() => lamp.state.on)
  t.equal(t.app('Lamp').logs, ['switched true'])
  t.equal(t.app('Lamp').state, 'running')
  t.equal(lamp.find('mesh').length, 1)
  t.near(lamp.nodes[0].components.transform.position, [0, t.world.tick - 1, 0], 1)
  t.equal(t.query('mesh').length, 1)
})

test('every test has a world of its own', async t => {
  t.equal(t.world.tick, 0)
  await t.seconds(1)
  t.equal(t.world.tick, 20)
  t.equal(t.entity('one').state, { on: false })
})

test('more lamps', async t => {
  await t.tick()
  const two = t.spawn('Lamp', { id: 'two', position: [0, 5, 0], props: { watts: 60 } })
  await t.tick()
  t.equal(two.script, 'running')
  t.equal(t.app('Lamp').instances.length, 2)
  t.equal(two.props.watts, 60)
  two.set({ position: [0, 6, 0], props: { watts: 75 } })
  await t.tick(2)
  t.near(two.position, [0, 6, 0])
  t.equal(two.props.watts, 75)
  two.remove()
  await t.tick()
  t.equal(t.world.entities.map((it: any) => it.id), ['one'])
})

test('somebody comes', async t => {
  await t.tick()
  const ann = await t.player.join('Ann', { position: [1, 0, 2] })
  t.equal(ann.id, 'ann')
  t.equal(t.app('Lamp').logs, ['server met ann'])
  ann.move([4, 0, 4])
  ann.chat('hello')
  await t.tick(2)
  t.near(ann.position, [4, 0, 4])
  t.equal(ann.logs, ['client heard hello'])
  t.equal(t.chats().map((it: any) => it.body), ['hello'])
  ann.leave()
  await t.tick()
  t.throws(() => ann.health, 'nobody called')
})

test('a crash that is wanted', async t => {
  t.expectCrash('Lamp')
  await t.tick()
  t.world.emit('storm')
  await t.tick(2)
  t.equal(t.app('Lamp').state, 'crashed')
  t.match(t.app('Lamp').problem.message, /struck/)
})

test.skip('not today', () => { throw new Error('never') })
",
        expect![[r#"
            maths (0): passed
            the lamp is switched (2): passed
            every test has a world of its own (20): passed
            more lamps (6): passed
            somebody comes (6): passed
            a crash that is wanted (3): passed
            not today (0): skipped
        "#]],
    );
}

#[test]
fn a_failure_names_its_line() {
    check(
        "lamp.test.js",
        "\
const helper = t => {
  t.equal({ a: [1, 2] }, { a: [1, 3] }, 'the list')
}

test('equal', t => helper(t))
test('near', async t => { await t.tick(); t.near([1, 2, 3], [1, 2, 3.5], 0.1) })
test('typo', async t => { await t.tick(); t.entity('on') })
test('before', t => t.entity('one').state)
test('app', async t => { await t.tick(); t.app('Lmp').state })
test('thrown', async () => { await null; null.x })
test('never true', async t => {
  await t.until(() => false, { ticks: 5 })
})
test('crash', async t => {
  await t.tick()
  t.world.emit('storm')
  await t.tick(3)
})
test('stuck', () => new Promise(() => {}))
test('throws', t => t.throws(() => {}))
test('in order', t => t.throws(() => { throw new Error('so') }, 'so'))
",
        expect![[r#"
            equal (0): error[test_failed]: the list: expected {"a":[1,3]}, and it is {"a":[1,2]}
              at apps/Lamp/lamp.test.js:2:5
            near (1): error[test_failed]: expected [1,2,3.5] within 0.1, and it is [1,2,3]
              at apps/Lamp/lamp.test.js:6:45
            typo (1): error[test_failed]: the world has no entity `on`; did you mean `one`?
              at apps/Lamp/lamp.test.js:7:45
            before (0): error[test_failed]: the world is empty before its first tick: await t.tick()
              at apps/Lamp/lamp.test.js:8:23
            app (1): error[test_failed]: no entity of the world stands on an app `Lmp`; did you mean `Lamp`?
              at apps/Lamp/lamp.test.js:9:44
            thrown (0): error[test_failed]: TypeError: cannot read property 'x' of null
              at apps/Lamp/lamp.test.js:10:42
            never true (5): error[test_failed]: it did not come true within 5 ticks
              at apps/Lamp/lamp.test.js:12:11
            crash (4): error[script_error]: Lamp crashed: Error: struck
              at apps/Lamp/index.js:14:27
              help: if it should, say t.expectCrash(app) in the test
            stuck (0): error[test_hung]: it waits for something that never comes
              at apps/Lamp/lamp.test.js
            throws (0): error[test_failed]: expected it to throw
              at apps/Lamp/lamp.test.js:20:23
            in order (0): passed
        "#]],
    );
}

#[test]
fn a_file_that_cannot_be_run_says_where() {
    check(
        "a.test.js",
        "test('a', t => {\n  t.ok(1\n})\n",
        expect![[r#"
        error[syntax_error]: expected ',', got '}'
          at apps/Lamp/a.test.js:3:1"#]],
    );
    check(
        "a.test.js",
        "import { sum } from './lib/none.js'\n",
        expect![[r#"
            error[module_not_found]: there is no file `lib/none.js`
              at apps/Lamp/a.test.js:1:21"#]],
    );
    check(
        "a.test.js",
        "test('a', () => {})\n\nthrow new Error('outside')\n",
        expect![[r#"
        error[test_failed]: outside
          at apps/Lamp/a.test.js:3:11"#]],
    );
    check(
        "a.test.js",
        "test('a')\n",
        expect![[r#"
        error[test_failed]: TypeError: write test('what is true', async t => { … })
          at apps/Lamp/a.test.js:1:1"#]],
    );
    check(
        "a.test.luau",
        "local = 1\n",
        expect![[r#"
        error[test_failed]: Expected identifier when parsing variable name, got '='
          at apps/Lamp/a.test.luau:1"#]],
    );
    check(
        "a.test.js",
        "test.only('a', () => {})\ntest('b', () => {})\n",
        expect![[r#"
        a (0): passed
        b (0): skipped
    "#]],
    );
    assert_eq!(
        ran("a.test.js", "test('a', () => {})\ntest('ab', () => {})\n", Some("b")),
        "ab (0): passed\n"
    );
}

#[test]
fn a_test_that_never_ends_is_ended() {
    check(
        "a.test.js",
        "test('loop', () => { for (;;); })\ntest('next', () => {})\n",
        expect![[r#"
        loop (0): error[test_hung]: it does not end: some seconds passed without a call into the world
          at apps/Lamp/a.test.js
        next (0): passed
    "#]],
    );
    check(
        "a.test.luau",
        "test('loop', function() while true do end end)\ntest('next', function() end)\n",
        expect![[r#"
            loop (0): error[test_hung]: it does not end: some seconds passed without a call into the world
              at apps/Lamp/a.test.luau
            next (0): passed
        "#]],
    );
}

#[test]
fn a_test_in_luau_sees_and_moves_the_same_world() {
    check(
        "lamp.test.luau",
        "\
local lib = require('./lib/sum')

test('maths', function(t)
	t:equal(lib.sum(2, 3), 5)
end)

test('the lamp is switched', function(t)
	t:tick()
	local lamp = t:entity('one')
	t:equal(lamp.state, { on = false })
	t:near(lamp.position, { 1, 2, 3 })
	lamp:send('switch', { on = true })
	t:wait_until(function() return lamp.state.on end)
	t:equal(t:app('Lamp').logs, { 'switched true' })
	t:equal(#lamp:find('mesh'), 1)
	local two = t:spawn('Lamp', { position = { 0, 5, 0 } })
	t:equal(two.script, 'running')
	t:equal(#t:query('mesh'), 2)
end)

test('a failure', function(t)
	t:tick(3)
	t:equal(t.world.tick, 4, 'ticks')
end)

test('a typo', function(t)
	t:tick()
	t:entity('on')
end)

test('a crash', function(t)
	t:tick()
	t.world:emit('storm')
	t:tick(2)
end)

test('an error', function(t)
	local nothing
	nothing.x = 1
end)
",
        expect![[r#"
            maths (0): passed
            the lamp is switched (3): passed
            a failure (3): error[test_failed]: ticks: expected 4, and it is 3
              at apps/Lamp/lamp.test.luau:23
            a typo (1): error[test_failed]: the world has no entity `on`; did you mean `one`?
              at apps/Lamp/lamp.test.luau:28
            a crash (3): error[script_error]: Lamp crashed: Error: struck
              at apps/Lamp/index.js:14:27
              help: if it should, say t.expectCrash(app) in the test
            an error (0): error[test_failed]: attempt to index nil with 'x'
              at apps/Lamp/lamp.test.luau:39
        "#]],
    );
}
