//! [`Instance`]: one running script: an engine, its realm, and the hooks the world calls.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::rc::Rc;
use std::sync::Arc;

use bowline_model::Problem;
use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::promise::PromiseState;
use rquickjs::{
    CatchResultExt as _, CaughtError, Context, Ctx, Function, Object, Persistent, Runtime, Value,
};

use super::budget::Budget;
use super::bundle::{Bundle, Texts};
use super::console::Console;
use super::modules::{Modules, declare};
use super::reach::View;
use super::{Batch, Op, Outcome, api_table, failure};
use crate::world::Level;

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
    include_str!("prelude/node.js"),
    include_str!("prelude/components.js"),
    include_str!("prelude/api.js"),
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

/// A module may export a default that is no function; only running it tells.
fn missing_default_export(bundle: &Bundle) -> Problem {
    let problem = bowline_script::graph::missing_default_export(&bundle.entry);
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
        });
        let engine_failed = |_| bundle.problem("script_memory_budget", "there is not enough memory to start");
        let made = Instance::new(&console, texts).map_err(engine_failed);
        let mut instance = match made {
            Ok(it) => it,
            Err(problem) => return (None, Outcome { failure: Some(problem), ..Outcome::default() }),
        };
        let entry = texts.get(&bundle.entry).map_or("", String::as_str);
        let outcome = instance.hook(&batch.view, |it, ctx| it.start(ctx, facts, entry));
        (outcome.failure.is_none().then_some(instance), outcome)
    }

    fn new(console: &Rc<Console>, texts: &Arc<Texts>) -> rquickjs::Result<Instance> {
        let runtime = Runtime::new()?;
        runtime.set_memory_limit(console.budget.limits().memory);
        runtime.set_max_stack_size(STACK_BYTES);
        let budget = Rc::clone(&console.budget);
        runtime.set_interrupt_handler(Some(Box::new(move || budget.exhausted())));
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
        Ok(Instance { bridge: None, context, runtime, console: Rc::clone(console), rejections, state: None })
    }

    /// Runs the frame handlers, the events and the timers of a tick.
    pub(super) fn tick(&mut self, input: &str, batch: &Batch) -> Outcome {
        self.console.storage.replace(Arc::clone(&batch.storage));
        self.hook(&batch.view, |it, ctx| {
            let input = ctx.json_parse(input).catch(ctx)?;
            it.call(ctx, "tick", (input,)).map(|()| None)
        })
    }

    /// Runs the `destroy` listeners.
    pub(super) fn destroy(&mut self, batch: &Batch) -> Outcome {
        let outcome = self.hook(&batch.view, |it, ctx| it.call(ctx, "destroy", ()).map(|()| None));
        // The instance is going: what it still wanted to change goes with it.
        Outcome { ops: Vec::new(), changes: Vec::new(), state: None, ..outcome }
    }

    /// A hook under the budget: the work, the promise jobs it caused, and what it changed.
    fn hook(
        &mut self,
        view: &Arc<View>,
        work: impl for<'js> FnOnce(&mut Instance, &Ctx<'js>) -> Result<Option<Problem>, CaughtError<'js>>,
    ) -> Outcome {
        self.console.reach.borrow_mut().open(view);
        self.console.budget.start();
        let context = self.context.clone();
        let failure = context
            .with(|ctx| work(self, &ctx).unwrap_or_else(|it| Some(self.thrown(&it))))
            .or_else(|| self.jobs())
            .or_else(|| self.starved_promise());
        let finished = match failure {
            None => context.with(|ctx| self.finish(&ctx).map_err(|it| self.thrown(&it))),
            Some(problem) => Err(problem),
        };
        let cause = self.console.budget.stop();
        let changes = self.console.reach.borrow_mut().close();
        for (_, problem) in self.rejections.take() {
            self.console.log(Level::Error, &failure::line("unhandled rejection", &problem));
        }
        let mut outcome = Outcome { said: self.console.take(), ..Outcome::default() };
        match (cause, finished) {
            // It caught what should have stopped it, and came to an end all the same.
            (Some(cause), result) => {
                let named = result.err().filter(|it| it.code.ends_with("_budget"));
                let limits = self.console.budget.limits();
                outcome.failure = Some(
                    named.unwrap_or_else(|| failure::exhausted(&self.console.bundle, cause, limits, None)),
                );
            }
            (None, Err(problem)) => outcome.failure = Some(problem),
            (None, Ok((ops, state))) => {
                (outcome.ops, outcome.changes, outcome.state) = (ops, changes, state);
            }
        }
        outcome
    }

    fn start<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        facts: &str,
        entry: &str,
    ) -> Result<Option<Problem>, CaughtError<'js>> {
        self.prelude(ctx, facts).catch(ctx)?;
        let name = self.console.bundle.root.specifier(&self.console.bundle.entry);
        let module = declare(ctx, &name, entry).catch(ctx)?;
        let (module, promise) = module.eval().catch(ctx)?;
        // Jobs of the load run here: the entry is called in the same hook.
        while promise.state() == PromiseState::Pending && ctx.execute_pending_job() {
            if self.console.budget.exhausted() {
                break;
            }
        }
        if let Some(result) = promise.result::<Value<'js>>() {
            // The load's own rejection is the failure; it is not unhandled.
            self.rejections.take();
            result.catch(ctx)?;
        }
        if promise.state() == PromiseState::Pending && !self.console.budget.exhausted() {
            let message = "a module waits at its top level for something that does not come while it loads";
            return Ok(Some(self.console.bundle.problem("script_error", message)));
        }
        let namespace = module.namespace().catch(ctx)?;
        let entry: Value<'js> = namespace.get("default").catch(ctx)?;
        let Some(entry) = entry.as_function() else {
            return Ok(Some(missing_default_export(&self.console.bundle)));
        };
        self.call(ctx, "start", (entry.clone(),)).map(|()| None)
    }

    /// Budgets start with the script: setting up its realm is our work, not its.
    fn prelude<'js>(&mut self, ctx: &Ctx<'js>, facts: &str) -> rquickjs::Result<()> {
        self.console.budget.stop();
        let mut options = EvalOptions::default();
        options.filename = Some("bowline:prelude".to_owned());
        let make: Function<'js> = ctx.eval_with_options(PRELUDE, options)?;
        let host = self.console.host(ctx)?;
        let api: Value<'js> = ctx.json_parse(api_table::JSON.as_str())?;
        let facts: Value<'js> = ctx.json_parse(facts)?;
        let bridge: Object<'js> = make.call((host, api, facts))?;
        self.bridge = Some(Persistent::save(ctx, bridge));
        self.console.budget.start();
        Ok(())
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
    fn starved_promise(&self) -> Option<Problem> {
        let rejections = self.rejections.borrow();
        rejections.iter().map(|(_, it)| it).find(|it| it.code == "script_memory_budget").cloned()
    }

    /// What the hook changed: node changes, and the state if it is another than last time.
    fn finish<'js>(&mut self, ctx: &Ctx<'js>) -> Result<(Vec<Op>, Option<String>), CaughtError<'js>> {
        let finish: Function<'js> = self.bridge(ctx).and_then(|it| it.get("finish")).catch(ctx)?;
        let text: String = finish.call(()).catch(ctx)?;
        let finished: Finished = serde_json::from_str(&text).unwrap_or_default();
        let changed = finished.state.filter(|it| self.state.as_ref() != Some(it));
        self.state = changed.clone().or_else(|| self.state.take());
        Ok((finished.ops.into_iter().filter_map(Op::read).collect(), changed))
    }

    fn thrown(&self, error: &CaughtError<'_>) -> Problem {
        let bundle = &self.console.bundle;
        let value = match error {
            CaughtError::Error(rquickjs::Error::Allocation) => {
                return bundle.problem("script_memory_budget", "out of memory");
            }
            CaughtError::Error(error) => return bundle.problem("script_error", error.to_string()),
            CaughtError::Exception(exception) => exception.as_object().as_value(),
            CaughtError::Value(value) => value,
        };
        match self.console.budget.cause() {
            Some(cause) => {
                let stack =
                    value.as_object().and_then(|it| it.get::<_, Option<String>>("stack").ok().flatten());
                failure::exhausted(bundle, cause, self.console.budget.limits(), stack.as_deref())
            }
            None => failure::describe(bundle, value),
        }
    }

    /// Promise jobs, one by one: a flood of them is the script's own time.
    fn jobs(&self) -> Option<Problem> {
        loop {
            if self.console.budget.exhausted() {
                let limits = self.console.budget.limits();
                return Some(failure::exhausted(
                    &self.console.bundle,
                    super::budget::Cause::Time,
                    limits,
                    None,
                ));
            }
            match self.runtime.execute_pending_job() {
                Ok(false) => return None,
                Ok(true) => (),
                Err(failed) => {
                    let problem = failed.0.with(|ctx| {
                        let thrown = ctx.catch();
                        failure::describe(&self.console.bundle, &thrown)
                    });
                    if problem.code == "script_memory_budget" {
                        return Some(problem);
                    }
                    self.console.log(Level::Error, &failure::line("a promise", &problem));
                }
            }
        }
    }
}
