//! [`Instance`]: one running script: an engine, its realm, and the hooks the world calls.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::rc::Rc;
use std::sync::Arc;

use bowline_model::Problem;
use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::promise::PromiseState;
use rquickjs::{
    CatchResultExt as _, CaughtError, Context, Ctx, Function, Object, Persistent, Promise, Runtime, Value,
};

use super::budget::{Budget, Cause};
use super::bundle::{Bundle, Texts};
use super::columns::Columns;
use super::console::Console;
use super::failure::OUT_OF_MEMORY;
use super::life_host::{self, Told};
use super::modules::{Modules, declare};
use super::reach::View;
use super::{Batch, Op, Outcome, Players, api_table, failure};
use crate::world::{Fetched, Level};

/// Stack an engine may use; the thread has much more, so that its own checks come first.
const STACK_BYTES: usize = 512 << 10;

/// No clock (`Performance`), no garbage that can be watched (`WeakRef`): neither replays.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

const PRELUDE: &str = concat!(
    "(function (host, api, facts) {\n'use strict'\nconst RealDate = Date\n",
    include_str!("prelude/math.js"),
    include_str!("prelude/globals.js"),
    include_str!("prelude/node.js"),
    include_str!("prelude/components.js"),
    include_str!("prelude/players.js"),
    include_str!("prelude/fetch.js"),
    include_str!("prelude/api.js"),
    include_str!("prelude/lockdown.js"),
    "\nreturn bridge\n})",
);

const SYSTEM_PRELUDE: &str = concat!(
    "(function (host, api, facts) {\n'use strict'\nconst RealDate = Date\n",
    include_str!("prelude/math.js"),
    include_str!("prelude/globals.js"),
    include_str!("prelude/system.js"),
    include_str!("prelude/lockdown.js"),
    "\nreturn bridge\n})",
);

/// Rejections nobody handled yet: an identity, and what was thrown.
type Rejections = Rc<RefCell<Vec<(u64, Problem)>>>;

/// What the prelude's `finish` hands over.
#[derive(Default, serde::Deserialize)]
struct Finished {
    ops: Vec<serde_json::Value>,
    state: Option<String>,
}

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

/// Fields are dropped in this order: values before the realm, the realm before the engine.
pub(super) struct Instance {
    bridge: Option<Persistent<Object<'static>>>,
    context: Context,
    runtime: Runtime,
    console: Rc<Console>,
    rejections: Rejections,
    state: Option<String>,
    told: Told,
}

impl Instance {
    /// Loads the script and calls its entry.
    pub(super) fn build(
        bundle: &Arc<Bundle>,
        texts: &Arc<Texts>,
        facts: &str,
        surroundings: (&Rc<Budget>, &Batch),
    ) -> (Option<Instance>, Outcome) {
        let (budget, batch) = surroundings;
        let console = Rc::new(Console {
            budget: Rc::clone(budget),
            bundle: Arc::clone(bundle),
            said: RefCell::default(),
            storage: RefCell::new(Arc::clone(&batch.storage)),
            reach: RefCell::default(),
            columns: RefCell::new(bundle.system.as_ref().map(Columns::of).unwrap_or_default()),
        });
        let engine_failed = |_| bundle.problem(OUT_OF_MEMORY, "there is not enough memory to start");
        let made = Instance::new(&console, texts).map_err(engine_failed);
        let mut instance = match made {
            Ok(it) => it,
            Err(problem) => return (None, Outcome { failure: Some(problem), ..Outcome::default() }),
        };
        let entry = texts.get(&bundle.entry).map_or("", String::as_str);
        let outcome = instance.hook(&batch.view, |it| it.start(facts, entry, &batch.players));
        (outcome.failure.is_none().then_some(instance), outcome)
    }

    fn new(console: &Rc<Console>, texts: &Arc<Texts>) -> rquickjs::Result<Instance> {
        let runtime = Runtime::new()?;
        runtime.set_memory_limit(console.budget.limits().memory);
        runtime.set_max_stack_size(STACK_BYTES);
        let budget = Rc::clone(&console.budget);
        runtime.set_interrupt_handler(Some(Box::new(move || budget.exhausted().is_some())));
        let modules = || Modules { console: Rc::clone(console), texts: Arc::clone(texts) };
        runtime.set_loader(modules(), modules());
        let rejections = Rejections::default();
        let (pending, bundle) = (Rc::clone(&rejections), Arc::clone(&console.bundle));
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |_ctx, promise, reason, handled| {
            let mut hasher = DefaultHasher::new();
            promise.hash(&mut hasher);
            let identity = hasher.finish();
            if handled {
                pending.borrow_mut().retain(|(it, _)| *it != identity);
            } else {
                pending.borrow_mut().push((identity, failure::describe(&bundle, &reason)));
            }
        })));
        let context = Context::custom::<Intrinsics>(&runtime)?;
        Ok(Instance {
            bridge: None,
            context,
            runtime,
            console: Rc::clone(console),
            rejections,
            state: None,
            told: Told::default(),
        })
    }

    /// Runs the frame handlers, the events and the timers of a tick.
    pub(super) fn tick(&mut self, input: &str, fetched: &[Fetched], batch: &Batch) -> Outcome {
        self.console.storage.replace(Arc::clone(&batch.storage));
        let news = self.told.news(&batch.players);
        self.hook(&batch.view, |it| {
            it.within(|ctx| {
                it.tell(ctx, news)?;
                let bridge = it.bridge(ctx).catch(ctx)?;
                fetched.iter().try_for_each(|one| life_host::answer(ctx, &bridge, one))?;
                let input = ctx.json_parse(input).catch(ctx)?;
                it.call(ctx, "tick", (input,))
            })
        })
    }

    fn tell<'js>(&self, ctx: &Ctx<'js>, news: Option<String>) -> Result<(), CaughtError<'js>> {
        let Some(news) = news else { return Ok(()) };
        let news = ctx.json_parse(news).catch(ctx)?;
        self.call(ctx, "players", (news,))
    }

    /// Runs the `destroy` listeners.
    pub(super) fn destroy(&mut self, batch: &Batch) -> Outcome {
        let outcome = self.hook(&batch.view, |it| it.within(|ctx| it.call(ctx, "destroy", ())));
        // The instance is going: what it still wanted to change goes with it.
        Outcome { said: outcome.said, failure: outcome.failure, ..Outcome::default() }
    }

    /// A hook under the budget: the work, the promise jobs it caused, and what it changed.
    fn hook(&mut self, view: &Arc<View>, work: impl FnOnce(&mut Instance) -> Result<(), Problem>) -> Outcome {
        self.console.reach.borrow_mut().open(view);
        self.console.columns.borrow_mut().open(view);
        self.console.budget.start();
        let finished = work(self)
            .and_then(|()| self.jobs(|| true))
            .and_then(|()| self.starved_promise())
            .and_then(|()| self.within(|ctx| self.finish(ctx)));
        let changes = self.console.reach.borrow_mut().close();
        let columns = self.console.columns.borrow_mut().close();
        let finished = match (self.console.budget.stop(), finished) {
            // It caught what should have stopped it, or was never told, and came to an end all the same.
            (Some(cause), result) => {
                let named = result.err().filter(|it| it.code.ends_with("_budget"));
                Err(named.unwrap_or_else(|| self.exhausted(cause, None)))
            }
            (None, result) => result,
        };
        for (_, problem) in self.rejections.take() {
            // The failure says it already, once.
            if problem.code != OUT_OF_MEMORY || finished.is_ok() {
                self.console.log(Level::Error, &failure::line("unhandled rejection", &problem));
            }
        }
        let mut outcome = Outcome { said: self.console.take(), ..Outcome::default() };
        match finished {
            Ok(finished) => {
                (outcome.ops, outcome.state) = self.changes(finished);
                (outcome.changes, outcome.columns) = (changes, columns);
            }
            Err(problem) => outcome.failure = Some(problem),
        }
        outcome
    }

    /// `work` in the realm; what it threw, as a problem.
    fn within<T>(
        &self,
        work: impl for<'js> FnOnce(&Ctx<'js>) -> Result<T, CaughtError<'js>>,
    ) -> Result<T, Problem> {
        self.context.with(|ctx| {
            let result = work(&ctx).map_err(|it| self.thrown(&it));
            self.notice_lost(&ctx);
            result
        })
    }

    /// Whatever the engine was asked has come back by now, so an exception that is still there came
    /// back as a success. The engine's promises do that: they queue their jobs without looking whether
    /// there was memory to. The job is gone then, with all that waits for it, and no value tells.
    fn notice_lost(&self, ctx: &Ctx<'_>) {
        if ctx.has_exception() && failure::describe(&self.console.bundle, &ctx.catch()).code == OUT_OF_MEMORY
        {
            self.console.budget.starved();
        }
    }

    fn start(&mut self, facts: &str, entry: &str, players: &Arc<Players>) -> Result<(), Problem> {
        // Budgets start with the script: setting up its realm is our work, not its.
        self.console.budget.stop();
        self.bridge = Some(self.within(|ctx| self.prelude(ctx, facts).catch(ctx))?);
        if self.console.bundle.system.is_none() {
            let news = self.told.news(players);
            self.within(|ctx| self.tell(ctx, news))?;
        }
        self.console.budget.start();
        let (exports, loaded) = self.within(|ctx| self.load(ctx, entry).catch(ctx))?;
        // Jobs of the load run here: the entry is called in the same hook.
        let state = || self.context.with(|ctx| loaded.clone().restore(&ctx).map(|it| it.state()));
        let pending = || state().is_ok_and(|it| it == PromiseState::Pending);
        self.jobs(pending)?;
        if pending() {
            self.starved_promise()?;
            let message = "a module waits at its top level for something that does not come while it loads";
            return Err(self.console.bundle.problem("script_error", message));
        }
        let result = self.within(|ctx| {
            let promise = loaded.clone().restore(ctx).catch(ctx)?;
            promise.result::<Value<'_>>().transpose().catch(ctx).map(drop)
        });
        // The load's own rejection is the failure; it is not unhandled.
        result.inspect_err(|_| drop(self.rejections.take()))?;
        let called = self.within(|ctx| self.call_entry(ctx, exports))?;
        if called { Ok(()) } else { Err(missing_default_export(&self.console.bundle)) }
    }

    fn prelude<'js>(&self, ctx: &Ctx<'js>, facts: &str) -> rquickjs::Result<Persistent<Object<'static>>> {
        let mut options = EvalOptions::default();
        options.filename = Some("bowline:prelude".to_owned());
        let prelude = if self.console.bundle.system.is_some() { SYSTEM_PRELUDE } else { PRELUDE };
        let make: Function<'js> = ctx.eval_with_options(prelude, options)?;
        let host = self.console.host(ctx)?;
        let api: Value<'js> = ctx.json_parse(api_table::JSON.as_str())?;
        let facts: Value<'js> = ctx.json_parse(facts)?;
        let bridge: Object<'js> = make.call((host, api, facts))?;
        Ok(Persistent::save(ctx, bridge))
    }

    /// Begins to evaluate the entry's module and what it imports; the promise tells when it is done.
    fn load(&self, ctx: &Ctx<'_>, entry: &str) -> rquickjs::Result<Loading> {
        let name = self.console.bundle.root.specifier(&self.console.bundle.entry);
        let (module, promise) = declare(ctx, &name, entry)?.eval()?;
        Ok((Persistent::save(ctx, module.namespace()?), Persistent::save(ctx, promise)))
    }

    /// False if the module exports no function to call.
    fn call_entry<'js>(
        &self,
        ctx: &Ctx<'js>,
        exports: Persistent<Object<'static>>,
    ) -> Result<bool, CaughtError<'js>> {
        let entry: Value<'js> = exports.restore(ctx).and_then(|it| it.get("default")).catch(ctx)?;
        let Some(entry) = entry.as_function() else { return Ok(false) };
        self.call(ctx, "start", (entry.clone(),)).map(|()| true)
    }

    fn bridge<'js>(&self, ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        self.bridge.clone().ok_or(rquickjs::Error::Unknown)?.restore(ctx)
    }

    fn call<'js>(
        &self,
        ctx: &Ctx<'js>,
        name: &str,
        arguments: impl rquickjs::function::IntoArgs<'js>,
    ) -> Result<(), CaughtError<'js>> {
        let method: Function<'js> = self.bridge(ctx).and_then(|it| it.get(name)).catch(ctx)?;
        method.call::<_, Value<'js>>(arguments).catch(ctx).map(drop)
    }

    /// A promise nobody waits for that failed for lack of memory: its script is half done.
    fn starved_promise(&self) -> Result<(), Problem> {
        let rejections = self.rejections.borrow();
        let starved = rejections.iter().map(|(_, it)| it).find(|it| it.code == OUT_OF_MEMORY);
        starved.cloned().map_or(Ok(()), Err)
    }

    fn finish<'js>(&self, ctx: &Ctx<'js>) -> Result<Finished, CaughtError<'js>> {
        let finish: Function<'js> = self.bridge(ctx).and_then(|it| it.get("finish")).catch(ctx)?;
        let text: String = finish.call(()).catch(ctx)?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// What the hook changed: node changes, and the state if it is another than last time.
    fn changes(&mut self, finished: Finished) -> (Vec<Op>, Option<String>) {
        let changed = finished.state.filter(|it| self.state.as_ref() != Some(it));
        self.state = changed.clone().or_else(|| self.state.take());
        (finished.ops.into_iter().filter_map(Op::read).collect(), changed)
    }

    fn exhausted(&self, cause: Cause, stack: Option<&str>) -> Problem {
        failure::exhausted(&self.console.bundle, cause, self.console.budget.limits(), stack)
    }

    fn thrown(&self, error: &CaughtError<'_>) -> Problem {
        let bundle = &self.console.bundle;
        match error {
            CaughtError::Error(rquickjs::Error::Allocation) => bundle.problem(OUT_OF_MEMORY, "out of memory"),
            CaughtError::Error(error) => bundle.problem("script_error", error.to_string()),
            CaughtError::Exception(exception) => self.thrown_value(exception.as_object().as_value()),
            CaughtError::Value(value) => self.thrown_value(value),
        }
    }

    fn thrown_value(&self, value: &Value<'_>) -> Problem {
        let Some(cause) = self.console.budget.cause() else {
            return failure::describe(&self.console.bundle, value);
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
            self.context.with(|ctx| self.notice_lost(&ctx));
        }
        Ok(())
    }
}
