// In the worlds of the family a name nobody declared reads `undefined`, and only writing to one throws;
// apps rely on it (`clearTimeout && …`). Who misspells a name is told so once; who asks where the script
// runs (`typeof window`) is not. Systems have no such past: there a name has to be declared.

const elsewhere = new Set([
  'window', 'document', 'self', 'global', 'navigator', 'process', 'require', 'module', 'exports', 'define',
])
const undeclared = new Proxy(Object.prototype, {
  get(target, name, self) {
    if (name in target || typeof name === 'symbol') return Reflect.get(target, name, self)
    if (!elsewhere.has(name)) misspelt(name)
    return undefined
  },
  // A global of the script's own making; the target is frozen for other reasons.
  set: (_, name, value, self) => Reflect.defineProperty(self, name, { value, writable: true, enumerable: true, configurable: true }),
})
const misspeltSaid = new Set()
function misspelt(name) {
  if (misspeltSaid.has(name)) return
  misspeltSaid.add(name)
  host.log('warn', 'undeclared_name: `' + name + '` is not declared and reads undefined')
}
Object.setPrototypeOf(globalThis, undeclared)
