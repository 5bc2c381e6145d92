const kept = { get: key => (key === 'k' ? 1 : 0) }
export default (world, app) => {
  app.on('update', () => {
    let sum = 0
    for (let i = 0; i < 5000; i++) sum += kept.get('k')
  })
}
