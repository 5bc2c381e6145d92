//! [`Pool`]: the processes of all apps in a tick. As many work at once as there are processors; who takes
//! too long is killed; nobody waits for one of them longer than that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::deadline::{Look, judge};
use super::frame::Kind;
use super::link::{Arguments, Ending, Letter, Link, News};
use super::message::Sign;
use super::turns::{self, Known, Need};
use crate::script::budget::wall;
use crate::script::worker::NOBODY;
use crate::script::{Limits, Number};

/// How often those at work are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// What an app shall do in a tick.
pub(in crate::script) struct Task {
    /// What the engines are told if the process starts now.
    pub(in crate::script) engine: Vec<u8>,
    pub(in crate::script) letter: Box<dyn Letter>,
    /// Scripts that are started by it.
    pub(in crate::script) starts: u32,
    pub(in crate::script) need: Need,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::script) enum Came {
    Reply(Vec<u8>),
    /// The process is gone. Nobody may know which instance it was in.
    Ended {
        ending: Ending,
        culprit: Option<Number>,
    },
    /// It had no turn in this tick.
    Waits,
}

pub(in crate::script) struct Pool {
    limits: Limits,
    arguments: Arguments,
    slots: usize,
    apps: BTreeMap<String, App>,
    sender: Sender<(u64, News)>,
    news: Receiver<(u64, News)>,
    next: u64,
    /// Apps that ended and nobody knows why: they say at once who begins from then on.
    doubtful: BTreeSet<String>,
}

struct App {
    /// No two processes have the same, so that late news of one are not taken for another's.
    number: u64,
    link: Link,
    good: u64,
}

/// A batch that is out.
struct Out {
    app: String,
    began: Instant,
    starts: u32,
    used_before: Option<Duration>,
    sign: Option<Sign>,
    killed: bool,
}

impl Pool {
    /// `arguments` are those with which this program is a script's process.
    pub(in crate::script) fn new(limits: Limits, arguments: Arguments) -> Pool {
        let (sender, news) = channel();
        let slots = thread::available_parallelism().map_or(2, usize::from).max(2);
        Pool {
            limits,
            arguments,
            slots,
            apps: BTreeMap::new(),
            sender,
            news,
            next: 0,
            doubtful: BTreeSet::new(),
        }
    }

    /// Gives every app its task, and waits until each has answered, is gone, or has to wait.
    pub(in crate::script) fn run(&mut self, tasks: BTreeMap<String, Task>) -> BTreeMap<String, Came> {
        let mut waiting = self.turns(&tasks);
        let mut tasks = tasks;
        let mut came = BTreeMap::new();
        let mut out: BTreeMap<u64, Out> = BTreeMap::new();
        let (mut lost, mut looked) = (Duration::ZERO, wall());
        let most = (self.limits.tick_time + self.limits.grace) * u32::try_from(self.slots).unwrap_or(2);
        loop {
            while out.len() < self.slots
                && let Some((app, need)) = waiting.pop_front()
            {
                let Some(task) = tasks.remove(&app) else { continue };
                if !turns::may_begin(need, lost, most) {
                    came.insert(app, Came::Waits);
                    continue;
                }
                match self.begin(&app, task) {
                    Ok((number, begun)) => drop(out.insert(number, begun)),
                    Err(ending) => drop(came.insert(app, Came::Ended { ending, culprit: None })),
                }
            }
            if out.is_empty() {
                return came;
            }
            if let Ok((number, news)) = self.news.recv_timeout(LOOK_EVERY)
                && let Some((app, answer, cost)) = heard(&mut out, number, news)
            {
                lost += self.learn(&app, &answer, cost);
                came.insert(app, answer);
            }
            if looked.elapsed() >= LOOK_EVERY {
                looked = wall();
                out.values_mut().for_each(|it| self.look(it));
            }
        }
    }

    fn turns(&self, tasks: &BTreeMap<String, Task>) -> VecDeque<(String, Need)> {
        let known = |(app, task): (&'_ String, &Task)| (app.clone(), task.need);
        let all: Vec<(String, Need)> = tasks.iter().map(known).collect();
        let good = |app: &str| self.apps.get(app).map_or(0, |it| it.good);
        let list = all.iter().map(|(app, need)| Known { app, good: good(app), need: *need }).collect();
        turns::order(list).into_iter().map(|it| (it.app.to_owned(), it.need)).collect()
    }

    fn begin(&mut self, app: &str, task: Task) -> Result<(u64, Out), Ending> {
        if !self.apps.contains_key(app) {
            let link = self.start(app, task.engine).map_err(|it| Ending::NotStarted(it.to_string()))?;
            self.apps.insert(app.to_owned(), App { number: self.next, link, good: 0 });
            self.next += 1;
        }
        let Some(known) = self.apps.get(app) else { return Err(Ending::NotStarted(String::new())) };
        let used_before = known.link.used().time;
        if !known.link.send(task.letter) {
            self.apps.remove(app);
            return Err(Ending::Failed("its thread is gone".to_owned()));
        }
        let (app, starts) = (app.to_owned(), task.starts);
        let out = Out { app, began: wall(), starts, used_before, sign: None, killed: false };
        Ok((known.number, out))
    }

    fn start(&self, app: &str, engine: Vec<u8>) -> std::io::Result<Link> {
        let (number, sender) = (self.next, self.sender.clone());
        let news = move |it| sender.send((number, it)).is_ok();
        let run = if self.doubtful.contains(app) { Kind::RunTelling } else { Kind::Run };
        Link::start(app, (self.limits, engine), (self.arguments, run), news)
    }

    /// Kills it if it has to be.
    fn look(&self, out: &mut Out) {
        let Some(app) = self.apps.get(&out.app).filter(|_| !out.killed) else { return };
        let used = app.link.used();
        let look = Look {
            waited: out.began.elapsed(),
            used: used.time.map(|now| now.saturating_sub(out.used_before.unwrap_or_default())),
            held: used.memory,
            sign: out.sign,
            starts: out.starts,
        };
        if let Some(why) = judge(&look, &self.limits) {
            out.killed = true;
            app.link.kill(why);
        }
    }

    /// Keeps the record of an app; what of the tick was lost to it.
    fn learn(&mut self, app: &str, came: &Came, cost: Duration) -> Duration {
        if let Came::Ended { culprit, .. } = came {
            self.apps.remove(app);
            if culprit.is_none() {
                self.doubtful.insert(app.to_owned());
            }
            return cost;
        }
        let overran = cost > self.limits.tick_time;
        if let Some(known) = self.apps.get_mut(app) {
            known.good = if overran { 0 } else { known.good + 1 };
        }
        if overran { cost } else { Duration::ZERO }
    }

    /// Lets the processes go of apps that have no instance any more.
    pub(in crate::script) fn retain(&mut self, used: impl Fn(&str) -> bool) {
        self.apps.retain(|app, _| used(app));
        self.doubtful.retain(|app| used(app));
    }

    /// The number of an app's process.
    #[cfg(test)]
    pub(in crate::script) fn process(&self, app: &str) -> Option<u32> {
        self.apps.get(app)?.link.id()
    }
}

/// What the news mean for the batch they are about: an answer, and what it cost, if it is over.
fn heard(out: &mut BTreeMap<u64, Out>, number: u64, news: News) -> Option<(String, Came, Duration)> {
    let batch = out.get_mut(&number)?;
    match news {
        News::Begun => {
            // Starting the process was not the script's.
            batch.began = wall();
            None
        }
        News::Sign(sign) => {
            // Who begins is told without saying what all cost so far.
            let before = batch.sign.map_or(0, |it| it.batch);
            batch.sign = Some(Sign { batch: sign.batch.max(before), ..sign });
            None
        }
        News::Done(reply) => {
            let over = out.remove(&number)?;
            Some((over.app, Came::Reply(reply), cost(over.sign)))
        }
        News::Ended(ending) => {
            let over = out.remove(&number)?;
            let culprit = over.sign.map(|it| it.instance).filter(|it| *it != NOBODY);
            Some((over.app, Came::Ended { ending, culprit }, cost(over.sign)))
        }
    }
}

fn cost(sign: Option<Sign>) -> Duration {
    Duration::from_micros(sign.map_or(0, |it| it.batch))
}
