// `app.control()`: keys, mouse, sticks and headset of the player of this client, as one object whose parts
// are made when they are asked for. On the server it is the same object and nobody presses anything.

const CONTROL = Symbol('control')

class ControlButton {
  constructor(down = false) {
    Object.assign(this, { down, pressed: down, released: false, value: 0, capture: false, onPress: null, onRelease: null })
  }
}
class ControlVector {
  constructor() { Object.assign(this, { value: new Vector3(), capture: false }) }
}
class ControlPose {
  constructor() { Object.assign(this, { position: new Vector3(), quaternion: new Quaternion() }) }
}
class ControlScroll {
  constructor() { Object.assign(this, { value: null, capture: false }) }
}
class ControlPointer {
  constructor() { Object.assign(this, { coords: new Vector3(), position: new Vector3(), delta: new Vector3(), locked: false }) }
  lock() { unsupported('control.pointer.lock') }
  unlock() { unsupported('control.pointer.unlock') }
}
class ControlScreen {
  constructor() { Object.assign(this, { width: 0, height: 0 }) }
}
class CameraTurn extends WatchedQuaternion {
  [CHANGED]() {
    const rotation = this[OWNER]
    if (!rotation) return
    const angles = new Euler().setFromQuaternion(this, rotation.order)
    rotation.assign(angles.x, angles.y, angles.z)
  }
}
class CameraAngles extends WatchedEuler {
  [CHANGED]() {
    const quaternion = this[OWNER]
    if (!quaternion) return
    const turn = new Quaternion().setFromEuler(this)
    quaternion.assign(turn.x, turn.y, turn.z, turn.w)
  }
}
class ControlCamera {
  constructor() {
    const quaternion = new CameraTurn(), rotation = new CameraAngles(0, 0, 0, 'YXZ')
    owned(quaternion, rotation)
    owned(rotation, quaternion)
    Object.assign(this, { position: new Vector3(), quaternion, rotation, zoom: 0, write: false })
  }
}

class Control {
  constructor(options) { Object.defineProperty(this, CONTROL, { value: { options, parts: new Map(), down: new Set(), pressed: false } }) }
  hideReticle() { unsupported('control.hideReticle') }
  setActions(actions) {
    if (actions !== null && !Array.isArray(actions)) refused('control', 'setActions', 'null or a list', actions)
    unsupported('control.setActions')
  }
  release() {
    if (current.control !== this) return
    current.control = null
    if (typeof this[CONTROL].options.onRelease === 'function') this[CONTROL].options.onRelease()
  }
}
const CONTROL_PARTS = { scrollDelta: ControlScroll, pointer: ControlPointer, screen: ControlScreen, camera: ControlCamera }
for (const name of api.control.vectors) CONTROL_PARTS[name] = ControlVector
for (const name of api.control.poses) CONTROL_PARTS[name] = ControlPose
for (const name of api.control.buttons) CONTROL_PARTS[name] = ControlButton
for (const [name, Part] of Object.entries(CONTROL_PARTS)) {
  Object.defineProperty(Control.prototype, name, {
    get() {
      const { parts, down } = this[CONTROL]
      if (!parts.has(name)) parts.set(name, new Part(Part === ControlButton && down.has(name)))
      return parts.get(name)
    },
    // Its members are set, never the part itself.
    set() {},
    configurable: true,
  })
}
const controlClasses = [Control, ControlButton, ControlVector, ControlPose, ControlScroll, ControlPointer, ControlScreen, ControlCamera, CameraTurn, CameraAngles]

// An app has one control: a new one ends the one before.
function takeControl(options) {
  if (world.isServer) unsupported('app.control on the server')
  current.control?.release()
  current.control = new Control(options ?? {})
  return current.control
}

// A frame begins: what went down or came up in the last one is old.
function calmControl(control) {
  const held = control[CONTROL]
  if (!held.pressed) return
  held.pressed = false
  for (const part of held.parts.values()) {
    if (part instanceof ControlButton) part.pressed = part.released = false
    else if (part instanceof ControlScroll) part.value = 0
    else if (part instanceof ControlPointer) part.delta.set(0, 0, 0)
  }
}

// What the player does now. `down` is everything that is held; the rest is what has changed.
//   { down: ['keyW'], values: {xrLeftTrigger: 0.5}, vectors: {touchStick: [x, y, z]}, scrollDelta: 1,
//     poses: {xrLeftRayPose: {position, quaternion}}, pointer: {coords, position, delta, locked},
//     screen: {width, height}, camera: {position, quaternion, zoom} }
function feel(input) {
  const { control } = current
  if (control === null) return
  const held = control[CONTROL]
  held.pressed = true
  if (Array.isArray(input.down)) press(control, held, new Set(input.down))
  for (const [name, value] of Object.entries(input.values ?? {})) if (control[name] instanceof ControlButton) control[name].value = value
  for (const [name, value] of Object.entries(input.vectors ?? {})) if (control[name] instanceof ControlVector) control[name].value.fromArray(value)
  for (const [name, value] of Object.entries(input.poses ?? {})) if (control[name] instanceof ControlPose) taken(control[name], value)
  if (typeof input.scrollDelta === 'number') control.scrollDelta.value = input.scrollDelta
  for (const name of ['pointer', 'screen', 'camera']) if (input[name]) taken(control[name], input[name])
}
function taken(part, values) {
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) part[name]?.fromArray?.(value)
    else if (name in part && typeof value === typeof part[name]) part[name] = value
  }
}
function press(control, held, down) {
  const before = held.down
  held.down = down
  for (const [name, button] of held.parts) {
    if (!(button instanceof ControlButton)) continue
    if (down.has(name) && !before.has(name)) {
      button.down = button.pressed = true
      if (typeof button.onPress === 'function') careful('control.' + name + '.onPress', button.onPress)
    } else if (!down.has(name) && button.down) {
      button.down = false
      button.released = true
      if (typeof button.onRelease === 'function') careful('control.' + name + '.onRelease', button.onRelease)
    }
  }
}
