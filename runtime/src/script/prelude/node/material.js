// Handles that have no column in the world: what a script sets on them it reads back.

const MATERIAL = Symbol('material')
const GEOMETRY = Symbol('geometry')

// What `material.color` gives: linear parts, as three.js keeps them.
class Color {
  constructor(r = 1, g = 1, b = 1) { this.set(r, g, b) }
  set(r, g, b) {
    if (r?.isColor) return this.copy(r)
    if (g === undefined) return typeof r === 'number' ? this.setHex(r) : this.setStyle(String(r))
    Object.assign(this, { r, g, b })
    return this
  }
  copy(c) { return this.set(c.r, c.g, c.b) }
  clone() { return new Color(this.r, this.g, this.b) }
  setHex(hex) { return this.set(linear((hex >> 16) & 255), linear((hex >> 8) & 255), linear(hex & 255)) }
  setRGB(r, g, b) { return this.set(r, g, b) }
  setScalar(s) { return this.set(s, s, s) }
  setStyle(style) {
    const parts = cssParts(style)
    return parts ? this.set(...parts.map(linear)) : this
  }
  getHex() { return [this.r, this.g, this.b].reduce((all, it) => all * 256 + gamma(it), 0) }
  getHexString() { return this.getHex().toString(16).padStart(6, '0') }
  getStyle() { return 'rgb(' + [this.r, this.g, this.b].map(gamma).join(',') + ')' }
  multiplyScalar(s) { return this.set(this.r * s, this.g * s, this.b * s) }
  lerp(c, t) { return this.set(this.r + (c.r - this.r) * t, this.g + (c.g - this.g) * t, this.b + (c.b - this.b) * t) }
  equals(c) { return c.r === this.r && c.g === this.g && c.b === this.b }
  toArray() { return [this.r, this.g, this.b] }
}
Color.prototype.isColor = true
const linear = byte => {
  const c = byte / 255
  return c < 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
}
const gamma = c => Math.round(clampTo(c < 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055, 0, 1) * 255)
const CSS_NAMES = Object.freeze({
  black: '000000', silver: 'c0c0c0', gray: '808080', grey: '808080', white: 'ffffff', maroon: '800000', red: 'ff0000',
  purple: '800080', fuchsia: 'ff00ff', magenta: 'ff00ff', green: '008000', lime: '00ff00', olive: '808000', yellow: 'ffff00',
  navy: '000080', blue: '0000ff', teal: '008080', aqua: '00ffff', cyan: '00ffff', orange: 'ffa500', pink: 'ffc0cb',
  brown: 'a52a2a', gold: 'ffd700', tomato: 'ff6347', violet: 'ee82ee', indigo: '4b0082', skyblue: '87ceeb',
})
// Three bytes, or null for what this does not read.
function cssParts(style) {
  const text = style.trim().toLowerCase()
  const named = CSS_NAMES[text] ?? (text.startsWith('#') ? text.slice(1) : '')
  if (/^[0-9a-f]{3}$/.test(named)) return [...named].map(it => parseInt(it + it, 16))
  if (/^[0-9a-f]{6}$/.test(named)) return [0, 2, 4].map(at => parseInt(named.slice(at, at + 2), 16))
  const found = /^rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)/.exec(text)
  return found ? found.slice(1).map(Number) : null
}

class Material {
  constructor(number) {
    Object.defineProperty(this, 'id', { value: 'material-' + number, enumerable: true })
    Object.assign(this, { textureX: 0, textureY: 0, emissiveIntensity: 1, fog: true })
    Object.defineProperty(this, MATERIAL, { value: new Color() })
  }
  get color() { return this[MATERIAL] }
  set color(value) { this[MATERIAL].set(value) }
}
const materialOf = node => (valuesOf(node[INNER])[MATERIAL] ??= new Material(node[INNER].number))

// Opaque: taken from one node and given to another.
class Geometry {}
const geometryOf = node => (valuesOf(node[INNER])[GEOMETRY] ??= Object.freeze(new Geometry()))
function giveGeometry(node, value) {
  if (value !== undefined && value !== null && !(value instanceof Geometry)) refused(node.name, 'geometry', "another node's geometry", value)
  valuesOf(node[INNER])[GEOMETRY] = value ?? undefined
}

// A bone of a model that is not read: it can be turned, and nobody is.
class Bone {
  constructor(name) {
    Object.assign(this, { name, position: new Vector3(), quaternion: new Quaternion(), rotation: new Euler(0, 0, 0, 'YXZ'), scale: new Vector3(1, 1, 1), matrixWorld: new Matrix4() })
  }
}
const boneOf = (node, name) => new Bone(String(name))
