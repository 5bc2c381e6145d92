//! What others say of the projections: two compilers of TypeScript, a stock Lua and a validator of JSON
//! Schema are given those of the sample harbor, and scripts spelt right and wrong.
//!
//! The judges are npm packages, pinned in `package.json` beside this file and installed there once, by the
//! first test that needs one. Without Node, or without a registry the first time, these tests fail.

#![cfg(test)]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use bowline_schema::emit::{Language, emit};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};
use expect_test::expect;
use serde_json::{Value, json};

/// The npm project, installed.
static JUDGES: LazyLock<PathBuf> = LazyLock::new(|| {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/languages");
    // Written after the last package: half an installation is none, and neither is one of other pins.
    let stamp = home.join("node_modules/installed");
    let pins = include_str!("package-lock.json");
    if text(&stamp).is_none_or(|it| it != pins) {
        install(&home);
        let mut file = std::fs::File::create(stamp).unwrap();
        file.write_all(pins.as_bytes()).unwrap();
    }
    home
});

fn install(home: &Path) {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(npm);
    command.args(["ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(home);
    let ran =
        command.output().unwrap_or_else(|why| panic!("these tests need Node 20.11 or later with npm: {why}"));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "`npm ci` in schema/tests/languages could not install the judges:\n{said}");
}

fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    std::fs::File::open(path).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

/// What the judge `name` answers to `question`.
fn ask(name: &str, question: &Value) -> Value {
    let mut command = Command::new("node");
    command.arg(JUDGES.join(name)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|why| panic!("these tests need Node: {why}"));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let ran = child.wait_with_output().unwrap();
    assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// The core records and those of the sample harbor.
fn harbor() -> Snapshot {
    let kinds = [
        ("schemas", RecordKind::Component),
        ("strings", RecordKind::Strings),
        ("prefabs", RecordKind::Prefab),
    ];
    let own = kinds.into_iter().flat_map(|(folder, kind)| {
        let files = std::fs::read_dir(bowline_fixtures::project("harbor").join(folder)).unwrap();
        files.map(move |it| record(&it.unwrap().path(), kind))
    });
    let entries: Vec<Entry> = core::records().into_iter().chain(own).collect();
    let asking = Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() };
    let built = Snapshot::build(&entries, &asking);
    assert_eq!(built.problems, []);
    built.snapshot
}

fn record(path: &Path, kind: RecordKind) -> Entry {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let payload = serde_json::from_str(&text(path).unwrap()).unwrap();
    Entry { slug: format!("room/project/{}/{stem}", kind.name()), kind, version: 1, payload }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

/// `tsc --noEmit` of each pinned version over `scripts` beside the declarations: what each said.
fn tsc(scripts: &[(String, String)]) -> Vec<(String, Vec<String>)> {
    let options = json!({"strict": true, "target": "ES2022", "lib": ["ES2022"], "types": [],
        "module": "ESNext", "moduleResolution": "bundler", "noEmit": true,
        "allowImportingTsExtensions": true, "allowJs": true, "paths": {"@shared/*": ["./shared/*"]}});
    let names: Vec<&str> = scripts.iter().map(|it| it.0.as_str()).chain(["schema.d.ts"]).collect();
    let mut files = json!({
        "schema.d.ts": emit(&harbor(), Language::Dts),
        "tsconfig.json": json!({"compilerOptions": options, "files": names}).to_string(),
    });
    for (name, text) in scripts {
        files[name] = text.as_str().into();
    }
    let answer = ask("tsc.mjs", &json!({ "files": files }));
    let said = |it: &Value| {
        assert_eq!(it["stderr"], "");
        assert_eq!(it["status"] == 0, it["lines"] == json!([]), "{it}");
        let lines = strings(&it["lines"]).into_iter().map(str::to_owned).collect();
        (it["version"].as_str().unwrap().to_owned(), lines)
    };
    answer["compilers"].as_array().unwrap().iter().map(said).collect()
}

/// What [`tsc`] says if there is nothing to say.
fn nothing() -> [(String, Vec<String>); 2] {
    ["7.0.2", "5.9.3"].map(|it| (it.to_owned(), Vec::new()))
}

fn script(text: &str) -> [(String, String); 1] {
    [("script.ts".to_owned(), text.to_owned())]
}

/// `script.ts(10,6): error TS2551: …` → 10, `TS2551`.
fn place(diagnostic: &str) -> (usize, &str) {
    let (at, said) = diagnostic.strip_prefix("script.ts(").and_then(|it| it.split_once(": error ")).unwrap();
    (at.split(',').next().unwrap().parse().unwrap(), said.split(':').next().unwrap())
}

#[test]
fn typescript_has_nothing_to_say_of_a_script_that_is_spelt_right() {
    assert_eq!(tsc(&script(include_str!("good.ts"))), nothing());
}

#[test]
fn typescript_takes_the_declarations_into_a_whole_project() {
    let root = bowline_fixtures::project("harbor");
    let mut scripts = Vec::new();
    for folder in ["apps", "shared"] {
        collect(&root, Path::new(folder), &mut scripts);
    }
    assert!(scripts.iter().filter(|it| it.0.ends_with(".ts")).count() > 10);
    assert_eq!(tsc(&scripts), nothing());
}

/// All scripts of the project at `root` that are in `folder` or below.
fn collect(root: &Path, folder: &Path, scripts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let path = folder.join(entry.unwrap().file_name());
        if root.join(&path).is_dir() {
            collect(root, &path, scripts);
        } else if path.extension().is_some_and(|it| it == "ts" || it == "js") {
            let name = path.to_str().unwrap().replace('\\', "/");
            scripts.push((name, text(&root.join(&path)).unwrap()));
        }
    }
}

#[test]
fn typescript_finds_every_slip_of_the_finger_at_its_line() {
    let slips = include_str!("slips.ts");
    let said = tsc(&script(slips));
    let places = |at: usize| -> Vec<_> { said[at].1.iter().map(|it| place(it)).collect() };
    assert_eq!(places(0), places(1), "both versions find the same");
    let mut shown = String::new();
    for (index, line) in slips.lines().enumerate() {
        let found = said[0].1.iter().filter(|it| place(it).0 == index + 1);
        let found: Vec<&str> = found.filter_map(|it| Some(it.split_once(": error ")?.1)).collect();
        if !found.is_empty() {
            shown.push_str(&format!(
                "{:>2} {line}\n     {}\n",
                index + 1,
                found.join("\n     ").replace("\n  ", "\n       ")
            ));
        }
    }
    expect![[r#"
         9 tide.levle
             TS2551: Property 'levle' does not exist on type 'TideComponent'. Did you mean 'level'?
        10 tide.risen = true
             TS2339: Property 'risen' does not exist on type 'TideComponent'.
        11 app.entity.get('mooring')?.slac
             TS2551: Property 'slac' does not exist on type 'MooringComponent'. Did you mean 'slack'?
        12 app.entity.add('mooring', { lines: 12 })
             TS2561: Object literal may only specify known properties, but 'lines' does not exist in type 'Partial<MooringComponent>'. Did you mean to write 'line'?
        13 app.entity.add('mooring').sied = 'port'
             TS2339: Property 'sied' does not exist on type 'MooringComponent'.
        14 world.spawn('berth', { berth: { nunber: 7 } })
             TS2561: Object literal may only specify known properties, but 'nunber' does not exist in type 'Partial<BerthComponent>'. Did you mean to write 'number'?
        17 world.query('tied')
             TS2345: Argument of type '"tied"' is not assignable to parameter of type 'keyof ComponentTypes'.
        18 app.entity.get('morring')
             TS2345: Argument of type '"morring"' is not assignable to parameter of type 'keyof ComponentTypes'.
        19 app.entity.has('Tide')
             TS2345: Argument of type '"Tide"' is not assignable to parameter of type 'keyof ComponentTypes'.
        20 app.entity.add('visit')
             TS2345: Argument of type '"visit"' is not assignable to parameter of type 'keyof ComponentTypes'.
        21 world.spawn('berth', { birth: {} })
             TS2561: Object literal may only specify known properties, but 'birth' does not exist in type '{ action?: Partial<ActionComponent> | undefined; anchor?: Partial<AnchorComponent> | undefined; audio?: Partial<AudioComponent> | undefined; ... 29 more ...; visits?: Partial<...> | undefined; }'. Did you mean to write 'berth'?
        22 world.schema('tides')
             TS2345: Argument of type '"tides"' is not assignable to parameter of type 'keyof ComponentTypes'.
        25 tide.level = 'high'
             TS2322: Type 'string' is not assignable to type 'number'.
        26 tide.rising = 1
             TS2322: Type 'number' is not assignable to type 'boolean'.
        27 app.entity.add('mooring', { side: 'left' })
             TS2322: Type '"left"' is not assignable to type '"port" | "starboard" | undefined'.
        28 const depth: string = tide.range
             TS2322: Type 'number' is not assignable to type 'string'.
        29 app.entity.add('visits').count = null
             TS2322: Type 'null' is not assignable to type 'number'.
        32 app.create('mehs')
             TS2345: Argument of type '"mehs"' is not assignable to parameter of type 'keyof NodeTypes'.
        33 app.create('mesh', { widht: 2 })
             TS2561: Object literal may only specify known properties, but 'widht' does not exist in type 'MeshInit'. Did you mean to write 'width'?
        34 app.create('prim', { type: 'cube' })
             TS2322: Type '"cube"' is not assignable to type '"box" | "cone" | "cylinder" | "plane" | "sphere" | "torus" | undefined'.
        35 hull.castShadows = true
             TS2551: Property 'castShadows' does not exist on type 'Mesh'. Did you mean 'castShadow'?
        36 hull.position = new Vector3()
             TS2540: Cannot assign to 'position' because it is a read-only property.
        37 app.create('uitext').values
             TS2551: Property 'values' does not exist on type 'UIText'. Did you mean 'value'?
        40 world.querry('tide')
             TS2551: Property 'querry' does not exist on type 'World'. Did you mean 'query'?
        41 app.entitty
             TS2551: Property 'entitty' does not exist on type 'App'. Did you mean 'entity'?
        42 app.configure([{ key: 'color', type: 'colour' }])
             TS2820: Type '"colour"' is not assignable to type '"audio" | "avatar" | "button" | "color" | "curve" | "dropdown" | "emote" | "file" | "hdr" | "image" | "model" | "number" | "range" | "section" | "switch" | "text" | "textarea" | "texture" | "toggle" | "video"'. Did you mean '"color"'?
        45 app.on('Update', () => {})
             TS2769: No overload matches this call.
               The last overload gave the following error.
                 Argument of type '"Update"' is not assignable to parameter of type 'keyof AppEvents'.
        46 app.on('fixedupdate', () => {})
             TS2769: No overload matches this call.
               The last overload gave the following error.
                 Argument of type '"fixedupdate"' is not assignable to parameter of type 'keyof AppEvents'.
        47 world.on('Enter', () => {})
             TS2769: No overload matches this call.
               The last overload gave the following error.
                 Argument of type '"Enter"' is not assignable to parameter of type 'keyof WorldEvents'.
        48 app.on('update', (dt: string) => console.log(dt))
             TS2769: No overload matches this call.
               The last overload gave the following error.
                 Argument of type '(dt: string) => void' is not assignable to parameter of type '(delta: number) => void'.
                   Types of parameters 'dt' and 'delta' are incompatible.
                     Type 'number' is not assignable to type 'string'.
        49 world.on('leave', ({ playerID }) => console.log(playerID))
             TS2339: Property 'playerID' does not exist on type '{ playerId: string; }'.
    "#]].assert_eq(&shown);
    let lines = slips.lines().enumerate().skip(6).filter(|(_, it)| !it.is_empty() && !it.starts_with("//"));
    let lines: Vec<usize> = lines.map(|(index, _)| index + 1).collect();
    assert_eq!(
        places(0).into_iter().map(|it| it.0).collect::<Vec<_>>(),
        lines,
        "one error each, and no other"
    );
}

/// The table as `version` of Lua sees it (`None`: as the one it really runs in does), and what `lines` give.
fn lua(version: Option<&str>, lines: &[&str]) -> Value {
    let chunk = emit(&harbor(), Language::Lua);
    ask("lua.mjs", &json!({"chunk": chunk, "version": version, "lines": lines}))
}

const READS: [&str; 18] = [
    "return schema.tide.fields.level.unit",
    "return schema.mooring.fields.side.kind.enum",
    "return {#schema.mooring.order, schema._scopes[1]}",
    "return {max = schema.tide.fields.range.range.max, step = schema.tide.fields.level.range}",
    "return schema.tide.deprecated or schema.tide.fields.rising.optional",
    "return schema.tied",
    "return schema.tide.fields.levle.default",
    "return schema.tide.fields.LEVEL",
    "return schema.tide.fields.zzz",
    "return schema.tide.feilds",
    "return schema.tide.fields.level.defualt",
    "return schema[1]",
    "schema.tide.fields.levle = 1",
    "schema.tide.fields.level.default = 1",
    "schema.mooring.order[1] = nil",
    "schema.tide = nil",
    "return getmetatable(schema)",
    "setmetatable(schema, nil)",
];

fn shown(answer: &Value) -> String {
    let said = READS.iter().zip(strings(&answer["said"]));
    said.map(|(line, said)| format!("{line}\n  {}\n", said)).collect()
}

#[test]
fn a_stock_lua_raises_an_error_that_names_what_was_misspelt() {
    let answer = lua(None, &READS);
    assert_eq!(answer["version"], "Lua 5.4");
    expect![[r#"
        return schema.tide.fields.level.unit
          "m"
        return schema.mooring.fields.side.kind.enum
          ["port","starboard"]
        return {#schema.mooring.order, schema._scopes[1]}
          [3,"room"]
        return {max = schema.tide.fields.range.range.max, step = schema.tide.fields.level.range}
          {"max":4}
        return schema.tide.deprecated or schema.tide.fields.rising.optional
          null
        return schema.tied
          test:1: there is no component `tied`; did you mean `tide`?
        return schema.tide.fields.levle.default
          test:1: component `tide` has no field `levle`; did you mean `level`?
        return schema.tide.fields.LEVEL
          test:1: component `tide` has no field `LEVEL`; did you mean `level`?
        return schema.tide.fields.zzz
          test:1: component `tide` has no field `zzz`
        return schema.tide.feilds
          test:1: component `tide` has no `feilds`; did you mean `fields`?
        return schema.tide.fields.level.defualt
          test:1: field `level` of `tide` has no `defualt`; did you mean `default`?
        return schema[1]
          test:1: there is no component `1`
        schema.tide.fields.levle = 1
          test:1: the schema cannot be changed
        schema.tide.fields.level.default = 1
          test:1: the schema cannot be changed
        schema.mooring.order[1] = nil
          test:1: the schema cannot be changed
        schema.tide = nil
          test:1: the schema cannot be changed
        return getmetatable(schema)
          false
        setmetatable(schema, nil)
          test:1: cannot change a protected metatable
    "#]]
    .assert_eq(&shown(&answer));
}

#[test]
fn a_lua_that_says_it_is_5_1_is_still_strict_about_names() {
    let (now, then) = (lua(None, &READS), lua(Some("Lua 5.1"), &READS));
    let answers = strings(&now["said"]).into_iter().zip(strings(&then["said"]));
    let differs = READS.iter().zip(answers).filter(|(_, (now, then))| now != then);
    let differs: Vec<String> = differs.map(|(line, (_, then))| format!("{line}\n  {then}\n")).collect();
    expect![[r#"
        schema.tide.fields.level.default = 1
          null
        schema.mooring.order[1] = nil
          null
        schema.tide = nil
          null
    "#]]
    .assert_eq(&differs.concat());
}

#[test]
fn a_stock_lua_reads_every_field_of_every_component_as_the_records_have_it() {
    let snapshot = harbor();
    for version in [None, Some("Lua 5.1")] {
        let data = &lua(version, &[])["data"];
        assert_eq!(data["_hash"], snapshot.hash().to_string());
        let names = |it: &Value| -> BTreeSet<String> { it.as_object().unwrap().keys().cloned().collect() };
        let components = snapshot.components().iter().map(|it| it.name().to_owned());
        assert_eq!(names(data), components.chain(["_hash".into(), "_scopes".into()]).collect());
        for component in snapshot.components() {
            let seen = &data[component.name()]["fields"];
            // Lua has one empty table for lists and maps.
            assert_eq!(names(seen), component.fields.iter().map(|it| it.name.clone()).collect());
            for field in &component.fields {
                let mut said = field.to_json();
                said["default"] = field.initial();
                for key in ["name", "kind", "default", "unit", "hint", "range", "optional", "order"] {
                    let (seen, said) = (&seen[&field.name][key], &said[key]);
                    assert!(same(seen, said), "{}.{}.{key}: {seen} {said}", component.name(), field.name);
                }
            }
        }
    }
}

/// Whether a table of Lua says what JSON says: `nil` is not there, and empty is neither list nor map.
fn same(seen: &Value, said: &Value) -> bool {
    match (seen, said) {
        (Value::Number(seen), Value::Number(said)) => seen.as_f64() == said.as_f64(),
        (Value::Array(seen), Value::Array(said)) => {
            seen.len() == said.len() && seen.iter().zip(said).all(|(seen, said)| same(seen, said))
        }
        (Value::Object(seen), Value::Array(said)) => seen.is_empty() && said.is_empty(),
        (Value::Object(seen), Value::Object(said)) => {
            said.iter().all(|(key, it)| same(seen.get(key).unwrap_or(&Value::Null), it))
        }
        _ => seen == said,
    }
}

#[test]
fn a_validator_takes_what_entities_begin_with_and_refuses_what_is_misspelt() {
    let snapshot = harbor();
    let schema: Value = serde_json::from_str(&emit(&snapshot, Language::JsonSchema)).unwrap();
    let initial: serde_json::Map<String, Value> =
        snapshot.components().iter().map(|it| (it.name().to_owned(), it.initial().into())).collect();
    let entities = json!([
        initial,
        {"tide": {"level": 0.4, "rising": false}, "mooring": {"side": "starboard"}},
        {"tide": {"levle": 0.4}},
        {"tied": {}},
        {"tide": {"level": "high"}},
        {"mooring": {"side": "left", "line": 41}},
        {"berth": {"number": 0.5}},
    ]);
    let answer = ask("jsonschema.mjs", &json!({"schema": schema, "entities": entities}));
    let said: Vec<String> =
        answer["said"].as_array().unwrap().iter().map(|it| strings(it).join("\n  ") + "\n").collect();
    expect![[r#"
        valid
        valid
        /tide must NOT have additional properties {"additionalProperty":"levle"}
         must NOT have additional properties {"additionalProperty":"tied"}
        /tide/level must be number {"type":"number"}
          /tide/level must be equal to one of the allowed values {"allowedValues":["Infinity","-Infinity"]}
          /tide/level must match a schema in anyOf {}
        /mooring/line must be <= 40 {"comparison":"<=","limit":40}
          /mooring/line must be equal to one of the allowed values {"allowedValues":["Infinity","-Infinity"]}
          /mooring/line must match a schema in anyOf {}
          /mooring/side must be equal to one of the allowed values {"allowedValues":["port","starboard"]}
        /berth/number must be integer {"type":"integer"}
          /berth/number must be >= 1 {"comparison":">=","limit":1}
    "#]]
    .assert_eq(&said.concat());
}

#[test]
fn the_judges_are_pinned_and_come_from_whatever_registry_a_machine_uses() {
    let lock: Value = serde_json::from_str(include_str!("package-lock.json")).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        assert!(package["integrity"].as_str().is_some_and(|it| it.starts_with("sha512-")), "{name}");
        assert_eq!(package["resolved"], Value::Null, "{name}");
    }
    let asked = lock["packages"][""]["dependencies"].as_object().unwrap().values();
    let pinned = asked.filter_map(Value::as_str).all(|it| !it.contains(['^', '~', '*', '>']));
    assert!(pinned, "versions are exact: {}", lock["packages"][""]);
}
