//! `textDocument/definition`, `references`, `documentHighlight`: where what stands here is written.

use bowline_analysis::infer::{Infer, Origin};
use bowline_analysis::references::references;
use bowline_analysis::target::target;
use tower_lsp::ls_types::{DocumentHighlight, GotoDefinitionResponse, Location, Position, Uri};

use crate::place::range;
use crate::state::Snapshot;
use crate::workspace::Files;

/// Where it is declared. What the world declares is in no file.
pub(crate) fn definition(snapshot: &Snapshot, position: Position) -> Option<GotoDefinitionResponse> {
    let project = &snapshot.files.project;
    let found = target(project, &snapshot.path, snapshot.offset(position))?;
    let origins = Infer::new(project).origins(&found.what);
    let places: Vec<Location> = origins.iter().filter_map(|it| location(snapshot, *it)).collect();
    (!places.is_empty()).then_some(GotoDefinitionResponse::Array(places))
}

/// Everywhere it is named.
pub(crate) fn all(snapshot: &Snapshot, position: Position) -> Vec<Location> {
    let found = references(&snapshot.files.project, &snapshot.path, snapshot.offset(position));
    found.iter().filter_map(|it| location(snapshot, *it)).collect()
}

/// Everywhere it is named in this file.
pub(crate) fn here(snapshot: &Snapshot, position: Position) -> Vec<DocumentHighlight> {
    let project = &snapshot.files.project;
    let found = references(project, &snapshot.path, snapshot.offset(position));
    let here = found.iter().filter(|it| Some(it.file) == project.id(&snapshot.path));
    let range = |it: &Origin| range(&snapshot.text, it.span, snapshot.abilities.encoding);
    here.map(|it| DocumentHighlight { range: range(it), kind: None }).collect()
}

fn location(snapshot: &Snapshot, origin: Origin) -> Option<Location> {
    let file = snapshot.files.project.file(origin.file)?;
    let uri = match file.path == snapshot.path {
        true => snapshot.uri.clone(),
        false => address(&snapshot.files, file.path.as_str())?,
    };
    Some(Location { uri, range: range(&file.text, origin.span, snapshot.abilities.encoding) })
}

/// The address of a file of a project.
pub(crate) fn address(files: &Files, path: &str) -> Option<Uri> {
    Uri::from_file_path(files.root.join(path))
}
