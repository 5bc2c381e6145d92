//! `schema migrate --plan`: what would have to happen so that a change which needs a reset can be made.
//! The world plans it, with what lives in it; this only shows it, and nothing is changed.

use bowline_schema::change::Plan;
use serde_json::Value;

use super::verdicts;
use crate::ask::Answer;
use crate::verdict::Verdict;

/// Exit 1 if anything stands in the way; 0 if it could be applied as it is.
pub(super) fn plan(json: Value) -> Answer {
    let verdict = Verdict::read(json);
    let text = match verdict.outcome() {
        "applied" => "Nothing needs a migration: bowline schema apply makes this change.".to_owned(),
        "requires_reset" => steps(&verdict),
        _ => verdicts::text(&verdict),
    };
    let exit = u8::from(!verdict.is_applied());
    Answer { exit, json: verdict.into_json(), text }
}

fn steps(verdict: &Verdict) -> String {
    let plan = verdict.json().get("plan").cloned().unwrap_or_default();
    // A world older or newer than this command: what it says is shown.
    let Ok(plan) = serde_json::from_value::<Plan>(plan) else { return verdicts::text(verdict) };
    let mut text = plan.to_string();
    let lines = verdict.script_lines();
    if !lines.is_empty() {
        text += "scripts to change with it:\n";
        text += &lines.iter().map(|it| format!("  {it}\n")).collect::<String>();
    }
    text + "Nothing was changed; until it is made, the world keeps what it has. To make it: stop the world \
            and `bowline schema apply FILE --reset`; what a step would carry over is dropped by that.\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn the_plan_of_the_world_is_shown_with_the_lines_to_change() {
        let answer = plan(json!({
            "outcome": "requires_reset", "changes": [], "reasons": [],
            "affected": {"entities": 1, "profiles": [], "scripts": [
                {"path": "apps/Door/index.js", "line": 12, "column": 5, "text": "  door.angle = 3"}]},
            "plan": {"steps": [
                {"path": "door.angle", "action": "rename", "to": "swing", "loss": "none", "note": "both are f32"},
                {"path": "door.wear", "action": "drop", "loss": "all", "note": "nothing new is of its kind"}]},
        }));
        expect![[r#"
            1. rename door.angle to swing [lossless] both are f32
            2. drop door.wear [loses all] nothing new is of its kind
            scripts to change with it:
              apps/Door/index.js:12:5  door.angle = 3
            Nothing was changed; until it is made, the world keeps what it has. To make it: stop the world and `bowline schema apply FILE --reset`; what a step would carry over is dropped by that.
        "#]].assert_eq(&answer.text);
        assert_eq!(answer.exit, 1);
    }
}
