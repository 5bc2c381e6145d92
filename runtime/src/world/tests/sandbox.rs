//! Every attack of the list, in the ring that can be killed: stopped in time, named, alone in its fate.

use std::time::{Duration, Instant};

use bowline_fixtures::hostile::{Attack, Ends, JAVASCRIPT, LUAU};

use super::*;
use crate::Isolation;

fn limits() -> Limits {
    // Few calls and little memory, so that they run out before the time does in a debug build.
    let calls = Limits { calls: 500, memory: 16 << 20, ..Limits::standard() };
    Limits { isolation: Isolation::Process, ..calls }
}

/// What one attack came to.
struct Came {
    took: Duration,
    said: String,
}

fn attack(attack: &Attack, file: &str) -> Came {
    let mut stage = Stage::with(limits());
    stage.app("Good", "let n = 0; app.on('update', () => console.log(++n))");
    stage.ticks(2);
    // Only twice, so that what was held back is seen to go on.
    let line = attack.line;
    let text = match file {
        "index.js" => format!(
            "export default (world, app) => {{ let told = 0\n app.on('update', () => {{ if (told++ < 2) {{ {line} }} }}) }}"
        ),
        _ => format!(
            "return function(world, app, props) local told = 0\n app:on('update', function() told += 1 if told < 3 then {line} end end) end"
        ),
    };
    stage.blueprint("Bad", "module", &[(file, &text)]);
    stage.entity("Bad", "Bad", json!({}));
    stage.tick();
    #[expect(clippy::disallowed_methods, reason = "the promise is about real time")]
    let began = Instant::now();
    let said = stage.tick();
    let took = began.elapsed();
    Came { took, said: said + &stage.ticks(3) }
}

/// How much longer 10 ms of work take than they would on an idle machine: 1 or more.
fn slowness() -> f64 {
    #[expect(clippy::disallowed_methods, reason = "the promise is about real time")]
    let began = Instant::now();
    let used = crate::script::processor_time();
    while crate::script::processor_time() - used < Duration::from_millis(10) {}
    (began.elapsed().as_secs_f64() / 0.01).max(1.0)
}

/// What is not as promised, if anything is.
fn complaint(row: &Attack, file: &str, came: &Came) -> Option<String> {
    let said = &came.said;
    let good = said.lines().filter(|it| it.starts_with("Good: info")).count();
    let crash: Vec<&str> = said.lines().skip_while(|it| !it.starts_with("Bad: crashed")).take(2).collect();
    let crash = crash.join(" ");
    let codes: &[&str] = match row.ends {
        Ends::Stopped(codes) => codes,
        Ends::Killed => &["script_killed"],
        Ends::MemoryKilled => &["script_memory_killed"],
        Ends::Held => {
            let held = said.lines().any(|it| it == "Bad: info: held") && crash.is_empty();
            return (!held).then(|| format!("it did not hold: {said}"));
        }
    };
    if !codes.iter().any(|it| crash.contains(&format!("error[{it}]"))) {
        return Some(format!("expected one of {codes:?}: {crash}"));
    }
    if !crash.contains(&format!("apps/Bad/{file}")) {
        return Some(format!("nowhere: {crash}"));
    }
    (good != 4).then(|| format!("another app missed a tick: {said}"))
}

/// What was not as promised.
fn attacked(rows: &[Attack], file: &str) -> Vec<String> {
    let promised = limits().tick_time + Duration::from_millis(100);
    let mut failed = Vec::new();
    for row in rows {
        let mut last = String::new();
        for _ in 0..3 {
            let before = slowness();
            let came = attack(row, file);
            let bound = (promised + Duration::from_millis(30)).mul_f64(before.max(slowness()));
            println!("{:<24} {:>4} ms", row.name, came.took.as_millis());
            let late = (came.took > bound).then(|| format!("{:?}, promised {bound:?}", came.took));
            match complaint(row, file, &came).or(late) {
                None => {
                    last.clear();
                    break;
                }
                Some(it) => last = it,
            }
        }
        if !last.is_empty() {
            failed.push(format!("{}: {last}", row.name));
        }
    }
    failed
}

#[test]
fn every_attack_in_javascript_is_stopped_in_time_named_and_hurts_nobody_else() {
    assert_eq!(attacked(JAVASCRIPT, "index.js"), [""; 0]);
}

#[test]
fn every_attack_in_luau_is_stopped_in_time_named_and_hurts_nobody_else() {
    assert_eq!(attacked(LUAU, "index.luau"), [""; 0]);
}

#[test]
fn who_lost_its_process_is_tried_again_with_the_state_it_kept() {
    let mut stage = Stage::with(limits());
    stage.app(
        "A",
        "app.state.lives = (app.state.lives ?? 0) + 1
         console.log('life', app.state.lives)
         let n = 0; const length = { get length() { return n++ ? 2 ** 53 - 1 : 1 } }
         app.on('update', () => { if (app.state.lives < 3) Array.prototype.reverse.call(length) })",
    );
    let said = stage.ticks(130);
    let lives: Vec<&str> = said.lines().filter(|it| it.contains("life")).collect();
    assert_eq!(lives, ["A: info: life 1", "A: info: life 2", "A: info: life 3"], "{said}");
    assert_eq!(said.matches("script_killed").count(), 2, "{said}");
}

/// Engines stop what takes more than an app may have; what an app costs when it starts is nobody's excess.
/// So many who are large from the start may together need more than their process has: then it is not the
/// engine that has no memory but what is around it.
#[test]
fn a_process_without_memory_ends_and_its_app_goes_on_from_the_state_it_kept() {
    let mut stage = Stage::with(limits());
    stage.app("Good", "let n = 0; app.on('update', () => console.log(++n))");
    let text = "export default (world, app) => {
        const kept = [new Uint8Array(10e6).fill(1)]
        app.state.lives = (app.state.lives ?? 0) + 1
        app.on('update', () => {
          if (app.instanceId !== '1' || app.state.lives > 2) return
          try { for (;;) kept.push(new Uint8Array(65536)) } catch {}
          for (;;) try { console.log('x'.repeat(4000)) } catch {}
        })
        console.log('life', app.state.lives)
      }";
    stage.blueprint("Bad", "module", &[("index.js", text)]);
    for id in ["1", "2", "3", "4", "5"] {
        stage.entity(id, "Bad", json!({}));
    }
    let said = stage.ticks(130);
    let lives: Vec<&str> = said.lines().filter(|it| it.starts_with("1: info: life")).collect();
    assert_eq!(lives, ["1: info: life 1", "1: info: life 2", "1: info: life 3"], "{said}");
    // Where nobody's hook was running when there was none left, all start again and nobody is blamed.
    assert!((1..=2).contains(&said.matches("1: crashed: error[script_memory_killed]").count()), "{said}");
    assert!(said.contains("Good: info: 129"), "the others tick on");
}

#[test]
fn a_good_save_revives_it_at_once() {
    let mut stage = Stage::with(limits());
    stage.app(
        "A",
        "let n = 0; Array.prototype.reverse.call({ get length() { return n++ ? 2 ** 53 - 1 : 1 } })",
    );
    let said = stage.ticks(2);
    assert!(said.contains("script_killed"), "{said}");
    stage.blueprint("A", "module", &[("index.js", "export default () => console.log('good')")]);
    assert!(stage.ticks(2).contains("A: info: good"));
}

#[test]
fn others_of_the_app_start_again_when_one_took_the_process_with_it() {
    let mut stage = Stage::with(limits());
    let text = "export default (world, app, fetch, props) => {\n let n = 0\n app.on('update', () => { if (props.bad) Array.prototype.reverse.call({ get length() { return n++ ? 2 ** 53 - 1 : 1 } }) })\n}";
    stage.blueprint("A", "module", &[("index.js", text)]);
    stage.entity("1", "A", json!({}));
    stage.entity("2", "A", json!({"props": {"bad": true}}));
    stage.entity("3", "A", json!({}));
    expect_test::expect![[r#"
        1: Running
        2: Running
        3: Running
        2: crashed: error[script_killed]: A did not stop by itself and was killed within 150 ms
          at apps/A/index.js
          help: it is tried again in 1 s, and as soon as it is saved
        1: Running
        3: Running
    "#]]
    .assert_eq(&stage.ticks(10));
}
