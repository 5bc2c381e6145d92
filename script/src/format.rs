//! [`ScriptFormat`]: whether a script's entry is a module or the inside of a function.

use std::fmt;

use bowline_model::Problem;

use crate::Facts;

/// How the entry of a script is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScriptFormat {
    /// An ES module whose default export is the entry function.
    Module,
    /// The inside of that function.
    LegacyBody,
}

/// A `scriptFormat` no world knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid_script_format:{0}")]
pub struct InvalidFormat(pub String);

impl InvalidFormat {
    /// The finding, for the file that says so.
    #[must_use]
    pub fn problem(&self, path: &str) -> Problem {
        Problem::file("invalid_script_format", path, format!("`{}` is no script format", self.0))
            .help("use \"module\" or \"legacy-body\"")
    }
}

impl ScriptFormat {
    /// As worlds and files spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ScriptFormat::Module => "module",
            ScriptFormat::LegacyBody => "legacy-body",
        }
    }

    /// As a running world reads the field: missing is a legacy body.
    ///
    /// # Errors
    /// A word that is neither `module` nor `legacy-body`.
    pub fn declared(field: Option<&str>) -> Result<ScriptFormat, InvalidFormat> {
        match field {
            None | Some("legacy-body") => Ok(ScriptFormat::LegacyBody),
            Some("module") => Ok(ScriptFormat::Module),
            Some(other) => Err(InvalidFormat(other.to_owned())),
        }
    }
}

/// As a deploy decides it: what the blueprint file declares, else by content. A file that does not
/// parse counts as a legacy body, as existing tools have it.
///
/// # Errors
/// A declared word that is no format.
pub fn format(declared: Option<&str>, entry: &Facts) -> Result<ScriptFormat, InvalidFormat> {
    match declared {
        None if entry.has_default_export => Ok(ScriptFormat::Module),
        declared => ScriptFormat::declared(declared),
    }
}

/// The word in a blueprint's `scriptFormat`.
impl fmt::Display for ScriptFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_format_means_one_thing_to_a_world_and_another_to_a_deploy() {
        let module = Facts { has_default_export: true, ..Facts::default() };
        let body = Facts::default();
        assert_eq!(ScriptFormat::declared(None), Ok(ScriptFormat::LegacyBody));
        assert_eq!(format(None, &module), Ok(ScriptFormat::Module));
        assert_eq!(format(None, &body), Ok(ScriptFormat::LegacyBody));
        assert_eq!(format(Some("legacy-body"), &module), Ok(ScriptFormat::LegacyBody));
        assert_eq!(format(Some("module"), &body), Ok(ScriptFormat::Module));
        assert_eq!(format(Some("esm"), &module).unwrap_err().to_string(), "invalid_script_format:esm");
    }
}
