//! `logs [APP]`: what the scripts printed, as the world kept it.

use serde_json::Value;

use crate::ask::Answer;
use crate::http;
use crate::print::Ink;
use crate::report::{Blame, Report};
use crate::settings::Remote;

pub(super) async fn answer(world: Remote, app: Option<String>, since: u64) -> Result<Answer, Report> {
    let filter = app.as_deref().map(|it| format!("&app={}", http::segment(it))).unwrap_or_default();
    let path = format!("/bowline/logs?since={since}{filter}");
    let json = http::get(&world, &path).await?.ok_or_else(not_offered)?;
    let lines = json.get("lines").and_then(Value::as_array).into_iter().flatten();
    let text: Vec<String> = lines.map(|it| line(it, app.is_none()).1).collect();
    Ok(Answer { exit: 0, text: text.join("\n"), json })
}

/// Of a world that is not ours.
pub(crate) fn not_offered() -> Report {
    Report::new(Blame::World, "not_offered", "this world does not say what its scripts print")
        .help("only worlds run by bowline do; look at the server's own console")
}

/// A line as people read it, and its colour. `with_app` when it could be of any app.
pub(crate) fn line(line: &Value, with_app: bool) -> (Ink, String) {
    let word = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    let ink = match word("level") {
        "error" => Ink::Bad,
        "warn" => Ink::Warning,
        _ => Ink::Plain,
    };
    let level = match word("level") {
        "log" | "info" => String::new(),
        level => format!("{level}: "),
    };
    let app = if with_app { format!("{}: ", word("app")) } else { String::new() };
    let client = match word("context") {
        "" | "server" => String::new(),
        context => format!("({context}) "),
    };
    (ink, format!("{app}{client}{level}{}", word("text")))
}
