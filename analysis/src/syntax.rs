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
    whole(path, text).map(|it| it.0)
}

/// The text as it is: what it says, and how many mistakes were passed over to find out.
fn whole(path: &ProjectPath, text: &str) -> Option<(Summary, usize)> {
    match Language::of(path) {
        Language::JavaScript | Language::TypeScript => {
            let bare = masked_bom(text);
            parse::with_tree(path, &bare, |parsed| (js::lower(&bare, &parsed.module), 0)).ok()
        }
        Language::Luau => luau::lower(path, text),
        Language::Json => Some((json::lower(text), 0)),
    }
}

/// A byte order mark is no part of a script; blanks keep every place where it is.
fn masked_bom(text: &str) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}"),
        None => text.to_owned(),
    }
}
