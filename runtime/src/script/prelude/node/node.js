// Nodes: the handles a script holds on what the world shows. A node's fields live here while it is
// built and are told to the world when it is mounted; from then on every change is queued, and the
// queue is handed over once per hook. What a node does not hold yet it does not allocate: apps have
// thousands of them.

const INNER = Symbol('inner')
const NOBODY = Object.freeze([])
const TINY = 1e-9

// Filled by index: the `push` of scripts is bounded, and asks the host each time. Handed over in parts: a start
// that makes ten thousand nodes would hold each of them three times, as itself, as its changes, as their text.
const OPS_MAX = 2000
let ops = []
let dirty = []
function wanted(op) {
  ops[ops.length] = op
  if (ops.length < OPS_MAX) return
  const part = ops
  ops = []
  host.ops(JSON.stringify(part))
}

// What a value is on its way to the world. Numbers JSON has no word for travel as text.
function plain(value) {
  if (typeof value === 'number') return plainNumber(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null) return null
  if (value.isQuaternion) return [plainNumber(value.x), plainNumber(value.y), plainNumber(value.z), plainNumber(value.w)]
  if (value.isVector3) return [plainNumber(value.x), plainNumber(value.y), plainNumber(value.z)]
  if (value instanceof Node) return { node: value[INNER].number }
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, plain(it)]))
}

function touch(node, field) {
  const inner = node[INNER]
  if (!inner.mounted) return
  if (inner.dirty === null) {
    inner.dirty = [field]
    dirty[dirty.length] = node
    return
  }
  const fields = inner.dirty
  for (let i = 0; i < fields.length; i++) if (fields[i] === field) return
  fields[fields.length] = field
}

// The four faces of a transform, made when somebody looks. `rotation` and `quaternion` are two of one.
class NodePosition extends WatchedVector {
  [CHANGED]() { if (this[OWNER]) touch(this[OWNER], 'position') }
}
class NodeScale extends WatchedVector {
  // A scale of zero cannot be undone by any matrix.
  [CHANGED]() {
    if (!this[OWNER]) return
    if (this._x === 0 || this._y === 0 || this._z === 0) this.assign(this._x || TINY, this._y || TINY, this._z || TINY)
    touch(this[OWNER], 'scale')
  }
}
class NodeQuaternion extends WatchedQuaternion {
  [CHANGED]() {
    const node = this[OWNER]
    if (!node) return
    const { rotation } = node[INNER]
    if (rotation !== null) anglesOf(rotation, this)
    touch(node, 'quaternion')
  }
}
class NodeRotation extends WatchedEuler {
  [CHANGED]() {
    const node = this[OWNER]
    if (!node) return
    const q = new Quaternion().setFromEuler(this)
    node.quaternion.assign(q.x, q.y, q.z, q.w)
    touch(node, 'quaternion')
  }
}
// A vector that is a field: its node is told.
class NodeVector extends WatchedVector {
  [CHANGED]() { if (this[OWNER]) touch(this[OWNER], this[FIELD]) }
}
class NodeTurn extends WatchedQuaternion {
  [CHANGED]() { if (this[OWNER]) touch(this[OWNER], this[FIELD]) }
}
const FIELD = Symbol('field')
const scratchEuler = new Euler()
function anglesOf(rotation, q) {
  scratchEuler.setFromQuaternion(q, rotation._order)
  rotation.assign(scratchEuler.x, scratchEuler.y, scratchEuler.z, rotation._order)
}

const fixed = (node, what) => host.mistake('read_only_property', '[' + node.name + '] ' + what)
const inPlace = name => name + ' cannot be replaced: change it in place, with set or copy'

class Node {
  constructor(spec, data) {
    const inner = {
      number: current.nextNode++, spec, id: null, parent: null, children: NOBODY, mounted: false, dirty: null, values: null,
      position: null, quaternion: null, rotation: null, scale: null, start: null, matrix: null, active: true,
    }
    this[INNER] = inner
    // Not a bare number: models have nodes called 1, 2, 3.
    inner.id = String((data && data.id) || 'node-' + inner.number)
    if (data) fill(this, inner, data)
  }
  get id() { return this[INNER].id }
  set id(value) { throw fixed(this, 'id is fixed once the node is made') }
  get name() { return this[INNER].spec.name }
  get position() { return this[INNER].position ?? faceOf(this, 'position', new NodePosition()) }
  set position(value) { throw fixed(this, inPlace('position')) }
  get quaternion() { return this[INNER].quaternion ?? faceOf(this, 'quaternion', new NodeQuaternion()) }
  set quaternion(value) { throw fixed(this, inPlace('quaternion')) }
  get rotation() {
    const inner = this[INNER]
    if (inner.rotation === null) {
      const rotation = new NodeRotation(0, 0, 0, 'YXZ')
      if (inner.quaternion !== null || inner.start !== null) anglesOf(rotation, this.quaternion)
      inner.rotation = owned(rotation, this)
    }
    return inner.rotation
  }
  set rotation(value) { throw fixed(this, inPlace('rotation')) }
  get scale() { return this[INNER].scale ?? faceOf(this, 'scale', new NodeScale(1, 1, 1)) }
  set scale(value) { throw fixed(this, inPlace('scale')) }
  get matrixWorld() { return placed(this) }
  set matrixWorld(value) { throw fixed(this, 'matrixWorld follows from the transforms') }
  get parent() { return this[INNER].parent ?? undefined }
  set parent(value) { throw fixed(this, 'parent follows from add and remove') }
  get children() { return [...this[INNER].children] }
  get active() { return this[INNER].active }
  set active(value) {
    const inner = this[INNER]
    if (inner.active === !!value) return
    inner.active = !!value
    touch(this, 'active')
  }
  getWorldMatrix(into = new Matrix4()) { return into.copy(placed(this)) }
  getWorldPosition(into = new Vector3()) { return into.setFromMatrixPosition(placed(this)) }

  add(node) {
    if (!node) {
      host.log('error', 'no node to add')
      return this
    }
    if (!(node instanceof Node)) refused(this.name, 'add', 'a node', node)
    for (let at = this; at; at = at[INNER].parent) {
      if (at === node) throw host.mistake('node_cycle', '[' + this.name + '] a node cannot be added below itself')
    }
    const inner = node[INNER]
    if (inner.parent !== null) inner.parent.remove(node)
    else if (current.worldNodes?.delete(node)) unmount(node)
    inner.parent = this
    const above = this[INNER]
    if (above.children === NOBODY) above.children = []
    above.children[above.children.length] = node
    if (above.mounted) mount(node, above.number)
    return this
  }
  remove(node) {
    const { children } = this[INNER]
    const at = node ? children.indexOf(node) : -1
    if (at < 0) return this
    children.splice(at, 1)
    node[INNER].parent = null
    unmount(node)
    return this
  }
  get(id) {
    const inner = this[INNER]
    if (inner.id === id) return this
    for (const child of inner.children) {
      const found = child[INNER].children === NOBODY ? (child[INNER].id === id ? child : null) : Node.prototype.get.call(child, id)
      if (found) return found
    }
    return null
  }
  traverse(callback) {
    callback(this)
    for (const child of this.children) child.traverse(callback)
  }
  // As in every world of the family, the copy has the id of its source.
  clone(recursive = false) {
    const inner = this[INNER]
    const copy = new inner.spec.Class(inner.spec, { id: inner.id })
    const other = copy[INNER]
    if (inner.position !== null) copy.position.copy(inner.position)
    if (inner.quaternion !== null) copy.quaternion.copy(inner.quaternion)
    if (inner.scale !== null) copy.scale.copy(inner.scale)
    other.active = inner.active
    if (inner.values !== null) {
      other.values = Object.create(inner.spec.initial)
      for (const [name, value] of Object.entries(inner.values)) {
        if (inner.spec.fields[name]?.live) copy[name].copy(value)
        else other.values[name] = value
      }
    }
    if (recursive) for (const child of inner.children) copy.add(child.clone(true))
    return copy
  }
  clean() {}
  toJSON() { return { id: this.id, name: this.name } }
}

// `start` is where it was put before anybody looked.
function faceOf(node, name, value) {
  const inner = node[INNER]
  if (inner.start !== null) value.assign(...inner.start[name])
  return (inner[name] = owned(value, node))
}

function owned(value, node) {
  value[OWNER] = node
  return value
}

function fill(node, inner, data) {
  const { fields } = inner.spec
  for (const name of Object.keys(data)) {
    const value = data[name]
    if (name in fields) {
      if (value !== undefined) node[name] = value
      continue
    }
    switch (name) {
      case 'position': case 'quaternion': case 'rotation': case 'scale':
        if (value) placeAs(node, name, value)
        break
      case 'active':
        if (typeof value === 'boolean') inner.active = value
    }
  }
}
function placeAs(node, name, value) {
  const target = node[name]
  if (Array.isArray(value)) target.fromArray(value)
  else if (typeof value === 'object') target.copy(name === 'rotation' ? { order: 'YXZ', ...eulerParts(value) } : value)
  // Worlds of the family take whatever stands there for three numbers; nothing is moved by a word here.
  else saidOnce('invalid_value: [' + node.name + '] ' + name + ' takes a list or a vector, not ' + shown(value))
}
const eulerParts = ({ x, y, z, order }) => (order === undefined ? { x, y, z } : { x, y, z, order })

// Where a node is in the world, from its transform and those above it.
function placed(node) {
  const inner = node[INNER]
  const matrix = (inner.matrix ??= new Matrix4())
  if (inner.start !== null) looked(node)
  matrix.compose(inner.position ?? MATRIX_ORIGIN, inner.quaternion ?? NO_TURN, inner.scale ?? MATRIX_ONE)
  return inner.parent === null ? matrix : matrix.premultiply(placed(inner.parent))
}
const looked = node => [node.position, node.quaternion, node.scale]
const NO_TURN = Object.freeze({ x: 0, y: 0, z: 0, w: 1 })

function mount(node, above) {
  const inner = node[INNER], { number } = inner
  inner.mounted = true
  inner.dirty = null
  if (inner.start !== null) looked(node)
  current.mounted ??= new Map()
  current.mounted.set(number, node)
  wanted(['c', number, inner.spec.component, above])
  if (inner.position !== null) wanted(['s', number, 'position', plain(inner.position)])
  if (inner.quaternion !== null) wanted(['s', number, 'quaternion', plain(inner.quaternion)])
  if (inner.scale !== null) wanted(['s', number, 'scale', plain(inner.scale)])
  if (!inner.active) wanted(['s', number, 'active', false])
  if (inner.values !== null) {
    for (const name of Object.keys(inner.values)) {
      if (inner.spec.fields[name]?.column) wanted(['s', number, name, plain(inner.values[name])])
    }
  }
  for (const child of inner.children) mount(child, number)
  inner.spec.mounted?.(node)
}

function unmount(node) {
  const inner = node[INNER]
  if (!inner.mounted) return
  wanted(['r', inner.number])
  forget(node)
}
function forget(node) {
  const inner = node[INNER]
  inner.mounted = false
  current.mounted.delete(inner.number)
  for (const child of inner.children) forget(child)
}

// World space: outside the app's own tree.
function addToWorld(node) {
  if (!node) return
  if (!(node instanceof Node)) refused('world', 'add', 'a node', node)
  const inner = node[INNER]
  if (inner.parent !== null) inner.parent.remove(node)
  const nodes = (current.worldNodes ??= new Set())
  if (nodes.has(node)) return
  nodes.add(node)
  mount(node, -1)
}
function removeFromWorld(node) { if (node && current.worldNodes?.delete(node)) unmount(node) }
function attachToWorld(node) {
  const inner = node?.[INNER]
  if (!inner || inner.parent === null) return
  const matrix = placed(node).clone()
  inner.parent.remove(node)
  matrix.decompose(node.position, node.quaternion, node.scale)
  addToWorld(node)
}

// Somebody else moved it: the world, a person, physics. Nobody is told back.
function movedTo(node, transform) {
  const inner = node[INNER]
  inner.start = { position: transform.position, quaternion: transform.quaternion, scale: transform.scale }
  for (const name of ['position', 'quaternion', 'scale']) if (inner[name] !== null) inner[name].assign(...transform[name])
  if (inner.rotation !== null) anglesOf(inner.rotation, node.quaternion)
}

const OF_ALL = new Set(['position', 'quaternion', 'scale', 'active'])
function takeOps() {
  for (const node of dirty) {
    const inner = node[INNER]
    if (inner.mounted && inner.dirty !== null) {
      for (const field of inner.dirty) {
        const value = OF_ALL.has(field) ? inner[field] : inner.values[field]
        wanted(['s', inner.number, field, plain(value)])
      }
    }
    inner.dirty = null
  }
  dirty = []
  const taken = ops
  ops = []
  return taken
}
