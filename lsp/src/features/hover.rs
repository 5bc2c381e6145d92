//! `textDocument/hover`: what stands here.

use bowline_analysis::syntax::Language;
use tower_lsp::ls_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};

use crate::place::range;
use crate::state::Snapshot;

/// What stands at `position`.
pub(crate) fn hover(snapshot: &Snapshot, position: Position) -> Option<Hover> {
    let offset = snapshot.offset(position);
    let found = bowline_analysis::hover::hover(&snapshot.files.project, &snapshot.path, offset)?;
    let language = match Language::of(&snapshot.path) {
        Language::Luau => "luau",
        Language::JavaScript | Language::TypeScript | Language::Json => "typescript",
    };
    let code = match found.code.is_empty() {
        true => String::new(),
        false => format!("```{language}\n{}\n```\n", found.code),
    };
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: code + &found.text };
    Some(Hover {
        contents: HoverContents::Markup(contents),
        range: Some(range(&snapshot.text, found.span, snapshot.abilities.encoding)),
    })
}
