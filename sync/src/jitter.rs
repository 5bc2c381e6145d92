//! Pauses of uneven length, from a seed: many clients that wait for one lock must not all come
//! back at the same moment.

use crate::sighting::Millis;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Jitter(u64);

const FIRST: Millis = 100;
const LONGEST: Millis = 2_000;

impl Jitter {
    pub(crate) fn new(seed: u64) -> Jitter {
        Jitter(seed)
    }

    /// Between half of the doubled pause and all of it.
    pub(crate) fn pause(&mut self, waits: u32) -> Millis {
        let full = (FIRST << waits.min(8)).min(LONGEST);
        full / 2 + self.draw() % (full / 2)
    }

    /// The next number: splitmix64.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
