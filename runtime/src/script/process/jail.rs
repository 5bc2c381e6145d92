//! What a script's process gives up before it runs the first line of a script. There is no way back.
//!
//! On Linux (64 bits, x86 and ARM): no files, no sockets, no processes, no threads, no executable
//! memory, no signals to others, and reading and writing on its own pipe only, by seccomp; limits on
//! memory, core files and open files; it ends with its parent. On other Unixes only the limits the
//! system has; elsewhere only what an empty environment and a pipe give, which is not a jail against
//! somebody who breaks the engine. `bowline` says which one it is ([`LOCKED`]).

/// What this system locks a process into.
pub(crate) const LOCKED: &str =
    if cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
        "seccomp"
    } else if cfg!(unix) {
        "limits"
    } else {
        "nothing"
    };

/// Locks this process in. `memory` is how many bytes it may have beside what it has now.
///
/// # Errors
/// What the system would not do. Nothing may be run then.
pub(super) fn enter(memory: u64) -> Result<(), String> {
    limits::enter(memory)?;
    calls::enter()
}

#[cfg(unix)]
mod limits {
    use rustix::process::{Resource, Rlimit, setrlimit};

    pub(super) fn enter(memory: u64) -> Result<(), String> {
        ends_with_its_parent()?;
        set("core files", Resource::Core, 0)?;
        set("written files", Resource::Fsize, 0)?;
        if let Some((all, data)) = memory_now() {
            // Address space that is only reserved (the allocator's, per thread) is no memory yet.
            set("address space", Resource::As, all + memory + RESERVED_BYTES)?;
            set("memory", Resource::Data, data + memory)?;
        }
        // Not even one: nothing can be opened any more, and what is open stays.
        set("open files", Resource::Nofile, 0)
    }

    /// What allocators reserve without using it.
    const RESERVED_BYTES: u64 = 512 << 20;

    fn set(what: &str, resource: Resource, most: u64) -> Result<(), String> {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
            .map_err(|it| format!("{what} could not be limited: {it}"))
    }

    /// Address space and data of this process, in bytes.
    #[cfg(target_os = "linux")]
    fn memory_now() -> Option<(u64, u64)> {
        #[expect(clippy::disallowed_methods, reason = "a look at ourselves, before the door closes")]
        let text = std::fs::read_to_string("/proc/self/statm").ok()?;
        let page = 4096;
        let mut pages = text.split_whitespace().map(|it| it.parse::<u64>().ok());
        let (all, data) = (pages.next()??, pages.nth(4)??);
        Some((all * page, data * page))
    }

    #[cfg(not(target_os = "linux"))]
    fn memory_now() -> Option<(u64, u64)> {
        None
    }

    #[cfg(target_os = "linux")]
    fn ends_with_its_parent() -> Result<(), String> {
        use rustix::process::{
            DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal,
        };
        let failed = |it| format!("its end could not be tied to the world's: {it}");
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(failed)?;
        // Nobody of the same user looks into it.
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)
    }

    #[cfg(not(target_os = "linux"))]
    fn ends_with_its_parent() -> Result<(), String> {
        Ok(())
    }
}

#[cfg(not(unix))]
mod limits {
    pub(super) fn enter(_memory: u64) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls {
    use std::collections::BTreeMap;

    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch, apply_filter_all_threads,
    };

    /// What the engines, the allocator and two threads need, and nothing that reaches outside.
    const ALLOWED: [i64; 19] = [
        libc::SYS_brk,
        libc::SYS_clock_gettime,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_gettimeofday,
        libc::SYS_madvise,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_restart_syscall,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_sigaltstack,
    ];

    /// The pipe is its standard input, in both directions; its last words go to standard error.
    const PIPE: u64 = 0;
    const LAST_WORDS: u64 = 2;

    /// Every call that is not allowed fails with "not permitted": libraries that merely try something
    /// (an allocator reading `/proc`) go on, and nobody gets anywhere.
    pub(super) fn enter() -> Result<(), String> {
        program().and_then(|it| apply_filter_all_threads(&it)).map_err(|it| it.to_string())
    }

    fn program() -> seccompiler::Result<BpfProgram> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            ALLOWED.into_iter().map(|it| (it, Vec::new())).collect();
        rules.insert(libc::SYS_read, vec![equal(0, PIPE)?]);
        rules.insert(libc::SYS_write, vec![equal(0, PIPE)?, equal(0, LAST_WORDS)?]);
        rules.insert(libc::SYS_mmap, vec![without(2, libc::PROT_EXEC)?]);
        rules.insert(libc::SYS_mprotect, vec![without(2, libc::PROT_EXEC)?]);
        // To itself only: that is how a program that gives up ends.
        rules.insert(libc::SYS_tgkill, vec![equal(0, u64::from(std::process::id()))?]);
        let refused = SeccompAction::Errno(u32::try_from(libc::EPERM).expect("a small number"));
        let arch = if cfg!(target_arch = "x86_64") { TargetArch::x86_64 } else { TargetArch::aarch64 };
        Ok(SeccompFilter::new(rules, refused, SeccompAction::Allow, arch)?.try_into()?)
    }

    fn equal(argument: u8, value: u64) -> seccompiler::Result<SeccompRule> {
        rule(argument, SeccompCmpOp::Eq, value)
    }

    fn without(argument: u8, bits: i32) -> seccompiler::Result<SeccompRule> {
        let bits = u64::try_from(bits).expect("flags are not negative");
        rule(argument, SeccompCmpOp::MaskedEq(bits), 0)
    }

    fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> seccompiler::Result<SeccompRule> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
        Ok(SeccompRule::new(vec![condition])?)
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod calls {
    pub(super) fn enter() -> Result<(), String> {
        Ok(())
    }
}
