//! What `bowline dev` says while it runs: JSON lines for programs, calm lines for people. The JSON is
//! a contract other programs rely on.

use bowline_model::Problem;
use serde_json::{Value, json};

use crate::cli::print::{self, Format};

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
            Told::Script { app, state, path, line, message } => json!({
                "event": "script", "app": app, "state": state.name(), "path": path, "line": line,
                "message": message,
            }),
            Told::World { state, detail } => json!({
                "event": "world", "state": if *state == WorldState::Away { "away" } else { "back" },
                "message": detail,
            }),
        }
    }

    /// The lines for people.
    pub(crate) fn text(&self) -> String {
        match self {
            Told::Ready { world, world_id, control, apps, ms, .. } => format!(
                "bowline: {apps} apps, world {world_id} at {world}\n         control at {control}, ready in {ms} ms\n         save a file and the world runs it; Ctrl-C ends"
            ),
            Told::Applied { direction, app, version, files, ms } => {
                let arrow = if *direction == Way::ToWorld { "↑" } else { "↓" };
                let version = version.map_or(String::new(), |it| format!(" v{it}"));
                format!("{arrow} {app}{version}  {}  {ms} ms", few(files))
            }
            Told::Conflict { path, winner, kept, .. } => {
                let kept =
                    kept.as_ref().map_or(String::new(), |it| format!("\n  the other side is kept in {it}"));
                match winner {
                    Winner::Nobody => {
                        format!("! conflict in {path}: both sides changed it\n  help: bowline conflicts list")
                    }
                    winner => format!("! conflict in {path}: the {} wins{kept}", winner.name()),
                }
            }
            Told::Problem { problem, .. } => problem.to_string(),
            Told::Script { app, state: ScriptState::Running, .. } => format!("▶ {app} runs"),
            Told::Script { app, path, line, message, .. } => {
                format!("✖ {app} crashed: {message}\n  at {path}:{line}")
            }
            Told::World { state: WorldState::Away, detail } => format!("… the world is away: {detail}"),
            Told::World { state: WorldState::Back, .. } => "… the world is back".to_owned(),
        }
    }
}

/// Names the first few of many.
fn few(files: &[String]) -> String {
    const SHOWN: usize = 3;
    match files.len() {
        0 => "removed".to_owned(),
        n if n <= SHOWN => files.join(", "),
        n => format!("{}, and {} more", files[..SHOWN].join(", "), n - SHOWN),
    }
}

/// Says it.
pub(crate) fn tell(told: &Told, format: Format) {
    match format {
        Format::Json => print::line(&told.json().to_string()),
        Format::Text => print::line(&told.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn people_and_programs_hear_the_same() {
        let told = Told::Applied {
            direction: Way::ToWorld,
            app: "Buoy".to_owned(),
            version: Some(7),
            files: ["a.js", "b.js", "c.js", "d.js"].map(str::to_owned).to_vec(),
            ms: 31,
        };
        expect!["↑ Buoy v7  a.js, b.js, c.js, and 1 more  31 ms"].assert_eq(&told.text());
        expect![[r#"{"event":"applied","direction":"to-world","app":"Buoy","version":7,"files":["a.js","b.js","c.js","d.js"],"ms":31}"#]]
            .assert_eq(&told.json().to_string());
    }
}
