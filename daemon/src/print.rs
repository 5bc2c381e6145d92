//! What goes to standard output: text for people, JSON for programs. The only place that prints.

use std::io::{IsTerminal as _, Write as _};

use crate::ask::Answer;
use crate::report::Report;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// What a line is about; on a terminal, its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    /// Something went well.
    Good,
    /// Something arrived from elsewhere.
    News,
    /// Worth a look.
    Warning,
    /// Needs a person.
    Bad,
}

/// Whether lines are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    On,
    Off,
}

impl Paint {
    /// Colours only for a person at a terminal who has not asked for none (no-color.org).
    pub(crate) fn of_terminal() -> Paint {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        // Old consoles of Windows print the codes themselves; those that do not set one of these.
        let can = match std::env::var("TERM") {
            Ok(term) => term != "dumb",
            Err(_) => cfg!(not(windows)) || std::env::var_os("WT_SESSION").is_some(),
        };
        if can && !refused && std::io::stdout().is_terminal() { Paint::On } else { Paint::Off }
    }

    /// The first line in colour; details below stay plain.
    pub(crate) fn on(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Plain => return text.to_owned(),
            Ink::Good => "32",
            Ink::News => "36",
            Ink::Warning => "33",
            Ink::Bad => "31",
        };
        match (self, text.split_once('\n')) {
            (Paint::Off, _) => text.to_owned(),
            (Paint::On, None) => format!("\x1b[{code}m{text}\x1b[0m"),
            (Paint::On, Some((first, rest))) => format!("\x1b[{code}m{first}\x1b[0m\n{rest}"),
        }
    }
}

/// Rows below each other, in columns as wide as they need; nothing hangs over at the end of a line.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    /// A cell wider than this pushes what follows it, instead of every other row.
    const WIDE: usize = 40;
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let widths = rows.iter().filter_map(|it| it.get(column)).map(|it| it.chars().count());
        widths.filter(|it| *it <= WIDE).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_is_coloured() {
        assert_eq!(Paint::On.on(Ink::Bad, "a\n  b"), "\x1b[31ma\x1b[0m\n  b");
        assert_eq!(Paint::Off.on(Ink::Bad, "a\n  b"), "a\n  b");
        assert_eq!(Paint::On.on(Ink::Plain, "a"), "a");
    }
}
