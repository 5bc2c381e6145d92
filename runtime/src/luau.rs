//! Luau virtual machines that know the world's schemas: `__outside_schema_host`, also called `schema`,
//! is a table every script reads and no script can change.
//!
//! It is the projection `bowline_schema` writes for any Lua, compiled once per snapshot and frozen all
//! the way down, so that scripts of the core and of people read the same. Not an engine for scripts
//! yet: whoever runs some here gives them their world and their budget of time.

use std::sync::Arc;

use bowline_model::Digest;
use bowline_schema::emit::{Language, emit};
use mlua::chunk::Compiler;
use mlua::{Lua, LuaOptions, StdLib, Table, Value};

use crate::definitions::Definitions;

/// What the table is called.
pub const HOST_TABLE: &str = "__outside_schema_host";

/// Its short name.
pub const HOST_TABLE_ALIAS: &str = "schema";

/// Why a machine could not be made, or a script in it failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct LuauError(#[from] mlua::Error);

/// Makes machines, and keeps what they share.
#[derive(Debug, Default)]
pub struct Machines {
    compiled: Option<(Digest, Arc<[u8]>)>,
    emitted: u64,
    reused: u64,
}

/// One machine: its globals are read-only, its scripts cannot reach another's.
#[derive(Debug)]
pub struct Machine {
    lua: Lua,
}

impl Machines {
    /// Nothing is compiled yet.
    #[must_use]
    pub fn new() -> Machines {
        Machines::default()
    }

    /// A machine that knows `definitions`, and may hold `memory` bytes.
    ///
    /// # Errors
    /// If there is not enough memory for the table.
    pub fn machine(&mut self, definitions: &Definitions, memory: usize) -> Result<Machine, LuauError> {
        let code = self.code(definitions)?;
        // Neither files nor processes nor a way to load code: only what computes.
        let libraries = StdLib::ALL_SAFE ^ StdLib::OS;
        let lua = Lua::new_with(libraries, LuaOptions::new())?;
        lua.set_memory_limit(memory)?;
        let table: Table = lua.load(&code[..]).set_name("=schema").eval()?;
        freeze(&table)?;
        for name in [HOST_TABLE, HOST_TABLE_ALIAS] {
            lua.globals().set(name, &table)?;
        }
        lua.sandbox(true)?;
        Ok(Machine { lua })
    }

    /// The table as bytecode; written and compiled once per snapshot.
    pub(crate) fn code(&mut self, definitions: &Definitions) -> Result<Arc<[u8]>, LuauError> {
        if let Some((hash, code)) = &self.compiled
            && *hash == definitions.hash()
        {
            self.reused += 1;
            return Ok(Arc::clone(code));
        }
        let text = emit(definitions.snapshot(), Language::Lua);
        let code: Arc<[u8]> = Compiler::new().compile(text)?.into();
        self.compiled = Some((definitions.hash(), Arc::clone(&code)));
        self.emitted += 1;
        Ok(code)
    }

    /// How often a table was written, and how often one that was written already served.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.emitted, self.reused)
    }
}

impl Machine {
    /// What `source` returns, as JSON.
    ///
    /// # Errors
    /// What the script threw, or that its text is no Luau.
    pub fn eval(&self, name: &str, source: &str) -> Result<serde_json::Value, LuauError> {
        let value: Value = self.lua.load(source).set_name(name).eval()?;
        Ok(json(&value)?)
    }
}

pub(crate) fn freeze(table: &Table) -> mlua::Result<()> {
    for pair in table.pairs::<Value, Value>() {
        if let (_, Value::Table(inner)) = pair? {
            freeze(&inner)?;
        }
    }
    table.set_readonly(true);
    Ok(())
}

/// Lists for tables whose keys count from 1, objects for others; what JSON has no word for is `null`.
fn json(value: &Value) -> mlua::Result<serde_json::Value> {
    Ok(match value {
        Value::Boolean(it) => (*it).into(),
        Value::Integer(it) => (*it).into(),
        Value::Number(it) => (*it).into(),
        Value::String(it) => it.to_string_lossy().into(),
        Value::Table(table) if table.raw_len() > 0 => {
            let items = table.sequence_values::<Value>().map(|it| json(&it?));
            serde_json::Value::Array(items.collect::<mlua::Result<_>>()?)
        }
        Value::Table(table) => {
            let mut map = serde_json::Map::new();
            for pair in table.pairs::<String, Value>() {
                let (key, value) = pair?;
                map.insert(key, json(&value)?);
            }
            map.sort_keys();
            serde_json::Value::Object(map)
        }
        _ => serde_json::Value::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};
    use expect_test::expect;
    use serde_json::json;

    const MEMORY: usize = 16 << 20;

    fn definitions(default: f64) -> Arc<Definitions> {
        let payload = json!({"label": "Door", "doc": "It opens.", "fields": [
            {"name": "angle", "kind": "f64", "default": default, "unit": "deg", "hint": "slider", "label": "Angle"},
            {"name": "state", "kind": {"enum": ["shut", "open"]}, "doc": "How it is."},
        ]});
        let slug = "core/component/door".to_owned();
        let door = Entry { slug, kind: RecordKind::Component, version: 3, payload };
        let records: Vec<Entry> = core::records().into_iter().chain([door]).collect();
        Definitions::compile(Snapshot::build(&records, &Asking::default()).snapshot).unwrap()
    }

    fn said(machine: &Machine, source: &str) -> String {
        match machine.eval("=test", source) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn a_script_reads_definitions_with_all_their_metadata_and_is_told_what_it_misspells() {
        let machine = Machines::new().machine(&definitions(30.0), MEMORY).unwrap();
        let lines = [
            "return schema.door.fields.angle.default",
            "return schema.door.label, schema.door.doc",
            "return {schema.door.fields.angle.label, schema.door.fields.angle.hint, schema.door.fields.angle.unit}",
            "return schema.door.fields.state",
            "return schema.transform.fields.position.default",
            "return __outside_schema_host == schema",
            "return schema.door.icon",
            "return schema.dor",
            "return schema.door.fields.angel.default",
            "return __outside_schema_host.transform.fields.postion",
            "return schema.door.fields.angle.untis",
            "return schema.door.feilds",
        ];
        let text: Vec<String> = lines.iter().map(|it| format!("{it}\n  {}", said(&machine, it))).collect();
        expect![[r#"
            return schema.door.fields.angle.default
              30
            return schema.door.label, schema.door.doc
              "Door"
            return {schema.door.fields.angle.label, schema.door.fields.angle.hint, schema.door.fields.angle.unit}
              ["Angle","slider","deg"]
            return schema.door.fields.state
              {"default":"shut","doc":"How it is.","kind":{"enum":["shut","open"]},"name":"state"}
            return schema.transform.fields.position.default
              [0,0,0]
            return __outside_schema_host == schema
              true
            return schema.door.icon
              null
            return schema.dor
              runtime error: test:1: there is no component `dor`; did you mean `door`?
            return schema.door.fields.angel.default
              runtime error: test:1: component `door` has no field `angel`; did you mean `angle`?
            return __outside_schema_host.transform.fields.postion
              runtime error: test:1: component `transform` has no field `postion`; did you mean `position`?
            return schema.door.fields.angle.untis
              runtime error: test:1: field `angle` of `door` has no `untis`; did you mean `unit`?
            return schema.door.feilds
              runtime error: test:1: component `door` has no `feilds`; did you mean `fields`?"#]].assert_eq(&text.join("\n"));
    }

    #[test]
    fn nothing_a_script_does_changes_the_table() {
        let machine = Machines::new().machine(&definitions(30.0), MEMORY).unwrap();
        let before = said(&machine, "return schema");
        let attempts = [
            "schema.door = nil",
            "schema.door.fields.angle.default = 1",
            "schema.new = 1",
            "rawset(schema.door, 'label', 'x')",
            "setmetatable(schema, {__index = function() return 1 end})",
            "setmetatable(schema.door.fields, {__newindex = function() end})",
            "table.insert(schema.door.order, 'x')",
            "table.remove(schema.door.order)",
            "table.clear(schema.door.fields)",
            "table.sort(schema.door.order)",
            "table.move({1}, 1, 1, 1, schema.door.order)",
            "getmetatable(schema).__index = 1",
            "setfenv(getmetatable(schema).__index, {error = print}) return schema.dor",
            "return getmetatable(schema).__index(nil, 'door')",
            "getmetatable(schema).__index(nil, 'dor')",
            "getfenv(0).schema.door = 1",
            "table.unfreeze(schema)",
            "os.execute('true')",
            "return io",
            "return loadstring and loadstring('schema.door = nil')()",
            "string.format = nil",
        ];
        let text: Vec<String> = attempts.iter().map(|it| format!("{it}\n  {}", said(&machine, it))).collect();
        expect![[r#"
            schema.door = nil
              runtime error: test:1: attempt to modify a readonly table
            schema.door.fields.angle.default = 1
              runtime error: test:1: attempt to modify a readonly table
            schema.new = 1
              runtime error: test:1: attempt to modify a readonly table
            rawset(schema.door, 'label', 'x')
              runtime error: attempt to modify a readonly table
            setmetatable(schema, {__index = function() return 1 end})
              runtime error: attempt to modify a readonly table
            setmetatable(schema.door.fields, {__newindex = function() end})
              runtime error: attempt to modify a readonly table
            table.insert(schema.door.order, 'x')
              runtime error: attempt to modify a readonly table
            table.remove(schema.door.order)
              runtime error: attempt to modify a readonly table
            table.clear(schema.door.fields)
              runtime error: attempt to modify a readonly table
            table.sort(schema.door.order)
              runtime error: attempt to modify a readonly table
            table.move({1}, 1, 1, 1, schema.door.order)
              runtime error: attempt to modify a readonly table
            getmetatable(schema).__index = 1
              runtime error: test:1: attempt to modify a readonly table
            setfenv(getmetatable(schema).__index, {error = print}) return schema.dor
              runtime error: test:1: there is no component `dor`; did you mean `door`?
            return getmetatable(schema).__index(nil, 'door')
              {"doc":"It opens.","fields":{"angle":{"default":30,"hint":"slider","kind":"f64","label":"Angle","name":"angle","unit":"deg"},"state":{"default":"shut","doc":"How it is.","kind":{"enum":["shut","open"]},"name":"state"}},"label":"Door","order":["angle","state"],"slug":"core/component/door","version":3}
            getmetatable(schema).__index(nil, 'dor')
              runtime error: test:1: there is no component `dor`; did you mean `door`?
            getfenv(0).schema.door = 1
              runtime error: test:1: attempt to modify a readonly table
            table.unfreeze(schema)
              runtime error: test:1: attempt to call a nil value
            os.execute('true')
              runtime error: test:1: attempt to index nil with 'execute'
            return io
              null
            return loadstring and loadstring('schema.door = nil')()
              runtime error: (loadstring):1: attempt to modify a readonly table
            string.format = nil
              runtime error: test:1: attempt to modify a readonly table"#]]
        .assert_eq(&text.join("\n"));
        assert_eq!(said(&machine, "return schema"), before);
    }

    #[test]
    fn machines_share_one_table_per_snapshot_which_names_its_hash() {
        let mut machines = Machines::new();
        let (one, two) = (definitions(30.0), definitions(31.0));
        let read = |machines: &mut Machines, it: &Definitions| {
            machines.machine(it, MEMORY).unwrap().eval("=test", "return schema").unwrap()
        };
        let first = read(&mut machines, &one);
        let core_script = read(&mut machines, &one);
        assert_eq!(first, core_script);
        assert_eq!(machines.counts(), (1, 1));
        assert_eq!(first["_hash"], one.hash().to_string());
        let other = read(&mut machines, &two);
        assert_eq!(machines.counts(), (2, 1));
        assert_eq!(other["door"]["fields"]["angle"]["default"], 31);
        // Field for field what the records say.
        for component in one.snapshot().components() {
            for field in &component.fields {
                let seen = &first[component.name()]["fields"][&field.name];
                let mut said = field.to_json();
                said["default"] = field.initial();
                for key in ["name", "kind", "default", "unit", "hint", "range", "optional", "order"] {
                    let at = format!("{}.{}.{key}", component.name(), field.name);
                    assert!(same(&seen[key], &said[key]), "{at}: {} {}", seen[key], said[key]);
                }
            }
        }
    }

    /// Whether a table of Lua says what JSON says: `nil` is not there, and empty is neither list nor map.
    fn same(seen: &serde_json::Value, said: &serde_json::Value) -> bool {
        use serde_json::Value::{Array, Number, Object};
        match (seen, said) {
            (Number(seen), Number(said)) => seen.as_f64() == said.as_f64(),
            (Array(seen), Array(said)) => {
                seen.len() == said.len() && seen.iter().zip(said).all(|(seen, said)| same(seen, said))
            }
            (Object(seen), Array(said)) => seen.is_empty() && said.is_empty(),
            (Object(seen), Object(said)) => {
                said.iter().all(|(key, it)| same(seen.get(key).unwrap_or(&serde_json::Value::Null), it))
            }
            _ => seen == said,
        }
    }

    #[test]
    fn luaus_own_parser_takes_the_types_of_every_kind_of_field() {
        let definitions = definitions(30.0);
        let machine = Machines::new().machine(&definitions, MEMORY).unwrap();
        let every_kind = include_str!("../../schema/tests/promises/golden/door.luau");
        let types = [every_kind.to_owned(), emit(definitions.snapshot(), Language::Luau)];
        for text in types {
            let answer = machine.eval("=types", &text).unwrap();
            assert!(text.contains(answer["hash"].as_str().unwrap()), "it gives its snapshot: {answer}");
        }
        let annotations = emit(definitions.snapshot(), Language::LuaCats);
        assert_eq!(machine.eval("=annotations", &annotations).unwrap(), json!(null));
    }

    #[test]
    fn a_machine_holds_no_more_than_it_may() {
        let machine = Machines::new().machine(&definitions(1.0), MEMORY).unwrap();
        expect!["memory error: not enough memory"]
            .assert_eq(&said(&machine, "local t = {} for i = 1, 1e9 do t[i] = {} end"));
    }
}
