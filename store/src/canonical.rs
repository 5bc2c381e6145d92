//! One byte form per JSON value, so that equal payloads have equal checksums everywhere.
//!
//! # The form, for an outside script
//!
//! * Object keys sorted by Unicode code point (the order of their UTF-8 bytes, *not* of their
//!   UTF-16 units), arrays as they are, nothing between the tokens.
//! * Strings: `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`, other controls below U+0020 as `\u00xx` in
//!   lower-case hex, everything else as itself.
//! * Numbers as JavaScript prints them: `1`, not `1.0`; `0` for `-0`; `1e+21`, `1e-7`; otherwise the
//!   shortest digits that read back as the same number.
//!
//! In JavaScript that is `JSON.stringify` with the keys sorted; in Python it is
//! `json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`, but for floats
//! that are whole (`90.0`, to be made ints first), below 1e-4 or above 1e16.
//!
//! Whole numbers that JavaScript cannot hold exactly have no such form and are refused: two of
//! them would share one checksum.

use serde_json::{Map, Number, Value};

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
    let mut out = String::new();
    write_value(value, 0, &mut out)?;
    Ok(out)
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

fn write_value(value: &Value, depth: usize, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Array(_) | Value::Object(_) if depth == DEPTH_MAX => return Err(NotCanonical::Deep),
        Value::Array(items) => write_array(items, depth + 1, out)?,
        Value::Object(map) => write_object(map, depth + 1, out)?,
        Value::Number(number) => write_number(exact(number)?, out),
        Value::String(text) => write_string(text, out),
        Value::Bool(_) | Value::Null => out.push_str(&value.to_string()),
    }
    Ok(())
}

fn write_array(items: &[Value], depth: usize, out: &mut String) -> Result<(), NotCanonical> {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_value(item, depth, out)?;
    }
    out.push(']');
    Ok(())
}

fn write_object(map: &Map<String, Value>, depth: usize, out: &mut String) -> Result<(), NotCanonical> {
    let mut entries: Vec<_> = map.iter().collect();
    // Bytes of UTF-8 sort as code points do; that is why the form is defined by code points.
    entries.sort_unstable_by_key(|(key, _)| key.as_bytes());
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        write_value(value, depth, out)?;
    }
    out.push('}');
    Ok(())
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn exact(number: &Number) -> Result<f64, NotCanonical> {
    let inexact = || NotCanonical::Inexact(number.to_string());
    let float = number.as_f64().ok_or_else(inexact)?;
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    // Every whole f64 of this range fits an i128, so the cast back loses nothing.
    if whole.is_some_and(|whole| float as i128 != whole) { Err(inexact()) } else { Ok(float) }
}

/// `Number::toString` of ECMAScript: the names of the variables are the specification's.
fn write_number(number: f64, out: &mut String) {
    if number == 0.0 {
        return out.push('0');
    }
    if number < 0.0 {
        out.push('-');
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').expect("{:e} prints an exponent");
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let n: i32 = exponent.parse::<i32>().expect("{:e} prints a whole exponent") + 1;
    let k = i32::try_from(digits.len()).expect("a float has at most 17 digits");
    let zeros = |count: i32| "0".repeat(count.unsigned_abs() as usize);
    let split = |at: i32| digits.split_at(at.unsigned_abs() as usize);
    match n {
        _ if k <= n && n <= 21 => out.push_str(&(digits.clone() + &zeros(n - k))),
        1..=21 => out.push_str(&format!("{}.{}", split(n).0, split(n).1)),
        -5..=0 => out.push_str(&format!("0.{}{digits}", zeros(n))),
        _ => {
            let point = if k > 1 { "." } else { "" };
            out.push_str(&format!("{}{point}{}e{:+}", split(1).0, split(1).1, n - 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn form(json: &str) -> String {
        match canonical_json(&serde_json::from_str(json).unwrap()) {
            Ok(text) => text,
            Err(refused) => format!("refused: {refused}"),
        }
    }

    /// The right column is what `JSON.stringify` of Node 20 prints.
    #[test]
    fn numbers_print_as_javascript_prints_them() {
        let cases = [
            ("1", "1"),
            ("1.0", "1"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1e2", "100"),
            ("-12.50", "-12.5"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("0.000001", "0.000001"),
            ("0.00000123", "0.00000123"),
            ("1e-7", "1e-7"),
            ("1.5e-7", "1.5e-7"),
            ("9007199254740991", "9007199254740991"),
            ("9007199254740992", "9007199254740992"),
            ("-9007199254740992", "-9007199254740992"),
            ("1152921504606846976", "1152921504606847000"),
            ("123456789.125", "123456789.125"),
            ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"),
            ("1.25e30", "1.25e+30"),
            ("5e-324", "5e-324"),
            ("2.2250738585072014e-308", "2.2250738585072014e-308"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("333333333.33333329", "333333333.3333333"),
        ];
        for (input, output) in cases {
            assert_eq!(form(input), output, "{input}");
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
    fn keys_sort_by_code_point_and_strings_escape_minimally() {
        // U+FF61 is before U+1F600 by code point and after it by UTF-16 unit.
        let text = form(
            "{\"\u{1F600}\":1,\"\u{FF61}\":2,\"b\":{\"z\":[],\"a\":{}},\"B\":\"/\u{7f}é\\n\\u0001\\\"\\\\\"}",
        );
        assert_eq!(
            text,
            "{\"B\":\"/\u{7f}é\\n\\u0001\\\"\\\\\",\"b\":{\"a\":{},\"z\":[]},\"\u{FF61}\":2,\"\u{1F600}\":1}"
        );
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| (1..depth).fold(json!([]), |inner, _| json!([inner]));
        assert!(canonical_json(&nested(DEPTH_MAX)).is_ok() && check_depth(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(canonical_json(&nested(DEPTH_MAX + 1)), Err(NotCanonical::Deep));
        assert_eq!(check_depth(&nested(DEPTH_MAX + 1)), Err(NotCanonical::Deep));
    }

    proptest! {
        #[test]
        fn every_float_reads_back_as_itself(bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            if let Some(number) = Number::from_f64(float) {
                let text = canonical_json(&Value::Number(number)).unwrap();
                prop_assert_eq!(text.parse::<f64>().unwrap(), float);
                let again: Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(again.as_f64().unwrap(), float);
            }
        }

        #[test]
        fn no_string_panics_and_each_reads_back(text in any::<String>()) {
            let form = canonical_json(&json!(text)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&form).unwrap(), json!(text));
        }
    }
}
