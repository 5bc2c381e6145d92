//! The rules of this repository that neither the compiler nor clippy can know.
//!
//! Reading comes first and is the only part that touches the disk ([`repository::read`]); every rule is
//! a function from the [`Repository`] to findings. A new rule is a new file here and a line in [`RULES`].
//!
//! A message names the place, what is wrong, and what to do about it.

mod dependencies;
mod layers;
mod lengths;
mod names;
mod ratchet;
mod repository;
mod syntax;
mod text;

use std::fmt;
use std::path::Path;

use repository::Repository;

/// One thing to put right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// A path from the root of the repository, or the name of a function there.
    place: String,
    line: Option<usize>,
    message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding { place: place.into(), line: None, message: message.into() }
    }

    fn at(place: impl Into<String>, line: usize, message: impl Into<String>) -> Finding {
        Finding { line: Some(line), ..Finding::new(place, message) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

type Rule = fn(&Repository) -> Vec<Finding>;

const RULES: [Rule; 5] = [layers::check, dependencies::check, names::check, text::check, lengths::check];

/// Everything there is to put right in the repository at `root`, sorted by place.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    match repository::read(root) {
        Ok(files) => check_files(files),
        Err(error) => vec![Finding::new(root.display().to_string(), format!("cannot be read: {error}"))],
    }
}

fn check_files(files: repository::Files) -> Vec<Finding> {
    let (repository, mut findings) = Repository::parse(files);
    findings.extend(RULES.iter().flat_map(|rule| rule(&repository)));
    findings.sort();
    findings
}

#[cfg(test)]
mod tests {
    use super::{check, check_files};

    #[test]
    fn this_repository_is_tidy() {
        let findings: Vec<String> = check(&crate::root()).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    }

    /// What tidy says about the repository in `fixture`, a line per finding.
    #[must_use]
    pub(super) fn findings(fixture: &str) -> String {
        let found = check_files(bowline_fixtures::files(fixture));
        found.iter().map(|finding| format!("{finding}\n")).collect()
    }

    #[test]
    fn a_rust_file_that_does_not_parse_is_a_finding_and_no_panic() {
        let found = findings("//- /model/src/lib.rs\n//! Nouns.\nlet\n");
        assert!(found.starts_with("model/src/lib.rs: does not parse: expected "), "{found}");
    }
}
