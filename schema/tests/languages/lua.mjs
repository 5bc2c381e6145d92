// Reads { chunk, version, lines } and runs them in PUC Lua 5.4: the chunk, what it returns as the global
// `schema`, and each line in turn. With `version`, the chunk is told that this is that Lua. Writes
// { version, data, said }: the table as JSON, and what each line returned or raised.

import { readFileSync } from 'node:fs'
import { LuaFactory } from 'wasmoon'

// Keys in order, so that what is said is always the same; whole numbers without a fraction.
const TO_JSON = String.raw`
local function json(it)
  if type(it) == "string" then
    return '"' .. it:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
  elseif type(it) ~= "table" then
    return math.type(it) == "float" and string.format("%.17g", it) or tostring(it):gsub("^nil$", "null")
  end
  local list, keys = {}, {}
  for key in pairs(it) do keys[#keys + 1] = key end
  if #it > 0 then
    for _, item in ipairs(it) do list[#list + 1] = json(item) end
    return "[" .. table.concat(list, ",") .. "]"
  end
  table.sort(keys)
  for _, key in ipairs(keys) do list[#list + 1] = json(key) .. ":" .. json(it[key]) end
  return "{" .. table.concat(list, ",") .. "}"
end
return function(text)
  local chunk, wrong = load(text, "=test")
  if not chunk then return wrong end
  local ran, answer = pcall(chunk)
  if ran then return (json(answer)) end
  return (tostring(answer))
end`

const { chunk, version, lines } = JSON.parse(readFileSync(0, 'utf8'))
const lua = await new LuaFactory().createEngine()
const real = await lua.doString('return _VERSION')
lua.global.set('chunk', chunk)
if (version) await lua.doString(`_VERSION = "${version}"`)
await lua.doString('schema = assert(load(chunk, "=schema"))()')
lua.global.set('run', await lua.doString(TO_JSON))
const run = line => {
  lua.global.set('line', line)
  return lua.doStringSync('return run(line)')
}
const data = JSON.parse(run('return schema'))
console.log(JSON.stringify({ version: real, data, said: lines.map(run) }))
process.exit(0)
