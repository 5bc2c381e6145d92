const all = Array.from({ length: 10000 }, () => () => {})
export default (world, app) => {
  app.on('update', delta => {
    for (let i = 0; i < all.length; i++) all[i](delta)
  })
}
