//! Virtual time: counted in ticks, never read from anywhere.

/// Seconds between two ticks.
pub const TICK_SECONDS: f64 = 0.05;

/// Seconds of one step of the physics.
pub(crate) const FIXED_SECONDS: f64 = 1.0 / 50.0;

/// What `Date.now()` says at tick 0: 2026-01-01T00:00:00Z, in milliseconds. Worlds of one seed shall
/// not differ by the day they are run.
pub(crate) const EPOCH_MS: u64 = 1_767_225_600_000;

/// Physics steps of 1/50 s that fit between two ticks, times two: 2 and 3 of them take turns.
const FIXED_STEPS_PER_TWO_TICKS: u64 = 5;

/// Which tick it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Clock(pub(crate) u64);

impl Clock {
    pub(crate) fn advance(&mut self) {
        self.0 += 1;
    }

    /// Seconds since the world began. Counted, not summed: summing 0.05 drifts.
    pub(crate) fn seconds(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "2^53 ticks are 14 million years")]
        let ticks = self.0 as f64;
        ticks / 20.0
    }

    /// How often `fixedUpdate` runs in this tick.
    pub(crate) fn fixed_steps(self) -> u64 {
        let until = |tick: u64| tick * FIXED_STEPS_PER_TWO_TICKS / 2;
        until(self.0) - until(self.0.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_fixed_steps_make_a_second() {
        let steps: Vec<u64> = (1..=20).map(|tick| Clock(tick).fixed_steps()).collect();
        assert_eq!(steps.iter().sum::<u64>(), 50);
        assert_eq!(steps[..4], [2, 3, 2, 3]);
        assert!((Clock(20).seconds() - 1.0).abs() < f64::EPSILON);
    }
}
