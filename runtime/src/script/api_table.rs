//! The interface scripts are written against, as data: names of globals, members and node fields.
//!
//! The prelude reads it to offer what this world does not do yet as members that do nothing.

/// `{reserved, globals, world, app, nodes}`.
pub(super) const JSON: &str = include_str!("prelude/api.json");
