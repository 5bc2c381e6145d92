//! The one spelling of a date in a record: RFC 3339, UTC, milliseconds. No clock is read here, or
//! anywhere in this crate.

use bowline_model::utc;

/// Whether `text` is `YYYY-MM-DDTHH:MM:SS.mmmZ` and a moment of the calendar. One fixed width, so
/// that dates sort as texts.
pub(crate) fn is_timestamp(text: &str) -> bool {
    utc::parse(text).is_some_and(|ms| utc::iso(ms) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_and_a_real_day() {
        for good in ["2026-01-31T09:30:00.000Z", "2024-02-29T23:59:59.999Z", "2000-02-29T00:00:00.000Z"] {
            assert!(is_timestamp(good), "{good}");
        }
        let bad = [
            "",
            "2026-01-31",
            "2026-01-31T09:30:00Z",
            "2026-01-31T09:30:00.000",
            "2026-01-31T09:30:00.000z",
            "2026-01-31T09:30:00.000+00:00",
            "2026-01-31 09:30:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-00-10T00:00:00.000Z",
            "2026-02-29T00:00:00.000Z",
            "1900-02-29T00:00:00.000Z",
            "2026-04-31T00:00:00.000Z",
            "2026-01-00T00:00:00.000Z",
            "2026-01-31T24:00:00.000Z",
            "2026-01-31T09:60:00.000Z",
            "2026-01-31T09:30:60.000Z",
            "+2026-01-31T09:30:00.00Z",
            "２026-01-31T09:30:0.000Z",
        ];
        for bad in bad {
            assert!(!is_timestamp(bad), "{bad}");
        }
    }
}
