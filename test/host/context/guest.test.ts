import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReplm, type Replm } from '../../../src/index.ts'
import { folderWith } from './folder.ts'

let replm: Replm

beforeAll(async () => {
  replm = await openReplm({ store: ':memory:' })
})

afterAll(() => replm[Symbol.asyncDispose]())

test('chunks that are asked for at once come one after another, each once', async () => {
  await using session = await replm.openSession({ context: { name: 'digits', text: '0123456789' } })
  const { value } = await session.run(`const chunks = docs[0].chunks({ chars: 4 }); (await Promise.all([chunks.next(), chunks.next(), chunks.next(), chunks.next()])).map(({ value, done }) => value ?? done)`)
  expect(value).toEqual(['0123', '4567', '89', true])
})

test('a guest reads documents of any size by slices, lines and chunks', async () => {
  const lines = Array.from({ length: 300_000 }, (_, index) => `line ${index} 🎉`)
  const cwd = folderWith({ 'large.txt': lines.join('\n'), 'd/a.txt': 'one\r\ntwo\r\n' })
  await using session = await replm.openSession({ context: [join(cwd, 'large.txt'), join(cwd, 'd'), { name: 'note', text: 'kept in memory' }] })
  const { value } = await session.run(`
    const [large, small, note] = docs
    const chunks = []
    for await (const text of large.chunks({ chars: 1_000_000, on: 'line' })) chunks.push(text)
    ;({
      names: docs.map(({ name }) => name),
      whole: chunks.join('') === (await large.slice()),
      ends: chunks.slice(0, -1).every((text) => text.endsWith('\\n')),
      count: await large.lines(),
      last: await large.readLines(300_000, 5),
      all: (await large.readLines(1, 1e9)).length,
      chars: await large.chars(),
      small: await small.readLines(1, 10),
      note: await note.slice(-6),
    })`)
  expect(value).toEqual({
    names: [join(cwd, 'large.txt'), join(cwd, 'd/a.txt'), 'note'],
    whole: true,
    ends: true,
    count: 300_000,
    last: ['line 299999 🎉'],
    all: 300_000,
    chars: lines.join('\n').length,
    small: ['one', 'two'],
    note: 'memory',
  })
})

test('a document that is gone is CHANGED for the guest, and a wrong read a TypeError or RangeError', async () => {
  const cwd = folderWith({ 'a.txt': 'text' })
  await using session = await replm.openSession({ context: join(cwd, 'a.txt') })
  rmSync(join(cwd, 'a.txt'))
  const { value } = await session.run(`
    const errors = []
    for (const read of [() => docs[0].slice(), () => docs[0].slice('0'), () => docs[0].readLines(0, 1), () => docs[0].readLines(1.5, 1)]) {
      await read().catch((error) => errors.push(error.code ?? error.name))
    }
    errors`)
  expect(value).toEqual(['CHANGED', 'TypeError', 'RangeError', 'RangeError'])
})
