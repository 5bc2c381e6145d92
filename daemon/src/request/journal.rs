//! What was carried, line by line: which way, whose change, what each file held before and after.

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::mirror::Mirror;
use crate::report::Report;
use crate::state::JournalRow;

pub(super) fn answer(mirror: &Mirror, since: i64) -> Result<Answer, Report> {
    let rows = mirror.journal_since(since)?;
    let text =
        if rows.is_empty() { "Nothing was carried.".to_owned() } else { rows.iter().map(line).collect() };
    Ok(Answer { exit: 0, json: json!({ "journal": rows }), text })
}

fn line(row: &JournalRow) -> String {
    /// Items named; a first sync has hundreds.
    const SHOWN: usize = 3;
    let items: Vec<&str> = row
        .files
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("item").and_then(Value::as_str))
        .collect();
    let more = items.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let version = row.version.map_or(String::new(), |it| format!(" v{it}"));
    let named = items[..items.len().min(SHOWN)].join(", ");
    format!("{:>5}  {:<8}  {}{version}  {named}{more}\n", row.op, row.what, row.group)
}
