// `URL` and what belongs to it, for absolute and relative addresses. Hosts are taken as they are: no
// punycode, no rules for numbers that are addresses.

const URL_PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' }
const URL_PARTS = /^([a-z][a-z0-9+.-]*:)?(?:[/\\]{2}([^/\\?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is
// What an address cannot hold as it is: controls, what is not ASCII, and what the part `also` forbids.
const percent = (text, also) => text.toWellFormed().replace(/[\0-\x1f\x7f-\u{10ffff}]/gu, encodeURIComponent).replace(also, it => '%' + it.charCodeAt(0).toString(16).toUpperCase())
const IN_PATH = /[ "<>`{}]/g, IN_SEARCH = /[ "'<>]/g, IN_HASH = /[ "<>`]/g, IN_OPAQUE = /[]/g

const formEncoded = text => encodeURIComponent(text).replace(/%20/g, '+').replace(/[!'()~]/g, it => '%' + it.charCodeAt(0).toString(16).toUpperCase())
const formDecoded = text => {
  const plain = text.replace(/\+/g, ' ')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}

class URLSearchParams {
  constructor(init = '') {
    const list = []
    Object.defineProperty(this, URL_HELD, { value: { list, tell: null } })
    if (typeof init === 'string') {
      for (const part of init.replace(/^\?/, '').split('&')) {
        if (part === '') continue
        const [name, ...rest] = part.split('=')
        list.push([formDecoded(name), formDecoded(rest.join('='))])
      }
    } else if (init && typeof init[Symbol.iterator] === 'function') {
      for (const [name, value] of init) list.push([String(name), String(value)])
    } else {
      for (const [name, value] of Object.entries(init ?? {})) list.push([name, String(value)])
    }
  }
  get size() { return this[URL_HELD].list.length }
  get(name) { return this[URL_HELD].list.find(it => it[0] === String(name))?.[1] ?? null }
  getAll(name) { return this[URL_HELD].list.filter(it => it[0] === String(name)).map(it => it[1]) }
  has(name) { return this[URL_HELD].list.some(it => it[0] === String(name)) }
  append(name, value) { this[URL_HELD].list.push([String(name), String(value)]); changedParams(this) }
  delete(name) {
    const held = this[URL_HELD]
    held.list = held.list.filter(it => it[0] !== String(name))
    changedParams(this)
  }
  set(name, value) {
    const first = this[URL_HELD].list.find(it => it[0] === String(name))
    if (!first) return this.append(name, value)
    first[1] = String(value)
    this[URL_HELD].list = this[URL_HELD].list.filter(it => it === first || it[0] !== String(name))
    changedParams(this)
  }
  sort() { this[URL_HELD].list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)); changedParams(this) }
  forEach(callback, self) { for (const [name, value] of this) callback.call(self, value, name, this) }
  *entries() { for (const [name, value] of this[URL_HELD].list) yield [name, value] }
  *keys() { for (const [name] of this[URL_HELD].list) yield name }
  *values() { for (const [, value] of this[URL_HELD].list) yield value }
  [Symbol.iterator]() { return this.entries() }
  toString() { return this[URL_HELD].list.map(([name, value]) => formEncoded(name) + '=' + formEncoded(value)).join('&') }
}
const URL_HELD = Symbol('url')
const changedParams = params => params[URL_HELD].tell?.(params.toString())

class URL {
  constructor(url, base) {
    const parts = parsedUrl(String(url), base === undefined ? null : new URL(base)[URL_HELD])
    if (!parts) throw new TypeError('Invalid URL: ' + url)
    Object.defineProperty(this, URL_HELD, { value: parts })
    const params = new URLSearchParams(parts.search)
    params[URL_HELD].tell = text => { parts.search = text === '' ? '' : '?' + text }
    Object.defineProperty(this, 'searchParams', { value: params, enumerable: true })
  }
  static canParse(url, base) {
    try {
      return Boolean(new URL(url, base))
    } catch {
      return false
    }
  }
  static parse(url, base) { return URL.canParse(url, base) ? new URL(url, base) : null }
  get protocol() { return this[URL_HELD].protocol }
  set protocol(value) { this[URL_HELD].protocol = String(value).replace(/:.*$/, '').toLowerCase() + ':' }
  get username() { return this[URL_HELD].username }
  set username(value) { this[URL_HELD].username = formEncoded(String(value)) }
  get password() { return this[URL_HELD].password }
  set password(value) { this[URL_HELD].password = formEncoded(String(value)) }
  get hostname() { return this[URL_HELD].hostname }
  set hostname(value) { this[URL_HELD].hostname = String(value).toLowerCase() }
  get port() { return this[URL_HELD].port }
  set port(value) { this[URL_HELD].port = String(value) === URL_PORTS[this.protocol] ? '' : String(value) }
  get host() { return this.hostname + (this.port === '' ? '' : ':' + this.port) }
  set host(value) { [this.hostname, this.port = ''] = String(value).split(':') }
  get origin() { return originOf(this) }
  get pathname() { return this[URL_HELD].pathname }
  set pathname(value) { this[URL_HELD].pathname = plainPath(String(value), this.protocol in URL_PORTS) }
  get search() { return this[URL_HELD].search }
  set search(value) {
    const text = String(value).replace(/^\?/, '')
    this.searchParams[URL_HELD].list = [...new URLSearchParams(text)]
    this[URL_HELD].search = text === '' ? '' : '?' + percent(text, IN_SEARCH)
  }
  get hash() { return this[URL_HELD].hash }
  set hash(value) {
    const text = String(value).replace(/^#/, '')
    this[URL_HELD].hash = text === '' ? '' : '#' + percent(text, IN_HASH)
  }
  get href() {
    const { protocol, slashes, username, password, pathname, search, hash } = this[URL_HELD]
    const who = username + (password === '' ? '' : ':' + password)
    return protocol + (slashes ? '//' + (who === '' ? '' : who + '@') + this.host : '') + pathname + search + hash
  }
  toString() { return this.href }
  toJSON() { return this.href }
}

function originOf(url) {
  if (url.protocol === 'blob:' && URL.canParse(url.pathname)) return new URL(url.pathname).origin
  return url.protocol in URL_PORTS && url.protocol !== 'file:' ? url.protocol + '//' + url.host : 'null'
}

function parsedUrl(text, base) {
  const found = URL_PARTS.exec(text.trim().replace(/[\t\n\r]/g, ''))
  if (!found) return null
  let [, protocol, authority, path, search = '', hash = ''] = found
  if (protocol === undefined && !base) return null
  protocol = (protocol ?? base.protocol).toLowerCase()
  const special = protocol in URL_PORTS
  search = search === '?' ? '' : percent(search, IN_SEARCH)
  hash = hash === '#' ? '' : percent(hash, IN_HASH)
  if (authority === undefined && base && protocol === base.protocol && !found[1]) {
    if (!base.slashes) return null
    const whole = path === '' ? base.pathname : /^[/\\]/.test(path) ? path : base.pathname.replace(/[^/]*$/, '') + path
    const kept = path === '' && search === '' ? base.search : search
    return { ...base, pathname: plainPath(whole, special), search: kept, hash }
  }
  // `https:example.com` and `https:/example.com` are written for `https://example.com`.
  if (authority === undefined && special && protocol !== 'file:') {
    const [, host, rest] = /^[/\\]*([^/\\]*)(.*)$/s.exec(path)
    authority = host
    path = rest
  }
  const slashes = authority !== undefined || protocol === 'file:'
  const place = hostParts(authority ?? '', protocol)
  if (!place || (special && protocol !== 'file:' && place.hostname === '')) return null
  return { protocol, slashes, ...place, pathname: special || path !== '' ? plainPath(path, slashes && special) : '', search, hash }
}

function hostParts(authority, protocol) {
  const at = authority.lastIndexOf('@')
  const [username, ...password] = at < 0 ? [''] : authority.slice(0, at).split(':')
  const found = /^(\[[0-9a-f:.]*\]|[^:]*)(?::(\d*))?$/i.exec(authority.slice(at + 1))
  if (!found || /[\s<>^|%]/.test(found[1]) || Number(found[2] ?? 0) > 65535) return null
  const port = found[2] ? String(Number(found[2])) : ''
  return {
    username, password: password.join(':'), hostname: found[1].toLowerCase(), port: port === URL_PORTS[protocol] ? '' : port,
  }
}

// Dots resolved, spaces and the like as percent signs.
function plainPath(path, rooted) {
  if (!rooted) return percent(path, IN_OPAQUE)
  const out = []
  const parts = path.replace(/\\/g, '/').replace(/^\//, '').split('/')
  parts.forEach((part, index) => {
    const last = index === parts.length - 1
    if (part === '..') out.pop()
    else if (part !== '.') out.push(part)
    if (last && (part === '..' || part === '.')) out.push('')
  })
  return '/' + percent(out.join('/'), IN_PATH)
}

const mathClasses = [
  Vector3, Quaternion, Euler, Matrix4, WatchedVector, WatchedQuaternion, WatchedEuler, ObjectTurn, ObjectAngles, ObjectLayers,
  Object3D, Lerp, LerpVector3, LerpQuaternion, BufferedLerp, BufferedLerpVector3, BufferedLerpQuaternion, Keyframe, Curve, URL,
  URLSearchParams,
]
