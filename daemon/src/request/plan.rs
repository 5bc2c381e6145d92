//! `plan`: what would move, and nothing moves. Exit 2 if anything would.

use bowline_sync::sighting::Direction;
use serde_json::{Value, json};

use super::Answer;
use crate::mirror::{Mirror, shown};

pub(super) fn answer(mirror: &Mirror) -> Answer {
    let mut text = String::new();
    let mut steps: Vec<Value> = Vec::new();
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
        text += &format!("{arrow} {what} {}\n", shown(&step.item));
        steps.push(json!({"direction": name, "what": what, "group": step.item.group().to_string(), "path": shown(&step.item)}));
    }
    let problems: Vec<Value> =
        mirror.problems().iter().map(|(app, it)| super::status::problem(app, it)).collect();
    for (_, problem) in mirror.problems() {
        text += &format!("{problem}\n");
    }
    if text.is_empty() {
        text = "Nothing would move.".to_owned();
    }
    let exit = if steps.is_empty() { u8::from(!problems.is_empty()) } else { 2 };
    Answer { exit, json: json!({"steps": steps, "problems": problems}), text }
}
