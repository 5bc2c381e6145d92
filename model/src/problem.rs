//! [`Problem`]: one finding the user can act on, the same words in every place that reports it.

use std::fmt;

/// What is wrong, where, and the next step. The terminal, the editor and the control API all show
/// this and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Stable and searchable: `unsupported_import`, `bad_json`.
    pub code: &'static str,
    /// The file, as the project spells it; empty when it is about no file.
    pub path: String,
    /// 1-based; 0 when it is about the whole file.
    pub line: u32,
    /// 1-based, in UTF-16 units as editors count; 0 when it is about the whole line.
    pub column: u32,
    /// One sentence, no full stop.
    pub message: String,
    /// What to do next, if we know.
    pub help: Option<String>,
}

impl Problem {
    /// A problem with a whole file.
    #[must_use]
    pub fn file(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { code, path: path.into(), line: 0, column: 0, message: message.into(), help: None }
    }

    /// The same problem, at a place.
    #[must_use]
    pub fn at(self, line: u32, column: u32) -> Problem {
        Problem { line, column, ..self }
    }

    /// The same problem, with the next step.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }
}

/// `error[code]: message`, `  at path:line:column`, `  help: …`: the one rendering.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        match (self.path.as_str(), self.line, self.column) {
            ("", ..) => (),
            (path, 0, _) => write!(f, "\n  at {path}")?,
            (path, line, 0) => write!(f, "\n  at {path}:{line}")?,
            (path, line, column) => write!(f, "\n  at {path}:{line}:{column}")?,
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}
