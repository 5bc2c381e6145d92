//! The maths of the prelude against what the libraries scripts know compute: three.js 0.173, moment 2.30
//! (in UTC), Node's `URL`, and the curves, interpolators and numbers of worlds of the family.
//!
//! `vectors.json` holds expressions and their values there, as data; the same expressions run here.

use bowline_schema::api::api;
use rquickjs::context::intrinsic;
use rquickjs::{Context, Ctx, Function, Runtime};
use serde_json::Value;

use super::{luau, moment};

#[derive(serde::Deserialize)]
struct Case {
    group: String,
    expression: String,
    /// In Luau, where it is spelled otherwise.
    luau: Option<String>,
    value: Value,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("maths/vectors.json")).unwrap()
}

const PARTS: &str = concat!(
    "(() => {\nconst RealDate = Date\n",
    super::prelude::maths!(),
    include_str!("maths/setup.js"),
    "\nreturn (text, how) => JSON.stringify((how ? exact : plain)(eval(text)) ?? null)\n})()",
);

type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
);

fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => expected == actual,
    }
}

/// What the host does for both languages.
fn knows_moments(ctx: &Ctx<'_>) {
    let text = |milliseconds: f64, format: String| moment::text(milliseconds, &format);
    ctx.globals().set("momentText", Function::new(ctx.clone(), text).unwrap()).unwrap();
}

#[test]
fn maths_give_what_the_libraries_scripts_know_give() {
    let runtime = Runtime::new().unwrap();
    let context = Context::custom::<Intrinsics>(&runtime).unwrap();
    let mut wrong = String::new();
    context.with(|ctx| {
        knows_moments(&ctx);
        let run: Function<'_> = ctx.eval(PARTS).unwrap();
        for Case { expression, value, .. } in cases() {
            let actual = match run.call::<_, String>((expression.as_str(), false)) {
                Ok(text) => serde_json::from_str(&text).unwrap_or(Value::Null),
                Err(_) => Value::String(format!("{:?}", ctx.catch())),
            };
            if !same(&value, &actual) {
                wrong += &format!("{expression}\n  there {value}\n  here  {actual}\n");
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whether two values have the same bits; numbers are words.
fn equal(a: &Value, b: &Value) -> bool {
    let number = |it: &Value| it.as_str()?.strip_prefix('#')?.parse::<f64>().ok();
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        // An empty table is an object.
        (Value::Array(a), Value::Object(b)) => a.is_empty() && b.is_empty(),
        (Value::String(it), Value::Null) => it == "nil",
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            _ => a == b,
        },
    }
}

#[test]
fn luau_computes_the_same_to_the_last_bit() {
    let runtime = Runtime::new().unwrap();
    let context = Context::custom::<Intrinsics>(&runtime).unwrap();
    let evaluator = luau::maths::Evaluator::new().unwrap();
    let (mut wrong, mut count) = (String::new(), 0);
    context.with(|ctx| {
        knows_moments(&ctx);
        let run: Function<'_> = ctx.eval(PARTS).unwrap();
        // Moments are the host's in both.
        for Case { expression, luau, .. } in cases().into_iter().filter(|it| it.group != "moment") {
            count += 1;
            let js: String = run.call((expression.as_str(), true)).unwrap();
            let js = serde_json::from_str(&js).unwrap();
            let spelled = luau.unwrap_or(expression);
            let actual = evaluator.value(&spelled).unwrap_or_else(Value::String);
            if !equal(&js, &actual) {
                wrong += &format!("{spelled}\n  JavaScript {js}\n  Luau       {actual}\n");
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 300, "{count}");
}

#[test]
fn every_method_of_a_class_of_the_table_is_in_an_expression() {
    // Of physics engines that are not here.
    let elsewhere = |name: &str| name.contains("Px");
    let cases = cases();
    let mut missing = Vec::new();
    for class in &api().classes {
        let group = if class.name.contains("Lerp") { "Lerp" } else { &class.name };
        for member in class.members.iter().filter(|it| !elsewhere(&it.name)) {
            let name = &member.name;
            let used = cases.iter().any(|it| it.group == group && it.expression.contains(name.as_str()));
            if !used {
                missing.push(format!("{}.{name}", class.name));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
