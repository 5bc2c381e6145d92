//! Who wins when both sides changed: a pure function of times and policy, so that the planner takes
//! the verdict as an input. It never says what happens to the loser: that is always kept.

use crate::sighting::{Millis, Side};

/// How conflicts are settled. A three-way text merge will be one more variant here; it needs the
/// three texts, so it is asked for by the daemon before the verdict of this function counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Policy {
    /// The last writer wins, where the clocks can tell; otherwise the world.
    #[default]
    Lww,
    /// Nobody wins until a person says so.
    Ask,
    /// The disk wins.
    Local,
    /// The world wins.
    World,
}

/// When the two sides of a conflict changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// The file's own time; any program can set it to anything.
    pub disk: Option<Millis>,
    /// The world's time, on our clock.
    pub world: Option<Millis>,
    /// When the item was last agreed on, if ever.
    pub base: Option<Millis>,
    /// Now.
    pub now: Millis,
}

/// How far two clocks may be apart before we trust their order.
pub const CLOCK_DOUBT: Millis = 2_000;

/// The side that wins, or `None` when a person must be asked.
///
/// The disk's time is clamped to [last agreement, now]: it changed after the agreement, whatever
/// its mtime says. Ties, unknown times and differences within [`CLOCK_DOUBT`] go to the world,
/// because that is what everybody else already sees.
#[must_use]
pub fn winner(times: Times, policy: Policy) -> Option<Side> {
    match policy {
        Policy::Ask => None,
        Policy::Local => Some(Side::Disk),
        Policy::World => Some(Side::World),
        Policy::Lww => Some(last_writer(times)),
    }
}

fn last_writer(times: Times) -> Side {
    let (Some(disk), Some(world)) = (times.disk, times.world) else { return Side::World };
    let disk = disk.max(times.base.unwrap_or(0)).min(times.now);
    if disk > world.saturating_add(CLOCK_DOUBT) { Side::Disk } else { Side::World }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_last_writer_wins_where_clocks_can_tell() {
        let mut table = String::from("disk world base now\n");
        for (disk, world, base, now) in [
            (Some(20_000), Some(10_000), None, 30_000),
            (Some(12_000), Some(10_000), None, 30_000),
            (Some(12_001), Some(10_000), None, 30_000),
            (Some(10_000), Some(20_000), None, 30_000),
            (Some(1), Some(10_000), Some(15_000), 30_000),
            (Some(99_000), Some(10_000), None, 11_000),
            (None, Some(10_000), None, 30_000),
            (Some(20_000), None, None, 30_000),
        ] {
            let times = Times { disk, world, base, now };
            table += &format!("{disk:?} {world:?} {base:?} {now} {:?}\n", winner(times, Policy::Lww));
        }
        expect![[r#"
            disk world base now
            Some(20000) Some(10000) None 30000 Some(Disk)
            Some(12000) Some(10000) None 30000 Some(World)
            Some(12001) Some(10000) None 30000 Some(Disk)
            Some(10000) Some(20000) None 30000 Some(World)
            Some(1) Some(10000) Some(15000) 30000 Some(Disk)
            Some(99000) Some(10000) None 11000 Some(World)
            None Some(10000) None 30000 Some(World)
            Some(20000) None None 30000 Some(World)
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn the_other_policies_do_not_look_at_clocks() {
        let verdict = |policy| winner(Times { disk: Some(9), world: Some(1), base: None, now: 9 }, policy);
        assert_eq!(verdict(Policy::Ask), None);
        assert_eq!(verdict(Policy::Local), Some(Side::Disk));
        assert_eq!(verdict(Policy::World), Some(Side::World));
    }
}
