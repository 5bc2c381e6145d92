//! Typing through: every text a file is while somebody types it.

use bowline_model::ProjectPath;

use super::{Language, placeholder, summary};
use crate::complete::complete;
use crate::project::Project;
use crate::text::Text;

/// The scripts and the JSON of the sample project.
fn files() -> Vec<(ProjectPath, String)> {
    let found = crate::tests::harbor_texts();
    assert!(found.len() > 50, "the sample project has more files than {}", found.len());
    found
}

/// Where a text may be cut.
fn cuts(text: &str, step: usize) -> impl Iterator<Item = usize> {
    (0..=text.len()).step_by(step).filter(|it| text.is_char_boundary(*it))
}

/// Where a member is about to be typed: behind a dot, or Luau's colon, that stands behind a name.
fn dots(text: &str, language: Language) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let is_dot = move |it: usize| bytes[it] == b'.' || (language == Language::Luau && bytes[it] == b':');
    let is_name = move |it: usize| bytes[it].is_ascii_alphabetic();
    (1..bytes.len().saturating_sub(1))
        .filter(move |it| is_dot(*it) && is_name(it - 1) && is_name(it + 1))
        .map(|it| it + 1)
}

#[test]
fn every_beginning_of_json_can_be_read() {
    for (path, text) in files().iter().filter(|it| Language::of(&it.0) == Language::Json) {
        for cut in cuts(text, 5) {
            assert!(summary(path, &text[..cut]).is_some(), "{path} up to {cut}");
        }
    }
}

#[test]
fn beginnings_of_scripts_can_be_read_behind_their_dots() {
    let (mut all, mut read) = (0_u32, 0_u32);
    let mut failed = Vec::new();
    for (path, text) in files() {
        let language = Language::of(&path);
        if language == Language::Json {
            continue;
        }
        for cut in dots(&text, language).step_by(3) {
            all += 1;
            let beginning = &text[..cut];
            match placeholder::summary(&path, beginning, u32::try_from(cut).unwrap()) {
                Some(_) => read += 1,
                None => {
                    failed.push(format!("{path}: {:?}", &beginning[beginning.len().saturating_sub(60)..]))
                }
            }
        }
    }
    assert!(all > 200, "{all} places");
    assert!(read * 100 >= all * 99, "{read} of {all}:\n{}", failed.join("\n"));
}

#[test]
fn no_beginning_is_too_broken_to_ask_about() {
    let mut project = Project::new(crate::tests::world());
    let files = files();
    for (path, text) in &files {
        project = project.with(path, Text::new(text));
    }
    let (mut all, mut read) = (0_u32, 0_u32);
    for (path, text) in &files {
        for (at, cut) in cuts(text, 97).enumerate() {
            all += 1;
            read += u32::from(summary(path, &text[..cut]).is_some());
            if at % 8 == 3 {
                let typed = project.clone().with(path, Text::new(&text[..cut]));
                let _ = complete(&typed, path, u32::try_from(cut).unwrap());
            }
        }
    }
    assert!(read * 100 >= all * 95, "{read} of {all}");
}
