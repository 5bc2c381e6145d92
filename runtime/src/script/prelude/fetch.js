// `fetch`: a question to the host, and the reduced answer. It fails as `undefined`, never by throwing;
// what was asked before a rebuild is never answered.

const pairs = headers => {
  if (!headers) return []
  const list = typeof headers.entries === 'function' ? [...headers.entries()] : Array.isArray(headers) ? headers : Object.entries(headers)
  return list.map(([name, value]) => [String(name), String(value)])
}

function fetch(url, options = {}) {
  return new Promise(resolve => {
    const { method = 'GET', headers, body } = options ?? {}
    const request = { url: String(url?.href ?? url), method: String(method).toUpperCase(), headers: pairs(headers) }
    if (body !== undefined && body !== null) request.body = typeof body === 'string' ? body : String(body)
    const number = ++current.askedCount
    ;(current.asked ??= new Map()).set(number, resolve)
    host.fetch(number, JSON.stringify(request))
  })
}

// UTF-8, written down: the engine has no encoder.
function encoded(text) {
  const bytes = []
  for (const letter of text) {
    const code = letter.codePointAt(0)
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return Uint8Array.from(bytes)
}

// What is no text comes as one letter per byte. Each reader gets bytes of its own.
function answered({ number, head }) {
  const resolve = current.asked?.get(number)
  if (!resolve) return
  current.asked.delete(number)
  if (!head) return resolve(undefined)
  const { status, statusText, headers, text: body, bytes } = head
  const raw = () => (bytes === null ? encoded(body) : Uint8Array.from(bytes, it => it.charCodeAt(0)))
  const text = async () => body
  const arrayBuffer = async () => raw().buffer
  resolve({
    ok: status >= 200 && status < 300,
    status,
    statusText,
    headers,
    text,
    arrayBuffer,
    json: async () => JSON.parse(body),
    blob: async () => ({ type: headers['content-type'] ?? '', size: raw().length, text, arrayBuffer }),
  })
}
