//! [`LuauRealm`]: one version of one app in Luau: a machine, the prelude, and every instance of the app.
//!
//! The prelude (`luau/prelude/`) makes the interface scripts see; [`machine`] makes what it runs in;
//! [`host`] is what it can ask of the world. What happens inside one hook is here.

mod columns;
mod fault;
mod host;
mod machine;
#[cfg(test)]
pub(super) mod maths;
mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;
use std::sync::Arc;

use bowline_model::{Frame, Problem};
use mlua::{Function, IntoLuaMulti, Value};
use serde_json::{Value as Json, json};

use super::budget::Budget;
use super::columns::Columns;
use super::console::Console;
use super::failure;
use super::home::{Home, Key};
use super::life_host::{self, Told};
use super::realm::touched;
use super::worker::{NOBODY, Pulse};
use super::{Batch, Bundle, Event, Input, Now, Number, Outcome, Source};
use crate::clock::{EPOCH_MS, FIXED_SECONDS};
use crate::world::Level;
use bowline_script::ScriptFormat;
use fault::Places;
use machine::Machine;

/// What the prelude hands out.
struct Bridge {
    time: Function,
    make: Function,
    start: Function,
    hear: Function,
    listens: Function,
    world_event: Function,
    frame: Function,
    destroy: Function,
    forget: Function,
    save: Function,
    renew: Function,
    settle: Function,
    run: Function,
}

/// One running script.
#[derive(Default)]
struct Instance {
    /// What it was told and has not heard yet.
    inbox: Option<Box<Inbox>>,
    /// The last tick its frames ran in.
    turn: u64,
    /// Its state, as it was when it was last looked at.
    state: Option<String>,
}

#[derive(Default)]
struct Inbox {
    input: Input,
    /// What the world was told in ticks it had no turn in.
    missed: Vec<Event>,
}

/// All instances of one version.
pub(super) struct LuauRealm {
    instances: BTreeMap<Key, Instance>,
    bridge: Bridge,
    machine: Machine,
    console: Rc<Console>,
    pulse: Arc<Pulse>,
    /// What this tick is for everybody.
    now: RefCell<(Now, Vec<Event>)>,
    /// What it was told of the players.
    told: RefCell<Told>,
    /// Bytes of the first instance, when it had started.
    each: usize,
}

/// What a hook left behind: its state, if it ever looked at it.
type Settled = (Option<bool>, Value);

impl LuauRealm {
    fn made(console: &Rc<Console>, pulse: &Arc<Pulse>) -> mlua::Result<LuauRealm> {
        let machine = Machine::new(console)?;
        let system = console.bundle.system.is_some();
        let named = |app: &str, of_system: &str| machine.bridge(if system { of_system } else { app });
        let bridge = Bridge {
            time: machine.bridge("time")?,
            make: named("make", "make_system")?,
            start: named("start", "start_system")?,
            hear: machine.bridge("hear")?,
            listens: machine.bridge("listens")?,
            world_event: machine.bridge("world_event")?,
            frame: machine.bridge("frame")?,
            destroy: machine.bridge("destroy")?,
            forget: machine.bridge("forget")?,
            save: machine.bridge("save")?,
            renew: machine.bridge("renew")?,
            settle: machine.bridge("settle")?,
            run: machine.bridge("run")?,
        };
        let (console, pulse) = (Rc::clone(console), Arc::clone(pulse));
        let instances = BTreeMap::new();
        let (now, told) = (RefCell::default(), RefCell::default());
        Ok(LuauRealm { instances, bridge, machine, console, pulse, now, told, each: 0 })
    }

    /// A hook under the budget: the work and what it changed. `None` if it did nothing anybody has to
    /// know of.
    fn hook(
        &self,
        number: Number,
        state: &mut Option<String>,
        work: impl FnOnce(&LuauRealm) -> mlua::Result<Settled>,
    ) -> Option<Outcome> {
        self.pulse.begin(number);
        self.console.budget.start();
        let finished = work(self);
        let changed = match &finished {
            Ok((Some(true), value)) => self.changed(value, state),
            _ => None,
        };
        let changes = self.console.reach.borrow_mut().take();
        let columns = match self.console.bundle.system {
            Some(_) => self.console.columns.borrow_mut().take(),
            None => Vec::new(),
        };
        let ops = if self.machine.ops.borrow().is_empty() { Vec::new() } else { self.machine.ops.take() };
        let failure = self.failure(finished.err());
        let said = self.console.take();
        if let Some(problem) = failure {
            let said = said.unwrap_or_default();
            return Some(Outcome { instance: number, said, failure: Some(problem), ..Outcome::default() });
        }
        if changed.is_none() && said.is_none() && changes.is_empty() && columns.is_empty() && ops.is_empty() {
            return None;
        }
        let said = said.unwrap_or_default();
        Some(Outcome { instance: number, ops, changes, columns, state: changed, said, ..Outcome::default() })
    }

    /// Why the hook failed, if it did.
    fn failure(&self, error: Option<mlua::Error>) -> Option<Problem> {
        let bundle = &self.console.bundle;
        let threw = self.machine.threw.take();
        let stopped = self.machine.take_stopped();
        if matches!(error, Some(mlua::Error::MemoryError(_))) {
            self.console.budget.starved();
        }
        let cause = self.console.budget.stop();
        if cause.is_none() {
            return match error {
                Some(it) => Some(fault::describe(bundle, &self.machine.places, &it)),
                None => threw,
            };
        }
        // Whether it caught what should have stopped it or not.
        let problem = failure::exhausted(bundle, cause?, self.console.budget.limits(), None);
        let mut frames = stopped.unwrap_or_default().into_iter();
        Some(match frames.next() {
            Some(Frame { path, line, .. }) => Problem { path, line, chain: frames.collect(), ..problem },
            None => problem,
        })
    }

    /// The state as text, if it is not what it was. What JSON cannot hold is said, and not kept.
    fn changed(&self, value: &Value, state: &mut Option<String>) -> Option<String> {
        match machine::text_of(value) {
            Ok(Ok(text)) if state.as_deref() == Some(&text) => None,
            Ok(Ok(text)) => {
                *state = Some(text.clone());
                Some(text)
            }
            Ok(Err(words)) => {
                self.console.log(Level::Error, &format!("app.state: {words}"));
                None
            }
            Err(error) => {
                self.console.log(Level::Error, &format!("app.state: {error}"));
                None
            }
        }
    }

    fn call(&self, function: &Function, arguments: impl IntoLuaMulti) -> mlua::Result<Settled> {
        function.call(arguments)
    }

    /// A call that is about something else than the state.
    fn tell(&self, function: &Function, arguments: impl IntoLuaMulti) -> mlua::Result<()> {
        function.call(arguments)
    }

    fn json(&self, json: &Json) -> mlua::Result<Value> {
        values::to_luau(&self.machine.lua, json)
    }

    /// Makes the record of an instance and loads its entry.
    fn start(&self, number: Number, facts: &Json) -> mlua::Result<Settled> {
        let bundle = &self.console.bundle;
        let env = self.machine.globals()?;
        self.tell(&self.bridge.make, (number, self.json(facts)?, &env))?;
        self.machine.seal(&env)?;
        let entry = self.machine.module(&bundle.entry, &env)?;
        let body = bundle.format == ScriptFormat::LegacyBody;
        let called: bool = self.bridge.start.call((number, bundle.entry.as_str(), entry, body))?;
        if !called {
            let problem = bowline_script::graph::missing_default_export(&bundle.entry);
            let problem = match bundle.system {
                Some(_) => problem.help("end it with `return function(ctx) … end`"),
                None => problem,
            };
            let path = bundle.disk_path(&bundle.entry);
            self.machine.threw.replace(Some(Problem { path, ..problem }));
        }
        self.call(&self.bridge.settle, number)
    }

    /// What an instance was told, the events for everybody, and its frames.
    fn frame(&self, number: Number, inbox: Option<&Inbox>) -> mlua::Result<Settled> {
        let now = self.now.borrow();
        if let Some(inbox) = inbox {
            self.world_events(number, &inbox.missed)?;
            self.tell(&self.bridge.hear, (number, self.input(&inbox.input)?))?;
        }
        self.world_events(number, &now.1)?;
        let Now { delta, fixed_steps, .. } = now.0;
        self.call(&self.bridge.frame, (number, delta, fixed_steps, FIXED_SECONDS))
    }

    fn world_events(&self, number: Number, events: &[Event]) -> mlua::Result<()> {
        for event in events {
            let listens: bool = self.bridge.listens.call((number, event.name.as_str()))?;
            if listens {
                let (name, data, from) = self.event(event)?;
                self.tell(&self.bridge.world_event, (number, name, data, from))?;
            }
        }
        Ok(())
    }

    fn event(&self, event: &Event) -> mlua::Result<(String, Value, Option<String>)> {
        let data = serde_json::from_str(&event.data).unwrap_or(Json::Null);
        Ok((event.name.clone(), self.json(&data)?, event.from.clone()))
    }

    fn input(&self, input: &Input) -> mlua::Result<Value> {
        let events: Vec<Json> = input
            .events
            .iter()
            .map(|it| {
                let data: Json = serde_json::from_str(&it.data).unwrap_or(Json::Null);
                json!({ "name": it.name, "data": data, "from": it.from })
            })
            .collect();
        let actions: Vec<Json> = input
            .actions
            .iter()
            .map(|it| json!({ "name": it.name, "data": serde_json::from_str::<Json>(&it.data).ok() }))
            .collect();
        let fetched: Vec<Json> = input.fetched.iter().map(life_host::answer).collect();
        let touched: Vec<Json> = input.touched.iter().map(touched).collect();
        self.json(&json!({
            "events": events, "actions": actions, "fetched": fetched, "moved": input.moved,
            "spawned": input.spawned, "touched": touched,
        }))
    }

    /// What took all there was gives it back before the next instance needs some: the language does not
    /// collect because an allocation failed.
    fn recover(&self, number: Number) {
        // A machine without memory forgets and collects what it can.
        let _forgotten = self.tell(&self.bridge.forget, number).is_ok();
        let _collected = self.machine.lua.gc_collect().is_ok();
    }

    /// What an app costs when it starts is nobody's excess: the limit is on top of that.
    fn allow_memory(&self) {
        let usual = self.each.saturating_mul(self.living()) / 4 * 5;
        // A limit can always be set on a machine of our own.
        let _set = self.machine.allow(usual).is_ok();
    }
}

impl Home for LuauRealm {
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
        LuauRealm::made(&console, pulse).map_err(|it| bundle.problem("script_engine_failed", it.to_string()))
    }

    fn bundle(&self) -> &Arc<Bundle> {
        &self.console.bundle
    }

    /// Whoever is gone leaves nothing behind.
    fn is_full(&self) -> bool {
        false
    }

    fn open(&self, batch: &Batch, world: &Arc<dyn Source>) -> Result<(), Problem> {
        self.console.reach.borrow_mut().open(world);
        if self.console.bundle.system.is_some() {
            self.console.columns.borrow_mut().open(world);
        }
        self.now.replace((batch.now, batch.events.clone()));
        let failed = |it| fault::describe(&self.console.bundle, &self.machine.places, &it);
        let people = self.told.borrow().news(&batch.players).unwrap_or(Json::Null);
        let people = self.json(&people).map_err(failed)?;
        let inputs: Vec<Json> = batch.inputs.iter().filter_map(|it| serde_json::from_str(it).ok()).collect();
        let inputs = self.json(&Json::Array(inputs)).map_err(failed)?;
        #[expect(clippy::cast_precision_loss, reason = "a moment of this century")]
        self.tell(&self.bridge.time, (batch.now.time, EPOCH_MS as f64, people, inputs)).map_err(failed)?;
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
        let before = self.machine.lua.used_memory();
        let facts: Json = serde_json::from_str(facts).unwrap_or(Json::Null);
        let mut state = facts.get("state").map(Json::to_string);
        let outcome = self.hook(number, &mut state, |it| it.start(number, &facts));
        let outcome = outcome.unwrap_or_else(|| Outcome { instance: number, ..Outcome::default() });
        if outcome.failure.is_some() {
            self.forget(&key);
            return outcome;
        }
        self.instances.insert(key, Instance { turn, state, inbox: None });
        if self.each == 0 {
            self.each = self.machine.lua.used_memory().saturating_sub(before).max(1);
        }
        self.allow_memory();
        outcome
    }

    fn hear(&mut self, key: &Key, input: &Input) {
        let Some(instance) = self.instances.get_mut(key) else { return };
        instance.inbox.get_or_insert_default().input.extend(input);
    }

    fn frames(&mut self, from: Option<&Key>, tick: u64, into: &mut Vec<Outcome>) -> Option<Key> {
        // Systems have their own time.
        if self.console.bundle.system.is_some() {
            return None;
        }
        let from = from.map_or(Bound::Unbounded, Bound::Included);
        let mut instances = std::mem::take(&mut self.instances);
        let (mut failed, mut late) = (Vec::new(), None);
        for (key, instance) in instances.range_mut::<Key, _>((from, Bound::Unbounded)) {
            if instance.turn == tick {
                continue;
            }
            if self.console.budget.is_spent() {
                late = Some(key.clone());
                break;
            }
            instance.turn = tick;
            let inbox = instance.inbox.take();
            let done = self.hook(key.1, &mut instance.state, |it| it.frame(key.1, inbox.as_deref()));
            let Some(outcome) = done else { continue };
            if let Some(problem) = &outcome.failure {
                if problem.code == failure::OUT_OF_MEMORY {
                    self.recover(key.1);
                }
                failed.push(key.clone());
            }
            into.push(outcome);
        }
        self.instances = instances;
        failed.iter().for_each(|it| self.forget(it));
        late
    }

    fn keep_for_late(&mut self, tick: u64, events: &[Event]) {
        for instance in self.instances.values_mut().filter(|it| it.turn != tick) {
            instance.inbox.get_or_insert_default().missed.extend_from_slice(events);
        }
    }

    fn run(&mut self, key: &Key, input: &str) -> Option<Outcome> {
        let mut state = self.instances.get_mut(key)?.state.take();
        let input: Json = serde_json::from_str(input).unwrap_or(Json::Null);
        self.hook(key.1, &mut state, |it| it.call(&it.bridge.run, (key.1, it.json(&input)?)))
    }

    fn save(&mut self, key: &Key) -> Option<(Outcome, Option<String>)> {
        self.instances.get(key)?;
        let mut saved = None;
        let outcome = self.hook(key.1, &mut None, |it| {
            let value: Value = it.bridge.save.call(key.1)?;
            if let Ok(text) = machine::text_of(&value)? {
                saved = Some(text).filter(|it| it != "null");
            }
            Ok((None, Value::Nil))
        });
        Some((outcome.unwrap_or_default(), saved))
    }

    fn renew(&mut self, key: &Key, context: &str) -> Option<Outcome> {
        let mut state = self.instances.get_mut(key)?.state.take();
        let context: Json = serde_json::from_str(context).unwrap_or(Json::Null);
        let saved = context.get("saved").and_then(Json::as_str);
        let saved = saved.and_then(|it| serde_json::from_str(it).ok()).unwrap_or(Json::Null);
        let outcome = self.hook(key.1, &mut state, |it| {
            it.call(&it.bridge.renew, (key.1, it.json(&context)?, it.json(&saved)?))
        });
        if let Some(instance) = self.instances.get_mut(key) {
            instance.state = state;
        }
        outcome
    }

    fn stop(&mut self, key: &Key) -> Option<Outcome> {
        self.instances.get(key)?;
        let outcome =
            self.hook(key.1, &mut None, |it| it.tell(&it.bridge.destroy, key.1).map(|()| (None, Value::Nil)));
        self.forget(key);
        outcome
    }

    fn forget(&mut self, key: &Key) {
        self.instances.remove(key);
        // A machine without memory forgets what it can.
        let _forgotten = self.tell(&self.bridge.forget, key.1).is_ok();
    }

    fn numbers(&self) -> Vec<Number> {
        self.instances.keys().map(|it| it.1).collect()
    }

    fn living(&self) -> usize {
        self.instances.len()
    }

    fn memory(&self) -> u64 {
        u64::try_from(self.machine.lua.used_memory()).unwrap_or(0)
    }

    fn is_spoiled(&self) -> bool {
        let collected = self.machine.lua.gc_collect();
        let own = self.machine.own + self.each.saturating_mul(self.living());
        collected.is_err() || self.machine.lua.used_memory() > own + self.console.budget.limits().memory / 2
    }
}

/// The calls of a thread of a script: file, line, function.
type Chain = Vec<(String, u32, Option<String>)>;

/// What a thread of a script threw.
fn failed(bundle: &Bundle, places: &Places, thrown: &Value, chain: Option<Chain>) -> Problem {
    let frames = chain.unwrap_or_default().into_iter().filter(|it| places.contains_key(&it.0));
    let frames = frames.map(|(path, line, function)| {
        let function = function.unwrap_or_default();
        Frame { path, line, column: 0, function }
    });
    match thrown {
        Value::String(text) => fault::said(bundle, places, &text.to_string_lossy(), frames.collect()),
        Value::Error(error) => fault::describe(bundle, places, error),
        other => {
            let words = match values::to_json(other) {
                Ok(Ok(it)) => it.to_string(),
                _ => other.type_name().to_owned(),
            };
            fault::said(bundle, places, &format!("threw {words}"), frames.collect())
        }
    }
}
