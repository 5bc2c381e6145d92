//! What people look at while a world runs: its log as it comes, what scripts cost, what an app is made of.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};

use crate::dev::{Dev, bowline, empty_project, project, run};
use crate::screen::see;

const PATIENCE: Duration = Duration::from_secs(60);

/// A command whose lines are read as they come; ended when dropped.
struct Reading {
    child: std::process::Child,
    lines: Receiver<String>,
}

impl Reading {
    fn start(args: &[&str]) -> Reading {
        let mut child = bowline(args).stdout(Stdio::piped()).spawn().expect("the binary runs");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).take_while(|it| sender.send(it.clone()).is_ok()).for_each(drop)
        });
        Reading { child, lines }
    }

    #[track_caller]
    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line comes")
    }

    /// Passes over lines until one is this.
    #[track_caller]
    fn wait(&self, wanted: &str) {
        while self.line() != wanted {}
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn says(text: &str) -> String {
    format!("export default () => {{\n  console.log('{text}')\n  console.warn('{text}!')\n}}\n")
}

#[test]
fn a_followed_log_goes_on_when_the_world_is_started_again() {
    let dir = project();
    let path = dir.path().to_str().expect("test folders are UTF-8").to_owned();
    let dev = Dev::start(dir.path(), &[]);
    dev.save("apps/Hello/index.js", &says("one"));
    dev.flush();
    let all = Reading::start(&["logs", "--follow", &path]);
    let hello = Reading::start(&["logs", "--follow", "--app", "Hello", "--json", &path]);
    all.wait("Hello: one");
    all.wait("Hello: warn: one!");
    dev.save("apps/Hello/index.js", &says("two"));
    all.wait("Hello: two");
    drop(dev);
    let dev = Dev::start(dir.path(), &[]);
    // What it said when it started is told, though nobody listened then.
    all.wait("Hello: two");
    dev.save("apps/Hello/index.js", &says("three"));
    all.wait("Hello: three");
    let mut said = Vec::new();
    loop {
        let line: Value = serde_json::from_str(&hello.line()).expect("each line is JSON");
        assert_eq!(line["app"], "Hello");
        said.push(line["text"].as_str().expect("a line has a text").to_owned());
        if line["text"] == "three!" {
            assert_eq!(line["level"], "warn");
            break;
        }
    }
    let wanted = |text: &str| said.iter().any(|it| it == text);
    assert!(wanted("one") && wanted("two") && wanted("three"), "{said:?}");
}

#[test]
fn top_shows_a_row_for_every_app_and_ends_where_nobody_looks() {
    let dir = project();
    let path = dir.path().to_str().expect("test folders are UTF-8").to_owned();
    let alone = run(&["top", &path]);
    assert_eq!(alone.code(), 3, "{}", alone.all());
    let dev = Dev::start(dir.path(), &[]);
    dev.wait("a run", |it| it["event"] == "script" && it["app"] == "Hello");
    dev.flush();
    let text = run(&["top", "--once", &path]).text();
    let heads: Vec<&str> = text.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    assert_eq!(
        heads,
        ["APP", "STATE", "INSTANCES", "MS/TICK", "LAST", "MAX", "LATE", "MEMORY", "STARTS"],
        "{text}"
    );
    let json = dev.ask(&["top"]).ok();
    let row = |it: &Value| json!([it["app"], it["instances"], it["crashed"]]);
    let apps: Vec<Value> = json["apps"].as_array().expect("a list").iter().map(row).collect();
    assert_eq!(apps, [json!(["Hello", 1, 0]), json!(["Spinner", 1, 0])]);
    assert!(json["tick"].as_u64().is_some_and(|it| it > 0), "{json}");
}

#[test]
fn an_app_shows_its_modules_and_why_it_runs_them() {
    let dir = empty_project();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("there is room");
        std::fs::write(path, text).expect("there is room");
    };
    write("apps/Door/Door.json", r#"{"name": "Door", "props": {"seconds": 2, "colour": {"r": 1, "g": 2}}}"#);
    write("apps/Door/Wide.json", r#"{"name": "Wide", "scriptRef": "Door"}"#);
    let entry = "import { open } from './motion/open.ts'\nimport { wave } from '@shared/wave.js'\nexport default (world, app) => { open(app); wave() }\n";
    write("apps/Door/index.js", entry);
    write(
        "apps/Door/motion/open.ts",
        "export function open(app: any): void {\n  throw new Error('stuck')\n}\n",
    );
    write("apps/Door/old.js", "export const unused = 1\n");
    write("shared/wave.js", "export const wave = () => {}\n");
    let minimal = bowline_fixtures::project("minimal").join("world.json");
    let placed = std::fs::read_to_string(minimal).expect("it is there");
    let placed = placed.replace("HelloHere1", "front").replace("Hello", "Door");
    write("world.json", &placed.replace("\"props\": {}", "\"props\": {\"seconds\": 5}"));
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    dev.wait("a crash", |it| it["event"] == "script" && it["state"] == "crashed");
    expect![[r#"
        exit 0
        Door v0, module
          @shared/wave.js  JavaScript  29 bytes   ad093403c118
          index.js         JavaScript  132 bytes  d199c4ce82ec  entry
          motion/open.ts   TypeScript  68 bytes   0c5cba39af21
          old.js           JavaScript  24 bytes   ef2d36defaa5  nothing imports it
          index.js imports motion/open.ts
          index.js imports @shared/wave.js
    "#]]
    .assert_eq(&see(&["app", "modules", "Door"], dir.path()));
    let explained = see(&["app", "explain", "Door"], dir.path());
    let (why, place) = explained.split_once("      at ").unwrap_or_else(|| panic!("no place: {explained}"));
    expect![[r#"
        exit 1
        Door
          Door v0: runs the script of Door, because it has scriptFiles of its own
          Door__Wide v0: runs the script of Door, because scriptRef names the blueprint whose script it runs
          begins with index.js (module)
          reload: preserve
          front of Door: crashed, started once
            seconds = 5  (of front)
            colour = {"r":1,"g":2}  (of Door)
            error[script_error]: Error: stuck
    "#]]
    .assert_eq(why);
    assert!(place.starts_with("apps/Door/motion/open.ts:2"), "{explained}");
    expect![[r#"
        exit 1
        error: the world has no app `Dor`
          help: did you mean `Door`?
    "#]]
    .assert_eq(&see(&["app", "explain", "Dor"], dir.path()));
    let json = dev.ask(&["app", "modules", "Door"]).json();
    let shared = &json["modules"].as_array().expect("a list")[0];
    assert_eq!((&shared["path"], &shared["importedBy"]), (&json!("shared/wave.js"), &json!(["index.js"])));
}
