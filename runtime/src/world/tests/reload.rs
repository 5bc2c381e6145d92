//! Code that changes while it runs: what is kept, what goes, and when nothing changes at all.

use expect_test::{Expect, expect};

use super::*;
use crate::script::Compile;

/// An app `A` with three instances, as `before`; then `after` is saved, and two ticks pass.
fn check(before: &str, after: &str, expect: Expect) {
    let mut stage = Stage::new();
    stage.blueprint("A", "module", &[("index.js", before)]);
    for id in ["1", "2", "3"] {
        stage.entity(id, "A", json!({ "state": { "stored": true } }));
    }
    let mut said = stage.ticks(2) + "--\n";
    stage.blueprint("A", "module", &[("index.js", after)]);
    said += &stage.ticks(2);
    expect.assert_eq(&said);
}

/// What the statuses and accounts say.
fn statuses(stage: &Stage) -> String {
    let status = |it: &InstanceStatus| match &it.problem {
        Some(problem) => format!("{} {:?} although {problem}\n", it.entity, it.state),
        None => format!("{} {:?}\n", it.entity, it.state),
    };
    stage.world.instances().iter().map(status).collect()
}

#[test]
fn by_default_the_state_stays_and_everything_that_ran_goes_once() {
    check(
        "export default (world, app, fetch, props, setTimeout) => {
           app.state.n = Number(app.instanceId)
           app.add(app.create('mesh'))
           app.on('update', () => console.log('old frame'))
           world.on('x', () => console.log('old listener'))
           app.on('destroy', () => console.log('old destroyed', app.state.n))
           setTimeout(() => console.log('old timer'), 120)
           new Promise(() => {}).then(() => console.log('old promise'))
         }",
        "export function onReload({ from, to, state }) { console.log('reloaded', from, to, state) }
         export default (world, app) => {
           console.log('new', app.state)
           app.on('update', () => { if (app.instanceId === '1') app.emit('x') })
           world.on('x', () => console.log('new listener'))
         }",
        expect![[r#"
            1: Running
            1: state {"stored":true,"n":1}
            2: Running
            2: state {"stored":true,"n":2}
            3: Running
            3: state {"stored":true,"n":3}
            1: info: old frame
            2: info: old frame
            3: info: old frame
            --
            1: info: old destroyed 1
            2: info: old destroyed 2
            3: info: old destroyed 3
            1: Running
            1: info: new {"stored":true,"n":1}
            1: info: reloaded 1 2 {"stored":true,"n":1}
            2: Running
            2: info: new {"stored":true,"n":2}
            2: info: reloaded 1 2 {"stored":true,"n":2}
            3: Running
            3: info: new {"stored":true,"n":3}
            3: info: reloaded 1 2 {"stored":true,"n":3}
            1: info: new listener
            2: info: new listener
            3: info: new listener
        "#]],
    );
}

#[test]
fn nodes_of_the_old_version_go_with_it() {
    let mut stage = Stage::new();
    let text =
        "export default (world, app) => { app.add(app.create('mesh')); world.add(app.create('prim')) }";
    stage.app("A", "app.add(app.create('mesh'))");
    stage.ticks(2);
    let count = |stage: &Stage| stage.world.ecs().count();
    assert_eq!(count(&stage), 2);
    stage.blueprint("A", "module", &[("index.js", text)]);
    stage.tick();
    assert_eq!(count(&stage), 3);
}

#[test]
fn what_does_not_compile_changes_nothing_and_says_where() {
    let mut stage = Stage::new();
    let running = "export default (world, app) => { let n = 0; app.on('update', () => console.log(++n)) }";
    stage.blueprint("A", "module", &[("index.js", running)]);
    stage.entity("A", "A", json!({}));
    stage.tick();
    stage.blueprint("A", "module", &[("index.js", "export default (world, app => {\n}")]);
    let mut said = stage.ticks(2) + &statuses(&stage);
    // Somebody who comes now runs what the others run.
    stage.entity("B", "A", json!({}));
    said += &(stage.ticks(2) + "--\n");
    stage.blueprint("A", "module", &[("index.js", "import './gone.js'\nexport default () => {}")]);
    said += &(stage.tick() + &statuses(&stage) + "-- saved as it was\n");
    stage.blueprint("A", "module", &[("index.js", running)]);
    said += &(stage.tick() + &statuses(&stage) + "-- fixed\n");
    stage.blueprint("A", "module", &[("index.js", "export default () => console.log('new')")]);
    said += &(stage.ticks(2) + &statuses(&stage));
    expect![[r#"
        A: not reloaded: error[syntax_error]: expected ',', got '<eof>'
          at apps/A/index.js:2:2
        A: info: 1
        A: info: 2
        A Running although error[syntax_error]: expected ',', got '<eof>'
          at apps/A/index.js:2:2
        B: Running
        A: info: 3
        A: info: 4
        B: info: 1
        --
        A: not reloaded: error[module_not_found]: there is no file `gone.js`
          at apps/A/index.js:1:8
        A: info: 5
        B: info: 2
        A Running although error[module_not_found]: there is no file `gone.js`
          at apps/A/index.js:1:8
        B Running although error[module_not_found]: there is no file `gone.js`
          at apps/A/index.js:1:8
        -- saved as it was
        A: info: 6
        B: info: 3
        A Running
        B Running
        -- fixed
        A: Running
        A: info: new
        B: Running
        B: info: new
        A Running
        B Running
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_hook_that_throws_lets_every_instance_go_on_as_it_was() {
    let before = "export default (world, app) => {
         let n = 0
         app.on('update', () => console.log('old', ++n))
         world.on('x', () => console.log('heard'))
         app.on('destroy', () => console.log('destroyed'))
       }";
    let after = "export const onReload = () => { if (world.n++) null.x }\nconst world = { n: 0 }
       export default (world, app) => {
         app.state.changed = true
         console.log('started', app.instanceId)
         world.set('x', 1)
         if (app.instanceId === '2') throw new Error('this one crashes')
         app.on('update', () => console.log('new'))
       }
       export const onRestore = () => {}";
    // An instance has variables of its own, so no hook throws here; the one whose entry throws stops.
    check(
        before,
        after,
        expect![[r#"
            1: Running
            2: Running
            3: Running
            1: info: old 1
            2: info: old 1
            3: info: old 1
            --
            1: info: destroyed
            2: info: destroyed
            3: info: destroyed
            1: Running
            1: info: started 1
            1: state {"stored":true,"changed":true}
            2: info: started 2
            2: crashed: error[script_error]: Error: this one crashes
              at apps/A/index.js:7:48
            3: Running
            3: info: started 3
            3: state {"stored":true,"changed":true}
            1: info: new
            3: info: new
            1: info: new
            3: info: new
        "#]],
    );
    let after = "let who\nexport const onReload = () => { if (who === '2') throw new RangeError('not me') }
       export default (world, app) => { who = app.instanceId; console.log('started', who); app.emit('x') }";
    check(
        before,
        after,
        expect![[r#"
            1: Running
            2: Running
            3: Running
            1: info: old 1
            2: info: old 1
            3: info: old 1
            --
            A: not reloaded: error[reload_rolled_back]: the old version goes on: RangeError: not me
              at apps/A/index.js:2:60
            1: info: started 1
            2: info: started 2
            1: info: old 2
            2: info: old 2
            3: info: old 2
            1: info: old 3
            2: info: old 3
            3: info: old 3
        "#]],
    );
}

#[test]
fn after_a_rollback_the_status_says_why_and_the_next_good_save_takes_over() {
    let mut stage = Stage::new();
    stage.app("A", "app.on('update', () => console.log('old'))");
    stage.tick();
    let refuses = "export const onReload = () => { throw new Error('no') }\nexport default () => {}";
    stage.blueprint("A", "module", &[("index.js", refuses)]);
    let mut said = stage.ticks(2) + &statuses(&stage) + "--\n";
    stage.blueprint("A", "module", &[("index.js", "export default () => console.log('new')")]);
    said += &(stage.ticks(2) + &statuses(&stage));
    expect![[r#"
        A: not reloaded: error[reload_rolled_back]: the old version goes on: Error: no
          at apps/A/index.js:1:43
        A: info: old
        A: info: old
        A Running although error[reload_rolled_back]: the old version goes on: Error: no
          at apps/A/index.js:1:43
        --
        A: Running
        A: info: new
        A Running
    "#]]
    .assert_eq(&said);
}

#[test]
fn what_the_old_version_saves_the_new_one_gets() {
    check(
        "let taken\nexport const onSave = () => ({ taken, at: [1, 2] })
         export default (world, app) => { taken = 'by ' + app.instanceId }",
        "export const reload = 'save_restore'
         export const onRestore = value => console.log('restored', value)
         export const onReload = () => console.log('reloaded')
         export default (world, app) => console.log('started')",
        expect![[r#"
            1: Running
            2: Running
            3: Running
            --
            1: Running
            1: info: started
            1: info: restored {"taken":"by 1","at":[1,2]}
            1: info: reloaded
            2: Running
            2: info: started
            2: info: restored {"taken":"by 2","at":[1,2]}
            2: info: reloaded
            3: Running
            3: info: started
            3: info: restored {"taken":"by 3","at":[1,2]}
            3: info: reloaded
        "#]],
    );
}

#[test]
fn reset_begins_with_what_is_stored_and_no_component_of_before() {
    check(
        "export default (world, app) => {
           app.state.n = 1
           app.entity.add('mesh', { radius: 5 })
           app.position.x = 3
         }",
        "export const reload = 'reset'
         export default (world, app) => console.log(app.state, app.entity.has('mesh'), app.position.x)",
        expect![[r#"
            1: Running
            1: state {"stored":true,"n":1}
            2: Running
            2: state {"stored":true,"n":1}
            3: Running
            3: state {"stored":true,"n":1}
            --
            1: state {"stored":true}
            2: state {"stored":true}
            3: state {"stored":true}
            1: Running
            1: info: {"stored":true} false 3
            2: Running
            2: info: {"stored":true} false 3
            3: Running
            3: info: {"stored":true} false 3
        "#]],
    );
}

#[test]
fn a_word_that_is_no_strategy_is_said_where_it_stands() {
    check(
        "export default (world, app) => app.on('update', () => console.log('old'))",
        "export const reload = 'keep'\nexport default () => {}",
        expect![[r#"
            1: Running
            2: Running
            3: Running
            1: info: old
            2: info: old
            3: info: old
            --
            A: not reloaded: error[unknown_reload_strategy]: `keep` is no way to reload
              at apps/A/index.js:1:23
              help: use 'preserve', 'save_restore' or 'reset'
            1: info: old
            2: info: old
            3: info: old
            1: info: old
            2: info: old
            3: info: old
        "#]],
    );
}

#[test]
fn what_is_told_to_an_instance_in_the_tick_of_its_reload_is_heard_by_the_new_version() {
    let mut stage = Stage::new();
    let text = |name: &str| {
        format!(
            "export default (world, app) => {{\n app.on('hi', it => console.log('{name}', it)); world.on('all', () => console.log('{name} all'))\n}}"
        )
    };
    stage.blueprint("A", "module", &[("index.js", &text("old"))]);
    stage.entity("A", "A", json!({}));
    stage.tick();
    let message = |to: Option<&str>, name: &str| Step::Message {
        to: to.map(str::to_owned),
        name: name.to_owned(),
        data: json!(1),
        from: None,
        version: None,
    };
    stage.blueprint("A", "module", &[("index.js", &text("new"))]);
    stage.world.apply(message(Some("A"), "hi"));
    stage.world.apply(message(None, "all"));
    expect![[r#"
        A: Running
        A: info: new all
        A: info: new 1
    "#]]
    .assert_eq(&stage.ticks(2));
}

#[test]
fn a_world_that_compiles_behind_goes_on_meanwhile() {
    let mut stage = Stage::new();
    // When a compiler is done is no part of a world's state: two of them need not agree.
    stage.alone();
    stage.world.compiling(Compile::Behind);
    stage.app("A", "let n = 0; app.on('update', () => console.log('old', ++n))");
    let until = |stage: &mut Stage, word: &str| {
        let said = std::iter::repeat_with(|| stage.tick()).take(100_000).find(|it| it.contains(word));
        said.unwrap_or_default()
    };
    // Its start may have been answered later than in its tick.
    assert!(until(&mut stage, "old").ends_with("A: info: old 1\n"));
    stage.blueprint("A", "module", &[("index.js", "export default () => {")]);
    assert!(until(&mut stage, "not reloaded").contains("A: info: old"), "it runs beside what is said");
    stage.blueprint("A", "module", &[("index.js", "export default () => console.log('new')")]);
    assert_eq!(until(&mut stage, "new"), "A: Running\nA: info: new\n");
}

#[test]
fn twenty_apps_reloaded_twenty_times_leave_nothing_behind() {
    let mut stage = Stage::new();
    let text = |version: usize| {
        format!(
            "const kept = new Uint8Array(100000)\nexport default (world, app) => {{\n app.add(app.create('mesh'))\n world.on('x', () => kept.length)\n app.on('update', () => {{}}); app.state.version = {version}\n}}"
        )
    };
    let names: Vec<String> = (0..20).map(|it| format!("App{it}")).collect();
    let mut sizes = Vec::new();
    for version in 0..20 {
        for name in &names {
            stage.blueprint(name, "module", &[("index.js", &text(version))]);
            if version == 0 {
                stage.entity(name, name, json!({}));
            }
        }
        let said = stage.ticks(2);
        assert!(!said.contains("error"), "{said}");
        let accounts = stage.world.accounts();
        assert!(accounts.iter().all(|it| (it.instances, it.realms) == (1, 1)), "{accounts:?}");
        sizes.push(accounts.iter().map(|it| it.memory).sum::<u64>());
    }
    assert_eq!(stage.world.ecs().count(), 40, "an entity and a mesh each");
    assert!(sizes[19] < sizes[1] + sizes[1] / 20, "{sizes:?}");
    assert!(stage.world.numbers.len() == 20 && stage.world.programs.len() == 20);
    names.iter().for_each(|it| stage.world.apply(Step::RemoveEntity { id: it.clone() }));
    stage.ticks(2);
    assert_eq!((stage.world.accounts().len(), stage.world.numbers.len()), (0, 0));
}

#[test]
fn a_version_that_hangs_or_refuses_takes_nothing_from_the_one_before() {
    let mut stage = Stage::with(Limits::standard());
    let before = "export default (world, app) => {
        if (!app.state.n) app.entity.add('mesh', { radius: 5 })
        app.state.n = (app.state.n ?? 0) + 1
        app.on('update', () => console.log(app.state.n, app.entity.get('mesh').radius))
    }";
    stage.blueprint("A", "module", &[("index.js", before)]);
    stage.entity("A", "A", json!({}));
    let mut said = stage.ticks(2) + "--\n";
    let refuses =
        "export const reload = 'reset'\nexport const onReload = () => null.x\nexport default () => {}";
    stage.blueprint("A", "module", &[("index.js", refuses)]);
    said += &(stage.tick() + "--\n");
    stage.blueprint("A", "module", &[("index.js", "export default () => { (3n ** 600000n).toString() }")]);
    said += &stage.ticks(3);
    expect![[r#"
        A: Running
        A: state {"n":1}
        A: info: 1 5
        --
        A: not reloaded: error[reload_rolled_back]: the old version goes on: TypeError: cannot read property 'x' of null
          at apps/A/index.js:2:1
        --
        A: not reloaded: error[reload_rolled_back]: the old version goes on: A is in a loop that nothing in this process can stop
          at apps/A/index.js
          help: change the script: its app gets a new thread then
        A: Running
        A: state {"n":2}
        A: info: 2 5
    "#]]
    .assert_eq(&said);
}
