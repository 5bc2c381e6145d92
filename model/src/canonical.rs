//! One text per value, so that equal values have equal digests.
//!
//! On disk and in a world the same blueprint is spelled differently: key order, `1` against `1.0`,
//! white space. Without one form for both, every write would echo as an edit.
//!
//! The form: no white space; object keys sorted by Unicode code point; strings with the shortest
//! escapes JSON allows; numbers as JavaScript prints them. A few lines in any language recompute it.

use serde_json::Value;

use crate::Digest;

/// The canonical text of `value`.
#[must_use]
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// The digest of the canonical text of `value`.
#[must_use]
pub fn digest(value: &Value) -> Digest {
    Digest::of(text(value).as_bytes())
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                comma(index, out);
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (index, (key, member)) in sorted.into_iter().enumerate() {
                comma(index, out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}

fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// Worlds compute in JavaScript, where every number is an f64: `1` and `1.0` are one value.
fn number_text(number: &serde_json::Number) -> String {
    let Some(float) = number.as_f64().filter(|it| it.is_finite()) else { return number.to_string() };
    if float == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // The bounds at which JavaScript's Number::toString switches to an exponent.
    if (-6..21).contains(&exponent) {
        return format!("{float}");
    }
    let sign = if exponent < 0 { "-" } else { "+" };
    format!("{mantissa}e{sign}{}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn spelling_does_not_matter() {
        let a: Value =
            serde_json::from_str(r#"{"b": [1.0, -0.0, 1e2], "a": {"y": null, "x": "é\u0041\n"}}"#).unwrap();
        expect![[r#"{"a":{"x":"éA\n","y":null},"b":[1,0,100]}"#]].assert_eq(&text(&a));
    }

    #[test]
    fn numbers_print_as_javascript_prints_them() {
        let numbers = json!([0.1, 1e20, 1e21, 1.5e300, 1e-6, 1e-7, 123456789.125, -2.5, 9007199254740993u64]);
        expect![
            "[0.1,100000000000000000000,1e+21,1.5e+300,0.000001,1e-7,123456789.125,-2.5,9007199254740992]"
        ]
        .assert_eq(&text(&numbers));
    }

    proptest! {
        #[test]
        fn the_form_is_its_own_form(float in any::<f64>(), key in ".{0,8}") {
            let value = json!({ key: float });
            let once = text(&value);
            let again: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(text(&again), once);
        }
    }
}
