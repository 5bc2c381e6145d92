// What bodies do beside holding fields. Wishes go to the world with the other changes and are done after
// the scripts of the tick; questions are about bodies as they were when it began.

const WISHED = Symbol('wished')
const answerTo = question => {
  if (!host.ask) return 'Nothing'
  return JSON.parse(host.ask(current.facts.id, JSON.stringify(question)))
}
const vectorOf = (owner, name, value) => {
  if (!value?.isVector3) refused(owner, name, 'a Vector3', value)
  return plain(value)
}
const quaternionOf = (owner, name, value) => {
  if (!value?.isQuaternion) refused(owner, name, 'a Quaternion', value)
  return plain(value)
}
function wish(node, method, ...values) {
  const inner = node[INNER]
  if (inner.mounted) wanted(['p', inner.number, method, values])
}
// Puts a node where a point of the world is.
function moveInWorld(node, point) {
  const { parent } = node[INNER]
  node.position.copy(parent === null ? point : new Vector3().copy(point).applyMatrix4(placed(parent).clone().invert()))
}
function turnInWorld(node, turn) {
  const { parent } = node[INNER]
  if (parent === null) return node.quaternion.copy(turn)
  const above = new Quaternion()
  placed(parent).decompose(new Vector3(), above, new Vector3())
  return node.quaternion.copy(above.invert().multiply(turn))
}

// How a body moves: what this hook wished for, else what the world says.
function motionOf(node) {
  const answer = node[INNER].mounted ? answerTo({ Body: { node: node[INNER].number } }) : 'Nothing'
  const { linear = [0, 0, 0], angular = [0, 0, 0], sleeping = false, centre } = answer.Body ?? {}
  const wished = node[INNER].values?.[WISHED]
  const fresh = wished?.time === now ? wished : {}
  return { linear: fresh.linear ?? linear, angular: fresh.angular ?? angular, sleeping, centre }
}
function remember(node, what, value) {
  const values = valuesOf(node[INNER])
  const wished = values[WISHED]
  values[WISHED] = { ...(wished?.time === now ? wished : null), time: now, [what]: value }
}
const velocityAt = (node, point) => {
  const { linear, angular, centre } = motionOf(node)
  const arm = new Vector3().copy(point).sub(centre ? new Vector3(...centre) : new Vector3().setFromMatrixPosition(placed(node)))
  return new Vector3(...angular).cross(arm).add(new Vector3(...linear))
}
const MODES = ['force', 'impulse', 'acceleration', 'velocityChange']
const modeOf = mode => (MODES.includes(mode) ? mode : 'force')

const rigidbodyMembers = {
  get sleeping() { return motionOf(this).sleeping },
  addForce(force, mode) { wish(this, 'addForce', vectorOf('rigidbody', 'addForce', force), modeOf(mode)) },
  addForceAtPos(force, at) {
    wish(this, 'addForceAtPos', vectorOf('rigidbody', 'addForceAtPos', force), vectorOf('rigidbody', 'addForceAtPos', at))
  },
  addForceAtLocalPos(force, at) {
    wish(this, 'addForceAtLocalPos', vectorOf('rigidbody', 'addForceAtLocalPos', force), vectorOf('rigidbody', 'addForceAtLocalPos', at))
  },
  addTorque(torque, mode) { wish(this, 'addTorque', vectorOf('rigidbody', 'addTorque', torque), modeOf(mode)) },
  getPosition(into = new Vector3()) { return into.setFromMatrixPosition(placed(this)) },
  setPosition(at) {
    wish(this, 'setPosition', vectorOf('rigidbody', 'setPosition', at))
    moveInWorld(this, at)
  },
  getQuaternion(into = new Quaternion()) {
    placed(this).decompose(new Vector3(), into, new Vector3())
    return into
  },
  setQuaternion(to) {
    wish(this, 'setQuaternion', quaternionOf('rigidbody', 'setQuaternion', to))
    turnInWorld(this, to)
  },
  getLinearVelocity(into = new Vector3()) { return into.fromArray(motionOf(this).linear) },
  setLinearVelocity(to) {
    const velocity = vectorOf('rigidbody', 'setLinearVelocity', to)
    wish(this, 'setLinearVelocity', velocity)
    remember(this, 'linear', velocity)
  },
  getAngularVelocity(into = new Vector3()) { return into.fromArray(motionOf(this).angular) },
  setAngularVelocity(to) {
    const velocity = vectorOf('rigidbody', 'setAngularVelocity', to)
    wish(this, 'setAngularVelocity', velocity)
    remember(this, 'angular', velocity)
  },
  getVelocityAtPos(at, into = new Vector3()) {
    vectorOf('rigidbody', 'getVelocityAtPos', at)
    return into.copy(velocityAt(this, at))
  },
  getLocalVelocityAtLocalPos(at, into = new Vector3()) {
    vectorOf('rigidbody', 'getLocalVelocityAtLocalPos', at)
    const matrix = placed(this)
    const turned = this.getQuaternion().invert()
    return into.copy(velocityAt(this, new Vector3().copy(at).applyMatrix4(matrix))).applyQuaternion(turned)
  },
  setCenterOfMass(at) { wish(this, 'setCenterOfMass', vectorOf('rigidbody', 'setCenterOfMass', at)) },
  setKinematicTarget(position, turn) {
    if (this.type !== 'kinematic') throw host.mistake('invalid_value', '[rigidbody] setKinematicTarget moves kinematic bodies; this one is ' + this.type)
    wish(this, 'setKinematicTarget', vectorOf('rigidbody', 'setKinematicTarget', position), quaternionOf('rigidbody', 'setKinematicTarget', turn))
  },
}

const WALKED = Symbol('walked')
const controllerMembers = {
  get isGrounded() { return this[INNER].values?.[WALKED]?.grounded ?? false },
  get isCeiling() { return this[INNER].values?.[WALKED]?.ceiling ?? false },
  teleport(at) {
    wish(this, 'teleport', vectorOf('controller', 'teleport', at))
    moveInWorld(this, at)
  },
  move(by) {
    vectorOf('controller', 'move', by)
    const inner = this[INNER]
    if (!inner.mounted) return
    const from = new Vector3().setFromMatrixPosition(placed(this))
    const question = { node: inner.number, radius: this.radius, height: this.height, feet: plain(from), by: plain(by) }
    const { feet, grounded = false, ceiling = false } = answerTo({ Walk: question }).Walked ?? { feet: plain(from.clone().add(by)) }
    moveInWorld(this, new Vector3(...feet))
    valuesOf(inner)[WALKED] = { grounded, ceiling }
  },
}

// A joint's frame as angles: another face of its quaternion.
class JointAngles extends WatchedEuler {
  [CHANGED]() { if (this[OWNER]) this[OWNER].setFromEuler(this) }
}
const anglesOfJoint = quaternion => {
  const angles = new JointAngles(0, 0, 0, 'YXZ')
  angles.setFromQuaternion(quaternion)
  return owned(angles, quaternion)
}
const jointMembers = {
  get rotation0() { return anglesOfJoint(this.quaternion0) },
  set rotation0(value) { throw fixed(this, inPlace('rotation0')) },
  get rotation1() { return anglesOfJoint(this.quaternion1) },
  set rotation1(value) { throw fixed(this, inPlace('rotation1')) },
}

// world.raycast and world.overlapSphere.
const LAYER_BITS = Object.freeze({ camera: 1, environment: 2, player: 4, prop: 8, tool: 16 })
function createLayerMask(...groups) {
  return groups.reduce((mask, it) => {
    if (!Object.hasOwn(LAYER_BITS, it)) throw host.mistake('unknown_layer', '[createLayerMask] there is no layer ' + shown(it) + '; there are ' + Object.keys(LAYER_BITS).join(', '))
    return mask | LAYER_BITS[it]
  }, 0)
}
const maskOf = mask => (isNumber(mask) ? mask >>> 0 : 0)
function raycast(origin, direction, most, mask) {
  if (!origin?.isVector3) refused('raycast', 'origin', 'a Vector3', origin)
  if (!direction?.isVector3) refused('raycast', 'direction', 'a Vector3', direction)
  if (most !== undefined && most !== null && !isNumber(most)) refused('raycast', 'maxDistance', 'a number', most)
  if (mask !== undefined && mask !== null && !isNumber(mask)) refused('raycast', 'layerMask', 'a number', mask)
  const ray = { origin: plain(origin), direction: plain(direction), most: Number.isFinite(most) ? most : 1e9, mask: maskOf(mask) }
  const { Hit } = answerTo({ Ray: ray })
  if (!Hit) return null
  // One result, used again, as in every world of the family.
  const hit = (current.hit ??= { point: new Vector3(), normal: new Vector3(), distance: 0, tag: null, playerId: null })
  hit.point.fromArray(Hit.point)
  hit.normal.fromArray(Hit.normal)
  return Object.assign(hit, { distance: Hit.distance, tag: Hit.tag ?? null, playerId: Hit.player ?? null })
}
function overlapSphere(radius, origin, mask) {
  if (!isNumber(radius)) refused('overlapSphere', 'radius', 'a number', radius)
  if (!origin?.isVector3) refused('overlapSphere', 'origin', 'a Vector3', origin)
  const { Overlaps = [] } = answerTo({ Sphere: { radius, origin: plain(origin), mask: maskOf(mask) } })
  return Overlaps.map(it => ({ tag: it.tag ?? null, playerId: it.player ?? null }))
}
