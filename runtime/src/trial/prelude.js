// What a file of tests sees: `test`, and the `t` each test is given. `host(name, json)` answers between two
// ticks, so that nothing here has to wait; `t.tick` returns a promise all the same, so that tests read as
// what they are.
(function (host, maths) {
  'use strict'

  Object.assign(globalThis, maths, { DEG2RAD: Math.PI / 180, RAD2DEG: 180 / Math.PI })
  // A test draws the same numbers every time, and its clock is that of its world.
  const draw = maths.prng(1)
  Math.random = () => draw(0, 0x3fffffff) / 0x40000000
  globalThis.num = (min, max, dp = 0) => draw(min, max, dp)
  const EPOCH = Date.UTC(2026, 0, 1)
  Date.now = () => {
    try {
      return EPOCH + ask('now') * 50
    } catch {
      // While the file is read there is no world yet.
      return EPOCH
    }
  }

  function ask(name, asked) {
    const answer = JSON.parse(host(name, JSON.stringify(asked ?? {})))
    if ('error' in answer) throw new Error(answer.error)
    return answer.ok
  }

  const tests = []

  function declare(name, run, how) {
    if (typeof name !== 'string' || typeof run !== 'function') {
      throw new TypeError("write test('what is true', async t => { … })")
    }
    tests.push({ name, run, how })
  }

  globalThis.test = Object.assign((name, run) => declare(name, run, 'run'), {
    skip: (name, run) => declare(name, run, 'skip'),
    only: (name, run) => declare(name, run, 'only'),
  })

  function show(value) {
    if (value === undefined) return 'undefined'
    if (typeof value === 'function') return 'a function'
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'number') return String(value)
    try {
      return JSON.stringify(value) ?? String(value)
    } catch {
      return String(value)
    }
  }

  function same(a, b) {
    if (a === b || (a !== a && b !== b)) return true
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
    if (Array.isArray(a) !== Array.isArray(b)) return false
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && same(a[key], b[key]))
  }

  function numbers(value) {
    if (typeof value === 'number') return [value]
    if (Array.isArray(value)) return value
    if (typeof value?.toArray === 'function') return value.toArray()
    const named = ['x', 'y', 'z', 'w'].filter(key => typeof value?.[key] === 'number')
    return named.map(key => value[key])
  }

  function fail(message, said) {
    throw new Error(said === undefined ? message : `${said}: ${message}`)
  }

  /** Something the world has, by its id. */
  class Known {
    #kind
    #id
    constructor(kind, id) {
      this.#kind = kind
      this.#id = id
    }
    get id() {
      return this.#id
    }
    /** All the world says of it now. */
    toJSON() {
      return ask(this.#kind, { id: this.#id })
    }
  }

  /** Getters for parts of what the world says now. */
  function reads(Class, names) {
    for (const name of names) {
      Object.defineProperty(Class.prototype, name, {
        get() {
          return this.toJSON()[name]
        },
      })
    }
  }

  class Entity extends Known {
    constructor(id) {
      super('entity', id)
    }
    /** The nodes that have this component: `t.entity('lamp').find('light')`. */
    find(component) {
      return this.nodes.filter(it => component in it.components).map(it => it.components[component])
    }
    get(component) {
      return this.components[component] ?? null
    }
    /** Changes what was placed: `set({position: [0, 1, 0], props: {seconds: 3}})`. */
    set(to) {
      ask('change', { id: this.id, to })
      return this
    }
    /** An event for its `app.on`. */
    send(name, data, from) {
      ask('send', { id: this.id, name, data: data ?? null, from: from?.id ?? from })
      return this
    }
    restart() {
      ask('restart', { id: this.id })
      return this
    }
    remove() {
      ask('remove', { id: this.id })
    }
  }
  // `state` is what its script keeps in `app.state`; `script` is `running`, `crashed`, `starting` or `idle`;
  // `nodes` is every node its script made, parents first: `{entity, components}`.
  reads(Entity, ['blueprint', 'position', 'quaternion', 'scale', 'props', 'state', 'script', 'problem', 'components', 'nodes'])

  class App {
    #name
    constructor(name) {
      this.#name = name
    }
    get name() {
      return this.#name
    }
    get instances() {
      return ask('app', { app: this.#name })
    }
    get entities() {
      return this.instances.map(it => new Entity(it.entity))
    }
    /** `running` if all are; else that of the first that is not. */
    get state() {
      return this.instances.find(it => it.state !== 'running')?.state ?? 'running'
    }
    get problem() {
      return this.instances.find(it => it.problem !== null)?.problem ?? null
    }
    get logs() {
      return ask('logs', { app: this.#name }).map(it => it.text)
    }
    get sent() {
      return ask('sent', { app: this.#name })
    }
    /** An event for the `app.on` of every instance. */
    send(name, data, from) {
      ask('send', { app: this.#name, name, data: data ?? null, from: from?.id ?? from })
      return this
    }
  }

  class Player extends Known {
    constructor(id) {
      super('player', id)
    }
    get effect() {
      return this.toJSON().effect ?? null
    }
    /** What scripts said in its client. */
    get logs() {
      return ask('logs', { context: `client ${this.id}` }).map(it => it.text)
    }
    move(position, quaternion) {
      ask('walk', { player: this.id, position, quaternion: quaternion ?? null })
      return this
    }
    /** A line in the chat; one that begins with a slash is a command. */
    chat(text) {
      ask('chat', { player: this.id, text })
      return this
    }
    /** What it does with keys, mouse and stick, for the controls of its client: `press({keyE: true})`. */
    press(input) {
      ask('press', { player: this.id, input })
      return this
    }
    /** Triggers an action node of an entity. */
    trigger(entity, node) {
      ask('trigger', { player: this.id, entity: entity?.id ?? entity, node })
      return this
    }
    leave() {
      ask('leave', { player: this.id })
    }
  }
  reads(Player, ['name', 'position', 'quaternion', 'health'])

  const world = {
    get tick() {
      return ask('now')
    },
    get hash() {
      return ask('hash')
    },
    get entities() {
      return ask('entities').map(id => new Entity(id))
    },
    /** An event for everybody's `world.on`. */
    emit(name, data) {
      ask('send', { name, data: data ?? null })
    },
    query: expr => ask('query', { expr }),
  }

  const t = {
    world,
    app: name => new App(name),
    entity(id) {
      ask('entity', { id })
      return new Entity(id)
    },
    query: expr => ask('query', { expr }),
    logs: app => ask('logs', { app }),
    sent: app => ask('sent', { app }),
    /** What was said in the chat, by players and scripts. */
    chats: () => ask('chats').map(it => it.message),
    player: {
      /** Somebody comes; two ticks later its client runs. */
      async join(name, how) {
        return new Player(ask('join', { name, how: how ?? {} }).id)
      },
    },
    expectCrash: app => ask('expectCrash', { app }),
    spawn(blueprint, how) {
      return new Entity(ask('spawn', { blueprint, ...how }).id)
    },
    async tick(n = 1) {
      return ask('tick', { n })
    },
    async seconds(seconds) {
      return ask('tick', { n: Math.round(seconds * 20) })
    },
    async until(holds, { ticks = 200 } = {}) {
      // Made here: after the first `await` nobody knows who asked.
      const late = new Error(`it did not come true within ${ticks} ticks`)
      for (let passed = 0; passed < ticks; passed++) {
        const value = await holds()
        if (value) return value
        ask('tick', { n: 1 })
      }
      throw late
    },
    ok(value, said) {
      if (!value) fail(`expected something true, and it is ${show(value)}`, said)
    },
    equal(found, wanted, said) {
      if (!same(found, wanted)) fail(`expected ${show(wanted)}, and it is ${show(found)}`, said)
    },
    notEqual(found, unwanted, said) {
      if (same(found, unwanted)) fail(`expected anything but ${show(unwanted)}`, said)
    },
    near(found, wanted, within = 0.001, said) {
      const [a, b] = [numbers(found), numbers(wanted)]
      const far = a.length !== b.length || a.some((it, at) => !(Math.abs(it - b[at]) <= within))
      if (far) fail(`expected ${show(b)} within ${within}, and it is ${show(a)}`, said)
    },
    match(found, pattern, said) {
      const text = String(found)
      const matches = pattern instanceof RegExp ? pattern.test(text) : text.includes(pattern)
      if (!matches) fail(`expected ${pattern} in ${show(text)}`, said)
    },
    throws(run, pattern, said) {
      let thrown
      try {
        run()
      } catch (error) {
        thrown = error
      }
      if (thrown === undefined) fail('expected it to throw', said)
      if (pattern !== undefined) t.match(thrown?.message ?? thrown, pattern, said)
    },
    fail(message = 'it was said to fail') {
      fail(message)
    },
  }

  return {
    declared() {
      const only = tests.some(it => it.how === 'only')
      return JSON.stringify(tests.map(({ name, how }) => [name, how === 'skip' || (only && how !== 'only')]))
    },
    run: number => Promise.resolve().then(() => tests[number].run(t)),
  }
})
