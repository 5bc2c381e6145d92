// What a script is handed: world, app, fetch, props, setTimeout and the globals. Members the table
// of the interface knows and this world does not do yet exist, do nothing and say so once.

// One instance: what differs between two entities that run the same app. Lists are shared until there is
// something in them: there may be ten thousand of these that do next to nothing.
const FRAMES = ['fixedUpdate', 'update', 'animate', 'lateUpdate']
class Instance {
  constructor(number, facts, turn) {
    this.number = number
    // The last tick its frames ran in, and whether there is something it was told.
    this.turn = turn
    this.heard = false
    this.facts = facts
    this.draw = null
    this.timers = NOBODY
    this.timerCount = 0
    this.app = null
    this.appListeners = null
    this.worldListeners = null
    // Whether there is a handler of any frame.
    this.frames = false
    this.fixedUpdate = NOBODY
    this.update = NOBODY
    this.animate = NOBODY
    this.lateUpdate = NOBODY
    this.nextNode = 0
    this.worldNodes = null
    // Nodes that are in the world, by number.
    this.mounted = null
    this.control = null
    this.fields = null
    this.hit = null
    this.newborn = NOBODY
    this.props = facts.props
    this.state = unmarked(facts.state)
    // The state as the world has it: as text, and while all its values are plain, as they were.
    this.stateText = null
    this.stateWas = null
    this.stateError = null
    this.stateLost = false
    this.exports = null
    // What it put on players, and what it asked of the network.
    this.effects = null
    this.effectCount = 0
    this.console = null
    this.asked = null
    this.askedCount = 0
  }
}

const setTimeout = (callback, delay = 0) => {
  if (typeof callback !== 'function') throw new TypeError('setTimeout takes a function')
  const order = current.timerCount++
  current.timers = [...current.timers, { due: now + Math.max(0, Number(delay) || 0) / SECOND, order, callback }]
  return order + 1
}

// Who listens is a list that is replaced and never changed, so that whoever walks it walks what it was.
const added = (list, callback) => (list.includes(callback) ? list : [...list, callback])
const without = (list, callback) => (list.includes(callback) ? list.filter(it => it !== callback) : list)
function listen(which, event, callback) {
  if (typeof callback !== 'function') throw new TypeError('on takes a function')
  if (which === 'appListeners' && FRAMES.includes(event)) {
    current[event] = added(current[event], callback)
    current.frames = true
    return
  }
  const listeners = (current[which] ??= new Map())
  listeners.set(event, added(listeners.get(event) ?? NOBODY, callback))
}
function unlisten(which, event, callback) {
  if (which === 'appListeners' && FRAMES.includes(event)) {
    current[event] = without(current[event], callback)
    current.frames = FRAMES.some(it => current[it].length > 0)
    return
  }
  const list = current[which]?.get(event)
  if (list) current[which].set(event, without(list, callback))
}
function tell(which, event, data, from) {
  const list = current[which]?.get(event)
  if (list) for (let i = 0; i < list.length; i++) careful('on ' + event, list[i], data, from)
}

function allowed(event) {
  if (typeof event !== 'string') throw new TypeError('an event has a name')
  if (!api.reserved.includes(event)) return true
  host.log('error', 'reserved_event: "' + event + '" belongs to the world')
  return false
}

// What belongs to the world is read; an assignment is ignored, as in every world of the family.
class App extends specOf('group').Class {
  constructor() {
    super(specOf('group'), { id: '$root' })
  }
  get instanceId() { return current.facts.id }
  get version() { return current.facts.version }
  get modelUrl() { return current.facts.model }
  get props() { return current.props }
  get config() { return current.props }
  get state() { return current.state }
  set state(value) { current.state = value }
  get isMoving() { return false }
  get entity() { return (current.entity ??= new Entity(current.facts.id)) }
  on(event, callback) { listen('appListeners', event, callback) }
  off(event, callback) { unlisten('appListeners', event, callback) }
  send(event, data, ignore) { if (allowed(event)) host.send(event, packed(data), ignore == null ? '' : String(ignore)) }
  sendTo(player, event, data) {
    if (!current.facts.isServer) throw new Error('sendTo can only be called on the server')
    if (allowed(event)) host.send(event, packed(data), 'to:' + player)
  }
  emit(event, data) { if (allowed(event)) host.emit(event, packed(data)) }
  create(type, data) { return createNode(type, data) }
  control(options) { return takeControl(options) }
  configure(fields) { configure(fields) }
  // The model is not parsed here: a name that is not the script's own is taken to be one of the
  // model's, and becomes a node whose transform can be set.
  get(id) {
    const found = super.get(id)
    if (found || !current.facts.hasModel || typeof id !== 'string') return found
    return namedInModel(this, id)
  }
}

const world = {
  get networkId() { return current.facts.networkId },
  get isServer() { return current.facts.isServer },
  get isClient() { return !current.facts.isServer },
  on(event, callback) { listen('worldListeners', event, callback) },
  off(event, callback) { unlisten('worldListeners', event, callback) },
  emit(event, data) { if (allowed(event)) host.emit(event, packed(data)) },
  getTime: () => now,
  getTimestamp(format) {
    const ms = api.epoch + Math.round(now * SECOND)
    return format ? host.moment(ms, String(format)) : new RealDate(ms).toISOString()
  },
  add: addToWorld,
  remove: removeFromWorld,
  get(key) {
    const text = host.read(typeof key === 'string' ? key : String(key))
    return text == null ? undefined : unpacked(text)
  },
  set(key, value) { host.write(String(key), packed(value)) },
  entity: entityNamed,
  query: (...names) => queried(names),
  spawn: spawnEntity,
  despawn(entity) { host.despawn(String(entity instanceof Entity ? entity.id : entity)) },
  schema: schemaOf,
  getPlayer: playerNamed,
  getPlayers: everybody,
  chat,
  attach: attachToWorld,
  raycast,
  overlapSphere,
  createLayerMask,
  // Models and avatars are not read here.
  load(type, url) {
    if (type !== 'model' && type !== 'avatar') return Promise.reject(new Error('cannot load type: ' + type))
    unsupported('world.load')
    return Promise.resolve(type === 'avatar' ? createNode('avatar', { src: url == null ? null : String(url) }) : modelNode({ id: String(url) }))
  },
  getQueryParam() { unsupported('world.getQueryParam'); return null },
}

const missing = (target, name, list) => {
  for (const { name: member, kind } of list) {
    if (member in target || kind !== 'method') continue
    target[member] = () => unsupported(name + '.' + member)
  }
}
missing(world, 'world', api.world)
for (const { name, kind } of api.app) {
  if (!(name in App.prototype) && kind === 'method') App.prototype[name] = () => unsupported('app.' + name)
}
const plainMembers = api.app.filter(it => it.kind !== 'method' && !(it.name in App.prototype)).map(it => it.name)
keep(world, 'world')
Object.freeze(world)
// What all instances share.
for (const name of ['instanceId', 'version', 'modelUrl', 'props', 'config', 'isMoving', 'entity']) {
  const { get } = Object.getOwnPropertyDescriptor(App.prototype, name)
  Object.defineProperty(App.prototype, name, { get, set() {}, configurable: true })
}

const shared = [...viewClasses, ...controlClasses, Node, App, Entity, Player, world, fetch, setTimeout]

function enter(instance) {
  current = instance
  // What an instance left behind that was stopped in the middle.
  if (ops.length > 0) ops = []
  if (dirty.length > 0) dirty = []
}

// A state of plain values that are what they were is not written down again.
function sameState(state) {
  const was = current.stateWas
  if (was === null || was.of !== state) return false
  let count = 0
  for (const key in state) {
    if (state[key] !== was.values[key]) return false
    count++
  }
  return count === was.count
}
function remembered(state) {
  if (typeof state !== 'object' || state === null || Object.getPrototypeOf(state) !== Object.prototype) return null
  const values = { ...state }
  let count = 0
  for (const key in values) {
    if (typeof values[key] === 'object' || typeof values[key] === 'function') return null
    count++
  }
  return { of: state, values, count }
}
function sayLost(key) {
  if (current.stateLost) return
  current.stateLost = true
  host.log('warn', 'state_not_kept: `app.state` holds a function, `' + key + '`: it is there as long as this script runs, and not after')
}
// Its state, if it has changed. A script may leave anything there; what JSON cannot hold is said, and
// not kept.
function changedState() {
  const { state } = current
  if (sameState(state)) return undefined
  let text = null
  try {
    text = textOf(state) ?? null
    if (lost !== null) sayLost(lost)
    current.stateWas = remembered(state)
    current.stateError = null
  } catch (error) {
    if (current.stateError !== String(error)) host.failed('app.state', error)
    current.stateError = String(error)
  }
  if (text === current.stateText) return undefined
  current.stateText = text
  return text
}
// What has changed since the last time, as text; most often nothing has.
function settle() {
  const state = changedState()
  if (dirty.length === 0 && ops.length === 0 && state === undefined) return undefined
  return JSON.stringify({ ops: takeOps(), state: state ?? null })
}

let tick = null
const dueFirst = (a, b) => a.due - b.due || a.order - b.order
function ring() {
  const due = current.timers.filter(it => it.due <= now + 1e-9).sort(dueFirst)
  if (due.length === 0) return
  current.timers = current.timers.filter(it => !due.includes(it))
  for (const { callback } of due) careful('a timer', callback)
}
// The world names a node; whoever listens gets vectors.
function touchedBody(number, name, event) {
  const node = current.mounted?.get(number)
  const listener = node?.[name]
  if (typeof listener !== 'function') return
  for (const contact of event.contacts ?? []) {
    for (const part of ['position', 'normal', 'impulse']) contact[part] = new Vector3(...contact[part])
  }
  careful(name, listener, event)
}
// Actions are nodes a player can trigger by name.
function triggered({ name, data }) {
  const trigger = node => {
    if (node.name === 'action' && node.id === name && typeof node.onTrigger === 'function') careful('onTrigger', node.onTrigger, data)
  }
  for (const root of [current.app, ...(current.worldNodes ?? [])]) root.traverse(trigger)
}
function hear({ events, actions, fetched, moved, spawned, touched }) {
  named(spawned)
  for (const it of moved) {
    const node = it.node === 0 ? current.app : current.mounted?.get(it.node)
    if (node) movedTo(node, it)
  }
  for (const { scope, name, data, from, marked } of events) {
    tell(scope === 'app' ? 'appListeners' : 'worldListeners', name, marked ? unmarked(data) : data, from ?? undefined)
  }
  for (const it of actions) triggered(it)
  for (const it of fetched) answered(it)
  // What its bodies touched, when all of them are where they were then.
  for (const { node, name, event } of touched) touchedBody(node, name, event)
}
function call(list, delta) {
  for (let i = 0; i < list.length; i++) list[i](delta)
}

// Whether nothing of its own would run.
const isIdle = (it, events) =>
  !it.frames && !it.heard && it.timers.length === 0 && it.control === null && it.effects === null &&
  (events.length === 0 || it.worldListeners === null)
function frame(instance, events) {
  enter(instance)
  if (instance.control !== null) {
    calmControl(instance.control)
    for (const it of tick.inputs) feel(it)
  }
  if (instance.effects !== null) sweepEffects()
  if (instance.heard) {
    instance.heard = false
    hear(parsed(host.inbox(instance.number)))
  }
  if (events.length > 0 && instance.worldListeners !== null) {
    for (const { name, data, from } of events) tell('worldListeners', name, data, from)
  }
  if (instance.timers.length > 0) ring()
  if (instance.frames) {
    const { delta } = tick
    if (instance.fixedUpdate.length > 0) for (let i = 0; i < tick.fixedSteps; i++) call(instance.fixedUpdate, 1 / 50)
    if (instance.update.length > 0) call(instance.update, delta)
    if (instance.animate.length > 0) call(instance.animate, delta)
    if (instance.lateUpdate.length > 0) call(instance.lateUpdate, delta)
  }
  return settle()
}

const bridge = {
  begin(input) {
    tick = input
    now = input.time
    const left = input.events.filter(it => it.name === 'leave')
    for (const it of left) withPlayer(it.data)
    if (input.players) toldPeople(input.players)
    for (const it of input.events) {
      if (it.marked) it.data = unmarked(it.data)
      if (it.name === 'enter') withPlayer(it.data)
      if (it.name === 'chat') Object.freeze(it.data)
    }
  },
  build(number, facts, turn) {
    const instance = new Instance(number, facts, turn)
    enter(instance)
    const app = (instance.app = new App())
    for (const name of plainMembers) Object.defineProperty(app, name, { value: undefined, writable: true })
    const inner = app[INNER]
    inner.number = 0
    inner.mounted = true
    inner.start = facts.transform
    return instance
  },
  start(entry, exports) {
    current.exports = exports
    // Its own, so that what it sets there is nobody else's.
    entry(Object.create(world), current.app, fetch, current.props, setTimeout)
    return settle()
  },
  // The frames of all in `list` from `at` on, until one has changed something: what that is. The host
  // ends it earlier when somebody has left something else.
  frames(list, at) {
    const { tick: turn, events } = tick
    for (; at < list.length; at++) {
      const instance = list[at]
      if (instance.turn === turn) continue
      if (!isIdle(instance, events)) {
        if (!host.next(at)) return undefined
        instance.turn = turn
        const changed = frame(instance, events)
        if (changed !== undefined) return changed
      } else instance.turn = turn
    }
    return undefined
  },
  destroy(instance) {
    enter(instance)
    tell('appListeners', 'destroy')
  },
  // The old code hands over whatever it wants.
  save(instance) {
    enter(instance)
    const { onSave } = instance.exports
    const saved = typeof onSave === 'function' ? onSave() : undefined
    return saved === undefined ? undefined : JSON.stringify({ saved: packed(saved) })
  },
  // The new code has started; it may take over what the old one saved, and may refuse.
  renew(instance, text) {
    enter(instance)
    const { from, to, saved } = JSON.parse(text)
    const { onRestore, onReload } = instance.exports
    if (saved !== null && typeof onRestore === 'function') onRestore(unpacked(saved))
    if (typeof onReload === 'function') onReload({ from, to, state: instance.state })
    return settle()
  },
  run() {},
  settle,
}
