//! [`resolve`]: what an import means, by the rules every world of the family shares.
//!
//! A script can reach its own files and the shared ones it was deployed with, nothing else. Keys
//! are exact: no extension is added, no `index.js` is guessed. The one exception is the language's own
//! habit: a Luau file may leave out the `.luau` of a Luau file. All files of a script are of one
//! language family.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bowline_model::{Problem, ProjectPath};

use crate::luau::{EXTENSION, is_luau};

const SCHEME: &str = "app://";

/// Whose script a module belongs to: the script root's blueprint, not the variant's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Root {
    /// The blueprint id.
    pub blueprint: String,
    /// Its version; what is not a finite number counts as 0.
    pub version: u64,
}

impl Root {
    /// `app://<blueprint>@<version>/<key>`: what an engine calls the module, and what its stacks say.
    #[must_use]
    pub fn specifier(&self, key: &ProjectPath) -> String {
        format!("{self}{key}")
    }

    /// The key inside this root that a full specifier names.
    ///
    /// # Errors
    /// `invalid_module_specifier` or `cross_app_import_not_allowed`.
    pub fn key_of(&self, specifier: &str) -> Result<ProjectPath, ImportError> {
        let parts = parts(specifier);
        let key = parts.and_then(|(_, _, path)| ProjectPath::parse(path).ok());
        let (Some((blueprint, version, _)), Some(key)) = (parts, key) else {
            return Err(ImportError::InvalidModuleSpecifier(specifier.to_owned()));
        };
        if blueprint == self.blueprint && version == self.version.to_string() {
            Ok(key)
        } else {
            Err(ImportError::CrossApp(specifier.to_owned()))
        }
    }
}

/// The specifier without its key: `app://<blueprint>@<version>/`.
impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}@{}/", self.blueprint, self.version)
    }
}

/// Blueprint, version and key of `app://<blueprint>@<version>/<key>`. A blueprint id may hold `@`
/// but no `/`.
#[must_use]
pub fn parts(specifier: &str) -> Option<(&str, &str, &str)> {
    let (owner, key) = specifier.strip_prefix(SCHEME)?.split_once('/')?;
    let (blueprint, version) = owner.rsplit_once('@')?;
    let all = !blueprint.is_empty() && !version.is_empty() && !key.is_empty();
    all.then_some((blueprint, version, key))
}

/// The keys a script has. Anything ordered by [`ProjectPath`] will do.
pub trait Keys {
    /// Whether there is such a key, exactly.
    fn has(&self, key: &str) -> bool;
    /// Every key, in order.
    fn keys(&self) -> Vec<&ProjectPath>;
}

impl<T> Keys for BTreeMap<ProjectPath, T> {
    fn has(&self, key: &str) -> bool {
        self.contains_key(key)
    }
    fn keys(&self) -> Vec<&ProjectPath> {
        self.keys().collect()
    }
}

impl Keys for BTreeSet<ProjectPath> {
    fn has(&self, key: &str) -> bool {
        self.contains(key)
    }
    fn keys(&self) -> Vec<&ProjectPath> {
        self.iter().collect()
    }
}

/// Why an import means nothing. `Display` is the world's own wording, `code:specifier`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// An `app://` specifier that is none.
    #[error("invalid_module_specifier:{0}")]
    InvalidModuleSpecifier(String),
    /// Another app's file, or another version of this one's.
    #[error("cross_app_import_not_allowed:{0}")]
    CrossApp(String),
    /// A relative import that climbs out of the script, has a backslash or names no file.
    #[error("invalid_relative_import:{0}")]
    InvalidRelative(String),
    /// A bare name, a URL, an absolute path.
    #[error("unsupported_import:{0}")]
    Unsupported(String),
    /// JavaScript wants Luau, or Luau JavaScript.
    #[error("import_of_another_language:{key}")]
    AnotherLanguage {
        /// The file that is wanted.
        key: String,
    },
    /// A file the script does not have.
    #[error("module_not_found:{key}")]
    NotFound {
        /// What was looked for.
        key: String,
        /// What to try instead.
        help: Option<String>,
    },
}

impl ImportError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ImportError::InvalidModuleSpecifier(_) => "invalid_module_specifier",
            ImportError::CrossApp(_) => "cross_app_import_not_allowed",
            ImportError::InvalidRelative(_) => "invalid_relative_import",
            ImportError::Unsupported(_) => "unsupported_import",
            ImportError::AnotherLanguage { .. } => "import_of_another_language",
            ImportError::NotFound { .. } => "module_not_found",
        }
    }

    /// The finding, in the file whose import it is; the caller knows the line.
    #[must_use]
    pub fn problem(&self, path: &str) -> Problem {
        let (message, help) = match self {
            ImportError::InvalidModuleSpecifier(it) => (
                format!("`{it}` is not app://<blueprint>@<version>/<file>"),
                Some("use a relative import".to_owned()),
            ),
            ImportError::CrossApp(it) => (
                format!("`{it}` belongs to another app"),
                Some("put what both apps need into shared/ and import it as `@shared/…`".to_owned()),
            ),
            ImportError::InvalidRelative(it) => (
                format!("`{it}` does not name a file of this script"),
                Some("stay inside the app's folder and separate folders with `/`".to_owned()),
            ),
            ImportError::Unsupported(it) => (
                format!("`{it}` cannot be imported in a world"),
                Some("only `./…`, `../…` and `@shared/…` can; copy the code into the project".to_owned()),
            ),
            ImportError::AnotherLanguage { key } => (
                format!("`{key}` is in another language than this script"),
                Some("apps in different languages talk by messages: app.emit and world.on".to_owned()),
            ),
            ImportError::NotFound { key, help } => (format!("there is no file `{key}`"), help.clone()),
        };
        Problem { help, ..Problem::file(self.code(), path, message) }
    }
}

/// The key that `specifier`, written in the file `importer`, stands for.
///
/// # Errors
/// Everything [`ImportError`] lists; `module_not_found` names what may have been meant.
pub fn resolve(
    importer: &ProjectPath,
    specifier: &str,
    root: &Root,
    keys: &impl Keys,
) -> Result<ProjectPath, ImportError> {
    let key = if specifier.starts_with(SCHEME) {
        root.key_of(specifier)?
    } else if let Some(rest) = shared_part(specifier) {
        shared_key(specifier, rest, keys)?
    } else if specifier.starts_with("./") || specifier.starts_with("../") {
        relative(importer, specifier)?
    } else {
        return Err(ImportError::Unsupported(specifier.to_owned()));
    };
    let key = match with_ending(importer, &key) {
        Some(whole) if keys.has(whole.as_str()) => whole,
        _ => key,
    };
    if !keys.has(key.as_str()) {
        return Err(not_found(&key, keys));
    }
    if is_luau(importer) != is_luau(&key) {
        return Err(ImportError::AnotherLanguage { key: key.to_string() });
    }
    Ok(key)
}

/// What a Luau file means by a name without its ending.
fn with_ending(importer: &ProjectPath, key: &ProjectPath) -> Option<ProjectPath> {
    (is_luau(importer) && !is_luau(key)).then(|| ProjectPath::parse(&format!("{key}.{EXTENSION}")).ok())?
}

fn shared_part(specifier: &str) -> Option<&str> {
    specifier.strip_prefix("@shared/").or_else(|| specifier.strip_prefix("shared/"))
}

fn shared_key(specifier: &str, rest: &str, keys: &impl Keys) -> Result<ProjectPath, ImportError> {
    let parse = |spelling: String| {
        ProjectPath::parse(&spelling).map_err(|_| ImportError::Unsupported(specifier.to_owned()))
    };
    let (preferred, fallback) = (parse(format!("@shared/{rest}"))?, parse(format!("shared/{rest}"))?);
    let old_style = !keys.has(preferred.as_str()) && keys.has(fallback.as_str());
    Ok(if old_style { fallback } else { preferred })
}

fn relative(importer: &ProjectPath, specifier: &str) -> Result<ProjectPath, ImportError> {
    let invalid = || ImportError::InvalidRelative(specifier.to_owned());
    if specifier.contains('\\') {
        return Err(invalid());
    }
    let folder = importer.parent();
    let mut segments: Vec<&str> = folder.iter().flat_map(|it| it.as_str().split('/')).collect();
    for segment in specifier.split('/') {
        match segment {
            "" | "." => (),
            ".." => {
                segments.pop().ok_or_else(invalid)?;
            }
            name => segments.push(name),
        }
    }
    ProjectPath::parse(&segments.join("/")).map_err(|_| invalid())
}

fn not_found(key: &ProjectPath, keys: &impl Keys) -> ImportError {
    ImportError::NotFound { key: key.to_string(), help: near(key, keys) }
}

/// What the author may have meant: worlds take names literally where other tools guess.
fn near(key: &ProjectPath, keys: &impl Keys) -> Option<String> {
    let wanted = key.as_str();
    for extension in [".js", ".ts", ".luau"] {
        if keys.has(&format!("{wanted}{extension}")) {
            return Some(format!("add {extension}: `{wanted}{extension}` exists, and names are exact"));
        }
    }
    let stem = wanted.rsplit_once('.').map_or(wanted, |(stem, _)| stem);
    let twin = if wanted.ends_with(".js") { format!("{stem}.ts") } else { format!("{stem}.js") };
    if keys.has(&twin) {
        return Some(format!("`{twin}` exists: import it by that name, names are exact"));
    }
    for inside in ["index.js", "index.luau", "init.luau"] {
        if keys.has(&format!("{wanted}/{inside}")) {
            return Some(format!("`{wanted}` is a folder: import `{wanted}/{inside}`"));
        }
    }
    let all = keys.keys();
    let folded = all.iter().find(|it| it.fold_key() == key.fold_key());
    let same_name = all.iter().find(|it| it.file_name() == key.file_name());
    match (folded, same_name) {
        (Some(it), _) => Some(format!("`{it}` is spelled differently: upper and lower case count")),
        (None, Some(it)) => Some(format!("did you mean `{it}`")),
        (None, None) if key.below("@shared").is_some() => {
            Some(format!("the project has no file shared/{}", key.below("@shared").unwrap_or_default()))
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
