// The work of `cargo xtask bench scripts` in Node, without a world: medians in milliseconds, as JSON.

const [count, rounds] = process.argv.slice(2).map(Number)

function median(work) {
  for (let i = 0; i < rounds / 4; i++) work()
  const times = Array.from({ length: rounds }, () => {
    const began = process.hrtime.bigint()
    work()
    return Number(process.hrtime.bigint() - began) / 1e6
  })
  return times.sort((a, b) => a - b)[rounds >> 1]
}

const columns = Array.from({ length: 6 }, () => new Float32Array(count).fill(1))
const move = () => {
  for (let axis = 0; axis < 3; axis++) {
    const p = columns[axis], v = columns[axis + 3]
    for (let i = 0; i < count; i++) p[i] += v[i] * 0.05
  }
}

// What a world does at least for an instance: a list of listeners, called with the time that has passed.
const instances = Array.from({ length: count }, (_, n) => ({ n, update: [delta => {}] }))
const frames = () => {
  for (const it of instances) for (const callback of it.update) callback(0.05)
}

const stored = new Map([['k', '1']])
let sum = 0
const calls = () => {
  for (let i = 0; i < count; i++) sum += JSON.parse(stored.get('k'))
}

const began = process.memoryUsage().heapUsed
const kept = Array.from({ length: count }, (_, n) => ({ n, state: {}, props: {}, update: [delta => n] }))
const bytes = Math.max(0, process.memoryUsage().heapUsed - began) / kept.length

console.log(JSON.stringify({ move: median(move), frames: median(frames), calls: median(calls), bytes, sum: sum > 0 }))
