// Rotations as quaternions, with the semantics of three.js.

class Quaternion {
  constructor(x = 0, y = 0, z = 0, w = 1) { this.set(x, y, z, w) }
  set(x, y, z, w) {
    this.x = x
    this.y = y
    this.z = z
    this.w = w
    return this
  }
  copy(q) { return this.set(q.x, q.y, q.z, q.w) }
  clone() { return new Quaternion(this.x, this.y, this.z, this.w) }
  identity() { return this.set(0, 0, 0, 1) }
  setFromAxisAngle(axis, angle) {
    const s = Math.sin(angle / 2)
    return this.set(axis.x * s, axis.y * s, axis.z * s, Math.cos(angle / 2))
  }
  // Half the sines and cosines of the three turns. The order of the letters only decides the signs of
  // the mixed terms.
  setFromEuler(e) {
    const { x, y, z, order = 'XYZ' } = e
    const cx = Math.cos(x / 2), cy = Math.cos(y / 2), cz = Math.cos(z / 2)
    const sx = Math.sin(x / 2), sy = Math.sin(y / 2), sz = Math.sin(z / 2)
    const [a, b, c, d] = EULER_SIGNS[order] ?? EULER_SIGNS.XYZ
    return this.set(
      sx * cy * cz + a * cx * sy * sz,
      cx * sy * cz + b * sx * cy * sz,
      cx * cy * sz + c * sx * sy * cz,
      cx * cy * cz + d * sx * sy * sz,
    )
  }
  setFromRotationMatrix(m) {
    const e = m.elements
    return this.set(...fromRows(e[0], e[4], e[8], e[1], e[5], e[9], e[2], e[6], e[10]))
  }
  setFromUnitVectors(from, to) {
    const r = from.x * to.x + from.y * to.y + from.z * to.z + 1
    if (r < Number.EPSILON) {
      // Opposite: half a turn about any axis that is square to them.
      const flat = Math.abs(from.x) > Math.abs(from.z)
      return (flat ? this.set(-from.y, from.x, 0, 0) : this.set(0, -from.z, from.y, 0)).normalize()
    }
    return this.set(
      from.y * to.z - from.z * to.y,
      from.z * to.x - from.x * to.z,
      from.x * to.y - from.y * to.x,
      r,
    ).normalize()
  }
  random() {
    const theta = 2 * Math.PI * Math.random(), phi = 2 * Math.PI * Math.random(), share = Math.random()
    const r = Math.sqrt(1 - share), s = Math.sqrt(share)
    return this.set(r * Math.sin(theta), r * Math.cos(theta), s * Math.sin(phi), s * Math.cos(phi))
  }

  conjugate() { return this.set(-this.x, -this.y, -this.z, this.w) }
  invert() { return this.conjugate() }
  dot(q) { return this.x * q.x + this.y * q.y + this.z * q.z + this.w * q.w }
  lengthSq() { return this.dot(this) }
  length() { return Math.sqrt(this.dot(this)) }
  normalize() {
    const length = this.length()
    if (length === 0) return this.identity()
    const share = 1 / length
    return this.set(this.x * share, this.y * share, this.z * share, this.w * share)
  }
  multiply(q) { return this.multiplyQuaternions(this, q) }
  premultiply(q) { return this.multiplyQuaternions(q, this) }
  multiplyQuaternions(a, b) {
    return this.set(
      a.x * b.w + a.w * b.x + a.y * b.z - a.z * b.y,
      a.y * b.w + a.w * b.y + a.z * b.x - a.x * b.z,
      a.z * b.w + a.w * b.z + a.x * b.y - a.y * b.x,
      a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
    )
  }
  angleTo(q) { return 2 * Math.acos(Math.abs(clampTo(this.dot(q), -1, 1))) }
  rotateTowards(q, step) {
    const angle = this.angleTo(q)
    return angle === 0 ? this : this.slerp(q, Math.min(1, step / angle))
  }
  slerp(q, t) { return this.slerpQuaternions(this, q, t) }
  slerpQuaternions(a, b, t) {
    if (t === 0) return this.copy(a)
    if (t === 1) return this.copy(b)
    let cosine = a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w
    // The shorter of the two ways.
    const sign = cosine < 0 ? -1 : 1
    cosine *= sign
    if (cosine >= 1) return this.copy(a)
    const sineSq = 1 - cosine * cosine
    if (sineSq <= Number.EPSILON) return this.mix(a, b, 1 - t, t * sign).normalize()
    const sine = Math.sqrt(sineSq), angle = Math.atan2(sine, cosine)
    return this.mix(a, b, Math.sin((1 - t) * angle) / sine, (Math.sin(t * angle) / sine) * sign)
  }
  mix(a, b, p, q) {
    return this.set(a.x * p + b.x * q, a.y * p + b.y * q, a.z * p + b.z * q, a.w * p + b.w * q)
  }
  equals(q) { return q.x === this.x && q.y === this.y && q.z === this.z && q.w === this.w }
  fromArray(array, offset = 0) {
    return this.set(array[offset], array[offset + 1], array[offset + 2], array[offset + 3])
  }
  fromBufferAttribute(attribute, index) {
    return this.set(attribute.getX(index), attribute.getY(index), attribute.getZ(index), attribute.getW(index))
  }
  toArray(array = [], offset = 0) {
    array[offset] = this.x
    array[offset + 1] = this.y
    array[offset + 2] = this.z
    array[offset + 3] = this.w
    return array
  }
  toJSON() { return this.toArray() }
  *[Symbol.iterator]() { yield this.x; yield this.y; yield this.z; yield this.w }
}
Quaternion.prototype.isQuaternion = true

// Of x, y, z and w: whether the mixed term is added.
const EULER_SIGNS = {
  XYZ: [1, -1, 1, -1],
  YXZ: [1, -1, -1, 1],
  ZXY: [-1, 1, 1, -1],
  ZYX: [-1, 1, -1, 1],
  YZX: [1, 1, -1, -1],
  XZY: [-1, -1, 1, 1],
}

// Rows of a rotation matrix to a quaternion; the largest component is found first, for precision.
function fromRows(m11, m12, m13, m21, m22, m23, m31, m32, m33) {
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
