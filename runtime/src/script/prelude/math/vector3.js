// Vectors with the semantics of three.js, written from the formulas. Whatever changes one goes through
// `set`, so that a vector that belongs to a node reports once.

// Not `Math.hypot`, which is more careful and another number in the last bit.
const lengthOf = (x, y, z) => Math.sqrt(x * x + y * y + z * z)
const clampTo = (n, low, high) => Math.max(low, Math.min(high, n))

class Vector3 {
  constructor(x = 0, y = 0, z = 0) {
    this.x = x
    this.y = y
    this.z = z
  }
  set(x, y, z = this.z) {
    this.x = x
    this.y = y
    this.z = z
    return this
  }
  setX(x) { this.x = x; return this }
  setY(y) { this.y = y; return this }
  setZ(z) { this.z = z; return this }
  setScalar(s) { return this.set(s, s, s) }
  setComponent(index, value) { this[axisOf(index)] = value; return this }
  getComponent(index) { return this[axisOf(index)] }
  copy(v) { return this.set(v.x, v.y, v.z) }
  clone() { return new Vector3(this.x, this.y, this.z) }

  add(v) { return this.set(this.x + v.x, this.y + v.y, this.z + v.z) }
  addScalar(s) { return this.set(this.x + s, this.y + s, this.z + s) }
  addVectors(a, b) { return this.set(a.x + b.x, a.y + b.y, a.z + b.z) }
  addScaledVector(v, s) { return this.set(this.x + v.x * s, this.y + v.y * s, this.z + v.z * s) }
  sub(v) { return this.set(this.x - v.x, this.y - v.y, this.z - v.z) }
  subScalar(s) { return this.set(this.x - s, this.y - s, this.z - s) }
  subVectors(a, b) { return this.set(a.x - b.x, a.y - b.y, a.z - b.z) }
  multiply(v) { return this.set(this.x * v.x, this.y * v.y, this.z * v.z) }
  multiplyScalar(s) { return this.set(this.x * s, this.y * s, this.z * s) }
  multiplyVectors(a, b) { return this.set(a.x * b.x, a.y * b.y, a.z * b.z) }
  divide(v) { return this.set(this.x / v.x, this.y / v.y, this.z / v.z) }
  divideScalar(s) { return this.multiplyScalar(1 / s) }
  negate() { return this.set(-this.x, -this.y, -this.z) }

  min(v) { return this.set(Math.min(this.x, v.x), Math.min(this.y, v.y), Math.min(this.z, v.z)) }
  max(v) { return this.set(Math.max(this.x, v.x), Math.max(this.y, v.y), Math.max(this.z, v.z)) }
  clamp(low, high) {
    return this.set(clampTo(this.x, low.x, high.x), clampTo(this.y, low.y, high.y), clampTo(this.z, low.z, high.z))
  }
  clampScalar(low, high) {
    return this.set(clampTo(this.x, low, high), clampTo(this.y, low, high), clampTo(this.z, low, high))
  }
  clampLength(low, high) {
    const length = this.length()
    return this.multiplyScalar(clampTo(length, low, high) / (length || 1))
  }
  floor() { return this.set(Math.floor(this.x), Math.floor(this.y), Math.floor(this.z)) }
  ceil() { return this.set(Math.ceil(this.x), Math.ceil(this.y), Math.ceil(this.z)) }
  round() { return this.set(Math.round(this.x), Math.round(this.y), Math.round(this.z)) }
  roundToZero() { return this.set(Math.trunc(this.x), Math.trunc(this.y), Math.trunc(this.z)) }

  dot(v) { return this.x * v.x + this.y * v.y + this.z * v.z }
  lengthSq() { return this.x * this.x + this.y * this.y + this.z * this.z }
  length() { return Math.sqrt(this.x * this.x + this.y * this.y + this.z * this.z) }
  manhattanLength() { return Math.abs(this.x) + Math.abs(this.y) + Math.abs(this.z) }
  normalize() { return this.divideScalar(this.length() || 1) }
  setLength(length) { return this.normalize().multiplyScalar(length) }
  distanceToSquared(v) {
    const x = this.x - v.x, y = this.y - v.y, z = this.z - v.z
    return x * x + y * y + z * z
  }
  distanceTo(v) { return Math.sqrt(this.distanceToSquared(v)) }
  manhattanDistanceTo(v) { return Math.abs(this.x - v.x) + Math.abs(this.y - v.y) + Math.abs(this.z - v.z) }
  angleTo(v) {
    const scale = Math.sqrt(this.lengthSq() * (v.x * v.x + v.y * v.y + v.z * v.z))
    return scale === 0 ? Math.PI / 2 : Math.acos(clampTo(this.dot(v) / scale, -1, 1))
  }

  lerp(v, t) { return this.lerpVectors(this, v, t) }
  lerpVectors(a, b, t) { return this.set(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t) }
  cross(v) { return this.crossVectors(this, v) }
  crossVectors(a, b) {
    return this.set(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
  projectOnVector(v) {
    const square = v.x * v.x + v.y * v.y + v.z * v.z
    if (square === 0) return this.set(0, 0, 0)
    const share = this.dot(v) / square
    return this.set(v.x * share, v.y * share, v.z * share)
  }
  projectOnPlane(normal) { return this.sub(new Vector3(this.x, this.y, this.z).projectOnVector(normal)) }
  reflect(normal) { return this.addScaledVector(normal, -2 * this.dot(normal)) }

  applyMatrix3(m) {
    const { x, y, z } = this, e = m.elements
    return this.set(e[0] * x + e[3] * y + e[6] * z, e[1] * x + e[4] * y + e[7] * z, e[2] * x + e[5] * y + e[8] * z)
  }
  applyNormalMatrix(m) { return this.applyMatrix3(m).normalize() }
  applyMatrix4(m) {
    const { x, y, z } = this, e = m.elements
    const w = 1 / (e[3] * x + e[7] * y + e[11] * z + e[15])
    return this.set(
      (e[0] * x + e[4] * y + e[8] * z + e[12]) * w,
      (e[1] * x + e[5] * y + e[9] * z + e[13]) * w,
      (e[2] * x + e[6] * y + e[10] * z + e[14]) * w,
    )
  }
  transformDirection(m) {
    const { x, y, z } = this, e = m.elements
    return this.set(
      e[0] * x + e[4] * y + e[8] * z,
      e[1] * x + e[5] * y + e[9] * z,
      e[2] * x + e[6] * y + e[10] * z,
    ).normalize()
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
  project(camera) { return this.applyMatrix4(camera.matrixWorldInverse).applyMatrix4(camera.projectionMatrix) }
  unproject(camera) { return this.applyMatrix4(camera.projectionMatrixInverse).applyMatrix4(camera.matrixWorld) }

  setFromEuler(e) { return this.set(e.x, e.y, e.z) }
  setFromColor(c) { return this.set(c.r, c.g, c.b) }
  setFromSpherical(s) { return this.setFromSphericalCoords(s.radius, s.phi, s.theta) }
  setFromSphericalCoords(radius, phi, theta) {
    const flat = Math.sin(phi) * radius
    return this.set(flat * Math.sin(theta), Math.cos(phi) * radius, flat * Math.cos(theta))
  }
  setFromCylindrical(c) { return this.setFromCylindricalCoords(c.radius, c.theta, c.y) }
  setFromCylindricalCoords(radius, theta, y) {
    return this.set(radius * Math.sin(theta), y, radius * Math.cos(theta))
  }
  setFromMatrixPosition(m) { return this.set(m.elements[12], m.elements[13], m.elements[14]) }
  setFromMatrixScale(m) {
    const e = m.elements
    return this.set(lengthOf(e[0], e[1], e[2]), lengthOf(e[4], e[5], e[6]), lengthOf(e[8], e[9], e[10]))
  }
  setFromMatrixColumn(m, index) { return this.fromArray(m.elements, index * 4) }
  setFromMatrix3Column(m, index) { return this.fromArray(m.elements, index * 3) }

  random() { return this.set(Math.random(), Math.random(), Math.random()) }
  randomDirection() {
    const theta = Math.random() * Math.PI * 2, up = Math.random() * 2 - 1, flat = Math.sqrt(1 - up * up)
    return this.set(flat * Math.cos(theta), up, flat * Math.sin(theta))
  }

  equals(v) { return v.x === this.x && v.y === this.y && v.z === this.z }
  fromArray(array, offset = 0) { return this.set(array[offset], array[offset + 1], array[offset + 2]) }
  fromBufferAttribute(attribute, index) {
    return this.set(attribute.getX(index), attribute.getY(index), attribute.getZ(index))
  }
  toArray(array = [], offset = 0) {
    array[offset] = this.x
    array[offset + 1] = this.y
    array[offset + 2] = this.z
    return array
  }
  toJSON() { return { x: this.x, y: this.y, z: this.z } }
  *[Symbol.iterator]() { yield this.x; yield this.y; yield this.z }

  // The names by which worlds of the family hand vectors to their physics engine. There is another
  // one here, so what comes out is plain numbers.
  fromPxVec3(v) { return this.set(v.x, v.y, v.z) }
  toPxVec3(into = {}) { return Object.assign(into, { x: this.x, y: this.y, z: this.z }) }
  toPxExtVec3(into = {}) { return this.toPxVec3(into) }
  toPxTransform(into = {}) { into.p = this.toPxVec3(); return into }
}
Vector3.prototype.isVector3 = true

function axisOf(index) {
  if (index === 0 || index === 1 || index === 2) return 'xyz'[index]
  throw new Error('index is out of range: ' + index)
}
