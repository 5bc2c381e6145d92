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
    /// Who called the place where it went wrong, innermost first; empty when nobody did.
    pub chain: Vec<Frame>,
}

/// One call on the way to a problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame {
    /// The file, as the project spells it.
    pub path: String,
    /// 1-based; 0 when it is not known.
    pub line: u32,
    /// 1-based; 0 when it is not known.
    pub column: u32,
    /// The function the call is in; empty when it has no name.
    pub function: String,
}

impl Problem {
    /// A problem with a whole file.
    #[must_use]
    pub fn file(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem {
            code,
            path: path.into(),
            line: 0,
            column: 0,
            message: message.into(),
            help: None,
            chain: Vec::new(),
        }
    }

    /// The same problem, at a place.
    #[must_use]
    pub fn at(self, line: u32, column: u32) -> Problem {
        Problem { line, column, ..self }
    }

    /// `path`, `path:line` or `path:line:column`, as far as it is known.
    #[must_use]
    pub fn place(&self) -> String {
        Place(&self.path, self.line, self.column).to_string()
    }

    /// The same problem, with the next step.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }
}

/// `path`, `path:line`, `path:line:column`, as far as it is known.
struct Place<'a>(&'a str, u32, u32);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Place(path, 0, _) => f.write_str(path),
            Place(path, line, 0) => write!(f, "{path}:{line}"),
            Place(path, line, column) => write!(f, "{path}:{line}:{column}"),
        }
    }
}

/// `error[code]: message`, `  at path:line:column`, `  from path:line:column in function`,
/// `  help: …`: the one rendering.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        if !self.path.is_empty() {
            write!(f, "\n  at {}", Place(&self.path, self.line, self.column))?;
        }
        for Frame { path, line, column, function } in &self.chain {
            write!(f, "\n  from {}", Place(path, *line, *column))?;
            if !function.is_empty() {
                write!(f, " in {function}")?;
            }
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}
