//! `textDocument/rename`, and what follows when files get another name.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use bowline_analysis::moves::moved;
use bowline_analysis::references::{Edit, RenameError, renamable, rename};
use bowline_analysis::text::Encoding;
use bowline_model::ProjectPath;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{Position, PrepareRenameResponse, TextEdit, Uri, WorkspaceEdit};

use super::places::address;
use crate::place::{below, range};
use crate::state::Snapshot;
use crate::workspace::Files;

/// The letters that would be another name.
pub(crate) fn prepare(snapshot: &Snapshot, position: Position) -> Result<PrepareRenameResponse> {
    let offset = snapshot.offset(position);
    let (span, _) = renamable(&snapshot.files.project, &snapshot.path, offset).map_err(refused)?;
    Ok(PrepareRenameResponse::Range(range(&snapshot.text, span, snapshot.abilities.encoding)))
}

/// What is written where, so that it is called `name`.
pub(crate) fn edits(snapshot: &Snapshot, position: Position, name: &str) -> Result<WorkspaceEdit> {
    let place = (&snapshot.path, snapshot.offset(position));
    let found = rename(&snapshot.files.project, place, name).map_err(refused)?;
    Ok(changes(&snapshot.files, &found, snapshot.abilities.encoding))
}

/// What is written where, so that imports follow files and folders of one project.
pub(crate) fn after_moves(files: &Files, moves: &[(PathBuf, PathBuf)], encoding: Encoding) -> WorkspaceEdit {
    let mut all = BTreeMap::new();
    for (old, new) in moves {
        let (Some(old), Some(new)) = (below(&files.root, old), below(&files.root, new)) else { continue };
        for (_, file) in files.project.all() {
            let to = match file.path.below(old.as_str()) {
                Some(rest) => new.join(rest).ok(),
                None => (file.path == old).then(|| new.clone()),
            };
            all.extend(to.map(|it: ProjectPath| (file.path.clone(), it)));
        }
    }
    changes(files, &moved(&files.project, &all), encoding)
}

fn changes(files: &Files, edits: &[Edit], encoding: Encoding) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in edits {
        let Some(file) = files.project.file(edit.place.file) else { continue };
        let Some(uri) = address(files, file.path.as_str()) else { continue };
        let range = range(&file.text, edit.place.span, encoding);
        changes.entry(uri).or_default().push(TextEdit { range, new_text: edit.text.clone() });
    }
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}

/// People read why.
fn refused(error: RenameError) -> Error {
    Error { code: ErrorCode::InvalidParams, message: error.to_string().into(), data: None }
}
