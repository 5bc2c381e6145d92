// What leaves a script leaves as JSON: messages, what is stored, `app.state`. What JSON has no word for and
// the worlds of the family carry all the same (a Map, a Set, numbers in an array of bytes) is written
// `{"$bowline": kind, "of": [...]}` and read back as what it was.

const MARK = '$bowline'
// Whether the engine's own `stringify` is at work for the host and not for the script: to the script a Map
// has no `toJSON`, as everywhere. A walk of our own would cost every plain value a call.
let packing = false
// What could not be written, by the key it was under.
let lost = null

function written(prototype, toJSON) {
  Object.defineProperty(prototype, 'toJSON', {
    get() { return packing ? toJSON : undefined },
    set(value) { Object.defineProperty(this, 'toJSON', { value, writable: true, configurable: true, enumerable: true }) },
    configurable: true,
  })
}
const NUMBERS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array]
const markedAs = (kind, parts) => ({ [MARK]: kind, of: parts })
written(Map.prototype, function () { return markedAs('Map', [...this]) })
written(Set.prototype, function () { return markedAs('Set', [...this]) })
for (const Class of NUMBERS) {
  written(Class.prototype, function () { return markedAs(Class.name, Array.from(this, plainNumber)) })
}
written(ArrayBuffer.prototype, function () { return markedAs('ArrayBuffer', [...new Uint8Array(this)]) })
written(Function.prototype, key => { lost ??= key })

const READ = new Map([
  ['Map', of => new Map(of)],
  ['Set', of => new Set(of)],
  ['ArrayBuffer', of => Uint8Array.from(of).buffer],
  ...NUMBERS.map(Class => [Class.name, of => Class.from(of, Number)]),
])
// Changes the value in place, from the inside out.
function unmarked(value) {
  if (typeof value !== 'object' || value === null) return value
  for (const key of Object.keys(value)) {
    const part = value[key]
    if (typeof part === 'object' && part !== null) value[key] = unmarked(part)
  }
  const read = Array.isArray(value.of) && READ.get(value[MARK])
  return read ? read(value.of) : value
}

// `undefined` for what is nothing in JSON.
function textOf(data) {
  packing = true
  lost = null
  try {
    return JSON.stringify(data)
  } finally {
    packing = false
  }
}
const packed = data => textOf(data) ?? 'null'
// As it is before scripts are asked whether there is time to read; a long text asks.
const parsed = JSON.parse
const LONG_TEXT = 1000
const unpacked = text => {
  const value = text.length < LONG_TEXT ? parsed(text) : JSON.parse(text)
  return text.length > MARK.length && text.includes(MARK) ? unmarked(value) : value
}
