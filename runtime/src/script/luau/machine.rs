//! [`Machine`]: a virtual machine with the prelude in it, sandboxed, and the texts of one bundle.
//!
//! Globals are frozen and the same for all instances; each instance has a table of its own in front of
//! them. A module is compiled once; an instance runs a copy of its function with its own globals.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use bowline_model::{Frame, ProjectPath};
use bowline_script::resolve;
use mlua::chunk::Compiler;
use mlua::{Function, Lua, LuaOptions, StdLib, Table, Value, VmState};

use super::super::api_table;
use super::super::console::Console;
use super::super::failure;
use super::fault::{self, Places};
use super::host::{self, Ops};
use super::values::{to_json, to_luau};
use super::{Chain, columns, failed};
use crate::luau::{HOST_TABLE, HOST_TABLE_ALIAS, Machines, freeze};
use crate::world::Level;

/// How many steps of the engine pass between two looks at the clock. A native of the language that takes
/// long counts as one, so there must not be many.
const STEPS_PER_LOOK: u32 = 8;

/// The files of the prelude, in the order they run.
pub(super) const PRELUDE: [(&str, &str); 22] = [
    ("base", include_str!("prelude/base.luau")),
    ("classes", include_str!("prelude/classes.luau")),
    ("vector3", include_str!("prelude/vector3.luau")),
    ("quaternion", include_str!("prelude/quaternion.luau")),
    ("matrix4", include_str!("prelude/matrix4.luau")),
    ("lerp", include_str!("prelude/lerp.luau")),
    ("curve", include_str!("prelude/curve.luau")),
    ("object3d", include_str!("prelude/object3d.luau")),
    ("url", include_str!("prelude/url.luau")),
    ("fields", include_str!("prelude/fields.luau")),
    ("node", include_str!("prelude/node.luau")),
    ("material", include_str!("prelude/material.luau")),
    ("types", include_str!("prelude/types.luau")),
    ("components", include_str!("prelude/components.luau")),
    ("task", include_str!("prelude/task.luau")),
    ("modules", include_str!("prelude/modules.luau")),
    ("players", include_str!("prelude/players.luau")),
    ("fetch", include_str!("prelude/fetch.luau")),
    ("control", include_str!("prelude/control.luau")),
    ("api", include_str!("prelude/api.luau")),
    ("system", include_str!("prelude/system.luau")),
    ("bridge", include_str!("prelude/bridge.luau")),
];

/// It is ours and does not change: a text that does not compile is a bug the first test finds.
static COMPILED: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    let compiler = Compiler::new().set_optimization_level(2).set_debug_level(1);
    PRELUDE.iter().map(|(name, text)| (*name, compiler.compile(text).expect("the prelude is Luau"))).collect()
});

pub(super) struct Machine {
    bridge: Table,
    /// What stands between an instance's own globals and those of all.
    common: Table,
    pub(super) lua: Lua,
    pub(super) console: Rc<Console>,
    pub(super) ops: Ops,
    pub(super) places: Rc<Places>,
    /// Where the script was when its budget ran out.
    stopped: Rc<RefCell<Option<Vec<Frame>>>>,
    /// What failed in a thread of the script while it started.
    pub(super) threw: Rc<RefCell<Option<bowline_model::Problem>>>,
    functions: Rc<RefCell<BTreeMap<ProjectPath, Function>>>,
    /// Bytes before anybody lives in it.
    pub(super) own: usize,
}

impl Machine {
    pub(super) fn new(console: &Rc<Console>) -> mlua::Result<Machine> {
        // Neither files nor processes; what remains is bounded or replaced by the prelude.
        let libraries = StdLib::ALL_SAFE;
        // Errors of ours are never panics, so the language's own `pcall` may stay: it can be waited in.
        let lua = Lua::new_with(libraries, LuaOptions::new().catch_rust_panics(false))?;
        lua.enable_jit(console.bundle.system.is_some());
        let places = Rc::new(fault::places(&console.bundle));
        let ops = Ops::default();
        let host = host::table(&lua, console, &ops)?;
        let threw = Rc::default();
        reports(&lua, &host, console, (&places, &threw))?;
        let functions = Rc::default();
        modules(&lua, &host, console, (&places, &functions))?;
        if console.bundle.system.is_some() {
            columns::install(&lua, &host, console)?;
        }
        let prelude = lua.create_table()?;
        let api = to_luau(&lua, &api_value())?;
        for (name, code) in COMPILED.iter() {
            let file = lua.load(&code[..]).set_name(format!("=prelude/{name}")).into_function()?;
            file.call::<()>((&prelude, &host, &api))?;
        }
        let common = offer(&lua, &prelude, &host)?;
        lua.sandbox(true)?;
        let machine = Machine {
            bridge: prelude.raw_get("bridge")?,
            common,
            console: Rc::clone(console),
            ops,
            places,
            stopped: Rc::default(),
            threw,
            functions,
            own: lua.used_memory(),
            lua,
        };
        machine.watch();
        machine.allow(0)?;
        Ok(machine)
    }

    /// Ends what runs too long. Once it must end, every further step fails: no `pcall` gets it out.
    fn watch(&self) {
        let (budget, places) = (Rc::clone(&self.console.budget), Rc::clone(&self.places));
        let (steps, stopped) = (Cell::new(0_u32), Rc::clone(&self.stopped));
        self.lua.set_interrupt(move |lua| {
            steps.set(steps.get().wrapping_add(1));
            if !steps.get().is_multiple_of(STEPS_PER_LOOK) && budget.cause().is_none() {
                return Ok(VmState::Continue);
            }
            if budget.glance().is_none() {
                return Ok(VmState::Continue);
            }
            if stopped.borrow().is_none() {
                stopped.replace(Some(fault::here(lua, &places)));
            }
            Err(mlua::Error::runtime("out of time"))
        });
    }

    /// Where the script was when its budget ran out, if it did.
    pub(super) fn take_stopped(&self) -> Option<Vec<Frame>> {
        self.stopped.take()
    }

    /// What the instances may hold: the limit is on top of what they cost when they start.
    pub(super) fn allow(&self, usual: usize) -> mlua::Result<()> {
        let limit = self.console.budget.limits().memory.saturating_add(self.own).saturating_add(usual);
        self.lua.set_memory_limit(limit).map(drop)
    }

    /// A function of the prelude.
    pub(super) fn bridge(&self, name: &str) -> mlua::Result<Function> {
        self.bridge.raw_get(name)
    }

    /// The globals of a new instance: empty, in front of those of all.
    pub(super) fn globals(&self) -> mlua::Result<Table> {
        let env = self.lua.create_table()?;
        env.raw_set("_G", &env)?;
        Ok(env)
    }

    /// The globals are complete: what is behind them shows, and calls of the language are fast.
    pub(super) fn seal(&self, env: &Table) -> mlua::Result<()> {
        env.set_metatable(Some(self.common.clone()))?;
        env.set_safeenv(true);
        Ok(())
    }

    /// The function of the module `key`, with the globals of an instance.
    pub(super) fn module(&self, key: &ProjectPath, env: &Table) -> mlua::Result<Function> {
        module((&self.lua, &self.console), &self.functions, key, env)
    }
}

/// The table of the interface, parsed once per thread that needs it.
fn api_value() -> serde_json::Value {
    serde_json::from_str(&api_table::JSON).unwrap_or_default()
}

/// Makes the globals what the prelude says, and freezes what is shared. The metatable of every
/// instance's own globals.
fn offer(lua: &Lua, prelude: &Table, host: &Table) -> mlua::Result<Table> {
    let offered: Table = prelude.raw_get("globals")?;
    let globals = lua.globals();
    for pair in globals.pairs::<Value, Value>() {
        globals.raw_set(pair?.0, Value::Nil)?;
    }
    for pair in offered.pairs::<String, Value>() {
        let (name, value) = pair?;
        if let Value::Table(it) = &value {
            it.set_readonly(true);
        }
        globals.raw_set(name, value)?;
    }
    let frozen: Table = prelude.raw_get("frozen")?;
    for it in frozen.sequence_values::<Table>() {
        it?.set_readonly(true);
    }
    // What is called on a text is what is called by name: bounded.
    if let Some(meta) = lua.type_metatable::<mlua::LuaString>() {
        meta.raw_set("__index", prelude.raw_get::<Table>("strings")?)?;
        meta.set_readonly(true);
    }
    // The schemas change while the world lives, and most scripts never look at them.
    let common = lua.create_table()?;
    let (schemas, everything): (Function, Table) = (host.raw_get("schemas")?, globals.clone());
    let behind = lua.create_function(move |_, (_, key): (Value, Value)| {
        if let Value::String(name) = &key
            && (*name == HOST_TABLE_ALIAS || *name == HOST_TABLE)
        {
            return schemas.call::<Value>(());
        }
        everything.raw_get::<Value>(key)
    })?;
    common.raw_set("__index", behind)?;
    common.raw_set("__metatable", "globals")?;
    common.set_readonly(true);
    Ok(common)
}

type Threw = Rc<RefCell<Option<bowline_model::Problem>>>;

fn reports(
    lua: &Lua,
    host: &Table,
    console: &Rc<Console>,
    (places, threw): (&Rc<Places>, &Threw),
) -> mlua::Result<()> {
    let (it, at) = (Rc::clone(console), Rc::clone(places));
    let report = move |what: String, thrown: Value, chain: Option<Chain>| {
        let problem = failed(&it.bundle, &at, &thrown, chain);
        if problem.code == failure::OUT_OF_MEMORY {
            it.budget.starved();
        } else if it.budget.cause().is_none() {
            it.log(Level::Error, &failure::line(&what, &problem));
        }
    };
    let chained = |chain: Option<Vec<Table>>| -> mlua::Result<Option<Chain>> {
        let frame = |it: Table| Ok((it.raw_get(1)?, it.raw_get(2)?, it.raw_get(3)?));
        chain.map(|it| it.into_iter().map(frame).collect()).transpose()
    };
    let log_failed =
        lua.create_function(move |_, (what, thrown, chain): (String, Value, Option<Vec<Table>>)| {
            report(what, thrown, chained(chain)?);
            Ok(())
        })?;
    host.raw_set("failed", log_failed)?;
    let (it, at, threw) = (Rc::clone(console), Rc::clone(places), Rc::clone(threw));
    let start_failed = lua.create_function(move |_, (thrown, chain): (Value, Option<Vec<Table>>)| {
        threw.replace(Some(failed(&it.bundle, &at, &thrown, chained(chain)?)));
        Ok(())
    })?;
    host.raw_set("threw", start_failed)
}

type Functions = Rc<RefCell<BTreeMap<ProjectPath, Function>>>;

fn modules(
    lua: &Lua,
    host: &Table,
    console: &Rc<Console>,
    (places, functions): (&Rc<Places>, &Functions),
) -> mlua::Result<()> {
    let (it, at) = (Rc::clone(console), Rc::clone(places));
    let resolved = lua.create_function(move |_, (source, specifier): (String, String)| {
        let bundle = &it.bundle;
        // Called by something that is no file of the script (`pcall(require, …)`): as the entry would.
        let importer = at.get(&source).unwrap_or(&bundle.entry);
        Ok(match resolve(importer, &specifier, &bundle.root, &bundle.files) {
            Ok(key) => (Some(key.to_string()), None),
            Err(error) => {
                let problem = error.problem("");
                let help = problem.help.map(|it| format!("; {it}")).unwrap_or_default();
                (None, Some(format!("{}: {}{help}", problem.code, problem.message)))
            }
        })
    })?;
    host.raw_set("resolve", resolved)?;
    let (it, functions) = (Rc::clone(console), Rc::clone(functions));
    let load = lua.create_function(move |lua, (key, env): (String, Table)| {
        let Ok(key) = ProjectPath::parse(&key) else {
            return Ok((None, Some("module_not_found".to_owned())));
        };
        match module((lua, &it), &functions, &key, &env) {
            Ok(function) => Ok((Some(function), None)),
            Err(mlua::Error::SyntaxError { message, .. }) => Ok((None, Some(message))),
            Err(error) => Err(error),
        }
    })?;
    host.raw_set("module", load)?;
    let (it, machines) = (Rc::clone(console), RefCell::new(Machines::new()));
    let kept: RefCell<Option<(bowline_model::Digest, Table)>> = RefCell::default();
    let schemas = lua.create_function(move |lua, ()| {
        let reach = it.reach.borrow();
        let Ok(world) = reach.view() else { return Ok(None) };
        let definitions = world.definitions();
        if let Some((hash, table)) = &*kept.borrow()
            && *hash == definitions.hash()
        {
            return Ok(Some(table.clone()));
        }
        let code =
            machines.borrow_mut().code(definitions).map_err(|it| mlua::Error::runtime(it.to_string()))?;
        let table: Table = lua.load(&code[..]).set_name("=schema").eval()?;
        freeze(&table)?;
        kept.replace(Some((definitions.hash(), table.clone())));
        Ok(Some(table))
    })?;
    host.raw_set("schemas", schemas)
}

fn module(
    (lua, console): (&Lua, &Rc<Console>),
    functions: &Functions,
    key: &ProjectPath,
    env: &Table,
) -> mlua::Result<Function> {
    let known = functions.borrow().get(key).cloned();
    let function = match known {
        Some(it) => it,
        None => {
            let bundle = &console.bundle;
            let text = bundle.texts.get(key).map_or("", String::as_str);
            // Bound to the globals of all: what a chunk may remember of them is the same for everybody.
            let function = lua
                .load(text)
                .set_name(format!("={}", bundle.disk_path(key)))
                .set_compiler(Compiler::new().set_optimization_level(1).set_debug_level(1))
                .into_function()?;
            functions.borrow_mut().insert(key.clone(), function.clone());
            function
        }
    };
    let own = function.deep_clone()?;
    own.set_environment(env.clone())?;
    Ok(own)
}

/// A value of the script as JSON text; the words where it cannot be.
pub(super) fn text_of(value: &Value) -> mlua::Result<Result<String, &'static str>> {
    let found = to_json(value)?;
    Ok(found.map(|it| it.to_string()).map_err(|_| "it holds itself, or is nested too deep"))
}
