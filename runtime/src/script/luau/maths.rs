//! The maths of the prelude alone, for the test that compares them with those of JavaScript.

use mlua::{Function, Lua, Table, Value};
use serde_json::Value as Json;

use super::machine::PRELUDE;

/// Files of the prelude that know no world.
const MATHS: [&str; 9] =
    ["base", "classes", "vector3", "quaternion", "matrix4", "lerp", "curve", "object3d", "url"];

/// What the expressions are written with, as `maths/setup.js` has it for JavaScript.
const SETUP: &str = include_str!("../maths/setup.luau");

/// Evaluates expressions of Luau.
pub(in crate::script) struct Evaluator {
    lua: Lua,
    plain: Function,
}

impl Evaluator {
    pub(in crate::script) fn new() -> mlua::Result<Evaluator> {
        let lua = Lua::new();
        let (prelude, host) = (lua.create_table()?, lua.create_table()?);
        for name in MATHS {
            let (_, text) = PRELUDE.into_iter().find(|it| it.0 == name).unwrap();
            let file = lua.load(text).set_name(format!("=prelude/{name}")).into_function()?;
            file.call::<()>((&prelude, &host))?;
        }
        let current = lua.create_table()?;
        current.set("seed", [1, 2, 3, 4])?;
        prelude.set("current", current)?;
        for pair in prelude.get::<Table>("globals")?.pairs::<String, Value>() {
            let (name, value) = pair?;
            lua.globals().set(name, value)?;
        }
        let plain = lua.load(SETUP).set_name("=setup").eval()?;
        Ok(Evaluator { lua, plain })
    }

    /// The value with every number as text, so that no bit of it is lost on the way.
    pub(in crate::script) fn value(&self, expression: &str) -> Result<Json, String> {
        let value = self.lua.load(format!("return {expression}")).set_name("=case").eval::<Value>();
        let plain = value.and_then(|it| self.plain.call::<Value>(it)).map_err(|it| it.to_string())?;
        super::values::to_json(&plain).map_err(|it| it.to_string())?.map_err(|_| "too deep".to_owned())
    }
}
