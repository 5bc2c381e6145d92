//! `schema migrate --plan`: what would have to happen so that a change which needs a reset can be made.
//! It only says; nothing is changed.

use serde_json::{Value, json};

use super::{list, word};
use crate::ask::Answer;
use crate::verdict::Verdict;

/// What a migration would do for each rule of the table, and whether something is lost by it.
const STEPS: [(&str, &str, &str); 12] = [
    ("add_field_without_default", "give the field a default", "nothing is lost"),
    ("widen_number", "copy every value into the wider column", "nothing is lost"),
    ("rename_field", "copy every value to the new name", "nothing is lost; scripts must use the new name"),
    ("change_kind", "convert every value; say how for those that do not fit", "what does not fit is lost"),
    ("change_unit", "convert every number", "nothing is lost but the last digits"),
    ("tighten", "mend the values that do not fit, or keep the wider definition", "the old values of those"),
    ("add_unique", "give those that repeat another value", "the old values of those"),
    ("remove_field", "drop the field of every entity", "its values are lost"),
    ("remove_component", "drop the component of every entity", "its values are lost"),
    ("prefab_remove", "leave existing entities as they are, or take it from them", "what is taken is lost"),
    ("change_precedence", "look through what each name would mean", "nothing is lost"),
    ("invalid", "mend the definition first", "nothing can be done before"),
];

/// Exit 1 if anything stands in the way; 0 if it could be applied as it is.
pub(super) fn plan(json: Value) -> Answer {
    let verdict = Verdict::read(json);
    let mut text = String::new();
    let mut steps = Vec::new();
    for change in list(verdict.json(), "changes").filter(|it| word(it, "outcome") != "applied") {
        let rule = word(change, "rule");
        let known = STEPS.iter().find(|it| it.0 == rule);
        let (step, loss) = known.map_or(("look at it by hand", "unknown"), |it| (it.1, it.2));
        text += &format!(
            "{}: {}\n  step: {step}\n  loss: {loss}\n",
            word(change, "path"),
            word(change, "message")
        );
        steps.push(json!({"path": change["path"], "rule": rule, "step": step, "loss": loss}));
    }
    let lines = verdict.script_lines();
    if !lines.is_empty() {
        text += "scripts to change with it:\n";
        text += &lines.iter().map(|it| format!("  {it}\n")).collect::<String>();
    }
    if steps.is_empty() {
        text = "Nothing needs a migration: bowline schema apply makes this change.".to_owned();
    } else {
        text += "Nothing was changed; until it is made, the world keeps what it has. To make it: stop the world \
                 and `bowline schema apply FILE --reset`.\n";
    }
    let exit = u8::from(!steps.is_empty());
    Answer { exit, json: json!({"steps": steps, "verdict": verdict.into_json()}), text }
}
