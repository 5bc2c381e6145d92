//! What a process uses, as the system tells everybody. Only Linux does without `unsafe`; elsewhere the
//! process itself is asked (`Sign`), and the clock on the wall.

use std::time::Duration;

/// Processor time and memory of one process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Used {
    /// To a hundredth of a second.
    pub(super) time: Option<Duration>,
    /// Bytes it holds.
    pub(super) memory: Option<u64>,
}

#[cfg(target_os = "linux")]
pub(super) fn look(process: u32) -> Used {
    let read = |file: &str| {
        #[expect(clippy::disallowed_methods, reason = "a look at a process of ours, not at anybody's files")]
        std::fs::read_to_string(format!("/proc/{process}/{file}")).ok()
    };
    Used { time: read("stat").and_then(|it| time(&it)), memory: read("statm").and_then(|it| memory(&it)) }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn look(_process: u32) -> Used {
    Used::default()
}

/// After the name in parentheses: the state, and 11 and 12 fields on the times in user and kernel.
#[cfg(target_os = "linux")]
fn time(stat: &str) -> Option<Duration> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// The second field: pages that are really there.
#[cfg(target_os = "linux")]
fn memory(statm: &str) -> Option<u64> {
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE_BYTES)
}

/// Where pages are larger this is too little, and the limits inside the process hold.
#[cfg(target_os = "linux")]
const PAGE_BYTES: u64 = 4096;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_is_read() {
        let stat = "12 (a ) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 2 0";
        assert_eq!(time(stat), Some(Duration::from_secs(3)));
        assert_eq!(memory("9000 2560 100 1 0 400 0"), Some(10 << 20));
        assert!(look(std::process::id()).memory > Some(1 << 20));
        assert_eq!(look(u32::MAX), Used::default());
    }
}
