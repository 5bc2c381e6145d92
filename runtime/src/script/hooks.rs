//! One hook of one instance: the call under its budget, the promise jobs it caused, what it changed,
//! and what it is called when it failed.

use bowline_model::Problem;
use rquickjs::promise::PromiseState;
use rquickjs::{CatchResultExt as _, CaughtError, Ctx, Function, Object, Persistent, Promise, Value};

use super::budget::Cause;
use super::failure::OUT_OF_MEMORY;
use super::home::Home as _;
use super::modules::{declare, marked};
use super::realm::{Bridge, Realm, Saved};
use super::{Bundle, Number, Op, Outcome, failure};
use crate::world::Level;

/// What the prelude says has changed.
#[derive(Default, serde::Deserialize)]
struct Finished {
    #[serde(default)]
    ops: Vec<serde_json::Value>,
    state: Option<String>,
    /// What its save hook hands over: JSON.
    saved: Option<String>,
}

/// What a hook changed, as the prelude spells it; most change nothing.
pub(super) type Changed = Result<Option<String>, Problem>;

/// What the entry's module exports, and the promise that it is evaluated. Both go before the engine.
type Loading = (Persistent<Object<'static>>, Persistent<Promise<'static>>);

/// A module may export a default that is no function; only running it tells.
fn missing_default_export(bundle: &Bundle) -> Problem {
    let problem = bowline_script::graph::missing_default_export(&bundle.entry);
    let problem = match bundle.system {
        Some(_) => problem.help("write `export default ctx => { … }`"),
        None => problem,
    };
    Problem { path: bundle.disk_path(&bundle.entry), ..problem }
}

impl Realm {
    /// A hook under the budget: the work, the promise jobs it caused, and what it changed. `None` if
    /// it did nothing anybody has to know of.
    pub(super) fn hook(&self, instance: Number, work: impl FnOnce(&Realm) -> Changed) -> Option<Outcome> {
        self.pulse.begin(instance);
        self.console.budget.start();
        let first = work(self);
        self.finish(instance, first)
    }

    /// The end of a hook that did `first`.
    pub(super) fn finish(&self, instance: Number, first: Changed) -> Option<Outcome> {
        let finished = first.and_then(|first| {
            if !self.runtime.is_job_pending() && self.rejections.borrow().is_empty() {
                return Ok([first, None]);
            }
            self.jobs(|| true)?;
            self.starved_promise()?;
            Ok([first, self.within(|ctx| self.text(ctx, |it| &it.settle, ()))?])
        });
        let changes = self.console.reach.borrow_mut().take();
        let ops = self.console.handed.take().ops;
        let columns = match self.bundle().system {
            Some(_) => self.console.columns.borrow_mut().take(),
            None => Vec::new(),
        };
        let finished = match (self.console.budget.stop(), finished) {
            // It caught what should have stopped it, or was never told, and came to an end all the same.
            (Some(cause), result) => {
                let named = result.err().filter(|it| it.code.ends_with("_budget"));
                Err(named.unwrap_or_else(|| self.exhausted(cause, None)))
            }
            (None, result) => result,
        };
        self.say_rejections(&finished);
        self.round.promised.set(false);
        let said = self.console.take();
        match finished {
            Ok([None, None])
                if said.is_none() && changes.is_empty() && columns.is_empty() && ops.is_empty() =>
            {
                None
            }
            Ok(texts) => {
                let mut outcome = Outcome { instance, ops, changes, columns, ..Outcome::default() };
                outcome.said = said.unwrap_or_default();
                for text in texts.into_iter().flatten() {
                    let it: Finished = serde_json::from_str(&text).unwrap_or_default();
                    outcome.ops.extend(it.ops.into_iter().filter_map(Op::read));
                    outcome.state = it.state.or(outcome.state);
                    self.console.saved.replace(it.saved);
                }
                Some(outcome)
            }
            Err(problem) => {
                let said = said.unwrap_or_default();
                Some(Outcome { instance, said, failure: Some(problem), ..Outcome::default() })
            }
        }
    }

    fn say_rejections<T>(&self, finished: &Result<T, Problem>) {
        if self.rejections.borrow().is_empty() {
            return;
        }
        for (_, problem) in self.rejections.take() {
            // The failure says it already, once.
            if problem.code != OUT_OF_MEMORY || finished.is_ok() {
                self.console.log(Level::Error, &failure::line("unhandled rejection", &problem));
            }
        }
    }

    /// Loads the modules of the instance that was made last, and calls its entry.
    pub(super) fn start(&self, instance: Number) -> Changed {
        self.console.budget.start_up();
        let (exports, loaded) = self.within(|ctx| self.load(ctx, instance).catch(ctx))?;
        // Jobs of the load run here: the entry is called in the same hook.
        let state = || self.context.with(|ctx| loaded.clone().restore(&ctx).map(|it| it.state()));
        let pending = || state().is_ok_and(|it| it == PromiseState::Pending);
        self.jobs(pending)?;
        if pending() {
            self.starved_promise()?;
            let message = "a module waits at its top level for something that does not come while it loads";
            return Err(self.bundle().problem("script_error", message));
        }
        let result = self.within(|ctx| {
            let promise = loaded.clone().restore(ctx).catch(ctx)?;
            promise.result::<Value<'_>>().transpose().catch(ctx).map(drop)
        });
        // The load's own rejection is the failure; it is not unhandled.
        result.inspect_err(|_| drop(self.rejections.take()))?;
        let called = self.within(|ctx| {
            let exports = exports.restore(ctx).catch(ctx)?;
            let entry: Value<'_> = exports.get("default").catch(ctx)?;
            match entry.as_function() {
                Some(entry) => self.text(ctx, |it| &it.start, (entry.clone(), exports)).map(Ok),
                None => Ok(Err(())),
            }
        })?;
        called.map_err(|()| missing_default_export(self.bundle()))
    }

    /// Another hook of one instance, with a text.
    pub(super) fn ask(
        &self,
        which: impl Fn(&Bridge) -> &Saved,
        record: &Persistent<Object<'static>>,
        text: &str,
    ) -> Changed {
        self.within(|ctx| {
            let record = record.clone().restore(ctx).catch(ctx)?;
            self.text(ctx, which, (record, text))
        })
    }

    /// `work` in the realm; what it threw, as a problem.
    pub(super) fn within<T>(
        &self,
        work: impl for<'js> FnOnce(&Ctx<'js>) -> Result<T, CaughtError<'js>>,
    ) -> Result<T, Problem> {
        self.context.with(|ctx| {
            let result = work(&ctx).map_err(|it| self.thrown(&it));
            self.console.notice_lost(&ctx);
            result
        })
    }

    /// Begins to evaluate the entry's module and what it imports; the promise tells when it is done.
    fn load(&self, ctx: &Ctx<'_>, instance: Number) -> rquickjs::Result<Loading> {
        let bundle = self.bundle();
        let name = marked(&bundle.root.specifier(&bundle.entry), &instance.to_string());
        let entry = bundle.texts.get(&bundle.entry).map_or("", String::as_str);
        let (module, promise) = declare(ctx, &name, entry)?.eval()?;
        Ok((Persistent::save(ctx, module.namespace()?), Persistent::save(ctx, promise)))
    }

    /// A function of the prelude.
    pub(super) fn call<'js>(
        &self,
        ctx: &Ctx<'js>,
        which: impl Fn(&Bridge) -> &Saved,
    ) -> Result<Function<'js>, CaughtError<'js>> {
        let bridge = self.bridge.as_ref().ok_or(rquickjs::Error::Unknown).catch(ctx)?;
        which(bridge).clone().restore(ctx).catch(ctx)
    }

    /// A function of the prelude that says what has changed.
    pub(super) fn text<'js>(
        &self,
        ctx: &Ctx<'js>,
        which: impl Fn(&Bridge) -> &Saved,
        arguments: impl rquickjs::function::IntoArgs<'js>,
    ) -> Result<Option<String>, CaughtError<'js>> {
        self.call(ctx, which)?.call(arguments).catch(ctx)
    }

    /// A promise nobody waits for that failed for lack of memory: its script is half done.
    fn starved_promise(&self) -> Result<(), Problem> {
        let rejections = self.rejections.borrow();
        let starved = rejections.iter().map(|(_, it)| it).find(|it| it.code == OUT_OF_MEMORY);
        starved.cloned().map_or(Ok(()), Err)
    }

    fn exhausted(&self, cause: Cause, stack: Option<&str>) -> Problem {
        failure::exhausted(self.bundle(), cause, self.console.budget.limits(), stack)
    }

    fn thrown(&self, error: &CaughtError<'_>) -> Problem {
        let bundle = self.bundle();
        match error {
            CaughtError::Error(rquickjs::Error::Allocation) => self.exhausted(Cause::Memory, None),
            CaughtError::Error(error) => bundle.problem("script_error", error.to_string()),
            CaughtError::Exception(exception) => self.thrown_value(exception.as_object().as_value()),
            CaughtError::Value(value) => self.thrown_value(value),
        }
    }

    fn thrown_value(&self, value: &Value<'_>) -> Problem {
        let cause = match self.console.budget.cause() {
            Some(cause) => cause,
            None => match failure::describe(self.bundle(), value) {
                problem if problem.code == OUT_OF_MEMORY => Cause::Memory,
                problem => return problem,
            },
        };
        let stack = value.as_object().and_then(|it| it.get::<_, Option<String>>("stack").ok().flatten());
        self.exhausted(cause, stack.as_deref())
    }

    /// Promise jobs, one by one, as long as they are `wanted`: a flood of them is the script's own time.
    fn jobs(&self, wanted: impl Fn() -> bool) -> Result<(), Problem> {
        while wanted() {
            if let Some(cause) = self.console.budget.exhausted() {
                return Err(self.exhausted(cause, None));
            }
            let ran = match self.runtime.execute_pending_job() {
                Ok(ran) => ran,
                Err(failed) => {
                    let problem = failed.0.with(|ctx| self.thrown_value(&ctx.catch()));
                    if problem.code.ends_with("_budget") {
                        return Err(problem);
                    }
                    self.console.log(Level::Error, &failure::line("a promise", &problem));
                    true
                }
            };
            if !ran {
                break;
            }
            self.context.with(|ctx| self.console.notice_lost(&ctx));
        }
        Ok(())
    }
}
