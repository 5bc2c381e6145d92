//! Reading the wall clock, and writing it as the protocol does. The authority never does this: time
//! reaches it as a value.

use std::time::{SystemTime, UNIX_EPOCH};

use bowline_model::utc;

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as u64)
}

/// `2026-11-20T07:23:53.130Z`.
pub(crate) fn iso(ms: u64) -> String {
    utc::iso(i64::try_from(ms).unwrap_or(i64::MAX))
}
