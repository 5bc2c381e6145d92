//! [`Document`]: a file as it is in the editor, saved or not. While it is open, it is the truth.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bowline_analysis::text::{Encoding, Span, Text};
use tower_lsp::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::place::at;

/// A file that is open.
#[derive(Debug)]
pub(crate) struct Document {
    /// As the editor spells it, which is how it wants it back.
    pub(crate) uri: Uri,
    /// The editor's own count.
    pub(crate) version: i32,
    /// What stands in it.
    pub(crate) text: Text,
    /// Which change of all was its last.
    pub(crate) revision: Revision,
}

/// Which change was the last of a document; whoever computes on an older one can look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Revision(Arc<AtomicU64>);

impl Revision {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn set(&self, to: u64) {
        self.0.store(to, Ordering::Release);
    }
}

/// The text after the edits, each made in what the one before it left.
pub(crate) fn edited(text: &Text, edits: &[TextDocumentContentChangeEvent], encoding: Encoding) -> Text {
    edits.iter().fold(text.clone(), |text, edit| match edit.range {
        Some(range) => {
            let place = |it| text.offset(at(it), encoding);
            let (start, end) = (place(range.start), place(range.end));
            text.edited(Span { start, end: end.max(start) }, &edit.text)
        }
        None => Text::new(&edit.text),
    })
}
