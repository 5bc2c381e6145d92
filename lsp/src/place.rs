//! Places in the editor's words and in ours: addresses of files, positions, ranges.

use std::path::{Path, PathBuf};

use bowline_analysis::text::{Encoding, Position, Span, Text};
use bowline_model::ProjectPath;
use tower_lsp::ls_types::{self, Range, Uri};

/// The file an address names; nothing for what is no file: unsaved buffers, versions of a repository.
pub(crate) fn file(uri: &Uri) -> Option<PathBuf> {
    let is_file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    is_file.then(|| uri.to_file_path()).flatten().map(|it| it.into_owned())
}

/// What a file below `root` is called there.
pub(crate) fn below(root: &Path, file: &Path) -> Option<ProjectPath> {
    let rest = file.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = rest.iter().map(|it| it.to_str()).collect();
    ProjectPath::parse(&parts?.join("/")).ok()
}

/// A position in our words.
pub(crate) fn at(position: ls_types::Position) -> Position {
    Position { line: position.line, character: position.character }
}

/// A stretch in the editor's words.
pub(crate) fn range(text: &Text, span: Span, encoding: Encoding) -> Range {
    let place = |offset| {
        let found = text.position(offset, encoding);
        ls_types::Position { line: found.line, character: found.character }
    };
    Range { start: place(span.start), end: place(span.end) }
}
