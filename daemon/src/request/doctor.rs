//! `doctor`: what this disk, watcher and world can do.

use bowline_disk::doctor::{Names, Support, Survey, survey};
use serde_json::json;

use super::Answer;
use crate::mirror::Mirror;
use crate::report::Report;

pub(super) fn answer(mirror: &Mirror) -> Result<Answer, Report> {
    let mut findings = of_disk(&survey(mirror.folder().root())?);
    let status = mirror.status();
    let watch =
        if status.watch == "native" { "by events" } else { "by looking at everything every few seconds" };
    findings.push(("watching", watch.to_owned()));
    findings.push(("world", status.world.error.unwrap_or_else(|| format!("{} answers", status.world.url))));
    let text = findings.iter().map(|(what, finding)| format!("{what:<18} {finding}\n")).collect();
    let rows: Vec<_> =
        findings.iter().map(|(what, finding)| json!({"what": what, "finding": finding})).collect();
    Ok(Answer { exit: 0, json: json!({ "findings": rows }), text })
}

fn of_disk(survey: &Survey) -> Vec<(&'static str, String)> {
    let support = |it: Support, without: &str| match it {
        Support::Yes => "yes".to_owned(),
        Support::No => format!("no: {without}"),
    };
    let names = |it: Names| match it {
        Names::Apart => "two spellings are two files".to_owned(),
        Names::Folded => "two spellings are one file".to_owned(),
    };
    let number = |it: Option<u64>| it.map_or("no limit known".to_owned(), |it| it.to_string());
    vec![
        ("atomic exchange", support(survey.exchange, "a replaced file is missing for an instant")),
        ("create once", support(survey.noreplace, "hard links are used instead")),
        (
            "state beside files",
            support(survey.one_file_system, ".bowline is on another disk; files are copied"),
        ),
        ("upper, lower case", names(survey.case)),
        ("composed accents", names(survey.unicode)),
        ("folders watched", number(survey.watches_max)),
        ("free", survey.free_bytes.map_or("unknown".to_owned(), |it| format!("{} MB", it / 1_000_000))),
    ]
}
