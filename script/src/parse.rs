//! Text to tree, once for everybody: which language, what is wrong, and where.
//!
//! Not a validator of meaning. The parser is foreign code and the text is anybody's, so it runs on
//! a stack of its own and a panic in it becomes a finding, never the end of the process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bowline_model::{Problem, ProjectPath};
use swc_common::{BytePos, Span, Spanned as _};
use swc_ecma_ast::{EsVersion, Expr, Module};
use swc_ecma_parser::error::{Error, SyntaxError};
use swc_ecma_parser::{EsSyntax, Lexer, Parser, StringInput, Syntax, TsSyntax};

use crate::place::Lines;

/// Longer sources are refused: no script is this long, and a parser's memory is 30 times its text.
pub(crate) const SOURCE_BYTES_MAX: usize = 1 << 20;

/// Deeper brackets are refused. Counted in the raw text, where a string may hold brackets too, so
/// the limit is far above what anybody writes: the parser takes up to 10 kB of stack per level.
const BRACKET_DEPTH_MAX: usize = 1000;

/// Where the first byte of a text is in the parser's numbers. 0 means "nowhere" there.
const FIRST: u32 = 1;

/// Without brackets a text can still nest as deep as it is long (`a=a=a=`), and trees are walked and
/// dropped by recursion. Only what is touched costs memory, so there is room for 4 kB a byte.
const STACK_PER_BYTE: usize = 4096;
const STACK_BYTES_MIN: usize = 32 << 20;
const STACK_BYTES_MAX: usize = 1 << 30;

/// What a file is written in, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    JavaScript,
    TypeScript,
}

impl Language {
    pub(crate) fn of(path: &ProjectPath) -> Language {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("ts") => Language::TypeScript,
            _ => Language::JavaScript,
        }
    }

    fn syntax(self) -> Syntax {
        match self {
            Language::JavaScript => Syntax::Es(EsSyntax { import_attributes: true, ..EsSyntax::default() }),
            Language::TypeScript => Syntax::Typescript(TsSyntax::default()),
        }
    }
}

/// A file that has a tree.
pub struct Parsed {
    /// The tree.
    pub module: Module,
    /// Places of `return` outside any function: fine in a legacy body, a mistake in a module.
    pub returns: Vec<usize>,
    /// What else is wrong with a text the parser could still make a tree of.
    pub errors: Vec<Problem>,
}

/// The text without its byte order mark. Editors hide the mark, so no column counts it.
pub(crate) fn without_bom(source: &str) -> &str {
    source.strip_prefix('\u{feff}').unwrap_or(source)
}

/// The byte offset a span starts at.
#[must_use]
pub fn start(span: Span) -> usize {
    span.lo.0.saturating_sub(FIRST) as usize
}

/// The byte offset just past a span.
#[must_use]
pub fn end(span: Span) -> usize {
    span.hi.0.saturating_sub(FIRST) as usize
}

/// Parses `source` (without its BOM) as a module, and hands the tree to `then` while the big stack
/// is still there: trees are dropped by recursion too.
///
/// # Errors
/// `syntax_error`, `script_too_large`, `script_too_deep`: there is no tree.
pub fn with_tree<T>(path: &ProjectPath, source: &str, then: impl FnOnce(Parsed) -> T) -> Result<T, Problem> {
    guarded(path, source, || parse(path, source).map(then))?
}

/// Parses `text` (without its BOM) as one JSON value, and hands it to `then`. Tolerant: what JavaScript
/// has beside JSON (comments, a comma too many) is no error here.
pub(crate) fn with_json<T>(
    path: &ProjectPath,
    text: &str,
    then: impl FnOnce(&Expr) -> T,
) -> Result<T, Problem> {
    guarded(path, text, || {
        let lines = Lines::new(text);
        let mut parser = Parser::new_from(lexer(text, Language::JavaScript.syntax()));
        let value = parser.parse_expr().map_err(|error| problem(path, &lines, &error))?;
        match parser.take_errors().first() {
            Some(error) => Err(problem(path, &lines, error)),
            None => Ok(then(&value)),
        }
    })?
}

/// Runs foreign code over `source`: deep trees have room, panics become a problem.
///
/// # Errors
/// `script_too_large`, `script_too_deep`, and `syntax_error` if the code panicked.
pub fn guarded<T>(path: &ProjectPath, source: &str, work: impl FnOnce() -> T) -> Result<T, Problem> {
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("the script has {} bytes; the limit is {SOURCE_BYTES_MAX}", source.len());
        return Err(Problem::file("script_too_large", path.as_str(), message)
            .help("split it into modules, or put data into assets/"));
    }
    if bracket_depth(source) > BRACKET_DEPTH_MAX {
        let message = format!("brackets are nested more than {BRACKET_DEPTH_MAX} deep");
        return Err(Problem::file("script_too_deep", path.as_str(), message));
    }
    let stack = (source.len() * STACK_PER_BYTE).clamp(STACK_BYTES_MIN, STACK_BYTES_MAX);
    catch_unwind(AssertUnwindSafe(|| stacker::grow(stack, work))).map_err(|_| {
        Problem::file("syntax_error", path.as_str(), "the parser gave up on this file")
            .help("please report the file: this is a bug in the parser")
    })
}

fn bracket_depth(source: &str) -> usize {
    let (_, deepest) = source.bytes().fold((0_usize, 0), |(depth, deepest), byte| match byte {
        b'(' | b'[' | b'{' => (depth + 1, deepest.max(depth + 1)),
        b')' | b']' | b'}' => (depth.saturating_sub(1), deepest),
        _ => (depth, deepest),
    });
    deepest
}

fn parse(path: &ProjectPath, source: &str) -> Result<Parsed, Problem> {
    let lines = Lines::new(source);
    let mut parser = Parser::new_from(lexer(source, Language::of(path).syntax()));
    let module = parser.parse_module().map_err(|error| problem(path, &lines, &error))?;
    let (returns, errors): (Vec<Error>, Vec<Error>) =
        parser.take_errors().into_iter().partition(|it| matches!(it.kind(), SyntaxError::ReturnNotAllowed));
    Ok(Parsed {
        module,
        returns: returns.iter().map(|it| start(it.span())).collect(),
        errors: errors.iter().map(|it| problem(path, &lines, it)).collect(),
    })
}

fn lexer(source: &str, syntax: Syntax) -> Lexer<'_> {
    let end = FIRST.saturating_add(u32::try_from(source.len()).unwrap_or(u32::MAX));
    let input = StringInput::new(source, BytePos(FIRST), BytePos(end));
    Lexer::new(syntax, EsVersion::latest(), input, None)
}

fn problem(path: &ProjectPath, lines: &Lines<'_>, error: &Error) -> Problem {
    let place = lines.place(start(error.span()));
    Problem::file("syntax_error", path.as_str(), sentence(&error.kind().msg())).at(place.line, place.column)
}

/// The parser's words as ours: one line, lower-case start, no full stop.
pub(crate) fn sentence(message: &str) -> String {
    let line = message.lines().next().unwrap_or("unreadable").trim().trim_end_matches('.');
    let line = line.strip_suffix(" in strip-only mode").unwrap_or(line);
    let word = line.split(' ').next().unwrap_or(line);
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    if rest.chars().any(char::is_uppercase) {
        line.to_owned()
    } else {
        first.to_lowercase() + &line[first.len()..]
    }
}
