//! The requires of a Luau file: every call of the global `require` with a plain text.

use super::tokens::{Kind, Token, Tokens};
use crate::place::Lines;
use crate::{Import, ImportKind};

/// In the order of the text. One whose argument is computed is not listed.
pub(super) fn of(source: &str, lines: &Lines<'_>) -> Vec<Import> {
    let tokens: Vec<Token<'_>> = Tokens::new(source).collect();
    (0..tokens.len()).filter_map(|index| required(&tokens, index)).map(|it| import(&it, lines)).collect()
}

fn import((at, specifier): &(usize, String), lines: &Lines<'_>) -> Import {
    let place = lines.place(*at);
    let (line, column) = (place.line, place.column);
    Import { specifier: specifier.clone(), line, column, kind: ImportKind::Static }
}

/// `require "x"` or `require("x")` at `index`, where `require` is no member and no function's name.
fn required(tokens: &[Token<'_>], index: usize) -> Option<(usize, String)> {
    if tokens[index].kind != Kind::Word("require") {
        return None;
    }
    let before = index.checked_sub(1).map(|it| &tokens[it].kind);
    if matches!(before, Some(Kind::Other(b'.' | b':') | Kind::Word("function"))) {
        return None;
    }
    let argument = match tokens.get(index + 1)?.kind {
        Kind::Other(b'(') => tokens.get(index + 2)?,
        _ => tokens.get(index + 1)?,
    };
    let in_brackets = tokens[index + 1].kind == Kind::Other(b'(');
    // `require("a" .. b)` is computed.
    let closed = !in_brackets || tokens.get(index + 3).is_some_and(|it| it.kind == Kind::Other(b')'));
    match &argument.kind {
        Kind::Text(Some(text)) if closed => Some((argument.at, text.clone())),
        _ => None,
    }
}
