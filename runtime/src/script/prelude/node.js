// Nodes: the handles a script holds on what the world shows. A node's fields live here while it is
// built and are told to the world when it is mounted; from then on every change is queued, and the
// queue is handed over once per hook.

const INNER = Symbol('inner')
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
const UNMOVED = { position: [0, 0, 0], quaternion: [0, 0, 0, 1], scale: [1, 1, 1] }
const NOTHING = Object.freeze({})
const NOBODY = Object.freeze([])

class Node {
  constructor(type = 'group', data = {}) {
    const inner = {
      number: current.nextNode++, type, id: null, parent: null, children: NOBODY, mounted: false, dirty: null,
      values: Object.assign({}, api.nodes[type]?.props), active: true,
      // Made when they are asked for: most nodes are never turned, and many apps never look at theirs.
      position: null, quaternion: null, rotation: null, scale: null, start: UNMOVED, syncing: false,
    }
    Object.defineProperty(this, INNER, { value: inner })
    inner.id = String(data?.id ?? inner.number)
    for (const [name, value] of Object.entries(data ?? {})) {
      if (name === 'id') continue
      else if (name === 'position' || name === 'scale') fill(this[name], value, [0, 0, 0])
      else if (name === 'quaternion') fill(this.quaternion, value, [0, 0, 0, 1])
      else if (name === 'rotation') fill(this.rotation, value, [0, 0, 0])
      else if (name === 'active') inner.active = !!value
      else if (name in inner.values) inner.values[name] = value
      else if (name in this) this[name] = value
    }
  }
  get id() { return this[INNER].id }
  get name() { return this[INNER].type }
  get position() { return this[INNER].position ?? part(this, 'position', new WatchedVector()) }
  get quaternion() { return this[INNER].quaternion ?? part(this, 'quaternion', new WatchedQuaternion()) }
  get rotation() { return this[INNER].rotation ?? part(this, 'rotation', new WatchedEuler(0, 0, 0, 'YXZ')) }
  get scale() { return this[INNER].scale ?? part(this, 'scale', new WatchedVector()) }
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
    current.worldNodes?.delete(node)
    inner.parent = this
    if (this[INNER].children === NOBODY) this[INNER].children = []
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

function part(node, name, value) {
  const inner = node[INNER]
  if (name === 'rotation') value.setFromQuaternion(node.quaternion, value.order)
  else value.fromArray(inner.start[name])
  inner[name] = value
  value[FIELD] = name
  value[OWNER] = node
  return value
}
const placed = (node, name) => node[INNER][name] ?? node[INNER].start[name]

// Rotation and quaternion are two faces of one thing; whichever is set rewrites the other.
function changed(node, field) {
  if (field === 'position' || field === 'scale') return touch(node, field)
  const inner = node[INNER]
  if (inner.syncing) return
  inner.syncing = true
  if (field === 'rotation') node.quaternion.setFromEuler(inner.rotation)
  else inner.rotation?.setFromQuaternion(inner.quaternion, inner.rotation.order)
  inner.syncing = false
  touch(node, 'quaternion')
}

function mount(node, parent) {
  const inner = node[INNER]
  inner.mounted = true
  inner.dirty = null
  ops.push(['c', inner.number, inner.type, parent ? parent[INNER].number : -1])
  for (const name of TRANSFORM) ops.push(['s', inner.number, name, plain(placed(node, name))])
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
