// Entities and components. A handle holds a name and nothing else: every read asks the world as of the
// beginning of the tick, under what this script has written since; so a field that comes later is there
// without a new handle.

const HELD = Symbol('held')
const RealProxy = Proxy

// Values travel as JSON; numbers it has no word for, as text.
const packedValue = value => JSON.stringify(value ?? null, function (key, it) {
  if (typeof it === 'number') return plainNumber(it)
  // As it is, not as its `toJSON` has it.
  const whole = this[key]
  if (whole?.isQuaternion) return [whole.x, whole.y, whole.z, whole.w]
  if (whole?.isVector3) return [whole.x, whole.y, whole.z]
  return it
})
function deepFrozen(value) {
  if (typeof value !== 'object' || value === null) return value
  for (const it of Object.values(value)) deepFrozen(it)
  return Object.freeze(value)
}

// What the language itself asks any value for: not a misspelt field.
const ASKED = new Set(['then', 'toJSON', 'length', 'isVector3', 'isQuaternion', 'constructor'])
const handles = {
  get({ id, name }, key) {
    if (typeof key === 'symbol') return undefined
    if (ASKED.has(key)) {
      const fields = host.fields(name)
      if (!fields.includes(key)) {
        if (key !== 'toJSON') return undefined
        return () => Object.fromEntries(fields.map(it => [it, host.fieldValue(id(), name, it)]))
      }
    }
    return deepFrozen(host.fieldValue(id(), name, key))
  },
  set({ id, name }, key, value) {
    host.setField(id(), name, String(key), packedValue(value))
    return true
  },
  has: ({ name }, key) => typeof key === 'string' && host.fields(name).includes(key),
  ownKeys: ({ name }) => host.fields(name),
  getOwnPropertyDescriptor({ id, name }, key) {
    if (typeof key === 'symbol' || !host.fields(name).includes(key)) return undefined
    return { value: deepFrozen(host.fieldValue(id(), name, key)), writable: true, enumerable: true, configurable: true }
  },
  defineProperty() { throw new TypeError('fields are defined by the schema') },
  deleteProperty() { throw new TypeError('fields are defined by the schema') },
  setPrototypeOf() { throw new TypeError('fields are defined by the schema') },
}

class Entity {
  constructor(id) { Object.defineProperty(this, HELD, { value: { id } }) }
  // Until the tick in which it was spawned is over it has a number of this script's own.
  get id() { return this[HELD].id }
  has(name) { return host.hasComponent(this[HELD].id, String(name)) }
  get(name) {
    if (!this.has(name)) return null
    const held = this[HELD]
    return new RealProxy({ id: () => held.id, name: String(name) }, handles)
  }
  add(name, values) {
    host.addComponent(this[HELD].id, String(name), packedValue(values ?? {}))
    return this.get(name)
  }
  remove(name) { host.removeComponent(this[HELD].id, String(name)) }
  get lineage() { return deepFrozen(host.lineage(this[HELD].id)) }
  toJSON() { return this[HELD].id }
}

function spawnEntity(prefab, overrides) {
  const entity = new Entity(host.spawn(String(prefab), packedValue(overrides ?? {})))
  current.newborn = [...current.newborn, entity]
  return entity
}
// Those spawned in the last hook have names now; one that could not be made has none.
function named(ids) {
  current.newborn.forEach((it, index) => { it[HELD].id = ids[index] ?? '' })
  current.newborn = NOBODY
}
function entityNamed(id) {
  const found = host.entity(String(id instanceof Entity ? id.id : id))
  return found == null ? null : new Entity(found)
}
const queried = names => host.query(names.map(String)).map(id => new Entity(id))

// What describes the world can be read like any object, and answers every change by name.
const readOnly = {}
for (const trap of ['set', 'deleteProperty', 'defineProperty', 'setPrototypeOf', 'preventExtensions']) {
  readOnly[trap] = () => host.refuseMeta()
}
const metaView = value => {
  if (typeof value !== 'object' || value === null) return value
  for (const key of Object.keys(value)) value[key] = metaView(value[key])
  return new RealProxy(Object.freeze(value), readOnly)
}
const schemaOf = name => metaView(host.schema(String(name)))
