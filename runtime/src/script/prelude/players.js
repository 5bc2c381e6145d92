// Players: what the world says of them, and handles on them. The records belong to the realm and are
// told once per tick; a handle belongs to a script, so that what it put on somebody can end with it.

const people = new Map()
const PERSON = Symbol('person')

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

// What this script put on somebody and has not ended.
const ownEffects = new Map()
let effectCount = 0
function endedEffect(id) {
  const own = ownEffects.get(id)
  if (!own) return
  ownEffects.delete(id)
  if (own.onEnd) careful("an effect's onEnd", own.onEnd)
}
// Called after every telling: what is no longer on its player is over.
function sweepEffects() {
  for (const [id, { person }] of [...ownEffects]) {
    if (person.gone || person.effect?.id !== id) endedEffect(id)
  }
}

class Player {
  constructor(person) { Object.defineProperty(this, PERSON, { value: person }) }
  get networkId() { return this[PERSON].id }
  get id() { return this[PERSON].id }
  get userId() { return this[PERSON].id }
  get local() { return !facts.isServer && this[PERSON].id === facts.networkId }
  get admin() { return atLeast(this[PERSON], 'admin') }
  get builder() { return atLeast(this[PERSON], 'builder') }
  get isAdmin() { return this.admin }
  get name() { return this[PERSON].name }
  get health() { return this[PERSON].health }
  get position() { return new Vector3(...this[PERSON].position) }
  get quaternion() { return new Quaternion(...this[PERSON].quaternion) }
  get rotation() { return new Euler(0, 0, 0, 'YXZ').setFromQuaternion(this.quaternion, 'YXZ') }
  get height() { return undefined }
  get headToHeight() { return undefined }
  get destroyed() { return !!this[PERSON].gone }
  teleport(position, rotationY) {
    const act = { do: 'teleport', position: triple(position, 'teleport') }
    if (Number.isFinite(rotationY)) act.rotationY = rotationY
    this.#act(act)
  }
  getBoneTransform() { return null }
  setAvatar(url) { this.#act({ do: 'avatar', url: url == null ? null : String(url) }) }
  setSessionAvatar(url) { this.#act({ do: 'sessionAvatar', url: url == null ? null : String(url) }) }
  damage(amount) { this.#hurt('damage', amount, -1) }
  heal(amount = HEALTH_MAX) { this.#hurt('heal', amount, 1) }
  hasEffect() { return !!this[PERSON].effect }
  applyEffect(options) {
    if (!options) return undefined
    const person = this[PERSON]
    const id = facts.id + '@' + facts.time + '#' + ++effectCount
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
    ownEffects.set(id, { person, onEnd: typeof options.onEnd === 'function' ? options.onEnd : null })
    if (before) endedEffect(before)
    const cancel = () => {
      if (!ownEffects.has(id)) return
      this.#act({ do: 'endEffect', id })
      if (person.effect?.id === id) person.effect = undefined
      endedEffect(id)
    }
    return { get active() { return ownEffects.has(id) }, cancel }
  }
  cancelEffect() {
    const id = this[PERSON].effect?.id
    if (!ownEffects.has(id)) return
    this.#act({ do: 'endEffect', id })
    this[PERSON].effect = undefined
    endedEffect(id)
  }
  push(force) { this.#act({ do: 'push', force: triple(force, 'push') }) }
  firstPerson() { unsupported('player.firstPerson') }
  screenshare() { unsupported('player.screenshare') }
  setVoiceLevel(level) {
    if (!facts.isServer) return host.log('error', 'setVoiceLevel belongs to the server')
    if (![null, undefined, 'disabled', 'spatial', 'global'].includes(level)) throw new TypeError("a voice is 'disabled', 'spatial', 'global' or null")
    this.#act({ do: 'voice', by: facts.id, level: level ?? null })
    return undefined
  }
  #act(act) { if (!this[PERSON].gone) host.act(this[PERSON].id, JSON.stringify(act)) }
  #hurt(what, amount, sign) {
    const by = Number(amount)
    if (!Number.isFinite(by)) return
    const person = this[PERSON]
    const health = clampTo(person.health + sign * by, 0, HEALTH_MAX)
    if (health === person.health) return
    this.#act({ do: what, amount: by })
    person.health = health
  }
}

const playerHandles = new Map()
function playerNamed(id) {
  const person = people.get(id === undefined ? facts.networkId : String(id))
  if (!person) return null
  let handle = playerHandles.get(person.id)
  if (!handle || handle[PERSON] !== person) playerHandles.set(person.id, (handle = new Player(person)))
  return handle
}
const everybody = () => [...people.keys()].map(playerNamed)

function chat(message, broadcast = false) {
  if (!message) return
  const whole = typeof message === 'object' ? message : { from: null, fromId: null, body: String(message) }
  host.chat(JSON.stringify(whole), !!broadcast)
}
