//! `textDocument/signatureHelp`: what the call takes in which the cursor is.

use bowline_analysis::signature::Signature;
use tower_lsp::ls_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, Position, SignatureHelp,
    SignatureInformation,
};

use crate::state::Snapshot;

/// What the call around `position` takes.
pub(crate) fn signature(snapshot: &Snapshot, position: Position) -> Option<SignatureHelp> {
    let offset = snapshot.offset(position);
    let found = bowline_analysis::signature::signature(&snapshot.files.project, &snapshot.path, offset)?;
    let active = u32::try_from(found.active).ok();
    let params = found.params.iter().map(|it| parameter(&found, it.start, it.end)).collect();
    let signature = SignatureInformation {
        documentation: found
            .doc
            .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })),
        label: found.label,
        parameters: Some(params),
        active_parameter: active,
    };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: active })
}

/// The part of the label that is a parameter. As text, for the protocol would have it counted in UTF-16.
fn parameter(of: &Signature, start: usize, end: usize) -> ParameterInformation {
    let label = of.label.get(start..end).unwrap_or_default().to_owned();
    ParameterInformation { label: ParameterLabel::Simple(label), documentation: None }
}
