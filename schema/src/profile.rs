//! [`Profile`]: which components something gets to see. A closed list: a component nobody listed is
//! not in any stream, however new and interesting it is.

use serde_json::{Value, json};

use crate::problem::Problem;
use crate::reader::Reader;

/// A list of components, for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name of its record: `core/profile/render`.
    pub slug: String,
    /// The version of its record.
    pub version: u32,
    /// Names of components, in the order they are sent; each once.
    pub components: Vec<String>,
}

impl Profile {
    /// Reads `payload`: `{"components": ["transform", "mesh"]}`.
    #[must_use]
    pub fn parse(slug: &str, version: u32, payload: &Value) -> (Profile, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut reader = Reader::new(payload, "", &mut problems);
        reader.required("components");
        let components = reader.names("components");
        reader.finish();
        (Profile { slug: slug.to_owned(), version, components }, problems)
    }

    /// The payload that reads as this profile.
    #[must_use]
    pub fn to_payload(&self) -> Value {
        json!({ "components": self.components })
    }

    /// What it is for: `render`.
    #[must_use]
    pub fn name(&self) -> &str {
        crate::scope::name_of(&self.slug, "profile")
    }
}
