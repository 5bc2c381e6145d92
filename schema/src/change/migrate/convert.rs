//! What becomes of values when their kind or unit becomes another: [`conversion`] and [`rescaled`].

use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// How much of what there was is lost. Ordered: from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Every value comes back if the step is undone.
    None,
    /// Numbers may differ in their last digits.
    Rounding,
    /// Some values do not fit and become others.
    Some,
    /// No value is kept.
    All,
}

impl Loss {
    /// As it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Loss::None => "lossless",
            Loss::Rounding => "rounds",
            Loss::Some => "loses some",
            Loss::All => "loses all",
        }
    }
}

/// What a value of `was` becomes as one of `now`: what is lost, and how. `None` if it stays as it is.
pub(super) fn conversion(was: &Kind, now: &Kind) -> Option<(Loss, String)> {
    if let (Kind::Enum { variants: was }, Kind::Enum { variants: now }) = (was, now) {
        return variants(was, now);
    }
    let say = |loss, note: &str| Some((loss, note.to_owned()));
    match (was, now) {
        // Another purpose, other assets, a shorter list: the values are the same, or have to be made fit.
        (Kind::Text { .. }, Kind::Text { .. }) | (Kind::Asset { .. }, Kind::Asset { .. }) => None,
        (_, Kind::Json) => say(Loss::None, "any value is JSON"),
        (Kind::I32, Kind::I64 | Kind::F64) | (Kind::I64 | Kind::F32, Kind::F64) => {
            say(Loss::None, "every value has its place")
        }
        (Kind::I32 | Kind::I64, Kind::F32) => say(Loss::Rounding, "exact up to 16777216"),
        (Kind::F64, Kind::F32) => say(Loss::Rounding, "7 digits are kept"),
        (Kind::I64, Kind::I32) => say(Loss::Some, "beyond 2147483647 it becomes that"),
        (Kind::F32 | Kind::F64, Kind::I32 | Kind::I64) => say(Loss::Some, "rounded to whole numbers"),
        (Kind::Bool, Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64) => {
            say(Loss::None, "false is 0, true is 1")
        }
        (Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64, Kind::Bool) => {
            say(Loss::Some, "0 is false, all else true")
        }
        (Kind::Vec2, Kind::Vec3 | Kind::Vec4) | (Kind::Vec3, Kind::Vec4) => {
            say(Loss::None, "what is new is 0")
        }
        (Kind::Vec3 | Kind::Vec4, Kind::Vec2) | (Kind::Vec4, Kind::Vec3) => {
            say(Loss::Some, "the last numbers are cut off")
        }
        (Kind::Quat, Kind::Vec4) => say(Loss::None, "the same four numbers"),
        (Kind::Vec4, Kind::Quat) => say(Loss::Some, "made one long"),
        (Kind::Enum { .. }, Kind::Text { .. }) => say(Loss::None, "the names of the variants"),
        (Kind::Text { .. }, Kind::Enum { .. }) => {
            say(Loss::Some, "a text that is no variant becomes the default")
        }
        (one, Kind::List { of, .. }) if one == &**of => say(Loss::None, "a list of one"),
        (Kind::List { of, .. }, one) if one == &**of => say(Loss::Some, "the first of the list"),
        _ => say(Loss::All, "there is no way from one to the other; it starts from its default"),
    }
}

/// Variants are matched by name.
fn variants(was: &[String], now: &[String]) -> Option<(Loss, String)> {
    // Fewer at the end is no conversion: whether values fit was measured.
    if now.starts_with(was) || was.starts_with(now) {
        return None;
    }
    let gone: Vec<&str> = was.iter().filter(|it| !now.contains(it)).map(String::as_str).collect();
    Some(match gone.as_slice() {
        [] => (Loss::None, "the same variants by name, kept by other numbers".to_owned()),
        gone => (Loss::Some, format!("gone, and become the default: {}", gone.join(", "))),
    })
}

/// What a number in `from` is multiplied by to be in `to`, if that is known.
pub(super) fn rescaled(from: &str, to: &str) -> Option<f64> {
    // Unit, what it measures, and how many of the first of these it is.
    const UNITS: [(&str, &str, f64); 10] = [
        ("m", "length", 1.0),
        ("cm", "length", 0.01),
        ("mm", "length", 0.001),
        ("km", "length", 1000.0),
        ("s", "time", 1.0),
        ("ms", "time", 0.001),
        ("rad", "angle", 1.0),
        ("deg", "angle", std::f64::consts::PI / 180.0),
        ("kg", "mass", 1.0),
        ("g", "mass", 0.001),
    ];
    let unit = |name: &str| UNITS.iter().find(|it| it.0 == name);
    let (from, to) = (unit(from)?, unit(to)?);
    (from.1 == to.1).then_some(from.2 / to.2)
}
