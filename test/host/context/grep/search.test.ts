import { gzipSync } from 'node:zlib'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDocuments, type ContextOption, type Documents } from '../../../../src/host/context/documents.ts'
import { searchWindow } from '../../../../src/host/context/grep/search.ts'
import { GrepThreads } from '../../../../src/host/context/grep/threads.ts'
import type { TextBytes } from '../../../../src/host/context/grep/job.ts'
import { maxFrameBytes, type WireGrep, type WireGrepPlace, type WireGrepWindow } from '../../../../src/protocol.ts'
import { folderWith } from '../folder.ts'
import { allMatches, plain } from './allMatches.ts'

async function documents(context: ContextOption): Promise<Documents> {
  const opened = await openDocuments(context)
  onTestFinished(() => opened.close())
  return opened
}

function threadsOf(size: number): GrepThreads {
  const threads = new GrepThreads(size)
  onTestFinished(() => threads.close())
  return threads
}

/** All windows of a search by so many threads. */
async function windowsOf(text: Buffer, search: Partial<WireGrep> & { readonly pattern: string }, threads: GrepThreads): Promise<readonly WireGrepWindow[]> {
  const bytes = new SharedArrayBuffer(text.length)
  text.copy(new Uint8Array(bytes))
  const source: TextBytes = { type: 'memory', name: 'text', bytes, start: 0, size: text.length }
  const windows: WireGrepWindow[] = []
  let left = search.max ?? plain.max
  for (let from: WireGrepPlace | null | undefined; from !== null;) {
    const window = await searchWindow({ ...plain, docs: 1, ...search, max: left, from: from ?? null }, { count: 1, textOf: () => Promise.resolve(source), threads, owner: text, signal: new AbortController().signal })
    if ('invalid' in window) throw new SyntaxError(window.invalid)
    windows.push(window)
    left -= window.matches.length
    from = window.next
  }
  return windows
}

test('the same windows come, whatever the number of threads, of patterns and texts, counted and not', async () => {
  // Parts of four megabytes and more, whose borders lie within lines.
  const text = Buffer.from(Array.from({ length: 150_000 }, (_, line) => `${line} some words é 🎉 ${line % 40_000 === 7 ? 'rare' : ''} ${line % 3 === 0 ? 'often' : ''} that fill a line of a hundred characters or so\n`).join(''))
  const [one, three] = [threadsOf(1), threadsOf(3)]
  const searches: readonly (Partial<WireGrep> & { readonly pattern: string })[] = [
    { pattern: 'rare' },
    { pattern: 'ra[r]e', before: 1, after: 2 },
    { pattern: 'often', max: 10 },
    { pattern: 'of[t]en', max: 6_000 },
    { pattern: 'often', count: false },
    { pattern: 'nowhere' },
  ]
  for (const search of searches) {
    const windows = await windowsOf(text, search, one)
    expect(await windowsOf(text, search, three)).toEqual(windows)
    for (const window of windows) expect(Buffer.byteLength(JSON.stringify(window))).toBeLessThan(maxFrameBytes)
  }
  const rare = (await windowsOf(text, { pattern: 'rare' }, three)).flatMap(({ matches }) => matches)
  expect(rare.map(({ line }) => line)).toEqual([8, 40_008, 80_008, 120_008])
  const whole = text.toString('utf8')
  for (const { offset } of rare) expect(whole.slice(offset, offset + 4)).toBe('rare')
  const counted = await windowsOf(text, { pattern: 'often', max: 10 }, three)
  expect(counted.map(({ matches, rest }) => [matches.length, rest])).toEqual([[10, 49_990]])
})

test('packed files, other encodings, marks and texts are searched as what they say', async () => {
  const text = 'première ligne\r\nzweite Zeile mit ß und needle\nlast 🎉 needle'
  const latin1 = text.replace('🎉', '§')
  const folder = folderWith({
    'utf8.txt': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
    'utf16.txt': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
    'packed.txt.gz': gzipSync(text),
    'latin1.txt': Buffer.from(latin1, 'latin1'),
  })
  const opened = await documents([join(folder, 'utf8.txt'), join(folder, 'utf16.txt'), join(folder, 'packed.txt.gz'), { path: join(folder, 'latin1.txt'), encoding: 'latin1' }, { name: 'note', text }])
  for (const pattern of ['needle', 'n[e]edle']) {
    const { matches } = await allMatches(opened, { pattern, before: 1 })
    expect(matches).toHaveLength(10)
    for (const { doc, offset, line, before } of matches) {
      expect(await opened.slice(doc, offset, offset + 6)).toBe('needle')
      expect(before).toEqual(await opened.lines(doc, line - 1, 1))
    }
  }
})

test('what a careless pattern finds is bounded in lines, columns and matches, and all of it is counted', async () => {
  const folder = folderWith({ 'a.txt': `${'x'.repeat(10_000_000)}\n${'short\n'.repeat(3_000)}` })
  const opened = await documents(join(folder, 'a.txt'))
  const window = await opened.grep({ ...plain, pattern: '.', docs: 1, max: 1_000 })
  if ('invalid' in window) throw new Error(window.invalid)
  expect(window.matches).toHaveLength(1_000)
  expect(window.rest).toBe(2_001)
  const [first] = window.matches
  expect(first).toMatchObject({ line: 1, column: 1, cut: true })
  expect([first?.text.length, first?.submatches.length]).toEqual([4_000, 250])
  expect(Buffer.byteLength(JSON.stringify(window))).toBeLessThan(maxFrameBytes)
})

test('the largest surroundings and lines that may be asked for still cross in frames', async () => {
  const opened = await documents({ name: 'lines', text: `${'\u0001'.repeat(70_000)}\n`.repeat(300) + 'needle\n' })
  const { matches } = await allMatches(opened, { pattern: 'needle', before: 1_000, maxColumns: 65_536 })
  expect(Buffer.byteLength(JSON.stringify(matches))).toBeLessThan(maxFrameBytes)
  expect(matches[0]?.before?.length).toBeGreaterThan(1)
})

test('a file that has changed since it was opened is CHANGED', async () => {
  const path = join(folderWith({ 'a.txt': 'needle\n' }), 'a.txt')
  const opened = await documents(path)
  appendFileSync(path, 'more\n')
  await expect(allMatches(opened, { pattern: 'needle' })).rejects.toMatchObject({ code: 'CHANGED' })
})

test('a document that is not there is a RangeError, also for whoever forges its number or a place', async () => {
  const opened = await documents({ name: 'a', text: 'needle' })
  await expect(allMatches(opened, { pattern: 'needle', docs: [1] })).rejects.toThrow(RangeError)
  await expect(allMatches(opened, { pattern: 'needle', docs: 2 })).rejects.toThrow(RangeError)
  const forged = await opened.grep({ ...plain, pattern: 'needle', docs: 1, from: { index: 5, byte: 1e15, line: 3, unit: 9 } })
  expect(forged).toEqual({ matches: [], next: null, rest: 0 })
  expect(await opened.grep({ ...plain, pattern: 'needle', docs: 1, from: { index: 0, byte: 1e15, line: 3, unit: 9 } })).toEqual({ matches: [], next: null, rest: 0 })
})

test('a search that is aborted rejects with its reason, and its thread serves the next one', async () => {
  const path = join(folderWith({}), 'large.txt')
  writeFileSync(path, Buffer.alloc(64_000_000, `${'a'.repeat(99)}\n`))
  const opened = await documents(path)
  const controller = new AbortController()
  const reason = new Error('enough')
  // Backtracks through every line: a second and more.
  const found = allMatches(opened, { pattern: '(a?){40}b', max: 0 }, { signal: controller.signal })
  setImmediate(() => controller.abort(reason))
  await expect(found).rejects.toBe(reason)
  expect((await allMatches(opened, { pattern: 'aaa', max: 0 })).total).toBe(640_000)
})

test('a thread that is stuck is ended, and replaced', async () => {
  const threads = threadsOf(1)
  const controller = new AbortController()
  const query = { ...plain, pattern: '(?:a|b|ab)*c(?:x+x+)+y' }
  const bytes = new SharedArrayBuffer(20_000_000)
  Buffer.from(bytes).fill('ab')
  // One line, in which ripgrep looks at nothing else for as long as it takes.
  const piece = { doc: 0, source: { type: 'memory', name: 'a', bytes, start: 0, size: bytes.byteLength } as const, from: 0, to: bytes.byteLength }
  const job = { query, pieces: [piece], max: 1, count: false, maxBytes: 1_000 }
  const stuck = threads.run(job, { owner: job, signal: controller.signal })
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(stuck).rejects.toBe(reason)
  const small = new SharedArrayBuffer(4)
  Buffer.from(small).write('abc\n')
  const next = await threads.run({ ...job, query: { ...query, pattern: 'c' }, pieces: [{ ...piece, source: { ...piece.source, bytes: small, size: 4 }, to: 4 }] }, { owner: job, signal: new AbortController().signal })
  expect(next).toMatchObject({ result: { count: 1 } })
})

test('a line that no thread should hold is a RangeError that says so', async () => {
  const path = join(folderWith({}), 'line.txt')
  writeFileSync(path, Buffer.alloc(70 * 1024 * 1024, 'a'))
  const opened = await documents(path)
  await expect(allMatches(opened, { pattern: 'b' })).rejects.toThrow(/line of more than 64 MB/)
})
