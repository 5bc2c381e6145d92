// Values that belong to something and tell it when they change. What they belong to is in `OWNER`;
// what happens then, in `CHANGED` of a class below these.

const OWNER = Symbol('owner')
const CHANGED = Symbol('changed')

class WatchedVector extends Vector3 {
  get x() { return this._x }
  set x(value) { this._x = value; this[CHANGED]() }
  get y() { return this._y }
  set y(value) { this._y = value; this[CHANGED]() }
  get z() { return this._z }
  set z(value) { this._z = value; this[CHANGED]() }
  set(x, y, z = this._z) {
    this.assign(x, y, z)
    this[CHANGED]()
    return this
  }
  // Without a word to anybody.
  assign(x, y, z) {
    this._x = x
    this._y = y
    this._z = z
  }
  [CHANGED]() {}
}

class WatchedQuaternion extends Quaternion {
  get x() { return this._x }
  set x(value) { this._x = value; this[CHANGED]() }
  get y() { return this._y }
  set y(value) { this._y = value; this[CHANGED]() }
  get z() { return this._z }
  set z(value) { this._z = value; this[CHANGED]() }
  get w() { return this._w }
  set w(value) { this._w = value; this[CHANGED]() }
  set(x, y, z, w) {
    this.assign(x, y, z, w)
    this[CHANGED]()
    return this
  }
  assign(x, y, z, w) {
    this._x = x
    this._y = y
    this._z = z
    this._w = w
  }
  [CHANGED]() {}
}

class WatchedEuler extends Euler {
  get x() { return this._x }
  set x(value) { this._x = value; this[CHANGED]() }
  get y() { return this._y }
  set y(value) { this._y = value; this[CHANGED]() }
  get z() { return this._z }
  set z(value) { this._z = value; this[CHANGED]() }
  get order() { return this._order }
  set order(value) { this._order = value; this[CHANGED]() }
  set(x, y, z, order = this._order) {
    this.assign(x, y, z, order)
    this[CHANGED]()
    return this
  }
  assign(x, y, z, order = this._order) {
    this._x = x
    this._y = y
    this._z = z
    this._order = order
  }
  [CHANGED]() {}
}

// A script may listen to a vector or an angle, by three.js's name for it. It is watched from then on; what
// belongs to a node goes on telling its node. Whoever binds two to each other says `false` to be quiet.
const UPDATES = Object.freeze({ setFromEuler: 1, setFromQuaternion: 2, setFromRotationMatrix: 2 })
function listened(value, Watched, callback) {
  if (typeof callback !== 'function') throw new TypeError('_onChange takes a function')
  if (!(value instanceof Watched)) {
    const parts = [...value]
    for (const name of Object.keys(value)) delete value[name]
    Object.setPrototypeOf(value, Watched.prototype)
    value.assign(...parts)
  }
  const { [CHANGED]: told } = Object.getPrototypeOf(value)
  let hushed = false
  const own = (name, it) => Object.defineProperty(value, name, { value: it, configurable: true, writable: true })
  own(CHANGED, () => {
    told.call(value)
    if (!hushed) callback()
  })
  for (const [name, at] of Object.entries(UPDATES)) {
    const method = Object.getPrototypeOf(value)[name]
    if (method === undefined) continue
    own(name, (...values) => {
      hushed = values[at] === false
      try {
        return method.apply(value, values)
      } finally {
        hushed = false
      }
    })
  }
  return value
}
for (const [Class, Watched] of [[Vector3, WatchedVector], [Quaternion, WatchedQuaternion], [Euler, WatchedEuler]]) {
  Object.defineProperty(Class.prototype, '_onChange', {
    value(callback) { return listened(this, Watched, callback) },
    writable: true,
    configurable: true,
  })
}
