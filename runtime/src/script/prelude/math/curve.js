// Curves of key frames with a slope on either side (cubic Hermite), and their text:
// `time,value,slope in,slope out|…`.

let nextKeyframe = 0
const shortNumber = n => (Number.isInteger(n) ? String(n) : n.toFixed(3))

class Keyframe {
  constructor(time = 0, value = 0, inTangent = 0, outTangent = 0) {
    this.id = ++nextKeyframe
    Object.assign(this, { time, value, inTangent, outTangent, inMagnitude: -0.1, outMagnitude: 0.1 })
  }
  serialize() { return [this.time, this.value, this.inTangent, this.outTangent].map(shortNumber).join(',') }
}

class Curve {
  constructor() { this.keyframes = [] }
  deserialize(data) {
    if (!data) return this
    this.data = data
    const numbers = text => text.split(',').map(it => parseFloat(it) || 0)
    this.keyframes = data.split('|').map(it => new Keyframe(...numbers(it)))
    this.sort()
    return this
  }
  serialize() { return this.keyframes.map(it => it.serialize()).join('|') }
  // At a time that is taken, it replaces.
  add({ time, value, inTangent, outTangent }) {
    const made = new Keyframe(clampTo(time, 0, 1), value || 0, inTangent || 0, outTangent || 0)
    const at = this.keyframes.findIndex(it => it.time === made.time)
    if (at < 0) this.keyframes.push(made)
    else this.keyframes[at] = made
    this.sort()
    return this
  }
  remove(id) { this.drop(it => it.id === id) }
  removeAtTime(time) { this.drop(it => it.time === time) }
  drop(which) {
    const at = this.keyframes.findIndex(which)
    if (at >= 0) this.keyframes.splice(at, 1)
  }
  sort() {
    this.keyframes.sort((a, b) => a.time - b.time)
    this.firstKeyframe = this.keyframes[0]
    this.lastKeyframe = this.keyframes[this.keyframes.length - 1]
  }
  // The first and the last stay where they are in time.
  move(keyframe, time, value, boundFirstLast) {
    const at = this.keyframes.indexOf(keyframe)
    if (at <= 0 || at >= this.keyframes.length - 1) {
      if (!boundFirstLast) keyframe.value = value
      return
    }
    keyframe.value = value
    keyframe.time = clampTo(time, 0.001, 0.999)
    this.sort()
  }
  clone() { return new Curve().deserialize(this.serialize()) }

  // Indices of the key frames on either side of `t`.
  getClosest(t) {
    const at = clampTo(t, 0, 1), last = this.keyframes.length - 1
    let low = -1, high = this.keyframes.length
    while (high - low > 1) {
      const middle = Math.round((low + high) / 2)
      if (this.keyframes[middle].time <= at) low = middle
      else high = middle
    }
    if (low < 0) return [0, Math.min(1, last)]
    if (this.keyframes[low].time === at) high = low
    if (low === high) {
      if (low === 0) high++
      else low--
    }
    return [low, high]
  }
  evaluate(time) {
    const keys = this.keyframes
    if (keys.length === 0) return 0
    if (time <= keys[0].time) return keys[0].value
    const next = keys.findIndex(it => it.time >= time)
    if (next < 0) return keys[keys.length - 1].value
    if (time >= keys[keys.length - 1].time) return keys[keys.length - 1].value
    return between2(keys[next - 1], keys[next], time, 'value')
  }
  ogEvaluate(t) { return this.hermite(t, this.keyframes).y }
  hermite(t, keyframes) {
    const [low] = this.getClosest(t)
    const a = keyframes[low], b = keyframes[Math.min(low + 1, keyframes.length - 1)]
    return { x: between2(a, b, t, 'time'), y: between2(a, b, t, 'value') }
  }
}

function between2(a, b, time, what) {
  const scale = b.time - a.time, t = (time - a.time) / scale
  const square = t * t, cube = square * t
  return (
    (2 * cube - 3 * square + 1) * a[what] + (cube - 2 * square + t) * a.outTangent * scale +
    (3 * square - 2 * cube) * b[what] + (cube - square) * b.inTangent * scale
  )
}
