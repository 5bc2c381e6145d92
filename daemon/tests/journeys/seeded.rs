//! Randomness that can be had again: `BOWLINE_SEED` chooses another run than the usual one.

/// A small generator (SplitMix64); good enough to choose moments.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new() -> Seeded {
        Seeded(std::env::var("BOWLINE_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
