//! [`Rates`]: how much apps may say to everybody in a time, beside what one hook may.

use std::collections::BTreeMap;

/// Bytes of events between apps in one tick; what is beyond is dropped and said. Everybody has to take
/// them in, in the time that everybody has.
pub(super) const EMIT_BYTES_MAX: usize = 1 << 20;

/// Bytes `world.set` may keep in one world.
pub(super) const STORED_BYTES_MAX: usize = 64 << 20;

/// Ticks in a second.
const WINDOW: u64 = 20;

/// Lines each app has said in this second.
#[derive(Debug, Default)]
pub(super) struct Rates {
    apps: BTreeMap<String, (u64, u32)>,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Kept,
    /// The first that is not: that has to be said.
    TooMany,
    Dropped,
}

impl Rates {
    /// One more line of `app`, of which it may say `most` in a second.
    pub(super) fn line(&mut self, app: &str, tick: u64, most: u32) -> Line {
        let window = tick / WINDOW;
        if !self.apps.contains_key(app) {
            self.apps.insert(app.to_owned(), (window, 0));
        }
        let Some((last, count)) = self.apps.get_mut(app) else { return Line::Dropped };
        if *last != window {
            (*last, *count) = (window, 0);
        }
        *count = count.saturating_add(1);
        match (*count).cmp(&most.saturating_add(1)) {
            std::cmp::Ordering::Less => Line::Kept,
            std::cmp::Ordering::Equal => Line::TooMany,
            std::cmp::Ordering::Greater => Line::Dropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_second_s_lines_is_dropped_and_said_once() {
        let mut rates = Rates::default();
        let said: Vec<Line> = [1, 1, 2, 3, 19, 20].iter().map(|tick| rates.line("A", *tick, 2)).collect();
        use Line::{Dropped, Kept, TooMany};
        assert_eq!(said, [Kept, Kept, TooMany, Dropped, Dropped, Kept]);
        assert_eq!(rates.line("B", 3, 2), Kept);
    }
}
