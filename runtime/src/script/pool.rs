//! [`Pool`]: the workers of all apps in a tick, whatever ring they are of: who begins when ([`super::rota`]),
//! who is waited for, and what becomes of those who are not.
//!
//! A tick ends when everybody it waits for has answered or is gone. Who is still at work then is
//! *pending*: it is told nothing more until it has answered, and its answer is taken at the beginning of
//! a later tick, in the order of the apps. What limits a batch holds for it all the same.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::ops::Bound;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::budget::wall;
use super::rota::{self, CLASSES, Class, Conduct, Entry, Moment, Need, Record, Wait};
use super::{Limits, Number, Seat};

/// How often those at work are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// Where workers are from: threads, or processes.
pub(super) trait Ring {
    type Worker: Worker;
    type Reply;

    /// A worker for an app; what becomes of its batches it says to `tell`, until that is `false`.
    ///
    /// # Errors
    /// If the system gives us none.
    fn start(&self, seat: &Seat, manner: Manner, tell: Tell<Self::Reply>) -> io::Result<Self::Worker>;
}

/// How a worker says what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// When somebody looks.
    Plain,
    /// At once, because the last time nobody knew whose fault it was.
    Telling,
}

/// To whom a worker says what becomes of a batch. False if nobody listens any more.
pub(super) struct Tell<R> {
    worker: u64,
    to: Sender<(u64, News<R>)>,
}

impl<R> Tell<R> {
    pub(super) fn say(&self, news: News<R>) -> bool {
        self.to.send((self.worker, news)).is_ok()
    }
}

/// What a worker says.
#[derive(Debug)]
pub(super) enum News<R> {
    /// The batch is done, for so much processor time.
    Done { reply: R, cost: Duration },
    /// The worker is gone.
    Ended(Ending),
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was left alone in a loop, because it could not be killed.
    Hung,
    /// It was killed, because of its time.
    Time,
    /// It was killed because of its memory, or it had none left.
    Memory,
    /// It ended by itself: how.
    Failed(String),
    /// There never was one: why.
    NotStarted(String),
}

/// A worker as the world sees it; dropped, it ends.
pub(super) trait Worker {
    type Letter;

    /// Gives it a batch that starts so many scripts. False if it is gone.
    fn send(&mut self, letter: Self::Letter, starts: u32) -> bool;

    /// How far it is with its batch. If it has to be killed it is.
    fn look(&mut self) -> Look;

    /// Whom it was in, if that is known.
    fn culprit(&self) -> Option<Number>;
}

/// What is seen of a batch at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// By the clock on the wall, and processor time, as far as that is known.
    GoesOn { waited: Duration, used: Duration },
    /// Nobody needs to wait for it any more.
    Over(Ending),
}

/// What an app shall do in a tick.
pub(super) struct Task<L> {
    pub(super) letter: L,
    /// Scripts that are started by it.
    pub(super) starts: u32,
    pub(super) need: Need,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came<R> {
    Reply(R),
    /// The worker is gone. Nobody may know which instance it was in.
    Ended {
        ending: Ending,
        culprit: Option<Number>,
    },
}

type LetterOf<R> = <<R as Ring>::Worker as Worker>::Letter;
type Answers<R> = BTreeMap<Seat, Came<<R as Ring>::Reply>>;

pub(super) struct Pool<R: Ring> {
    ring: R,
    limits: Limits,
    /// How many of a class work at once.
    slots: usize,
    apps: BTreeMap<Seat, App<R::Worker>>,
    /// Which app's a worker is. Numbers are not used again, so that late news of one are not taken for
    /// another's.
    numbers: BTreeMap<u64, Seat>,
    next: u64,
    sender: Sender<(u64, News<R::Reply>)>,
    news: Receiver<(u64, News<R::Reply>)>,
    /// Answers that no tick waited for, and those of guests.
    late: Answers<R>,
    /// Whose answer was taken last.
    taken: Option<Seat>,
    records: BTreeMap<Seat, Record>,
    /// Apps that ended and nobody knows why.
    doubtful: BTreeSet<Seat>,
}

struct App<W> {
    number: u64,
    worker: W,
    /// The batch it has.
    out: Option<Out>,
}

/// A batch at work.
#[derive(Debug, Clone)]
struct Out {
    entry: Entry,
    starts: u32,
}

/// One tick.
struct Shift<R: Ring> {
    wait: Wait,
    began: Instant,
    tasks: BTreeMap<Seat, Task<LetterOf<R>>>,
    queues: BTreeMap<Class, VecDeque<Entry>>,
    /// When those at work were looked at.
    looked: Instant,
    /// Who is waited for.
    awaited: BTreeSet<Seat>,
    /// Who of them is no guest.
    proven: BTreeSet<Seat>,
    begun: BTreeMap<Class, usize>,
    lost: Duration,
    came: Answers<R>,
}

impl<R: Ring> Pool<R> {
    pub(super) fn new(ring: R, limits: Limits) -> Pool<R> {
        let (sender, news) = channel();
        Pool {
            ring,
            limits,
            slots: slots(),
            apps: BTreeMap::new(),
            numbers: BTreeMap::new(),
            next: 0,
            sender,
            news,
            late: BTreeMap::new(),
            taken: None,
            records: BTreeMap::new(),
            doubtful: BTreeSet::new(),
        }
    }

    /// Whether an app has a batch whose answer nobody has taken yet: it is given no other.
    pub(super) fn is_busy(&self, seat: &Seat) -> bool {
        self.late.contains_key(seat) || self.apps.get(seat).is_some_and(|it| it.out.is_some())
    }

    /// Gives every app its task, none of which is busy, and waits as far as `wait` says. Whoever is
    /// not in the result and is not busy had no turn.
    pub(super) fn run(&mut self, tasks: BTreeMap<Seat, Task<LetterOf<R>>>, wait: Wait) -> Answers<R> {
        let mut shift = self.shift(tasks, wait);
        loop {
            self.fill(&mut shift);
            if shift.awaited.is_empty() {
                break;
            }
            let first = self.news.recv_timeout(LOOK_EVERY).ok();
            let more: Vec<_> = first.into_iter().chain(self.news.try_iter()).collect();
            more.into_iter().for_each(|it| self.hear(it, Some(&mut shift)));
            if shift.looked.elapsed() >= LOOK_EVERY {
                shift.looked = wall();
                self.look(Some(&mut shift));
            }
        }
        for entry in shift.queues.into_values().flatten() {
            let record = self.records.entry(entry.seat).or_default();
            *record = record.after(Conduct::Passed);
        }
        shift.came
    }

    /// Listens to those no tick waited for; until all have answered if everybody is waited for.
    pub(super) fn listen(&mut self, wait: Wait) {
        loop {
            let more: Vec<_> = self.news.try_iter().collect();
            more.into_iter().for_each(|it| self.hear(it, None));
            self.look(None);
            if wait != Wait::ForAll || self.apps.values().all(|it| it.out.is_none()) {
                return;
            }
            if let Ok(it) = self.news.recv_timeout(LOOK_EVERY) {
                self.hear(it, None);
            }
        }
    }

    /// One of the answers nobody has taken yet: in the order of the apps, beginning behind the last one
    /// that was taken, so that all have their turn however little is taken at once.
    pub(super) fn next_late(&mut self) -> Option<(Seat, Came<R::Reply>)> {
        let after = self.taken.take().map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.late.range((after, Bound::Unbounded)).next();
        let seat = behind.or_else(|| self.late.iter().next()).map(|it| it.0.clone())?;
        self.taken = Some(seat.clone());
        self.late.remove(&seat).map(|came| (seat, came))
    }

    fn shift(&self, tasks: BTreeMap<Seat, Task<LetterOf<R>>>, wait: Wait) -> Shift<R> {
        let began = wall();
        let wait = wait.from(began);
        let entry = |(seat, task): (&Seat, &Task<LetterOf<R>>)| {
            let record = self.records.get(seat).copied().unwrap_or_default();
            Entry::new(seat.clone(), (record, task.need), task.starts, wait)
        };
        let mut entries: Vec<Entry> = tasks.iter().map(entry).collect();
        rota::order(&mut entries);
        let mut queues: BTreeMap<Class, VecDeque<Entry>> = BTreeMap::new();
        entries.into_iter().for_each(|it| queues.entry(it.class).or_default().push_back(it));
        Shift {
            wait,
            began,
            looked: began,
            tasks,
            queues,
            awaited: BTreeSet::new(),
            proven: BTreeSet::new(),
            begun: BTreeMap::new(),
            lost: Duration::ZERO,
            came: BTreeMap::new(),
        }
    }

    /// Lets those begin who may. Guests come when all the others have begun.
    fn fill(&mut self, shift: &mut Shift<R>) {
        for class in CLASSES {
            let mut out = self.at_work(class, shift);
            while let Some(entry) = shift.queues.get_mut(&class).and_then(VecDeque::pop_front) {
                let moment = Moment {
                    passed: shift.began.elapsed(),
                    lost: shift.lost,
                    out,
                    begun: shift.begun.get(&class).copied().unwrap_or_default(),
                };
                if !rota::may_begin(&entry, &moment, (shift.wait, self.slots), &self.limits) {
                    shift.queues.entry(class).or_default().push_front(entry);
                    break;
                }
                self.begin(entry, shift);
                out += 1;
            }
            if class == Class::Proven && shift.queues.get(&class).is_some_and(|it| !it.is_empty()) {
                return;
            }
        }
    }

    /// Who of a class has a slot: those who are waited for, and of guests all.
    fn at_work(&self, class: Class, shift: &Shift<R>) -> usize {
        let holds = |(seat, app): &(&Seat, &App<R::Worker>)| {
            let of_class = app.out.as_ref().is_some_and(|it| it.entry.class == class);
            of_class && (class != Class::Proven || shift.awaited.contains(*seat))
        };
        self.apps.iter().filter(holds).count()
    }

    fn begin(&mut self, entry: Entry, shift: &mut Shift<R>) {
        let seat = entry.seat.clone();
        let Some(task) = shift.tasks.remove(&seat) else { return };
        *shift.begun.entry(entry.class).or_default() += 1;
        shift.awaited.insert(seat.clone());
        if is_proven(&entry) {
            shift.proven.insert(seat.clone());
        }
        if let Err(ending) = self.send(entry, task) {
            self.over(&seat, Came::Ended { ending, culprit: None }, Some(shift));
        }
    }

    fn send(&mut self, entry: Entry, task: Task<LetterOf<R>>) -> Result<(), Ending> {
        if !self.apps.contains_key(&entry.seat) {
            self.hire(&entry.seat).map_err(|it| Ending::NotStarted(it.to_string()))?;
        }
        let Some(app) = self.apps.get_mut(&entry.seat) else { return Err(Ending::Hung) };
        app.out = Some(Out { entry, starts: task.starts });
        match app.worker.send(task.letter, task.starts) {
            true => Ok(()),
            false => Err(Ending::Failed("its thread is gone".to_owned())),
        }
    }

    fn hire(&mut self, seat: &Seat) -> io::Result<()> {
        let number = self.next;
        let tell = Tell { worker: number, to: self.sender.clone() };
        let manner = if self.doubtful.contains(seat) { Manner::Telling } else { Manner::Plain };
        let worker = self.ring.start(seat, manner, tell)?;
        self.next += 1;
        self.numbers.insert(number, seat.clone());
        self.apps.insert(seat.clone(), App { number, worker, out: None });
        Ok(())
    }

    fn hear(&mut self, (number, news): (u64, News<R::Reply>), shift: Option<&mut Shift<R>>) {
        let Some(seat) = self.numbers.get(&number).cloned() else { return };
        let Some(app) = self.apps.get_mut(&seat) else { return };
        match news {
            News::Done { reply, cost } => {
                let starts = app.out.as_ref().map_or(0, |it| it.starts);
                let conduct = match (cost > self.limits.tick_time, starts) {
                    (false, _) => Conduct::InTime,
                    (true, 0) => Conduct::Overran,
                    (true, _) => Conduct::SlowStart,
                };
                self.learn(&seat, conduct);
                if let Some(shift) = shift {
                    self.over_in(&seat, (Came::Reply(reply), cost), shift);
                } else {
                    self.over(&seat, Came::Reply(reply), None);
                }
            }
            News::Ended(ending) => {
                let culprit = app.worker.culprit();
                self.over(&seat, Came::Ended { ending, culprit }, shift);
            }
        }
    }

    /// An answer in a tick; what took too long is lost to it.
    fn over_in(&mut self, seat: &Seat, (came, cost): (Came<R::Reply>, Duration), shift: &mut Shift<R>) {
        if cost > self.limits.tick_time && shift.awaited.contains(seat) {
            shift.lost += cost;
        }
        self.over(seat, came, Some(shift));
    }

    /// A batch is over.
    fn over(&mut self, seat: &Seat, came: Came<R::Reply>, shift: Option<&mut Shift<R>>) {
        if let Came::Ended { culprit, .. } = &came {
            self.learn(seat, Conduct::Overran);
            self.dismiss(seat);
            if culprit.is_none() {
                self.doubtful.insert(seat.clone());
            }
        } else if let Some(app) = self.apps.get_mut(seat) {
            app.out = None;
        }
        match shift {
            Some(shift) => {
                let awaited = shift.awaited.remove(seat);
                // What guests did is taken in as far as there is time for it.
                if awaited && (shift.wait == Wait::ForAll || shift.proven.contains(seat)) {
                    shift.came.insert(seat.clone(), came);
                } else {
                    self.late.insert(seat.clone(), came);
                }
            }
            None => drop(self.late.insert(seat.clone(), came)),
        }
    }

    fn learn(&mut self, seat: &Seat, conduct: Conduct) {
        let record = self.records.entry(seat.clone()).or_default();
        *record = record.after(conduct);
    }

    /// Looks at all who are at work; in a tick, whether it waits on for them.
    fn look(&mut self, mut shift: Option<&mut Shift<R>>) {
        let seats: Vec<Seat> =
            self.apps.iter().filter(|(_, it)| it.out.is_some()).map(|(seat, _)| seat.clone()).collect();
        for seat in seats {
            let Some(app) = self.apps.get_mut(&seat) else { continue };
            match app.worker.look() {
                Look::Over(ending) => {
                    let culprit = app.worker.culprit();
                    self.over(&seat, Came::Ended { ending, culprit }, shift.as_deref_mut());
                }
                Look::GoesOn { waited, used } => {
                    let (Some(out), Some(shift)) = (&app.out, shift.as_deref_mut()) else { continue };
                    let tick = (shift.wait, shift.began.elapsed());
                    if rota::is_waited_for(&out.entry, (used, waited), tick, &self.limits) {
                        continue;
                    }
                    if shift.awaited.remove(&seat) && is_proven(&out.entry) {
                        shift.lost += used;
                    }
                }
            }
        }
    }

    /// Lets a worker go.
    pub(super) fn dismiss(&mut self, seat: &Seat) {
        if let Some(app) = self.apps.remove(seat) {
            self.numbers.remove(&app.number);
        }
    }

    /// Lets the workers go of apps that have no instance any more.
    pub(super) fn retain(&mut self, used: impl Fn(&Seat) -> bool) {
        let gone: Vec<Seat> = self.apps.keys().filter(|it| !used(it)).cloned().collect();
        gone.iter().for_each(|it| self.dismiss(it));
        self.late.retain(|seat, _| used(seat));
        self.records.retain(|seat, _| used(seat));
        self.doubtful.retain(|seat| used(seat));
    }

    /// How many are at work.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.apps.values().filter(|it| it.out.is_some()).count()
    }

    /// The worker of an app.
    #[cfg(test)]
    pub(super) fn worker(&self, seat: &Seat) -> Option<&R::Worker> {
        Some(&self.apps.get(seat)?.worker)
    }
}

/// As many of a class as there are processors, and two so that one who is slow does not hold all.
pub(crate) fn slots() -> usize {
    thread::available_parallelism().map_or(2, usize::from).max(2)
}

fn is_proven(entry: &Entry) -> bool {
    entry.class == Class::Proven
}
