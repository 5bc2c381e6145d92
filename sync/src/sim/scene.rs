//! One run: everybody does things in random order, then the faults stop, and both sides must come
//! to hold the same.

use bowline_model::{Digest, Group, ItemId, Problem};

use crate::engine::Event;
use crate::sighting::{Millis, Side};
use crate::sim::check::Check;
use crate::sim::content::{Contents, short, universe};
use crate::sim::daemon::Daemon;
use crate::sim::random::Random;
use crate::sim::world::{Holder, Lock, World};
use crate::sim::{Ablation, Counts, Outcome, Protocol, Trace};
use crate::winner::Policy;

/// Whether things go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// They do.
    Chaos,
    /// Edits and faults have stopped.
    Calm,
}

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cast {
    /// Users, others in the world, crashes.
    Everybody,
    /// One user of one folder and bad luck with the network. Nobody to disagree with: a conflict
    /// would be false.
    OneUser,
}

pub(super) struct Scene {
    pub(super) cast: Cast,
    pub(super) random: Random,
    pub(super) now: Millis,
    pub(super) mood: Mood,
    pub(super) protocol: Protocol,
    pub(super) ablation: Ablation,
    pub(super) counts: Counts,
    pub(super) contents: Contents,
    pub(super) items: Vec<ItemId>,
    pub(super) world: World,
    pub(super) daemons: Vec<Daemon>,
    pub(super) check: Check,
    trace: Option<Vec<String>>,
}

/// Cycles in which both sides must come to hold the same once edits and faults stop.
const CYCLES: u32 = 3;
/// Work in one cycle; more is a loop.
const WORK_MAX: u32 = 3_000;

impl Scene {
    pub(super) fn new(seed: u64, (protocol, ablation): (Protocol, Ablation), trace: Trace) -> Scene {
        let mut random = Random::new(seed);
        let (cast, folders) = match random.below(20) {
            0..=6 => (Cast::Everybody, 2),
            7..=17 => (Cast::Everybody, 1),
            _ => (Cast::OneUser, 1),
        };
        let policies = [Policy::Lww, Policy::Lww, Policy::Lww, Policy::World, Policy::Local, Policy::Ask];
        let policy = policies[random.below(policies.len())];
        let now = 1_000_000;
        Scene {
            cast,
            random,
            now,
            mood: Mood::Chaos,
            protocol,
            ablation,
            counts: Counts::default(),
            contents: Contents::default(),
            items: universe(protocol),
            world: World::default(),
            daemons: (0..folders).map(|who| Daemon::new(policy, now, seed ^ who)).collect(),
            check: Check::default(),
            trace: (trace == Trace::On).then(Vec::new),
        }
    }

    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(line());
        }
    }

    pub(super) fn any_item(&mut self) -> ItemId {
        let at = self.random.below(self.items.len());
        self.items[at].clone()
    }

    pub(super) fn chaos(&mut self, percent: u64) -> bool {
        self.mood == Mood::Chaos && self.random.percent(percent)
    }

    pub(super) fn play(mut self) -> Outcome {
        self.furnish();
        for _ in 0..60 + self.random.below(160) {
            self.now += self.random.below(400) as Millis;
            self.anything();
            if self.random.percent(5) {
                self.world.saved = (self.world.blueprints.clone(), self.world.entities.clone());
            }
        }
        self.mood = Mood::Calm;
        let cycles = self.come_to_rest();
        self.counts.unprotected += self.check.contents(&self.daemons, &self.world, &self.contents);
        let false_conflicts = self.cast == Cast::OneUser && self.counts.conflicts > 0;
        self.check.that(!false_conflicts, || "a conflict, and nobody to disagree with".to_owned());
        self.must_stay_at_rest();
        let late = self.daemons.iter().map(|it| it.late_looks).sum::<u64>();
        let counts = Counts { late_looks: late, ..self.counts };
        Outcome { found: self.check.found, counts, cycles, trace: self.trace.unwrap_or_default() }
    }

    /// Often both sides start with something, and sometimes in sync.
    fn furnish(&mut self) {
        for item in self.items.clone() {
            if self.cast == Cast::Everybody && self.random.percent(50) {
                let fresh = self.contents.fresh();
                self.admin_puts(&item, Some(fresh));
            }
        }
        for who in 0..self.daemons.len() {
            if self.random.percent(50) {
                for _ in 0..6 {
                    self.user_edits(who);
                }
            }
        }
        if self.random.percent(60) {
            self.mood = Mood::Calm;
            self.cycle();
            self.mood = Mood::Chaos;
        }
    }

    fn anything(&mut self) {
        let who = self.random.below(self.daemons.len());
        self.renew_locks();
        self.work_off_queue();
        match self.random.below(100) {
            0..=16 => self.user_edits(who),
            17..=27 if self.cast == Cast::OneUser => self.work(who),
            91 | 92 if self.cast == Cast::OneUser => self.user_edits(who),
            17..=27 => self.admin_edits(),
            28..=34 => self.look_where_events_point(who),
            35..=40 => self.begin_look(who, Side::Disk, None),
            41..=46 => self.begin_look(who, Side::World, None),
            47..=52 => self.deliver(who, Side::Disk),
            53..=58 => self.deliver(who, Side::World),
            59..=90 => self.work(who),
            91 | 92 => self.crash(who),
            93 => self.disconnect(who),
            94 | 95 => self.connect(who),
            96 => self.stranger_locks(),
            97 => self.person_answers(who),
            98 if self.random.percent(40) => self.world_crashes(),
            98 => self.daemons[who].folder.old_base = self.daemons[who].folder.base.clone(),
            _ => self.modules_break_or_heal(who),
        }
    }

    /// What only the world had is the world's to lose; what a mirror had seen must stay.
    fn world_crashes(&mut self) {
        if self.cast == Cast::OneUser {
            return;
        }
        self.counts.world_crashes += 1;
        self.note(|| "the world crashes".to_owned());
        (0..self.daemons.len()).for_each(|who| self.disconnect(who));
        let forgotten = self.world.crash();
        self.check.replaced_in_world.extend(forgotten);
    }

    fn modules_break_or_heal(&mut self, who: usize) {
        let group = Group::App(if self.random.percent(50) { "A" } else { "B" }.to_owned());
        let problem = || Problem::file("unsupported_import", "index.js", "no such module");
        let why = if self.random.percent(40) { vec![problem()] } else { Vec::new() };
        self.tell(who, Event::Blocked { group, why });
    }

    fn stranger_locks(&mut self) {
        let scope = if self.random.percent(50) { "A" } else { "B" };
        if self.world.holder(scope, self.now).is_none() {
            let until = self.now + 3_000;
            self.world.locks.insert(scope.to_owned(), Lock { holder: Holder::Stranger, until });
        }
    }

    /// Live daemons renew their locks, most of the time.
    fn renew_locks(&mut self) {
        let late = self.chaos(2);
        for lock in self.world.locks.values_mut().filter(|it| it.until > self.now && !late) {
            let Holder::Daemon { who, life, action } = lock.holder else { continue };
            let daemon = &self.daemons[who];
            if daemon.connected && daemon.life == life && daemon.runs.contains_key(&action) {
                lock.until = self.now + 30_000;
            }
        }
    }

    fn come_to_rest(&mut self) -> u32 {
        for who in 0..self.daemons.len() {
            self.user_brings_folder_back(who);
        }
        for cycle in 1..=CYCLES {
            self.cycle();
            if self.is_at_rest() {
                return cycle;
            }
        }
        let differences = self.differences();
        self.check
            .that(false, || format!("E3 not at rest after {CYCLES} cycles: {}", differences.join(", ")));
        CYCLES + 1
    }

    /// Both sides are looked at whole, everything that follows is done, and people answer.
    fn cycle(&mut self) {
        self.now += 70_000;
        self.work_off_queue();
        for who in 0..self.daemons.len() {
            self.connect(who);
            self.tell(who, Event::Now(self.now));
            for app in ["A", "B"] {
                self.tell(who, Event::Blocked { group: Group::App(app.to_owned()), why: Vec::new() });
            }
            self.begin_look(who, Side::Disk, None);
            self.begin_look(who, Side::World, None);
        }
        let mut answered = 0;
        for _ in 0..WORK_MAX {
            self.now += 50;
            self.renew_locks();
            let busy = (0..self.daemons.len()).filter(|it| self.is_busy(*it)).collect::<Vec<_>>();
            for who in busy.iter().copied() {
                // Two machines never stay in step: which one is first must be left to chance.
                if self.random.percent(30) {
                    continue;
                }
                if !self.daemons[who].dirty.is_empty() {
                    self.look_where_events_point(who);
                }
                self.deliver(who, Side::Disk);
                self.deliver(who, Side::World);
                self.work(who);
            }
            if busy.is_empty() && self.wait_for_timer() {
                continue;
            }
            if busy.is_empty() && answered < 2 {
                answered += 1;
                (0..self.daemons.len()).for_each(|who| self.person_answers(who));
            } else if busy.is_empty() {
                return;
            }
        }
        self.check.that(false, || "a cycle does not end".to_owned());
    }

    /// Nothing goes on but a pause: lets it pass.
    fn wait_for_timer(&mut self) -> bool {
        let Some(due) = self.daemons.iter().flat_map(|it| &it.timers).min().copied() else { return false };
        self.now = self.now.max(due);
        for who in 0..self.daemons.len() {
            let now = self.now;
            let before = self.daemons[who].timers.len();
            self.daemons[who].timers.retain(|it| *it > now);
            if self.daemons[who].timers.len() < before {
                self.tell(who, Event::Now(now));
            }
        }
        true
    }

    fn is_busy(&self, who: usize) -> bool {
        let daemon = &self.daemons[who];
        !daemon.runs.is_empty() || !daemon.dirty.is_empty() || daemon.looks.iter().any(|it| !it.is_empty())
    }

    fn is_at_rest(&self) -> bool {
        self.daemons.iter().all(|it| it.engine.settled()) && self.differences().is_empty()
    }

    /// Where a folder, the world and the base are not the same.
    fn differences(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (who, daemon) in self.daemons.iter().enumerate() {
            for item in &self.items {
                let disk = daemon.folder.sight(item, &self.contents).seen.held().flatten();
                let world = self.world.held(item);
                let base = daemon.folder.base.get(item).map(|it| it.held);
                if disk != world || base != disk {
                    out.push(format!("{who} {item} {}/{}/{}", short(base), short(disk), short(world)));
                }
            }
            let states = daemon.engine.status().filter(|it| it.1.state != crate::engine::State::InSync);
            out.extend(states.map(|(group, it)| format!("{who} {group} {:?} {:?}", it.state, it.holds)));
        }
        out
    }

    /// E6, E9: whatever is told again, a settled mirror writes nothing; no lock is left.
    fn must_stay_at_rest(&mut self) {
        if !self.check.found.is_empty() {
            return;
        }
        for scope in ["A", "B"] {
            let holder = self.world.holder(scope, self.now);
            self.check.that(!matches!(holder, Some(Holder::Daemon { .. })), || {
                format!("E9 lock of {scope} is left")
            });
        }
        for who in 0..self.daemons.len() {
            let actions = self.counts.actions;
            for turn in 0..8 {
                match turn {
                    2 => self.disconnect(who),
                    3 => self.connect(who),
                    _ => {
                        let item = self.any_item();
                        self.begin_look(who, Side::Disk, Some(vec![item.clone()]));
                        self.begin_look(who, Side::World, Some(vec![item]));
                    }
                }
                self.tell(who, Event::Now(self.now + 1));
                (0..4).for_each(|_| {
                    self.deliver(who, Side::Disk);
                    self.deliver(who, Side::World);
                });
                let quiet = self.daemons[who].runs.is_empty() && self.counts.actions == actions;
                self.check.that(quiet, || "E6 a settled mirror wrote".to_owned());
            }
            let staged = self.daemons[who].folder.staged.len();
            self.check.that(staged == 0, || format!("{staged} staged files are left"));
        }
    }

    pub(super) fn displace(&mut self, contents: impl IntoIterator<Item = Digest>) {
        let singles: Vec<Digest> = contents.into_iter().flat_map(|it| self.contents.singles(it)).collect();
        self.check.displaced.extend(singles);
    }
}
