//! The ring without scripts: an engine that does what it is told, the worst included.

use std::collections::BTreeMap;
use std::process::exit;
use std::sync::Arc;
use std::time::Duration;

use super::child::{Engine, serve};
use super::frame::{Frame, Kind};
use super::link::Letter;
use super::pipe::Pipe;
use super::ring::Processes;
use super::scripts::Scripts;
use crate::script::pool::{self, Ending, Task};
use crate::script::rota::{Need, Wait};
use crate::script::worker::Pulse;
use crate::script::{Language, Limits, Seat, budget};
use bowline_model::Digest;

type Pool = pool::Pool<Processes>;
type Came = pool::Came<Vec<u8>>;

/// What the copy of this program does that a test has started: scripts, or what is told here. It does
/// not come back.
pub(crate) fn serve_test() {
    let make = |told: &[u8], pipe: &Pipe, pulse: &Arc<Pulse>| -> Box<dyn Engine> {
        match told {
            b"toy" => Box::new(Toy { pipe: pipe.clone(), records: Vec::new() }),
            _ => Box::new(Scripts::new(told, pipe, pulse)),
        }
    };
    exit(if serve(make) == std::process::ExitCode::SUCCESS { 0 } else { 1 });
}

struct Toy {
    pipe: Pipe,
    records: Vec<u8>,
}

impl Engine for Toy {
    fn run(&mut self, batch: &[u8], pulse: &Pulse) -> Vec<u8> {
        let text = String::from_utf8_lossy(batch);
        let (order, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match order {
            "echo" => rest.as_bytes().to_vec(),
            "records" => self.records.clone(),
            "ask" => {
                self.pipe.send(Kind::Ask, rest.as_bytes()).unwrap();
                match self.pipe.receive().unwrap() {
                    Some(Frame { kind: Kind::Answer, body }) => body,
                    other => format!("{other:?}").into_bytes(),
                }
            }
            "spin" => {
                pulse.begin(3);
                loop {
                    std::hint::spin_loop();
                }
            }
            "begin" => {
                pulse.begin(5);
                exit(1)
            }
            "eat" => {
                let mut all: Vec<Vec<u8>> = Vec::new();
                loop {
                    all.push(vec![1; 1 << 20]);
                }
            }
            "gulp" => vec![1; 4 << 30],
            "wait" => loop {
                std::thread::park();
            },
            "panic" => panic!("as told"),
            "abort" => std::process::abort(),
            "deep" => vec![u8::try_from(deeper(1) % 251).unwrap()],
            "probe" => probe::all().into_bytes(),
            _ => b"what?".to_vec(),
        }
    }

    fn define(&mut self, records: Vec<u8>) {
        self.records = records;
    }
}

#[expect(unconditional_recursion, reason = "that is the attack")]
fn deeper(n: u64) -> u64 {
    let more = [n; 64];
    deeper(std::hint::black_box(more)[7]) + more[3]
}

/// Everything a process could try to get at, and what it gets.
mod probe {
    use std::fmt::Write as _;

    #[expect(clippy::disallowed_methods, reason = "what must not work is tried")]
    pub(super) fn all() -> String {
        let mut out = String::new();
        let mut tell = |what: &str, got: std::io::Result<String>| {
            match got {
                Ok(it) => writeln!(out, "{what}: {it}"),
                Err(it) => writeln!(out, "{what}: {:?}", it.kind()),
            }
            .unwrap();
        };
        tell("variables", Ok(std::env::vars().count().to_string()));
        tell("folder", std::env::current_dir().map(|it| it.display().to_string()));
        tell("read a file", std::fs::read("/etc/passwd").map(|it| it.len().to_string()));
        tell("read itself", std::fs::read_to_string("/proc/self/environ"));
        tell("write a file", std::fs::write("/tmp/bowline-probe", "x").map(|()| "done".to_owned()));
        tell("list a folder", std::fs::read_dir("/").map(|it| it.count().to_string()));
        tell("look at a file", std::fs::metadata("/etc").map(|it| it.len().to_string()));
        tell("connect", std::net::TcpStream::connect("127.0.0.1:1").map(|_| "open".to_owned()));
        tell("listen", std::net::TcpListener::bind("127.0.0.1:0").map(|_| "open".to_owned()));
        tell("datagrams", std::net::UdpSocket::bind("127.0.0.1:0").map(|_| "open".to_owned()));
        tell("run a program", std::process::Command::new("/bin/true").status().map(|it| it.to_string()));
        tell("start a thread", std::thread::Builder::new().spawn(|| {}).map(|_| "runs".to_owned()));
        #[cfg(unix)]
        {
            use std::os::unix::net::UnixStream;
            tell("a local socket", UnixStream::pair().map(|_| "open".to_owned()));
            tell("a pipe", std::io::pipe().map(|_| "open".to_owned()));
            tell(
                "a copy of its pipe",
                rustix::io::dup(rustix::stdio::stdin()).map(|_| "open".to_owned()).map_err(Into::into),
            );
            tell(
                "read standard output",
                rustix::io::read(rustix::stdio::stdout(), &mut [0; 8])
                    .map(|it| it.to_string())
                    .map_err(Into::into),
            );
            let own = rustix::process::Pid::from_raw(1).unwrap();
            let signal = rustix::process::test_kill_process(own);
            tell("signal another", signal.map(|()| "done".to_owned()).map_err(Into::into));
            let more = rustix::process::Rlimit { current: None, maximum: None };
            let raised = rustix::process::setrlimit(rustix::process::Resource::Data, more);
            tell("raise a limit", raised.map(|()| "done".to_owned()).map_err(Into::into));
        }
        tell("look at the clock", Ok(if budget() { "runs".to_owned() } else { "stands".to_owned() }));
        out
    }

    fn budget() -> bool {
        super::budget::wall().elapsed() < std::time::Duration::from_secs(60)
    }
}

struct Words(&'static str);

impl Letter for Words {
    fn body(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn definitions(&self) -> Digest {
        Digest::of(b"some")
    }

    fn records(&self) -> Vec<u8> {
        b"records".to_vec()
    }

    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        question.strip_prefix(b"how").map(|rest| [b"so".as_slice(), rest].concat())
    }
}

fn limits() -> Limits {
    Limits { memory: 16 << 20, ..Limits::standard() }
}

fn pool() -> Pool {
    let told = |_: Language, _: &Limits| b"toy".to_vec();
    Pool::new(Processes::new(limits(), crate::script_worker::arguments(), told), limits())
}

fn seat(app: &str) -> Seat {
    (app.to_owned(), Language::JavaScript)
}

/// What came of orders, by app; everybody is waited for.
fn run(pool: &mut Pool, orders: &[(&str, &'static str)]) -> BTreeMap<String, Came> {
    run_as(pool, orders, Wait::ForAll)
}

fn run_as(pool: &mut Pool, orders: &[(&str, &'static str)], wait: Wait) -> BTreeMap<String, Came> {
    let task =
        |order| Task::<Box<dyn Letter>> { letter: Box::new(Words(order)), starts: 0, need: Need::CanWait };
    let came = pool.run(orders.iter().map(|(app, order)| (seat(app), task(*order))).collect(), wait);
    came.into_iter().map(|((app, _), it)| (app, it)).collect()
}

/// The number of an app's process.
fn process(pool: &Pool, app: &str) -> Option<u32> {
    pool.worker(&seat(app))?.id()
}

fn reply(text: &str) -> Came {
    Came::Reply(text.as_bytes().to_vec())
}

/// What one app's only order came to.
fn one(pool: &mut Pool, order: &'static str) -> Came {
    run(pool, &[("A", order)]).remove("A").unwrap()
}

#[test]
fn batches_go_in_and_replies_come_out() {
    let mut pool = pool();
    assert_eq!(one(&mut pool, "echo hello"), reply("hello"));
    let first = process(&pool, "A");
    assert_eq!(one(&mut pool, "records"), reply("records"));
    assert_eq!(one(&mut pool, "ask how many?"), reply("so many?"));
    assert_eq!(process(&pool, "A"), first, "one process for all");
}

#[test]
fn what_asks_nonsense_is_ended() {
    let mut pool = pool();
    assert!(matches!(one(&mut pool, "ask 7"), Came::Ended { ending: Ending::Failed(_), .. }));
    assert_eq!(one(&mut pool, "echo again"), reply("again"));
}

#[test]
fn a_loop_is_killed_soon_and_the_others_answer() {
    let mut pool = pool();
    run(&mut pool, &[("A", "echo"), ("B", "echo"), ("C", "echo")]);
    let mut fits = false;
    for _ in 0..5 {
        let before = slowness();
        let began = budget::wall();
        let mut came = run(&mut pool, &[("A", "spin"), ("B", "echo b"), ("C", "echo c")]);
        let (took, promised) = (began.elapsed(), limits().tick_time + Duration::from_millis(100));
        println!("killed after {took:?}, promised {promised:?}");
        // What other processes take of the machine is not the world's to give.
        fits |= took < promised.mul_f64(before.max(slowness()));
        assert_eq!(came.remove("A"), Some(Came::Ended { ending: Ending::Time, culprit: Some(3) }));
        assert_eq!(came.remove("B"), Some(reply("b")));
        assert_eq!(came.remove("C"), Some(reply("c")));
    }
    assert!(fits);
}

/// How much longer 10 ms of work take than they would on an idle machine: 1 or more.
fn slowness() -> f64 {
    let (began, used) = (budget::wall(), budget::processor_time());
    while budget::processor_time() - used < Duration::from_millis(10) {}
    (began.elapsed().as_secs_f64() / 0.01).max(1.0)
}

#[test]
fn whatever_ends_a_process_is_named_and_another_takes_its_place() {
    let mut pool = pool();
    for (order, expected) in [
        ("eat", "memory"),
        ("gulp", "memory"),
        ("panic", "failed: exit status: 72: as told"),
        ("abort", "failed: signal: 6 (SIGABRT)"),
        ("deep", "failed: signal: 6 (SIGABRT)"),
    ] {
        let Came::Ended { ending, .. } = one(&mut pool, order) else { panic!("{order} went well") };
        let shown = match ending {
            Ending::Time => "time".to_owned(),
            Ending::Memory => "memory".to_owned(),
            Ending::Failed(how) => format!("failed: {how}"),
            Ending::NotStarted(why) => format!("not started: {why}"),
            Ending::Hung => "hung".to_owned(),
        };
        assert!(
            shown.starts_with(expected)
                || (expected.contains("as told") && shown.starts_with("failed: exit status: 72")),
            "{order}: {shown}"
        );
        assert_eq!(one(&mut pool, "echo again"), reply("again"));
    }
}

#[test]
fn many_loops_cost_a_tick_no_more_than_a_few() {
    let mut pool = pool();
    // Who is new is not waited for by a world that keeps its pace; who is good for a second is.
    (0..20).for_each(|_| drop(run(&mut pool, &[("Good", "echo")])));
    let names: Vec<String> = (0..20).map(|it| format!("Bad{it:02}")).collect();
    let mut bad: Vec<(&str, &'static str)> = names.iter().map(|it| (it.as_str(), "spin")).collect();
    bad.push(("Good", "echo good"));
    let began = budget::wall();
    let quick = Wait::ForTheQuick { patience: Duration::from_millis(25) };
    let came = run_as(&mut pool, &bad, quick);
    println!("a tick with twenty loops took {:?}", began.elapsed());
    assert_eq!(came, BTreeMap::from([("Good".to_owned(), reply("good"))]));
    let busy = names.iter().filter(|it| pool.is_busy(&seat(it))).count();
    assert!((1..=pool::slots()).contains(&busy), "{busy} at work");
    let late = late(&mut pool);
    assert_eq!(late.len(), busy);
    let killed = |it: &Came| *it == Came::Ended { ending: Ending::Time, culprit: Some(3) };
    assert!(late.values().all(killed), "{late:?}");
}

/// All answers no tick waited for.
fn late(pool: &mut Pool) -> BTreeMap<Seat, Came> {
    pool.listen(Wait::ForAll);
    std::iter::from_fn(|| pool.next_late()).collect()
}

#[test]
fn those_who_were_good_for_long_and_turn_bad_together_cost_a_tick_the_time_of_one() {
    let mut pool = pool();
    let names: Vec<String> = (0..12).map(|it| format!("App{it:02}")).collect();
    let all = |order| names.iter().map(|it| (it.as_str(), order)).collect::<Vec<(&str, &'static str)>>();
    (0..20).for_each(|_| drop(run(&mut pool, &all("echo"))));
    let quick = Wait::ForTheQuick { patience: Duration::from_millis(25) };
    let came = run_as(&mut pool, &all("spin"), quick);
    // As many as work side by side were begun; then it was enough.
    let busy = names.iter().filter(|it| pool.is_busy(&seat(it))).count();
    assert!(busy + came.len() <= 2 * pool::slots(), "{busy} at work, {came:?}");
    let late = late(&mut pool);
    assert_eq!(late.len(), busy);
}

#[test]
fn a_process_ends_when_nobody_needs_it() {
    let mut pool = pool();
    one(&mut pool, "echo");
    let process = process(&pool, "A").unwrap();
    pool.retain(|_| false);
    let gone = || super::meter::look(process).time.is_none();
    // Killed at once, gone when the system says so.
    for _ in 0..2000 {
        if gone() {
            return;
        }
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(1));
    }
    panic!("process {process} is still there");
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn nothing_outside_can_be_reached_from_inside() {
    let mut pool = pool();
    let came = one(&mut pool, "probe");
    let Came::Reply(report) = came else { panic!("{came:?}") };
    expect_test::expect![[r#"
        variables: 0
        folder: PermissionDenied
        read a file: PermissionDenied
        read itself: PermissionDenied
        write a file: PermissionDenied
        list a folder: PermissionDenied
        look at a file: PermissionDenied
        connect: PermissionDenied
        listen: PermissionDenied
        datagrams: PermissionDenied
        run a program: PermissionDenied
        start a thread: PermissionDenied
        a local socket: PermissionDenied
        a pipe: PermissionDenied
        a copy of its pipe: PermissionDenied
        read standard output: PermissionDenied
        signal another: PermissionDenied
        raise a limit: PermissionDenied
        look at the clock: runs
    "#]]
    .assert_eq(&String::from_utf8(report).unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_is_small_and_starts_soon() {
    let mut pool = pool();
    let mut best = Duration::MAX;
    for app in ["A", "B", "C", "D", "E"] {
        let began = budget::wall();
        run(&mut pool, &[(app, "echo")]);
        best = best.min(began.elapsed());
    }
    let memory = pool.worker(&seat("A")).unwrap().used().memory.unwrap();
    println!("starts in {best:?}, holds {} kB", memory >> 10);
    assert!(best < Duration::from_millis(100), "{best:?}");
}

#[test]
fn who_ends_it_without_a_word_is_known_the_second_time() {
    let mut pool = pool();
    let culprits: Vec<Option<u32>> = (0..3)
        .map(|_| match one(&mut pool, "begin") {
            Came::Ended { culprit, .. } => culprit,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(culprits, [None, Some(5), Some(5)]);
}
