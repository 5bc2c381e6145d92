// What the properties of nodes take. A field of the table becomes `{ name, initial, take }` once per
// realm: `take` answers the value that is kept, or throws with a code and what would have been right.

// One word for a value, for messages.
function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? value.slice(0, 40) + '…' : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list of ' + value.length
  if (value?.isVector3) return 'a Vector3'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
const listed = words => words.map(it => JSON.stringify(it)).join(', ')
function refused(owner, name, wanted, value) {
  throw host.mistake('invalid_value', '[' + owner + '] ' + name + ' takes ' + wanted + ', not ' + shown(value))
}

const isNumber = it => typeof it === 'number'
const areNumbers = (it, size) => Array.isArray(it) && (size === undefined || it.length === size) && it.every(isNumber)

// Values that are JSON in the world, by what the table calls their type.
const JSON_TYPES = {
  'number | [number, number, number, number]': ['a number or a list of 4', it => isNumber(it) || areNumbers(it, 4)],
  '[number, number, number?] | null': ['null, [least, most] or [least, most, base]', it => it === null || (areNumbers(it) && it.length >= 2 && it.length <= 3)],
  '(string | number)[]': ['a list that begins with the name of a shape', it => Array.isArray(it) && typeof it[0] === 'string'],
  '[number, number, number, number] | null': ['null or [rows, columns, frames, loops]', it => it === null || (Array.isArray(it) && it.length === 4)],
  'boolean | string': ['a boolean or a text', it => typeof it === 'boolean' || typeof it === 'string'],
  'string | number': ['a text or a number', it => typeof it === 'string' || isNumber(it)],
  "number | 'auto'": ["a number or 'auto'", it => isNumber(it) || typeof it === 'string'],
  'Record<string, number | number[]> | null': ['null, or numbers and lists of numbers by name', it => it === null || Object.values(it).every(one => isNumber(one) || areNumbers(one))],
}
// On a screen two will do.
const threeNumbers = it => it?.isVector3 || areNumbers(it, 3) || areNumbers(it, 2)

// Kind → [what it takes, in words; whether it is that; what is kept of it].
const KINDS = {
  number: () => ['a number', isNumber],
  bool: () => ['true or false', it => typeof it === 'boolean'],
  // A number is a text that was meant.
  text: () => ['a text', it => typeof it === 'string' || isNumber(it), it => String(it)],
  enum: ({ choices }) => ['one of ' + listed(choices), it => choices.includes(it)],
  vec3: () => ['a Vector3', threeNumbers],
  quat: () => ['a Quaternion', it => it?.isQuaternion || areNumbers(it, 4)],
  entity: () => ['a node', it => it instanceof Node],
  list: () => ['a list', it => Array.isArray(it)],
  json: ({ type }) => JSON_TYPES[type] ?? ['a value', () => true],
}

function fieldOf(owner, name, described) {
  const { kind, optional = false, min = -Infinity, max = Infinity } = described
  // JSON has no word for infinity.
  const initial = kind === 'number' && typeof described.initial === 'string' ? Number(described.initial) : described.initial
  const [wanted, fits, kept = it => it] = KINDS[kind](described)
  const range = min > -Infinity || max < Infinity
  const words = (optional && !wanted.startsWith('null') ? 'null or ' : '') + wanted +
    (max < Infinity ? ' from ' + min + ' to ' + max : range ? ' of at least ' + min : '')
  return {
    name, kind, initial, optional, column: true,
    // A vector that is there is changed in place; `[x, y, z]` is a list and stays one.
    live: !optional && (kind === 'vec3' || kind === 'quat') && !described.type?.startsWith('['),
    take(value) {
      if (value === undefined) return initial
      if (value === null && optional) return null
      if (!fits(value)) refused(owner, name, words, value)
      if (range && (value < min || value > max)) refused(owner, name, words, value)
      return kept(value)
    },
  }
}

function callbackOf(owner, name) {
  return {
    name, kind: 'callback', initial: null, optional: true, live: false, column: false,
    take(value) {
      if (value !== undefined && value !== null && typeof value !== 'function') refused(owner, name, 'a function', value)
      return value ?? null
    },
  }
}
