//! `textDocument/semanticTokens`: what words are, in the protocol's numbers.

use bowline_analysis::text::Span;
use bowline_analysis::tokens::{Token, TokenKind, tokens};
use tower_lsp::ls_types::{
    Range, SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend,
};

use crate::place::{at, range};
use crate::state::Snapshot;

/// Kinds and modifiers in the order of their numbers.
pub(crate) fn legend() -> SemanticTokensLegend {
    let kinds = [
        SemanticTokenType::VARIABLE,
        SemanticTokenType::PARAMETER,
        SemanticTokenType::FUNCTION,
        SemanticTokenType::CLASS,
        SemanticTokenType::METHOD,
        SemanticTokenType::PROPERTY,
        SemanticTokenType::TYPE,
        SemanticTokenType::STRUCT,
        SemanticTokenType::EVENT,
    ];
    let modifiers = [SemanticTokenModifier::DEFAULT_LIBRARY, SemanticTokenModifier::READONLY];
    SemanticTokensLegend { token_types: kinds.to_vec(), token_modifiers: modifiers.to_vec() }
}

fn number(kind: TokenKind) -> u32 {
    match kind {
        TokenKind::Variable => 0,
        TokenKind::Parameter => 1,
        TokenKind::Function => 2,
        TokenKind::Class => 3,
        TokenKind::Method => 4,
        TokenKind::Property => 5,
        TokenKind::Type => 6,
        TokenKind::Component => 7,
        TokenKind::Event => 8,
    }
}

/// The words of the file, or of a part of it.
pub(crate) fn of(snapshot: &Snapshot, part: Option<Range>) -> SemanticTokens {
    let (text, encoding) = (&snapshot.text, snapshot.abilities.encoding);
    let part = part.map(|it| Span {
        start: text.offset(at(it.start), encoding),
        end: text.offset(at(it.end), encoding),
    });
    let wanted = |it: &Token| part.is_none_or(|part| part.touches(it.span.start));
    let mut data: Vec<SemanticToken> = Vec::new();
    let (mut line, mut column) = (0, 0);
    for it in tokens(&snapshot.files.project, &snapshot.path).iter().filter(|it| wanted(it)) {
        let place = range(text, it.span, encoding);
        // A word is on one line.
        if place.start.line != place.end.line {
            continue;
        }
        let delta_line = place.start.line - line;
        let delta_start = place.start.character - if delta_line == 0 { column } else { 0 };
        (line, column) = (place.start.line, place.start.character);
        data.push(SemanticToken {
            delta_line,
            delta_start,
            length: place.end.character - place.start.character,
            token_type: number(it.kind),
            token_modifiers_bitset: u32::from(it.of_world) | u32::from(it.readonly) << 1,
        });
    }
    SemanticTokens { result_id: None, data }
}
