//! What is edited between two ticks: it runs at once, and time does not pass.

use expect_test::{Expect, expect};

use super::*;
use crate::script::Compile;

/// An app that counts its frames, says what time it is and hears itself.
const BEFORE: &str = "export default (world, app) => {
  app.on('destroy', () => console.log('old destroyed at', world.getTime()))
  app.on('update', () => { app.state.n = (app.state.n ?? 0) + 1; app.emit('frame', app.state.n) })
}";
const AFTER: &str = "console.log('top level')
export function onReload({ state }) { console.log('reloaded with', state) }
export default (world, app, fetch, props, setTimeout) => {
  console.log('new at', world.getTime())
  app.add(app.create('mesh'))
  world.on('frame', n => console.log('heard of frame', n))
  setTimeout(() => console.log('rings at', world.getTime()), 50)
  app.on('fixedUpdate', () => console.log('fixed'))
  app.on('update', () => { app.state.n += 100 })
}";

const LUAU_BEFORE: &str = "return function(world, app)
  app:on('update', function() app.state.n = (app.state.n or 0) + 1; app:emit('frame', app.state.n) end)
end";
const LUAU_AFTER: &str = "print('top level')
return {
  on_start = function(world, app)
    print('new at', world:getTime())
    app:add(app:create('mesh'))
    world:on('frame', function(n) print('heard of frame', n) end)
  end,
  on_reload = function(context) print('reloaded with', context.state.n) end,
  on_update = function() print('frame') end,
}";

fn check((entry, before, after): (&str, &str, &str), expect: Expect) {
    let mut stage = Stage::new();
    stage.blueprint("A", "module", &[(entry, before)]);
    stage.entity("1", "A", json!({}));
    let mut said = stage.ticks(3);
    stage.blueprint("A", "module", &[(entry, after)]);
    said += &format!("-- saved after tick {}\n{}", stage.world.now(), stage.take_over());
    said += &format!("-- nothing is left to do\n{}", stage.take_over());
    said += &format!("-- ticks after {}\n{}", stage.world.now(), stage.ticks(2));
    expect.assert_eq(&said);
}

#[test]
fn new_code_runs_before_the_next_tick_and_its_frames_with_it() {
    check(
        ("index.js", BEFORE, AFTER),
        expect![[r#"
        1: Running
        1: state {"n":1}
        1: state {"n":2}
        -- saved after tick 3
        1: info: old destroyed at 0.15
        1: Running
        1: info: top level
        1: info: new at 0.15
        1: info: reloaded with {"n":2}
        -- nothing is left to do
        -- ticks after 3
        1: info: heard of frame 2
        1: info: rings at 0.2
        1: info: fixed
        1: info: fixed
        1: info: fixed
        1: state {"n":102}
        1: info: fixed
        1: info: fixed
        1: state {"n":202}
    "#]],
    );
    check(
        ("index.luau", LUAU_BEFORE, LUAU_AFTER),
        expect![[r#"
        1: Running
        1: state {"n":1}
        1: state {"n":2}
        -- saved after tick 3
        1: Running
        1: info: top level
        1: info: new at 0.15
        1: info: reloaded with 2
        -- nothing is left to do
        -- ticks after 3
        1: info: heard of frame 2
        1: info: frame
        1: info: frame
    "#]],
    );
}

#[test]
fn instances_begin_and_end_between_ticks_and_frames_are_nobodys() {
    let mut stage = Stage::new();
    let text = "export default (world, app, fetch, props) => {
      console.log('starts with', props.n)
      app.on('destroy', () => console.log('ends'))
      app.on('update', () => console.log('frame'))
    }";
    stage.blueprint("A", "module", &[("index.js", text)]);
    stage.entity("1", "A", json!({}));
    let mut said = "-- comes\n".to_owned() + &stage.take_over();
    said += &("-- tick\n".to_owned() + &stage.tick());
    stage.entity("1", "A", json!({ "props": { "n": { "value": 2 } } }));
    stage.entity("2", "A", json!({ "props": { "n": 2 } }));
    said += &("-- another comes\n".to_owned() + &stage.take_over());
    stage.world.apply(Step::RemoveEntity { id: "1".to_owned() });
    said += &("-- one goes\n".to_owned() + &stage.take_over());
    said += &("-- tick\n".to_owned() + &stage.tick());
    expect![[r#"
        -- comes
        1: Running
        1: info: starts with undefined
        -- tick
        1: info: frame
        -- another comes
        1: info: ends
        1: Running
        1: info: starts with {"value":2}
        2: Running
        2: info: starts with 2
        -- one goes
        1: info: ends
        -- tick
        2: info: frame
    "#]]
    .assert_eq(&said);
}

#[test]
fn what_cannot_run_is_told_at_once_and_the_old_goes_on() {
    let mut stage = Stage::new();
    stage.blueprint("A", "module", &[("index.js", BEFORE)]);
    stage.entity("1", "A", json!({}));
    let mut said = stage.ticks(2);
    stage.blueprint("A", "module", &[("index.js", "export default (world, app => {")]);
    said += &("-- does not parse\n".to_owned() + &stage.take_over());
    let refuses = "export function onReload() { throw new Error('no') }\nexport default () => {}";
    stage.blueprint("A", "module", &[("index.js", refuses)]);
    said += &("-- refuses\n".to_owned() + &stage.take_over() + "-- ticks\n" + &stage.ticks(2));
    expect![[r#"
        1: Running
        1: state {"n":1}
        -- does not parse
        A: not reloaded: error[syntax_error]: expected ',', got '<eof>'
          at apps/A/index.js:1:32
        -- refuses
        A: not reloaded: error[reload_rolled_back]: the old version goes on: Error: no
          at apps/A/index.js:1:40
        -- ticks
        1: state {"n":2}
        1: state {"n":3}
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_world_that_does_not_wait_takes_over_what_is_compiled_by_then() {
    let mut stage = Stage::new();
    stage.alone();
    stage.world.compiling(Compile::Behind);
    stage.blueprint("A", "module", &[("index.js", "export default () => console.log('runs')")]);
    stage.entity("1", "A", json!({}));
    let soon = || crate::script::wall() + Duration::from_secs(60);
    assert!(!stage.world.is_compiling());
    assert_eq!(stage.both(|it| it.take_over(soon())), "1: Running\n1: info: runs\n");
    assert!(!stage.world.is_compiling());
}
