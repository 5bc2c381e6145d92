//! Batches and replies in frames: the engine of a script's process, and the letter it is sent.

use std::process::{ExitCode, exit};
use std::sync::Arc;
use std::time::Duration;

use bowline_model::Digest;
use serde::{Deserialize, Serialize};

use super::child::{self, BROKEN_PIPE, Engine};
use super::link::Letter;
use super::message::{pack, unpack};
use super::pipe::Pipe;
use super::question::Question;
use super::records;
use super::remote::{Later, Remote, later};
use crate::script::crew::Post;
use crate::script::worker::Pulse;
use crate::script::{Batch, Language, Limits, Reply, ScriptVm, Source, engine};

/// What the engines are told when their process starts.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    luau: bool,
    tick_time: Duration,
    start_time: Duration,
    grace: Duration,
    memory: usize,
    instructions: Option<u64>,
    calls: u32,
    nodes: usize,
    entities: usize,
    log_lines: usize,
    log_lines_per_second: u32,
}

/// The first word for engines of `language`.
pub(in crate::script) fn told(language: Language, limits: &Limits) -> Vec<u8> {
    pack(&Told {
        luau: language == Language::Luau,
        tick_time: limits.tick_time,
        start_time: limits.start_time,
        grace: limits.grace,
        memory: limits.memory,
        instructions: limits.instructions,
        calls: limits.calls,
        nodes: limits.nodes,
        entities: limits.entities,
        log_lines: limits.log_lines,
        log_lines_per_second: limits.log_lines_per_second,
    })
}

impl Told {
    fn limits(&self) -> Limits {
        Limits {
            tick_time: self.tick_time,
            start_time: self.start_time,
            grace: self.grace,
            memory: self.memory,
            instructions: self.instructions,
            calls: self.calls,
            nodes: self.nodes,
            entities: self.entities,
            log_lines: self.log_lines,
            log_lines_per_second: self.log_lines_per_second,
            ..Limits::standard()
        }
    }
}

/// Serves the world at the other end of standard input until it ends.
pub(crate) fn serve() -> ExitCode {
    child::serve(Scripts::new)
}

/// An app's scripts, inside their process.
pub(super) struct Scripts {
    vm: Box<dyn ScriptVm>,
    pipe: Pipe,
    definitions: Later,
}

impl Scripts {
    pub(super) fn new(told: &[u8], pipe: &Pipe, pulse: &Arc<Pulse>) -> Scripts {
        let Some(told) = unpack::<Told>(told) else { exit(BROKEN_PIPE) };
        let language = if told.luau { Language::Luau } else { Language::JavaScript };
        let vm = engine::of(language, told.limits(), pulse);
        Scripts { vm, pipe: pipe.clone(), definitions: later(Vec::new()) }
    }
}

impl Engine for Scripts {
    fn run(&mut self, batch: &[u8], pulse: &Pulse) -> Vec<u8> {
        let Some(batch) = unpack::<Batch>(batch) else { exit(BROKEN_PIPE) };
        let world: Arc<dyn Source> = Arc::new(Remote::new(&self.pipe, &self.definitions));
        pack(&self.vm.run(&batch, &world, pulse))
    }

    fn define(&mut self, records: Vec<u8>) {
        self.definitions = later(records);
    }
}

/// What a process answered; `None` if no engine of ours says such a thing.
pub(in crate::script) fn reply(bytes: &[u8]) -> Option<Reply> {
    unpack(bytes)
}

impl Letter for Post {
    fn body(&self) -> Vec<u8> {
        pack(&*self.batch)
    }

    fn definitions(&self) -> Digest {
        self.world.definitions().hash()
    }

    fn records(&self) -> Vec<u8> {
        records::write(self.world.definitions())
    }

    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let question: Question = unpack(question)?;
        Some(pack(&question.answer(&*self.world)))
    }
}
