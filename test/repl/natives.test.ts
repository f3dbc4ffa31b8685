import { expect, test } from 'vitest'
import { natives } from '../../src/repl/natives.ts'

const texts = ['', 'x', '\ud800', 'http://a', 'http://[', 'file:', '%', '%zz', ':', '//', 'a'.repeat(100_000), '\0', 'utf-8', 'shift_jis', 'javascript:x']
const bytes = [new Uint8Array(0), new Uint8Array([0xff, 0xfe, 0x82]), new Uint8Array(1_000).fill(0xe2)]
const parts = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'searchParams', '__proto__', 'constructor', 'nothing']

test('no text and no bytes of the guest make a native throw', () => {
  for (const a of texts) {
    natives.encodeUtf8(a)
    natives.encodingOf(a)
    natives.parseQuery(a)
    for (const b of texts) {
      natives.parseUrl(a, b)
      natives.parseUrl(a, undefined)
      for (const part of parts) natives.setUrlPart(a, part, b)
    }
    for (const data of bytes) {
      for (const fatal of [true, false]) {
        natives.decode(data, a, fatal, fatal)
        natives.decodeNext(0, data, a, fatal, fatal, true)
        natives.decodeNext(12_345, data, a, fatal, fatal, false)
      }
    }
  }
})

test('a URL has eleven parts, also after one was set', () => {
  expect(natives.parseUrl('http://u:p@h:1/p?q#f', undefined)).toEqual(['http://u:p@h:1/p?q#f', 'http://h:1', 'http:', 'u', 'p', 'h:1', 'h', '1', '/p', '?q', '#f'])
  expect(natives.setUrlPart('http://h/', 'hash', 'x')).toHaveLength(11)
  expect(natives.setUrlPart('http://h/', 'origin', 'x')).toBeNull()
})

test('streams that are never ended hold a bounded number of decoders', () => {
  const first = natives.decodeNext(0, new Uint8Array([0x82]), 'shift_jis', false, false, true)?.[0] ?? 0
  for (let count = 0; count < 1_000; count++) natives.decodeNext(0, new Uint8Array([0x82]), 'shift_jis', false, false, true)
  // The oldest was dropped: its number begins a new stream.
  expect(natives.decodeNext(first, new Uint8Array([0xa0]), 'shift_jis', false, false, false)?.[1]).not.toBe('あ')
})

test('the clock goes in steps of 0.1 ms, never back', () => {
  let last = 0
  for (let count = 0; count < 10_000; count++) {
    const now = natives.monotonicMs()
    expect(now).toBeGreaterThanOrEqual(last)
    expect(Math.abs(now * 10 - Math.round(now * 10))).toBeLessThan(1e-6)
    last = now
  }
})
