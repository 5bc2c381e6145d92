//! `textDocument/inlayHint`: what is shown between the letters.

use bowline_analysis::hints::{HintKind, hints};
use bowline_analysis::text::Span;
use tower_lsp::ls_types::{InlayHint, InlayHintKind, InlayHintLabel, Range};

use crate::place::{at, range};
use crate::state::Snapshot;

/// What is shown in a part of the file.
pub(crate) fn of(snapshot: &Snapshot, part: Range) -> Vec<InlayHint> {
    let (text, encoding) = (&snapshot.text, snapshot.abilities.encoding);
    let part =
        Span { start: text.offset(at(part.start), encoding), end: text.offset(at(part.end), encoding) };
    let all = hints(&snapshot.files.project, &snapshot.path, part).into_iter();
    all.map(|it| InlayHint {
        position: range(text, Span { start: it.at, end: it.at }, encoding).start,
        label: InlayHintLabel::String(it.label),
        kind: Some(match it.kind {
            HintKind::Param => InlayHintKind::PARAMETER,
            HintKind::Type => InlayHintKind::TYPE,
        }),
        text_edits: None,
        tooltip: None,
        padding_left: None,
        padding_right: Some(it.kind == HintKind::Param),
        data: None,
    })
    .collect()
}
