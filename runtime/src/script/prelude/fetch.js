// `fetch`: a question to the host, and the reduced answer. It fails as `undefined`, never by throwing;
// what was asked before a rebuild is never answered.

const asked = new Map()
let askedCount = 0

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
    asked.set(++askedCount, resolve)
    host.fetch(askedCount, JSON.stringify(request))
  })
}

// The bytes can be read as often as one likes; each reader gets its own.
function answered(number, head, bytes) {
  const resolve = asked.get(number)
  if (!resolve) return
  asked.delete(number)
  if (!head) return resolve(undefined)
  const { status, statusText, headers } = head
  const text = async () => head.text
  const type = headers['content-type'] ?? ''
  const arrayBuffer = async () => bytes.slice(0)
  resolve({
    ok: status >= 200 && status < 300,
    status,
    statusText,
    headers,
    text,
    arrayBuffer,
    json: async () => JSON.parse(head.text),
    blob: async () => ({ type, size: bytes.byteLength, text, arrayBuffer }),
  })
}
