// Rotations as three angles in radians, turned in the order of the letters.

class Euler {
  constructor(x = 0, y = 0, z = 0, order = 'XYZ') { this.set(x, y, z, order) }
  set(x, y, z, order = this.order) {
    this.order = order
    this.x = x
    this.y = y
    this.z = z
    return this
  }
  copy(e) { return this.set(e.x, e.y, e.z, e.order) }
  clone() { return new Euler(this.x, this.y, this.z, this.order) }
  setFromVector3(v, order = this.order) { return this.set(v.x, v.y, v.z, order) }
  setFromQuaternion(q, order = this.order) {
    const { x, y, z, w } = q
    return this.setFromRows(
      [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
      ],
      order,
    )
  }
  setFromRotationMatrix(m, order = this.order) {
    const e = m.elements
    return this.setFromRows([[e[0], e[4], e[8]], [e[1], e[5], e[9]], [e[2], e[6], e[10]]], order)
  }
  // With the letters of the order called i, j, k: the middle angle is an arcsine, the outer ones are
  // arctangents, except where the middle one stands at a quarter turn.
  setFromRows(m, order) {
    const [i, j, k] = EULER_AXES[order] ?? EULER_AXES.XYZ
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
Euler.prototype.isEuler = true

const EULER_AXES = { XYZ: [0, 1, 2], YXZ: [1, 0, 2], ZXY: [2, 0, 1], ZYX: [2, 1, 0], YZX: [1, 2, 0], XZY: [0, 2, 1] }
