// Walks every member of the table on living objects. What is wrong goes to the log as errors, one line
// per member; the test reads nothing else.

const wrong = (member, what) => console.error(member + ': ' + what)

let held, onClient
// A value of a type of the table, as far as a script has one.
const sample = type => {
  if (type.includes('=>')) return () => {}
  if (type.includes('Vector3')) return new Vector3(0, 1, 0)
  if (type.includes('Quaternion')) return new Quaternion()
  if (type.includes('Matrix4')) return new Matrix4()
  if (/\bNode\b/.test(type)) return held.create('group')
  if (type.includes('number')) return 1
  if (type.includes("'")) return type.split("'")[1]
  if (type.includes('string')) return 'https://example.com/x'
  if (type.includes('boolean')) return true
  return undefined
}
// Where the type does not say it.
const ARGUMENTS = {
  'world.createLayerMask': ['prop'], 'world.raycast': [new Vector3(), new Vector3(0, -1, 0), 10], 'world.load': ['model', 'asset://x.glb'],
  'world.overlapSphere': [1, new Vector3(), 1], 'world.getTimestamp': ['YYYY'], 'world.getPlayer': [], 'world.setReticle': [null],
  'world.spawn': null, 'world.despawn': null, 'world.schema': ['transform'], 'world.query': ['transform'], 'world.entity': ['nobody'],
  'app.create': ['mesh'], 'app.configure': [[{ key: 'k', type: 'number', initial: 1 }]], 'app.on': ['x', () => {}], 'app.off': ['x', () => {}],
  'app.send': ['x', 1], 'app.sendTo': ['nobody', 'x', 1], 'app.emit': ['x', 1], 'app.control': [{}],
  'player.applyEffect': [{ freeze: true, duration: 1 }], 'player.setVoiceLevel': [null],
  'control.setActions': [null], 'avatar.setLocomotion': [0, new Vector3(), new Vector3()],
  'rigidbody.addForce': [new Vector3(), 'impulse'], 'rigidbody.addTorque': [new Vector3(), 'impulse'],
}

// What only the server may do says so on a client.
const SERVER_ONLY = new Set(['app.sendTo', 'player.setVoiceLevel'])

// Reads, writes back and calls. A TypeError is what a missing member looks like.
function visit(owner, target, member) {
  const { name, kind, readonly } = member
  const whole = owner + '.' + name
  if (onClient && SERVER_ONLY.has(whole)) return
  if (!(name in target)) return wrong(whole, 'missing')
  try {
    if (kind === 'method') {
      if (typeof target[name] !== 'function') return wrong(whole, 'is no function')
      const values = whole in ARGUMENTS ? ARGUMENTS[whole] : member.params.filter(it => !it.rest).map(it => sample(it.type))
      if (values === null) return
      const result = target[name](...values)
      if (typeof result?.then === 'function') result.then(() => {}, error => wrong(whole, String(error)))
      return
    }
    const value = target[name]
    if (kind === 'callback') target[name] = () => {}
    else if (!readonly && value !== undefined) target[name] = value
  } catch (error) {
    wrong(whole, error.name + ': ' + error.message)
  }
}
function visitAll(owner, target, members) { for (const member of members) visit(owner, target, member) }

export default (world, app, fetch, props, setTimeout) => {
  held = app
  onClient = world.isClient
  for (const name of TABLE.globals) if (!(name in globalThis)) wrong(name, 'missing')
  for (const name of TABLE.taken) if (globalThis[name] !== undefined) wrong(name, 'is there')
  for (const [name, value] of Object.entries({ world, app, fetch, props, setTimeout })) if (value == null) wrong(name, 'missing')
  visitAll('world', world, TABLE.world)
  visitAll('app', app, TABLE.app)
  for (const { name, members, creatable } of TABLE.nodes) {
    if (!creatable) continue
    const node = app.create(name)
    if (node.name !== name) wrong(name, 'is called ' + node.name)
    app.add(node)
    if (name === 'rigidbody') node.type = 'kinematic'
    visitAll(name, node, members)
    app.remove(node)
  }
  const player = world.getPlayer(TABLE.playerId)
  if (player) visitAll('player', player, TABLE.player)
  else if (TABLE.playerId) wrong('player', 'is not here')
  const control = app.control()
  const { methods, ...parts } = TABLE.control
  for (const [name, members] of Object.entries(parts)) {
    if (name in control && control[name]) visitAll('control.' + name, control[name], members)
    else wrong('control.' + name, 'missing')
  }
  visitAll('control', control, methods)
  for (const { name, members } of TABLE.classes) {
    const Class = globalThis[name]
    const made = name.includes('Vector3') && name.includes('Lerp') ? new Class(new Vector3(), 1)
      : name.includes('Lerp') ? new Class(new Quaternion(), 1) : new Class()
    for (const { name: member } of members) {
      const later = name === 'Curve' && member.endsWith('Keyframe')
      if (!(member in made) && !later) wrong(name + '.' + member, 'missing')
    }
  }
  visitAll('Material', app.create('mesh').material, TABLE.types.Material)
  visitAll('Bone', app.create('skinnedmesh').getBone('x'), TABLE.types.Bone)
  app.configure(TABLE.configure.map(type => ({ key: 'of_' + type, type, initial: 1 })))
  for (const type of TABLE.configure) if (props['of_' + type] !== 1) wrong('configure.' + type, 'initial is not in the props')
}
