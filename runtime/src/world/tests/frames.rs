//! The frames of many instances in one go: what each leaves behind is its own.

use expect_test::expect;

use super::*;

#[test]
fn what_an_instance_leaves_behind_is_its_own_whoever_runs_before_and_after() {
    let mut stage = Stage::new();
    let text = "const what = {
      idle() {},
      frames(world, app) { app.on('update', () => {}) },
      logs(world, app) { app.on('update', () => console.log('logged')) },
      fails(world, app) { app.on('update', () => { console.log('about to'); null.x }) },
      promises(world, app) {
        app.on('update', async () => { await null; console.log('waited', app.instanceId); app.state.n = (app.state.n ?? 0) + 1 })
      },
      rejects(world, app) { app.on('update', async () => { throw new Error('nobody waits') }) },
      resolves(world, app) {
        let go
        new Promise(resolve => { go = resolve }).then(it => console.log('resolved by', it))
        app.on('update', () => go(app.instanceId))
      },
      state(world, app) { app.on('lateUpdate', () => { app.state.n = (app.state.n ?? 0) + 1 }) },
      node(world, app) { app.on('animate', () => { app.position.x += 1; app.add(app.create('prim')) }) },
      component(world, app) { app.on('update', () => app.entity.add('mesh', { radius: 2 })) },
      timer(world, app, setTimeout) { setTimeout(() => console.log('rang'), 40) },
      says(world, app) { app.on('fixedUpdate', () => app.emit('said', app.instanceId)) },
      hears(world, app) { world.on('said', from => console.log('heard of', from)) },
    }
    export default (world, app, fetch, props, setTimeout) => what[props.what](world, app, setTimeout)";
    stage.blueprint("A", "module", &[("index.js", text)]);
    let order = [
        "idle",
        "hears",
        "frames",
        "logs",
        "idle",
        "fails",
        "promises",
        "rejects",
        "says",
        "resolves",
        "state",
        "idle",
        "node",
        "component",
        "timer",
        "frames",
        "hears",
        "frames",
    ];
    for (at, what) in order.iter().enumerate() {
        stage.entity(&format!("{at:02} {what}"), "A", json!({ "props": { "what": what } }));
    }
    let mut said = stage.tick().lines().filter(|it| !it.ends_with(": Running")).collect::<String>();
    said += &format!("{}--\n{}", stage.tick(), stage.tick());
    expect![[r#"
        03 logs: info: logged
        05 fails: info: about to
        05 fails: crashed: error[script_error]: TypeError: cannot read property 'x' of null
          at apps/A/index.js:5:77
        06 promises: info: waited 06 promises
        06 promises: state {"n":1}
        07 rejects: error: unhandled rejection: Error: nobody waits (apps/A/index.js:9:70)
        09 resolves: info: resolved by 09 resolves
        10 state: state {"n":1}
        14 timer: info: rang
        --
        01 hears: info: heard of 08 says
        01 hears: info: heard of 08 says
        01 hears: info: heard of 08 says
        03 logs: info: logged
        06 promises: info: waited 06 promises
        06 promises: state {"n":2}
        07 rejects: error: unhandled rejection: Error: nobody waits (apps/A/index.js:9:70)
        10 state: state {"n":2}
        16 hears: info: heard of 08 says
        16 hears: info: heard of 08 says
        16 hears: info: heard of 08 says
    "#]]
    .assert_eq(&said);
}

#[test]
fn who_comes_and_goes_between_frames_changes_nobody_elses() {
    let mut stage = Stage::new();
    let text = "export default (world, app) => {
      let n = 0
      app.on('update', () => console.log(++n))
      app.on('ping', it => console.log('heard', it))
    }";
    stage.blueprint("A", "module", &[("index.js", text)]);
    for id in ["b", "d", "f"] {
        stage.entity(id, "A", json!({}));
    }
    let mut said = stage.ticks(2);
    stage.world.apply(Step::RemoveEntity { id: "b".to_owned() });
    for id in ["a", "e"] {
        stage.entity(id, "A", json!({}));
    }
    let ping = |to: &str| {
        let (to, name) = (Some(to.to_owned()), "ping".to_owned());
        Step::Message { to, name, data: json!(1), from: None, version: None }
    };
    for id in ["b", "d", "e", "f"] {
        stage.world.apply(ping(id));
    }
    said += &format!("--\n{}--\n{}", stage.tick(), stage.tick());
    expect![[r#"
        b: Running
        d: Running
        f: Running
        b: info: 1
        d: info: 1
        f: info: 1
        --
        a: Running
        e: Running
        d: info: heard 1
        d: info: 2
        f: info: heard 1
        f: info: 2
        --
        a: info: 1
        d: info: 3
        e: info: 1
        f: info: 3
    "#]]
    .assert_eq(&said);
}
