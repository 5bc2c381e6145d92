// 4×4 matrices, columns first in `elements`, with the semantics of three.js.

class Matrix4 {
  constructor(...rows) {
    this.elements = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    if (rows.length > 0) this.set(...rows)
  }
  // As one writes them down: row by row.
  set(n11, n12, n13, n14, n21, n22, n23, n24, n31, n32, n33, n34, n41, n42, n43, n44) {
    const e = this.elements
    e[0] = n11; e[4] = n12; e[8] = n13; e[12] = n14
    e[1] = n21; e[5] = n22; e[9] = n23; e[13] = n24
    e[2] = n31; e[6] = n32; e[10] = n33; e[14] = n34
    e[3] = n41; e[7] = n42; e[11] = n43; e[15] = n44
    return this
  }
  identity() { return this.set(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1) }
  clone() { return new Matrix4().copy(this) }
  copy(m) {
    for (let i = 0; i < 16; i++) this.elements[i] = m.elements[i]
    return this
  }
  copyPosition(m) {
    for (let i = 12; i < 15; i++) this.elements[i] = m.elements[i]
    return this
  }
  setFromMatrix3(m) {
    const e = m.elements
    return this.set(e[0], e[3], e[6], 0, e[1], e[4], e[7], 0, e[2], e[5], e[8], 0, 0, 0, 0, 1)
  }
  extractBasis(x, y, z) {
    x.setFromMatrixColumn(this, 0)
    y.setFromMatrixColumn(this, 1)
    z.setFromMatrixColumn(this, 2)
    return this
  }
  makeBasis(x, y, z) {
    return this.set(x.x, y.x, z.x, 0, x.y, y.y, z.y, 0, x.z, y.z, z.z, 0, 0, 0, 0, 1)
  }
  extractRotation(m) {
    const e = m.elements, own = this.elements
    for (let column = 0; column < 12; column += 4) {
      const share = 1 / lengthOf(e[column], e[column + 1], e[column + 2])
      for (let row = 0; row < 3; row++) own[column + row] = e[column + row] * share
      own[column + 3] = 0
    }
    own[12] = own[13] = own[14] = 0
    own[15] = 1
    return this
  }
  makeRotationFromEuler(e) { return this.makeRotationFromQuaternion(new Quaternion().setFromEuler(e)) }
  makeRotationFromQuaternion(q) { return this.compose(MATRIX_ORIGIN, q, MATRIX_ONE) }
  makeRotationX(angle) {
    const c = Math.cos(angle), s = Math.sin(angle)
    return this.set(1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1)
  }
  makeRotationY(angle) {
    const c = Math.cos(angle), s = Math.sin(angle)
    return this.set(c, 0, s, 0, 0, 1, 0, 0, -s, 0, c, 0, 0, 0, 0, 1)
  }
  makeRotationZ(angle) {
    const c = Math.cos(angle), s = Math.sin(angle)
    return this.set(c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
  }
  makeRotationAxis(axis, angle) {
    const c = Math.cos(angle), s = Math.sin(angle), t = 1 - c
    const { x, y, z } = axis
    return this.set(
      t * x * x + c, t * x * y - s * z, t * x * z + s * y, 0,
      t * x * y + s * z, t * y * y + c, t * y * z - s * x, 0,
      t * x * z - s * y, t * y * z + s * x, t * z * z + c, 0,
      0, 0, 0, 1,
    )
  }
  makeScale(x, y, z) { return this.set(x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1) }
  makeTranslation(x, y, z) {
    if (x.isVector3) return this.makeTranslation(x.x, x.y, x.z)
    return this.set(1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, z, 0, 0, 0, 1)
  }
  makeShear(xy, xz, yx, yz, zx, zy) { return this.set(1, yx, zx, 0, xy, 1, zy, 0, xz, yz, 1, 0, 0, 0, 0, 1) }
  // The third axis points from the target to the eye.
  lookAt(eye, target, up) {
    const z = new Vector3().subVectors(eye, target)
    if (z.lengthSq() === 0) z.z = 1
    z.normalize()
    const x = new Vector3().crossVectors(up, z)
    if (x.lengthSq() === 0) {
      // Straight along `up`: a nudge, so that there is an answer.
      if (Math.abs(up.z) === 1) z.x += 0.0001
      else z.z += 0.0001
      z.normalize()
      x.crossVectors(up, z)
    }
    x.normalize()
    const y = new Vector3().crossVectors(z, x)
    const e = this.elements
    e[0] = x.x; e[4] = y.x; e[8] = z.x
    e[1] = x.y; e[5] = y.y; e[9] = z.y
    e[2] = x.z; e[6] = y.z; e[10] = z.z
    return this
  }

  multiply(m) { return this.multiplyMatrices(this, m) }
  premultiply(m) { return this.multiplyMatrices(m, this) }
  multiplyMatrices(a, b) {
    const p = a.elements, q = b.elements, out = []
    for (let column = 0; column < 16; column += 4) {
      const b0 = q[column], b1 = q[column + 1], b2 = q[column + 2], b3 = q[column + 3]
      for (let row = 0; row < 4; row++) {
        out.push(p[row] * b0 + p[row + 4] * b1 + p[row + 8] * b2 + p[row + 12] * b3)
      }
    }
    return this.fromArray(out)
  }
  multiplyScalar(s) {
    for (let i = 0; i < 16; i++) this.elements[i] *= s
    return this
  }
  determinant() {
    const c = cofactors(this.elements)
    return c[0] * this.elements[0] + c[4] * this.elements[1] + c[8] * this.elements[2] + c[12] * this.elements[3]
  }
  invert() {
    const c = cofactors(this.elements), determinant = this.determinant()
    if (determinant === 0) return this.set(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    return this.fromArray(c).multiplyScalar(1 / determinant)
  }
  transpose() {
    const e = this.elements
    return this.set(...e)
  }
  setPosition(x, y, z) {
    const e = this.elements
    if (x.isVector3) return this.setPosition(x.x, x.y, x.z)
    e[12] = x
    e[13] = y
    e[14] = z
    return this
  }
  scale(v) {
    const e = this.elements, by = [v.x, v.y, v.z]
    for (let i = 0; i < 12; i++) e[i] *= by[i >> 2]
    return this
  }
  getMaxScaleOnAxis() {
    const e = this.elements
    return Math.max(lengthOf(e[0], e[1], e[2]), lengthOf(e[4], e[5], e[6]), lengthOf(e[8], e[9], e[10]))
  }

  compose(position, quaternion, scale) {
    const e = this.elements
    const { x, y, z, w } = quaternion
    const xx = 2 * x * x, xy = 2 * x * y, xz = 2 * x * z, yy = 2 * y * y, yz = 2 * y * z, zz = 2 * z * z
    const wx = 2 * w * x, wy = 2 * w * y, wz = 2 * w * z
    const sx = scale.x, sy = scale.y, sz = scale.z
    e[0] = (1 - yy - zz) * sx; e[1] = (xy + wz) * sx; e[2] = (xz - wy) * sx; e[3] = 0
    e[4] = (xy - wz) * sy; e[5] = (1 - xx - zz) * sy; e[6] = (yz + wx) * sy; e[7] = 0
    e[8] = (xz + wy) * sz; e[9] = (yz - wx) * sz; e[10] = (1 - xx - yy) * sz; e[11] = 0
    e[12] = position.x; e[13] = position.y; e[14] = position.z; e[15] = 1
    return this
  }
  decompose(position, quaternion, scale) {
    const e = this.elements
    let sx = lengthOf(e[0], e[1], e[2])
    const sy = lengthOf(e[4], e[5], e[6]), sz = lengthOf(e[8], e[9], e[10])
    // A mirrored matrix has one negative scale; three.js gives it to the first axis.
    if (this.determinant() < 0) sx = -sx
    position.set(e[12], e[13], e[14])
    const turned = new Matrix4().set(
      e[0] / sx, e[4] / sy, e[8] / sz, 0,
      e[1] / sx, e[5] / sy, e[9] / sz, 0,
      e[2] / sx, e[6] / sy, e[10] / sz, 0,
      0, 0, 0, 1,
    )
    quaternion.setFromRotationMatrix(turned)
    scale.set(sx, sy, sz)
    return this
  }
  // `webgpu` measures depth from 0, WebGL (2000) from -1.
  makePerspective(left, right, top, bottom, near, far, system = 2000) {
    const width = right - left, height = top - bottom, depth = far - near, webgpu = system === 2001
    return this.set(
      2 * near / width, 0, (right + left) / width, 0,
      0, 2 * near / height, (top + bottom) / height, 0,
      0, 0, webgpu ? -far / depth : -(far + near) / depth, webgpu ? -far * near / depth : -2 * far * near / depth,
      0, 0, -1, 0,
    )
  }
  makeOrthographic(left, right, top, bottom, near, far, system = 2000) {
    const width = right - left, height = top - bottom, depth = far - near, webgpu = system === 2001
    return this.set(
      2 / width, 0, 0, -(right + left) / width,
      0, 2 / height, 0, -(top + bottom) / height,
      0, 0, webgpu ? -1 / depth : -2 / depth, webgpu ? -near / depth : -(far + near) / depth,
      0, 0, 0, 1,
    )
  }
  equals(m) {
    for (let i = 0; i < 16; i++) if (this.elements[i] !== m.elements[i]) return false
    return true
  }
  fromArray(array, offset = 0) {
    for (let i = 0; i < 16; i++) this.elements[i] = array[offset + i]
    return this
  }
  toArray(array = [], offset = 0) {
    for (let i = 0; i < 16; i++) array[offset + i] = this.elements[i]
    return array
  }
}
Matrix4.prototype.isMatrix4 = true
const MATRIX_ORIGIN = Object.freeze({ x: 0, y: 0, z: 0 })
const MATRIX_ONE = Object.freeze({ x: 1, y: 1, z: 1 })

// The transposed matrix of cofactors, columns first: what the inverse is made from.
function cofactors(e) {
  const out = new Array(16)
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      const minor = []
      for (let c = 0; c < 4; c++) {
        if (c === column) continue
        for (let r = 0; r < 4; r++) if (r !== row) minor.push(e[c * 4 + r])
      }
      const [a, b, c, d, f, g, h, i, j] = minor
      const value = a * (f * j - g * i) - d * (b * j - c * i) + h * (b * g - c * f)
      out[row * 4 + column] = (row + column) % 2 === 0 ? value : -value
    }
  }
  return out
}
