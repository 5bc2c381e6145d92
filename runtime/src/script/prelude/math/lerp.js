// Interpolators between samples that arrive now and then.

// Two samples: from the one before to the last, in `rate` seconds.
class Lerp {
  constructor(value, rate) {
    this.value = value
    this.rate = rate
    this.previous = value.clone()
    this.current = value.clone()
    this.time = 0
    this.snapToken = null
  }
  push(value, snapToken = null) { this.take(it => it.copy(value), snapToken) }
  pushArray(value, snapToken = null) { this.take(it => it.fromArray(value), snapToken) }
  // Another token than last time: a jump, nothing in between.
  take(fill, snapToken) {
    if (this.snapToken !== snapToken) {
      this.snapToken = snapToken
      fill(this.previous)
      fill(this.value)
    } else {
      this.previous.copy(this.current)
    }
    fill(this.current)
    this.time = 0
  }
  update(delta) {
    this.time += delta
    this.between(this.previous, this.current, Math.min(1, this.time / this.rate))
    return this
  }
  snap() {
    this.previous.copy(this.current)
    this.value.copy(this.current)
    this.time = 0
  }
  clear() {
    this.previous.copy(this.value)
    this.current.copy(this.value)
    this.time = 0
  }
}
class LerpVector3 extends Lerp {
  between(a, b, t) { this.value.lerpVectors(a, b, t) }
}
class LerpQuaternion extends Lerp {
  between(a, b, t) { this.value.slerpQuaternions(a, b, t) }
}

// Three samples, shown `buffer` seconds late, so that there is mostly one on either side.
class BufferedLerp {
  constructor(value, buffer = 0.2) {
    this.value = value
    this.buffer = buffer
    this.localTime = 0
    this.snapToken = null
    this.samples = [0, 1, 2].map(() => ({ time: 0, value: value.clone() }))
    this.writeIndex = 0
  }
  push(value, snapToken = null) {
    const write = sample => {
      if (Array.isArray(value)) sample.value.fromArray(value)
      else sample.value.copy(value)
      sample.time = this.localTime
    }
    if (this.snapToken !== snapToken) {
      this.snapToken = snapToken
      this.samples.forEach(write)
      this.writeIndex = 0
    } else {
      this.writeIndex = (this.writeIndex + 1) % 3
      write(this.samples[this.writeIndex])
    }
  }
  update(delta) {
    this.localTime += delta
    const at = this.localTime - this.buffer
    let before = null, after = null
    for (const sample of this.samples) {
      if (sample.time <= at && (!before || sample.time > before.time)) before = sample
      if (sample.time >= at && (!after || sample.time < after.time)) after = sample
    }
    if (before && after && before !== after && after.time > before.time) {
      this.between(before.value, after.value, clampTo((at - before.time) / (after.time - before.time), 0, 1))
    } else {
      this.value.copy((before ?? after).value)
    }
    return this
  }
  snap() {
    const latest = this.samples.reduce((last, it) => (it.time > last.time ? it : last))
    this.localTime = latest.time + this.buffer
    this.value.copy(latest.value)
  }
}
class BufferedLerpVector3 extends BufferedLerp {
  between(a, b, t) { this.value.lerpVectors(a, b, t) }
}
class BufferedLerpQuaternion extends BufferedLerp {
  between(a, b, t) { this.value.slerpQuaternions(a, b, t) }
}
