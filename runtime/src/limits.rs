//! [`Limits`]: what scripts may use before they are stopped and named, and [`Isolation`]: what a script
//! that does not stop can take with it. Who counts is in `script`; who may set them is outside.

use std::time::Duration;

/// What scripts may use before they are stopped and named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Processor time of one hook, and of all hooks of an app in one tick: an instance that takes
    /// more is stopped; instances of an app that takes more together take turns.
    pub tick_time: Duration,
    /// Processor time of one start: loading the modules and calling the entry, where apps build all
    /// they will ever have.
    pub start_time: Duration,
    /// How long past its time an app's thread may show no sign of life before it is abandoned, or its
    /// process killed.
    pub grace: Duration,
    /// Bytes one instance may hold.
    pub memory: usize,
    /// Steps of the engine one hook may take, where the engine counts them; `None` counts none. Other
    /// than time, it stops a script at the same place on every machine.
    pub instructions: Option<u64>,
    /// Calls from one instance into the world in one hook: logs, events, storage.
    pub calls: u32,
    /// Nodes one instance may have in the world.
    pub nodes: usize,
    /// Entities a world may have when a script spawns another.
    pub entities: usize,
    /// Lines kept per app.
    pub log_lines: usize,
    /// Lines an app may say in one second of the world's time; what is beyond is dropped and counted.
    pub log_lines_per_second: u32,
    /// Where scripts run.
    pub isolation: Isolation,
}

/// Where an app's scripts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// On a thread of the world's process: quick, for scripts one trusts not to be malicious.
    #[default]
    Thread,
    /// In a process of its own, which can be killed and has no files, sockets or environment.
    Process,
}

impl Isolation {
    /// Its name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Isolation::Thread => "thread",
            Isolation::Process => "process",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Isolation> {
        [Isolation::Thread, Isolation::Process].into_iter().find(|it| it.name() == name)
    }
}

impl Limits {
    /// What worlds run with: 50 ms, 1 s to start, 100 ms, 64 MB, 10 000 calls, 50 000 nodes, 1 000 000 entities,
    /// 1000 lines and 1000 a second, on threads.
    #[must_use]
    pub fn standard() -> Limits {
        Limits {
            tick_time: Duration::from_millis(50),
            start_time: Duration::from_secs(1),
            grace: Duration::from_millis(100),
            memory: 64 << 20,
            instructions: None,
            calls: 10_000,
            nodes: 50_000,
            entities: 1_000_000,
            log_lines: 1000,
            log_lines_per_second: 1000,
            isolation: Isolation::Thread,
        }
    }
}
