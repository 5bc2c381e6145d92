//! [`Realm`]: one version of one app in QuickJS: an engine, the prelude, and every instance of the app.
//!
//! The prelude runs once; an instance is a record of it, its modules, and what its closures hold. What
//! happens inside one hook is `hooks.rs`, how all have their frames `frames.rs`; which hooks run when is
//! `turns.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::rc::Rc;
use std::sync::Arc;

use bowline_model::Problem;
use rquickjs::context::intrinsic;
use rquickjs::{CatchResultExt as _, Context, Ctx, Function, Object, Persistent, Runtime, Value};
use serde_json::json;

use super::budget::Budget;
use super::columns::Columns;
use super::console::Console;
use super::failure::OUT_OF_MEMORY;
use super::frames::{Lineup, Round};
use super::home::{Home, Key};
use super::life_host::{self, Told};
use super::modules::{Modules, too_many_gone};
use super::worker::{NOBODY, Pulse};
use super::{Batch, Bundle, Event, Input, Number, Outcome, Source, Touched, api_table, failure, prelude};
use crate::clock::EPOCH_MS;

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

/// Rejections nobody handled yet: an identity, and what was thrown.
pub(super) type Rejections = Rc<RefCell<Vec<(u64, Problem)>>>;

/// A function of the prelude.
pub(super) type Saved = Persistent<Function<'static>>;

/// What the prelude hands out.
pub(super) struct Bridge {
    pub(super) begin: Saved,
    pub(super) build: Saved,
    pub(super) start: Saved,
    pub(super) frames: Saved,
    pub(super) destroy: Saved,
    pub(super) save: Saved,
    pub(super) renew: Saved,
    pub(super) settle: Saved,
    pub(super) run: Saved,
}

/// One running script.
pub(super) struct Instance {
    /// The prelude's record of it.
    pub(super) record: Persistent<Object<'static>>,
    /// The last tick its frames ran in.
    pub(super) turn: u64,
}

/// What an instance was told and has not heard yet.
#[derive(Default)]
pub(super) struct Inbox {
    input: Input,
    /// What the world was told in ticks it had no turn in.
    missed: Vec<Event>,
}

/// Fields are dropped in this order: values before the realm, the realm before the engine.
pub(super) struct Realm {
    pub(super) instances: BTreeMap<Key, Instance>,
    /// All of them in order, until somebody comes or goes.
    pub(super) lineup: Option<Lineup>,
    pub(super) bridge: Option<Bridge>,
    pub(super) context: Context,
    pub(super) runtime: Runtime,
    pub(super) console: Rc<Console>,
    pub(super) rejections: Rejections,
    pub(super) pulse: Arc<Pulse>,
    pub(super) round: Rc<Round>,
    /// What it was told of the players.
    told: RefCell<Told>,
    /// How many instances there were.
    born: Number,
    /// Bytes of the first instance, when it had started.
    each: usize,
}

impl Realm {
    fn engine(console: &Rc<Console>, pulse: &Arc<Pulse>) -> rquickjs::Result<Realm> {
        let runtime = Runtime::new()?;
        runtime.set_memory_limit(console.budget.limits().memory);
        runtime.set_max_stack_size(STACK_BYTES);
        let budget = Rc::clone(&console.budget);
        runtime.set_interrupt_handler(Some(Box::new(move || budget.exhausted().is_some())));
        let modules = || Modules { console: Rc::clone(console) };
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
        let round: Rc<Round> = Rc::default();
        let noted = Rc::clone(&round);
        let promised =
            move |_ctx: Ctx<'_>, _what, _promise: Value<'_>, _parent: Value<'_>| noted.promised.set(true);
        runtime.set_promise_hook(Some(Box::new(promised)));
        let context = Context::custom::<Intrinsics>(&runtime)?;
        Ok(Realm {
            instances: BTreeMap::new(),
            lineup: None,
            bridge: None,
            context,
            runtime,
            console: Rc::clone(console),
            rejections,
            pulse: Arc::clone(pulse),
            round,
            told: RefCell::default(),
            born: 0,
            each: 0,
        })
    }

    /// Makes what scripts are handed.
    fn prelude<'js>(&self, ctx: &Ctx<'js>) -> rquickjs::Result<Bridge> {
        let make = prelude::function(ctx, &self.console.bundle)?;
        let host = self.console.host(ctx)?;
        self.round.install((&self.console, &self.pulse), ctx, &host)?;
        let api: Object<'js> =
            ctx.json_parse(api_table::JSON.as_str())?.into_object().ok_or(rquickjs::Error::Unknown)?;
        #[expect(clippy::cast_precision_loss, reason = "a moment of this century")]
        api.set("epoch", EPOCH_MS as f64)?;
        let bridge: Object<'js> = make.call((host, api))?;
        let saved = |name: &str| bridge.get(name).map(|it: Function<'js>| Persistent::save(ctx, it));
        Ok(Bridge {
            begin: saved("begin")?,
            build: saved("build")?,
            start: saved("start")?,
            frames: saved("frames")?,
            destroy: saved("destroy")?,
            save: saved("save")?,
            renew: saved("renew")?,
            settle: saved("settle")?,
            run: saved("run")?,
        })
    }

    /// Puts something into an instance's inbox, and tells it that there is something.
    fn inbox(&self, key: &Key, instance: &Instance, put: impl FnOnce(&mut Inbox)) {
        put(self.round.inboxes.borrow_mut().entry(key.1).or_default());
        let tell = |ctx: &Ctx<'_>| instance.record.clone().restore(ctx)?.set("heard", true);
        // Without memory for one more field it hears of it with the next.
        let _told = self.within(|ctx| tell(ctx).catch(ctx)).is_ok();
    }

    pub(super) fn dismiss(&mut self, key: &Key) {
        self.instances.remove(key);
        self.round.inboxes.borrow_mut().remove(&key.1);
        self.lineup = None;
    }

    /// What an app costs when it starts is nobody's excess: the limit is on top of that.
    fn allow_memory(&self) {
        let usual = self.each.saturating_mul(self.living()) / 4 * 5;
        self.runtime.set_memory_limit(self.console.budget.limits().memory.saturating_add(usual));
    }
}

impl Home for Realm {
    fn new(bundle: &Arc<Bundle>, budget: &Rc<Budget>, pulse: &Arc<Pulse>) -> Result<Self, Problem> {
        let console = Rc::new(Console {
            budget: Rc::clone(budget),
            bundle: Arc::clone(bundle),
            said: RefCell::default(),
            reach: RefCell::default(),
            handed: RefCell::default(),
            saved: RefCell::default(),
            columns: RefCell::new(bundle.system.as_ref().map(Columns::of).unwrap_or_default()),
        });
        let made = Realm::engine(&console, pulse).and_then(|mut realm| {
            realm.bridge = Some(realm.context.with(|ctx| realm.prelude(&ctx))?);
            Ok(realm)
        });
        made.map_err(|_| bundle.problem(OUT_OF_MEMORY, "there is not enough memory to start"))
    }

    fn bundle(&self) -> &Arc<Bundle> {
        &self.console.bundle
    }

    fn living(&self) -> usize {
        self.instances.len()
    }

    fn is_full(&self) -> bool {
        let living = self.living();
        too_many_gone(self.born.saturating_sub(u32::try_from(living).unwrap_or(u32::MAX)), living)
    }

    fn memory(&self) -> u64 {
        u64::try_from(self.runtime.memory_usage().malloc_size).unwrap_or(0)
    }

    fn open(&self, batch: &Batch, world: &Arc<dyn Source>) -> Result<(), Problem> {
        self.console.reach.borrow_mut().open(world);
        if self.bundle().system.is_some() {
            self.console.columns.borrow_mut().open(world);
        }
        let now = batch.now;
        let events: Vec<_> = batch.events.iter().map(|it| event("world", it)).collect();
        let inputs: Vec<serde_json::Value> =
            batch.inputs.iter().filter_map(|it| serde_json::from_str(it).ok()).collect();
        let now = json!({
            "tick": now.tick, "time": now.time, "delta": now.delta, "fixedSteps": now.fixed_steps, "events": events,
            "players": self.told.borrow().news(&batch.players), "inputs": inputs,
        });
        self.within(|ctx| {
            let now = ctx.json_parse(now.to_string()).catch(ctx)?;
            self.call(ctx, |it| &it.begin)?.call::<_, ()>((now,)).catch(ctx)
        })?;
        self.told.borrow_mut().told(&batch.players);
        Ok(())
    }

    fn close(&self) {
        self.console.reach.borrow_mut().close();
        self.console.columns.borrow_mut().close();
        self.pulse.begin(NOBODY);
    }

    fn build(&mut self, key: Key, facts: &str, turn: u64) -> Outcome {
        let number = key.1;
        self.born += 1;
        // The first makes what all share; the smaller of the first two is what one is.
        let counted = self.born <= 2;
        let before = if counted { self.memory() } else { 0 };
        let made = self.within(|ctx| {
            let facts = ctx.json_parse(facts).catch(ctx)?;
            let record: Object<'_> =
                self.call(ctx, |it| &it.build)?.call((number, facts, turn)).catch(ctx)?;
            Ok(Persistent::save(ctx, record))
        });
        let record = match made {
            Ok(it) => it,
            Err(problem) => {
                return Outcome { instance: number, failure: Some(problem), ..Outcome::default() };
            }
        };
        let outcome = self.hook(number, |it| it.start(number));
        let outcome = outcome.unwrap_or_else(|| Outcome { instance: number, ..Outcome::default() });
        if outcome.failure.is_none() {
            self.instances.insert(key, Instance { record, turn });
            self.lineup = None;
            if counted {
                let this = usize::try_from(self.memory().saturating_sub(before)).unwrap_or(0).max(1);
                self.each = if self.each == 0 { this } else { this.min(self.each) };
            }
            self.allow_memory();
        }
        outcome
    }

    fn hear(&mut self, key: &Key, input: &Input) {
        let Some(instance) = self.instances.get(key) else { return };
        self.inbox(key, instance, |it| it.input.extend(input));
    }

    fn frames(&mut self, from: Option<&Key>, tick: u64, into: &mut Vec<Outcome>) -> Option<Key> {
        // Systems have their own time.
        if self.bundle().system.is_some() {
            return None;
        }
        self.round(from, tick, into)
    }

    fn keep_for_late(&mut self, tick: u64, events: &[Event]) {
        for (key, instance) in self.instances.iter().filter(|(_, it)| it.turn != tick) {
            self.inbox(key, instance, |it| it.missed.extend_from_slice(events));
        }
    }

    fn is_spoiled(&self) -> bool {
        self.runtime.run_gc();
        let used = usize::try_from(self.memory()).unwrap_or(usize::MAX);
        used > self.each.saturating_mul(self.living()) + self.console.budget.limits().memory / 2
    }

    fn run(&mut self, key: &Key, input: &str) -> Option<Outcome> {
        let instance = self.instances.get(key)?;
        self.hook(key.1, |it| it.ask(|bridge| &bridge.run, &instance.record, input))
    }

    fn save(&mut self, key: &Key) -> Option<(Outcome, Option<String>)> {
        let instance = self.instances.get(key)?;
        let outcome = self.hook(key.1, |it| it.ask(|bridge| &bridge.save, &instance.record, ""));
        Some((outcome.unwrap_or_default(), self.console.saved.take()))
    }

    fn renew(&mut self, key: &Key, context: &str) -> Option<Outcome> {
        let instance = self.instances.get(key)?;
        self.hook(key.1, |it| it.ask(|bridge| &bridge.renew, &instance.record, context))
    }

    fn stop(&mut self, key: &Key) -> Option<Outcome> {
        let instance = self.instances.remove(key)?;
        self.dismiss(key);
        self.hook(key.1, |it| it.ask(|bridge| &bridge.destroy, &instance.record, ""))
    }

    fn forget(&mut self, key: &Key) {
        self.dismiss(key);
    }

    fn numbers(&self) -> Vec<Number> {
        self.instances.keys().map(|it| it.1).collect()
    }
}

fn event(scope: &str, it: &Event) -> serde_json::Value {
    let data = serde_json::from_str(&it.data).unwrap_or(serde_json::Value::Null);
    // What JSON has no word for is in it, marked: `prelude/packed.js`.
    let marked = it.data.contains("$bowline");
    json!({ "scope": scope, "name": it.name, "data": data, "from": it.from, "marked": marked })
}

/// As the preludes hear of it.
pub(super) fn touched(it: &Touched) -> serde_json::Value {
    let event = serde_json::from_str(&it.event).unwrap_or(serde_json::Value::Null);
    json!({ "node": it.node, "name": it.name, "event": event })
}

impl Inbox {
    pub(super) fn json(&self) -> String {
        let missed = self.missed.iter().map(|it| event("world", it));
        let own = self.input.events.iter().map(|it| event("app", it));
        let events: Vec<_> = missed.chain(own).collect();
        let actions: Vec<_> = self.input.actions.iter().map(|it| event("action", it)).collect();
        let fetched: Vec<_> = self.input.fetched.iter().map(life_host::answer).collect();
        let touched: Vec<_> = self.input.touched.iter().map(touched).collect();
        json!({
            "events": events, "actions": actions, "fetched": fetched, "moved": self.input.moved,
            "spawned": self.input.spawned, "touched": touched,
        })
        .to_string()
    }
}
