//! What `bowline dev` says while it runs: JSON lines for programs, calm lines for people. The JSON is
//! a contract other programs rely on: fields are added to none of these, new events may appear.
//!
//! Programs hear everything at once; `tell/calm.rs` decides what people hear, and when.

mod calm;
mod words;

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use bowline_model::Problem;
use serde_json::{Value, json};

use crate::print::{self, Format, Paint};
use calm::Calm;

/// Something worth a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    Ready {
        world: String,
        world_id: String,
        admin_code_file: Option<String>,
        control: String,
        apps: usize,
        ms: u64,
    },
    Applied {
        direction: Way,
        app: String,
        version: Option<u64>,
        files: Vec<String>,
        ms: u64,
    },
    Conflict {
        app: String,
        path: String,
        winner: Winner,
        kept: Option<String>,
    },
    Problem {
        app: String,
        problem: Problem,
    },
    /// A problem is gone. For people: programs see in `status` what is left.
    Mended {
        app: String,
        path: String,
    },
    Script {
        app: String,
        state: ScriptState,
        path: String,
        line: u32,
        message: String,
    },
    World {
        state: WorldState,
        detail: String,
    },
}

/// Which way something travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToWorld,
    ToDisk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Winner {
    Disk,
    World,
    /// A person has to say.
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptState {
    Running,
    Crashed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorldState {
    Away,
    Back,
}

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Way::ToWorld => "to-world",
            Way::ToDisk => "to-disk",
        }
    }
}

impl Winner {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Winner::Disk => "disk",
            Winner::World => "world",
            Winner::Nobody => "nobody",
        }
    }
}

impl ScriptState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ScriptState::Running => "running",
            ScriptState::Crashed => "crashed",
        }
    }
}

impl Told {
    /// The line for programs.
    pub(crate) fn json(&self) -> Value {
        match self {
            Told::Ready { world, world_id, admin_code_file, control, apps, ms } => json!({
                "event": "ready", "world": world, "world_id": world_id, "admin_code_file": admin_code_file,
                "control": control, "pid": std::process::id(), "apps": apps, "ms": ms,
            }),
            Told::Applied { direction, app, version, files, ms } => json!({
                "event": "applied", "direction": direction.name(), "app": app, "version": version,
                "files": files, "ms": ms,
            }),
            Told::Conflict { app, path, winner, kept } => json!({
                "event": "conflict", "app": app, "path": path, "winner": winner.name(), "kept": kept,
            }),
            Told::Problem { app, problem } => json!({
                "event": "problem", "app": app, "code": problem.code, "path": problem.path,
                "line": problem.line, "message": problem.message, "help": problem.help,
            }),
            Told::Mended { app, path } => json!({"event": "mended", "app": app, "path": path}),
            Told::Script { app, state, path, line, .. } => json!({
                "event": "script", "app": app, "state": state.name(), "path": path, "line": line,
            }),
            Told::World { state, detail } => json!({
                "event": "world", "state": if *state == WorldState::Away { "away" } else { "back" },
                "message": detail,
            }),
        }
    }
}

/// Says things, to whoever listens.
pub(crate) enum Teller {
    /// Nobody does.
    Silent,
    Programs,
    People(Mutex<Calm>, Paint),
}

impl Teller {
    pub(crate) fn new(format: Format) -> Teller {
        match format {
            Format::Json => Teller::Programs,
            Format::Text => Teller::People(Mutex::default(), Paint::of_terminal()),
        }
    }

    /// Something happened.
    pub(crate) fn tell(&self, told: Told) {
        match self {
            Teller::Silent => (),
            Teller::Programs if matches!(told, Told::Mended { .. }) => (),
            Teller::Programs => print::line(&told.json().to_string()),
            Teller::People(calm, paint) => {
                let mut calm = calm.lock().unwrap_or_else(PoisonError::into_inner);
                print_all(&calm.hear(told, Instant::now()), *paint);
            }
        }
    }

    /// Nothing is under way: what was gathered can be said.
    pub(crate) fn rest(&self) {
        if let Teller::People(calm, paint) = self {
            print_all(&calm.lock().unwrap_or_else(PoisonError::into_inner).rest(), *paint);
        }
    }
}

fn print_all(lines: &[words::Line], paint: Paint) {
    for line in lines {
        print::line(&paint.on(line.ink, &line.text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    /// The contract, one line for each kind of event.
    #[test]
    fn programs_hear_exactly_these_fields() {
        let text = str::to_owned;
        let problem = Problem::file("bad_json", "world.json", "m").at(3, 1).help("h");
        let told = [
            Told::Ready {
                world: text("http://w"),
                world_id: text("id"),
                admin_code_file: Some(text("/f")),
                control: text("http://c"),
                apps: 2,
                ms: 5,
            },
            Told::Applied {
                direction: Way::ToWorld,
                app: text("Buoy"),
                version: Some(7),
                files: vec![text("a.js")],
                ms: 31,
            },
            Told::Conflict { app: text("A"), path: text("p"), winner: Winner::Disk, kept: Some(text("k")) },
            Told::Problem { app: text("A"), problem },
            Told::Script {
                app: text("A"),
                state: ScriptState::Crashed,
                path: text("p"),
                line: 4,
                message: text("for people"),
            },
            Told::World { state: WorldState::Away, detail: text("why") },
        ];
        let lines: Vec<String> = told.iter().map(|it| it.json().to_string()).collect();
        let pid = format!("\"pid\":{}", std::process::id());
        expect![[r#"
            {"event":"ready","world":"http://w","world_id":"id","admin_code_file":"/f","control":"http://c","pid":0,"apps":2,"ms":5}
            {"event":"applied","direction":"to-world","app":"Buoy","version":7,"files":["a.js"],"ms":31}
            {"event":"conflict","app":"A","path":"p","winner":"disk","kept":"k"}
            {"event":"problem","app":"A","code":"bad_json","path":"world.json","line":3,"message":"m","help":"h"}
            {"event":"script","app":"A","state":"crashed","path":"p","line":4}
            {"event":"world","state":"away","message":"why"}"#]]
        .assert_eq(&lines.join("\n").replace(&pid, "\"pid\":0"));
    }
}
