// What every script has, of an app or a system: time, randomness, words to the log, and the names that
// are everywhere.

// What belongs to the host can be used and not replaced; whoever assigns to it is told so by name.
const ofHost = new Set(api.host)
function keep(target, owner) {
  for (const name of Object.getOwnPropertyNames(target)) {
    const whole = owner ? owner + '.' + name : name
    const property = Object.getOwnPropertyDescriptor(target, name)
    if (!ofHost.has(whole) || !property.configurable) continue
    const get = property.get ?? (() => property.value)
    const set = () => { throw host.mistake('host_primitive', '`' + whole + '` belongs to the host: scripts use it and do not replace it') }
    Object.defineProperty(target, name, { get, set, enumerable: property.enumerable, configurable: true })
  }
}

// One realm runs many instances, one after another. Whatever depends on who asks is asked of `current`,
// which is the one that runs: its hook, its promises and its timers are over before another's begin.
const SECOND = 1000
let current = null
let now = 0

const said = new Set()
function saidOnce(text) {
  if (said.has(text)) return
  said.add(text)
  host.log('warn', text)
}
const unsupported = name => saidOnce('unsupported_here: ' + name)

// Numbers JSON has no word for travel as text.
const plainNumber = n => (Number.isFinite(n) ? n : String(n))

// Randomness: sfc32 over four words from the world's seed and the instance.
function generator(words) {
  let [a, b, c, d] = words.map(it => it | 0)
  const next = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t | 0
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}
const random = () => (current.draw ??= generator(current.facts.seed))()
const ALPHABET = '1234567890abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

const spoken = value => {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.name + ': ' + value.message
  if (typeof value === 'function') return '[function ' + value.name + ']'
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return '[object]'
  }
}
const say = level => (...values) => host.log(level, values.map(spoken).join(' '))

// A script may put functions of its own into the console, as in every world of the family; for itself, not
// for others.
function consoleOf(own) {
  const shown = {}
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(shown, name, {
      get: () => current?.console?.[name] ?? value,
      set(replacement) { (current.console ??= {})[name] = replacement },
      enumerable: true,
    })
  }
  return Object.freeze(shown)
}

// A failing timer or listener is logged and the others go on; a failing frame handler stops the app.
const careful = (what, callback, ...values) => {
  try {
    callback(...values)
  } catch (error) {
    host.failed(what, error)
  }
}

// Nobody waits for a disk inside a tick. The name is here so that whoever tries is told.
const noStore = new Proxy(Object.freeze({}), { get: (_, name) => () => host.denyStore('store.' + String(name)) })

const globals = {
  console: consoleOf({ log: say('info'), warn: say('warn'), error: say('error'), time() {}, timeEnd() {} }),
  Date: { now: () => api.epoch + Math.round(now * SECOND) },
  num: (min, max, dp = 0) => parseFloat((random() * (max - min) + min).toFixed(dp)),
  prng,
  clamp: clampTo,
  uuid: () => Array.from({ length: 10 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join(''),
  DEG2RAD: Math.PI / 180,
  RAD2DEG: 180 / Math.PI,
  Vector3, Quaternion, Euler, Matrix4, Object3D, URL, Curve,
  LerpVector3, LerpQuaternion, BufferedLerpVector3, BufferedLerpQuaternion,
  Compartment: class Compartment {
    constructor() { unsupported('Compartment') }
  },
  store: noStore,
}
Math.random = random
keep(globals.Date, 'Date')
Object.freeze(globals.Date)
keep(Math, 'Math')
