export default (world, app) => {
  world.set('k', 1)
  app.on('update', () => {
    let sum = 0
    for (let i = 0; i < 5000; i++) sum += world.get('k')
  })
}
