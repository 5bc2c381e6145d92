//! [`AssetName`]: bytes in a world, named by their content: `<sha256>.<ext>`.

use std::fmt;
use std::str::FromStr;

use crate::Digest;

/// The name under which a world keeps bytes: their digest and a lower-case extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetName {
    /// The digest of the bytes.
    pub digest: Digest,
    /// The extension without its dot, lower-case.
    pub extension: String,
}

/// Text that is no `[asset://]<sha256>.<ext>`. Worlds also have built-ins with plain names
/// (`asset://empty.glb`): those are references, but not names we can verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not asset://<sha256>.<ext>")]
pub struct BadAssetName(String);

/// The scheme every reference to an asset starts with.
pub const SCHEME: &str = "asset://";

impl AssetName {
    /// The name of `digest` for a file called `file_name`. Extensions are lower-cased, as the world
    /// stores them; a name without a dot becomes its own extension, also as the world does it.
    #[must_use]
    pub fn new(digest: Digest, file_name: &str) -> AssetName {
        let name = file_name.rsplit('/').next().unwrap_or(file_name);
        let extension = name.rsplit('.').next().unwrap_or(name).to_lowercase();
        AssetName { digest, extension }
    }

    /// `asset://<sha256>.<ext>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{SCHEME}{self}")
    }
}

impl fmt::Display for AssetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.digest, self.extension)
    }
}

impl FromStr for AssetName {
    type Err = BadAssetName;

    fn from_str(text: &str) -> Result<AssetName, BadAssetName> {
        let bad = || BadAssetName(text.to_owned());
        let name = text.strip_prefix(SCHEME).unwrap_or(text);
        let (digest, extension) = name.split_once('.').ok_or_else(bad)?;
        let plain =
            !extension.is_empty() && extension.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        match digest.parse() {
            Ok(digest) if plain => Ok(AssetName { digest, extension: extension.to_owned() }),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_lower_cases_extensions() {
        let digest = Digest::of(b"");
        assert_eq!(AssetName::new(digest, "lib/Main.JS").to_string(), format!("{digest}.js"));
        assert_eq!(AssetName::new(digest, "README").extension, "readme");
    }

    #[test]
    fn only_content_names_parse() {
        let name = AssetName::new(Digest::of(b"x"), "a.glb");
        assert_eq!(name.url().parse(), Ok(name.clone()));
        assert_eq!(name.to_string().parse(), Ok(name));
        for bad in ["asset://empty.glb", "asset://../x.js", "http://x", ""] {
            assert!(bad.parse::<AssetName>().is_err(), "{bad}");
        }
    }
}
