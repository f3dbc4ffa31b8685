import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'

const guest = openGuest()
/** A module that exports `add(a, b)`, and one that only is one. */
const setup = `var add = new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]);
var empty = new Uint8Array([0,97,115,109,1,0,0,0]); var broken = new Uint8Array([1, 2, 3]);`
guest.isolate.evaluate(setup, 'cell')

describe('WebAssembly settles in the turn that calls it', () => {
  test.each([
    ['WebAssembly.compile(add).then((m) => m instanceof WebAssembly.Module)', 'true'],
    ['WebAssembly.compile(add.buffer).then((m) => WebAssembly.Module.exports(m)[0].name)', "add"],
    ['WebAssembly.instantiate(add).then(({ module, instance }) => [module instanceof WebAssembly.Module, instance.exports.add(2, 3)])', '[ true, 5 ]'],
    ['WebAssembly.instantiate(new WebAssembly.Module(add), {}).then((instance) => instance.exports.add(4, 5))', '9'],
    ['WebAssembly.compile(broken).catch((e) => e instanceof WebAssembly.CompileError)', 'true'],
    ['WebAssembly.instantiate(broken).catch((e) => e instanceof WebAssembly.CompileError)', 'true'],
    ['WebAssembly.compile().catch((e) => e instanceof TypeError)', 'true'],
    ['WebAssembly.instantiate(new Proxy({}, {})).catch((e) => e instanceof TypeError)', 'true'],
    ['Promise.resolve([WebAssembly.validate(add), WebAssembly.validate(broken)])', '[ true, false ]'],
  ])('%s', (program, text) => {
    expect(guest.printed(`${program}.then(console.log)`)).toBe(`stdout log ${text}\n`)
  })
})
