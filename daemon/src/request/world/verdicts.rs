//! What the world says to a change of its records, as people read it: the words of the table of rules.

use serde_json::Value;

use super::{in_words, list, word};
use crate::ask::Answer;
use crate::print::table;
use crate::verdict::Verdict;

/// Exit 1 if it was not, or would not be, applied.
pub(crate) fn verdict(json: Value) -> Answer {
    let verdict = Verdict::read(json);
    let exit = u8::from(!matches!(verdict.outcome(), "applied" | "queued"));
    let text = text(&verdict);
    Answer { exit, json: verdict.into_json(), text }
}

/// The outcome, every change with a sign, the lines of scripts that would break, the next step.
pub(super) fn text(verdict: &Verdict) -> String {
    let json = verdict.json();
    let mut text = format!("{}\n", verdict.outcome());
    for change in list(json, "changes") {
        let sign = if word(change, "outcome") == "applied" { '+' } else { '!' };
        text += &format!(
            "{sign} {} [{}] {}\n",
            word(change, "path"),
            word(change, "rule"),
            word(change, "message")
        );
    }
    if list(json, "changes").next().is_none() {
        text += &list(json, "reasons").map(|it| format!("! {}\n", in_words(it))).collect::<String>();
    }
    let lines = verdict.script_lines();
    if !lines.is_empty() {
        text += "scripts that use it:\n";
        text += &lines.iter().map(|it| format!("  {it}\n")).collect::<String>();
    }
    let affected = json.get("affected").unwrap_or(&Value::Null);
    for profile in list(affected, "profiles") {
        text += &format!("profile: {}\n", in_words(profile));
    }
    if verdict.outcome() == "mismatch" {
        text += "somebody changed it meanwhile; look at it and try again\n";
        let rows: Vec<Vec<String>> = list(json, "records")
            .map(|it| vec![format!("  {}", word(it, "slug")), format!("v{}", word(it, "version"))])
            .collect();
        text += &table(&rows);
    }
    let next = word(json, "how_to_reset");
    if !next.is_empty() {
        text += &format!("next: {next}\n");
    }
    text
}

/// The tickets that wait, and how the last ones ended.
pub(super) fn queue(json: Value) -> Answer {
    let row = |it: &Value| {
        let slugs: Vec<String> = list(it, "records").map(in_words).collect();
        let tick = word(it, "tick");
        let tick = if tick.is_empty() { tick } else { format!("tick {tick}") };
        vec![format!("#{}", word(it, "ticket")), word(it, "outcome"), tick, slugs.join(", ")]
    };
    let rows: Vec<Vec<String>> = list(&json, "tickets").map(row).collect();
    let text = if rows.is_empty() { "Nothing was queued.".to_owned() } else { table(&rows) };
    Answer { exit: 0, json, text }
}

/// Exit 1 if there are any.
pub(super) fn errors(json: Value) -> Answer {
    let errors: Vec<Verdict> = list(&json, "errors").cloned().map(Verdict::read).collect();
    let one = |it: &Verdict| format!("#{} {}", word(it.json(), "ticket"), text(it));
    let text = match errors.is_empty() {
        true => "No errors.".to_owned(),
        false => errors.iter().map(one).collect(),
    };
    Answer { exit: u8::from(!errors.is_empty()), json, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn a_change_that_needs_a_reset_names_the_lines_it_breaks() {
        let answer = verdict(json!({
            "ticket": 3, "outcome": "requires_reset",
            "changes": [{"path": "door.angle", "rule": "rename_field", "outcome": "requires_reset",
                "message": "looks like a rename to `swing`"}],
            "reasons": ["door.angle: looks like a rename to `swing`"],
            "affected": {"entities": 2, "scripts": [
                {"path": "apps/Door/index.js", "line": 12, "column": 5, "text": "  door.angle = 3"}], "profiles": []},
            "how_to_reset": "bowline schema migrate --plan",
        }));
        expect![[r#"
            requires_reset
            ! door.angle [rename_field] looks like a rename to `swing`
            scripts that use it:
              apps/Door/index.js:12:5  door.angle = 3
            next: bowline schema migrate --plan
        "#]]
        .assert_eq(&answer.text);
        assert_eq!(answer.exit, 1);
    }
}
