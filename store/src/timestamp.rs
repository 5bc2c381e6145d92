//! The one spelling of a date in a record: RFC 3339, UTC, milliseconds. No clock is read here, or
//! anywhere in this crate.

/// Whether `text` is `YYYY-MM-DDTHH:MM:SS.mmmZ` and a moment of the calendar. One fixed width, so
/// that dates sort as texts.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = b"dddd-dd-ddTdd:dd:dd.dddZ";
    let shaped = bytes.len() == shape.len()
        && bytes.iter().zip(shape).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            literal => byte == literal,
        });
    shaped && in_calendar(bytes)
}

fn in_calendar(bytes: &[u8]) -> bool {
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().fold(0_u32, |sum, it| sum * 10 + u32::from(it - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    // No leap seconds: JavaScript's Date has none, and these dates come from there and go there.
    (1..=days).contains(&day) && number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60
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
