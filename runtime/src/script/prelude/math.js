// Vectors, quaternions and angles with the semantics scripts know, written from the formulas.
// A *watched* value belongs to a node and tells it about every change.

const clampTo = (n, low, high) => Math.max(low, Math.min(high, n))

class Vector3 {
  constructor(x = 0, y = 0, z = 0) {
    this.x = x
    this.y = y
    this.z = z
  }
  get isVector3() { return true }
  set(x, y, z = this.z) { this.x = x; this.y = y; this.z = z; return this }
  setX(x) { this.x = x; return this }
  setY(y) { this.y = y; return this }
  setZ(z) { this.z = z; return this }
  setScalar(s) { return this.set(s, s, s) }
  setComponent(index, value) { this['xyz'[index]] = value; return this }
  getComponent(index) { return this['xyz'[index]] }
  copy(v) { return this.set(v.x, v.y, v.z) }
  clone() { return new Vector3(this.x, this.y, this.z) }
  add(v) { return this.set(this.x + v.x, this.y + v.y, this.z + v.z) }
  addScalar(s) { return this.set(this.x + s, this.y + s, this.z + s) }
  addVectors(a, b) { return this.set(a.x + b.x, a.y + b.y, a.z + b.z) }
  addScaledVector(v, s) { return this.set(this.x + v.x * s, this.y + v.y * s, this.z + v.z * s) }
  sub(v) { return this.set(this.x - v.x, this.y - v.y, this.z - v.z) }
  subScalar(s) { return this.addScalar(-s) }
  subVectors(a, b) { return this.set(a.x - b.x, a.y - b.y, a.z - b.z) }
  multiply(v) { return this.set(this.x * v.x, this.y * v.y, this.z * v.z) }
  multiplyScalar(s) { return this.set(this.x * s, this.y * s, this.z * s) }
  multiplyVectors(a, b) { return this.set(a.x * b.x, a.y * b.y, a.z * b.z) }
  divide(v) { return this.set(this.x / v.x, this.y / v.y, this.z / v.z) }
  divideScalar(s) { return this.multiplyScalar(1 / s) }
  min(v) { return this.set(Math.min(this.x, v.x), Math.min(this.y, v.y), Math.min(this.z, v.z)) }
  max(v) { return this.set(Math.max(this.x, v.x), Math.max(this.y, v.y), Math.max(this.z, v.z)) }
  clamp(low, high) { return this.max(low).min(high) }
  clampScalar(low, high) {
    return this.set(clampTo(this.x, low, high), clampTo(this.y, low, high), clampTo(this.z, low, high))
  }
  clampLength(low, high) {
    const length = this.length()
    return this.divideScalar(length || 1).multiplyScalar(clampTo(length, low, high))
  }
  floor() { return this.set(Math.floor(this.x), Math.floor(this.y), Math.floor(this.z)) }
  ceil() { return this.set(Math.ceil(this.x), Math.ceil(this.y), Math.ceil(this.z)) }
  round() { return this.set(Math.round(this.x), Math.round(this.y), Math.round(this.z)) }
  roundToZero() { return this.set(Math.trunc(this.x), Math.trunc(this.y), Math.trunc(this.z)) }
  negate() { return this.set(-this.x, -this.y, -this.z) }
  dot(v) { return this.x * v.x + this.y * v.y + this.z * v.z }
  lengthSq() { return this.dot(this) }
  length() { return Math.sqrt(this.dot(this)) }
  manhattanLength() { return Math.abs(this.x) + Math.abs(this.y) + Math.abs(this.z) }
  normalize() { return this.divideScalar(this.length() || 1) }
  setLength(length) { return this.normalize().multiplyScalar(length) }
  lerp(v, t) { return this.lerpVectors(this, v, t) }
  lerpVectors(a, b, t) {
    return this.set(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t)
  }
  cross(v) { return this.crossVectors(this, v) }
  crossVectors(a, b) {
    return this.set(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
  projectOnVector(v) {
    const square = v.lengthSq()
    return square === 0 ? this.set(0, 0, 0) : this.copy(v).multiplyScalar(v.dot(this.clone()) / square)
  }
  projectOnPlane(normal) { return this.sub(this.clone().projectOnVector(normal)) }
  reflect(normal) { return this.addScaledVector(normal, -2 * this.dot(normal)) }
  distanceToSquared(v) { return (this.x - v.x) ** 2 + (this.y - v.y) ** 2 + (this.z - v.z) ** 2 }
  distanceTo(v) { return Math.sqrt(this.distanceToSquared(v)) }
  angleTo(v) {
    const scale = Math.sqrt(this.lengthSq() * v.lengthSq())
    return scale === 0 ? Math.PI / 2 : Math.acos(clampTo(this.dot(v) / scale, -1, 1))
  }
  applyQuaternion(q) {
    const { x, y, z } = this
    const tx = 2 * (q.y * z - q.z * y), ty = 2 * (q.z * x - q.x * z), tz = 2 * (q.x * y - q.y * x)
    return this.set(
      x + q.w * tx + q.y * tz - q.z * ty,
      y + q.w * ty + q.z * tx - q.x * tz,
      z + q.w * tz + q.x * ty - q.y * tx,
    )
  }
  applyEuler(e) { return this.applyQuaternion(new Quaternion().setFromEuler(e)) }
  applyAxisAngle(axis, angle) { return this.applyQuaternion(new Quaternion().setFromAxisAngle(axis, angle)) }
  setFromEuler(e) { return this.set(e.x, e.y, e.z) }
  setFromSphericalCoords(radius, phi, theta) {
    const flat = Math.sin(phi) * radius
    return this.set(flat * Math.sin(theta), Math.cos(phi) * radius, flat * Math.cos(theta))
  }
  setFromCylindricalCoords(radius, theta, y) {
    return this.set(radius * Math.sin(theta), y, radius * Math.cos(theta))
  }
  random() { return this.set(Math.random(), Math.random(), Math.random()) }
  equals(v) { return v.x === this.x && v.y === this.y && v.z === this.z }
  fromArray(array, offset = 0) { return this.set(array[offset], array[offset + 1], array[offset + 2]) }
  toArray(array = [], offset = 0) {
    array[offset] = this.x
    array[offset + 1] = this.y
    array[offset + 2] = this.z
    return array
  }
  toJSON() { return { x: this.x, y: this.y, z: this.z } }
  *[Symbol.iterator]() { yield this.x; yield this.y; yield this.z }
}

class Quaternion {
  constructor(x = 0, y = 0, z = 0, w = 1) { this.set(x, y, z, w) }
  get isQuaternion() { return true }
  set(x, y, z, w) { this.x = x; this.y = y; this.z = z; this.w = w; return this }
  copy(q) { return this.set(q.x, q.y, q.z, q.w) }
  clone() { return new Quaternion(this.x, this.y, this.z, this.w) }
  identity() { return this.set(0, 0, 0, 1) }
  setFromAxisAngle(axis, angle) {
    const s = Math.sin(angle / 2)
    return this.set(axis.x * s, axis.y * s, axis.z * s, Math.cos(angle / 2))
  }
  // The turns about the three axes, multiplied in the order the letters say.
  setFromEuler(e) {
    const about = { X: [1, 0, 0], Y: [0, 1, 0], Z: [0, 0, 1] }
    const turn = { X: e.x, Y: e.y, Z: e.z }
    let all = null
    for (const letter of e.order) {
      const [x, y, z] = about[letter], s = Math.sin(turn[letter] / 2)
      const one = [x * s, y * s, z * s, Math.cos(turn[letter] / 2)]
      all = all ? product(all, one) : one
    }
    return this.set(...all)
  }
  setFromUnitVectors(from, to) {
    const r = from.dot(to) + 1
    if (r > 1e-12) {
      const c = new Vector3().crossVectors(from, to)
      return this.set(c.x, c.y, c.z, r).normalize()
    }
    const flat = Math.abs(from.x) > Math.abs(from.z)
    return (flat ? this.set(-from.y, from.x, 0, 0) : this.set(0, -from.z, from.y, 0)).normalize()
  }
  setFromRotationMatrix(m) {
    const e = m.elements
    return this.set(...fromMatrix(e[0], e[4], e[8], e[1], e[5], e[9], e[2], e[6], e[10]))
  }
  conjugate() { return this.set(-this.x, -this.y, -this.z, this.w) }
  invert() { return this.conjugate() }
  dot(q) { return this.x * q.x + this.y * q.y + this.z * q.z + this.w * q.w }
  lengthSq() { return this.dot(this) }
  length() { return Math.sqrt(this.dot(this)) }
  normalize() {
    const length = this.length()
    if (length === 0) return this.identity()
    return this.set(this.x / length, this.y / length, this.z / length, this.w / length)
  }
  multiply(q) { return this.multiplyQuaternions(this, q) }
  premultiply(q) { return this.multiplyQuaternions(q, this) }
  multiplyQuaternions(a, b) { return this.set(...product([a.x, a.y, a.z, a.w], [b.x, b.y, b.z, b.w])) }
  angleTo(q) { return 2 * Math.acos(Math.abs(clampTo(this.dot(q), -1, 1))) }
  rotateTowards(q, step) {
    const angle = this.angleTo(q)
    return angle === 0 ? this : this.slerp(q, Math.min(1, step / angle))
  }
  slerp(q, t) { return this.slerpQuaternions(this, q, t) }
  slerpQuaternions(a, b, t) {
    const dot = a.dot(b), sign = dot < 0 ? -1 : 1, cosine = Math.min(1, Math.abs(dot))
    const angle = Math.acos(cosine), sine = Math.sin(angle)
    const [p, q] = sine > 1e-6 ? [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine] : [1 - t, t]
    const mix = k => a[k] * p + b[k] * q * sign
    return this.set(mix('x'), mix('y'), mix('z'), mix('w')).normalize()
  }
  equals(q) { return q.x === this.x && q.y === this.y && q.z === this.z && q.w === this.w }
  fromArray(array, offset = 0) {
    return this.set(array[offset], array[offset + 1], array[offset + 2], array[offset + 3])
  }
  toArray(array = [], offset = 0) {
    array[offset] = this.x
    array[offset + 1] = this.y
    array[offset + 2] = this.z
    array[offset + 3] = this.w
    return array
  }
  toJSON() { return [this.x, this.y, this.z, this.w] }
  *[Symbol.iterator]() { yield this.x; yield this.y; yield this.z; yield this.w }
}

const product = ([ax, ay, az, aw], [bx, by, bz, bw]) => [
  ax * bw + aw * bx + ay * bz - az * by,
  ay * bw + aw * by + az * bx - ax * bz,
  az * bw + aw * bz + ax * by - ay * bx,
  aw * bw - ax * bx - ay * by - az * bz,
]

// Rows of a rotation matrix to a quaternion; the largest component is found first, for precision.
function fromMatrix(m11, m12, m13, m21, m22, m23, m31, m32, m33) {
  const trace = m11 + m22 + m33
  if (trace > 0) {
    const s = 0.5 / Math.sqrt(trace + 1)
    return [(m32 - m23) * s, (m13 - m31) * s, (m21 - m12) * s, 0.25 / s]
  }
  if (m11 > m22 && m11 > m33) {
    const s = 2 * Math.sqrt(1 + m11 - m22 - m33)
    return [0.25 * s, (m12 + m21) / s, (m13 + m31) / s, (m32 - m23) / s]
  }
  if (m22 > m33) {
    const s = 2 * Math.sqrt(1 + m22 - m11 - m33)
    return [(m12 + m21) / s, 0.25 * s, (m23 + m32) / s, (m13 - m31) / s]
  }
  const s = 2 * Math.sqrt(1 + m33 - m11 - m22)
  return [(m13 + m31) / s, (m23 + m32) / s, 0.25 * s, (m21 - m12) / s]
}

class Euler {
  constructor(x = 0, y = 0, z = 0, order = 'XYZ') { this.set(x, y, z, order) }
  get isEuler() { return true }
  set(x, y, z, order = this.order) { this.order = order; this.x = x; this.y = y; this.z = z; return this }
  copy(e) { return this.set(e.x, e.y, e.z, e.order) }
  clone() { return new Euler(this.x, this.y, this.z, this.order) }
  // The angles of the matrix of q. With the letters of the order called i, j, k: the middle angle
  // is an arcsine, the outer ones arctangents, except where the middle one stands at a quarter turn.
  setFromQuaternion(q, order = this.order) {
    const { x, y, z, w } = q
    const m = [
      [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
      [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
      [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    const [i, j, k] = Array.from(order, letter => 'XYZ'.indexOf(letter))
    const sign = (j - i + 3) % 3 === 1 ? 1 : -1
    const angle = [0, 0, 0]
    angle[j] = Math.asin(clampTo(sign * m[i][k], -1, 1))
    if (Math.abs(m[i][k]) < 0.9999999) {
      angle[i] = Math.atan2(-sign * m[j][k], m[k][k])
      angle[k] = Math.atan2(-sign * m[i][j], m[i][i])
    } else {
      angle[i] = Math.atan2(sign * m[k][j], m[j][j])
    }
    return this.set(angle[0], angle[1], angle[2], order)
  }
  setFromVector3(v, order = this.order) { return this.set(v.x, v.y, v.z, order) }
  reorder(order) { return this.setFromQuaternion(new Quaternion().setFromEuler(this), order) }
  equals(e) { return e.x === this.x && e.y === this.y && e.z === this.z && e.order === this.order }
  fromArray(array) { return this.set(array[0], array[1], array[2], array[3] ?? this.order) }
  toArray(array = [], offset = 0) {
    array[offset] = this.x
    array[offset + 1] = this.y
    array[offset + 2] = this.z
    array[offset + 3] = this.order
    return array
  }
  toJSON() { return { x: this.x, y: this.y, z: this.z } }
  *[Symbol.iterator]() { yield this.x; yield this.y; yield this.z; yield this.order }
}

// `Base` with components that report their changes to `changed(owner, field)`. `set` reports once for
// all of them.
const OWNER = Symbol('owner')
const FIELD = Symbol('field')
function watched(Base, components) {
  const cells = components.map(() => Symbol('cell'))
  class Watched extends Base {
    set(...values) {
      components.forEach((name, i) => {
        this[cells[i]] = values[i] === undefined ? this[cells[i]] : values[i]
      })
      if (this[OWNER]) changed(this[OWNER], this[FIELD])
      return this
    }
  }
  components.forEach((name, i) => {
    const cell = cells[i]
    Object.defineProperty(Watched.prototype, name, {
      get() { return this[cell] },
      set(value) { this[cell] = value; if (this[OWNER]) changed(this[OWNER], this[FIELD]) },
    })
  })
  return Watched
}
const WatchedVector = watched(Vector3, ['x', 'y', 'z'])
const WatchedQuaternion = watched(Quaternion, ['x', 'y', 'z', 'w'])
const WatchedEuler = watched(Euler, ['x', 'y', 'z', 'order'])
