//! [`Processes`]: the ring as [`crate::script::pool`] needs it.

use std::io;
use std::time::{Duration, Instant};

use super::deadline::{self, judge};
use super::frame::Kind;
use super::link::{Arguments, Letter, Link};
use super::message::Sign;
use crate::script::budget::wall;
use crate::script::pool::{Look, Manner, Ring, Tell, Worker};
use crate::script::worker::NOBODY;
use crate::script::{Language, Limits, Number, Seat};

/// What the engines of a process are told when it starts.
pub(in crate::script) type Told = fn(Language, &Limits) -> Vec<u8>;

/// Apps in processes of their own.
pub(in crate::script) struct Processes {
    limits: Limits,
    arguments: Arguments,
    told: Told,
}

impl Processes {
    /// `arguments` are those with which this program is a script's process.
    pub(in crate::script) fn new(limits: Limits, arguments: Arguments, told: Told) -> Processes {
        Processes { limits, arguments, told }
    }
}

impl Ring for Processes {
    type Worker = Process;
    type Reply = Vec<u8>;

    fn start(&self, seat: &Seat, manner: Manner, tell: Tell<Vec<u8>>) -> io::Result<Process> {
        let run = match manner {
            Manner::Plain => Kind::Run,
            Manner::Telling => Kind::RunTelling,
        };
        let engine = (self.told)(seat.1, &self.limits);
        let link = Link::start(&seat.0, (self.limits, engine), (self.arguments, run), tell)?;
        Ok(Process { limits: self.limits, link, sent: wall(), before: None, starts: 0 })
    }
}

/// An app's process.
pub(in crate::script) struct Process {
    limits: Limits,
    link: Link,
    /// When the batch was.
    sent: Instant,
    /// What the process had used then.
    before: Option<Duration>,
    /// Of the batch.
    starts: u32,
}

impl Worker for Process {
    type Letter = Box<dyn Letter>;

    fn send(&mut self, letter: Box<dyn Letter>, starts: u32) -> bool {
        (self.sent, self.before, self.starts) = (wall(), self.link.used().time, starts);
        self.link.send(letter)
    }

    fn look(&mut self) -> Look {
        let (heard, used) = (self.link.heard(), self.link.used());
        let waited = heard.begun.unwrap_or(self.sent).elapsed();
        let time = used.time.map(|now| now.saturating_sub(self.before.unwrap_or_default()));
        let look =
            deadline::Look { waited, used: time, held: used.memory, sign: heard.sign, starts: self.starts };
        if let Some(why) = judge(&look, &self.limits) {
            // Its end is told when it has come.
            self.link.kill(why);
        }
        let said = heard.sign.map(|it| Duration::from_micros(it.batch));
        Look::GoesOn { waited, used: said.max(time).unwrap_or(waited) }
    }

    fn culprit(&self) -> Option<Number> {
        let Sign { instance, .. } = self.link.heard().sign?;
        Some(instance).filter(|it| *it != NOBODY)
    }
}

#[cfg(test)]
impl Process {
    /// The number of the process, if there is one.
    pub(super) fn id(&self) -> Option<u32> {
        self.link.id()
    }

    /// What it holds and has used.
    pub(super) fn used(&self) -> super::meter::Used {
        self.link.used()
    }
}
