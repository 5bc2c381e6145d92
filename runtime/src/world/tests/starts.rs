//! A world that keeps its pace: what is started in it, however long it takes, holds nobody else, and
//! misses nothing. All of it on threads and in processes.

use super::*;
use crate::Isolation;
use crate::script::Compile;

/// Longer than any tick waits for it.
const SLOW: &str = "let n = 0; while (n < 1e7) n++";

/// Nothing inside the engine is asked to stop it.
const NEVER: &str =
    "let n = 0; Array.prototype.reverse.call({ get length() { return n++ ? 2 ** 53 - 1 : 1 } })";

/// Ticks after which something that was to happen does not.
const ENOUGH: usize = 2_000_000;

/// A world at its pace with an app that is known to be good: it counts its ticks, and tells everybody.
fn paced(limits: Limits) -> Stage {
    let mut stage = Stage::with(limits);
    stage.app("Good", "let n = 0; app.on('update', () => { console.log(++n); app.emit('n', n) })");
    stage.ticks(30);
    stage.world.compiling(Compile::Behind);
    stage
}

/// In both rings. A start may take longer than on any machine.
fn both(test: impl Fn(Stage)) {
    let limits = Limits { start_time: Duration::from_secs(20), ..Limits::standard() };
    test(paced(limits));
    if cfg!(unix) {
        test(paced(Limits { isolation: Isolation::Process, ..limits }));
    }
}

impl Stage {
    /// Ticks until `done`; in each of them the good app had its turn. What all the others said.
    fn until(&mut self, done: impl Fn(&Stage, &str) -> bool) -> (String, usize) {
        let mut all = String::new();
        for ticks in 1..ENOUGH {
            let said = self.tick();
            assert_eq!(said.matches("Good: info").count(), 1, "{said}");
            let others: String =
                said.lines().filter(|it| !it.starts_with("Good")).flat_map(|it| [it, "\n"]).collect();
            all += &others;
            if done(self, &others) {
                return (all, ticks);
            }
            std::thread::yield_now();
        }
        panic!("it never comes: {all}");
    }

    /// Until it has said `word`.
    fn until_said(&mut self, word: &str) -> (String, usize) {
        self.until(|_, said| said.contains(word))
    }

    /// Until an app is at work on what no tick waits for.
    fn until_pending(&mut self) -> String {
        self.until(|it, _| it.world.programs.keys().any(|seat| it.world.crew.is_behind(seat))).0
    }

    /// Until an app has not answered whether a version takes over.
    fn until_reloading(&mut self) -> String {
        self.until(|it, _| it.world.programs.values().any(program::Program::is_reloading)).0
    }

    fn message(&mut self, to: &str) {
        let (to, name) = (Some(to.to_owned()), "hi".to_owned());
        self.world.apply(Step::Message { to, name, data: json!(1), from: None, version: None });
    }

    fn save(&mut self, id: &str, body: &str) {
        let text = format!("export default (world, app) => {{\n{body}\n}}\n");
        self.blueprint(id, "module", &[("index.js", &text)]);
    }
}

#[test]
fn a_slow_start_holds_nobody_and_is_told_what_it_missed() {
    both(|mut stage| {
        // One hook says no more than some hundred lines: it counts.
        let text = format!(
            "{SLOW}
             let count = 0, first
             app.on('hi', () => console.log('hi'))
             world.on('n', n => {{ first ??= n; if (n === first + count) count++ }})
             app.on('update', () => {{ if (count) console.log('heard', count) }})"
        );
        stage.app("Slow", &text);
        stage.until_pending();
        stage.message("Slow");
        let (said, ticks) = stage.until_said("Slow: Running");
        assert!(ticks > 1, "it was waited for: {said}");
        let heard = |said: &str| {
            let lines = said.lines().filter_map(|it| it.strip_prefix("Slow: info: heard "));
            lines.filter_map(|it| it.split(' ').next()?.parse::<usize>().ok()).max().unwrap_or_default()
        };
        let mut all = said;
        all += &stage.until_said("Slow: info: heard").0;
        // All but what the first of them was told, which nobody hears who is only being built.
        assert!(heard(&all) + 1 >= ticks, "{ticks} ticks, {all}");
        let all = if all.contains("Slow: info: hi") { all } else { stage.until_said("hi").0 };
        assert_eq!(all.matches("Slow: info: hi").count(), 1, "{all}");
    });
}

#[test]
fn who_crashes_in_a_slow_start_runs_again_when_it_is_saved() {
    both(|mut stage| {
        stage.app("A", "console.log('one')");
        stage.until_said("A: info: one");
        stage.save("A", &format!("{SLOW}\nthrow new Error('two')"));
        stage.until_reloading();
        stage.until_said("Error: two");
        stage.save("A", "console.log('three')");
        stage.until_said("A: info: three");
    });
}

#[test]
fn an_edit_that_comes_while_a_version_takes_over_has_its_turn_next() {
    both(|mut stage| {
        stage.app("A", "console.log('one')");
        stage.until_said("A: info: one");
        stage.save(
            "A",
            &format!("{SLOW}\nconsole.log('two')\napp.on('destroy', () => console.log('two ends'))"),
        );
        let mut said = stage.until_reloading();
        stage.save("A", "console.log('three')");
        said += &stage.until_said("three").0;
        expect_test::expect![[r#"
            A: Running
            A: info: two
            A: info: two ends
            A: Running
            A: info: three
        "#]]
        .assert_eq(&said);
        let accounts = stage.world.accounts();
        assert_eq!((accounts[0].app.as_str(), accounts[0].instances), ("A", 1));
    });
}

#[test]
fn a_version_that_is_refused_late_is_refused_whole_and_the_next_takes_over_from_the_one_before() {
    both(|mut stage| {
        stage.app("A", "app.on('update', () => { app.state.one = true })");
        stage.entity("A2", "A", json!({}));
        stage.until_said("A2: state");
        let refuses = format!(
            "export const reload = 'reset'\nexport const onReload = () => null.x\nexport default (world, app) => {{ {SLOW} }}"
        );
        stage.blueprint("A", "module", &[("index.js", &refuses)]);
        let mut said = stage.until_reloading();
        stage.save("A", "console.log('three', app.state)");
        said += &stage.until_said("A2: info: three").0;
        expect_test::expect![[r#"
            A: not reloaded: error[reload_rolled_back]: the old version goes on: TypeError: cannot read property 'x' of null
              at apps/A/index.js:2:1
            A: Running
            A: info: three {"one":true}
            A2: Running
            A2: info: three {"one":true}
        "#]]
        .assert_eq(&said);
        assert!(stage.world.instances().iter().all(|it| it.problem.is_none()));
    });
}

#[test]
fn who_is_removed_while_it_starts_never_was_there() {
    both(|mut stage| {
        stage.app(
            "Slow",
            &format!("{SLOW}\napp.add(app.create('mesh'))\napp.on('destroy', () => console.log('ends'))"),
        );
        stage.until_pending();
        stage.world.apply(Step::RemoveEntity { id: "Slow".to_owned() });
        let (said, ticks) = stage.until(|it, _| it.world.programs.len() == 1);
        assert!(ticks > 1, "it was waited for");
        // Its script was built and ended; the world only hears its last words.
        assert_eq!(said, "Slow: info: ends\n");
        assert_eq!((stage.world.ecs().count(), stage.world.numbers.len()), (1, 1));
    });
}

#[test]
fn one_that_is_removed_while_another_version_takes_over_is_in_neither() {
    both(|mut stage| {
        stage.app("A", "console.log('one')");
        stage.entity("A2", "A", json!({}));
        stage.until_said("A2: info: one");
        stage.save("A", &format!("{SLOW}\napp.on('update', () => console.log('two'))"));
        stage.until_reloading();
        stage.world.apply(Step::RemoveEntity { id: "A2".to_owned() });
        let mut said = stage.until_said("A: info: two").0;
        said += &stage.until(|it, _| it.world.numbers.len() == 2).0;
        assert!(said.contains("A: Running") && !said.contains("A2: Running"), "{said}");
        let said = stage.ticks(3);
        assert!(said.contains("A: info: two") && !said.contains("A2"), "{said}");
        let app = stage.world.accounts().swap_remove(0);
        assert_eq!((app.app.as_str(), app.instances, app.realms), ("A", 1, 1));
    });
}

#[test]
fn one_that_never_comes_to_an_end_is_named_at_its_limit() {
    let check = |isolation, code: &str| {
        let mut stage = paced(Limits { isolation, ..Limits::standard() });
        stage.app("Bad", NEVER);
        let (said, ticks) = stage.until_said("Bad: crashed");
        assert!(ticks > 1, "it was waited for");
        assert!(said.contains(&format!("error[{code}]")) && said.contains("at apps/Bad/index.js"), "{said}");
        assert!(!stage.world.crew.is_behind(&("Bad".to_owned(), crate::script::Language::JavaScript)));
    };
    if cfg!(unix) {
        check(Isolation::Process, "script_killed");
    }
    // This thread spins until the tests are over.
    check(Isolation::Thread, "script_hung");
}

#[test]
fn many_that_come_at_once_are_started_a_few_at_a_time_and_all_of_them() {
    both(|mut stage| {
        for number in 10..40 {
            stage.app(&format!("App{number}"), "let n = 0; while (n < 2e5) n++\nconsole.log('here')");
        }
        let mut here = 0;
        let (said, _) = stage.until(|it, _| {
            let busy = it.world.crew.at_work();
            assert!(busy <= 2 * crate::script::slots(), "{busy} at work");
            it.world.instances().iter().all(|it| it.state == InstanceState::Running)
        });
        here += said.matches("info: here").count();
        assert_eq!(here, 30, "{said}");
    });
}

#[test]
fn the_client_of_a_player_starts_beside_the_world_that_counts() {
    let limits = Limits { start_time: Duration::from_secs(20), ..Limits::standard() };
    let mut stage = paced(limits);
    stage.app("Slow", &format!("if (!world.isServer) {{ {SLOW} }}\nconsole.log(world.networkId)"));
    stage.until_said("Slow: info: 0");
    let client = Stage::world(limits, &stage.texts);
    let mut client = client.client_of("ann", &stage.world, Arc::default());
    client.compiling(Compile::Behind);
    client.share_patience(16);
    let mut ticks = 0;
    let mut said = String::new();
    while !said.contains("Slow: info: ann") {
        assert!(ticks < ENOUGH, "{said}");
        said += &told(client.tick());
        ticks += 1;
        std::thread::yield_now();
    }
    assert!(ticks > 2, "its start was waited for");
    assert!(said.contains("Slow: Running"), "{said}");
}
