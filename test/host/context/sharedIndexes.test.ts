import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openDocuments } from '../../../src/host/context/documents.ts'
import { type FileState, sharedIndex } from '../../../src/host/context/sharedIndexes.ts'

const state: FileState = { dev: 1n, ino: 2n, size: 10_000_000n, mtimeNs: 3n, ctimeNs: 4n }
const utf8 = { start: 0, reading: 'utf-8' }

test('the index of a file is one for all who open it as it was, and another one once anything about it has changed', () => {
  const index = sharedIndex(state, utf8)
  expect(sharedIndex({ ...state }, utf8)).toBe(index)
  for (const change of [{ dev: 9n }, { ino: 9n }, { size: 10_000_001n }, { mtimeNs: 9n }, { ctimeNs: 9n }]) expect(sharedIndex({ ...state, ...change }, utf8)).not.toBe(index)
  expect(sharedIndex(state, { start: 3, reading: 'utf-8' })).not.toBe(index)
  expect(sharedIndex(state, { start: 0, reading: 'latin1' })).not.toBe(index)
})

test('a file that was written this very moment shares nothing: it may be written again within the same tick of its clock', () => {
  const now = { ...state, ctimeNs: BigInt(Date.now()) * 1_000_000n }
  expect(sharedIndex(now, utf8)).not.toBe(sharedIndex(now, utf8))
})

test('only so many are kept, those that were used last', () => {
  const first = sharedIndex(state, utf8)
  const second = sharedIndex({ ...state, ino: 1_000n }, utf8)
  for (let ino = 1_001n; ino < 1_255n; ino++) {
    sharedIndex({ ...state, ino }, utf8)
    sharedIndex(state, utf8)
  }
  sharedIndex({ ...state, ino: 1_255n }, utf8)
  expect(sharedIndex(state, utf8)).toBe(first)
  expect(sharedIndex({ ...state, ino: 1_000n }, utf8)).not.toBe(second)
})

test.runIf(process.platform === 'linux')('a second session reads nothing to count a file that a first one has counted', async () => {
  // Written long ago, and of more than a megabyte.
  const path = fileURLToPath(new URL('../../../node_modules/playwright-core/lib/utilsBundle.js', import.meta.url))
  const bytesRead = (): number => Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
  const counted = async (): Promise<{ readonly read: number; readonly chars: number }> => {
    await using opened = await openDocuments(path)
    const before = bytesRead()
    const chars = await opened.charCount(0)
    return { read: bytesRead() - before, chars }
  }
  const first = await counted()
  const second = await counted()
  expect(second.chars).toBe(first.chars)
  expect(first.read).toBeGreaterThan(1024 * 1024)
  expect(second.read).toBeLessThan(100_000)
})
