//! What the editor can do, as it said at the beginning.

use bowline_analysis::text::Encoding;
use tower_lsp::ls_types::{ClientCapabilities, PositionEncodingKind};

/// What the editor can do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Abilities {
    /// What columns are counted in.
    pub(crate) encoding: Encoding,
    /// It asks for problems itself.
    pub(crate) pulls_problems: bool,
    /// It asks again when told that problems may have changed.
    pub(crate) refreshes_problems: bool,
    /// It watches the files it is asked to watch.
    pub(crate) watches_files: bool,
    /// It strikes out what is deprecated.
    pub(crate) strikes_out: bool,
}

impl Abilities {
    /// As the editor says.
    pub(crate) fn of(said: &ClientCapabilities) -> Abilities {
        let (document, workspace) = (said.text_document.as_ref(), said.workspace.as_ref());
        let item = document.and_then(|it| it.completion.as_ref()?.completion_item.as_ref());
        let watching = workspace.and_then(|it| it.did_change_watched_files.as_ref());
        Abilities {
            encoding: encoding(said),
            pulls_problems: document.is_some_and(|it| it.diagnostic.is_some()),
            refreshes_problems: workspace
                .and_then(|it| it.diagnostics.as_ref())
                .is_some_and(|it| it.refresh_support == Some(true)),
            watches_files: watching.is_some_and(|it| it.dynamic_registration == Some(true)),
            strikes_out: item.is_some_and(|it| it.tag_support.is_some()),
        }
    }
}

/// Bytes if the editor can, for then nothing is counted anew; else what it likes best.
fn encoding(said: &ClientCapabilities) -> Encoding {
    let offered = said.general.as_ref().and_then(|it| it.position_encodings.as_ref());
    let known: Vec<Encoding> = offered.into_iter().flatten().filter_map(named).collect();
    let bytes = known.iter().find(|it| **it == Encoding::Utf8);
    bytes.or(known.first()).copied().unwrap_or_default()
}

fn named(kind: &PositionEncodingKind) -> Option<Encoding> {
    [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32].into_iter().find(|it| name(*it) == *kind)
}

/// What the protocol calls it.
pub(crate) fn name(encoding: Encoding) -> PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    }
}
