use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;

pub(super) fn nodes() -> Nodes {
    Nodes::new([
        ("node", "position", "transform"),
        ("node", "active", "node"),
        ("mesh", "castShadow", "mesh"),
        ("prim", "color", "prim"),
        ("prim", "emissiveIntensity", "prim"),
        ("action", "label", "action"),
    ])
}

pub(super) fn shown(found: &Uses) -> String {
    let mut out = String::new();
    for it in &found.uses {
        writeln!(out, "{}:{} {} | {}", it.line, it.column, it.name, it.text).unwrap();
    }
    for it in &found.problems {
        writeln!(out, "{it}").unwrap();
    }
    out
}

fn check_file(path: &str, source: &str, expect: Expect) {
    expect.assert_eq(&shown(&of_module(&ProjectPath::parse(path).unwrap(), source, &nodes())));
}

fn check(source: &str, expect: Expect) {
    check_file("index.ts", source, expect);
}

#[test]
fn components_are_named_in_every_call_that_takes_one() {
    check(
        r#"
export default (world, app) => {
  const boats = world.query('mooring', "tide")
  if (app.entity.has('visits')) app.entity.remove('visits')
  app.entity.add('mooring', { line: 4, cleat: { side: 'port', 'strength': 2 } })
  const fields = world.schema(`mooring`).fields
  world.spawn('lantern', { glow: { power: 3 }, mooring: {} })
  const lamp = app.create('prim', { color: 'red', onTrigger: 1, position: [0, 1, 0] })
}
"#,
        expect![[r#"
            3:30 mooring | const boats = world.query('mooring', "tide")
            3:41 tide | const boats = world.query('mooring', "tide")
            4:23 visits | if (app.entity.has('visits')) app.entity.remove('visits')
            4:52 visits | if (app.entity.has('visits')) app.entity.remove('visits')
            5:19 mooring | app.entity.add('mooring', { line: 4, cleat: { side: 'port', 'strength': 2 } })
            5:31 mooring.line | app.entity.add('mooring', { line: 4, cleat: { side: 'port', 'strength': 2 } })
            5:40 mooring.cleat | app.entity.add('mooring', { line: 4, cleat: { side: 'port', 'strength': 2 } })
            5:49 mooring.cleat.side | app.entity.add('mooring', { line: 4, cleat: { side: 'port', 'strength': 2 } })
            5:64 mooring.cleat.strength | app.entity.add('mooring', { line: 4, cleat: { side: 'port', 'strength': 2 } })
            6:32 mooring | const fields = world.schema(`mooring`).fields
            7:16 prefab lantern | world.spawn('lantern', { glow: { power: 3 }, mooring: {} })
            7:28 glow | world.spawn('lantern', { glow: { power: 3 }, mooring: {} })
            7:36 glow.power | world.spawn('lantern', { glow: { power: 3 }, mooring: {} })
            7:48 mooring | world.spawn('lantern', { glow: { power: 3 }, mooring: {} })
            8:28 prim | const lamp = app.create('prim', { color: 'red', onTrigger: 1, position: [0, 1, 0] })
            8:37 prim.color | const lamp = app.create('prim', { color: 'red', onTrigger: 1, position: [0, 1, 0] })
            8:65 transform.position | const lamp = app.create('prim', { color: 'red', onTrigger: 1, position: [0, 1, 0] })
        "#]],
    );
}

#[test]
fn fields_are_found_behind_every_way_to_hold_a_handle() {
    check(
        r#"
export default (world, app) => {
  const own = app.entity.get('mooring')
  own.line += 0.1
  own['slack'] = 1
  let later
  later = world.entity('e1').get('tide')
  later?.level
  const { line, cleat: { side }, slack: spare = 2, ...rest } = own
  app.entity.get('visits').count++
  delete own.line
  own.cleat.side = 'starboard'
  own.stops[0].at = 3
  for (const stop of own.stops) stop.wait = 1
  Object.assign(own, { line: 2, cleat: { side } })
  const values = { level: 1, ...extra }
  app.entity.add('tide', values)
  const either = world.isServer ? own : later
  either.shared = 1
  own.at.set(1, 2, 3)
  console.log(`moored ${own.line} m`)
}
const extra = { rising: true }
"#,
        expect![[r#"
            3:31 mooring | const own = app.entity.get('mooring')
            4:7 mooring.line | own.line += 0.1
            5:8 mooring.slack | own['slack'] = 1
            7:35 tide | later = world.entity('e1').get('tide')
            8:10 tide.level | later?.level
            9:11 mooring.line | const { line, cleat: { side }, slack: spare = 2, ...rest } = own
            9:17 mooring.cleat | const { line, cleat: { side }, slack: spare = 2, ...rest } = own
            9:26 mooring.cleat.side | const { line, cleat: { side }, slack: spare = 2, ...rest } = own
            9:34 mooring.slack | const { line, cleat: { side }, slack: spare = 2, ...rest } = own
            10:19 visits | app.entity.get('visits').count++
            10:28 visits.count | app.entity.get('visits').count++
            11:14 mooring.line | delete own.line
            12:7 mooring.cleat | own.cleat.side = 'starboard'
            12:13 mooring.cleat.side | own.cleat.side = 'starboard'
            13:7 mooring.stops | own.stops[0].at = 3
            13:16 mooring.stops[].at | own.stops[0].at = 3
            14:26 mooring.stops | for (const stop of own.stops) stop.wait = 1
            14:38 mooring.stops[].wait | for (const stop of own.stops) stop.wait = 1
            15:24 mooring.line | Object.assign(own, { line: 2, cleat: { side } })
            15:33 mooring.cleat | Object.assign(own, { line: 2, cleat: { side } })
            15:42 mooring.cleat.side | Object.assign(own, { line: 2, cleat: { side } })
            16:20 tide.level | const values = { level: 1, ...extra }
            17:19 tide | app.entity.add('tide', values)
            19:10 mooring.shared | either.shared = 1
            19:10 tide.shared | either.shared = 1
            20:7 mooring.at | own.at.set(1, 2, 3)
            21:29 mooring.line | console.log(`moored ${own.line} m`)
            23:17 tide.rising | const extra = { rising: true }
        "#]],
    );
}

#[test]
fn lists_of_entities_are_followed_into_loops_and_callbacks() {
    check(
        r#"
export default (world) => {
  for (const boat of world.query('mooring')) boat.get('mooring').line = 1
  world.query('mooring').filter(e => e.has('tide')).forEach((e, i) => { e.get('mooring').slack = i })
  const moorings = world.query('mooring').map(e => e.get('mooring'))
  for (const m of moorings) m.line = 2
  moorings[0].line = 3
  const [first, ...others] = moorings
  first.line = 4
  others[1].line = 5
  moorings.sort((a, b) => a.line - b.line)
  const near = world.query('mooring').find(function (e) { return e.get('mooring').line < 3 })
  near.get('visits').count = 1
}
"#,
        expect![[r#"
            3:35 mooring | for (const boat of world.query('mooring')) boat.get('mooring').line = 1
            3:56 mooring | for (const boat of world.query('mooring')) boat.get('mooring').line = 1
            3:66 mooring.line | for (const boat of world.query('mooring')) boat.get('mooring').line = 1
            4:16 mooring | world.query('mooring').filter(e => e.has('tide')).forEach((e, i) => { e.get('mooring').slack = i })
            4:45 tide | world.query('mooring').filter(e => e.has('tide')).forEach((e, i) => { e.get('mooring').slack = i })
            4:80 mooring | world.query('mooring').filter(e => e.has('tide')).forEach((e, i) => { e.get('mooring').slack = i })
            4:90 mooring.slack | world.query('mooring').filter(e => e.has('tide')).forEach((e, i) => { e.get('mooring').slack = i })
            5:33 mooring | const moorings = world.query('mooring').map(e => e.get('mooring'))
            5:59 mooring | const moorings = world.query('mooring').map(e => e.get('mooring'))
            6:31 mooring.line | for (const m of moorings) m.line = 2
            7:15 mooring.line | moorings[0].line = 3
            9:9 mooring.line | first.line = 4
            10:13 mooring.line | others[1].line = 5
            11:29 mooring.line | moorings.sort((a, b) => a.line - b.line)
            11:38 mooring.line | moorings.sort((a, b) => a.line - b.line)
            12:29 mooring | const near = world.query('mooring').find(function (e) { return e.get('mooring').line < 3 })
            12:73 mooring | const near = world.query('mooring').find(function (e) { return e.get('mooring').line < 3 })
            12:83 mooring.line | const near = world.query('mooring').find(function (e) { return e.get('mooring').line < 3 })
            13:13 visits | near.get('visits').count = 1
            13:22 visits.count | near.get('visits').count = 1
        "#]],
    );
}

#[test]
fn functions_of_the_same_file_hand_on_what_they_are_given() {
    check(
        r#"
export default main
function main(world, app) {
  tighten(app.entity.get('mooring'), 2)
  const boat = nearest(world)
  boat.get('tide').level = 0
  const crew = new Crew(boat.get('visits'))
  crew.board()
  show({ handle: boat.get('mooring') })
}
function tighten(it, by) { it.line -= by }
const nearest = (harbor) => harbor.query('mooring')[0]
const show = ({ handle }) => handle.line
class Crew {
  aboard = 0
  #log
  constructor(visits) { this.visits = visits; this.#log = visits }
  board() { this.visits.count += 1; this.#log.last = 'now' }
}
function unknown(it) { it.line = 1; it.get('mooring').line = 2 }
"#,
        expect![[r#"
            4:27 mooring | tighten(app.entity.get('mooring'), 2)
            6:13 tide | boat.get('tide').level = 0
            6:20 tide.level | boat.get('tide').level = 0
            7:35 visits | const crew = new Crew(boat.get('visits'))
            9:28 mooring | show({ handle: boat.get('mooring') })
            11:31 mooring.line | function tighten(it, by) { it.line -= by }
            12:43 mooring | const nearest = (harbor) => harbor.query('mooring')[0]
            13:37 mooring.line | const show = ({ handle }) => handle.line
            18:25 visits.count | board() { this.visits.count += 1; this.#log.last = 'now' }
            18:47 visits.last | board() { this.visits.count += 1; this.#log.last = 'now' }
        "#]],
    );
}

#[test]
fn nodes_are_components_and_only_their_data_is_a_use() {
    check(
        r#"
export function makeLamp(app: App, colour: string) {
  const lamp = app.create('prim', { type: 'box', color: colour })
  const prompt = app.create('action', { label: 'Light', onTrigger: () => { lamp.emissiveIntensity = 4 } })
  lamp.position.y = 2
  lamp.add(prompt)
  const hull = app.get('Hull')!
  hull.active = false
  hull.castShadow = true
  app.position.set(0, 0, 0)
  return { lamp, prompt }
}
const made = makeLamp(app, 'red')
made.lamp.color = 'green'
made.prompt.parent.active = true
"#,
        expect![[r#"
            3:28 prim | const lamp = app.create('prim', { type: 'box', color: colour })
            3:50 prim.color | const lamp = app.create('prim', { type: 'box', color: colour })
            4:30 action | const prompt = app.create('action', { label: 'Light', onTrigger: () => { lamp.emissiveIntensity = 4 } })
            4:41 action.label | const prompt = app.create('action', { label: 'Light', onTrigger: () => { lamp.emissiveIntensity = 4 } })
            4:81 prim.emissiveIntensity | const prompt = app.create('action', { label: 'Light', onTrigger: () => { lamp.emissiveIntensity = 4 } })
            5:8 transform.position | lamp.position.y = 2
            8:8 node.active | hull.active = false
            10:7 transform.position | app.position.set(0, 0, 0)
            14:11 prim.color | made.lamp.color = 'green'
            15:20 node.active | made.prompt.parent.active = true
        "#]],
    );
}

#[test]
fn types_say_what_a_parameter_is() {
    check(
        r#"
import type { App, Entity, World } from '@shared/world.ts'
export function moor(it: Entity, all: Entity[], line: ComponentTypes['mooring']) {
  it.get('mooring')!.line = 1
  all[0].has('tide')
  line.slack = (it as Entity).get('visits').count
}
export function other(app: Express, world: Map<string, number>) { app.create('mooring'); world.query('tide') }
export class Quay { constructor(private readonly entity: Entity) {} count() { return this.entity.get('visits').count } }
"#,
        expect![[r#"
            3:71 mooring | export function moor(it: Entity, all: Entity[], line: ComponentTypes['mooring']) {
            4:11 mooring | it.get('mooring')!.line = 1
            4:22 mooring.line | it.get('mooring')!.line = 1
            5:15 tide | all[0].has('tide')
            6:8 mooring.slack | line.slack = (it as Entity).get('visits').count
            6:36 visits | line.slack = (it as Entity).get('visits').count
            6:45 visits.count | line.slack = (it as Entity).get('visits').count
            9:103 visits | export class Quay { constructor(private readonly entity: Entity) {} count() { return this.entity.get('visits').count } }
            9:112 visits.count | export class Quay { constructor(private readonly entity: Entity) {} count() { return this.entity.get('visits').count } }
        "#]],
    );
}

#[test]
fn what_only_looks_like_a_use_is_none() {
    check(
        r#"
const seen = new Map()
seen.get('mooring').line = 1
const node = app.get('mooring')
const text = 'mooring'
export default (world, app) => {
  const name = pick()
  app.entity.get(name).line = 1
  { const app = seen; app.create('mooring') }
  world.on('mooring', (data) => data.line)
  app.on('update', () => {})
  const Object = { assign() {} }
  Object.assign(app.entity.get('mooring'), { line: 1 })
  function inner(world) { return world }
  localStorage.get('mooring')
}
"#,
        expect![[r#"
            13:33 mooring | Object.assign(app.entity.get('mooring'), { line: 1 })
        "#]],
    );
}

#[test]
fn a_name_in_a_constant_is_used_where_it_is_written() {
    check(
        "const NAME = 'mooring'\nexport default (world, app) => { app.entity.get(NAME).line = 1; world.query(NAME) }\n",
        expect![[r#"
            1:15 mooring | const NAME = 'mooring'
            2:55 mooring.line | export default (world, app) => { app.entity.get(NAME).line = 1; world.query(NAME) }
        "#]],
    );
}

#[test]
fn a_body_of_the_old_format_has_world_and_app_without_asking() {
    check_file(
        "index.js",
        "if (!world.isServer) return\nconst bell = app.create('prim')\nbell.color = 'gold'\napp.entity.get('visits').count = 1\n",
        expect![[r#"
            2:26 prim | const bell = app.create('prim')
            3:6 prim.color | bell.color = 'gold'
            4:17 visits | app.entity.get('visits').count = 1
            4:26 visits.count | app.entity.get('visits').count = 1
        "#]],
    );
}

#[test]
fn a_system_says_what_it_reads_and_writes() {
    check(
        "export const system = { phase: 'update', order: 10, reads: ['position', 'tide'], writes: [\"velocity\"] }\n\
         export function update({ position, velocity }) { velocity.x[0] += position.x[0] }\n\
         const system2 = { reads: ['nothing'] }\n",
        expect![[r#"
            1:62 position | export const system = { phase: 'update', order: 10, reads: ['position', 'tide'], writes: ["velocity"] }
            1:74 tide | export const system = { phase: 'update', order: 10, reads: ['position', 'tide'], writes: ["velocity"] }
            1:92 velocity | export const system = { phase: 'update', order: 10, reads: ['position', 'tide'], writes: ["velocity"] }
        "#]],
    );
    let path = ProjectPath::parse("systems/drift.luau").unwrap();
    let source = "--!system {\"phase\": \"update\", \"reads\": [\"position\"], \"writes\": [\"tide\"]}\nreturn function() end\n";
    expect![[r#"
        1:42 position | --!system {"phase": "update", "reads": ["position"], "writes": ["tide"]}
        1:66 tide | --!system {"phase": "update", "reads": ["position"], "writes": ["tide"]}
    "#]]
    .assert_eq(&shown(&of_luau(&path, source, &nodes())));
    expect![[""]].assert_eq(&shown(&of_luau(&path, "--!strict\nreturn 1\n", &nodes())));
}

fn check_json(kind: Json, text: &str, expect: Expect) {
    expect.assert_eq(&shown(&of_json(&ProjectPath::parse("x.json").unwrap(), text, kind)));
}

#[test]
fn prefabs_and_profiles_name_components_fields_and_prefabs() {
    check_json(
        Json::Prefab,
        "\u{feff}{\n  \"label\": 3,\n  \"composes\": [\"float\"],\n  \"components\": {\n    \"mooring\": {\"line\": 4, \"cleat\": {\"side\": \"port\"}},\n    \"ui/label\": {}\n  },\n  \"children\": [{\"name\": \"lamp\", \"prefab\": \"lantern\"}]\n}\n",
        expect![[r#"
            3:17 prefab float | "composes": ["float"],
            5:6 mooring | "mooring": {"line": 4, "cleat": {"side": "port"}},
            5:18 mooring.line | "mooring": {"line": 4, "cleat": {"side": "port"}},
            5:29 mooring.cleat | "mooring": {"line": 4, "cleat": {"side": "port"}},
            5:39 mooring.cleat.side | "mooring": {"line": 4, "cleat": {"side": "port"}},
            6:6 ui/label | "ui/label": {}
            8:44 prefab lantern | "children": [{"name": "lamp", "prefab": "lantern"}]
        "#]],
    );
    check_json(
        Json::Profile,
        "{\"components\": [\"mooring\", \"tide\"]}",
        expect![[r#"
        1:18 mooring | {"components": ["mooring", "tide"]}
        1:29 tide | {"components": ["mooring", "tide"]}
    "#]],
    );
    check_json(
        Json::System,
        "{\"reads\": [\"tide\"], \"source\": \"\"}",
        expect![[r#"
        1:13 tide | {"reads": ["tide"], "source": ""}
    "#]],
    );
    check_json(
        Json::Prefab,
        "{\"components\": {\"mooring\": {\"line\": }}}",
        expect![[r#"
        error[syntax_error]: expression expected
          at x.json:1:37
    "#]],
    );
    check_json(Json::Prefab, "[1]", expect![[""]]);
    check_json(
        Json::Profile,
        "",
        expect![[r#"
        error[syntax_error]: expression expected
          at x.json:1:1
    "#]],
    );
}

#[test]
fn what_does_not_parse_uses_nothing_and_says_so() {
    check(
        "const a = world.query('mooring')\nconst = 1\n",
        expect![[r#"
        error[syntax_error]: unexpected token `=`. Expected yield, an identifier, [ or {
          at index.ts:2:7
    "#]],
    );
}

#[test]
fn columns_are_those_of_editors() {
    check(
        "/* 𝒳 */ world.query('mooring')\r\n\tapp.entity.get('tide').level = 1\r\n",
        expect![[r#"
        1:23 mooring | /* 𝒳 */ world.query('mooring')
        2:18 tide | app.entity.get('tide').level = 1
        2:25 tide.level | app.entity.get('tide').level = 1
    "#]],
    );
}

#[test]
fn a_change_breaks_the_uses_of_what_it_takes_away() {
    let source = "const e = app.entity\nconst m = e.get('mooring')\nm.line = m.cleat.side\ne.has('tide')\nworld.spawn('lantern')\n";
    let found = of_module(&ProjectPath::parse("a.js").unwrap(), source, &nodes());
    let broken = |names: &[Name]| -> String {
        let uses = broken_by(&found.uses, names).into_iter();
        uses.map(|it| format!("{}:{} {} | {}\n", it.line, it.column, it.name, it.text)).collect()
    };
    let field = |path: &str| Name::Field("mooring".to_owned(), path.to_owned());
    expect![[r#"
        2:18 mooring | const m = e.get('mooring')
        3:3 mooring.line | m.line = m.cleat.side
        3:12 mooring.cleat | m.line = m.cleat.side
        3:18 mooring.cleat.side | m.line = m.cleat.side
    "#]]
    .assert_eq(&broken(&[Name::Component("mooring".to_owned())]));
    expect![[r#"
        3:18 mooring.cleat.side | m.line = m.cleat.side
        5:14 prefab lantern | world.spawn('lantern')
    "#]]
    .assert_eq(&broken(&[field("cleat.side"), Name::Prefab("lantern".to_owned())]));
    expect![[""]].assert_eq(&broken(&[field("slack")]));
}

#[test]
fn deep_and_doubling_texts_are_read_or_refused_in_time() {
    for piece in
        ["a=", "!", "a.", "a?.b.", "if(a)", "a?b:", "'a'+", "a=>", "new ", "a||", "await ", "if(a){}else "]
    {
        for times in [1000, 6000] {
            let source = format!("const w = world.query('mooring')\n{}a", piece.repeat(times));
            let found = of_module(&ProjectPath::parse("a.js").unwrap(), &source, &nodes());
            assert!(!found.uses.is_empty() || !found.problems.is_empty(), "{piece} {times}");
        }
    }
    // What holds what must not double with every line.
    let mut source = String::from("const a0 = { line: 1 }\n");
    for at in 1..200 {
        let last = at - 1;
        writeln!(source, "const a{at} = {{ ...a{last}, ...a{last}, k{at}: a{last}, f{at}: () => a{at} }}")
            .unwrap();
    }
    source += "app.entity.add('mooring', a199); app.entity.get('mooring').line = 1; let x = app.entity.get('mooring'); x = x.a; x = [x]; x = x[0]\n";
    assert!(!of_module(&ProjectPath::parse("a.js").unwrap(), &source, &nodes()).uses.is_empty());
}
