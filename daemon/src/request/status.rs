//! `status`: one screen of truth. Exit 1 if anything needs a person.

use bowline_model::Problem;
use serde_json::{Value, json};

use super::Answer;
use crate::mirror::{AppStatus, Mirror};

pub(super) fn answer(mirror: &Mirror) -> Answer {
    let status = mirror.status();
    let apps: Vec<Value> = status.apps.iter().map(app).collect();
    let needs_person = status.conflicts > 0
        || status.world.error.is_some()
        || status.apps.iter().any(|it| !it.problems.is_empty() || NEEDS_PERSON.contains(&it.state));
    let json = json!({
        "world": {"url": status.world.url, "id": status.world.id, "connected": status.world.error.is_none(), "error": status.world.error},
        "apps": apps, "conflicts": status.conflicts, "watch": status.watch,
    });
    let mut text = match &status.world.error {
        None => format!("world {} at {}\n", status.world.id, status.world.url),
        Some(error) => format!("world {} at {} is away: {error}\n", status.world.id, status.world.url),
    };
    for app in &status.apps {
        let version = app.version.map_or(String::new(), |it| format!(" v{it}"));
        text += &format!("  {:<10} {}{version}\n", app.state, app.app);
        for problem in &app.problems {
            text += &format!("    {}\n", problem.to_string().replace('\n', "\n    "));
        }
    }
    if status.conflicts > 0 {
        text += &format!("{} conflicts: bowline conflicts list\n", status.conflicts);
    }
    if status.watch == "poll" {
        text += "this disk sends no events; it is looked at every few seconds\n";
    }
    Answer { exit: u8::from(needs_person), json, text }
}

/// States nobody but a person can end.
const NEEDS_PERSON: [&str; 3] = ["conflict", "held", "crashed"];

fn app(app: &AppStatus) -> Value {
    let problems: Vec<Value> = app.problems.iter().map(|it| problem(&app.app, it)).collect();
    json!({"app": app.app, "state": app.state, "version": app.version, "problems": problems})
}

/// A problem, for programs.
pub(super) fn problem(app: &str, problem: &Problem) -> Value {
    json!({
        "app": app, "code": problem.code, "path": problem.path, "line": problem.line, "column": problem.column,
        "message": problem.message, "help": problem.help,
    })
}
