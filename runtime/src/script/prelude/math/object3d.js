// `Object3D`, for maths only: a tree of transforms that is in no world.

class ObjectTurn extends WatchedQuaternion {
  [CHANGED]() { this[OWNER]?.rotation.follow(this) }
}
class ObjectAngles extends WatchedEuler {
  [CHANGED]() {
    const e = this[OWNER]
    if (!e || e.following) return
    e.following = true
    e.quaternion.setFromEuler(this)
    e.following = false
  }
  follow(q) {
    if (this[OWNER].following) return
    this[OWNER].following = true
    this.setFromQuaternion(q)
    this[OWNER].following = false
  }
}

class ObjectLayers {
  constructor() { this.mask = 1 }
  set(channel) { this.mask = 1 << channel }
  enable(channel) { this.mask |= 1 << channel }
  enableAll() { this.mask = -1 }
  toggle(channel) { this.mask ^= 1 << channel }
  disable(channel) { this.mask &= ~(1 << channel) }
  disableAll() { this.mask = 0 }
  test(layers) { return (this.mask & layers.mask) !== 0 }
  isEnabled(channel) { return (this.mask & (1 << channel)) !== 0 }
}

class Object3D {
  constructor() {
    const fixed = (name, value) => Object.defineProperty(this, name, { value, enumerable: true })
    Object.assign(this, {
      uuid: newUuid(), name: '', type: 'Object3D', parent: null, children: [], up: new Vector3(0, 1, 0),
      matrix: new Matrix4(), matrixWorld: new Matrix4(), matrixAutoUpdate: true, matrixWorldAutoUpdate: true,
      matrixWorldNeedsUpdate: false, layers: new ObjectLayers(), visible: true, castShadow: false,
      receiveShadow: false, frustumCulled: true, renderOrder: 0, animations: [], userData: {},
    })
    Object.defineProperty(this, 'id', { value: nextObject++ })
    fixed('position', new Vector3())
    fixed('rotation', new ObjectAngles())
    fixed('quaternion', new ObjectTurn())
    fixed('scale', new Vector3(1, 1, 1))
    const owner = { rotation: this.rotation, quaternion: this.quaternion, following: false }
    for (const it of [this.rotation, this.quaternion]) Object.defineProperty(it, OWNER, { value: owner })
    Object.defineProperty(this, OBJECT_LISTENERS, { value: new Map() })
  }

  addEventListener(type, listener) {
    const all = this[OBJECT_LISTENERS]
    if (!all.has(type)) all.set(type, new Set())
    all.get(type).add(listener)
  }
  hasEventListener(type, listener) { return this[OBJECT_LISTENERS].get(type)?.has(listener) ?? false }
  removeEventListener(type, listener) { this[OBJECT_LISTENERS].get(type)?.delete(listener) }
  dispatchEvent(event) {
    const all = this[OBJECT_LISTENERS].get(event.type)
    if (!all) return
    event.target = this
    for (const listener of [...all]) listener.call(this, event)
    event.target = null
  }

  applyMatrix4(m) {
    if (this.matrixAutoUpdate) this.updateMatrix()
    this.matrix.premultiply(m)
    this.matrix.decompose(this.position, this.quaternion, this.scale)
  }
  applyQuaternion(q) { this.quaternion.premultiply(q); return this }
  setRotationFromAxisAngle(axis, angle) { this.quaternion.setFromAxisAngle(axis, angle) }
  setRotationFromEuler(e) { this.quaternion.setFromEuler(e) }
  setRotationFromMatrix(m) { this.quaternion.setFromRotationMatrix(m) }
  setRotationFromQuaternion(q) { this.quaternion.copy(q) }
  rotateOnAxis(axis, angle) { this.quaternion.multiply(new Quaternion().setFromAxisAngle(axis, angle)); return this }
  rotateOnWorldAxis(axis, angle) {
    this.quaternion.premultiply(new Quaternion().setFromAxisAngle(axis, angle))
    return this
  }
  rotateX(angle) { return this.rotateOnAxis(OBJECT_AXES.x, angle) }
  rotateY(angle) { return this.rotateOnAxis(OBJECT_AXES.y, angle) }
  rotateZ(angle) { return this.rotateOnAxis(OBJECT_AXES.z, angle) }
  translateOnAxis(axis, distance) {
    this.position.add(new Vector3().copy(axis).applyQuaternion(this.quaternion).multiplyScalar(distance))
    return this
  }
  translateX(distance) { return this.translateOnAxis(OBJECT_AXES.x, distance) }
  translateY(distance) { return this.translateOnAxis(OBJECT_AXES.y, distance) }
  translateZ(distance) { return this.translateOnAxis(OBJECT_AXES.z, distance) }
  localToWorld(v) { this.updateWorldMatrix(true, false); return v.applyMatrix4(this.matrixWorld) }
  worldToLocal(v) { this.updateWorldMatrix(true, false); return v.applyMatrix4(this.matrixWorld.clone().invert()) }
  lookAt(x, y, z) {
    const target = x.isVector3 ? x : new Vector3(x, y, z)
    this.updateWorldMatrix(true, false)
    const at = new Vector3().setFromMatrixPosition(this.matrixWorld)
    const turned = new Matrix4()
    if (this.isCamera || this.isLight) turned.lookAt(at, target, this.up)
    else turned.lookAt(target, at, this.up)
    this.quaternion.setFromRotationMatrix(turned)
    if (!this.parent) return
    const above = new Quaternion().setFromRotationMatrix(turned.extractRotation(this.parent.matrixWorld))
    this.quaternion.premultiply(above.invert())
  }

  add(...objects) {
    for (const object of objects) {
      if (object === this) throw new Error('an object cannot be added to itself')
      if (!object?.isObject3D) throw new TypeError('Object3D.add takes objects of its kind; nodes are added to nodes')
      object.removeFromParent()
      object.parent = this
      this.children.push(object)
      object.dispatchEvent({ type: 'added' })
      this.dispatchEvent({ type: 'childadded', child: object })
    }
    return this
  }
  remove(...objects) {
    for (const object of objects) {
      const index = this.children.indexOf(object)
      if (index < 0) continue
      object.parent = null
      this.children.splice(index, 1)
      object.dispatchEvent({ type: 'removed' })
      this.dispatchEvent({ type: 'childremoved', child: object })
    }
    return this
  }
  removeFromParent() { this.parent?.remove(this); return this }
  clear() { return this.remove(...this.children) }
  attach(object) {
    this.updateWorldMatrix(true, false)
    const way = this.matrixWorld.clone().invert()
    if (object.parent) {
      object.parent.updateWorldMatrix(true, false)
      way.multiply(object.parent.matrixWorld)
    }
    object.applyMatrix4(way)
    object.removeFromParent()
    object.parent = this
    this.children.push(object)
    object.updateWorldMatrix(false, true)
    object.dispatchEvent({ type: 'added' })
    this.dispatchEvent({ type: 'childadded', child: object })
    return this
  }
  getObjectById(id) { return this.getObjectByProperty('id', id) }
  getObjectByName(name) { return this.getObjectByProperty('name', name) }
  getObjectByProperty(name, value) {
    if (this[name] === value) return this
    for (const child of this.children) {
      const found = child.getObjectByProperty(name, value)
      if (found !== undefined) return found
    }
    return undefined
  }
  getObjectsByProperty(name, value, result = []) {
    if (this[name] === value) result.push(this)
    for (const child of this.children) child.getObjectsByProperty(name, value, result)
    return result
  }
  getWorldPosition(target) {
    this.updateWorldMatrix(true, false)
    return target.setFromMatrixPosition(this.matrixWorld)
  }
  getWorldQuaternion(target) {
    this.updateWorldMatrix(true, false)
    this.matrixWorld.decompose(new Vector3(), target, new Vector3())
    return target
  }
  getWorldScale(target) {
    this.updateWorldMatrix(true, false)
    this.matrixWorld.decompose(new Vector3(), new Quaternion(), target)
    return target
  }
  getWorldDirection(target) {
    this.updateWorldMatrix(true, false)
    return target.setFromMatrixColumn(this.matrixWorld, 2).normalize()
  }
  traverse(callback) {
    callback(this)
    for (const child of this.children) child.traverse(callback)
  }
  traverseVisible(callback) {
    if (this.visible === false) return
    callback(this)
    for (const child of this.children) child.traverseVisible(callback)
  }
  traverseAncestors(callback) {
    if (this.parent === null) return
    callback(this.parent)
    this.parent.traverseAncestors(callback)
  }

  updateMatrix() {
    this.matrix.compose(this.position, this.quaternion, this.scale)
    this.matrixWorldNeedsUpdate = true
  }
  updateMatrixWorld(force) {
    if (this.matrixAutoUpdate) this.updateMatrix()
    if (this.matrixWorldNeedsUpdate || force) {
      this.placeInWorld()
      this.matrixWorldNeedsUpdate = false
      force = true
    }
    for (const child of this.children) child.updateMatrixWorld(force)
  }
  updateWorldMatrix(parents, children) {
    if (parents === true) this.parent?.updateWorldMatrix(true, false)
    if (this.matrixAutoUpdate) this.updateMatrix()
    this.placeInWorld()
    if (children === true) for (const child of this.children) child.updateWorldMatrix(false, true)
  }
  placeInWorld() {
    if (this.matrixWorldAutoUpdate !== true) return
    if (this.parent === null) this.matrixWorld.copy(this.matrix)
    else this.matrixWorld.multiplyMatrices(this.parent.matrixWorld, this.matrix)
  }

  clone(recursive) { return new this.constructor().copy(this, recursive) }
  copy(source, recursive = true) {
    for (const name of ['up', 'position', 'quaternion', 'scale', 'matrix', 'matrixWorld']) this[name].copy(source[name])
    this.rotation.order = source.rotation.order
    for (const name of [
      'name', 'matrixAutoUpdate', 'matrixWorldAutoUpdate', 'matrixWorldNeedsUpdate', 'visible', 'castShadow',
      'receiveShadow', 'frustumCulled', 'renderOrder',
    ]) this[name] = source[name]
    this.layers.mask = source.layers.mask
    this.animations = source.animations.slice()
    this.userData = JSON.parse(JSON.stringify(source.userData))
    if (recursive === true) for (const child of source.children) this.add(child.clone())
    return this
  }
  toJSON(meta) {
    const { uuid, type, name, visible, castShadow, receiveShadow, renderOrder, userData } = this
    const object = { uuid, type, layers: this.layers.mask, matrix: this.matrix.toArray(), up: this.up.toArray() }
    if (name !== '') object.name = name
    if (castShadow) object.castShadow = true
    if (receiveShadow) object.receiveShadow = true
    if (visible === false) object.visible = false
    if (renderOrder !== 0) object.renderOrder = renderOrder
    if (Object.keys(userData).length > 0) object.userData = userData
    if (this.children.length > 0) object.children = this.children.map(it => it.toJSON({}).object)
    const root = meta === undefined || typeof meta === 'string'
    return root ? { metadata: { version: 4.6, type: 'Object', generator: 'Object3D.toJSON' }, object } : { object }
  }
  // Nobody draws it, so nobody calls these.
  raycast() {}
  onBeforeRender() {}
  onAfterRender() {}
  onBeforeShadow() {}
  onAfterShadow() {}
}
Object3D.prototype.isObject3D = true
const OBJECT_LISTENERS = Symbol('listeners')
const OBJECT_AXES = Object.freeze({ x: new Vector3(1, 0, 0), y: new Vector3(0, 1, 0), z: new Vector3(0, 0, 1) })
let nextObject = 0
const hex = count => Array.from({ length: count }, () => Math.floor(Math.random() * 16).toString(16)).join('')
const newUuid = () => [hex(8), hex(4), '4' + hex(3), 'a' + hex(3), hex(12)].join('-')
