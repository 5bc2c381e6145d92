// position += velocity * dt over entities of two components with three 32-bit numbers each, as the
// documentation of each version does it. Prints one line of JSON: nanoseconds per entity, medians.
import * as old from 'bitecs-0.3'
import * as now from 'bitecs-0.4'

const COUNT = Number(process.argv[2])
const ROUNDS = Number(process.argv[3])
const DT = 0.05

function median(step) {
  for (let round = 0; round < ROUNDS; round++) step()
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    const started = process.hrtime.bigint()
    step()
    times.push(Number(process.hrtime.bigint() - started))
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1] / COUNT
}

function v03() {
  old.setDefaultSize(COUNT + 1000)
  const { f32 } = old.Types
  const Position = old.defineComponent({ x: f32, y: f32, z: f32 })
  const Velocity = old.defineComponent({ x: f32, y: f32, z: f32 })
  const moving = old.defineQuery([Position, Velocity])
  const world = old.createWorld()
  for (let i = 0; i < COUNT; i++) {
    const entity = old.addEntity(world)
    old.addComponent(world, Position, entity)
    old.addComponent(world, Velocity, entity)
    Velocity.x[entity] = i % 7
    Velocity.y[entity] = 1
    Velocity.z[entity] = -1
  }
  return median(() => {
    const entities = moving(world)
    for (let i = 0; i < entities.length; i++) {
      const entity = entities[i]
      Position.x[entity] += Velocity.x[entity] * DT
      Position.y[entity] += Velocity.y[entity] * DT
      Position.z[entity] += Velocity.z[entity] * DT
    }
  })
}

function v04() {
  const three = () => ({
    x: new Float32Array(COUNT + 1000),
    y: new Float32Array(COUNT + 1000),
    z: new Float32Array(COUNT + 1000),
  })
  const [Position, Velocity] = [three(), three()]
  const world = now.createWorld()
  for (let i = 0; i < COUNT; i++) {
    const entity = now.addEntity(world)
    now.addComponent(world, entity, Position)
    now.addComponent(world, entity, Velocity)
    Velocity.x[entity] = i % 7
    Velocity.y[entity] = 1
    Velocity.z[entity] = -1
  }
  return median(() => {
    const entities = now.query(world, [Position, Velocity])
    for (let i = 0; i < entities.length; i++) {
      const entity = entities[i]
      Position.x[entity] += Velocity.x[entity] * DT
      Position.y[entity] += Velocity.y[entity] * DT
      Position.z[entity] += Velocity.z[entity] * DT
    }
  })
}

console.log(JSON.stringify({ v03: v03(), v04: v04() }))
