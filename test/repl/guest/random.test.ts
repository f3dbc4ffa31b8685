import { describe, expect, test } from 'vitest'
import { openGuest } from './openGuest.ts'

const guest = openGuest()
const seeded = (seed: string, program: string) => {
  guest.isolate.export('seed')([seed])
  return guest.cross(program)
}
const draws = '[Math.random(), crypto.randomUUID(), ...crypto.getRandomValues(new Uint32Array(4)), Math.random()]'

test('the same seed gives the same sequence, in every isolate', () => {
  const first = seeded('session/main', draws)
  expect(seeded('session/main', draws)).toEqual(first)
  const other = openGuest()
  other.isolate.export('seed')(['session/main'])
  expect(other.cross(draws)).toEqual(first)
})

test('seeds that differ in one character give sequences that have nothing in common', () => {
  const seen = new Set<number>()
  for (let index = 0; index < 500; index++) for (const bits of seeded(`session/${index}`, '[...crypto.getRandomValues(new Uint32Array(8))]') as number[]) seen.add(bits)
  // Of 4,000 words of 32 bits, equal ones are expected 0.002 times.
  expect(seen.size).toBeGreaterThanOrEqual(3_999)
  const means = Array.from({ length: 200 }, (_, index) => seeded(`${index}`, 'Math.random()') as number)
  expect(means.reduce((sum, value) => sum + value) / means.length).toBeCloseTo(0.5, 0)
})

test('Math.random is even, from 0 up to but not including 1', () => {
  const [counts, least, most] = seeded('even', 'let counts = new Array(16).fill(0), least = 1, most = 0; for (let i = 0; i < 160000; i++) { const r = Math.random(); counts[Math.floor(r * 16)]++; least = Math.min(least, r); most = Math.max(most, r) }; [counts, least, most]') as [number[], number, number]
  // Chi-squared with 15 degrees of freedom is below 44.3 in 9,999 of 10,000 cases.
  expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(44.3)
  expect(least).toBeGreaterThanOrEqual(0)
  expect(most).toBeLessThan(1)
})

describe('crypto', () => {
  test('gives UUIDs of version 4', () => {
    const ids = seeded('ids', 'Array.from({length: 1000}, () => crypto.randomUUID())') as string[]
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).toBe(1_000)
    for (let place = 0; place < 36; place++) if (![8, 13, 14, 18, 19, 23].includes(place)) expect(new Set(ids.map((id) => id[place])).size).toBe(16)
  })

  test.each(['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array'])('fills a %s, and only its part of the buffer', (name) => {
    expect(seeded('fill', `{ const b = new ArrayBuffer(64); const v = new ${name}(b, 16, 2); const r = crypto.getRandomValues(v); const bytes = [...new Uint8Array(b)]; [r === v, bytes.slice(0, 16).every((x) => x === 0), bytes.slice(16, 16 + v.byteLength).some((x) => x !== 0), bytes.slice(16 + v.byteLength).every((x) => x === 0)] }`)).toEqual([true, true, true, true])
  })

  test.each([
    ['new Float32Array(1)', 'TypeMismatchError'], ['new DataView(new ArrayBuffer(1))', 'TypeMismatchError'], ['[1]', 'TypeMismatchError'], ['undefined', 'TypeMismatchError'],
    ['new Proxy(new Uint8Array(1), {})', 'TypeMismatchError'], ['new Uint8Array(65537)', 'QuotaExceededError'], ['new Uint32Array(20000)', 'QuotaExceededError'],
  ])('refuses to fill %s with %s', (value, name) => {
    expect(guest.show(`try { crypto.getRandomValues(${value}) } catch (e) { [e instanceof DOMException, e.name] }`)).toBe(`[ true, '${name}' ]`)
  })

  test('fills as much as 65,536 bytes', () => {
    expect(seeded('much', 'crypto.getRandomValues(new Uint8Array(65536)).filter((byte) => byte === 7).length')).toBeGreaterThan(150)
  })
})
