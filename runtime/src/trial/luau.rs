//! Tests in Luau: a machine per file.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use bowline_model::{Problem, ProjectPath};
use mlua::{Error, Function, IntoLua as _, Lua, MultiValue, Table, Value, VmState};
use serde_json::{Map, Value as Json, json};

use super::{Declared, MEMORY, POLLS_MAX, Stage, TestFile, Trial, each, place};

const PRELUDE: &str = include_str!("prelude.luau");

/// The world of the test that runs; none between two.
type Shared = Rc<RefCell<Option<Stage>>>;

pub(super) fn run(file: &TestFile, trial: Trial<'_>) -> Result<(), Problem> {
    let lua = Lua::new();
    let polls = Rc::new(Cell::new(0_u64));
    let stage = Shared::default();
    let engine = Engine { file, lua: &lua, polls: &polls };
    let made = engine.prelude(&stage).and_then(|it| engine.load().map(|()| it));
    let (declared, call) = made.map_err(|it| engine.problem(&it))?;
    let declared = engine.declared(&declared).map_err(|it| engine.problem(&it))?;
    each(declared, trial, |number, fresh| {
        stage.replace(Some(fresh));
        polls.set(0);
        let ended = call.call::<()>(number + 1).map_err(|it| engine.problem(&it));
        let used = stage.take().expect("the world of a test is there until the test has ended");
        (ended, used)
    });
    Ok(())
}

struct Engine<'a> {
    file: &'a TestFile,
    lua: &'a Lua,
    polls: &'a Rc<Cell<u64>>,
}

impl Engine<'_> {
    /// What lists the tests, and what runs one.
    fn prelude(&self, stage: &Shared) -> mlua::Result<(Function, Function)> {
        let Engine { lua, polls, .. } = self;
        lua.set_memory_limit(MEMORY)?;
        let (stage, counted) = (Rc::clone(stage), Rc::clone(polls));
        let host = lua.create_function(move |lua, (name, asked): (String, Value)| {
            counted.set(0);
            let asked = to_json(&asked)?;
            let answer = match stage.borrow_mut().as_mut() {
                Some(stage) => stage.call(&name, &asked),
                None => Err("only inside a test there is a world to ask".to_owned()),
            };
            match answer {
                Ok(answer) => (true, to_lua(lua, &answer)?).into_lua_multi(lua),
                Err(why) => (false, why).into_lua_multi(lua),
            }
        })?;
        let made = lua.load(PRELUDE).set_name("=bowline:test").call((host,))?;
        self.requires()?;
        lua.sandbox(true)?;
        let counted = Rc::clone(polls);
        lua.set_interrupt(move |_| {
            counted.set(counted.get() + 1);
            // Luau asks far more often than QuickJS does.
            match counted.get() > POLLS_MAX.saturating_mul(2_000) {
                true => Err(Error::runtime(HUNG)),
                false => Ok(VmState::Continue),
            }
        });
        Ok(made)
    }

    /// `require` by the rules of scripts: each file runs once.
    fn requires(&self) -> mlua::Result<()> {
        let file = self.file.clone();
        let known: Rc<RefCell<BTreeMap<ProjectPath, Value>>> = Rc::default();
        let require = self.lua.create_function(move |lua, specifier: String| {
            let root = file.root().to_string();
            // Who asks is the chunk that called; its name is its specifier.
            let source = lua.inspect_stack(1, |it| it.source().source.map(|it| it.into_owned()));
            let source = source.flatten().unwrap_or_default();
            let importer = source.trim_start_matches('=').strip_prefix(&root);
            let importer = importer.and_then(|it| ProjectPath::parse(it).ok());
            let importer = importer.ok_or_else(|| Error::runtime("require: nobody knows where this is"))?;
            let key = file.target(&importer, &specifier).map_err(Error::runtime)?;
            if let Some(value) = known.borrow().get(&key) {
                return Ok(value.clone());
            }
            let text = file.text(&key).unwrap_or_default();
            let value: Value = lua.load(text).set_name(format!("={root}{key}")).eval()?;
            known.borrow_mut().insert(key, value.clone());
            Ok(value)
        })?;
        self.lua.globals().set("require", require)
    }

    fn load(&self) -> mlua::Result<()> {
        let name = format!("={}", self.file.root().specifier(&self.file.entry));
        self.lua.load(self.file.text(&self.file.entry).unwrap_or_default()).set_name(name).exec()
    }

    fn declared(&self, declared: &Function) -> mlua::Result<Vec<Declared>> {
        let list: Vec<Table> = declared.call(())?;
        let one = |it: Table| Ok(Declared { name: it.get("name")?, skipped: it.get("skipped")? });
        list.into_iter().map(one).collect()
    }

    /// What was thrown, at the innermost line of the project.
    fn problem(&self, error: &Error) -> Problem {
        let text = error.to_string();
        if text.contains(HUNG) {
            return self.file.problem("test_hung", HUNG);
        }
        let first = text.lines().next().unwrap_or_default();
        let words = first.trim_start_matches("runtime error: ").trim_start_matches("syntax error: ");
        let found = place(self.file, &text);
        let message = match found.as_ref().and_then(|_| words.split_once(": ")) {
            Some((at, words)) if at.starts_with("app://") => words,
            _ => words,
        };
        let problem = self.file.problem("test_failed", message);
        match found {
            Some((path, line, column)) => Problem { path, ..problem }.at(line, column),
            None => problem,
        }
    }
}

const HUNG: &str = "it does not end: some seconds passed without a call into the world";

trait IntoMulti {
    fn into_lua_multi(self, lua: &Lua) -> mlua::Result<MultiValue>;
}

impl<T: mlua::IntoLua> IntoMulti for (bool, T) {
    fn into_lua_multi(self, lua: &Lua) -> mlua::Result<MultiValue> {
        Ok(MultiValue::from_vec(vec![Value::Boolean(self.0), self.1.into_lua(lua)?]))
    }
}

fn to_lua(lua: &Lua, json: &Json) -> mlua::Result<Value> {
    Ok(match json {
        Json::Null => Value::Nil,
        Json::Bool(it) => Value::Boolean(*it),
        Json::Number(it) => Value::Number(it.as_f64().unwrap_or(f64::NAN)),
        Json::String(it) => it.as_str().into_lua(lua)?,
        Json::Array(list) => {
            let table = lua.create_table_with_capacity(list.len(), 0)?;
            for item in list {
                table.raw_push(to_lua(lua, item)?)?;
            }
            Value::Table(table)
        }
        Json::Object(map) => {
            let table = lua.create_table_with_capacity(0, map.len())?;
            for (key, item) in map {
                table.raw_set(key.as_str(), to_lua(lua, item)?)?;
            }
            Value::Table(table)
        }
    })
}

/// Lists for tables whose keys count from 1, objects for others; what JSON has no word for is `null`.
fn to_json(value: &Value) -> mlua::Result<Json> {
    Ok(match value {
        Value::Boolean(it) => json!(it),
        Value::Integer(it) => json!(it),
        // Whole numbers are whole in JSON, too: `n = 3` is a count.
        Value::Number(it) if it.fract() == 0.0 && it.abs() < 9e15 => {
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            let whole = *it as i64;
            json!(whole)
        }
        Value::Number(it) => json!(it),
        Value::String(it) => json!(it.to_string_lossy()),
        Value::Vector(it) => json!([it.x(), it.y(), it.z()]),
        Value::Table(table) if table.raw_len() > 0 => {
            let items = table.sequence_values::<Value>().map(|it| to_json(&it?));
            Json::Array(items.collect::<mlua::Result<_>>()?)
        }
        Value::Table(table) => {
            let mut map = Map::new();
            for pair in table.pairs::<String, Value>() {
                let (key, value) = pair?;
                map.insert(key, to_json(&value)?);
            }
            map.sort_keys();
            Json::Object(map)
        }
        _ => Json::Null,
    })
}
