// What the expressions of `vectors.json` are written with, and how their values are compared: as plain
// numbers.
const V = (x, y, z) => new Vector3(x, y, z), Q = (x, y, z, w) => new Quaternion(x, y, z, w), E = (x, y, z, o) => new Euler(x, y, z, o)
const M = () => new Matrix4().compose(V(1, -2, 3), Q(0.1, 0.2, 0.3, 0.9).normalize(), V(2, 3, 4))
const R = (x, y, z) => new Matrix4().makeRotationFromEuler(E(x, y, z))
const CAMERA = () => {
  const projectionMatrix = new Matrix4().makePerspective(-1, 1, 1, -1, 0.1, 100)
  const projectionMatrixInverse = projectionMatrix.clone().invert()
  return { matrixWorld: M(), matrixWorldInverse: M().invert(), projectionMatrix, projectionMatrixInverse }
}
const plain = it => {
  if (typeof it === 'number' && !Number.isFinite(it)) return String(it)
  if (it === undefined || it === null) return null
  if (typeof it !== 'object') return it
  if (it.isVector3) return [it.x, it.y, it.z].map(plain)
  if (it.isQuaternion) return [it.x, it.y, it.z, it.w].map(plain)
  if (it.isEuler) return [it.x, it.y, it.z, it.order].map(plain)
  if (it.isMatrix4) return [...it.elements].map(plain)
  if (Array.isArray(it)) return it.map(plain)
  return Object.fromEntries(Object.entries(it).map(([name, value]) => [name, plain(value)]))
}
// The same with every number in words, so that no bit of it is lost on the way.
const exact = it => {
  if (typeof it === 'number') return '#' + (Object.is(it, -0) ? '-0' : String(it))
  if (typeof it !== 'object' || it === null) return it ?? 'nil'
  if (it.isVector3) return exact([it.x, it.y, it.z])
  if (it.isQuaternion) return exact([it.x, it.y, it.z, it.w])
  if (it.isEuler) return exact([it.x, it.y, it.z, it.order])
  if (it.isMatrix4) return exact([...it.elements])
  if (Array.isArray(it)) return it.map(exact)
  return Object.fromEntries(Object.entries(it).map(([name, value]) => [name, exact(value)]))
}
