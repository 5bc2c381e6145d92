// What node types do beside holding fields, by type: `members` of their class, `mounted` when one comes
// into the world. What plays, plays by the world's clock.

const PLAYED = Symbol('played')
const FRESH = Object.freeze({ since: null, offset: 0, rate: 1 })
const playOf = node => node[INNER].values?.[PLAYED] ?? FRESH
const playedFor = ({ since, offset, rate }) => (since === null ? offset : offset + (now - since) * rate)
const setPlay = (node, change) => { valuesOf(node[INNER])[PLAYED] = { ...playOf(node), ...change } }
const playing = type => ({
  get currentTime() { return playedFor(playOf(this)) },
  set currentTime(value) {
    if (!isNumber(value)) refused(type, 'currentTime', 'a number', value)
    setPlay(this, { offset: value, since: playOf(this).since === null ? null : now })
  },
  get isPlaying() { return playOf(this).since !== null },
  play(restart = false) {
    const { since, offset } = playOf(this)
    if (since !== null && !restart) return
    setPlay(this, { since: now, offset: since !== null || restart ? 0 : offset })
  },
  pause() { setPlay(this, { offset: playedFor(playOf(this)), since: null }) },
  stop() { setPlay(this, { offset: 0, since: null }) },
})
const withMembers = (base, more) => Object.defineProperties(base, Object.getOwnPropertyDescriptors(more))

const sized = { setSize(width, height, depth) { Object.assign(this, { width, height, depth }) } }
const shaped = {
  get geometry() { return geometryOf(this) },
  set geometry(value) { giveGeometry(this, value) },
}
const surfaced = {
  get material() { return materialOf(this) },
  set material(value) { throw fixed(this, 'material cannot be replaced: change its members') },
}
const PRIM_SIZES = Object.freeze({
  box: [1, 1, 1], sphere: [0.5], cylinder: [0.5, 0.5, 1], cone: [0.5, 1], torus: [0.4, 0.1], plane: [1, 1],
})
// The longest a particle of `life` lives: "a", "a-b" or "a~b".
const longest = life => Math.max(0, ...String(life).split(/[-~]/).map(it => parseFloat(it) || 0))
const ENDING = Symbol('ending')
function endLater(node) {
  const values = valuesOf(node[INNER]), began = {}
  values[ENDING] = began
  if (!node.emitting || node.loop) return
  setTimeout(() => {
    if (values[ENDING] !== began || !node[INNER].mounted || node.loop) return
    if (typeof node.onEnd === 'function') careful('particles.onEnd', node.onEnd)
  }, (node.duration + longest(node.life)) * 1000)
}

const BEHAVIOUR = {
  mesh: { members: withMembers(withMembers({ ...sized }, shaped), surfaced) },
  prim: {
    members: withMembers({
      get transparent() { return undefined },
      set transparent(value) {},
      get size() { return this[INNER].values?.size ?? [...PRIM_SIZES[this.type]] },
      set size(value) {
        if (value !== undefined && value !== null && !areNumbers(value)) refused('prim', 'size', 'a list of numbers', value)
        valuesOf(this[INNER]).size = value ?? null
        touch(this, 'size')
      },
    }, surfaced),
  },
  collider: {
    members: withMembers({
      ...sized,
      setMaterial(staticFriction, dynamicFriction, restitution) { Object.assign(this, { staticFriction, dynamicFriction, restitution }) },
      requestRebuild() {},
    }, shaped),
  },
  rigidbody: { members: rigidbodyMembers },
  controller: { members: controllerMembers },
  joint: { members: jointMembers },
  audio: {
    members: withMembers({
      setPlaybackRate(rate) {
        if (!isNumber(rate)) refused('audio', 'setPlaybackRate', 'a number', rate)
        const play = playOf(this)
        setPlay(this, { rate, offset: playedFor(play), since: play.since === null ? null : now })
      },
    }, playing('audio')),
  },
  video: {
    members: withMembers(withMembers(withMembers({
      get playing() { return this.isPlaying },
      get time() { return this.currentTime },
      set time(value) { this.currentTime = value },
      get loading() { unsupported('video.loading'); return false },
      get duration() { unsupported('video.duration'); return 0 },
    }, playing('video')), shaped), surfaced),
  },
  lod: {
    members: {
      insert(node, distance) {
        if (!(node instanceof Node)) refused('lod', 'insert', 'a node', node)
        if (!isNumber(distance)) refused('lod', 'insert', 'a distance', distance)
        return this.add(node)
      },
    },
  },
  anchor: { members: { get anchorId() { return this[INNER].mounted ? current.facts.id + ':' + this.id : null } } },
  avatar: {
    members: {
      setEmote(url) { this.emote = url },
      getHeight() { unsupported('avatar.getHeight'); return null },
      getHeadToHeight() { unsupported('avatar.getHeadToHeight'); return null },
      getBoneTransform() { unsupported('avatar.getBoneTransform'); return null },
    },
  },
  skinnedmesh: {
    members: {
      get anims() { unsupported('skinnedmesh.anims'); return [] },
      getBone(name) { unsupported('skinnedmesh.getBone'); return boneOf(this, name) },
      getBoneTransform() { unsupported('skinnedmesh.getBoneTransform'); return null },
    },
  },
  particles: { mounted: endLater },
  action: {
    fields: {
      // What is no text is the default, without a word.
      label: { take: (value, initial) => (typeof value === 'string' || isNumber(value) ? String(value) : initial) },
    },
  },
  webview: {
    members: {
      get srcdoc() { return this.html },
      set srcdoc(value) { this.html = value },
    },
  },
}
