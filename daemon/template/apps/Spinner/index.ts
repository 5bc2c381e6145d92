import { wave } from '@shared/wave.js'

type Props = { turnsPerSecond?: number; height?: number }

// A box that turns and bobs.
export default (world: any, app: any, fetch: any, props: Props) => {
  const speed: number = props.turnsPerSecond ?? 0.25
  const height: number = props.height ?? 1
  const box = app.create('mesh', { type: 'box', width: 1, height: 1, depth: 1, color: '#e4572e' })
  app.add(box)

  let time = 0
  app.on('update', (dt: number) => {
    time += dt
    box.rotation.y = time * speed * Math.PI * 2
    box.position.y = height + wave(time) * 0.2
  })
}
