//! TypeScript to JavaScript by blanking the types: every line and column stays where it is.

use std::sync::{Arc, Mutex, PoisonError};

use bowline_model::{Problem, ProjectPath};
use swc_common::errors::{DiagnosticBuilder, Emitter, Handler, HandlerFlags};
use swc_common::sync::Lrc;
use swc_common::{FilePathMapping, SourceMap};
use swc_ecma_parser::TsSyntax;
use swc_ts_fast_strip::{ErrorCode, Mode, Options, operate};

use crate::parse::{self, sentence};
use crate::place::Lines;

/// The text with types replaced by spaces.
///
/// # Errors
/// `unsupported_typescript` for syntax that is more than types, `syntax_error` for what does not
/// parse; each at its place.
pub(crate) fn types(path: &ProjectPath, source: &str) -> Result<String, Vec<Problem>> {
    parse::guarded(path, source, || blank(path, source)).map_err(|problem| vec![problem])?
}

fn blank(path: &ProjectPath, source: &str) -> Result<String, Vec<Problem>> {
    let found = Arc::new(Mutex::new(Vec::new()));
    let flags = HandlerFlags { can_emit_warnings: false, ..HandlerFlags::default() };
    let handler = Handler::with_emitter_and_flags(Box::new(Collector(Arc::clone(&found))), flags);
    let sources = Lrc::new(SourceMap::new(FilePathMapping::empty()));
    let options = Options {
        module: Some(true),
        mode: Mode::StripOnly,
        parser: TsSyntax::default(),
        ..Options::default()
    };
    let error = match operate(&sources, &handler, source.to_owned(), options) {
        Ok(output) => return Ok(output.code),
        Err(error) => error,
    };
    let code = match error.code {
        ErrorCode::UnsupportedSyntax => "unsupported_typescript",
        _ => "syntax_error",
    };
    let lines = Lines::new(source);
    let found = found.lock().unwrap_or_else(PoisonError::into_inner);
    let mut problems: Vec<Problem> = found
        .iter()
        .map(|(offset, message)| {
            let place = lines.place(*offset);
            let problem = Problem::file(code, path.as_str(), sentence(message)).at(place.line, place.column);
            if code == "syntax_error" {
                problem
            } else {
                problem.help("types are removed, not translated: write it in plain JavaScript")
            }
        })
        .collect();
    if problems.is_empty() {
        problems.push(Problem::file(code, path.as_str(), sentence(&error.message)));
    }
    Err(problems)
}

/// Keeps what the stripper would print. Shared, because the handler owns its emitter.
struct Collector(Arc<Mutex<Vec<(usize, String)>>>);

impl Emitter for Collector {
    fn emit(&mut self, found: &mut DiagnosticBuilder<'_>) {
        let offset = found.span.primary_span().map_or(0, parse::start);
        let message = found.message();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((offset, message));
    }
}
