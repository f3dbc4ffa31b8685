import { inspect as nodeInspect } from 'node:util'
import { runInThisContext } from 'node:vm'
import { expect, test } from 'vitest'
import { decodeValue } from '../../../src/host/value.ts'
import { anyValue } from './anyValue.ts'
import { openGuest } from './openGuest.ts'

const guest = openGuest(2_048)

test.each([0, 1, 2, 4])('values nested at random show as node shows them, down to depth %d', (depth) => {
  for (const program of anyValue(depth + 1, 250)) {
    expect(guest.show(program, { depth, maxBytes: 1e7 }), program).toBe(nodeInspect(runInThisContext(program), { depth }))
  }
})

test('values nested at random cross as structured clone copies them, or not at all where it refuses', () => {
  const all = { depth: 20, maxArrayLength: null, maxStringLength: null }
  for (const program of anyValue(99, 800)) {
    // Patterns become data, and getters are not run: these two are meant to differ.
    if (/\/g?i?[,)\]}]|\/[a-z[]|get a\(/.test(program)) continue
    let copy: unknown
    try {
      copy = structuredClone(runInThisContext(program))
    } catch {
      expect(guest.encode(program).type, program).toBe('opaque')
      continue
    }
    const { type, json } = guest.encode(program)
    expect(type, program).toBe('encoded')
    expect(nodeInspect(decodeValue(json), all), program).toBe(nodeInspect(copy, all))
  }
})
