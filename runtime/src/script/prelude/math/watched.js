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
