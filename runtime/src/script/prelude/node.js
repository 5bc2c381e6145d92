// Nodes: the handles a script holds on what the world shows. A node's fields live here while it is
// built and are told to the world when it is mounted; from then on every change is queued, and the
// queue is handed over once per hook.

const INNER = Symbol('inner')
let nextNode = 1
let ops = []
let dirty = []

function plain(value) {
  if (typeof value === 'number') return plainNumber(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value && value.isQuaternion) return [value.x, value.y, value.z, value.w].map(plainNumber)
  if (value && value.isVector3) return [value.x, value.y, value.z].map(plainNumber)
  if (Array.isArray(value) && value.every(it => typeof it === 'number')) return value.map(plainNumber)
  return null
}

function touch(node, field) {
  const inner = node[INNER]
  if (!inner.mounted) return
  if (!inner.dirty) {
    inner.dirty = new Set()
    dirty.push(node)
  }
  inner.dirty.add(field)
}

const TRANSFORM = ['position', 'quaternion', 'scale']

class Node {
  constructor(type = 'group', data = {}) {
    const inner = {
      number: nextNode++, type, id: null, parent: null, children: [], mounted: false, dirty: null,
      values: Object.assign({}, api.nodes[type]?.props),
      position: new WatchedVector(0, 0, 0), quaternion: new WatchedQuaternion(0, 0, 0, 1),
      rotation: new WatchedEuler(0, 0, 0, 'YXZ'), scale: new WatchedVector(1, 1, 1), active: true,
    }
    Object.defineProperty(this, INNER, { value: inner })
    inner.id = String(data?.id ?? inner.number)
    watch(this, inner)
    for (const [name, value] of Object.entries(data ?? {})) {
      if (name === 'id') continue
      else if (name === 'position' || name === 'scale') fill(inner[name], value, [0, 0, 0])
      else if (name === 'quaternion') fill(inner.quaternion, value, [0, 0, 0, 1])
      else if (name === 'rotation') fill(inner.rotation, value, [0, 0, 0])
      else if (name === 'active') inner.active = !!value
      else if (name in inner.values) inner.values[name] = value
      else if (name in this) this[name] = value
    }
  }
  get id() { return this[INNER].id }
  get name() { return this[INNER].type }
  get position() { return this[INNER].position }
  get quaternion() { return this[INNER].quaternion }
  get rotation() { return this[INNER].rotation }
  get scale() { return this[INNER].scale }
  get parent() { return this[INNER].parent }
  get children() { return [...this[INNER].children] }
  get active() { return this[INNER].active }
  set active(value) { this[INNER].active = !!value; touch(this, 'active') }
  get matrixWorld() { unsupported('node.matrixWorld'); return new Matrix4() }
  getWorldMatrix(into) { unsupported('node.getWorldMatrix'); return into ?? new Matrix4() }

  add(node) {
    if (!(node instanceof Node)) throw new TypeError('add takes a node')
    for (let at = this; at; at = at[INNER].parent) {
      if (at === node) throw new Error('a node cannot be added below itself')
    }
    const inner = node[INNER]
    inner.parent?.remove(node)
    worldNodes.delete(node)
    inner.parent = this
    this[INNER].children.push(node)
    if (this[INNER].mounted) mount(node, this)
    return this
  }
  remove(node) {
    const { children } = this[INNER]
    const at = children.indexOf(node)
    if (at < 0) return this
    children.splice(at, 1)
    node[INNER].parent = null
    unmount(node)
    return this
  }
  get(id) {
    if (this[INNER].id === id) return this
    for (const child of this[INNER].children) {
      const found = child.get(id)
      if (found) return found
    }
    return null
  }
  traverse(callback) {
    callback(this)
    for (const child of this.children) child.traverse(callback)
  }
  clone(recursive = false) {
    const { type, values, active } = this[INNER]
    const copy = createNode(type, values)
    for (const name of TRANSFORM) copy[name].copy(this[name])
    copy.active = active
    if (recursive) for (const child of this.children) copy.add(child.clone(true))
    return copy
  }
  clean() {}
  toJSON() { return { id: this.id, name: this.name } }
}

function fill(target, value, otherwise) {
  if (Array.isArray(value)) target.set(...value)
  else if (value && typeof value === 'object') target.copy({ ...target.toJSON(), ...pick(value, otherwise.length) })
}
const pick = (v, size) => (size === 4 ? { x: v.x, y: v.y, z: v.z, w: v.w } : { x: v.x, y: v.y, z: v.z, order: v.order })

// Rotation and quaternion are two faces of one thing; whichever is set rewrites the other.
function watch(node, inner) {
  let syncing = false
  const sync = work => {
    if (!syncing) {
      syncing = true
      work()
      syncing = false
      touch(node, 'quaternion')
    }
  }
  inner.position[CHANGED] = () => touch(node, 'position')
  inner.scale[CHANGED] = () => touch(node, 'scale')
  inner.quaternion[CHANGED] = () => sync(() => inner.rotation.setFromQuaternion(inner.quaternion, inner.rotation.order))
  inner.rotation[CHANGED] = () => sync(() => inner.quaternion.setFromEuler(inner.rotation))
}

function mount(node, parent) {
  const inner = node[INNER]
  inner.mounted = true
  inner.dirty = null
  ops.push(['c', inner.number, inner.type, parent ? parent[INNER].number : -1])
  for (const name of TRANSFORM) ops.push(['s', inner.number, name, plain(inner[name])])
  if (!inner.active) ops.push(['s', inner.number, 'active', false])
  const defaults = api.nodes[inner.type]?.props ?? {}
  for (const [name, value] of Object.entries(inner.values)) {
    if (value !== defaults[name]) ops.push(['s', inner.number, name, plain(value)])
  }
  for (const child of inner.children) mount(child, node)
}

function unmount(node) {
  const inner = node[INNER]
  if (!inner.mounted) return
  ops.push(['r', inner.number])
  node.traverse(it => { it[INNER].mounted = false })
}

// Nodes in world space, outside the app's own tree.
const worldNodes = new Set()

function takeOps() {
  for (const node of dirty) {
    const inner = node[INNER]
    if (inner.mounted && inner.dirty) {
      for (const field of inner.dirty) {
        const value = field in inner.values ? inner.values[field] : inner[field]
        ops.push(['s', inner.number, field, plain(value)])
      }
    }
    inner.dirty = null
  }
  dirty = []
  const taken = ops
  ops = []
  return taken
}

// One class per node type of the table: a property per field, a method per method. What the world
// does not simulate yet can be set and called, and says so once.
const simulated = new Set(['group', 'mesh', 'prim'])
const own = { mesh: { setSize(width, height, depth) { Object.assign(this, { width, height, depth }) } } }
const nodeClasses = Object.create(null)
for (const [type, { props, methods }] of Object.entries(api.nodes)) {
  const Class = class extends Node {}
  for (const name of Object.keys(props)) {
    if (name in Node.prototype) continue
    Object.defineProperty(Class.prototype, name, {
      get() { return this[INNER].values[name] },
      set(value) { this[INNER].values[name] = value; touch(this, name) },
      configurable: true,
    })
  }
  for (const name of methods) {
    if (name in Node.prototype) continue
    Class.prototype[name] = own[type]?.[name] ?? function () { unsupported(type + '.' + name) }
  }
  nodeClasses[type] = Class
}

function createNode(type, data) {
  const Class = nodeClasses[type]
  if (!Class) throw new Error('there is no node type "' + type + '"')
  if (!simulated.has(type)) unsupported("app.create('" + type + "')")
  return new Class(type, data)
}
