-- Schema snapshot e1dca2ab68ae03096360f8d0eff431d62a56b866cc3c8e92a90496da5fb1c901. Made from records: change those.
local schema = {
	_hash = "e1dca2ab68ae03096360f8d0eff431d62a56b866cc3c8e92a90496da5fb1c901",
	_scopes = {"room", "group", "user", "core"},
	["9-lives/ui"] = {
		slug = "core/component/9-lives/ui",
		version = 2,
		deprecated = true,
		order = {"x"},
		fields = {
			x = {name = "x", kind = "f32", default = 0},
		},
	},
	door = {
		slug = "core/component/door",
		version = 2,
		label = "Door",
		doc = "Opens.",
		icon = "door",
		order = {"open", "count", "stamp", "angle", "strength", "uv", "at", "clip", "turn", "paint", "state", "title", "note", "model", "key", "end", "any"},
		fields = {
			open = {name = "open", kind = "bool", default = true, doc = "Whether */ it --]] is\nopen."},
			count = {name = "count", kind = "i32", range = {min = 0, max = 9, step = 1}, default = 0},
			stamp = {name = "stamp", kind = "i64", default = 0},
			angle = {name = "angle", kind = "f32", default = 45.5, unit = "deg", range = {min = -90}},
			strength = {name = "strength", kind = "f64", default = "Infinity"},
			uv = {name = "uv", kind = "vec2", range = {max = 1}, default = {0, 0}},
			at = {name = "at", kind = "vec3", unit = "m", default = {0, 0, 0}},
			clip = {name = "clip", kind = "vec4", default = {0, 0, 0, 0}},
			turn = {name = "turn", kind = "quat", default = {0, 0, 0, 1}},
			paint = {name = "paint", kind = "color", default = "#ff8800"},
			state = {name = "state", kind = {enum = {"shut", "open"}}, optional = true},
			title = {name = "title", kind = "string-id", default = 7},
			note = {name = "note", kind = {text = "debug"}, default = "a \"b\"\\\n"},
			model = {name = "model", kind = {asset = {"model"}}, optional = true},
			key = {name = "key", kind = "entity", deprecated = "use lock"},
			["end"] = {name = "end", kind = {list = {struct = {{name = "t", kind = "f64"}}}, max = 3}, default = {}},
			any = {name = "any", kind = "json", default = {a = {1, nil}}},
		},
	},
}
local component_keys = {slug = true, version = true, label = true, doc = true, icon = true, deprecated = true, order = true, fields = true}
local field_keys = {name = true, kind = true, default = true, unit = true, range = true, doc = true, label = true, hint = true, order = true, deprecated = true, aliasOf = true, optional = true, index = true, unique = true}

-- From here on: a name that is not there is an error that says which was meant, and nothing can be changed.
-- Luau freezes tables. Lua from 5.2 gets proxies (`pairs`, `ipairs` and `#` go through them, `next` and
-- `rawget` do not). Lua 5.1 can do neither, so there only new names are refused.

-- Kept here, where no script can put others in their place.
local byte, lower, sub, min = string.byte, string.lower, string.sub, math.min
local error, next, pairs, rawget = error, next, pairs, rawget
local setmetatable, tostring, type = setmetatable, tostring, type
local freeze = table.freeze
local mutable = not freeze and _VERSION == "Lua 5.1"

-- Edits between two words: a letter more, less, other, or two neighbours swapped.
local function distance(a, b)
	local before, last = {}, {}
	for column = 0, #b do
		last[column] = column
	end
	for row = 1, #a do
		local line = { [0] = row }
		for column = 1, #b do
			local change = byte(a, row) == byte(b, column) and 0 or 1
			line[column] = min(last[column - 1] + change, last[column] + 1, line[column - 1] + 1)
			if row > 1 and column > 1 and byte(a, row) == byte(b, column - 1) and byte(a, row - 1) == byte(b, column) then
				line[column] = min(line[column], before[column - 2] + 1)
			end
		end
		before, last = last, line
	end
	return last[#b]
end

-- The nearest name, if at most a third of the letters are wrong; of two as near, the first by alphabet.
local function meant(name, known)
	if type(name) ~= "string" or #name > 64 then
		return ""
	end
	local most, best = min((#name + 2 - (#name + 2) % 3) / 3, #name - 1), nil
	for candidate in pairs(known) do
		local far = distance(lower(name), lower(candidate))
		if far < most or far == most and (not best or candidate < best) then
			most, best = far, candidate
		end
	end
	return best and "; did you mean `" .. best .. "`?" or ""
end

local function refuse()
	error("the schema cannot be changed", 2)
end

-- `data`, unchangeable. A name that is neither in it nor in `known` is an error that begins with `what`;
-- without `what`, anything may be absent.
local function seal(data, what, known)
	local function read(_, key)
		local value = rawget(data, key)
		if value == nil and what and not (known and known[key]) then
			error(what .. " `" .. tostring(key) .. "`" .. meant(key, known or data), 2)
		end
		return value
	end
	if freeze then
		return freeze(what and setmetatable(data, freeze({ __index = read })) or data)
	elseif mutable then
		return setmetatable(data, { __index = read, __newindex = refuse, __metatable = false })
	end
	local function each()
		local key, value
		return function()
			key, value = next(data, key)
			return key, value
		end
	end
	local function length()
		return #data
	end
	return setmetatable({}, {
		__index = read,
		__newindex = refuse,
		__pairs = each,
		__len = length,
		__metatable = false,
	})
end

-- Data of any shape: unchangeable, and anything may be absent.
local function open(data)
	if type(data) ~= "table" then
		return data
	end
	for key, value in pairs(data) do
		data[key] = open(value)
	end
	return seal(data)
end

for name, component in pairs(schema) do
	if sub(name, 1, 1) == "_" then
		schema[name] = open(component)
	else
		for field, definition in pairs(component.fields) do
			for key, value in pairs(definition) do
				definition[key] = open(value)
			end
			component.fields[field] = seal(definition, "field `" .. field .. "` of `" .. name .. "` has no", field_keys)
		end
		component.fields = seal(component.fields, "component `" .. name .. "` has no field")
		component.order = open(component.order)
		schema[name] = seal(component, "component `" .. name .. "` has no", component_keys)
	end
end
return seal(schema, "there is no component")
