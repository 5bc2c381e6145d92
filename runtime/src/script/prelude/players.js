// Players: what the world says of them, and handles on them. The records belong to the realm and are
// told once per tick; what a script put on somebody belongs to the script and ends with it.

const people = new Map()

// What changed since the last time: whole records, and the ids of those who left.
function toldPeople({ put, gone }) {
  for (const record of put) {
    const known = people.get(record.id)
    if (!known || known.gone) people.set(record.id, record)
    else {
      for (const key of Object.keys(known)) delete known[key]
      Object.assign(known, record)
    }
  }
  for (const id of gone) {
    const known = people.get(id)
    if (known) known.gone = true
    people.delete(id)
  }
}

const RANKS = ['visitor', 'builder', 'admin']
const atLeast = (person, rank) => RANKS.indexOf(person.rank) >= RANKS.indexOf(rank)
const HEALTH_MAX = 100
const triple = (v, what) => {
  const list = v && v.isVector3 ? [v.x, v.y, v.z] : v
  if (!Array.isArray(list) || list.length !== 3 || !list.every(Number.isFinite)) throw new TypeError(what + ' takes a Vector3')
  return list
}

// What the current script put on somebody and has not ended: its `effects`, by id.
function endedEffect(id) {
  const own = current.effects?.get(id)
  if (!own) return
  current.effects.delete(id)
  if (own.onEnd) careful("an effect's onEnd", own.onEnd)
}
// Before its frames: what is no longer on its player is over.
function sweepEffects() {
  for (const [id, { person }] of [...current.effects]) {
    if (person.gone || person.effect?.id !== id) endedEffect(id)
  }
}

class Player {
  #person
  constructor(person) { this.#person = person }
  get networkId() { return this.#person.id }
  get id() { return this.#person.id }
  get userId() { return this.#person.id }
  get local() { return !current.facts.isServer && this.#person.id === current.facts.networkId }
  get admin() { return atLeast(this.#person, 'admin') }
  get builder() { return atLeast(this.#person, 'builder') }
  get isAdmin() { return this.admin }
  get name() { return this.#person.name }
  get health() { return this.#person.health }
  get position() { return new Vector3(...this.#person.position) }
  get quaternion() { return new Quaternion(...this.#person.quaternion) }
  get rotation() { return new Euler(0, 0, 0, 'YXZ').setFromQuaternion(this.quaternion, 'YXZ') }
  get height() { unsupported('player.height'); return undefined }
  get headToHeight() { unsupported('player.headToHeight'); return undefined }
  get destroyed() { return !!this.#person.gone }
  teleport(position, rotationY) {
    const act = { do: 'teleport', position: triple(position, 'teleport') }
    if (Number.isFinite(rotationY)) act.rotationY = rotationY
    this.#act(act)
  }
  getBoneTransform() { unsupported('player.getBoneTransform'); return null }
  setAvatar(url) { this.#act({ do: 'avatar', url: url == null ? null : String(url) }) }
  setSessionAvatar(url) { this.#act({ do: 'sessionAvatar', url: url == null ? null : String(url) }) }
  damage(amount) { this.#hurt('damage', amount, -1) }
  heal(amount = HEALTH_MAX) { this.#hurt('heal', amount, 1) }
  hasEffect() { return !!this.#person.effect }
  applyEffect(options) {
    if (!options) return undefined
    const person = this.#person
    const id = current.facts.id + '@' + now + '#' + ++current.effectCount
    const effect = { id }
    if (options.anchor?.anchorId) effect.anchor = String(options.anchor.anchorId)
    if (options.emote) effect.emote = String(options.emote)
    if (Number.isFinite(options.snare) && options.snare) effect.snare = options.snare
    for (const name of ['freeze', 'turn', 'cancellable']) if (options[name]) effect[name] = true
    if (effect.cancellable) delete effect.freeze
    if (Number.isFinite(options.duration) && options.duration > 0) effect.duration = options.duration
    const before = person.effect?.id
    this.#act({ do: 'effect', effect })
    if (person.gone) return { active: false, cancel() {} }
    person.effect = effect
    ;(current.effects ??= new Map()).set(id, { person, onEnd: typeof options.onEnd === 'function' ? options.onEnd : null })
    if (before) endedEffect(before)
    const { effects } = current
    const cancel = () => {
      if (!effects.has(id)) return
      this.#act({ do: 'endEffect', id })
      if (person.effect?.id === id) person.effect = undefined
      endedEffect(id)
    }
    return { get active() { return effects.has(id) }, cancel }
  }
  cancelEffect() {
    const id = this.#person.effect?.id
    if (!current.effects?.has(id)) return
    this.#act({ do: 'endEffect', id })
    this.#person.effect = undefined
    endedEffect(id)
  }
  push(force) { this.#act({ do: 'push', force: triple(force, 'push') }) }
  firstPerson() { unsupported('player.firstPerson') }
  screenshare() { unsupported('player.screenshare') }
  setVoiceLevel(level) {
    if (!current.facts.isServer) return host.log('error', 'setVoiceLevel belongs to the server')
    if (![null, undefined, 'disabled', 'spatial', 'global'].includes(level)) throw new TypeError("a voice is 'disabled', 'spatial', 'global' or null")
    this.#act({ do: 'voice', by: current.facts.id, level: level ?? null })
    return undefined
  }
  #act(act) { if (!this.#person.gone) host.act(this.#person.id, JSON.stringify(act)) }
  #hurt(what, amount, sign) {
    const by = Number(amount)
    if (!Number.isFinite(by)) return
    const person = this.#person
    const health = clampTo(person.health + sign * by, 0, HEALTH_MAX)
    if (health === person.health) return
    this.#act({ do: what, amount: by })
    person.health = health
  }
}

// One handle per person for all scripts of the realm: it holds nothing of theirs.
const playerHandles = new WeakMap()
function handleOf(person) {
  let handle = playerHandles.get(person)
  if (!handle) playerHandles.set(person, (handle = Object.freeze(new Player(person))))
  return handle
}
function playerNamed(id) {
  const person = people.get(id === undefined ? current.facts.networkId : String(id))
  return person ? handleOf(person) : null
}
// Of `enter` and `leave`: worlds of the family once handed out the player, and scripts of then ask for it.
function withPlayer(data) {
  const person = people.get(data?.playerId)
  if (person) Object.defineProperty(data, 'player', { value: handleOf(person) })
}
const everybody = () => [...people.values()].map(handleOf)

function chat(message, broadcast = false) {
  if (!message) return
  const whole = typeof message === 'object' ? message : { from: null, fromId: null, body: String(message) }
  host.chat(JSON.stringify(whole), !!broadcast)
}
