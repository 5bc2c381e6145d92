//! What was carried, line by line: who, when, what each file held before and after.

use serde_json::json;

use crate::ask::Answer;
use crate::mirror::Mirror;
use crate::report::Report;

pub(super) fn answer(mirror: &Mirror, since: i64) -> Result<Answer, Report> {
    let rows = mirror.journal_since(since)?;
    let line =
        |it: &crate::state::JournalRow| format!("{} {} {} by {}\n", it.op, it.what, it.group, it.actor);
    let text = rows.iter().map(line).collect();
    Ok(Answer { exit: 0, json: json!({ "journal": rows }), text })
}
