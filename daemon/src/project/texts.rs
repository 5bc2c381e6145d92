//! What each content says, parsed once per content: script facts, and the text of all other files.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::layout::{self, Place};
use bowline_model::{Digest, Problem, ProjectPath};
use bowline_script::Facts;

/// Facts depend on the extension (TypeScript or not) and on nothing else of the path.
type FactsKey = (Digest, String);

/// Contents already understood.
#[derive(Default)]
pub(crate) struct Texts {
    facts: BTreeMap<FactsKey, Facts>,
    plain: BTreeMap<Digest, String>,
}

impl Texts {
    /// Whether this content of `path` needs no reading.
    pub(crate) fn knows(&self, path: &ProjectPath, digest: &Digest) -> bool {
        match layout::place(path) {
            Place::AppScript { .. } | Place::SharedScript { .. } => {
                self.facts.contains_key(&key(path, *digest))
            }
            _ => self.plain.contains_key(digest),
        }
    }

    /// Understands a content of `path`.
    pub(crate) fn learn(&mut self, path: &ProjectPath, bytes: &[u8]) {
        let digest = Digest::of(bytes);
        let text = std::str::from_utf8(bytes);
        match layout::place(path) {
            Place::AppScript { .. } | Place::SharedScript { .. } => {
                let facts =
                    text.map_or_else(|error| not_text(bytes, error), |it| bowline_script::facts(path, it));
                self.facts.insert(key(path, digest), facts);
            }
            // JSON that is not UTF-8 is broken JSON: the parser says so at its place.
            _ => drop(self.plain.insert(digest, String::from_utf8_lossy(bytes).into_owned())),
        }
    }

    /// What a script says.
    pub(crate) fn facts(&self, path: &ProjectPath, digest: Digest) -> Option<&Facts> {
        self.facts.get(&key(path, digest))
    }

    /// The text of a file that is no script of an app.
    pub(crate) fn plain(&self, digest: &Digest) -> Option<&str> {
        self.plain.get(digest).map(String::as_str)
    }

    /// Forgets every content but these.
    pub(crate) fn keep(&mut self, held: &BTreeSet<Digest>) {
        self.facts.retain(|(digest, _), _| held.contains(digest));
        self.plain.retain(|digest, _| held.contains(digest));
    }
}

fn key(path: &ProjectPath, digest: Digest) -> FactsKey {
    (digest, path.extension().unwrap_or_default().to_lowercase())
}

/// A world would read such a script with replacement characters in it, and tools that echo it back
/// would write those to disk. So it is not deployed; the file itself is left exactly as it is.
fn not_text(bytes: &[u8], error: std::str::Utf8Error) -> Facts {
    let before = &bytes[..error.valid_up_to()];
    let line = before.iter().filter(|it| **it == b'\n').count() + 1;
    let problem = Problem::file("invalid_utf8", "", "this script is not UTF-8 text")
        .at(u32::try_from(line).unwrap_or(0), 0)
        .help("save the file as UTF-8; until then the world keeps the version it has");
    Facts { problems: vec![problem], ..Facts::default() }
}
