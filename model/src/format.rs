//! Text on disk ⇄ values, and JSON of a world ⇄ the same values.
//!
//! Reading never fails: it returns what could be read and what is wrong with the rest. Writing
//! changes only what changed: keys we do not mirror, and their order, stay as a person left them.

pub mod blueprint;
pub mod world;

use serde_json::Value;

use crate::Problem;

/// Parses the JSON of `path`.
///
/// # Errors
/// `bad_json`, at the line and column where the text stops making sense.
pub fn parse_json(path: &str, text: &str) -> Result<Value, Problem> {
    // Editors on Windows may put a byte order mark first; it is not part of the JSON.
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| {
        let full = error.to_string();
        let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
        Problem::file("bad_json", path, format!("this is not JSON: {message}"))
            .at(u32::try_from(error.line()).unwrap_or(0), u32::try_from(error.column()).unwrap_or(0))
            .help("fix the file; until then the world keeps what it has")
    })
}

/// Two-space indented, with a final newline: how every tool of this family writes JSON.
#[must_use]
pub fn print_json(value: &Value) -> String {
    format!("{value:#}\n")
}
