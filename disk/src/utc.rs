//! What the file system calls a time, as `bowline_model::utc` counts and spells it. Times before 1970
//! are 1970: no note of ours is that old.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bowline_model::utc;

/// `20261120T094500Z`: sorts by time and is a legal name everywhere.
pub(crate) fn stamp(when: SystemTime) -> String {
    utc::stamp(moment(when))
}

/// `2026-11-20T09:45:00Z`.
pub(crate) fn rfc3339(when: SystemTime) -> String {
    utc::iso_seconds(moment(when))
}

/// Reads what [`rfc3339`] wrote.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let ms = u64::try_from(utc::parse(text)?).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(ms))
}

/// Milliseconds since 1970; 0 for anything earlier.
pub(crate) fn millis(when: SystemTime) -> u64 {
    let since = when.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn moment(when: SystemTime) -> i64 {
    i64::try_from(millis(when)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_files_are_spelled_and_read_back() {
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        assert_eq!(stamp(at(1_795_167_900_999)), "20261120T094500Z");
        assert_eq!(rfc3339(at(1_795_167_900_999)), "2026-11-20T09:45:00Z");
        assert_eq!(parse("2026-11-20T09:45:00Z"), Some(at(1_795_167_900_000)));
        assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
        assert_eq!(parse("1969-12-31T23:59:59Z"), None);
    }
}
