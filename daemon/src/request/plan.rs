//! `plan`: what would move, and nothing moves. Exit 2 if anything would.

use bowline_sync::sighting::Direction;
use serde_json::{Value, json};

use crate::ask::Answer;
use crate::mirror::{Mirror, shown};

pub(super) fn answer(mirror: &Mirror) -> Answer {
    let mut text = String::new();
    let mut steps: Vec<Value> = Vec::new();
    let mut moves = false;
    for (direction, step) in mirror.pending() {
        let (arrow, name) = match direction {
            Direction::ToWorld => ("↑", "to-world"),
            Direction::ToDisk => ("↓", "to-disk"),
        };
        let what = match (step.expect, step.put) {
            (None, _) => "add",
            (_, None) => "delete",
            _ => "change",
        };
        let group = step.item.group();
        let held = mirror.is_held(&group);
        text += &format!(
            "{arrow} {what} {}{}\n",
            shown(&step.item),
            if held { "  (held, see below)" } else { "" }
        );
        moves |= !held;
        steps.push(json!({
            "direction": name, "what": what, "group": group.to_string(), "path": shown(&step.item), "held": held,
        }));
    }
    let problems: Vec<Value> =
        mirror.problems().iter().map(|(app, it)| super::status::problem(app, it)).collect();
    for (_, problem) in mirror.problems() {
        text += &format!("{problem}\n");
    }
    if text.is_empty() {
        text = "Nothing would move.".to_owned();
    }
    let exit = if moves { 2 } else { u8::from(!problems.is_empty() || !steps.is_empty()) };
    Answer { exit, json: json!({"steps": steps, "problems": problems}), text }
}
