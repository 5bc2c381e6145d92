//! What goes to standard output: text for people, JSON for programs. The only place that prints.

use std::io::Write as _;

use crate::report::Report;
use crate::request::Answer;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Prints an answer.
pub(crate) fn answer(answer: &Answer, format: Format) {
    match format {
        Format::Json => line(&answer.json.to_string()),
        Format::Text if answer.text.is_empty() => (),
        Format::Text => line(answer.text.trim_end()),
    }
}

/// Prints an error: to standard error for people, as the last JSON line for programs.
pub(crate) fn report(report: &Report, format: Format) {
    match format {
        Format::Json => line(&report.json().to_string()),
        Format::Text => {
            let mut out = std::io::stderr().lock();
            ignore_closed(writeln!(out, "{report}"));
        }
    }
}

/// Prints one line and flushes it: programs wait for it.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    ignore_closed(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// A reader that went away (`bowline logs | head`) is no error of ours, and there is nowhere left to
/// say so.
fn ignore_closed(result: std::io::Result<()>) {
    drop(result);
}
