// What scripts of the harbor do, spelt right: no compiler may say a word.

const entry: Entry = (world, app, fetch, props, setTimeout) => {
  // Components of the project, from schemas/.
  const tide = world.query('tide', 'transform')[0]?.get('tide')
  const level: number = tide?.level ?? 0
  const rising: boolean = tide?.rising ?? true
  const mooring = app.entity.get('mooring') ?? app.entity.add('mooring', { line: 12, side: 'starboard' })
  mooring.slack = level + (rising ? 0.1 : 0)
  const last: number | null = app.entity.add('visits').last
  const berth = world.spawn('berth', { berth: { number: 7, boat: app.entity.id } })
  if (berth.has('mooring') && berth.lineage?.prefab === 'berth') berth.remove('mooring')
  const depth: [number, number, number] = world.entity('sea')?.get('transform')?.position ?? [0, 0, last ?? 0]
  world.despawn(berth)

  // Nodes, whose properties are the fields of components that are compiled in.
  const hull = app.create('mesh', { type: 'box', width: 2, position: [0, 1, 0], castShadow: true })
  hull.position.y = depth[1] + level
  hull.rotation.set(0, 90 * DEG2RAD, 0)
  hull.onPointerDown = event => event.stopPropagation()
  const body = app.create('rigidbody', { type: 'kinematic' })
  body.add(hull)
  const open = app.create('action', { label: 'Open', distance: 2 })
  open.onTrigger = ({ playerId }) => world.getPlayer(playerId)?.teleport(new Vector3(0, 1, 0))
  const sign = app.create('uitext')
  sign.value = `${level.toFixed(1)} m`
  world.add(body)

  // Events that are always there, with what they carry; and events of one's own.
  app.on('update', dt => { hull.position.y += dt })
  app.on('fixedUpdate', async delta => { await fetch(`https://example.com/${delta.toFixed()}`) })
  world.on('enter', ({ playerId }) => app.send('greet', playerId))
  app.on('open', (open: boolean) => console.log(open))
  const moved: string = `${app.instanceId}:moved`
  world.on(moved, data => app.emit('door:moved', data))
  setTimeout(() => console.log(props.anything, num(0, 1)), 100)
  app.configure([{ key: 'color', type: 'color', label: 'Colour', initial: '#e0a526' }])
}
export default entry
