//! Values held against schemas: [`check`] for a kind, [`check_field`] for a field with its range,
//! [`check_values`] for all of a component.
//!
//! It only looks. Nothing is rounded, clamped or converted: a value that does not fit is somebody's
//! mistake, and they are told where.

use serde_json::{Map, Value};

use crate::component::Component;
use crate::field::Field;
use crate::kind::{AssetKind, Kind};
use crate::nearest::did_you_mean;
use crate::problem::{Problem, child};
use crate::reader::wrong_type;

/// The largest whole number JavaScript is exact about.
const EXACT_MAX: f64 = 9_007_199_254_740_991.0;

/// What is wrong with `value` as a value of `kind`. Pointers are from the value.
#[must_use]
pub fn check(value: &Value, kind: &Kind) -> Vec<Problem> {
    let wrong = |expected: &str| vec![wrong_type("", expected, value)];
    let held = |good: bool, expected: &str| if good { Vec::new() } else { wrong(expected) };
    let whole =
        |least: f64, most: f64| float(value).is_some_and(|it| it.fract() == 0.0 && it >= least && it <= most);
    match kind {
        Kind::Bool => held(value.is_boolean(), "true or false"),
        Kind::I32 => held(whole(i32::MIN.into(), i32::MAX.into()), "a whole number of 32 bits"),
        Kind::I64 => held(whole(-EXACT_MAX, EXACT_MAX), "a whole number, at most 2^53-1 either way"),
        Kind::F32 => held(float(value).is_some_and(fits_f32), "a number of 32 bits"),
        Kind::F64 => held(float(value).is_some(), "a number, or \"Infinity\" or \"-Infinity\""),
        Kind::Vec2 | Kind::Vec3 | Kind::Vec4 => {
            let count = kind.numbers().unwrap_or_default();
            held(floats(value, count).is_some(), &format!("a list of {count} numbers"))
        }
        Kind::Quat => held(floats(value, 4).is_some_and(|it| is_unit(&it)), "x, y, z, w of length one"),
        Kind::Color => held(value.as_str().is_some_and(is_color), "a CSS colour: #ff8800, tomato, rgb(…)"),
        Kind::StringId => held(whole(0.0, u32::MAX.into()), "the id of a text in a string catalog"),
        Kind::Text { .. } => held(value.is_string(), "a string"),
        Kind::Enum { variants } => check_variant(value, variants),
        Kind::Asset { kinds } => check_asset(value, kinds),
        Kind::Entity => held(
            value.is_null() || value.as_str().is_some_and(|it| !it.is_empty()),
            "an entity's id, or null",
        ),
        Kind::List { of, max } => check_list(value, of, *max),
        Kind::Struct { fields } => match value {
            Value::Object(members) => check_members(members, fields, "this struct"),
            _ => wrong("an object"),
        },
        Kind::Json => Vec::new(),
    }
}

/// As [`check`], and whether it may be `null`, and is in range.
#[must_use]
pub fn check_field(value: &Value, field: &Field) -> Vec<Problem> {
    if value.is_null() && field.optional {
        return Vec::new();
    }
    let problems = check(value, &field.kind);
    if !problems.is_empty() || field.kind.numbers().is_none() {
        return problems;
    }
    let out = |number: &Value| float(number).is_some_and(|it| !field.range.holds(it));
    let outside = |pointer: String, number: &Value| {
        let bound = |it: Option<f64>, none: &str| it.map_or(none.to_owned(), |it| it.to_string());
        let (min, max) = (bound(field.range.min, "-Infinity"), bound(field.range.max, "Infinity"));
        let expected = format!("from {min} to {max}");
        Problem::new("out_of_range", pointer, format!("{number} is out of range")).expected(expected)
    };
    match value {
        Value::Array(numbers) => {
            let numbered = numbers.iter().enumerate().filter(|(_, number)| out(number));
            numbered.map(|(index, number)| outside(child("", index), number)).collect()
        }
        number if out(number) => vec![outside(String::new(), number)],
        _ => Vec::new(),
    }
}

/// What is wrong with `values` as (some of) the fields of `component`. A field that is not there
/// holds its default; one nobody knows is a problem with the nearest name.
#[must_use]
pub fn check_values(values: &Map<String, Value>, component: &Component) -> Vec<Problem> {
    check_members(values, &component.fields, &format!("`{}`", component.name()))
}

fn check_members(members: &Map<String, Value>, fields: &[Field], of: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, value) in members {
        let at = child("", name);
        match fields.iter().find(|it| it.name == *name) {
            Some(field) => problems.extend(check_field(value, field).into_iter().map(|it| it.below(&at))),
            None => {
                let problem = Problem::new("unknown_field", at, format!("{of} has no field `{name}`"));
                let help = did_you_mean(name, fields.iter().map(|it| it.name.as_str()));
                problems.push(Problem { help, ..problem });
            }
        }
    }
    problems
}

/// The problem of a component name nobody knows, with the nearest one that is known.
#[must_use]
pub fn unknown_component<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Problem {
    let problem = Problem::new("unknown_component", "", format!("there is no component `{name}`"));
    Problem { help: did_you_mean(name, known), ..problem }
}

/// `value` with every part of every struct in it said: what is not there is its default.
#[must_use]
pub fn filled(value: &Value, kind: &Kind) -> Value {
    match (value, kind) {
        (Value::Object(members), Kind::Struct { fields }) => {
            let part = |it: &Field| match members.get(&it.name) {
                Some(member) => filled(member, &it.kind),
                None => it.initial(),
            };
            Value::Object(fields.iter().map(|it| (it.name.clone(), part(it))).collect())
        }
        (Value::Array(items), Kind::List { of, .. }) => items.iter().map(|it| filled(it, of)).collect(),
        _ => value.clone(),
    }
}

/// JSON has no infinities, and the script API has defaults that are: two words stand for them.
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::String(word) if word == "Infinity" => Some(f64::INFINITY),
        Value::String(word) if word == "-Infinity" => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}

fn fits_f32(number: f64) -> bool {
    number.is_infinite() || number.abs() <= f32::MAX.into()
}

fn floats(value: &Value, count: usize) -> Option<Vec<f64>> {
    let items = value.as_array().filter(|it| it.len() == count)?;
    items.iter().map(Value::as_f64).collect()
}

/// As far as people write rotations: `0.707` is a good root of a half.
fn is_unit(numbers: &[f64]) -> bool {
    let length: f64 = numbers.iter().map(|it| it * it).sum::<f64>().sqrt();
    (length - 1.0).abs() < 0.01
}

fn is_color(text: &str) -> bool {
    if let Some(hex) = text.strip_prefix('#') {
        return matches!(hex.len(), 3 | 4 | 6 | 8) && hex.bytes().all(|it| it.is_ascii_hexdigit());
    }
    match text.split_once('(') {
        Some((name, rest)) => matches!(name, "rgb" | "rgba" | "hsl" | "hsla") && rest.ends_with(')'),
        None => !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphabetic()),
    }
}

fn check_variant(value: &Value, variants: &[String]) -> Vec<Problem> {
    let expected = format!("one of {}", variants.join(", "));
    let Some(word) = value.as_str() else { return vec![wrong_type("", &expected, value)] };
    if variants.iter().any(|it| it == word) {
        return Vec::new();
    }
    let problem = Problem::new("unknown_variant", "", format!("`{word}` is no variant")).expected(expected);
    vec![Problem { help: did_you_mean(word, variants.iter().map(String::as_str)), ..problem }]
}

fn check_asset(value: &Value, kinds: &[AssetKind]) -> Vec<Problem> {
    let Some(url) = value.as_str() else { return vec![wrong_type("", "the URL of an asset", value)] };
    // Only of our own files does the name say what is inside; a stream may be called anything.
    let ours = url.starts_with("asset://") || url.starts_with("assets/");
    let extension = url.split(['?', '#']).next().and_then(|it| it.rsplit_once('.')).map(|it| it.1);
    let Some(extension) = extension.filter(|_| ours && !kinds.is_empty()) else { return Vec::new() };
    let allowed: Vec<&str> = kinds.iter().flat_map(|it| it.extensions()).copied().collect();
    if allowed.iter().any(|it| it.eq_ignore_ascii_case(extension)) {
        return Vec::new();
    }
    let problem = Problem::new("asset_kind", "", format!("`.{extension}` is another kind of asset"));
    vec![problem.expected(allowed.join(", "))]
}

fn check_list(value: &Value, of: &Kind, max: Option<u32>) -> Vec<Problem> {
    let Some(items) = value.as_array() else { return vec![wrong_type("", "a list", value)] };
    let mut problems = Vec::new();
    if let Some(max) = max.filter(|max| items.len() > *max as usize) {
        let message = format!("{} items are too many", items.len());
        problems.push(Problem::new("too_long", "", message).expected(format!("at most {max}")));
    }
    for (index, item) in items.iter().enumerate() {
        problems.extend(check(item, of).into_iter().map(|it| it.below(&child("", index))));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn component() -> Component {
        let payload = json!({"fields": [
            {"name": "open", "kind": "bool"},
            {"name": "count", "kind": "i32"},
            {"name": "stamp", "kind": "i64"},
            {"name": "angle", "kind": "f32", "range": {"min": -90, "max": 90}},
            {"name": "strength", "kind": "f64"},
            {"name": "at", "kind": "vec3", "range": {"max": 9}},
            {"name": "turn", "kind": "quat"},
            {"name": "paint", "kind": "color", "optional": true},
            {"name": "state", "kind": {"enum": ["shut", "open"]}},
            {"name": "title", "kind": "string-id"},
            {"name": "note", "kind": {"text": "debug"}},
            {"name": "model", "kind": {"asset": ["model"]}},
            {"name": "key", "kind": "entity"},
            {"name": "pins", "kind": {"list": {"struct": [{"name": "t", "kind": "f32", "range": {"min": 0}}]}, "max": 2}},
            {"name": "any", "kind": "json"},
        ]});
        let (component, problems) = Component::parse("core/component/door", 1, &payload);
        assert_eq!(problems, []);
        component
    }

    fn wrong(values: Value) -> String {
        let values = values.as_object().cloned().unwrap_or_default();
        check_values(&values, &component()).iter().map(|it| format!("{it}\n")).collect()
    }

    #[test]
    fn good_values_are_good() {
        let one = json!({
            "open": true, "count": -2147483648_i64, "stamp": 9007199254740991_i64, "angle": 90, "strength": "Infinity",
            "at": [1, 2.5, -3], "turn": [0, 0.707, 0, 0.707], "paint": "#f80", "state": "open", "title": 7, "note": "",
            "model": "asset://0a.glb?x=1", "key": "e7", "pins": [{"t": 1}, {}], "any": {"x": [null]},
        });
        let other = json!({
            "count": 2.0, "paint": null, "strength": -1e300, "model": "https://example.org/stream", "key": null,
        });
        for paint in ["tomato", "#ff8800cc", "rgb(1, 2, 3)"] {
            assert_eq!(wrong(json!({ "paint": paint })), "");
        }
        assert_eq!(wrong(one) + &wrong(other) + &wrong(json!({})), "");
    }

    #[test]
    fn every_kind_says_what_it_expects() {
        expect![[r##"
            error[wrong_type] at /open: this is 1
              expected: true or false
            error[wrong_type] at /count: this is 2147483648
              expected: a whole number of 32 bits
            error[wrong_type] at /stamp: this is 0.5
              expected: a whole number, at most 2^53-1 either way
            error[wrong_type] at /angle: this is 1e+39
              expected: a number of 32 bits
            error[wrong_type] at /strength: this is "much"
              expected: a number, or "Infinity" or "-Infinity"
            error[wrong_type] at /at: this is [1,2]
              expected: a list of 3 numbers
            error[wrong_type] at /turn: this is [0,0,0,0]
              expected: x, y, z, w of length one
            error[wrong_type] at /paint: this is "#12"
              expected: a CSS colour: #ff8800, tomato, rgb(…)
            error[unknown_variant] at /state: `opne` is no variant
              expected: one of shut, open
              help: did you mean `open`?
            error[wrong_type] at /title: this is -1
              expected: the id of a text in a string catalog
            error[wrong_type] at /note: this is null
              expected: a string
            error[asset_kind] at /model: `.png` is another kind of asset
              expected: glb
            error[wrong_type] at /key: this is ""
              expected: an entity's id, or null
            error[too_long] at /pins: 3 items are too many
              expected: at most 2
            error[out_of_range] at /pins/0/t: -1 is out of range
              expected: from 0 to Infinity
            error[unknown_field] at /pins/1/q: this struct has no field `q`
            error[wrong_type] at /pins/2: this is 3
              expected: an object
            error[unknown_field] at /opn: `door` has no field `opn`
              help: did you mean `open`?
        "##]].assert_eq(&wrong(json!({
            "open": 1, "count": 2147483648_i64, "stamp": 0.5, "angle": 1e39, "strength": "much", "at": [1, 2],
            "turn": [0, 0, 0, 0], "paint": "#12", "state": "opne", "title": -1, "note": null, "model": "assets/a.png",
            "key": "", "pins": [{"t": -1}, {"q": 1}, 3], "opn": true,
        })));
        expect![[r#"
            error[out_of_range] at /angle: 91 is out of range
              expected: from -90 to 90
            error[out_of_range] at /at/1: 10 is out of range
              expected: from -Infinity to 9
            error[wrong_type] at /open: this is null
              expected: true or false
            error[wrong_type] at /state: this is 1
              expected: one of shut, open
        "#]]
        .assert_eq(&wrong(json!({ "angle": 91, "at": [1, 10, 1], "open": null, "state": 1 })));
    }

    #[test]
    fn an_unknown_component_is_told_the_nearest() {
        let problem = unknown_component("rigidbdy", ["collider", "rigidbody"]);
        expect![[r#"
            error[unknown_component]: there is no component `rigidbdy`
              help: did you mean `rigidbody`?"#]]
        .assert_eq(&problem.to_string());
    }
}
