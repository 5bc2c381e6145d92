// One slip of the finger a line, each where a script of the harbor has it right.

declare const world: World
declare const app: App
const tide = world.query('tide')[0]!.get('tide')!
const hull = app.create('mesh')

// Fields of the project's components.
tide.levle
tide.risen = true
app.entity.get('mooring')?.slac
app.entity.add('mooring', { lines: 12 })
app.entity.add('mooring').sied = 'port'
world.spawn('berth', { berth: { nunber: 7 } })

// Components.
world.query('tied')
app.entity.get('morring')
app.entity.has('Tide')
app.entity.add('visit')
world.spawn('berth', { birth: {} })
world.schema('tides')

// Values of another type.
tide.level = 'high'
tide.rising = 1
app.entity.add('mooring', { side: 'left' })
const depth: string = tide.range
app.entity.add('visits').count = null

// Nodes and what they have.
app.create('mehs')
app.create('mesh', { widht: 2 })
app.create('prim', { type: 'cube' })
hull.castShadows = true
hull.position = new Vector3()
app.create('uitext').values

// Members of the world and the app.
world.querry('tide')
app.entitty
app.configure([{ key: 'color', type: 'colour' }])

// Events that are always there: their names, and what they carry.
app.on('Update', () => {})
app.on('fixedupdate', () => {})
world.on('Enter', () => {})
app.on('update', (dt: string) => console.log(dt))
world.on('leave', ({ playerID }) => console.log(playerID))
