//! [`Problem`]: one thing wrong with a payload or a value, at a JSON pointer.
//!
//! Not [`bowline_model::Problem`], which is about a file and a line: a record may never have been in
//! a file. Whoever knows the file turns the pointer into a line.

use std::fmt;

use serde::Serialize;

/// What is wrong, where inside the JSON, what would be right, and the next step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Stable and searchable: `wrong_type`, `unknown_component`.
    pub code: &'static str,
    /// RFC 6901, from the root of what was read: `/fields/0/default`; empty for the whole.
    pub pointer: String,
    /// One sentence, no full stop.
    pub message: String,
    /// What would be accepted there.
    pub expected: Option<String>,
    /// What to do next, if we know.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at `pointer`.
    #[must_use]
    pub fn new(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Problem {
        let (pointer, message) = (pointer.into(), message.into());
        Problem { code, pointer, message, expected: None, help: None }
    }

    /// The same problem, saying what would be accepted.
    #[must_use]
    pub fn expected(self, expected: impl Into<String>) -> Problem {
        Problem { expected: Some(expected.into()), ..self }
    }

    /// The same problem, with the next step.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }

    /// The same problem, as one of the file (or the record) called `path`: it is about the whole of it.
    #[must_use]
    pub fn in_file(&self, path: &str) -> bowline_model::Problem {
        let place = if self.pointer.is_empty() { String::new() } else { format!("{}: ", self.pointer) };
        let expected = self.expected.as_ref().map_or(String::new(), |it| format!(" (expected {it})"));
        let message = format!("{place}{}{expected}", self.message);
        let found = bowline_model::Problem::file(self.code, path, message);
        bowline_model::Problem { help: self.help.clone(), ..found }
    }

    /// The same problem, seen from further out: `below` is put before its pointer.
    #[must_use]
    pub fn below(self, below: &str) -> Problem {
        Problem { pointer: format!("{below}{}", self.pointer), ..self }
    }
}

/// `error[code] at /pointer: message`, `  expected: …`, `  help: …`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, pointer, message, .. } = self;
        match pointer.as_str() {
            "" => write!(f, "error[{code}]: {message}")?,
            _ => write!(f, "error[{code}] at {pointer}: {message}")?,
        }
        for (word, text) in [("expected", &self.expected), ("help", &self.help)] {
            if let Some(text) = text {
                write!(f, "\n  {word}: {text}")?;
            }
        }
        Ok(())
    }
}

/// The pointer of member `key` of what is at `pointer`.
#[must_use]
pub fn child(pointer: &str, key: impl fmt::Display) -> String {
    let key = key.to_string().replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{key}")
}
