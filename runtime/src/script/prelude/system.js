// What a system is handed: `ctx`. Its columns are copied in when they are first asked for, and those of
// components it may write are copied out when it is done. Arrays are what is fast; rows are what is easy.

const PER_GENERATION = 4294967296
function entityId(entity) {
  if (typeof entity !== 'number') return String(entity)
  const generation = Math.floor(entity / PER_GENERATION)
  return 'e' + (entity % PER_GENERATION) + (generation > 0 ? '.' + generation : '')
}
const packedValue = value => JSON.stringify(value ?? null, (_, it) => (typeof it === 'number' ? plainNumber(it) : it))

let tables = []
let writable, layouts, declared
const quoted = names => names.map(it => '`' + it + '`').join(', ')

class Table {
  #index
  #columns = new Map()
  #entities
  constructor(index, { count, components }) {
    this.#index = index
    this.count = count
    this.components = Object.freeze(components)
    Object.freeze(this)
  }
  // Handles, for `ctx.at` and the rest; numbers, because there may be many.
  get entities() { return (this.#entities ??= host.entities(this.#index)) }
  has(name) { return this.components.includes(name) }
  column(path) {
    let found = this.#columns.get(path)
    if (!found) {
      found = host.column(this.#index, String(path))
      this.#columns.set(path, found)
    }
    return found
  }
  static flush(table) {
    for (const [path, cells] of table.#columns) host.putColumn(table.#index, path, cells)
  }
}

// A cursor: the same object for every row, its properties the components, theirs the fields.
const rowClasses = new Map()
function leaf(target, name, component, { path, kind, variants, optional }) {
  const there = optional && component + '.' + path + '?'
  const at = component + '.' + path
  const read = {
    bool: cell => cell !== 0,
    enum: cell => variants[cell],
  }[variants ? 'enum' : kind] ?? (cell => cell)
  const write = {
    bool: value => (value ? 1 : 0),
    enum: value => {
      const number = variants.indexOf(value)
      if (number < 0) throw host.mistake('unknown_variant', at + ' is one of ' + quoted(variants))
      return number
    },
  }[variants ? 'enum' : kind] ?? (value => value)
  Object.defineProperty(target, name, {
    enumerable: true,
    get() {
      const { table, row } = this.cursor
      return there && table.column(there)[row] === 0 ? null : read(table.column(at)[row])
    },
    set(value) {
      if (!writable.has(component)) throw host.mistake('read_only_component', '`' + component + '` is not in `writes`')
      const { table, row } = this.cursor
      if (there) table.column(there)[row] = value == null ? 0 : 1
      if (value != null || !there) table.column(at)[row] = write(value)
    },
  })
}
// Fields that have parts get an object for them, all the way down.
function partsClass(component, columns, depth) {
  const Parts = class {
    constructor(cursor) {
      Object.defineProperty(this, 'cursor', { value: cursor })
      for (const [name, Inner] of inner) Object.defineProperty(this, name, { value: new Inner(cursor), enumerable: true })
      Object.freeze(this)
    }
  }
  const inner = new Map()
  const groups = new Map()
  for (const column of columns) {
    const words = column.path.split('.')
    const name = words[depth]
    if (words.length === depth + 1) leaf(Parts.prototype, name, component, column)
    else groups.set(name, [...(groups.get(name) ?? []), column])
  }
  for (const [name, group] of groups) inner.set(name, partsClass(component, group, depth + 1))
  return Parts
}
function rowOf(table, cursor) {
  const row = {}
  Object.defineProperty(row, 'entity', { get: () => table.entities[cursor.row], enumerable: true })
  for (const component of table.components) {
    if (!rowClasses.has(component)) rowClasses.set(component, partsClass(component, layouts.get(component), 0))
    row[component] = new (rowClasses.get(component))(cursor)
  }
  return Object.freeze(row)
}

function known(names) {
  for (const name of names) {
    if (!layouts.has(name)) throw host.undeclared(String(name))
  }
  return names
}
const matching = names => tables.filter(table => known(names).every(name => table.has(name)))

class Context {
  #input
  constructor(input) {
    this.#input = { ...input, heard: deepFrozen({ events: input.events }) }
    Object.freeze(this)
  }
  get tick() { return this.#input.tick }
  get time() { return this.#input.time }
  get dt() { return this.#input.dt }
  get step() { return this.#input.step }
  get input() { return this.#input.heard }
  random() { return random() }
  // Those that have everything the system declares.
  get tables() { return matching(declared) }
  // Those that have these components.
  query(...names) { return matching(names) }
  *each(...names) {
    for (const table of matching(names.length > 0 ? names : declared)) {
      const cursor = { table, row: 0 }
      const row = rowOf(table, cursor)
      for (; cursor.row < table.count; cursor.row++) yield row
    }
  }
  // One entity, if it is alive and has any of the components; a row of its own.
  at(entity) {
    const place = host.locate(entityId(entity))
    return place ? rowOf(tables[place[0]], { table: tables[place[0]], row: place[1] }) : null
  }
  id(entity) { return entityId(entity) }
  spawn(prefab, overrides) { return host.spawn(String(prefab), packedValue(overrides ?? {})) }
  despawn(entity) { host.despawn(entityId(entity)) }
  add(entity, name, values) { host.addComponent(entityId(entity), String(name), packedValue(values ?? {})) }
  remove(entity, name) { host.removeComponent(entityId(entity), String(name)) }
}
function deepFrozen(value) {
  if (typeof value !== 'object' || value === null) return value
  for (const it of Object.values(value)) deepFrozen(it)
  return Object.freeze(value)
}

keep(Context.prototype, 'ctx')
const shared = [Table, Context]
globals.fetch = () => host.denyStore('fetch')

let run
const bridge = {
  begin() {},
  build(number, facts) {
    writable = new Set(facts.writes)
    layouts = new Map(Object.entries(facts.layouts))
    declared = [...layouts.keys()]
    current = { number, facts, draw: null }
    return current
  },
  start(entry) { run = entry },
  run(record, text) {
    const input = JSON.parse(text)
    now = input.time
    current.draw = generator(input.seed)
    tables = host.tables().map((it, index) => new Table(index, it))
    const result = run(new Context(input))
    if (result && typeof result.then === 'function') throw host.mistake('async_system', 'a system cannot wait: the tick would wait for it')
    for (const table of tables) Table.flush(table)
    tables = []
  },
  settle() {},
  frames() {},
  destroy() {},
  save() {},
  renew() {},
}
