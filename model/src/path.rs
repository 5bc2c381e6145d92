//! [`ProjectPath`]: one spelling per file.
//!
//! Paths come from four places (disk, the world, scripts, the editor) and each spells them its own
//! way; ids and file maps from a world are not to be trusted at all. They are checked once, here,
//! so that `==` means "the same file" and no join can leave the project.

use std::borrow::Borrow;
use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// A file of a project, or of an app: relative, `/`-separated, never empty, no empty, `.` or `..`
/// segment, no backslash, NUL or control character, and storable on every system we run on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectPath(String);

/// Why a spelling is no [`ProjectPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// Nothing, or only white space.
    #[error("the path is empty")]
    Empty,
    /// Starts with `/`, or with a drive letter.
    #[error("`{0}` is absolute; paths are relative to the project")]
    Absolute(String),
    /// Has a `..` segment.
    #[error("`{0}` climbs out with `..`")]
    Climbs(String),
    /// Has an empty or `.` segment.
    #[error("`{0}` has an empty or `.` segment")]
    Unnormalised(String),
    /// Uses `\`.
    #[error("`{0}` uses a backslash; separate folders with `/`")]
    Backslash(String),
    /// Has a name some system cannot store: `CON`, a trailing dot or space, `<>:"|?*`, control
    /// characters, or over 255 bytes.
    #[error("`{path}` has the name `{segment}`, which not every system can store")]
    Unstorable {
        /// The whole spelling.
        path: String,
        /// The segment at fault.
        segment: String,
    },
}

impl ProjectPath {
    /// Checks `spelling`. Nothing is repaired: a path that must be changed to be safe is refused,
    /// because the other side would go on using the old spelling.
    ///
    /// # Errors
    /// The first rule that `spelling` breaks.
    pub fn parse(spelling: &str) -> Result<ProjectPath, BadPath> {
        let whole = || spelling.to_owned();
        if spelling.trim().is_empty() {
            return Err(BadPath::Empty);
        }
        if spelling.contains('\\') {
            return Err(BadPath::Backslash(whole()));
        }
        if spelling.starts_with('/') || has_drive(spelling) {
            return Err(BadPath::Absolute(whole()));
        }
        for segment in spelling.split('/') {
            match segment {
                ".." => return Err(BadPath::Climbs(whole())),
                "" | "." => return Err(BadPath::Unnormalised(whole())),
                name if !storable(name) => {
                    return Err(BadPath::Unstorable { path: whole(), segment: name.to_owned() });
                }
                _ => (),
            }
        }
        Ok(ProjectPath(whole()))
    }

    /// The spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `self/rest`.
    ///
    /// # Errors
    /// If `rest` is no path.
    pub fn join(&self, rest: &str) -> Result<ProjectPath, BadPath> {
        ProjectPath::parse(&format!("{}/{rest}", self.0))
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder that holds it, or `None` at the top.
    #[must_use]
    pub fn parent(&self) -> Option<ProjectPath> {
        self.0.rsplit_once('/').map(|(parent, _)| ProjectPath(parent.to_owned()))
    }

    /// What follows the last dot of the file name, as spelled.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.file_name().rsplit_once('.').map(|(_, extension)| extension)
    }

    /// The rest of the path below `folder`, if it is inside.
    #[must_use]
    pub fn below(&self, folder: &str) -> Option<&str> {
        self.0.strip_prefix(folder)?.strip_prefix('/')
    }

    /// Two paths with one key are one file on a disk that folds case or normalises Unicode.
    #[must_use]
    pub fn fold_key(&self) -> String {
        // The same for nearly every path there is, in a tenth of the time.
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        self.0.nfc().flat_map(char::to_lowercase).nfc().collect()
    }
}

fn has_drive(spelling: &str) -> bool {
    let mut chars = spelling.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
}

/// Longest file name that common file systems take, in bytes.
const NAME_BYTES_MAX: usize = 255;

fn storable(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.as_bytes()[3].is_ascii_digit());
    !device
        && name.len() <= NAME_BYTES_MAX
        && !name.ends_with(['.', ' '])
        && !name.contains(|c: char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*'))
}

impl fmt::Display for ProjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for ProjectPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(spellings: &[&str], expect: Expect) {
        let lines: Vec<String> = spellings
            .iter()
            .map(|it| match ProjectPath::parse(it) {
                Ok(path) => format!("ok   {path}\n"),
                Err(bad) => format!("bad  {bad}\n"),
            })
            .collect();
        expect.assert_eq(&lines.concat());
    }

    #[test]
    fn every_rule_has_its_words() {
        check(
            &[
                "index.js",
                "lib/a b#c%.ts",
                "@shared/util.js",
                "ünï/x.js",
                "",
                "  ",
                "/etc/passwd",
                "C:/x",
                "../x.js",
                "a/../../x",
                "a//b",
                "./a",
                "a/",
                "a\\b",
                "con.js",
                "a/LPT1",
                "x.",
                "x ",
                "a?b",
            ],
            expect![[r#"
                ok   index.js
                ok   lib/a b#c%.ts
                ok   @shared/util.js
                ok   ünï/x.js
                bad  the path is empty
                bad  the path is empty
                bad  `/etc/passwd` is absolute; paths are relative to the project
                bad  `C:/x` is absolute; paths are relative to the project
                bad  `../x.js` climbs out with `..`
                bad  `a/../../x` climbs out with `..`
                bad  `a//b` has an empty or `.` segment
                bad  `./a` has an empty or `.` segment
                bad  `a/` has an empty or `.` segment
                bad  `a\b` uses a backslash; separate folders with `/`
                bad  `con.js` has the name `con.js`, which not every system can store
                bad  `a/LPT1` has the name `LPT1`, which not every system can store
                bad  `x.` has the name `x.`, which not every system can store
                bad  `x ` has the name `x `, which not every system can store
                bad  `a?b` has the name `a?b`, which not every system can store
            "#]],
        );
    }

    #[test]
    fn names_that_one_disk_folds_share_a_key() {
        let key = |it: &str| ProjectPath::parse(it).unwrap().fold_key();
        assert_eq!(key("Lib/Ünï.js"), key("lib/u\u{308}ni\u{308}.js"));
        assert_ne!(key("lib/a.js"), key("lib/b.js"));
    }

    proptest! {
        #[test]
        fn an_accepted_path_stays_inside(spelling in r"[a-z./\\:~ \PC]{0,24}") {
            if let Ok(path) = ProjectPath::parse(&spelling) {
                let joined = std::path::Path::new("/root").join(path.as_str());
                prop_assert!(joined.starts_with("/root") && joined != std::path::Path::new("/root"));
                prop_assert!(joined.components().all(|it| it != std::path::Component::ParentDir));
                prop_assert_eq!(ProjectPath::parse(path.as_str()), Ok(path));
            }
        }
    }
}
