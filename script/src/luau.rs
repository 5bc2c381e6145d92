//! Luau files: what [`crate::facts`] and [`crate::compile`] know of them.
//!
//! Luau's own compiler is the judge of syntax, so that nothing a world runs is refused here; it knows
//! lines only, and the second parser, which knows columns, is asked where on the line. Requires are read
//! from the tokens ([`tokens`]). Not here: what a require means, which is [`crate::resolve`]'s business.

mod requires;
mod tokens;

use bowline_model::{Problem, ProjectPath};
use mlua::chunk::Compiler;

use crate::Facts;
use crate::parse::guarded;
use crate::place::Lines;

/// What the ending of a Luau file is.
pub(crate) const EXTENSION: &str = "luau";

/// Larger texts with a mistake get its line only: the second parser recurses on what the first refused.
const COLUMN_BYTES_MAX: usize = 64 << 10;

/// Whether `path` names a Luau file.
#[must_use]
pub(crate) fn is_luau(path: &ProjectPath) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case(EXTENSION))
}

/// What a Luau file says. A file that ends with `return` and a value *exports a default*.
pub(crate) fn facts(path: &ProjectPath, source: &str) -> Facts {
    let read = guarded(path, source, || {
        check(path, source)?;
        let lines = Lines::new(source);
        Ok(Facts {
            imports: requires::of(source, &lines),
            has_default_export: returns_a_value(source),
            ..Facts::default()
        })
    });
    read.flatten().unwrap_or_else(|problem| Facts { problems: vec![problem], ..Facts::default() })
}

/// The text as the engine takes it; every line keeps its number.
pub(crate) fn compile(path: &ProjectPath, source: &str) -> Result<String, Problem> {
    guarded(path, source, || check(path, source)).flatten()?;
    Ok(source.to_owned())
}

/// The line of the first comment that starts with `mark`, and what follows it. Only comments before the
/// first statement count.
pub(crate) fn header<'a>(source: &'a str, mark: &str) -> Option<(u32, &'a str)> {
    let lines = source.strip_prefix('\u{feff}').unwrap_or(source).lines().zip(1..);
    let mut comments = lines.take_while(|(line, _)| {
        let line = line.trim_start();
        line.is_empty() || (line.starts_with("--") && !line.starts_with("--["))
    });
    comments.find_map(|(line, number)| {
        let rest = line.trim_start().strip_prefix(mark)?;
        (rest.is_empty() || rest.starts_with([' ', '\t', '{'])).then_some((number, rest))
    })
}

/// Hands the tree of a text that the engine takes to `then`, on a stack that is large enough.
pub(crate) fn with_tree<T>(
    path: &ProjectPath,
    source: &str,
    then: impl FnOnce(&full_moon::ast::Block) -> T,
) -> Result<T, Problem> {
    let read = guarded(path, source, || {
        check(path, source)?;
        let parsed = full_moon::parse_fallible(source, full_moon::LuaVersion::luau());
        match parsed.errors().first() {
            None => Ok(then(parsed.ast().nodes())),
            Some(it) => {
                let place = Lines::new(source).place(it.range().0.bytes());
                let message = "the engine takes this, and what looks for uses does not";
                Err(Problem::file("script_not_read", path.as_str(), message).at(place.line, place.column))
            }
        }
    });
    read.flatten()
}

fn compiles(source: &str) -> Result<(), String> {
    let judge = const { Compiler::new().set_optimization_level(0).set_debug_level(0) };
    match judge.compile(source) {
        Ok(_) => Ok(()),
        Err(mlua::Error::SyntaxError { message, .. }) => Err(message),
        Err(other) => Err(other.to_string()),
    }
}

/// A `return` can only be the last statement; so the chunk has one if no other statement may follow.
fn returns_a_value(source: &str) -> bool {
    let with = |more: &str| compiles(&format!("{source}\n{more}")).is_ok();
    !with("local _ = nil") && !with("nil")
}

fn check(path: &ProjectPath, source: &str) -> Result<(), Problem> {
    let Err(message) = compiles(source) else { return Ok(()) };
    // `:3: Expected …`; a message of the compiler itself may be without a place.
    let said = message.trim_start_matches(':');
    let (line, words) = match said.split_once(':') {
        Some((line, words)) => (line.trim().parse().unwrap_or(0), words),
        None => (0, said),
    };
    let words = crate::parse::sentence(words);
    let deep = words.contains("recursion depth");
    let column = if deep || source.len() > COLUMN_BYTES_MAX { 0 } else { column(source, line, &words) };
    let code = if deep { "script_too_deep" } else { "syntax_error" };
    let problem = Problem::file(code, path.as_str(), words).at(line, column);
    Err(match advice(source, line) {
        Some(help) => problem.help(help),
        None => problem,
    })
}

/// Where on `line` the second parser finds its first mistake; 0 if neither it nor the first parser's
/// `words` tell.
fn column(source: &str, line: u32, words: &str) -> u32 {
    let result = full_moon::parse_fallible(source, full_moon::LuaVersion::luau());
    let lines = Lines::new(source);
    let places = result.errors().iter().map(|it| lines.place(it.range().0.bytes()));
    let found = places.filter(|it| it.line == line).map(|it| it.column).min();
    // The two may disagree about the line: then the word the first one names, if it is there only once.
    let named = || {
        let word = words.rsplit_once("got '")?.1.strip_suffix('\'')?;
        let mut places = lines.line(line).match_indices(word);
        let (at, _) = places.next().filter(|_| places.next().is_none())?;
        u32::try_from(lines.line(line)[..at].encode_utf16().count() + 1).ok()
    };
    found.or_else(named).unwrap_or(0)
}

/// What people who know another Lua write.
const FOREIGN: [(&str, &str); 5] = [
    ("goto ", "Luau has no `goto`; `continue` and `break` are there"),
    ("<const>", "Luau has no attributes on locals: write `local x = …`"),
    ("<close>", "Luau has no attributes on locals: write `local x = …`"),
    ("!=", "unequal is `~=`"),
    ("&", "bits are in bit32: bit32.band(a, b)"),
];

fn advice(source: &str, line: u32) -> Option<&'static str> {
    let text = source.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    FOREIGN.into_iter().find(|(word, _)| text.contains(word)).map(|(_, help)| help)
}

#[cfg(test)]
mod tests;
