//! [`Rates`]: how much apps may say to everybody in a time, beside what one hook may.

use std::collections::BTreeMap;

/// Events between apps in one tick, and their bytes; what is beyond is dropped and said. Everybody has to
/// take them in, in the time that everybody has.
const EMITS_MAX: Events = Events { count: 10_000, bytes: 1 << 20 };

/// What one app may say of them.
const EMITS_EACH_MAX: Events = Events { count: 2000, bytes: 256 << 10 };

/// What every app may say, however much the others have said.
const EMITS_EACH_SURE: Events = Events { count: 50, bytes: 16 << 10 };

/// Bytes `world.set` may keep in one world.
pub(super) const STORED_BYTES_MAX: usize = 64 << 20;

/// Ticks in a second.
const WINDOW: u64 = 20;

/// Lines each app has said in this second.
#[derive(Debug, Default)]
pub(super) struct Rates {
    apps: BTreeMap<String, (u64, u32)>,
    /// Events that nobody has heard yet: all, and by app.
    emits: Events,
    emits_of: BTreeMap<String, Events>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Events {
    count: usize,
    bytes: usize,
}

impl Events {
    fn with(self, bytes: usize) -> Events {
        Events { count: self.count + 1, bytes: self.bytes + bytes }
    }

    fn fits(self, most: Events) -> bool {
        self.count <= most.count && self.bytes <= most.bytes
    }
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
    /// One more event of `app`, of so many bytes. False if it may not be said in this tick.
    pub(super) fn emit(&mut self, app: &str, bytes: usize) -> bool {
        let own = self.emits_of.entry(app.to_owned()).or_default();
        let (own_now, all_now) = (own.with(bytes), self.emits.with(bytes));
        let fits = own_now.fits(EMITS_EACH_SURE) || (own_now.fits(EMITS_EACH_MAX) && all_now.fits(EMITS_MAX));
        if fits {
            (*own, self.emits) = (own_now, all_now);
        }
        fits
    }

    /// The next tick hears what was said until now.
    pub(super) fn all_is_heard(&mut self) {
        self.emits = Events::default();
        self.emits_of.clear();
    }

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
    fn who_says_much_leaves_room_for_those_who_say_little() {
        let mut rates = Rates::default();
        let mut said = |app: &str, bytes, times| (0..times).filter(|_| rates.emit(app, bytes)).count();
        let floods: Vec<usize> = (0..7).map(|it| said(&format!("Flood{it}"), 1, 5000)).collect();
        assert_eq!(floods, [2000, 2000, 2000, 2000, 2000, 50, 50]);
        assert_eq!(said("Quiet", 100, 60), 50);
        rates.all_is_heard();
        let mut said = |app: &str, bytes, times| (0..times).filter(|_| rates.emit(app, bytes)).count();
        assert_eq!((said("Large", 200 << 10, 3), said("Quiet", 100, 60)), (1, 60));
    }

    #[test]
    fn what_is_beyond_a_second_s_lines_is_dropped_and_said_once() {
        let mut rates = Rates::default();
        let said: Vec<Line> = [1, 1, 2, 3, 19, 20].iter().map(|tick| rates.line("A", *tick, 2)).collect();
        use Line::{Dropped, Kept, TooMany};
        assert_eq!(said, [Kept, Kept, TooMany, Dropped, Dropped, Kept]);
        assert_eq!(rates.line("B", 3, 2), Kept);
    }
}
