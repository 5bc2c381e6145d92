//! What the store of a world keeps: records, and whole worlds by name.

use serde_json::Value;

use super::{definitions, in_words, list as rows, not_offered, whole, word};
use crate::ask::{Answer, Question};
use crate::print::table;
use crate::report::Report;
use crate::settings::Remote;

/// The record of a slug. A bare name is what it means here; what is compiled in is shown as it is used.
pub(super) async fn record(world: &Remote, wanted: &str) -> Result<Answer, Report> {
    if bowline_schema::scope::parts(wanted).is_some() {
        let asked = super::ask(world, &Question::StoreGet { slug: wanted.to_owned() }).await;
        match asked {
            Ok(Some(record)) => return Ok(whole(record)),
            Ok(None) => return Err(not_offered(world)),
            Err(report) if report.code == "not_found" => (),
            Err(report) => return Err(report),
        }
    }
    let snapshot = super::ask(world, &Question::SchemaSnapshot).await?.ok_or_else(|| not_offered(world))?;
    let meant = definitions::find(&snapshot, wanted).ok_or_else(|| definitions::unknown(wanted))?;
    let slug = word(&meant, "slug");
    match super::ask(world, &Question::StoreGet { slug }).await {
        Ok(Some(record)) => Ok(whole(record)),
        _ => Ok(whole(meant)),
    }
}

pub(super) fn list(json: Value) -> Answer {
    let row = |it: &Value| {
        vec![word(it, "kind"), word(it, "slug"), format!("v{}", word(it, "version")), word(it, "updatedAt")]
    };
    let rows: Vec<Vec<String>> = rows(&json, "records").map(row).collect();
    let text = if rows.is_empty() { "The store keeps no records.".to_owned() } else { table(&rows) };
    Answer { exit: 0, json, text }
}

/// Exit 1 if there is any.
pub(super) fn damage(json: Value) -> Answer {
    let lines: Vec<String> = rows(&json, "damage").map(|it| format!("{}\n", in_words(it))).collect();
    let text = if lines.is_empty() { "All is well.".to_owned() } else { lines.concat() };
    Answer { exit: u8::from(!lines.is_empty()), json, text }
}

pub(super) fn checkpoints(json: Value) -> Answer {
    let row = |it: &Value| match it.as_object() {
        None => vec![in_words(it)],
        Some(_) if it.get("problem").is_some() => vec![word(it, "name"), word(it, "problem")],
        Some(_) => {
            vec![
                word(it, "name"),
                word(it, if it.get("at").is_some() { "at" } else { "savedAt" }),
                format!("tick {}", word(it, "tick")),
                word(it, "reason"),
            ]
        }
    };
    let rows: Vec<Vec<String>> = rows(&json, "checkpoints").map(row).collect();
    let text = if rows.is_empty() { "Nothing was kept yet.".to_owned() } else { table(&rows) };
    Answer { exit: 0, json, text }
}
