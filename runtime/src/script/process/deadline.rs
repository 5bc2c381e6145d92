//! When a script's process is killed: a pure function of what the world can see of it.

use std::time::Duration;

use super::message::Sign;
use crate::script::Limits;
use crate::script::worker::NOBODY;

/// What the world sees of a process that has not answered yet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// Since the batch went out, by the clock on the wall.
    pub(super) waited: Duration,
    /// Processor time of the process since then, where the system tells.
    pub(super) used: Option<Duration>,
    /// Memory it holds, in bytes, where the system tells.
    pub(super) held: Option<u64>,
    /// What it said last, in this batch.
    pub(super) sign: Option<Sign>,
    /// Scripts that are started in this batch: making a realm is not the script's own time.
    pub(super) starts: u32,
}

/// Why it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kill {
    Time,
    Memory,
}

/// After this many graces by the clock on the wall nothing is waited for, whoever has the processor: a
/// process that does nothing and says nothing.
const GRACES_MAX: u32 = 300;

/// Whether it has to be killed now. The job it is in may use its time and half of the grace: the other
/// half is for seeing it and for the kill itself. That is as the process says; one whose engine is
/// broken may lie, so the whole batch has a limit that does not depend on its word.
pub(super) fn judge(look: &Look, limits: &Limits) -> Option<Kill> {
    if look.held.is_some_and(|it| it > memory_max(limits)) {
        return Some(Kill::Memory);
    }
    // One that starts may take longer; after one that did, the others have their turn in another tick.
    let start = match look.starts {
        0 => Duration::ZERO,
        _ => limits.start_time.saturating_sub(limits.tick_time),
    };
    let hook = limits.tick_time + start + limits.grace / 2;
    let batch = limits.tick_time + limits.tick_time + start + limits.grace + limits.grace * look.starts;
    let in_hook = |it: &Sign| it.instance != NOBODY;
    let late = look.sign.filter(in_hook).is_some_and(|it| it.spent() > hook)
        || look.used.is_some_and(|it| it > batch)
        || look.waited > batch.max(limits.grace * GRACES_MAX);
    late.then_some(Kill::Time)
}

/// What a process may hold: its program, and twice an app's memory, because while a script is replaced
/// there are two of it.
pub(super) fn memory_max(limits: &Limits) -> u64 {
    PROGRAM_BYTES + memory_extra(limits)
}

/// What it may have beside what it had when it was locked in.
pub(super) fn memory_extra(limits: &Limits) -> u64 {
    let memory = u64::try_from(limits.memory).unwrap_or(u64::MAX / 4);
    memory.saturating_mul(2).saturating_add(ENGINE_BYTES)
}

/// Code and data that are there before the first script.
const PROGRAM_BYTES: u64 = 96 << 20;

/// Realms, and a message being written.
const ENGINE_BYTES: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_killed_and_when() {
        let ms = Duration::from_millis;
        let limits = Limits::standard();
        let sign = |spent: u64| Some(Sign { instance: 7, spent: spent * 1000, ..Sign::default() });
        let between = Some(Sign { spent: 150_000, ..Sign::default() });
        let table = [
            ("nothing seen yet", Look { waited: ms(20), ..Look::default() }, None),
            ("in its time", Look { sign: sign(49), ..Look::default() }, None),
            ("the engine is about to stop it", Look { sign: sign(60), ..Look::default() }, None),
            ("past the hard deadline", Look { sign: sign(101), ..Look::default() }, Some(Kill::Time)),
            ("is in no script's hook", Look { sign: between, ..Look::default() }, None),
            ("waits for a processor", Look { waited: ms(900), sign: sign(3), ..Look::default() }, None),
            (
                "many hooks, each in its time",
                Look { used: Some(ms(190)), sign: sign(9), ..Look::default() },
                None,
            ),
            (
                "its word is not all",
                Look { used: Some(ms(201)), sign: sign(0), ..Look::default() },
                Some(Kill::Time),
            ),
            ("starts three scripts", Look { used: Some(ms(450)), starts: 3, ..Look::default() }, None),
            ("takes its time to start", Look { sign: sign(900), starts: 1, ..Look::default() }, None),
            (
                "does not come to start",
                Look { sign: sign(1051), starts: 1, ..Look::default() },
                Some(Kill::Time),
            ),
            ("says nothing, does nothing", Look { waited: ms(30_001), ..Look::default() }, Some(Kill::Time)),
            (
                "gets next to no processor",
                Look { waited: ms(29_000), used: Some(ms(9)), ..Look::default() },
                None,
            ),
            ("holds much", Look { held: Some(200 << 20), ..Look::default() }, None),
            ("holds too much", Look { held: Some(300 << 20), ..Look::default() }, Some(Kill::Memory)),
        ];
        for (name, look, expected) in table {
            assert_eq!(judge(&look, &limits), expected, "{name}");
        }
    }
}
