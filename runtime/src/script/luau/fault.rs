//! What an error of Luau says, and where in the project it was raised. The engine knows lines, no columns.

use std::collections::BTreeMap;

use bowline_model::{Frame, Problem, ProjectPath};
use mlua::Lua;

use super::super::bundle::Bundle;
use super::super::failure::{self, OUT_OF_MEMORY};

/// What Luau itself says then.
const NO_MEMORY: &str = "not enough memory";

/// Deeper chains are cut.
const FRAMES_MAX: usize = 20;

/// Where the files of a script are: what the engine calls them, and their keys.
pub(super) type Places = BTreeMap<String, ProjectPath>;

/// Every file of `bundle`, by what it is called on disk.
pub(super) fn places(bundle: &Bundle) -> Places {
    bundle.texts.keys().map(|key| (bundle.disk_path(key), key.clone())).collect()
}

/// The problem that `error` stands for.
pub(super) fn describe(bundle: &Bundle, places: &Places, error: &mlua::Error) -> Problem {
    match error {
        mlua::Error::MemoryError(_) => bundle.problem(OUT_OF_MEMORY, "out of memory"),
        mlua::Error::CallbackError { traceback, cause } => {
            let inner = describe(bundle, places, cause);
            at(places, inner, frames(places, traceback))
        }
        mlua::Error::RuntimeError(text) | mlua::Error::SyntaxError { message: text, .. } => {
            let (message, trace) = text.split_once("\nstack traceback:").unwrap_or((text, ""));
            said(bundle, places, message, frames(places, trace))
        }
        other => bundle.problem("script_error", other.to_string()),
    }
}

/// The problem of what a script raised, with the lines it was raised through.
pub(super) fn said(bundle: &Bundle, places: &Places, message: &str, chain: Vec<Frame>) -> Problem {
    if message.contains(NO_MEMORY) {
        return bundle.problem(OUT_OF_MEMORY, "out of memory");
    }
    let (first, message) = placed(places, message);
    let (code, message) = match failure::coded(message) {
        Some((code, words)) => (code, words),
        None => ("script_error", message.to_owned()),
    };
    let message = message.lines().next().unwrap_or("an error without words");
    // A value that is no text is shown by its place in memory, which says nothing and is never the same.
    let message = match message.split_once(": 0x") {
        Some((kind, _)) if !kind.contains(' ') => format!("threw a {kind}"),
        _ => message.to_owned(),
    };
    let problem = bundle.problem(code, message);
    let mut chain = chain;
    // The place in the words is the innermost; the trace may begin with it.
    if let Some(first) = first
        && chain.first().is_none_or(|it| (&it.path, it.line) != (&first.path, first.line))
    {
        chain.insert(0, first);
    }
    at(places, problem, chain)
}

fn at(_places: &Places, problem: Problem, chain: Vec<Frame>) -> Problem {
    if problem.line > 0 {
        return problem;
    }
    let mut frames = chain.into_iter();
    match frames.next() {
        Some(first) => Problem { path: first.path, line: first.line, chain: frames.collect(), ..problem },
        None => problem,
    }
}

/// `apps/A/x.luau:3: words` as a place and the words.
fn placed<'a>(places: &Places, message: &'a str) -> (Option<Frame>, &'a str) {
    let split = message.split_once(": ").and_then(|(place, words)| Some((frame(places, place, "")?, words)));
    match split {
        Some((frame, words)) => (Some(frame), words),
        None => (None, message),
    }
}

/// `apps/A/x.luau:3` as a frame, if it is one of the script's own files.
fn frame(places: &Places, place: &str, function: &str) -> Option<Frame> {
    let (path, line) = place.rsplit_once(':')?;
    let line = line.parse().ok()?;
    let path = places.contains_key(path).then(|| path.to_owned())?;
    Some(Frame { path, line, column: 0, function: function.to_owned() })
}

/// The frames of a traceback that are in the script's own files, innermost first.
fn frames(places: &Places, trace: &str) -> Vec<Frame> {
    let of = |line: &str| {
        let line = line.trim();
        let (place, rest) = match line.split_once(": ") {
            Some((place, rest)) => (place, rest),
            None => line.split_once(' ').unwrap_or((line, "")),
        };
        let function = rest.trim_start_matches("in ").trim_start_matches("function ");
        let function = function.trim_matches(['\'', '`', '<', '>', '"']);
        frame(places, place, if function.contains(':') { "" } else { function })
    };
    trace.lines().filter_map(of).take(FRAMES_MAX).collect()
}

/// Where the machine is at this moment.
pub(super) fn here(lua: &Lua, places: &Places) -> Vec<Frame> {
    let look = |level| {
        lua.inspect_stack(level, |it| {
            let source = it.source().short_src.map(|it| it.into_owned()).unwrap_or_default();
            let function = it.names().name.map(|it| it.into_owned()).unwrap_or_default();
            let line = it.current_line().and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
            (source, line, function)
        })
    };
    let known = |(path, line, function): (String, u32, String)| {
        let path = places.contains_key(&path).then_some(path)?;
        Some(Frame { path, line, column: 0, function })
    };
    (0..200).map_while(look).filter_map(known).take(FRAMES_MAX).collect()
}
