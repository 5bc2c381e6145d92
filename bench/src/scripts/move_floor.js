const columns = Array.from({ length: 6 }, () => new Float32Array(10000).fill(1))
export default ctx => {
  const { dt } = ctx
  for (let axis = 0; axis < 3; axis++) {
    const p = columns[axis], v = columns[axis + 3]
    for (let i = 0; i < 10000; i++) p[i] += v[i] * dt
  }
}
