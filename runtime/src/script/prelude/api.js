// What a script is handed: world, app, fetch, props, setTimeout and the globals. Members the table
// of the interface knows and this world does not do yet exist, do nothing and say so once.

let timers = []
let timerCount = 0
const setTimeout = (callback, delay = 0) => {
  if (typeof callback !== 'function') throw new TypeError('setTimeout takes a function')
  timers.push({ due: now + Math.max(0, Number(delay) || 0) / SECOND, order: timerCount++, callback })
  return timerCount
}

const appListeners = new Map()
const worldListeners = new Map()
function listen(listeners, event, callback) {
  if (typeof callback !== 'function') throw new TypeError('on takes a function')
  if (!listeners.has(event)) listeners.set(event, new Set())
  listeners.get(event).add(callback)
}
const heard = (listeners, event) => [...(listeners.get(event) ?? [])]
const FRAME = ['fixedUpdate', 'update', 'animate', 'lateUpdate']

// Data that leaves a script is copied, so that nobody shares a live object.
const packed = data => JSON.stringify(data === undefined ? null : data) ?? 'null'
function allowed(event) {
  if (typeof event !== 'string') throw new TypeError('an event has a name')
  if (!api.reserved.includes(event)) return true
  host.log('error', 'reserved_event: "' + event + '" belongs to the world')
  return false
}

let state = facts.state
const props = facts.props

class App extends Node {
  constructor() {
    super('group', { id: '$root' })
  }
  get instanceId() { return facts.id }
  get version() { return facts.version }
  get modelUrl() { return facts.model }
  get props() { return props }
  get config() { return props }
  get state() { return state }
  set state(value) { state = value }
  get isMoving() { return false }
  get entity() { return appEntity }
  on(event, callback) { listen(appListeners, event, callback) }
  off(event, callback) { appListeners.get(event)?.delete(callback) }
  send(event, data, ignore) { if (allowed(event)) host.send(event, packed(data), ignore == null ? '' : String(ignore)) }
  sendTo(player, event, data) {
    if (!facts.isServer) throw new Error('sendTo can only be called on the server')
    if (allowed(event)) host.send(event, packed(data), 'to:' + player)
  }
  emit(event, data) { if (allowed(event)) host.emit(event, packed(data)) }
  create(type, data) { return createNode(type, data) }
  configure(fields) {
    const list = typeof fields === 'function' ? fields(props) : fields
    for (const field of Array.isArray(list) ? list : []) {
      if (field?.key && field.initial !== undefined && props[field.key] === undefined) props[field.key] = field.initial
    }
  }
  // The model is not parsed here: a name that is not the script's own is taken to be one of the
  // model's, and becomes a node whose transform can be set.
  get(id) {
    const found = super.get(id)
    if (found || !facts.hasModel || typeof id !== 'string') return found
    const node = new Node('group', { id })
    this.add(node)
    return node
  }
}

const appEntity = new Entity(facts.id)
const app = new App()
{
  const inner = app[INNER]
  inner.number = 0
  inner.mounted = true
}
function place(transform) {
  const inner = app[INNER]
  inner.mounted = false
  for (const name of TRANSFORM) inner[name].fromArray(transform[name])
  inner.mounted = true
}
place(facts.transform)

const world = {
  networkId: facts.networkId,
  isServer: facts.isServer,
  isClient: !facts.isServer,
  on(event, callback) { listen(worldListeners, event, callback) },
  off(event, callback) { worldListeners.get(event)?.delete(callback) },
  emit(event, data) { app.emit(event, data) },
  getTime: () => now,
  getTimestamp: () => new RealDate(facts.epoch + Math.round(now * SECOND)).toISOString(),
  add(node) {
    node[INNER].parent?.remove(node)
    if (worldNodes.has(node)) return
    worldNodes.add(node)
    mount(node, null)
  },
  remove(node) { if (worldNodes.delete(node)) unmount(node) },
  get(key) {
    const text = host.read(String(key))
    return text == null ? undefined : JSON.parse(text)
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
  overlapSphere() { unsupported('world.overlapSphere'); return [] },
  raycast() { unsupported('world.raycast'); return null },
  createLayerMask: (...groups) => groups.reduce((mask, it) => mask | (1 << ['camera', 'player', 'environment', 'prop', 'tool'].indexOf(it)), 0),
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
for (const { name, kind } of api.app) {
  if (!(name in App.prototype) && kind !== 'method') Object.defineProperty(app, name, { value: undefined, writable: true })
}
keep(world, 'world')
Object.freeze(world)
const classes = [Node, Player, App, Entity, ...Object.values(nodeClasses)]

// Actions are nodes a player can trigger by name.
function onAction(data, id) {
  const trigger = node => {
    if (node.name === 'action' && node.id === id && typeof node.onTrigger === 'function') node.onTrigger(data)
  }
  for (const root of [app, ...worldNodes]) root.traverse(trigger)
}
function onInput() {}

const bridge = {
  start(entry) { return entry(world, app, fetch, props, setTimeout) },
  players(news) { toldPeople(news); sweepEffects() },
  fetched(number, head, bytes) { answered(number, head, bytes) },
  tick(input) {
    now = input.time
    named(input.spawned)
    if (input.transform) place(input.transform)
    for (const { scope, name, data, from } of input.events) {
      if (scope === 'input' || scope === 'action') {
        careful(scope, scope === 'input' ? onInput : onAction, data, name)
        continue
      }
      const listeners = scope === 'app' ? appListeners : worldListeners
      if (name === 'chat') Object.freeze(data)
      for (const callback of heard(listeners, name)) careful('on ' + name, callback, data, from)
    }
    const due = timers.filter(it => it.due <= now + 1e-9).sort((a, b) => a.due - b.due || a.order - b.order)
    if (due.length > 0) {
      timers = timers.filter(it => !due.includes(it))
      for (const { callback } of due) careful('a timer', callback)
    }
    for (let i = 0; i < input.fixedSteps; i++) for (const callback of heard(appListeners, 'fixedUpdate')) callback(1 / 50)
    for (const event of FRAME) {
      if (event !== 'fixedUpdate') for (const callback of heard(appListeners, event)) callback(input.delta)
    }
  },
  destroy() {
    for (const callback of heard(appListeners, 'destroy')) careful('on destroy', callback)
  },
  // A script may leave anything in its state; what JSON cannot hold is said, and not kept.
  finish() {
    let kept = null
    try {
      kept = JSON.stringify(state) ?? null
    } catch (error) {
      host.failed('app.state', error)
    }
    return JSON.stringify({ ops: takeOps(), state: kept })
  },
}
