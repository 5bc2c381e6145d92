//! `textDocument/foldingRange`: what can be folded away: blocks, long literals, the imports.

use std::collections::BTreeMap;

use bowline_analysis::summary::{Kind, Summary};
use bowline_analysis::text::{Encoding, Span};
use tower_lsp::ls_types::{FoldingRange, FoldingRangeKind};

use crate::state::Snapshot;

/// The stretches that can be folded, by their first line; one for each.
pub(crate) fn folding(snapshot: &Snapshot) -> Vec<FoldingRange> {
    let project = &snapshot.files.project;
    let Some(file) = project.id(&snapshot.path) else { return Vec::new() };
    let summary = project.summary(file);
    let line = |offset| snapshot.text.position(offset, Encoding::Utf8).line;
    let mut found = BTreeMap::new();
    for span in blocks(summary) {
        let (start, end) = (line(span.start), line(span.end));
        // The last line stays: it closes the block.
        if end > start + 1 {
            found.entry(start).or_insert((end - 1, None));
        }
    }
    if let (Some(first), Some(last)) = (summary.imports.first(), summary.imports.last()) {
        let (start, end) = (line(first.specifier.span.start), line(last.specifier.span.end));
        if end > start {
            found.insert(start, (end, Some(FoldingRangeKind::Imports)));
        }
    }
    let fold = |(start_line, (end_line, kind))| FoldingRange {
        start_line,
        end_line,
        kind,
        ..FoldingRange::default()
    };
    found.into_iter().map(fold).collect()
}

fn blocks(summary: &Summary) -> impl Iterator<Item = Span> {
    let literals = summary.exprs.iter().filter(|it| matches!(it.kind, Kind::Object(_) | Kind::List(_)));
    let scopes = summary.scopes.iter().filter(|it| it.parent.is_some()).map(|it| it.span);
    let bodies = summary.decls.iter().map(|it| it.span);
    scopes.chain(bodies).chain(literals.map(|it| it.span))
}
