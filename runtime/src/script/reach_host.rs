//! [`Reach`] as functions of the prelude's `host` object, for QuickJS.

use std::rc::Rc;

use bowline_schema::Problem;
use rquickjs::function::IntoJsFunc;
use rquickjs::{Array, Ctx, Exception, Function, IntoJs as _, Object, Value};
use serde_json::Map;

use super::console::Console;
use super::reach::Reach;
use crate::ecs;

/// What the prelude itself finds wrong.
const MISTAKES: [&str; 9] = [
    "async_system",
    "host_primitive",
    "invalid_value",
    "node_cycle",
    "read_only_component",
    "read_only_property",
    "unknown_layer",
    "unknown_node_type",
    "unknown_variant",
];

/// Adds what the prelude needs for entities and components.
pub(super) fn install<'js>(
    console: &Rc<Console>,
    ctx: &Ctx<'js>,
    host: &Object<'js>,
) -> rquickjs::Result<()> {
    reads(console, ctx, host)?;
    writes(console, ctx, host)
}

fn reads<'js>(console: &Rc<Console>, ctx: &Ctx<'js>, host: &Object<'js>) -> rquickjs::Result<()> {
    let it = Rc::clone(console);
    let entity = move |id: String| {
        let reach = it.reach.borrow();
        reach.target(&id).map(|found| reach.id(found))
    };
    set(ctx, host, "entity", entity)?;
    let it = Rc::clone(console);
    let query = move |ctx: Ctx<'js>, names: Vec<String>| {
        let reach = it.reach.borrow();
        let found = reach.query(&names).map_err(|it| thrown(&ctx, &it))?;
        rquickjs::Result::Ok(found.into_iter().map(|it| reach.id(it)).collect::<Vec<String>>())
    };
    set(ctx, host, "query", query)?;
    let it = Rc::clone(console);
    let has = move |ctx: Ctx<'js>, id: String, name: String| {
        let reach = it.reach.borrow();
        match reach.target(&id) {
            Some(target) => reach.has(target, &name),
            None => reach.fields(&name).map(|_| false),
        }
        .map_err(|it| thrown(&ctx, &it))
    };
    set(ctx, host, "hasComponent", has)?;
    let it = Rc::clone(console);
    let fields =
        move |ctx: Ctx<'js>, name: String| it.reach.borrow().fields(&name).map_err(|it| thrown(&ctx, &it));
    set(ctx, host, "fields", fields)?;
    let it = Rc::clone(console);
    let value = move |ctx: Ctx<'js>, id: String, name: String, field: String| {
        let reach = it.reach.borrow();
        let found = reach.held(&id).and_then(|it| reach.read(it, &name, &field));
        to_js(&ctx, &found.map_err(|it| thrown(&ctx, &it))?)
    };
    set(ctx, host, "fieldValue", value)?;
    let it = Rc::clone(console);
    let schema = move |ctx: Ctx<'js>, name: String| {
        let found = it.reach.borrow().schema(&name).map_err(|it| thrown(&ctx, &it))?;
        ctx.json_parse(found.to_string())
    };
    set(ctx, host, "schema", schema)?;
    let it = Rc::clone(console);
    let lineage = move |ctx: Ctx<'js>, id: String| {
        let reach = it.reach.borrow();
        let found = reach.held(&id).and_then(|it| reach.lineage(it)).map_err(|it| thrown(&ctx, &it))?;
        ctx.json_parse(found.to_string())
    };
    set(ctx, host, "lineage", lineage)?;
    let refuse = |ctx: Ctx<'js>| {
        let message = "what describes the world's schemas is only read by scripts";
        Err::<(), _>(thrown(&ctx, &Problem::new("meta_read_only", "", message)))
    };
    set(ctx, host, "refuseMeta", refuse)?;
    // Errors the prelude throws itself are made here, so that they have a code as all of ours.
    let mistake = |ctx: Ctx<'js>, code: String, message: String| {
        let code = MISTAKES.into_iter().find(|it| *it == code).unwrap_or("host_primitive");
        Err::<(), _>(thrown(&ctx, &Problem::new(code, "", message)))
    };
    set(ctx, host, "mistake", mistake)?;
    let it = Rc::clone(console);
    let deny = move |ctx: Ctx<'js>, what: String| {
        it.said.borrow_mut().denied += 1;
        let problem =
            Problem::new("store_access_in_tick", "", format!("`{what}`: a tick waits for no store"));
        Err::<(), _>(thrown(&ctx, &problem.help("keep what outlives a tick in components")))
    };
    set(ctx, host, "denyStore", deny)
}

fn writes<'js>(console: &Rc<Console>, ctx: &Ctx<'js>, host: &Object<'js>) -> rquickjs::Result<()> {
    let it = Rc::clone(console);
    let write = move |ctx: Ctx<'js>, id: String, name: String, field: String, value: String| {
        change(&it, (&ctx, value.len()), |reach| {
            let value = parsed(&value)?;
            reach.held(&id).and_then(|it| reach.write(it, &name, &field, value))
        })
    };
    // Four values and the context: a closure may not have more, and needs no more.
    set(ctx, host, "setField", write)?;
    let it = Rc::clone(console);
    let add = move |ctx: Ctx<'js>, id: String, name: String, values: String| {
        change(&it, (&ctx, values.len()), |reach| {
            let values = members(&values)?;
            reach.held(&id).and_then(|it| reach.add(it, &name, values))
        })
    };
    set(ctx, host, "addComponent", add)?;
    let it = Rc::clone(console);
    let remove = move |ctx: Ctx<'js>, id: String, name: String| {
        change(&it, (&ctx, 0), |reach| reach.held(&id).and_then(|it| reach.remove(it, &name)))
    };
    set(ctx, host, "removeComponent", remove)?;
    let it = Rc::clone(console);
    let spawn = move |ctx: Ctx<'js>, prefab: String, overrides: String| {
        change(&it, (&ctx, overrides.len()), |reach| {
            let target = reach.spawn(&prefab, members(&overrides)?)?;
            Ok(reach.id(target))
        })
    };
    set(ctx, host, "spawn", spawn)?;
    let it = Rc::clone(console);
    let despawn = move |ctx: Ctx<'js>, id: String| {
        change(&it, (&ctx, 0), |reach| reach.target(&id).map_or(Ok(()), |it| reach.despawn(it)))
    };
    set(ctx, host, "despawn", despawn)
}

pub(super) fn set<'js, P>(
    ctx: &Ctx<'js>,
    host: &Object<'js>,
    name: &str,
    function: impl IntoJsFunc<'js, P> + 'js,
) -> rquickjs::Result<()> {
    host.set(name, Function::new(ctx.clone(), function)?)
}

/// A call that may change the world, which is counted.
fn change<T>(
    console: &Console,
    (ctx, bytes): (&Ctx<'_>, usize),
    work: impl FnOnce(&mut Reach) -> Result<T, Problem>,
) -> rquickjs::Result<T> {
    console.charge_for(ctx, bytes)?;
    work(&mut console.reach.borrow_mut()).map_err(|it| thrown(ctx, &it))
}

/// `code: message`, and everything we know.
pub(super) fn words(problem: &Problem) -> String {
    let Problem { code, pointer, message, expected, help } = problem;
    let mut text = format!("{code}: {message}");
    if !pointer.is_empty() {
        text.push_str(&format!(" at {pointer}"));
    }
    for more in [expected.as_ref().map(|it| format!("expected {it}")), help.clone()].into_iter().flatten() {
        text.push_str(&format!("; {more}"));
    }
    text
}

/// An `Error` with a `code` and everything we know in its message.
pub(super) fn thrown(ctx: &Ctx<'_>, problem: &Problem) -> rquickjs::Error {
    let (code, text) = (problem.code, words(problem));
    let made = Exception::from_message(ctx.clone(), &text)
        .and_then(|error| error.as_object().set("code", code).map(|()| error));
    match made {
        Ok(error) => error.throw(),
        Err(error) => error,
    }
}

fn parsed(json: &str) -> Result<serde_json::Value, Problem> {
    serde_json::from_str(json).map_err(|it| Problem::new("wrong_type", "", it.to_string()))
}

fn members(json: &str) -> Result<Map<String, serde_json::Value>, Problem> {
    match parsed(json)? {
        serde_json::Value::Object(map) => Ok(map),
        other => Err(Problem::new("wrong_type", "", format!("this is {other}")).expected("an object")),
    }
}

pub(super) fn to_js<'js>(ctx: &Ctx<'js>, value: &ecs::Value) -> rquickjs::Result<Value<'js>> {
    match value {
        ecs::Value::Null => Ok(Value::new_null(ctx.clone())),
        ecs::Value::Number(it) => Ok(Value::new_number(ctx.clone(), *it)),
        ecs::Value::Bool(it) => Ok(Value::new_bool(ctx.clone(), *it)),
        ecs::Value::Text(it) => it.as_str().into_js(ctx),
        ecs::Value::Numbers(list) => {
            let array = Array::new(ctx.clone())?;
            for (place, it) in list.iter().enumerate() {
                array.set(place, *it)?;
            }
            Ok(array.into_value())
        }
        ecs::Value::Json(it) => ctx.json_parse(it.to_string()),
    }
}
