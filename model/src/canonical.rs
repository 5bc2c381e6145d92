//! One text per value, so that equal values have equal digests.
//!
//! On disk and in a world the same blueprint is spelled differently: key order, `1` against `1.0`,
//! white space. Without one form for both, every write would echo as an edit.
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

use serde_json::{Map, Number, Value};

/// The canonical text of `value`.
#[must_use]
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// The canonical text of the object that has these `members`.
#[must_use]
pub fn object_text(members: &Map<String, Value>) -> String {
    let mut out = String::new();
    write_object(members, &mut out);
    out
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
        Value::Object(members) => write_object(members, out),
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
}

fn write_object(members: &Map<String, Value>, out: &mut String) {
    let mut sorted: Vec<_> = members.iter().collect();
    // Bytes of UTF-8 sort as code points do; that is why the form is defined by code points.
    sorted.sort_unstable_by_key(|(key, _)| key.as_bytes());
    out.push('{');
    for (index, (key, member)) in sorted.into_iter().enumerate() {
        comma(index, out);
        out.push_str(&Value::from(key.as_str()).to_string());
        out.push(':');
        write(member, out);
    }
    out.push('}');
}

fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// Worlds compute in JavaScript, where every number is an f64: `1` and `1.0` are one value.
fn number_text(number: &Number) -> String {
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
            ("1.5e300", "1.5e+300"),
            // What JavaScript rounds is rounded here too: worlds compute in nothing else.
            ("9007199254740993", "9007199254740992"),
        ];
        for (input, output) in cases {
            assert_eq!(text(&serde_json::from_str(input).unwrap()), output, "{input}");
        }
    }

    #[test]
    fn keys_sort_by_code_point_and_strings_escape_minimally() {
        // U+FF61 is before U+1F600 by code point and after it by UTF-16 unit.
        let json =
            "{\"\u{1F600}\":1,\"\u{FF61}\":2,\"b\":{\"z\":[],\"a\":{}},\"B\":\"/\u{7f}é\\n\\u0001\\\"\\\\\"}";
        assert_eq!(
            text(&serde_json::from_str(json).unwrap()),
            "{\"B\":\"/\u{7f}é\\n\\u0001\\\"\\\\\",\"b\":{\"a\":{},\"z\":[]},\"\u{FF61}\":2,\"\u{1F600}\":1}"
        );
    }

    proptest! {
        #[test]
        fn the_form_is_its_own_form(float in any::<f64>(), key in ".{0,8}") {
            let value = json!({ key: float });
            let once = text(&value);
            let again: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(text(&again), once);
        }

        #[test]
        fn every_float_reads_back_as_itself(bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            if let Some(number) = Number::from_f64(float) {
                let form = text(&Value::Number(number));
                prop_assert_eq!(form.parse::<f64>().unwrap(), float);
                prop_assert_eq!(serde_json::from_str::<Value>(&form).unwrap().as_f64().unwrap(), float);
            }
        }

        #[test]
        fn no_string_panics_and_each_reads_back(string in any::<String>()) {
            let form = text(&json!(string));
            prop_assert_eq!(serde_json::from_str::<Value>(&form).unwrap(), json!(string));
        }
    }
}
