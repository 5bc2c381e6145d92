//! `textDocument/diagnostic`, and what every problem looks like in the editor.

use bowline_analysis::check::{Finding, check};
use bowline_analysis::project::Project;
use bowline_analysis::text::{Encoding, Position, Span, Text};
use bowline_model::{Problem, ProjectPath};
use serde_json::json;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    Diagnostic, DiagnosticSeverity, DocumentDiagnosticReport, DocumentDiagnosticReportResult,
    FullDocumentDiagnosticReport, NumberOrString, Range, RelatedFullDocumentDiagnosticReport,
};

use crate::place::range;
use crate::problems::Known;
use crate::state::Snapshot;

/// What the protocol calls an answer that is to be asked for again.
const SERVER_CANCELLED: i64 = -32802;

/// What is wrong with the document.
pub(crate) fn of(snapshot: &Snapshot, known: &Known) -> Vec<Diagnostic> {
    let (problems, encoding) = (known.of(&snapshot.files, &snapshot.path), snapshot.abilities.encoding);
    let mut found: Vec<_> =
        problems.iter().map(|it| diagnostic(it, Some(&snapshot.text), encoding)).collect();
    found.extend(findings(&snapshot.files.project, &snapshot.path, encoding));
    found
}

/// What is certainly wrong about what a file names.
pub(crate) fn findings(project: &Project, path: &ProjectPath, encoding: Encoding) -> Vec<Diagnostic> {
    let Some(file) = project.id(path).and_then(|it| project.file(it)) else { return Vec::new() };
    let as_diagnostic = |it: Finding| Diagnostic {
        range: range(&file.text, it.span, encoding),
        ..plain(it.code, &it.message, it.help.as_deref())
    };
    check(project, path).into_iter().map(as_diagnostic).collect()
}

/// The answer, or that the editor shall ask again.
pub(crate) fn report(found: Result<Option<Vec<Diagnostic>>>) -> Result<DocumentDiagnosticReportResult> {
    let items = match found {
        Ok(items) => items.unwrap_or_default(),
        Err(error) if error.code == ErrorCode::ContentModified => {
            return Err(Error {
                code: ErrorCode::ServerError(SERVER_CANCELLED),
                message: "the text was edited meanwhile".into(),
                data: Some(json!({ "retriggerRequest": true })),
            });
        }
        Err(error) => return Err(error),
    };
    let full = FullDocumentDiagnosticReport { result_id: None, items };
    let report = RelatedFullDocumentDiagnosticReport {
        full_document_diagnostic_report: full,
        related_documents: None,
    };
    Ok(DocumentDiagnosticReportResult::Report(DocumentDiagnosticReport::Full(report)))
}

/// A problem as editors show it. The next step is part of the message: few editors show it otherwise.
pub(crate) fn diagnostic(problem: &Problem, text: Option<&Text>, encoding: Encoding) -> Diagnostic {
    Diagnostic {
        range: text.map_or_else(Range::default, |it| range(it, span(problem, it), encoding)),
        ..plain(problem.code, &problem.message, problem.help.as_deref())
    }
}

fn plain(code: &str, message: &str, help: Option<&str>) -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::ERROR),
        code: Some(NumberOrString::String(code.to_owned())),
        source: Some("bowline".to_owned()),
        message: match help {
            Some(help) => format!("{message}\n{help}"),
            None => message.to_owned(),
        },
        ..Diagnostic::default()
    }
}

/// What is underlined: the word, text or mark at its place; without a column its line, without a line the
/// first.
fn span(problem: &Problem, text: &Text) -> Span {
    let line = problem.line.saturating_sub(1);
    let place = |character| text.offset(Position { line, character }, Encoding::Utf16);
    let (start, end) = (place(problem.column.saturating_sub(1)), place(u32::MAX));
    let rest = text.slice(Span { start, end });
    if problem.column == 0 {
        let blank = rest.len() - rest.trim_start().len();
        return Span::new(start as usize + blank, end as usize);
    }
    Span::new(start as usize, start as usize + first_word(rest))
}

/// How long what `line` begins with is.
fn first_word(line: &str) -> usize {
    let is_letter = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
    let Some(first) = line.chars().next() else { return 0 };
    if matches!(first, '\'' | '"' | '`') {
        return line[1..].find(first).map_or(line.len(), |it| it + 2);
    }
    line.find(|it| !is_letter(it)).filter(|it| *it > 0).unwrap_or(match is_letter(first) {
        true => line.len(),
        false => first.len_utf8(),
    })
}
