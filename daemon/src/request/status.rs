//! `status`: one screen of truth. Exit 1 if anything needs a person.

use bowline_model::Problem;
use serde_json::{Value, json};

use crate::ask::Answer;
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
        if app.app.is_empty() {
            text += &format!("  {}\n", indented(&app.problems, "\n  "));
            continue;
        }
        let version = app.version.map_or(String::new(), |it| format!(" v{it}"));
        text += &format!("  {:<10} {}{version}\n", app.state, app.app);
        if !app.problems.is_empty() {
            text += &format!("    {}\n", indented(&app.problems, "\n    "));
        }
    }
    if status.conflicts > 0 {
        let s = if status.conflicts == 1 { "" } else { "s" };
        text += &format!("{} conflict{s} kept: bowline conflicts list\n", status.conflicts);
    }
    if status.watch == "poll" {
        text += "changes are noticed every few seconds only: bowline doctor says why\n";
    }
    Answer { exit: u8::from(needs_person), json, text }
}

fn indented(problems: &[Problem], newline: &str) -> String {
    let all: Vec<String> = problems.iter().map(Problem::to_string).collect();
    all.join("\n").replace('\n', newline)
}

/// States nobody but a person can end.
const NEEDS_PERSON: [&str; 3] = ["conflict", "held", "crashed"];

fn app(app: &AppStatus) -> Value {
    let problems: Vec<Value> = app.problems.iter().map(|it| problem(&app.app, it)).collect();
    json!({"app": app.app, "state": app.state, "version": app.version, "problems": problems})
}

/// A problem, for programs. What belongs to no app is under the app with the empty name.
pub(super) fn problem(app: &str, problem: &Problem) -> Value {
    json!({
        "app": app, "code": problem.code, "path": problem.path, "line": problem.line, "column": problem.column,
        "message": problem.message, "help": problem.help,
    })
}
