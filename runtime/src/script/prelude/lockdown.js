// Runs last: what is not in the table of globals goes, the rest is frozen. Apps are kept apart by realms;
// the instances of one app, which run the same code, by this: nothing they share can be changed.

// Natives that loop over a length without asking whether they may. The bound stops accidents; a
// length that lies still hangs the thread, which is why the thread can be abandoned.
const LENGTH_MAX = 5_000_000
const apply = Reflect.apply
function bounded(target, name, size) {
  const native = target[name]
  if (typeof native !== 'function') return
  const guard = {
    [name](...values) {
      host.poll()
      if (size(this, values) > LENGTH_MAX) throw new RangeError(name + ' over more than ' + LENGTH_MAX + ' elements')
      return apply(native, this, values)
    },
  }[name]
  Object.defineProperty(guard, 'length', { value: native.length })
  Object.defineProperty(target, name, { value: guard, writable: true, configurable: true, enumerable: false })
}
const ownLength = it => it?.length ?? 0
for (const name of [
  'join', 'reverse', 'sort', 'slice', 'splice', 'concat', 'copyWithin', 'flat', 'flatMap', 'shift', 'unshift', 'toString',
  'toLocaleString', 'fill', 'indexOf', 'lastIndexOf', 'includes', 'toReversed', 'toSorted', 'toSpliced', 'with', 'push',
]) {
  bounded(Array.prototype, name, ownLength)
}
for (const name of ['padStart', 'padEnd']) bounded(String.prototype, name, (it, values) => values[0])
bounded(String.prototype, 'repeat', (it, values) => ownLength(it) * values[0])
for (const name of ['replaceAll', 'split', 'concat', 'normalize', 'toLowerCase', 'toUpperCase']) bounded(String.prototype, name, ownLength)
bounded(JSON, 'stringify', (it, values) => ownLength(values[0]))
bounded(JSON, 'parse', (it, values) => ownLength(values[0]))
bounded(String, 'raw', (it, values) => ownLength(values[0]?.raw))
bounded(Array, 'from', (it, values) => ownLength(values[0]))
bounded(Function.prototype, 'apply', (it, values) => ownLength(values[1]))
bounded(Reflect, 'apply', (it, values) => ownLength(values[2]))
bounded(Object, 'fromEntries', (it, values) => ownLength(values[0]))

// No text becomes code: not by eval, not by a constructor found on a function.
const noCode = {
  Function: function () { throw new EvalError('scripts cannot make code from text') },
}.Function
for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}]) {
  const prototype = Object.getPrototypeOf(sample)
  Object.defineProperty(prototype, 'constructor', { value: noCode, writable: true, configurable: true })
}
Object.defineProperty(noCode, 'prototype', { value: Function.prototype })
Object.defineProperty(RealDate.prototype, 'constructor', { value: undefined, configurable: true })
globals.Function = noCode

const kept = new Set([...api.globals, 'globalThis'])
for (const name of Reflect.ownKeys(globalThis)) {
  if (!kept.has(name)) delete globalThis[name]
}
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}
keep(globalThis, '')

// Freezing `toString` on a prototype would also forbid objects below it to have their own. These
// are the names scripts do assign on their own prototypes and errors.
function assignableBelow(prototype, names) {
  for (const name of names) {
    const property = Object.getOwnPropertyDescriptor(prototype, name)
    if (!property || !('value' in property)) continue
    const { value } = property
    Object.defineProperty(prototype, name, {
      get() { return value },
      set(next) {
        if (this === prototype) throw new TypeError(name + ' is read-only')
        Object.defineProperty(this, name, { value: next, writable: true, configurable: true, enumerable: true })
      },
      enumerable: false,
    })
  }
}
assignableBelow(Object.prototype, ['constructor', 'toString', 'toLocaleString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable'])
assignableBelow(Function.prototype, ['constructor', 'toString', 'apply', 'call', 'bind', 'name'])
for (const Class of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError]) {
  assignableBelow(Class.prototype, ['constructor', 'message', 'name', 'toString'])
}
for (const Class of [Array, Map, Set, Promise, RegExp]) assignableBelow(Class.prototype, ['constructor', 'toString'])

// Every start pays for this walk over all there is, so it does not call itself for what cannot be frozen.
const frozen = new Set()
const freezable = it => (typeof it === 'object' && it !== null) || typeof it === 'function'
const { freeze: freezeOne, getPrototypeOf, getOwnPropertyDescriptor } = Object
const { ownKeys } = Reflect
function freeze(value) {
  if (!freezable(value) || frozen.has(value)) return
  frozen.add(value)
  freezeOne(value)
  const above = getPrototypeOf(value)
  if (!frozen.has(above)) freeze(above)
  const keys = ownKeys(value)
  // Most are functions with a length and a name, and nothing else.
  if (keys.length === 2 && typeof value === 'function' && keys[0] === 'length' && keys[1] === 'name') return
  for (let i = 0; i < keys.length; i++) {
    const { value: held, get, set } = getOwnPropertyDescriptor(value, keys[i])
    if (freezable(held)) freeze(held)
    if (get !== undefined) freeze(get)
    if (set !== undefined) freeze(set)
  }
}
for (const key of Reflect.ownKeys(globalThis)) {
  if (key === 'globalThis') continue
  freeze(globalThis[key])
  const property = Object.getOwnPropertyDescriptor(globalThis, key)
  if (!property.configurable) continue
  const fixed = 'value' in property ? { ...property, writable: false } : property
  Object.defineProperty(globalThis, key, { ...fixed, configurable: false })
}
// Reached from syntax and not from a name: iterators, generators, async functions.
for (const sample of [
  [][Symbol.iterator](), new Map()[Symbol.iterator](), new Set()[Symbol.iterator](), ''[Symbol.iterator](), 'a'.matchAll(/a/g),
  function* () {}, async function () {}, async function* () {}, (function* () {})(), (async function* () {})(), RealDate.prototype,
]) {
  freeze(Object.getPrototypeOf(sample))
}
for (const it of [...shared, ...mathClasses]) freeze(it)
