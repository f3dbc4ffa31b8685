import { expect, test } from 'vitest'
import { countLineFeeds, countUtf8Units } from '../../../src/host/context/counting.ts'

/** The same bytes at every place a word can begin at. */
function* placed(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < 4; offset++) {
    const room = new Uint8Array(bytes.length + 8).fill(0x0a)
    room.set(bytes, offset)
    yield room.subarray(offset, offset + bytes.length)
  }
}

test('line feeds are counted wherever they stand, and bytes that nearly are one are not', () => {
  const all = Uint8Array.from({ length: 3_000 }, (_, index) => [0x0a, 0x8a, 0x0b, 0x09, 0x0a, 0x00, 0x1a, 0xff, index & 0xff][index % 9] ?? 0)
  for (let length = 0; length < all.length; length += length < 40 ? 1 : 97) {
    const bytes = all.subarray(0, length)
    const count = bytes.filter((byte) => byte === 0x0a).length
    for (const piece of placed(bytes)) expect(countLineFeeds(piece)).toBe(count)
  }
})

test('more line feeds in a row than a byte can count are all counted', () => {
  for (const piece of placed(new Uint8Array(5_000).fill(0x0a))) expect(countLineFeeds(piece)).toBe(5_000)
})

test.for(['plain', 'ünïcödé', '日本語', '🎉🎊', 'a\u0301e\u0308', 'mixed ü 日 🎉 \0\n', '\u{10ffff}\u{10000}\ud7ff\ue000\uffff\u07ff\u0800\u0080'])('%j has as many units as its string, of any length and at any place', (pattern) => {
  for (let times = 0; times < 700; times += times < 20 ? 1 : 61) {
    const text = pattern.repeat(times)
    for (const piece of placed(Buffer.from(text))) expect(countUtf8Units(piece)).toBe(text.length)
  }
})
