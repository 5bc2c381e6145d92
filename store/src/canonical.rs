//! Which JSON can be kept: payloads have the canonical form of [`bowline_model::canonical`] (so that
//! equal payloads have equal checksums everywhere) and nothing in them would be lost by it.
//!
//! Whole numbers that JavaScript cannot hold exactly are refused: the form rounds them, and two of
//! them would share one checksum. What nests too deep is refused, because no reader gets it back.

use bowline_model::canonical;
use serde_json::{Number, Value};

/// Deepest nesting of arrays and objects that is kept. JSON readers stop at 128 (ours too): what is
/// deeper could be written but never read back.
pub const DEPTH_MAX: usize = 120;

/// A value without a canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("it nests deeper than {DEPTH_MAX} levels")]
    Deep,
    /// A whole number beyond 2^53 that a JavaScript number would round.
    #[error("the number {0} is not exact in JavaScript; write it as a string")]
    Inexact(String),
}

/// The canonical JSON of `value`.
///
/// # Errors
/// If it nests too deep, or holds a whole number that is not exact as a 64-bit float.
pub fn canonical_json(value: &Value) -> Result<String, NotCanonical> {
    // Depth first: what follows recurses as deep as the value goes.
    check_depth(value)?;
    check_numbers(value)?;
    Ok(canonical::text(value))
}

/// Whether `value` is shallow enough to be read back. World rows need no more than this: they are
/// free JSON that the store never hashes by meaning.
///
/// # Errors
/// [`NotCanonical::Deep`].
pub fn check_depth(value: &Value) -> Result<(), NotCanonical> {
    depth_within(value, DEPTH_MAX).then_some(()).ok_or(NotCanonical::Deep)
}

fn depth_within(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left > 0 && items.iter().all(|it| depth_within(it, left - 1)),
        Value::Object(map) => left > 0 && map.values().all(|it| depth_within(it, left - 1)),
        _ => true,
    }
}

fn check_numbers(value: &Value) -> Result<(), NotCanonical> {
    match value {
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(map) => map.values().try_for_each(check_numbers),
        Value::Number(number) if !is_exact(number) => Err(NotCanonical::Inexact(number.to_string())),
        _ => Ok(()),
    }
}

fn is_exact(number: &Number) -> bool {
    let Some(float) = number.as_f64() else { return false };
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    // Every whole f64 of this range fits an i128, so the cast back loses nothing.
    whole.is_none_or(|whole| float as i128 == whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(json: &str) -> String {
        match canonical_json(&serde_json::from_str(json).unwrap()) {
            Ok(text) => text,
            Err(refused) => format!("refused: {refused}"),
        }
    }

    #[test]
    fn a_whole_number_that_javascript_rounds_is_refused() {
        assert_eq!(
            form("[9007199254740993]"),
            "refused: the number 9007199254740993 is not exact in JavaScript; write it as a string"
        );
        assert!(form("18446744073709551615").starts_with("refused"));
        assert!(form("-9223372036854775807").starts_with("refused"));
    }

    #[test]
    fn what_is_exact_is_kept_and_any_float_is() {
        assert_eq!(
            form("[9007199254740992,1152921504606846976,1e300,0.1,-0.0]"),
            "[9007199254740992,1152921504606847000,1e+300,0.1,0]"
        );
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| (1..depth).fold(json!([]), |inner, _| json!([inner]));
        assert!(canonical_json(&nested(DEPTH_MAX)).is_ok() && check_depth(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(canonical_json(&nested(DEPTH_MAX + 1)), Err(NotCanonical::Deep));
        assert_eq!(check_depth(&nested(DEPTH_MAX + 1)), Err(NotCanonical::Deep));
    }
}
