//! What the prelude can ask of the world: [`Console`] and [`Reach`] as functions of its `host` table.
//!
//! A function that may fail gives a value and, after it, the words of what went wrong: the prelude raises
//! them at the script's own line.

use std::cell::RefCell;
use std::rc::Rc;

use bowline_schema::Problem;
use mlua::{IntoLua, Lua, Table, Value};
use serde_json::{Map, Value as Json};

use super::super::console::Console;
use super::super::moment;
use super::super::reach::Reach;
use super::super::reach_host::words;
use super::super::{Emitted, Life, Op, Stored};
use super::values::{TooDeep, cell_to_luau, to_json, to_luau};
use crate::world::Level;

/// What nodes want changed, collected until the hook is over.
pub(super) type Ops = Rc<RefCell<Vec<Op>>>;

/// A value, or the words of what went wrong.
type Answer = (Value, Option<String>);

/// The `host` table, without what only machines have (modules, columns).
pub(super) fn table(lua: &Lua, console: &Rc<Console>, ops: &Ops) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    says(lua, &host, console)?;
    values(lua, &host)?;
    nodes(lua, &host, ops)?;
    life(lua, &host, console)?;
    bodies(lua, &host, console, ops)?;
    reads(lua, &host, console)?;
    writes(lua, &host, console)?;
    Ok(host)
}

fn set<A, R>(
    lua: &Lua,
    host: &Table,
    name: &str,
    f: impl Fn(&Lua, A) -> mlua::Result<R> + 'static,
) -> mlua::Result<()>
where
    A: mlua::FromLuaMulti,
    R: mlua::IntoLuaMulti,
{
    host.raw_set(name, lua.create_function(f)?)
}

fn answer<T: IntoLua>(lua: &Lua, found: Result<T, Problem>) -> mlua::Result<Answer> {
    match found {
        Ok(it) => Ok((it.into_lua(lua)?, None)),
        Err(problem) => Ok((Value::Nil, Some(words(&problem)))),
    }
}

/// What the script handed over; the words if it is nested too deep.
fn json(value: &Value) -> mlua::Result<Result<Json, String>> {
    let too_deep = |TooDeep| "wrong_type: this value holds itself, or is nested too deep".to_owned();
    Ok(to_json(value)?.map_err(too_deep))
}

fn charge(console: &Console) -> mlua::Result<()> {
    charge_for(console, 0)
}

/// A call that hands over so many bytes.
fn charge_for(console: &Console, bytes: usize) -> mlua::Result<()> {
    if console.budget.call(bytes) {
        Ok(())
    } else {
        Err(mlua::Error::runtime("too many calls into the world"))
    }
}

fn says(lua: &Lua, host: &Table, console: &Rc<Console>) -> mlua::Result<()> {
    let it = Rc::clone(console);
    set(lua, host, "log", move |_, (level, text): (String, mlua::LuaString)| {
        charge_for(&it, text.as_bytes().len())?;
        it.log(Level::named(&level), &text.to_string_lossy());
        Ok(())
    })?;
    let it = Rc::clone(console);
    set(lua, host, "starved", move |_, ()| {
        it.budget.starved();
        Ok(())
    })?;
    let it = Rc::clone(console);
    set(lua, host, "send", move |_, (name, data, to): (String, Value, String)| {
        Ok(match json(&data)? {
            Ok(data) => {
                let data = data.to_string();
                charge_for(&it, data.len())?;
                it.send(name, data, &to);
                (true, None)
            }
            Err(words) => (false, Some(words)),
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "emit", move |_, (name, data): (String, Value)| {
        Ok(match json(&data)? {
            Ok(data) => {
                let data = data.to_string();
                charge_for(&it, data.len())?;
                it.said.borrow_mut().emits.push(Emitted { name, data: data.into() });
                (true, None)
            }
            Err(words) => (false, Some(words)),
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "read", move |lua, key: String| {
        charge(&it)?;
        let found = it.read(&key).and_then(|it| serde_json::from_str(&it).ok());
        to_luau(lua, &found.unwrap_or(Json::Null))
    })?;
    let it = Rc::clone(console);
    set(lua, host, "write", move |_, (key, value): (String, Value)| {
        Ok(match json(&value)? {
            Ok(value) => {
                let value = value.to_string();
                charge_for(&it, value.len())?;
                it.said.borrow_mut().writes.push(Stored { key, value: value.into() });
                (true, None)
            }
            Err(words) => (false, Some(words)),
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "deny_store", move |_, what: String| {
        it.said.borrow_mut().denied += 1;
        let problem =
            Problem::new("store_access_in_tick", "", format!("`{what}`: a tick waits for no store"));
        Ok(words(&problem.help("keep what outlives a tick in components")))
    })
}

/// Questions about bodies and wishes for them.
fn bodies(lua: &Lua, host: &Table, console: &Rc<Console>, ops: &Ops) -> mlua::Result<()> {
    let it = Rc::clone(console);
    set(lua, host, "ask", move |lua, (app, question): (String, Value)| {
        charge(&it)?;
        match json(&question)? {
            Ok(question) => {
                let answer: Json =
                    serde_json::from_str(&it.ask(&app, &question.to_string())).unwrap_or_default();
                // An answer is an object, or the one word that there is none.
                let answer = if answer.is_object() { answer } else { Json::Null };
                Ok((to_luau(lua, &answer)?, None))
            }
            Err(words) => Ok((Value::Nil, Some(words))),
        }
    })?;
    let it = Rc::clone(ops);
    set(lua, host, "perform", move |_, (node, method, values): (u32, String, Value)| {
        let args = match json(&values)? {
            Ok(Json::Array(args)) => args,
            _ => Vec::new(),
        };
        it.borrow_mut().push(Op::Physics { node, method, args });
        Ok(())
    })
}

/// Players, the chat and the network: collected, and done by the world after all scripts have run.
fn life(lua: &Lua, host: &Table, console: &Rc<Console>) -> mlua::Result<()> {
    let it = Rc::clone(console);
    set(lua, host, "act", move |_, (player, act): (String, Value)| {
        say_life(&it, &act, |act| Ok(Life::Act { player, act: serde_json::from_value(act)? }))
    })?;
    let it = Rc::clone(console);
    set(lua, host, "chat", move |_, (message, broadcast): (Value, bool)| {
        say_life(&it, &message, |message| {
            Ok(Life::Chat { message: serde_json::from_value(message)?, broadcast })
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "fetch", move |_, (number, request): (u32, Value)| {
        say_life(&it, &request, |mut request| {
            // An empty table is an object, and the request has a list.
            if let Some(headers) = request.get_mut("headers").filter(|it| it.is_object()) {
                *headers = Json::Array(Vec::new());
            }
            Ok(Life::Fetch { number, request: serde_json::from_value(request)? })
        })
    })
}

fn say_life(
    console: &Console,
    value: &Value,
    read: impl FnOnce(Json) -> Result<Life, serde_json::Error>,
) -> mlua::Result<(bool, Option<String>)> {
    charge(console)?;
    let said = match json(value)? {
        Ok(it) => read(it).map_err(|it| format!("invalid_value: {it}")),
        Err(words) => Err(words),
    };
    Ok(match said {
        Ok(life) => {
            console.said.borrow_mut().life.push(life);
            (true, None)
        }
        Err(words) => (false, Some(words)),
    })
}

fn values(lua: &Lua, host: &Table) -> mlua::Result<()> {
    set(lua, host, "json", |lua, value: Value| match json(&value)? {
        Ok(it) => Ok((it.to_string().into_lua(lua)?, None)),
        Err(words) => Ok((Value::Nil, Some(words))),
    })?;
    set(lua, host, "parse", |lua, text: mlua::LuaString| {
        let parsed: Result<Json, _> = serde_json::from_slice(&text.as_bytes());
        match parsed {
            Ok(it) => Ok((to_luau(lua, &it)?, None)),
            Err(it) => Ok((Value::Nil, Some(format!("wrong_type: this is no JSON: {it}")))),
        }
    })?;
    set(lua, host, "is_ours", |_, value: Value| match value {
        Value::Table(it) => Ok(it.metatable().is_some_and(|it| it.contains_key("__tojson").unwrap_or(false))),
        _ => Ok(false),
    })?;
    set(lua, host, "meta", |_, table: Table| Ok(table.metatable()))?;
    set(lua, host, "timestamp", |_, (milliseconds, format): (f64, String)| {
        if format.is_empty() {
            return Ok((Some(moment::iso(milliseconds)), None));
        }
        if format.len() > moment::FORMAT_BYTES_MAX {
            return Ok((None, Some("getTimestamp takes a format of at most 1000 bytes")));
        }
        Ok((Some(moment::text(milliseconds, &format)), None))
    })
}

fn nodes(lua: &Lua, host: &Table, ops: &Ops) -> mlua::Result<()> {
    let it = Rc::clone(ops);
    set(lua, host, "create", move |_, (node, kind, parent): (u32, String, i64)| {
        it.borrow_mut().push(Op::Create { node, kind, parent: u32::try_from(parent).ok() });
        Ok(())
    })?;
    let it = Rc::clone(ops);
    set(lua, host, "remove", move |_, node: u32| {
        it.borrow_mut().push(Op::Remove { node });
        Ok(())
    })?;
    let it = Rc::clone(ops);
    set(lua, host, "set", move |_, (node, field, value): (u32, String, Value)| {
        let value = json(&value)?.unwrap_or(Json::Null);
        it.borrow_mut().push(Op::Set { node, field, value });
        Ok(())
    })
}

fn reads(lua: &Lua, host: &Table, console: &Rc<Console>) -> mlua::Result<()> {
    let it = Rc::clone(console);
    set(lua, host, "entity", move |_, id: String| {
        let reach = it.reach.borrow();
        Ok(reach.target(&id).map(|found| reach.id(found)))
    })?;
    let it = Rc::clone(console);
    set(lua, host, "query", move |lua, names: Vec<String>| {
        let reach = it.reach.borrow();
        let found = reach.query(&names);
        answer(lua, found.map(|them| them.into_iter().map(|it| reach.id(it)).collect::<Vec<String>>()))
    })?;
    let it = Rc::clone(console);
    set(lua, host, "has", move |lua, (id, name): (String, String)| {
        let reach = it.reach.borrow();
        answer(
            lua,
            match reach.target(&id) {
                Some(target) => reach.has(target, &name),
                None => reach.fields(&name).map(|_| false),
            },
        )
    })?;
    let it = Rc::clone(console);
    set(lua, host, "fields", move |lua, name: String| answer(lua, it.reach.borrow().fields(&name)))?;
    let it = Rc::clone(console);
    set(lua, host, "field", move |lua, (id, name, field): (String, String, String)| {
        let reach = it.reach.borrow();
        let found = reach.held(&id).and_then(|it| reach.read(it, &name, &field));
        Ok(match found {
            Ok(value) => (cell_to_luau(lua, &value)?, None, reach.shape(&name, &field)),
            Err(problem) => (Value::Nil, Some(words(&problem)), None),
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "schema", move |lua, name: String| match it.reach.borrow().schema(&name) {
        Ok(found) => Ok((to_luau(lua, &found)?, None)),
        Err(problem) => Ok((Value::Nil, Some(words(&problem)))),
    })?;
    let it = Rc::clone(console);
    set(lua, host, "lineage", move |lua, id: String| {
        let reach = it.reach.borrow();
        match reach.held(&id).and_then(|it| reach.lineage(it)) {
            Ok(found) => Ok((to_luau(lua, &found)?, None)),
            Err(problem) => Ok((Value::Nil, Some(words(&problem)))),
        }
    })
}

fn writes(lua: &Lua, host: &Table, console: &Rc<Console>) -> mlua::Result<()> {
    let it = Rc::clone(console);
    set(lua, host, "set_field", move |lua, (id, name, field, value): (String, String, String, Value)| {
        change(lua, &it, &value, |reach, value| {
            reach.held(&id).and_then(|it| reach.write(it, &name, &field, value)).map(|()| true)
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "add", move |lua, (id, name, values): (String, String, Value)| {
        change(lua, &it, &values, |reach, values| {
            let values = members(values)?;
            reach.held(&id).and_then(|it| reach.add(it, &name, values)).map(|()| true)
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "take_away", move |lua, (id, name): (String, String)| {
        change(lua, &it, &Value::Nil, |reach, _| {
            reach.held(&id).and_then(|it| reach.remove(it, &name)).map(|()| true)
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "spawn", move |lua, (prefab, overrides): (String, Value)| {
        change(lua, &it, &overrides, |reach, overrides| {
            let target = reach.spawn(&prefab, members(overrides)?)?;
            Ok(reach.id(target))
        })
    })?;
    let it = Rc::clone(console);
    set(lua, host, "despawn", move |lua, id: String| {
        change(lua, &it, &Value::Nil, |reach, _| {
            reach.target(&id).map_or(Ok(()), |it| reach.despawn(it)).map(|()| true)
        })
    })
}

/// A call that may change the world, which is counted.
fn change<T: IntoLua>(
    lua: &Lua,
    console: &Console,
    value: &Value,
    work: impl FnOnce(&mut Reach, Json) -> Result<T, Problem>,
) -> mlua::Result<Answer> {
    charge(console)?;
    match json(value)? {
        Ok(value) => answer(lua, work(&mut console.reach.borrow_mut(), value)),
        Err(words) => Ok((Value::Nil, Some(words))),
    }
}

fn members(json: Json) -> Result<Map<String, Json>, Problem> {
    match json {
        Json::Object(map) => Ok(map),
        other => {
            Err(Problem::new("wrong_type", "", format!("this is {other}")).expected("a table of fields"))
        }
    }
}
