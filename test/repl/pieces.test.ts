import { expect, test } from 'vitest'
import { piecesOf } from '../../src/repl/pieces.ts'

test('pieces are the text when they are joined, and none is so long that it would be lent instead of copied', () => {
  for (const text of ['', 'a', 'x'.repeat(511), 'x'.repeat(512), '漢😀'.repeat(10_000)]) {
    const pieces = piecesOf(text)
    expect(pieces.join('')).toBe(text)
    for (const piece of pieces) expect(2 * piece.length).toBeLessThan(1_024)
  }
})
