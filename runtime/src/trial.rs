//! [`run`]: tests people write for their worlds: a file of tests, each in a world of its own that is made
//! fresh for it.
//!
//! A test is outside the world it tests. Its engine is none of the world's: what it asks for (a tick, an
//! entity, what was logged) is answered between two ticks, and nothing of a test is in the state hash. So
//! a tick inside a test is a plain call, and the same test ends the same way on every machine.
//!
//! Read `trial/stage.rs` (what can be asked, the same for both languages), then `trial/prelude.js` and
//! `trial/prelude.luau` (how a test asks it).

mod javascript;
mod luau;
mod stage;

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_model::{Problem, ProjectPath};
use bowline_script::{Root, resolve};

use crate::room::Room;
use stage::Stage;

/// How often an engine may ask whether it may go on, between two calls into the world: some seconds of a
/// loop that does nothing else.
const POLLS_MAX: u64 = 10_000;

/// Bytes a file of tests may hold.
const MEMORY: usize = 256 << 20;

/// One file of tests, with everything it may import.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// The app it lies in; empty for one that lies in none.
    pub app: String,
    /// Its own key among the files.
    pub entry: ProjectPath,
    /// Where each file is in the project, and its text, by key.
    pub files: BTreeMap<ProjectPath, (String, Arc<str>)>,
}

impl TestFile {
    fn root(&self) -> Root {
        Root {
            blueprint: if self.app.is_empty() { "tests".to_owned() } else { self.app.clone() },
            version: 0,
        }
    }

    fn path(&self) -> &str {
        self.path_of(&self.entry)
    }

    fn path_of<'a>(&'a self, key: &'a ProjectPath) -> &'a str {
        self.files.get(key).map_or(key.as_str(), |it| &it.0)
    }

    fn text(&self, key: &ProjectPath) -> Option<&str> {
        self.files.get(key).map(|it| &*it.1)
    }

    /// The key an import means.
    fn target(&self, importer: &ProjectPath, specifier: &str) -> Result<ProjectPath, String> {
        resolve(importer, specifier, &self.root(), &self.files).map_err(|it| it.to_string())
    }

    fn problem(&self, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::file(code, self.path(), message)
    }
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// Its name.
    pub name: String,
    /// How.
    pub outcome: Outcome,
    /// How many ticks its world made.
    pub ticks: u64,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// As it should.
    Passed,
    /// It was not run: it says so, or another says that only it shall be.
    Skipped,
    /// Why it did not.
    Failed(Problem),
}

/// Which tests are run, in which world, and who is told.
pub struct Trial<'a> {
    /// Only tests with this in their name.
    pub filter: Option<&'a str>,
    /// A new room, as the project makes it.
    pub fresh: &'a dyn Fn() -> Room,
    /// Hears of every test when it has ended.
    pub told: &'a mut dyn FnMut(Tested),
}

/// Runs the tests of a file, one after the other.
///
/// # Errors
/// Why there are no tests to run: the file does not compile, or threw outside of a test.
pub fn run(file: &TestFile, trial: Trial<'_>) -> Result<(), Problem> {
    if file.entry.extension().is_some_and(|it| it.eq_ignore_ascii_case("luau")) {
        luau::run(file, trial)
    } else {
        javascript::run(file, trial)
    }
}

/// A test as its file declares it.
struct Declared {
    name: String,
    skipped: bool,
}

/// Runs those that are to be run; `call` runs one by its number in the world it is given.
fn each(
    declared: Vec<Declared>,
    trial: Trial<'_>,
    mut call: impl FnMut(usize, Stage) -> (Result<(), Problem>, Stage),
) {
    let wanted = |it: &Declared| trial.filter.is_none_or(|filter| it.name.contains(filter));
    for (number, test) in declared.into_iter().enumerate().filter(|it| wanted(&it.1)) {
        if test.skipped {
            (trial.told)(Tested { name: test.name, outcome: Outcome::Skipped, ticks: 0 });
            continue;
        }
        let (ended, stage) = call(number, Stage::new((trial.fresh)()));
        let outcome = match ended.and_then(|()| stage.crashed()) {
            Ok(()) => Outcome::Passed,
            Err(problem) => Outcome::Failed(problem),
        };
        (trial.told)(Tested { name: test.name, outcome, ticks: stage.now() });
    }
}

/// The innermost place in `text`, a stack or a message, that is in a file of the test's.
fn place(file: &TestFile, text: &str) -> Option<(String, u32, u32)> {
    let prefix = file.root().to_string();
    let mut rest = text;
    while let Some(at) = rest.find(&prefix) {
        rest = &rest[at + prefix.len()..];
        let mut parts = rest.split(['\n', ')', ' ', '"']).next().unwrap_or_default().split(':');
        let key = parts.next().and_then(|it| ProjectPath::parse(it).ok());
        let mut number = || parts.next().and_then(|it| it.parse::<u32>().ok());
        if let (Some(key), Some(line)) = (key, number()) {
            return Some((file.path_of(&key).to_owned(), line, number().unwrap_or(0)));
        }
    }
    None
}

#[cfg(test)]
mod tests;
