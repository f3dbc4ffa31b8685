/** Nothing in; a program that breaks all that it can reach of the language and of the globals out. The globals stay reachable as `real…`. */
export const poison = `
(() => {
  const { defineProperty: define, getOwnPropertyDescriptor: descriptorOf, getPrototypeOf: parentOf } = Object
  const ownKeys = Reflect.ownKeys
  const keep = new Set(['constructor', '__proto__', 'prototype', 'name', 'length', 'caller', 'arguments', 'stackTraceLimit'])
  const isKept = keep.has.bind(keep)
  const poisoned = (name) => function () { throw 'poisoned ' + typeof name }
  const names = Object.getOwnPropertyNames(globalThis)
  const list = [
    parentOf([][Symbol.iterator]()), parentOf(new Map().entries()), parentOf(new Set().values()), parentOf(''[Symbol.iterator]()), parentOf(parentOf((function* () {})())), parentOf(Uint8Array),
    parentOf(Uint8Array).prototype, JSON, Math, Reflect, Atomics, Intl, Intl.DateTimeFormat.prototype, crypto, performance, Temporal.Now, Temporal.Instant.prototype, WebAssembly,
  ]
  for (let i = 0; i < names.length; i++) {
    const made = globalThis[names[i]]
    if (typeof made !== 'function' || names[i] === 'Object') continue
    list[list.length] = made
    if (made.prototype) list[list.length] = made.prototype
  }
  list[list.length] = Object.prototype
  list[list.length] = Object
  for (let i = 0; i < list.length; i++) {
    const keys = ownKeys(list[i])
    for (let j = 0; j < keys.length; j++) {
      const key = keys[j]
      const descriptor = descriptorOf(list[i], key)
      if (isKept(key) || (!descriptor.configurable && !descriptor.writable)) continue
      if (!descriptor.configurable) list[i][key] = poisoned(key)
      else if (descriptor.get) define(list[i], key, { __proto__: null, get: poisoned(key), set: poisoned(key), configurable: true })
      else define(list[i], key, { __proto__: null, value: poisoned(key), configurable: true, writable: true })
    }
  }
  for (let i = 0; i < 200; i++) define(Array.prototype, i, { __proto__: null, get() { throw 'poisoned index' }, set() { throw 'poisoned index' }, configurable: true })
  const read = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'depth', 'maxLength', 'maxBytes', 'showHidden', 'toJSON', 'then', 'ok', 'problem', 'type', 'pieces', 'once', 'capture', 'passive',
    'signal', 'transfer', 'cause', 'construct', 'apply', 'maxByteLength', 'stream', 'fatal', 'fields', 'pairs', 'done', 'index', 'x', 'a', 'b', 'key']
  for (let i = 0; i < read.length; i++) define(Object.prototype, read[i], { __proto__: null, get() { throw 'poisoned ' + read[i] }, set() { throw 'poisoned ' + read[i] }, configurable: true })
  for (let i = 0; i < names.length; i++) {
    const name = names[i]
    if (name === 'globalThis' || name === 'undefined' || name === 'NaN' || name === 'Infinity' || name[0] === '$') continue
    globalThis['real' + name] = globalThis[name]
    globalThis[name] = null
  }
})()
`
