//! Text to [`Summary`], however broken the text is.
//!
//! The ladder: the text as it is; the text with what half-typed lines lack (`repair`); else nothing is
//! known, and whoever asks keeps the last summary that was good. At the cursor there is a surer way: a
//! name put where one is missing ([`placeholder`]), in a copy.

mod docs;
mod js;
mod json;
mod luau;
pub(crate) mod placeholder;
mod repair;

use bowline_model::ProjectPath;
use bowline_script::parse;

use crate::summary::Summary;

/// What a file is written in, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// JavaScript, and what is not known.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// Luau.
    Luau,
    /// JSON: blueprints, records, `world.json`.
    Json,
}

impl Language {
    /// By the ending of `path`.
    #[must_use]
    pub fn of(path: &ProjectPath) -> Language {
        let ending = path.extension().unwrap_or_default();
        let is = |it: &str| ending.eq_ignore_ascii_case(it);
        match () {
            () if is("ts") => Language::TypeScript,
            () if is("luau") => Language::Luau,
            () if is("json") => Language::Json,
            () => Language::JavaScript,
        }
    }
}

/// What `text` says, if it can be read at all.
#[must_use]
pub fn summary(path: &ProjectPath, text: &str) -> Option<Summary> {
    let read = match whole(path, text) {
        Ok((summary, 0)) => return Some(summary),
        other => other.ok(),
    };
    let repaired = repair::summary(path, text, None);
    let better = |it: &(Summary, usize)| read.as_ref().is_none_or(|read| it.1 < read.1);
    repaired.filter(better).or(read).map(|it| it.0)
}

/// The text as it is: what it says, and how many mistakes were passed over to find out; or the line where
/// the parser gave up.
fn whole(path: &ProjectPath, text: &str) -> Result<(Summary, usize), usize> {
    let gave_up = |it: bowline_model::Problem| it.line as usize;
    match Language::of(path) {
        Language::JavaScript | Language::TypeScript => {
            let bare = masked_bom(text);
            parse::with_tree(path, &bare, |parsed| (js::lower(&bare, &parsed.module), 0)).map_err(gave_up)
        }
        Language::Luau => luau::lower(path, text).map_err(gave_up),
        Language::Json => Ok((json::lower(text), 0)),
    }
}

/// A byte order mark is no part of a script; blanks keep every place where it is.
fn masked_bom(text: &str) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod typing_tests;
