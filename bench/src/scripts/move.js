export default ctx => {
  for (const table of ctx.tables) {
    for (const axis of ['x', 'y', 'z']) {
      const p = table.column('position.' + axis), v = table.column('velocity.' + axis), { count } = table, { dt } = ctx
      for (let i = 0; i < count; i++) p[i] += v[i] * dt
    }
  }
}
