//! Moments in UTC, as texts and back. A moment is what JavaScript's `Date` counts: milliseconds since
//! 1970-01-01, negative before, no leap seconds. No clock is read here.

const DAY: i64 = 86_400_000;

/// `2026-11-20T07:23:53.130Z`, as `Date.prototype.toISOString` writes it: with a sign and six digits
/// for years outside 0 to 9999.
#[must_use]
pub fn iso(ms: i64) -> String {
    let (date, time) = (date(ms), Time::of(ms));
    format!("{date}T{:02}:{:02}:{:02}.{:03}Z", time.hour, time.minute, time.second, time.milli)
}

/// `2026-11-20T07:23:53Z`: [`iso`] for people, to the second.
#[must_use]
pub fn iso_seconds(ms: i64) -> String {
    let (date, time) = (date(ms), Time::of(ms));
    format!("{date}T{:02}:{:02}:{:02}Z", time.hour, time.minute, time.second)
}

/// `20261120T072353Z`: sorts by time and is a legal file name everywhere.
#[must_use]
pub fn stamp(ms: i64) -> String {
    iso_seconds(ms).replace(['-', ':'], "")
}

/// Reads what [`iso`] or [`iso_seconds`] write for the years 0 to 9999, and nothing else: one
/// spelling per moment, of one width, so that texts sort as moments do.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        let field = bytes.get(from..to)?;
        let number = |sum, it: &u8| it.is_ascii_digit().then(|| sum * 10 + i64::from(it - b'0'));
        field.iter().try_fold(0, number)
    };
    let days = days(digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let time = (digits(11, 13)? * 60 + digits(14, 16)?) * 60 + digits(17, 19)?;
    let (milli, spell): (i64, fn(i64) -> String) = match bytes.len() {
        20 => (0, iso_seconds),
        24 => (digits(20, 23)?, iso),
        _ => return None,
    };
    let ms = days * DAY + time * 1000 + milli;
    // A month 13 or a 30th of February is another day by its proper spelling.
    (spell(ms) == text).then_some(ms)
}

struct Time {
    hour: i64,
    minute: i64,
    second: i64,
    milli: i64,
}

impl Time {
    fn of(ms: i64) -> Time {
        let in_day = ms.rem_euclid(DAY);
        let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
        Time { hour, minute, second: in_day / 1000 % 60, milli: in_day % 1000 }
    }
}

/// `2026-11-20`.
fn date(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY));
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ if year < 0 => format!("-{:06}", -year),
        _ => format!("+{year:06}"),
    };
    format!("{year}-{month:02}-{day:02}")
}

/// Year, month and day of a day counted from 1970-01-01. Counts 400-year eras that start on a
/// 1st of March, so that leap days are last in their year (Howard Hinnant, "chrono-compatible
/// low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil`]. A month or day that does not exist gives some other day.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_print_as_javascript_prints_them() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_159_433_130, "2026-11-20T07:23:53.130Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
            (-62_198_755_200_000, "-000001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso(ms), text);
        }
    }

    #[test]
    fn people_and_file_names_do_without_milliseconds() {
        assert_eq!(iso_seconds(1_795_167_900_999), "2026-11-20T09:45:00Z");
        assert_eq!(stamp(1_795_167_900_999), "20261120T094500Z");
        assert_eq!(stamp(0), "19700101T000000Z");
    }

    #[test]
    fn one_spelling_and_a_real_day() {
        for good in [
            "2026-01-31T09:30:00.000Z",
            "2024-02-29T23:59:59.999Z",
            "2000-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
        ] {
            assert!(parse(good).is_some(), "{good}");
        }
        let bad = [
            "",
            "2026-01-31",
            "2026-01-31T09:30:00.000",
            "2026-01-31T09:30:00.000z",
            "2026-01-31T09:30:00.000+00:00",
            "2026-01-31 09:30:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-00-10T00:00:00.000Z",
            "2026-02-29T00:00:00.000Z",
            "1900-02-29T00:00:00.000Z",
            "2026-04-31T00:00:00Z",
            "2026-01-00T00:00:00.000Z",
            "2026-01-31T24:00:00.000Z",
            "2026-01-31T09:60:00.000Z",
            "2026-01-31T09:30:60Z",
            "+2026-01-31T09:30:00.00Z",
            "２026-01-31T09:30:0.000Z",
        ];
        for bad in bad {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in -62_167_219_200_000_i64..253_402_300_800_000) {
            prop_assert_eq!(parse(&iso(ms)), Some(ms));
            prop_assert_eq!(parse(&iso_seconds(ms)), Some(ms.div_euclid(1000) * 1000));
        }

        #[test]
        fn any_moment_has_a_spelling(ms in any::<i64>()) {
            prop_assert!(iso(ms).ends_with('Z') && stamp(ms).ends_with('Z'));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _answer = parse(&text);
        }
    }
}
