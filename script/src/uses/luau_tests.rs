//! Uses in Luau, as `tests.rs` has them for JavaScript.

use expect_test::{Expect, expect};

use super::tests::{nodes, shown};
use super::*;

fn check(source: &str, expect: Expect) {
    let path = ProjectPath::parse("index.luau").unwrap();
    expect.assert_eq(&shown(&of_luau(&path, source, &nodes())));
}

#[test]
fn components_are_named_in_every_call_that_takes_one() {
    check(
        r#"
return function(world, app)
	local boats = world:query("mooring", 'tide')
	if app.entity:has("visits") then app.entity:remove "visits" end
	app.entity:add("mooring", { line = 4, cleat = { side = "port", ["strength"] = 2 } })
	local fields = world:schema([[mooring]]).fields
	world:spawn("lantern", { glow = { power = 3 }, mooring = {} })
	local lamp = app:create("prim", { color = "red", onTrigger = 1, position = { 0, 1, 0 } })
end
"#,
        expect![[r#"
            3:29 mooring | local boats = world:query("mooring", 'tide')
            3:40 tide | local boats = world:query("mooring", 'tide')
            4:21 visits | if app.entity:has("visits") then app.entity:remove "visits" end
            4:54 visits | if app.entity:has("visits") then app.entity:remove "visits" end
            5:18 mooring | app.entity:add("mooring", { line = 4, cleat = { side = "port", ["strength"] = 2 } })
            5:30 mooring.line | app.entity:add("mooring", { line = 4, cleat = { side = "port", ["strength"] = 2 } })
            5:40 mooring.cleat | app.entity:add("mooring", { line = 4, cleat = { side = "port", ["strength"] = 2 } })
            5:50 mooring.cleat.side | app.entity:add("mooring", { line = 4, cleat = { side = "port", ["strength"] = 2 } })
            5:67 mooring.cleat.strength | app.entity:add("mooring", { line = 4, cleat = { side = "port", ["strength"] = 2 } })
            6:32 mooring | local fields = world:schema([[mooring]]).fields
            7:15 prefab lantern | world:spawn("lantern", { glow = { power = 3 }, mooring = {} })
            7:27 glow | world:spawn("lantern", { glow = { power = 3 }, mooring = {} })
            7:36 glow.power | world:spawn("lantern", { glow = { power = 3 }, mooring = {} })
            7:49 mooring | world:spawn("lantern", { glow = { power = 3 }, mooring = {} })
            8:27 prim | local lamp = app:create("prim", { color = "red", onTrigger = 1, position = { 0, 1, 0 } })
            8:36 prim.color | local lamp = app:create("prim", { color = "red", onTrigger = 1, position = { 0, 1, 0 } })
            8:66 transform.position | local lamp = app:create("prim", { color = "red", onTrigger = 1, position = { 0, 1, 0 } })
        "#]],
    );
}

#[test]
fn fields_are_found_behind_every_way_to_hold_a_handle() {
    check(
        r#"
local extra = { rising = true }
local function start(world: World, app: App)
	local own = app.entity:get("mooring")
	own.line += 0.1
	own["slack"] = 1
	local later
	later = world:entity("e1"):get("tide")
	local level = later and later.level
	local cleat, line = own.cleat, own.line
	cleat.side = "starboard"
	own.stops[1].at = 3
	for _, stop in own.stops do stop.wait = 1 end
	for _, stop in ipairs(own.stops) do stop.rest = 1 end
	app.entity:add("tide", extra)
	local either = if world.isServer then own else later
	either.shared = 1
	own.at:set(1, 2, 3)
	print(`moored {own.line} m`)
	repeat local it = own until it.taut
	while own.loose do own.slack -= 1 end
end
return { on_start = start }
"#,
        expect![[r#"
            2:17 tide.rising | local extra = { rising = true }
            4:30 mooring | local own = app.entity:get("mooring")
            5:6 mooring.line | own.line += 0.1
            6:7 mooring.slack | own["slack"] = 1
            8:34 tide | later = world:entity("e1"):get("tide")
            9:32 tide.level | local level = later and later.level
            10:26 mooring.cleat | local cleat, line = own.cleat, own.line
            10:37 mooring.line | local cleat, line = own.cleat, own.line
            11:8 mooring.cleat.side | cleat.side = "starboard"
            12:6 mooring.stops | own.stops[1].at = 3
            12:15 mooring.stops[].at | own.stops[1].at = 3
            13:21 mooring.stops | for _, stop in own.stops do stop.wait = 1 end
            13:35 mooring.stops[].wait | for _, stop in own.stops do stop.wait = 1 end
            14:28 mooring.stops | for _, stop in ipairs(own.stops) do stop.rest = 1 end
            14:43 mooring.stops[].rest | for _, stop in ipairs(own.stops) do stop.rest = 1 end
            15:18 tide | app.entity:add("tide", extra)
            17:9 mooring.shared | either.shared = 1
            17:9 tide.shared | either.shared = 1
            18:6 mooring.at | own.at:set(1, 2, 3)
            19:21 mooring.line | print(`moored {own.line} m`)
            20:33 mooring.taut | repeat local it = own until it.taut
            21:12 mooring.loose | while own.loose do own.slack -= 1 end
            21:25 mooring.slack | while own.loose do own.slack -= 1 end
        "#]],
    );
}

#[test]
fn lists_of_entities_are_followed_into_loops_and_functions() {
    check(
        r#"
return function(world)
	for _, boat in world:query("mooring") do boat:get("mooring").line = 1 end
	local moorings = {}
	for _, boat in world:query("mooring") do
		table.insert(moorings, boat:get("mooring"))
		moorings[#moorings + 1] = boat:get("tide")
	end
	for _, m in moorings do m.line = 2 end
	moorings[1].line = 3
	local last = table.remove(moorings)
	last.line = 4
	table.sort(moorings, function(a, b) return a.line < b.line end)
	local both = { world:entity("a"), world:entity("b") }
	both[1]:get("visits").count = 1
	for place = 1, #both do both[place]:get("visits").last = place end
	task.spawn(function(boat) boat:get("tide").level = 1 end, both[1])
end
"#,
        expect![[r#"
            3:30 mooring | for _, boat in world:query("mooring") do boat:get("mooring").line = 1 end
            3:53 mooring | for _, boat in world:query("mooring") do boat:get("mooring").line = 1 end
            3:63 mooring.line | for _, boat in world:query("mooring") do boat:get("mooring").line = 1 end
            5:30 mooring | for _, boat in world:query("mooring") do
            6:36 mooring | table.insert(moorings, boat:get("mooring"))
            7:39 tide | moorings[#moorings + 1] = boat:get("tide")
            9:28 mooring.line | for _, m in moorings do m.line = 2 end
            9:28 tide.line | for _, m in moorings do m.line = 2 end
            10:14 mooring.line | moorings[1].line = 3
            10:14 tide.line | moorings[1].line = 3
            12:7 mooring.line | last.line = 4
            12:7 tide.line | last.line = 4
            13:47 mooring.line | table.sort(moorings, function(a, b) return a.line < b.line end)
            13:47 tide.line | table.sort(moorings, function(a, b) return a.line < b.line end)
            13:56 mooring.line | table.sort(moorings, function(a, b) return a.line < b.line end)
            13:56 tide.line | table.sort(moorings, function(a, b) return a.line < b.line end)
            15:15 visits | both[1]:get("visits").count = 1
            15:24 visits.count | both[1]:get("visits").count = 1
            16:43 visits | for place = 1, #both do both[place]:get("visits").last = place end
            16:52 visits.last | for place = 1, #both do both[place]:get("visits").last = place end
            17:38 tide | task.spawn(function(boat) boat:get("tide").level = 1 end, both[1])
            17:45 tide.level | task.spawn(function(boat) boat:get("tide").level = 1 end, both[1])
        "#]],
    );
}

#[test]
fn functions_and_classes_of_the_same_file_hand_on_what_they_are_given() {
    check(
        r#"
local Crew = {}
Crew.__index = Crew
function Crew.new(visits)
	return setmetatable({ visits = visits }, Crew)
end
function Crew:board(other)
	self.visits.count += 1
	other.last = "now"
end
local function tighten(it, by) it.line -= by end
local nearest = function(harbor) return harbor:query("mooring")[1] end
local function show(it) return it.handle.line end
local hooks = {}
function hooks.on_start(world, app)
	tighten(app.entity:get("mooring"), 2)
	local boat = nearest(world)
	boat:get("tide").level = 0
	local crew = Crew.new(boat:get("visits"))
	crew:board(boat:get("visits"))
	show({ handle = boat:get("mooring") })
end
function unknown(it) it.line = 1 it:get("mooring").line = 2 end
return hooks
"#,
        expect![[r#"
            8:14 visits.count | self.visits.count += 1
            9:8 visits.last | other.last = "now"
            11:35 mooring.line | local function tighten(it, by) it.line -= by end
            12:55 mooring | local nearest = function(harbor) return harbor:query("mooring")[1] end
            13:42 mooring.line | local function show(it) return it.handle.line end
            16:26 mooring | tighten(app.entity:get("mooring"), 2)
            18:12 tide | boat:get("tide").level = 0
            18:19 tide.level | boat:get("tide").level = 0
            19:34 visits | local crew = Crew.new(boat:get("visits"))
            20:23 visits | crew:board(boat:get("visits"))
            21:28 mooring | show({ handle = boat:get("mooring") })
        "#]],
    );
}

#[test]
fn nodes_are_components_and_only_their_data_is_a_use() {
    check(
        r#"
local function lamp_of(app, colour)
	local lamp = app:create("prim", { type = "box", color = colour })
	local prompt = app:create("action", { label = "Light", onTrigger = function() lamp.emissiveIntensity = 4 end })
	lamp.position.y = 2
	lamp:add(prompt)
	local hull = app:get("Hull")
	hull.active = false
	hull.castShadow = true
	app.position:set(0, 0, 0)
	return { lamp = lamp, prompt = prompt }
end
local made = lamp_of(app, "red")
made.lamp.color = "green"
made.prompt.parent.active = true
"#,
        expect![[r#"
            3:27 prim | local lamp = app:create("prim", { type = "box", color = colour })
            3:50 prim.color | local lamp = app:create("prim", { type = "box", color = colour })
            4:29 action | local prompt = app:create("action", { label = "Light", onTrigger = function() lamp.emissiveIntensity = 4 end })
            4:40 action.label | local prompt = app:create("action", { label = "Light", onTrigger = function() lamp.emissiveIntensity = 4 end })
            4:85 prim.emissiveIntensity | local prompt = app:create("action", { label = "Light", onTrigger = function() lamp.emissiveIntensity = 4 end })
            5:7 transform.position | lamp.position.y = 2
            8:7 node.active | hull.active = false
            10:6 transform.position | app.position:set(0, 0, 0)
            14:11 prim.color | made.lamp.color = "green"
            15:20 node.active | made.prompt.parent.active = true
        "#]],
    );
}

#[test]
fn types_say_what_a_parameter_is() {
    check(
        r#"--!strict
local types = require("@shared/world")
local M = {}
function M.moor(it: types.Entity, all: { Entity }, perhaps: types.Entity?)
	it:get("mooring").line = 1
	all[1]:has("tide")
	if perhaps then perhaps:get("tide").level = ((it :: any) :: Entity):get("visits").count end
end
function M.other(app: Express, world: { [string]: number })
	app:create("mooring")
	world:query("tide")
end
return M
"#,
        expect![[r#"
            5:10 mooring | it:get("mooring").line = 1
            5:20 mooring.line | it:get("mooring").line = 1
            6:14 tide | all[1]:has("tide")
            7:31 tide | if perhaps then perhaps:get("tide").level = ((it :: any) :: Entity):get("visits").count end
            7:38 tide.level | if perhaps then perhaps:get("tide").level = ((it :: any) :: Entity):get("visits").count end
            7:75 visits | if perhaps then perhaps:get("tide").level = ((it :: any) :: Entity):get("visits").count end
            7:84 visits.count | if perhaps then perhaps:get("tide").level = ((it :: any) :: Entity):get("visits").count end
        "#]],
    );
}

#[test]
fn what_only_looks_like_a_use_is_none() {
    check(
        r#"
local seen = {}
seen.get("mooring").line = 1
local node = app:get("mooring")
local text = "mooring"
return function(world, app)
	local name = pick()
	app.entity:get(name).line = 1
	do local app = seen app:create("mooring") end
	world:on("mooring", function(data) return data.line end)
	local ipairs = function() return seen end
	for _, it in ipairs(world:query("tide")) do it:get("mooring") end
	storage:get("mooring")
	app.entity:get("moo" .. "ring").line = 1
	app.entity:get("moo\x72ing").line = 1
end
"#,
        expect![[r#"
            12:35 tide | for _, it in ipairs(world:query("tide")) do it:get("mooring") end
        "#]],
    );
}

#[test]
fn a_system_is_read_with_its_header_and_its_rows() {
    check(
        r#"--!system {"phase": "update", "reads": ["position"], "writes": ["tide"]}
return function(ctx)
	for row in ctx:each("position", "tide") do
		row.tide.level = row.position.y
		ctx:add(row.entity, "visits", { count = 1 })
	end
	for _, it in ctx:query("tide") do
		local levels = it:column("tide.level")
		if it:has("position") then buffer.writef32(levels, 0, 1) end
	end
	local one = ctx:at(5)
	one.position.x = 1
	ctx:spawn("lantern", { glow = {} })
	ctx:remove(5, "visits")
end
"#,
        expect![[r#"
            1:42 position | --!system {"phase": "update", "reads": ["position"], "writes": ["tide"]}
            1:66 tide | --!system {"phase": "update", "reads": ["position"], "writes": ["tide"]}
            3:23 position | for row in ctx:each("position", "tide") do
            3:35 tide | for row in ctx:each("position", "tide") do
            4:7 tide | row.tide.level = row.position.y
            4:12 tide.level | row.tide.level = row.position.y
            4:24 position | row.tide.level = row.position.y
            4:33 position.y | row.tide.level = row.position.y
            5:24 visits | ctx:add(row.entity, "visits", { count = 1 })
            5:35 visits.count | ctx:add(row.entity, "visits", { count = 1 })
            7:26 tide | for _, it in ctx:query("tide") do
            8:29 tide.level | local levels = it:column("tide.level")
            9:14 position | if it:has("position") then buffer.writef32(levels, 0, 1) end
            12:6 position | one.position.x = 1
            12:15 position.x | one.position.x = 1
            13:13 prefab lantern | ctx:spawn("lantern", { glow = {} })
            13:25 glow | ctx:spawn("lantern", { glow = {} })
            14:17 visits | ctx:remove(5, "visits")
        "#]],
    );
}

#[test]
fn a_name_in_a_constant_is_used_where_it_is_written() {
    check(
        "local NAME = 'mooring'\nreturn function(world, app) app.entity:get(NAME).line = 1 world:query(NAME) end\n",
        expect![[r#"
            1:15 mooring | local NAME = 'mooring'
            2:50 mooring.line | return function(world, app) app.entity:get(NAME).line = 1 world:query(NAME) end
        "#]],
    );
}

#[test]
fn what_does_not_parse_uses_nothing_and_says_so() {
    check(
        "local a = world:query('mooring')\nlocal = 1\n",
        expect![[r#"
        error[syntax_error]: expected identifier when parsing variable name, got '='
          at index.luau:2:7
    "#]],
    );
    let deep = format!("return {}world:query('tide'){}", "(".repeat(150), ")".repeat(150));
    check(
        &deep,
        expect![[r#"
        1:171 tide | return ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((world:query('tide')))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
    "#]],
    );
}

#[test]
fn columns_are_those_of_editors() {
    check(
        "--[[ 𝒳 ]] world:query('mooring')\r\n\tapp.entity:get('tide').level = 1\r\n",
        expect![[r#"
        1:25 mooring | --[[ 𝒳 ]] world:query('mooring')
        2:18 tide | app.entity:get('tide').level = 1
        2:25 tide.level | app.entity:get('tide').level = 1
    "#]],
    );
}
