//! `trash list|restore`: what we removed from the tree, and how to have it back.

use serde_json::json;

use crate::ask::Answer;
use crate::mirror::Mirror;
use crate::report::Report;

pub(super) fn list(mirror: &Mirror) -> Result<Answer, Report> {
    let (entries, problems) = mirror.folder().trash()?;
    let mut text = String::new();
    let mut rows = Vec::new();
    for entry in &entries {
        text += &format!("{}  {}  ({})\n", entry.id, entry.path, entry.note.why);
        rows.push(json!({
            "id": entry.id, "path": entry.path.to_string(), "why": entry.note.why,
            "digest": entry.digest.map(|it| it.to_string()),
        }));
    }
    for problem in &problems {
        text += &format!("{problem}\n");
    }
    if text.is_empty() {
        text = "The trash is empty.".to_owned();
    }
    Ok(Answer { exit: 0, json: json!({ "trash": rows }), text })
}

pub(super) fn restore(mirror: &Mirror, id: &str) -> Result<Answer, Report> {
    let path = mirror.folder().restore(id)?;
    Ok(Answer { exit: 0, json: json!({"restored": path.to_string()}), text: format!("Restored {path}.") })
}
