//! Scripts that must be stopped, and what they are called when they are.

use std::time::{Duration, Instant};

use super::*;

/// Where the hostile line stands: in the entry, so that line 2 of the file is it.
fn attack(line: &str) -> (Duration, String, usize) {
    // Few calls and little memory, so that they run out before the time does in a debug build.
    let mut stage = Stage::with(Limits { calls: 500, memory: 8 << 20, ..Limits::standard() });
    stage.app("Good", "let n = 0; app.on('update', () => console.log(++n))");
    stage.ticks(2);
    stage.app("Bad", &format!("app.on('update', () => {{ {line} }})"));
    stage.tick();
    #[expect(clippy::disallowed_methods, reason = "the promise is about real time")]
    let began = Instant::now();
    let said = stage.tick();
    let took = began.elapsed();
    let after = stage.ticks(3);
    let good =
        [said.as_str(), after.as_str()].concat().lines().filter(|it| it.starts_with("Good: info")).count();
    let all = [said.as_str(), after.as_str()].concat();
    let crash: Vec<&str> = all.lines().skip_while(|it| !it.starts_with("Bad: crashed")).take(2).collect();
    (took, crash.join(" "), good)
}

/// These tests measure real time, so they do not run side by side.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How much longer 10 ms of work take than they would on an idle machine: 1 or more.
fn slowness() -> f64 {
    #[expect(clippy::disallowed_methods, reason = "the promise is about real time")]
    let began = Instant::now();
    let used = crate::script::processor_time();
    while crate::script::processor_time() - used < Duration::from_millis(10) {}
    (began.elapsed().as_secs_f64() / 0.01).max(1.0)
}

/// The first of five tries that goes as promised, because a busy machine may spoil some: it is late, it
/// leaves the good app no time in a tick, or it stops the bad one a tick later.
fn check(name: &str, line: &str, codes: &[&str]) {
    let limits = Limits::standard();
    let promised = limits.tick_time + limits.grace + Duration::from_millis(30);
    let mut bound = promised;
    let mut last = (Duration::ZERO, String::new(), 0);
    for _ in 0..5 {
        let before = slowness();
        last = attack(line);
        // What other processes take of the machine is not the world's to give.
        bound = promised.mul_f64(before.max(slowness()));
        println!("{name}: {:?} of {bound:?} {}", last.0, last.1);
        let (took, crash, good) = &last;
        if *took < bound && is_named(crash, codes) && *good == 4 {
            break;
        }
    }
    let (took, crash, good) = last;
    assert!(is_named(&crash, codes), "{name}: {crash}");
    assert!(crash.contains("apps/Bad/index.js"), "{name}: {crash}");
    assert_eq!(good, 4, "{name}: another app missed a tick");
    assert!(took < bound, "{name}: {took:?}");
}

fn is_named(crash: &str, codes: &[&str]) -> bool {
    codes.iter().any(|it| crash.contains(&format!("error[{it}]")))
}

const TIME: &[&str] = &["script_time_budget"];
const ERROR: &[&str] = &["script_error"];
const MEMORY: &[&str] = &["script_memory_budget"];
const CALLS: &[&str] = &["script_call_budget"];
const MEMORY_OR_TIME: &[&str] = &["script_memory_budget", "script_time_budget"];

#[test]
fn loops_of_every_kind_are_stopped_in_time() {
    let _alone = alone();
    for (name, line) in [
        ("loop", "while (true) {}"),
        ("caught", "while (true) { try { while (true) {} } catch {} }"),
        ("finally", "while (true) { try { while (true) {} } finally { continue } }"),
        ("microtasks", "const f = () => { Promise.resolve().then(f) }; f()"),
        ("async loop", "(async () => { while (true) await null })()"),
        ("async loop that catches", "(async () => { while (true) { try { await null } catch {} } })()"),
        ("regex", "/^(a+)+$/.test('a'.repeat(40) + 'b')"),
        (
            "lying comparator",
            "while (true) Array.from({ length: 2e4 }, (_, i) => i).sort(() => 1 - 2 * (Math.random() > 0.5))",
        ),
        ("generator", "for (const x of (function* () { while (true) yield 1 })()) {}"),
        ("proxy", "const p = new Proxy({}, { get: () => p.x }); while (true) { try { p.x } catch {} }"),
        ("stringify flood", "const big = Array(5e4).fill('x'); while (true) JSON.stringify(big)"),
        ("replaceAll flood", "const s = 'ab'.repeat(1e5); while (true) s.replaceAll('a', 'bb')"),
        ("padStart flood", "while (true) 'x'.padStart(4e5).padStart(5e5)"),
        ("toJSON", "console.log({ toJSON() { while (true) {} } })"),
        ("state getter", "app.state = { get x() { while (true) {} } }"),
        ("caught memory", "const a = []; while (true) { try { a.push(new Float64Array(1e5)) } catch {} }"),
        ("thrown in a listener", "world.on('x', () => { while (true) {} }); app.emit('x'); while (true) {}"),
    ] {
        check(name, line, TIME);
    }
}

#[test]
fn the_function_a_loop_is_in_is_named() {
    let _alone = alone();
    // The engine knows the line of the function's last call, or where it begins.
    let (_, crash, _) = attack("\n\n let i = 0\n Math.abs(1)\n while (true) { i++ }");
    assert!(crash.contains("at apps/Bad/index.js:5"), "{crash}");
}

const CHAIN: &str = "const f = () => Promise.resolve().then(f); f()";

/// The engine queues the jobs of promises without looking whether there was memory to: a chain whose
/// next job is what does not fit any more just ends, and all the engine says is that it went well. Which
/// allocation is the one that fails depends on the limit alone, so a limit for each is tried.
#[test]
fn a_job_the_engine_has_no_memory_to_queue_is_named_in_the_tick_it_is_lost() {
    let _alone = alone();
    let kept = "const all = []; const f = async () => { all.push(new Array(5)); await null; f() }; f()";
    let awaited = "const f = async () => { await null; return f() }; f()";
    for line in [CHAIN, kept, awaited] {
        for more in (0..1200).step_by(64) {
            let mut stage = Stage::with(Limits { memory: (1 << 20) + more, ..Limits::standard() });
            stage.app("Bad", &format!("app.on('update', () => {{ {line} }})"));
            let said = stage.ticks(2);
            assert!(is_named(&said, MEMORY_OR_TIME), "{line} with {more} bytes more: {said}");
            assert!(said.contains("apps/Bad/index.js"), "{line} with {more} bytes more: {said}");
        }
    }
}

#[test]
fn a_job_lost_while_a_module_loads_is_named_too() {
    let _alone = alone();
    for more in (0..1200).step_by(64) {
        let mut stage = Stage::with(Limits { memory: (1 << 20) + more, ..Limits::standard() });
        let text = format!("{CHAIN}\nawait new Promise(() => {{}})\nexport default () => {{}}\n");
        stage.blueprint("Bad", "module", &[("index.js", &text)]);
        stage.entity("Bad", "Bad", json!({}));
        let said = stage.tick();
        assert!(is_named(&said, MEMORY_OR_TIME), "with {more} bytes more: {said}");
    }
}

#[test]
fn memory_recursion_lengths_and_floods_of_calls_have_their_names() {
    let _alone = alone();
    let table = [
        ("string bomb", "let s = 'x'; while (true) s += s", ERROR),
        ("buffer bomb", "const a = []; while (true) a.push(new Uint8Array(1e6))", MEMORY),
        ("one buffer", "new ArrayBuffer(1e9)", MEMORY),
        ("object bomb", "const a = []; for (let i = 0; ; i++) a[i] = new Array(500).fill(i)", MEMORY_OR_TIME),
        ("a chain of promises", CHAIN, MEMORY_OR_TIME),
        // What catches these is the engine or the prelude, not the script.
        (
            "promise bomb",
            "(async () => { await null; const a = []; while (true) a.push(new Uint8Array(1e6)) })()",
            MEMORY,
        ),
        (
            "listener bomb",
            "world.on('x', () => { const a = []; while (true) a.push(new Uint8Array(1e6)) }); app.emit('x')",
            MEMORY,
        ),
        (
            "timer bomb",
            "setTimeout(() => { const a = []; while (true) a.push(new Uint8Array(1e6)) })",
            MEMORY,
        ),
        // Its errors are made without asking: it may be taken for a loop that never asks.
        (
            "caught recursion",
            "const f = () => { try { f() } catch { f() } }; f()",
            &["script_time_budget", "script_hung"],
        ),
        ("recursion", "const f = () => f() + 1; f()", ERROR),
        ("deep json", "JSON.parse('['.repeat(1e6))", ERROR),
        ("join", "Array(1e9).join()", ERROR),
        ("reverse", "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })", ERROR),
        ("padStart", "'x'.padStart(1e9)", ERROR),
        ("sparse stringify", "const a = []; a.length = 4e9; JSON.stringify(a)", ERROR),
        ("sort", "Array.prototype.sort.call({ length: 2 ** 53 - 1 })", ERROR),
        ("log flood", "while (true) console.log('x')", CALLS),
        ("caught log flood", "while (true) { try { console.log('x') } catch {} }", CALLS),
        ("emit flood", "while (true) app.emit('x')", CALLS),
    ];
    for (name, line, codes) in table {
        check(name, line, codes);
    }
}

#[test]
fn a_native_loop_that_never_asks_is_left_behind() {
    let _alone = alone();
    // The first comes to its end after seconds, the second never: one thread spins until the test
    // binary ends. That is what abandoning means, and why there is only one such line.
    let table = [
        ("bigint to text", "(3n ** 600000n).toString()"),
        (
            "a length that lies",
            "let n = 0; Array.prototype.reverse.call({ get length() { return n++ ? 2 ** 53 - 1 : 1 } })",
        ),
    ];
    for (name, line) in table {
        check(name, line, &["script_hung"]);
    }
}

#[test]
fn after_a_hang_the_others_of_its_app_start_again_and_a_fixed_file_revives_it() {
    let _alone = alone();
    let mut stage = Stage::with(Limits::standard());
    let text = "export default (world, app, fetch, props) => {\n app.on('update', () => { if (props.bad) (3n ** 600000n).toString() })\n}";
    stage.blueprint("A", "module", &[("index.js", text)]);
    stage.entity("1", "A", json!({}));
    stage.entity("2", "A", json!({"props": {"bad": true}}));
    stage.entity("3", "A", json!({}));
    expect_test::expect![[r#"
        1: Running
        2: Running
        3: Running
        2: crashed: error[script_hung]: A is in a loop that nothing in this process can stop
          at apps/A/index.js
          help: change the script: its app gets a new thread then
        1: Running
        3: Running
    "#]]
    .assert_eq(&stage.ticks(3));
    stage.blueprint("A", "module", &[("index.js", "export default () => console.log('fixed')")]);
    expect_test::expect![[r#"
        1: Running
        1: info: fixed
        3: Running
        3: info: fixed
        2: Running
        2: info: fixed
    "#]]
    // On a slow machine the app's time is up before its third start, which has its turn a tick later.
    .assert_eq(&stage.ticks(2));
}

#[test]
fn an_app_whose_instance_overran_goes_on_with_the_others_next_tick() {
    let _alone = alone();
    let mut stage = Stage::with(Limits::standard());
    let text = "export default (world, app, fetch, props) => {\n let n = 0\n app.on('update', () => { n++; while (props.bad) {} ; if (n < 3) console.log(n) })\n app.on('hi', it => console.log(it))\n}";
    stage.blueprint("A", "module", &[("index.js", text)]);
    stage.entity("1", "A", json!({"props": {"bad": true}}));
    stage.entity("2", "A", json!({}));
    stage.tick();
    stage.world.apply(Step::Message {
        to: Some("2".into()),
        name: "hi".into(),
        data: json!("kept"),
        from: None,
        version: None,
    });
    expect_test::expect![[r#"
        1: crashed: error[script_time_budget]: A ran longer than its 50 ms of a tick
          at apps/A/index.js:3:27
          help: raise `tick_ms` in [script] of bowline.toml if that is what it needs
        2: info: kept
        2: info: 1
        2: info: 2
    "#]]
    .assert_eq(&stage.ticks(3));
}

#[test]
fn a_start_may_take_longer_than_a_tick_but_not_for_ever() {
    let _alone = alone();
    let limits = Limits {
        tick_time: Duration::from_millis(5),
        start_time: Duration::from_secs(1),
        grace: Duration::from_secs(2),
        ..Limits::standard()
    };
    let mut stage = Stage::with(limits);
    // About 60 ms on an idle machine: more than twelve ticks may have.
    stage.app("Slow", "let n = 0; for (let i = 0; i < 400000; i++) n += i\nconsole.log('started')");
    stage.app("Stuck", "for (;;) {}");
    expect_test::expect![[r#"
        Slow: Running
        Slow: info: started
        Stuck: crashed: error[script_time_budget]: Stuck took longer than its 1000 ms to start
          at apps/Stuck/index.js:1:1
          help: raise `start_ms` in [script] of bowline.toml if that is what it needs
    "#]]
    .assert_eq(&stage.ticks(2));
}

#[test]
fn instances_that_take_too_long_together_take_turns_and_none_is_blamed() {
    let _alone = alone();
    let mut stage = Stage::with(Limits { tick_time: Duration::from_millis(40), ..Limits::standard() });
    // About 10 ms each on an idle machine: not too long for one, too long for twelve in one tick.
    let text = "export default (world, app) => {\n app.on('update', () => { let n = 0; for (let i = 0; i < 200000; i++) n += i; app.state.turns = (app.state.turns ?? 0) + 1 })\n}";
    stage.blueprint("A", "module", &[("index.js", text)]);
    for number in 10..22 {
        stage.entity(&number.to_string(), "A", json!({}));
    }
    let said = stage.ticks(12);
    assert!(!said.contains("crashed"), "{said}");
    for placed in stage.world.entities.values() {
        assert!(placed.row["state"]["turns"].as_u64() >= Some(1), "{:?}", placed.row);
    }
    assert!(stage.world.accounts()[0].late > 0, "and it is counted");
}
