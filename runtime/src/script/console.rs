//! [`Console`]: what the running instance of a realm says to the world, collected until its hook is over.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rquickjs::{Ctx, Exception, Function, Object, Value};

use super::budget::Budget;
use super::bundle::Bundle;
use super::columns::Columns;
use super::failure;
use super::reach::Reach;
use super::{Emitted, Op, Said, Sent, Stored, columns_host, life_host, moment, reach_host};
use crate::physics::Answer;
use crate::world::Level;

/// Longest line kept, in bytes.
const LINE_BYTES_MAX: usize = 4096;

/// Lines of one hook that are kept; a script in a hurry shall not flood the log of its app.
const LINES_PER_HOOK_MAX: usize = 200;

/// How much larger what nodes want is as values than as text, about.
const AS_VALUES: usize = 4;

pub(super) struct Console {
    pub(super) budget: Rc<Budget>,
    pub(super) bundle: Arc<Bundle>,
    pub(super) said: RefCell<Said>,
    pub(super) reach: RefCell<Reach>,
    pub(super) handed: RefCell<Handed>,
    /// What a save hook handed over last: JSON.
    pub(super) saved: RefCell<Option<String>>,
    /// Of a system: what it reads and writes.
    pub(super) columns: RefCell<Columns>,
}

/// What a script's nodes want changed, as far as it was handed over before its hook is over. It counts as
/// what the script holds.
#[derive(Default)]
pub(super) struct Handed {
    pub(super) ops: Vec<Op>,
    bytes: usize,
}

impl Console {
    pub(super) fn log(&self, level: Level, text: &str) {
        let mut said = self.said.borrow_mut();
        match said.lines.len() {
            LINES_PER_HOOK_MAX => {
                said.lines.push((Level::Warn, "too_many_lines: the rest is dropped".to_owned()))
            }
            more if more > LINES_PER_HOOK_MAX => (),
            _ => {
                let end = text.floor_char_boundary(LINE_BYTES_MAX);
                said.lines.push((level, text[..end].to_owned()));
            }
        }
    }

    /// What was said, if anything was.
    pub(super) fn take(&self) -> Option<Said> {
        if *self.said.borrow() == Said::default() { None } else { Some(self.said.take()) }
    }

    /// Whether the hook said, changed or used up anything.
    pub(super) fn has_left(&self) -> bool {
        self.budget.cause().is_some()
            || self.reach.borrow().has_changes()
            || *self.said.borrow() != Said::default()
    }

    /// Whatever the engine was asked has come back by now, so an exception that is still there came
    /// back as a success. The engine's promises do that: they queue their jobs without looking whether
    /// there was memory to. The job is gone then, with all that waits for it, and no value tells.
    pub(super) fn notice_lost(&self, ctx: &Ctx<'_>) {
        if ctx.has_exception() && failure::describe(&self.bundle, &ctx.catch()).code == failure::OUT_OF_MEMORY
        {
            self.budget.starved();
        }
    }

    pub(super) fn charge(&self, ctx: &Ctx<'_>) -> rquickjs::Result<()> {
        self.charge_for(ctx, 0)
    }

    /// As [`Console::charge`], for a call that says so many bytes.
    pub(super) fn charge_for(&self, ctx: &Ctx<'_>, bytes: usize) -> rquickjs::Result<()> {
        if self.budget.call(bytes) {
            Ok(())
        } else {
            Err(Exception::throw_message(ctx, "too many calls into the world"))
        }
    }

    pub(super) fn read(&self, key: &str) -> Option<Arc<str>> {
        let said = self.said.borrow();
        let written = said.writes.iter().rev().find(|it| it.key == key).map(|it| Arc::clone(&it.value));
        written.or_else(|| self.reach.borrow().stored(key))
    }

    /// A question about bodies and its answer, as JSON; what is no question has no answer.
    pub(super) fn ask(&self, app: &str, question: &str) -> String {
        let ask = serde_json::from_str(question).ok();
        let answer = ask.map_or(Answer::Nothing, |it| self.reach.borrow().ask(app, &it));
        serde_json::to_string(&answer).unwrap_or_else(|_| "\"Nothing\"".to_owned())
    }

    pub(super) fn send(&self, name: String, data: String, to: &str) {
        let (to, except) = match to.strip_prefix("to:") {
            Some(player) => (Some(player.to_owned()), None),
            None => (None, Some(to.to_owned()).filter(|it| !it.is_empty())),
        };
        self.said.borrow_mut().sends.push(Sent { name, data, to, except });
    }

    /// The `host` object of the prelude.
    pub(super) fn host<'js>(self: &Rc<Self>, ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        let host = Object::new(ctx.clone())?;
        let it = Rc::clone(self);
        let log = move |ctx: Ctx<'js>, level: String, text: rquickjs::String<'js>| {
            it.charge(&ctx)?;
            it.log(Level::named(&level), &text.to_string().unwrap_or_default());
            rquickjs::Result::Ok(())
        };
        host.set("log", Function::new(ctx.clone(), log)?)?;
        let it = Rc::clone(self);
        let send = move |ctx: Ctx<'js>, name: String, data: String, to: String| {
            it.charge_for(&ctx, name.len() + data.len())?;
            it.send(name, data, &to);
            rquickjs::Result::Ok(())
        };
        host.set("send", Function::new(ctx.clone(), send)?)?;
        let it = Rc::clone(self);
        let emit = move |ctx: Ctx<'js>, name: String, data: String| {
            it.charge_for(&ctx, name.len() + data.len())?;
            it.said.borrow_mut().emits.push(Emitted { name, data: data.into() });
            rquickjs::Result::Ok(())
        };
        host.set("emit", Function::new(ctx.clone(), emit)?)?;
        let it = Rc::clone(self);
        let read = move |ctx: Ctx<'js>, key: String| {
            it.charge(&ctx)?;
            it.read(&key).map(|it| rquickjs::String::from_str(ctx, &it)).transpose()
        };
        host.set("read", Function::new(ctx.clone(), read)?)?;
        let it = Rc::clone(self);
        let ask = move |ctx: Ctx<'js>, app: String, question: String| {
            it.charge(&ctx)?;
            rquickjs::Result::Ok(it.ask(&app, &question))
        };
        host.set("ask", Function::new(ctx.clone(), ask)?)?;
        self.more_host(ctx, &host)?;
        reach_host::install(self, ctx, &host)?;
        life_host::install(self, ctx, &host)?;
        if self.bundle.system.is_some() {
            columns_host::install(self, ctx, &host)?;
        }
        Ok(host)
    }

    fn more_host<'js>(self: &Rc<Self>, ctx: &Ctx<'js>, host: &Object<'js>) -> rquickjs::Result<()> {
        let it = Rc::clone(self);
        let write = move |ctx: Ctx<'js>, key: String, value: String| {
            it.charge_for(&ctx, key.len() + value.len())?;
            it.said.borrow_mut().writes.push(Stored { key, value: value.into() });
            rquickjs::Result::Ok(())
        };
        host.set("write", Function::new(ctx.clone(), write)?)?;
        let it = Rc::clone(self);
        // Not a call into the world either: the rest of them is what the hook returns.
        let ops = move |ctx: Ctx<'js>, part: String| {
            let mut handed = it.handed.borrow_mut();
            handed.bytes += part.len() * AS_VALUES;
            if handed.bytes > it.budget.limits().memory {
                it.budget.starved();
                return Err(Exception::throw_message(&ctx, "out of memory"));
            }
            let part: Vec<serde_json::Value> = serde_json::from_str(&part).unwrap_or_default();
            handed.ops.extend(part.into_iter().filter_map(Op::read));
            Ok(())
        };
        host.set("ops", Function::new(ctx.clone(), ops)?)?;
        let it = Rc::clone(self);
        let failed = move |ctx: Ctx<'js>, what: String, error: Value<'js>| {
            it.charge(&ctx)?;
            let problem = failure::describe(&it.bundle, &error);
            // The prelude caught it, not the script: a listener that fails is logged and the others go
            // on, but one that had no memory is what the budget is there to stop. (A bare `null` may
            // be the script's own.)
            if problem.code == failure::OUT_OF_MEMORY && !error.is_null() {
                it.budget.starved();
            } else {
                it.log(Level::Error, &failure::line(&what, &problem));
            }
            rquickjs::Result::Ok(())
        };
        host.set("failed", Function::new(ctx.clone(), failed)?)?;
        let moment = |ctx: Ctx<'js>, milliseconds: f64, format: String| {
            if format.len() > moment::FORMAT_BYTES_MAX {
                return Err(Exception::throw_range(
                    &ctx,
                    "getTimestamp takes a format of at most 1000 bytes",
                ));
            }
            Ok(moment::text(milliseconds, &format))
        };
        host.set("moment", Function::new(ctx.clone(), moment)?)?;
        let it = Rc::clone(self);
        // Not a call into the world: natives that never ask the engine's handler ask here instead.
        let poll = move |ctx: Ctx<'js>| {
            if it.budget.exhausted().is_some() {
                Err(Exception::throw_message(&ctx, "out of time"))
            } else {
                Ok(())
            }
        };
        host.set("poll", Function::new(ctx.clone(), poll)?)
    }
}
