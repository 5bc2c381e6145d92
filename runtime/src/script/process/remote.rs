//! [`Remote`]: the world, read from inside a script's process. Every look is a question through the pipe,
//! asked once per batch: the world does not change while scripts run.

use std::collections::BTreeMap;
use std::process::exit;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::child::BROKEN_PIPE;
use super::frame::{Frame, Kind};
use super::message::{pack, unpack};
use super::pipe::Pipe;
use super::question::{Answer, Question};
use super::records;
use crate::definitions::Definitions;
use crate::ecs::{Cells, ComponentId, Entity, Lineage, Value};
use crate::physics;
use crate::script::Source;

/// Definitions that are compiled when the first script looks at them.
pub(super) type Later = Arc<LazyLock<Arc<Definitions>, Box<dyn FnOnce() -> Arc<Definitions> + Send>>>;

/// Definitions as they came.
pub(super) fn later(records: Vec<u8>) -> Later {
    // What the world itself runs with compiles; a process that is told nonsense has nothing to go by.
    let compile = move || records::read(&records).unwrap_or_else(|| exit(BROKEN_PIPE));
    Arc::new(LazyLock::new(Box::new(compile)))
}

/// One batch's look at the world.
pub(super) struct Remote {
    pipe: Pipe,
    definitions: Later,
    /// By the question as it is sent.
    known: Mutex<BTreeMap<Vec<u8>, Answer>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the world")
    }
}

impl Remote {
    pub(super) fn new(pipe: &Pipe, definitions: &Later) -> Remote {
        Remote { pipe: pipe.clone(), definitions: Arc::clone(definitions), known: Mutex::default() }
    }

    fn look(&self, question: &Question) -> Answer {
        let question = pack(question);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.get(&question) {
            return answer.clone();
        }
        let answer = self.say(&question);
        if known.len() < KNOWN_MAX {
            known.insert(question, answer.clone());
        }
        answer
    }

    /// Without an answer there is no world any more.
    fn say(&self, question: &[u8]) -> Answer {
        let sent = self.pipe.send(Kind::Ask, question);
        let answer = sent.and_then(|()| self.pipe.receive());
        match answer {
            Ok(Some(Frame { kind: Kind::Answer, body })) => {
                unpack(&body).unwrap_or_else(|| exit(BROKEN_PIPE))
            }
            _ => exit(BROKEN_PIPE),
        }
    }
}

/// Answers kept for a batch. Beyond that the world is asked again.
const KNOWN_MAX: usize = 100_000;

impl Source for Remote {
    fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    fn entity(&self, id: &str) -> Option<Entity> {
        self.look(&Question::Entity(id.to_owned())).entity()
    }

    fn id(&self, entity: Entity) -> String {
        self.look(&Question::Id(entity)).text().unwrap_or_default()
    }

    fn alive(&self, entity: Entity) -> bool {
        self.look(&Question::Alive(entity)).bool()
    }

    fn has(&self, entity: Entity, component: ComponentId) -> bool {
        self.look(&Question::Has(entity, component)).bool()
    }

    fn value(&self, entity: Entity, component: ComponentId, field: &str) -> Option<Value> {
        self.look(&Question::Value(entity, component, field.to_owned())).value()
    }

    fn lineage(&self, entity: Entity) -> Option<Lineage> {
        self.look(&Question::Lineage(entity)).lineage()
    }

    fn query(&self, components: &[ComponentId]) -> Vec<Entity> {
        self.look(&Question::Query(components.to_vec())).entities()
    }

    fn tables(&self, components: &[ComponentId]) -> Vec<(Vec<ComponentId>, usize)> {
        if let Answer::Tables(it) = self.look(&Question::Tables(components.to_vec())) {
            it
        } else {
            Vec::new()
        }
    }

    fn members(&self, table: &[ComponentId]) -> Vec<Entity> {
        self.look(&Question::Members(table.to_vec())).entities()
    }

    fn place(&self, entity: Entity) -> Option<(Vec<ComponentId>, usize)> {
        if let Answer::Place(it) = self.look(&Question::Place(entity)) { it } else { None }
    }

    fn cells(&self, table: &[ComponentId], component: ComponentId, column: usize) -> Option<Cells> {
        let answer = self.look(&Question::Cells(table.to_vec(), component, column));
        if let Answer::Cells(it) = answer { it } else { None }
    }

    fn ask(&self, app: &str, ask: &physics::Ask) -> physics::Answer {
        match self.look(&Question::Bodies(app.to_owned(), ask.clone())) {
            Answer::Bodies(it) => it,
            _ => physics::Answer::Nothing,
        }
    }

    fn stored(&self, key: &str) -> Option<Arc<str>> {
        self.look(&Question::Stored(key.to_owned())).text().map(Into::into)
    }
}
