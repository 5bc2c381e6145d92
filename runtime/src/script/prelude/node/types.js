// One class per node type of the table: a property per field and callback, a method per method. What a
// type does beside holding fields is in `BEHAVIOUR` (behaviour.js). A class is made when the first node
// of its type is: most apps use few of them, and making all takes longer than anything else at a start.

const specs = Object.create(null)
const specOf = type => specs[type] ?? (Object.hasOwn(api.nodes, type) ? madeSpec(type, api.nodes[type]) : null)

// Shared by all instances, so nothing of it can be changed.
function hardened(Class) {
  for (const target of [Class, Class.prototype]) {
    Object.freeze(target)
    for (const name of Reflect.ownKeys(target)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(target, name)
      for (const it of [value, get, set]) {
        if (typeof it !== 'function') continue
        Object.freeze(it)
        if (it.prototype) Object.freeze(it.prototype)
      }
    }
  }
  return Class
}

// Where values of a node are, and where they are read from as long as nobody set them.
const valuesOf = inner => (inner.values ??= Object.create(inner.spec.initial))

function liveValue(node, field) {
  const values = valuesOf(node[INNER])
  if (!Object.hasOwn(values, field.name)) {
    const made = field.kind === 'vec3' ? new NodeVector() : new NodeTurn()
    made.fromArray(field.initial)
    made[FIELD] = field.name
    values[field.name] = owned(made, node)
  }
  return values[field.name]
}

function accessorOf(type, field, { readonly, writeonly }) {
  const { name, live, column } = field
  const get = live
    ? function () { return liveValue(this, field) }
    : function () {
        const { values } = this[INNER]
        return values === null ? field.initial : values[name]
      }
  const set = function (value) {
    if (readonly) throw fixed(this, live ? inPlace(name) : name + ' is only read')
    const good = field.take(value)
    if (live) {
      if (Array.isArray(good)) liveValue(this, field).set(...good)
      else liveValue(this, field).copy(good)
      return
    }
    const inner = this[INNER]
    if (inner.values === null && good === field.initial) return
    const values = valuesOf(inner)
    if (values[name] === good && (typeof good !== 'object' || good === null)) return
    values[name] = good
    if (column) touch(this, name)
  }
  return { get: writeonly ? () => undefined : get, set, configurable: true }
}

function madeSpec(type, described) {
  const spec = { name: type, component: type, fields: Object.create(null), initial: null, mounted: null, Class: null }
  const initial = {}
  const Class = { [type]: class extends Node {} }[type]
  const behaviour = BEHAVIOUR[type] ?? {}
  for (const [name, about] of Object.entries(described.fields)) {
    const field = about.kind === 'callback' ? callbackOf(type, name) : fieldOf(type, name, about)
    if (name in Node.prototype) continue
    const special = behaviour.fields?.[name]
    if (special) field.take = value => special.take(value, field.initial)
    spec.fields[name] = field
    if (!field.live) initial[name] = field.initial
    Object.defineProperty(Class.prototype, name, accessorOf(type, field, about))
  }
  for (const [name, about] of Object.entries(described.members)) {
    if (name in Node.prototype) continue
    const { kind, noop } = about
    const value = kind === 'method' ? function () { unsupported(type + '.' + name) } : undefined
    if (kind === 'method') Object.defineProperty(Class.prototype, name, { value, writable: true, configurable: true })
    else Object.defineProperty(Class.prototype, name, { get: () => { if (noop) unsupported(type + '.' + name); return null }, set() {}, configurable: true })
  }
  for (const name of Object.getOwnPropertyNames(behaviour.members ?? {})) {
    Object.defineProperty(Class.prototype, name, { ...Object.getOwnPropertyDescriptor(behaviour.members, name), enumerable: false })
  }
  spec.mounted = behaviour.mounted ?? null
  spec.initial = initial
  spec.Class = hardened(Class)
  // Last: who is stopped in the middle has made nothing.
  specs[type] = spec
  return spec
}

// A node of the app's model. Models are not read here, so it is not known what it is: it answers to
// the members of every type, and what is set on it is kept by the script alone.
let modelSpec = null
const modelNode = data => {
  modelSpec ??= { name: 'group', component: 'group', fields: Object.create(null), initial: {}, mounted: null, Class: madeModel() }
  return new modelSpec.Class(modelSpec, data)
}
function namedInModel(above, id) {
  const node = modelNode({ id })
  above.add(node)
  return node
}
function madeModel() {
  const Class = class ModelNode extends Node {
    // Whatever is looked for in a model is taken to be there.
    get(id) {
      return super.get(id) ?? (typeof id === 'string' ? namedInModel(this, id) : null)
    }
  }
  for (const [name, isMethod] of membersOfAll()) {
    const whole = 'model.' + name
    Object.defineProperty(Class.prototype, name, isMethod
      ? { value(...values) { unsupported(whole); return resultFor(values) }, configurable: true, writable: true }
      : {
          get() { return this[INNER].values?.[name] ?? null },
          set(value) { valuesOf(this[INNER])[name] = value },
          configurable: true,
        })
  }
  Object.defineProperties(Class.prototype, MODEL_MEMBERS)
  return hardened(Class)
}
// The members of nodes of any type, and whether each is a method: as the first type that has it says.
function membersOfAll() {
  const all = new Map()
  for (const [type, { fields, members }] of Object.entries(api.nodes)) {
    const own = new Map(Object.keys(fields).map(name => [name, false]))
    for (const [name, { kind }] of Object.entries(members)) own.set(name, kind === 'method')
    const behaviour = Object.getOwnPropertyDescriptors(BEHAVIOUR[type]?.members ?? {})
    for (const [name, { value }] of Object.entries(behaviour)) own.set(name, typeof value === 'function')
    for (const [name, isMethod] of own) if (!(name in Node.prototype) && !all.has(name)) all.set(name, isMethod)
  }
  return all
}
// Methods that fill what they are given give it back.
function resultFor(values) {
  const last = values[values.length - 1]
  return last?.isVector3 || last?.isQuaternion ? last : null
}
const MODEL_MEMBERS = {
  material: { get() { return materialOf(this) }, set() { throw fixed(this, 'material cannot be replaced: change its members') } },
  geometry: { get() { return geometryOf(this) }, set() {} },
  anims: { get() { unsupported('skinnedmesh.anims'); return [] } },
  getBone: { value(name) { unsupported('skinnedmesh.getBone'); return boneOf(this, name) } },
}

function createNode(type, data) {
  const spec = specOf(type)
  if (!spec) {
    throw host.mistake('unknown_node_type', 'there is no node type ' + shown(type) + '; there are ' + Object.keys(api.nodes).sort().join(', '))
  }
  return new spec.Class(spec, data)
}

const viewClasses = [NodePosition, NodeScale, NodeQuaternion, NodeRotation, NodeVector, NodeTurn, JointAngles, Color, Material, Geometry, Bone]
