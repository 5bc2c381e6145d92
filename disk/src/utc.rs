//! Times in UTC, as people read them in folder names and notes. No time zones, no parsing of
//! anything but our own spelling.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `20261120T094500Z`: sorts by time and is a legal name everywhere.
pub(crate) fn stamp(when: SystemTime) -> String {
    let [year, month, day, hour, minute, second] = civil(when);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// `2026-11-20T09:45:00Z`.
pub(crate) fn rfc3339(when: SystemTime) -> String {
    let [year, month, day, hour, minute, second] = civil(when);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Reads what [`rfc3339`] wrote.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let field = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (field(0, 4)?, field(5, 7)?, field(8, 10)?);
    let (hour, minute, second) = (field(11, 13)?, field(14, 16)?, field(17, 19)?);
    let legal = text.len() == 20 && (1970..10_000).contains(&year) && (1..13).contains(&month) && day > 0;
    let days = legal.then(|| days_since_epoch(year, month, day))?;
    UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + hour * 3_600 + minute * 60 + second))
}

/// Milliseconds since 1970; 0 for anything earlier.
pub(crate) fn millis(when: SystemTime) -> u64 {
    let since = when.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Year, month, day, hour, minute, second.
fn civil(when: SystemTime) -> [u64; 6] {
    let seconds = millis(when) / 1_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's algorithm: years begin in March, so that the leap day comes last.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    [year, month, day, rest / 3_600, rest / 60 % 60, rest % 60]
}

fn days_since_epoch(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_moments_have_their_usual_spelling() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(stamp(at(0)), "19700101T000000Z");
        assert_eq!(rfc3339(at(951_782_399)), "2000-02-28T23:59:59Z");
        assert_eq!(stamp(at(951_782_400)), "20000229T000000Z");
        assert_eq!(rfc3339(at(1_795_167_900)), "2026-11-20T09:45:00Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in 0u64..250_000_000_000) {
            let when = UNIX_EPOCH + Duration::from_secs(seconds);
            prop_assert_eq!(parse(&rfc3339(when)), Some(when));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _answer = parse(&text);
        }
    }
}
